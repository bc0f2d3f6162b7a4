//! One event: who guesses at what, and how sure that is.

use std::time::Duration;

use blueline_terms::finding::{Measure, Reason, Sources, Spoofed, Value};
use blueline_terms::{Address, Confidence, FlowId, Moment};

use super::session::{Intervals, Role, Service, Session, Tally};
use crate::claim::{Claim, Subject};
use crate::measure::{Distinct, Seed};

/// What sessions are measured against.
#[derive(Clone, Copy)]
pub(super) struct Bar {
    pub(super) wanted: u64,
    pub(super) window: Duration,
    pub(super) alike: f64,
}

impl Bar {
    /// Whether there are at least so many sessions in the window, mostly alike or mostly refused.
    pub(super) fn is_suspicious(&self, tally: &Tally, least: u64, now: Moment) -> bool {
        tally.recent(self, now) >= least && (tally.alike() >= self.alike || tally.refused() >= self.alike)
    }
}

pub(super) struct Event {
    pub(super) tally: Tally,
    service: Service,
    port: u16,
    host: Address,
    clients: Distinct,
    servers: Distinct,
    flows: Vec<FlowId>,
    /// Sessions of its pairs that are no guesses.
    others: u64,
    /// Sessions of pairs whose sessions come regularly, and how many seconds apart those come.
    regular: u64,
    pace: f64,
    /// Most sessions that were in the window at one time.
    pub(super) peak: u64,
    /// Whether it was found over many hosts that each have little to do with it.
    pub(super) thin: bool,
    /// The event that it turned out to be a part of; 0 for none.
    pub(super) part_of: u32,
    changed: bool,
}

/// What an event has, to be taken in by another one.
pub(super) struct Parts {
    tally: Tally,
    clients: Distinct,
    servers: Distinct,
    flows: Vec<Option<FlowId>>,
    others: u64,
    regular: u64,
}

/// Flows that are named.
const NAMED: usize = 16;

impl Event {
    pub(super) fn new(session: &Session, seed: Seed) -> Self {
        Self {
            tally: Tally::at(session.span),
            service: session.service,
            port: session.port,
            host: session.server,
            clients: Distinct::new(seed),
            servers: Distinct::new(seed),
            flows: Vec::new(),
            others: 0,
            regular: 0,
            pace: 0.0,
            peak: 0,
            thin: false,
            part_of: 0,
            changed: false,
        }
    }

    /// Whether a session is at the same service, and of a client or with a server that it has.
    pub(super) fn is_about(&self, session: &Session) -> bool {
        self.port == session.port
            && self.service == session.service
            && (self.servers.first().contains(&session.server) || self.clients.first().contains(&session.client))
    }

    /// Counts one more session.
    pub(super) fn note(&mut self, bar: &Bar, session: &Session, alike: bool) {
        self.tally.note(bar, session, alike);
        self.add_flow(session.id);
        self.meet(session);
    }

    /// Counts all that a pair or a group has had so far.
    pub(super) fn take(&mut self, bar: &Bar, tally: &Tally, flows: &[Option<FlowId>], others: u32) {
        self.tally.take(bar, tally);
        self.others += u64::from(others);
        flows.iter().flatten().for_each(|&flow| self.add_flow(flow));
    }

    /// Becomes a part of another event: it is told no more.
    pub(super) fn give_to(&mut self, other: u32) -> Parts {
        self.part_of = other;
        Parts {
            tally: self.tally,
            clients: self.clients.clone(),
            servers: self.servers.clone(),
            flows: self.flows.iter().copied().map(Some).collect(),
            others: self.others,
            regular: self.regular,
        }
    }

    /// Takes in another event.
    pub(super) fn take_in(&mut self, bar: &Bar, parts: &Parts) {
        self.take(bar, &parts.tally, &parts.flows, 0);
        self.others += parts.others;
        self.regular += parts.regular;
        self.clients.join(&parts.clients);
        self.servers.join(&parts.servers);
    }

    pub(super) fn meet(&mut self, session: &Session) {
        self.clients.note(session.client);
        self.servers.note(session.server);
        self.changed = true;
    }

    /// The counterpart of a host in this role takes part too.
    pub(super) fn meet_other(&mut self, role: Role, other: Address) {
        match role {
            Role::Server => self.clients.note(other),
            Role::Client => self.servers.note(other),
        };
    }

    /// Heeds how regularly the sessions of a pair come.
    pub(super) fn heed(&mut self, intervals: &Intervals) {
        if intervals.are_regular() {
            self.regular += 1;
            self.pace = intervals.mean();
        }
    }

    pub(super) fn pass_over(&mut self) {
        self.others += 1;
    }

    fn add_flow(&mut self, flow: FlowId) {
        if self.flows.len() < NAMED {
            self.flows.push(flow);
        }
    }

    /// The share of its pairs' sessions that are no guesses.
    fn others(&self) -> f64 {
        self.others as f64 / (self.others + self.tally.sessions).max(1) as f64
    }

    /// Whether most of it comes by the clock, as monitoring does.
    fn is_regular(&self) -> bool {
        self.regular * 2 > self.tally.sessions
    }

    fn confidence(&self, bar: &Bar) -> Confidence {
        let Self { service, peak, tally, .. } = self;
        let doubtful = *service == Service::Other || self.is_regular() || self.others() > 0.2 || self.thin;
        let refused = tally.refused() >= bar.alike;
        if doubtful && !(refused && *service != Service::Other && !self.is_regular()) {
            return Confidence::Low;
        }
        match *peak {
            peak if peak >= bar.wanted.saturating_mul(5) => Confidence::High,
            peak if peak >= bar.wanted => Confidence::Moderate,
            _ => Confidence::Low,
        }
    }

    /// What is to be told of it now, if there is enough and something is new.
    pub(super) fn claim(&mut self, bar: &Bar, now: Moment) -> Option<Claim> {
        self.peak = self.peak.max(self.tally.recent(bar, now));
        let enough = self.peak >= (bar.wanted / 2).max(2);
        let told = self.tally.alike() >= bar.alike || self.tally.refused() >= bar.alike;
        // What comes every half minute, or less often, by the clock and is not refused is monitoring.
        let monitoring = self.is_regular() && self.pace >= 30.0 && self.tally.refused == 0;
        if !std::mem::take(&mut self.changed) || self.part_of != 0 || !enough || !told || monitoring {
            return None;
        }
        let subject = Subject { host: self.host, port: self.port, ..Subject::default() };
        let (count, estimated) = self.clients.count();
        Some(Claim {
            actors: self.clients.first().to_vec(),
            targets: self.servers.first().to_vec(),
            target_count: self.servers.count().0,
            // Whoever ends a handshake and speaks has the address that it says.
            sources: Sources { count, estimated, sample: self.clients.first().to_vec(), spoofed: Spoofed::Unlikely },
            ports: vec![self.port],
            flow_count: self.tally.sessions,
            packets: self.tally.packets,
            bytes: self.tally.bytes,
            measure: Some(Measure {
                what: "login-sessions".into(),
                value: self.peak as f64,
                baseline: None,
                threshold: bar.wanted as f64,
            }),
            confidence: self.confidence(bar),
            grounds: self.grounds(bar),
            against: self.against(bar),
            flows: self.flows.clone(),
            linger: bar.window,
            ..Claim::new("intrusion.brute-force", self.service.word(), subject, self.tally.span)
        })
    }

    fn grounds(&self, bar: &Bar) -> Vec<Reason> {
        let tally = &self.tally;
        let mut grounds = Vec::new();
        if tally.alike() >= bar.alike {
            let alike = Reason::new("sessions-alike").with("sessions", tally.sessions);
            let alike = alike.with("share", Value::Share(tally.alike().min(1.0)));
            grounds.push(alike.with("bytes", Value::Bytes(tally.bytes / tally.sessions.max(1))));
        }
        if tally.refused > 0 {
            grounds.push(Reason::new("logins-refused").with("refused", tally.refused).with("sessions", tally.sessions));
        }
        let (clients, servers) = (self.clients.count().0, self.servers.count().0);
        if clients > 1 || servers > 1 {
            grounds.push(Reason::new("guesses-shared").with("clients", clients).with("servers", servers));
        }
        grounds
    }

    fn against(&self, bar: &Bar) -> Vec<Reason> {
        let mut against = Vec::new();
        if self.tally.refused == 0 {
            against.push(Reason::new("no-refusal-seen"));
        }
        if self.service == Service::Other {
            against.push(Reason::new("service-unknown").with("port", u64::from(self.port)));
        }
        if self.is_regular() {
            against.push(Reason::new("sessions-regular").with("every", Value::Seconds(self.pace)));
        }
        if self.others() > 0.2 {
            against.push(Reason::new("sessions-differ").with("others", self.others));
        }
        if self.peak < bar.wanted {
            against.push(Reason::new("few-sessions").with("sessions", self.peak).with("wanted", bar.wanted));
        }
        if self.thin {
            against.push(Reason::new("few-sessions-each"));
        }
        against
    }
}
