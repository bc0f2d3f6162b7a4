//! What a detector is, how it describes itself, and which there are: a file each, and a line in the catalogue.

use crate::claim::Claims;
use crate::scene::Scene;
use crate::tuning::{Setting, Tuning};

/// Declares each detector's module and its place in the catalogue.
macro_rules! catalogue {
    ($($module:ident,)+) => {
        $(pub(crate) mod $module;)+

        /// The detectors, in the order in which they are run and documented.
        pub static CATALOGUE: &[&Description] = &[$(&$module::DETECTOR,)+];
    };
}

catalogue! {
    flood,
    reflection,
    backscatter,
    scan,
    brute_force,
    worm,
    beacon,
    names,
    control,
    exfiltration,
    fragments,
    protocol,
    indicator,
    rule,
}

/// Watches one sensor's live flows for one family of events.
///
/// A detector sees changes in the order of the flows' first packets, so it may depend on order. Its state must be bounded
/// and must not depend on anything but what it was shown: the same scenes give the same claims.
pub trait Detector: Send {
    /// Looks at a beat. Called at least once a second of event time in which anything happened, with no changes too where
    /// other sensors saw some. An event that goes on is claimed again with its new figures; one that is not claimed for
    /// as long as its [`Claim::linger`](crate::Claim::linger) has ended.
    fn look(&mut self, scene: &Scene<'_>, claims: &mut Claims);
}

/// What a detector says of itself: enough to run it, tune it, document it and explain what it finds.
pub struct Description {
    /// Its stable name, by which it is tuned.
    pub name: &'static str,
    /// What it finds.
    pub kinds: &'static [Kind],
    /// What it does, for people, in a line.
    pub title: &'static str,
    /// How it decides, and from which literature.
    pub method: &'static str,
    /// What looks alike and is left alone.
    pub leaves_alone: &'static str,
    /// What it keeps in mind at most, and how exact that is.
    pub bounds: &'static str,
    /// What can be tuned.
    pub settings: &'static [Setting],
    /// Messages for reasons that only this detector gives.
    pub texts: Texts,
    /// Makes one for a sensor.
    pub start: fn(&Tuning) -> Box<dyn Detector>,
}

/// One kind of finding.
pub struct Kind {
    /// Its stable name, such as `ddos.flood`.
    pub name: &'static str,
    /// Its vectors; empty where they come from the data.
    pub vectors: &'static [&'static str],
    /// Class and type of the Reference Incident Taxonomy.
    pub class: &'static str,
    /// What it can harm, as letters of C, I and A.
    pub effect: blueline_terms::finding::Effect,
}

/// Fluent messages in the languages that a detector speaks. English must be there; the others fall back to it.
///
/// The message of a reason `some-word` is `some-word`, with the reason's values as variables; its attribute `.instead`, if
/// it has one, says what else it could be. A kind's own sentence is `kind-` with its name, dots written as `-`.
#[derive(Clone, Copy, Default)]
pub struct Texts {
    /// English.
    pub en: &'static str,
    /// Arabic.
    pub ar: &'static str,
    /// Turkish.
    pub tr: &'static str,
    /// French.
    pub fr: &'static str,
}

impl Texts {
    /// No messages of its own.
    pub const NONE: Self = Self { en: "", ar: "", tr: "", fr: "" };
}
