//! What all shards counted, joined: pictures of periods and of the whole run.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use blueline_terms::picture::{FirstSeen, NewService, SafeAreaSide, SafeAreaTraffic, Service, Timeline};
use blueline_terms::{Coverage, Crossing, PartyIndex, Period, Picture, SafeAreaIndex, Side, Traffic};
use foldhash::fast::FixedState;

use super::conversations::{
    BYTES_PER_CONVERSATION, Conversations, Count, Services, TOP, add_service, crosses, largest_of, touches_safe_area,
};
use super::period::PeriodTally;
use super::sensors::SensorTallies;
use super::shard::{Order, OverPeriod, Tally};
use super::timeline::Bins;
use crate::attribution::Border;

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
    seed: u64,
    most_conversations: usize,
    /// The sums of the run; its conversations stay in the tallies.
    run: PeriodTally,
    run_error: u64,
    bins: Bins,
    /// Number and pairs of the last period that was closed in time, and the services in it.
    last: Option<(i64, Vec<Traffic>)>,
    services: Services,
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
    /// What was counted of each sensor.
    pub sensors: SensorTallies,
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
            run: PeriodTally::new(Period::numbered(0, period), sides, Conversations::new(seed)),
            run_error: 0,
            seed,
            bins: Bins::default(),
            last: None,
            services: Services::with_hasher(FixedState::with_seed(seed)),
            new_services: BTreeMap::new(),
            first_period: None,
        }
    }

    /// Keeps the conversations that are being counted within their bound: the smallest go, wherever they are.
    pub fn keep_bounds(&self, tallies: &mut [&mut Tally]) {
        let tables: Vec<_> = tallies.iter_mut().flat_map(|tally| tally.conversations()).collect();
        let mut sizes = Vec::new();
        if tables.iter().map(|table| table.len()).sum::<usize>() > self.most_conversations {
            tables.iter().for_each(|table| table.sizes(&mut sizes));
            let threshold = threshold(&mut sizes, self.most_conversations);
            tables.into_iter().for_each(|table| table.drop_up_to(threshold));
        }
    }

    /// Takes what was over at the tallies' oldest line. One closed period a period, oldest first.
    pub fn take_line(&mut self, tallies: &mut [&mut Tally], through: i64) -> Vec<ClosedPeriod> {
        self.bound_run(tallies);
        let mut periods: BTreeMap<i64, Vec<(usize, OverPeriod)>> = BTreeMap::new();
        for (shard, tally) in tallies.iter_mut().enumerate() {
            for over in tally.over.pop_front().into_iter().flatten() {
                periods.entry(over.tally.period().number()).or_default().push((shard, over));
            }
        }
        debug_assert!(periods.keys().all(|&number| number <= through));
        periods.into_values().map(|parts| self.close(parts, tallies)).collect()
    }

    /// Joins the parts of one period.
    fn close(&mut self, parts: Vec<(usize, OverPeriod)>, tallies: &mut [&mut Tally]) -> ClosedPeriod {
        let period = parts.first().map_or(Period::numbered(0, self.period), |(_, part)| part.tally.period());
        let mut whole = PeriodTally::new(period, self.sides, Conversations::new(self.seed));
        let mut services = Services::with_hasher(FixedState::with_seed(self.seed));
        let (mut top, mut safe_area_top, mut sizes) = (Vec::new(), Vec::new(), Vec::new());
        let mut tables = Vec::new();
        for (shard, part) in parts {
            whole.absorb(&part.tally);
            part.services.into_values().for_each(|more| add_service(&mut services, more));
            top.extend(part.top);
            safe_area_top.extend(part.safe_area_top);
            sizes.extend(part.sizes);
            whole.conversations.error = whole.conversations.error.max(part.tally.conversations.error);
            tables.push((shard, part.tally.conversations));
        }
        let threshold = threshold(&mut sizes, KEPT_OF_A_PERIOD.min(self.most_conversations));
        // What a period lost may be missing besides what other periods lost.
        self.run_error = self.run_error.saturating_add(whole.conversations.error).saturating_add(threshold);
        for (shard, table) in tables {
            tallies[shard].orders.push_back(Order::JoinAbove(threshold, table));
        }
        let mut picture = self.picture(&whole, Some(period));
        (picture.top, picture.safe_area_top) = (largest_of(top, TOP), largest_of(safe_area_top, TOP));
        picture.top_error = whole.conversations.error;
        let late = self.compare(&mut picture, period.number(), services, &whole);
        self.bins.add(&whole);
        self.run.absorb(&whole);
        ClosedPeriod { picture, late, sensors: whole.sensors }
    }

    /// Completes a period's picture by what has changed since the one before; says whether it is late.
    fn compare(&mut self, picture: &mut Picture, number: i64, services: Services, whole: &PeriodTally) -> bool {
        let late = self.last.as_ref().is_some_and(|(last, _)| number <= *last);
        let first_period = *self.first_period.get_or_insert(number);
        picture.before = self.before(picture, number, late);
        if late {
            return true;
        }
        if number > first_period {
            let new = services.values().filter(|new| !self.services.contains_key(&new.service));
            picture.new_services = rank_services(new.copied().collect());
        }
        for service in &picture.new_services {
            self.new_services.entry(service.service).or_insert(*service);
        }
        self.services = services;
        self.last = Some((number, whole.matrix.iter().map(|cell| cell.traffic).collect()));
        false
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

    /// Keeps the conversations of the run within their bound.
    fn bound_run(&mut self, tallies: &mut [&mut Tally]) {
        tallies.iter_mut().for_each(|tally| tally.follow_orders());
        if tallies.iter().map(|tally| tally.run.len()).sum::<usize>() > self.most_conversations {
            let mut sizes = Vec::new();
            tallies.iter().for_each(|tally| tally.run.sizes(&mut sizes));
            let threshold = threshold(&mut sizes, self.most_conversations);
            self.run_error = self.run_error.saturating_add(threshold);
            tallies.iter_mut().for_each(|tally| tally.orders.push_back(Order::DropUpTo(threshold)));
        }
    }

    /// The picture of everything so far, without coverage.
    pub fn run_picture(&mut self, tallies: &mut [&mut Tally]) -> Picture {
        tallies.iter_mut().for_each(|tally| tally.follow_orders());
        let mut picture = self.picture(&self.run, None);
        let border = &*self.border;
        let largest = |wanted: &dyn Fn(&Count) -> bool| {
            largest_of(tallies.iter().flat_map(|tally| tally.run.largest(border, TOP, wanted)).collect(), TOP)
        };
        picture.top = largest(&|count| crosses(border, count));
        picture.safe_area_top = largest(&|count| touches_safe_area(border, count));
        picture.top_error = self.run_error;
        let pairs: Vec<_> = picture.crossings.iter().take(PAIRS).map(|crossing| self.pair(crossing)).collect();
        picture.timeline = self.bins.timeline(self.period, &pairs);
        picture.new_services = rank_services(self.new_services.values().copied().collect());
        picture
    }

    /// What was counted of each sensor in the whole run.
    pub fn sensors(&self) -> &SensorTallies {
        &self.run.sensors
    }

    fn pair(&self, crossing: &Crossing) -> (Side, Side, usize) {
        let place = |side| super::conversations::side_number(side, self.sides - 2);
        (crossing.from, crossing.to, place(crossing.from) * self.sides + place(crossing.to))
    }

    /// The sums of a picture: all but conversations, what has changed, and coverage.
    fn picture(&self, tally: &PeriodTally, period: Option<Period>) -> Picture {
        let (within, crossings): (Vec<_>, Vec<_>) = self.crossings(tally).into_iter().partition(|c| c.from == c.to);
        Picture {
            period,
            span: tally.span,
            total: tally.total,
            unattributed: tally.unattributed,
            crossings,
            within,
            before: Vec::new(),
            top: Vec::new(),
            top_error: 0,
            safe_areas: safe_areas(&tally.safe_areas),
            safe_area_top: Vec::new(),
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

/// Where there are more than `most` conversations of these sizes: the size up to which they must go so that at most half
/// as many stay. Equal ones go together.
fn threshold(sizes: &mut [u64], most: usize) -> u64 {
    match sizes.len().checked_sub(most / 2 + 1) {
        Some(place) if sizes.len() > most => *sizes.select_nth_unstable(place).1,
        _ => 0,
    }
}
