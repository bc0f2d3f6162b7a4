//! Fragments of IP packets: which ports a later one belongs to, and whether it overlaps one that came before.

use std::time::Duration;

use blueline_terms::{Address, Fragment, Moment, Observation};
use blueline_wire::packet::Part;
use hashbrown::HashMap;

/// How long after its last fragment a packet is waited for (RFC 791 suggests 15 s, RFC 8200 60 s).
const PATIENCE: Duration = Duration::from_secs(30);
/// Pieces of one packet that are remembered; a packet in more pieces is no longer checked for overlap.
const MOST_PIECES: usize = 64;

/// The fragments that one shard is in the middle of.
#[derive(Default)]
pub(crate) struct Fragments {
    packets: HashMap<FragmentKey, Pieces, foldhash::fast::FixedState>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct FragmentKey {
    source: Address,
    destination: Address,
    protocol: u8,
    sensor: u16,
    identification: u32,
}

struct Pieces {
    ports: Option<(u16, u16)>,
    ranges: Ranges,
    last: Moment,
}

/// Byte ranges, in order of arrival. Most packets are in few pieces, and these need no memory of their own.
#[derive(Default)]
struct Ranges {
    few: [(u32, u32); 4],
    count: usize,
    more: Vec<(u32, u32)>,
}

impl Ranges {
    fn iter(&self) -> impl Iterator<Item = &(u32, u32)> {
        self.few.iter().take(self.count).chain(&self.more)
    }

    fn push(&mut self, range: (u32, u32)) {
        match self.few.get_mut(self.count) {
            Some(free) => *free = range,
            None if self.count < MOST_PIECES => self.more.push(range),
            None => return,
        }
        self.count += 1;
    }
}

/// What is known of a fragment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FragmentFound {
    /// The ports of the packet, where its first fragment has been seen.
    pub(crate) ports: (u16, u16),
    /// Whether it overlaps an earlier fragment. One that repeats an earlier fragment exactly does not.
    pub(crate) overlaps: bool,
}

impl Fragments {
    pub(crate) fn len(&self) -> usize {
        self.packets.len()
    }

    pub(crate) fn meet(&mut self, packet: &Observation, part: Part, sensor: u16) -> FragmentFound {
        let key = FragmentKey {
            source: packet.source,
            destination: packet.destination,
            protocol: packet.protocol,
            sensor,
            identification: part.identification,
        };
        let pieces =
            self.packets.entry(key).or_insert(Pieces { ports: None, ranges: Ranges::default(), last: packet.moment });
        if packet.moment.since(pieces.last) > PATIENCE {
            (pieces.ports, pieces.ranges) = (None, Ranges::default());
        }
        pieces.last = packet.moment;
        if packet.fragment == Fragment::First {
            pieces.ports = Some((packet.source_port, packet.destination_port));
        }
        let (start, end) = (part.offset, part.offset.saturating_add(part.length));
        let repeats = pieces.ranges.iter().any(|&range| range == (start, end));
        let overlaps = !repeats && pieces.ranges.iter().any(|&(from, to)| from < end && start < to);
        if !repeats {
            pieces.ranges.push((start, end));
        }
        FragmentFound { ports: pieces.ports.unwrap_or((packet.source_port, packet.destination_port)), overlaps }
    }

    /// Forgets packets whose rest will not come any more.
    pub(crate) fn sweep(&mut self, now: Moment) {
        self.packets.retain(|_, pieces| now.since(pieces.last) <= PATIENCE);
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.packets.clear();
    }
}
