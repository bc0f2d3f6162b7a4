//! Exchanging two parties' labels changes every output by just that exchange, and the check finds a planted bias.

use std::mem;

use blueline_report::terminal::{self, Look};
use blueline_report::{html, lines};
use blueline_terms::{Mission, PartyIndex, Picture, Side};

use crate::sample::{self, A, B};

type Face = fn(&Mission, &Picture) -> String;

const FACES: [(&str, Face); 4] = [
    ("terminal", |mission, picture| {
        terminal::picture(mission, picture, &sample::seals(), Look { width: 100, ..Look::default() })
    }),
    ("period", |mission, picture| terminal::period(mission, picture, Look::default())),
    ("html", |mission, picture| html::page(mission, picture, &sample::seals(), "en")),
    ("lines", |mission, picture| {
        let mut all = lines::crossings(mission, picture, false);
        all.extend(lines::oddities(mission, picture));
        all.push(lines::summary(mission, picture, all.len() as u64, &sample::seals()));
        all.iter().map(|line| line.json() + "\n").collect()
    }),
];

/// The mission with ids, names and other texts of its first two parties exchanged; addresses stay.
pub(crate) fn relabelled() -> Mission {
    let mut mission = sample::mission();
    let [first, second, ..] = mission.parties.as_mut_slice() else { panic!("two parties") };
    mem::swap(&mut first.id, &mut second.id);
    mem::swap(&mut first.names, &mut second.names);
    mem::swap(&mut first.domains, &mut second.domains);
    mem::swap(&mut first.contacts, &mut second.contacts);
    mem::swap(&mut first.keys, &mut second.keys);
    mission
}

/// `text` with the labels of those parties exchanged. All have five letters, so the layout is the same.
pub(crate) fn exchanged(text: &str) -> String {
    let mut text = text.to_owned();
    let labels = [("arden", "boral"), ("Arden", "Boral"), ("ARDEN", "BORAL"), ("أردن", "بورل"), ("阿登", "博拉")];
    for (one, other) in labels {
        text = text.replace(one, "\u{1}").replace(other, one).replace('\u{1}', other);
    }
    text
}

/// Whether a face changes by just the exchange, for the picture of a run and of a period.
fn is_symmetric(face: impl Fn(&Mission, &Picture) -> String) -> bool {
    [sample::run(), sample::period()].iter().all(|picture| {
        let straight = face(&sample::mission(), picture);
        assert!(straight.contains("arden") || straight.contains("Arden"), "the check has something to exchange");
        exchanged(&straight) == face(&relabelled(), picture)
    })
}

#[test]
fn labels_alone_change() {
    for (name, face) in FACES {
        assert!(is_symmetric(face), "{name}");
    }
}

#[test]
fn a_planted_order_by_id_is_caught() {
    for (name, face) in FACES {
        let biased = |mission: &Mission, picture: &Picture| {
            let mut picture = picture.clone();
            picture.before.clear();
            picture.crossings.sort_by_key(|crossing| mission.word(crossing.from).to_owned());
            face(mission, &picture)
        };
        assert!(!is_symmetric(biased), "{name}");
    }
}

#[test]
fn a_planted_favour_is_caught() {
    for (name, face) in FACES {
        let biased = |mission: &Mission, picture: &Picture| {
            let favoured = mission.parties.iter().position(|party| party.id.as_str() == "boral").unwrap();
            let mut picture = picture.clone();
            for crossing in &mut picture.crossings {
                if crossing.from == Side::Party(PartyIndex(favoured as u16)) {
                    crossing.traffic.bytes /= 2;
                }
            }
            face(mission, &picture)
        };
        assert!(!is_symmetric(biased), "{name}");
    }
}

/// The order in which parties were declared shows nowhere: exchanging their places in the mission, and every index that
/// points there, changes nothing.
#[test]
fn order_of_declaration_does_not_show() {
    let turned = |side: Side| match side {
        side if side == A => B,
        side if side == B => A,
        side => side,
    };
    let party = |index: PartyIndex| match turned(Side::Party(index)) {
        Side::Party(index) => index,
        Side::World | Side::Unknown => index,
    };
    let mut mission = sample::mission();
    mission.parties.swap(0, 1);
    mission.safe_areas.iter_mut().for_each(|area| area.party = party(area.party));
    mission.borders.iter_mut().flat_map(|border| &mut border.between).for_each(|side| *side = party(*side));
    mission.borders.reverse();
    for mut picture in [sample::run(), sample::period()] {
        let straight = FACES.map(|(_, face)| face(&sample::mission(), &picture));
        for crossing in picture.crossings.iter_mut().chain(&mut picture.within) {
            (crossing.from, crossing.to) = (turned(crossing.from), turned(crossing.to));
        }
        for one in picture.top.iter_mut().chain(&mut picture.safe_area_top) {
            for place in [&mut one.source_place, &mut one.destination_place] {
                place.side = turned(place.side);
                place.alternatives.iter_mut().for_each(|other| other.side = turned(other.side));
            }
        }
        for one in picture.safe_areas.iter_mut().flat_map(|area| &mut area.by_side) {
            one.side = turned(one.side);
        }
        for new in &mut picture.new_services {
            (new.service.from, new.service.to) = (turned(new.service.from), turned(new.service.to));
        }
        for pair in picture.timeline.bins.iter_mut().flat_map(|bin| &mut bin.crossing) {
            (pair.0, pair.1) = (turned(pair.0), turned(pair.1));
        }
        // As one would count them: by index.
        picture.coverage.parties.iter_mut().for_each(|one| one.party = party(one.party));
        picture.coverage.parties.sort_by_key(|one| one.party);
        let swapped = FACES.map(|(_, face)| face(&mission, &picture));
        for ((name, _), (one, other)) in FACES.iter().zip(straight.iter().zip(&swapped)) {
            assert!(one == other, "{name}");
        }
    }
}

/// Parties without traffic stand in the order of their space, whatever they are called and wherever they are declared.
#[test]
fn silent_parties_stand_by_their_space() {
    let mut picture = sample::empty();
    picture.coverage = sample::run().coverage;
    for (name, face) in FACES {
        let straight = face(&sample::mission(), &picture);
        assert!(exchanged(&straight) == face(&relabelled(), &picture), "{name}");
        if name == "terminal" {
            let (arden, boral) = (straight.find("Arden").unwrap(), straight.find("Boral").unwrap());
            assert!(arden < boral, "192.0.2.0/24 is below 198.51.100.0/24");
        }
    }
}
