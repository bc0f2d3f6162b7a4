//! Answers in the form that is wanted: a table for people, CSV, JSON lines, Parquet.

use std::io::{self, Write};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use arrow::csv;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::json::LineDelimitedWriter;
use arrow::record_batch::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::Answer;
use super::functions::wide_as_text;

/// Rows of a table that are laid out together.
const MOST_ROWS_LAID_OUT: usize = 100_000;

/// A table as it is to be laid out.
pub struct Table {
    /// The heads.
    pub heads: Vec<String>,
    /// Which columns are numbers.
    pub numeric: Vec<bool>,
    /// The rows.
    pub rows: Vec<Vec<String>>,
    /// Rows that were left out, because a table of more is nothing for people.
    pub untold: u64,
}

/// A table for people.
pub struct TableAnswer<W: FnMut(&Table) -> io::Result<()>> {
    write: W,
    table: Table,
}

impl<W: FnMut(&Table) -> io::Result<()>> TableAnswer<W> {
    /// Collects the answer and gives it to `write` at the end.
    pub fn new(write: W) -> Self {
        Self { write, table: Table { heads: Vec::new(), numeric: Vec::new(), rows: Vec::new(), untold: 0 } }
    }
}

impl<W: FnMut(&Table) -> io::Result<()>> Answer for TableAnswer<W> {
    fn begin(&mut self, schema: &SchemaRef) -> io::Result<()> {
        self.table.heads = schema.fields().iter().map(|field| field.name().clone()).collect();
        self.table.numeric = schema.fields().iter().map(|field| field.data_type().is_numeric()).collect();
        Ok(())
    }

    fn rows(&mut self, rows: &RecordBatch) -> io::Result<()> {
        let rows = readable(rows)?;
        let options = FormatOptions::default().with_null("-").with_timestamp_tz_format(Some("%Y-%m-%dT%H:%M:%S%.fZ"));
        let columns: Result<Vec<_>, _> =
            rows.columns().iter().map(|column| ArrayFormatter::try_new(column, &options)).collect();
        let columns = columns.map_err(io::Error::other)?;
        for row in 0..rows.num_rows() {
            if self.table.rows.len() == MOST_ROWS_LAID_OUT {
                self.table.untold += (rows.num_rows() - row) as u64;
                break;
            }
            self.table.rows.push(columns.iter().map(|column| column.value(row).to_string()).collect());
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        (self.write)(&self.table)
    }
}

/// CSV (RFC 4180) with a line of heads.
pub struct CsvAnswer<W: Write>(csv::Writer<W>);

impl<W: Write> CsvAnswer<W> {
    /// Writes into `out`.
    pub fn new(out: W) -> Self {
        Self(
            csv::WriterBuilder::new()
                .with_header(true)
                .with_timestamp_tz_format("%Y-%m-%dT%H:%M:%S%.6fZ".to_owned())
                .build(out),
        )
    }
}

impl<W: Write> Answer for CsvAnswer<W> {
    fn begin(&mut self, schema: &SchemaRef) -> io::Result<()> {
        // The heads, also where no row follows.
        self.rows(&RecordBatch::new_empty(Arc::clone(schema)))
    }

    fn rows(&mut self, rows: &RecordBatch) -> io::Result<()> {
        self.0.write(&readable(rows)?).map_err(io::Error::other)
    }

    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// One JSON object a line.
pub struct JsonAnswer<W: Write>(LineDelimitedWriter<W>);

impl<W: Write> JsonAnswer<W> {
    /// Writes into `out`.
    pub fn new(out: W) -> Self {
        Self(LineDelimitedWriter::new(out))
    }
}

impl<W: Write> Answer for JsonAnswer<W> {
    fn begin(&mut self, _: &SchemaRef) -> io::Result<()> {
        Ok(())
    }

    fn rows(&mut self, rows: &RecordBatch) -> io::Result<()> {
        self.0.write(&readable(rows)?).map_err(io::Error::other)
    }

    fn finish(&mut self) -> io::Result<()> {
        self.0.finish().map_err(io::Error::other)
    }
}

/// A Parquet file, with the columns as they are.
pub struct ParquetAnswer<W: Write + Send> {
    out: Option<W>,
    writer: Option<ArrowWriter<W>>,
}

impl<W: Write + Send> ParquetAnswer<W> {
    /// Writes into `out`.
    pub fn new(out: W) -> Self {
        Self { out: Some(out), writer: None }
    }
}

impl<W: Write + Send> Answer for ParquetAnswer<W> {
    fn begin(&mut self, schema: &SchemaRef) -> io::Result<()> {
        let level = ZstdLevel::try_new(3).map_err(io::Error::other)?;
        let properties = WriterProperties::builder().set_compression(Compression::ZSTD(level)).build();
        if let Some(out) = self.out.take() {
            self.writer = Some(ArrowWriter::try_new(out, Arc::clone(schema), Some(properties))?);
        }
        Ok(())
    }

    fn rows(&mut self, rows: &RecordBatch) -> io::Result<()> {
        self.writer.as_mut().map_or(Ok(()), |writer| Ok(writer.write(rows)?))
    }

    fn finish(&mut self) -> io::Result<()> {
        self.writer.take().map_or(Ok(()), |writer| Ok(writer.close().map(drop)?))
    }
}

/// Rows with addresses as text, where a column holds them as bytes.
fn readable(rows: &RecordBatch) -> io::Result<RecordBatch> {
    let mut fields: Vec<Arc<Field>> = Vec::new();
    let mut columns: Vec<ArrayRef> = Vec::new();
    for (field, column) in rows.schema().fields().iter().zip(rows.columns()) {
        match wide_as_text(column) {
            Some(texts) => {
                fields.push(Arc::new(Field::new(field.name(), DataType::Utf8View, true)));
                columns.push(texts);
            }
            None => {
                fields.push(Arc::clone(field));
                columns.push(Arc::clone(column));
            }
        }
    }
    debug_assert!(columns.iter().all(|column| column.len() == rows.num_rows()));
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(io::Error::other)
}
