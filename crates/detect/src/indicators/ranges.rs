//! Finds the narrowest of many nested blocks that holds an address, in a few cache lines.

use blueline_terms::{Address, Prefix};

/// No block.
pub(super) const NONE: u32 = u32::MAX;

/// Blocks of both families, flattened to ranges that do not overlap.
///
/// Most addresses lie in none. That is told by one bit for each IPv4 /24, and for IPv6 by one bit for each hash of a
/// /48 (2 MiB each), before any range is looked at. [`Blocks::lay`] makes them.
#[derive(Clone, Debug, Default)]
pub(super) struct Ranges {
    v4: Family<u32>,
    v6: Family<u128>,
    /// First range of each IPv4 /16 and one more.
    heads: Vec<u32>,
    /// Whether there are IPv6 blocks too wide for the filter.
    wide: bool,
}

#[derive(Clone, Debug)]
struct Family<K> {
    filter: Vec<u64>,
    starts: Vec<K>,
    /// Last address of each range, and which block it is of.
    ends: Vec<(K, u32)>,
    /// Every so many-th start, which lie close together.
    steps: Vec<K>,
}

/// Ranges from one step to the next.
const STEP: usize = 64;

impl<K> Default for Family<K> {
    fn default() -> Self {
        Self { filter: Vec::new(), starts: Vec::new(), ends: Vec::new(), steps: Vec::new() }
    }
}

/// Bits of a filter, as a power of two.
const CELLS: u32 = 24;
/// IPv6 blocks of at most this many /48 are in the filter.
const MOST_CELLS: u128 = 1 << 12;

impl<K: Copy + Ord> Family<K> {
    fn new() -> Self {
        Self { filter: vec![0; 1 << (CELLS - 6)], ..Self::default() }
    }

    fn mark(&mut self, cell: u32) {
        if let Some(word) = self.filter.get_mut(cell as usize >> 6) {
            *word |= 1 << (cell & 63);
        }
    }

    #[inline]
    fn is_marked(&self, cell: u32) -> bool {
        self.filter.get(cell as usize >> 6).is_some_and(|word| word >> (cell & 63) & 1 == 1)
    }

    /// The block of the range that holds `key`, among the ranges from `low` up to `high`.
    #[inline]
    fn find(&self, key: K, low: usize, high: usize) -> u32 {
        let starts = self.starts.get(low..high).unwrap_or_default();
        let after = low + starts.partition_point(|&start| start <= key);
        match after.checked_sub(1).and_then(|place| self.ends.get(place)) {
            Some(&(end, number)) if key <= end => number,
            _ => NONE,
        }
    }
}

impl Ranges {
    /// The number of the narrowest block that holds the address.
    #[inline]
    pub(super) fn find(&self, address: Address) -> u32 {
        if address.is_v4() {
            let key = address.bits() as u32;
            if !self.v4.is_marked(key >> (32 - CELLS)) {
                return NONE;
            }
            let head = (key >> 16) as usize;
            // A range may begin in an earlier /16, then it is the one before the head.
            let low = self.heads.get(head).map_or(0, |&head| (head as usize).saturating_sub(1));
            let high = self.heads.get(head + 1).map_or(0, |&head| head as usize);
            self.v4.find(key, low, high)
        } else {
            let key = address.bits();
            if !self.wide && !self.v6.is_marked(cell(key >> 80)) {
                return NONE;
            }
            let step = self.v6.steps.partition_point(|&start| start <= key);
            let low = step.saturating_sub(1) * STEP;
            self.v6.find(key, low, (step * STEP).min(self.v6.starts.len()))
        }
    }
}

/// The cell of an IPv6 /48, by multiplication with an odd number (Knuth, 6.4), because listed ones lie close together.
#[inline]
fn cell(site: u128) -> u32 {
    ((site as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - CELLS)) as u32
}

/// Blocks that are laid into ranges. Those of the same extent stay in their order.
pub(super) struct Blocks {
    /// Each with its number, or none where it hides wider ones.
    pub(super) blocks: Vec<(Prefix, u32)>,
}

impl Blocks {
    /// Flattens the blocks. `link` is told of each numbered block the next wider one that is not hidden, if any.
    pub(super) fn lay(mut self, link: &mut dyn FnMut(u32, u32)) -> Ranges {
        if self.blocks.is_empty() {
            return Ranges::default();
        }
        // The families are apart: a wide IPv6 block holds no IPv4. Wider ones come first; of equal ones the later
        // first, so that the first lies on top. What hides lies under what is as wide.
        let order = |&(prefix, number): &(Prefix, u32)| {
            (prefix.is_v4(), prefix.first(), std::cmp::Reverse(prefix.last()), std::cmp::Reverse(number))
        };
        self.blocks.sort_unstable_by_key(order);
        let mut ranges = Ranges { v4: Family::new(), v6: Family::new(), heads: Vec::new(), wide: false };
        let families = self.blocks.split_at(self.blocks.partition_point(|(prefix, _)| !prefix.is_v4()));
        ranges.flatten(families.0, link);
        ranges.flatten(families.1, link);
        ranges.index();
        ranges
    }
}

impl Ranges {
    fn flatten(&mut self, blocks: &[(Prefix, u32)], link: &mut dyn FnMut(u32, u32)) {
        let mut open: Vec<(u128, u32)> = Vec::new();
        // The first address that no range was made for.
        let mut next = 0u128;
        for &(prefix, number) in blocks {
            let (first, last) = (prefix.first().bits(), prefix.last().bits());
            self.close(&mut open, &mut next, Some(first));
            if let (Some(&(_, outer)), Some(before)) = (open.last(), first.checked_sub(1)) {
                self.push(next, before, outer);
            }
            if number != NONE {
                link(number, open.last().map_or(NONE, |&(_, outer)| outer));
            }
            next = first;
            open.push((last, number));
        }
        self.close(&mut open, &mut next, None);
    }

    /// Makes ranges of the blocks that end before `until`, or of all.
    fn close(&mut self, open: &mut Vec<(u128, u32)>, next: &mut u128, until: Option<u128>) {
        while let Some(&(last, number)) = open.last() {
            if until.is_some_and(|until| last >= until) {
                return;
            }
            self.push(*next, last, number);
            // Where the space ends, nothing is left to come.
            *next = (*next).max(last.saturating_add(1));
            open.pop();
        }
    }

    fn push(&mut self, first: u128, last: u128, number: u32) {
        if first > last || number == NONE {
            return;
        }
        if Address::from_bits(first).is_v4() {
            let (first, last) = (first as u32, last as u32);
            self.v4.starts.push(first);
            self.v4.ends.push((last, number));
            (first >> (32 - CELLS)..=last >> (32 - CELLS)).for_each(|cell| self.v4.mark(cell));
            return;
        }
        self.v6.starts.push(first);
        self.v6.ends.push((last, number));
        let sites = first >> 80..=last >> 80;
        if sites.end() - sites.start() >= MOST_CELLS {
            self.wide = true;
        } else {
            sites.for_each(|site| self.v6.mark(cell(site)));
        }
    }

    fn index(&mut self) {
        let mut place = 0;
        for head in 0..=1u64 << 16 {
            while self.v4.starts.get(place).is_some_and(|&start| u64::from(start) < head << 16) {
                place += 1;
            }
            self.heads.push(place as u32);
        }
        self.v6.steps = self.v6.starts.iter().copied().step_by(STEP).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lay(blocks: &[(&str, u32)]) -> (Ranges, Vec<(u32, u32)>) {
        let blocks = blocks.iter().map(|&(prefix, number)| (prefix.parse().unwrap(), number)).collect();
        let mut links = Vec::new();
        let ranges = Blocks { blocks }.lay(&mut |number, outer| links.push((number, outer)));
        links.sort_unstable();
        (ranges, links)
    }

    fn find(ranges: &Ranges, address: &str) -> u32 {
        ranges.find(address.parse().unwrap())
    }

    #[test]
    fn the_narrowest_is_found_and_links_lead_outward() {
        let (ranges, links) = lay(&[
            ("198.0.0.0/8", 0),
            ("198.51.0.0/16", 1),
            ("198.51.100.7/32", 2),
            ("198.51.100.7/32", 3),
            ("198.51.100.0/24", NONE),
            ("2600::/16", 4),
            ("2600:1::/32", 5),
            ("255.255.255.255/32", 6),
        ]);
        for (address, wanted) in [
            ("198.1.2.3", 0),
            ("198.51.1.1", 1),
            ("198.51.100.7", 2),
            ("198.51.100.8", NONE),
            ("198.51.101.0", 1),
            ("198.255.255.255", 0),
            ("199.0.0.0", NONE),
            ("2600:2::1", 4),
            ("2600:1::1", 5),
            ("2601::", NONE),
            ("255.255.255.255", 6),
            ("255.255.255.254", NONE),
        ] {
            assert_eq!(find(&ranges, address), wanted, "{address}");
        }
        assert_eq!(links, [(0, NONE), (1, 0), (2, 3), (3, NONE), (4, NONE), (5, 4), (6, NONE)]);
    }

    #[test]
    fn each_of_many_is_found_and_its_neighbour_is_not() {
        let v6 = |n: u32| Address::from_bits(0x2600 << 112 | u128::from(n) << 70);
        let v4 = |n: u32| Address::v4((0x0b00_0000 + n * 257).to_be_bytes());
        for address in [&v4 as &dyn Fn(u32) -> Address, &v6] {
            let blocks = (0..1000).map(|n| (Prefix::host(address(n)), n)).collect();
            let ranges = Blocks { blocks }.lay(&mut |_, _| {});
            for n in 0..1000 {
                let neighbour = Address::from_bits(address(n).bits() + 1);
                assert_eq!((ranges.find(address(n)), ranges.find(neighbour)), (n, NONE), "{}", address(n));
            }
        }
    }

    #[test]
    fn without_blocks_nothing_is_found() {
        let ranges = Ranges::default();
        assert_eq!((find(&ranges, "1.2.3.4"), find(&ranges, "2001:db8::1")), (NONE, NONE));
    }

    proptest! {
        #[test]
        fn ranges_agree_with_asking_every_block(
            drawn in proptest::collection::vec((0u32..=0xffff, 8u8..=32, any::<bool>()), 0..40),
            asked in proptest::collection::vec((0u32..=0xffff, any::<bool>()), 40)
        ) {
            // A small space, so that blocks nest: the low bits of addresses in 10.0.0.0/8 and 2600::/64.
            let place = |low: u32, v4: bool| {
                let v6 = Address::from_bits(0x2600 << 112 | u128::from(low) << 64);
                if v4 { Address::v4((10 << 24 | low << 8).to_be_bytes()) } else { v6 }
            };
            let blocks: Vec<(Prefix, u32)> = drawn.iter().zip(0..).map(|(&(low, length, v4), number)| {
                let length = if v4 { length } else { length + 32 };
                let bits = if v4 { 32 - length } else { 128 - length };
                let base = Address::from_bits(place(low, v4).bits() >> bits << bits);
                (Prefix::new(base, length).unwrap(), number)
            }).collect();
            let ranges = Blocks { blocks: blocks.clone() }.lay(&mut |_, _| {});
            for (low, v4) in asked {
                let address = place(low, v4);
                let wanted = blocks.iter().filter(|(prefix, _)| prefix.contains(address))
                    .max_by_key(|(prefix, number)| (prefix.length(), std::cmp::Reverse(*number)));
                prop_assert_eq!(ranges.find(address), wanted.map_or(NONE, |(_, number)| *number));
            }
        }
    }
}
