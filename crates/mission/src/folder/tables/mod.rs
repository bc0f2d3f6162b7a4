//! Tables that place addresses: prefix to origin AS, block to country of registration.
//!
//! The format is told by the content, not by the name, and so is compression (gzip, bzip2, zstd). Read are text lines
//! `prefix value` (pyasn), text lines `first,last,value,...` (ip-location-db), and MRT dumps of a routing table
//! (RFC 6396). Damage is counted and told, not hidden: a few bad lines or a cut end give a warning, more an error.

mod mrt;
mod text;
mod unpack;

use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use blueline_terms::{Asn, Country, Prefix};

use super::problem::{Problem, Severity};
use super::{Named, Spot};

/// The most entries a table may give.
pub(super) const MOST_ENTRIES: usize = 4_000_000;

/// A table that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// `origins` or `registry`.
    pub kind: &'static str,
    /// The file.
    pub file: PathBuf,
    /// In what form it came.
    pub format: TableFormat,
    /// How many entries it gave.
    pub entries: usize,
}

/// The forms that tables come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableFormat {
    /// Lines of a prefix, blank space and a value, as pyasn writes them.
    Prefixes,
    /// Lines of first address, last address and a value, as ip-location-db writes them.
    Ranges,
    /// A dump of a routing table in MRT (RFC 6396).
    Mrt,
}

impl TableFormat {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Prefixes => "prefixes",
            Self::Ranges => "ranges",
            Self::Mrt => "mrt",
        }
    }
}

/// What was read of a table.
struct Reading<T> {
    format: TableFormat,
    entries: Vec<(Prefix, T)>,
    warning: Option<Fault>,
}

/// What is wrong with a table.
struct Fault {
    spot: Option<Spot>,
    message: String,
    help: String,
}

impl Fault {
    fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { spot: None, message: message.into(), help: help.into() }
    }

    fn into_problem(self, severity: Severity, file: &Path) -> Problem {
        Problem { spot: self.spot, ..Problem::of_file(severity, file, self.message, self.help) }
    }
}

/// Reads the table that the mission file names. Faults go to `problems`, and a table that was read to `tables`.
pub(super) fn read<T>(
    folder: &Path,
    named: &Named,
    open: &dyn Fn(&Path) -> io::Result<Box<dyn Read>>,
    tables: &mut Vec<Table>,
    problems: &mut Vec<Problem>,
    kind: Kind<T>,
) -> Vec<(Prefix, T)> {
    let file = folder.join(&named.name);
    let input = match open(&file).and_then(unpack::unpacked) {
        Ok(input) => input,
        Err(error) => {
            let message = format!("cannot read the table {:?}: {error}", named.name);
            let help = format!("the path is taken from the folder {}; correct it or remove the line", folder.display());
            problems.push(Problem {
                spot: Some(named.spot.clone()),
                ..Problem::of_file(Severity::Error, &named.by, message, help)
            });
            return Vec::new();
        }
    };
    match (kind.read)(input) {
        Ok(Reading { format, entries, warning }) => {
            problems.extend(warning.map(|fault| fault.into_problem(Severity::Warning, &file)));
            tables.push(Table { kind: kind.name, file, format, entries: entries.len() });
            entries
        }
        Err(fault) => {
            problems.push(fault.into_problem(Severity::Error, &file));
            Vec::new()
        }
    }
}

/// A kind of table.
pub(super) struct Kind<T> {
    name: &'static str,
    read: fn(Box<dyn BufRead>) -> Result<Reading<T>, Fault>,
}

/// Tables of origin AS numbers.
pub(super) fn origins() -> Kind<Asn> {
    const UNROUTED: Asn = Asn(0);
    let read = |input| {
        let mut reading = route(input, mrt::read)?;
        // AS 0 marks space that nobody originates (RFC 7607).
        reading.entries.retain(|(_, asn)| *asn != UNROUTED);
        Ok(reading)
    };
    Kind { name: "origins", read }
}

/// Tables of countries of registration.
pub(super) fn registry() -> Kind<Country> {
    Kind { name: "registry", read: |input| route(input, |_| Err(no_countries())) }
}

fn no_countries() -> Fault {
    Fault::new(
        "this is a routing table (MRT), which says nothing about countries",
        "name it under `origins`, and under `registry` a table of lines first,last,country",
    )
}

/// Looks at the first bytes and hands the whole to the reader of its format.
fn route<T: FromStr<Err = String> + Copy>(
    mut input: Box<dyn BufRead>,
    mrt: impl FnOnce(Box<dyn BufRead>) -> Result<Reading<T>, Fault>,
) -> Result<Reading<T>, Fault> {
    let mut head = Vec::new();
    input.by_ref().take(64).read_to_end(&mut head).map_err(|error| unpack::fault(&error, 0))?;
    let whole: Box<dyn BufRead> = Box::new(io::Cursor::new(head.clone()).chain(input));
    match mrt::kind(&head) {
        Some(mrt::MrtKind::Dump) => mrt(whole),
        Some(mrt::MrtKind::Updates) => Err(Fault::new(
            "this MRT file holds updates, not a table",
            "name a dump of a routing table, often called rib or bview",
        )),
        None => text::read(whole),
    }
}
