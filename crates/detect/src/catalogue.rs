//! Every detector, one line each.

use crate::detector::{Description, backscatter, beacon, control, flood, fragments, names, protocol, reflection, scan};

/// The detectors, in the order in which they are run and documented.
pub static CATALOGUE: &[&Description] = &[
    &flood::DETECTOR,
    &reflection::DETECTOR,
    &backscatter::DETECTOR,
    &scan::DETECTOR,
    &beacon::DETECTOR,
    &names::DETECTOR,
    &control::DETECTOR,
    &fragments::DETECTOR,
    &protocol::DETECTOR,
];
