//! Files of other versions of the program: older ones lack columns, newer ones have more. Both are read.

use std::fs;
use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::record_batch::RecordBatch;
use blueline_store::lake::check::check;
use blueline_store::lake::compact::compact;
use blueline_store::lake::history::History;
use blueline_store::shelf::Shelf;
use blueline_terms::Moment;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::metadata::KeyValue;

use crate::field::{ask, files, minute, mission};
use crate::lake::simple;

/// A file as another version would have written it.
fn rewritten(bytes: Vec<u8>, version: u32, change: impl Fn(&RecordBatch) -> RecordBatch) -> Vec<u8> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes)).unwrap();
    let pairs: Vec<KeyValue> = reader.metadata().file_metadata().key_value_metadata().unwrap().clone();
    let batches: Vec<RecordBatch> = reader.build().unwrap().map(|batch| change(&batch.unwrap())).collect();
    let mut out = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut out, batches[0].schema(), None).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    // Other pages, of which an early version says nothing.
    for pair in pairs.into_iter().filter(|pair| pair.key != "blueline.pages") {
        let value = if pair.key == "blueline.version" { Some(version.to_string()) } else { pair.value };
        writer.append_key_value_metadata(KeyValue::new(pair.key, value));
    }
    writer.close().unwrap();
    out
}

fn without(column: &str) -> impl Fn(&RecordBatch) -> RecordBatch {
    move |batch| {
        let kept = (0..batch.num_columns()).filter(|&place| batch.schema().field(place).name() != column);
        batch.project(&kept.collect::<Vec<_>>()).unwrap()
    }
}

fn with_more(batch: &RecordBatch) -> RecordBatch {
    let mut fields: Vec<_> = batch.schema().fields().iter().cloned().collect();
    fields.push(Arc::new(Field::new("weather", DataType::Utf8, true)));
    let mut columns = batch.columns().to_vec();
    columns.push(Arc::new(StringArray::from(vec!["fair"; batch.num_rows()])) as ArrayRef);
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

/// Three files: an older one, one of this version, a newer one.
fn mixed() -> (tempfile::TempDir, Arc<Shelf>) {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("lake");
    let shelf = Arc::new(Shelf::open(&place.display().to_string(), folder.path()).unwrap());
    simple(Arc::clone(&shelf), 0..3, 20);
    let paths: Vec<_> = shelf.list("flows").unwrap().into_iter().map(|entry| place.join(entry.path)).collect();
    let rewrite = |place: usize, version, change: &dyn Fn(&RecordBatch) -> RecordBatch| {
        fs::write(&paths[place], rewritten(fs::read(&paths[place]).unwrap(), version, change)).unwrap();
    };
    rewrite(0, 0, &without("hostname"));
    rewrite(2, 99, &with_more);
    (folder, shelf)
}

#[test]
fn older_and_newer_files_are_read() {
    let (_folder, shelf) = mixed();
    assert_eq!(check(&shelf, &mut |_, _| {}).unwrap().damaged, []);
    let counted = "SELECT count(*), count(hostname), sum(traffic_packets_out), count(end_time) FROM flows";
    // A quarter of the rows has a name; of the older file it is not known.
    let right = "60,10,180,60\n";
    assert_eq!(ask(&shelf, counted), right);
    // Tallies pass row groups by where the footer of each says that the column lies, not where this version has it.
    for (condition, rows) in [("requests = 1", 15), ("sensor = 'gate'", 60), ("hostname = 'host0.example'", 2)] {
        assert_eq!(ask(&shelf, &format!("SELECT count(*) FROM flows WHERE {condition}")), format!("{rows}\n"));
    }
    let by_name = "SELECT hostname, count(*), sum(traffic_bytes) FROM FLOWS GROUP BY hostname ORDER BY hostname";
    let row_by_row = by_name.replace("FLOWS", "(SELECT * FROM flows LIMIT 1000000)");
    assert_eq!(ask(&shelf, &by_name.replace("FLOWS", "flows")), ask(&shelf, &row_by_row));
    let mut history = History::open(Arc::clone(&shelf)).unwrap();
    let numbers = history.numbers(minute(0), minute(3)).unwrap();
    let mut rows = 0;
    let read = history.rows(&mission(), &numbers, (minute(0), minute(3)), &mut |batch, _| {
        rows += batch.len();
        Ok(())
    });
    read.unwrap();
    assert_eq!(rows, 60);
    // Watched again they are known, and a newer file is left as it is: joining would lose what only it has.
    assert_eq!(simple(Arc::clone(&shelf), 0..3, 20).known, 3);
    assert_eq!(compact(&shelf, Moment::MAX, Moment::MIN, &mut |_, _| {}).unwrap().joined.gone, 2);
    assert_eq!(files(&shelf, "flows"), 2);
    assert_eq!(ask(&shelf, counted), right);
}
