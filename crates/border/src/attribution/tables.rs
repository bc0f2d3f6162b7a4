//! What routing tables and registries say about prefixes, as plain lists.

use blueline_terms::{Address, Asn, Country, Prefix};

/// Which autonomous system originates which prefix.
///
/// Prefixes may nest; the longest wins. A prefix may have several origins (several networks announce it): the one that
/// comes first in the table is taken as the best supported.
#[derive(Clone, Debug, Default)]
pub struct OriginTable {
    pub(super) entries: Vec<(Prefix, Asn)>,
}

impl OriginTable {
    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl FromIterator<(Prefix, Asn)> for OriginTable {
    fn from_iter<I: IntoIterator<Item = (Prefix, Asn)>>(entries: I) -> Self {
        Self { entries: entries.into_iter().collect() }
    }
}

/// In whose country's name blocks of addresses are registered. That is where a holder registered, not where packets go.
///
/// Prefixes may nest; the longest wins, and of equal ones the first.
#[derive(Clone, Debug, Default)]
pub struct RegistryTable {
    pub(super) entries: Vec<(Prefix, Country)>,
}

impl RegistryTable {
    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl FromIterator<(Prefix, Country)> for RegistryTable {
    fn from_iter<I: IntoIterator<Item = (Prefix, Country)>>(entries: I) -> Self {
        Self { entries: entries.into_iter().collect() }
    }
}

/// The fewest prefixes that make up the range from `first` to `last`, both included. Nothing where the two are of
/// different families or out of order.
pub fn blocks(first: Address, last: Address) -> impl Iterator<Item = Prefix> {
    let longest: u8 = if first.is_v4() { 32 } else { 128 };
    let mut next = (first.is_v4() == last.is_v4() && first <= last).then_some(first.bits());
    std::iter::from_fn(move || {
        let mut start = next?;
        // The IPv4-mapped block is none of IPv6: a range that comes to it goes on behind it.
        if longest == 128 && Address::from_bits(start).is_v4() {
            start = (start | 0xffff_ffff) + 1;
        }
        let aligned = if start == 0 { 128 } else { start.trailing_zeros() };
        // The largest power of two that fits into what is left; the whole space is 2^128 and does not fit a u128.
        let left = (last.bits() - start).checked_add(1).map_or(128, u128::ilog2);
        let mut size = aligned.min(left).min(u32::from(longest));
        let prefix = loop {
            // `size` is at most `longest`, so the length is in range. A block that would reach over the IPv4-mapped
            // block is refused by `Prefix::new` and halved.
            match Prefix::new(Address::from_bits(start), longest - size as u8) {
                Ok(prefix) => break prefix,
                Err(_) => size = size.checked_sub(1)?,
            }
        };
        next = prefix.last().bits().checked_add(1).filter(|&start| start <= last.bits());
        Some(prefix)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(first: &str, last: &str) -> Vec<String> {
        blocks(first.parse().unwrap(), last.parse().unwrap()).map(|block| block.to_string()).collect()
    }

    #[test]
    fn ranges_become_the_fewest_prefixes() {
        assert_eq!(shown("1.0.0.0", "1.0.0.255"), ["1.0.0.0/24"]);
        assert_eq!(shown("10.0.0.1", "10.0.0.4"), ["10.0.0.1/32", "10.0.0.2/31", "10.0.0.4/32"]);
        assert_eq!(shown("0.0.0.0", "255.255.255.255"), ["0.0.0.0/0"]);
        assert_eq!(shown("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), ["::/0"]);
        assert_eq!(shown("::fffe:ffff:fffe", "::1:0:0:1"), ["::fffe:ffff:fffe/127", "::1:0:0:0/127"]);
        assert_eq!(shown("::fffe:ffff:ffff", "::1:0:0:0"), ["::fffe:ffff:ffff/128", "::1:0:0:0/128"]);
        assert!(shown("10.0.0.2", "10.0.0.1").is_empty() && shown("10.0.0.1", "2001:db8::").is_empty());
    }

    proptest! {
        #[test]
        fn blocks_tile_their_range(a: u32, b: u32) {
            let (first, last) = (Address::v4(a.min(b).to_be_bytes()), Address::v4(a.max(b).to_be_bytes()));
            let mut next = first.bits();
            for block in blocks(first, last) {
                prop_assert_eq!(block.first().bits(), next);
                next = block.last().bits() + 1;
            }
            prop_assert_eq!(next, last.bits() + 1);
        }
    }
}
