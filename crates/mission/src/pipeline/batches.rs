//! Which seal each batch of a run has.
//!
//! A conversation may have begun in any batch of a run, and a run may last a year. So the table is kept where there is
//! room: the latest seals in memory, older ones in a temporary file without a name, which is gone when the run ends,
//! however it ends. It is read once, when the run's picture is made.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};

use blueline_terms::SensorIndex;
use blueline_watch::custody::{Seal, SealedBatch};

/// Batches that are kept in memory: less than 4 MiB, and more than a week of one sensor that is never busy.
const MOST_IN_MEMORY: usize = 65_536;
/// Batch number, sensor and seal.
const ENTRY: usize = 4 + 4 + 32;

/// A batch that was looked for: whose chain it belongs to, and its seal.
pub(super) type Found = (Option<SensorIndex>, Seal);

/// The seals of a run's batches by their number in the run.
pub(super) struct Batches {
    latest: Vec<u8>,
    most: usize,
    older: Option<File>,
}

impl Default for Batches {
    fn default() -> Self {
        Self { latest: Vec::new(), most: MOST_IN_MEMORY * ENTRY, older: None }
    }
}

impl Batches {
    /// Notes a batch's seal.
    ///
    /// # Errors
    ///
    /// When the temporary file can neither be made nor written.
    pub(super) fn add(&mut self, batch: &SealedBatch) -> io::Result<()> {
        // 0 stands for no sensor.
        let sensor = batch.sensor.map_or(0, |sensor| u32::from(sensor.0) + 1);
        self.latest.extend(batch.number.to_le_bytes());
        self.latest.extend(sensor.to_le_bytes());
        self.latest.extend(batch.seal.0);
        if self.latest.len() >= self.most {
            let file = match &mut self.older {
                Some(file) => file,
                None => self.older.insert(tempfile::tempfile().map_err(|error| named(&error))?),
            };
            file.write_all(&self.latest).map_err(|error| named(&error))?;
            self.latest.clear();
        }
        Ok(())
    }

    /// Those of the `wanted` batches that are sealed.
    ///
    /// # Errors
    ///
    /// When the temporary file cannot be read.
    pub(super) fn find(&mut self, wanted: &BTreeSet<u32>) -> io::Result<BTreeMap<u32, Found>> {
        let mut found = BTreeMap::new();
        if let Some(file) = &mut self.older {
            file.seek(SeekFrom::Start(0)).map_err(|error| named(&error))?;
            let mut reader = BufReader::new(&*file);
            let mut entry = [0; ENTRY];
            let entries = reader.get_ref().metadata().map_err(|error| named(&error))?.len() / ENTRY as u64;
            for _ in 0..entries {
                reader.read_exact(&mut entry).map_err(|error| named(&error))?;
                note(&entry, wanted, &mut found);
            }
            // The next seals are to be written behind these again.
            file.seek(SeekFrom::End(0)).map_err(|error| named(&error))?;
        }
        self.latest.as_chunks().0.iter().for_each(|entry| note(entry, wanted, &mut found));
        Ok(found)
    }
}

fn note(entry: &[u8; ENTRY], wanted: &BTreeSet<u32>, found: &mut BTreeMap<u32, Found>) {
    let word = |at: usize| u32::from_le_bytes([entry[at], entry[at + 1], entry[at + 2], entry[at + 3]]);
    let number = word(0);
    if wanted.contains(&number) {
        let sensor = word(4).checked_sub(1).and_then(|index| u16::try_from(index).ok()).map(SensorIndex);
        let mut seal = [0; 32];
        seal.copy_from_slice(&entry[8..]);
        found.insert(number, (sensor, Seal(seal)));
    }
}

fn named(error: &io::Error) -> io::Error {
    let folder = std::env::temp_dir();
    let message = format!("the table of seals, a temporary file in {}: {error}", folder.display());
    io::Error::new(error.kind(), message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use blueline_terms::{Moment, Span};

    fn batch(number: u32) -> SealedBatch {
        let seal = Seal(std::array::from_fn(|place| (number as usize * 31 + place) as u8));
        let sensor = number.checked_rem(3).filter(|&rest| rest > 0).map(|rest| SensorIndex(rest as u16 - 1));
        let span = Span::at(Moment::default());
        SealedBatch { sensor, number, seal, opening: seal, packets: 1, bytes: 1, span }
    }

    /// Whatever stays in memory: every batch that was sealed is found with its sensor and seal, and no other.
    #[test]
    fn what_was_sealed_is_found() {
        for most in [1, 3, 7, 1000] {
            let mut batches = Batches { most: most * ENTRY, ..Batches::default() };
            // They are sealed in another order than they are numbered in, and never all of them.
            let sealed: Vec<u32> = (0..100).map(|n| n * 37 % 100).filter(|n| n % 11 != 5).collect();
            for (count, &number) in sealed.iter().enumerate() {
                batches.add(&batch(number)).unwrap();
                assert!(batches.latest.len() < most * ENTRY, "memory is bounded");
                if count == 50 {
                    let found = batches.find(&[sealed[0], 5].into()).unwrap();
                    assert_eq!(found.into_keys().collect::<Vec<_>>(), [sealed[0]]);
                }
            }
            let found = batches.find(&(0..200).collect()).unwrap();
            assert_eq!(found.len(), sealed.len());
            for (number, found) in found {
                let right = batch(number);
                assert_eq!(found, (right.sensor, right.seal));
            }
        }
    }
}
