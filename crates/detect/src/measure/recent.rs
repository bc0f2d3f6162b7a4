//! What was met lately, bounded by how much it is and not by how long ago.

use std::hash::Hash;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::Seed;

/// Keeps the latest values by key in two generations. When the young one is full it becomes the old one, and the old
/// one is forgotten; what is asked for is young again. So at least the latest `most` that were noted or asked for are
/// known, at most twice as many, however long ago they came, and which are forgotten depends on their order alone
/// (the "clock" of second-chance page replacement; Corbató, 1968).
pub(crate) struct Recent<K, V> {
    // Asked and never walked, so no order shows.
    young: HashMap<K, V, FixedState>,
    old: HashMap<K, V, FixedState>,
    most: usize,
}

impl<K: Hash + Eq + Copy, V: Copy> Recent<K, V> {
    /// Knows at least the latest `most`.
    pub(crate) fn new(most: usize, seed: Seed) -> Self {
        Self { young: HashMap::with_hasher(seed.state()), old: HashMap::with_hasher(seed.state()), most }
    }

    /// The value of a key, which is young from now on.
    #[inline]
    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        if !self.young.contains_key(key) {
            let value = *self.old.get(key)?;
            self.insert(*key, value);
        }
        self.young.get_mut(key)
    }

    /// Notes a value.
    #[inline]
    pub(crate) fn insert(&mut self, key: K, value: V) {
        if self.young.len() >= self.most && !self.young.contains_key(&key) {
            std::mem::swap(&mut self.young, &mut self.old);
            self.young.clear();
        }
        self.young.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_and_what_is_asked_for_are_known() {
        let mut recent = Recent::new(10, Seed(1));
        recent.insert(0u32, 7u32);
        for key in 1..1000 {
            recent.insert(key, 0);
            assert_eq!(recent.get_mut(&0), Some(&mut 7), "it is asked for often enough");
            assert!(key < 10 || recent.get_mut(&(key - 3)).is_some());
        }
        assert_eq!(recent.get_mut(&500), None);
        assert!(recent.young.len() <= 10 && recent.old.len() <= 10);
    }
}
