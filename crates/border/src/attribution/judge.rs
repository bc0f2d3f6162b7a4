//! From what speaks for an address to a place: side, confidence and alternatives. The rules stand in the parent module.

use std::collections::BTreeMap;

use blueline_terms::{
    Alternative, Asn, Confidence, Country, Grounds, Mission, PartyIndex, Place, Prefix, SafeAreaIndex, Side,
};

/// All that is known of one address.
#[derive(Clone, Debug, Default)]
pub(super) struct Evidence<'t> {
    /// The longest declared prefix and its party; no party where two claim it.
    pub(super) declared: Option<(Prefix, Option<PartyIndex>)>,
    /// The innermost safe area.
    pub(super) safe_area: Option<SafeAreaIndex>,
    /// The special-purpose block, unless it is publicly reachable.
    pub(super) special: Option<Prefix>,
    /// The longest routed prefix and its origins, the best supported first.
    pub(super) origin: Option<(Prefix, &'t [Asn])>,
    /// The registered block and its country.
    pub(super) registry: Option<(Prefix, Country)>,
}

/// Which party claims which AS and which country; no party where two claim the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Claims {
    asns: BTreeMap<Asn, Option<PartyIndex>>,
    countries: BTreeMap<Country, Option<PartyIndex>>,
}

impl Claims {
    pub(super) fn new(mission: &Mission) -> Self {
        let mut claims = Self::default();
        for (index, party) in (0..).map(PartyIndex).zip(&mission.parties) {
            for &asn in &party.asns {
                claim(claims.asns.entry(asn).or_insert(Some(index)), index);
            }
            for &country in &party.countries {
                claim(claims.countries.entry(country).or_insert(Some(index)), index);
            }
        }
        claims
    }

    /// The verdict on one address.
    pub(super) fn judge(&self, evidence: &Evidence<'_>) -> Place {
        let mut speakers = self.speakers(evidence).into_iter();
        let origin = evidence.origin.and_then(|(_, asns)| asns.first().copied());
        let Some(first) = speakers.next() else { return Self::world(evidence, origin) };
        let mut alternatives: Vec<Alternative> = Vec::new();
        for other in speakers {
            if other.side != first.side && alternatives.iter().all(|known| known.side != other.side) {
                alternatives.push(other);
            }
        }
        let confidence = if alternatives.is_empty() { first.confidence } else { lowered(first.confidence) };
        let Evidence { safe_area, .. } = *evidence;
        Place { side: first.side, safe_area, origin, grounds: first.grounds, confidence, alternatives }
    }

    /// Every side that some grounds speak for, the strongest grounds first.
    fn speakers(&self, evidence: &Evidence<'_>) -> Vec<Alternative> {
        let mut speakers = Vec::new();
        let mut say = |side, grounds, confidence| speakers.push(Alternative { side, grounds, confidence });
        match evidence.declared {
            Some((prefix, Some(party))) => say(Side::Party(party), Grounds::Declared(prefix), Confidence::High),
            Some((prefix, None)) => say(Side::Unknown, Grounds::Declared(prefix), Confidence::Low),
            None => {}
        }
        if let Some((prefix, asns)) = evidence.origin.filter(|(_, asns)| self.names_a_party(asns)) {
            let holders = || asns.iter().map(|&asn| (asn, self.holder_of_asn(asn)));
            for (asn, party) in holders().filter_map(|(asn, holder)| Some((asn, holder?))) {
                say(Side::Party(party), Grounds::Origin(asn, prefix), Confidence::Moderate);
            }
            for (asn, _) in holders().filter(|(_, holder)| holder.is_none()) {
                say(Side::World, Grounds::Origin(asn, prefix), Confidence::Moderate);
            }
        }
        if let Some((prefix, country)) = evidence.registry
            && let Some(party) = self.holder_of_country(country)
        {
            say(Side::Party(party), Grounds::Registry(country, prefix), Confidence::Low);
        }
        if let Some(block) = evidence.special
            && evidence.declared.is_none_or(|(declared, _)| !block.covers(declared))
        {
            say(Side::Unknown, Grounds::Special(block), Confidence::High);
        }
        speakers
    }

    fn world(evidence: &Evidence<'_>, origin: Option<Asn>) -> Place {
        let placed_elsewhere = evidence.origin.is_some() || evidence.registry.is_some();
        Place {
            side: Side::World,
            safe_area: evidence.safe_area,
            origin,
            grounds: Grounds::Unclaimed,
            confidence: if placed_elsewhere { Confidence::High } else { Confidence::Moderate },
            alternatives: Vec::new(),
        }
    }

    fn names_a_party(&self, asns: &[Asn]) -> bool {
        asns.iter().any(|&asn| self.holder_of_asn(asn).is_some())
    }

    fn holder_of_asn(&self, asn: Asn) -> Option<PartyIndex> {
        self.asns.get(&asn).copied().flatten()
    }

    fn holder_of_country(&self, country: Country) -> Option<PartyIndex> {
        self.countries.get(&country).copied().flatten()
    }
}

fn claim(holder: &mut Option<PartyIndex>, party: PartyIndex) {
    if *holder != Some(party) {
        *holder = None;
    }
}

fn lowered(confidence: Confidence) -> Confidence {
    match confidence {
        Confidence::High => Confidence::Moderate,
        Confidence::Moderate | Confidence::Low => Confidence::Low,
    }
}

/// The places found so far, each kept once.
pub(super) struct Places {
    claims: Claims,
    list: Vec<Place>,
    known: BTreeMap<Key, u32>,
}

/// The part of the evidence that a place depends on. Prefixes that no grounds will cite are left out, or a full
/// routing table would make a place for each of its prefixes.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    declared: Option<(Prefix, Option<PartyIndex>)>,
    safe_area: Option<SafeAreaIndex>,
    special: Option<Prefix>,
    origin_prefix: Option<Prefix>,
    origins: Option<Box<[Asn]>>,
    registry: Option<(Prefix, Country)>,
    registered_elsewhere: bool,
}

impl Places {
    /// Begins with the place of what cannot be read.
    pub(super) fn new(mission: &Mission, unreadable: Place) -> Self {
        Self { claims: Claims::new(mission), list: vec![unreadable], known: BTreeMap::new() }
    }

    /// The number of the place that follows from `evidence`.
    pub(super) fn of(&mut self, evidence: &Evidence<'_>) -> u32 {
        let key = self.key(evidence);
        if let Some(&place) = self.known.get(&key) {
            return place;
        }
        // Two ranges at most come from each of a bounded number of prefixes, far fewer than 2^32.
        let place = self.list.len() as u32;
        self.list.push(self.claims.judge(evidence));
        self.known.insert(key, place);
        place
    }

    /// Every place, the unreadable one first.
    pub(super) fn into_list(self) -> Vec<Place> {
        self.list
    }

    fn key(&self, evidence: &Evidence<'_>) -> Key {
        let origin = evidence.origin;
        let named = origin.filter(|(_, asns)| self.claims.names_a_party(asns));
        let registry = evidence.registry.filter(|&(_, country)| self.claims.holder_of_country(country).is_some());
        Key {
            declared: evidence.declared,
            safe_area: evidence.safe_area,
            special: evidence.special,
            origin_prefix: named.map(|(prefix, _)| prefix),
            origins: named
                .or(origin.map(|(prefix, asns)| (prefix, &asns[..1.min(asns.len())])))
                .map(|(_, asns)| asns.into()),
            registry,
            registered_elsewhere: evidence.registry.is_some() && registry.is_none(),
        }
    }
}
