//! From lines to claims: one for a source's search over hosts, one for each host whose ports it searches.

use std::time::Duration;

use blueline_terms::finding::{Measure, Reason, Sources, Spoofed, Value};
use blueline_terms::{Address, Confidence, Moment, Span};
use foldhash::fast::FixedState;
use indexmap::IndexMap;

use super::attempt::By;
use super::judge::{Light, Services, Verdict, judge};
use super::{Along, Line, Scan};
use crate::claim::{Claim, Claims, Subject};
use crate::measure::Walk;

/// Who searches more hosts than this for ports searches over hosts.
const VERTICALS: usize = 3;
const NAMED: usize = 32;

/// What is found of one source in one way, by the places of its lines.
#[derive(Default)]
struct Found {
    over_hosts: Vec<(usize, Verdict)>,
    over_ports: Vec<(usize, Verdict)>,
}

impl Scan {
    pub(super) fn claim(&mut self, now: Moment, blind: bool, claims: &mut Claims) {
        let (active, found) = self.found(now, blind);
        for (&(source, by), found) in &found {
            let Found { over_hosts, over_ports } = found;
            let (mut all, mut single): (Vec<&(usize, Verdict)>, Vec<_>) = (over_hosts.iter().collect(), Vec::new());
            if over_ports.len() > VERTICALS {
                all.extend(over_ports);
            } else {
                single.extend(over_ports);
            }
            if all.iter().any(|(place, _)| self.is_changed(*place)) {
                claims.claim(self.over_hosts(source, by, &all));
            }
            for one in single {
                if self.is_changed(one.0)
                    && let Some(claim) = self.over_ports(source, by, one)
                {
                    claims.claim(claim);
                }
            }
            for (place, _) in over_hosts.iter().chain(over_ports) {
                if let Some((_, line)) = self.lines.at(*place) {
                    line.claimed = true;
                }
            }
        }
        for place in active {
            if let Some((_, line)) = self.lines.at(place) {
                line.changed = false;
            }
        }
    }

    /// The lines of sources that did something since the last look, and those of them that are worth a claim, by source
    /// and way.
    fn found(&mut self, now: Moment, blind: bool) -> (Vec<usize>, IndexMap<(Address, By), Found, FixedState>) {
        let mut found: IndexMap<(Address, By), Found, FixedState> = IndexMap::default();
        let mut active = std::mem::take(&mut self.touched);
        active.sort_unstable();
        active.dedup();
        let mut own: Vec<usize> = Vec::new();
        if active.is_empty() {
            return (own, found);
        }
        let least = self.wanted.ports.min(self.wanted.hosts) * 2 / 5;
        let mut services: IndexMap<(Address, By), Services, FixedState> = IndexMap::default();
        let mut rivals: IndexMap<Address, u64, FixedState> = IndexMap::default();
        for (place, ((source, along), line)) in self.lines.iter().enumerate() {
            if let Along::Host(_, target) = *along
                && line.spread.settled() >= least
            {
                *rivals.entry(target).or_default() += 1;
            }
            if active.binary_search(source).is_ok() {
                own.push(place);
                if let Along::Service(by, port) = *along {
                    services.entry((*source, by)).or_default().note(by, port, line);
                }
            }
        }
        for &place in &own {
            let Some((&(source, along), line)) = self.lines.peek_at(place) else { continue };
            let (by, rivals) = match along {
                Along::Service(by, _) | Along::Anything(by) => (by, 0),
                Along::Host(by, target) => (by, rivals.get(&target).copied().unwrap_or(0)),
            };
            let services = services.get(&(source, by)).copied().unwrap_or_default();
            if line.spread.settled() < least && !services.is_search(self.wanted.hosts) {
                continue;
            }
            if let Some(verdict) = judge(along, line, self.wanted, Light { now, blind, rivals, services }) {
                let found = found.entry((source, by)).or_default();
                let over_ports = matches!(along, Along::Host(..));
                (if over_ports { &mut found.over_ports } else { &mut found.over_hosts }).push((place, verdict));
            }
        }
        (own, found)
    }

    fn is_changed(&self, place: usize) -> bool {
        self.line(place).is_some_and(|(_, line)| line.changed)
    }

    fn line(&self, place: usize) -> Option<(Along, &Line)> {
        self.lines.peek_at(place).map(|(&(_, along), line)| (along, line))
    }

    fn over_hosts(&self, source: Address, by: By, found: &[&(usize, Verdict)]) -> Claim {
        let (kind, vector) = match by {
            By::Tcp => ("scan.horizontal", "tcp"),
            By::Udp => ("scan.horizontal", "udp"),
            By::Echo | By::Neighbour => ("scan.sweep", "icmp"),
            By::Arp => ("scan.sweep", "arp"),
        };
        // Echoes and neighbour solicitations share a vector; by the message's type they are events of their own.
        let subject = Subject { port: if by == By::Neighbour { 135 } else { 0 }, ..Subject::host(source) };
        let mut lines: Vec<(Along, &Line, &Verdict)> = found
            .iter()
            .filter_map(|(place, verdict)| self.line(*place).map(|(along, line)| (along, line, verdict)))
            .collect();
        // The surest and widest first; of equal ones the earliest.
        lines.sort_by_key(|(_, line, verdict)| std::cmp::Reverse((verdict.confidence, line.spread.count().0)));
        let mut claim = blank(kind, vector, subject, &lines, self.silence);
        let mut targets: IndexMap<u128, (), FixedState> = IndexMap::default();
        for (along, line, _) in &lines {
            match along {
                Along::Host(_, target) => {
                    targets.insert(target.bits(), ());
                    claim.ports.extend(line.spread.first().map(|port| port as u16));
                }
                Along::Service(By::Tcp | By::Udp, port) => claim.ports.push(*port),
                Along::Service(..) => {}
                Along::Anything(_) => claim.ports.extend(&line.ports),
            }
            if !matches!(along, Along::Host(..)) {
                targets.extend(line.spread.known().map(|target| (target, ())));
            }
        }
        let mut seen = std::collections::BTreeSet::new();
        claim.ports.retain(|&port| seen.insert(port));
        claim.targets = targets.keys().take(NAMED).map(|&bits| Address::from_bits(bits)).collect();
        let over = |(along, line, _): &(Along, &Line, &Verdict)| match along {
            Along::Host(..) => 1,
            _ => line.spread.count().0,
        };
        claim.target_count = lines.iter().map(over).max().unwrap_or(0).max(targets.len() as u64);
        let hosts = claim.target_count;
        let wanted = lines.first().map_or(self.wanted.hosts, |(_, _, verdict)| verdict.wanted);
        claim.measure = measure("hosts", hosts, wanted);
        let tried = Reason::new("hosts-tried").with("hosts", hosts).with("ports", claim.ports.len().max(1) as u64);
        claim.grounds.insert(0, tried.with("time", seconds(claim.span)));
        claim
    }

    fn over_ports(&self, source: Address, by: By, (place, verdict): &(usize, Verdict)) -> Option<Claim> {
        let (along, line) = self.line(*place)?;
        let Along::Host(_, target) = along else { return None };
        let subject = Subject { other: target, ..Subject::host(source) };
        let vector = if by == By::Udp { "udp" } else { "tcp" };
        let mut claim = blank("scan.vertical", vector, subject, &[(along, line, verdict)], self.silence);
        (claim.targets, claim.target_count) = (vec![target], 1);
        claim.ports = line.spread.first().map(|port| port as u16).collect();
        let (ports, _) = line.spread.count();
        claim.measure = measure("ports", ports, verdict.wanted);
        claim.grounds.insert(0, Reason::new("ports-tried").with("ports", ports).with("time", seconds(claim.span)));
        Some(claim)
    }
}

/// What all claims have: who, when, how much, and how the first contacts went.
fn blank(
    kind: &'static str,
    vector: &'static str,
    subject: Subject,
    lines: &[(Along, &Line, &Verdict)],
    silence: Duration,
) -> Claim {
    let sum = |figure: fn(&Line) -> u64| lines.iter().map(|(_, line, _)| figure(line)).sum::<u64>();
    let span = lines.iter().filter_map(|(_, line, _)| line.spread.span).reduce(Span::join);
    let (failed, settled) = (sum(|line| line.spread.refused + line.spread.silent), sum(|line| line.spread.settled()));
    let mut claim = Claim::new(kind, vector, subject, span.unwrap_or(Span::at(Moment::default())));
    claim.actors = vec![subject.host];
    // Who goes on after an answer has got it, so the address is its own.
    let met = kind != "scan.sweep" && vector == "tcp" && sum(|line| line.spread.answered) > 0;
    let spoofed = if met { Spoofed::Unlikely } else { Spoofed::Unknown };
    claim.sources = Sources { count: 1, estimated: false, sample: vec![subject.host], spoofed };
    (claim.packets, claim.bytes) = (sum(|line| line.packets), sum(|line| line.bytes));
    claim.flow_count = sum(|line| line.flow_count);
    claim.flows = lines.iter().flat_map(|(_, line, _)| line.flows.iter().copied()).take(NAMED).collect();
    claim.flows.sort_unstable();
    claim.confidence = lines.iter().map(|(_, _, verdict)| verdict.confidence).max().unwrap_or(Confidence::Low);
    claim.linger = lines.iter().map(|(_, line, _)| line.linger(silence)).max().unwrap_or(silence);
    claim.grounds.push(Reason::new("attempts-failed").with("failed", failed).with("settled", settled));
    if let Some((along, line, verdict)) = lines.first() {
        claim.against.clone_from(&verdict.against);
        // A victim is not to be called a scanner.
        if verdict.forged {
            claim.actors.clear();
        }
        if line.spread.walk.accepts() {
            let walk = Reason::new("walk-decides").with("sum", Value::Number(line.spread.walk.sum()));
            claim.grounds.push(walk.with("threshold", Value::Number(Walk::DECIDES)));
        }
        if !matches!(along, Along::Host(..)) && line.spread.near() >= 0.3 {
            claim.grounds.push(Reason::new("dense-targets").with("share", Value::Share(line.spread.near())));
        }
    }
    let stealth = sum(|line| line.stealth);
    if stealth > 0 {
        claim.grounds.push(Reason::new("stealth-probes").with("probes", stealth));
    }
    claim
}

fn measure(what: &'static str, value: u64, wanted: u64) -> Option<Measure> {
    Some(Measure { what: what.into(), value: value as f64, baseline: None, threshold: wanted as f64 })
}

fn seconds(span: Span) -> Value {
    Value::Seconds(span.duration().as_secs_f64())
}
