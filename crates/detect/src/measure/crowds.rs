//! Where so many newcomers come at once that one more tells nothing of the newcomer.

use blueline_terms::Address;
use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::Seed;

/// How many newcomers each host got in this second. Where they are very many, that one more asks for it tells nothing
/// of the newcomer: a flood must not push out those who ask elsewhere. 16,384 hosts.
pub(crate) struct Crowds(HashMap<Address, u32, FixedState>);

impl Crowds {
    /// Newcomers of a second that are still looked at.
    const MOST: u32 = 256;
    /// Hosts that are counted.
    const HOSTS: usize = 16_384;

    pub(crate) fn new(seed: Seed) -> Self {
        Self(HashMap::with_hasher(seed.state()))
    }

    /// Counts a newcomer; says whether there were too many before.
    pub(crate) fn is_crowded(&mut self, target: Address) -> bool {
        if self.0.len() >= Self::HOSTS {
            return self.0.get(&target).is_some_and(|&count| count >= Self::MOST);
        }
        let count = self.0.entry(target).or_default();
        *count = count.saturating_add(1);
        *count > Self::MOST
    }

    /// Whether there have been too many already.
    pub(crate) fn is_full(&self, target: Address) -> bool {
        self.0.get(&target).is_some_and(|&count| count >= Self::MOST)
    }

    /// A second is over.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_a_second_are_looked_at() {
        let mut crowds = Crowds::new(Seed(1));
        let [one, other] = [1, 2].map(|last| Address::v4([192, 0, 2, last]));
        let seen = |crowds: &mut Crowds, n: u32| (0..n).filter(|_| !crowds.is_crowded(one)).count();
        assert_eq!(seen(&mut crowds, 1000), 256);
        assert!(!crowds.is_crowded(other));
        crowds.clear();
        assert_eq!(seen(&mut crowds, 100), 100);
    }
}
