//! Holds what was told against the truth.
//!
//! An attack that a sensor saw is found when an event of a right kind names who was in it, overlaps it in time, and was
//! told between its first packet and [`PATIENCE`] after its last. A worm is to be seen where a sensor saw at least two
//! infections: what infects nobody does not spread. A command to a controller is to be seen where it came from outside the
//! controller's safe area. An event is right when it tells of an attack, a side effect when it is
//! an honest consequence of one ([`SIDE_EFFECTS`]), else a false alarm.

use std::collections::BTreeSet;
use std::time::Duration;

use blueline_exercise::Truth;
use blueline_exercise::truth::AttackTruth;
use blueline_terms::{Address, Confidence, Moment, Prefix, Span};

use super::expect::{Expected, Part, SIDE_EFFECTS, SideEffect, expected};
use super::play::{Event, Played, Watcher};
use super::sample::{Drawn, Sample};

/// What is told later than this after an attack's last packet is too late to count as found.
pub const PATIENCE: Duration = Duration::from_secs(120);
/// By how much an event may miss an attack in time and still be of it.
const SLACK: Duration = Duration::from_secs(2);
/// Infections that a sensor must have seen of a worm.
const INFECTIONS: u64 = 2;

/// A watcher, as surely as one listens to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Observer {
    /// The detectors, at any confidence.
    Any,
    /// The detectors, at moderate confidence or more: what a person is called for.
    Moderate,
    /// Fixed rates as they come.
    FixedRates,
    /// Fixed rates at ten times usual.
    ScaledRates,
    /// A count of failed connections.
    ScanCount,
}

impl Observer {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Any, Self::Moderate, Self::FixedRates, Self::ScaledRates, Self::ScanCount];

    /// Its name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Any => "any confidence",
            Self::Moderate => "moderate or more",
            Self::FixedRates => "fixed rates (FastNetMon's defaults)",
            Self::ScaledRates => "fixed rates (ten times usual)",
            Self::ScanCount => "failed connections (Zeek's defaults)",
        }
    }

    /// Whose events it hears.
    const fn watcher(self) -> Watcher {
        match self {
            Self::Any | Self::Moderate => Watcher::Detectors,
            Self::FixedRates => Watcher::FixedRates,
            Self::ScaledRates => Watcher::ScaledRates,
            Self::ScanCount => Watcher::ScanCount,
        }
    }

    /// When it first heard of an event.
    fn heard(self, event: &Event) -> Option<Moment> {
        event.told[if self == Self::Moderate { Confidence::Moderate } else { Confidence::Low } as usize]
    }
}

/// A scenario and how all watchers did.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// Its number.
    pub scenario: u32,
    /// Its length in seconds.
    pub seconds: f64,
    /// Whether it has no attacks.
    pub ordinary: bool,
    /// Packets that were watched.
    pub packets: u64,
    /// The attacks that a sensor saw.
    pub attacks: Vec<AttackLine>,
    /// How many no sensor could see.
    pub unseen: u32,
    /// What was told.
    pub events: Vec<EventLine>,
    /// What went wrong, if anything.
    pub problem: Option<String>,
}

/// An attack, and who found it.
#[derive(Clone, Debug, PartialEq)]
pub struct AttackLine {
    /// Its id in the scenario.
    pub id: String,
    /// Its kind in the truth.
    pub attack: String,
    /// The kind of finding that is right.
    pub kind: &'static str,
    /// How it was done.
    pub vector: String,
    /// In multiples of usual.
    pub strength: f64,
    /// For floods and reflections, packets a second that were drawn.
    pub rate: Option<f64>,
    /// What else was drawn.
    pub note: String,
    /// Its first packet at any sensor.
    pub first: Moment,
    /// Its last.
    pub last: Moment,
    /// Its packets at the sensor that saw most.
    pub packets: u64,
    /// What the detectors said of it, in their words; empty where they said nothing.
    pub about: String,
    /// By observer, in the order of [`Observer::ALL`].
    pub found: [Option<Found>; Observer::ALL.len()],
}

/// How an attack was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// From its first packet to the first word of it.
    pub delay: Duration,
    /// Whether kind and vector were right.
    pub named: bool,
    /// Events that told of it.
    pub events: u32,
}

/// What an event turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It tells of the attack with this id.
    Right(String),
    /// It is an honest consequence of the attack with this id.
    SideEffect(String, &'static str),
    /// Nothing like it happened.
    False,
}

/// An event, and what it turned out to be.
#[derive(Clone, Debug, PartialEq)]
pub struct EventLine {
    /// Who told it.
    pub watcher: Watcher,
    /// The event.
    pub event: Event,
    /// What it turned out to be.
    pub verdict: Verdict,
    /// Whether it blames addresses that were forged or only reflected.
    pub blames: bool,
}

impl EventLine {
    /// Whether this observer heard of it.
    pub fn is_heard_by(&self, observer: Observer) -> bool {
        observer.watcher() == self.watcher && observer.heard(&self.event).is_some()
    }
}

/// Judges a scenario that was played.
pub fn judge(sample: &Sample, played: &Played) -> Judged {
    let (seen, unseen) = seen_attacks(&played.truth, sample);
    let attacks = seen.iter().filter(|attack| attack.to_be_found).map(|attack| attack.line(&played.events)).collect();
    let events = played.events.iter().map(|(watcher, event)| {
        let verdict = verdict(event, &seen);
        let blames = seen.iter().any(|attack| attack.is_told_by(event) && attack.is_blamed_wrongly(event));
        EventLine { watcher: *watcher, event: event.clone(), verdict, blames }
    });
    Judged {
        scenario: sample.number,
        seconds: sample.seconds,
        ordinary: sample.attacks.is_empty(),
        packets: played.packets,
        attacks,
        unseen,
        events: events.collect(),
        problem: played.problem.clone(),
    }
}

/// An attack of the truth as the sensors saw it.
struct Seen<'a> {
    truth: &'a AttackTruth,
    drawn: &'a Drawn,
    expected: Expected,
    span: Span,
    packets: u64,
    sources: BTreeSet<Address>,
    targets: BTreeSet<Address>,
    /// Whether it can be found: a worm that infects nobody is only a scan.
    to_be_found: bool,
    /// Packets a second that the service usually gets.
    usual: f64,
}

/// The attacks that a sensor saw anything of, and how many cannot be found.
fn seen_attacks<'a>(truth: &'a Truth, sample: &'a Sample) -> (Vec<Seen<'a>>, u32) {
    let Sample { attacks: drawn, usual, .. } = sample;
    let mut seen = Vec::new();
    let mut unseen = 0;
    for attack in &truth.attacks {
        let found = expected(attack).zip(drawn.iter().find(|drawn| drawn.id == attack.id));
        let Some((expected, drawn)) = found else { continue };
        let views = truth.sensors.iter().flat_map(|sensor| &sensor.attacks).filter(|view| view.id == attack.id);
        let mut span: Option<Span> = None;
        let (mut packets, mut infections) = (0, 0);
        for view in views {
            // The generator wrote them.
            let (Ok(first), Ok(last)) = (view.first.parse(), view.last.parse()) else { continue };
            let own = Span { start: first, end: last };
            span = Some(span.map_or(own, |span| span.join(own)));
            packets = packets.max(view.packets);
            infections = infections.max(view.infections.unwrap_or(0));
        }
        let Some(span) = span else {
            unseen += 1;
            continue;
        };
        let (sources, targets) = ends(attack);
        let to_be_found = match attack.kind.as_str() {
            "worm" => infections >= INFECTIONS,
            // What goes on within a safe area is its own matter.
            "control-write" => !is_within(truth, attack, &sources),
            _ => true,
        };
        unseen += u32::from(!to_be_found);
        seen.push(Seen { truth: attack, drawn, expected, span, packets, sources, targets, to_be_found, usual: *usual });
    }
    // In the order in which they were drawn, which is the same whatever kinds there are.
    seen.sort_by_key(|attack| drawn.iter().position(|one| one.id == attack.truth.id));
    (seen, unseen)
}

/// Whether all sources stand in the safe area that the attack is aimed at.
fn is_within(truth: &Truth, attack: &AttackTruth, sources: &BTreeSet<Address>) -> bool {
    let area = truth.safe_areas.iter().find(|area| attack.safe_area.as_ref() == Some(&area.id));
    let prefixes: Vec<Prefix> =
        area.iter().flat_map(|area| &area.addresses).filter_map(|text| text.parse().ok()).collect();
    !prefixes.is_empty() && sources.iter().all(|&source| prefixes.iter().any(|prefix| prefix.contains(source)))
}

/// Who did it and to whom. Infected hosts are both.
fn ends(attack: &AttackTruth) -> (BTreeSet<Address>, BTreeSet<Address>) {
    let read = |texts: &[String]| texts.iter().filter_map(|text| text.parse().ok()).collect::<BTreeSet<Address>>();
    let (mut sources, mut targets) = (read(&attack.sources.first), read(&attack.targets.first));
    for contact in attack.outbreak.iter().flat_map(|outbreak| &outbreak.contacts) {
        if let Ok(host) = contact.host.parse() {
            sources.insert(host);
            targets.insert(host);
        }
    }
    (sources, targets)
}

fn meet(some: &[Address], others: &BTreeSet<Address>) -> bool {
    some.iter().any(|one| others.contains(one))
}

impl Seen<'_> {
    /// Whether the event is about who was in this attack.
    fn is_named_by(&self, event: &Event) -> bool {
        let by = |those: &BTreeSet<Address>| meet(&event.actors, those);
        let to = |those: &BTreeSet<Address>| meet(&event.targets, those);
        let contacts = || {
            let mut ends = event.contacts.iter().flat_map(|&(from, to)| [from, to]);
            ends.any(|end| self.targets.contains(&end))
        };
        match self.truth.kind.as_str() {
            "flood" | "reflection" => to(&self.targets),
            "scan" => by(&self.sources),
            "exfiltration" => by(&self.sources) && (event.targets.is_empty() || to(&self.targets)),
            "dns-abuse" => by(&self.sources) || to(&self.sources),
            // Where nobody is named, whose passwords are tried tells.
            "brute-force" => {
                if event.actors.is_empty() {
                    to(&self.targets)
                } else {
                    by(&self.sources)
                }
            }
            "worm" => by(&self.sources) || to(&self.targets) || contacts(),
            // Either end may be called the actor.
            "beacon" => {
                let host = by(&self.sources) || to(&self.sources);
                let master = by(&self.targets) || to(&self.targets);
                host && (master || event.targets.is_empty() || event.actors.is_empty())
            }
            "control-write" => by(&self.sources) && to(&self.targets),
            // The one who answers is flooded, and must not be called its sender.
            "backscatter" => !by(&self.sources) && (to(&self.sources) || meet(&event.sources, &self.sources)),
            _ => false,
        }
    }

    fn overlaps(&self, event: &Event) -> bool {
        event.span.start <= self.span.end.plus(SLACK) && event.span.end.plus(SLACK) >= self.span.start
    }

    /// Whether the event tells of this attack.
    fn is_told_by(&self, event: &Event) -> bool {
        let Expected { kind, right, also, .. } = self.expected;
        let told = event.kind.as_str();
        let kind = kind == told || right.contains(&told) || also.contains(&told);
        // What was told before an attack began was of something else, unless it was told with more confidence since.
        let after = event.told.iter().flatten().any(|told| *told >= self.span.start);
        kind && after && self.overlaps(event) && self.is_named_by(event)
    }

    /// Packets a second of what is measured by packets a second.
    fn rate(&self) -> Option<f64> {
        matches!(self.truth.kind.as_str(), "flood" | "reflection").then_some(self.drawn.strength * self.usual)
    }

    fn is_named_right_by(&self, event: &Event) -> bool {
        let Expected { kind, right, vectors, .. } = self.expected;
        let told = event.kind.as_str();
        (kind == told || right.contains(&told)) && (vectors.is_empty() || vectors.contains(&event.vector.as_str()))
    }

    /// Whether the event says that somebody did it whose address was only abused.
    fn is_blamed_wrongly(&self, event: &Event) -> bool {
        self.truth.sources_misleading && !event.actors.is_empty()
    }

    fn has_side_effect(&self, effect: &SideEffect, event: &Event) -> bool {
        let part = match effect.part {
            Part::Target => meet(&event.targets, &self.targets) && event.actors.is_empty(),
            Part::Source => meet(&event.actors, &self.sources) && !self.truth.sources_misleading,
            Part::Abused => meet(&event.targets, &self.sources) && event.actors.is_empty(),
        };
        effect.attack == self.truth.kind && event.kind.starts_with(effect.finding) && part && self.overlaps(event)
    }

    /// What was said in the event that was told with most confidence, and first of those.
    fn about(&self, events: &[(Watcher, Event)]) -> String {
        let told = events.iter().filter(|(watcher, event)| *watcher == Watcher::Detectors && self.is_told_by(event));
        let sure = |event: &Event| event.told.iter().flatten().count();
        let best = told.max_by_key(|(_, event)| (sure(event), std::cmp::Reverse(event.told[0])));
        best.map_or_else(String::new, |(_, event)| format!("{} {}: {}", event.kind, event.vector, event.about))
    }

    fn line(&self, events: &[(Watcher, Event)]) -> AttackLine {
        let deadline = self.span.end.plus(PATIENCE);
        let found = Observer::ALL.map(|observer| {
            let own = events.iter().filter(|(watcher, event)| *watcher == observer.watcher() && self.is_told_by(event));
            let in_time: Vec<(Moment, &Event)> = own
                .filter_map(|(_, event)| Some((observer.heard(event)?, event)))
                .filter(|(heard, _)| (self.span.start..=deadline).contains(heard))
                .collect();
            let first = in_time.iter().map(|(heard, _)| *heard).min()?;
            Some(Found {
                delay: first.since(self.span.start),
                named: in_time.iter().any(|(_, event)| self.is_named_right_by(event)),
                events: in_time.len() as u32,
            })
        });
        AttackLine {
            id: self.truth.id.clone(),
            attack: self.truth.kind.clone(),
            kind: self.expected.kind,
            vector: match &self.truth.protocol {
                Some(protocol) => format!("{} {protocol}", self.truth.vector),
                None => self.truth.vector.clone(),
            },
            strength: self.drawn.strength,
            rate: self.rate(),
            note: self.drawn.note.clone(),
            first: self.span.start,
            last: self.span.end,
            packets: self.packets,
            about: self.about(events),
            found,
        }
    }
}

fn verdict(event: &Event, attacks: &[Seen<'_>]) -> Verdict {
    if let Some(attack) = attacks.iter().find(|attack| attack.is_told_by(event)) {
        return Verdict::Right(attack.truth.id.clone());
    }
    for attack in attacks {
        if let Some(effect) = SIDE_EFFECTS.iter().find(|effect| attack.has_side_effect(effect, event)) {
            return Verdict::SideEffect(attack.truth.id.clone(), effect.why);
        }
    }
    Verdict::False
}

#[cfg(test)]
mod tests {
    use super::*;
    use blueline_exercise::truth::{Listed, SeenAttackTruth, SensorTruth};

    fn address(text: &str) -> Address {
        text.parse().unwrap()
    }

    fn at(seconds: i64) -> Moment {
        Moment::from_seconds(1_800_000_000 + seconds, 0)
    }

    fn listed(texts: &[&str]) -> Listed<String> {
        Listed { count: texts.len() as u64, first: texts.iter().map(|&text| text.to_owned()).collect() }
    }

    /// An attack from second 10 to second 20 that one sensor saw.
    fn attack(kind: &str, vector: &str, sources: &[&str], targets: &[&str]) -> AttackTruth {
        AttackTruth {
            id: format!("{kind}-0"),
            kind: kind.to_owned(),
            vector: vector.to_owned(),
            start: Some(at(10).to_string()),
            end: Some(at(20).to_string()),
            actor_side: "world".to_owned(),
            target_side: "south".to_owned(),
            safe_area: None,
            sources_misleading: matches!(kind, "flood" | "reflection" | "backscatter"),
            sources: listed(sources),
            targets: listed(targets),
            ports: Listed::default(),
            packets: 100,
            packets_back: 0,
            flows: 100,
            protocol: None,
            outbreak: None,
        }
    }

    /// An event that was told with moderate confidence.
    fn event(kind: &str, vector: &str, span: (i64, i64), told: i64) -> Event {
        Event {
            kind: kind.to_owned(),
            vector: vector.to_owned(),
            span: Span { start: at(span.0), end: at(span.1) },
            told: [Some(at(told)), Some(at(told)), None],
            actors: Vec::new(),
            targets: Vec::new(),
            sources: Vec::new(),
            contacts: Vec::new(),
            about: String::new(),
        }
    }

    fn to(target: &str, event: Event) -> Event {
        Event { targets: vec![address(target)], ..event }
    }

    fn by(actor: &str, event: Event) -> Event {
        Event { actors: vec![address(actor)], ..event }
    }

    fn judged(attack: AttackTruth, events: Vec<Event>) -> Judged {
        let view = SeenAttackTruth {
            id: attack.id.clone(),
            first: at(10).to_string(),
            last: at(20).to_string(),
            packets: 100,
            bytes: 6000,
            flows: 100,
            infections: (attack.kind == "worm").then_some(3),
        };
        let sensor = SensorTruth {
            id: "crossing".to_owned(),
            first: None,
            last: None,
            packets: 100,
            bytes: 6000,
            flows: 100,
            networks: Default::default(),
            fragments: 0,
            tunnelled: 0,
            totals: Vec::new(),
            periods: Vec::new(),
            safe_areas: Vec::new(),
            attacks: vec![view],
        };
        let drawn = vec![Drawn { id: attack.id.clone(), strength: 10.0, note: String::new() }];
        let truth = Truth {
            version: 1,
            title: String::new(),
            seed: 1,
            start: String::new(),
            end: String::new(),
            period_seconds: 60.0,
            parties: Vec::new(),
            safe_areas: Vec::new(),
            sensors: vec![sensor],
            attacks: vec![attack],
        };
        let events = events.into_iter().map(|event| (Watcher::Detectors, event)).collect();
        let played = Played { truth, events, packets: 100, problem: None };
        let sample = Sample { number: 0, text: String::new(), seconds: 60.0, usual: 10.0, attacks: drawn };
        judge(&sample, &played)
    }

    fn flood() -> AttackTruth {
        attack("flood", "syn", &["44.1.1.1", "44.1.1.2"], &["198.19.3.10"])
    }

    fn moderate(judged: &Judged) -> Option<Found> {
        judged.attacks[0].found[Observer::Moderate as usize]
    }

    #[test]
    fn what_names_the_target_in_time_is_found() {
        let told = judged(flood(), vec![to("198.19.3.10", event("ddos.flood", "syn", (10, 20), 12))]);
        assert_eq!(moderate(&told), Some(Found { delay: Duration::from_secs(2), named: true, events: 1 }));
        assert_eq!(told.events[0].verdict, Verdict::Right("flood-0".to_owned()));
        let other = judged(flood(), vec![to("198.19.3.10", event("ddos.flood", "udp", (10, 20), 12))]);
        assert!(!moderate(&other).unwrap().named);
        assert_eq!(judged(flood(), Vec::new()).attacks[0].found, [None; 5]);
    }

    #[test]
    fn low_confidence_is_heard_by_who_listens_to_all() {
        let mut event = to("198.19.3.10", event("ddos.flood", "syn", (10, 20), 12));
        event.told = [Some(at(11)), Some(at(15)), None];
        let told = judged(flood(), vec![event.clone()]);
        let delays = told.attacks[0].found.map(|found| found.map(|found| found.delay.as_secs()));
        assert_eq!(delays, [Some(1), Some(5), None, None, None]);
        event.told = [Some(at(11)), None, None];
        let told = judged(flood(), vec![event]);
        assert!(moderate(&told).is_none() && told.attacks[0].found[0].is_some());
        assert!(told.events[0].is_heard_by(Observer::Any) && !told.events[0].is_heard_by(Observer::Moderate));
    }

    #[test]
    fn the_wrong_target_kind_or_time_is_a_false_alarm() {
        for event in [
            to("198.19.3.11", event("ddos.flood", "syn", (10, 20), 12)),
            to("198.19.3.10", event("ddos.reflection", "dns", (10, 20), 12)),
            // Before it began, and after it was over.
            to("198.19.3.10", event("ddos.flood", "syn", (1, 5), 5)),
            to("198.19.3.10", event("ddos.flood", "syn", (5, 20), 6)),
            to("198.19.3.10", event("ddos.flood", "syn", (23, 30), 31)),
        ] {
            let told = judged(flood(), vec![event.clone()]);
            assert_eq!((moderate(&told), &told.events[0].verdict), (None, &Verdict::False), "{event:?}");
        }
    }

    #[test]
    fn what_is_told_too_late_is_right_and_not_found() {
        let told = judged(flood(), vec![to("198.19.3.10", event("ddos.flood", "syn", (10, 20), 200))]);
        assert_eq!((moderate(&told), &told.events[0].verdict), (None, &Verdict::Right("flood-0".to_owned())));
    }

    #[test]
    fn consequences_are_neither_right_nor_false() {
        let reflection = || attack("reflection", "dns", &["44.9.9.9"], &["198.19.3.10"]);
        let flooded = to("198.19.3.10", event("ddos.flood", "udp", (10, 20), 12));
        let told = judged(reflection(), vec![flooded.clone()]);
        assert!(matches!(&told.events[0].verdict, Verdict::SideEffect(id, _) if id == "reflection-0"));
        assert!(moderate(&told).is_none());
        // The victim is no scanner, whatever requests bear its address.
        let told = judged(reflection(), vec![by("198.19.3.10", event("scan.horizontal", "udp", (10, 20), 12))]);
        assert_eq!(told.events[0].verdict, Verdict::False);
        let worm = attack("worm", "slammer", &["44.7.7.7"], &["198.19.3.10"]);
        let told = judged(worm, vec![by("44.7.7.7", event("scan.horizontal", "udp", (10, 20), 12))]);
        assert!(matches!(told.events[0].verdict, Verdict::SideEffect(..)));
    }

    #[test]
    fn who_was_abused_must_not_be_blamed() {
        let mut blaming = to("198.19.3.10", event("ddos.flood", "syn", (10, 20), 12));
        blaming.actors = vec![address("44.1.1.1")];
        assert!(judged(flood(), vec![blaming]).events[0].blames);
        let elsewhere = || attack("backscatter", "syn-ack", &["44.3.3.3"], &["198.19.0.1"]);
        let told = judged(elsewhere(), vec![to("44.3.3.3", event("scan.backscatter", "tcp", (10, 20), 12))]);
        assert!(moderate(&told).unwrap().named && !told.events[0].blames);
        let told = judged(elsewhere(), vec![by("44.3.3.3", event("scan.backscatter", "tcp", (10, 20), 12))]);
        assert_eq!((moderate(&told), &told.events[0].verdict), (None, &Verdict::False));
    }
}
