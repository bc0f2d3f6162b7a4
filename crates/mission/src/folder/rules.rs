//! Whether the parts of a mission file fit together: who claims what, what lies where, who is meant.

use std::collections::BTreeMap;

use blueline_terms::{Address, Asn, Border, Country, Mission, Name, Party, PartyIndex, Prefix, SafeArea, Sensor};

use super::schema::{BorderDraft, Domain, Draft, PartyDraft, SafeAreaDraft, SensorDraft};
use super::sheet::{Placed, Sheet, Span};

/// Bounds that keep every index in its type and every list in memory.
const MOST_PARTIES: usize = 1_000;
const MOST_SAFE_AREAS: usize = 20_000;
const MOST_SENSORS: usize = 10_000;

/// A safe area that lies in no declared prefix: whether it is in its party's space is for the tables to say.
pub(super) struct Unplaced {
    pub(super) prefix: Placed<Prefix>,
    pub(super) party: PartyIndex,
}

/// Notes everything that does not fit, and gives the mission where everything does.
pub(super) fn assemble(sheet: &Sheet<'_>, draft: &Draft<'_>) -> (Option<Mission>, Vec<Unplaced>) {
    bounds(sheet, draft);
    unique_ids(sheet, "party", draft.parties.iter().map(|party| &party.id));
    unique_ids(sheet, "border", draft.borders.iter().map(|border| &border.id));
    unique_ids(sheet, "safe area", draft.safe_areas.iter().map(|area| &area.id));
    unique_ids(sheet, "sensor", draft.sensors.iter().map(|sensor| &sensor.id));
    empty_parties(sheet, draft);
    let claims = Claims::new(sheet, draft);
    let roll = Roll::new(sheet, draft);
    let borders: Option<Vec<_>> = all(draft.borders.iter().map(|border| between(sheet, &roll, border)));
    let mut unplaced = Vec::new();
    let areas: Option<Vec<_>> =
        all(draft.safe_areas.iter().map(|area| safe_area(sheet, &roll, &claims, &draft.parties, area, &mut unplaced)));
    same_safe_area(sheet, draft);
    let sensors: Option<Vec<_>> = all(draft.sensors.iter().map(|one| sensor(sheet, &roll, draft, one)));
    let parties: Option<Vec<_>> = draft.parties.iter().map(party).collect();
    let mission = || {
        let title = draft.title.clone();
        Some(Mission { title, parties: parties?, borders: borders?, safe_areas: areas?, sensors: sensors? })
    };
    (mission(), unplaced)
}

/// All of them, looking at each even where one is missing.
fn all<T>(items: impl Iterator<Item = Option<T>>) -> Option<Vec<T>> {
    let found: Vec<Option<T>> = items.collect();
    found.into_iter().collect()
}

fn bounds(sheet: &Sheet<'_>, draft: &Draft<'_>) {
    let too_many = |count: usize, most: usize, what: &str, span: Option<&Span>| {
        if let Some(span) = span {
            let help = format!("a mission holds at most {most}; make several missions of it");
            sheet.error(span.clone(), format!("{count} {what} are too many"), help);
        }
    };
    let over = |count: usize, most: usize| count > most;
    if over(draft.parties.len(), MOST_PARTIES) {
        too_many(draft.parties.len(), MOST_PARTIES, "parties", draft.parties.get(MOST_PARTIES).map(|p| &p.span));
    }
    if over(draft.safe_areas.len(), MOST_SAFE_AREAS) {
        let first = draft.safe_areas.get(MOST_SAFE_AREAS).map(|area| &area.span);
        too_many(draft.safe_areas.len(), MOST_SAFE_AREAS, "safe areas", first);
    }
    if over(draft.sensors.len(), MOST_SENSORS) {
        too_many(draft.sensors.len(), MOST_SENSORS, "sensors", draft.sensors.get(MOST_SENSORS).map(|s| &s.span));
    }
    match &draft.parties[..] {
        [] => sheet.missing(
            sheet.end(),
            "this mission has no party",
            "add a [[party]] table for each, with an id and its prefixes",
        ),
        [only] if sheet.is_whole() => sheet.warning(
            only.span.clone(),
            "this mission has one party only",
            "a border has two sides: add a [[party]] table for the other one",
        ),
        _ => {}
    }
}

fn unique_ids<'d>(sheet: &Sheet<'_>, what: &str, ids: impl Iterator<Item = &'d Option<Placed<Name>>>) {
    let mut seen: BTreeMap<&Name, &Span> = BTreeMap::new();
    for id in ids.flatten() {
        match seen.get(&id.value) {
            Some(first) => {
                let message =
                    format!("the id {:?} is taken by the {what} on line {}", id.value.as_str(), sheet.line(first));
                sheet.error(id.span.clone(), message, "choose another id");
            }
            None => {
                seen.insert(&id.value, &id.span);
            }
        }
    }
}

fn empty_parties(sheet: &Sheet<'_>, draft: &Draft<'_>) {
    for party in &draft.parties {
        if !party.claims {
            let message = format!("{} has no address space", name_of(sheet, party));
            sheet.missing(
                party.span.clone(),
                message,
                "give it prefixes, or asns or countries with a table that places them",
            );
        }
    }
}

/// `party "alpha"`, or the line it stands on where it has no id.
fn name_of(sheet: &Sheet<'_>, party: &PartyDraft) -> String {
    match &party.id {
        Some(id) => format!("party {:?}", id.value.as_str()),
        None => format!("the party on line {}", sheet.line(&party.span)),
    }
}

/// Who declared which prefix.
struct Claims {
    prefixes: BTreeMap<Prefix, usize>,
}

impl Claims {
    /// Notes whatever is claimed twice. Every kind of claim is in the open, so that none is decided by order.
    fn new(sheet: &Sheet<'_>, draft: &Draft<'_>) -> Self {
        let prefixes = Self::once(sheet, draft, |party| &party.prefixes, Prefix::to_string);
        Self::once(sheet, draft, |party| &party.asns, Asn::to_string);
        Self::once(sheet, draft, |party| &party.countries, Country::to_string);
        Self::once(sheet, draft, |party| &party.domains, |domain: &Domain| domain.0.clone());
        Self { prefixes }
    }

    fn once<T: Ord + Clone>(
        sheet: &Sheet<'_>,
        draft: &Draft<'_>,
        list: impl Fn(&PartyDraft) -> &Vec<Placed<T>>,
        shown: impl Fn(&T) -> String,
    ) -> BTreeMap<T, usize> {
        let mut first: BTreeMap<T, (usize, &Span)> = BTreeMap::new();
        for (index, party) in draft.parties.iter().enumerate() {
            for claim in list(party) {
                let Some(&(holder, span)) = first.get(&claim.value) else {
                    first.insert(claim.value.clone(), (index, &claim.span));
                    continue;
                };
                let (what, line) = (shown(&claim.value), sheet.line(span));
                let (message, help) = if holder == index {
                    (
                        format!("{what} stands here twice; the first is on line {line}"),
                        "remove one of the two".to_owned(),
                    )
                } else {
                    let other = name_of(sheet, &draft.parties[holder]);
                    let help = "let the parties agree whose it is, and remove it from the other".to_owned();
                    (format!("{what} is claimed by {} and by {other}, on line {line}", name_of(sheet, party)), help)
                };
                sheet.error(claim.span.clone(), message, help);
            }
        }
        first.into_iter().map(|(claim, (holder, _))| (claim, holder)).collect()
    }

    /// The longest declared prefix that holds all of `prefix`, with its party.
    fn holder(&self, prefix: Prefix) -> Option<(Prefix, usize)> {
        let longest: u8 = if prefix.is_v4() { 32 } else { 128 };
        (0..=prefix.length()).rev().find_map(|length| {
            let free = u32::from(longest - length);
            let bits = prefix.first().bits().checked_shr(free).and_then(|bits| bits.checked_shl(free)).unwrap_or(0);
            let wider = Prefix::new(Address::from_bits(bits), length).ok()?;
            self.prefixes.get(&wider).map(|&party| (wider, party))
        })
    }

    /// The first declared prefix inside `prefix` that is not `party`'s.
    fn intruder(&self, prefix: Prefix, party: usize) -> Option<(Prefix, usize)> {
        let inside = self.prefixes.range(prefix..=Prefix::host(prefix.last()));
        inside.map(|(&inner, &holder)| (inner, holder)).find(|&(inner, holder)| holder != party && prefix.covers(inner))
    }
}

/// The parties by id.
struct Roll<'d> {
    parties: BTreeMap<&'d str, PartyIndex>,
    names: Vec<String>,
    /// Whether every party has a readable id; otherwise an unknown one may be among the unreadable.
    whole: bool,
}

impl<'d> Roll<'d> {
    fn new(sheet: &Sheet<'_>, draft: &'d Draft<'_>) -> Self {
        let mut parties = BTreeMap::new();
        for (index, party) in (0..).map(PartyIndex).zip(&draft.parties) {
            if let Some(id) = &party.id {
                parties.entry(id.value.as_str()).or_insert(index);
            }
        }
        let names = draft.parties.iter().map(|party| name_of(sheet, party)).collect();
        Self { parties, names, whole: draft.parties.iter().all(|party| party.id.is_some()) }
    }

    /// The known ids in the order of declaration.
    fn ids(&self) -> Vec<&'d str> {
        let mut ids: Vec<_> = self.parties.iter().map(|(&id, &index)| (index, id)).collect();
        ids.sort_unstable();
        ids.into_iter().map(|(_, id)| id).collect()
    }

    /// The party that is meant by `id`, written at `span`.
    fn find(&self, sheet: &Sheet<'_>, id: &str, span: &Span) -> Option<PartyIndex> {
        let found = self.parties.get(id).copied();
        if found.is_none() && self.whole {
            let help = if self.names.is_empty() {
                "declare it".to_owned()
            } else {
                format!("the parties here are {}", self.ids().join(", "))
            };
            sheet.error(span.clone(), format!("there is no party {id:?}"), help);
        }
        found
    }
}

fn between(sheet: &Sheet<'_>, roll: &Roll<'_>, draft: &BorderDraft<'_>) -> Option<Border> {
    let mut sides: Vec<PartyIndex> = Vec::new();
    let mut sound = true;
    for id in &draft.between {
        match roll.find(sheet, id.value, &id.span) {
            None => sound = false,
            Some(party) if sides.contains(&party) => {
                sheet.error(id.span.clone(), format!("{:?} is on this border twice", id.value), "name each party once");
                sound = false;
            }
            Some(party) => sides.push(party),
        }
    }
    if draft.between.len() < 2 {
        let span = draft.between.first().map_or(&draft.span, |only| &only.span);
        sheet.missing(
            span.clone(),
            "a border lies between two parties or more",
            "write between = [\"alpha\", \"beta\"]",
        );
        sound = false;
    }
    let id = draft.id.as_ref()?.value.clone();
    sound.then_some(Border { id, between: sides })
}

fn safe_area(
    sheet: &Sheet<'_>,
    roll: &Roll<'_>,
    claims: &Claims,
    parties: &[PartyDraft],
    draft: &SafeAreaDraft<'_>,
    unplaced: &mut Vec<Unplaced>,
) -> Option<SafeArea> {
    if !draft.has_addresses {
        let help = "write addresses = [\"192.0.2.10\", \"2001:db8::/64\"]";
        sheet.missing(draft.span.clone(), "this safe area has no addresses", help);
    }
    let named = draft.party.as_ref()?;
    let party = roll.find(sheet, named.value, &named.span)?;
    let (index, name) = (usize::from(party.0), format!("party {:?}", named.value));
    let by_tables = parties.get(index).is_some_and(|party| !party.asns.is_empty() || !party.countries.is_empty());
    for place in &draft.addresses {
        let prefix = place.value;
        match claims.holder(prefix) {
            Some((_, holder)) if holder == index => {
                if let Some((inner, other)) = claims.intruder(prefix, index) {
                    let message = format!("{inner} in this safe area of {name} is space of {}", roll.names[other]);
                    sheet.warning(place.span.clone(), message, "list the parts that are meant, without it");
                }
            }
            Some((wider, other)) => {
                let message =
                    format!("{prefix} is not in the space of {name}: {wider} belongs to {}", roll.names[other]);
                sheet.error(place.span.clone(), message, "name the party whose space it is, or correct the address");
            }
            None if by_tables => unplaced.push(Unplaced { prefix: place.clone(), party }),
            None => {
                let message = format!("{prefix} is not in the space of {name}: no declared prefix holds it");
                sheet.error(place.span.clone(), message, "add the prefix to the party's, or correct the address");
            }
        }
    }
    let prefixes = draft.addresses.iter().map(|place| place.value).collect();
    Some(SafeArea {
        id: draft.id.as_ref()?.value.clone(),
        names: draft.names.clone(),
        class: draft.class?,
        party,
        prefixes,
    })
}

fn same_safe_area(sheet: &Sheet<'_>, draft: &Draft<'_>) {
    let mut seen: BTreeMap<Prefix, &Span> = BTreeMap::new();
    for place in draft.safe_areas.iter().flat_map(|area| &area.addresses) {
        if let Some(first) = seen.get(&place.value) {
            let message = format!("{} is in a safe area already, on line {}", place.value, sheet.line(first));
            sheet.error(
                place.span.clone(),
                message,
                "remove one of the two; a smaller area may lie within a larger one",
            );
        } else {
            seen.insert(place.value, &place.span);
        }
    }
}

fn sensor(sheet: &Sheet<'_>, roll: &Roll<'_>, draft: &Draft<'_>, sensor: &SensorDraft<'_>) -> Option<Sensor> {
    const HELP: &str = "write sees = [\"party:alpha\", \"192.0.2.0/24\"]";
    let mut sees: Vec<Prefix> = Vec::new();
    let mut sound = true;
    if !sensor.has_sight {
        sheet.missing(sensor.span.clone(), "this sensor sees nothing", HELP);
    }
    for seen in &sensor.sees {
        let found: Option<Vec<Prefix>> = match seen.value.strip_prefix("party:") {
            Some(id) => roll.find(sheet, id, &seen.span).and_then(|party| space_of(sheet, draft, party, seen)),
            None => match seen.value.parse() {
                Ok(prefix) => Some(vec![prefix]),
                Err(error) => {
                    let error: blueline_terms::PrefixError = error;
                    let error = error.to_string();
                    let (message, help) = error.split_once("; ").unwrap_or((&error, HELP));
                    sheet.error(seen.span.clone(), message, help);
                    None
                }
            },
        };
        sound &= found.is_some();
        sees.extend(found.into_iter().flatten());
    }
    sees.sort_unstable();
    sees.dedup();
    let (id, vantage) = (sensor.id.as_ref()?.value.clone(), sensor.vantage.clone());
    let (sampling, longest_silence) = (sensor.sampling, sensor.longest_silence);
    (sound && !sees.is_empty()).then_some(Sensor { id, vantage, sees, sampling, longest_silence })
}

fn space_of(sheet: &Sheet<'_>, draft: &Draft<'_>, party: PartyIndex, seen: &Placed<&str>) -> Option<Vec<Prefix>> {
    let party = draft.parties.get(usize::from(party.0))?;
    if party.prefixes.is_empty() {
        let message =
            format!("{} declares no prefixes, so nobody can say what this sensor sees", name_of(sheet, party));
        sheet.missing(seen.span.clone(), message, "list the prefixes that the sensor sees");
        return None;
    }
    Some(party.prefixes.iter().map(|prefix| prefix.value).collect())
}

fn party(draft: &PartyDraft) -> Option<Party> {
    fn values<T: Clone>(list: &[Placed<T>]) -> Vec<T> {
        list.iter().map(|placed| placed.value.clone()).collect()
    }
    Some(Party {
        id: draft.id.as_ref()?.value.clone(),
        names: draft.names.clone(),
        prefixes: values(&draft.prefixes),
        asns: values(&draft.asns),
        countries: values(&draft.countries),
        domains: draft.domains.iter().map(|domain| domain.value.0.clone()).collect(),
        contacts: draft.contacts.clone(),
        keys: draft.keys.clone(),
    })
}
