//! Plays a scenario in memory and watches it: what the detectors tell, and what the simple ones beside them do.

use std::collections::{BTreeMap, BTreeSet};

use blueline_detect::Runner;
use blueline_exercise::{Scenario, Truth};
use blueline_terms::finding::{Reason, Value};
use blueline_terms::{Address, Changes, Finding, FindingId, Moment, Span};
use blueline_watch::{Beat, HashKey};

use super::memory::{self, Watch};
use super::naive::{FixedRates, Rates, ScanCount};
use super::sample::Sample;

/// Who watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Watcher {
    /// Blueline's detectors, the whole catalogue with its defaults.
    Detectors,
    /// Fixed rates of each host, as FastNetMon Community comes.
    FixedRates,
    /// The same, scaled so that ten times what the service usually gets is too much.
    ScaledRates,
    /// A count of failed connections, as Zeek's policy for scans comes.
    ScanCount,
}

impl Watcher {
    /// Its word in the report's files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Detectors => "blueline",
            Self::FixedRates => "fixed-rates",
            Self::ScaledRates => "scaled-rates",
            Self::ScanCount => "scan-count",
        }
    }
}

/// An event as a watcher told it, in the end and over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its kind.
    pub kind: String,
    /// How it was done.
    pub vector: String,
    /// First and last packet, by what was told last.
    pub span: Span,
    /// When it was first told with at least low, moderate and high confidence.
    pub told: [Option<Moment>; 3],
    /// Who did it.
    pub actors: Vec<Address>,
    /// To whom.
    pub targets: Vec<Address>,
    /// Some of those where its packets seemed to come from.
    pub sources: Vec<Address>,
    /// Who reached whom.
    pub contacts: Vec<(Address, Address)>,
    /// What was measured, and the reasons for and against, in the detector's words.
    pub about: String,
}

/// A scenario after it was played and watched.
#[derive(Clone, Debug)]
pub struct Played {
    /// What happened.
    pub truth: Truth,
    /// What was told of it.
    pub events: Vec<(Watcher, Event)>,
    /// Packets of all captures.
    pub packets: u64,
    /// What went wrong, if anything: then the campaign is worth nothing.
    pub problem: Option<String>,
}

/// Plays and watches one scenario.
pub fn play(sample: &Sample) -> Played {
    match Scenario::parse(&sample.text) {
        Ok(scenario) => watch(&scenario, sample.usual),
        Err(error) => {
            // The sampler's tests play every scenario; who changes it sees this in the report.
            let empty = Truth {
                version: blueline_exercise::truth::VERSION,
                title: String::new(),
                seed: 0,
                start: String::new(),
                end: String::new(),
                period_seconds: 0.0,
                parties: Vec::new(),
                safe_areas: Vec::new(),
                sensors: Vec::new(),
                attacks: Vec::new(),
            };
            Played { truth: empty, events: Vec::new(), packets: 0, problem: Some(error.to_string()) }
        }
    }
}

fn watch(scenario: &Scenario, usual: f64) -> Played {
    let (captures, truth) = scenario.record();
    let mission = memory::mission(scenario);
    let own = mission.parties.iter().flat_map(|party| party.prefixes.clone()).collect::<Vec<_>>();
    let mut watchers = Watchers {
        found: BTreeMap::new(),
        fixed: FixedRates::new(Rates::FASTNETMON, own.clone()),
        scaled: FixedRates::new(Rates::FASTNETMON.scaled_to(10.0 * usual), own),
        scans: ScanCount::default(),
    };
    let key = HashKey::new([7; 32]);
    let watch = Watch { mission: &mission, captures, period: scenario.period, threads: 1, key };
    let watched = watch.run(Runner::all(), |beat, found, shards| watchers.see(beat, &found, shards));
    match watched {
        Ok(packets) => Played { truth, events: watchers.events(), packets, problem: None },
        Err(error) => Played { truth, events: Vec::new(), packets: 0, problem: Some(error.to_string()) },
    }
}

/// What the detectors told by now, and the simple ones beside them.
struct Watchers {
    found: BTreeMap<FindingId, Event>,
    fixed: FixedRates,
    scaled: FixedRates,
    scans: ScanCount,
}

impl Watchers {
    fn see(&mut self, beat: Beat, found: &[Finding], shards: &[&Changes]) {
        found.iter().for_each(|finding| self.note(beat.now, finding));
        for row in shards.iter().flat_map(|changes| &changes.rows) {
            self.fixed.note(row);
            self.scaled.note(row);
            self.scans.note(row);
        }
        if beat.second_over || beat.last {
            self.fixed.second(beat.now);
            self.scaled.second(beat.now);
            self.scans.second(beat.now, beat.last);
        }
    }

    fn note(&mut self, now: Moment, finding: &Finding) {
        let told = self.found.get(&finding.id).map_or([None; 3], |event| event.told);
        let mut event = Event::of(finding);
        event.told = told;
        for first in event.told.iter_mut().take(finding.confidence as usize + 1) {
            first.get_or_insert(now);
        }
        self.found.insert(finding.id, event);
    }

    fn events(self) -> Vec<(Watcher, Event)> {
        let mut events: Vec<(Watcher, Event)> = Vec::new();
        events.extend(self.found.into_values().map(|event| (Watcher::Detectors, event)));
        events.extend(self.fixed.events().map(|event| (Watcher::FixedRates, event)));
        events.extend(self.scaled.events().map(|event| (Watcher::ScaledRates, event)));
        events.extend(self.scans.events().map(|event| (Watcher::ScanCount, event)));
        events.sort_by_key(|(watcher, event)| (*watcher, event.told[0], event.span.start));
        events
    }
}

impl Event {
    fn of(finding: &Finding) -> Self {
        let address = |parties: &[blueline_terms::finding::Party]| parties.iter().map(|party| party.address).collect();
        let measure = finding.measure.as_ref().map(|measure| {
            let usual = measure.baseline.map_or_else(String::new, |usual| format!(", usually {usual:.1}"));
            format!("{} {:.1} over {:.1}{usual}; ", measure.what, measure.value, measure.threshold)
        });
        let reasons = |reasons: &[Reason]| reasons.iter().map(reason).collect::<BTreeSet<_>>();
        let listed = |words: BTreeSet<String>| words.into_iter().collect::<Vec<_>>().join(", ");
        Self {
            kind: finding.kind.to_string(),
            vector: finding.vector.to_string(),
            span: finding.span,
            told: [None; 3],
            actors: address(&finding.actors),
            targets: address(&finding.targets),
            sources: finding.sources.sample.clone(),
            contacts: finding.contacts.iter().map(|contact| (contact.from, contact.to)).collect(),
            about: format!(
                "{}{} packets of {} sources; for: {}; against: {}",
                measure.unwrap_or_default(),
                finding.packets,
                finding.sources.count,
                listed(reasons(&finding.grounds)),
                listed(reasons(&finding.against)),
            ),
        }
    }
}

fn reason(reason: &Reason) -> String {
    let value = |value: &Value| match value {
        Value::Count(count) => count.to_string(),
        Value::Number(number) | Value::Share(number) => format!("{number:.3}"),
        Value::Seconds(seconds) => format!("{seconds:.1}s"),
        Value::Bytes(bytes) => format!("{bytes}B"),
        Value::Address(address) => address.to_string(),
        Value::Moment(moment) => moment.to_string(),
        Value::Text(text) => text.clone(),
    };
    let values: Vec<String> = reason.values.iter().map(|(name, told)| format!("{name}={}", value(told))).collect();
    if values.is_empty() { reason.word.to_string() } else { format!("{}({})", reason.word, values.join(" ")) }
}
