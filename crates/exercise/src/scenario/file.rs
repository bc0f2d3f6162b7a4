//! The scenario file: TOML, as people write it. Outward format, version 1.
//!
//! Everything here is plain data; [`crate::Scenario::parse`] checks it and says what is wrong by line.

mod attacks;
mod located;

use schemars::JsonSchema;
use serde::Deserialize;

pub use super::words::*;
pub use attacks::*;
pub use located::Located;

/// A scenario for `blueline exercise generate`: who is there, who looks, what goes on.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Blueline scenario")]
pub struct ScenarioFile {
    /// Title for people.
    pub title: String,
    /// What all random draws depend on: the same seed gives the same bytes.
    #[schemars(with = "u64")]
    pub seed: Located<i64>,
    /// First moment, RFC 3339 with an offset, such as `2026-03-01T00:00:00Z`.
    pub start: Located<String>,
    /// How long it goes on, such as `7m` or `24h`.
    pub duration: Located<String>,
    /// The truth's accounting period, such as `1m`; periods are aligned to the Unix epoch.
    pub period: Located<String>,
    /// How activity follows the time of day; without it, activity is even.
    pub rhythm: Option<RhythmTable>,
    /// The rest of the world; without it, nothing can come from there or go there.
    pub world: Option<WorldTable>,
    /// The parties.
    pub party: Vec<PartyTable>,
    /// Protected services.
    #[serde(default)]
    pub safe_area: Vec<SafeAreaTable>,
    /// Who looks, and where. Each sensor has a capture of its own.
    pub sensor: Vec<SensorTable>,
    /// Ordinary conversations that begin at random.
    #[serde(default)]
    pub traffic: Vec<TrafficTable>,
    /// Ordinary conversations that last from beginning to end.
    #[serde(default)]
    pub polling: Vec<PollingTable>,
    /// Many real clients that visit one server at once: what a flood is mistaken for, and the other way round.
    #[serde(default)]
    pub crowd: Vec<CrowdTable>,
    /// Reflections: a victim's address is forged in requests to open servers, and their larger answers hit the victim.
    #[serde(default)]
    pub reflection: Vec<ReflectionTable>,
    /// Scans.
    #[serde(default)]
    pub scan: Vec<ScanTable>,
    /// Writes to control systems from where none should come.
    #[serde(default)]
    pub control_write: Vec<ControlWriteTable>,
    /// Floods.
    #[serde(default)]
    pub flood: Vec<FloodTable>,
    /// Answers of a flood's victim elsewhere to sources that were forged.
    #[serde(default)]
    pub backscatter: Vec<BackscatterTable>,
    /// Guesses at passwords, all wrong.
    #[serde(default)]
    pub brute_force: Vec<BruteForceTable>,
    /// Worms that spread from host to host.
    #[serde(default)]
    pub worm: Vec<WormTable>,
    /// Hosts that report to a master time after time.
    #[serde(default)]
    pub beacon: Vec<BeaconTable>,
    /// Domain names that are abused.
    #[serde(default)]
    pub dns_abuse: Vec<DnsAbuseTable>,
    /// Large uploads by one host to another.
    #[serde(default)]
    pub exfiltration: Vec<ExfiltrationTable>,
}

/// How activity follows the time of day: least at the turn of days, most in the middle.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RhythmTable {
    /// Length of a day; `24h` unless it is told in less time. Days are aligned to the Unix epoch.
    pub day: Located<String>,
    /// Activity at the turn of days as a share of that at noon, 0 to 1.
    pub night: Located<f64>,
}

/// The rest of the world.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorldTable {
    /// Address space of its hosts, IPv4 and IPv6.
    pub prefixes: Vec<Located<String>>,
    /// How many hosts take part in ordinary traffic.
    pub hosts: Located<u32>,
    /// How many of them serve; a tenth unless said.
    pub servers: Option<Located<u32>>,
    /// Domain name of its servers; `example.net` unless said.
    pub domain: Option<String>,
}

/// A party.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PartyTable {
    /// Its id: 1 to 64 of `a-z 0-9 - _ .`.
    pub id: Located<String>,
    /// Its address space, IPv4 and IPv6.
    pub prefixes: Vec<Located<String>>,
    /// How many hosts it has.
    pub hosts: Located<u32>,
    /// How many of them serve; a tenth unless said.
    pub servers: Option<Located<u32>>,
    /// Domain name of its servers; one by its number unless said.
    pub domain: Option<String>,
}

/// A protected service of a party.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SafeAreaTable {
    /// Its id.
    pub id: Located<String>,
    /// What it protects: `hospital`, `water`, `power`, `election`, `emergency`, `csirt`, `mission` or `other`.
    pub class: Located<String>,
    /// Whose space it lies in.
    pub party: Located<String>,
    /// Its addresses, single ones or prefixes, within the party's prefixes.
    pub addresses: Vec<Located<String>>,
}

/// A sensor. Its capture is named after it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SensorTable {
    /// Its id.
    pub id: Located<String>,
    /// Where it stands, in words.
    pub vantage: Option<String>,
    /// Pairs of party ids or `world`: the traffic between the two, either way, passes the sensor. A pair of the same
    /// party twice is its traffic within.
    pub sees: Vec<Located<Vec<String>>>,
    /// File format of its capture.
    #[serde(default)]
    pub format: Format,
    /// Resolution of its time stamps.
    #[serde(default)]
    pub resolution: Resolution,
    /// Link it stands on.
    #[serde(default)]
    pub link: LinkKind,
    /// VLAN tag of its frames, 1 to 4094.
    pub vlan: Option<Located<u16>>,
    /// How often the routers on its link ask for each other by ARP and neighbour discovery; never unless said.
    pub neighbours_every: Option<Located<String>>,
    /// When it is blind.
    #[serde(default)]
    pub gap: Vec<GapTable>,
}

/// A time in which a sensor records nothing.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GapTable {
    /// When it begins, from the scenario's start.
    pub start: Located<String>,
    /// How long it lasts.
    pub duration: Located<String>,
}

/// Ordinary conversations that begin at random. `from` and `to` are a party's id, `world`, or `safe-area:ID`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrafficTable {
    /// What they are.
    pub kind: TrafficKind,
    /// Whose hosts open them.
    pub from: Located<String>,
    /// Whose hosts answer.
    pub to: Located<String>,
    /// How many begin in a minute, on average over a day.
    pub per_minute: Located<f64>,
    /// Share of them over IPv6, 0 to 1; 0.25 unless said.
    pub ipv6: Option<Located<f64>>,
    /// Tunnel that carries them from one side to the other.
    pub tunnel: Option<TunnelWord>,
    /// What the sizes of bulky messages are multiplied with, 0.001 to 1000; 1 unless said.
    pub volume: Option<Located<f64>>,
    /// When they begin, from the scenario's start; at once unless said.
    pub start: Option<Located<String>>,
    /// For how long they begin; to the end unless said.
    pub duration: Option<Located<String>>,
}

/// Ordinary conversations that last from beginning to end.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PollingTable {
    /// What they are.
    pub kind: PollingKind,
    /// Whose hosts ask.
    pub from: Located<String>,
    /// Whose hosts answer.
    pub to: Located<String>,
    /// Time from question to question.
    pub every: Located<String>,
    /// How many pairs of hosts; 1 unless said.
    pub pairs: Option<Located<u32>>,
    /// Address family; `ipv4` unless said.
    #[serde(default)]
    pub family: Family,
}

/// Many real clients that visit one server at once. Visits become more until the middle and fewer after it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CrowdTable {
    /// What they do.
    pub kind: TrafficKind,
    /// Whose hosts they are.
    pub from: Located<String>,
    /// Whose server they visit; one host of it.
    pub to: Located<String>,
    /// How many different clients; as many as there are unless said.
    pub clients: Option<Located<u32>>,
    /// Visits a second, on average.
    pub visits_per_second: Located<f64>,
    /// When it begins, from the scenario's start.
    pub start: Located<String>,
    /// How long it lasts.
    pub duration: Located<String>,
    /// Share of visits over IPv6, 0 to 1; 0.25 unless said.
    pub ipv6: Option<Located<f64>>,
    /// What the sizes of bulky messages are multiplied with, 0.001 to 1000; 1 unless said.
    pub volume: Option<Located<f64>>,
}
