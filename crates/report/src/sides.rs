//! Sides as they are shown: in which order, by what name, in which colour. Never ordered by a name or id.

use std::collections::BTreeMap;

use blueline_terms::{Mission, PartyIndex, Picture, Side};

use crate::words;

/// The sides of one picture.
pub(crate) struct Sides<'a> {
    mission: &'a Mission,
    picture: &'a Picture,
    language: &'a str,
    /// Whether names must be plain ASCII; ids always are.
    ascii: bool,
    /// Parties by rank: those that sent or received most come first.
    pub(crate) parties: Vec<PartyIndex>,
    /// Place of each party in `parties`.
    rank: BTreeMap<PartyIndex, usize>,
    unknown_seen: bool,
}

impl<'a> Sides<'a> {
    /// Ranks the parties by where they first stand in the picture's crossings, which come most bytes first. Parties
    /// without traffic follow in the order of their lowest prefix: a party's space is a fact, its name and its place in
    /// the mission file are not.
    pub(crate) fn new(mission: &'a Mission, picture: &'a Picture, language: &'a str, ascii: bool) -> Self {
        let mut sides =
            Self { mission, picture, language, ascii, parties: Vec::new(), rank: BTreeMap::new(), unknown_seen: false };
        for crossing in picture.crossings.iter().chain(&picture.within) {
            sides.meet(crossing.from);
            sides.meet(crossing.to);
        }
        let mut silent: Vec<_> = (0..mission.parties.len()).filter_map(|index| u16::try_from(index).ok()).collect();
        silent.sort_by_key(|&index| {
            let party = mission.party(PartyIndex(index));
            party.map(|party| (party.prefixes.iter().min(), party.asns.iter().min()))
        });
        for index in silent {
            sides.meet(Side::Party(PartyIndex(index)));
        }
        sides
    }

    fn meet(&mut self, side: Side) {
        match side {
            Side::Party(party) if self.mission.party(party).is_some() => {
                let next = self.parties.len();
                if *self.rank.entry(party).or_insert(next) == next {
                    self.parties.push(party);
                }
            }
            Side::World => {}
            // An index that the mission lacks is shown as unknown, see `Mission::word`.
            Side::Party(_) | Side::Unknown => self.unknown_seen = true,
        }
    }

    /// Every side that rows and columns are made for: parties by rank, the world, and the unknown where it was met.
    pub(crate) fn all(&self) -> Vec<Side> {
        let parties = self.parties.iter().map(|&party| Side::Party(party));
        parties.chain([Side::World]).chain(self.unknown_seen.then_some(Side::Unknown)).collect()
    }

    /// The name that people read, free of control characters.
    pub(crate) fn name(&self, side: Side) -> String {
        match side {
            Side::Party(index) => self
                .mission
                .party(index)
                .map_or_else(|| "Unknown".to_owned(), |party| self.text(party.name(self.language), party.id.as_str())),
            Side::World => "World".to_owned(),
            Side::Unknown => "Unknown".to_owned(),
        }
    }

    /// `name` fit to be shown, or `id` where it cannot be.
    pub(crate) fn text(&self, name: &str, id: &str) -> String {
        words::shown(name, id, self.ascii)
    }

    /// The rank that gives a party its colour; `None` for the world and the unknown.
    pub(crate) fn rank(&self, side: Side) -> Option<usize> {
        match side {
            Side::Party(party) => self.rank.get(&party).copied(),
            Side::World | Side::Unknown => None,
        }
    }

    /// Whose sides they are.
    pub(crate) fn mission(&self) -> &'a Mission {
        self.mission
    }

    /// The picture that they are the sides of.
    pub(crate) fn picture(&self) -> &'a Picture {
        self.picture
    }

    /// The language that names are shown in.
    pub(crate) fn language(&self) -> &str {
        self.language
    }
}

/// One pair's bytes, bin by bin.
pub(crate) struct OverTime {
    pub(crate) from: Side,
    pub(crate) to: Side,
    pub(crate) bytes: Vec<u64>,
}

/// The first `limit` pairs of the picture's crossings that its time line follows.
pub(crate) fn over_time(picture: &Picture, limit: usize) -> Vec<OverTime> {
    let bins = &picture.timeline.bins;
    let mut rows: BTreeMap<(Side, Side), Vec<u64>> = BTreeMap::new();
    for (place, bin) in bins.iter().enumerate() {
        for (from, to, traffic) in &bin.crossing {
            let row = rows.entry((*from, *to)).or_insert_with(|| vec![0; bins.len()]);
            row[place] += traffic.bytes;
        }
    }
    let followed = picture.crossings.iter().filter_map(|crossing| {
        let bytes = rows.remove(&(crossing.from, crossing.to))?;
        Some(OverTime { from: crossing.from, to: crossing.to, bytes })
    });
    followed.take(limit).collect()
}
