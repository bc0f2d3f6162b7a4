//! Randomness as an argument: numbers that depend on the seed and on what they are drawn for, on nothing else.
//!
//! Written here rather than taken from a library because the bytes of a capture are a contract: the same seed has to give
//! the same bytes in every later version and on every machine. So no transcendental function of the platform is used.

use std::time::Duration;

/// A stream of numbers: SplitMix64 (Steele, Lea and Flood 2014), an equidistributed permutation of a counter.
#[derive(Clone, Debug)]
pub(crate) struct Draw(u64);

impl Draw {
    /// The stream for one purpose. `path` names the purpose: which list, which entry, which conversation.
    pub(crate) fn new(seed: u64, path: &[u64]) -> Self {
        Self(path.iter().fold(scramble(seed ^ 0x5851_f42d_4c95_7f2d), |state, step| {
            scramble(state.rotate_left(17) ^ scramble(step.wrapping_add(0x9e37_79b9_7f4a_7c15)))
        }))
    }

    /// Sixty-four bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        scramble(self.0)
    }

    /// A number from 0 up to but not including `end`; 0 when `end` is 0.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        // The high half of the product lies below `end`. The bias is at most end / 2^64.
        ((u128::from(self.bits()) * u128::from(end)) >> 64) as u64
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low).saturating_add(1))
    }

    /// A number from 0 up to but not including 1.
    pub(crate) fn unit(&mut self) -> f64 {
        // 53 bits are what an f64 holds exactly.
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// True with this probability.
    pub(crate) fn chance(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    /// One of several.
    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        // Callers pass non-empty lists written out in the source.
        &from[self.below(from.len() as u64) as usize]
    }

    /// A duration between two others.
    pub(crate) fn wait(&mut self, low: Duration, high: Duration) -> Duration {
        Duration::from_nanos(self.between(low.as_nanos() as u64, high.as_nanos() as u64))
    }

    /// A number of milliseconds as a duration, down to the nanosecond.
    pub(crate) fn millis(&mut self, low: u64, high: u64) -> Duration {
        self.wait(Duration::from_millis(low), Duration::from_millis(high))
    }

    /// The gap before the next event of a Poisson process with this mean gap, in nanoseconds. At least 1.
    pub(crate) fn exponential(&mut self, mean_nanos: f64) -> u64 {
        let gap = -natural_log(1.0 - self.unit()) * mean_nanos;
        (gap as u64).clamp(1, i64::MAX as u64)
    }

    /// Fills a buffer.
    pub(crate) fn fill(&mut self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            let bytes = self.bits().to_le_bytes();
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
    }

    /// Some bytes.
    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut buffer = [0; N];
        self.fill(&mut buffer);
        buffer
    }
}

/// A permutation of the 64-bit numbers whose output looks like none.
pub(crate) const fn scramble(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// The natural logarithm of a number above 0, by basic arithmetic alone, which IEEE 754 rounds alike everywhere.
fn natural_log(x: f64) -> f64 {
    let bits = x.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i64 - 1023;
    let mantissa = f64::from_bits((bits & ((1 << 52) - 1)) | (1023 << 52));
    // ln m = 2 artanh((m - 1) / (m + 1)); for m in [1, 2) the argument is below 1/3, so the series ends quickly.
    let z = (mantissa - 1.0) / (mantissa + 1.0);
    let square = z * z;
    let mut power = z;
    let mut sum = 0.0;
    for odd in [1.0, 3.0, 5.0, 7.0, 9.0, 11.0, 13.0, 15.0, 17.0] {
        sum += power / odd;
        power *= square;
    }
    2.0 * sum + exponent as f64 * std::f64::consts::LN_2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_logarithm_is_right() {
        for x in [1e-9, 0.1, 0.5, 0.75, 0.999, 1.0] {
            assert!((natural_log(x) - x.ln()).abs() < 1e-8, "{x}");
        }
    }

    #[test]
    fn gaps_have_their_mean_and_numbers_their_range() {
        let mut draw = Draw::new(1, &[2, 3]);
        let mean = (0..100_000).map(|_| draw.exponential(1000.0)).sum::<u64>() as f64 / 100_000.0;
        assert!((970.0..1030.0).contains(&mean), "{mean}");
        assert!((0..1000).all(|_| (5..=7).contains(&draw.between(5, 7))));
        assert_eq!(draw.below(0), 0);
    }

    #[test]
    fn purposes_have_streams_of_their_own() {
        let first = |path: &[u64]| Draw::new(9, path).bits();
        assert_ne!(first(&[1, 2]), first(&[2, 1]));
        assert_ne!(first(&[1]), first(&[1, 0]));
        assert_eq!(first(&[1, 2]), first(&[1, 2]));
    }
}
