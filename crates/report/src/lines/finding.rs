//! A finding as a line: the shapes, and how they are made.

use std::collections::BTreeMap;

use blueline_terms::finding::{Measure, Party, Reason, Value};
use blueline_terms::{Confidence, Finding, FlowId, Mission};
use schemars::JsonSchema;
use serde::Serialize;

use super::convert::{rounded, sensor_word};
use super::shape::FlowShape;
use super::{Line, VERSION};
use crate::explain::{Findings, Library, Voice, cast};

/// An event that a detector found, each time whole, as it opens, has changed and has ended.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct FindingLine {
    /// The same for as long as the event lasts.
    #[schemars(regex(pattern = r"^[0-9a-f]{16}$"))]
    pub id: String,
    /// How it stands.
    #[schemars(extend("enum" = ["opened", "changed", "ended"]))]
    pub state: String,
    /// What it is, such as `ddos.reflection`.
    #[schemars(regex(pattern = r"^[a-z0-9.-]+$"))]
    pub kind: String,
    /// How it was done, such as `snmp`; empty where the kind has no vectors.
    pub vector: String,
    /// Class and type of the Reference Incident Taxonomy (RSIT), such as `availability/ddos`.
    pub class: String,
    /// What it can harm: confidentiality, integrity, availability.
    #[schemars(inner(regex(pattern = r"^[CIA]$")))]
    pub effect: Vec<String>,
    /// First packet that it rests on.
    #[schemars(extend("format" = "date-time"))]
    pub start: String,
    /// Last packet.
    #[schemars(extend("format" = "date-time"))]
    pub end: String,
    /// Addresses of those it was done to, the first of them.
    pub targets: Vec<String>,
    /// Their sides, each once, in the order of `targets`.
    pub target_parties: Vec<String>,
    /// Where packets seemed to come from.
    pub sources: SourcesShape,
    /// Ports that it was about, most telling first.
    pub ports: Vec<u16>,
    /// Packets.
    pub packets: u64,
    /// Bytes of whole frames.
    pub bytes: u64,
    /// How sure.
    #[schemars(extend("enum" = ["low", "moderate", "high"]))]
    pub confidence: String,
    /// What speaks for it.
    pub grounds: Vec<ReasonShape>,
    /// What speaks against it.
    pub against: Vec<ReasonShape>,
    /// Some of the flows that it rests on, the earliest first: those whose batch is sealed.
    pub flows: Vec<FlowShape>,
    /// The seal of the batch of its earliest flow; null while that is not sealed.
    #[schemars(regex(pattern = r"^[0-9a-f]{64}$"))]
    pub seal: Option<String>,
    /// Version of this format.
    #[schemars(extend("const" = super::VERSION))]
    pub version: u32,
    /// What happened to whom, in an English sentence.
    pub headline: String,
    /// How many targets there are in all.
    pub target_count: u64,
    /// `targets` with where they stand.
    pub target_places: Vec<HostShape>,
    /// Addresses of those who did it, as far as addresses can tell; empty where they are likely forged or only
    /// answered.
    pub actors: Vec<String>,
    /// Their sides, each once, in the order of `actors`.
    pub actor_parties: Vec<String>,
    /// `actors` with where they stand.
    pub actor_places: Vec<HostShape>,
    /// Flows in all.
    pub flow_count: u64,
    /// What was measured against what; null where nothing was.
    pub measure: Option<MeasureShape>,
    /// Who reached whom, where the kind has it.
    pub contacts: Vec<ContactShape>,
    /// Ids of the sensors that saw it; null for sources that are bound to no declared one.
    pub sensors: Vec<Option<String>>,
}

/// Where packets seemed to come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SourcesShape {
    /// How many different addresses.
    pub count: u64,
    /// The first of them, in the order in which they came.
    pub sample: Vec<String>,
    /// Whether they are forged.
    #[schemars(extend("enum" = ["likely", "unlikely", "unknown"]))]
    pub spoofed: String,
    /// Whether the count is an estimate, within 4 % in 19 of 20 cases.
    pub estimated: bool,
}

/// A host and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct HostShape {
    /// Its address.
    pub address: String,
    /// The side that it most likely stands on: a party's id, `world` or `unknown`.
    pub side: String,
    /// The safe area that it lies in.
    pub safe_area: Option<String>,
    /// How sure its side is.
    #[schemars(extend("enum" = ["low", "moderate", "high"]))]
    pub confidence: String,
}

/// A reason for or against.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ReasonShape {
    /// Its stable word.
    pub reason: String,
    /// The same in English.
    pub text: String,
    /// Its values by name. Shares are between 0 and 1, lengths of time in seconds, times RFC 3339.
    pub values: BTreeMap<String, ValueShape>,
}

/// A value of a reason; null for a number that is none.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum ValueShape {
    /// How many.
    Count(u64),
    /// A number.
    Number(Option<f64>),
    /// Text, an address or a time.
    Text(String),
}

/// A figure and what it was compared with.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct MeasureShape {
    /// What was measured, such as `packets-per-second`.
    pub what: String,
    /// The figure at its highest; null where it is no number.
    pub value: Option<f64>,
    /// What was usual before; null where that is not known.
    pub baseline: Option<f64>,
    /// The bound that it went over.
    pub threshold: Option<f64>,
}

/// Who reached whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ContactShape {
    /// Who began.
    pub from: String,
    /// Who was reached.
    pub to: String,
    /// When first.
    #[schemars(extend("format" = "date-time"))]
    pub first: String,
}

/// How many findings there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct FindingCountsShape {
    /// Events that were opened in all.
    pub opened: u64,
    /// Those of high confidence as they were told last.
    pub high: u64,
    /// Those of moderate confidence.
    pub moderate: u64,
    /// Those of low confidence.
    pub low: u64,
    /// Events that were ended early, and claims that were not taken, because there were too many.
    pub shed: u64,
    /// How many detectors looked.
    pub detectors: u64,
}

/// The line of a finding as it stands now. `seal_of` gives the seal of a batch by its number, in lower-case
/// hexadecimal; `None` while it is not sealed.
pub fn finding(
    mission: &Mission,
    library: &Library,
    finding: &Finding,
    seal_of: &dyn Fn(u32) -> Option<String>,
) -> Line {
    let cast = cast(finding);
    let seal = |flow: &FlowId| seal_of(flow.batch).map(|seal| FlowShape { seal, ordinal: flow.ordinal });
    let contact = |one: &blueline_terms::finding::Contact| ContactShape {
        from: one.from.to_string(),
        to: one.to.to_string(),
        first: one.first.to_string(),
    };
    Line::Finding(Box::new(FindingLine {
        id: finding.id.to_string(),
        state: finding.state.word().to_owned(),
        kind: finding.kind.to_string(),
        vector: finding.vector.to_string(),
        class: finding.class.to_string(),
        effect: finding.effect.letters().map(str::to_owned).collect(),
        start: finding.span.start.to_string(),
        end: finding.span.end.to_string(),
        targets: addresses(cast.targets),
        target_parties: sides(mission, cast.targets),
        sources: SourcesShape {
            count: finding.sources.count,
            sample: finding.sources.sample.iter().map(ToString::to_string).collect(),
            spoofed: finding.sources.spoofed.word().to_owned(),
            estimated: finding.sources.estimated,
        },
        ports: finding.ports.clone(),
        packets: finding.packets,
        bytes: finding.bytes,
        confidence: finding.confidence.to_string(),
        grounds: finding.grounds.iter().map(|one| reason(library, one)).collect(),
        against: finding.against.iter().map(|one| reason(library, one)).collect(),
        flows: finding.flows.iter().filter_map(seal).collect(),
        seal: finding.flows.first().and_then(|first| seal_of(first.batch)),
        version: VERSION,
        headline: Voice::new(library, mission, "en", false).headline(finding),
        target_count: cast.target_count,
        target_places: hosts(mission, cast.targets),
        actors: addresses(cast.actors),
        actor_parties: sides(mission, cast.actors),
        actor_places: hosts(mission, cast.actors),
        flow_count: finding.flow_count,
        measure: finding.measure.as_ref().map(measure),
        contacts: finding.contacts.iter().map(contact).collect(),
        sensors: finding.sensors.iter().map(|&sensor| sensor_word(mission, sensor)).collect(),
    }))
}

pub(super) fn counts(findings: &Findings<'_>) -> FindingCountsShape {
    let of = |confidence| findings.told.iter().filter(|finding| finding.confidence == confidence).count() as u64;
    FindingCountsShape {
        opened: findings.opened(),
        high: of(Confidence::High),
        moderate: of(Confidence::Moderate),
        low: of(Confidence::Low),
        shed: findings.shed,
        detectors: findings.detectors as u64,
    }
}

fn addresses(parties: &[Party]) -> Vec<String> {
    parties.iter().map(|party| party.address.to_string()).collect()
}

fn sides(mission: &Mission, parties: &[Party]) -> Vec<String> {
    let mut sides: Vec<String> = Vec::new();
    for party in parties {
        let side = mission.word(party.side);
        if !sides.iter().any(|met| met == side) {
            sides.push(side.to_owned());
        }
    }
    sides
}

fn hosts(mission: &Mission, parties: &[Party]) -> Vec<HostShape> {
    let area = |party: &Party| party.safe_area.and_then(|area| mission.safe_area(area));
    let host = |party: &Party| HostShape {
        address: party.address.to_string(),
        side: mission.word(party.side).to_owned(),
        safe_area: area(party).map(|area| area.id.as_str().to_owned()),
        confidence: party.confidence.to_string(),
    };
    parties.iter().map(host).collect()
}

fn reason(library: &Library, reason: &Reason) -> ReasonShape {
    ReasonShape {
        reason: reason.word.to_string(),
        text: library.reason("en", reason),
        values: reason.values.iter().map(|(name, value)| (name.to_string(), value_shape(value))).collect(),
    }
}

fn value_shape(value: &Value) -> ValueShape {
    match value {
        Value::Count(count) | Value::Bytes(count) => ValueShape::Count(*count),
        Value::Number(number) | Value::Share(number) | Value::Seconds(number) => ValueShape::Number(finite(*number)),
        Value::Address(address) => ValueShape::Text(address.to_string()),
        Value::Moment(moment) => ValueShape::Text(moment.to_string()),
        Value::Text(text) => ValueShape::Text(text.clone()),
    }
}

fn measure(measure: &Measure) -> MeasureShape {
    MeasureShape {
        what: measure.what.to_string(),
        value: finite(measure.value),
        baseline: measure.baseline.and_then(finite),
        threshold: finite(measure.threshold),
    }
}

/// JSON has no word for what is no number.
fn finite(number: f64) -> Option<f64> {
    number.is_finite().then(|| rounded(number))
}
