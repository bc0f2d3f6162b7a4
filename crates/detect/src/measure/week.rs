//! What is usual at each hour of the week.

use blueline_terms::Moment;

use super::{Bounded, Seed};

/// Hours of a week.
const HOURS: usize = 168;
/// Prefixes and classes that are kept in mind.
const MOST: usize = 4096;
/// How much a week counts against all before it.
const ALPHA: f64 = 0.3;

/// Mean rates by hour of the week, for what has been watched for weeks: a network is busy at other hours than at night, and
/// what is usual on Monday morning is an attack on Sunday (Lakhina, Papagiannaki, Crovella and others, "Structural Analysis
/// of Network Traffic Flows", SIGMETRICS 2004). Keeps 4096 keys, the busiest; each costs 0.7 KiB.
pub(crate) struct Week<K> {
    usual: Bounded<K, Hours>,
}

struct Hours {
    /// Mean a second by hour; below nothing where no week has had it.
    mean: [f32; HOURS],
    /// The hour under way, counted from the epoch, and what came in it.
    hour: i64,
    sum: u64,
    /// Seconds of it in which something was wrong, and which are left out.
    left_out: u32,
}

impl<K: std::hash::Hash + Eq> Week<K> {
    pub(crate) fn new(seed: Seed) -> Self {
        Self { usual: Bounded::new(MOST, seed) }
    }

    /// Something came in the second that ended; `wrong` leaves it out of what is usual.
    pub(crate) fn note(&mut self, key: K, now: Moment, packets: u32, wrong: bool) {
        let hour = now.seconds().div_euclid(3600);
        let hours = self.usual.entry(key, || Hours { mean: [-1.0; HOURS], hour, sum: 0, left_out: 0 });
        if hours.hour != hour {
            hours.close(hour);
        }
        if wrong {
            hours.left_out += 1;
        } else {
            hours.sum += u64::from(packets);
        }
    }

    /// The mean a second at this hour of earlier weeks, if there were any.
    pub(crate) fn usual(&self, key: &K, now: Moment) -> Option<f64> {
        let mean = self.usual.get(key)?.mean[slot(now.seconds().div_euclid(3600))];
        (mean >= 0.0).then_some(f64::from(mean))
    }

    /// Drops the least busy where there are too many.
    pub(crate) fn prune(&mut self) {
        self.usual.prune(|hours| hours.sum);
    }
}

impl Hours {
    fn close(&mut self, next: i64) {
        let seconds = 3600u32.saturating_sub(self.left_out);
        // An hour of which most was wrong says nothing.
        if seconds > 1800 {
            let mean = self.sum as f64 / f64::from(seconds);
            let held = &mut self.mean[slot(self.hour)];
            *held = if *held < 0.0 { mean as f32 } else { (f64::from(*held) * (1.0 - ALPHA) + mean * ALPHA) as f32 };
        }
        (self.hour, self.sum, self.left_out) = (next, 0, 0);
    }
}

/// The epoch began on a Thursday at midnight; which hour is the first does not matter.
fn slot(hour: i64) -> usize {
    hour.rem_euclid(HOURS as i64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_is_compared_with_the_same_hour_of_earlier_weeks() {
        let mut week = Week::new(Seed(1));
        let at = |week: i64, hour: i64| Moment::from_seconds((week * 168 + hour) * 3600 + 2_000 * 168 * 3600, 0);
        for n in 0..3 {
            week.note(7u8, at(n, 9), 360_000, false);
            week.note(7, at(n, 9), 999_999, true);
            week.note(7, at(n, 10), 3600, false);
        }
        assert!((week.usual(&7, at(3, 9)).unwrap() - 100.0).abs() < 0.1);
        assert!((week.usual(&7, at(3, 10)).unwrap() - 1.0).abs() < 0.1);
        assert_eq!((week.usual(&7, at(3, 11)), week.usual(&8, at(3, 9))), (None, None));
    }

    #[test]
    fn an_hour_that_was_mostly_wrong_teaches_nothing() {
        let mut week = Week::new(Seed(1));
        (0..2000).for_each(|n| week.note(7u8, Moment::from_seconds(n, 0), 5000, true));
        week.note(7, Moment::from_seconds(4000, 0), 5, false);
        assert_eq!(week.usual(&7, Moment::from_seconds(168 * 3600, 0)), None);
    }
}
