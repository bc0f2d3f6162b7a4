//! Coverage in words: the line that stands beside every count.

use blueline_terms::coverage::PartyCoverage;
use blueline_terms::{Coverage, PartyIndex, Side};

use crate::sides::Sides;
use crate::units;

/// What is said where no declared sensor stands behind the figures.
pub(crate) const NO_SENSOR: &str = "coverage unknown: no declared sensor";

/// Share of a party's space in sight times the share of time its sensors were alive, for IPv4 and for IPv6; `None`
/// where it declared no such space.
pub(crate) fn in_sight(party: &PartyCoverage) -> [Option<f64>; 2] {
    [party.space_v4, party.space_v6].map(|space| Some(space?.value() * party.time.value()))
}

/// The same in words: one share where the families agree, else `IPv4 74.0%, IPv6 0%`. `None` without declared space.
pub(crate) fn in_sight_words(party: &PartyCoverage) -> Option<String> {
    match in_sight(party).map(|share| share.map(units::percent)) {
        [Some(v4), Some(v6)] if v4 != v6 => Some(format!("IPv4 {v4} IPv6 {v6}")),
        [v4, v6] => v4.or(v6),
    }
}

/// Whether no declared sensor stands behind any packet.
pub(crate) fn is_unknown(coverage: &Coverage) -> bool {
    coverage.sensors.is_empty() || (coverage.packets > 0 && coverage.packets_undeclared >= coverage.packets)
}

/// One party's coverage, if anyone can say what it is.
pub(crate) fn of_party(coverage: &Coverage, party: PartyIndex) -> Option<&PartyCoverage> {
    let known = !is_unknown(coverage);
    coverage.parties.iter().find(|entry| known && entry.party == party)
}

/// Each party's coverage by rank.
pub(crate) fn by_rank<'c>(
    sides: &Sides<'_>,
    coverage: &'c Coverage,
) -> impl Iterator<Item = (PartyIndex, Option<&'c PartyCoverage>)> {
    let parties = sides.parties.clone();
    parties.into_iter().map(move |party| (party, of_party(coverage, party)))
}

/// The coverage of all figures in a few words, such as `in sight: Arden 74.0%, Boral 55.1%; nothing shed`.
pub(crate) fn tag(sides: &Sides<'_>, coverage: &Coverage) -> String {
    if is_unknown(coverage) {
        return format!("{NO_SENSOR}{}", shed(coverage));
    }
    let entries: Vec<_> = by_rank(sides, coverage).filter_map(|(party, entry)| Some((party, entry?))).collect();
    let seen = if entries.len() <= 3 {
        let each = entries.iter().filter_map(|(party, entry)| {
            Some(format!("{} {}", sides.name(Side::Party(*party)), in_sight_words(entry)?))
        });
        each.collect::<Vec<_>>().join(", ")
    } else {
        let shares: Vec<_> = entries.iter().flat_map(|(_, entry)| in_sight(entry)).flatten().collect();
        let (lowest, highest) =
            (shares.iter().copied().fold(1.0, f64::min), shares.iter().copied().fold(0.0, f64::max));
        format!("{} parties, {} to {}", entries.len(), units::percent(lowest), units::percent(highest))
    };
    let seen = if seen.is_empty() { "no party declared its space".to_owned() } else { seen };
    format!("in sight: {seen}{}{}{}", undeclared(coverage), dropped(coverage), shed(coverage))
}

/// The coverage in the longest of several wordings that `fits`, for a place that has little room. Shares are rounded
/// down; where a party has both families, IPv4 stands before the slash.
pub(crate) fn brief(sides: &Sides<'_>, coverage: &Coverage, fits: impl Fn(&str) -> bool) -> String {
    if is_unknown(coverage) {
        return "coverage unknown".to_owned();
    }
    let whole = |share: f64| {
        if share > 0.0 && share < 0.01 { "<1".to_owned() } else { format!("{:.0}", (share * 100.0).floor()) }
    };
    let caveat = coverage.packets_undeclared > 0 || coverage.shed > 0 || dropped_packets(coverage) > 0;
    let caveat = if caveat { ", see coverage" } else { "" };
    let entries: Vec<_> =
        by_rank(sides, coverage).filter_map(|(party, entry)| Some((party, in_sight(entry?)))).collect();
    let each: Vec<_> = entries
        .iter()
        .filter_map(|(party, shares)| {
            let share = match shares.map(|share| share.map(whole)) {
                [Some(v4), Some(v6)] if v4 != v6 => format!("{v4}/{v6}%"),
                [v4, v6] => format!("{}%", v4.or(v6)?),
            };
            Some(format!("{} {share}", sides.name(Side::Party(*party))))
        })
        .collect();
    let shares: Vec<_> = entries.iter().flat_map(|(_, shares)| shares).flatten().copied().collect();
    let (lowest, highest) = (shares.iter().copied().fold(1.0, f64::min), shares.iter().copied().fold(0.0, f64::max));
    let range = format!("{} to {}%", whole(lowest), whole(highest));
    let mut wordings = match each.len() {
        0 => vec!["no declared space".to_owned()],
        1..=4 => vec![format!("in sight: {}{caveat}", each.join(", "))],
        _ => vec![],
    };
    if !each.is_empty() {
        wordings.extend([format!("in sight: {range}{caveat}"), format!("{range} in sight")]);
    }
    wordings.into_iter().find(|words| fits(words)).unwrap_or_else(|| "see coverage".to_owned())
}

fn dropped_packets(coverage: &Coverage) -> u64 {
    coverage.sensors.iter().filter_map(|sensor| sensor.dropped).fold(0, u64::saturating_add)
}

/// Plain words for packets that the captures say were dropped; empty where there are none.
fn dropped(coverage: &Coverage) -> String {
    let dropped = dropped_packets(coverage);
    if dropped == 0 { String::new() } else { format!("; {} dropped", units::of(dropped, "packet", "packets")) }
}

/// Plain words for packets that no declared sensor stands behind; empty where there are none.
pub(crate) fn undeclared(coverage: &Coverage) -> String {
    if coverage.packets_undeclared == 0 {
        return String::new();
    }
    let share = units::percent(units::ratio(coverage.packets_undeclared, coverage.packets));
    format!("; coverage unknown for {share} of packets (no declared sensor)")
}

/// Plain words for what was shed; empty where nothing was.
pub(crate) fn shed(coverage: &Coverage) -> String {
    if coverage.shed == 0 { String::new() } else { format!("; {} shed", units::of(coverage.shed, "flow", "flows")) }
}
