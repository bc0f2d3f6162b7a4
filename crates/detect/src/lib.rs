//! Detectors: from what live flows do to findings that stand up.
//!
//! A [`Detector`] is shown, at least once a second of event time, what changed in the live flows of one sensor (a
//! [`Scene`]), and makes [`Claim`]s. The [`Runner`] keeps one set of detectors for each sensor, joins claims about the same
//! event into one [`Finding`](blueline_terms::Finding), and says when it opens, has changed, and has ended. A detector is
//! one file that describes itself ([`Description`]) and one line in the [`CATALOGUE`].
//!
//! What this crate never does: it knows no clock, disk, socket or thread; it reads no packet and no payload; it does not
//! know a party's name. Its state is bounded, and whatever it drops over a bound is the least telling, chosen by what it
//! is and when it came, never by whose it is.
//!
//! Begin with [`Detector`], then read one, such as `detector/backscatter.rs`, then [`Runner`].

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod claim;
mod detector;
mod indicators;
mod measure;
mod register;
mod rules;
mod runner;
mod scene;
#[cfg(test)]
mod stage;
mod tuning;

pub use claim::{Claim, Claims, Parts, Subject};
pub use detector::{CATALOGUE, Description, Detector, Kind, Texts};
pub use indicators::{At, Format, Indicators, Listed, MOST_INDICATORS, Trouble};
pub use rules::{Rule, RuleError, RuleField, RuleText, SelectionText, rule_fields};
pub use runner::{Announced, Limits, Runner};
pub use scene::{Scene, Whereabouts};
pub use tuning::{Amount, Setting, Tuning, TuningError};
