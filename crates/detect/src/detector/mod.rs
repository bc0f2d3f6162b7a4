//! What a detector is, how it describes itself, and which there are: a file each, and a line in the catalogue.

use crate::claim::Claims;
use crate::scene::Scene;
use crate::tuning::{Setting, Tuning};

mod pressing;

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

/// The example of the documents.
#[cfg(test)]
#[path = "../../../../docs/src/examples/night_login.rs"]
mod night_login;

#[cfg(test)]
mod tests {
    use blueline_terms::Moment;

    use super::*;
    use crate::stage::{Stage, host, tcp};
    use crate::tuning::Amount;

    #[test]
    fn descriptions_are_whole_and_names_are_told_once() {
        let (mut names, mut kinds) = (std::collections::BTreeSet::new(), std::collections::BTreeSet::new());
        for one in CATALOGUE {
            assert!(names.insert(one.name), "{}", one.name);
            assert!(!one.kinds.is_empty() && !one.title.ends_with('.'), "{}", one.name);
            for text in [one.method, one.leaves_alone, one.bounds] {
                assert!(text.ends_with('.'), "{}: {text}", one.name);
            }
            for setting in one.settings {
                let (least, most) = setting.range;
                assert!((least..=most).contains(&setting.default.number()), "{}: {}", one.name, setting.name);
                assert!(setting.meaning.ends_with('.'), "{}: {}", one.name, setting.name);
            }
            for kind in one.kinds {
                assert!(kinds.insert(kind.name) && kind.class.contains('/'), "{}", kind.name);
            }
        }
    }

    #[test]
    fn the_example_of_the_documents_works() {
        let session = || tcp(host(0x0a00_0001), host(0xc000_0201), 40_000, 23).talks(300, 300);
        let found = |stage: Stage| stage.finish().first().map(|finding| finding.kind.to_string());
        let mut night = Stage::of(&night_login::DETECTOR);
        // The stage begins at 22:13:20.
        assert_eq!(night.now(), Moment::from_seconds(1_700_000_000, 0));
        night.add(session());
        assert_eq!(found(night).as_deref(), Some("policy.night-login"));

        let mut day = Stage::tuned(&night_login::DETECTOR, &[("from-hour", Amount::Count(23))]);
        day.add(session());
        assert_eq!(found(day), None);
        let mut within = Stage::of(&night_login::DETECTOR);
        within.add(tcp(host(0x0a00_0001), host(0x0a00_0002), 40_000, 23).talks(300, 300));
        assert_eq!(found(within), None);
    }
}
