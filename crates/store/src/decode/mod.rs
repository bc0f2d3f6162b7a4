//! Columns from Parquet pages as they were encoded: which values there are, and which of them each row has.
//!
//! Adding up does not need a value in every row: most columns of flows hold few different values, and where a page says
//! once that all its rows are alike, one multiplication stands for all of them. What is not written as codes is read by
//! the Parquet library.

mod bits;
mod codes;
mod pages;

use std::io::Read;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, StringViewArray, TimestampMicrosecondArray, UInt8Array, UInt16Array,
    UInt32Array, UInt64Array, new_null_array,
};
use arrow::compute::{cast, concat, take as take_rows};
use arrow::datatypes::{DataType, Field, TimeUnit, UInt8Type, UInt16Type, UInt32Type};
use bytes::{Buf, Bytes};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReaderBuilder};
use parquet::basic::{Encoding, Type as PhysicalType};
use parquet::column::page::Page;
use parquet::errors::Result;
use parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};
use parquet::file::reader::{ChunkReader, Length};

use self::bits::{Numbers, damaged, take};
pub(crate) use self::codes::{Codes, Reader};
use self::codes::{Form, PageCodes};
use self::pages::Pages;

/// A column of a row group.
#[derive(Debug)]
pub(crate) struct Coded {
    /// The values that codes stand for. One may stand there twice, or for no row at all.
    pub(crate) values: ArrayRef,
    /// Which of them each row has.
    pub(crate) codes: Codes,
}

/// No writer of ours puts more rows into a row group: a footer that says so is damaged, and its word is not worth memory.
const MOST_ROWS: usize = 1 << 20;

/// A row group of a file, with the bytes of those columns that are asked for.
#[derive(Debug)]
pub(crate) struct RowGroup {
    metadata: ArrowReaderMetadata,
    number: usize,
    pieces: Pieces,
}

impl RowGroup {
    /// The row group of this number; `pieces` are bytes of the file and where they begin.
    pub(crate) fn new(metadata: ArrowReaderMetadata, number: usize, pieces: Vec<(u64, Bytes)>) -> Self {
        Self { metadata, number, pieces: Pieces(pieces.into()) }
    }

    /// Where in the file the columns of a row group stand. Columns that the file does not have are left out.
    pub(crate) fn ranges<'a>(
        metadata: &ArrowReaderMetadata,
        number: usize,
        columns: impl Iterator<Item = &'a Field>,
    ) -> Vec<Range<u64>> {
        let places = columns.filter_map(|column| place(metadata, column));
        let chunks = places.map(|place| metadata.metadata().row_group(number).column(place).byte_range());
        chunks.map(|(start, length)| start..start.saturating_add(length)).collect()
    }

    /// Where in the file a row group begins.
    ///
    /// # Errors
    ///
    /// When what the footer says of it makes no sense.
    pub(crate) fn begin(metadata: &ArrowReaderMetadata, number: usize) -> Result<u64> {
        let group = metadata.metadata().row_group(number);
        let starts = group.columns().iter().map(|column| {
            let start = column.dictionary_page_offset().unwrap_or_else(|| column.data_page_offset());
            u64::try_from(start).ok().filter(|_| column.compressed_size() >= 0)
        });
        let starts: Option<Vec<u64>> = starts.collect();
        match starts.as_deref() {
            Some([first, ..]) if group.num_rows() >= 0 => Ok(*first),
            _ => Err(damaged(format!("row group {number} has no place, or {} rows", group.num_rows()))),
        }
    }

    /// How many rows there are.
    pub(crate) fn rows(&self) -> usize {
        usize::try_from(self.group().num_rows()).unwrap_or(0)
    }

    /// How many bytes of the file there are.
    pub(crate) fn bytes(&self) -> usize {
        self.pieces.0.iter().map(|(_, bytes)| bytes.len()).sum()
    }

    fn group(&self) -> &RowGroupMetaData {
        self.metadata.metadata().row_group(self.number)
    }

    /// A column; null in every row where the file has none of the name and it may be null.
    ///
    /// # Errors
    ///
    /// When the file is damaged.
    pub(crate) fn column(&self, column: &Field) -> Result<Coded> {
        if self.rows() > MOST_ROWS {
            return Err(damaged(format!("a row group of {} rows", self.rows())));
        }
        let coded = match place(&self.metadata, column) {
            None if column.is_nullable() => {
                Coded { values: new_null_array(column.data_type(), 1), codes: Codes::All(0) }
            }
            None => return Err(damaged(format!("no column {}", column.name()))),
            Some(place) => match self.coded(place, column)? {
                Some(coded) => coded,
                None => self.in_place(place, column)?,
            },
        };
        if coded.codes == Codes::InPlace && coded.values.len() != self.rows() {
            let rows = coded.values.len();
            return Err(damaged(format!(
                "{rows} rows in column {}, and the row group has {}",
                column.name(),
                self.rows()
            )));
        }
        Ok(coded)
    }

    /// Whether a column's codes, where it has some, say what the library reads.
    ///
    /// # Errors
    ///
    /// When they do not, or the file is damaged.
    pub(crate) fn check(&self, column: &Field) -> Result<()> {
        let found = self.column(column)?;
        let Some(place) = place(&self.metadata, column).filter(|_| found.codes != Codes::InPlace) else {
            return Ok(());
        };
        let right = self.in_place(place, column)?.values;
        if found.expanded(self.rows())? == right {
            return Ok(());
        }
        Err(damaged(format!("column {} has other values when it is read row by row", column.name())))
    }

    /// The column's codes as they stand in its pages; `None` where it is written in another way.
    fn coded(&self, place: usize, column: &Field) -> Result<Option<Coded>> {
        let chunk = self.group().column(place);
        let flags = *column.data_type() == DataType::Boolean && chunk.column_descr().max_def_level() == 0;
        if chunk.dictionary_page_offset().is_none() && !flags {
            return Ok(None);
        }
        let Some(mut pages) = Pages::new(self.pieces.clone(), chunk, self.rows())? else { return Ok(None) };
        if flags {
            let values = BooleanArray::from(vec![false, true]);
            let codes = joined(&mut pages, self.rows(), flag_codes)?;
            return Ok(codes.map(|codes| Coded { values: Arc::new(values), codes }));
        }
        let Some(Page::DictionaryPage { buf, num_values, .. }) = pages.next()? else { return Ok(None) };
        let Some(mut values) = dictionary(chunk, column.data_type(), &buf, num_values as usize)? else {
            return Ok(None);
        };
        let nullable = chunk.column_descr().max_def_level() > 0;
        let codes = joined(&mut pages, self.rows(), |page| page_codes(page, nullable, num_values))?;
        if nullable {
            // One more than there are entries stands for no value.
            values = with_null(&values)?;
        }
        Ok(codes.map(|codes| Coded { values, codes }))
    }

    /// The column as the library reads it.
    fn in_place(&self, place: usize, column: &Field) -> Result<Coded> {
        let mask = ProjectionMask::leaves(self.metadata.metadata().file_metadata().schema_descr(), [place]);
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(self.pieces.clone(), self.metadata.clone())
            .with_projection(mask)
            .with_row_groups(vec![self.number])
            .with_batch_size(self.rows())
            .build()?;
        let arrays: std::result::Result<Vec<ArrayRef>, _> =
            reader.map(|batch| batch.map(|batch| Arc::clone(batch.column(0)))).collect();
        let arrays = arrays?;
        let arrays: Vec<&dyn Array> = arrays.iter().map(|array| &**array).collect();
        let values = match arrays[..] {
            [] => new_null_array(column.data_type(), 0),
            _ => cast(&concat(&arrays)?, column.data_type())?,
        };
        Ok(Coded { values, codes: Codes::InPlace })
    }
}

fn place(metadata: &ArrowReaderMetadata, column: &Field) -> Option<usize> {
    let columns = metadata.metadata().file_metadata().schema_descr().columns();
    columns.iter().position(|found| found.name() == column.name())
}

/// The codes of all pages that are left, one page after another; `None` where one is written in another way.
fn joined(
    pages: &mut Pages<Pieces>,
    rows: usize,
    codes_of: impl Fn(&Page) -> Result<Option<PageCodes>>,
) -> Result<Option<Codes>> {
    let (mut all, mut found) = (Vec::<PageCodes>::new(), 0);
    let other_count = |found| Err(damaged(format!("{found} rows in a column of a row group of {rows}")));
    while let Some(page) = pages.next()? {
        let own = page.num_values() as usize;
        if own > rows - found {
            return other_count(found + own);
        }
        let Some(codes) = codes_of(&page)? else { return Ok(None) };
        found += own;
        all.push(codes);
    }
    if found != rows {
        return other_count(found);
    }
    let first = all.first().map(|page| page.form.clone());
    Ok(Some(match first {
        None => Codes::All(0),
        Some(Form::All(code)) if all.iter().all(|page| page.form == Form::All(code)) => Codes::All(code),
        _ => Codes::Pages(all),
    }))
}

/// The codes of a page, where it holds codes; `entries` stands for no value.
fn page_codes(page: &Page, nullable: bool, entries: u32) -> Result<Option<PageCodes>> {
    let Page::DataPageV2 {
        buf,
        num_values,
        encoding: Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY,
        def_levels_byte_len,
        rep_levels_byte_len: 0,
        ..
    } = page
    else {
        return Ok(None);
    };
    let rows = *num_values as usize;
    let mut rest = &buf[..];
    let levels = take(&mut rest, *def_levels_byte_len as usize)?;
    let mut levels = nullable.then(|| Numbers::hybrid(levels, 1)).transpose()?;
    let all_present = match &mut levels {
        Some(levels) => levels.all(rows)?,
        None => Some(1),
    };
    if all_present == Some(0) {
        return Ok(Some(PageCodes { rows, form: Form::All(entries) }));
    }
    let mut codes = |count| {
        let width = take(&mut rest, 1)?[0];
        PageCodes::hybrid(count, buf.slice(buf.len() - rest.len()..), width, entries)
    };
    let Some(mut levels) = levels.filter(|_| all_present.is_none()) else {
        return codes(rows).map(Some);
    };
    let mut present = vec![0; rows];
    levels.fill(&mut present)?;
    let count = present.iter().filter(|&&level| level > 0).count();
    if count == 0 {
        return Ok(Some(PageCodes { rows, form: Form::All(entries) }));
    }
    let mut codes = Codes::Pages(vec![codes(count)?]).read(count)?.into_iter();
    let code = |level| if level > 0 { codes.next().unwrap_or(entries) } else { entries };
    Ok(Some(PageCodes { rows, form: Form::Each(present.into_iter().map(code).collect()) }))
}

/// The flags of a page as codes: 1 for yes.
fn flag_codes(page: &Page) -> Result<Option<PageCodes>> {
    let Page::DataPageV2 { buf, num_values, encoding, .. } = page else { return Ok(None) };
    let rows = *num_values as usize;
    match encoding {
        Encoding::PLAIN => PageCodes::bits(rows, buf.clone()).map(Some),
        // Their length stands in front (Parquet format, "Boolean").
        Encoding::RLE if buf.len() >= 4 => PageCodes::hybrid(rows, buf.slice(4..), 1, 2).map(Some),
        _ => Ok(None),
    }
}

/// The values of a dictionary page; `None` for types that have none here.
fn dictionary(chunk: &ColumnChunkMetaData, kind: &DataType, page: &[u8], count: usize) -> Result<Option<ArrayRef>> {
    let mut rest = page;
    let size = match (chunk.column_type(), kind) {
        (PhysicalType::BYTE_ARRAY, DataType::Utf8View) => return Ok(Some(texts(page, count)?)),
        (PhysicalType::INT32, _) => 4,
        (PhysicalType::INT64, _) => 8,
        _ => return Ok(None),
    };
    let bytes = take(&mut rest, count.saturating_mul(size))?;
    let numbers = || bytes.chunks_exact(size).map(|number| number.iter().rev().fold(0, |n, &b| n << 8 | u64::from(b)));
    Ok(Some(match (kind, size) {
        (DataType::UInt8, 4) => Arc::new(UInt8Array::from_iter_values(numbers().map(|number| number as u8))),
        (DataType::UInt16, 4) => Arc::new(UInt16Array::from_iter_values(numbers().map(|number| number as u16))),
        (DataType::UInt32, 4) => Arc::new(UInt32Array::from_iter_values(numbers().map(|number| number as u32))),
        (DataType::UInt64, 8) => Arc::new(UInt64Array::from_iter_values(numbers())),
        (DataType::Timestamp(TimeUnit::Microsecond, _), 8) => {
            let times = numbers().map(|number| number as i64);
            Arc::new(TimestampMicrosecondArray::from_iter_values(times).with_data_type(kind.clone()))
        }
        _ => return Ok(None),
    }))
}

fn texts(page: &[u8], count: usize) -> Result<ArrayRef> {
    let mut rest = page;
    let text = |_| {
        let length = take(&mut rest, 4)?.iter().rev().fold(0, |n, &b| n << 8 | usize::from(b));
        let text = take(&mut rest, length)?;
        std::str::from_utf8(text).map_err(|error| damaged(format!("a text: {error}")))
    };
    let texts: Result<Vec<&str>> = (0..count).map(text).collect();
    Ok(Arc::new(StringViewArray::from_iter_values(texts?)))
}

fn with_null(values: &ArrayRef) -> Result<ArrayRef> {
    Ok(concat(&[values, &new_null_array(values.data_type(), 1)])?)
}

impl Coded {
    /// A value for each of so many rows.
    fn expanded(&self, rows: usize) -> Result<ArrayRef> {
        if self.codes == Codes::InPlace {
            return Ok(Arc::clone(&self.values));
        }
        Ok(take_rows(&self.values, &UInt32Array::from(self.codes.read(rows)?), None)?)
    }

    /// The same column with a code for each row, equal codes for equal values where the values did not stand in a
    /// dictionary.
    ///
    /// # Errors
    ///
    /// When values of the type cannot be numbered.
    pub(crate) fn numbered(self) -> Result<Self> {
        if self.codes != Codes::InPlace {
            return Ok(self);
        }
        let values = &self.values;
        if values.null_count() == 0 {
            match values.data_type() {
                // Small numbers are their own codes.
                DataType::UInt8 => {
                    let codes = values.as_primitive::<UInt8Type>().values().iter().map(|&value| u32::from(value));
                    let (codes, most) = with_highest(codes);
                    let values = UInt8Array::from_iter_values(0..=most as u8);
                    return Ok(Self { values: Arc::new(values), codes });
                }
                DataType::UInt16 => {
                    let codes = values.as_primitive::<UInt16Type>().values().iter().map(|&value| u32::from(value));
                    let (codes, most) = with_highest(codes);
                    let values = UInt16Array::from_iter_values(0..=most as u16);
                    return Ok(Self { values: Arc::new(values), codes });
                }
                _ => {}
            }
        }
        if let Some(flags) = values.as_boolean_opt() {
            let codes = flags.iter().map(|flag| flag.map_or(2, u32::from)).collect();
            return Ok(Self {
                values: Arc::new(BooleanArray::from(vec![Some(false), Some(true), None])),
                codes: Codes::each(codes),
            });
        }
        let kind = DataType::Dictionary(Box::new(DataType::UInt32), Box::new(values.data_type().clone()));
        let numbered = cast(values, &kind)?;
        let numbered = numbered.as_dictionary::<UInt32Type>();
        let missing = numbered.values().len() as u32;
        let codes = numbered.keys().iter().map(|code| code.unwrap_or(missing)).collect();
        Ok(Self { values: with_null(numbered.values())?, codes: Codes::each(codes) })
    }
}

fn with_highest(codes: impl Iterator<Item = u32>) -> (Codes, u32) {
    let codes: Vec<u32> = codes.collect();
    let highest = codes.iter().copied().max().unwrap_or(0);
    (Codes::each(codes), highest)
}

/// Bytes of a file, and where they begin.
#[derive(Clone, Debug)]
struct Pieces(Arc<[(u64, Bytes)]>);

impl Length for Pieces {
    fn len(&self) -> u64 {
        self.0.iter().map(|(start, bytes)| start + bytes.len() as u64).max().unwrap_or(0)
    }
}

impl Pieces {
    /// What stands behind a place, up to the end of its piece.
    fn behind(&self, start: u64) -> Result<Bytes> {
        let within = |(begin, bytes): &(u64, Bytes)| {
            let place = usize::try_from(start.checked_sub(*begin)?).ok()?;
            (place <= bytes.len()).then(|| bytes.slice(place..))
        };
        // Where one piece ends another may begin: the longer one is meant.
        let found = self.0.iter().filter_map(within).max_by_key(Bytes::len);
        found.ok_or_else(|| damaged(format!("a page at {start}, which is outside of its column")))
    }
}

impl ChunkReader for Pieces {
    type T = Box<dyn Read>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        Ok(Box::new(self.behind(start)?.reader()))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let bytes = self.behind(start)?;
        if length > bytes.len() {
            return Err(damaged(format!("{length} bytes at {start}, which go beyond their column")));
        }
        Ok(bytes.slice(..length))
    }
}

#[cfg(test)]
mod tests;
