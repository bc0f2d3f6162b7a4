//! One host and those whom it addresses at one port.

use std::time::Duration;

use blueline_terms::tcp::{RST, SYN};
use blueline_terms::{Address, Change, FlowId, Moment, Network, Standing};

use super::Bar;

/// A transport protocol and a port at which a host is addressed.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Door {
    tcp: bool,
    port: u16,
}

impl Door {
    /// What a flow knocks at; `None` where it has no ports.
    pub(super) fn of(change: &Change) -> Option<Self> {
        let tcp = match (change.network, change.protocol) {
            (Network::Ipv4 | Network::Ipv6, 6) => true,
            (Network::Ipv4 | Network::Ipv6, 17) => false,
            _ => return None,
        };
        let port = if is_turned(change) { change.source_port } else { change.destination_port };
        Some(Self { tcp, port })
    }

    /// Who knocks, and at whose door.
    pub(super) fn ends(self, change: &Change) -> (Address, Address) {
        if is_turned(change) { (change.destination, change.source) } else { (change.source, change.destination) }
    }

    pub(super) const fn is_tcp(self) -> bool {
        self.tcp
    }

    /// The same protocol at another port.
    pub(super) const fn at(self, port: u16) -> Self {
        Self { port, ..self }
    }

    pub(super) const fn port(self) -> u16 {
        self.port
    }
}

/// Whether a TCP flow whose opening was not seen runs from the service's port: below 1024, and the other one above.
fn is_turned(change: &Change) -> bool {
    is_unseen(change) && change.source_port < 1024 && change.destination_port >= 1024
}

/// Whether what came back is a reset instead of a handshake.
pub(super) fn is_refusal(change: &Change) -> bool {
    change.backward.tcp_flags & RST != 0 && change.backward.tcp_flags & SYN == 0 && change.standing.has(Standing::SYN)
}

/// The first who reached a host, of those who may spread.
#[derive(Clone, Copy)]
pub(super) struct First {
    pub(super) at: Moment,
    pub(super) by: Address,
}

/// A host that has addressed one other at a door, and not been accepted.
#[derive(Clone, Copy)]
pub(super) struct Knock {
    to: Address,
    at: Moment,
    accepted: bool,
}

impl Knock {
    pub(super) fn new(to: Address, change: &Change) -> Self {
        Self { to, at: change.span.start, accepted: false }
    }

    /// It addresses a host, or is accepted. With a second host, nobody having accepted, it may begin to spread.
    pub(super) fn again(&mut self, to: Address, change: &Change, opening: bool, taken: bool) -> Option<Spread> {
        if opening && self.to != to && !self.accepted {
            let mut spread = Spread::new(change);
            spread.address(self.to, change);
            spread.first = self.at;
            return Some(spread);
        }
        if opening && self.accepted {
            *self = Self::new(to, change);
        }
        self.accepted |= taken && !is_unseen(change);
        None
    }
}

/// Whether the opening of a TCP flow was not seen.
fn is_unseen(change: &Change) -> bool {
    change.protocol == 6 && !change.standing.has(Standing::SYN) && !change.standing.has(Standing::ANSWER_FIRST)
}

/// Addressed hosts that are told apart.
const TOLD_APART: usize = 12;
/// Of these, those that lie inline.
const FEW: usize = 4;
/// A conversation that was accepted and exchanges more than this on average is a peer's or a client's.
const LARGE: u64 = 1 << 16;
/// With this share of conversations that nobody took, no client goes on.
const UNANSWERED: f64 = 0.9;
/// Where openings were not seen: conversations with one host that make a series, and hosts with which there is one.
const SERIES: u8 = 4;
const SERIES_WITH: usize = 2;
/// And how long a host must have been silent before.
const SILENT: Duration = Duration::from_secs(30);

/// What one host did at one port since most of its conversations there began to fail.
///
/// That moment is where a cumulative sum last left zero that goes up with each conversation that nobody accepts, and
/// down with each that somebody does (Page, "Continuous Inspection Schemes", Biometrika 41, 1954). So a client of long
/// standing that is infected is seen from its infection on, and one whose conversations are accepted leaves nothing
/// behind.
pub(super) struct Spread {
    pub(super) first: Moment,
    pub(super) last: Moment,
    few: [(Address, u8); FEW],
    many: Option<Box<[(Address, u8); TOLD_APART - FEW]>>,
    count: u8,
    /// Conversations opened, those of them whose opening was not seen, and those that went to hosts beyond the twelve.
    pub(super) opened: u32,
    unseen: u32,
    beyond: u32,
    pub(super) accepted: u32,
    /// The cumulative sum.
    walk: u32,
    pub(super) packets: u64,
    pub(super) bytes: u64,
    /// The smallest and the largest size of a packet in an opening.
    sizes: (u32, u32),
    pub(super) flow: FlowId,
    pub(super) promising: bool,
    /// Whether it is in an outbreak.
    pub(super) outbreak: bool,
}

impl Spread {
    pub(super) fn new(change: &Change) -> Self {
        Self {
            first: change.span.start,
            last: change.span.end,
            few: [(Address::default(), 0); FEW],
            many: None,
            count: 0,
            opened: 0,
            unseen: 0,
            beyond: 0,
            accepted: 0,
            walk: 0,
            packets: 0,
            bytes: 0,
            sizes: (u32::MAX, 0),
            flow: change.id,
            promising: false,
            outbreak: false,
        }
    }

    /// Counts the packets of a change.
    pub(super) fn weigh(&mut self, change: &Change) {
        self.last = self.last.max(change.span.end);
        self.packets += u64::from(change.forward.packets) + u64::from(change.backward.packets);
        self.bytes = self.bytes.saturating_add(change.forward.bytes).saturating_add(change.backward.bytes);
    }

    /// A conversation with a host is opened.
    pub(super) fn address(&mut self, to: Address, change: &Change) {
        if self.opened == 0 {
            (self.first, self.flow) = (change.span.start, change.id);
        }
        self.opened = self.opened.saturating_add(1);
        let unseen = is_unseen(change);
        self.unseen += u32::from(unseen);
        let sent = if change.forward.packets > 0 { change.forward } else { change.backward };
        let size = u32::try_from(sent.bytes / u64::from(sent.packets.max(1))).unwrap_or(u32::MAX);
        self.sizes = (self.sizes.0.min(size), self.sizes.1.max(size));
        self.walk = self.walk.saturating_add(1);
        let count = usize::from(self.count);
        let known = self.few[..count.min(FEW)].iter_mut().chain(self.many.iter_mut().flat_map(|many| many.iter_mut()));
        if let Some((_, times)) = known.take(count).find(|(host, _)| *host == to) {
            *times = times.saturating_add(1);
            return;
        }
        match count {
            count if count < FEW => self.few[count] = (to, 1),
            count if count < TOLD_APART => {
                let many = self.many.get_or_insert_with(|| Box::new([(Address::default(), 0); TOLD_APART - FEW]));
                many[count - FEW] = (to, 1);
            }
            _ => {
                self.beyond = self.beyond.saturating_add(1);
                return;
            }
        }
        self.count += 1;
    }

    /// Somebody accepts a conversation that was counted as opened. What began with conversations that are accepted
    /// begins anew, unless it is in an outbreak already, or openings are not seen at all.
    pub(super) fn accept(&mut self) {
        self.accepted = self.accepted.saturating_add(1);
        self.walk = self.walk.saturating_sub(2);
        if self.walk == 0 && !self.outbreak && !self.is_cut() {
            self.count = 0;
            (self.opened, self.beyond, self.accepted, self.unseen) = (0, 0, 0, 0);
            (self.packets, self.bytes, self.sizes) = (0, 0, (u32::MAX, 0));
        }
    }

    /// Hosts that it addressed, as far as they are told apart.
    pub(super) fn targets(&self) -> usize {
        usize::from(self.count)
    }

    /// About how many hosts it addressed.
    pub(super) fn addressed(&self) -> u64 {
        u64::from(self.count) + u64::from(self.beyond)
    }

    /// The share of its conversations that nobody accepted.
    pub(super) fn failing(&self) -> f64 {
        1.0 - f64::from(self.accepted.min(self.opened)) / f64::from(self.opened.max(1))
    }

    /// Whether the openings of most of its conversations were not seen.
    pub(super) fn is_cut(&self) -> bool {
        self.unseen * 2 > self.opened
    }

    /// Whether there is enough of it to be looked at.
    pub(super) fn is_promising(&self, bar: &Bar) -> bool {
        self.count as u64 >= bar.targets.min(TOLD_APART as u64) || self.count >= 2 && self.unseen >= 8
    }

    /// Whether nothing speaks against its being a spreader so far.
    pub(super) fn may_spread(&self, bar: &Bar) -> bool {
        self.is_cut() || self.failing() >= bar.failing
    }

    /// Whether it spreads, if it is not the only one.
    pub(super) fn spreads(&self, door: Door, bar: &Bar, watch_began: Option<Moment>) -> bool {
        let many = self.addressed() >= bar.targets;
        if !door.is_tcp() {
            return many && self.failing() >= UNANSWERED && self.has_one_size();
        }
        if self.is_cut() {
            let was_silent = watch_began.is_some_and(|began| self.first.since(began) >= SILENT);
            return was_silent && self.series() >= SERIES_WITH;
        }
        let exchanged = self.bytes / u64::from(self.accepted.max(1));
        many && self.failing() >= bar.failing && (exchanged <= LARGE || self.failing() >= UNANSWERED)
    }

    /// Whether the packets that open conversations are all about as large.
    pub(super) fn has_one_size(&self) -> bool {
        self.sizes.1.saturating_sub(self.sizes.0) <= self.sizes.0 / 16
    }

    /// The largest packet that opened a conversation.
    pub(super) fn size(&self) -> u64 {
        u64::from(self.sizes.1)
    }

    /// With how many hosts it had a series of conversations.
    fn series(&self) -> usize {
        let all = self.few.iter().chain(self.many.iter().flat_map(|many| many.iter()));
        all.take(self.targets()).filter(|(_, times)| *times >= SERIES).count()
    }
}
