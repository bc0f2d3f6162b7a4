//! How fast an outbreak grows: a susceptible-infected model fitted to the moments at which hosts began to spread.

use std::f64::consts::LN_2;

/// What a fit says of an outbreak.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Growth {
    /// Seconds in which the spreaders doubled at first.
    pub(crate) doubling: f64,
    /// Bounds between which that lies in 19 of 20 cases, if the model holds.
    pub(crate) between: (f64, f64),
    /// How many hosts it would reach in the end; `None` where nothing slows it yet.
    pub(crate) most: Option<f64>,
}

/// Final sizes that are tried, as multiples of the spreaders so far; one more, without bound, is the exponential.
const SIZES: [f64; 8] = [1.0, 1.05, 1.15, 1.3, 1.6, 2.0, 3.0, 5.0];
/// With fewer new spreaders a fit would say nothing.
const FEWEST: usize = 4;
/// Two-sided 95 % of the normal distribution.
const NORMAL: f64 = 1.96;

impl Growth {
    /// Fits the model to the seconds at which each spreader began, in order, as it stands at `until`. `None` while
    /// there are fewer than five spreaders, or no time has passed.
    ///
    /// In the model each of `k` spreaders makes new ones at a rate of `b (1 - k / n)`, which gives the logistic curve
    /// of Staniford, Paxson and Weaver, "How to 0wn the Internet in Your Spare Time", USENIX Security 2002, and of Zou
    /// and others, "Monitoring and Early Warning for Internet Worms", CCS 2003. The rate is that of greatest
    /// likelihood for a birth process seen throughout (Keiding, "Maximum Likelihood Estimation in the Birth-and-Death
    /// Process", Annals of Statistics 3(2), 1975), `n` that of a few sizes that is most likely. Its interval is that
    /// of a Poisson count, so it does not hold what is unsure about `n`. Hosts that spread unseen make the outbreak
    /// look smaller, not slower.
    pub(crate) fn fit(began: &[f64], until: f64) -> Option<Self> {
        let births = began.len().checked_sub(1).filter(|&births| births >= FEWEST)?;
        let size = |factor: f64| began.len() as f64 * factor;
        let fits = SIZES.iter().map(|&factor| Some(size(factor))).chain([None]);
        let (_, rate, most) = fits
            .filter_map(|most| likelihood(began, until, most).map(|(likelihood, rate)| (likelihood, rate, most)))
            .max_by(|a, b| a.0.total_cmp(&b.0))?;
        let births = births as f64;
        // Wilson and Hilferty's approximation of the bounds of a gamma variable.
        let bound = |deviate: f64| (1.0 - 1.0 / (9.0 * births) + deviate / (3.0 * births.sqrt())).powi(3);
        let doubling = |rate: f64| LN_2 / rate;
        let between = (doubling(rate * bound(NORMAL)), doubling(rate * bound(-NORMAL)));
        Some(Self { doubling: doubling(rate), between, most })
    }
}

/// The logarithm of the greatest likelihood with this final size, and the rate that has it.
fn likelihood(began: &[f64], until: f64, most: Option<f64>) -> Option<(f64, f64)> {
    let pressure = |spreaders: usize| {
        let spreaders = spreaders as f64;
        spreaders * most.map_or(1.0, |most| (1.0 - spreaders / most).max(0.0))
    };
    let births = began.len() as f64 - 1.0;
    let ends = began.iter().skip(1).copied().chain([until]);
    let exposure: f64 =
        began.iter().zip(ends).enumerate().map(|(place, (&from, to))| pressure(place + 1) * (to - from).max(0.0)).sum();
    if exposure <= 0.0 {
        return None;
    }
    let rate = births / exposure;
    let each: f64 = (1..began.len()).map(|spreaders| pressure(spreaders).ln()).sum();
    Some((each + births * rate.ln() - births, rate))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The moments at which a logistic curve from 1 to `most` with this rate passes each whole number below `until`.
    fn logistic(most: f64, rate: f64, until: usize) -> Vec<f64> {
        (1..until).map(|k| k as f64).map(|k| ((k * (most - 1.0)) / (most - k)).ln() / rate).collect()
    }

    #[test]
    fn the_rate_of_a_logistic_curve_is_found() {
        for (most, until) in [(1e9, 12), (1e9, 200), (100.0, 60), (100.0, 99), (300.0, 290)] {
            let began = logistic(most, LN_2 / 30.0, until);
            let growth = Growth::fit(&began, *began.last().unwrap()).unwrap();
            let (least, largest) = growth.between;
            assert!(least < 30.0 && 30.0 < largest, "{growth:?} for {most} and {until}");
            assert!((growth.doubling / 30.0 - 1.0).abs() < 0.35, "{growth:?} for {most} and {until}");
        }
    }

    #[test]
    fn an_outbreak_that_is_through_has_a_size() {
        let mut began = logistic(100.0, 0.05, 100);
        began.push(began.last().unwrap() + 20.0);
        let growth = Growth::fit(&began, began.last().unwrap() + 5000.0).unwrap();
        assert!(growth.most.is_some_and(|most| (95.0..=120.0).contains(&most)), "{growth:?}");
        assert!((8.0..25.0).contains(&growth.doubling), "waiting on does not make it slower: {growth:?}");
    }

    #[test]
    fn nothing_is_said_of_few_or_of_an_instant() {
        assert_eq!(Growth::fit(&[], 0.0), None);
        assert_eq!(Growth::fit(&[0.0, 1.0, 2.0, 3.0], 4.0), None);
        assert_eq!(Growth::fit(&[5.0; 8], 5.0), None);
    }
}
