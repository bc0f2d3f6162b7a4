//! Flows: the packets of one conversation at one sensor, counted both ways.

use crate::address::Address;
use crate::mission::SensorIndex;
use crate::moment::{Moment, Span};
use crate::observation::{Application, Network, Tunnel, Weight};
use crate::place::PlaceIndex;

/// A flow's name: the custody batch that sealed its first packet, and that packet's place in it.
///
/// `batch` counts the batches of one run; the run's seal table says which seal it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowId {
    /// Number of the batch in the run.
    pub batch: u32,
    /// Place of the first packet in the batch, from 0.
    pub ordinal: u32,
}

/// Why a row of a [`FlowBatch`] was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum End {
    /// The period ended; the flow may go on in the next one.
    Period,
    /// TCP said goodbye, both ways or by reset.
    Closed,
    /// Nothing came for as long as the idle time.
    Idle,
    /// Memory ran short and the flow was let go early; packets that follow open a new one.
    Shed,
    /// The sources ended.
    Stopped,
}

/// What both directions of a flow did in one period. Forward is the way of the first packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Packets.
    pub packets: u32,
    /// Bytes of whole frames on the wire.
    pub bytes: u64,
    /// Union of the TCP flags.
    pub tcp_flags: u8,
    /// Lowest TTL or hop limit seen; 0 with no packet.
    pub ttl_lowest: u8,
    /// Highest TTL or hop limit seen; 0 with no packet.
    pub ttl_highest: u8,
}

/// What the payload said, as far as detectors need it. Bounded; nothing else of the payload is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// A name: of a DNS question, a TLS server, an HTTP host, an SSH banner. At most 255 bytes.
    pub name: Option<Box<str>>,
    /// The TLS client's JA4 fingerprint.
    pub ja4: Option<Box<str>>,
    /// The first protocol that the TLS client offered (ALPN), or the HTTP method.
    pub offered: Option<Box<str>>,
    /// The first distinct message codes (DNS types, function codes, commands, modes), at most four.
    pub codes: [u16; 4],
    /// How many of `codes` are set.
    pub code_count: u8,
    /// Messages recognised as requests.
    pub requests: u32,
    /// Messages recognised as responses.
    pub responses: u32,
    /// The largest application message in bytes.
    pub largest: u32,
    /// The weightiest control-system function, and its code.
    pub weightiest: Option<(Weight, u16)>,
}

/// Rows of flow activity in plain fixed-width columns; row `i` is made of the `i`th value of each.
///
/// A row is what one flow did within one period: a flow that lasts longer has several rows with the same id, the first
/// of them marked in `opening`. So a picture of a period is a pure function of the rows that lie in it.
#[derive(Clone, Debug, Default)]
pub struct FlowBatch {
    /// The flow's id.
    pub id: Vec<FlowId>,
    /// The sensor that saw it; `None` where the source was bound to no declared sensor.
    pub sensor: Vec<Option<SensorIndex>>,
    /// First and last packet of the row.
    pub span: Vec<Span>,
    /// Who sent the flow's first packet.
    pub source: Vec<Address>,
    /// Who was to receive it.
    pub destination: Vec<Address>,
    /// The sender's port (see [`crate::Observation`] for ICMP).
    pub source_port: Vec<u16>,
    /// The receiver's port.
    pub destination_port: Vec<u16>,
    /// Network layer.
    pub network: Vec<Network>,
    /// IP protocol number.
    pub protocol: Vec<u8>,
    /// The way of the first packet.
    pub forward: Vec<Counts>,
    /// The way back.
    pub backward: Vec<Counts>,
    /// Fragments, both ways.
    pub fragments: Vec<u32>,
    /// 0, or one more than the place in `tunnels`.
    pub tunnel: Vec<u32>,
    /// Application protocol.
    pub application: Vec<Application>,
    /// 0, or one more than the place in `facts_table`.
    pub facts: Vec<u32>,
    /// Whether this is the flow's first row.
    pub opening: Vec<bool>,
    /// Why the row was written.
    pub end: Vec<End>,
    /// Where the source stands; filled in by attribution.
    pub source_place: Vec<PlaceIndex>,
    /// Where the destination stands; filled in by attribution.
    pub destination_place: Vec<PlaceIndex>,
    /// The tunnels that `tunnel` points to.
    pub tunnels: Vec<Tunnel>,
    /// The facts that `facts` points to.
    pub facts_table: Vec<Facts>,
}

/// One row of a [`FlowBatch`], before attribution.
#[derive(Clone, Debug)]
pub struct FlowRow {
    /// See [`FlowBatch::id`].
    pub id: FlowId,
    /// See [`FlowBatch::sensor`].
    pub sensor: Option<SensorIndex>,
    /// See [`FlowBatch::span`].
    pub span: Span,
    /// See [`FlowBatch::source`].
    pub source: Address,
    /// See [`FlowBatch::destination`].
    pub destination: Address,
    /// See [`FlowBatch::source_port`].
    pub source_port: u16,
    /// See [`FlowBatch::destination_port`].
    pub destination_port: u16,
    /// See [`FlowBatch::network`].
    pub network: Network,
    /// See [`FlowBatch::protocol`].
    pub protocol: u8,
    /// See [`FlowBatch::forward`].
    pub forward: Counts,
    /// See [`FlowBatch::backward`].
    pub backward: Counts,
    /// See [`FlowBatch::fragments`].
    pub fragments: u32,
    /// The outer layer.
    pub tunnel: Option<Tunnel>,
    /// See [`FlowBatch::application`].
    pub application: Application,
    /// What the payload said.
    pub facts: Option<Facts>,
    /// See [`FlowBatch::opening`].
    pub opening: bool,
    /// See [`FlowBatch::end`].
    pub end: End,
}

impl FlowBatch {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.id.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.id.is_empty()
    }

    /// Adds a row. The places are left for attribution to fill.
    pub fn push(&mut self, row: FlowRow) {
        self.id.push(row.id);
        self.sensor.push(row.sensor);
        self.span.push(row.span);
        self.source.push(row.source);
        self.destination.push(row.destination);
        self.source_port.push(row.source_port);
        self.destination_port.push(row.destination_port);
        self.network.push(row.network);
        self.protocol.push(row.protocol);
        self.forward.push(row.forward);
        self.backward.push(row.backward);
        self.fragments.push(row.fragments);
        self.tunnel.push(match row.tunnel {
            None => 0,
            Some(tunnel) => {
                // Rows of one tunnel come in runs, so looking at the last one finds most of them.
                if self.tunnels.last() != Some(&tunnel) {
                    self.tunnels.push(tunnel);
                }
                self.tunnels.len() as u32
            }
        });
        self.application.push(row.application);
        self.facts.push(match row.facts {
            None => 0,
            Some(facts) => {
                self.facts_table.push(facts);
                self.facts_table.len() as u32
            }
        });
        self.opening.push(row.opening);
        self.end.push(row.end);
    }

    /// Takes every row out and keeps the room for the next ones.
    pub fn clear(&mut self) {
        self.id.clear();
        self.sensor.clear();
        self.span.clear();
        self.source.clear();
        self.destination.clear();
        self.source_port.clear();
        self.destination_port.clear();
        self.network.clear();
        self.protocol.clear();
        self.forward.clear();
        self.backward.clear();
        self.fragments.clear();
        self.tunnel.clear();
        self.application.clear();
        self.facts.clear();
        self.opening.clear();
        self.end.clear();
        self.source_place.clear();
        self.destination_place.clear();
        self.tunnels.clear();
        self.facts_table.clear();
    }

    /// The tunnel of row `row`, if it came in one.
    pub fn tunnel_of(&self, row: usize) -> Option<&Tunnel> {
        self.tunnel.get(row).and_then(|&n| self.tunnels.get((n as usize).checked_sub(1)?))
    }

    /// What the payload of row `row` said, if anything was read.
    pub fn facts_of(&self, row: usize) -> Option<&Facts> {
        self.facts.get(row).and_then(|&n| self.facts_table.get((n as usize).checked_sub(1)?))
    }

    /// When the flow's row began.
    pub fn start(&self, row: usize) -> Moment {
        self.span[row].start
    }
}
