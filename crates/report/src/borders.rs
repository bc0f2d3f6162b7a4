//! What crossed each declared border, by direction. Ordered by what was measured, never by an id.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use blueline_terms::picture::FirstSeen;
use blueline_terms::{Border, Crossing, PartyIndex, Side, Traffic};

use crate::sides::Sides;

/// The traffic over one declared border.
pub(crate) struct BorderTraffic<'a> {
    pub(crate) border: &'a Border,
    /// The parties on its sides, by rank.
    pub(crate) between: Vec<PartyIndex>,
    /// All that crossed it.
    pub(crate) total: Traffic,
    /// Directions with traffic, in the order of the picture's crossings.
    pub(crate) directions: Vec<Direction<'a>>,
    /// The first directions in which nothing was seen, by rank of the parties, and how many there are in all.
    pub(crate) quiet: (Vec<(Side, Side)>, usize),
    first: Option<FirstSeen>,
}

/// One way over a border.
pub(crate) struct Direction<'a> {
    pub(crate) crossing: &'a Crossing,
    /// The same in the period before, where there was one.
    pub(crate) before: Option<Traffic>,
}

/// Quiet directions that are named one by one.
const QUIET_NAMED: usize = 6;

/// Every declared border: most bytes first, equal ones by when they were first crossed, quiet ones last and by the rank of
/// their parties.
pub(crate) fn crossed<'a>(sides: &Sides<'a>) -> Vec<BorderTraffic<'a>> {
    let mut all: Vec<_> = sides.mission().borders.iter().map(|border| BorderTraffic::of(border, sides)).collect();
    all.sort_by_cached_key(|one| {
        let ranks: Vec<_> = one.between.iter().map(|&party| sides.rank(Side::Party(party))).collect();
        (Reverse((one.total.bytes, one.total.packets)), one.first.is_none(), one.first, ranks)
    });
    all
}

impl<'a> BorderTraffic<'a> {
    fn of(border: &'a Border, sides: &Sides<'a>) -> Self {
        let picture = sides.picture();
        let mut between = border.between.clone();
        between.sort_by_key(|&party| sides.rank(Side::Party(party)));
        let on_it = |side| matches!(side, Side::Party(party) if border.between.contains(&party));
        let over = picture.crossings.iter().enumerate().filter(|(_, one)| on_it(one.from) && on_it(one.to));
        let (mut total, mut first, mut directions) = (Traffic::default(), None, Vec::new());
        for (place, crossing) in over {
            total += crossing.traffic;
            first = first.into_iter().chain([crossing.first]).min();
            directions.push(Direction { crossing, before: picture.before.get(place).copied() });
        }
        let seen: BTreeSet<_> = directions.iter().map(|one| (one.crossing.from, one.crossing.to)).collect();
        let ways = between.iter().flat_map(|&from| between.iter().map(move |&to| (Side::Party(from), Side::Party(to))));
        let named = ways.filter(|way| way.0 != way.1 && !seen.contains(way)).take(QUIET_NAMED).collect();
        let quiet = (named, between.len() * between.len().saturating_sub(1) - seen.len());
        Self { border, between, total, directions, quiet, first }
    }

    /// Whether nothing was seen to cross it.
    pub(crate) fn is_quiet(&self) -> bool {
        self.directions.is_empty()
    }

    /// Its parties in words: `Arden and Boral`; after `most` of them the rest is counted.
    pub(crate) fn between_words(&self, sides: &Sides<'_>, most: usize) -> String {
        let names: Vec<_> = self.between.iter().map(|&party| sides.name(Side::Party(party))).collect();
        match names.split_last() {
            Some((last, rest)) if names.len() <= most => format!("{} and {last}", rest.join(", ")),
            Some(_) => format!("{} and {} more", names[..most].join(", "), names.len() - most),
            None => String::new(),
        }
    }
}
