//! Compaction: the many small files of an hour become one; and retention: what is too old or too much goes.
//!
//! The new file says which ones it stands for, and counts from the moment it is there; only then are the old ones moved
//! away. They are deleted when nobody can be reading them any more.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use arrow::compute::{SortColumn, concat_batches, lexsort_to_indices, take_record_batch};
use arrow::record_batch::RecordBatch;
use blueline_terms::Moment;
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};

use super::columns::{ARROW, VERSION};
use super::group::{Batch, Group, footer};
use super::hashing::Hashing;
use super::name::{FileName, Kind, REPLACED};
use super::snapshot::{Footer, Footers, LakeFile, Snapshot, put_away, put_away_path};
use super::versions;
use crate::findings;
use crate::shelf::{Put, Shelf};

/// Files of at least so many rows are left as they are.
const LARGE: u64 = 65_536;
/// Files that are fewer than this in an hour are left as they are.
const FEWEST: usize = 2;
/// Rows that are joined at a time, which bounds the memory that it takes: some 400 bytes a row, twice.
const MOST_ROWS: u64 = 131_072;

/// What compaction or retention did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Upkept {
    /// Files that are new.
    pub written: u64,
    /// Files that are gone for them, or gone for good.
    pub gone: u64,
    /// Bytes of those.
    pub bytes: u64,
}

/// What compaction did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compacted {
    /// Files that were joined.
    pub joined: Upkept,
    /// What is wrong with files that could not be read; the rest of their hours is left as it is.
    pub damaged: Vec<String>,
}

/// What is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// How long, in event time, before the latest row.
    pub keep_for: Option<Duration>,
    /// How many bytes of files.
    pub keep_bytes: Option<u64>,
}

/// Joins the files of every hour that ends at `until` or before. Only for the one writer.
///
/// `now` is what a clock says: files of later hours, which a sensor with a wrong clock leaves, do not tell which hour is the
/// latest. `progress` is told of each hour that is done, and how many there are. An hour with a damaged file is passed over.
///
/// # Errors
///
/// When the store refuses; what was joined until then stays joined.
pub fn compact(
    shelf: &Shelf,
    until: Moment,
    now: Moment,
    progress: &mut dyn FnMut(usize, usize),
) -> io::Result<Compacted> {
    let footers = Footers::default();
    let snapshot = shelf.wait(Snapshot::take(shelf, &footers))?;
    put_away(shelf, &snapshot.replaced)?;
    let mut hours: BTreeMap<i64, Vec<LakeFile>> = BTreeMap::new();
    // The latest hour may go on: its last period is replaced when the same source has grown.
    let begun = snapshot.files.iter().map(|file| FileName::hour_of(Moment::from_nanos(file.name.start)));
    let latest = begun.filter(|hour| *hour <= now.nanos()).max();
    for file in snapshot.files {
        let hour = FileName::hour_of(Moment::from_nanos(file.name.start));
        let over = Some(hour) != latest || until < Moment::MAX;
        if over && Moment::from_nanos(hour).plus(FileName::HOUR) <= until {
            hours.entry(hour).or_default().push(file);
        }
    }
    let (mut compacted, all) = (Compacted::default(), hours.len());
    for (done, (hour, files)) in hours.into_iter().enumerate() {
        match compact_hour(shelf, &footers, hour, files, &mut compacted.joined) {
            Err(error) if error.kind() == io::ErrorKind::InvalidData => compacted.damaged.push(error.to_string()),
            other => other?,
        }
        progress(done + 1, all);
    }
    Ok(compacted)
}

fn compact_hour(
    shelf: &Shelf,
    footers: &Footers,
    hour: i64,
    files: Vec<LakeFile>,
    upkept: &mut Upkept,
) -> io::Result<()> {
    for joined in small_ones(shelf, footers, files)? {
        let written = join(shelf, footers, hour, &joined)?;
        upkept.written += written;
        upkept.gone += joined.len() as u64;
        upkept.bytes += joined.iter().map(|file| file.size).sum::<u64>();
    }
    Ok(())
}

/// The files of an hour that are to be joined, in lots of bounded size.
fn small_ones(shelf: &Shelf, footers: &Footers, files: Vec<LakeFile>) -> io::Result<Vec<Vec<LakeFile>>> {
    let (mut lots, mut lot, mut rows) = (Vec::new(), Vec::new(), 0);
    for file in files {
        // The name of a joined file says that its rows begin within the hour.
        let hour = FileName::hour_of(Moment::from_nanos(file.name.start));
        if file.name.range().1 > Moment::from_nanos(hour).plus(FileName::HOUR).nanos() {
            continue;
        }
        let footer = shelf.wait(footers.of(shelf, &file))?;
        let own = footer.rows;
        // What a later version of the program wrote may have columns that this one would lose.
        if own >= LARGE || footer.version > VERSION {
            continue;
        }
        if rows + own > MOST_ROWS {
            lots.push(std::mem::take(&mut lot));
            rows = 0;
        }
        rows += own;
        lot.push(file);
    }
    lots.push(lot);
    lots.retain(|lot| lot.len() >= FEWEST);
    Ok(lots)
}

/// Makes one file of several; says how many are new.
fn join(shelf: &Shelf, footers: &Footers, hour: i64, files: &[LakeFile]) -> io::Result<u64> {
    let (mut batches, mut groups, mut seals) = (Vec::new(), Vec::new(), BTreeMap::new());
    let mut replaces: Vec<String> = Vec::new();
    let mut hasher = blake3::Hasher::new();
    for file in files {
        let footer = shelf.wait(footers.of(shelf, file))?;
        groups.extend(footer.groups.iter().cloned());
        seals
            .extend(footer.seals.iter().map(|batch| ((batch.opened, batch.number, batch.seal.clone()), batch.clone())));
        replaces.push(file.name.to_string());
        hasher.update(file.name.to_string().as_bytes());
        batches.extend(rows_of(shelf, file, &footer)?);
    }
    let whole = concat_batches(&ARROW, &batches).map_err(io::Error::other)?;
    drop(batches);
    let sorted = by_time(&whole)?;
    let id = hasher.finalize().to_hex()[..16].to_owned();
    let round = files.iter().map(|file| file.name.round()).max().unwrap_or(0) + 1;
    let name = FileName { start: hour, kind: Kind::Hour { round, id } };
    groups.sort_by(|a: &Group, b| (a.start, &a.sensor, &a.id, a.late).cmp(&(b.start, &b.sensor, &b.id, b.late)));
    let path = shelf.unfinished(&format!("{}-compact", std::process::id()))?;
    let properties = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_2_0)
        .set_created_by(concat!("blueline ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3).map_err(io::Error::other)?))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_max_row_group_row_count(Some(131_072))
        .build();
    let file = Hashing::new(File::create(&path)?);
    let mut writer = ArrowWriter::try_new(file, Arc::clone(&ARROW), Some(properties))?;
    writer.write(&sorted)?;
    let (mut writer, _) = writer.into_serialized_writer()?;
    writer.flush()?;
    let seals: Vec<&Batch> = seals.values().collect();
    for pair in footer(&groups.iter().collect::<Vec<_>>(), &seals, &replaces, &writer.inner().pages()) {
        writer.append_key_value_metadata(pair);
    }
    writer.close()?;
    let put = shelf.put(&path, &name.path())?;
    put_away(shelf, files)?;
    Ok(u64::from(put == Put::New))
}

/// The rows of a file, in the columns of this version.
fn rows_of(shelf: &Shelf, file: &LakeFile, footer: &Footer) -> io::Result<Vec<RecordBatch>> {
    let path = file.name.path();
    let bytes: Bytes = shelf.read(&path, 0..file.size)?;
    let read = || -> io::Result<Vec<RecordBatch>> {
        // The new file would vouch for what it takes over.
        footer.vouch_for(&bytes).map_err(io::Error::other)?;
        let reader = versions::reader(bytes)?.with_batch_size(65_536).build()?;
        reader.map(|batch| versions::in_columns(&batch.map_err(io::Error::other)?, &ARROW)).collect()
    };
    // A decoder that was handed nonsense may give up in either way.
    let read =
        catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err(io::Error::other("its pages cannot be read")));
    read.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, format!("{path}: {error}")))
}

fn by_time(rows: &RecordBatch) -> io::Result<RecordBatch> {
    let column = |name: &str| {
        let values = rows.column_by_name(name).cloned();
        values
            .map(|values| SortColumn { values, options: None })
            .ok_or_else(|| io::Error::other(format!("no column {name}")))
    };
    let order: io::Result<Vec<_>> =
        ["start_time", "start_nanosecond", "sensor", "seal", "ordinal", "duration_microseconds"]
            .map(column)
            .into_iter()
            .collect();
    let order = lexsort_to_indices(&order?, None).map_err(io::Error::other)?;
    take_record_batch(rows, &order).map_err(io::Error::other)
}

/// Deletes what is older than is kept, and the oldest hours of what is more. Only for the one writer.
///
/// Age is counted back from the latest row, or from `now` where rows claim to be later, or where there is none. Findings go by
/// age alone, by when they were told: they are small, and are worth more than the flows of their hour.
///
/// # Errors
///
/// When the store refuses.
pub fn retain(shelf: &Shelf, kept: Retention, now: Moment) -> io::Result<Upkept> {
    let snapshot = shelf.wait(Snapshot::take(shelf, &Footers::default()))?;
    put_away(shelf, &snapshot.replaced)?;
    let mut hours: BTreeMap<i64, Vec<&LakeFile>> = BTreeMap::new();
    for file in &snapshot.files {
        hours.entry(FileName::hour_of(Moment::from_nanos(file.name.start))).or_default().push(file);
    }
    let latest = snapshot.files.iter().map(|file| file.name.range().1).max().map_or(now, Moment::from_nanos);
    let oldest = kept.keep_for.map(|time| latest.min(now).minus(time));
    let mut left: u64 = snapshot.files.iter().map(|file| file.size).sum();
    let mut upkept = Upkept::default();
    for (_, files) in hours {
        let too_old = oldest.is_some_and(|oldest| files.iter().all(|file| file.name.range().1 <= oldest.nanos()));
        if !too_old && kept.keep_bytes.is_none_or(|most| left <= most) {
            continue;
        }
        let gone: Vec<LakeFile> = files.into_iter().cloned().collect();
        let bytes: u64 = gone.iter().map(|file| file.size).sum();
        put_away(shelf, &gone)?;
        left -= bytes;
        upkept.gone += gone.len() as u64;
        upkept.bytes += bytes;
    }
    for entry in oldest.map_or(Ok(Vec::new()), |oldest| findings::told_before(shelf, oldest))? {
        put_away_path(shelf, &entry.path)?;
        upkept.gone += 1;
        upkept.bytes += entry.size;
    }
    Ok(upkept)
}

/// Takes the files of these hours out of the lake: from the hour that holds `from`, to before `until`.
///
/// # Errors
///
/// When the store refuses.
pub fn forget(shelf: &Shelf, from: Moment, until: Moment) -> io::Result<Upkept> {
    let snapshot = shelf.wait(Snapshot::take(shelf, &Footers::default()))?;
    put_away(shelf, &snapshot.replaced)?;
    let hour = |file: &LakeFile| FileName::hour_of(Moment::from_nanos(file.name.start));
    // The hour that the first moment lies in goes as well.
    let within = |file: &&LakeFile| (FileName::hour_of(from)..until.nanos()).contains(&hour(file));
    let gone: Vec<LakeFile> = snapshot.files.iter().filter(within).cloned().collect();
    put_away(shelf, &gone)?;
    Ok(Upkept { written: 0, gone: gone.len() as u64, bytes: gone.iter().map(|file| file.size).sum() })
}

/// Deletes the files that others stand for, or that were taken out, unless somebody on this machine is reading: then they
/// stay for the next time. Says how many went.
///
/// # Errors
///
/// When the store refuses.
pub fn sweep(shelf: &Shelf) -> io::Result<Upkept> {
    let mut upkept = Upkept::default();
    let Some(_alone) = shelf.alone()? else { return Ok(upkept) };
    for entry in shelf.list(REPLACED)? {
        shelf.delete(&entry.path)?;
        upkept.gone += 1;
        upkept.bytes += entry.size;
    }
    Ok(upkept)
}

/// What a lake holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Files that count.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Their rows.
    pub rows: u64,
    /// From the beginning of the first period or hour to the end of the last.
    pub span: Option<(Moment, Moment)>,
    /// Files that wait to be deleted.
    pub replaced: u64,
    /// Their bytes.
    pub replaced_bytes: u64,
    /// Paths among the flows that are no files of the lake.
    pub strangers: Vec<String>,
}

/// What the lake on `shelf` holds.
///
/// # Errors
///
/// When it cannot be listed or a footer not be read.
pub fn status(shelf: &Shelf) -> io::Result<Status> {
    let _reading = shelf.reading()?;
    let footers = Footers::default();
    let snapshot = shelf.wait(Snapshot::take(shelf, &footers))?;
    let mut status = Status { files: snapshot.files.len() as u64, strangers: snapshot.strangers, ..Status::default() };
    for file in &snapshot.files {
        status.bytes += file.size;
        status.rows += shelf.wait(footers.of(shelf, file))?.rows;
        let (from, until) = file.name.range();
        let (from, until) = (Moment::from_nanos(from), Moment::from_nanos(until));
        status.span = Some(status.span.map_or((from, until), |(a, b)| (a.min(from), b.max(until))));
    }
    let waiting = shelf.list(REPLACED)?;
    (status.replaced, status.replaced_bytes) = (waiting.len() as u64, waiting.iter().map(|entry| entry.size).sum());
    Ok(status)
}
