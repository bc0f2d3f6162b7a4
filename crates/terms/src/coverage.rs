//! What the sensors could have seen. No count is shown without it.

use std::time::Duration;

use crate::mission::{PartyIndex, SensorIndex};
use crate::moment::Span;

/// A share between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Share(f64);

impl Share {
    /// Nothing.
    pub const NONE: Self = Self(0.0);
    /// Everything.
    pub const ALL: Self = Self(1.0);

    /// `part` of `whole`; everything when `whole` is nothing, for then nothing was missed.
    pub fn of(part: f64, whole: f64) -> Self {
        if whole > 0.0 { Self((part / whole).clamp(0.0, 1.0)) } else { Self::ALL }
    }

    /// As a number between 0 and 1.
    pub fn value(self) -> f64 {
        self.0
    }
}

/// What was watched, how well, over a span of event time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Coverage {
    /// Each declared sensor that was listened to.
    pub sensors: Vec<SensorCoverage>,
    /// Each party's space. `None` where a source was bound to no declared sensor: nobody can say what it could see.
    pub parties: Vec<PartyCoverage>,
    /// Packets from sources bound to no declared sensor.
    pub packets_undeclared: u64,
    /// Packets in all.
    pub packets: u64,
    /// Flows that were let go early because memory ran short.
    pub shed: u64,
}

/// How well one sensor watched.
#[derive(Clone, Debug, PartialEq)]
pub struct SensorCoverage {
    /// Which.
    pub sensor: SensorIndex,
    /// Packets it recorded.
    pub packets: u64,
    /// From its first packet to its last.
    pub span: Option<Span>,
    /// Share of the span of the whole run in which it was alive: silences longer than its declared bound are gaps.
    pub alive: Share,
    /// Its gaps, longest first, at most [`Self::GAPS_KEPT`].
    pub gaps: Vec<Span>,
    /// How long all its gaps lasted together.
    pub gap_time: Duration,
    /// Packets that its captures say were dropped before they reached us; `None` where they do not say.
    pub dropped: Option<u64>,
    /// TCP flows of which only one direction passed.
    pub one_way: u64,
    /// TCP flows in all.
    pub tcp_flows: u64,
    /// One packet in this many was recorded.
    pub sampling: u32,
}

impl SensorCoverage {
    /// How many gaps are kept by name.
    pub const GAPS_KEPT: usize = 8;
}

/// How much of one party's space was in sight.
#[derive(Clone, Debug, PartialEq)]
pub struct PartyCoverage {
    /// Whose.
    pub party: PartyIndex,
    /// Share of its declared IPv4 addresses that some sensor with traffic sees; `None` where it declared none.
    pub space_v4: Option<Share>,
    /// The same for IPv6.
    pub space_v6: Option<Share>,
    /// Share of the time that those sensors were alive.
    pub time: Share,
}
