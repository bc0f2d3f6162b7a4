//! Conversations: traffic between two hosts on one service, within a bound.

use std::cmp::Reverse;

use blueline_terms::picture::{Conversation, FirstSeen, NewService, Service};
use blueline_terms::{Address, Application, FlowBatch, Network, PlaceIndex, SafeAreaIndex, Side, Traffic};
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use indexmap::IndexMap;

use crate::attribution::Border;

/// Conversations that a picture shows.
pub(crate) const TOP: usize = 20;

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

/// A table of conversations.
#[derive(Clone, Debug)]
pub(crate) struct Conversations {
    /// Entries lie one behind the other, so growing moves few bytes and going through them is quick.
    map: IndexMap<Key, Count, FixedState>,
    /// Every conversation in the table may have lost at most this many bytes, and one that is not in it no more.
    pub(crate) error: u64,
}

/// What one entry costs in memory at worst: entries and index are up to half empty after they grew, while they grow the
/// old ones are there as well, and one table is kept empty for the next period.
pub(crate) const BYTES_PER_CONVERSATION: usize = 4 * (size_of::<Key>() + size_of::<Count>() + 8);

impl Conversations {
    /// An empty table. The seed keeps an attacker from choosing addresses that collide; no output depends on it.
    pub(crate) fn new(seed: u64) -> Self {
        Self { map: IndexMap::with_hasher(FixedState::with_seed(seed)), error: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.map.len()
    }

    #[inline]
    pub(crate) fn add(&mut self, key: Key, count: Count) {
        match self.map.entry(key) {
            indexmap::map::Entry::Occupied(mut known) => known.get_mut().join(&count),
            indexmap::map::Entry::Vacant(free) => {
                free.insert(count);
            }
        }
    }

    /// Takes over another table's conversations of more than `threshold` bytes and leaves it empty.
    pub(crate) fn absorb_above(&mut self, threshold: u64, other: &mut Self) {
        for (key, count) in other.map.drain(..).filter(|(_, count)| count.bytes() > threshold) {
            self.add(key, count);
        }
        other.error = 0;
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
            (Reverse((count.bytes(), packets)), count.first)
        };
        let (mut kept, mut least): (Vec<(&Key, &Count)>, u64) = (Vec::new(), 0);
        for (key, count) in &self.map {
            if count.bytes() < least || !wanted(count) {
                continue;
            }
            kept.push((key, count));
            if kept.len() >= 4 * most.max(16) {
                kept.sort_unstable_by_key(|(_, count)| rank(count));
                kept.truncate(most);
                least = kept.last().map_or(0, |(_, count)| count.bytes());
            }
        }
        kept.sort_unstable_by_key(|(_, count)| rank(count));
        kept.truncate(most);
        kept.into_iter().map(|(key, count)| conversation(border, key, count)).collect()
    }

    /// The services that were used between different sides, each with its traffic and when it began.
    pub(crate) fn services(&self, border: &Border) -> Services {
        let mut services = Services::with_hasher(self.map.hasher().clone());
        for (key, count) in &self.map {
            let (from, to) = (border.place(count.source_place).side, border.place(count.destination_place).side);
            let service = Service { from, to, network: key.network, protocol: key.protocol, port: key.port };
            let mut traffic = count.forward;
            traffic += count.backward;
            add_service(&mut services, NewService { service, traffic, first: count.first });
        }
        services
    }
}

/// Services with their traffic and when they began.
pub(crate) type Services = HashMap<Service, NewService, FixedState>;

/// Adds a service's traffic to what is known of it.
pub(crate) fn add_service(services: &mut Services, more: NewService) {
    services
        .entry(more.service)
        .and_modify(|known| {
            known.traffic += more.traffic;
            known.first = known.first.min(more.first);
        })
        .or_insert(more);
}

/// Of the largest conversations of several tables the `most` largest.
pub(crate) fn largest_of(mut all: Vec<Conversation>, most: usize) -> Vec<Conversation> {
    all.sort_unstable_by_key(|conversation| {
        let packets = conversation.forward.packets + conversation.backward.packets;
        (Reverse((conversation.bytes(), packets)), conversation.first)
    });
    all.truncate(most);
    all
}

/// Whether a conversation crosses from one side to another.
pub(crate) fn crosses(border: &Border, count: &Count) -> bool {
    border.place(count.source_place).side != border.place(count.destination_place).side
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
