//! pcapng (draft-ietf-opsawg-pcapng): sections, interfaces, and the blocks that hold packets.

use blueline_terms::{Moment, OddityKind};

use super::{Dropped, LONGEST_RECORD, Record, Step, u16_at, u32_at};

const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION: u32 = 1;
const PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const INTERFACE_STATISTICS: u32 = 5;
const ENHANCED_PACKET: u32 = 6;

/// A block longer than this is damage: room for the longest packet with its options.
const LONGEST_BLOCK: usize = LONGEST_RECORD + (1 << 16);
/// More interfaces than this in one section are not kept.
const MOST_INTERFACES: usize = 4096;
/// How far behind damage the next block is looked for.
const SEARCH_BYTES: usize = 256 * 1024;

/// Reader of one pcapng file.
#[derive(Clone, Debug)]
pub struct Pcapng {
    big: bool,
    interfaces: Vec<Interface>,
    last: Moment,
    searching: bool,
}

#[derive(Clone, Copy, Debug)]
struct Interface {
    link: u16,
    snapshot: u32,
    resolution: Resolution,
    /// Seconds to add to every time stamp (if_tsoffset).
    offset: i64,
}

/// Units of a time stamp in one second (if_tsresol).
#[derive(Clone, Copy, Debug)]
enum Resolution {
    Decimal(u32),
    Binary(u32),
}

impl Resolution {
    fn nanos(self, units: u64) -> i128 {
        let units = i128::from(units);
        match self {
            Self::Decimal(exponent @ 0..=9) => units * 10i128.pow(9 - exponent),
            Self::Decimal(exponent @ 10..=47) => units / 10i128.pow(exponent - 9),
            Self::Decimal(_) => 0,
            Self::Binary(shift @ 0..=63) => (units * 1_000_000_000) >> shift,
            Self::Binary(_) => 0,
        }
    }
}

impl Pcapng {
    pub(super) fn recognise(head: &[u8]) -> Option<Self> {
        let magic = u32_at(head, 8, false);
        let known = u32_at(head, 0, false) == SECTION_HEADER && matches!(magic, 0x1a2b_3c4d | 0x4d3c_2b1a);
        known.then(|| Self {
            big: magic == 0x4d3c_2b1a,
            interfaces: Vec::new(),
            last: Moment::default(),
            searching: false,
        })
    }

    #[inline]
    pub(super) fn step(&mut self, input: &[u8], ended: bool) -> Step {
        if self.searching {
            return self.search(input, ended);
        }
        if input.len() < 12 {
            return Step::More { needed: 12 };
        }
        let kind = u32_at(input, 0, self.big);
        if kind == SECTION_HEADER {
            return self.section(input);
        }
        let length = u32_at(input, 4, self.big) as usize;
        if let Some(fault) = length_fault(length) {
            return self.damaged(fault);
        }
        let Some(block) = input.get(..length) else {
            return Step::More { needed: length };
        };
        let trailer = u32_at(block, length - 4, self.big) as usize;
        if trailer != length {
            return self.damaged(format!("a block's two lengths differ: {length} and {trailer}"));
        }
        match kind {
            ENHANCED_PACKET => self.enhanced(block),
            SIMPLE_PACKET => self.simple(block),
            PACKET => self.obsolete(block),
            INTERFACE_DESCRIPTION => self.interface(block),
            INTERFACE_STATISTICS => self.statistics(block),
            _ => Step::Skip { consumed: length, dropped: None },
        }
    }

    /// Section Header Block (4.1): a new byte order and a new list of interfaces.
    fn section(&mut self, input: &[u8]) -> Step {
        let big = match u32_at(input, 8, false) {
            0x1a2b_3c4d => false,
            0x4d3c_2b1a => true,
            magic => return self.damaged(format!("a section header has the byte-order magic {magic:#010x}")),
        };
        let length = u32_at(input, 4, big) as usize;
        if let Some(fault) = length_fault(length) {
            return self.damaged(fault);
        }
        if length < 28 {
            return self.damaged(format!("a section header of {length} bytes; the shortest has 28"));
        }
        if input.len() < length {
            return Step::More { needed: length };
        }
        self.big = big;
        self.interfaces.clear();
        Step::Skip { consumed: length, dropped: None }
    }

    /// Interface Description Block (4.2).
    fn interface(&mut self, block: &[u8]) -> Step {
        let consumed = block.len();
        if consumed < 20 {
            return odd(consumed, OddityKind::SourceDamaged, format!("an interface description of {consumed} bytes"));
        }
        let mut interface = Interface {
            link: u16_at(block, 8, self.big),
            snapshot: u32_at(block, 12, self.big),
            resolution: Resolution::Decimal(6),
            offset: 0,
        };
        for (code, value) in Options::new(&block[16..consumed - 4], self.big) {
            match (code, value) {
                (9, &[resolution, ..]) if resolution & 0x80 == 0 => {
                    interface.resolution = Resolution::Decimal(u32::from(resolution));
                }
                (9, &[resolution, ..]) => interface.resolution = Resolution::Binary(u32::from(resolution & 0x7f)),
                (14, value) if value.len() >= 8 => interface.offset = self.u64_at(value, 0) as i64,
                _ => {}
            }
        }
        if self.interfaces.len() == MOST_INTERFACES {
            let detail = format!("a section with more than {MOST_INTERFACES} interfaces");
            return odd(consumed, OddityKind::SourceInterface, detail);
        }
        self.interfaces.push(interface);
        Step::Skip { consumed, dropped: None }
    }

    /// Enhanced Packet Block (4.3).
    #[inline]
    fn enhanced(&mut self, block: &[u8]) -> Step {
        let number = u32_at(block, 8, self.big);
        let times = (u32_at(block, 12, self.big), u32_at(block, 16, self.big));
        let lengths = (u32_at(block, 20, self.big), u32_at(block, 24, self.big));
        self.packet(block, number, times, lengths)
    }

    /// The obsolete Packet Block (A.1): a 16-bit interface number and a count of drops before the packet.
    fn obsolete(&mut self, block: &[u8]) -> Step {
        let number = u32::from(u16_at(block, 8, self.big));
        let drops = u16_at(block, 10, self.big);
        let times = (u32_at(block, 12, self.big), u32_at(block, 16, self.big));
        let lengths = (u32_at(block, 20, self.big), u32_at(block, 24, self.big));
        let mut step = self.packet(block, number, times, lengths);
        if let Step::Packet { record, .. } = &mut step {
            // 0xffff says that the number is not known.
            record.dropped = if drops == u16::MAX { 0 } else { u64::from(drops) };
        }
        step
    }

    #[inline]
    fn packet(&mut self, block: &[u8], number: u32, times: (u32, u32), (captured, original): (u32, u32)) -> Step {
        let consumed = block.len();
        let captured = captured as usize;
        if consumed < 32 || captured > consumed - 32 {
            let detail = format!("a packet of {captured} bytes in a block of {consumed}");
            return odd(consumed, OddityKind::SourceDamaged, detail);
        }
        let Some(interface) = self.interfaces.get(number as usize).copied() else {
            return self.orphan(consumed, number, captured, original);
        };
        let units = u64::from(times.0) << 32 | u64::from(times.1);
        let nanos = interface.resolution.nanos(units) + i128::from(interface.offset) * 1_000_000_000;
        let moment = Moment::from_nanos(nanos.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64);
        self.last = moment;
        // epb_dropcount (4) could follow the packet; nothing writes it, and interface statistics say the same.
        let record = Record { moment, start: 28, captured, original, link: interface.link, dropped: 0 };
        Step::Packet { record, consumed }
    }

    /// A packet of an interface that was never described cannot be decoded, but it is a packet record all the same:
    /// it is given with a link type that nobody has (0xffff), and so ends as unattributed.
    #[cold]
    fn orphan(&mut self, consumed: usize, _number: u32, captured: usize, original: u32) -> Step {
        let record = Record { moment: self.last, start: 28, captured, original, link: NO_INTERFACE, dropped: 0 };
        Step::Packet { record, consumed }
    }

    /// Simple Packet Block (4.4): no time stamp, always of the first interface.
    fn simple(&mut self, block: &[u8]) -> Step {
        let consumed = block.len();
        if consumed < 16 {
            return odd(consumed, OddityKind::SourceDamaged, format!("a simple packet block of {consumed} bytes"));
        }
        let original = u32_at(block, 8, self.big);
        let (link, snapshot) = self.interfaces.first().map_or((NO_INTERFACE, 0), |i| (i.link, i.snapshot));
        let bound = if snapshot == 0 { u32::MAX } else { snapshot };
        let captured = (original.min(bound) as usize).min(consumed - 16);
        let record = Record { moment: self.last, start: 12, captured, original, link, dropped: 0 };
        Step::Packet { record, consumed }
    }

    /// Interface Statistics Block (4.6): what was lost, isb_ifdrop (5) and isb_osdrop (7).
    fn statistics(&self, block: &[u8]) -> Step {
        let consumed = block.len();
        let mut dropped = None;
        if consumed >= 24 {
            let interface = u32_at(block, 8, self.big);
            for (code, value) in Options::new(&block[20..consumed - 4], self.big) {
                if matches!(code, 5 | 7) && value.len() >= 8 {
                    let before = dropped.map_or(0, |d: Dropped| d.packets);
                    let packets = before.saturating_add(self.u64_at(value, 0));
                    dropped = Some(Dropped { interface, packets });
                }
            }
        }
        Step::Skip { consumed, dropped }
    }

    fn u64_at(&self, value: &[u8], at: usize) -> u64 {
        let bytes = value.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default();
        if self.big { u64::from_be_bytes(bytes) } else { u64::from_le_bytes(bytes) }
    }

    #[cold]
    fn damaged(&mut self, detail: String) -> Step {
        self.searching = true;
        Step::Odd { consumed: 4, kind: OddityKind::SourceDamaged, detail }
    }

    /// Looks for the next place where a block with two equal lengths stands. Blocks are aligned to four bytes. A place
    /// that could be one is waited for, so that what is found does not depend on how much has come.
    #[cold]
    fn search(&mut self, input: &[u8], ended: bool) -> Step {
        let reach = input.len().min(SEARCH_BYTES);
        for at in (0..reach.saturating_sub(12)).step_by(4) {
            let Some((length, big)) = self.block_begins(&input[at..reach]) else { continue };
            let end = at + length;
            if end <= reach && u32_at(input, end - 4, big) as usize == length {
                self.searching = false;
                return Step::Skip { consumed: at, dropped: None };
            }
            if reach < end && end <= SEARCH_BYTES && !ended {
                return Step::More { needed: end };
            }
        }
        if input.len() < SEARCH_BYTES {
            return Step::More { needed: SEARCH_BYTES };
        }
        // Keep the last few bytes: a block that began there was not wholly in sight. The reach is a multiple of 4.
        Step::Skip { consumed: reach - 12, dropped: None }
    }

    /// The length that a block at the front would have, and its byte order, if it begins like one.
    fn block_begins(&self, input: &[u8]) -> Option<(usize, bool)> {
        let section = u32_at(input, 0, false) == SECTION_HEADER;
        let big = if section { u32_at(input, 8, false) == 0x4d3c_2b1a } else { self.big };
        let kind = u32_at(input, 0, big);
        let length = u32_at(input, 4, big) as usize;
        let familiar = section || matches!(kind, 1..=6 | 9..=10 | 0x0bad);
        (familiar && length_fault(length).is_none()).then_some((length, big))
    }
}

/// The link type given to a packet whose interface was never described.
pub(super) const NO_INTERFACE: u16 = 0xffff;

fn length_fault(length: usize) -> Option<String> {
    let right = (12..=LONGEST_BLOCK).contains(&length) && length.is_multiple_of(4);
    (!right).then(|| format!("a block claims {length} bytes"))
}

#[cold]
fn odd(consumed: usize, kind: OddityKind, detail: String) -> Step {
    Step::Odd { consumed, kind, detail }
}

/// The options at the end of a block (3.5): code, length, value, padded to four bytes.
struct Options<'a> {
    rest: &'a [u8],
    big: bool,
}

impl<'a> Options<'a> {
    fn new(rest: &'a [u8], big: bool) -> Self {
        Self { rest, big }
    }
}

impl<'a> Iterator for Options<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let code = u16_at(self.rest, 0, self.big);
        let length = usize::from(u16_at(self.rest, 2, self.big));
        if code == 0 || self.rest.len() < 4 {
            return None;
        }
        let value = self.rest.get(4..4 + length)?;
        self.rest = self.rest.get(4 + length.next_multiple_of(4)..).unwrap_or_default();
        Some((code, value))
    }
}
