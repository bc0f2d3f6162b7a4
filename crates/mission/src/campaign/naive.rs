//! Simple detectors with fixed thresholds, to see what the others are worth: the published defaults of two that many run.
//!
//! [`FixedRates`] does as FastNetMon Community comes (`src/fastnetmon.conf`: `threshold_pps` 20000, `threshold_mbps` 1000,
//! `threshold_flows` 3500, `average_calculation_time` 5): packets, bits and flows a second of each host in the protected
//! networks, either way, each as an exponentially weighted mean over five seconds. [`ScanCount`] does as Zeek's policy
//! script comes (`scripts/policy/misc/scan.zeek` up to version 3: `addr_scan_threshold` 25, `port_scan_threshold` 15,
//! intervals of 5 minutes): different hosts that a source failed to connect to on one port, and different ports on one
//! host, over TCP. Both were written anew from their settings' descriptions.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use blueline_terms::{Address, Change, FlowId, Moment, Network, Prefix, Span, Standing};

use super::play::Event;

/// What is too much for one host.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// Packets a second.
    pub packets: f64,
    /// Bits a second.
    pub bits: f64,
    /// Flows a second.
    pub flows: f64,
}

impl Rates {
    /// As FastNetMon Community comes.
    pub const FASTNETMON: Self = Self { packets: 20_000.0, bits: 1e9, flows: 3500.0 };

    /// All three made smaller alike, so that this many packets a second are too much.
    pub fn scaled_to(self, packets: f64) -> Self {
        let factor = packets / self.packets;
        Self { packets, bits: self.bits * factor, flows: self.flows * factor }
    }
}

/// e^(-1/5): what a mean over five seconds keeps of itself each second.
const KEPT: f64 = 0.818_730_753_077_981_8;
/// A host that has been below for this long is let go; the next time is another event.
const LET_GO: Duration = Duration::from_secs(60);

/// Hosts whose rates are above fixed ones.
pub struct FixedRates {
    rates: Rates,
    own: Vec<Prefix>,
    /// By sensor and host: what passes a sensor twice is not counted together.
    hosts: BTreeMap<(u16, Address), Host>,
    last: Option<Moment>,
    open: BTreeMap<Address, Event>,
    closed: Vec<Event>,
}

#[derive(Clone, Copy, Default)]
struct Host {
    /// Packets, bytes and flows of this second: in, out.
    now: [[f64; 3]; 2],
    mean: [[f64; 3]; 2],
}

impl FixedRates {
    /// Watches hosts of these networks.
    pub fn new(rates: Rates, own: Vec<Prefix>) -> Self {
        Self { rates, own, hosts: BTreeMap::new(), last: None, open: BTreeMap::new(), closed: Vec::new() }
    }

    /// Counts what a flow did.
    pub fn note(&mut self, row: &Change) {
        if !matches!(row.network, Network::Ipv4 | Network::Ipv6) {
            return;
        }
        let sensor = row.sensor.map_or(u16::MAX, |sensor| sensor.0);
        for (host, received, sent) in
            [(row.destination, row.forward, row.backward), (row.source, row.backward, row.forward)]
        {
            if self.own.iter().any(|prefix| prefix.contains(host)) {
                let host = self.hosts.entry((sensor, host)).or_default();
                for (now, counts) in host.now.iter_mut().zip([received, sent]) {
                    let flow = f64::from(u8::from(counts.packets > 0));
                    for (sum, more) in now.iter_mut().zip([f64::from(counts.packets), counts.bytes as f64, flow]) {
                        *sum += more;
                    }
                }
            }
        }
    }

    /// Looks at the means at the end of a second.
    pub fn second(&mut self, now: Moment) {
        let passed = self.last.map_or(1.0, |last| now.since(last).as_secs_f64()).max(1e-3);
        self.last = Some(now);
        let kept = KEPT.powi(passed.round().clamp(1.0, 60.0) as i32);
        let bounds = [self.rates.packets, self.rates.bits / 8.0, self.rates.flows];
        for (&(_, address), host) in &mut self.hosts {
            let mut over = false;
            for (mean, counts) in host.mean.iter_mut().zip(&mut host.now) {
                for ((mean, count), bound) in mean.iter_mut().zip(counts).zip(bounds) {
                    *mean = *mean * kept + (1.0 - kept) * std::mem::take(count) / passed.round().max(1.0);
                    over |= *mean > bound;
                }
            }
            if over {
                let found = Event::simple("ddos.any", "rate", Span::at(now), now);
                let event = self.open.entry(address).or_insert(Event { targets: vec![address], ..found });
                event.span.end = now;
            }
        }
        self.hosts.retain(|_, host| host.mean.iter().flatten().any(|&mean| mean > 1e-3));
        let gone = |event: &Event| now.since(event.span.end) > LET_GO;
        let over: Vec<Address> = self.open.iter().filter(|(_, event)| gone(event)).map(|(host, _)| *host).collect();
        self.closed.extend(over.iter().filter_map(|host| self.open.remove(host)));
    }

    /// What was found.
    pub fn events(self) -> impl Iterator<Item = Event> {
        self.closed.into_iter().chain(self.open.into_values())
    }
}

/// Hosts on one port that a source failed to connect to.
const HOSTS: usize = 25;
/// Ports of one host.
const PORTS: usize = 15;
/// After this long all counts begin anew.
const EPOCH: Duration = Duration::from_secs(300);
/// A connection that has not been answered for this long has failed.
const PATIENCE: Duration = Duration::from_secs(5);

/// Sources that failed to connect to many hosts or ports.
#[derive(Default)]
pub struct ScanCount {
    pending: BTreeMap<FlowId, Attempt>,
    hosts: BTreeMap<(Address, u16), (Moment, BTreeSet<Address>)>,
    ports: BTreeMap<(Address, Address), (Moment, BTreeSet<u16>)>,
    failed: Vec<Attempt>,
    epoch: Option<Moment>,
    found: BTreeMap<(Address, &'static str), Event>,
}

#[derive(Clone, Copy)]
struct Attempt {
    moment: Moment,
    source: Address,
    target: Address,
    port: u16,
}

impl ScanCount {
    /// Looks at what a flow did.
    pub fn note(&mut self, row: &Change) {
        if row.protocol != 6 || !matches!(row.network, Network::Ipv4 | Network::Ipv6) {
            return;
        }
        let opening = row.standing.has(Standing::OPENING.with(Standing::SYN));
        let answered = row.standing.has(Standing::ANSWERED);
        // Refused, or left after the handshake's second step.
        let turned_down = row.standing.has(Standing::RESET) && row.forward.packets <= 2 && row.backward.packets <= 1;
        let pending = self.pending.remove(&row.id);
        let new = opening.then_some(Attempt {
            moment: row.span.start,
            source: row.source,
            target: row.destination,
            port: row.destination_port,
        });
        let Some(attempt) = pending.or(new) else { return };
        if turned_down {
            self.failed.push(attempt);
        } else if !answered {
            self.pending.insert(row.id, attempt);
        }
    }

    /// Counts failures at the end of a second.
    pub fn second(&mut self, now: Moment, last: bool) {
        let due = |attempt: &Attempt| last || now.since(attempt.moment) >= PATIENCE;
        self.failed.extend(self.pending.values().filter(|attempt| due(attempt)));
        self.pending.retain(|_, attempt| !due(attempt));
        if self.epoch.is_none_or(|begun| now.since(begun) >= EPOCH) {
            self.epoch = Some(now);
            self.hosts.clear();
            self.ports.clear();
        }
        for attempt in std::mem::take(&mut self.failed) {
            let Attempt { moment, source, target, port } = attempt;
            let fresh = || (moment, BTreeSet::new());
            let hosts = self.hosts.entry((source, port)).or_insert_with(fresh);
            hosts.1.insert(target);
            let ports = self.ports.entry((source, target)).or_insert_with(|| (moment, BTreeSet::new()));
            ports.1.insert(port);
            let many = [("hosts", hosts.0, hosts.1.len() >= HOSTS), ("ports", ports.0, ports.1.len() >= PORTS)];
            for (what, since, _) in many.into_iter().filter(|(_, _, over)| *over) {
                let found = Event::simple("scan.any", what, Span { start: since, end: moment }, now);
                let event = self.found.entry((source, what)).or_insert(Event {
                    actors: vec![source],
                    targets: vec![target],
                    ..found
                });
                event.span.end = event.span.end.max(moment);
            }
        }
    }

    /// What was found.
    pub fn events(self) -> impl Iterator<Item = Event> {
        self.found.into_values()
    }
}

impl Event {
    /// An event of a detector that does not weigh: it is as sure as it can say.
    fn simple(kind: &str, vector: &str, span: Span, told: Moment) -> Self {
        Self {
            kind: kind.to_owned(),
            vector: vector.to_owned(),
            span,
            told: [Some(told); 3],
            actors: Vec::new(),
            targets: Vec::new(),
            sources: Vec::new(),
            contacts: Vec::new(),
            about: String::new(),
        }
    }
}
