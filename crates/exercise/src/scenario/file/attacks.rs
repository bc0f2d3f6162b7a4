//! The tables of attacks.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Located;
use crate::scenario::words::{
    BackscatterAnswer, BeaconCarrier, ControlFunction, DnsAbuseKind, Family, FloodVector, LoginService,
    ReflectionVector, ScanProtocol, ScanShape, WormShape,
};

/// A reflection.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReflectionTable {
    /// Its id, for the truth.
    pub id: Located<String>,
    /// Protocol of the open servers.
    pub vector: ReflectionVector,
    /// Who is hit: a party's id or `safe-area:ID`; one host of it.
    pub victim: Located<String>,
    /// Who sends the forged requests: a party's id or `world`; `world` unless said.
    pub actor: Option<Located<String>>,
    /// How many open servers, all in the world.
    pub reflectors: Located<u32>,
    /// When it begins, from the scenario's start.
    pub start: Located<String>,
    /// How long it lasts.
    pub duration: Located<String>,
    /// Answers a second, of all servers together.
    pub answers_per_second: Located<f64>,
    /// Address family; `ipv4` unless said.
    #[serde(default)]
    pub family: Family,
}

/// A scan: probes, and what comes back.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScanTable {
    /// Its id, for the truth.
    pub id: Located<String>,
    /// Many hosts or many ports.
    pub shape: ScanShape,
    /// What is sent; `tcp` unless said, for a sweep `icmp`.
    pub protocol: Option<ScanProtocol>,
    /// Who scans; one host of it.
    pub from: Located<String>,
    /// Who is scanned.
    pub to: Located<String>,
    /// The ports that a horizontal scan tries on each host; 22, 23, 445 and 3389 unless said.
    pub ports: Option<Vec<u16>>,
    /// How many hosts a horizontal scan or a sweep tries, or how many ports from 1 on a vertical one does.
    pub targets: Located<u32>,
    /// When it begins, from the scenario's start.
    pub start: Located<String>,
    /// How long it lasts at most.
    pub duration: Located<String>,
    /// Probes a second.
    pub packets_per_second: Located<f64>,
    /// Share of probes that find an open port, 0 to 1; 0.02 unless said. Of the rest, a third is refused. For a sweep,
    /// the share of hosts that are there.
    pub open: Option<Located<f64>>,
    /// Address family; `ipv4` unless said.
    #[serde(default)]
    pub family: Family,
}

/// Writes to a control system from where none should come.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ControlWriteTable {
    /// Its id, for the truth.
    pub id: Located<String>,
    /// What is written.
    pub function: ControlFunction,
    /// Who writes; one host of it.
    pub from: Located<String>,
    /// Who is written to; one host of it.
    pub to: Located<String>,
    /// How many writes.
    pub writes: Located<u32>,
    /// Time from write to write.
    pub every: Located<String>,
    /// When it begins, from the scenario's start.
    pub start: Located<String>,
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
    pub id: Located<String>,
    /// What it is made of.
    pub vector: FloodVector,
    /// Who is hit; one host of it.
    pub to: Located<String>,
    /// Who sends it: a party's id or `world`; `world` unless said.
    pub actor: Option<Located<String>>,
    /// The port that is hit; 443 unless said, for `http` 80, for `dns` 53, for `dhcp` 67 or 547.
    pub port: Option<u16>,
    /// When it begins, from the scenario's start.
    pub start: Located<String>,
    /// How long it lasts at most.
    pub duration: Located<String>,
    /// Packets a second; for `http`, requests a second.
    pub packets_per_second: Located<f64>,
    /// How many packets at most; for `http`, requests.
    pub packets: Option<u64>,
    /// How many different sources; as many as the world has addresses unless said, for `http` 200 hosts.
    pub sources: Option<Located<u64>>,
    /// Address family; `ipv4` unless said.
    #[serde(default)]
    pub family: Family,
}

/// Backscatter: a host of the world is flooded under forged addresses, and answers their owners.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BackscatterTable {
    /// Its id, for the truth.
    pub id: Located<String>,
    /// What it answers.
    pub answer: BackscatterAnswer,
    /// Whose addresses were forged: the answers go to hosts all over this space.
    pub to: Located<String>,
    /// The flooded port, which the answers come from; 80 unless said.
    pub port: Option<u16>,
    /// When it begins, from the scenario's start.
    pub start: Located<String>,
    /// How long it lasts at most.
    pub duration: Located<String>,
    /// Answers a second.
    pub packets_per_second: Located<f64>,
    /// Address family; `ipv4` unless said.
    #[serde(default)]
    pub family: Family,
}

/// Guesses at passwords, each in a conversation of its own; all are wrong.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BruteForceTable {
    /// Its id, for the truth.
    pub id: Located<String>,
    /// Which service.
    pub service: LoginService,
    /// Who guesses.
    pub from: Located<String>,
    /// Whose servers are tried.
    pub to: Located<String>,
    /// The port, for services on odd ones; the service's own unless said.
    pub port: Option<u16>,
    /// How many hosts guess; 1 unless said.
    pub actors: Option<Located<u32>>,
    /// How many servers are tried in turn; 1 unless said.
    pub targets: Option<Located<u32>>,
    /// Guesses a minute, of all hosts together.
    pub attempts_per_minute: Located<f64>,
    /// When it begins, from the scenario's start.
    pub start: Located<String>,
    /// How long it lasts at most.
    pub duration: Located<String>,
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
    pub id: Located<String>,
    /// Which worm it is shaped after.
    pub shape: WormShape,
    /// Where the first infected host stands.
    pub from: Located<String>,
    /// Whose space is probed: party ids and `world`. The vulnerable hosts are spread evenly over it.
    pub among: Vec<Located<String>>,
    /// How many hosts are vulnerable.
    pub vulnerable: Located<u32>,
    /// Probes a second of each infected host. Unless said, as many as make the worm double in its published time; for
    /// a worm without one, its published rate.
    pub probes_per_second: Option<Located<f64>>,
    /// What all its rates are multiplied with, so that hours take minutes; 1 unless said.
    pub speed: Option<Located<f64>>,
    /// When it begins, from the scenario's start.
    pub start: Located<String>,
    /// How long it lasts at most.
    pub duration: Located<String>,
}

/// Hosts that report to a master time after time.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BeaconTable {
    /// Its id, for the truth.
    pub id: Located<String>,
    /// What carries the reports.
    pub carrier: BeaconCarrier,
    /// Whose hosts report.
    pub from: Located<String>,
    /// Where the master stands; one host of it.
    pub to: Located<String>,
    /// The master's port; the carrier's own unless said.
    pub port: Option<u16>,
    /// How many hosts report; 1 unless said.
    pub hosts: Option<Located<u32>>,
    /// Time from report to report.
    pub every: Located<String>,
    /// By which share of that time reports vary, half of it earlier to half of it later, 0 to 1; 0 unless said.
    pub jitter: Option<Located<f64>>,
    /// When it begins, from the scenario's start.
    pub start: Located<String>,
    /// How long it lasts at most.
    pub duration: Located<String>,
    /// Address family; `ipv4` unless said.
    #[serde(default)]
    pub family: Family,
}

/// Domain names that are abused, by one host that asks one server.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DnsAbuseTable {
    /// Its id, for the truth.
    pub id: Located<String>,
    /// How.
    pub kind: DnsAbuseKind,
    /// Whose host asks.
    pub from: Located<String>,
    /// Whose server is asked; one host of it.
    pub to: Located<String>,
    /// Questions a second.
    pub questions_per_second: Located<f64>,
    /// When it begins, from the scenario's start.
    pub start: Located<String>,
    /// How long it lasts at most.
    pub duration: Located<String>,
    /// Address family; `ipv4` unless said.
    #[serde(default)]
    pub family: Family,
}

/// A large upload by one host to another, in TLS.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExfiltrationTable {
    /// Its id, for the truth.
    pub id: Located<String>,
    /// Whose host sends.
    pub from: Located<String>,
    /// Where it is taken; one host of it.
    pub to: Located<String>,
    /// The port that takes it; 443 unless said.
    pub port: Option<u16>,
    /// How much, in millions of bytes.
    pub megabytes: Located<f64>,
    /// How fast, in bytes a second.
    pub bytes_per_second: Located<f64>,
    /// In how many conversations, one after the other; 1 unless said.
    pub connections: Option<Located<u32>>,
    /// When it begins, from the scenario's start.
    pub start: Located<String>,
    /// Address family; `ipv4` unless said.
    #[serde(default)]
    pub family: Family,
}
