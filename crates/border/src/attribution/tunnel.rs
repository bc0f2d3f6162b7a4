//! Addresses that mean nothing by themselves but are met in a tunnel: they stand where the tunnel ends.

use std::collections::BTreeMap;

use blueline_terms::{Alternative, Confidence, Grounds, Place, PlaceIndex, Prefix, SafeAreaIndex, Side};

use super::SpecialBlock;

/// What a tunnel's end lends to the addresses behind it.
type End = (Side, Option<SafeAreaIndex>);

/// For every place of a special-purpose address and every place of a tunnel's end, the place of the two together.
#[derive(Clone, Debug, Default)]
pub(super) struct Tunnels {
    /// By place: the number of its special-purpose block among those that occur, where nothing else is known of it.
    blocks: Vec<Option<u16>>,
    /// By place: the number of what it lends, where its side is known.
    ends: Vec<Option<u16>>,
    kinds_of_end: usize,
    /// Of block 0 with end 0, by block and then by end.
    first: u32,
}

impl Tunnels {
    /// Adds the places of addresses in tunnels to `places`.
    pub(super) fn new(places: &mut Vec<Place>) -> Self {
        let (mut blocks, mut ends) = (Numbered::default(), Numbered::default());
        let tunnels = Self {
            blocks: places.iter().map(|place| block_of(place).and_then(|block| blocks.number(block))).collect(),
            ends: places.iter().map(|place| end_of(place).and_then(|end| ends.number(end))).collect(),
            kinds_of_end: ends.list.len(),
            first: places.len() as u32,
        };
        for &block in &blocks.list {
            places.extend(ends.list.iter().map(|&end| behind(block, end)));
        }
        tunnels
    }

    /// Where an address stands that is of the place `inner` and behind a tunnel's end of the place `outer`.
    pub(super) fn place(&self, inner: PlaceIndex, outer: PlaceIndex) -> PlaceIndex {
        let number = |list: &[Option<u16>], place: PlaceIndex| list.get(place.0 as usize).copied().flatten();
        match (number(&self.blocks, inner), number(&self.ends, outer)) {
            (Some(block), Some(end)) => {
                PlaceIndex(self.first + (usize::from(block) * self.kinds_of_end + usize::from(end)) as u32)
            }
            _ => inner,
        }
    }
}

fn block_of(place: &Place) -> Option<Prefix> {
    match (place.side, place.grounds) {
        (Side::Unknown, Grounds::Special(prefix)) => {
            let mut blocks = SpecialBlock::all().iter();
            blocks.any(|block| block.prefix == prefix && block.numbers_hosts()).then_some(prefix)
        }
        _ => None,
    }
}

fn end_of(place: &Place) -> Option<End> {
    (place.side != Side::Unknown).then_some((place.side, place.safe_area))
}

/// The tunnel may reach further than its end, so this is never more than a weak statement.
fn behind(block: Prefix, (side, safe_area): End) -> Place {
    Place {
        side,
        safe_area,
        origin: None,
        grounds: Grounds::Tunnel(block),
        confidence: Confidence::Low,
        alternatives: vec![Alternative {
            side: Side::Unknown,
            grounds: Grounds::Special(block),
            confidence: Confidence::Low,
        }],
    }
}

/// Values in the order in which they were met first.
struct Numbered<T> {
    list: Vec<T>,
    numbers: BTreeMap<T, u16>,
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Self { list: Vec::new(), numbers: BTreeMap::new() }
    }
}

impl<T: Copy + Ord> Numbered<T> {
    /// `None` when there are more than a number can name.
    fn number(&mut self, value: T) -> Option<u16> {
        if let Some(&number) = self.numbers.get(&value) {
            return Some(number);
        }
        let number = u16::try_from(self.list.len()).ok()?;
        self.list.push(value);
        self.numbers.insert(value, number);
        Some(number)
    }
}
