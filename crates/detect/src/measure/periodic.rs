//! Whether something happens again and again at intervals that a machine keeps.

/// Intervals that are kept, the latest.
const KEPT: usize = 64;
/// Intervals from which on something can be said.
const FEWEST: usize = 8;

/// The latest intervals between contacts, at most 64.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rhythm {
    intervals: Vec<f32>,
    next: usize,
}

/// What intervals look like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Regularity {
    /// How many intervals there were.
    pub(crate) intervals: usize,
    /// Their median in seconds.
    pub(crate) median: f64,
    /// Median absolute deviation in seconds.
    pub(crate) deviation: f64,
    /// That deviation over the median above the floor: 0 for a clock, 0.69 for chance.
    pub(crate) spread: f64,
    /// Bowley's skewness by quartiles, -1 to 1: near 0 for jitter about a period, 0.26 for chance.
    pub(crate) skew: f64,
    /// Ninth decile over median: 1 for a clock, 3.3 for chance.
    pub(crate) reach: f64,
    /// Distance from arrivals by chance, see [`Rhythm::regularity`].
    pub(crate) distance: f64,
}

impl Regularity {
    /// The distance that arrivals by chance pass in one case of a thousand, for 8 to 64 intervals.
    pub(crate) const BOUND: f64 = 1.55;
    /// Most spread and reach of what still counts as regular; chance has more in most cases.
    const MOST_SPREAD: f64 = 0.5;
    const MOST_REACH: f64 = 2.2;
    /// Most skewness where the intervals vary; quartiles of few intervals are rough.
    const MOST_SKEW: f64 = 0.7;

    /// Whether a machine keeps these intervals: they are not those of chance, and they lie closer together.
    ///
    /// Arrivals by chance (Poisson) are called regular in fewer than one of a thousand cases each time they are looked
    /// at; a test holds that. A period with jitter of 30 % either way is found with 8 intervals, of 50 % with 16, of
    /// 80 % with 64.
    pub(crate) fn is_machine(&self) -> bool {
        let even = self.spread <= 0.15 || self.skew.abs() <= Self::MOST_SKEW;
        even && self.distance >= Self::BOUND && self.spread <= Self::MOST_SPREAD && self.reach <= Self::MOST_REACH
    }
}

impl Rhythm {
    /// Takes note of an interval in seconds.
    pub(crate) fn note(&mut self, seconds: f64) {
        let seconds = seconds as f32;
        match self.intervals.get_mut(self.next) {
            Some(oldest) => *oldest = seconds,
            None => self.intervals.push(seconds),
        }
        self.next = (self.next + 1) % KEPT;
    }

    /// How many intervals are kept.
    pub(crate) fn len(&self) -> usize {
        self.intervals.len()
    }

    /// What the intervals look like; `None` below eight. Intervals have at least `floor` seconds, because what comes
    /// sooner was counted as one contact: the floor is taken off for all that compares with chance.
    ///
    /// Median absolute deviation and Bowley skewness as in RITA (Active Countermeasures). The distance is the statistic
    /// of Lilliefors, "On the Kolmogorov-Smirnov Test for the Exponential Distribution with Mean Unknown" (1969), in
    /// the form of Stephens, "EDF Statistics for Goodness of Fit" (1974), whose critical values hardly depend on the
    /// number.
    pub(crate) fn regularity(&self, floor: f64) -> Option<Regularity> {
        if self.intervals.len() < FEWEST {
            return None;
        }
        let mut sorted: Vec<f64> = self.intervals.iter().map(|&x| (f64::from(x) - floor).max(0.0)).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let at = |share: f64| sorted[((sorted.len() as f64 * share) as usize).min(sorted.len() - 1)];
        let median = at(0.5);
        let mut deviations: Vec<f64> = sorted.iter().map(|x| (x - median).abs()).collect();
        deviations.sort_unstable_by(f64::total_cmp);
        let over_median = |x: f64| if median > 0.0 { x / median } else { f64::MAX };
        let deviation = deviations[deviations.len() / 2];
        let (q1, q3) = (at(0.25), at(0.75));
        Some(Regularity {
            intervals: sorted.len(),
            median: median + floor,
            deviation,
            spread: over_median(deviation),
            skew: if q3 > q1 { (q3 + q1 - 2.0 * median) / (q3 - q1) } else { 0.0 },
            reach: over_median(at(0.9)),
            distance: distance(&sorted),
        })
    }
}

/// How far sorted values are from exponential ones with the same mean.
fn distance(sorted: &[f64]) -> f64 {
    let n = sorted.len() as f64;
    let mean = sorted.iter().sum::<f64>() / n;
    if mean <= 0.0 {
        return 0.0;
    }
    let step = |(place, x): (usize, &f64)| {
        let (chance, place) = (1.0 - (-x / mean).exp(), place as f64);
        (chance - place / n).max((place + 1.0) / n - chance)
    };
    let largest = sorted.iter().enumerate().map(step).fold(0.0, f64::max);
    (largest - 0.2 / n) * (n.sqrt() + 0.26 + 0.5 / n.sqrt())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Numbers between 0 and 1 that look drawn by chance (Steele and others, "SplitMix", 2014).
    pub(crate) struct Chance(pub(crate) u64);

    impl Chance {
        pub(crate) fn draw(&mut self) -> f64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let x = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((x ^ x >> 31) >> 11) as f64 / (1u64 << 53) as f64
        }

        /// An interval between arrivals by chance, one a second.
        pub(crate) fn wait(&mut self) -> f64 {
            -(1.0 - self.draw()).ln()
        }
    }

    fn of(intervals: impl Iterator<Item = f64>) -> Regularity {
        let mut rhythm = Rhythm::default();
        intervals.for_each(|interval| rhythm.note(interval));
        rhythm.regularity(0.0).unwrap()
    }

    #[test]
    fn chance_is_called_a_machine_less_than_once_in_a_thousand() {
        let mut chance = Chance(7);
        for n in [8, 16, 64] {
            let cases = 20_000;
            let wrong = (0..cases).filter(|_| of((0..n).map(|_| chance.wait())).is_machine()).count();
            assert!(wrong * 1000 < cases, "{wrong} of {cases} with {n} intervals");
        }
    }

    #[test]
    fn jitter_is_seen_through() {
        let mut chance = Chance(8);
        for (jitter, n) in [(0.0, 8), (0.3, 8), (0.5, 16), (0.8, 64)] {
            let right = (0..400)
                .filter(|_| of((0..n).map(|_| 60.0 * (1.0 + jitter * (2.0 * chance.draw() - 1.0)))).is_machine())
                .count();
            assert!(right > 340, "{right} of 400 with jitter {jitter} and {n} intervals");
        }
    }

    #[test]
    fn bursts_are_no_machine() {
        let burst = |n: usize| if n.is_multiple_of(4) { 600.0 } else { 2.0 };
        assert!(!of((0..64).map(burst)).is_machine());
    }

    #[test]
    fn few_or_no_intervals_say_nothing() {
        let mut rhythm = Rhythm::default();
        (0..7).for_each(|_| rhythm.note(60.0));
        assert_eq!(rhythm.regularity(1.0), None);
        (0..100).for_each(|_| rhythm.note(0.0));
        assert_eq!(rhythm.len(), 64);
        assert!(!rhythm.regularity(1.5).unwrap().is_machine());
    }

    #[test]
    fn a_clock_has_no_spread_and_no_skew() {
        let clock = of((0..20).map(|_| 10.0));
        assert_eq!((clock.intervals, clock.median, clock.spread, clock.skew, clock.reach), (20, 10.0, 0.0, 0.0, 1.0));
    }
}
