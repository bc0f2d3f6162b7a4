//! Which seal each batch of a run has.
//!
//! A flow may have begun in any batch of a run, and a run may last a year. So the table is kept where there is room: the
//! latest seals in memory, older ones in a temporary file without a name, which is gone when the run ends, however it
//! ends.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use blueline_terms::{Moment, SensorIndex};

/// Batches that are kept in memory: less than 8 MiB, and more than a week of one sensor that is never busy.
const MOST_IN_MEMORY: usize = 65_536;
/// A mark that there is one, the sensor, when it was opened, and the seal.
const ENTRY: usize = 4 + 4 + 8 + 32;

/// A batch that was sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealedBatch {
    /// Whose chain it belongs to.
    pub sensor: Option<SensorIndex>,
    /// When it was opened.
    pub opened: Moment,
    /// Its seal.
    pub seal: [u8; 32],
}

impl SealedBatch {
    /// The seal in hexadecimal.
    pub fn hex(&self) -> String {
        blake3::Hash::from_bytes(self.seal).to_hex().to_string()
    }
}

/// The seals of a run's batches by their number in the run.
pub struct SealTable {
    latest: BTreeMap<u32, SealedBatch>,
    most: usize,
    older: Option<File>,
}

impl Default for SealTable {
    fn default() -> Self {
        Self { latest: BTreeMap::new(), most: MOST_IN_MEMORY, older: None }
    }
}

impl SealTable {
    /// Notes a batch's seal.
    ///
    /// # Errors
    ///
    /// When the temporary file can neither be made nor written.
    pub fn add(&mut self, number: u32, batch: SealedBatch) -> io::Result<()> {
        self.latest.insert(number, batch);
        if self.latest.len() < self.most {
            return Ok(());
        }
        let file = match &mut self.older {
            Some(file) => file,
            None => self.older.insert(tempfile::tempfile().map_err(|error| named(&error))?),
        };
        // The older half goes; numbers are dense, so each has its place.
        for _ in 0..self.most.div_ceil(2) {
            let Some((number, batch)) = self.latest.pop_first() else { break };
            file.write_all_at(&entry(&batch), u64::from(number) * ENTRY as u64).map_err(|error| named(&error))?;
        }
        Ok(())
    }

    /// The batch with this number, if it is sealed.
    ///
    /// # Errors
    ///
    /// When the temporary file cannot be read.
    pub fn find(&self, number: u32) -> io::Result<Option<SealedBatch>> {
        if let Some(batch) = self.latest.get(&number) {
            return Ok(Some(*batch));
        }
        let Some(file) = &self.older else { return Ok(None) };
        let mut bytes = [0; ENTRY];
        match file.read_exact_at(&mut bytes, u64::from(number) * ENTRY as u64) {
            Ok(()) => Ok(batch(&bytes)),
            // Behind the last one that was written.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(named(&error)),
        }
    }
}

fn entry(batch: &SealedBatch) -> [u8; ENTRY] {
    let mut bytes = [0; ENTRY];
    bytes[..4].copy_from_slice(&1u32.to_le_bytes());
    // 0 stands for no sensor.
    let sensor = batch.sensor.map_or(0, |sensor| u32::from(sensor.0) + 1);
    bytes[4..8].copy_from_slice(&sensor.to_le_bytes());
    bytes[8..16].copy_from_slice(&batch.opened.nanos().to_le_bytes());
    bytes[16..].copy_from_slice(&batch.seal);
    bytes
}

/// `None` for a hole: a batch that is not sealed yet.
fn batch(bytes: &[u8; ENTRY]) -> Option<SealedBatch> {
    let (head, seal) = bytes.split_first_chunk::<16>()?;
    let word = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    let opened = i64::from(word(12)) << 32 | i64::from(word(8));
    let sensor = word(4).checked_sub(1).and_then(|index| u16::try_from(index).ok()).map(SensorIndex);
    (word(0) == 1).then_some(SealedBatch { sensor, opened: Moment::from_nanos(opened), seal: *seal.first_chunk()? })
}

fn named(error: &io::Error) -> io::Error {
    let folder = std::env::temp_dir();
    let message = format!("the table of seals, a temporary file in {}: {error}", folder.display());
    io::Error::new(error.kind(), message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(number: u32) -> SealedBatch {
        let seal = std::array::from_fn(|place| (number as usize * 31 + place) as u8);
        let sensor = number.checked_rem(3).filter(|&rest| rest > 0).map(|rest| SensorIndex(rest as u16 - 1));
        SealedBatch { sensor, opened: Moment::from_nanos(i64::from(number) * -7_000_000_000), seal }
    }

    /// Whatever stays in memory: every batch that was sealed is found as it was, and no other.
    #[test]
    fn what_was_sealed_is_found() {
        for most in [2, 3, 7, 1000] {
            let mut table = SealTable { most, ..SealTable::default() };
            // They are sealed in another order than they are numbered in, and never all of them.
            let numbers: Vec<u32> = (0..100).map(|n| n * 37 % 100).filter(|n| n % 11 != 5).collect();
            for &number in &numbers {
                table.add(number, sealed(number)).unwrap();
                assert!(table.latest.len() < most, "memory is bounded");
            }
            for number in 0..200 {
                let right = numbers.contains(&number).then(|| sealed(number));
                assert_eq!(table.find(number).unwrap(), right, "{number} with {most}");
            }
        }
    }
}
