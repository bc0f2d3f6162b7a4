//! Numbers at random for the sampler: the same for the same seed and scenario on every machine.

/// A stream of numbers: SplitMix64 (Steele, Lea and Flood 2014). No function whose last digit a platform may choose is
/// used.
pub(super) struct Draw(u64);

impl Draw {
    /// The stream of one scenario.
    pub(super) fn new(seed: u64, number: u32) -> Self {
        Self(scramble(scramble(seed ^ 0x6361_6d70_6169_676e) ^ u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }

    pub(super) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        scramble(self.0)
    }

    /// From 0 up to but not including `end`.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(end)) >> 64) as u64
    }

    /// From `low` to `high`, both included.
    pub(super) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// From 0 up to but not including 1.
    pub(super) fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub(super) fn chance(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    /// One of several; callers pass lists that are not empty.
    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }

    /// One of several, each as often as its weight.
    pub(super) fn weighted<T: Copy>(&mut self, from: &[(T, u32)]) -> T {
        let all: u64 = from.iter().map(|(_, weight)| u64::from(*weight)).sum();
        let mut place = self.below(all);
        for &(one, weight) in from {
            match place.checked_sub(u64::from(weight)) {
                Some(rest) => place = rest,
                None => return one,
            }
        }
        from[0].0
    }

    /// Between `low` and `high`, each doubling as often as any other.
    pub(super) fn spread(&mut self, low: f64, high: f64) -> f64 {
        if high <= low {
            return low;
        }
        let mut doublings = 0u32;
        while low * f64::from(2u32 << doublings) < high && doublings < 30 {
            doublings += 1;
        }
        loop {
            let step = self.between(0, u64::from(doublings)) as u32;
            let value = low * f64::from(1u32 << step) * (1.0 + self.unit());
            if value <= high {
                return value;
            }
        }
    }
}

const fn scramble(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_to_their_range() {
        let mut draw = Draw::new(1, 2);
        for _ in 0..1000 {
            assert!((10.0..=1800.0).contains(&draw.spread(10.0, 1800.0)));
            assert!((3..=5).contains(&draw.between(3, 5)));
            assert_eq!(draw.weighted(&[(1, 0), (2, 5)]), 2);
        }
        assert_eq!(draw.spread(5.0, 4.0), 5.0);
        assert_ne!(Draw::new(1, 2).bits(), Draw::new(1, 3).bits());
        assert_ne!(Draw::new(1, 2).bits(), Draw::new(2, 2).bits());
    }
}
