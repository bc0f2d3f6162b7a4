//! One flow as the table keeps it: two cache lines.

use blueline_terms::flow::Counts;
use blueline_terms::tcp::{ACK, FIN, RST, SYN};
use blueline_terms::{Address, Application, Moment, Network, Observation, SensorIndex, Span};

use crate::layers::InLayer;
use crate::notes::NotesPlace;

/// A live flow, and what it did in the current period (its open row). What every packet is compared with and what every
/// packet changes stands in the first cache line, as far as it fits.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(crate) struct Flow {
    pub(crate) source: Address,
    pub(crate) destination: Address,
    pub(crate) source_port: u16,
    pub(crate) destination_port: u16,
    /// 0, or one more than the slot of the outer layer.
    pub(crate) layer: u32,
    pub(crate) sensor: Option<SensorIndex>,
    pub(crate) network: Network,
    pub(crate) protocol: u8,
    pub(crate) application: Application,
    pub(crate) state: State,
    /// Which beat the flow's latest change belongs to, and the change's place among those of the beat.
    pub(crate) beat: u32,
    pub(crate) change: u32,
    /// The latest packet of the flow.
    pub(crate) last: Moment,
    /// First and last packet of the open row; means nothing while the row is empty.
    pub(crate) span: Span,
    pub(crate) forward: Counts,
    pub(crate) backward: Counts,
    /// Batch and place of the flow's first packet.
    pub(crate) batch: u32,
    pub(crate) ordinal: u32,
    /// Where what the payloads said in the open row is noted.
    pub(crate) notes: NotesPlace,
    /// Fragments in the open row; stays at its largest value.
    pub(crate) fragments: u16,
    pub(crate) seen: Seen,
}

const _: () = assert!(size_of::<Flow>() == 128, "a flow is two cache lines");

/// What must be known of a packet before its flow can be looked up.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Known {
    pub(crate) hash: u32,
    pub(crate) place: InLayer,
    /// Those of the packet that a fragment belongs to.
    pub(crate) ports: (u16, u16),
    /// Whether it is a fragment that overlaps another.
    pub(crate) overlaps: bool,
}

/// Which packets of a flow were seen, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen(u8);

impl Seen {
    pub(crate) const FORWARD: Self = Self(1);
    pub(crate) const BACKWARD: Self = Self(2);
    pub(crate) const BOTH: Self = Self(3);
    /// The opener's SYN.
    pub(crate) const SYN: Self = Self(4);
    /// The first packet was an answer to one that was not seen.
    pub(crate) const ANSWER_FIRST: Self = Self(8);

    #[inline]
    pub(crate) const fn has(self, bits: Self) -> bool {
        self.0 & bits.0 == bits.0
    }

    #[inline]
    pub(crate) const fn with(self, bits: Self) -> Self {
        Self(self.0 | bits.0)
    }

    /// Whether no packet either way was seen.
    #[inline]
    pub(crate) const fn nothing(self) -> bool {
        self.0 & Self::BOTH.0 == 0
    }
}

/// What a flow has been through, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct State(u8);

impl State {
    /// Its first row has been written.
    pub(crate) const OPENED: Self = Self(1);
    /// Packets were seen both ways.
    pub(crate) const ANSWERED: Self = Self(2);
    pub(crate) const FIN_FORWARD: Self = Self(4);
    pub(crate) const FIN_BACKWARD: Self = Self(8);
    pub(crate) const RESET: Self = Self(16);
    /// A message of its is being gathered from several packets.
    pub(crate) const GATHERING: Self = Self(32);
    /// Its opener sends against the way of its outer layer.
    pub(crate) const AGAINST: Self = Self(64);

    #[inline]
    pub(crate) const fn has(self, bit: Self) -> bool {
        self.0 & bit.0 != 0
    }

    #[inline]
    pub(crate) fn set(&mut self, bit: Self) {
        self.0 |= bit.0;
    }

    #[inline]
    pub(crate) fn unset(&mut self, bit: Self) {
        self.0 &= !bit.0;
    }

    /// TCP has said goodbye both ways, or by reset.
    #[inline]
    pub(crate) const fn is_closed(self) -> bool {
        self.has(Self::RESET) || (self.has(Self::FIN_FORWARD) && self.has(Self::FIN_BACKWARD))
    }
}

/// IP protocol number of TCP (IANA).
pub(crate) const TCP: u8 = 6;

/// Adds a packet to the counts of one direction.
#[inline]
pub(crate) fn add(counts: &mut Counts, packet: &Observation) {
    let first = counts.packets == 0;
    counts.packets += 1;
    counts.bytes += u64::from(packet.length);
    counts.tcp_flags |= packet.tcp_flags;
    counts.ttl_lowest = if first { packet.ttl } else { counts.ttl_lowest.min(packet.ttl) };
    counts.ttl_highest = counts.ttl_highest.max(packet.ttl);
}

impl Flow {
    /// A flow that `packet` opens, its row still empty.
    #[inline]
    pub(crate) fn opened_by(packet: &Observation, known: Known, (batch, ordinal): (u32, u32)) -> Self {
        let Known { place, ports, .. } = known;
        // A capture that begins in the middle may show the answer first: a SYN with ACK is the server's.
        let answer = packet.protocol == TCP && packet.tcp_flags & (SYN | ACK) == SYN | ACK;
        let (source, destination) =
            if answer { (packet.destination, packet.source) } else { (packet.source, packet.destination) };
        let (source_port, destination_port) = if answer { (ports.1, ports.0) } else { ports };
        let mut state = State::default();
        if place.against != answer {
            state.set(State::AGAINST);
        }
        Self {
            source,
            destination,
            source_port,
            destination_port,
            layer: place.layer,
            sensor: packet.sensor,
            network: packet.network,
            protocol: packet.protocol,
            application: Application::Unrecognised,
            state,
            beat: 0,
            change: 0,
            last: packet.moment,
            span: Span::at(packet.moment),
            forward: Counts::default(),
            backward: Counts::default(),
            batch,
            ordinal,
            notes: NotesPlace::default(),
            fragments: 0,
            seen: if answer { Seen::ANSWER_FIRST } else { Seen::default() },
        }
    }

    /// Whether a packet belongs to this flow.
    #[inline]
    pub(crate) fn holds(&self, packet: &Observation, known: Known) -> bool {
        let ports = known.ports;
        let forward = self.source == packet.source
            && self.destination == packet.destination
            && self.source_port == ports.0
            && self.destination_port == ports.1;
        let backward = self.source == packet.destination
            && self.destination == packet.source
            && self.source_port == ports.1
            && self.destination_port == ports.0;
        (forward | backward)
            && self.protocol == packet.protocol
            && self.network == packet.network
            && self.layer == known.place.layer
            && self.sensor == packet.sensor
    }

    /// How it goes through its outer layer.
    #[inline]
    pub(crate) const fn place(&self) -> InLayer {
        InLayer { layer: self.layer, against: self.state.has(State::AGAINST) }
    }

    /// Whether the open row has no packet.
    #[inline]
    pub(crate) const fn row_is_empty(&self) -> bool {
        self.forward.packets == 0 && self.backward.packets == 0
    }

    /// Whether a packet that belongs here by its addresses opens a new flow all the same: a fresh SYN after goodbye.
    #[inline]
    pub(crate) const fn is_followed_by(&self, packet: &Observation) -> bool {
        self.state.is_closed() && packet.protocol == TCP && packet.tcp_flags & (SYN | ACK) == SYN
    }

    /// Whether a packet goes the way of the flow's opener.
    #[inline]
    pub(crate) fn is_forward(&self, packet: &Observation, source_port: u16) -> bool {
        self.source == packet.source && self.source_port == source_port
    }

    /// Counts a packet into the open row.
    #[inline]
    pub(crate) fn count(&mut self, packet: &Observation, source_port: u16) {
        let forward = self.is_forward(packet, source_port);
        if self.row_is_empty() {
            self.span = Span::at(packet.moment);
        } else {
            self.span = self.span.join(Span::at(packet.moment));
        }
        add(if forward { &mut self.forward } else { &mut self.backward }, packet);
        self.seen = self.seen.with(if forward { Seen::FORWARD } else { Seen::BACKWARD });
        if self.seen.has(Seen::BOTH) {
            self.state.set(State::ANSWERED);
        }
        self.last = self.last.max(packet.moment);
        if packet.protocol == TCP && packet.tcp_flags & (FIN | RST | SYN) != 0 {
            self.note_flags(packet.tcp_flags, forward);
        }
    }

    #[inline]
    fn note_flags(&mut self, flags: u8, forward: bool) {
        if flags & (SYN | ACK) == SYN && forward {
            self.seen = self.seen.with(Seen::SYN);
        }
        if flags & RST != 0 {
            self.state.set(State::RESET);
        }
        if flags & FIN != 0 {
            self.state.set(if forward { State::FIN_FORWARD } else { State::FIN_BACKWARD });
        }
    }
}
