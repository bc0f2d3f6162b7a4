//! The first few different ones, and flows counted by them.

use blueline_terms::{Change, FlowId, Standing};

/// Keeps the first different values in the order in which they came, up to a bound, and whether there were more.
#[derive(Clone, Debug)]
pub(crate) struct Few<T, const MOST: usize> {
    first: Vec<T>,
    more: bool,
}

impl<T, const MOST: usize> Default for Few<T, MOST> {
    fn default() -> Self {
        Self { first: Vec::new(), more: false }
    }
}

impl<T: Copy + PartialEq, const MOST: usize> Few<T, MOST> {
    /// Notes a value; says whether it is new, as far as that is known: never once there are more than the bound.
    pub(crate) fn note(&mut self, value: T) -> bool {
        // The latest is the likeliest to come again.
        if self.first.last() == Some(&value) || self.first.contains(&value) {
            return false;
        }
        if self.first.len() >= MOST {
            self.more = true;
            return false;
        }
        self.first.push(value);
        true
    }

    /// The first of them.
    pub(crate) fn first(&self) -> &[T] {
        &self.first
    }

    /// How many there are: exact up to the bound, beyond it one more than that.
    pub(crate) fn count(&self) -> u64 {
        self.first.len() as u64 + u64::from(self.more)
    }
}

/// Counts flows of which changes come, each once: all that begin in sight, and those under way that are among the first
/// 16.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flows {
    first: Few<FlowId, 16>,
    count: u64,
}

impl Flows {
    pub(crate) fn note(&mut self, change: &Change) {
        let new = self.first.note(change.id);
        self.count +=
            u64::from(new || change.standing.has(Standing::OPENING) && !self.first.first().contains(&change.id));
    }

    pub(crate) fn first(&self) -> &[FlowId] {
        self.first.first()
    }

    pub(crate) fn count(&self) -> u64 {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_are_kept_and_the_rest_is_told() {
        let mut few = Few::<u16, 3>::default();
        for value in [7, 7, 5, 7, 6] {
            few.note(value);
        }
        assert_eq!((few.first(), few.count()), (&[7, 5, 6][..], 3));
        assert!(!few.note(8) && few.count() == 4);
    }
}
