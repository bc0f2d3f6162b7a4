//! Medians and other quantiles of times.

use std::time::Duration;

/// The value that this share of all values does not exceed (nearest rank); `None` of nothing.
pub(super) fn quantile(values: &[Duration], share: f64) -> Option<Duration> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.clamp(1, sorted.len().max(1)) - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_occurred() {
        let values: Vec<Duration> = [3, 1, 2, 4].map(Duration::from_secs).to_vec();
        assert_eq!(quantile(&values, 0.5), Some(Duration::from_secs(2)));
        assert_eq!(quantile(&values, 0.95), Some(Duration::from_secs(4)));
        assert_eq!(quantile(&[], 0.5), None);
    }
}
