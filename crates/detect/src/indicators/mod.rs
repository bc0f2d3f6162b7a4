//! Indicator lists as data: addresses, names and fingerprints that somebody says are bad.
//!
//! [`Indicators::read`] reads one list of any format; [`Listed`] joins lists and finds in them what traffic shows.
//! What cannot be used is told as a [`Trouble`], and the rest goes on.

mod gather;
mod json;
mod listed;
mod misp;
mod pattern;
mod plain;
mod ranges;
mod stix;
#[cfg(test)]
mod tests;
mod value;

use std::fmt;

use blueline_terms::finding::Word;
use blueline_terms::{Moment, Prefix};

pub use listed::Listed;
pub(crate) use listed::{About, Hit, Number};
pub(crate) use value::Below;

use gather::Gather;

/// Indicators that a mission may have, in all its lists.
pub const MOST_INDICATORS: usize = 2_000_000;

/// How a list is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One a line, or the first column of comma-separated values.
    Plain,
    /// STIX 2.1: a bundle, a TAXII envelope, a list of objects or one object.
    Stix,
    /// A MISP event as feeds have it, or a list of events.
    Misp,
}

impl Format {
    /// Every format with its word.
    pub const ALL: [(Self, &'static str); 3] = [(Self::Plain, "plain"), (Self::Stix, "stix"), (Self::Misp, "misp")];

    /// What a list looks like.
    pub fn guess(bytes: &[u8]) -> Self {
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
        let list = text.strip_prefix(b"[").map(<[u8]>::trim_ascii_start);
        let json = text.starts_with(b"{") || list.is_some_and(|rest| rest.starts_with(b"{") || rest.starts_with(b"]"));
        if !json {
            return Self::Plain;
        }
        // What tells the two apart stands near the beginning.
        let head = &text[..text.len().min(1 << 16)];
        let first = |words: &[&str]| words.iter().filter_map(|word| find(head, word.as_bytes())).min();
        let misp = first(&["\"Event\"", "\"Attribute\"", "\"Orgc\""]);
        let stix = first(&["\"spec_version\"", "\"objects\"", "\"pattern\"", "\"bundle\""]);
        match (misp, stix) {
            (Some(misp), Some(stix)) if stix < misp => Self::Stix,
            (Some(_), _) => Self::Misp,
            _ => Self::Stix,
        }
    }
}

fn find(text: &[u8], word: &[u8]) -> Option<usize> {
    text.windows(word.len()).position(|window| window == word)
}

/// What one list lists.
#[derive(Clone, Debug, Default)]
pub struct Indicators {
    name: String,
    entries: Vec<Entry>,
    details: Vec<Detail>,
    /// Names and fingerprints, one behind the other.
    texts: String,
}

/// One indicator.
#[derive(Clone, Copy, Debug)]
struct Entry {
    what: What,
    /// Place in the details.
    detail: u32,
    port: u16,
    protocol: u8,
    below: Below,
    partial: bool,
}

/// What an indicator is about; texts as places in all texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Addresses(Prefix),
    Name(u32, u8),
    Ja4(u32, u8),
}

/// What a list says of an indicator. Indicators that came together share it.
#[derive(Clone, Debug, Default, PartialEq)]
struct Detail {
    /// Place of the list; filled in when lists are joined.
    list: u16,
    /// Its name in the list, its id, or the comment beside it.
    label: Box<str>,
    window: Window,
    /// 0 to 100.
    confidence: Option<u8>,
    /// Class and type of the Reference Incident Taxonomy, where the list says one.
    class: Option<Word>,
}

/// When an indicator holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) from: Moment,
    pub(crate) until: Moment,
    /// Whether it says nothing of other times. Else it was seen then, and may have been bad before and after.
    pub(crate) strict: bool,
}

impl Default for Window {
    fn default() -> Self {
        Self { from: Moment::MIN, until: Moment::MAX, strict: false }
    }
}

impl Window {
    pub(crate) fn holds(&self, moment: Moment) -> bool {
        self.from <= moment && moment <= self.until
    }
}

impl Indicators {
    /// Reads a list under a name by which findings will call it. Without a format, what it looks like.
    ///
    /// Never fails: what cannot be used is in the troubles, and the rest is in the list.
    pub fn read(format: Option<Format>, bytes: &[u8], name: &str) -> (Self, Vec<Trouble>) {
        let mut gather = Gather::new(name);
        match format.unwrap_or_else(|| Format::guess(bytes)) {
            Format::Plain => plain::read(bytes, &mut gather),
            Format::Stix => stix::read(bytes, &mut gather),
            Format::Misp => misp::read(bytes, &mut gather),
        }
        gather.finish()
    }

    /// With what holds for indicators of which the list itself does not say it: a confidence of 0 to 100, and a class
    /// and type of the Reference Incident Taxonomy.
    #[must_use]
    pub fn assuming(mut self, confidence: Option<u8>, class: Option<&str>) -> Self {
        for detail in &mut self.details {
            detail.confidence = detail.confidence.or(confidence.map(|confidence| confidence.min(100)));
            detail.class = detail.class.take().or_else(|| class.map(|class| class.to_owned().into()));
        }
        self
    }

    /// The list's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many indicators there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// What is wrong with a part of a list, or worth knowing of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The list.
    pub list: String,
    /// Where in it.
    pub at: At,
    /// What stands there, cut to a readable length.
    pub value: String,
    /// What is the matter with it, as the rest of a sentence that begins with the value.
    pub message: String,
    /// What to do.
    pub help: String,
    /// How many times; the first is shown.
    pub count: u64,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { list, at, value, message, help, count } = self;
        write!(f, "{list}{at}: ")?;
        if !value.is_empty() {
            write!(f, "{value:?} ")?;
        }
        f.write_str(message)?;
        if *count > 1 {
            write!(f, " (and {} more)", count - 1)?;
        }
        write!(f, "; {help}")
    }
}

/// Where in a list something stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum At {
    /// Everywhere or nowhere.
    #[default]
    Whole,
    /// In this line, from 1.
    Line(u64),
    /// At this JSON pointer (RFC 6901).
    Pointer(String),
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => Ok(()),
            Self::Line(line) => write!(f, ":{line}"),
            Self::Pointer(pointer) => write!(f, "#{pointer}"),
        }
    }
}
