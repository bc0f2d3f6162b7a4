//! A threshold random walk over outcomes.

/// Says from first contacts that succeed or fail whether a source looks for hosts that are not there (Jung, Paxson,
/// Berger, Balakrishnan, "Fast Portscan Detection Using Sequential Hypothesis Testing", IEEE S&P 2004).
///
/// A benign source's first contacts succeed with 0.8, a scanner's with 0.2; both kinds of mistake are to be at most 1
/// in 100 where contacts are independent. Other than in the paper the walk goes on after a decision, between two
/// walls: what was benign for long may turn, and is found as soon as a new source would be. It takes eight bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Walk(f64);

/// Of a failure: ln(0.8 / 0.2). Of a success: as much the other way.
const STEP: f64 = 1.386_294_361_119_890_6;
/// ln(0.99 / 0.01).
const DECIDES: f64 = 4.595_119_850_134_59;

impl Walk {
    /// The sum at which a source counts as a scanner.
    pub(crate) const DECIDES: f64 = DECIDES;

    /// A first contact failed.
    pub(crate) fn fails(&mut self) {
        self.0 = (self.0 + STEP).min(3.0 * DECIDES);
    }

    /// A first contact succeeded.
    pub(crate) fn succeeds(&mut self) {
        self.0 = (self.0 - STEP).max(-DECIDES);
    }

    /// The sum of the logarithms of the likelihood ratios, between the walls.
    pub(crate) fn sum(self) -> f64 {
        self.0
    }

    /// Whether it is at a scanner's height.
    pub(crate) fn accepts(self) -> bool {
        self.0 >= DECIDES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_failures_decide_and_successes_take_it_back() {
        let mut walk = Walk::default();
        (0..3).for_each(|_| walk.fails());
        assert!(!walk.accepts());
        walk.fails();
        assert!(walk.accepts());
        (0..1000).for_each(|_| walk.succeeds());
        (0..6).for_each(|_| walk.fails());
        assert!(!walk.accepts(), "it was benign for long");
        walk.fails();
        assert!(walk.accepts(), "and has turned: {}", walk.sum());
    }
}
