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

use super::problem::{Problem, Problems, Severity};
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

/// What a table says, entry by entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableEntries<T> {
    /// In what form it came.
    pub format: TableFormat,
    /// Prefixes and what is said of each, in the order of the table.
    pub entries: Vec<(Prefix, T)>,
    /// What could not be read, where the rest could.
    pub warning: Option<Problem>,
}

impl TableEntries<Asn> {
    /// Reads a table of origin AS numbers: a file's bytes as they are stored, packed or not. Problems name it as `file`.
    ///
    /// ```
    /// use std::path::Path;
    ///
    /// use blueline_mission::folder::TableEntries;
    /// use blueline_mission::terms::Asn;
    ///
    /// let stored = "192.0.2.0/24\t64500\n";
    /// let table = TableEntries::origins(Path::new("origins.txt"), Box::new(stored.as_bytes()))?;
    /// assert_eq!(table.entries[0].1, Asn(64500));
    /// # Ok::<(), blueline_mission::folder::Problems>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When too much of it is wrong for it to be such a table, or nothing is in it.
    pub fn origins(file: &Path, stored: Box<dyn Read>) -> Result<Self, Problems> {
        const UNROUTED: Asn = Asn(0);
        let mut table = Self::read(file, stored, mrt::read)?;
        // AS 0 marks space that nobody originates (RFC 7607).
        table.entries.retain(|(_, asn)| *asn != UNROUTED);
        Ok(table)
    }
}

impl TableEntries<Country> {
    /// Reads a table of countries of registration, likewise.
    ///
    /// # Errors
    ///
    /// As [`TableEntries::origins`].
    pub fn registry(file: &Path, stored: Box<dyn Read>) -> Result<Self, Problems> {
        Self::read(file, stored, |_| Err(no_countries()))
    }
}

impl<T: FromStr<Err = String> + Copy> TableEntries<T> {
    fn read(
        file: &Path,
        stored: Box<dyn Read>,
        mrt: impl FnOnce(Box<dyn BufRead>) -> Result<Reading<T>, Fault>,
    ) -> Result<Self, Problems> {
        let reading =
            unpack::unpacked(stored).map_err(|error| unpack::fault(&error, 0)).and_then(|input| route(input, mrt));
        let Reading { format, entries, warning } =
            reading.map_err(|fault| Problems::from(fault.into_problem(Severity::Error, file)))?;
        let warning = warning.map(|fault| fault.into_problem(Severity::Warning, file));
        Ok(Self { format, entries, warning })
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
    let stored = match open(&file) {
        Ok(stored) => stored,
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
    match (kind.read)(&file, stored) {
        Ok(TableEntries { format, entries, warning }) => {
            problems.extend(warning);
            tables.push(Table { kind: kind.name, file, format, entries: entries.len() });
            entries
        }
        Err(refused) => {
            problems.extend_from_slice(refused.list());
            Vec::new()
        }
    }
}

/// A kind of table.
pub(super) struct Kind<T> {
    name: &'static str,
    read: Reader<T>,
}

type Reader<T> = fn(&Path, Box<dyn Read>) -> Result<TableEntries<T>, Problems>;

/// Tables of origin AS numbers.
pub(super) fn origins() -> Kind<Asn> {
    Kind { name: "origins", read: TableEntries::<Asn>::origins }
}

/// Tables of countries of registration.
pub(super) fn registry() -> Kind<Country> {
    Kind { name: "registry", read: TableEntries::<Country>::registry }
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
