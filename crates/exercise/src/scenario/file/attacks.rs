//! The tables of attacks.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use crate::scenario::words::{
    BackscatterAnswer, BeaconCarrier, ControlFunction, DnsAbuseKind, Family, FloodVector, LoginService,
    ReflectionVector, ScanProtocol, ScanShape, WormShape,
};

/// A reflection.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReflectionTable {
    /// Its id, for the truth.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// Protocol of the open servers.
    pub vector: ReflectionVector,
    /// Who is hit: a party's id or `safe-area:ID`; one host of it.
    #[schemars(with = "String")]
    pub victim: Spanned<String>,
    /// Who sends the forged requests: a party's id or `world`; `world` unless said.
    #[schemars(with = "Option<String>")]
    pub actor: Option<Spanned<String>>,
    /// How many open servers, all in the world.
    #[schemars(with = "u32")]
    pub reflectors: Spanned<u32>,
    /// When it begins, from the scenario's start.
    #[schemars(with = "String")]
    pub start: Spanned<String>,
    /// How long it lasts.
    #[schemars(with = "String")]
    pub duration: Spanned<String>,
    /// Answers a second, of all servers together.
    #[schemars(with = "f64")]
    pub answers_per_second: Spanned<f64>,
    /// Address family; `ipv4` unless said.
    #[serde(default)]
    pub family: Family,
}

/// A scan: probes, and what comes back.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScanTable {
    /// Its id, for the truth.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// Many hosts or many ports.
    pub shape: ScanShape,
    /// What is sent; `tcp` unless said, for a sweep `icmp`.
    pub protocol: Option<ScanProtocol>,
    /// Who scans; one host of it.
    #[schemars(with = "String")]
    pub from: Spanned<String>,
    /// Who is scanned.
    #[schemars(with = "String")]
    pub to: Spanned<String>,
    /// The ports that a horizontal scan tries on each host; 22, 23, 445 and 3389 unless said.
    pub ports: Option<Vec<u16>>,
    /// How many hosts a horizontal scan or a sweep tries, or how many ports from 1 on a vertical one does.
    #[schemars(with = "u32")]
    pub targets: Spanned<u32>,
    /// When it begins, from the scenario's start.
    #[schemars(with = "String")]
    pub start: Spanned<String>,
    /// How long it lasts at most.
    #[schemars(with = "String")]
    pub duration: Spanned<String>,
    /// Probes a second.
    #[schemars(with = "f64")]
    pub packets_per_second: Spanned<f64>,
    /// Share of probes that find an open port, 0 to 1; 0.02 unless said. Of the rest, a third is refused. For a sweep,
    /// the share of hosts that are there.
    #[schemars(with = "Option<f64>")]
    pub open: Option<Spanned<f64>>,
    /// Address family; `ipv4` unless said.
    #[serde(default)]
    pub family: Family,
}

/// Writes to a control system from where none should come.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ControlWriteTable {
    /// Its id, for the truth.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// What is written.
    pub function: ControlFunction,
    /// Who writes; one host of it.
    #[schemars(with = "String")]
    pub from: Spanned<String>,
    /// Who is written to; one host of it.
    #[schemars(with = "String")]
    pub to: Spanned<String>,
    /// How many writes.
    #[schemars(with = "u32")]
    pub writes: Spanned<u32>,
    /// Time from write to write.
    #[schemars(with = "String")]
    pub every: Spanned<String>,
    /// When it begins, from the scenario's start.
    #[schemars(with = "String")]
    pub start: Spanned<String>,
    /// Address family; `ipv4` unless said.
    #[serde(default)]
    pub family: Family,
}

/// A flood from forged sources, which are spread over the world's prefixes. HTTP alone comes from real hosts of the
/// actor's.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FloodTable {
    /// Its id, for the truth.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// What it is made of.
    pub vector: FloodVector,
    /// Who is hit; one host of it.
    #[schemars(with = "String")]
    pub to: Spanned<String>,
    /// Who sends it: a party's id or `world`; `world` unless said.
    #[schemars(with = "Option<String>")]
    pub actor: Option<Spanned<String>>,
    /// The port that is hit; 443 unless said, for `http` 80, for `dns` 53, for `dhcp` 67 or 547.
    pub port: Option<u16>,
    /// When it begins, from the scenario's start.
    #[schemars(with = "String")]
    pub start: Spanned<String>,
    /// How long it lasts at most.
    #[schemars(with = "String")]
    pub duration: Spanned<String>,
    /// Packets a second; for `http`, requests a second.
    #[schemars(with = "f64")]
    pub packets_per_second: Spanned<f64>,
    /// How many packets at most; for `http`, requests.
    pub packets: Option<u64>,
    /// How many different sources; as many as the world has addresses unless said, for `http` 200 hosts.
    #[schemars(with = "Option<u64>")]
    pub sources: Option<Spanned<u64>>,
    /// Address family; `ipv4` unless said.
    #[serde(default)]
    pub family: Family,
}

/// Backscatter: a host of the world is flooded under forged addresses, and answers their owners.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BackscatterTable {
    /// Its id, for the truth.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// What it answers.
    pub answer: BackscatterAnswer,
    /// Whose addresses were forged: the answers go to hosts all over this space.
    #[schemars(with = "String")]
    pub to: Spanned<String>,
    /// The flooded port, which the answers come from; 80 unless said.
    pub port: Option<u16>,
    /// When it begins, from the scenario's start.
    #[schemars(with = "String")]
    pub start: Spanned<String>,
    /// How long it lasts at most.
    #[schemars(with = "String")]
    pub duration: Spanned<String>,
    /// Answers a second.
    #[schemars(with = "f64")]
    pub packets_per_second: Spanned<f64>,
    /// Address family; `ipv4` unless said.
    #[serde(default)]
    pub family: Family,
}

/// Guesses at passwords, each in a conversation of its own; all are wrong.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BruteForceTable {
    /// Its id, for the truth.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// Which service.
    pub service: LoginService,
    /// Who guesses.
    #[schemars(with = "String")]
    pub from: Spanned<String>,
    /// Whose servers are tried.
    #[schemars(with = "String")]
    pub to: Spanned<String>,
    /// The port, for services on odd ones; the service's own unless said.
    pub port: Option<u16>,
    /// How many hosts guess; 1 unless said.
    #[schemars(with = "Option<u32>")]
    pub actors: Option<Spanned<u32>>,
    /// How many servers are tried in turn; 1 unless said.
    #[schemars(with = "Option<u32>")]
    pub targets: Option<Spanned<u32>>,
    /// Guesses a minute, of all hosts together.
    #[schemars(with = "f64")]
    pub attempts_per_minute: Spanned<f64>,
    /// When it begins, from the scenario's start.
    #[schemars(with = "String")]
    pub start: Spanned<String>,
    /// How long it lasts at most.
    #[schemars(with = "String")]
    pub duration: Spanned<String>,
    /// Address family; `ipv4` unless said.
    #[serde(default)]
    pub family: Family,
}

/// A worm: an infected host probes as the worm is known to, and vulnerable hosts that are reached become infected and
/// probe too. Payloads are harmless filling of the right size and shape.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WormTable {
    /// Its id, for the truth.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// Which worm it is shaped after.
    pub shape: WormShape,
    /// Where the first infected host stands.
    #[schemars(with = "String")]
    pub from: Spanned<String>,
    /// Whose space is probed: party ids and `world`. The vulnerable hosts are spread evenly over it.
    #[schemars(with = "Vec<String>")]
    pub among: Vec<Spanned<String>>,
    /// How many hosts are vulnerable.
    #[schemars(with = "u32")]
    pub vulnerable: Spanned<u32>,
    /// Probes a second of each infected host. Unless said, as many as make the worm double in its published time; for
    /// a worm without one, its published rate.
    #[schemars(with = "Option<f64>")]
    pub probes_per_second: Option<Spanned<f64>>,
    /// What all its rates are multiplied with, so that hours take minutes; 1 unless said.
    #[schemars(with = "Option<f64>")]
    pub speed: Option<Spanned<f64>>,
    /// When it begins, from the scenario's start.
    #[schemars(with = "String")]
    pub start: Spanned<String>,
    /// How long it lasts at most.
    #[schemars(with = "String")]
    pub duration: Spanned<String>,
}

/// Hosts that report to a master time after time.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BeaconTable {
    /// Its id, for the truth.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// What carries the reports.
    pub carrier: BeaconCarrier,
    /// Whose hosts report.
    #[schemars(with = "String")]
    pub from: Spanned<String>,
    /// Where the master stands; one host of it.
    #[schemars(with = "String")]
    pub to: Spanned<String>,
    /// The master's port; the carrier's own unless said.
    pub port: Option<u16>,
    /// How many hosts report; 1 unless said.
    #[schemars(with = "Option<u32>")]
    pub hosts: Option<Spanned<u32>>,
    /// Time from report to report.
    #[schemars(with = "String")]
    pub every: Spanned<String>,
    /// By which share of that time reports vary, half of it earlier to half of it later, 0 to 1; 0 unless said.
    #[schemars(with = "Option<f64>")]
    pub jitter: Option<Spanned<f64>>,
    /// When it begins, from the scenario's start.
    #[schemars(with = "String")]
    pub start: Spanned<String>,
    /// How long it lasts at most.
    #[schemars(with = "String")]
    pub duration: Spanned<String>,
    /// Address family; `ipv4` unless said.
    #[serde(default)]
    pub family: Family,
}

/// Domain names that are abused, by one host that asks one server.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DnsAbuseTable {
    /// Its id, for the truth.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// How.
    pub kind: DnsAbuseKind,
    /// Whose host asks.
    #[schemars(with = "String")]
    pub from: Spanned<String>,
    /// Whose server is asked; one host of it.
    #[schemars(with = "String")]
    pub to: Spanned<String>,
    /// Questions a second.
    #[schemars(with = "f64")]
    pub questions_per_second: Spanned<f64>,
    /// When it begins, from the scenario's start.
    #[schemars(with = "String")]
    pub start: Spanned<String>,
    /// How long it lasts at most.
    #[schemars(with = "String")]
    pub duration: Spanned<String>,
    /// Address family; `ipv4` unless said.
    #[serde(default)]
    pub family: Family,
}

/// A large upload by one host to another, in TLS.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExfiltrationTable {
    /// Its id, for the truth.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// Whose host sends.
    #[schemars(with = "String")]
    pub from: Spanned<String>,
    /// Where it is taken; one host of it.
    #[schemars(with = "String")]
    pub to: Spanned<String>,
    /// The port that takes it; 443 unless said.
    pub port: Option<u16>,
    /// How much, in millions of bytes.
    #[schemars(with = "f64")]
    pub megabytes: Spanned<f64>,
    /// How fast, in bytes a second.
    #[schemars(with = "f64")]
    pub bytes_per_second: Spanned<f64>,
    /// In how many conversations, one after the other; 1 unless said.
    #[schemars(with = "Option<u32>")]
    pub connections: Option<Spanned<u32>>,
    /// When it begins, from the scenario's start.
    #[schemars(with = "String")]
    pub start: Spanned<String>,
    /// Address family; `ipv4` unless said.
    #[serde(default)]
    pub family: Family,
}
