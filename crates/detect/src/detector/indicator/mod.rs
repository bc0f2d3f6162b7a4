//! What lists list: traffic with addresses, names and fingerprints that somebody says are bad.

mod evidence;
#[cfg(test)]
mod tests;
mod texts;

use std::sync::Arc;
use std::time::Duration;

use blueline_terms::finding::Effect;
use blueline_terms::{Address, Application, Change, Moment, Network, Saying, Speaker, Standing};

use super::{Description, Detector, Kind};
use crate::claim::Claims;
use crate::indicators::{Hit, Listed, Number};
use crate::measure::{Bounded, Few};
use crate::scene::Scene;
use crate::tuning::{Amount, Setting, Tuning};

use evidence::{Knocks, Meeting, Terms};

pub(crate) static DETECTOR: Description = Description {
    name: "indicator",
    kinds: &[Kind {
        name: "indicator.match",
        vectors: &["address", "name", "ja4"],
        class: "malicious-code/c2-server",
        effect: Effect::C.and(Effect::I),
    }],
    title: "Hosts that meet what a list of indicators lists",
    method: "Both ends of each flow are looked up among listed blocks, the narrowest first; names of DNS questions, \
             TLS servers and HTTP hosts among listed names and those above them; TLS clients' fingerprints among \
             listed JA4. A list's confidence (STIX 2.1, appendix A) bounds the finding's. Above low it stands only \
             where the two conversed: TCP that both acknowledged, or a datagram that was answered (RFC 9293, 3.5: what \
             a forged sender cannot do). A fingerprint that many hosts have is a common program's (Anderson and \
             McGrew, \"Accurate TLS Fingerprinting using Destination Context and Knowledge Bases\", 2020).",
    leaves_alone: "Single packets of listed senders, which may be forged; answers to forged packets; private space in \
                   a wider listed block; names that only contain a listed one, as in questions to block lists; \
                   resolvers that ask for their clients, and fingerprints that many hosts share, are low.",
    bounds: "2 million indicators in all lists, shared by all sensors, at some 70 bytes each; the 16,384 pairs of host \
             and indicator with most flows and 1024 indicators that only knock; up to 8 listed addresses and 32 hosts \
             are named.",
    settings: &[
        Setting {
            name: "tries",
            default: Amount::Count(3),
            range: (1.0, 1e6),
            meaning: "Packets without an answer, or flows of a listed sender, from which on they are told, as low.",
        },
        Setting {
            name: "shared-by",
            default: Amount::Count(16),
            range: (2.0, 32.0),
            meaning: "Hosts with a listed fingerprint from which on it is a common program's.",
        },
        Setting {
            name: "silence",
            default: Amount::Time(Duration::from_secs(3600)),
            range: (1.0, 604_800.0),
            meaning: "After this long without another match the event is over.",
        },
    ],
    texts: texts::TEXTS,
    start: |tuning| Box::new(Indicator::new(tuning)),
};

/// Pairs of host and indicator, and indicators that only knock.
const MOST_MEETINGS: usize = 16_384;
const MOST_KNOCKS: usize = 1024;
/// Hosts that answer DNS questions, and fingerprints.
const MOST_RESOLVERS: usize = 4096;
const MOST_PRINTS: usize = 1024;

struct Indicator {
    listed: Arc<Listed>,
    tries: u64,
    shared_by: u64,
    silence: Duration,
    /// By the host that is not listed, and the indicator.
    meetings: Bounded<(Address, Number), Meeting>,
    /// Listed senders whom nobody answers.
    knocks: Bounded<Number, Knocks>,
    resolvers: Bounded<Address, Moment>,
    /// Hosts by fingerprint.
    prints: Bounded<Number, Few<Address, 32>>,
}

impl Indicator {
    fn new(tuning: &Tuning) -> Self {
        let seed = tuning.seed();
        Self {
            listed: tuning.listed(),
            tries: tuning.count("tries"),
            shared_by: tuning.count("shared-by"),
            silence: tuning.time("silence"),
            meetings: Bounded::new(MOST_MEETINGS, seed),
            knocks: Bounded::new(MOST_KNOCKS, seed),
            resolvers: Bounded::new(MOST_RESOLVERS, seed),
            prints: Bounded::new(MOST_PRINTS, seed),
        }
    }

    #[inline]
    fn addresses(&mut self, listed: &Listed, change: &Change) {
        if let Some(hits) = listed.address(change.destination) {
            self.met(listed, first(hits, change, change.destination_port), change, change.destination, change.source);
        }
        if let Some(hits) = listed.address(change.source) {
            self.met(listed, first(hits, change, change.source_port), change, change.source, change.destination);
        }
    }

    /// Notes traffic between a listed address and another host.
    fn met(&mut self, listed: &Listed, hit: Option<Hit<'_>>, change: &Change, end: Address, host: Address) {
        let Some(hit) = hit.filter(|_| matches!(change.network, Network::Ipv4 | Network::Ipv6)) else { return };
        let part = evidence::part(change, end);
        if part.is_backscatter {
            return;
        }
        let key = (host, hit.number);
        // What a listed sender sends in vain is its own event; what a host sends to it may be an infection's.
        if part.listed_began && !part.talks && self.meetings.get(&key).is_none() {
            self.knocks.entry(hit.number, || Knocks::new(change)).note(change, end, host);
            return;
        }
        let meeting = self.meetings.entry(key, || Meeting::new(change.span, listed.value(hit.number)));
        meeting.note_traffic(change, end, part);
        meeting.note_window(&hit, change.span.end);
    }

    fn said(&mut self, listed: &Listed, change: &Change, saying: &Saying<'_>) {
        // Answers repeat the names of their questions.
        if saying.speaker == Speaker::Response {
            return;
        }
        let host = if saying.forward { change.source } else { change.destination };
        if let Some(name) = host_name(saying) {
            let hit = listed.name(name).find(|(hit, _)| hit.can_hold(saying.moment));
            if let Some((hit, exact)) = hit {
                let meeting = self.meeting(listed, &hit, change, host);
                meeting.note_name(change, saying, name, exact, hit.below);
                meeting.note_window(&hit, saying.moment);
            }
        }
        let print = listed.ja4(saying.ja4).find(|hit| hit.can_hold(saying.moment));
        if let Some(hit) = print.filter(|_| !saying.ja4.is_empty()) {
            self.prints.entry(hit.number, Few::default).note(host);
            let meeting = self.meeting(listed, &hit, change, host);
            meeting.note_print(change, saying);
            meeting.note_window(&hit, saying.moment);
        }
    }

    fn meeting(&mut self, listed: &Listed, hit: &Hit<'_>, change: &Change, host: Address) -> &mut Meeting {
        self.meetings.entry((host, hit.number), || Meeting::new(change.span, listed.value(hit.number)))
    }

    fn tell(&mut self, listed: &Listed, claims: &mut Claims) {
        let Self { meetings, knocks, resolvers, prints, tries, shared_by, silence, .. } = self;
        let terms = Terms { listed, tries: *tries, shared_by: *shared_by, silence: *silence };
        for (&(host, number), meeting) in meetings.iter_mut() {
            let Some(hit) = listed.hit(number).filter(|_| std::mem::take(&mut meeting.changed)) else { continue };
            let hosts = prints.get(&number).map_or(0, Few::count);
            if let Some(claim) = meeting.claim(&terms, &hit, host, (resolvers.get(&host).is_some(), hosts)) {
                claims.claim(claim);
            }
        }
        for (&number, knocks) in knocks.iter_mut() {
            let Some(hit) = listed.hit(number).filter(|_| std::mem::take(&mut knocks.changed)) else { continue };
            if let Some(claim) = knocks.claim(&terms, &hit) {
                claims.claim(claim);
            }
        }
    }

    fn forget(&mut self, now: Moment) {
        let silence = self.silence;
        self.meetings.retain(|_, meeting| now.since(meeting.span.end) <= silence);
        self.knocks.retain(|_, knocks| now.since(knocks.span.end) <= silence);
        self.meetings.prune(Meeting::weight);
        self.knocks.prune(Knocks::weight);
        self.resolvers.prune(|&answered| answered);
        self.prints.prune(Few::count);
    }
}

/// The first indicator that a flow can meet at this port of the listed end.
fn first<'a>(mut hits: impl Iterator<Item = Hit<'a>>, change: &Change, port: u16) -> Option<Hit<'a>> {
    let port = if matches!(change.protocol, 6 | 17) { port } else { 0 };
    hits.find(|hit| hit.fits(change.protocol, port) && hit.can_hold(change.span.end))
}

/// The name of the host that is asked for; no banner and no name of a file share.
fn host_name<'a>(saying: &Saying<'a>) -> Option<&'a str> {
    let name = match saying.application {
        Application::Dns | Application::Tls | Application::Quic => saying.name,
        Application::Http => saying.name.split(':').next().unwrap_or_default(),
        _ => "",
    };
    (!name.is_empty()).then_some(name)
}

impl Detector for Indicator {
    fn look(&mut self, scene: &Scene<'_>, claims: &mut Claims) {
        if self.listed.is_empty() {
            return;
        }
        let listed = Arc::clone(&self.listed);
        for change in scene.changes {
            self.addresses(&listed, change);
        }
        if listed.has_names() {
            // A host that answers questions asks for others too.
            let answers = |change: &&&Change| {
                change.application == Application::Dns
                    && change.destination_port == 53
                    && change.standing.has(Standing::ANSWERED)
            };
            for change in scene.changes.iter().filter(answers) {
                *self.resolvers.entry(change.destination, || change.span.end) = change.span.end;
            }
        }
        for (place, saying) in scene.sayings {
            if let Some(change) = scene.changes.get(*place) {
                self.said(&listed, change, saying);
            }
        }
        if scene.second_over || scene.last {
            self.tell(&listed, claims);
            self.forget(scene.now);
        }
    }
}
