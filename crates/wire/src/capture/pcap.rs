//! libpcap's capture format (draft-ietf-opsawg-pcap) and its dialects.

use blueline_terms::{Moment, OddityKind};

use super::{LONGEST_RECORD, Record, Step, u16_at, u32_at};

/// How far behind damage the next record is looked for before the reader gives those bytes up and asks for more.
const SEARCH_BYTES: usize = 256 * 1024;
/// How many records in a row must look right before a place behind damage is believed.
const SEARCH_CHAIN: usize = 3;
/// A record this far in time from the last good one is not believed while searching, in seconds.
const SEARCH_SECONDS: u32 = 7 * 86_400;

/// Reader of one pcap file.
#[derive(Clone, Debug)]
pub struct Pcap {
    big: bool,
    nanos: bool,
    /// Bytes of a record header: 16, or 24 in Kuznetzov's dialect.
    record_header: usize,
    /// Bytes of the file header: 24, or 28 in IXIA's dialect.
    file_header: usize,
    /// Captured and original length stand the other way round in files older than version 2.3.
    swapped_lengths: bool,
    longest: usize,
    link: u16,
    header_read: bool,
    last_seconds: Option<u32>,
    searching: bool,
}

impl Pcap {
    pub(super) fn recognise(head: &[u8]) -> Option<Self> {
        let little = u32_at(head, 0, false);
        let (big, magic) = match little {
            0xa1b2_c3d4 | 0xa1b2_3c4d | 0xa1b2_cd34 | 0x1c00_01ac | 0x1c00_01ab => (false, little),
            _ => (true, u32_at(head, 0, true)),
        };
        let (nanos, record_header, file_header) = match magic {
            0xa1b2_c3d4 => (false, 16, 24),
            0xa1b2_3c4d => (true, 16, 24),
            0xa1b2_cd34 => (false, 24, 24),
            // IXIA's hardware and software dialects: nanoseconds, and the size of all records behind the header.
            0x1c00_01ac | 0x1c00_01ab => (true, 16, 28),
            _ => return None,
        };
        Some(Self {
            big,
            nanos,
            record_header,
            file_header,
            swapped_lengths: false,
            longest: LONGEST_RECORD,
            link: 0,
            header_read: false,
            last_seconds: None,
            searching: false,
        })
    }

    /// The packet record at the front, if it is there as a whole and nothing about it is doubtful.
    #[inline(always)]
    pub(super) fn packet(&mut self, input: &[u8]) -> Option<(Record, usize)> {
        if !self.header_read || self.searching {
            return None;
        }
        let header = input.get(..self.record_header)?;
        let (captured, original) = self.lengths(header);
        let captured = captured as usize;
        let consumed = self.record_header + captured;
        if captured > self.longest || input.len() < consumed {
            return None;
        }
        let (seconds, fraction) = (u32_at(header, 0, self.big), u32_at(header, 4, self.big));
        self.last_seconds = Some(seconds);
        let nanos = if self.nanos { i64::from(fraction) } else { i64::from(fraction) * 1000 };
        let moment = Moment::from_seconds(i64::from(seconds), nanos);
        let start = self.record_header;
        Some((Record { moment, start, captured, original, link: self.link, dropped: 0 }, consumed))
    }

    pub(super) fn step(&mut self, input: &[u8], ended: bool) -> Step {
        if let Some((record, consumed)) = self.packet(input) {
            return Step::Packet { record, consumed };
        }
        if !self.header_read {
            return self.file_header(input);
        }
        let Some(header) = input.get(..self.record_header) else {
            return Step::More { needed: self.record_header };
        };
        if self.searching {
            return self.search(input, ended);
        }
        let (captured, _) = self.lengths(header);
        if captured as usize > self.longest {
            return self.damaged(format!(
                "a record claims {captured} captured bytes, the longest believed is {}",
                self.longest
            ));
        }
        Step::More { needed: self.record_header + captured as usize }
    }

    fn file_header(&mut self, input: &[u8]) -> Step {
        if input.len() < self.file_header {
            return Step::More { needed: self.file_header };
        }
        let (major, minor) = (u16_at(input, 4, self.big), u16_at(input, 6, self.big));
        let snapshot = u32_at(input, 16, self.big) as usize;
        // The upper half of the link field holds the length of the frame check sequence; the type is the lower half.
        self.link = u32_at(input, 20, self.big) as u16;
        self.swapped_lengths = major < 2 || (major == 2 && minor < 3);
        // Files exist whose records exceed their own snapshot length, so it can widen the bound but not narrow it.
        self.longest = snapshot.clamp(262_144, LONGEST_RECORD);
        self.header_read = true;
        Step::Skip { consumed: self.file_header, dropped: None }
    }

    #[inline]
    fn lengths(&self, header: &[u8]) -> (u32, u32) {
        let (captured, original) = (u32_at(header, 8, self.big), u32_at(header, 12, self.big));
        if self.swapped_lengths { (original, captured) } else { (captured, original) }
    }

    #[cold]
    fn damaged(&mut self, detail: String) -> Step {
        self.searching = true;
        // One byte on, so that the search does not find the place it starts from.
        Step::Odd { consumed: 1, kind: OddityKind::SourceDamaged, detail }
    }

    /// Looks for the next place from which several records in a row look right, as far as a bound. A place that could be
    /// one is waited for, so that what is found does not depend on how much has come.
    #[cold]
    fn search(&mut self, input: &[u8], ended: bool) -> Step {
        let reach = input.len().min(SEARCH_BYTES);
        let (sight, sight_ends) = (&input[..reach], ended && reach == input.len());
        for at in 0..reach.saturating_sub(self.record_header) {
            match self.chain(sight, at, sight_ends) {
                Chain::Broken => {}
                Chain::Holds => {
                    self.searching = false;
                    return Step::Skip { consumed: at, dropped: None };
                }
                // Could hold, were there more input: ask for it while the bound allows.
                Chain::Open(needed) if !ended && reach < needed && needed <= SEARCH_BYTES => {
                    return Step::More { needed };
                }
                Chain::Open(_) => {}
            }
        }
        if input.len() < SEARCH_BYTES {
            return Step::More { needed: SEARCH_BYTES };
        }
        Step::Skip { consumed: reach - self.record_header, dropped: None }
    }

    fn chain(&self, input: &[u8], mut at: usize, ended: bool) -> Chain {
        for found in 0..SEARCH_CHAIN {
            if ended && found > 0 && at == input.len() {
                return Chain::Holds;
            }
            let Some(header) = input.get(at..at + self.record_header) else {
                return Chain::Open(at + self.record_header);
            };
            if !self.plausible(header) {
                return Chain::Broken;
            }
            at += self.record_header + self.lengths(header).0 as usize;
        }
        if at <= input.len() { Chain::Holds } else { Chain::Open(at) }
    }

    /// Stricter than [`Self::step`]: a record that a search may settle on.
    fn plausible(&self, header: &[u8]) -> bool {
        let (captured, original) = self.lengths(header);
        let fraction_end = if self.nanos { 1_000_000_000 } else { 1_000_000 };
        let near = self.last_seconds.is_none_or(|last| u32_at(header, 0, self.big).abs_diff(last) <= SEARCH_SECONDS);
        near && u32_at(header, 4, self.big) < fraction_end
            && captured > 0
            && captured as usize <= self.longest
            && captured <= original
            && (original as usize) <= LONGEST_RECORD
    }
}

enum Chain {
    Broken,
    Holds,
    /// Undecided; this many bytes are needed.
    Open(usize),
}
