//! Who is named, and as what.

use blueline_terms::finding::Party;
use blueline_terms::{Confidence, Finding, Side, Spoofed};

use super::says::{Said, Voice};

/// Kinds whose senders only answer, or are the target themselves.
const NEVER_ACTORS: [&str; 2] = ["ddos.reflection", "scan.backscatter"];

/// Who may be named in an event.
#[derive(Clone, Copy)]
pub(crate) struct Cast<'f> {
    /// Those who acted, as far as addresses can tell.
    pub(crate) actors: &'f [Party],
    /// Those it was done to, the first of them.
    pub(crate) targets: &'f [Party],
    /// How many targets there are.
    pub(crate) target_count: u64,
    /// Whether the sources are likely forged.
    pub(crate) forged: bool,
}

/// Who may be named. Sources that are likely forged are not, whatever the finding says, nor are servers that only
/// answer.
pub(crate) fn cast(finding: &Finding) -> Cast<'_> {
    let forged = finding.sources.spoofed == Spoofed::Likely;
    let none = forged || NEVER_ACTORS.contains(&&*finding.kind);
    Cast {
        actors: if none { &[] } else { &finding.actors },
        targets: &finding.targets,
        target_count: finding.target_count.max(finding.targets.len() as u64),
        forged,
    }
}

/// As what a host is named.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    Source,
    Target,
}

impl Voice<'_> {
    /// A host with its side: "192.0.2.1, a source inside the networks of Arden".
    pub(super) fn host(&self, party: &Party, named: Named) -> String {
        let role = match named {
            Named::Source => "source",
            Named::Target => "target",
        };
        let known = matches!(party.side, Side::Party(index) if self.mission().party(index).is_some());
        let sure = match (party.side, party.confidence) {
            (Side::World, _) => "world",
            _ if !known => "unknown",
            (_, Confidence::High) => "high",
            (_, Confidence::Moderate) => "moderate",
            (_, Confidence::Low) => "low",
        };
        let address = self.language.isolated(&party.address.to_string());
        let side = self.side(party.side);
        let side = self.apart(&side);
        let host =
            self.with(&format!("{role}-{sure}"), &[("address", Said::Text(&address)), ("side", Said::Text(&side))]);
        match party.safe_area.and_then(|area| self.safe_area(area)) {
            Some((area, class)) => {
                let values = [("host", Said::Text(&host)), ("area", Said::Text(&area)), ("class", Said::Text(&class))];
                self.with("in-safe-area", &values)
            }
            None => host,
        }
    }

    /// The first host of several, and how many more there are; `None` where there is none.
    pub(super) fn first_host(&self, parties: &[Party], count: u64, named: Named) -> Option<String> {
        let first = self.host(parties.first()?, named);
        Some(match count.saturating_sub(1) {
            0 => first,
            more => self.with("and-more", &[("first", Said::Text(&first)), ("more", Said::Count(more))]),
        })
    }

    /// Each host of those named, and how many more there are.
    pub(super) fn hosts(&self, parties: &[Party], count: u64, named: Named) -> Vec<String> {
        const SHOWN: usize = 8;
        let shown = parties.len().min(SHOWN);
        let mut hosts: Vec<_> = parties.iter().take(SHOWN).map(|party| self.host(party, named)).collect();
        hosts.extend(self.rest(count.saturating_sub(shown as u64)));
        hosts
    }

    /// How many more there are, where there are any.
    pub(super) fn rest(&self, more: u64) -> Option<String> {
        (more > 0).then(|| self.with("more", &[("more", Said::Count(more))]))
    }

    /// Why nobody is named.
    pub(super) fn nobody(&self, finding: &Finding) -> String {
        let own = NEVER_ACTORS.contains(&&*finding.kind).then(|| format!("nobody-{}", finding.kind.replace('.', "-")));
        let general = if cast(finding).forged { "nobody-forged" } else { "nobody" };
        self.word(own.as_deref().unwrap_or(general))
    }
}
