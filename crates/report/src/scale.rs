//! Scales that the drawn faces share: shades of a share, values over columns.

/// The least share of each shade but the first.
pub(crate) const SHADES: [f64; 5] = [0.0, 0.01, 0.05, 0.2, 0.5];

/// Which shade a share has: 0 for nothing, 1 to 5 from little to most.
pub(crate) fn shade(share: f64) -> usize {
    if share <= 0.0 { 0 } else { SHADES.iter().filter(|&&least| share >= least).count() }
}

/// `values` over `columns`, each column showing what lies in its time: the highest of several values, or a value again.
pub(crate) fn spread(values: &[u64], columns: usize) -> Vec<u64> {
    let n = values.len();
    let of_column = |column: usize| {
        let begin = column * n / columns;
        let end = ((column + 1) * n / columns).max(begin + 1);
        values.get(begin..end).and_then(|part| part.iter().max()).copied().unwrap_or(0)
    };
    if n == 0 { Vec::new() } else { (0..columns).map(of_column).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shades_step_up() {
        assert_eq!([0.0, 0.001, 0.01, 0.05, 0.2, 0.5, 1.0].map(shade), [0, 1, 2, 3, 4, 5, 5]);
    }

    #[test]
    fn peaks_survive_spreading() {
        assert_eq!(spread(&[1, 9, 2, 3], 2), [9, 3]);
        assert_eq!(spread(&[1, 2], 5), [1, 1, 1, 2, 2]);
        assert!(spread(&[], 5).is_empty() && spread(&[1], 0).is_empty());
    }
}
