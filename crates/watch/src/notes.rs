//! What payloads said of live flows. Few flows say anything, so it is kept beside them.

use blueline_terms::Facts;

use crate::segment::{FactNote, FactText};

/// The facts of one shard's open rows.
#[derive(Default)]
pub(crate) struct Notes {
    facts: Vec<Facts>,
    free: Vec<u32>,
}

/// 0, or one more than the place of an open row's facts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct NotesPlace(u32);

impl Notes {
    /// Joins one more fact to those at `place`, which is given out if there were none.
    pub(crate) fn join(&mut self, place: &mut NotesPlace, fact: &FactNote, text: FactText<'_>) {
        if place.0 == 0 {
            let free = self.free.pop().unwrap_or_else(|| {
                self.facts.push(Facts::default());
                self.facts.len() as u32 - 1
            });
            place.0 = free + 1;
        }
        fact.join(&mut self.facts[place.0 as usize - 1], text);
    }

    /// Hands over the facts at `place`, which is given back.
    #[inline]
    pub(crate) fn take(&mut self, place: &mut NotesPlace) -> Option<Facts> {
        let taken = std::mem::take(place).0.checked_sub(1)?;
        self.free.push(taken);
        Some(std::mem::take(&mut self.facts[taken as usize]))
    }
}
