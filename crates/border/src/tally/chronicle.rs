//! What all shards counted, joined: pictures of periods and of the whole run.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use blueline_terms::picture::{FirstSeen, NewService, SafeAreaSide, SafeAreaTraffic, Service, Timeline};
use blueline_terms::{Coverage, Crossing, PartyIndex, Period, Picture, SafeAreaIndex, SensorIndex, Side, Traffic};
use foldhash::fast::FixedState;
use hashbrown::HashSet;

use super::conversations::{BYTES_PER_CONVERSATION, Conversations, touches_safe_area};
use super::period::{PeriodTally, Tally};
use super::timeline::Bins;
use crate::attribution::Border;

/// Conversations that a picture shows.
const TOP: usize = 20;
/// Services that a picture names as new.
const NEW_SERVICES: usize = 20;
/// Conversations of one period that join those of the run.
const KEPT_OF_A_PERIOD: usize = 65_536;
/// Pairs of sides in the time line.
const PAIRS: usize = 6;

/// Joins tallies and keeps what a picture of the whole run needs.
pub struct Chronicle {
    border: Arc<Border>,
    period: Duration,
    sides: usize,
    most_conversations: usize,
    run: PeriodTally,
    bins: Bins,
    /// Number and pairs of the last period that was closed in time, and the services in it.
    last: Option<(i64, Vec<Traffic>)>,
    services: HashSet<Service, FixedState>,
    /// Services that were new in any period after the first.
    new_services: BTreeMap<Service, NewService>,
    first_period: Option<i64>,
}

/// A period that is over, with its picture still without coverage.
#[derive(Clone, Debug)]
pub struct ClosedPeriod {
    /// The picture.
    pub picture: Picture,
    /// Whether the period had been closed before: this holds only what came late.
    pub late: bool,
    /// TCP flows by sensor, and how many of them were seen one way only.
    pub tcp: BTreeMap<Option<SensorIndex>, (u64, u64)>,
}

impl Chronicle {
    /// A chronicle of nothing. `memory` bounds the bytes that conversations may take; `seed` is as for [`Tally::new`].
    pub fn new(border: Arc<Border>, parties: usize, period: Duration, memory: u64, seed: u64) -> Self {
        let sides = parties + 2;
        Self {
            border,
            period,
            sides,
            // Half for those that are being counted, half for those of the run.
            most_conversations: ((memory / 2) as usize / BYTES_PER_CONVERSATION).max(1024),
            run: PeriodTally::new(0, sides, seed),
            bins: Bins::default(),
            last: None,
            services: HashSet::with_hasher(FixedState::with_seed(seed)),
            new_services: BTreeMap::new(),
            first_period: None,
        }
    }

    /// Keeps the conversations that are being counted within their bound: the smallest go, wherever they are.
    pub fn keep_bounds(&self, tallies: &mut [&mut Tally]) {
        keep_within(self.most_conversations, tallies.iter_mut().flat_map(|tally| tally.conversations()).collect());
    }

    /// Takes what was over at the tallies' oldest line. One closed period a period, oldest first.
    pub fn take_line(&mut self, tallies: &mut [&mut Tally], through: i64) -> Vec<ClosedPeriod> {
        let mut over: Vec<PeriodTally> =
            tallies.iter_mut().filter_map(|tally| tally.over.pop_front()).flatten().collect();
        // A line may bring a row of every live flow at once: cut down first, then join.
        keep_within(self.most_conversations, over.iter_mut().map(|period| &mut period.conversations).collect());
        let mut periods: BTreeMap<i64, PeriodTally> = BTreeMap::new();
        for period in over {
            match periods.get_mut(&period.number) {
                Some(known) => known.absorb(period),
                None => {
                    periods.insert(period.number, period);
                }
            }
        }
        debug_assert!(periods.keys().all(|&number| number <= through));
        periods.into_values().map(|period| self.close(period)).collect()
    }

    fn close(&mut self, period: PeriodTally) -> ClosedPeriod {
        let late = self.last.as_ref().is_some_and(|(last, _)| period.number <= *last);
        let first_period = *self.first_period.get_or_insert(period.number);
        let services = period.conversations.services(&self.border);
        let mut new: Vec<NewService> = Vec::new();
        if !late && period.number > first_period {
            let unseen = |service: &&NewService| !self.services.contains(&service.service);
            new = services.values().filter(unseen).copied().collect();
        }
        let mut picture = self.picture(&period, Some(Period::numbered(period.number, self.period)));
        picture.before = self.before(&picture, period.number, late);
        picture.new_services = rank_services(new);
        for service in &picture.new_services {
            self.new_services.entry(service.service).or_insert(*service);
        }
        if !late {
            self.services.clear();
            self.services.extend(services.into_keys());
            self.last = Some((period.number, period.matrix.iter().map(|cell| cell.traffic).collect()));
        }
        let tcp = period.tcp.clone();
        self.bins.add(&period);
        self.join_run(period);
        ClosedPeriod { picture, late, tcp }
    }

    /// What went between the same sides in the period before; nothing where that period was silent, and no answer where
    /// there was none.
    fn before(&self, picture: &Picture, number: i64, late: bool) -> Vec<Traffic> {
        let Some((last, cells)) = self.last.as_ref().filter(|_| !late) else { return Vec::new() };
        let place = |side| super::conversations::side_number(side, self.sides - 2);
        let cell = |crossing: &Crossing| {
            let cell = cells.get(place(crossing.from) * self.sides + place(crossing.to));
            cell.filter(|_| last + 1 == number).copied().unwrap_or_default()
        };
        picture.crossings.iter().map(cell).collect()
    }

    fn join_run(&mut self, mut period: PeriodTally) {
        let kept = period.conversations.take();
        self.run.absorb(period);
        let kept = bounded(kept, KEPT_OF_A_PERIOD.min(self.most_conversations));
        // What a period lost may be missing besides what other periods lost.
        let error = self.run.conversations.error.saturating_add(kept.error);
        self.run.conversations.absorb(kept);
        self.run.conversations.error = error;
        let run = self.run.conversations.take();
        self.run.conversations = bounded(run, self.most_conversations);
    }

    /// The picture of everything so far, without coverage.
    pub fn run_picture(&self) -> Picture {
        let mut picture = self.picture(&self.run, None);
        let pairs: Vec<_> = picture.crossings.iter().take(PAIRS).map(|crossing| self.pair(crossing)).collect();
        picture.timeline = self.bins.timeline(self.period, &pairs);
        picture.new_services = rank_services(self.new_services.values().copied().collect());
        picture
    }

    /// TCP flows of the run by sensor, and how many of them were seen one way only.
    pub fn tcp(&self) -> &BTreeMap<Option<SensorIndex>, (u64, u64)> {
        &self.run.tcp
    }

    fn pair(&self, crossing: &Crossing) -> (Side, Side, usize) {
        let place = |side| super::conversations::side_number(side, self.sides - 2);
        (crossing.from, crossing.to, place(crossing.from) * self.sides + place(crossing.to))
    }

    fn picture(&self, tally: &PeriodTally, period: Option<Period>) -> Picture {
        let border = &*self.border;
        let (within, crossings): (Vec<_>, Vec<_>) = self.crossings(tally).into_iter().partition(|c| c.from == c.to);
        let crosses = |count: &super::conversations::Count| {
            border.place(count.source_place).side != border.place(count.destination_place).side
        };
        let safe = |count: &super::conversations::Count| touches_safe_area(border, count);
        Picture {
            period,
            span: tally.span,
            total: tally.total,
            unattributed: tally.unattributed,
            crossings,
            within,
            before: Vec::new(),
            top: tally.conversations.largest(border, TOP, crosses),
            top_error: tally.conversations.error,
            safe_areas: safe_areas(&tally.safe_areas),
            safe_area_top: tally.conversations.largest(border, TOP, safe),
            new_services: Vec::new(),
            timeline: Timeline::default(),
            coverage: Coverage::default(),
            oddities: Vec::new(),
            oddity_total: 0,
        }
    }

    /// Every pair of sides with traffic, most bytes first.
    fn crossings(&self, tally: &PeriodTally) -> Vec<Crossing> {
        let side = |number: usize| match number {
            world if world == self.sides - 2 => Side::World,
            unknown if unknown == self.sides - 1 => Side::Unknown,
            party => Side::Party(PartyIndex(party as u16)),
        };
        let cells = tally.matrix.iter().enumerate();
        let mut crossings: Vec<(Crossing, bool)> = cells
            .filter_map(|(place, cell)| {
                let (from, to) = (side(place / self.sides), side(place % self.sides));
                cell.first.map(|(first, answer)| (Crossing { from, to, traffic: cell.traffic, first }, answer))
            })
            .collect();
        crossings.sort_by_key(|(crossing, answer)| (rank(crossing.traffic, crossing.first), *answer));
        crossings.into_iter().map(|(crossing, _)| crossing).collect()
    }
}

/// Most bytes first, then most packets, then the earliest.
fn rank(traffic: Traffic, first: FirstSeen) -> (Reverse<(u64, u64)>, FirstSeen) {
    (Reverse((traffic.bytes, traffic.packets)), first)
}

fn rank_services(mut services: Vec<NewService>) -> Vec<NewService> {
    services.sort_by_key(|new| rank(new.traffic, new.first));
    services.truncate(NEW_SERVICES);
    services
}

/// Safe areas by what came in, most bytes first; in each the sides likewise.
fn safe_areas(cells: &BTreeMap<(SafeAreaIndex, Side), super::period::SafeCell>) -> Vec<SafeAreaTraffic> {
    let mut areas: BTreeMap<SafeAreaIndex, Vec<SafeAreaSide>> = BTreeMap::new();
    for (&(area, side), cell) in cells {
        let Some(first) = cell.first else { continue };
        areas.entry(area).or_default().push(SafeAreaSide {
            side,
            inbound: cell.inbound,
            outbound: cell.outbound,
            first,
        });
    }
    let both = |side: &SafeAreaSide| {
        let mut both = side.inbound;
        both += side.outbound;
        rank(both, side.first)
    };
    let mut areas: Vec<SafeAreaTraffic> = areas
        .into_iter()
        .map(|(area, mut by_side)| {
            by_side.sort_by_key(both);
            SafeAreaTraffic { area, by_side }
        })
        .collect();
    areas.sort_by_key(|area| area.by_side.first().map(both));
    areas
}

/// The size up to which conversations must go so that at most `keep` stay. Equal ones go together.
fn threshold(sizes: &mut [u64], keep: usize) -> u64 {
    match sizes.len().checked_sub(keep.saturating_add(1)) {
        Some(place) => *sizes.select_nth_unstable(place).1,
        None => 0,
    }
}

/// Keeps tables that count as one within a bound: down to half of it, the smallest conversations go, wherever they are.
fn keep_within(most: usize, tables: Vec<&mut Conversations>) {
    let held: usize = tables.iter().map(|table| table.len()).sum();
    if held <= most {
        return;
    }
    let mut sizes = Vec::with_capacity(held);
    tables.iter().for_each(|table| table.sizes(&mut sizes));
    let threshold = threshold(&mut sizes, most / 2);
    tables.into_iter().for_each(|table| table.drop_up_to(threshold));
}

fn bounded(mut table: Conversations, most: usize) -> Conversations {
    keep_within(most, vec![&mut table]);
    table
}
