//! Every detector, one line each.

use crate::detector::{Description, backscatter};

/// The detectors, in the order in which they are run and documented.
pub static CATALOGUE: &[&Description] = &[&backscatter::DETECTOR];
