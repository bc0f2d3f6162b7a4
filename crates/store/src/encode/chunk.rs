//! One column of one row group: its pages, and what the footer says of them.

use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::{ByteArray, FixedLenByteArray};
use parquet::errors::Result;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescriptor;

use super::bits::{hybrid, single_run, width_of};
use super::number::Number;
use super::numbering::Numbering;

/// Pages smaller than this are not worth compressing.
const LEAST_TO_COMPRESS: usize = 64;
/// How much of a page is compressed to see whether the rest is worth it, and the share that must be saved.
const SAMPLE: usize = 16 * 1024;
const WORTH: (usize, usize) = (19, 20);

/// Encodes columns. Holds what can be used again for the next one.
pub(crate) struct Encoder {
    numbering: Numbering,
    codes: Vec<u32>,
    page: Vec<u8>,
    dictionary: Vec<u8>,
    compressor: zstd::bulk::Compressor<'static>,
    compressed: Vec<u8>,
}

/// A column that has been encoded, to be put into a row group.
pub(crate) struct Chunk {
    pub(crate) bytes: Bytes,
    pub(crate) close: ColumnCloseResult,
}

/// The compression that the footer names; single pages may be left as they are.
fn codec() -> Compression {
    Compression::ZSTD(ZstdLevel::default())
}

impl Encoder {
    pub(crate) fn new() -> std::io::Result<Self> {
        Ok(Self {
            numbering: Numbering::default(),
            codes: Vec::new(),
            page: Vec::new(),
            dictionary: Vec::new(),
            compressor: zstd::bulk::Compressor::new(1)?,
            compressed: Vec::new(),
        })
    }

    /// Numbers, none of them null: a dictionary where few are different, else in delta encoding, which is chosen for
    /// numbers that are near to their neighbours and for those that fill far less than their type.
    pub(crate) fn numbers<T: Number>(&mut self, column: &Arc<ColumnDescriptor>, values: &[T]) -> Result<Chunk> {
        let range = range_of(values);
        let statistics = T::statistics(range, 0);
        let rows = values.len();
        if self.number_codes(values) {
            return self.coded(column, rows, rows, None, statistics);
        }
        self.page.clear();
        T::delta(values, &mut self.page);
        self.plain_chunk(column, rows, rows, 0, Encoding::DELTA_BINARY_PACKED, statistics)
    }

    /// Numbers that grow with their place.
    pub(crate) fn growing<T: Number>(&mut self, column: &Arc<ColumnDescriptor>, values: &[T]) -> Result<Chunk> {
        self.page.clear();
        T::delta(values, &mut self.page);
        let statistics = T::statistics(range_of(values), 0);
        self.plain_chunk(column, values.len(), values.len(), 0, Encoding::DELTA_BINARY_PACKED, statistics)
    }

    /// Numbers of which those of the rows that are not `present` are missing: a dictionary where few are different, else
    /// as they are. `present` is `None` where every row has one.
    pub(crate) fn sparse_numbers<T: Number>(
        &mut self,
        column: &Arc<ColumnDescriptor>,
        present: Option<&[bool]>,
        rows: usize,
        values: &[T],
    ) -> Result<Chunk> {
        let statistics = T::statistics(range_of(values), (rows - values.len()) as u64);
        if self.number_codes(values) {
            return self.coded(column, rows, values.len(), present, statistics);
        }
        self.page.clear();
        let levels = levels(column, rows, values.len(), present, &mut self.page);
        values.iter().for_each(|value| value.plain(&mut self.page));
        self.plain_chunk(column, rows, values.len(), levels, Encoding::PLAIN, statistics)
    }

    /// Addresses of sixteen bytes, as [`Self::sparse_numbers`]. They are never put into a dictionary.
    pub(crate) fn sparse_wide(
        &mut self,
        column: &Arc<ColumnDescriptor>,
        present: Option<&[bool]>,
        rows: usize,
        values: &[u128],
    ) -> Result<Chunk> {
        self.page.clear();
        let levels = levels(column, rows, values.len(), present, &mut self.page);
        values.iter().for_each(|value| self.page.extend_from_slice(&value.to_be_bytes()));
        let wide = |value: u128| FixedLenByteArray::from(value.to_be_bytes().to_vec());
        let (least, most) = range_of(values).map(|(least, most)| (wide(least), wide(most))).unzip();
        let nulls = (rows - values.len()) as u64;
        let statistics = Statistics::fixed_len_byte_array(least, most, None, Some(nulls), false);
        self.plain_chunk(column, rows, values.len(), levels, Encoding::PLAIN, statistics)
    }

    /// Yes or no for every row.
    pub(crate) fn flags(&mut self, column: &Arc<ColumnDescriptor>, values: &[bool]) -> Result<Chunk> {
        self.page.clear();
        super::bits::pack(values.iter().map(|&value| u64::from(value)), 1, &mut self.page);
        let range = values.contains(&true).then_some(true).into_iter().chain(values.contains(&false).then_some(false));
        let (least, most) = (range.clone().min(), range.max());
        let statistics = Statistics::boolean(least, most, None, Some(0), false);
        self.plain_chunk(column, values.len(), values.len(), 0, Encoding::PLAIN, statistics)
    }

    /// Texts by their place in `texts`; `None` for a null. Only texts that are used may be given.
    pub(crate) fn texts<'a>(
        &mut self,
        column: &Arc<ColumnDescriptor>,
        rows: impl ExactSizeIterator<Item = Option<u32>>,
        texts: impl Iterator<Item = &'a str> + Clone,
    ) -> Result<Chunk> {
        let count = rows.len();
        self.codes.clear();
        let mut present = Vec::new();
        for (row, code) in rows.enumerate() {
            match code {
                Some(code) => self.codes.push(code),
                None => {
                    if present.is_empty() {
                        present.resize(count, true);
                    }
                    present[row] = false;
                }
            }
        }
        self.dictionary.clear();
        let mut entries = 0u32;
        for text in texts.clone() {
            self.dictionary.extend_from_slice(&(text.len() as u32).to_le_bytes());
            self.dictionary.extend_from_slice(text.as_bytes());
            entries += 1;
        }
        let whole = |text: &str| ByteArray::from(text.as_bytes().to_vec());
        let (least, most) = (texts.clone().min().map(whole), texts.max().map(whole));
        let nulls = (count - self.codes.len()) as u64;
        let statistics = Statistics::byte_array(least, most, None, Some(nulls), false);
        self.numbering.entries = entries;
        let present = (!present.is_empty()).then_some(present);
        self.coded(column, count, self.codes.len(), present.as_deref(), statistics)
    }

    /// Gives every value its code; `false` where a dictionary would not pay.
    fn number_codes<T: Number>(&mut self, values: &[T]) -> bool {
        let Self { numbering, codes, dictionary, .. } = self;
        numbering.number(values, codes) && {
            dictionary.clear();
            numbering.firsts.iter().for_each(|&first| values[first as usize].plain(dictionary));
            true
        }
    }

    /// A chunk of a dictionary page and a page of codes.
    fn coded(
        &mut self,
        column: &Arc<ColumnDescriptor>,
        rows: usize,
        values: usize,
        present: Option<&[bool]>,
        statistics: Statistics,
    ) -> Result<Chunk> {
        if values == 0 {
            self.page.clear();
            let levels = levels(column, rows, values, present, &mut self.page);
            return self.plain_chunk(column, rows, values, levels, Encoding::PLAIN, statistics);
        }
        let entries = self.numbering.entries;
        let width = width_of(u64::from(entries.saturating_sub(1))).max(1);
        self.page.clear();
        let levels = levels(column, rows, values, present, &mut self.page);
        self.page.push(width);
        match entries {
            1 => single_run(0, values, width, &mut self.page),
            _ => hybrid(&self.codes, width, &mut self.page),
        }
        let mut parts = Parts::default();
        let dictionary = std::mem::take(&mut self.dictionary);
        parts.dictionary(&dictionary, self.compress_always(&dictionary)?, entries)?;
        self.dictionary = dictionary;
        let page = std::mem::take(&mut self.page);
        let worth = self.compress(&page[levels..])?;
        parts.data(&page, levels, worth, rows, values, Encoding::RLE_DICTIONARY)?;
        self.page = page;
        parts.close(column, rows, statistics)
    }

    /// A chunk of the one page that stands in `self.page`, definition levels in front.
    fn plain_chunk(
        &mut self,
        column: &Arc<ColumnDescriptor>,
        rows: usize,
        values: usize,
        levels: usize,
        encoding: Encoding,
        statistics: Statistics,
    ) -> Result<Chunk> {
        let page = std::mem::take(&mut self.page);
        let mut parts = Parts::default();
        let compressed = self.compress(&page[levels..])?;
        parts.data(&page, levels, compressed, rows, values, encoding)?;
        self.page = page;
        parts.close(column, rows, statistics)
    }

    /// Compressed, where that saves enough.
    fn compress(&mut self, bytes: &[u8]) -> Result<Option<Bytes>> {
        let worth = |compressed: usize, plain: usize| compressed * WORTH.1 < plain * WORTH.0;
        if bytes.len() < LEAST_TO_COMPRESS {
            return Ok(None);
        }
        if bytes.len() > 4 * SAMPLE {
            // From the middle: the beginning may hold what is left of the period before.
            let middle = bytes.len() / 2;
            let sample = self.squeeze(&bytes[middle..middle + SAMPLE])?;
            if !worth(sample, SAMPLE) {
                return Ok(None);
            }
        }
        let length = self.squeeze(bytes)?;
        Ok(worth(length, bytes.len()).then(|| Bytes::copy_from_slice(&self.compressed[..length])))
    }

    /// A dictionary page has no mark for being left as it is.
    fn compress_always(&mut self, bytes: &[u8]) -> Result<Bytes> {
        let length = self.squeeze(bytes)?;
        Ok(Bytes::copy_from_slice(&self.compressed[..length]))
    }

    fn squeeze(&mut self, bytes: &[u8]) -> Result<usize> {
        let most = zstd::zstd_safe::compress_bound(bytes.len());
        if self.compressed.len() < most {
            self.compressed.resize(most, 0);
        }
        Ok(self.compressor.compress_to_buffer(bytes, &mut self.compressed)?)
    }
}

/// Appends the definition levels of a nullable column; says how many bytes they take.
fn levels(column: &ColumnDescriptor, rows: usize, values: usize, present: Option<&[bool]>, out: &mut Vec<u8>) -> usize {
    if column.max_def_level() == 0 {
        return 0;
    }
    let before = out.len();
    match present {
        Some(present) if values != 0 && values != rows => {
            let levels: Vec<u32> = present.iter().map(|&present| u32::from(present)).collect();
            hybrid(&levels, 1, out);
        }
        _ => single_run(u32::from(values > 0), rows, 1, out),
    }
    out.len() - before
}

fn range_of<T: Copy + Ord>(values: &[T]) -> Option<(T, T)> {
    let first = *values.first()?;
    Some(values.iter().fold((first, first), |(least, most), &value| (least.min(value), most.max(value))))
}

/// A chunk while its pages are written.
struct Parts {
    sink: TrackedWrite<Vec<u8>>,
    encodings: Vec<Encoding>,
    dictionary_at: Option<i64>,
    data_at: i64,
    uncompressed: i64,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            sink: TrackedWrite::new(Vec::new()),
            encodings: vec![Encoding::RLE],
            dictionary_at: None,
            data_at: 0,
            uncompressed: 0,
        }
    }
}

impl Parts {
    fn dictionary(&mut self, plain: &[u8], compressed: Bytes, entries: u32) -> Result<()> {
        let page =
            Page::DictionaryPage { buf: compressed, num_values: entries, encoding: Encoding::PLAIN, is_sorted: false };
        let spec = SerializedPageWriter::new(&mut self.sink).write_page(CompressedPage::new(page, plain.len()))?;
        self.dictionary_at = Some(spec.offset as i64);
        self.uncompressed += spec.uncompressed_size as i64;
        self.encodings.push(Encoding::PLAIN);
        Ok(())
    }

    fn data(
        &mut self,
        page: &[u8],
        levels: usize,
        compressed: Option<Bytes>,
        rows: usize,
        values: usize,
        encoding: Encoding,
    ) -> Result<()> {
        let is_compressed = compressed.is_some();
        let buf = match compressed {
            Some(compressed) if levels == 0 => compressed,
            Some(compressed) => Bytes::from([&page[..levels], &compressed].concat()),
            None => Bytes::copy_from_slice(page),
        };
        let data = Page::DataPageV2 {
            buf,
            num_values: rows as u32,
            encoding,
            num_nulls: (rows - values) as u32,
            num_rows: rows as u32,
            def_levels_byte_len: levels as u32,
            rep_levels_byte_len: 0,
            is_compressed,
            statistics: None,
        };
        let spec = SerializedPageWriter::new(&mut self.sink).write_page(CompressedPage::new(data, page.len()))?;
        self.data_at = spec.offset as i64;
        self.uncompressed += spec.uncompressed_size as i64;
        self.encodings.push(encoding);
        Ok(())
    }

    fn close(self, column: &Arc<ColumnDescriptor>, rows: usize, statistics: Statistics) -> Result<Chunk> {
        let bytes_written = self.sink.bytes_written() as u64;
        let bytes = Bytes::from(self.sink.into_inner()?);
        let metadata = ColumnChunkMetaData::builder(Arc::clone(column))
            .set_compression(codec())
            .set_encodings(self.encodings)
            .set_num_values(rows as i64)
            .set_total_compressed_size(bytes_written as i64)
            .set_total_uncompressed_size(self.uncompressed)
            .set_data_page_offset(self.data_at)
            .set_dictionary_page_offset(self.dictionary_at)
            .set_statistics(statistics)
            .build()?;
        let close = ColumnCloseResult {
            bytes_written,
            rows_written: rows as u64,
            metadata,
            bloom_filter: None,
            column_index: None,
            offset_index: None,
        };
        Ok(Chunk { bytes, close })
    }
}
