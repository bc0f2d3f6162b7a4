//! The border picture: who sent how much to whom, what touched safe areas, and how well that was seen.

use std::ops::AddAssign;

use crate::address::Address;
use crate::coverage::Coverage;
use crate::flow::FlowId;
use crate::mission::{SafeAreaIndex, SensorIndex, Side};
use crate::moment::{Moment, Period, Span};
use crate::observation::{Application, Network};
use crate::oddity::{Oddity, OddityKind};
use crate::place::Place;

/// An amount of traffic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Flows opened.
    pub flows: u64,
    /// Packets.
    pub packets: u64,
    /// Bytes of whole frames on the wire.
    pub bytes: u64,
}

impl AddAssign for Traffic {
    fn add_assign(&mut self, more: Self) {
        self.flows += more.flows;
        self.packets += more.packets;
        self.bytes += more.bytes;
    }
}

/// Where in the input something was met first. It orders what is equal otherwise, because no party's name may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FirstSeen {
    /// When.
    pub moment: Moment,
    /// Number of its batch in the run.
    pub batch: u32,
    /// Place of the packet in the batch.
    pub ordinal: u32,
}

/// All traffic from one side to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crossing {
    /// Sending side.
    pub from: Side,
    /// Receiving side.
    pub to: Side,
    /// What was sent that way. Flows are counted the way they were opened.
    pub traffic: Traffic,
    /// When it began.
    pub first: FirstSeen,
}

/// Traffic between two hosts on one service, for the list of top crossings.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversation {
    /// Who opened it.
    pub source: Address,
    /// Who was addressed.
    pub destination: Address,
    /// Network layer.
    pub network: Network,
    /// IP protocol number.
    pub protocol: u8,
    /// The port that was addressed (see [`crate::Observation`] for ICMP).
    pub port: u16,
    /// What was spoken, where it was recognised.
    pub application: Application,
    /// Where the opener stands.
    pub source_place: Place,
    /// Where the addressed stands.
    pub destination_place: Place,
    /// From opener to addressed.
    pub forward: Traffic,
    /// The way back; `flows` is 0.
    pub backward: Traffic,
    /// When it began.
    pub first: FirstSeen,
}

impl Conversation {
    /// Bytes both ways.
    pub const fn bytes(&self) -> u64 {
        self.forward.bytes + self.backward.bytes
    }

    /// The flow with which it began.
    pub const fn flow(&self) -> FlowId {
        FlowId { batch: self.first.batch, ordinal: self.first.ordinal }
    }
}

/// What touched one safe area from outside its own addresses.
#[derive(Clone, Debug, PartialEq)]
pub struct SafeAreaTraffic {
    /// Which safe area.
    pub area: SafeAreaIndex,
    /// By the other side: what came in and what went out.
    pub by_side: Vec<SafeAreaSide>,
}

/// One side's traffic with a safe area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SafeAreaSide {
    /// The other side.
    pub side: Side,
    /// Into the safe area.
    pub inbound: Traffic,
    /// Out of it.
    pub outbound: Traffic,
    /// When it began.
    pub first: FirstSeen,
}

/// A service that one side used on another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Service {
    /// Who opened the flows.
    pub from: Side,
    /// Who was addressed.
    pub to: Side,
    /// Network layer.
    pub network: Network,
    /// IP protocol number; for ARP the operation.
    pub protocol: u8,
    /// The port that was addressed (see [`crate::Observation`] for ICMP).
    pub port: u16,
}

/// A service that was not used in the period before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewService {
    /// What.
    pub service: Service,
    /// How much.
    pub traffic: Traffic,
    /// When it began.
    pub first: FirstSeen,
}

/// Traffic over time in bins of equal width.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    /// The bins in order of time. Periods without traffic are filled in as zeros unless the run spans too many.
    pub bins: Vec<Bin>,
}

/// One bin of a [`Timeline`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bin {
    /// First moment of the bin.
    pub start: Moment,
    /// By ordered pair of different sides; sides as in [`Picture::crossings`], largest pairs first, the rest left out.
    pub crossing: Vec<(Side, Side, Traffic)>,
    /// All traffic, crossing or not.
    pub total: Traffic,
}

/// Oddities of one kind from one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OddityCount {
    /// The source, as it was named.
    pub source: String,
    /// The sensor it was bound to, if any.
    pub sensor: Option<SensorIndex>,
    /// What kind.
    pub kind: OddityKind,
    /// How many.
    pub count: u64,
    /// The first of them.
    pub first: Oddity,
}

/// The border picture of one period, or of a whole run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Picture {
    /// The period, or `None` for a whole run.
    pub period: Option<Period>,
    /// First to last packet; `None` when there was none.
    pub span: Option<Span>,
    /// All that was recorded, crossing or not, readable or not. For a whole run that is every packet record, copies
    /// included; see [`Picture::counted`].
    pub total: Traffic,
    /// Traffic with at least one side unknown.
    pub unattributed: Traffic,
    /// Traffic between different sides, most bytes first.
    pub crossings: Vec<Crossing>,
    /// Traffic within one side, most bytes first.
    pub within: Vec<Crossing>,
    /// What went between the same sides in the period before, in the order of `crossings`; empty where there was none
    /// or for a whole run.
    pub before: Vec<Traffic>,
    /// The largest conversations between different sides.
    pub top: Vec<Conversation>,
    /// What was not among those counted for `top`: each figure there may be too low by at most this many bytes.
    pub top_error: u64,
    /// Safe areas that were touched.
    pub safe_areas: Vec<SafeAreaTraffic>,
    /// The largest conversations with safe areas.
    pub safe_area_top: Vec<Conversation>,
    /// Services that are new since the period before; for a whole run, since its first period.
    pub new_services: Vec<NewService>,
    /// Traffic over time.
    pub timeline: Timeline,
    /// How well it was seen.
    pub coverage: Coverage,
    /// What was strange, most frequent first.
    pub oddities: Vec<OddityCount>,
    /// Oddities in all.
    pub oddity_total: u64,
}

impl Picture {
    /// All traffic that was counted, between sides and within them: what every share is a share of. Each packet counts
    /// once, whatever number of copies of its record the sources held.
    pub fn counted(&self) -> Traffic {
        self.crossings.iter().chain(&self.within).fold(Traffic::default(), |mut sum, crossing| {
            sum += crossing.traffic;
            sum
        })
    }

    /// Records of `total` that repeat one that was counted already, and their bytes; `flows` is 0.
    pub fn copies(&self) -> Traffic {
        let counted = self.counted();
        Traffic {
            flows: 0,
            packets: self.total.packets.saturating_sub(counted.packets),
            bytes: self.total.bytes.saturating_sub(counted.bytes),
        }
    }
}
