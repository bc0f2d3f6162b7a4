//! A detector that favours a party on purpose, in ways that can be chosen, to see each caught; or nobody, to see it pass.

use blueline_detect::{Amount, Claim, Claims, Description, Detector, Kind, Scene, Setting, Subject, Texts, Tuning};
use blueline_terms::finding::Effect;
use blueline_terms::{Change, Confidence, Mission, PartyIndex, Side, Standing};

/// How it favours a party.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Favour {
    /// Not at all.
    Nobody,
    /// What the party that is declared first does is told with more confidence.
    AgainstTheFirst,
    /// Of two ends, the one with the lower address did it.
    AgainstTheLower,
    /// What begins at lower addresses is told first.
    LowerFirst,
    /// What the party called `north` does is not told.
    ForNorth,
}

impl Favour {
    pub(crate) const ALL: [Self; 5] =
        [Self::Nobody, Self::AgainstTheFirst, Self::AgainstTheLower, Self::LowerFirst, Self::ForNorth];
}

/// Tells each conversation between two parties.
static DETECTOR: Description = Description {
    name: "planted",
    kinds: &[Kind { name: "planted.visit", vectors: &["visit"], class: "other/undetermined", effect: Effect::NONE }],
    title: "Conversations between two parties",
    method: "A claim for each.",
    leaves_alone: "All else.",
    bounds: "Keeps nothing in mind.",
    settings: &[
        Setting { name: "favour", default: Amount::Count(0), range: (0.0, 4.0), meaning: "Place in `Favour::ALL`." },
        Setting { name: "north", default: Amount::Count(0), range: (0.0, 65_535.0), meaning: "The index of `north`." },
    ],
    texts: Texts::NONE,
    start: |tuning| {
        let favour = Favour::ALL[tuning.count("favour") as usize];
        Box::new(Visits { favour, north: Side::Party(PartyIndex(tuning.count("north") as u16)) })
    },
};

/// The detector with its settings. A detector never learns an id; a setting that was made from one can tell it whom to
/// favour all the same.
pub(crate) fn planted(favour: Favour, mission: &Mission) -> (&'static Description, Tuning) {
    let place = Favour::ALL.iter().position(|one| *one == favour).unwrap();
    let north = mission.parties.iter().position(|party| party.id.as_str() == "north").unwrap();
    let mut tuning = Tuning::new(DETECTOR.settings);
    tuning.set("favour", Amount::Count(place as u64)).unwrap();
    tuning.set("north", Amount::Count(north as u64)).unwrap();
    (&DETECTOR, tuning)
}

struct Visits {
    favour: Favour,
    north: Side,
}

impl Detector for Visits {
    fn look(&mut self, scene: &Scene<'_>, claims: &mut Claims) {
        let begins =
            |change: &&Change| change.standing.has(Standing::ANSWERED) && !change.standing.has(Standing::WAS_ANSWERED);
        let made = scene.changes.iter().copied().filter(begins).filter_map(|change| self.claim(scene, change));
        let mut made: Vec<Claim> = made.collect();
        if self.favour == Favour::LowerFirst {
            made.sort_by_key(|claim| claim.subject.host);
        }
        made.into_iter().for_each(|claim| claims.claim(claim));
    }
}

impl Visits {
    fn claim(&self, scene: &Scene<'_>, change: &Change) -> Option<Claim> {
        let (from, to) = scene.places(change);
        let (Side::Party(actor), Side::Party(_)) = (from.side, to.side) else { return None };
        let hidden = self.favour == Favour::ForNorth && from.side == self.north;
        if from.side == to.side || hidden {
            return None;
        }
        let weighty = self.favour == Favour::AgainstTheFirst && actor == PartyIndex(0);
        let mut ends = [change.source, change.destination];
        if self.favour == Favour::AgainstTheLower {
            ends.sort();
        }
        let subject = Subject { host: change.source, other: change.destination, port: change.destination_port };
        Some(Claim {
            confidence: if weighty { Confidence::Moderate } else { Confidence::Low },
            actors: vec![ends[0]],
            targets: vec![ends[1]],
            target_count: 1,
            packets: u64::from(change.forward.packets) + u64::from(change.backward.packets),
            flows: vec![change.id],
            ..Claim::new("planted.visit", "visit", subject, change.span)
        })
    }
}
