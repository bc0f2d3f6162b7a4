//! Shares with their intervals.

/// A share of a number of trials with its Wilson interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// How many were so.
    pub hits: u64,
    /// Of how many.
    pub of: u64,
    /// The lower end, at 95 %.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// The share itself; `None` of nothing.
    pub fn share(&self) -> Option<f64> {
        (self.of > 0).then(|| self.hits as f64 / self.of as f64)
    }
}

/// The interval that holds the true share in 19 of 20 cases (Wilson, "Probable Inference, the Law of Succession, and
/// Statistical Inference", 1927). Of nothing, everything is possible.
pub fn wilson(hits: u64, of: u64) -> Interval {
    if of == 0 {
        return Interval { hits, of, low: 0.0, high: 1.0 };
    }
    const Z: f64 = 1.959_963_984_540_054;
    let (n, share) = (of as f64, hits as f64 / of as f64);
    let scale = 1.0 + Z * Z / n;
    let middle = (share + Z * Z / (2.0 * n)) / scale;
    let half = Z / scale * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    // At the ends the two terms are equal but for rounding.
    let low = if hits == 0 { 0.0 } else { (middle - half).max(0.0) };
    let high = if hits == of { 1.0 } else { (middle + half).min(1.0) };
    Interval { hits, of, low, high }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_those_of_the_textbook() {
        // Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17, 1998, table I,
        // method 3.
        for (hits, of, low, high) in
            [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
        {
            let told = wilson(hits, of);
            assert!((told.low - low).abs() < 5e-5 && (told.high - high).abs() < 5e-5, "{told:?}");
        }
        assert_eq!((wilson(20, 20).high, wilson(0, 0).low, wilson(0, 0).share()), (1.0, 0.0, None));
    }
}
