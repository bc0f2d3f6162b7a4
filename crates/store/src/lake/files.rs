//! The thread that writes: parts of groups become row groups, and groups become files.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use blueline_terms::{Mission, Moment, Period, SensorIndex};
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::file::writer::SerializedFileWriter;

use super::columns::{COLUMNS, PARQUET};
use super::compact::{Retention, compact, retain, sweep};
use super::gather::{Columns, Vocabulary};
use super::group::{Batch, Group, Watch, footer, group_id};
use super::hashing::Hashing;
use super::index::{Asked, Decision, Index};
use super::name::{FileName, Kind};
use super::rows::{Kept, Key, Part, Spare, stored_order};
use super::settings::{LakeSettings, Places};
use super::snapshot::{Footers, LakeFile, Snapshot, put_away};
use crate::encode::Encoder;
use crate::seals::SealTable;
use crate::shelf::{Put, Shelf};

/// Rows in a row group, and so in a page.
const ROWS_IN_A_GROUP: usize = 131_072;
/// Decisions that are remembered for what comes late.
const MOST_DECIDED: usize = 65_536;

/// How a file ends.
pub(super) struct Finish {
    pub(super) batches: Vec<Batch>,
    /// When the last packet of each of them was taken, in nanoseconds since the Unix epoch.
    pub(super) ends: Vec<i64>,
    /// Whether all of them were sealed when the period was closed.
    pub(super) whole: bool,
    pub(super) watch: Watch,
    /// Whether the period had been closed before.
    pub(super) late: bool,
}

/// What became of a file.
pub(super) enum Filed {
    New { rows: u64, bytes: u64, replaced: u64 },
    Known,
    Refused(String),
}

pub(super) struct Files {
    shelf: Arc<Shelf>,
    footers: Footers,
    index: Index,
    mission: Arc<Mission>,
    places: Arc<dyn Places>,
    period: Duration,
    seals: Arc<Mutex<SealTable>>,
    spare: Spare,
    encoder: Encoder,
    columns: Columns,
    /// Files that are being written.
    open: BTreeMap<Key, OpenFile>,
    /// What was decided about groups of this run: their names, whether they were refused, and how much came late.
    decided: BTreeMap<Key, Decided>,
}

#[derive(Clone)]
struct Decided {
    id: String,
    refused: bool,
    /// Whether the group is there under this name.
    by_name: bool,
    late: u32,
}

/// A file that is being written.
struct OpenFile {
    path: PathBuf,
    writer: SerializedFileWriter<Hashing<BufWriter<File>>>,
    rows: u64,
    span: Option<(i64, i64)>,
    seals: BTreeMap<u32, Batch>,
}

impl Files {
    /// Opens the lake for writing, and completes what a killed run left half done.
    pub(super) fn open(
        shelf: Arc<Shelf>,
        settings: &LakeSettings,
        seals: Arc<Mutex<SealTable>>,
        spare: Spare,
    ) -> io::Result<Self> {
        shelf.tidy()?;
        let footers = Footers::default();
        let snapshot = shelf.wait(Snapshot::take(&shelf, &footers))?;
        put_away(&shelf, &snapshot.replaced)?;
        Ok(Self {
            index: Index::of(&snapshot),
            shelf,
            footers,
            mission: Arc::clone(&settings.mission),
            places: Arc::clone(&settings.places),
            period: settings.period,
            seals,
            spare,
            encoder: Encoder::new()?,
            columns: Columns::default(),
            open: BTreeMap::new(),
            decided: BTreeMap::new(),
        })
    }

    /// Writes rows, and finishes their file where they are its last.
    pub(super) fn rows(&mut self, key: Key, parts: Vec<Part>, finish: Option<Finish>) -> io::Result<Option<Filed>> {
        let Some(finish) = finish else {
            self.write(key, parts)?;
            return Ok(None);
        };
        let decided = if finish.late { self.decided.remove(&key) } else { None };
        let filed = match decided {
            Some(decided) => self.late(decided, key, parts, finish),
            None => self.in_time(key, parts, finish),
        };
        filed.map(Some)
    }

    /// The rows that a period has when it is closed.
    fn in_time(&mut self, key: Key, parts: Vec<Part>, finish: Finish) -> io::Result<Filed> {
        let sensor = self.sensor_id(key.0);
        let period = self.span_of(key);
        let id = group_id(sensor.as_deref(), period.0, period.1, &finish.batches);
        let asked = Asked { sensor: &sensor, period, id: &id, batches: &finish.batches, ends: &finish.ends };
        let mut decision = self.index.decide(&self.shelf, &self.footers, asked)?;
        // What this run decided about it is not known any more: what it wrote then stays.
        if finish.late && matches!(&decision, Decision::Write { replaces } if self.index.wrote(&sensor, replaces)) {
            let from = Moment::from_nanos(period.0);
            decision = Decision::Refuse(format!(
                "rows of {from} came after 65,536 other periods were closed and were left out; watch sources in the order of time"
            ));
        }
        let by_name = !matches!(decision, Decision::Known { by_name: false });
        let refused = matches!(decision, Decision::Refuse(_));
        self.remember(key, Decided { id: id.clone(), refused, by_name, late: 0 });
        self.carry_out(decision, key, parts, (id, 0), finish)
    }

    /// What came after its period was over joins the group that this run made of it.
    fn late(&mut self, mut decided: Decided, key: Key, parts: Vec<Part>, finish: Finish) -> io::Result<Filed> {
        let (sensor, period) = (self.sensor_id(key.0), self.span_of(key));
        decided.late += 1;
        let Decided { id, refused, by_name, late } = decided.clone();
        self.decided.insert(key, decided);
        let asked = Asked { sensor: &sensor, period, id: &id, batches: &finish.batches, ends: &finish.ends };
        let decision = match refused {
            // That has been said.
            true => Decision::Known { by_name },
            false => self.index.decide_late(&self.shelf, &self.footers, asked, late, by_name)?,
        };
        self.carry_out(decision, key, parts, (id, late), finish)
    }

    fn carry_out(
        &mut self,
        decision: Decision,
        key: Key,
        parts: Vec<Part>,
        (id, late): (String, u32),
        finish: Finish,
    ) -> io::Result<Filed> {
        match decision {
            Decision::Write { replaces } => {
                self.write(key, parts)?;
                let group = self.group(key, id, late, finish);
                self.file(key, group, &replaces)
            }
            Decision::Known { .. } => {
                self.drop_file(key, parts)?;
                Ok(Filed::Known)
            }
            Decision::Refuse(why) => {
                self.drop_file(key, parts)?;
                Ok(Filed::Refused(why))
            }
        }
    }

    fn group(&self, key: Key, id: String, late: u32, finish: Finish) -> Group {
        let (start, length) = self.span_of(key);
        let Finish { batches, whole, watch, .. } = finish;
        let (rows, span) = self.open.get(&key).map_or((0, None), |file| (file.rows, file.span));
        Group { sensor: self.sensor_id(key.0), start, length, id, late, rows, span, batches, whole, watch }
    }

    fn remember(&mut self, key: Key, decided: Decided) {
        self.decided.insert(key, decided);
        if self.decided.len() > MOST_DECIDED {
            // The oldest period goes: what comes that late is a group of its own.
            let oldest = self.decided.keys().copied().min_by_key(|&(_, period)| period);
            oldest.map(|key| self.decided.remove(&key));
        }
    }

    /// Appends rows to the file of `key`.
    fn write(&mut self, key: Key, parts: Vec<Part>) -> io::Result<()> {
        let file = match self.open.remove(&key) {
            Some(file) => file,
            None => self.begin(key)?,
        };
        let order = stored_order(&parts);
        let mut file = file;
        for rows in order.chunks(ROWS_IN_A_GROUP) {
            self.row_group(key, &parts, rows, &mut file).map_err(|error| named(&file.path, error))?;
        }
        self.open.insert(key, file);
        self.spare.give(parts.into_iter().flat_map(|part| part.blocks));
        Ok(())
    }

    fn begin(&self, (sensor, period): Key) -> io::Result<OpenFile> {
        let sensor = sensor.map_or_else(|| "none".to_owned(), |sensor| sensor.0.to_string());
        let path = self.shelf.unfinished(&format!("{}-{sensor}-{period}", std::process::id()))?;
        let file = BufWriter::with_capacity(1 << 16, File::create(&path).map_err(|error| named(&path, error))?);
        let schema = PARQUET.as_ref().map_err(|error| io::Error::other(error.clone()))?;
        let properties = WriterProperties::builder()
            .set_writer_version(WriterVersion::PARQUET_2_0)
            .set_created_by(concat!("blueline ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let writer = SerializedFileWriter::new(Hashing::new(file), schema.root_schema_ptr(), Arc::new(properties))?;
        Ok(OpenFile { path, writer, rows: 0, span: None, seals: BTreeMap::new() })
    }

    fn row_group(&mut self, key: Key, parts: &[Part], order: &[Kept], file: &mut OpenFile) -> io::Result<()> {
        let seals = self.seals_of(order, file)?;
        let words = Vocabulary { mission: &self.mission, places: self.places.places(), sensor: key.0, seals: &seals };
        let gathered = self.columns.gather(parts, order, &words);
        let schema = PARQUET.as_ref().map_err(|error| io::Error::other(error.clone()))?;
        let mut group = file.writer.next_row_group()?;
        for (place, column) in COLUMNS.iter().enumerate() {
            let chunk = column.encode(&mut self.encoder, &schema.column(place), &gathered)?;
            group.append_column(&chunk.bytes, chunk.close)?;
        }
        group.close()?;
        file.rows += order.len() as u64;
        file.span = file.span.into_iter().chain(gathered.span).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
        Ok(())
    }

    /// The seals of the batches in which these rows' flows began.
    fn seals_of(&self, order: &[Kept], file: &mut OpenFile) -> io::Result<BTreeMap<u32, String>> {
        let table = self.seals.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut seals, mut before) = (BTreeMap::new(), None);
        for &Kept { batch: number, .. } in order {
            if before == Some(number) {
                continue;
            }
            before = Some(number);
            let found = table.find(number)?;
            let batch = found.ok_or_else(|| io::Error::other(format!("batch {number} of this run has no seal yet")))?;
            let (seal, opened) = (batch.hex(), batch.opened.nanos());
            seals.insert(number, seal.clone());
            file.seals.insert(number, Batch { seal, number, opened });
        }
        Ok(seals)
    }

    /// Ends the file of `key` and gives it its name.
    fn file(&mut self, key: Key, group: Group, replaces: &[LakeFile]) -> io::Result<Filed> {
        let mut file = match self.open.remove(&key) {
            Some(file) => file,
            None => self.begin(key)?,
        };
        let name = FileName {
            start: group.start,
            kind: Kind::Group {
                length: self.period,
                sensor: group.sensor.clone(),
                group: group.id.clone(),
                late: (group.late > 0).then_some(group.late),
            },
        };
        let seals: Vec<&Batch> = file.seals.values().collect();
        let gone: Vec<String> = replaces.iter().map(|file| file.name.to_string()).collect();
        file.writer.flush().map_err(|error| named(&file.path, error))?;
        for pair in footer(&[&group], &seals, &gone, &file.writer.inner().pages()) {
            file.writer.append_key_value_metadata(pair);
        }
        file.writer.finish().map_err(|error| named(&file.path, error.into()))?;
        drop(file.writer);
        let bytes = fs::metadata(&file.path).map_err(|error| named(&file.path, error))?.len();
        let path = name.path();
        let rows = file.rows;
        match self.shelf.put(&file.path, &path)? {
            Put::Taken => Ok(Filed::Known),
            Put::New => {
                put_away(&self.shelf, replaces)?;
                self.index.put(&LakeFile { name, size: bytes }, &group, replaces);
                Ok(Filed::New { rows, bytes, replaced: replaces.len() as u64 })
            }
        }
    }

    /// Joins the files of the hours that end at `until` or before, and lets go what is not kept. What could not be done
    /// is said, and rows are written all the same.
    pub(super) fn look_after(&mut self, until: Moment, kept: Retention) -> io::Result<Option<String>> {
        let upkeep = || {
            let compacted = compact(&self.shelf, until, until, &mut |_, _| {})?;
            if kept != Retention::default() {
                retain(&self.shelf, kept, until)?;
            }
            sweep(&self.shelf)?;
            Ok(compacted.damaged.into_iter().next())
        };
        let failed = upkeep().unwrap_or_else(|error: io::Error| Some(error.to_string()));
        let failed = failed.map(|why| format!("the lake could not be looked after: {why}"));
        self.footers = Footers::default();
        let snapshot = self.shelf.wait(Snapshot::take(&self.shelf, &self.footers))?;
        self.index = Index::of(&snapshot);
        Ok(failed)
    }

    /// Lets rows go that are there already.
    fn drop_file(&mut self, key: Key, parts: Vec<Part>) -> io::Result<()> {
        self.spare.give(parts.into_iter().flat_map(|part| part.blocks));
        match self.open.remove(&key) {
            Some(file) => fs::remove_file(&file.path).map_err(|error| named(&file.path, error)),
            None => Ok(()),
        }
    }

    fn sensor_id(&self, sensor: Option<SensorIndex>) -> Option<String> {
        let sensor = self.mission.sensors.get(usize::from(sensor?.0))?;
        Some(sensor.id.as_str().to_owned())
    }

    fn span_of(&self, (_, period): Key) -> (i64, i64) {
        let period = Period::numbered(period, self.period);
        (period.start().nanos(), period.end().nanos().saturating_sub(period.start().nanos()))
    }
}

fn named(path: &std::path::Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
