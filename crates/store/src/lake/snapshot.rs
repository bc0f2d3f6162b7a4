//! Which files count: a listing, without the files that others stand for.
//!
//! A file that replaces others says so in its footer. From the moment it is there it counts and they do not, whether
//! they have been moved away yet or not; so nothing is lost and nothing doubled, whatever was killed in between.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use blueline_terms::Moment;
use bytes::Bytes;
use futures::StreamExt;
use object_store::ObjectStoreExt;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};

use super::group::{Batch, GROUPS_KEY, Group, PAGES_KEY, REPLACES_KEY, SEALS_KEY, VERSION_KEY};
use super::hashing::Pages;
use super::name::{FLOWS, FileName, Kind, REPLACED};
use crate::shelf::{Entry, Shelf};

/// What is read of a file's end at first: most footers fit in.
const TAIL: u64 = 64 * 1024;
/// Listings that are compared before a listing is given up as never standing still.
const MOST_LISTINGS: usize = 100;
/// Footers that are asked for at a time.
const FOOTERS_AT_A_TIME: usize = 16;
/// Footers that are remembered.
const MOST_FOOTERS: usize = 16_384;

/// What a file says of itself.
#[derive(Debug)]
pub(crate) struct Footer {
    pub(crate) version: u32,
    pub(crate) groups: Vec<Group>,
    pub(crate) seals: Vec<Batch>,
    pub(crate) replaces: Vec<String>,
    /// What its pages hash to; the first files did not say.
    pub(crate) pages: Option<Pages>,
    pub(crate) rows: u64,
}

/// A file that counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LakeFile {
    pub(crate) name: FileName,
    pub(crate) size: u64,
}

/// The files of a lake at one moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Snapshot {
    /// Those that count, by time.
    pub(crate) files: Vec<LakeFile>,
    /// Those that another one stands for.
    pub(crate) replaced: Vec<LakeFile>,
    /// Paths that are no files of the lake.
    pub(crate) strangers: Vec<String>,
    /// The longest time that a file's name speaks of, in nanoseconds.
    longest: i64,
}

/// Footers that were read; they never change.
#[derive(Clone, Debug, Default)]
pub(crate) struct Footers(Arc<Mutex<BTreeMap<FileName, Arc<Footer>>>>);

impl Snapshot {
    /// The files that count now.
    ///
    /// # Errors
    ///
    /// When the store cannot be listed, or a file be read that may stand for others.
    pub(crate) async fn take(shelf: &Shelf, footers: &Footers) -> io::Result<Self> {
        let mut listing = shelf.list_async(FLOWS).await?;
        for _ in 0..MOST_LISTINGS {
            // A file that appears and those that go on its account may pass a listing by on both sides: it counts when
            // the next one is the same.
            let again = shelf.list_async(FLOWS).await?;
            if again == listing {
                match Self::of(listing, shelf, footers).await {
                    // Replaced while we looked.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    snapshot => return snapshot,
                }
                listing = shelf.list_async(FLOWS).await?;
            } else {
                listing = again;
            }
        }
        Err(io::Error::other(
            "the lake's files changed at every look; wait for the compaction that goes on, and ask again",
        ))
    }

    async fn of(listing: Vec<Entry>, shelf: &Shelf, footers: &Footers) -> io::Result<Self> {
        let mut snapshot = Self::default();
        for Entry { path, size } in listing {
            match FileName::of_path(&path) {
                Some(name) => snapshot.files.push(LakeFile { name, size }),
                None => snapshot.strangers.push(path),
            }
        }
        snapshot.files.sort();
        let lengths = snapshot.files.iter().map(|file| file.name.range()).map(|(start, end)| end.saturating_sub(start));
        snapshot.longest = lengths.max().unwrap_or(0);
        let mut replaced = BTreeSet::new();
        // Several at a time: a store far away answers each of them late.
        let mut asked =
            futures::stream::iter(contested(&snapshot.files).into_iter().map(|file| footers.in_place(shelf, file)))
                .buffer_unordered(FOOTERS_AT_A_TIME);
        while let Some(footer) = asked.next().await {
            replaced.extend(footer?.replaces.iter().cloned());
        }
        drop(asked);
        let (gone, files) = snapshot.files.into_iter().partition(|file| replaced.contains(&file.name.to_string()));
        (snapshot.files, snapshot.replaced) = (files, gone);
        Ok(snapshot)
    }

    /// The files with rows between two moments, the second not included.
    pub(crate) fn between(&self, from: i64, to: i64) -> impl Iterator<Item = &LakeFile> {
        let place = |moment: i64| self.files.partition_point(|file| file.name.start < moment);
        let (first, last) = (place(from.saturating_sub(self.longest)), place(to));
        self.files[first.min(last)..last].iter().filter(move |file| file.name.range().1 > from)
    }
}

/// Those files that may stand for others that are still there: in each hour those of a higher round than the lowest, and
/// of each sensor the groups that overlap a group of another name.
fn contested(files: &[LakeFile]) -> BTreeSet<&LakeFile> {
    let mut contested = BTreeSet::new();
    let mut hours: BTreeMap<i64, Vec<&LakeFile>> = BTreeMap::new();
    // Of each sensor, the groups that go on at the file that is looked at; files come by the beginning of their periods.
    let mut going_on: BTreeMap<&Option<String>, Vec<(&str, &LakeFile)>> = BTreeMap::new();
    for file in files {
        hours.entry(FileName::hour_of(Moment::from_nanos(file.name.start))).or_default().push(file);
        if let Kind::Group { sensor, group, .. } = &file.name.kind {
            let going_on = going_on.entry(sensor).or_default();
            going_on.retain(|(_, other)| other.name.range().1 > file.name.start);
            let others = going_on.iter().filter(|(name, _)| name != group).map(|(_, other)| *other);
            let others: Vec<&LakeFile> = others.collect();
            contested.extend((!others.is_empty()).then_some(file).into_iter().chain(others));
            going_on.push((group, file));
        }
    }
    // What came late stands for nothing.
    contested.retain(|file| !matches!(file.name.kind, Kind::Group { late: Some(_), .. }));
    for files in hours.into_values() {
        let lowest = files.iter().map(|file| file.name.round()).min();
        contested.extend(files.into_iter().filter(|file| Some(file.name.round()) > lowest));
    }
    contested
}

impl Footers {
    /// The footer of a file, also where another file has replaced it since.
    ///
    /// # Errors
    ///
    /// When the file is gone or is none of ours.
    pub(crate) async fn of(&self, shelf: &Shelf, file: &LakeFile) -> io::Result<Arc<Footer>> {
        let path = file.name.path();
        match self.at(shelf, file, &path).await {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.at(shelf, file, &format!("{REPLACED}/{path}")).await
            }
            found => found,
        }
    }

    /// The footer of a file that stands in the lake.
    async fn in_place(&self, shelf: &Shelf, file: &LakeFile) -> io::Result<Arc<Footer>> {
        self.at(shelf, file, &file.name.path()).await
    }

    async fn at(&self, shelf: &Shelf, file: &LakeFile, path: &str) -> io::Result<Arc<Footer>> {
        let known = |footers: &Self| footers.0.lock().unwrap_or_else(PoisonError::into_inner).get(&file.name).cloned();
        if let Some(footer) = known(self) {
            return Ok(footer);
        }
        let at = shelf.in_store(path);
        let fetch = |range| async { shelf.store().get_range(&at, range).await };
        let metadata = metadata(file.size, fetch).await.map_err(|error| of_file(&file.name, error))?;
        let what = |what| of_file(&file.name, io::Error::new(io::ErrorKind::InvalidData, what));
        let footer = Arc::new(Footer::of(&metadata).map_err(what)?);
        let mut footers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if footers.len() >= MOST_FOOTERS {
            footers.pop_first();
        }
        footers.insert(file.name.clone(), Arc::clone(&footer));
        Ok(footer)
    }
}

/// Moves files that others stand for out of the way of those who read the folder as it is.
pub(crate) fn put_away(shelf: &Shelf, files: &[LakeFile]) -> io::Result<()> {
    files.iter().try_for_each(|file| put_away_path(shelf, &file.name.path()))
}

/// The same with the file at a path.
pub(crate) fn put_away_path(shelf: &Shelf, path: &str) -> io::Result<()> {
    shelf.shift(path, &format!("{REPLACED}/{path}"))
}

fn of_file(name: &FileName, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", name.path()))
}

/// Reads a file's footer by ranges of its bytes.
pub(crate) async fn metadata<F>(size: u64, fetch: impl Fn(std::ops::Range<u64>) -> F) -> io::Result<ParquetMetaData>
where
    F: Future<Output = object_store::Result<Bytes>>,
{
    if size == 0 {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a file without bytes"));
    }
    let mut wanted = TAIL.min(size);
    loop {
        let bytes = fetch(size - wanted..size).await?;
        let mut reader = ParquetMetaDataReader::new();
        match reader.try_parse_sized(&bytes, size) {
            Ok(()) => return reader.finish().map_err(io::Error::other),
            Err(ParquetError::NeedMoreData(more)) if (more as u64) > wanted && more as u64 <= size => {
                wanted = more as u64;
            }
            Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error)),
        }
    }
}

impl Footer {
    /// Whether the bytes of a file are those that this footer was written for.
    pub(crate) fn vouch_for(&self, file: &[u8]) -> Result<(), String> {
        match &self.pages {
            Some(pages) if !pages.are_in(file) => Err("its pages are not those that were written".to_owned()),
            _ => Ok(()),
        }
    }

    pub(crate) fn of(metadata: &ParquetMetaData) -> Result<Self, String> {
        let file = metadata.file_metadata();
        let pairs = file.key_value_metadata().map(Vec::as_slice).unwrap_or_default();
        let value = |key: &str| {
            let pair = pairs.iter().find(|pair| pair.key == key);
            pair.and_then(|pair| pair.value.as_deref()).ok_or_else(|| format!("no {key:?} in the footer: not ours"))
        };
        fn json<'a, T: serde::Deserialize<'a>>(key: &str, text: &'a str) -> Result<T, String> {
            serde_json::from_str(text).map_err(|error| format!("{key:?} in the footer: {error}"))
        }
        Ok(Self {
            version: json(VERSION_KEY, value(VERSION_KEY)?)?,
            groups: json(GROUPS_KEY, value(GROUPS_KEY)?)?,
            seals: json(SEALS_KEY, value(SEALS_KEY)?)?,
            replaces: json(REPLACES_KEY, value(REPLACES_KEY)?)?,
            pages: value(PAGES_KEY).ok().map(|text| json(PAGES_KEY, text)).transpose()?,
            rows: u64::try_from(file.num_rows()).unwrap_or(0),
        })
    }
}
