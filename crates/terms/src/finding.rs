//! Findings: what a detector claims, what that rests on, what speaks against it, and how sure it is.
//!
//! A finding is an event, not a packet: it is told when it opens, when it has changed, and when it has ended, each time
//! whole, under the same id. Its reasons are data (a message's id and values), so that each reader can have them in
//! their own language.

use std::borrow::Cow;
use std::fmt;

use crate::address::Address;
use crate::flow::FlowId;
use crate::mission::{SafeAreaIndex, SensorIndex, Side};
use crate::moment::{Moment, Span};
use crate::place::Confidence;

/// A stable word: of a kind, a vector, a reason.
pub type Word = Cow<'static, str>;

/// One event that a detector found, as it stands now.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The same for as long as the event lasts.
    pub id: FindingId,
    /// Whether it is new, has changed, or is over.
    pub state: FindingState,
    /// What it is, such as `ddos.flood`.
    pub kind: Word,
    /// How it was done, such as `syn`.
    pub vector: Word,
    /// Class and type of the Reference Incident Taxonomy (RSIT), such as `availability/ddos`.
    pub class: Word,
    /// What it can harm.
    pub effect: Effect,
    /// First and last packet that it rests on.
    pub span: Span,
    /// Those who did it, as far as addresses can tell; empty where the sources are likely forged or only answered.
    pub actors: Vec<Party>,
    /// Those it was done to.
    pub targets: Vec<Party>,
    /// How many there are in all, of whom `targets` are the first.
    pub target_count: u64,
    /// Where the packets seemed to come from.
    pub sources: Sources,
    /// Ports that it was about, most telling first; of the targets, unless the vector says otherwise.
    pub ports: Vec<u16>,
    /// Flows.
    pub flow_count: u64,
    /// Packets.
    pub packets: u64,
    /// Bytes of whole frames.
    pub bytes: u64,
    /// What was measured, against what.
    pub measure: Option<Measure>,
    /// How sure.
    pub confidence: Confidence,
    /// What speaks for it.
    pub grounds: Vec<Reason>,
    /// What speaks against it.
    pub against: Vec<Reason>,
    /// Some of the flows that it rests on, the earliest first.
    pub flows: Vec<FlowId>,
    /// Who infected whom and such, where the kind has it.
    pub contacts: Vec<Contact>,
    /// The sensors that saw it; `None` for sources bound to no declared one. Counts are those of the one that saw most.
    pub sensors: Vec<Option<SensorIndex>>,
}

/// The name of a finding: a hash of what it is about and when it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FindingId(pub u64);

impl fmt::Display for FindingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl std::str::FromStr for FindingId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = digits.then(|| u64::from_str_radix(text, 16).ok()).flatten();
        number.map(Self).ok_or_else(|| format!("{text:?} is not the id of a finding: that is 16 hexadecimal digits"))
    }
}

/// How an event stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingState {
    /// It is told for the first time.
    Opened,
    /// It goes on, and what is told has changed.
    Changed,
    /// It is over, or the watch is.
    Ended,
}

impl FindingState {
    /// Its stable word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Changed => "changed",
            Self::Ended => "ended",
        }
    }
}

/// Which of the three guarantees an event can harm, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Effect(u8);

impl Effect {
    /// Confidentiality.
    pub const C: Self = Self(1);
    /// Integrity.
    pub const I: Self = Self(2);
    /// Availability.
    pub const A: Self = Self(4);
    /// None of them yet.
    pub const NONE: Self = Self(0);

    /// Both.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The letters, in the usual order.
    pub fn letters(self) -> impl Iterator<Item = &'static str> {
        [(Self::C, "C"), (Self::I, "I"), (Self::A, "A")]
            .into_iter()
            .filter(move |(bit, _)| self.0 & bit.0 != 0)
            .map(|(_, letter)| letter)
    }
}

/// A host with its side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Party {
    /// The host.
    pub address: Address,
    /// Whose it is.
    pub side: Side,
    /// The safe area that it stands in.
    pub safe_area: Option<SafeAreaIndex>,
    /// How sure its side is.
    pub confidence: Confidence,
}

/// Where packets seemed to come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// How many different addresses; an estimate where `estimated`.
    pub count: u64,
    /// Whether the count is an estimate, within 4 % in 19 of 20 cases.
    pub estimated: bool,
    /// The first of them, in the order in which they came.
    pub sample: Vec<Address>,
    /// Whether they are likely forged.
    pub spoofed: Spoofed,
}

/// Whether source addresses are forged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Spoofed {
    /// Nothing speaks clearly for it or against it.
    #[default]
    Unknown,
    /// They sent what only the owner of the address can send, such as the end of a handshake.
    Unlikely,
    /// They look drawn at random, or answer nothing.
    Likely,
}

impl Spoofed {
    /// Its stable word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Unlikely => "unlikely",
            Self::Likely => "likely",
        }
    }
}

/// A figure and what it was compared with.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// What was measured, a stable word such as `packets-per-second`.
    pub what: Word,
    /// The figure at its highest.
    pub value: f64,
    /// What was usual before, where that is known.
    pub baseline: Option<f64>,
    /// The bound that it went over.
    pub threshold: f64,
}

/// A reason for or against: the id of a message and what to put into it.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// The message's id.
    pub word: Word,
    /// Its values by name.
    pub values: Vec<(Word, Value)>,
}

impl Reason {
    /// A reason without values.
    pub fn new(word: impl Into<Word>) -> Self {
        Self { word: word.into(), values: Vec::new() }
    }

    /// With one more value.
    #[must_use]
    pub fn with(mut self, name: impl Into<Word>, value: impl Into<Value>) -> Self {
        self.values.push((name.into(), value.into()));
        self
    }
}

/// A value in a reason.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// How many.
    Count(u64),
    /// A number.
    Number(f64),
    /// A share, 0 to 1.
    Share(f64),
    /// A length of time in seconds.
    Seconds(f64),
    /// Bytes.
    Bytes(u64),
    /// A host.
    Address(Address),
    /// When.
    Moment(Moment),
    /// A word or name from the data.
    Text(String),
}

impl From<u64> for Value {
    fn from(count: u64) -> Self {
        Self::Count(count)
    }
}

impl From<Address> for Value {
    fn from(address: Address) -> Self {
        Self::Address(address)
    }
}

impl From<Moment> for Value {
    fn from(moment: Moment) -> Self {
        Self::Moment(moment)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// One edge of a contact tree: who reached whom, and when first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Contact {
    /// Who began.
    pub from: Address,
    /// Who was reached.
    pub to: Address,
    /// When first.
    pub first: Moment,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_back() {
        for id in [FindingId(0), FindingId(0x0123_4567_89ab_cdef), FindingId(u64::MAX)] {
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        for bad in ["", "1", "+123456789abcdef", "0123456789abcdeg", "0123456789abcdef0"] {
            assert!(bad.parse::<FindingId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn effects_are_letters() {
        assert_eq!(Effect::A.and(Effect::C).letters().collect::<String>(), "CA");
        assert_eq!(Effect::NONE.letters().count(), 0);
    }
}
