//! Fragments of IP packets: which ports a later one belongs to, and whether it overlaps one that came before.

use std::time::Duration;

use blueline_terms::{Address, Fragment, Moment, Observation, SensorIndex};
use blueline_wire::packet::Part;

use crate::hash::HashKey;
use crate::slots::{AHEAD, Slots};

/// How long after its last fragment a packet is waited for (RFC 791 suggests 15 s, RFC 8200 60 s).
const PATIENCE: Duration = Duration::from_secs(30);
/// Pieces of one packet that are remembered; a packet in more pieces is no longer checked for overlap.
const MOST_PIECES: usize = 64;

/// The fragments that one shard is in the middle of.
pub(crate) struct Fragments {
    key: HashKey,
    packets: Slots<Pieces>,
}

/// A packet of which some fragments have come.
struct Pieces {
    name: PacketName,
    ports: Option<(u16, u16)>,
    last: Moment,
    ranges: Ranges,
}

/// What fragments of one packet have in common.
#[derive(Clone, Copy, PartialEq, Eq)]
struct PacketName {
    source: Address,
    destination: Address,
    identification: u32,
    sensor: Option<SensorIndex>,
    protocol: u8,
}

impl PacketName {
    fn of(packet: &Observation, part: Part) -> Self {
        Self {
            source: packet.source,
            destination: packet.destination,
            identification: part.identification,
            sensor: packet.sensor,
            protocol: packet.protocol,
        }
    }
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
    pub(crate) fn new(key: HashKey) -> Self {
        Self { key, packets: Slots::default() }
    }

    /// Packets whose fragments are waited for.
    pub(crate) fn len(&self) -> usize {
        self.packets.len()
    }

    /// Fetches what [`Self::meet`] will need for a fragment.
    #[inline]
    pub(crate) fn peek(&self, packet: &Observation, part: Part) -> bool {
        let hash = self.key.fragments(packet, part.identification);
        self.packets.peek(hash).is_some_and(|pieces| pieces.ranges.count > 0)
    }

    pub(crate) fn meet(&mut self, packet: &Observation, part: Part) -> FragmentFound {
        let name = PacketName::of(packet, part);
        let hash = self.key.fragments(packet, part.identification);
        let slot = self.packets.find(hash, |pieces| pieces.name == name).unwrap_or_else(|| {
            let pieces = Pieces { name, ports: None, last: packet.moment, ranges: Ranges::default() };
            self.packets.open(hash, pieces, packet.moment)
        });
        self.packets.see(slot, packet.moment);
        self.packets.thing_mut(slot).meet(packet, part)
    }

    /// Forgets packets whose rest will not come any more.
    pub(crate) fn sweep(&mut self, now: Moment) {
        let (mut next, mut room) = (0, [0; AHEAD]);
        loop {
            let quiet = self.packets.quiet(&mut next, now.minus(PATIENCE), &mut room);
            if quiet.is_empty() {
                return;
            }
            for &slot in quiet {
                let pieces = self.packets.thing_mut(slot);
                if now.since(pieces.last) > PATIENCE {
                    pieces.ranges = Ranges::default();
                    self.packets.close(slot);
                }
            }
        }
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.packets = Slots::default();
    }
}

impl Pieces {
    fn meet(&mut self, packet: &Observation, part: Part) -> FragmentFound {
        if packet.moment.since(self.last) > PATIENCE {
            (self.ports, self.ranges) = (None, Ranges::default());
        }
        self.last = packet.moment;
        if packet.fragment == Fragment::First {
            self.ports = Some((packet.source_port, packet.destination_port));
        }
        let (start, end) = (part.offset, part.offset.saturating_add(part.length));
        let repeats = self.ranges.iter().any(|&range| range == (start, end));
        let overlaps = !repeats && self.ranges.iter().any(|&(from, to)| from < end && start < to);
        if !repeats {
            self.ranges.push((start, end));
        }
        FragmentFound { ports: self.ports.unwrap_or((packet.source_port, packet.destination_port)), overlaps }
    }
}
