//! Conversations: traffic between two hosts on one service, within a bound.

use blueline_terms::picture::{Conversation, FirstSeen, NewService, Service};
use blueline_terms::{Address, Application, FlowBatch, Network, PlaceIndex, SafeAreaIndex, Side, Traffic};
use foldhash::fast::FixedState;
use hashbrown::HashMap;

use crate::attribution::Border;

/// What tells conversations apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) source: Address,
    pub(crate) destination: Address,
    pub(crate) port: u16,
    pub(crate) protocol: u8,
    pub(crate) network: Network,
}

/// What is counted of one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Count {
    pub(crate) forward: Traffic,
    pub(crate) backward: Traffic,
    pub(crate) first: FirstSeen,
    pub(crate) source_place: PlaceIndex,
    pub(crate) destination_place: PlaceIndex,
    pub(crate) application: Application,
}

impl Count {
    pub(crate) const fn bytes(&self) -> u64 {
        self.forward.bytes + self.backward.bytes
    }

    fn join(&mut self, other: &Self) {
        self.forward += other.forward;
        self.backward += other.backward;
        // What was recognised first stays; among shards and periods that is the earlier one's.
        let later = other.first > self.first;
        if self.application == Application::Unrecognised || (!later && other.application != Application::Unrecognised) {
            self.application = other.application;
        }
        self.first = self.first.min(other.first);
    }
}

/// A bounded table of conversations.
#[derive(Clone, Debug)]
pub(crate) struct Conversations {
    map: HashMap<Key, Count, FixedState>,
    /// Every conversation in the table may have lost at most this many bytes, and one that is not in it no more.
    pub(crate) error: u64,
}

/// What one entry costs in memory at worst: a table is up to half empty after it grew, and while it grows or is joined
/// with another both are there.
pub(crate) const BYTES_PER_CONVERSATION: usize = 4 * (size_of::<Key>() + size_of::<Count>());

impl Conversations {
    /// An empty table. The seed keeps an attacker from choosing addresses that collide; no output depends on it.
    pub(crate) fn new(seed: u64) -> Self {
        Self { map: HashMap::with_hasher(FixedState::with_seed(seed)), error: 0 }
    }

    /// Takes everything out.
    pub(crate) fn take(&mut self) -> Self {
        let empty = Self { map: HashMap::with_hasher(self.map.hasher().clone()), error: 0 };
        std::mem::replace(self, empty)
    }

    pub(crate) fn len(&self) -> usize {
        self.map.len()
    }

    #[inline]
    pub(crate) fn add(&mut self, key: Key, count: Count) {
        match self.map.entry(key) {
            hashbrown::hash_map::Entry::Occupied(mut known) => known.get_mut().join(&count),
            hashbrown::hash_map::Entry::Vacant(free) => {
                free.insert(count);
            }
        }
    }

    /// Adds another table's conversations and its error.
    pub(crate) fn absorb(&mut self, other: Self) {
        self.error = self.error.max(other.error);
        if self.map.is_empty() {
            self.map = other.map;
            return;
        }
        other.map.into_iter().for_each(|(key, count)| self.add(key, count));
    }

    /// Bytes of each conversation, for choosing a threshold.
    pub(crate) fn sizes(&self, into: &mut Vec<u64>) {
        into.extend(self.map.values().map(Count::bytes));
    }

    /// Drops every conversation of at most `threshold` bytes.
    pub(crate) fn drop_up_to(&mut self, threshold: u64) {
        self.map.retain(|_, count| count.bytes() > threshold);
        self.map.shrink_to_fit();
        self.error = self.error.saturating_add(threshold);
    }

    /// The `most` largest that `wanted` accepts, most bytes first.
    pub(crate) fn largest(&self, border: &Border, most: usize, wanted: impl Fn(&Count) -> bool) -> Vec<Conversation> {
        let rank = |count: &Count| {
            let packets = count.forward.packets + count.backward.packets;
            (std::cmp::Reverse((count.bytes(), packets)), count.first)
        };
        let mut kept: Vec<(&Key, &Count)> = Vec::new();
        for (key, count) in self.map.iter().filter(|(_, count)| wanted(count)) {
            kept.push((key, count));
            if kept.len() >= 4 * most.max(16) {
                kept.sort_unstable_by_key(|(_, count)| rank(count));
                kept.truncate(most);
            }
        }
        kept.sort_unstable_by_key(|(_, count)| rank(count));
        kept.truncate(most);
        kept.into_iter().map(|(key, count)| conversation(border, key, count)).collect()
    }

    /// The services that were used between different sides, each with its traffic and when it began.
    pub(crate) fn services(&self, border: &Border) -> HashMap<Service, NewService, FixedState> {
        let mut services: HashMap<Service, NewService, _> = HashMap::with_hasher(self.map.hasher().clone());
        for (key, count) in &self.map {
            let (from, to) = (border.place(count.source_place).side, border.place(count.destination_place).side);
            let service = Service { from, to, protocol: key.protocol, port: key.port };
            let mut traffic = count.forward;
            traffic += count.backward;
            services
                .entry(service)
                .and_modify(|known| {
                    known.traffic += traffic;
                    known.first = known.first.min(count.first);
                })
                .or_insert(NewService { service, traffic, first: count.first });
        }
        services
    }
}

/// Whether a conversation touches a safe area from outside of it.
pub(crate) fn touches_safe_area(border: &Border, count: &Count) -> bool {
    let area = |place: PlaceIndex| border.place(place).safe_area;
    let (source, destination): (Option<SafeAreaIndex>, Option<SafeAreaIndex>) =
        (area(count.source_place), area(count.destination_place));
    source != destination
}

fn conversation(border: &Border, key: &Key, count: &Count) -> Conversation {
    Conversation {
        source: key.source,
        destination: key.destination,
        network: key.network,
        protocol: key.protocol,
        port: key.port,
        application: count.application,
        source_place: border.place(count.source_place).clone(),
        destination_place: border.place(count.destination_place).clone(),
        forward: count.forward,
        backward: count.backward,
        first: count.first,
    }
}

/// IP protocol numbers (IANA) whose "ports" are message types.
const ICMP: u8 = 1;
const ICMPV6: u8 = 58;
/// Below this, ports belong to services (RFC 6335, system ports).
const SYSTEM_PORTS: u16 = 1024;

/// The port that says which service row `row` used: the one addressed, unless only the other one is a system port (a
/// reflector's answer, or a capture that began in the middle). For ICMP the type.
pub(crate) fn service_port(rows: &FlowBatch, row: usize) -> u16 {
    let (source, destination) = (rows.source_port[row], rows.destination_port[row]);
    match rows.protocol[row] {
        ICMP | ICMPV6 => source,
        _ if source < SYSTEM_PORTS && destination >= SYSTEM_PORTS && source != 0 => source,
        _ => destination,
    }
}

/// The place of a side in a matrix of `parties` parties.
#[inline]
pub(crate) fn side_number(side: Side, parties: usize) -> usize {
    match side {
        Side::Party(index) => usize::from(index.0).min(parties + 1),
        Side::World => parties,
        Side::Unknown => parties + 1,
    }
}
