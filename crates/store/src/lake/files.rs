//! The thread that writes: parts of groups become row groups, and groups become files.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use blueline_terms::{Mission, Period, SensorIndex};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::file::writer::SerializedFileWriter;

use super::columns::{COLUMNS, PARQUET, VERSION};
use super::gather::{Columns, Vocabulary};
use super::group::{Batch, GROUPS_KEY, Group, REPLACES_KEY, SEALS_KEY, VERSION_KEY, Watch, group_id};
use super::index::{Decision, Index};
use super::name::{FileName, Kind, REPLACED};
use super::rows::{Key, Part, Spare, stored_order};
use super::snapshot::{Footers, LakeFile, Snapshot};
use super::writer::{LakeSettings, Places};
use crate::encode::Encoder;
use crate::seals::SealTable;
use crate::shelf::{Put, Shelf};

/// Rows in a row group, and so in a page.
const ROWS_IN_A_GROUP: usize = 131_072;
/// Decisions that are remembered for what comes late.
const MOST_DECIDED: usize = 4096;

/// How a file ends.
pub(super) struct Finish {
    pub(super) batches: Vec<Batch>,
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

struct Decided {
    id: String,
    refused: bool,
    late: u32,
}

/// A file that is being written.
struct OpenFile {
    path: PathBuf,
    writer: SerializedFileWriter<BufWriter<File>>,
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
        if finish.late && self.decided.contains_key(&key) {
            return self.late(key, parts, finish).map(Some);
        }
        let sensor = self.sensor_id(key.0);
        let (start, length) = self.span_of(key);
        let id = group_id(sensor.as_deref(), start, length, &finish.batches);
        let decision =
            self.index.decide(&self.shelf, &self.footers, &sensor, (start, length), (&id, &finish.batches))?;
        self.remember(key, Decided { id: id.clone(), refused: matches!(decision, Decision::Refuse(_)), late: 0 });
        match decision {
            Decision::Write { replaces } => {
                self.write(key, parts)?;
                let group = self.group(key, id, 0, finish);
                self.file(key, group, &replaces).map(Some)
            }
            Decision::Known => {
                self.drop_file(key, parts)?;
                Ok(Some(Filed::Known))
            }
            Decision::Refuse(why) => {
                self.drop_file(key, parts)?;
                Ok(Some(Filed::Refused(why)))
            }
        }
    }

    /// What came after its period was over joins the group that this run made of it.
    fn late(&mut self, key: Key, parts: Vec<Part>, finish: Finish) -> io::Result<Filed> {
        let (start, _) = self.span_of(key);
        let sensor = self.sensor_id(key.0);
        let Some(decided) = self.decided.get_mut(&key) else { return Ok(Filed::Known) };
        decided.late += 1;
        let (id, late) = (decided.id.clone(), decided.late);
        if decided.refused || self.index.has_late(&sensor, start, &id, late) {
            self.drop_file(key, parts)?;
            return Ok(Filed::Known);
        }
        self.write(key, parts)?;
        let group = self.group(key, id, late, finish);
        self.file(key, group, &[])
    }

    fn group(&self, key: Key, id: String, late: u32, finish: Finish) -> Group {
        let (start, length) = self.span_of(key);
        let Finish { batches, watch, .. } = finish;
        let (rows, span) = self.open.get(&key).map_or((0, None), |file| (file.rows, file.span));
        Group { sensor: self.sensor_id(key.0), start, length, id, late, rows, span, batches, watch }
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
            self.row_group(key, &parts, rows, &mut file)?;
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
        let writer = SerializedFileWriter::new(file, schema.root_schema_ptr(), Arc::new(properties))?;
        Ok(OpenFile { path, writer, rows: 0, span: None, seals: BTreeMap::new() })
    }

    fn row_group(&mut self, key: Key, parts: &[Part], order: &[(u32, u32)], file: &mut OpenFile) -> io::Result<()> {
        let seals = self.seals_of(parts, order, file)?;
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
        let rows = order.iter().map(|&(shard, index)| parts[shard as usize].row(index as usize));
        let own = rows.map(|row| (row.start, row.end)).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
        file.span = file.span.into_iter().chain(own).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
        Ok(())
    }

    /// The seals of the batches in which these rows' flows began.
    fn seals_of(&self, parts: &[Part], order: &[(u32, u32)], file: &mut OpenFile) -> io::Result<BTreeMap<u32, String>> {
        let table = self.seals.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut seals, mut before) = (BTreeMap::new(), None);
        for &(shard, index) in order {
            let number = parts[shard as usize].row(index as usize).batch;
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
        for pair in footer(&[&group], &seals, &gone) {
            file.writer.append_key_value_metadata(pair);
        }
        file.writer.finish()?;
        drop(file.writer);
        let bytes = fs::metadata(&file.path)?.len();
        let path = name.path();
        let rows = file.rows;
        match self.shelf.put(&file.path, &path)? {
            Put::Taken => Ok(Filed::Known),
            Put::New => {
                put_away(&self.shelf, replaces)?;
                self.index.put(&LakeFile { name, size: bytes }, &group.batches, replaces);
                Ok(Filed::New { rows, bytes, replaced: replaces.len() as u64 })
            }
        }
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

/// What stands in a footer.
pub(super) fn footer(groups: &[&Group], seals: &[&Batch], replaces: &[String]) -> [KeyValue; 4] {
    // Plain values without maps: this cannot fail, and a failure would show as a footer that does not read.
    let json = |key: &str, text: serde_json::Result<String>| KeyValue::new(key.to_owned(), text.unwrap_or_default());
    [
        json(VERSION_KEY, serde_json::to_string(&VERSION)),
        json(GROUPS_KEY, serde_json::to_string(groups)),
        json(SEALS_KEY, serde_json::to_string(seals)),
        json(REPLACES_KEY, serde_json::to_string(replaces)),
    ]
}

/// Moves files that others stand for out of the way of those who read the folder as it is.
pub(super) fn put_away(shelf: &Shelf, files: &[LakeFile]) -> io::Result<()> {
    files.iter().try_for_each(|file| shelf.shift(&file.name.path(), &format!("{REPLACED}/{}", file.name.path())))
}

fn named(path: &std::path::Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
