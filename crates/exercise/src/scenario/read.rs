//! From the file to the checked scenario. All that is wrong is said at once, each thing with its line.

mod attacks;
mod intrusions;
mod people;
mod values;

use std::ops::Range;
use std::time::Duration;

use blueline_terms::{Moment, PartyIndex, SafeAreaIndex, Side};

use super::file::{CrowdTable, Located, PollingTable, ScenarioFile, TrafficTable, TunnelWord};
use super::problem::{Problem, place};
use super::{CaptureKind, Crowd, Family, Group, Polling, Rhythm, Scenario, ScenarioError, Traffic, Who};
use crate::hosts::hosts_of_area;
use crate::packet::tunnel::Wrapping;

/// The longest scenario.
const LONGEST: Duration = Duration::from_secs(366 * 86_400);
/// The most entries of each list.
const MOST_ENTRIES: usize = 1000;
/// The most accounting periods, so that the truth stays small.
const MOST_PERIODS: u128 = 100_000;

impl Scenario {
    /// Reads a scenario file.
    ///
    /// # Errors
    ///
    /// All that is wrong with the text, by line, with what to do about it. The first thing alone where the text is no
    /// TOML or does not have the scenario's shape.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        let file: ScenarioFile = toml::from_str(text).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            let (line, column) = place(text, span.start);
            let message = error.message().trim().replace('\n', "; ");
            ScenarioError::new(vec![Problem { line, column, span, message }])
        })?;
        let mut reader = Reader { text, problems: Vec::new() };
        let scenario = reader.scenario(&file);
        if reader.problems.is_empty() { Ok(scenario) } else { Err(ScenarioError::new(reader.problems)) }
    }

    /// The same scenario with all captures in this kind of file.
    #[must_use]
    pub fn with_capture_kind(mut self, kind: CaptureKind) -> Self {
        self.sensors.iter_mut().for_each(|sensor| sensor.capture.kind = kind);
        self
    }

    /// The same scenario with another seed.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }
}

/// Collects what is wrong while it builds. A wrong value is replaced by some right one so that reading goes on.
struct Reader<'a> {
    text: &'a str,
    problems: Vec<Problem>,
}

/// When a scenario takes place.
#[derive(Clone, Copy)]
struct Stage {
    start: Moment,
    duration: Duration,
}

/// Who is there, for looking names up.
struct People {
    parties: Vec<Group>,
    world: Group,
    safe_areas: Vec<super::SafeArea>,
}

impl Reader<'_> {
    fn problem(&mut self, span: Range<usize>, message: impl Into<String>) {
        let (line, column) = place(self.text, span.start);
        self.problems.push(Problem { line, column, span, message: message.into() });
    }

    fn scenario(&mut self, file: &ScenarioFile) -> Scenario {
        let seed = self.in_range(&file.seed, 0..=i64::MAX, "seed") as u64;
        let stage = self.stage(file);
        let period = self.period(&file.period, stage.duration);
        let rhythm = self.rhythm(file);
        let people = self.people(file);
        let sensors = self.sensors(file, &people, stage);
        let lists =
            [(file.traffic.len(), "[[traffic]]"), (file.polling.len(), "[[polling]]"), (file.crowd.len(), "[[crowd]]")];
        for (count, what) in lists {
            if count > MOST_ENTRIES {
                self.problem(
                    0..0,
                    format!("{count} entries of {what} are too many; at most {MOST_ENTRIES} are allowed"),
                );
            }
        }
        let traffic = file.traffic.iter().map(|table| self.traffic(table, &people, stage)).collect();
        let polling = file.polling.iter().map(|table| self.polling(table, &people)).collect();
        let crowds = file.crowd.iter().map(|table| self.crowd(table, &people, stage)).collect();
        let attacks = self.attacks(file, &people, stage);
        let People { parties, world, safe_areas } = people;
        Scenario {
            title: file.title.clone(),
            seed,
            start: stage.start,
            duration: stage.duration,
            period,
            rhythm,
            parties,
            world,
            safe_areas,
            sensors,
            traffic,
            polling,
            crowds,
            attacks,
        }
    }

    fn stage(&mut self, file: &ScenarioFile) -> Stage {
        let start = file.start.get_ref().parse().unwrap_or_else(|message: String| {
            self.problem(file.start.span(), format!("start: {message}"));
            Moment::default()
        });
        let mut duration = self.duration(&file.duration, "duration");
        if duration > LONGEST {
            self.problem(file.duration.span(), "duration: longer than 366 days; write a shorter one".to_owned());
            duration = LONGEST;
        }
        if start.nanos().checked_add(duration.as_nanos() as i64).is_none() || start < Moment::default() {
            self.problem(file.start.span(), "start: captures count from 1970 on and end by 2262; write a time between");
        }
        Stage { start, duration }
    }

    fn period(&mut self, text: &Located<String>, duration: Duration) -> Duration {
        let period = self.duration(text, "period");
        if period < blueline_terms::Period::SHORTEST || period > blueline_terms::Period::LONGEST {
            self.problem(text.span(), "period: write one between 1s and 366d");
        } else if duration.as_nanos() / period.as_nanos() > MOST_PERIODS {
            self.problem(
                text.span(),
                format!("period: the duration holds more than {MOST_PERIODS} of it; write a longer one"),
            );
        }
        period.max(blueline_terms::Period::SHORTEST)
    }

    fn rhythm(&mut self, file: &ScenarioFile) -> Rhythm {
        let Some(table) = &file.rhythm else {
            return Rhythm { day: Duration::from_secs(86_400), night: 1.0 };
        };
        Rhythm { day: self.duration(&table.day, "day"), night: self.in_range(&table.night, 0.0..=1.0, "night") }
    }

    fn traffic(&mut self, table: &TrafficTable, people: &People, stage: Stage) -> Traffic {
        let from = self.who(&table.from, people);
        let to = self.who(&table.to, people);
        Traffic {
            kind: table.kind,
            from,
            to,
            per_minute: self.in_range(&table.per_minute, 0.0..=60e6, "per_minute"),
            ipv6: self.share_of_ipv6(table.ipv6.as_ref(), [(from, &table.from), (to, &table.to)], people),
            tunnel: table.tunnel.map(|word| match word {
                TunnelWord::Gre => Wrapping::Gre,
                TunnelWord::Vxlan => Wrapping::Vxlan,
            }),
            volume: table.volume.as_ref().map_or(1.0, |volume| self.in_range(volume, 1e-3..=1e3, "volume")),
            window: self.window(table.start.as_ref(), table.duration.as_ref(), stage),
        }
    }

    fn crowd(&mut self, table: &CrowdTable, people: &People, stage: Stage) -> Crowd {
        let from = self.who(&table.from, people);
        let to = self.who(&table.to, people);
        let hosts = people.hosts(from);
        let visits = Traffic {
            kind: table.kind,
            from,
            to,
            per_minute: 60.0 * self.in_range(&table.visits_per_second, 1e-3..=1e6, "visits_per_second"),
            ipv6: self.share_of_ipv6(table.ipv6.as_ref(), [(from, &table.from), (to, &table.to)], people),
            tunnel: None,
            volume: table.volume.as_ref().map_or(1.0, |volume| self.in_range(volume, 1e-3..=1e3, "volume")),
            window: self.window(Some(&table.start), Some(&table.duration), stage),
        };
        let clients = table.clients.as_ref().map_or(hosts, |clients| self.in_range(clients, 1..=hosts, "clients"));
        Crowd { visits, clients }
    }

    /// The share of conversations over IPv6; none where one of the two has no address of it and nobody asked for it.
    fn share_of_ipv6(
        &mut self,
        told: Option<&Located<f64>>,
        ends: [(Who, &Located<String>); 2],
        people: &People,
    ) -> f64 {
        let share = told.map_or(0.25, |share| self.in_range(share, 0.0..=1.0, "ipv6"));
        for (who, text) in ends {
            self.has_family(people, who, text, (share < 1.0).then_some(Family::V4));
            self.has_family(people, who, text, (share > 0.0 && told.is_some()).then_some(Family::V6));
        }
        let both = ends.iter().all(|(who, _)| people.has(*who, Family::V6));
        if both { share } else { 0.0 }
    }

    /// From when to when, within the scenario.
    fn window(
        &mut self,
        start: Option<&Located<String>>,
        duration: Option<&Located<String>>,
        stage: Stage,
    ) -> (Moment, Moment) {
        let offset = start.map_or(Duration::ZERO, |text| {
            let offset = self.moment_after_start(text, "start");
            if offset >= stage.duration {
                self.problem(text.span(), "start: the scenario has ended by then; write an earlier start");
            }
            offset
        });
        let length = duration.map_or(stage.duration, |duration| self.duration(duration, "duration"));
        let start = stage.start.plus(offset);
        (start, start.plus(length).min(stage.start.plus(stage.duration)))
    }

    fn polling(&mut self, table: &PollingTable, people: &People) -> Polling {
        let from = self.who(&table.from, people);
        let to = self.who(&table.to, people);
        self.has_family(people, from, &table.from, Some(table.family));
        self.has_family(people, to, &table.to, Some(table.family));
        let every = self.duration(&table.every, "every");
        if every < Duration::from_millis(1) {
            self.problem(table.every.span(), "every: shorter than 1ms; write a longer one");
        }
        let pairs = table.pairs.as_ref().map_or(1, |pairs| self.in_range(pairs, 1..=100_000, "pairs"));
        Polling { kind: table.kind, from, to, every: every.max(Duration::from_millis(1)), pairs, family: table.family }
    }

    /// Says so when hosts of `who` are to speak a family in which they have no address.
    fn has_family(&mut self, people: &People, who: Who, text: &Located<String>, family: Option<Family>) {
        if let Some(family) = family.filter(|&family| !people.has(who, family)) {
            let (name, family) = (text.get_ref(), family.word());
            self.problem(
                text.span(),
                format!("{name:?} has no {family} prefix; give it one or choose the other family"),
            );
        }
    }
}

impl People {
    /// How many hosts somebody has.
    fn hosts(&self, who: Who) -> u32 {
        match who {
            Who::Side(Side::Party(PartyIndex(index))) => self.parties[usize::from(index)].hosts,
            Who::Side(_) => self.world.hosts,
            Who::SafeArea(SafeAreaIndex(index)) => hosts_of_area(&self.safe_areas[usize::from(index)].addresses),
        }
    }

    fn has(&self, who: Who, family: Family) -> bool {
        let prefixes = match who {
            Who::Side(Side::Party(PartyIndex(index))) => &self.parties[usize::from(index)].prefixes,
            Who::Side(_) => &self.world.prefixes,
            Who::SafeArea(SafeAreaIndex(index)) => &self.safe_areas[usize::from(index)].addresses,
        };
        prefixes.iter().any(|prefix| prefix.is_v4() == (family == Family::V4))
    }
}
