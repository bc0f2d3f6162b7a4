//! Floods made in a line of code, for tests of what a border does under one.

use std::time::Duration;

use blueline_terms::{Moment, PartyIndex, Prefix, Side};

use super::{
    Attack, CaptureFormat, CaptureKind, Family, FloodVector, Group, Link, Method, Rhythm, Scenario, Sensor, Who,
};

/// A flood from forged sources and nothing else.
#[derive(Clone, Debug, PartialEq)]
pub struct Flood {
    /// What all draws depend on.
    pub seed: u64,
    /// How many packets.
    pub packets: u64,
    /// How many different sources, at most 2^28; packet `i` and packet `i + sources` share one.
    pub sources: u64,
    /// What the flood is made of.
    pub vector: FloodVector,
    /// Packets a second, above 0.
    pub packets_per_second: f64,
}

impl Default for Flood {
    fn default() -> Self {
        Self { seed: 1, packets: 10_000, sources: 10_000, vector: FloodVector::Syn, packets_per_second: 100_000.0 }
    }
}

impl Flood {
    /// The most sources there are.
    pub const MOST_SOURCES: u64 = (1 << 28) - 2;
}

impl Scenario {
    /// A scenario with one party in 198.18.0.0/16, a world in 16.0.0.0/4, one sensor `border` between them that writes
    /// nanosecond pcap, and this flood of one host of the party. Numbers out of range are brought into it.
    pub fn flood(flood: &Flood) -> Self {
        let packets_per_second = flood.packets_per_second.clamp(1e-3, 1e9);
        let seconds = (flood.packets as f64 / packets_per_second + 1.0).min(366.0 * 86_400.0);
        let start = Moment::from_seconds(1_772_323_200, 0);
        let duration = Duration::from_secs_f64(seconds);
        let party = Side::Party(PartyIndex(0));
        let block = |bytes, length| Prefix::new(blueline_terms::Address::v4(bytes), length).ok().into_iter().collect();
        let attack = Attack {
            id: "flood".to_owned(),
            start,
            end: start.plus(duration),
            family: Family::V4,
            method: Method::Flood {
                vector: flood.vector,
                actor: Side::World,
                to: Who::Side(party),
                port: 443,
                packets_per_second,
                packets: Some(flood.packets),
                sources: Some(flood.sources.clamp(1, Flood::MOST_SOURCES)),
            },
        };
        Self {
            title: "a flood".to_owned(),
            seed: flood.seed,
            start,
            duration,
            period: Duration::from_secs(60).max(duration / 10_000),
            rhythm: Rhythm { day: Duration::from_secs(86_400), night: 1.0 },
            parties: vec![Group {
                id: "party".to_owned(),
                prefixes: block([198, 18, 0, 0], 16),
                hosts: 100,
                servers: 10,
                domain: "party.example".to_owned(),
            }],
            world: Group {
                id: Side::WORLD.to_owned(),
                prefixes: block([16, 0, 0, 0], 4),
                hosts: 1,
                servers: 1,
                domain: "example.net".to_owned(),
            },
            safe_areas: Vec::new(),
            sensors: vec![Sensor {
                id: "border".to_owned(),
                vantage: None,
                sees: vec![(party, Side::World)],
                capture: CaptureFormat { kind: CaptureKind::Pcap, nanoseconds: true },
                link: Link::Ethernet { vlan: None },
                neighbours_every: None,
                gaps: Vec::new(),
            }],
            traffic: Vec::new(),
            polling: Vec::new(),
            crowds: Vec::new(),
            attacks: vec![attack],
        }
    }
}
