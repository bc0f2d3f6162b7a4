//! Who has which address.
//!
//! A host is a number in its group. Its address is worked out from that number and the group's place in the scenario,
//! so nothing is stored, and the same host keeps its place when the group moves to other prefixes of equal length.

use blueline_terms::{Address, Prefix};

use crate::random::scramble;

/// The address space of a group in one family.
#[derive(Clone, Debug, Default)]
pub(crate) struct Space {
    blocks: Vec<Prefix>,
    /// How many addresses all blocks have room for.
    room: u64,
    /// Coprime with `room`, so that numbers are spread over the space and no two meet.
    step: u64,
    salt: u64,
}

/// What a block of /64 or shorter counts for: more than anybody asks for, and 1000 of them fit a u64.
const WIDE: u64 = 1 << 40;

impl Space {
    pub(crate) fn new(prefixes: &[Prefix], v4: bool, salt: u64) -> Self {
        let blocks: Vec<_> = prefixes.iter().copied().filter(|prefix| prefix.is_v4() == v4).collect();
        let room = blocks.iter().map(|&block| room(block)).sum::<u64>();
        // A step near the golden section of the room spreads neighbours far apart.
        let mut step = ((room as f64 * 0.618) as u64).max(1);
        while room > 0 && common_divisor(step, room) != 1 {
            step += 1;
        }
        Self { blocks, room, step, salt: scramble(salt) }
    }

    /// How many hosts it has addresses for.
    pub(crate) fn room(&self) -> u64 {
        self.room
    }

    /// The address of host `number`, which wraps around at the end of the space. `None` where the space is empty.
    pub(crate) fn address(&self, number: u64) -> Option<Address> {
        if self.room == 0 {
            return None;
        }
        let spread = u128::from(number % self.room) * u128::from(self.step) + u128::from(self.salt % self.room);
        let mut place = (spread % u128::from(self.room)) as u64;
        for &block in &self.blocks {
            match place.checked_sub(room(block)) {
                Some(rest) => place = rest,
                None => return Some(self.within(block, place)),
            }
        }
        None
    }

    fn within(&self, block: Prefix, place: u64) -> Address {
        let bits = u32::from(block.size_log2());
        let offset = if !block.is_v4() && bits >= 64 {
            // A subnet and an interface identifier, both as random as in the field (RFC 7217).
            let identifier = scramble(place ^ self.salt);
            let subnets = (bits - 64).min(16);
            let subnet = u128::from(scramble(identifier) & ((1 << subnets) - 1));
            subnet << 64 | u128::from(identifier)
        } else if bits >= 2 {
            // Neither the first nor the last: in IPv4 they are no host's.
            u128::from(place) + 1
        } else {
            u128::from(place)
        };
        Address::from_bits(block.first().bits() | offset)
    }
}

/// How many addresses of one family the prefixes have room for.
pub(crate) fn capacity(prefixes: &[Prefix], v4: bool) -> u64 {
    prefixes.iter().filter(|prefix| prefix.is_v4() == v4).map(|&prefix| room(prefix)).fold(0, u64::saturating_add)
}

/// Most hosts of a safe area that take part.
const SAFE_AREA_HOSTS: u64 = 64;

/// How many hosts a safe area with these addresses has.
pub(crate) fn hosts_of_area(addresses: &[Prefix]) -> u32 {
    capacity(addresses, true).max(capacity(addresses, false)).clamp(1, SAFE_AREA_HOSTS) as u32
}

fn room(block: Prefix) -> u64 {
    match block.size_log2() {
        bits @ 0..2 => 1 << bits,
        bits @ 2..40 => (1 << bits) - 2,
        _ => WIDE,
    }
}

fn common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_host_has_an_address_of_its_own_within_the_blocks() {
        for (texts, v4, hosts) in [
            (&["192.0.2.0/24", "198.51.100.0/29"][..], true, 254 + 6),
            (&["192.0.2.8"][..], true, 1),
            (&["192.0.2.8/31"][..], true, 2),
            (&["198.18.0.0/16"][..], true, 10_000),
            (&["2001:db8::/32", "3fff::/120"][..], false, 10_000),
            (&["2001:db8::/64"][..], false, 10_000),
            (&["2001:db8::/127"][..], false, 2),
        ] {
            let prefixes: Vec<Prefix> = texts.iter().map(|text| text.parse().unwrap()).collect();
            let space = Space::new(&prefixes, v4, 3);
            assert!(capacity(&prefixes, v4) >= hosts);
            let addresses: BTreeSet<_> = (0..hosts).map(|number| space.address(number).unwrap()).collect();
            assert_eq!(addresses.len() as u64, hosts, "{texts:?}");
            assert!(addresses.iter().all(|&address| prefixes.iter().any(|prefix| prefix.contains(address))));
        }
        assert_eq!(Space::default().address(1), None);
    }

    #[test]
    fn a_group_keeps_its_places_when_it_moves() {
        let at = |text: &str| Space::new(&[text.parse().unwrap()], true, 7);
        let (old, new) = (at("198.18.0.0/16"), at("198.19.0.0/16"));
        assert!((0..1000).all(|n| old.address(n).unwrap().bits() ^ 0x1_0000 == new.address(n).unwrap().bits()));
    }
}
