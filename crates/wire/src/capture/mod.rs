//! Capture files: the containers that packets come in, by their first bytes.
//!
//! A [`Container`] is fed the bytes of a source from the front and says, step by step, what they hold. It keeps no
//! bytes itself: the caller holds the buffer, drops what was consumed, and brings more when asked. Total on any input;
//! after damage it looks for the next place that reads as records and goes on there.

mod pcap;
mod pcapng;

use blueline_terms::{Moment, OddityKind};

/// The longest packet record that is believed: libpcap's largest snapshot length times 64. A length beyond it is
/// damage.
pub const LONGEST_RECORD: usize = 16 << 20;

/// How many bytes must be in hand, or the source at its end, before [`Container::recognise`] is sure.
pub const RECOGNITION_BYTES: usize = 32;

/// One packet record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// When the capture says it was taken. A record without a time stamp carries that of the record before.
    pub moment: Moment,
    /// Where its captured bytes begin in the input that was given.
    pub start: usize,
    /// How many bytes were captured.
    pub captured: usize,
    /// How many bytes it had on the wire.
    pub original: u32,
    /// LINKTYPE_ number of the interface it came from (tcpdump.org registry).
    pub link: u16,
    /// Packets that the capture says were lost just before this one.
    pub dropped: u64,
}

/// What the next bytes of a source are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A packet record; `consumed` bytes of the input are done with, the record's own included.
    Packet {
        /// The record.
        record: Record,
        /// Bytes of input that are done with.
        consumed: usize,
    },
    /// Something that is not a packet (a header, statistics, names); go on behind it.
    Skip {
        /// Bytes of input that are done with.
        consumed: usize,
        /// Packets that it says were lost on an interface, counted since the capture began.
        dropped: Option<Dropped>,
    },
    /// Not a valid record here. Go on `consumed` bytes further.
    Odd {
        /// Bytes of input that are passed over.
        consumed: usize,
        /// What kind of damage.
        kind: OddityKind,
        /// The offending value in words.
        detail: String,
    },
    /// Too little input to say; bring at least this many bytes in all.
    More {
        /// Bytes needed from the start of the input.
        needed: usize,
    },
}

/// A capture's own statement of loss on one interface (pcapng interface statistics).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// Number of the interface in its section.
    pub interface: u32,
    /// Packets lost since the capture began.
    pub packets: u64,
}

/// A reader of one container format.
#[derive(Clone, Debug)]
pub enum Container {
    /// libpcap's format, in all its dialects.
    Pcap(pcap::Pcap),
    /// pcapng (draft-ietf-opsawg-pcapng).
    Pcapng(pcapng::Pcapng),
}

impl Container {
    /// Tells the format from the first bytes; `None` when it is no capture format that is read here.
    pub fn recognise(head: &[u8]) -> Option<Self> {
        pcap::Pcap::recognise(head).map(Self::Pcap).or_else(|| pcapng::Pcapng::recognise(head).map(Self::Pcapng))
    }

    /// The word for the format.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Pcap(_) => "pcap",
            Self::Pcapng(_) => "pcapng",
        }
    }

    /// The short way for the packet records that most captures are made of: the record at the front of `input` and the
    /// bytes that are done with behind it. `None` says nothing but to ask [`Self::step`].
    #[inline(always)]
    pub fn packet(&mut self, input: &[u8]) -> Option<(Record, usize)> {
        match self {
            Self::Pcap(pcap) => pcap.packet(input),
            Self::Pcapng(_) => None,
        }
    }

    /// Reads the next thing from the front of `input`. `ended` says that nothing will follow it; then the answer is
    /// never [`Step::More`]. An empty input at the end is a clean end and is not to be asked about.
    #[inline]
    pub fn step(&mut self, input: &[u8], ended: bool) -> Step {
        let step = match self {
            Self::Pcap(pcap) => pcap.step(input, ended),
            Self::Pcapng(pcapng) => pcapng.step(input, ended),
        };
        match step {
            Step::More { needed } if ended => truncated(input.len(), needed),
            step => step,
        }
    }
}

#[cold]
fn truncated(held: usize, needed: usize) -> Step {
    Step::Odd {
        consumed: held,
        kind: OddityKind::SourceTruncated,
        detail: format!("{held} bytes are left of a record of {needed} or more"),
    }
}

/// Four bytes at `at`, in the order that `big` says. The caller has checked the length; beyond the end it reads zeros.
#[inline]
fn u32_at(input: &[u8], at: usize, big: bool) -> u32 {
    let bytes = input.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default();
    if big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
}

/// Two bytes at `at`, likewise.
#[inline]
fn u16_at(input: &[u8], at: usize, big: bool) -> u16 {
    let bytes = input.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default();
    if big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
}

#[cfg(test)]
mod tests;
