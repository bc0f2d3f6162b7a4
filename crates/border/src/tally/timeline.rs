//! Traffic over the whole run in a bounded number of bins.

use std::collections::BTreeMap;
use std::time::Duration;

use blueline_terms::picture::{Bin, Timeline};
use blueline_terms::{Period, Side, Traffic};

use super::period::PeriodTally;

/// Bins that are kept; when there would be more, two become one.
const MOST_BINS: usize = 1024;
/// Gaps are filled with empty bins as long as there are not more bins than this in all.
const MOST_FILLED: i64 = 1024;

/// Bins by number; bin `k` covers periods `k << shift` up to but not including `(k + 1) << shift`.
#[derive(Clone, Debug, Default)]
pub(super) struct Bins {
    shift: u32,
    bins: BTreeMap<i64, (Traffic, Vec<Traffic>)>,
}

impl Bins {
    pub(super) fn add(&mut self, tally: &PeriodTally) {
        let (total, cells) = self.bins.entry(tally.period().number() >> self.shift).or_default();
        *total += tally.total;
        cells.resize(tally.matrix.len(), Traffic::default());
        cells.iter_mut().zip(&tally.matrix).for_each(|(cell, more)| *cell += more.traffic);
        while self.bins.len() > MOST_BINS && self.shift < 62 {
            self.halve();
        }
    }

    fn halve(&mut self) {
        self.shift += 1;
        for (number, (total, cells)) in std::mem::take(&mut self.bins) {
            let (known, known_cells) = self.bins.entry(number >> 1).or_default();
            *known += total;
            known_cells.resize(cells.len(), Traffic::default());
            known_cells.iter_mut().zip(cells).for_each(|(cell, more)| *cell += more);
        }
    }

    /// The time line of the given pairs of sides, each with its place in the matrix.
    pub(super) fn timeline(&self, period: Duration, pairs: &[(Side, Side, usize)]) -> Timeline {
        let (Some((&first, _)), Some((&last, _))) = (self.bins.first_key_value(), self.bins.last_key_value()) else {
            return Timeline::default();
        };
        let fill = last - first < MOST_FILLED;
        let numbers: Vec<i64> = if fill { (first..=last).collect() } else { self.bins.keys().copied().collect() };
        let bin = |number: i64| {
            let held = self.bins.get(&number);
            let cell = |place: usize| held.and_then(|(_, cells)| cells.get(place)).copied().unwrap_or_default();
            Bin {
                start: Period::numbered(number << self.shift, period).start(),
                crossing: pairs.iter().map(|&(from, to, place)| (from, to, cell(place))).collect(),
                total: held.map(|(total, _)| *total).unwrap_or_default(),
            }
        };
        Timeline { bins: numbers.into_iter().map(bin).collect() }
    }
}
