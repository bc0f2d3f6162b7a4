//! Every detector, one line each.

use crate::detector::{
    Description, backscatter, beacon, brute_force, control, exfiltration, flood, fragments, names, protocol, reflection,
    scan, worm,
};

/// The detectors, in the order in which they are run and documented.
pub static CATALOGUE: &[&Description] = &[
    &flood::DETECTOR,
    &reflection::DETECTOR,
    &backscatter::DETECTOR,
    &scan::DETECTOR,
    &brute_force::DETECTOR,
    &worm::DETECTOR,
    &beacon::DETECTOR,
    &names::DETECTOR,
    &control::DETECTOR,
    &exfiltration::DETECTOR,
    &fragments::DETECTOR,
    &protocol::DETECTOR,
];
