//! What analysts say of findings: true, benign, a duplicate, or in need of more; each mark with who, when and why.
//!
//! A journal of lines in the mission's data folder. It only grows: a later mark of the same finding stands for an earlier
//! one, and both stay.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use blueline_terms::FindingId;
use serde::{Deserialize, Serialize};

use crate::interval::{Interval, wilson};

/// The journal's file in the mission's data folder.
const FILE: &str = "finding-marks.jsonl";
/// The longest line that is read.
const LONGEST: u64 = 64 << 10;
/// The longest reason and name that are taken.
const MOST_REASON: usize = 4000;

/// What a mark says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MarkWord {
    /// It is what it says.
    True,
    /// It is harmless.
    Benign,
    /// Another finding says the same.
    Duplicate,
    /// More must be known first.
    NeedsMore,
}

impl MarkWord {
    /// Every mark, as it is written.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::True, "true"),
        (Self::Benign, "benign"),
        (Self::Duplicate, "duplicate"),
        (Self::NeedsMore, "needs-more"),
    ];
}

impl fmt::Display for MarkWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(Self::ALL.iter().find(|(word, _)| word == self).map_or("", |(_, text)| text))
    }
}

impl FromStr for MarkWord {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.iter().find(|(_, word)| *word == text).map(|(word, _)| *word).ok_or_else(|| {
            let words: Vec<_> = Self::ALL.iter().map(|(_, word)| *word).collect();
            format!("{text:?} is no mark; use one of {}", words.join(", "))
        })
    }
}

/// A mark of one finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Version of the journal's format.
    pub version: u32,
    /// The finding's id.
    pub finding: String,
    /// Its kind, so that marks can be counted without the finding.
    pub kind: String,
    /// Its vector.
    pub vector: String,
    /// How sure the detector was.
    pub confidence: String,
    /// What is said of it.
    pub mark: MarkWord,
    /// Why.
    pub reason: String,
    /// Who says so.
    pub who: String,
    /// When, RFC 3339.
    pub when: String,
    /// The finding that says the same, for a duplicate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_as: Option<String>,
}

/// Why a mark was not taken.
#[derive(Debug)]
#[non_exhaustive]
pub enum MarkError {
    /// Something is missing or too long, as the text says.
    Refused(String),
    /// The journal cannot be read or written, or a line of it is damaged.
    Io(io::Error),
}

impl fmt::Display for MarkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(what) => f.write_str(what),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for MarkError {}

impl From<io::Error> for MarkError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// The journal of marks.
pub struct Marks {
    path: PathBuf,
}

impl Marks {
    /// The journal in a mission's data folder. Nothing is made until something is marked.
    pub fn new(data: &Path) -> Self {
        Self { path: data.join(FILE) }
    }

    /// Adds a mark; when this returns, it is on the disk.
    ///
    /// # Errors
    ///
    /// When the mark has no reason or nobody's name, or the journal cannot be written.
    pub fn add(&self, mark: &Mark) -> Result<(), MarkError> {
        for (what, text) in [("reason", &mark.reason), ("name", &mark.who)] {
            if text.trim().is_empty() {
                return Err(MarkError::Refused(format!(
                    "a mark needs a {what}: who reads it later must understand it"
                )));
            }
            if text.len() > MOST_REASON {
                return Err(MarkError::Refused(format!(
                    "the {what} is longer than {MOST_REASON} bytes; say it shorter"
                )));
            }
        }
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| self.named(error))?;
        }
        let mut file =
            OpenOptions::new().read(true).append(true).create(true).open(&self.path).map_err(|e| self.named(e))?;
        file.lock().map_err(|error| self.named(error))?;
        let torn = ends_torn(&mut file).map_err(|error| self.named(error))?;
        let mut line = if torn { String::from("\n") } else { String::new() };
        line.push_str(&serde_json::to_string(mark).map_err(io::Error::other)?);
        line.push('\n');
        file.write_all(line.as_bytes()).and_then(|()| file.sync_all()).map_err(|error| self.named(error))?;
        Ok(())
    }

    /// Every mark in the order in which they were made, and the numbers of lines that could not be read.
    ///
    /// # Errors
    ///
    /// When the journal is there and cannot be read.
    pub fn read(&self) -> io::Result<(Vec<Mark>, Vec<u64>)> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((Vec::new(), Vec::new())),
            Err(error) => return Err(self.named(error)),
        };
        let (mut marks, mut damaged) = (Vec::new(), Vec::new());
        let mut reader = BufReader::new(file);
        for number in 1.. {
            let mut line = Vec::new();
            let length =
                io::Read::take(&mut reader, LONGEST).read_until(b'\n', &mut line).map_err(|e| self.named(e))?;
            if length == 0 {
                break;
            }
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            match serde_json::from_slice::<Mark>(&line) {
                Ok(mark) if mark.finding.parse::<FindingId>().is_ok() => marks.push(mark),
                _ => damaged.push(number),
            }
        }
        Ok((marks, damaged))
    }

    fn named(&self, error: io::Error) -> io::Error {
        io::Error::new(error.kind(), format!("{}: {error}", self.path.display()))
    }
}

/// Whether the last line has no end: whoever wrote it was killed.
fn ends_torn(file: &mut File) -> io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    io::Read::read_exact(file, &mut last)?;
    Ok(last != *b"\n")
}

/// How often a kind of finding was right, as analysts saw it.
#[derive(Clone, Debug, PartialEq)]
pub struct Precision {
    /// The kind.
    pub kind: String,
    /// Findings that were marked true, benign, a duplicate, in need of more.
    pub counts: [u64; 4],
    /// The share of true ones among true and benign.
    pub share: Interval,
}

/// Precision by kind, from the last mark of each finding, kinds in the order of their first mark.
pub fn precision(marks: &[Mark]) -> Vec<Precision> {
    let mut last: BTreeMap<&str, &Mark> = BTreeMap::new();
    let mut kinds: Vec<&str> = Vec::new();
    for mark in marks {
        last.insert(&mark.finding, mark);
        if !kinds.contains(&mark.kind.as_str()) {
            kinds.push(&mark.kind);
        }
    }
    let of_kind = |kind: &str| {
        let mut counts = [0; 4];
        for mark in last.values().filter(|mark| mark.kind == kind) {
            counts[mark.mark as usize] += 1;
        }
        Precision { kind: kind.to_owned(), counts, share: wilson(counts[0], counts[0] + counts[1]) }
    };
    kinds.into_iter().map(of_kind).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(finding: u64, mark: MarkWord) -> Mark {
        let text = |text: &str| text.to_owned();
        Mark {
            version: 1,
            finding: FindingId(finding).to_string(),
            kind: text("ddos.flood"),
            vector: text("syn"),
            confidence: text("high"),
            mark,
            reason: text("seen on the router, too"),
            who: text("Ayşe"),
            when: text("2026-03-01T10:00:00Z"),
            same_as: None,
        }
    }

    #[test]
    fn marks_are_kept_and_the_last_one_counts() {
        let folder = tempfile::tempdir().unwrap();
        let marks = Marks::new(folder.path());
        assert_eq!(marks.read().unwrap(), (Vec::new(), Vec::new()));
        let made =
            [mark(1, MarkWord::Benign), mark(2, MarkWord::True), mark(3, MarkWord::NeedsMore), mark(1, MarkWord::True)];
        made.iter().for_each(|mark| marks.add(mark).unwrap());
        let (read, damaged) = marks.read().unwrap();
        assert_eq!((&read[..], &damaged[..]), (&made[..], &[][..]));
        let found = precision(&read);
        assert_eq!((found[0].counts, found.len()), ([2, 0, 0, 1], 1));
        assert_eq!(found[0].share, wilson(2, 2));
    }

    #[test]
    fn a_torn_line_is_passed_over_and_told() {
        let folder = tempfile::tempdir().unwrap();
        let marks = Marks::new(folder.path());
        marks.add(&mark(1, MarkWord::True)).unwrap();
        let path = folder.path().join(FILE);
        let mut text = std::fs::read(&path).unwrap();
        text.extend_from_slice(b"{\"version\":1,\"find");
        std::fs::write(&path, text).unwrap();
        marks.add(&mark(2, MarkWord::Benign)).unwrap();
        let (read, damaged) = marks.read().unwrap();
        assert_eq!((read.len(), &damaged[..]), (2, &[2][..]));
    }

    #[test]
    fn a_mark_needs_a_reason_and_a_name() {
        let folder = tempfile::tempdir().unwrap();
        let marks = Marks::new(folder.path());
        for (reason, who) in [("", "Ayşe"), ("because", " "), (&*"x".repeat(4001), "Ayşe")] {
            let mark = Mark { reason: reason.to_owned(), who: who.to_owned(), ..mark(1, MarkWord::True) };
            assert!(matches!(marks.add(&mark), Err(MarkError::Refused(_))));
        }
        assert!("maybe".parse::<MarkWord>().unwrap_err().contains("needs-more"));
    }
}
