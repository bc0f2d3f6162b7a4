//! Findings on their way out: into the lake, and back from it with what analysts say of them.

mod kept;
mod marks;
mod trace;

use std::collections::BTreeMap;

use blueline_detect::CATALOGUE;
use blueline_report::explain::{Library, Messages};
pub use blueline_store::findings::{COLUMNS, FindingRow, read};
use blueline_terms::finding::Party;
use blueline_terms::{Finding, FindingId, Mission, Moment, Side, Span};

pub use kept::{Told, told};
pub use marks::{Mark, MarkError, MarkWord, Marks, Precision, precision};
pub use trace::{Frame, Traced, trace};

/// The messages of all detectors, in every language that there is.
pub fn library() -> Library {
    let messages = |one: &&blueline_detect::Description| {
        let texts = &one.texts;
        Messages { en: texts.en, ar: texts.ar, tr: texts.tr, fr: texts.fr }
    };
    Library::new(&CATALOGUE.iter().map(messages).collect::<Vec<_>>())
}

/// A finding as a row of the lake.
pub(crate) fn row(
    mission: &Mission,
    told: Moment,
    finding: &Finding,
    seal_of: &dyn Fn(u32) -> Option<String>,
) -> FindingRow {
    let addresses = |hosts: &[Party]| joined(hosts.iter().map(|host| host.address.to_string()));
    let sensors = finding.sensors.iter().flatten().filter_map(|&sensor| mission.sensors.get(usize::from(sensor.0)));
    FindingRow {
        told,
        id: finding.id,
        state: finding.state.word().to_owned(),
        kind: finding.kind.to_string(),
        vector: finding.vector.to_string(),
        class: finding.class.to_string(),
        effect: finding.effect.letters().collect(),
        start: finding.span.start,
        end: finding.span.end,
        actors: addresses(&finding.actors),
        targets: addresses(&finding.targets),
        target_parties: joined(sides(&finding.targets).into_iter().map(|side| mission.word(side).to_owned())),
        target_count: finding.target_count,
        source_count: finding.sources.count,
        spoofed: finding.sources.spoofed.word().to_owned(),
        ports: joined(finding.ports.iter().map(u16::to_string)),
        flow_count: finding.flow_count,
        packets: finding.packets,
        bytes: finding.bytes,
        confidence: finding.confidence.to_string(),
        sensors: joined(sensors.map(|sensor| sensor.id.to_string())),
        finding: kept::keep(mission, finding, seal_of),
    }
}

/// What was told of the findings of a stretch of time, in the order in which it was told; all there is where there is none.
///
/// # Errors
///
/// When a row is not what was written.
pub fn within(mission: &Mission, rows: &[FindingRow], span: Option<Span>) -> Result<Vec<Told>, String> {
    let meets = |row: &&FindingRow| span.is_none_or(|span| row.end >= span.start && row.start <= span.end);
    rows.iter().filter(meets).map(|row| told(mission, &row.finding)).collect()
}

/// Each finding as it was told last, in the order in which they were told last.
pub fn latest(told: Vec<Told>) -> Vec<Finding> {
    let mut last: BTreeMap<FindingId, (usize, Finding)> = BTreeMap::new();
    for (place, one) in told.into_iter().enumerate() {
        last.insert(one.finding.id, (place, one.finding));
    }
    let mut last: Vec<(usize, Finding)> = last.into_values().collect();
    last.sort_by_key(|(place, _)| *place);
    last.into_iter().map(|(_, finding)| finding).collect()
}

/// The sides of some hosts, each once, in their order.
fn sides(hosts: &[Party]) -> Vec<Side> {
    let mut sides = Vec::new();
    for host in hosts {
        if !sides.contains(&host.side) {
            sides.push(host.side);
        }
    }
    sides
}

fn joined(pieces: impl Iterator<Item = String>) -> String {
    pieces.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_can_be_read_and_every_kind_has_its_sentence() {
        let library = library();
        assert_eq!(library.faults(), [""; 0]);
        for kind in CATALOGUE.iter().flat_map(|one| one.kinds) {
            let word = format!("kind-{}", kind.name.replace('.', "-"));
            for language in ["en", "ar", "tr", "fr"] {
                assert!(library.has(language, &word), "{language}: {word}");
            }
        }
    }
}
