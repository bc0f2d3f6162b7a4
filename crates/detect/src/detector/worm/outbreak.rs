//! One outbreak: who spreads, who was reached by whom, and how fast it grows.

use blueline_terms::finding::{Contact, Measure, Reason, Sources, Spoofed, Value};
use blueline_terms::{Address, Confidence, FlowId, Moment, Span};
use hashbrown::HashMap;

use super::Bar;
use super::spread::{Door, First, Spread};
use crate::claim::{Claim, Parts, Subject};
use crate::measure::{Bounded, Distinct, Growth, Seed};

/// Spreaders that are told apart.
const MOST: usize = 1024;
/// Contacts that are told.
const MOST_TOLD: usize = 256;

pub(super) struct Outbreak {
    door: Door,
    seed: Seed,
    ports: Vec<u16>,
    infected: Vec<Infected>,
    reached: Distinct,
    pub(super) latest: Moment,
    /// The outbreak that it turned out to be a part of.
    pub(super) part_of: Option<Door>,
    changed: bool,
}

/// A host that spreads.
#[derive(Clone, Copy)]
pub(super) struct Infected {
    host: Address,
    began: Moment,
    by: Option<First>,
    flow: FlowId,
    last: Moment,
}

/// Those who are linked to each other, and the links.
struct Tree {
    hosts: Vec<Infected>,
    contacts: Vec<Contact>,
}

impl Outbreak {
    pub(super) fn new(door: Door, seed: Seed) -> Self {
        Self {
            door,
            seed,
            ports: vec![door.port()],
            infected: Vec::new(),
            reached: Distinct::new(seed),
            latest: Moment::from_nanos(i64::MIN),
            part_of: None,
            changed: false,
        }
    }

    /// A host has become a spreader; `by` reached it before.
    pub(super) fn add(&mut self, host: Address, spread: &Spread, by: Option<&First>) {
        let by = by.copied().filter(|first| first.by != host);
        self.take(Infected { host, began: spread.first, by, flow: spread.flow, last: spread.last });
    }

    fn take(&mut self, new: Infected) {
        if new.by.is_some() {
            self.reached.note(new.host);
        }
        self.latest = self.latest.max(new.last);
        self.changed = true;
        let full = self.infected.len() >= MOST;
        match self.infected.iter_mut().find(|known| known.host == new.host) {
            Some(known) => {
                known.by = known.by.or(new.by.filter(|first| first.at <= known.began));
                known.began = known.began.min(new.began);
            }
            None if full => {}
            None => self.infected.push(new),
        }
    }

    /// A spreader reaches a host.
    pub(super) fn reaches(&mut self, from: Address, to: Address) {
        if from != to {
            self.reached.note(to);
        }
    }

    pub(super) fn spreaders(&self) -> usize {
        self.infected.len()
    }

    /// Whether at least half of its spreaders, and two, spread in the other one too.
    pub(super) fn is_mostly_in(&self, other: &Self) -> bool {
        let is_there = |host: Address| other.infected.iter().any(|infected| infected.host == host);
        let both = self.infected.iter().filter(|infected| is_there(infected.host)).count();
        both >= 2 && both * 2 >= self.infected.len()
    }

    /// Becomes a part of another one, which is to take in its spreaders.
    pub(super) fn give_to(&mut self, first: Door) -> Vec<Infected> {
        self.part_of = Some(first);
        self.infected.clone()
    }

    pub(super) fn take_in(&mut self, port: u16, infected: Vec<Infected>) {
        if !self.ports.contains(&port) {
            self.ports.push(port);
        }
        infected.into_iter().for_each(|one| self.take(one));
    }

    /// Spreaders of which one reached the other, in the order in which they began.
    fn tree(&self) -> Tree {
        let mut places = HashMap::with_capacity_and_hasher(self.infected.len(), self.seed.state());
        places.extend(self.infected.iter().enumerate().map(|(place, one)| (one.host, place)));
        let mut contacts = Vec::new();
        let mut linked = vec![false; self.infected.len()];
        for (place, one) in self.infected.iter().enumerate() {
            let parent = one.by.and_then(|by| places.get(&by.by).map(|&parent| (by, parent)));
            if let Some((by, parent)) = parent {
                contacts.push(Contact { from: by.by, to: one.host, first: by.at });
                (linked[place], linked[parent]) = (true, true);
            }
        }
        let linked = self.infected.iter().zip(linked).filter(|(_, linked)| *linked);
        let mut hosts: Vec<Infected> = linked.map(|(one, _)| *one).collect();
        hosts.sort_by_key(|one| one.began);
        contacts.sort_by_key(|contact| contact.first);
        Tree { hosts, contacts }
    }

    /// What is to be told now, if two spreaders are linked and something is new.
    pub(super) fn claim(&mut self, spreads: &Bounded<(Address, Door), Spread>, bar: &Bar) -> Option<Claim> {
        let mut sum = Sum::default();
        for one in &self.infected {
            for &port in &self.ports {
                if let Some(spread) = spreads.get(&(one.host, self.door.at(port))) {
                    sum.add(spread);
                }
            }
        }
        let news = std::mem::take(&mut self.changed) || sum.last > Some(self.latest);
        self.latest = self.latest.max(sum.last.unwrap_or(self.latest));
        if !news || self.part_of.is_some() || self.infected.len() < 2 {
            return None;
        }
        let tree = self.tree();
        let first = tree.hosts.first()?;
        let span = Span::at(first.began).join(Span::at(self.latest));
        let confidence = confidence(&tree, &sum);
        let subject = Subject { port: self.door.port(), ..Subject::default() };
        let (reached, _) = self.reached.count();
        let hosts: Vec<Address> = tree.hosts.iter().map(|one| one.host).collect();
        Some(Claim {
            actors: hosts.iter().copied().take(32).collect(),
            targets: self.reached.first().to_vec(),
            target_count: reached,
            sources: Sources {
                count: hosts.len() as u64,
                estimated: false,
                sample: hosts,
                spoofed: if self.door.is_tcp() { Spoofed::Unlikely } else { Spoofed::Unknown },
            },
            ports: self.ports.clone(),
            flow_count: sum.opened,
            packets: sum.packets,
            bytes: sum.bytes,
            measure: Some(Measure {
                what: "linked-spreaders".into(),
                value: tree.hosts.len() as f64,
                baseline: None,
                threshold: MODERATE.0 as f64,
            }),
            confidence,
            grounds: self.grounds(&tree, &sum, first),
            against: self.against(&tree, &sum),
            parts: Some(self.parts(&tree, confidence, first)),
            flows: tree.hosts.iter().take(16).map(|one| one.flow).collect(),
            contacts: tree.contacts.into_iter().take(MOST_TOLD).collect(),
            linger: bar.silence,
            ..Claim::new("worm.spread", if self.door.is_tcp() { "tcp" } else { "udp" }, subject, span)
        })
    }

    /// The search of each spreader over hosts is a part of the outbreak. Of those who were not seen to be reached that is
    /// likely too, in a large outbreak, if they began later.
    fn parts(&self, tree: &Tree, confidence: Confidence, first: &Infected) -> Parts {
        let mut hosts: Vec<Address> = tree.hosts.iter().map(|one| one.host).collect();
        if confidence == Confidence::High {
            hosts.extend(self.infected.iter().filter(|one| one.began > first.began).map(|one| one.host));
        }
        hosts.sort_unstable();
        Parts { kind: "scan.horizontal".into(), hosts, reason: "part-of-outbreak".into() }
    }

    fn grounds(&self, tree: &Tree, sum: &Sum, first: &Infected) -> Vec<Reason> {
        let (hosts, links) = (tree.hosts.len() as u64, tree.contacts.len() as u64);
        let mut grounds = vec![
            Reason::new("reached-then-spread").with("hosts", hosts).with("links", links),
            Reason::new("first-spreader").with("host", first.host).with("moment", first.began),
            Reason::new("spreaders-are-victims"),
        ];
        if sum.is_cut() {
            grounds.push(Reason::new("series-of-sessions").with("sessions", sum.opened));
        } else {
            let failing = 1.0 - sum.accepted as f64 / sum.opened.max(1) as f64;
            grounds.push(Reason::new("contacts-fail").with("share", Value::Share(failing.clamp(0.0, 1.0))));
        }
        if !self.door.is_tcp() {
            grounds.push(Reason::new("datagrams-alike").with("bytes", Value::Bytes(sum.size)));
        }
        let began: Vec<f64> = tree.hosts.iter().map(|one| one.began.since(first.began).as_secs_f64()).collect();
        if let Some(growth) = Growth::fit(&began, self.latest.since(first.began).as_secs_f64()) {
            let reason = Reason::new("growth-fit").with("doubling", Value::Seconds(growth.doubling));
            let (least, most) = growth.between;
            let reason = reason.with("least", Value::Seconds(least)).with("most", Value::Seconds(most));
            grounds.push(reason);
            if let Some(most) = growth.most {
                grounds.push(Reason::new("growth-ends").with("hosts", most.round() as u64));
            }
        }
        grounds
    }

    fn against(&self, tree: &Tree, sum: &Sum) -> Vec<Reason> {
        let mut against = Vec::new();
        if sum.is_cut() {
            against.push(Reason::new("openings-unseen"));
        }
        if tree.hosts.len() < MODERATE.0 {
            against.push(
                Reason::new("few-spreaders").with("hosts", tree.hosts.len() as u64).with("wanted", MODERATE.0 as u64),
            );
        }
        let apart = self.infected.len().saturating_sub(tree.hosts.len());
        if apart > 0 {
            against.push(Reason::new("spreaders-apart").with("hosts", apart as u64));
        }
        against
    }
}

/// Linked spreaders and links that make moderate and high confidence.
const MODERATE: (usize, usize) = (3, 2);
const HIGH: (usize, usize) = (6, 4);

fn confidence(tree: &Tree, sum: &Sum) -> Confidence {
    let at_least = |(hosts, links): (usize, usize)| tree.hosts.len() >= hosts && tree.contacts.len() >= links;
    match (at_least(HIGH), at_least(MODERATE)) {
        (true, _) if sum.is_cut() => Confidence::Moderate,
        (true, _) => Confidence::High,
        (_, true) if !sum.is_cut() => Confidence::Moderate,
        _ => Confidence::Low,
    }
}

/// What all spreaders did together.
#[derive(Default)]
struct Sum {
    opened: u64,
    cut: u64,
    accepted: u64,
    packets: u64,
    bytes: u64,
    size: u64,
    last: Option<Moment>,
}

impl Sum {
    fn add(&mut self, spread: &Spread) {
        self.opened += u64::from(spread.opened);
        self.cut += if spread.is_cut() { u64::from(spread.opened) } else { 0 };
        self.accepted += u64::from(spread.accepted);
        self.packets += spread.packets;
        self.bytes = self.bytes.saturating_add(spread.bytes);
        self.size = self.size.max(spread.size());
        self.last = self.last.max(Some(spread.last));
    }

    fn is_cut(&self) -> bool {
        self.cut * 2 > self.opened
    }
}
