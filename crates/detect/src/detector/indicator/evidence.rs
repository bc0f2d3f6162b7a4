//! What was seen between a host and an indicator, and what that comes to.

use std::time::Duration;

use blueline_terms::finding::{Effect, Measure, Reason, Sources, Spoofed};
use blueline_terms::tcp::{ACK, FIN, PSH, RST, SYN};
use blueline_terms::{Address, Application, Change, Confidence, Counts, Moment, Saying, Span, Standing};

use super::DETECTOR;
use crate::claim::{Claim, Subject};
use crate::indicators::{About, Below, Hit, Listed};
use crate::measure::{Few, Flows};

/// FIN, SYN or PSH: what a reset does not carry.
const TALK: u8 = FIN | SYN | PSH;

/// STIX 2.1, appendix A: below 30 is low, from 70 on high.
const MODERATE_FROM: u8 = 30;
const HIGH_FROM: u8 = 70;
/// Other lists that are named.
const MOST_LISTS: usize = 4;

/// What claims are made by.
pub(super) struct Terms<'a> {
    pub(super) listed: &'a Listed,
    pub(super) tries: u64,
    pub(super) shared_by: u64,
    pub(super) silence: Duration,
}

/// What a change shows of the two ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    /// Whether the listed end began.
    pub(super) listed_began: bool,
    /// Whether both took part, which neither can forge.
    pub(super) talks: bool,
    /// Whether the listed end answered what the host may never have sent.
    pub(super) is_backscatter: bool,
}

/// Reads a change as one between the listed `end` and the other.
pub(super) fn part(change: &Change, end: Address) -> Part {
    let opened_by_listed = change.source == end;
    let (from, to) =
        if opened_by_listed { (&change.forward, &change.backward) } else { (&change.backward, &change.forward) };
    let tcp = change.protocol == 6;
    let answered = change.standing.has(Standing::ANSWERED);
    // Without a SYN, who sent first in sight need not have begun: servers have the lower ports.
    let guess = tcp && !change.standing.has(Standing::SYN) && !change.standing.has(Standing::ANSWER_FIRST);
    let turned = guess && change.source_port < change.destination_port;
    let listed_began = opened_by_listed != turned;
    let talks = match change.protocol {
        6 if listed_began => answered && acknowledges(from),
        6 => answered && acknowledges(from) || one_way(answered, from, to),
        17 => answered && !listed_began,
        _ => false,
    };
    let bare_reset = tcp && to.packets == 0 && from.tcp_flags & (RST | TALK) == RST;
    let unasked = to.packets == 0 && change.standing.has(Standing::ANSWER_FIRST);
    Part { listed_began, talks, is_backscatter: !answered && (bare_reset || unasked) }
}

/// Whether this end took part in TCP beyond refusing it.
fn acknowledges(counts: &Counts) -> bool {
    let flags = counts.tcp_flags;
    flags & ACK != 0 && (flags & RST == 0 || flags & TALK != 0)
}

/// Where one direction passes, a host that acknowledges without end has been answered.
fn one_way(answered: bool, from: &Counts, to: &Counts) -> bool {
    !answered && from.packets == 0 && to.packets >= 2 && to.tcp_flags & (ACK | SYN | RST) == ACK
}

/// What was seen between a host and an indicator.
pub(super) struct Meeting {
    pub(super) span: Span,
    pub(super) changed: bool,
    /// Stands for the indicator's value in the subject.
    value: String,
    /// The listed addresses that were met.
    ends: Few<Address, 8>,
    ports: Few<u16, 8>,
    flows: Flows,
    packets: u64,
    bytes: u64,
    /// Packets of the host, where it began.
    sent: u64,
    /// Whether they conversed, begun by the host, and begun by the listed end.
    talks: (bool, bool),
    /// Messages that named it: questions, and beginnings of conversations.
    asked: u64,
    named: u64,
    /// What was said, if not the listed name itself.
    name: Option<Box<str>>,
    is_exact: bool,
    is_stated: bool,
    /// Whether it was met when its list says it was bad.
    in_window: bool,
}

impl Meeting {
    pub(super) fn new(span: Span, value: String) -> Self {
        Self {
            span,
            changed: false,
            value,
            ends: Few::default(),
            ports: Few::default(),
            flows: Flows::default(),
            packets: 0,
            bytes: 0,
            sent: 0,
            talks: (false, false),
            asked: 0,
            named: 0,
            name: None,
            is_exact: false,
            is_stated: false,
            in_window: false,
        }
    }

    /// What is kept where there are too many: conversations, then the longest.
    pub(super) fn weight(&self) -> (bool, u64) {
        (self.talks.0 || self.talks.1 || self.asked + self.named > 0, self.flows.count())
    }

    pub(super) fn note_traffic(&mut self, change: &Change, end: Address, part: Part) {
        self.note(change);
        self.ends.note(end);
        if matches!(change.protocol, 6 | 17) {
            self.ports.note(if part.listed_began { port_of(change, false, end) } else { port_of(change, true, end) });
        }
        self.packets += u64::from(change.forward.packets) + u64::from(change.backward.packets);
        self.bytes = self.bytes.saturating_add(change.forward.bytes).saturating_add(change.backward.bytes);
        let sent = if change.source == end { &change.backward } else { &change.forward };
        self.sent += u64::from(sent.packets);
        self.talks.0 |= part.talks && !part.listed_began;
        self.talks.1 |= part.talks && part.listed_began;
    }

    pub(super) fn note_name(&mut self, change: &Change, saying: &Saying<'_>, name: &str, exact: bool, below: Below) {
        self.note_message(change, saying);
        if saying.application == Application::Dns {
            self.asked += 1
        } else {
            self.named += 1
        }
        self.is_exact |= exact;
        self.is_stated |= below == Below::Stated;
        if !exact && self.name.is_none() {
            self.name = Some(name.into());
        }
    }

    pub(super) fn note_print(&mut self, change: &Change, saying: &Saying<'_>) {
        self.note_message(change, saying);
        self.named += 1;
        if self.name.is_none() && !saying.name.is_empty() {
            self.name = Some(saying.name.into());
        }
    }

    pub(super) fn note_window(&mut self, hit: &Hit<'_>, moment: Moment) {
        self.in_window |= hit.window.holds(moment);
    }

    fn note_message(&mut self, change: &Change, saying: &Saying<'_>) {
        self.note(change);
        self.ports.note(change.destination_port);
        self.packets += 1;
        self.bytes = self.bytes.saturating_add(u64::from(saying.size));
        self.talks.0 |= change.standing.has(Standing::ANSWERED);
    }

    fn note(&mut self, change: &Change) {
        self.span = self.span.join(change.span);
        self.flows.note(change);
        self.changed = true;
    }

    /// The claim, unless there is too little. `resolver` says whether the host answers questions of others, `hosts` how
    /// many have the fingerprint.
    pub(super) fn claim(
        &self,
        terms: &Terms<'_>,
        hit: &Hit<'_>,
        host: Address,
        (resolver, hosts): (bool, u64),
    ) -> Option<Claim> {
        let vector = match hit.about {
            About::Addresses => "address",
            About::Name => "name",
            About::Ja4 => "ja4",
        };
        let talks = self.talks.0 || self.talks.1;
        if vector == "address" && !talks && self.sent < terms.tries {
            return None;
        }
        let mut doubts = Doubts::new(hit);
        match vector {
            "address" if !talks => doubts.low(Reason::new("not-answered").with("packets", self.sent)),
            "address" if !self.talks.0 => doubts.step(Reason::new("listed-end-began")),
            "ja4" if hosts >= terms.shared_by => doubts.low(Reason::new("fingerprint-shared").with("hosts", hosts)),
            "ja4" => doubts.at_most(Confidence::Moderate, Reason::new("fingerprint-not-unique")),
            "name" if resolver => doubts.low(Reason::new("asks-for-others")),
            "name" if self.named == 0 || !self.talks.0 => {
                doubts.at_most(Confidence::Moderate, Reason::new("only-asked"))
            }
            _ => {}
        }
        if vector == "name" && !self.is_exact && !self.is_stated {
            doubts.step(Reason::new("below-listed-name").with("listed", self.value.as_str()));
        }
        if hit.partial {
            doubts.low(Reason::new("listed-only-in-part"));
        }
        if !self.in_window {
            let before = self.span.end < hit.window.from;
            doubts.low(if before {
                Reason::new("listed-from-later").with("from", hit.window.from)
            } else {
                Reason::new("listed-until-earlier").with("until", hit.window.until)
            });
        }
        let mut grounds = listed_by(terms.listed, hit, &self.value);
        grounds.push(self.ground(vector, talks));
        if let (About::Ja4, Some(server)) = (hit.about, &self.name) {
            grounds.push(Reason::new("fingerprint-to").with("server", &**server));
        }
        let named = vector == "address";
        let sources = Sources {
            count: if named { self.ends.count() } else { 1 },
            estimated: false,
            sample: if named { self.ends.first().to_vec() } else { vec![host] },
            spoofed: if talks { Spoofed::Unlikely } else { Spoofed::Unknown },
        };
        Some(Claim {
            class: hit.class.map(|class| (class.clone(), effect())),
            // Only who took part is known to be there.
            actors: if named && talks { self.ends.first().to_vec() } else { Vec::new() },
            targets: vec![host],
            target_count: 1,
            sources,
            ports: self.ports.first().to_vec(),
            flow_count: self.flows.count(),
            packets: self.packets,
            bytes: self.bytes,
            measure: Some(flows_measure(self.flows.count(), 1)),
            confidence: doubts.confidence,
            grounds,
            against: doubts.reasons,
            flows: self.flows.first().to_vec(),
            linger: terms.silence,
            ..Claim::new("indicator.match", vector, subject(host, &self.value), self.span)
        })
    }

    fn ground(&self, vector: &str, talks: bool) -> Reason {
        match vector {
            "address" if talks => {
                Reason::new("conversed-with-listed").with("flows", self.flows.count()).with("bytes", bytes(self.bytes))
            }
            "address" => Reason::new("tried-listed").with("packets", self.sent),
            "ja4" => Reason::new("showed-fingerprint").with("times", self.named),
            _ => {
                let said = self.name.as_deref().filter(|_| !self.is_exact).unwrap_or(&self.value);
                Reason::new("asked-for-name")
                    .with("name", said)
                    .with("questions", self.asked)
                    .with("visits", self.named)
            }
        }
    }
}

/// The port at the listed end, or at the host.
fn port_of(change: &Change, listed: bool, end: Address) -> u16 {
    if (change.destination == end) == listed { change.destination_port } else { change.source_port }
}

/// A listed sender whom nobody answers.
pub(super) struct Knocks {
    pub(super) span: Span,
    pub(super) changed: bool,
    senders: Few<Address, 8>,
    hosts: Few<Address, 32>,
    ports: Few<u16, 8>,
    flows: Flows,
    packets: u64,
    bytes: u64,
}

impl Knocks {
    pub(super) fn new(change: &Change) -> Self {
        Self {
            span: change.span,
            changed: false,
            senders: Few::default(),
            hosts: Few::default(),
            ports: Few::default(),
            flows: Flows::default(),
            packets: 0,
            bytes: 0,
        }
    }

    pub(super) fn weight(&self) -> u64 {
        self.flows.count()
    }

    pub(super) fn note(&mut self, change: &Change, end: Address, host: Address) {
        self.span = self.span.join(change.span);
        self.changed = true;
        self.senders.note(end);
        self.hosts.note(host);
        if matches!(change.protocol, 6 | 17) {
            self.ports.note(port_of(change, false, end));
        }
        self.flows.note(change);
        self.packets += u64::from(change.forward.packets) + u64::from(change.backward.packets);
        self.bytes = self.bytes.saturating_add(change.forward.bytes).saturating_add(change.backward.bytes);
    }

    pub(super) fn claim(&self, terms: &Terms<'_>, hit: &Hit<'_>) -> Option<Claim> {
        let first = *self.senders.first().first()?;
        if self.flows.count() < terms.tries {
            return None;
        }
        let value = terms.listed.value(hit.number);
        let mut grounds = listed_by(terms.listed, hit, &value);
        grounds.push(Reason::new("listed-knocked").with("flows", self.flows.count()).with("hosts", self.hosts.count()));
        Some(Claim {
            class: hit.class.map(|class| (class.clone(), effect())),
            targets: self.hosts.first().to_vec(),
            target_count: self.hosts.count(),
            sources: Sources {
                count: self.senders.count(),
                estimated: false,
                sample: self.senders.first().to_vec(),
                spoofed: Spoofed::Unknown,
            },
            ports: self.ports.first().to_vec(),
            flow_count: self.flows.count(),
            packets: self.packets,
            bytes: self.bytes,
            measure: Some(flows_measure(self.flows.count(), terms.tries)),
            grounds,
            against: vec![Reason::new("not-answered").with("packets", self.packets)],
            flows: self.flows.first().to_vec(),
            linger: terms.silence,
            ..Claim::new("indicator.match", "address", subject(first, &value), self.span)
        })
    }
}

/// What lowers a confidence, and why.
struct Doubts {
    confidence: Confidence,
    reasons: Vec<Reason>,
}

impl Doubts {
    /// Begins with what the list says of itself.
    fn new(hit: &Hit<'_>) -> Self {
        let mut doubts = Self { confidence: Confidence::High, reasons: Vec::new() };
        match hit.confidence {
            None => doubts.at_most(Confidence::Moderate, Reason::new("list-says-no-confidence")),
            Some(sure) if sure < MODERATE_FROM => {
                doubts.low(Reason::new("list-unsure").with("confidence", u64::from(sure)))
            }
            Some(sure) if sure < HIGH_FROM => {
                doubts.at_most(Confidence::Moderate, Reason::new("list-unsure").with("confidence", u64::from(sure)));
            }
            Some(_) => {}
        }
        doubts
    }

    fn at_most(&mut self, most: Confidence, reason: Reason) {
        self.confidence = self.confidence.min(most);
        self.reasons.push(reason);
    }

    fn low(&mut self, reason: Reason) {
        self.at_most(Confidence::Low, reason);
    }

    fn step(&mut self, reason: Reason) {
        let down = if self.confidence == Confidence::High { Confidence::Moderate } else { Confidence::Low };
        self.at_most(down, reason);
    }
}

/// Which lists name it, the first by whose words the finding goes.
fn listed_by(listed: &Listed, hit: &Hit<'_>, value: &str) -> Vec<Reason> {
    let by = |hit: &Hit<'_>, value: &str| Reason::new("listed-by").with("list", hit.list).with("listed", value);
    let mut grounds = vec![by(hit, value)];
    if !hit.label.is_empty() {
        grounds.push(Reason::new("listed-as").with("label", hit.label));
    }
    let mut lists = vec![hit.list];
    for other in listed.same(hit.number).take(MOST_LISTS) {
        if !lists.contains(&other.list) {
            lists.push(other.list);
            grounds.push(by(&other, &listed.value(other.number)));
        }
    }
    grounds
}

fn effect() -> Effect {
    DETECTOR.kinds.first().map_or(Effect::NONE, |kind| kind.effect)
}

fn flows_measure(flows: u64, threshold: u64) -> Measure {
    Measure { what: "flows".into(), value: flows as f64, baseline: None, threshold: threshold as f64 }
}

fn bytes(bytes: u64) -> blueline_terms::finding::Value {
    blueline_terms::finding::Value::Bytes(bytes)
}

/// The host, and the indicator by its value: the same in every run, whatever else is listed.
fn subject(host: Address, value: &str) -> Subject {
    let digest = blake3::hash(value.as_bytes());
    let bits = digest.as_bytes().first_chunk::<16>().map_or(0, |bytes| u128::from_be_bytes(*bytes));
    Subject { host, other: Address::from_bits(bits), port: 0 }
}
