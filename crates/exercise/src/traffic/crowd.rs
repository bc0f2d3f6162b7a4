//! Crowds: many real clients who visit one server at once, more and more of them until the middle of their time. What a
//! flood is mistaken for, and the other way round.

use std::time::Duration;

use blueline_terms::Moment;

use super::Actor;
use super::arrivals::open;
use super::stage::Stage;
use crate::random::Draw;
use crate::scenario::{Crowd, Family};

/// Purpose of the draws of crowds.
const CROWDS: u64 = 5;

/// Begins every crowd.
pub(super) fn enter(stage: &mut Stage) {
    let crowds = stage.scenario.crowds.clone();
    for (entry, crowd) in crowds.into_iter().enumerate() {
        let mut draw = stage.draw(&[CROWDS, entry as u64]);
        let server = stage.any_server(crowd.visits.to, &mut draw);
        let start = crowd.visits.window.0;
        stage.begin(start, Visits { crowd, entry: entry as u64, server, visits: 0, draw });
    }
}

struct Visits {
    crowd: Crowd,
    entry: u64,
    /// The number of the server that all visit.
    server: u64,
    visits: u64,
    draw: Draw,
}

impl Actor for Visits {
    fn act(&mut self, now: Moment, stage: &mut Stage) -> Option<Moment> {
        let visits = &self.crowd.visits;
        let (start, end) = visits.window;
        if now >= end {
            return None;
        }
        // A Poisson process at twice the mean rate, thinned by a roof that has its top in the middle.
        let half = end.since(start).as_secs_f64() / 2.0;
        let height = 1.0 - (now.since(start).as_secs_f64() / half - 1.0).abs();
        if self.draw.chance(height) {
            self.visits += 1;
            let mut draw = stage.draw(&[CROWDS, self.entry, self.visits]);
            let family = if draw.chance(visits.ipv6) { Family::V6 } else { Family::V4 };
            // Every client comes before any comes again.
            let client = (self.visits - 1) % u64::from(self.crowd.clients.max(1));
            let (hosts, servers) = stage.hosts(visits.from);
            let client = (servers + client) % hosts.max(1);
            open(stage, visits, self.entry, now, family, [(visits.from, client), (visits.to, self.server)], draw);
        }
        let mean = 60e9 / visits.per_minute / 2.0;
        Some(now.plus(Duration::from_nanos(self.draw.exponential(mean))))
    }
}
