//! The custody journal: every batch that was sealed, one line each, and the chains they make.
//!
//! The file `data/custody/seals.jsonl` only grows. A line is appended whole before anything that rests on it is shown;
//! a line that a crash cut short is cut off when the journal is opened next. One run at a time writes it, by a lock.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use blueline_terms::{Mission, Moment, SensorIndex, Span};
use blueline_watch::custody::{ChainHead, Seal, Sealed, SealedBatch};
use serde::{Deserialize, Serialize};

use crate::folder::clean;

const JOURNAL: &str = "seals.jsonl";
const LOCK: &str = "lock";
/// Bytes of the longest line that is read; what is written has a few hundred.
const LONGEST_LINE: u64 = 16 * 1024;

/// One batch in the journal.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    /// Version of this form.
    v: u32,
    /// The sensor's id; null for sources bound to no declared sensor.
    sensor: Option<String>,
    seal: String,
    opening: String,
    packets: u64,
    bytes: u64,
    start: String,
    end: String,
    /// The chain's head with this batch.
    head: String,
}

const VERSION: u32 = 1;

/// The chains of a mission, and the journal they are written to.
pub struct Custody {
    chains: BTreeMap<Option<String>, ChainHead>,
    known: HashSet<(Option<String>, Seal)>,
    openings: Arc<Openings>,
    journal: Option<Journal>,
    pending: Vec<u8>,
}

struct Journal {
    path: PathBuf,
    file: File,
    /// Held as long as this run may write.
    _lock: File,
}

/// Where earlier runs cut batches, by sensor and first record.
type Openings = HashMap<(Option<SensorIndex>, Seal), Vec<(u64, Seal)>>;

/// What earlier runs sealed, for cutting at the same places.
struct EarlierRuns(Arc<Openings>);

impl Sealed for EarlierRuns {
    fn short_batch(&self, sensor: Option<SensorIndex>, opening: Seal) -> Vec<(u64, Seal)> {
        self.0.get(&(sensor, opening)).cloned().unwrap_or_default()
    }
}

impl Custody {
    /// Chains that are kept nowhere and end with the run.
    pub fn in_memory() -> Self {
        Self {
            chains: BTreeMap::new(),
            known: HashSet::new(),
            openings: Arc::default(),
            journal: None,
            pending: Vec::new(),
        }
    }

    /// Opens the journal in the mission's data folder `data`, and checks its chains.
    ///
    /// # Errors
    ///
    /// When another run holds it, when it cannot be read or written, and when a line is not what was written: then the
    /// file and the line are named.
    pub fn open(data: &Path, mission: &Mission) -> io::Result<Self> {
        let folder = data.join("custody");
        fs::create_dir_all(&folder).map_err(|error| named(&folder, &error))?;
        let lock = lock(&folder.join(LOCK))?;
        let path = folder.join(JOURNAL);
        let mut options = OpenOptions::new();
        let mut file =
            options.read(true).append(true).create(true).open(&path).map_err(|error| named(&path, &error))?;
        let mut custody = Self::in_memory();
        let whole = custody.read(&path, &file, mission)?;
        file.set_len(whole).map_err(|error| named(&path, &error))?;
        file.seek(SeekFrom::End(0)).map_err(|error| named(&path, &error))?;
        custody.journal = Some(Journal { path, file, _lock: lock });
        Ok(custody)
    }

    /// The chains as the journal in `data` has them, to be looked at. No chains where there is no journal.
    ///
    /// # Errors
    ///
    /// When it cannot be read, and when a line is not what was written.
    pub fn read_only(data: &Path, mission: &Mission) -> io::Result<Self> {
        let path = data.join("custody").join(JOURNAL);
        let mut custody = Self::in_memory();
        match File::open(&path) {
            Ok(file) => custody.read(&path, &file, mission).map(|_| custody),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(custody),
            Err(error) => Err(named(&path, &error)),
        }
    }

    /// Whose chain a batch with this seal belongs to; `None` where it is in none.
    pub fn sensor_of(&self, mission: &Mission, seal: &str) -> Option<Option<SensorIndex>> {
        let seal: Seal = seal.parse().ok()?;
        let (id, _) = self.known.iter().find(|(_, known)| *known == seal)?;
        Some(id.as_deref().and_then(|id| sensor_named(mission, id)))
    }

    /// Reads every line; returns how many bytes of whole lines there are.
    fn read(&mut self, path: &Path, file: &File, mission: &Mission) -> io::Result<u64> {
        let mut reader = BufReader::new(file);
        let mut openings = Openings::new();
        let (mut whole, mut number, mut text) = (0, 0, Vec::new());
        loop {
            text.clear();
            let bounded = &mut (&mut reader).take(LONGEST_LINE);
            let length = bounded.read_until(b'\n', &mut text).map_err(|error| named(path, &error))?;
            number += 1;
            let broken = |what: String| {
                let help = "the journal was changed by hand or by another program; restore it from a copy";
                let (file, what) = (path.display(), clean(&what));
                io::Error::new(io::ErrorKind::InvalidData, format!("{file}:{number}: {what}\n  {help}"))
            };
            if !text.ends_with(b"\n") {
                if length as u64 == LONGEST_LINE {
                    return Err(broken(format!("a line of more than {LONGEST_LINE} bytes")));
                }
                break;
            }
            let line: Line = serde_json::from_slice(&text).map_err(|error| broken(error.to_string()))?;
            let batch = line.batch(mission).map_err(broken)?;
            let head = self.chain(&line.sensor).extended(&batch);
            if head.head.to_string() != line.head {
                let found = &line.head;
                return Err(broken(format!("the chain leads to head {}, the line says {found}", head.head)));
            }
            // A sensor that is no longer declared keeps its chain; nothing new can join it.
            if line.sensor.is_none() || batch.sensor.is_some() {
                let ends = openings.entry((batch.sensor, batch.opening)).or_default();
                ends.push((batch.packets, batch.seal));
            }
            self.known.insert((line.sensor.clone(), batch.seal));
            self.chains.insert(line.sensor, head);
            whole += length as u64;
        }
        self.openings = Arc::new(openings);
        Ok(whole)
    }

    fn chain(&self, sensor: &Option<String>) -> ChainHead {
        self.chains.get(sensor).copied().unwrap_or_else(|| ChainHead::of(sensor.as_deref()))
    }

    /// What earlier runs sealed, for the engine.
    pub fn earlier(&self) -> Box<dyn Sealed> {
        Box::new(EarlierRuns(Arc::clone(&self.openings)))
    }

    /// A batch was sealed: if it is new to its chain, the chain grows. Says whether it was new.
    pub fn add(&mut self, mission: &Mission, batch: &SealedBatch) -> bool {
        let sensor = id_of(mission, batch.sensor);
        if !self.known.insert((sensor.clone(), batch.seal)) {
            return false;
        }
        let head = self.chain(&sensor).extended(batch);
        let line = Line {
            v: VERSION,
            sensor: sensor.clone(),
            seal: batch.seal.to_string(),
            opening: batch.opening.to_string(),
            packets: batch.packets,
            bytes: batch.bytes,
            start: batch.span.start.to_string(),
            end: batch.span.end.to_string(),
            head: head.head.to_string(),
        };
        self.chains.insert(sensor, head);
        // Text and numbers only: this cannot fail, and a failure would show as a missing line at the next start.
        self.pending.extend(serde_json::to_vec(&line).unwrap_or_default());
        self.pending.push(b'\n');
        true
    }

    /// Writes what was added since the last time, so that a killed run does not lose it.
    ///
    /// # Errors
    ///
    /// When the journal cannot be written; what was added stays pending.
    pub fn write(&mut self) -> io::Result<()> {
        if let Some(journal) = &mut self.journal {
            journal.file.write_all(&self.pending).map_err(|error| named(&journal.path, &error))?;
        }
        self.pending.clear();
        Ok(())
    }

    /// Writes, and waits until the disk has it.
    ///
    /// # Errors
    ///
    /// As [`Self::write`].
    pub fn sync(&mut self) -> io::Result<()> {
        self.write()?;
        match &self.journal {
            Some(journal) => journal.file.sync_data().map_err(|error| named(&journal.path, &error)),
            None => Ok(()),
        }
    }

    /// The head of the chain of this sensor; `None` while it is empty.
    pub fn head(&self, mission: &Mission, sensor: Option<SensorIndex>) -> Option<ChainHead> {
        self.chains.get(&id_of(mission, sensor)).copied()
    }
}

impl Line {
    fn batch(&self, mission: &Mission) -> Result<SealedBatch, String> {
        if self.v != VERSION {
            return Err(format!("version {} is newer than this program reads ({VERSION})", self.v));
        }
        let moment = |text: &str| text.parse::<Moment>();
        Ok(SealedBatch {
            sensor: self.sensor.as_ref().and_then(|id| sensor_named(mission, id)),
            number: 0,
            seal: self.seal.parse()?,
            opening: self.opening.parse()?,
            packets: self.packets,
            bytes: self.bytes,
            span: Span { start: moment(&self.start)?, end: moment(&self.end)? },
        })
    }
}

/// The sensor with this id.
pub fn sensor_named(mission: &Mission, id: &str) -> Option<SensorIndex> {
    let place = mission.sensors.iter().position(|sensor| sensor.id.as_str() == id)?;
    u16::try_from(place).ok().map(SensorIndex)
}

fn id_of(mission: &Mission, sensor: Option<SensorIndex>) -> Option<String> {
    let sensor = mission.sensors.get(usize::from(sensor?.0))?;
    Some(sensor.id.as_str().to_owned())
}

fn lock(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let file = options.write(true).create(true).truncate(false).open(path).map_err(|error| named(path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(io::Error::new(
            io::ErrorKind::WouldBlock,
            format!(
                "another run is writing this mission's custody journal ({} is locked); wait for it, or watch with \
                 --no-custody to leave the journal alone",
                path.display()
            ),
        )),
        Err(TryLockError::Error(error)) => Err(named(path, &error)),
    }
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_damaged_journal_says_does_not_steer_the_terminal() {
        let data = tempfile::tempdir().unwrap();
        fs::create_dir(data.path().join("custody")).unwrap();
        for line in [r#"{"\u001b[2J":1}"#, "{\"\u{7f}\":1}"] {
            fs::write(data.path().join("custody").join(JOURNAL), format!("{line}\n")).unwrap();
            let told = Custody::open(data.path(), &Mission::default()).err().unwrap().to_string();
            assert!(told.contains("seals.jsonl:1: unknown field `\\u{"), "{told}");
            assert!(!told.contains(|c: char| c.is_control() && c != '\n'), "{told:?}");
        }
    }

    #[test]
    fn an_endless_line_is_refused_and_kept() {
        let data = tempfile::tempdir().unwrap();
        fs::create_dir(data.path().join("custody")).unwrap();
        let path = data.path().join("custody").join(JOURNAL);
        let endless = vec![b'x'; LONGEST_LINE as usize + 1];
        fs::write(&path, &endless).unwrap();
        let told = Custody::open(data.path(), &Mission::default()).err().unwrap().to_string();
        assert!(told.contains("seals.jsonl:1: a line of more than 16384 bytes"), "{told}");
        assert_eq!(fs::read(&path).unwrap(), endless);
    }
}
