//! Findings in plain words, in the reader's language, made from the data and nothing else.
//!
//! A finding's reasons are data: a message's id and values. A [`Library`] holds the messages in English, Arabic,
//! Turkish and French (Project Fluent): those that are common, and those that each detector brings. It never fails:
//! what a language lacks is said in English, and what no language has is shown as the word and its values.
//!
//! ```
//! use blueline_report::explain::Library;
//! use blueline_terms::finding::Reason;
//!
//! let library = Library::new(&[]);
//! let reason = Reason::new("many-senders").with("senders", 4276);
//! assert_eq!(library.reason("en", &reason), "4,276 addresses sent to it at the same time");
//! assert_eq!(library.reason("fr", &Reason::new("new-word").with("hosts", 3)), "new-word (hosts: 3)");
//! ```
//!
//! Nobody is accused here: sources that are likely forged are never named as actors, a host is "a source inside the
//! networks of" a party and never that party, a side that is not sure says so, and the unknown is a value.

mod account;
mod language;
mod library;
mod people;
mod says;

use blueline_terms::Finding;

pub use account::{Explanation, Part, Topic};
pub use library::{Library, Messages};
pub(crate) use people::{Cast, cast};
pub(crate) use says::Voice;

/// What the detectors found in a run, for a picture of it.
#[derive(Clone, Copy)]
pub struct Findings<'a> {
    /// Each event once, as it was told last. Their order does not matter.
    pub told: &'a [Finding],
    /// Events that were told and are no longer kept, because memory is bounded.
    pub more: u64,
    /// Events that were ended early, and claims that were not taken, because there were too many.
    pub shed: u64,
    /// How many detectors looked.
    pub detectors: usize,
    /// The words for them.
    pub library: &'a Library,
}

impl<'a> Findings<'a> {
    /// The surest first; among equals those about safe areas, then those with most packets, then the earliest. No
    /// party's name and no place in a list decides.
    pub(crate) fn ranked(&self) -> Vec<&'a Finding> {
        let mut ranked: Vec<_> = self.told.iter().collect();
        ranked.sort_by_key(|finding| {
            let protected = finding.targets.iter().any(|target| target.safe_area.is_some());
            let weight = (finding.confidence, protected, finding.packets);
            (std::cmp::Reverse(weight), finding.span, finding.id)
        });
        ranked
    }

    /// How many were opened in all.
    pub(crate) fn opened(&self) -> u64 {
        self.more.saturating_add(self.told.len() as u64)
    }

    /// What is said where nothing was found; `None` where something was.
    pub(crate) fn nothing(&self) -> Option<String> {
        let looked = match self.detectors {
            0 => return (self.opened() == 0).then(|| "no detector looked, so nothing could be found".to_owned()),
            1 => "one detector looked".to_owned(),
            detectors => format!("{detectors} detectors looked"),
        };
        (self.opened() == 0).then(|| {
            format!(
                "nothing was found: {looked}, and what they look for was not seen; \
                 what was not in sight may have happened"
            )
        })
    }
}
