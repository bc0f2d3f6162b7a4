//! The register of events: joins claims about the same event, whichever sensor saw it, and decides when it is told.

use std::time::Duration;

use blueline_terms::finding::{Effect, Finding, FindingId, FindingState, Reason, Sources, Spoofed, Word};
use blueline_terms::{Confidence, Moment, SensorIndex, Span};
use foldhash::fast::FixedState;
use indexmap::IndexMap;

use crate::claim::{Claim, Subject};
use crate::detector::Description;
use crate::scene::{Whereabouts, party};

/// An event that goes on is told again when it has grown this much, but not more often than this.
const GROWN: u64 = 4;
const AGAIN_AFTER: Duration = Duration::from_secs(10);
/// And at least this often while it grows at all.
const AGAIN_EVERY: Duration = Duration::from_secs(60);
/// Targets and sources that a finding names.
const MOST_NAMED: usize = 32;

type Key = (Word, Word, Subject);

pub(crate) struct Register {
    open: IndexMap<Key, Open, FixedState>,
    most: usize,
    /// Events that were ended early for want of room.
    pub(crate) shed: u64,
}

/// An event under way.
struct Open {
    id: FindingId,
    class: Word,
    effect: Effect,
    /// What each sensor says, in the order in which they first did.
    said: Vec<(Option<SensorIndex>, Claim)>,
    renewed: Moment,
    told: Option<Told>,
}

/// What was told last.
#[derive(Clone, PartialEq)]
struct Told {
    at: Moment,
    packets: u64,
    sources: u64,
    targets: u64,
    spoofed: Spoofed,
    confidence: Confidence,
    grounds: Vec<Word>,
    against: Vec<Word>,
}

impl Register {
    pub(crate) fn new(most: usize) -> Self {
        Self { open: IndexMap::default(), most, shed: 0 }
    }

    /// Open events that take in parts, as far as they are sure enough to be told instead of those.
    pub(crate) fn wholes(&self) -> Vec<Claim> {
        let said = |open: &Open| open.said.iter().any(|(_, claim)| claim.parts.is_some());
        let open = self.open.values().filter(|open| said(open) && open.confidence() > Confidence::Low);
        open.flat_map(|open| open.said.iter().map(|(_, claim)| claim.clone())).collect()
    }

    /// Whether the event that a claim is about has been told.
    pub(crate) fn knows(&self, claim: &Claim) -> bool {
        self.open.contains_key(&(claim.kind.clone(), claim.vector.clone(), claim.subject))
    }

    /// Takes a claim of a sensor at a moment.
    pub(crate) fn take(&mut self, now: Moment, sensor: Option<SensorIndex>, claim: Claim, by: &Description) {
        let key = (claim.kind.clone(), claim.vector.clone(), claim.subject);
        let kind = by.kinds.iter().find(|kind| kind.name == claim.kind);
        let known = kind.is_some() || claim.class.is_some();
        debug_assert!(known, "{} does not say that it finds {}", by.name, claim.kind);
        let (class, effect) = claim.class.clone().unwrap_or_else(|| {
            kind.map_or(("other/undetermined".into(), Effect::NONE), |kind| (kind.class.into(), kind.effect))
        });
        let open = self.open.entry(key).or_insert_with(|| Open {
            id: name(&claim),
            class,
            effect,
            said: Vec::new(),
            renewed: now,
            told: None,
        });
        open.renewed = open.renewed.max(now);
        match open.said.iter_mut().find(|(saying, _)| *saying == sensor) {
            Some((_, said)) => *said = claim,
            None => open.said.push((sensor, claim)),
        }
    }

    /// What there is to tell at `now`: what opened, what changed enough, and what has ended. All of it where `last`.
    pub(crate) fn tell(&mut self, now: Moment, last: bool, whereabouts: &dyn Whereabouts) -> Vec<Finding> {
        let mut findings = Vec::new();
        for open in self.open.values_mut() {
            if open.is_worth_telling(now) {
                let state = if open.told.is_none() { FindingState::Opened } else { FindingState::Changed };
                findings.push(open.tell(now, state, whereabouts));
            }
        }
        let over = |open: &Open| last || now.since(open.renewed) > open.linger();
        findings.extend(
            self.open
                .values_mut()
                .filter(|open| over(open))
                .map(|open| open.tell(now, FindingState::Ended, whereabouts)),
        );
        self.open.retain(|_, open| !over(open));
        self.keep_bound(now, whereabouts, &mut findings);
        findings
    }

    /// Ends the least sure events, among them the longest silent, when there are too many.
    fn keep_bound(&mut self, now: Moment, whereabouts: &dyn Whereabouts, findings: &mut Vec<Finding>) {
        if self.open.len() <= self.most {
            return;
        }
        let mut order: Vec<usize> = (0..self.open.len()).collect();
        order.sort_by_key(|&place| {
            let open = &self.open[place];
            (std::cmp::Reverse(open.confidence()), std::cmp::Reverse(open.renewed), place)
        });
        let mut gone: Vec<usize> = order.split_off(self.most / 4 * 3);
        gone.sort_unstable();
        for &place in &gone {
            findings.push(self.open[place].tell(now, FindingState::Ended, whereabouts));
        }
        self.shed += gone.len() as u64;
        let mut place = 0;
        self.open.retain(|_, _| {
            place += 1;
            gone.binary_search(&(place - 1)).is_err()
        });
    }
}

impl Open {
    /// What the sensor says that saw most.
    fn fullest(&self) -> &Claim {
        let fullest =
            self.said.iter().enumerate().max_by_key(|(place, (_, claim))| (claim.packets, usize::MAX - place));
        // There is a claim wherever there is an event.
        &self.said[fullest.map_or(0, |(place, _)| place)].1
    }

    fn confidence(&self) -> Confidence {
        self.said.iter().map(|(_, claim)| claim.confidence).max().unwrap_or(Confidence::Low)
    }

    fn linger(&self) -> Duration {
        self.said.iter().map(|(_, claim)| claim.linger).max().unwrap_or_default()
    }

    fn is_worth_telling(&self, now: Moment) -> bool {
        let Some(told) = &self.told else { return true };
        let stands = self.stands(now);
        let weightier = (stands.confidence, stands.spoofed) != (told.confidence, told.spoofed);
        let since = now.since(told.at);
        let reasons = (&stands.grounds, &stands.against) != (&told.grounds, &told.against);
        let grown = |figure: fn(&Told) -> u64, by: u64| figure(&stands) >= figure(told).saturating_mul(by);
        let much = grown(|t| t.packets, GROWN) || grown(|t| t.sources, GROWN) || grown(|t| t.targets, GROWN);
        weightier && since >= Duration::from_secs(1)
            || since >= AGAIN_AFTER && (much && stands.packets > told.packets || reasons)
            || since >= AGAIN_EVERY && stands.packets > told.packets
    }

    fn stands(&self, now: Moment) -> Told {
        let claim = self.fullest();
        let words = |reasons: &[Reason]| reasons.iter().map(|reason| reason.word.clone()).collect();
        Told {
            at: now,
            packets: claim.packets,
            sources: claim.sources.count,
            targets: claim.target_count,
            spoofed: claim.sources.spoofed,
            confidence: self.confidence(),
            grounds: words(&claim.grounds),
            against: words(&claim.against),
        }
    }

    fn tell(&mut self, now: Moment, state: FindingState, whereabouts: &dyn Whereabouts) -> Finding {
        self.told = Some(self.stands(now));
        let claim = self.fullest();
        let span = self.said.iter().map(|(_, claim)| claim.span).reduce(Span::join).unwrap_or(claim.span);
        let places = |addresses: &[blueline_terms::Address]| {
            addresses.iter().take(MOST_NAMED).map(|&address| party(whereabouts, address)).collect()
        };
        let sample = claim.sources.sample.iter().take(MOST_NAMED).copied().collect();
        let mut grounds = claim.grounds.clone();
        if self.said.len() > 1 {
            grounds.push(Reason::new("seen-by-several").with("sensors", self.said.len() as u64));
        }
        Finding {
            id: self.id,
            state,
            kind: claim.kind.clone(),
            vector: claim.vector.clone(),
            class: self.class.clone(),
            effect: self.effect,
            span,
            actors: places(&claim.actors),
            targets: places(&claim.targets),
            target_count: claim.target_count.max(claim.targets.len() as u64),
            sources: Sources { sample, ..claim.sources.clone() },
            ports: claim.ports.iter().take(MOST_NAMED).copied().collect(),
            flow_count: claim.flow_count,
            packets: claim.packets,
            bytes: claim.bytes,
            measure: claim.measure.clone(),
            confidence: self.confidence(),
            grounds,
            against: claim.against.clone(),
            flows: claim.flows.iter().take(MOST_NAMED).copied().collect(),
            contacts: claim.contacts.clone(),
            sensors: self.said.iter().map(|(sensor, _)| *sensor).collect(),
        }
    }
}

/// An event's name: what it is, whom it turns on, and when it began. Stable over versions, because it is kept.
fn name(claim: &Claim) -> FindingId {
    let mut hash = blake3::Hasher::new_derive_key("blueline 2026 finding id, version 1");
    for word in [&claim.kind, &claim.vector] {
        hash.update(&(word.len() as u64).to_le_bytes()).update(word.as_bytes());
    }
    let Subject { host, other, port } = claim.subject;
    hash.update(&host.bits().to_le_bytes()).update(&other.bits().to_le_bytes()).update(&port.to_le_bytes());
    hash.update(&claim.span.start.nanos().to_le_bytes());
    let digest = hash.finalize();
    let head = digest.as_bytes().first_chunk::<8>();
    FindingId(head.map_or(0, |bytes| u64::from_be_bytes(*bytes)))
}
