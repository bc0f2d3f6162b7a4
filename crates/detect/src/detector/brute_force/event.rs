//! One event: who guesses at what, and how sure that is.

use std::time::Duration;

use blueline_terms::finding::{Measure, Reason, Sources, Spoofed, Value};
use blueline_terms::{Address, Confidence, FlowId, Moment};

use super::FEW;
use super::session::{Intervals, Role, Service, Session, Tally};
use crate::claim::{Claim, Subject};
use crate::measure::{Distinct, Seed};

/// What sessions are measured against.
#[derive(Clone, Copy)]
pub(super) struct Bar {
    pub(super) wanted: u64,
    /// As `wanted`, where the server is seen to refuse.
    pub(super) refused: u64,
    pub(super) window: Duration,
    pub(super) alike: f64,
}

impl Bar {
    /// Whether there are at least so many sessions in the window, mostly alike or mostly refused.
    pub(super) fn is_suspicious(&self, tally: &Tally, least: u64, now: Moment) -> bool {
        tally.recent(self, now) >= least && (tally.alike() >= self.alike || self.is_refused(tally))
    }

    /// Whether the server refused in most sessions.
    pub(super) fn is_refused(&self, tally: &Tally) -> bool {
        tally.refused() >= self.alike
    }
}

/// Refusals that came within less are one.
const SETTLED: Duration = Duration::from_secs(10);
/// Sessions a minute of each client from which on no person makes them.
const FAST: f64 = 6.0;
/// Mean bytes of a session that has room for handshakes and a few passwords, and for little more.
const LITTLE: u64 = 6000;
/// Of a service that nobody knows, so many sessions a second and more are made by a program in a hurry.
const HURRY: f64 = 4.0 / 3.0;
/// Hosts that look after one service at the same time, and seconds from one look to the next of more than these.
const MONITORS: u64 = 4;
const UNHURRIED: f64 = 30.0;
/// The share of alike sessions above which many hosts do the very same.
const SAME: f64 = 0.95;
/// The share of other sessions that makes what goes on between two hosts look like use; more where the server refuses.
const USE: f64 = 0.2;
const USE_THOUGH_REFUSED: f64 = 0.5;

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

    /// Whether most of it comes by the clock, as monitoring does: from few hosts, or now and then.
    fn is_regular(&self) -> bool {
        let watched = self.clients.count().0 <= MONITORS || self.pace >= UNHURRIED;
        self.regular * 2 > self.tally.sessions && watched
    }

    /// Whether it is spread so thin that its clients, or its servers, have a few sessions each, as users have; or some
    /// more that differ from each other, as users' do, and are no faster than users.
    fn is_few_each(&self, bar: &Bar) -> bool {
        let hosts = self.clients.count().0.max(self.servers.count().0);
        let plain = self.tally.alike() >= SAME || bar.is_refused(&self.tally) || self.is_too_fast_to_type();
        let least = if plain { FEW } else { bar.wanted };
        self.thin && self.tally.sessions < least.saturating_mul(hosts)
    }

    /// How many sessions it takes. A page or a program that asks for much at once is refused as often at once, so that
    /// few refusals count only where they took their time. Two fifths are enough where nobody could type so fast, and
    /// so little is said that nobody can have done anything after being let in.
    fn needed(&self, bar: &Bar) -> u64 {
        let settled = self.tally.span.duration() >= SETTLED;
        match () {
            () if settled && bar.is_refused(&self.tally) => bar.refused.min(bar.wanted),
            () if settled && self.is_too_fast_to_type() && self.is_little_said() => bar.wanted * 2 / 5,
            () => bar.wanted,
        }
    }

    /// Whether its clients, taken together, begin sessions faster than people can.
    fn is_too_fast_to_type(&self) -> bool {
        let minutes = self.tally.span.duration().as_secs_f64() / 60.0;
        self.tally.sessions as f64 >= FAST * minutes * self.clients.count().0 as f64
    }

    fn is_little_said(&self) -> bool {
        self.tally.bytes <= LITTLE * self.tally.sessions
    }

    /// Whether a service that is not known is tried as fast as only programs do, many times over.
    fn is_in_hurry(&self, bar: &Bar) -> bool {
        let seconds = self.tally.span.duration().as_secs_f64();
        self.peak >= bar.wanted.saturating_mul(5) && self.tally.sessions as f64 >= HURRY * seconds
    }

    fn is_doubtful(&self, bar: &Bar) -> bool {
        let refused = bar.is_refused(&self.tally);
        match self.service {
            _ if self.is_regular() => true,
            Service::Other => !self.is_in_hurry(bar) || self.others() > USE,
            // A web server refuses strangers of all sorts, a page or two each.
            Service::Http if self.is_few_each(bar) => true,
            _ if refused => self.others() > USE_THOUGH_REFUSED,
            _ => self.others() > USE || self.is_few_each(bar),
        }
    }

    fn confidence(&self, bar: &Bar) -> Confidence {
        if self.is_doubtful(bar) {
            return Confidence::Low;
        }
        match self.peak {
            peak if peak >= bar.wanted.saturating_mul(5) && self.service != Service::Other => Confidence::High,
            peak if peak >= self.needed(bar) => Confidence::Moderate,
            _ => Confidence::Low,
        }
    }

    /// What is to be told of it now, if there is enough and something is new.
    pub(super) fn claim(&mut self, bar: &Bar, now: Moment) -> Option<Claim> {
        self.peak = self.peak.max(self.tally.recent(bar, now));
        let needed = self.needed(bar);
        let enough = self.peak >= (bar.wanted / 2).max(2).min(needed);
        let told = self.tally.alike() >= bar.alike || bar.is_refused(&self.tally);
        // What comes every half minute, or less often, by the clock and is not refused is monitoring.
        let monitoring = self.is_regular() && self.pace >= UNHURRIED && self.tally.refused == 0;
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
                threshold: needed as f64,
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
        if self.others() > USE {
            against.push(Reason::new("sessions-differ").with("others", self.others));
        }
        let wanted = self.needed(bar);
        if self.peak < wanted {
            against.push(Reason::new("few-sessions").with("sessions", self.peak).with("wanted", wanted));
        }
        if self.is_few_each(bar) {
            against.push(Reason::new("few-sessions-each"));
        }
        against
    }
}
