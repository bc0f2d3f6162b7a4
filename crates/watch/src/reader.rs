//! From a source's bytes to packet records, one after another, with what was odd on the way.

use std::io::{self, BufReader, Read};

use blueline_terms::{Oddity, OddityKind};
use blueline_wire::capture::{Container, LONGEST_RECORD, RECOGNITION_BYTES, Record, Step};

use crate::source::{Feed, Source};

/// How much is read at a time: enough for few calls, little enough to stay in the processor's cache.
const READ_BYTES: usize = 64 * 1024;
/// Interfaces of one source whose stated losses are kept; a capture that names more is not believed about the rest.
const MOST_INTERFACES: usize = 4096;
/// Largest zstd window, as a power of two: 128 MiB, what `zstd --long` writes by default.
const LARGEST_ZSTD_WINDOW: u32 = 27;

/// Reads one source record by record. The record at the front can be looked at before it is taken.
pub(crate) struct RecordReader {
    input: Input,
    container: Option<Container>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    ended: bool,
    /// Offset in the source of `buffer[start]`, after decompression.
    offset: u64,
    head: Option<(Record, usize)>,
    /// Packet records met so far.
    pub(crate) packets: u64,
    /// What was odd about the container since it was last taken: of each kind the first, and how many there were.
    pub(crate) oddities: Vec<(Oddity, u64)>,
    /// The capture's own statements of loss: by interface the latest count, and losses noted packet by packet.
    drops: Vec<(u32, u64)>,
    drops_noted: u64,
}

impl RecordReader {
    pub(crate) fn new(source: Source) -> Self {
        Self {
            input: Input::Unopened(Some(Tap { head: Vec::new(), at: 0, feed: source.feed, read: 0 })),
            container: None,
            buffer: vec![0; READ_BYTES],
            start: 0,
            end: 0,
            ended: false,
            offset: 0,
            head: None,
            packets: 0,
            oddities: Vec::new(),
            drops: Vec::new(),
            drops_noted: 0,
        }
    }

    /// Bytes taken from the disk or pipe so far.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.input.tap().map_or(0, |tap| tap.read)
    }

    /// Packets that the capture says were lost; `None` where it never said anything.
    pub(crate) fn dropped(&self) -> Option<u64> {
        let stated: u64 = self.drops.iter().map(|(_, packets)| packets).sum();
        (!self.drops.is_empty() || self.drops_noted > 0).then_some(stated.saturating_add(self.drops_noted))
    }

    /// Offset in the source of the record at the front.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether looking at the next record would wait for bytes that have not come.
    pub(crate) fn would_wait(&mut self) -> bool {
        self.head.is_none() && !self.ended && !self.step_possible() && self.input.would_wait()
    }

    fn step_possible(&mut self) -> bool {
        while self.head.is_none() {
            if self.container.is_none() || self.start == self.end || !self.take_step() {
                return self.head.is_some();
            }
        }
        true
    }

    /// The record at the front, and its captured bytes; `None` at the end of the source.
    #[inline]
    pub(crate) fn front(&mut self) -> Option<(&Record, &[u8])> {
        if self.head.is_none() {
            self.advance();
        }
        let (record, _) = self.head.as_ref()?;
        let start = self.start + record.start;
        Some((record, &self.buffer[start..start + record.captured]))
    }

    /// Done with the record at the front.
    #[inline]
    pub(crate) fn pop(&mut self) {
        if let Some((record, consumed)) = self.head.take() {
            self.drops_noted += record.dropped;
            self.start += consumed;
            self.offset += consumed as u64;
            self.packets += 1;
        }
    }

    #[inline]
    fn advance(&mut self) {
        while self.head.is_none() {
            if self.container.is_none() && !self.recognise() {
                return;
            }
            if self.start == self.end && self.ended {
                return self.note_empty();
            }
            if !self.take_step() {
                self.fill(1);
            }
        }
    }

    /// Takes one step in the bytes at hand; `false` when there are too few.
    #[inline]
    fn take_step(&mut self) -> bool {
        let Some(container) = &mut self.container else { return false };
        let bytes = &self.buffer[self.start..self.end];
        self.head = container.packet(bytes);
        self.head.is_some() || self.take_long_step()
    }

    fn take_long_step(&mut self) -> bool {
        let Some(container) = &mut self.container else { return false };
        match container.step(&self.buffer[self.start..self.end], self.ended) {
            Step::Packet { record, consumed } => self.head = Some((record, consumed)),
            Step::Skip { consumed, dropped } => {
                self.consume(consumed);
                if let Some(dropped) = dropped {
                    let interfaces = self.drops.len();
                    match self.drops.iter_mut().find(|(interface, _)| *interface == dropped.interface) {
                        Some((_, packets)) => *packets = (*packets).max(dropped.packets),
                        None if interfaces < MOST_INTERFACES => {
                            self.drops.push((dropped.interface, dropped.packets));
                        }
                        None => {}
                    }
                }
            }
            Step::Odd { consumed, kind, detail } => {
                self.note(kind, detail);
                self.consume(consumed);
            }
            Step::More { needed } => {
                self.make_room(needed);
                return false;
            }
        }
        true
    }

    fn consume(&mut self, bytes: usize) {
        self.start += bytes.min(self.end - self.start);
        self.offset += bytes as u64;
    }

    #[cold]
    fn note(&mut self, kind: OddityKind, detail: String) {
        match self.oddities.iter_mut().find(|(known, _)| known.kind == kind) {
            Some((_, count)) => *count += 1,
            None => self.oddities.push((Oddity { kind, offset: self.offset, packet: self.packets + 1, detail }, 1)),
        }
    }

    #[cold]
    fn note_empty(&mut self) {
        // The container is dropped so that this is said once.
        if self.packets == 0 && self.container.take().is_some() {
            self.note(OddityKind::SourceEmpty, "no packet record in it".into());
        }
    }

    /// Finds out what the source is; `false` when it cannot be read.
    #[cold]
    fn recognise(&mut self) -> bool {
        if self.ended && self.start == self.end {
            return false;
        }
        if let Input::Unopened(tap) = &mut self.input {
            let Some(tap) = tap.take() else { return false };
            match Input::open(tap) {
                Ok(input) => self.input = input,
                Err(error) => {
                    self.note(OddityKind::SourceUnreadable, error.to_string());
                    self.ended = true;
                    return false;
                }
            }
        }
        self.fill(RECOGNITION_BYTES);
        let held = &self.buffer[self.start..self.end];
        self.container = Container::recognise(held);
        if self.container.is_none() {
            let (kind, detail) = match held {
                [] => (OddityKind::SourceEmpty, "no bytes in it".into()),
                held => (OddityKind::SourceFormat, format!("it begins with {}", hex(&held[..held.len().min(8)]))),
            };
            if self.oddities.is_empty() {
                self.note(kind, detail);
            }
            self.ended = true;
            self.start = self.end;
        }
        self.container.is_some()
    }

    /// Brings the buffer to hold `needed` bytes from `start` on and a good read behind what it holds, if need be by
    /// moving what it holds to its front.
    fn make_room(&mut self, needed: usize) {
        let held = self.end - self.start;
        let needed = needed.min(LONGEST_RECORD + 2 * READ_BYTES).max(held + READ_BYTES / 4);
        if self.buffer.len() - self.start < needed {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, held);
            if self.buffer.len() < needed {
                self.buffer.resize(needed.next_power_of_two(), 0);
            }
        }
    }

    /// Reads until `least` more bytes are there or the source ends.
    fn fill(&mut self, least: usize) {
        self.make_room(self.end - self.start + least);
        let target = self.end + least;
        while self.end < target && !self.ended {
            match self.input.read(&mut self.buffer[self.end..]) {
                Ok(0) => self.ended = true,
                Ok(length) => self.end += length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.note(self.input.oddity_of_failure(), error.to_string());
                    self.ended = true;
                }
            }
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

/// A source's bytes, unpacked where they are packed.
enum Input {
    Unopened(Option<Tap>),
    Plain(Tap),
    Gzip(Box<flate2::bufread::MultiGzDecoder<BufReader<Tap>>>),
    Zstd(Box<zstd::Decoder<'static, BufReader<Tap>>>),
}

impl Input {
    /// Looks at the first bytes for gzip (RFC 1952) or zstd (RFC 8878, skippable frames included).
    fn open(mut tap: Tap) -> io::Result<Self> {
        tap.peek(4)?;
        Ok(match tap.head[..] {
            [0x1f, 0x8b, ..] => {
                Self::Gzip(Box::new(flate2::bufread::MultiGzDecoder::new(BufReader::with_capacity(1 << 17, tap))))
            }
            [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => {
                let mut decoder = zstd::Decoder::with_buffer(BufReader::with_capacity(1 << 17, tap))?;
                decoder.window_log_max(LARGEST_ZSTD_WINDOW)?;
                Self::Zstd(Box::new(decoder))
            }
            _ => Self::Plain(tap),
        })
    }

    fn tap(&self) -> Option<&Tap> {
        match self {
            Self::Unopened(tap) => tap.as_ref(),
            Self::Plain(tap) => Some(tap),
            Self::Gzip(gzip) => Some(gzip.get_ref().get_ref()),
            Self::Zstd(zstd) => Some(zstd.get_ref().get_ref()),
        }
    }

    /// Whether a read would wait. For packed sources it may say so too early, which only ends a round early.
    fn would_wait(&mut self) -> bool {
        match self {
            Self::Unopened(tap) => tap.as_mut().is_some_and(|tap| tap.feed.would_wait()),
            Self::Plain(tap) => tap.at == tap.head.len() && tap.feed.would_wait(),
            Self::Gzip(gzip) => gzip.get_mut().get_mut().feed.would_wait(),
            Self::Zstd(zstd) => zstd.get_mut().get_mut().feed.would_wait(),
        }
    }

    const fn oddity_of_failure(&self) -> OddityKind {
        match self {
            Self::Unopened(_) | Self::Plain(_) => OddityKind::SourceUnreadable,
            Self::Gzip(_) | Self::Zstd(_) => OddityKind::SourceCompression,
        }
    }
}

impl Read for Input {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Unopened(_) => Ok(0),
            Self::Plain(tap) => tap.read(into),
            Self::Gzip(gzip) => gzip.read(into),
            Self::Zstd(zstd) => zstd.read(into),
        }
    }
}

/// The raw bytes of a source, with the first few kept until they were looked at.
struct Tap {
    head: Vec<u8>,
    at: usize,
    feed: Feed,
    read: u64,
}

impl Tap {
    fn peek(&mut self, length: usize) -> io::Result<()> {
        while self.head.len() < length {
            let mut more = [0; 4];
            let wanted = (length - self.head.len()).min(more.len());
            match self.feed.read(&mut more[..wanted]) {
                Ok(0) => break,
                Ok(got) => self.head.extend_from_slice(&more[..got]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl Read for Tap {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = if self.at < self.head.len() {
            let length = into.len().min(self.head.len() - self.at);
            into[..length].copy_from_slice(&self.head[self.at..self.at + length]);
            self.at += length;
            length
        } else {
            self.feed.read(into)?
        };
        self.read += length as u64;
        Ok(length)
    }
}
