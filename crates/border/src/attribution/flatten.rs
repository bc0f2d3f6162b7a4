//! From prefixes that nest and overlap to disjoint ranges, one answer each.

use blueline_terms::{Asn, Country, Mission, PartyIndex, Prefix, SafeAreaIndex};

use super::judge::{Evidence, Places};
use super::{OriginTable, RegistryTable, SpecialBlock};

/// Everything that is known of one family's addresses, a layer for each kind of grounds.
pub(super) struct Layers {
    /// `None` where two parties claim the same prefix.
    declared: Layer<Option<PartyIndex>>,
    safe_areas: Layer<SafeAreaIndex>,
    /// Whether the block is publicly reachable.
    special: Layer<bool>,
    /// Origins in the order of the table.
    origins: Layer<Vec<Asn>>,
    registry: Layer<Country>,
}

impl Layers {
    /// What is known of IPv4.
    pub(super) fn v4(mission: &Mission, origins: &OriginTable, registry: &RegistryTable) -> Self {
        Self::of(mission, origins, registry, true)
    }

    /// What is known of IPv6. The IPv4-mapped block in its midst is never looked up.
    pub(super) fn v6(mission: &Mission, origins: &OriginTable, registry: &RegistryTable) -> Self {
        Self::of(mission, origins, registry, false)
    }

    fn of(mission: &Mission, origins: &OriginTable, registry: &RegistryTable, v4: bool) -> Self {
        let mine = |prefix: &Prefix| prefix.is_v4() == v4;
        let declared = (0..).map(PartyIndex).zip(&mission.parties).flat_map(|(index, party)| {
            party.prefixes.iter().filter(|prefix| mine(prefix)).map(move |&prefix| (prefix, Some(index)))
        });
        let safe_areas = (0..).map(SafeAreaIndex).zip(&mission.safe_areas).flat_map(|(index, area)| {
            area.prefixes.iter().filter(|prefix| mine(prefix)).map(move |&prefix| (prefix, index))
        });
        let special = SpecialBlock::all().iter().map(|block| (block.prefix, block.reachable));
        let origins = origins.entries.iter().filter(|(prefix, _)| mine(prefix));
        let registry = registry.entries.iter().filter(|(prefix, _)| mine(prefix));
        Self {
            declared: Layer::new(
                declared,
                |holder| holder,
                |first, other| {
                    if *first != other {
                        *first = None;
                    }
                },
            ),
            safe_areas: Layer::new(safe_areas, |area| area, |_, _| ()),
            special: Layer::new(special.filter(|(prefix, _)| mine(prefix)), |reachable| reachable, |_, _| ()),
            origins: Layer::new(
                origins.copied(),
                |asn| vec![asn],
                |asns, asn| {
                    if !asns.contains(&asn) && asns.len() < MOST_ORIGINS {
                        asns.push(asn);
                    }
                },
            ),
            registry: Layer::new(registry.copied(), |country| country, |_, _| ()),
        }
    }

    /// The disjoint ranges in order, each by its first address and its place; the first begins at zero, and each ends
    /// where the next one begins. Neighbours differ.
    pub(super) fn combine(&self, places: &mut Places) -> Vec<(u128, u32)> {
        let edges = [
            self.declared.edges(),
            self.safe_areas.edges(),
            self.special.edges(),
            self.origins.edges(),
            self.registry.edges(),
        ];
        let mut next = [0_usize; 5];
        let mut innermost = [None; 5];
        let mut ranges: Vec<(u128, u32)> = Vec::new();
        loop {
            let heads = edges.iter().zip(next).filter_map(|(edges, next)| edges.get(next));
            let Some(start) = heads.map(|edge| edge.start).min() else { return ranges };
            for ((edges, next), innermost) in edges.iter().zip(&mut next).zip(&mut innermost) {
                if let Some(edge) = edges.get(*next).filter(|edge| edge.start == start) {
                    *innermost = edge.innermost;
                    *next += 1;
                }
            }
            let place = places.of(&self.evidence(innermost));
            if ranges.last().is_none_or(|&(_, before)| before != place) {
                ranges.push((start, place));
            }
        }
    }

    fn evidence(&self, [declared, safe_area, special, origin, registry]: [Option<u32>; 5]) -> Evidence<'_> {
        let special = self.special.entry(special).filter(|(_, reachable)| !**reachable);
        Evidence {
            declared: self.declared.entry(declared).map(|(prefix, &holder)| (prefix, holder)),
            safe_area: self.safe_areas.entry(safe_area).map(|(_, &area)| area),
            special: special.map(|(prefix, _)| prefix),
            origin: self.origins.entry(origin).map(|(prefix, asns)| (prefix, asns.as_slice())),
            registry: self.registry.entry(registry).map(|(prefix, &country)| (prefix, country)),
        }
    }
}

/// More origins of one prefix than this are not told apart.
const MOST_ORIGINS: usize = 8;

/// Different prefixes with a value each, shorter before longer of those that begin together.
struct Layer<T> {
    entries: Vec<(Prefix, T)>,
}

impl<T> Layer<T> {
    /// Sorts the entries and folds those with the same prefix into one: `first` makes a value of the first, `more`
    /// adds each further one.
    fn new<V>(entries: impl Iterator<Item = (Prefix, V)>, first: impl Fn(V) -> T, more: impl Fn(&mut T, V)) -> Self {
        let mut sorted: Vec<_> = entries.collect();
        // A stable sort: entries with the same prefix stay in the order of the table.
        sorted.sort_by_key(|(prefix, _)| (prefix.first(), prefix.length()));
        let mut entries: Vec<(Prefix, T)> = Vec::with_capacity(sorted.len());
        for (prefix, value) in sorted {
            match entries.last_mut() {
                Some((last, folded)) if *last == prefix => more(folded, value),
                _ => entries.push((prefix, first(value))),
            }
        }
        Self { entries }
    }

    fn entry(&self, index: Option<u32>) -> Option<(Prefix, &T)> {
        self.entries.get(index? as usize).map(|(prefix, value)| (*prefix, value))
    }

    /// Where the innermost prefix changes, in order; the first edge is at zero. Prefixes nest or are disjoint, never
    /// half and half, so a stack of those that are open is enough.
    fn edges(&self) -> Vec<Edge> {
        let mut edges = vec![Edge { start: 0, innermost: None }];
        let mut open: Vec<(u128, u32)> = Vec::new();
        for (index, (prefix, _)) in (0..).zip(&self.entries) {
            close(&mut open, &mut edges, prefix.first().bits());
            push(&mut edges, prefix.first().bits(), Some(index));
            open.push((prefix.last().bits(), index));
        }
        close(&mut open, &mut edges, u128::MAX);
        edges
    }
}

/// From `start` on, `innermost` is the innermost prefix.
struct Edge {
    start: u128,
    innermost: Option<u32>,
}

/// Closes every open prefix that ends before `start`.
fn close(open: &mut Vec<(u128, u32)>, edges: &mut Vec<Edge>, start: u128) {
    while let Some(&(last, _)) = open.last().filter(|(last, _)| *last < start) {
        open.pop();
        push(edges, last + 1, open.last().map(|&(_, index)| index));
    }
}

/// Adds an edge; of several at one address the last holds.
fn push(edges: &mut Vec<Edge>, start: u128, innermost: Option<u32>) {
    match edges.last_mut() {
        Some(edge) if edge.start == start => edge.innermost = innermost,
        _ => edges.push(Edge { start, innermost }),
    }
}
