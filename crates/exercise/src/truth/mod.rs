//! The truth of a scenario: what a perfect observer at each sensor would report. Outward format, version 1.

mod witness;

use schemars::JsonSchema;
use serde::Serialize;

pub(crate) use witness::{AttackFacts, Witness};

/// The version of the truth file's format.
pub const VERSION: u32 = 1;

/// What a perfect observer at each sensor would report. It is written down by the generator from what it meant, not read
/// from the packets.
///
/// Counts are of what a sensor recorded: frames as its capture holds them, with bytes as long as they were on the wire
/// and moments as exact as the capture tells them. Addresses are those of the innermost packet. A flow is a
/// conversation: packets both ways between the same addresses and ports; fragments belong to the flow of their packet;
/// an echo and its reply are one flow, and so is a question for a neighbour and its answer; any other ICMP message makes a
/// flow with all others of the same sender, receiver, type and code; an ARP message makes a flow
/// with all others of the same sender, target and operation. A flow counts once, in the period and in the direction of
/// the first packet that the sensor recorded.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(title = "Blueline exercise truth")]
pub struct Truth {
    /// Version of this format.
    pub version: u32,
    /// The scenario's title.
    pub title: String,
    /// The seed that was used.
    pub seed: u64,
    /// First moment of the scenario, RFC 3339.
    pub start: String,
    /// First moment after it, RFC 3339.
    pub end: String,
    /// Length of the accounting period in seconds.
    pub period_seconds: f64,
    /// The parties, in the scenario's order.
    pub parties: Vec<PartyTruth>,
    /// The safe areas, in the scenario's order.
    pub safe_areas: Vec<SafeAreaTruth>,
    /// What each sensor recorded, in the scenario's order.
    pub sensors: Vec<SensorTruth>,
    /// The attacks, in the scenario's order.
    pub attacks: Vec<AttackTruth>,
}

/// A party.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct PartyTruth {
    /// Its id.
    pub id: String,
    /// Its address space.
    pub prefixes: Vec<String>,
}

/// A safe area.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SafeAreaTruth {
    /// Its id.
    pub id: String,
    /// What it protects.
    pub class: String,
    /// Whose space it lies in.
    pub party: String,
    /// Its addresses.
    pub addresses: Vec<String>,
}

/// What one sensor recorded.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SensorTruth {
    /// The sensor's id.
    pub id: String,
    /// Moment of its first packet, RFC 3339; absent when it recorded none.
    pub first: Option<String>,
    /// Moment of its last packet.
    pub last: Option<String>,
    /// Packets in all.
    pub packets: u64,
    /// Bytes of all frames.
    pub bytes: u64,
    /// Flows in all.
    pub flows: u64,
    /// Packets of each network layer.
    pub networks: Networks,
    /// IP fragments.
    pub fragments: u64,
    /// Packets in a tunnel.
    pub tunnelled: u64,
    /// By ordered pair of sides, over the whole scenario; pairs without traffic are left out.
    pub totals: Vec<PairTruth>,
    /// The same period by period; periods without traffic are left out.
    pub periods: Vec<PeriodTruth>,
    /// Which safe areas were touched, by whom.
    pub safe_areas: Vec<TouchTruth>,
    /// What of each attack was to be seen here; attacks of which nothing was are left out.
    pub attacks: Vec<SeenAttackTruth>,
}

/// Packets of each network layer, outermost where there is a tunnel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Networks {
    /// IPv4.
    pub ipv4: u64,
    /// IPv6.
    pub ipv6: u64,
    /// ARP.
    pub arp: u64,
}

/// Traffic from one side to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PairTruth {
    /// Sending side: a party's id, `world` or `unknown`.
    pub from: String,
    /// Receiving side.
    pub to: String,
    /// Packets that were sent this way.
    pub packets: u64,
    /// Bytes of their frames.
    pub bytes: u64,
    /// Flows that were opened this way.
    pub flows: u64,
}

/// One period at one sensor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PeriodTruth {
    /// First moment of the period, RFC 3339.
    pub start: String,
    /// By ordered pair of sides; pairs without traffic are left out.
    pub pairs: Vec<PairTruth>,
}

/// What one side had to do with a safe area, at one sensor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TouchTruth {
    /// The safe area's id.
    pub safe_area: String,
    /// The other side; for the party's own hosts outside the area, the party.
    pub side: String,
    /// Into the area.
    pub inbound: Amount,
    /// Out of it.
    pub outbound: Amount,
}

/// An amount of traffic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Amount {
    /// Packets.
    pub packets: u64,
    /// Bytes of their frames.
    pub bytes: u64,
    /// Flows that were opened this way.
    pub flows: u64,
}

/// An attack as one sensor saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SeenAttackTruth {
    /// The attack's id.
    pub id: String,
    /// Moment of its first packet here, RFC 3339.
    pub first: String,
    /// Moment of its last packet here.
    pub last: String,
    /// Its packets, both ways.
    pub packets: u64,
    /// Bytes of their frames.
    pub bytes: u64,
    /// Its flows.
    pub flows: u64,
    /// For a worm, how many hosts became infected before this sensor's eyes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub infections: Option<u64>,
}

/// An attack as it happened, seen or not.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct AttackTruth {
    /// Its id.
    pub id: String,
    /// `reflection`, `scan`, `control-write`, `flood`, `backscatter`, `brute-force`, `worm`, `beacon`, `dns-abuse` or
    /// `exfiltration`.
    pub kind: String,
    /// How it was done, in a word.
    pub vector: String,
    /// Moment of its first packet, RFC 3339; absent when it did not happen.
    pub start: Option<String>,
    /// Moment of its last packet.
    pub end: Option<String>,
    /// Who stands behind it: a party's id or `world`. For backscatter, `world`: the victim that answers stands there.
    pub actor_side: String,
    /// Who is hit; for a worm, the first of those who are probed.
    pub target_side: String,
    /// The safe area that is aimed at, if any.
    pub safe_area: Option<String>,
    /// Whether the addresses that its packets come from are forged, or those of reflectors.
    pub sources_misleading: bool,
    /// Addresses that its packets come from.
    pub sources: Listed<String>,
    /// Addresses that it aims at; for a worm, those that it infected.
    pub targets: Listed<String>,
    /// Ports that it aims at; for a reflection, the reflectors'.
    pub ports: Listed<u16>,
    /// Packets that the attack sent.
    pub packets: u64,
    /// Packets that came back. For a reflection, the forged requests.
    pub packets_back: u64,
    /// Its conversations.
    pub flows: u64,
    /// What a scan sent, where that was not TCP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// For a worm, how it spread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outbreak: Option<OutbreakTruth>,
}

/// How a worm spread.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct OutbreakTruth {
    /// How many hosts could be infected.
    pub vulnerable: u64,
    /// How many addresses were probed.
    pub space: u64,
    /// Probes a second of each infected host.
    pub probes_per_second: f64,
    /// In how many seconds the infected double at first, by that rate and the share of addresses that are vulnerable.
    pub doubling_seconds: f64,
    /// How many hosts were infected in the end, the first included.
    pub infected: u64,
    /// Who infected whom, in order of time; the first host has nobody.
    pub contacts: Vec<ContactTruth>,
    /// How many were infected, at 101 moments from the beginning to the end.
    pub curve: Vec<CurveTruth>,
}

/// One infection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ContactTruth {
    /// When, RFC 3339.
    pub time: String,
    /// The host that infected; absent for the worm's first host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Its side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_side: Option<String>,
    /// The host that was infected.
    pub host: String,
    /// Its side.
    pub side: String,
    /// The sensors that could see it.
    pub seen_by: Vec<String>,
}

/// How many were infected at a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CurveTruth {
    /// The moment, RFC 3339.
    pub time: String,
    /// How many hosts were infected by then.
    pub infected: u64,
}

/// How many there are, and the first of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Listed<T> {
    /// How many different ones.
    pub count: u64,
    /// The first of them, at most 64, in the order of their first use.
    pub first: Vec<T>,
}

impl Truth {
    /// As JSON with a newline at its end.
    pub fn to_json(&self) -> String {
        // Structs of numbers and texts always serialise; the alternative is unreachable.
        serde_json::to_string_pretty(self).map_or_else(|error| error.to_string(), |json| json + "\n")
    }
}
