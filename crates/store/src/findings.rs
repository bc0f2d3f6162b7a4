//! The table of findings: what was told of each event, when, kept beside the flows.
//!
//! Each time an event is told (opened, changed, ended) is a row. Rows of a stretch of a watch make a file, named by the
//! moment of its first row and by the hash of what is in it, so that watching the same sources again adds nothing. Files are
//! Parquet and lie in `findings/day=2026-03-01/`; the column `finding` holds all that was told,
//! in a form of the mission's, the others what is mostly asked for.

use std::collections::BTreeSet;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock};

use arrow::array::{
    Array, ArrayRef, AsArray, StringArray, StringBuilder, TimestampMicrosecondArray, TimestampMicrosecondBuilder,
    UInt64Array, UInt64Builder,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit, TimestampMicrosecondType, UInt64Type};
use arrow::record_batch::RecordBatch;
use blueline_terms::{FindingId, Moment};
use bytes::Bytes;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use crate::shelf::{Entry, Put, Shelf};

/// Where the table lies.
pub(crate) const FINDINGS: &str = "findings";
/// The largest file that is read: far more than is written.
const LARGEST: u64 = 256 << 20;

/// What was told of one event at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingRow {
    /// When it was told, in event time.
    pub told: Moment,
    /// The event.
    pub id: FindingId,
    /// `opened`, `changed` or `ended`.
    pub state: String,
    /// Its kind.
    pub kind: String,
    /// Its vector.
    pub vector: String,
    /// Class and type of the Reference Incident Taxonomy.
    pub class: String,
    /// Letters of what it can harm.
    pub effect: String,
    /// First packet.
    pub start: Moment,
    /// Last packet.
    pub end: Moment,
    /// Actors' addresses, divided by commas.
    pub actors: String,
    /// Targets' addresses, divided by commas.
    pub targets: String,
    /// Ids of the targets' sides, divided by commas.
    pub target_parties: String,
    /// How many targets.
    pub target_count: u64,
    /// How many sources.
    pub source_count: u64,
    /// Whether the sources are likely forged: `likely`, `unlikely`, `unknown`.
    pub spoofed: String,
    /// Ports, divided by commas.
    pub ports: String,
    /// Flows.
    pub flow_count: u64,
    /// Packets.
    pub packets: u64,
    /// Bytes.
    pub bytes: u64,
    /// `low`, `moderate` or `high`.
    pub confidence: String,
    /// Ids of the sensors that saw it, divided by commas.
    pub sensors: String,
    /// All that was told of it, a JSON object.
    pub finding: String,
}

enum Cell {
    Time(fn(&FindingRow) -> Moment),
    Count(fn(&FindingRow) -> u64),
    Text(fn(&FindingRow) -> &str),
}

/// A column of the table.
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it means.
    pub meaning: &'static str,
    cell: Cell,
}

impl Column {
    /// Its type in the documents.
    pub const fn word(&self) -> &'static str {
        match self.cell {
            Cell::Time(_) => "timestamp (µs, UTC)",
            Cell::Count(_) => "uint64",
            Cell::Text(_) => "text",
        }
    }

    fn kind(&self) -> DataType {
        match self.cell {
            Cell::Time(_) => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Cell::Count(_) => DataType::UInt64,
            Cell::Text(_) => DataType::Utf8,
        }
    }
}

const fn column(name: &'static str, cell: Cell, meaning: &'static str) -> Column {
    Column { name, meaning, cell }
}

/// The columns, in their order. The first is the event's id as hexadecimal text.
pub const COLUMNS: [Column; 21] = [
    column("told_time", Cell::Time(|row| row.told), "when it was told, in event time"),
    column("state", Cell::Text(|row| &row.state), "opened, changed or ended"),
    column("kind", Cell::Text(|row| &row.kind), "what it is, such as ddos.flood"),
    column("vector", Cell::Text(|row| &row.vector), "how it was done, such as syn"),
    column("class", Cell::Text(|row| &row.class), "class and type of the Reference Incident Taxonomy"),
    column("effect", Cell::Text(|row| &row.effect), "what it can harm: letters of C, I and A"),
    column("start_time", Cell::Time(|row| row.start), "first packet that it rests on"),
    column("end_time", Cell::Time(|row| row.end), "last packet"),
    column("confidence", Cell::Text(|row| &row.confidence), "low, moderate or high"),
    column("actors", Cell::Text(|row| &row.actors), "who did it, as far as addresses tell; divided by commas"),
    column("targets", Cell::Text(|row| &row.targets), "to whom; divided by commas"),
    column("target_parties", Cell::Text(|row| &row.target_parties), "whose they are; divided by commas"),
    column("target_count", Cell::Count(|row| row.target_count), "how many targets"),
    column("source_count", Cell::Count(|row| row.source_count), "how many sources"),
    column("spoofed", Cell::Text(|row| &row.spoofed), "whether sources are forged: likely, unlikely, unknown"),
    column("ports", Cell::Text(|row| &row.ports), "ports; divided by commas"),
    column("flow_count", Cell::Count(|row| row.flow_count), "flows"),
    column("packets", Cell::Count(|row| row.packets), "packets"),
    column("bytes", Cell::Count(|row| row.bytes), "bytes of whole frames"),
    column("sensors", Cell::Text(|row| &row.sensors), "sensors that saw it; divided by commas"),
    column("finding", Cell::Text(|row| &row.finding), "all that was told of it, JSON"),
];

pub(crate) static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    let id = Field::new("id", DataType::Utf8, false);
    let fields = COLUMNS.iter().map(|column| Field::new(column.name, column.kind(), false));
    Arc::new(Schema::new(std::iter::once(id).chain(fields).collect::<Vec<_>>()))
});

/// Puts rows into the table, as one file. The same rows again change nothing.
///
/// # Errors
///
/// When the shelf fails; nothing is half written.
pub fn put(shelf: &Shelf, rows: &[FindingRow]) -> io::Result<()> {
    let Some(first) = rows.first() else { return Ok(()) };
    let bytes = file_of(rows)?;
    match shelf.put_bytes(&path_of(first.told, &bytes), &bytes)? {
        Put::New | Put::Taken => Ok(()),
    }
}

/// Where a file lies whose first row was told at this moment.
fn path_of(told: Moment, bytes: &[u8]) -> String {
    let digest = blake3::hash(bytes).to_hex();
    let time = Timestamp::from_nanosecond(i128::from(told.nanos())).unwrap_or_default().to_zoned(TimeZone::UTC);
    let stamp = time.strftime("%Y%m%dT%H%M%S%.6fZ");
    format!("{FINDINGS}/day={}/{stamp}-{}.parquet", time.date(), &digest.as_str()[..16])
}

/// How many rows a whole file has that lies at this path, or what is wrong with it.
pub(crate) fn whole(path: &str, bytes: &Bytes) -> Result<u64, String> {
    let rows = rows_of_file(bytes).map_err(|error| error.to_string())?;
    let first = rows.first().ok_or("it has no rows")?;
    let own = path_of(first.told, bytes);
    if own == path { Ok(rows.len() as u64) } else { Err(format!("what is in it belongs at {own}")) }
}

/// Files of the table all of whose rows were told before `oldest`, with their sizes. One that cannot be read stays.
pub(crate) fn told_before(shelf: &Shelf, oldest: Moment) -> io::Result<Vec<Entry>> {
    let mut old = Vec::new();
    for entry in files(shelf)? {
        // Nothing in it was told before its name says; so most need not be read.
        let begun = path_of(oldest, &[]);
        if entry.size > LARGEST || entry.path.as_str() >= begun.as_str() {
            continue;
        }
        let rows = rows_of_file(&shelf.read_steady(&entry.path, 0..entry.size)?);
        if rows.is_ok_and(|rows| rows.iter().all(|row| row.told < oldest)) {
            old.push(entry);
        }
    }
    Ok(old)
}

/// The files of the table.
pub(crate) fn files(shelf: &Shelf) -> io::Result<impl Iterator<Item = Entry>> {
    Ok(shelf.list(FINDINGS)?.into_iter().filter(|entry| entry.path.ends_with(".parquet")))
}

fn file_of(rows: &[FindingRow]) -> io::Result<Vec<u8>> {
    let level = ZstdLevel::try_new(3).map_err(io::Error::other)?;
    let properties = WriterProperties::builder().set_compression(Compression::ZSTD(level)).build();
    let mut bytes = Vec::new();
    let mut writer =
        ArrowWriter::try_new(&mut bytes, Arc::clone(&SCHEMA), Some(properties)).map_err(io::Error::other)?;
    writer.write(&batch(rows)?).map_err(io::Error::other)?;
    writer.close().map_err(io::Error::other)?;
    Ok(bytes)
}

fn batch(rows: &[FindingRow]) -> io::Result<RecordBatch> {
    let mut columns: Vec<ArrayRef> =
        vec![Arc::new(StringArray::from_iter_values(rows.iter().map(|r| r.id.to_string())))];
    columns.extend(COLUMNS.iter().map(|column| match column.cell {
        Cell::Time(of) => {
            let mut times = TimestampMicrosecondBuilder::new().with_timezone("UTC");
            rows.iter().for_each(|row| times.append_value(of(row).nanos().div_euclid(1000)));
            Arc::new(times.finish()) as ArrayRef
        }
        Cell::Count(of) => {
            let mut counts = UInt64Builder::new();
            rows.iter().for_each(|row| counts.append_value(of(row)));
            Arc::new(counts.finish())
        }
        Cell::Text(of) => {
            let mut texts = StringBuilder::new();
            rows.iter().for_each(|row| texts.append_value(of(row)));
            Arc::new(texts.finish())
        }
    }));
    RecordBatch::try_new(Arc::clone(&SCHEMA), columns).map_err(io::Error::other)
}

/// Everything that was told, in the order in which it was told; what was told the same twice is there once.
///
/// # Errors
///
/// When the shelf fails, or a file of the table is damaged: its name is in the error.
pub fn read(shelf: &Shelf) -> io::Result<Vec<FindingRow>> {
    let mut rows = BTreeSet::new();
    for entry in files(shelf)? {
        let damaged = |what: String| {
            let message = format!("{}: {what}; move it out of the lake and watch its sources again", entry.path);
            io::Error::new(io::ErrorKind::InvalidData, message)
        };
        if entry.size > LARGEST {
            return Err(damaged(format!("{} bytes are too many for a file of findings", entry.size)));
        }
        let bytes = shelf.read_steady(&entry.path, 0..entry.size)?;
        for row in rows_of_file(&bytes).map_err(|error| damaged(error.to_string()))? {
            rows.insert(Ordered(row));
        }
    }
    Ok(rows.into_iter().map(|Ordered(row)| row).collect())
}

/// Rows in the order in which they are told.
#[derive(PartialEq, Eq)]
struct Ordered(FindingRow);

impl Ordered {
    fn key(&self) -> (Moment, FindingId, u8, &str) {
        let state = match self.0.state.as_str() {
            "opened" => 0,
            "changed" => 1,
            _ => 2,
        };
        (self.0.told, self.0.id, state, &self.0.finding)
    }
}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

fn rows_of_file(bytes: &Bytes) -> io::Result<Vec<FindingRow>> {
    // A decoder that was handed nonsense may give up in this way too.
    let read = catch_unwind(AssertUnwindSafe(|| rows_of(bytes.clone())));
    read.unwrap_or_else(|_| Err(io::Error::new(io::ErrorKind::InvalidData, "its pages cannot be read")))
}

fn rows_of(bytes: Bytes) -> io::Result<Vec<FindingRow>> {
    let invalid = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes)
        .and_then(ParquetRecordBatchReaderBuilder::build)
        .map_err(|error| invalid(error.to_string()))?;
    let mut rows = Vec::new();
    for batch in reader {
        let batch = batch.map_err(|error| invalid(error.to_string()))?;
        let column = |name: &str| batch.column_by_name(name).ok_or_else(|| invalid(format!("no column {name}")));
        let text = |name: &str| {
            let column = column(name)?;
            column.as_string_opt::<i32>().cloned().ok_or_else(|| invalid(format!("the column {name} is no text")))
        };
        let count = |name: &str| -> io::Result<UInt64Array> {
            let column = column(name)?;
            column.as_primitive_opt::<UInt64Type>().cloned().ok_or_else(|| invalid(format!("{name} is no number")))
        };
        let time = |name: &str| -> io::Result<TimestampMicrosecondArray> {
            let column = column(name)?;
            let times = column.as_primitive_opt::<TimestampMicrosecondType>().cloned();
            times.ok_or_else(|| invalid(format!("{name} is no time")))
        };
        let texts = [
            "id",
            "state",
            "kind",
            "vector",
            "class",
            "effect",
            "confidence",
            "actors",
            "targets",
            "target_parties",
            "spoofed",
            "ports",
            "sensors",
            "finding",
        ]
        .map(text);
        let texts: Vec<StringArray> = texts.into_iter().collect::<io::Result<_>>()?;
        let counts: Vec<UInt64Array> = ["target_count", "source_count", "flow_count", "packets", "bytes"]
            .map(count)
            .into_iter()
            .collect::<io::Result<_>>()?;
        let times: Vec<TimestampMicrosecondArray> =
            ["told_time", "start_time", "end_time"].map(time).into_iter().collect::<io::Result<_>>()?;
        for at in 0..batch.num_rows() {
            let text = |n: usize| if texts[n].is_null(at) { String::new() } else { texts[n].value(at).to_owned() };
            let moment = |n: usize| Moment::from_nanos(times[n].value(at).saturating_mul(1000));
            rows.push(FindingRow {
                id: texts[0].value(at).parse().map_err(invalid)?,
                state: text(1),
                kind: text(2),
                vector: text(3),
                class: text(4),
                effect: text(5),
                confidence: text(6),
                actors: text(7),
                targets: text(8),
                target_parties: text(9),
                spoofed: text(10),
                ports: text(11),
                sensors: text(12),
                finding: text(13),
                target_count: counts[0].value(at),
                source_count: counts[1].value(at),
                flow_count: counts[2].value(at),
                packets: counts[3].value(at),
                bytes: counts[4].value(at),
                told: moment(0),
                start: moment(1),
                end: moment(2),
            });
        }
    }
    Ok(rows)
}

/// All rows as one batch, for the query engine.
pub(crate) fn all(shelf: &Shelf) -> io::Result<RecordBatch> {
    batch(&read(shelf)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(n: u64) -> FindingRow {
        let text = |text: &str| text.to_owned();
        FindingRow {
            told: Moment::from_seconds(1_772_366_400 + n as i64, 1000),
            id: FindingId(n),
            state: text("opened"),
            kind: text("ddos.flood"),
            vector: text("syn"),
            class: text("availability/ddos"),
            effect: text("A"),
            start: Moment::from_seconds(1_772_366_400, 0),
            end: Moment::from_seconds(1_772_366_460, 0),
            actors: String::new(),
            targets: text("192.0.2.1"),
            target_parties: text("alpha"),
            target_count: 1,
            source_count: n,
            spoofed: text("likely"),
            ports: text("80,443"),
            flow_count: 10,
            packets: 20,
            bytes: u64::MAX,
            confidence: text("high"),
            sensors: String::new(),
            finding: format!("{{\"n\":{n}}}"),
        }
    }

    #[test]
    fn what_is_put_is_read_back_once_and_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::open(&folder.path().display().to_string(), folder.path()).unwrap();
        assert_eq!(read(&shelf).unwrap(), []);
        put(&shelf, &[]).unwrap();
        put(&shelf, &[row(2), row(3)]).unwrap();
        put(&shelf, &[row(1)]).unwrap();
        put(&shelf, &[row(2), row(3)]).unwrap();
        // The same row in another file, as of a watch that was cut elsewhere.
        put(&shelf, &[row(3)]).unwrap();
        assert_eq!(read(&shelf).unwrap(), [row(1), row(2), row(3)]);
        assert_eq!(shelf.list(FINDINGS).unwrap().len(), 3);
    }

    #[test]
    fn a_damaged_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::open(&folder.path().display().to_string(), folder.path()).unwrap();
        put(&shelf, &[row(1)]).unwrap();
        let path = folder.path().join(&shelf.list(FINDINGS).unwrap()[0].path);
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        let error = read(&shelf).unwrap_err().to_string();
        assert!(error.starts_with("findings/day=2026-03-01/") && error.contains("watch its sources again"), "{error}");
    }
}
