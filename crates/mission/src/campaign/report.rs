//! What a campaign came to: counts, tables, CSV and charts.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::time::Duration;

use super::chart;
use super::expect::{KINDS, SIDE_EFFECTS};
use super::figures::quantile;
use super::judge::{AttackLine, EventLine, Judged, Observer, Verdict};
use super::play::Watcher;
use super::sample::{STRENGTHS, TEN_TIMES, axis};
use super::{Plan, table};
use crate::interval::{Interval, wilson};

/// A campaign's outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    seed: u64,
    judged: Vec<Judged>,
}

impl Report {
    pub(super) fn new(plan: Plan, judged: Vec<Judged>) -> Self {
        Self { seed: plan.seed, judged }
    }

    /// Every scenario, in order.
    pub fn judged(&self) -> &[Judged] {
        &self.judged
    }

    fn attacks(&self) -> impl Iterator<Item = &AttackLine> {
        self.judged.iter().flat_map(|one| &one.attacks)
    }

    fn events(&self) -> impl Iterator<Item = &EventLine> {
        self.judged.iter().flat_map(|one| &one.events)
    }

    /// Of the attacks of a kind with these strengths, how many an observer found.
    pub fn recall(&self, kind: &str, observer: Observer, strengths: impl Fn(f64) -> bool) -> Interval {
        let of: Vec<_> = self.attacks().filter(|attack| attack.kind == kind && strengths(attack.strength)).collect();
        wilson(of.iter().filter(|attack| attack.found[observer as usize].is_some()).count() as u64, of.len() as u64)
    }

    /// How long it took an observer to find those that it found.
    pub fn delays(&self, kind: &str, observer: Observer, strengths: impl Fn(f64) -> bool) -> Vec<Duration> {
        let of = self.attacks().filter(|attack| attack.kind == kind && strengths(attack.strength));
        of.filter_map(|attack| attack.found[observer as usize]).map(|found| found.delay).collect()
    }

    /// Of the events of a kind that an observer heard of, side effects left out, how many were right.
    pub fn precision(&self, kind: &str, observer: Observer) -> Interval {
        let (right, _, wrong) = self.verdicts(kind, observer);
        wilson(right, right + wrong)
    }

    /// Events that were right, side effects, and false alarms.
    fn verdicts(&self, kind: &str, observer: Observer) -> (u64, u64, u64) {
        let mut counts = (0, 0, 0);
        for line in self.events().filter(|line| line.event.kind == kind && line.is_heard_by(observer)) {
            match line.verdict {
                Verdict::Right(_) => counts.0 += 1,
                Verdict::SideEffect(..) => counts.1 += 1,
                Verdict::False => counts.2 += 1,
            }
        }
        counts
    }

    /// All tables, for people.
    pub fn text(&self) -> String {
        let tables = [
            self.summary(),
            self.recall_table(),
            self.strength_table(),
            self.rate_table(),
            self.precision_table(),
            self.ordinary_table(),
            self.beside_table(),
            self.vector_table(),
            self.side_effect_table(),
        ];
        tables.join("\n")
    }

    fn summary(&self) -> String {
        let hours = self.judged.iter().map(|one| one.seconds).sum::<f64>() / 3600.0;
        let ordinary = self.judged.iter().filter(|one| one.ordinary).count();
        let packets: u64 = self.judged.iter().map(|one| one.packets).sum();
        let unseen: u32 = self.judged.iter().map(|one| one.unseen).sum();
        let blames = self.events().filter(|line| line.blames && line.watcher == Watcher::Detectors).count();
        let mut text = format!(
            "{} scenarios of seed {}, {ordinary} of them without an attack: {hours:.1} hours, {packets} packets.\n\
             {} attacks to be found; {unseen} more that no sensor could see, worms that infected nobody before one, or commands within a safe area.\n\
             {blames} findings blame addresses that were forged or only answered.\n\
             Intervals are Wilson's at 95 %. Strength is in multiples of usual.\n",
            self.judged.len(),
            self.seed,
            self.attacks().count(),
        );
        for (one, problem) in self.judged.iter().filter_map(|one| Some((one, one.problem.as_ref()?))) {
            text += &format!("Scenario {} could not be played: {problem}\n", one.scenario);
        }
        text
    }

    fn recall_table(&self) -> String {
        let rows = KINDS.map(|kind| {
            let (all, moderate) =
                (self.recall(kind, Observer::Any, |_| true), self.recall(kind, Observer::Moderate, |_| true));
            let ten = self.recall(kind, Observer::Moderate, |strength| strength == TEN_TIMES);
            let more = self.recall(kind, Observer::Moderate, |strength| strength >= TEN_TIMES);
            let delays = self.delays(kind, Observer::Moderate, |_| true);
            let ten_delays = self.delays(kind, Observer::Moderate, |strength| strength == TEN_TIMES);
            let soon = ten_delays.iter().filter(|delay| delay.as_secs() < 2).count();
            vec![
                kind.to_owned(),
                all.of.to_string(),
                share(all),
                with_interval(moderate),
                with_interval(ten),
                with_interval(more),
                share(self.named(kind)),
                seconds(quantile(&delays, 0.5)),
                seconds(quantile(&delays, 0.95)),
                seconds(quantile(&ten_delays, 0.5)),
                seconds(quantile(&ten_delays, 0.95)),
                share(wilson(soon as u64, ten_delays.len() as u64)),
                self.events_an_attack(kind),
            ]
        });
        let header = [
            "kind",
            "attacks",
            "any",
            "moderate or more",
            "at 10x",
            "at 10x or more",
            "named right",
            "median",
            "95 %",
            "10x median",
            "10x 95 %",
            "10x in 2 s",
            "findings each",
        ];
        titled("Recall, and seconds from the first attack packet to the finding (moderate or more)", &header, &rows)
    }

    /// How many findings an attack that was found made, on average: one is what is wanted.
    fn events_an_attack(&self, kind: &str) -> String {
        let found = self.attacks().filter(|attack| attack.kind == kind);
        let counts: Vec<u32> =
            found.filter_map(|a| a.found[Observer::Any as usize]).map(|found| found.events).collect();
        if counts.is_empty() {
            return "-".to_owned();
        }
        format!("{:.2}", f64::from(counts.iter().sum::<u32>()) / counts.len() as f64)
    }

    /// Of those found, how many under their right kind and vector.
    fn named(&self, kind: &str) -> Interval {
        let found = self.attacks().filter(|attack| attack.kind == kind);
        let found: Vec<_> = found.filter_map(|attack| attack.found[Observer::Moderate as usize]).collect();
        wilson(found.iter().filter(|found| found.named).count() as u64, found.len() as u64)
    }

    fn strength_table(&self) -> String {
        let rows = KINDS.map(|kind| {
            let cell = |strength| counts(self.recall(kind, Observer::Moderate, |one| one == strength));
            let what = self.attacks().find(|attack| attack.kind == kind).map_or("", |attack| axis(&attack.attack));
            let cells = STRENGTHS.map(cell).into_iter().chain([what.to_owned()]);
            [kind.to_owned()].into_iter().chain(cells).collect()
        });
        let header = ["kind", "1x", "2x", "3x", "5x", "10x", "20x", "50x", "100x", "1x is"];
        titled("Found of attacks by strength (moderate or more)", &header, &rows)
    }

    /// By packets a second and not by what is usual: a bound that does not know what is usual shows here.
    fn rate_table(&self) -> String {
        const RATES: [f64; 8] = [0.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 5000.0, f64::INFINITY];
        let rows = ["ddos.flood", "ddos.reflection"].map(|kind| {
            let cell = |ends: &[f64]| {
                let within = |attack: &&AttackLine| {
                    attack.kind == kind && attack.rate.is_some_and(|rate| ends[0] <= rate && rate < ends[1])
                };
                let of: Vec<_> = self.attacks().filter(within).collect();
                let found = of.iter().filter(|attack| attack.found[Observer::Moderate as usize].is_some()).count();
                counts(wilson(found as u64, of.len() as u64))
            };
            [kind.to_owned()].into_iter().chain(RATES.windows(2).map(cell)).collect()
        });
        let header = ["kind", "below 50", "50-", "100-", "200-", "500-", "1000-", "5000-"];
        titled("Found of floods and reflections by packets a second (moderate or more)", &header, &rows)
    }

    /// The kinds that were told, the expected ones first.
    fn kinds_told(&self) -> Vec<&str> {
        let told: BTreeSet<&str> =
            self.events().filter(|e| e.watcher == Watcher::Detectors).map(|e| e.event.kind.as_str()).collect();
        let others = told.into_iter().filter(|kind| !KINDS.contains(kind));
        KINDS.into_iter().chain(others).collect()
    }

    fn precision_table(&self) -> String {
        let row = |kind: &str| {
            let (right, side, wrong) = self.verdicts(kind, Observer::Moderate);
            let (low_right, low_side, low_wrong) = self.verdicts(kind, Observer::Any);
            vec![
                kind.to_owned(),
                right.to_string(),
                side.to_string(),
                wrong.to_string(),
                with_interval(self.precision(kind, Observer::Moderate)),
                (low_right - right).to_string(),
                (low_side - side).to_string(),
                (low_wrong - wrong).to_string(),
            ]
        };
        let rows: Vec<_> = self.kinds_told().into_iter().map(row).collect();
        let header =
            ["kind", "right", "side effect", "false", "precision", "low: right", "low: side effect", "low: false"];
        titled("Findings at moderate confidence or more, and those that stayed low", &header, &rows)
    }

    fn ordinary_table(&self) -> String {
        let ordinary: Vec<&Judged> = self.judged.iter().filter(|one| one.ordinary).collect();
        let hours = ordinary.iter().map(|one| one.seconds).sum::<f64>() / 3600.0;
        let rows = Observer::ALL.map(|observer| {
            let alarms: Vec<usize> = ordinary
                .iter()
                .map(|one| one.events.iter().filter(|line| line.is_heard_by(observer)).count())
                .collect();
            let all: usize = alarms.iter().sum();
            let quiet = alarms.iter().filter(|&&count| count == 0).count() as u64;
            let rate = if hours > 0.0 { all as f64 / hours } else { 0.0 };
            let silent = with_interval(wilson(quiet, alarms.len() as u64));
            vec![observer.name().to_owned(), silent, all.to_string(), format!("{rate:.2}")]
        });
        let title = format!("Alarms in {} scenarios without an attack ({hours:.1} hours)", ordinary.len());
        titled(&title, &["who", "silent throughout", "false alarms", "an hour"], &rows)
    }

    fn beside_table(&self) -> String {
        const FLOODS: [Observer; 4] = [Observer::Any, Observer::Moderate, Observer::FixedRates, Observer::ScaledRates];
        const SCANS: [Observer; 3] = [Observer::Any, Observer::Moderate, Observer::ScanCount];
        let mut rows = Vec::new();
        for (kinds, observers, simple) in [
            (&["ddos.flood", "ddos.reflection"][..], &FLOODS[..], "ddos.any"),
            (&["scan.horizontal", "scan.vertical", "scan.sweep"][..], &SCANS[..], "scan.any"),
        ] {
            for kind in kinds {
                for &observer in observers {
                    let own = matches!(observer, Observer::Any | Observer::Moderate);
                    let delays = self.delays(kind, observer, |_| true);
                    rows.push(vec![
                        format!("{kind}, {}", observer.name()),
                        with_interval(self.recall(kind, observer, |_| true)),
                        with_interval(self.recall(kind, observer, |strength| strength == TEN_TIMES)),
                        with_interval(self.recall(kind, observer, |strength| strength >= TEN_TIMES)),
                        seconds(quantile(&delays, 0.5)),
                        with_interval(self.precision(if own { kind } else { simple }, observer)),
                    ]);
                }
            }
        }
        let header = ["kind and who", "recall", "at 10x", "at 10x or more", "median s", "precision"];
        let note =
            "A simple detector knows one kind: its precision is of all that it tells. Zeek's counts TCP alone.\n";
        titled("Beside simple detectors", &header, &rows) + note
    }

    fn vector_table(&self) -> String {
        let mut vectors: BTreeMap<(&str, &str), [Interval; 3]> = BTreeMap::new();
        let of: BTreeSet<(&str, &str)> = self.attacks().map(|attack| (attack.kind, attack.vector.as_str())).collect();
        for (kind, vector) in of {
            let count = |observer: Observer, least: f64| {
                let one = |a: &&AttackLine| a.kind == kind && a.vector == vector && a.strength >= least;
                let all: Vec<_> = self.attacks().filter(one).collect();
                wilson(all.iter().filter(|a| a.found[observer as usize].is_some()).count() as u64, all.len() as u64)
            };
            let cells =
                [count(Observer::Any, 0.0), count(Observer::Moderate, 0.0), count(Observer::Moderate, TEN_TIMES)];
            vectors.insert((kind, vector), cells);
        }
        let rows: Vec<_> = vectors
            .into_iter()
            .map(|((kind, vector), cells)| [format!("{kind} {vector}")].into_iter().chain(cells.map(counts)).collect())
            .collect();
        titled("Found of attacks by vector", &["kind and vector", "any", "moderate or more", "at 10x or more"], &rows)
    }

    fn side_effect_table(&self) -> String {
        let told = |attack: &str, why: &str| {
            let of = self.events().filter(|line| line.is_heard_by(Observer::Moderate));
            of.filter(
                |line| matches!(&line.verdict, Verdict::SideEffect(id, own) if *own == why && id.starts_with(attack)),
            )
            .count()
        };
        let rows: Vec<_> = SIDE_EFFECTS
            .iter()
            .map(|effect| {
                let count = told(effect.attack, effect.why).to_string();
                vec![format!("{}: {}", effect.attack, effect.why), effect.finding.to_owned(), count]
            })
            .collect();
        let title = "Side effects: true, and neither right nor false (moderate or more)";
        titled(title, &["what", "finding", "told"], &rows)
    }

    /// A line for each attack.
    fn attacks_csv(&self) -> io::Result<Vec<u8>> {
        let header = [
            "scenario",
            "attack",
            "kind",
            "vector",
            "strength",
            "drawn",
            "start",
            "seconds",
            "packets",
            "found",
            "found_moderate",
            "named",
            "events",
            "delay",
            "delay_moderate",
            "fixed_rates",
            "scaled_rates",
            "scan_count",
            "about",
        ];
        let mut lines = csv::Writer::from_writer(Vec::new());
        lines.write_record(header)?;
        for one in &self.judged {
            for attack in &one.attacks {
                let delay = |observer: Observer| seconds(attack.found[observer as usize].map(|found| found.delay));
                let yes = |observer: Observer| attack.found[observer as usize].is_some().to_string();
                let best = attack.found[Observer::Any as usize];
                lines.write_record([
                    one.scenario.to_string(),
                    attack.id.clone(),
                    attack.kind.to_owned(),
                    attack.vector.clone(),
                    attack.strength.to_string(),
                    attack.note.clone(),
                    attack.first.to_string(),
                    format!("{:.3}", attack.last.since(attack.first).as_secs_f64()),
                    attack.packets.to_string(),
                    yes(Observer::Any),
                    yes(Observer::Moderate),
                    best.map_or_else(String::new, |found| found.named.to_string()),
                    best.map_or_else(|| "0".to_owned(), |found| found.events.to_string()),
                    delay(Observer::Any),
                    delay(Observer::Moderate),
                    delay(Observer::FixedRates),
                    delay(Observer::ScaledRates),
                    delay(Observer::ScanCount),
                    attack.about.clone(),
                ])?;
            }
        }
        lines.into_inner().map_err(csv::IntoInnerError::into_error)
    }

    /// A line for each event that was no attack: false alarms and side effects, of all watchers.
    fn alarms_csv(&self) -> io::Result<Vec<u8>> {
        let header = [
            "scenario",
            "who",
            "verdict",
            "of",
            "why",
            "confidence",
            "kind",
            "vector",
            "start",
            "end",
            "told",
            "actors",
            "targets",
            "about",
        ];
        let mut lines = csv::Writer::from_writer(Vec::new());
        lines.write_record(header)?;
        for one in &self.judged {
            for EventLine { watcher, event, verdict, .. } in &one.events {
                let (verdict, of, why) = match verdict {
                    Verdict::Right(_) => continue,
                    Verdict::SideEffect(id, why) => ("side effect", id.as_str(), *why),
                    Verdict::False => ("false", "", ""),
                };
                let confidence = ["low", "moderate", "high"][event.told.iter().flatten().count().clamp(1, 3) - 1];
                let told = event.told.iter().flatten().next();
                let listed = |hosts: &[blueline_terms::Address]| {
                    let first: Vec<String> = hosts.iter().take(5).map(ToString::to_string).collect();
                    first.join(" ")
                };
                lines.write_record([
                    one.scenario.to_string(),
                    watcher.word().to_owned(),
                    verdict.to_owned(),
                    of.to_owned(),
                    why.to_owned(),
                    confidence.to_owned(),
                    event.kind.clone(),
                    event.vector.clone(),
                    event.span.start.to_string(),
                    event.span.end.to_string(),
                    told.map_or_else(String::new, ToString::to_string),
                    listed(&event.actors),
                    listed(&event.targets),
                    event.about.clone(),
                ])?;
            }
        }
        lines.into_inner().map_err(csv::IntoInnerError::into_error)
    }

    /// Everything as files, each a name and what it holds: tables, a line of CSV for each attack and for each event that
    /// was none, curves against strength in SVG.
    ///
    /// # Errors
    ///
    /// None that happens: the lines are written in memory.
    pub fn files(&self) -> io::Result<Vec<(&'static str, Vec<u8>)>> {
        Ok(vec![
            ("tables.txt", self.text().into_bytes()),
            ("attacks.csv", self.attacks_csv()?),
            ("alarms.csv", self.alarms_csv()?),
            ("recall.svg", chart::recall(self).into_bytes()),
            ("delay.svg", chart::delay(self).into_bytes()),
        ])
    }
}

fn titled(title: &str, header: &[&str], rows: &[Vec<String>]) -> String {
    format!("{title}\n\n{}", table::aligned(header, rows))
}

/// `-` of nothing.
fn share(interval: Interval) -> String {
    interval.share().map_or_else(|| "-".to_owned(), |share| format!("{:.1} %", 100.0 * share))
}

fn with_interval(interval: Interval) -> String {
    match interval.share() {
        Some(share) => {
            let (low, high) = (100.0 * interval.low, 100.0 * interval.high);
            format!("{:.1} % ({low:.1}-{high:.1}) of {}", 100.0 * share, interval.of)
        }
        None => "-".to_owned(),
    }
}

fn counts(interval: Interval) -> String {
    if interval.of == 0 { "-".to_owned() } else { format!("{}/{}", interval.hits, interval.of) }
}

fn seconds(delay: Option<Duration>) -> String {
    delay.map_or_else(|| "-".to_owned(), |delay| format!("{:.2}", delay.as_secs_f64()))
}
