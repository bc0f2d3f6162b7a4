//! How many of something there were lately.

use std::time::Duration;

use blueline_terms::Moment;

const SLOTS: usize = 6;

/// Counts over a sliding window that is kept in six slots: what it says is of the last five to six sixths of the
/// window. Nothing is lost where two slots meet, and it does not matter how long nothing came. 56 bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sliding {
    slots: [u64; SLOTS],
    newest: i64,
}

impl Default for Sliding {
    fn default() -> Self {
        Self { slots: [0; SLOTS], newest: i64::MIN }
    }
}

impl Sliding {
    /// Counts so many more at a moment. What comes from before the window is passed over.
    pub(crate) fn note(&mut self, window: Duration, at: Moment, count: u64) {
        let number = number(window, at);
        self.move_on(number);
        if let Some(slot) =
            usize::try_from(self.newest.saturating_sub(number)).ok().and_then(|back| self.slots.get_mut(back))
        {
            *slot = slot.saturating_add(count);
        }
    }

    /// How many there were in the window that ends now.
    pub(crate) fn total(&self, window: Duration, now: Moment) -> u64 {
        let gone = usize::try_from(number(window, now).saturating_sub(self.newest)).unwrap_or(0).min(SLOTS);
        self.slots[..SLOTS - gone].iter().fold(0, |sum, &slot| sum.saturating_add(slot))
    }

    fn move_on(&mut self, number: i64) {
        if number <= self.newest {
            return;
        }
        let steps = usize::try_from(number.saturating_sub(self.newest)).unwrap_or(SLOTS).min(SLOTS);
        self.slots.rotate_right(steps);
        self.slots[..steps].fill(0);
        self.newest = number;
    }
}

/// The slot's number since the epoch.
fn number(window: Duration, at: Moment) -> i64 {
    let slot = i64::try_from(window.as_nanos() / SLOTS as u128).unwrap_or(i64::MAX).max(1);
    at.nanos().div_euclid(slot)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HALF_AN_HOUR: Duration = Duration::from_secs(1800);

    fn at(seconds: i64) -> Moment {
        Moment::from_seconds(1_700_000_000 + seconds, 0)
    }

    #[test]
    fn a_steady_trickle_is_counted_over_the_window() {
        let mut recent = Sliding::default();
        for second in 0..10_000 {
            recent.note(HALF_AN_HOUR, at(second), 1);
            let (total, least) = (recent.total(HALF_AN_HOUR, at(second)), (second as u64 + 1).min(1500));
            assert!((least..=1800.max(least)).contains(&total), "{total} at {second}");
        }
    }

    #[test]
    fn what_is_long_ago_is_forgotten_however_long_ago() {
        let mut recent = Sliding::default();
        recent.note(HALF_AN_HOUR, at(0), 7);
        recent.note(HALF_AN_HOUR, at(-600), 2);
        assert_eq!(recent.total(HALF_AN_HOUR, at(600)), 9);
        assert_eq!(recent.total(HALF_AN_HOUR, at(4000)), 0);
        assert_eq!(recent.total(HALF_AN_HOUR, Moment::from_nanos(i64::MAX)), 0);
        recent.note(HALF_AN_HOUR, Moment::from_nanos(i64::MAX), 1);
        recent.note(HALF_AN_HOUR, Moment::from_nanos(i64::MIN), 1);
        assert_eq!(recent.total(HALF_AN_HOUR, Moment::from_nanos(i64::MAX)), 1);
    }
}
