//! The pages of a column as they stand in the file, unpacked.
//!
//! The library's page reader makes new contexts of compression for every column of every row group, which took as long as
//! unpacking itself. So it is told that pages are not compressed, and they are unpacked here.

use std::cell::RefCell;

use bytes::Bytes;
use parquet::basic::Compression;
use parquet::column::page::{Page, PageReader};
use parquet::errors::Result;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::ChunkReader;
use parquet::file::serialized_reader::SerializedPageReader;
use zstd::bulk::Decompressor;

use super::bits::damaged;

/// No page of ours is larger when it is unpacked: a million numbers of eight bytes.
const LARGEST: u64 = 16 << 20;

/// The pages of a column, one after another.
pub(super) struct Pages<R: ChunkReader> {
    reader: SerializedPageReader<R>,
    compressed: bool,
}

impl<R: ChunkReader> Pages<R> {
    /// The pages of `chunk`; `None` where they are compressed in a way that is not known here.
    pub(super) fn new(file: R, chunk: &ColumnChunkMetaData, rows: usize) -> Result<Option<Self>> {
        let compressed = match chunk.compression() {
            Compression::ZSTD(_) => true,
            Compression::UNCOMPRESSED => false,
            _ => return Ok(None),
        };
        let plain = chunk.clone().into_builder().set_compression(Compression::UNCOMPRESSED).build()?;
        let reader = SerializedPageReader::new(file.into(), &plain, rows, None)?;
        Ok(Some(Self { reader, compressed }))
    }

    pub(super) fn next(&mut self) -> Result<Option<Page>> {
        let mut page = self.reader.get_next_page()?;
        match &mut page {
            Some(Page::DictionaryPage { buf, .. }) if self.compressed => *buf = unpacked(buf, 0)?,
            Some(Page::DataPageV2 { buf, is_compressed, def_levels_byte_len, rep_levels_byte_len, .. })
                if self.compressed && *is_compressed =>
            {
                // Levels stand in front, and are never compressed.
                *buf = unpacked(buf, *def_levels_byte_len as usize + *rep_levels_byte_len as usize)?;
                *is_compressed = false;
            }
            // Pages of the first version are left to the library, as they are.
            _ => {}
        }
        Ok(page)
    }
}

/// The bytes with all behind the first `plain` ones unpacked.
fn unpacked(bytes: &Bytes, plain: usize) -> Result<Bytes> {
    thread_local! {
        static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
    }
    let (levels, packed) = bytes.split_at_checked(plain).ok_or_else(|| damaged("levels without end".to_owned()))?;
    if packed.is_empty() {
        return Ok(bytes.clone());
    }
    let size = zstd::zstd_safe::get_frame_content_size(packed).ok().flatten().filter(|size| *size <= LARGEST);
    let size = size.ok_or_else(|| damaged("a page that does not say how large it is".to_owned()))? as usize;
    let values = DECOMPRESSOR.with_borrow_mut(|decompressor| match decompressor {
        Some(decompressor) => decompressor.decompress(packed, size),
        None => decompressor.insert(Decompressor::new()?).decompress(packed, size),
    })?;
    Ok(if plain == 0 { values.into() } else { [levels, &values].concat().into() })
}
