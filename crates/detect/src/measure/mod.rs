//! What detectors measure with: bounded counters and tests from the literature, each with its bound and error.

mod bounded;
mod crowds;
mod distinct;
mod few;
mod growth;
mod language;
mod periodic;
mod pressure;
mod recent;
mod sliding;
mod spread;
mod walk;
mod week;

use foldhash::fast::FixedState;

pub(crate) use bounded::Bounded;
pub(crate) use crowds::Crowds;
pub(crate) use distinct::Distinct;
pub(crate) use few::{Few, Flows};
pub(crate) use growth::Growth;
pub(crate) use language::Language;
#[cfg(test)]
pub(crate) use periodic::tests::Chance;
pub(crate) use periodic::{Regularity, Rhythm};
pub(crate) use pressure::{Arrival, Bound, Evidence, Pressed, Pressure};
pub(crate) use recent::Recent;
pub(crate) use sliding::Sliding;
pub(crate) use spread::{Outcome, Spread};
pub(crate) use walk::Walk;
use week::Week;

/// What hash tables are seeded with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seed(pub(crate) u64);

impl Seed {
    pub(crate) fn state(self) -> FixedState {
        FixedState::with_seed(self.0)
    }
}

/// A share of a whole, 1 at most; 0 of nothing.
pub(crate) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 / whole as f64).min(1.0) }
}
