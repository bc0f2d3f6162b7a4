//! What a detector says of an event each time it looks.

use std::time::Duration;

use blueline_terms::finding::{Contact, Effect, Measure, Reason, Sources, Word};
use blueline_terms::{Address, Confidence, FlowId, Span};

/// What makes two claims be about the same event, beside their kind and vector.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    /// The host that the event turns on: the target of a flood, the source of a scan.
    pub host: Address,
    /// The other host, where the event is between two.
    pub other: Address,
    /// The port, where events on different ports are different events.
    pub port: u16,
}

impl Subject {
    /// An event that turns on one host.
    pub fn host(host: Address) -> Self {
        Self { host, ..Self::default() }
    }
}

/// An event as a detector sees it by now: all figures are those of the whole event, not of the latest beat.
#[derive(Clone, Debug)]
pub struct Claim {
    /// One of the kinds that the detector describes.
    pub kind: Word,
    /// One of the kind's vectors.
    pub vector: Word,
    /// Which event it is.
    pub subject: Subject,
    /// Class and effect where they come from the data; else they are the kind's own.
    pub class: Option<(Word, Effect)>,
    /// First and last packet.
    pub span: Span,
    /// Who did it; empty where nobody can be named.
    pub actors: Vec<Address>,
    /// To whom, the first of them.
    pub targets: Vec<Address>,
    /// To how many; at least as many as `targets`.
    pub target_count: u64,
    /// Where the packets seemed to come from.
    pub sources: Sources,
    /// Ports, most telling first.
    pub ports: Vec<u16>,
    /// Flows.
    pub flow_count: u64,
    /// Packets.
    pub packets: u64,
    /// Bytes.
    pub bytes: u64,
    /// What was measured.
    pub measure: Option<Measure>,
    /// How sure.
    pub confidence: Confidence,
    /// What speaks for it.
    pub grounds: Vec<Reason>,
    /// What speaks against it.
    pub against: Vec<Reason>,
    /// Some of its flows, the earliest first.
    pub flows: Vec<FlowId>,
    /// Who reached whom.
    pub contacts: Vec<Contact>,
    /// What other detectors may find of its hosts that is a part of it.
    pub parts: Option<Parts>,
    /// How long the event may be silent, in event time, before it counts as ended.
    pub linger: Duration,
}

impl Claim {
    /// A claim with nothing to show yet: low confidence, no figures, silence of ten seconds ends it.
    pub fn new(kind: impl Into<Word>, vector: impl Into<Word>, subject: Subject, span: Span) -> Self {
        Self {
            kind: kind.into(),
            vector: vector.into(),
            subject,
            class: None,
            span,
            actors: Vec::new(),
            targets: Vec::new(),
            target_count: 0,
            sources: Sources::default(),
            ports: Vec::new(),
            flow_count: 0,
            packets: 0,
            bytes: 0,
            measure: None,
            confidence: Confidence::Low,
            grounds: Vec::new(),
            against: Vec::new(),
            flows: Vec::new(),
            contacts: Vec::new(),
            parts: None,
            linger: Duration::from_secs(10),
        }
    }
}

/// Claims that are about parts of a larger event: of one kind, with its vector, at its ports, by one of these hosts.
#[derive(Clone, Debug)]
pub struct Parts {
    /// The kind of the parts.
    pub kind: Word,
    /// Who does them, in the order of their addresses, so that one is found fast.
    pub hosts: Vec<Address>,
    /// The reason against a part's being an event of its own.
    pub reason: Word,
}

impl Claim {
    /// The reason for which a claim is about a part of this event; `None` where it is an event of its own.
    pub(crate) fn takes_in(&self, part: &Self) -> Option<&Word> {
        let parts = self.parts.as_ref().filter(|parts| parts.kind == part.kind && self.vector == part.vector)?;
        let [actor] = part.actors[..] else { return None };
        let here = !part.ports.is_empty() && part.ports.iter().all(|port| self.ports.contains(port));
        (here && parts.hosts.binary_search(&actor).is_ok()).then_some(&parts.reason)
    }
}

/// Takes claims.
#[derive(Default)]
pub struct Claims {
    pub(crate) made: Vec<Claim>,
    pub(crate) dropped: u64,
}

/// Claims that are taken from one detector in one beat: far more than there are events, so one that makes more is broken.
const MOST: usize = 4096;

impl Claims {
    /// Claims that an event goes on, or that there is one.
    pub fn claim(&mut self, claim: Claim) {
        if self.made.len() < MOST {
            self.made.push(claim);
        } else {
            self.dropped += 1;
        }
    }
}
