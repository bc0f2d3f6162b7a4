//! Everything that a mission's lists list, made ready to be asked.

use std::fmt;

use blueline_terms::finding::Word;
use blueline_terms::{Address, Moment, Prefix};
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::BuildHasher;

use super::ranges::{Blocks, NONE, Ranges};
use super::value::Below;
use super::{At, Detail, Entry, Indicators, MOST_INDICATORS, Trouble, What, Window, gather};

/// Indicators of one thing that are looked at: more lists than this say no more.
const MOST_LINKS: usize = 16;

/// The lists of a mission, joined. Look-ups cost a few cache lines, however long the lists are; memory is some 70 bytes
/// an indicator and its text.
#[derive(Clone, Default)]
pub struct Listed {
    lists: Vec<String>,
    details: Vec<Detail>,
    texts: String,
    entries: Vec<Entry>,
    /// By entry: the next one of the same thing, or of the next wider block.
    links: Vec<u32>,
    ranges: Ranges,
    /// The first entry of each name.
    names: HashTable<u32>,
    /// Labels of the shortest and the longest listed name.
    labels: (usize, usize),
    /// The first entry of each fingerprint.
    ja4s: HashTable<u32>,
}

impl fmt::Debug for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listed").field("lists", &self.lists).field("indicators", &self.len()).finish_non_exhaustive()
    }
}

/// The place of an indicator in all lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Number(u32);

/// What an indicator is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About {
    Addresses,
    Name,
    Ja4,
}

/// An indicator that was met.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hit<'a> {
    pub(crate) number: Number,
    pub(crate) about: About,
    pub(crate) list: &'a str,
    pub(crate) label: &'a str,
    pub(crate) confidence: Option<u8>,
    pub(crate) class: Option<&'a Word>,
    pub(crate) window: Window,
    /// Whether the list means names below this one.
    pub(crate) below: Below,
    /// Whether only a part of what is listed can be seen.
    pub(crate) partial: bool,
    port: u16,
    protocol: u8,
}

impl Hit<'_> {
    /// Whether it can hold at a moment: not where the list says that it does not.
    pub(crate) fn can_hold(&self, moment: Moment) -> bool {
        !self.window.strict || self.window.holds(moment)
    }

    /// Whether it is met by traffic of this protocol at this port of the listed end.
    pub(crate) fn fits(&self, protocol: u8, port: u16) -> bool {
        (self.protocol == 0 || self.protocol == protocol) && (self.port == 0 || self.port == port)
    }
}

/// Texts are listed by strangers who could make them collide, but who only slow down what they were let into.
const STATE: FixedState = FixedState::with_seed(0x6c69_7374_6564);

fn hash(text: &str) -> u64 {
    STATE.hash_one(text)
}

impl Listed {
    /// Joins lists, the most trusted first: of several that list the same thing, findings go by the first.
    pub fn new(lists: Vec<Indicators>) -> (Self, Vec<Trouble>) {
        let mut listed = Self::default();
        let mut troubles = Vec::new();
        for list in lists {
            let room = MOST_INDICATORS.saturating_sub(listed.entries.len());
            if let Some(left_out) = list.len().checked_sub(room).filter(|&over| over > 0) {
                troubles.push(too_many(&list, left_out as u64));
            }
            listed.append(list, room);
        }
        listed.index();
        (listed, troubles)
    }

    fn append(&mut self, list: Indicators, room: usize) {
        // More lists than this share the last name.
        let number = u16::try_from(self.lists.len()).unwrap_or(u16::MAX);
        let (details, texts) = (self.details.len() as u32, self.texts.len() as u32);
        self.lists.push(list.name);
        self.details.extend(list.details.into_iter().map(|detail| Detail { list: number, ..detail }));
        self.texts.push_str(&list.texts);
        self.entries.extend(list.entries.into_iter().take(room).map(|entry| {
            let what = match entry.what {
                What::Addresses(prefix) => What::Addresses(prefix),
                What::Name(start, length) => What::Name(start + texts, length),
                What::Ja4(start, length) => What::Ja4(start + texts, length),
            };
            Entry { what, detail: entry.detail + details, ..entry }
        }));
    }

    fn index(&mut self) {
        self.links = vec![NONE; self.entries.len()];
        self.labels = (usize::MAX, 0);
        let mut blocks: Vec<(Prefix, u32)> = Vec::new();
        // From the last, so that each is put before those that came after it.
        for number in (0..self.entries.len() as u32).rev() {
            match self.entries[number as usize].what {
                What::Addresses(prefix) => blocks.push((prefix, number)),
                What::Name(start, length) => {
                    let name = text(&self.texts, start, length);
                    let labels = name.split('.').count();
                    self.labels = (self.labels.0.min(labels), self.labels.1.max(labels));
                    self.links[number as usize] = put(&mut self.names, name, number, &self.entries, &self.texts);
                }
                What::Ja4(start, length) => {
                    let ja4 = text(&self.texts, start, length);
                    self.links[number as usize] = put(&mut self.ja4s, ja4, number, &self.entries, &self.texts);
                }
            }
        }
        if !blocks.is_empty() {
            // What is wider than private space does not mean it.
            blocks.extend(gather::NUMBERED.iter().map(|&block| (block, NONE)));
        }
        let links = &mut self.links;
        self.ranges = Blocks { blocks }.lay(&mut |number, outer| links[number as usize] = outer);
    }

    /// How many indicators there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The names of the lists.
    pub fn lists(&self) -> &[String] {
        &self.lists
    }

    /// Whether names are listed.
    pub(crate) fn has_names(&self) -> bool {
        !self.names.is_empty()
    }

    /// Indicators that hold an address, the narrowest first, of equal ones in the order of the lists.
    #[inline]
    pub(crate) fn address(&self, address: Address) -> Option<impl Iterator<Item = Hit<'_>>> {
        let first = self.ranges.find(address);
        (first != NONE).then(|| self.chain(first))
    }

    /// Indicators of a name or of one above it, the nearest first, each with whether it is the name itself.
    pub(crate) fn name(&self, name: &str) -> impl Iterator<Item = (Hit<'_>, bool)> {
        let name = name.strip_suffix('.').unwrap_or(name);
        // The name itself, and what is behind each of its dots, as far as such names are listed.
        let labels = name.bytes().filter(|&byte| byte == b'.').count() + 1;
        let (skipped, kept) = (labels.saturating_sub(self.labels.1), (labels + 1).saturating_sub(self.labels.0));
        let above = name.match_indices('.').map(|(dot, _)| &name[dot + 1..]);
        let names = std::iter::once(name).chain(above).take(kept).skip(skipped);
        names.flat_map(move |part| {
            let exact = part.len() == name.len();
            let first = self.find(&self.names, part);
            first
                .into_iter()
                .flat_map(|first| self.chain(first))
                .filter_map(move |hit| (exact || hit.below > Below::No).then_some((hit, exact)))
        })
    }

    /// Indicators of a JA4 fingerprint.
    pub(crate) fn ja4(&self, ja4: &str) -> impl Iterator<Item = Hit<'_>> {
        self.find(&self.ja4s, ja4).into_iter().flat_map(|first| self.chain(first))
    }

    /// The value of an indicator as the list means it.
    pub(crate) fn value(&self, number: Number) -> String {
        let Some(entry) = self.entries.get(number.0 as usize) else { return String::new() };
        match entry.what {
            What::Addresses(prefix) => {
                let address = prefix.first();
                let whole = if address.is_v4() { 32 } else { 128 };
                let host = if prefix.length() == whole { address.to_string() } else { prefix.to_string() };
                if entry.port > 0 { format!("{host} port {}", entry.port) } else { host }
            }
            What::Name(start, length) | What::Ja4(start, length) => text(&self.texts, start, length).to_owned(),
        }
    }

    /// Indicators of the same thing, or of a wider block that holds it, behind this one.
    pub(crate) fn same(&self, number: Number) -> impl Iterator<Item = Hit<'_>> {
        self.chain(number.0).skip(1)
    }

    /// The indicator with this number.
    pub(crate) fn hit(&self, number: Number) -> Option<Hit<'_>> {
        let entry = self.entries.get(number.0 as usize)?;
        let detail = self.details.get(entry.detail as usize)?;
        Some(Hit {
            number,
            about: match entry.what {
                What::Addresses(_) => About::Addresses,
                What::Name(..) => About::Name,
                What::Ja4(..) => About::Ja4,
            },
            list: self.lists.get(usize::from(detail.list)).map_or("", String::as_str),
            label: &detail.label,
            confidence: detail.confidence,
            class: detail.class.as_ref(),
            window: detail.window,
            below: entry.below,
            partial: entry.partial,
            port: entry.port,
            protocol: entry.protocol,
        })
    }

    fn find(&self, table: &HashTable<u32>, wanted: &str) -> Option<u32> {
        if table.is_empty() {
            return None;
        }
        table.find(hash(wanted), |&number| said(&self.entries, &self.texts, number) == wanted).copied()
    }

    fn chain(&self, first: u32) -> impl Iterator<Item = Hit<'_>> {
        let next = |&number: &u32| self.links.get(number as usize).copied().filter(|&next| next != NONE);
        std::iter::successors(Some(first), next).take(MOST_LINKS).filter_map(|number| self.hit(Number(number)))
    }
}

fn too_many(list: &Indicators, count: u64) -> Trouble {
    Trouble {
        list: list.name.clone(),
        at: At::Whole,
        value: String::new(),
        message: format!(
            "goes beyond the {MOST_INDICATORS} indicators that a mission may have; the last {count} are left out"
        ),
        help: "take the least useful lists out, or shorten them".to_owned(),
        count: 1,
    }
}

fn text(texts: &str, start: u32, length: u8) -> &str {
    texts.get(start as usize..start as usize + usize::from(length)).unwrap_or_default()
}

/// The name or fingerprint of an entry.
fn said<'a>(entries: &[Entry], texts: &'a str, number: u32) -> &'a str {
    match entries.get(number as usize).map(|entry| entry.what) {
        Some(What::Name(start, length) | What::Ja4(start, length)) => text(texts, start, length),
        _ => "",
    }
}

/// Puts an entry before the others of its text; gives the one that it was put before.
fn put(table: &mut HashTable<u32>, wanted: &str, number: u32, entries: &[Entry], texts: &str) -> u32 {
    let same = |&other: &u32| said(entries, texts, other) == wanted;
    let entry = table.entry(hash(wanted), same, |&other| hash(said(entries, texts, other)));
    match entry {
        hashbrown::hash_table::Entry::Occupied(mut occupied) => std::mem::replace(occupied.get_mut(), number),
        hashbrown::hash_table::Entry::Vacant(vacant) => {
            vacant.insert(number);
            NONE
        }
    }
}
