//! A table of what is known of hosts and pairs, bounded.

use std::hash::Hash;

use foldhash::fast::FixedState;
use indexmap::IndexMap;

use super::Seed;

/// Keeps values by key in the order in which they came. [`Bounded::prune`] keeps the weightiest.
pub(crate) struct Bounded<K, V> {
    map: IndexMap<K, V, FixedState>,
    most: usize,
}

impl<K: Hash + Eq, V> Bounded<K, V> {
    /// Keeps at most `most` after each [`Self::prune`].
    pub(crate) fn new(most: usize, seed: Seed) -> Self {
        Self { map: IndexMap::with_hasher(seed.state()), most }
    }

    /// The value of a key, made by `new` where there is none.
    #[inline]
    pub(crate) fn entry(&mut self, key: K, new: impl FnOnce() -> V) -> &mut V {
        self.map.entry(key).or_insert_with(new)
    }

    /// The same, with the value's place, which holds until something is pruned or dropped.
    #[inline]
    pub(crate) fn place(&mut self, key: K, new: impl FnOnce() -> V) -> (usize, &mut V) {
        let entry = self.map.entry(key);
        let place = entry.index();
        (place, entry.or_insert_with(new))
    }

    /// The key and value at a place.
    pub(crate) fn at(&mut self, place: usize) -> Option<(&K, &mut V)> {
        self.map.get_index_mut(place)
    }

    /// The key and value at a place.
    pub(crate) fn peek_at(&self, place: usize) -> Option<(&K, &V)> {
        self.map.get_index(place)
    }

    /// The value of a key, if there is one.
    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.map.get(key)
    }

    /// The value of a key, if there is one.
    #[inline]
    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.map.get_mut(key)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.map.len()
    }

    /// All, in the order in which they came.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.map.iter()
    }

    /// All, in the order in which they came.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        self.map.iter_mut()
    }

    /// Drops those that `keep` does not want.
    pub(crate) fn retain(&mut self, keep: impl FnMut(&K, &mut V) -> bool) {
        self.map.retain(keep);
    }

    /// Where there are too many, keeps three quarters of the bound, the weightiest; of equal ones the earliest.
    pub(crate) fn prune<W: Ord + Copy>(&mut self, weight: impl Fn(&V) -> W) {
        if self.map.len() <= self.most {
            return;
        }
        let keep = self.most / 4 * 3;
        let mut order: Vec<(std::cmp::Reverse<W>, usize)> =
            self.map.values().enumerate().map(|(place, value)| (std::cmp::Reverse(weight(value)), place)).collect();
        if keep == 0 || keep >= order.len() {
            return;
        }
        let cut = *order.select_nth_unstable(keep - 1).1;
        let mut place = 0;
        self.map.retain(|_, value| {
            place += 1;
            (std::cmp::Reverse(weight(value)), place - 1) <= cut
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weightiest_and_earliest_stay_in_order() {
        let mut table = Bounded::new(8, Seed(3));
        for key in 0..20u32 {
            table.entry(key, || key % 4);
        }
        table.prune(|&value| value);
        let kept: Vec<u32> = table.iter().map(|(&key, _)| key).collect();
        assert_eq!(kept, [2, 3, 7, 11, 15, 19]);
        table.prune(|&value| value);
        assert_eq!(table.len(), 6);
    }
}
