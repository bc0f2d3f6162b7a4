//! The first version of a mission folder: from a few declarations to a commented `mission.toml`.

use std::fmt::{self, Write as _};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use blueline_terms::{Name, Prefix, SafeAreaClass};

use super::problem::{Problem, Problems};
use super::{Declared, MISSION_FILE};

/// What is known of a mission when its folder is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The mission's title.
    pub title: String,
    /// Its parties.
    pub parties: Vec<PartyPlan>,
    /// Its safe areas.
    pub safe_areas: Vec<SafeAreaPlan>,
    /// Its sensors.
    pub sensors: Vec<SensorPlan>,
}

/// A party, written `ID=PREFIX[,PREFIX...]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartyPlan {
    /// Its id.
    pub id: Name,
    /// Its prefixes, one or more.
    pub prefixes: Vec<Prefix>,
}

/// A safe area, written `ID=CLASS:PARTY:ADDRESSES`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SafeAreaPlan {
    /// Its id.
    pub id: Name,
    /// What it protects.
    pub class: SafeAreaClass,
    /// Whose space it lies in.
    pub party: Name,
    /// Its addresses, one or more.
    pub addresses: Vec<Prefix>,
}

/// A sensor, written `ID=PREFIX|party:ID[,...]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SensorPlan {
    /// Its id.
    pub id: Name,
    /// What it sees, one or more: prefixes, or all that a party declared.
    pub sees: Vec<SeenPlan>,
}

/// A part of what a sensor sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SeenPlan {
    /// A block of addresses.
    Prefix(Prefix),
    /// Everything that a party declared.
    Party(Name),
}

impl Plan {
    /// A mission between two parties in documentation space, to be edited.
    pub fn template() -> Self {
        // Each of these is read by a test.
        Self {
            title: "Mission on the line".to_owned(),
            parties: known(["alpha=192.0.2.0/24,2001:db8:a::/48", "beta=198.51.100.0/24,2001:db8:b::/48"]),
            safe_areas: known(["clinic=hospital:alpha:192.0.2.16/28", "waterworks=water:beta:198.51.100.16/28"]),
            sensors: known(["gateway=party:alpha,party:beta"]),
        }
    }

    /// The text of the mission file.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = self.write_text(&mut text);
        text
    }

    /// Makes the folder `folder`, if need be, and the mission file in it, whole or not at all.
    ///
    /// # Errors
    ///
    /// Where there is a mission file already, where what was declared does not fit together (nothing is written then),
    /// and where the disk refuses.
    pub fn write(&self, folder: &Path) -> Result<PathBuf, WriteError> {
        let file = folder.join(MISSION_FILE);
        if file.symlink_metadata().is_ok() {
            return Err(WriteError::Exists(file));
        }
        let text = self.text();
        let (_, problems) = Declared::read(&file, &text);
        Problems::refused(problems).map_err(WriteError::Unsound)?;
        let disk = |error| WriteError::Disk(file.clone(), error);
        std::fs::create_dir_all(folder).map_err(disk)?;
        let mut new = new_file(folder).map_err(disk)?;
        new.write_all(text.as_bytes()).and_then(|()| new.as_file().sync_all()).map_err(disk)?;
        match new.persist_noclobber(&file) {
            Ok(_) => Ok(file),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Err(WriteError::Exists(file)),
            Err(error) => Err(disk(error.error)),
        }
    }

    fn write_text(&self, f: &mut String) -> fmt::Result {
        writeln!(f, "{HEAD}\n[mission]\ntitle = {}\n", quoted(&self.title))?;
        f.write_str(PARTIES)?;
        for PartyPlan { id, prefixes } in &self.parties {
            writeln!(f, "[[party]]\nid = \"{id}\"\nprefixes = [{}]\n", list(prefixes))?;
        }
        f.write_str(PARTY_MORE)?;
        f.write_str(BORDERS)?;
        if self.parties.len() > 1 {
            let ids = self.parties.iter().map(|party| &party.id);
            writeln!(f, "[[border]]\nid = \"line\"\nbetween = [{}]\n", list(ids))?;
        }
        f.write_str(SAFE_AREAS)?;
        for SafeAreaPlan { id, class, party, addresses } in &self.safe_areas {
            writeln!(
                f,
                "[[safe_area]]\nid = \"{id}\"\nclass = \"{class}\"\nparty = \"{party}\"\naddresses = [{}]\n",
                list(addresses)
            )?;
        }
        f.write_str(SENSORS)?;
        for SensorPlan { id, sees } in &self.sensors {
            writeln!(f, "[[sensor]]\nid = \"{id}\"\nsees = [{}]\n", list(sees))?;
        }
        f.write_str(REST)
    }
}

const HEAD: &str = "\
# What this mission watches. Every key is explained in the manual, in the chapter \"The mission folder\".
# After a change: blueline check DIR
";

const PARTIES: &str = "\
# The parties of the agreement. Of nested prefixes the longest wins, also between parties.
";

const PARTY_MORE: &str = "\
# A party may say more:
# names = { en = \"Alpha\", ar = \"...\" }       # by language tag
# asns = [64500]                              # weaker grounds than a prefix; needs [tables] origins
# countries = [\"XA\"]                          # weaker still; needs [tables] registry
# domains = [\"example.org\"]
# contacts = [{ role = \"csirt\", name = \"duty desk\", email = \"csirt@example.org\" }]
# keys = [{ algorithm = \"ed25519\", base64 = \"...\" }]

";

const BORDERS: &str = "\
# The borders that are watched, each between two parties or more.
";

const SAFE_AREAS: &str = "\
# What is under protection, in a party's space. Classes: hospital, water, power, election, emergency, csirt, mission, other.
# [[safe_area]]
# id = \"...\"
# class = \"hospital\"
# party = \"...\"
# addresses = [\"...\"]

";

const SENSORS: &str = "\
# Where the mission looks from, and what passes there. Without sensors nobody can say how much was seen.
# [[sensor]]
# id = \"...\"
# vantage = \"span port of the exchange\"        # where it stands, in words
# sees = [\"party:...\", \"192.0.2.0/24\"]         # prefixes, or all that a party declared
# sampling = 1                                # one packet in this many is recorded
# longest_silence = \"60s\"                     # a longer silence is a gap in its watch

";

const REST: &str = "\
# Tables that place addresses which no party declared, as files in this folder.
# [tables]
# origins = \"origins.txt\"                     # prefix to AS: pyasn, ip-location-db, or an MRT table dump
# registry = \"countries.csv\"                  # first,last,country

# How to watch, with the values that hold when nothing is said.
# [watch]
# period = \"1m\"
# memory = \"1GiB\"
# idle_time = \"60s\"
# keep_payload = false
";

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn list<T: fmt::Display>(items: impl IntoIterator<Item = T>) -> String {
    let quoted: Vec<String> = items.into_iter().map(|item| format!("\"{item}\"")).collect();
    quoted.join(", ")
}

fn known<T: FromStr, const N: usize>(texts: [&str; N]) -> Vec<T> {
    texts.iter().filter_map(|text| text.parse().ok()).collect()
}

fn new_file(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".mission-").suffix(".new");
    // As any file that is made here; the default of a temporary file is for its owner alone.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

impl fmt::Display for SeenPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prefix(prefix) => prefix.fmt(f),
            Self::Party(party) => write!(f, "party:{party}"),
        }
    }
}

impl FromStr for SeenPlan {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix("party:") {
            Some(party) => party.parse().map(Self::Party),
            None => text.parse().map(Self::Prefix).map_err(|error: blueline_terms::PrefixError| error.to_string()),
        }
    }
}

impl FromStr for PartyPlan {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (id, prefixes) = text.split_once('=').ok_or("write ID=PREFIX[,PREFIX...]")?;
        Ok(Self { id: id.parse()?, prefixes: items(prefixes)? })
    }
}

impl FromStr for SafeAreaPlan {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const FORM: &str = "write ID=CLASS:PARTY:ADDRESS[,ADDRESS...]";
        let (id, rest) = text.split_once('=').ok_or(FORM)?;
        // IPv6 addresses have colons of their own: only the first two divide.
        let (class, rest) = rest.split_once(':').ok_or(FORM)?;
        let (party, addresses) = rest.split_once(':').ok_or(FORM)?;
        Ok(Self { id: id.parse()?, class: class.parse()?, party: party.parse()?, addresses: items(addresses)? })
    }
}

impl FromStr for SensorPlan {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (id, sees) = text.split_once('=').ok_or("write ID=PREFIX or ID=party:ID, more of them behind commas")?;
        Ok(Self { id: id.parse()?, sees: items(sees)? })
    }
}

fn items<T: FromStr<Err: ToString>>(text: &str) -> Result<Vec<T>, String> {
    text.split(',').map(|item| item.trim().parse().map_err(|error: T::Err| error.to_string())).collect()
}

/// Why a mission folder was not made.
#[derive(Debug)]
pub enum WriteError {
    /// There is a mission file already.
    Exists(PathBuf),
    /// What was declared does not fit together; the places are those of the file that would have been written.
    Unsound(Problems),
    /// The disk refused.
    Disk(PathBuf, io::Error),
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exists(file) => {
                write!(f, "{} is there already; edit it, or choose another folder", file.display())
            }
            Self::Unsound(problems) => {
                let count = problems.list().iter().filter(|problem| Problem::is_error(problem)).count();
                write!(f, "these declarations do not fit together ({count} found); nothing was written")
            }
            Self::Disk(file, error) => {
                write!(f, "cannot write {}: {error}; see that the folder is yours to write", file.display())
            }
        }
    }
}

impl std::error::Error for WriteError {}
