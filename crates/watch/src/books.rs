//! What was odd, booked by source and kind until a line is drawn.

use std::collections::BTreeMap;

use blueline_terms::{Oddity, OddityKind};

use crate::segment::{OddityTally, Segment};

/// Oddities since the last line.
#[derive(Default)]
pub(crate) struct Books {
    entries: BTreeMap<(u16, OddityKind), (u64, Oddity)>,
}

/// Oddities of one kind from one source since the last line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OddityEntry {
    /// Place of the source in the run.
    pub source: usize,
    /// What kind.
    pub kind: OddityKind,
    /// How many.
    pub count: u64,
    /// The first of them.
    pub first: Oddity,
}

impl Books {
    /// Books what `segment` holds from between its closing marks number `closings` and the next, and what the shards'
    /// tables noted there.
    pub(crate) fn book(&mut self, segment: &Segment, tables: &[Vec<OddityTally>], closings: u16) {
        for (source, _, oddity, count) in segment.noted.iter().filter(|(_, after, ..)| *after == closings) {
            self.add(*source, *count, oddity.kind, || oddity.clone());
        }
        let tallies = segment.oddities.iter().chain(tables.iter().flatten());
        for tally in tallies.filter(|tally| tally.closings == closings) {
            self.add(tally.source, tally.count, tally.kind, || segment.describe(tally));
        }
    }

    fn add(&mut self, source: u16, count: u64, kind: OddityKind, describe: impl FnOnce() -> Oddity) {
        match self.entries.get_mut(&(source, kind)) {
            Some((known, first)) => {
                *known += count;
                // Shards come in an order of their own: the first is the one that comes first in the source.
                let other = describe();
                if (other.packet, other.offset) < (first.packet, first.offset) {
                    *first = other;
                }
            }
            None => {
                self.entries.insert((source, kind), (count, describe()));
            }
        }
    }

    /// Draws a line: hands over what was booked, in the order of sources and kinds.
    pub(crate) fn draw(&mut self) -> Vec<OddityEntry> {
        let entries = std::mem::take(&mut self.entries);
        let entry = |((source, kind), (count, first))| OddityEntry { source: usize::from(source), kind, count, first };
        entries.into_iter().map(entry).collect()
    }
}
