//! Whether every file is what its name and its footer say.

use std::collections::BTreeSet;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::TimestampMicrosecondType;
use arrow::record_batch::RecordBatch;
use bytes::Bytes;

use super::columns::ARROW;
use super::group::{Group, group_id};
use super::name::{FLOWS, FileName, Kind};
use super::snapshot::Footer;
use super::versions::{self, in_columns};
use crate::decode::RowGroup;
use crate::findings;
use crate::shelf::{Entry, Shelf};

/// Rows that are looked at at a time.
const ROWS_AT_A_TIME: usize = 8192;

/// What a look at every file found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Files that were looked at, those that wait to be moved away not among them.
    pub files: u64,
    /// Rows of those that are whole.
    pub rows: u64,
    /// Files of findings, in the same way.
    pub finding_files: u64,
    /// Each time that a finding was told, in those that are whole.
    pub finding_rows: u64,
    /// Paths of those that are not, and what is wrong with each.
    pub damaged: Vec<(String, String)>,
}

/// Reads every file of the lake from end to end. `progress` is told of each that is done, and how many there are.
///
/// # Errors
///
/// When the store cannot be listed, or a file that is there not be read.
pub fn check(shelf: &Shelf, progress: &mut dyn FnMut(usize, usize)) -> io::Result<Checked> {
    let _reading = shelf.reading()?;
    let mut checked = Checked::default();
    let named = |entry: Entry| FileName::of_path(&entry.path).map(|name| (name, entry));
    let files: Vec<_> = shelf.list(FLOWS)?.into_iter().filter_map(named).collect();
    let of_findings: Vec<Entry> = findings::files(shelf)?.collect();
    let (flows, all) = (files.len(), files.len() + of_findings.len());
    for (done, (name, entry)) in files.into_iter().enumerate() {
        let bytes = shelf.read_steady(&entry.path, 0..entry.size)?;
        checked.files += 1;
        match whole(&name, bytes) {
            Ok(rows) => checked.rows += rows,
            Err(what) => checked.damaged.push((entry.path, what)),
        }
        progress(done + 1, all);
    }
    for (done, entry) in of_findings.into_iter().enumerate() {
        let bytes = shelf.read_steady(&entry.path, 0..entry.size)?;
        checked.finding_files += 1;
        match findings::whole(&entry.path, &bytes) {
            Ok(rows) => checked.finding_rows += rows,
            Err(what) => checked.damaged.push((entry.path, what)),
        }
        progress(flows + done + 1, all);
    }
    Ok(checked)
}

/// How many rows the file has whose bytes stand under this path of the lake, or what is wrong with it.
///
/// # Errors
///
/// What is wrong, in words: the path is none of the lake's, the bytes are no Parquet file, or the file is not what its name
/// and its footer say.
pub fn file(path: &str, bytes: Vec<u8>) -> Result<u64, String> {
    if path.starts_with(findings::FINDINGS) {
        return findings::whole(path, &bytes.into());
    }
    let name = FileName::of_path(path).ok_or("its path is not one of the lake's")?;
    whole(&name, bytes.into())
}

/// How many rows a whole file has, or what is wrong with one that is not.
pub(crate) fn whole(name: &FileName, bytes: Bytes) -> Result<u64, String> {
    // A decoder that was handed nonsense may give up in this way too.
    let looked = catch_unwind(AssertUnwindSafe(|| look(name, bytes)));
    looked.unwrap_or_else(|_| Err("its pages cannot be read".to_owned()))
}

fn look(name: &FileName, bytes: Bytes) -> Result<u64, String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let builder = versions::reader(bytes.clone()).map_err(|error| text(&error))?;
    let metadata = versions::in_types(Arc::clone(builder.metadata())).map_err(|error| text(&error))?;
    let footer = Footer::of(builder.metadata())?;
    footer.groups.iter().try_for_each(|group| belongs(name, group))?;
    let told: u64 = footer.groups.iter().map(|group| group.rows).sum();
    let seals: BTreeSet<&str> = footer.seals.iter().map(|batch| batch.seal.as_str()).collect();
    let mut rows = 0;
    for batch in builder.with_batch_size(ROWS_AT_A_TIME).build().map_err(|error| text(&error))? {
        let batch = in_columns(&batch.map_err(|error| text(&error))?, &ARROW).map_err(|error| text(&error))?;
        rows += batch.num_rows() as u64;
        begin_within(name, &batch)?;
        let named = batch.column_by_name("seal").and_then(|column| column.as_string_view_opt());
        let strange = named.into_iter().flatten().flatten().find(|seal| !seals.contains(seal));
        if let Some(seal) = strange {
            return Err(format!("a row names the seal {seal:?}, which its footer does not know"));
        }
    }
    for number in 0..metadata.metadata().num_row_groups() {
        // What questions add up they read in another way.
        let group = RowGroup::new(metadata.clone(), number, vec![(0, bytes.clone())]);
        ARROW.fields().iter().try_for_each(|column| group.check(column)).map_err(|error| text(&error))?;
    }
    // Last: what is wrong with a page says more than that something is.
    footer.vouch_for(&bytes)?;
    if rows == told { Ok(rows) } else { Err(format!("it has {rows} rows, and its footer says {told}")) }
}

/// Whether a group is one that a file of this name holds.
fn belongs(name: &FileName, group: &Group) -> Result<(), String> {
    let (from, until) = name.range();
    let (start, end) = group.range();
    if start < from || until < end {
        return Err(format!("its footer has a group from {start} until {end}, which its name does not hold"));
    }
    if let Kind::Group { sensor, group: id, late, .. } = &name.kind
        && (sensor, id, late.unwrap_or(0)) != (&group.sensor, &group.id, group.late)
    {
        return Err(format!("its footer has the group {} of {:?}", group.id, group.sensor));
    }
    let counted = group_id(group.sensor.as_deref(), group.start, group.length, &group.batches);
    // What came late may have been counted from more than what came in time.
    if group.late == 0 && counted != group.id {
        return Err(format!("its footer's batches make the group {counted}, not {}", group.id));
    }
    Ok(())
}

/// Whether all rows begin in the time that the name says.
fn begin_within(name: &FileName, batch: &RecordBatch) -> Result<(), String> {
    let (from, until) = name.range();
    let (from, until) = (from.div_euclid(1000), until.div_euclid(1000));
    let starts = batch.column_by_name("start_time").and_then(|column| column.as_primitive_opt());
    let starts = starts.map(|starts: &arrow::array::PrimitiveArray<TimestampMicrosecondType>| starts.values());
    match starts.into_iter().flatten().find(|start| !(from..=until).contains(*start)) {
        Some(start) => Err(format!("a row begins at {start} µs, outside of the time that its name says")),
        None => Ok(()),
    }
}
