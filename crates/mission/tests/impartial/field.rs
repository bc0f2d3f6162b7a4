//! A scenario played both ways, and what is told of it.

use blueline_detect::Runner;
use blueline_exercise::Scenario;
use blueline_mission::campaign::memory::{self, Watch};
use blueline_terms::{Finding, Mission, Moment};
use blueline_watch::HashKey;

use crate::exchange::{Blocks, Exchange, relabelled, turned};

/// Findings with the moment at which each was told, in the order in which they were.
pub(crate) type Told = Vec<(Moment, Finding)>;

/// Who looks on: detectors for a mission. The mission is given because settings may name what is in it.
pub(crate) type Observer<'a> = &'a dyn Fn(&Mission) -> Runner;

/// How a run is done, which must not show.
#[derive(Clone, Copy)]
pub(crate) struct Run {
    pub(crate) threads: usize,
    pub(crate) key: [u8; 32],
}

impl Default for Run {
    fn default() -> Self {
        Self { threads: 1, key: [7; 32] }
    }
}

/// What sensors recorded of a scenario, and the same with the addresses of its first two parties exchanged.
pub(crate) struct Field {
    straight: Played,
    moved: Played,
    blocks: Blocks,
}

struct Played {
    scenario: Scenario,
    captures: Vec<Vec<u8>>,
}

impl Field {
    pub(crate) fn of(text: &str) -> Self {
        let scenario = Scenario::parse(text).unwrap();
        let [first, second, ..] = &scenario.parties[..] else { panic!("two parties") };
        let blocks = first.prefixes.iter().copied().zip(second.prefixes.iter().copied()).collect();
        let moved = scenario.with_exchanged_addresses(0, 1).unwrap();
        Self { blocks, moved: Played::of(moved), straight: Played::of(scenario) }
    }

    /// What an observer tells as it was recorded.
    pub(crate) fn told(&self, observer: Observer<'_>, run: Run) -> Told {
        self.straight.told(&self.straight.mission(), observer, run)
    }

    /// What it tells after an exchange.
    pub(crate) fn told_after(&self, exchange: Exchange, observer: Observer<'_>) -> Told {
        let (straight, moved) = (self.straight.mission(), self.moved.mission());
        let (played, mission) = match exchange {
            Exchange::Labels => (&self.straight, relabelled(straight)),
            Exchange::Declaration => (&self.straight, turned(straight)),
            Exchange::Addresses => (&self.moved, moved),
            Exchange::Deeds => (&self.moved, turned(relabelled(moved))),
        };
        played.told(&mission, observer, Run::default())
    }

    pub(crate) fn blocks(&self) -> &Blocks {
        &self.blocks
    }
}

impl Played {
    fn of(scenario: Scenario) -> Self {
        let (captures, _) = scenario.record();
        Self { scenario, captures }
    }

    fn mission(&self) -> Mission {
        memory::mission(&self.scenario)
    }

    fn told(&self, mission: &Mission, observer: Observer<'_>, run: Run) -> Told {
        let watch = Watch {
            mission,
            captures: self.captures.clone(),
            period: self.scenario.period,
            threads: run.threads,
            key: HashKey::new(run.key),
        };
        let mut told = Told::new();
        let packets = watch
            .run(observer(mission), |beat, found, _| told.extend(found.into_iter().map(|one| (beat.now, one))))
            .unwrap();
        assert!(packets > 0);
        told
    }
}
