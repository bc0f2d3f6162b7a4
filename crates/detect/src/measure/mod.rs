//! What detectors measure with: bounded counters and tests from the literature, each with its bound and error.

mod bounded;
mod distinct;
mod pressure;
mod week;

use foldhash::fast::FixedState;

pub(crate) use bounded::Bounded;
pub(crate) use distinct::Distinct;
pub(crate) use pressure::{Arrival, Bound, Evidence, Pressed, Pressure, share};
use week::Week;

/// What hash tables are seeded with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seed(pub(crate) u64);

impl Seed {
    pub(crate) fn state(self) -> FixedState {
        FixedState::with_seed(self.0)
    }
}
