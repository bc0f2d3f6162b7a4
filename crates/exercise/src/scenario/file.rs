//! The scenario file: TOML, as people write it. Outward format, version 1.
//!
//! Everything here is plain data; [`crate::Scenario::parse`] checks it and says what is wrong by line.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

/// A scenario for `blueline exercise generate`: who is there, who looks, what goes on.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Blueline scenario")]
pub struct ScenarioFile {
    /// Title for people.
    pub title: String,
    /// What all random draws depend on: the same seed gives the same bytes.
    #[schemars(with = "u64")]
    pub seed: Spanned<i64>,
    /// First moment, RFC 3339 with an offset, such as `2026-03-01T00:00:00Z`.
    #[schemars(with = "String")]
    pub start: Spanned<String>,
    /// How long it goes on, such as `7m` or `24h`.
    #[schemars(with = "String")]
    pub duration: Spanned<String>,
    /// The truth's accounting period, such as `1m`; periods are aligned to the Unix epoch.
    #[schemars(with = "String")]
    pub period: Spanned<String>,
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
    /// Reflections: a victim's address is forged in requests to open servers, and their larger answers hit the victim.
    #[serde(default)]
    pub reflection: Vec<ReflectionTable>,
    /// Scans with TCP SYN segments.
    #[serde(default)]
    pub scan: Vec<ScanTable>,
    /// Modbus writes from where none should come.
    #[serde(default)]
    pub control_write: Vec<ControlWriteTable>,
    /// Floods from forged sources, each of another address.
    #[serde(default)]
    pub flood: Vec<FloodTable>,
}

/// How activity follows the time of day: least at the turn of days, most in the middle.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RhythmTable {
    /// Length of a day; `24h` unless it is told in less time. Days are aligned to the Unix epoch.
    #[schemars(with = "String")]
    pub day: Spanned<String>,
    /// Activity at the turn of days as a share of that at noon, 0 to 1.
    #[schemars(with = "f64")]
    pub night: Spanned<f64>,
}

/// The rest of the world.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorldTable {
    /// Address space of its hosts, IPv4 and IPv6.
    #[schemars(with = "Vec<String>")]
    pub prefixes: Vec<Spanned<String>>,
    /// How many hosts take part in ordinary traffic.
    #[schemars(with = "u32")]
    pub hosts: Spanned<u32>,
    /// How many of them serve; a tenth unless said.
    #[schemars(with = "Option<u32>")]
    pub servers: Option<Spanned<u32>>,
    /// Domain name of its servers; `example.net` unless said.
    pub domain: Option<String>,
}

/// A party.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PartyTable {
    /// Its id: 1 to 64 of `a-z 0-9 - _ .`.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// Its address space, IPv4 and IPv6.
    #[schemars(with = "Vec<String>")]
    pub prefixes: Vec<Spanned<String>>,
    /// How many hosts it has.
    #[schemars(with = "u32")]
    pub hosts: Spanned<u32>,
    /// How many of them serve; a tenth unless said.
    #[schemars(with = "Option<u32>")]
    pub servers: Option<Spanned<u32>>,
    /// Domain name of its servers; one by its number unless said.
    pub domain: Option<String>,
}

/// A protected service of a party.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SafeAreaTable {
    /// Its id.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// What it protects: `hospital`, `water`, `power`, `election`, `emergency`, `csirt`, `mission` or `other`.
    #[schemars(with = "String")]
    pub class: Spanned<String>,
    /// Whose space it lies in.
    #[schemars(with = "String")]
    pub party: Spanned<String>,
    /// Its addresses, single ones or prefixes, within the party's prefixes.
    #[schemars(with = "Vec<String>")]
    pub addresses: Vec<Spanned<String>>,
}

/// A sensor. Its capture is named after it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SensorTable {
    /// Its id.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// Where it stands, in words.
    pub vantage: Option<String>,
    /// Pairs of party ids or `world`: the traffic between the two, either way, passes the sensor. A pair of the same
    /// party twice is its traffic within.
    #[schemars(with = "Vec<Vec<String>>")]
    pub sees: Vec<Spanned<Vec<String>>>,
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
    #[schemars(with = "Option<u16>")]
    pub vlan: Option<Spanned<u16>>,
    /// How often the routers on its link ask for each other by ARP and neighbour discovery; never unless said.
    #[schemars(with = "Option<String>")]
    pub neighbours_every: Option<Spanned<String>>,
    /// When it is blind.
    #[serde(default)]
    pub gap: Vec<GapTable>,
}

/// A time in which a sensor records nothing.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GapTable {
    /// When it begins, from the scenario's start.
    #[schemars(with = "String")]
    pub start: Spanned<String>,
    /// How long it lasts.
    #[schemars(with = "String")]
    pub duration: Spanned<String>,
}

/// Ordinary conversations that begin at random. `from` and `to` are a party's id, `world`, or `safe-area:ID`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrafficTable {
    /// What they are.
    pub kind: TrafficKind,
    /// Whose hosts open them.
    #[schemars(with = "String")]
    pub from: Spanned<String>,
    /// Whose hosts answer.
    #[schemars(with = "String")]
    pub to: Spanned<String>,
    /// How many begin in a minute, on average over a day.
    #[schemars(with = "f64")]
    pub per_minute: Spanned<f64>,
    /// Share of them over IPv6, 0 to 1; 0.25 unless said.
    #[schemars(with = "Option<f64>")]
    pub ipv6: Option<Spanned<f64>>,
    /// Tunnel that carries them from one side to the other.
    pub tunnel: Option<TunnelWord>,
    /// What the sizes of bulky messages are multiplied with, 0.001 to 1000; 1 unless said.
    #[schemars(with = "Option<f64>")]
    pub volume: Option<Spanned<f64>>,
}

/// Ordinary conversations that last from beginning to end.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PollingTable {
    /// What they are.
    pub kind: PollingKind,
    /// Whose hosts ask.
    #[schemars(with = "String")]
    pub from: Spanned<String>,
    /// Whose hosts answer.
    #[schemars(with = "String")]
    pub to: Spanned<String>,
    /// Time from question to question.
    #[schemars(with = "String")]
    pub every: Spanned<String>,
    /// How many pairs of hosts; 1 unless said.
    #[schemars(with = "Option<u32>")]
    pub pairs: Option<Spanned<u32>>,
    /// Address family; `ipv4` unless said.
    #[serde(default)]
    pub family: Family,
}

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

/// A scan.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScanTable {
    /// Its id, for the truth.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// Many hosts or many ports.
    pub shape: ScanShape,
    /// Who scans; one host of it.
    #[schemars(with = "String")]
    pub from: Spanned<String>,
    /// Who is scanned.
    #[schemars(with = "String")]
    pub to: Spanned<String>,
    /// The ports that a horizontal scan tries on each host; 22, 23, 445 and 3389 unless said.
    pub ports: Option<Vec<u16>>,
    /// How many hosts a horizontal scan tries, or how many ports from 1 on a vertical one does.
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
    /// Share of probes that find an open port, 0 to 1; 0.02 unless said. Of the rest, a third is refused.
    #[schemars(with = "Option<f64>")]
    pub open: Option<Spanned<f64>>,
    /// Address family; `ipv4` unless said.
    #[serde(default)]
    pub family: Family,
}

/// Modbus writes from where none should come.
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

/// A flood from forged sources. Its sources are spread over the world's prefixes.
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
    /// The port that is hit; 443 unless said.
    pub port: Option<u16>,
    /// When it begins, from the scenario's start.
    #[schemars(with = "String")]
    pub start: Spanned<String>,
    /// How long it lasts at most.
    #[schemars(with = "String")]
    pub duration: Spanned<String>,
    /// Packets a second.
    #[schemars(with = "f64")]
    pub packets_per_second: Spanned<f64>,
    /// How many packets at most.
    pub packets: Option<u64>,
    /// How many different sources; as many as the world has addresses unless said.
    #[schemars(with = "Option<u64>")]
    pub sources: Option<Spanned<u64>>,
    /// Address family; `ipv4` unless said.
    #[serde(default)]
    pub family: Family,
}

macro_rules! words {
    ($($(#[doc = $doc:literal])+ $name:ident {
        $($(#[doc = $what:literal])+ $value:ident = $word:literal,)+
    })+) => { $(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
        pub enum $name { $($(#[doc = $what])+ #[serde(rename = $word)] $value,)+ }

        impl $name {
            /// Every value, in order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$value,)+];

            /// Its word in the file.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$value => $word,)+ }
            }

            /// What it is, in a sentence.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$value => concat!($($what),+).trim_ascii(),)+ }
            }
        }
    )+ };
}

words! {
    /// Kinds of ordinary conversation.
    TrafficKind {
        /// Web pages over TLS 1.3.
        Web = "web",
        /// Web pages over HTTP/1.1 in the clear.
        WebPlain = "web-plain",
        /// Domain name questions over UDP; a few answers are large enough to be fragmented.
        Dns = "dns",
        /// Mail delivery by SMTP.
        Mail = "mail",
        /// Interactive Secure Shell sessions.
        Ssh = "ssh",
        /// Time questions.
        Ntp = "ntp",
        /// Bulk transfers of some megabytes over TCP.
        Backup = "backup",
        /// Voice and picture over UDP, both ways, for up to a minute.
        VideoCall = "video-call",
    }
    /// Kinds of conversation that last.
    PollingKind {
        /// A control system reads registers and coils by Modbus over TCP.
        Modbus = "modbus",
        /// ICMP or ICMPv6 echo.
        Ping = "ping",
    }
    /// Protocols that reflect.
    ReflectionVector {
        /// Domain name answers of some thousand bytes, in fragments.
        Dns = "dns",
        /// Answers to the NTP query "monlist".
        Ntp = "ntp",
        /// Values from memcached over UDP.
        Memcached = "memcached",
    }
    /// Shapes of scans.
    ScanShape {
        /// A few ports on many hosts.
        Horizontal = "horizontal",
        /// Many ports on one host.
        Vertical = "vertical",
    }
    /// What a control-system write does.
    ControlFunction {
        /// Modbus function 5.
        WriteSingleCoil = "write-single-coil",
        /// Modbus function 6, "preset single register".
        WriteSingleRegister = "write-single-register",
        /// Modbus function 15.
        WriteMultipleCoils = "write-multiple-coils",
        /// Modbus function 16, "preset multiple registers".
        WriteMultipleRegisters = "write-multiple-registers",
    }
    /// What a flood is made of.
    FloodVector {
        /// TCP SYN segments.
        Syn = "syn",
        /// UDP datagrams of 512 bytes.
        Udp = "udp",
        /// ICMP or ICMPv6 echo requests.
        Icmp = "icmp",
    }
    /// Tunnels.
    TunnelWord {
        /// GRE with a key.
        Gre = "gre",
        /// VXLAN.
        Vxlan = "vxlan",
    }
    /// Address families.
    Family {
        /// IPv4.
        V4 = "ipv4",
        /// IPv6.
        V6 = "ipv6",
    }
    /// File formats of captures.
    Format {
        /// The classic format of libpcap.
        Pcap = "pcap",
        /// pcapng.
        Pcapng = "pcapng",
    }
    /// Resolutions of time stamps.
    Resolution {
        /// Microseconds.
        Micro = "us",
        /// Nanoseconds.
        Nano = "ns",
    }
    /// Kinds of link.
    LinkKind {
        /// Ethernet.
        Ethernet = "ethernet",
        /// IP packets without a link header.
        RawIp = "raw-ip",
    }
}

macro_rules! defaults {
    ($($name:ident = $value:ident),+) => { $(
        impl Default for $name {
            fn default() -> Self { Self::$value }
        }
    )+ };
}

defaults!(Family = V4, Format = Pcap, Resolution = Nano, LinkKind = Ethernet);
