//! Scenarios: who is there, who looks, what goes on.

pub mod file;
mod flood;
mod problem;
mod read;
mod words;

use std::time::Duration;

use blueline_terms::{Moment, Prefix, SafeAreaClass, SafeAreaIndex, Side};

use crate::attack::{self, About};
use crate::packet::tunnel::Wrapping;
pub use flood::Flood;
pub use problem::{Problem, ScenarioError};
pub use words::{
    BackscatterAnswer, BeaconCarrier, ControlFunction, DnsAbuseKind, Family, FloodVector, LoginService, PollingKind,
    ReflectionVector, ScanProtocol, ScanShape, TrafficKind, WormShape,
};

/// A checked scenario. Everything in it can be generated; nothing needs a second look.
///
/// Parties, sensors and the rest are known by their place in these lists. No draw depends on an id or an address, so
/// renaming a party or moving it to other addresses changes those and nothing else.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Title for people.
    pub title: String,
    /// What all draws depend on.
    pub seed: u64,
    /// First moment.
    pub start: Moment,
    /// How long it goes on.
    pub duration: Duration,
    /// The truth's accounting period.
    pub period: Duration,
    pub(crate) rhythm: Rhythm,
    /// The parties.
    pub parties: Vec<Group>,
    /// The rest of the world; without prefixes where the scenario has none.
    pub world: Group,
    /// Protected services.
    pub safe_areas: Vec<SafeArea>,
    /// Who looks, and where.
    pub sensors: Vec<Sensor>,
    pub(crate) traffic: Vec<Traffic>,
    pub(crate) polling: Vec<Polling>,
    pub(crate) crowds: Vec<Crowd>,
    /// The attacks.
    pub attacks: Vec<Attack>,
}

/// A party or the world: some hosts in some address space.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    /// A party's id; `world` for the world.
    pub id: String,
    /// Its address space.
    pub prefixes: Vec<Prefix>,
    /// How many hosts there are.
    pub hosts: u32,
    /// How many of them serve; they come first.
    pub servers: u32,
    /// Domain name of its servers.
    pub domain: String,
}

/// A protected service.
#[derive(Clone, Debug, PartialEq)]
pub struct SafeArea {
    /// Its id.
    pub id: String,
    /// What it protects.
    pub class: SafeAreaClass,
    /// Whose space it lies in.
    pub party: usize,
    /// Its addresses.
    pub addresses: Vec<Prefix>,
}

/// A place to look from.
#[derive(Clone, Debug, PartialEq)]
pub struct Sensor {
    /// Its id, and the name of its capture.
    pub id: String,
    /// Where it stands, in words.
    pub vantage: Option<String>,
    /// Unordered pairs of sides whose traffic passes it.
    pub sees: Vec<(Side, Side)>,
    /// How its capture is written.
    pub capture: CaptureFormat,
    /// Its link.
    pub link: Link,
    /// How often the routers on its link ask for each other.
    pub neighbours_every: Option<Duration>,
    /// When it was blind: first moment, and first moment after.
    pub gaps: Vec<(Moment, Moment)>,
}

/// The link a sensor stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Ethernet.
    Ethernet {
        /// The VLAN tag of every frame, if any.
        vlan: Option<u16>,
    },
    /// IP packets without a link header.
    RawIp,
}

/// A file format for captures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaptureFormat {
    /// Which.
    pub kind: CaptureKind,
    /// Time stamps in nanoseconds; else in microseconds.
    pub nanoseconds: bool,
}

/// The kinds of capture file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptureKind {
    /// The classic format of libpcap, little-endian.
    Pcap,
    /// pcapng, little-endian, one section with one interface.
    Pcapng,
}

impl CaptureKind {
    /// The usual file name extension.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Pcap => "pcap",
            Self::Pcapng => "pcapng",
        }
    }
}

/// How activity follows the time of day: least at the turn of days, most in the middle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rhythm {
    pub(crate) day: Duration,
    /// Activity at the turn of days as a share of that at noon.
    pub(crate) night: f64,
}

/// Who takes part: a group's hosts, or those of a safe area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Side(Side),
    SafeArea(SafeAreaIndex),
}

/// Conversations that begin at random.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Traffic {
    pub(crate) kind: TrafficKind,
    pub(crate) from: Who,
    pub(crate) to: Who,
    pub(crate) per_minute: f64,
    /// Share of conversations over IPv6.
    pub(crate) ipv6: f64,
    pub(crate) tunnel: Option<Wrapping>,
    /// What bulky messages are multiplied with.
    pub(crate) volume: f64,
    /// When they begin: first moment, and first moment after.
    pub(crate) window: (Moment, Moment),
}

/// Many real clients of one server.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Crowd {
    /// As conversations of the same kind; `per_minute` is the mean of the window.
    pub(crate) visits: Traffic,
    pub(crate) clients: u32,
}

/// Conversations that last from beginning to end.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Polling {
    pub(crate) kind: PollingKind,
    pub(crate) from: Who,
    pub(crate) to: Who,
    pub(crate) every: Duration,
    pub(crate) pairs: u32,
    pub(crate) family: Family,
}

/// One attack.
#[derive(Clone, Debug, PartialEq)]
pub struct Attack {
    /// Its id.
    pub id: String,
    /// When it begins.
    pub start: Moment,
    /// When it ends at the latest.
    pub end: Moment,
    pub(crate) family: Family,
    pub(crate) method: Method,
}

impl Attack {
    /// The word for its kind, which is also its table's name in the scenario.
    pub fn kind(&self) -> &'static str {
        self.about().kind
    }

    /// What a detector calls it: `ddos.flood`, `scan` and so on.
    pub fn finding(&self) -> &'static str {
        self.about().finding
    }

    /// What its kind is, in words.
    pub fn about(&self) -> &'static About {
        attack::about(&self.method)
    }

    /// How it is done, in a word: a reflected protocol, the shape of a scan, a control function, what a flood is made of.
    pub fn vector(&self) -> &'static str {
        match &self.method {
            Method::Reflection { vector, .. } => vector.word(),
            Method::Scan { shape, .. } => shape.word(),
            Method::ControlWrite { function, .. } => function.word(),
            Method::Flood { vector, .. } => vector.word(),
            Method::Backscatter { answer, .. } => answer.word(),
            Method::BruteForce { service, .. } => service.word(),
            Method::Worm(worm) => worm.shape.word(),
            Method::Beacon { carrier, .. } => carrier.word(),
            Method::DnsAbuse { kind, .. } => kind.word(),
            Method::Exfiltration { .. } => "upload",
        }
    }

    /// Who stands behind it, and who is hit.
    pub(crate) fn ends(&self) -> (Who, Who) {
        match &self.method {
            Method::Reflection { actor, victim, .. } => (Who::Side(*actor), *victim),
            Method::Flood { actor, to, .. } => (Who::Side(*actor), *to),
            Method::Backscatter { to, .. } => (Who::Side(Side::World), *to),
            Method::Worm(worm) => (Who::Side(worm.from), Who::Side(worm.among.first().copied().unwrap_or(Side::World))),
            Method::Scan { from, to, .. }
            | Method::ControlWrite { from, to, .. }
            | Method::BruteForce { from, to, .. }
            | Method::Beacon { from, to, .. }
            | Method::DnsAbuse { from, to, .. }
            | Method::Exfiltration { from, to, .. } => (*from, *to),
        }
    }

    /// Whether its packets bear addresses that lead to somebody else than who stands behind it.
    pub(crate) fn misleads(&self) -> bool {
        match self.method {
            Method::Reflection { .. } | Method::Backscatter { .. } => true,
            Method::Flood { vector, .. } => vector != FloodVector::Http,
            _ => false,
        }
    }
}

/// How an attack is done.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Method {
    Reflection {
        vector: ReflectionVector,
        victim: Who,
        /// Who sends the forged requests.
        actor: Side,
        reflectors: u32,
        /// Of all reflectors together.
        answers_per_second: f64,
    },
    Scan {
        shape: ScanShape,
        protocol: ScanProtocol,
        from: Who,
        to: Who,
        ports: Vec<u16>,
        targets: u32,
        packets_per_second: f64,
        open: f64,
    },
    ControlWrite {
        function: ControlFunction,
        from: Who,
        to: Who,
        writes: u32,
        every: Duration,
    },
    Flood {
        vector: FloodVector,
        /// Who sends it, under whatever addresses.
        actor: Side,
        to: Who,
        port: u16,
        packets_per_second: f64,
        packets: Option<u64>,
        sources: Option<u64>,
    },
    Backscatter {
        answer: BackscatterAnswer,
        to: Who,
        port: u16,
        packets_per_second: f64,
    },
    BruteForce {
        service: LoginService,
        from: Who,
        to: Who,
        port: u16,
        actors: u32,
        targets: u32,
        /// Of all actors together.
        attempts_per_minute: f64,
    },
    Worm(Worm),
    Beacon {
        carrier: BeaconCarrier,
        from: Who,
        to: Who,
        port: u16,
        hosts: u32,
        every: Duration,
        jitter: f64,
    },
    DnsAbuse {
        kind: DnsAbuseKind,
        from: Who,
        to: Who,
        questions_per_second: f64,
    },
    Exfiltration {
        from: Who,
        to: Who,
        port: u16,
        bytes: u64,
        bytes_per_second: f64,
        connections: u32,
    },
}

/// How a worm spreads.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Worm {
    pub(crate) shape: WormShape,
    /// Where the first infected host stands.
    pub(crate) from: Side,
    /// Whose space is probed.
    pub(crate) among: Vec<Side>,
    pub(crate) vulnerable: u32,
    /// Of each infected host.
    pub(crate) probes_per_second: f64,
}

impl Scenario {
    /// First moment after the end.
    pub fn end(&self) -> Moment {
        self.start.plus(self.duration)
    }

    /// The group behind a side; the world stands for itself and for what is unknown.
    pub(crate) fn group(&self, side: Side) -> &Group {
        match side {
            Side::Party(index) => self.parties.get(usize::from(index.0)).unwrap_or(&self.world),
            Side::World | Side::Unknown => &self.world,
        }
    }

    /// The same scenario with the address blocks of parties `a` and `b` exchanged, their safe areas with them.
    ///
    /// Packet `i` of the result equals packet `i` of the original but for the addresses that were mapped, wherever they
    /// stand, and for the checksums over them.
    ///
    /// # Errors
    ///
    /// Says why when there is no such party or when their blocks differ in family or length at some place of their
    /// lists.
    pub fn with_exchanged_addresses(&self, a: usize, b: usize) -> Result<Self, String> {
        let of = |party: usize| {
            self.parties
                .get(party)
                .ok_or_else(|| format!("there is no party number {party}; the scenario has {}", self.parties.len()))
        };
        let (first, second) = (of(a)?, of(b)?);
        let shape = |group: &Group| group.prefixes.iter().map(|p| (p.is_v4(), p.length())).collect::<Vec<_>>();
        if shape(first) != shape(second) {
            return Err(format!(
                "{} and {} cannot exchange addresses: their prefixes differ in family or length",
                first.id, second.id
            ));
        }
        let mut exchanged = self.clone();
        exchanged.parties[a].prefixes = second.prefixes.clone();
        exchanged.parties[b].prefixes = first.prefixes.clone();
        for area in &mut exchanged.safe_areas {
            let (old, new) = match area.party {
                party if party == a => (first, second),
                party if party == b => (second, first),
                _ => continue,
            };
            area.addresses = area.addresses.iter().map(|&block| moved(block, &old.prefixes, &new.prefixes)).collect();
        }
        Ok(exchanged)
    }
}

/// `block` at the same place in `new` as it has in `old`.
fn moved(block: Prefix, old: &[Prefix], new: &[Prefix]) -> Prefix {
    let home = old.iter().zip(new).filter(|(old, _)| old.covers(block)).max_by_key(|(old, _)| old.length());
    let Some((old, new)) = home else { return block };
    let bits = block.first().bits() ^ old.first().bits() ^ new.first().bits();
    // Same family and length, only bits above the length of `old` have changed: it is a prefix again.
    Prefix::new(blueline_terms::Address::from_bits(bits), block.length()).unwrap_or(block)
}
