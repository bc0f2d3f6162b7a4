//! The form in which a finding is kept, version 1: everything that it says, so that it can be told again in any language.
//!
//! Sides, safe areas and sensors are kept by their ids, and flows by the seals of their batches: what a run numbers means
//! nothing to the next one.

use blueline_terms::finding::{Contact, Effect, Measure, Party, Reason, Sources, Value};
use blueline_terms::{
    Address, Confidence, Finding, FindingState, FlowId, Mission, Moment, PartyIndex, SafeAreaIndex, SensorIndex, Side,
    Span, Spoofed,
};
use serde::{Deserialize, Serialize};

const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Kept {
    version: u32,
    id: String,
    state: String,
    kind: String,
    vector: String,
    class: String,
    effect: String,
    start: String,
    end: String,
    actors: Vec<Host>,
    targets: Vec<Host>,
    target_count: u64,
    source_count: u64,
    sources_estimated: bool,
    sources: Vec<String>,
    spoofed: String,
    ports: Vec<u16>,
    flow_count: u64,
    packets: u64,
    bytes: u64,
    measure: Option<Figure>,
    confidence: String,
    grounds: Vec<Said>,
    against: Vec<Said>,
    flows: Vec<(Option<String>, u32)>,
    contacts: Vec<(String, String, String)>,
    sensors: Vec<Option<String>>,
}

#[derive(Serialize, Deserialize)]
struct Host {
    address: String,
    side: String,
    safe_area: Option<String>,
    confidence: String,
}

#[derive(Serialize, Deserialize)]
struct Figure {
    what: String,
    value: f64,
    baseline: Option<f64>,
    threshold: f64,
}

#[derive(Serialize, Deserialize)]
struct Said {
    reason: String,
    values: Vec<(String, Cell)>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Cell {
    Count(u64),
    Number(f64),
    Share(f64),
    Seconds(f64),
    Bytes(u64),
    Address(String),
    Moment(String),
    Text(String),
}

/// A finding as it was kept: with the seals of its flows' batches, by the numbers that its flows give them.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// The finding.
    pub finding: Finding,
    seals: Vec<Option<String>>,
}

impl Told {
    /// The seal of a batch by the number that the finding's flows give it.
    pub fn seal_of(&self, batch: u32) -> Option<String> {
        self.seals.get(batch as usize).cloned().flatten()
    }

    /// Its flows by seal and place, those whose batch was sealed.
    pub fn flows(&self) -> Vec<(String, u32)> {
        let flow = |flow: &FlowId| Some((self.seal_of(flow.batch)?, flow.ordinal));
        self.finding.flows.iter().filter_map(flow).collect()
    }
}

/// The kept form of a finding, a JSON object.
pub(super) fn keep(mission: &Mission, finding: &Finding, seal_of: &dyn Fn(u32) -> Option<String>) -> String {
    let hosts = |hosts: &[Party]| hosts.iter().map(|host| kept_host(mission, host)).collect();
    let sensor = |sensor: &Option<SensorIndex>| {
        sensor.and_then(|sensor| mission.sensors.get(usize::from(sensor.0))).map(|sensor| sensor.id.to_string())
    };
    let kept = Kept {
        version: VERSION,
        id: finding.id.to_string(),
        state: finding.state.word().to_owned(),
        kind: finding.kind.to_string(),
        vector: finding.vector.to_string(),
        class: finding.class.to_string(),
        effect: finding.effect.letters().collect(),
        start: finding.span.start.to_string(),
        end: finding.span.end.to_string(),
        actors: hosts(&finding.actors),
        targets: hosts(&finding.targets),
        target_count: finding.target_count,
        source_count: finding.sources.count,
        sources_estimated: finding.sources.estimated,
        sources: finding.sources.sample.iter().map(ToString::to_string).collect(),
        spoofed: finding.sources.spoofed.word().to_owned(),
        ports: finding.ports.clone(),
        flow_count: finding.flow_count,
        packets: finding.packets,
        bytes: finding.bytes,
        measure: finding.measure.as_ref().map(kept_measure),
        confidence: finding.confidence.to_string(),
        grounds: finding.grounds.iter().map(kept_reason).collect(),
        against: finding.against.iter().map(kept_reason).collect(),
        flows: finding.flows.iter().map(|flow| (seal_of(flow.batch), flow.ordinal)).collect(),
        contacts: finding
            .contacts
            .iter()
            .map(|one| (one.from.to_string(), one.to.to_string(), one.first.to_string()))
            .collect(),
        sensors: finding.sensors.iter().map(sensor).collect(),
    };
    // Cannot fail: plain texts and finite numbers, written to memory.
    serde_json::to_string(&kept).unwrap_or_default()
}

fn kept_host(mission: &Mission, host: &Party) -> Host {
    Host {
        address: host.address.to_string(),
        side: mission.word(host.side).to_owned(),
        safe_area: host.safe_area.and_then(|area| mission.safe_area(area)).map(|area| area.id.to_string()),
        confidence: host.confidence.to_string(),
    }
}

fn kept_measure(measure: &Measure) -> Figure {
    // JSON has no infinity; a figure that is none says nothing.
    let finite = |number: f64| if number.is_finite() { number } else { 0.0 };
    Figure {
        what: measure.what.to_string(),
        value: finite(measure.value),
        baseline: measure.baseline.filter(|number| number.is_finite()),
        threshold: finite(measure.threshold),
    }
}

fn kept_reason(reason: &Reason) -> Said {
    let finite = |number: f64| if number.is_finite() { number } else { 0.0 };
    let cell = |value: &Value| match value {
        Value::Count(count) => Cell::Count(*count),
        Value::Number(number) => Cell::Number(finite(*number)),
        Value::Share(share) => Cell::Share(finite(*share)),
        Value::Seconds(seconds) => Cell::Seconds(finite(*seconds)),
        Value::Bytes(bytes) => Cell::Bytes(*bytes),
        Value::Address(address) => Cell::Address(address.to_string()),
        Value::Moment(moment) => Cell::Moment(moment.to_string()),
        Value::Text(text) => Cell::Text(text.clone()),
    };
    Said {
        reason: reason.word.to_string(),
        values: reason.values.iter().map(|(name, value)| (name.to_string(), cell(value))).collect(),
    }
}

/// Reads the kept form. Ids that the mission does not declare any more are unknown sides.
///
/// # Errors
///
/// When it is not what was written, as the text says.
pub fn told(mission: &Mission, text: &str) -> Result<Told, String> {
    let kept: Kept = serde_json::from_str(text).map_err(|error| format!("a finding cannot be read: {error}"))?;
    if kept.version != VERSION {
        return Err(format!("a finding is of version {}, which this program does not know", kept.version));
    }
    let seals = kept.flows.iter().map(|(seal, _)| seal.clone()).collect();
    let flow =
        |(place, (_, ordinal)): (usize, &(Option<String>, u32))| FlowId { batch: place as u32, ordinal: *ordinal };
    let reasons = |said: &[Said]| said.iter().map(reason).collect::<Result<Vec<_>, _>>();
    let hosts = |hosts: &[Host]| hosts.iter().map(|one| host(mission, one)).collect::<Result<Vec<_>, _>>();
    let contact = |(from, to, first): &(String, String, String)| {
        Ok(Contact { from: address(from)?, to: address(to)?, first: moment(first)? })
    };
    let finding = Finding {
        id: kept.id.parse()?,
        state: state(&kept.state)?,
        kind: kept.kind.into(),
        vector: kept.vector.into(),
        class: kept.class.into(),
        effect: effect(&kept.effect),
        span: Span { start: moment(&kept.start)?, end: moment(&kept.end)? },
        actors: hosts(&kept.actors)?,
        targets: hosts(&kept.targets)?,
        target_count: kept.target_count,
        sources: Sources {
            count: kept.source_count,
            estimated: kept.sources_estimated,
            sample: kept.sources.iter().map(|one| address(one)).collect::<Result<_, _>>()?,
            spoofed: spoofed(&kept.spoofed),
        },
        ports: kept.ports,
        flow_count: kept.flow_count,
        packets: kept.packets,
        bytes: kept.bytes,
        measure: kept.measure.map(|one| Measure {
            what: one.what.into(),
            value: one.value,
            baseline: one.baseline,
            threshold: one.threshold,
        }),
        confidence: confidence(&kept.confidence),
        grounds: reasons(&kept.grounds)?,
        against: reasons(&kept.against)?,
        flows: kept.flows.iter().enumerate().map(flow).collect(),
        contacts: kept.contacts.iter().map(contact).collect::<Result<_, String>>()?,
        sensors: kept.sensors.iter().map(|id| id.as_deref().and_then(|id| sensor(mission, id))).collect(),
    };
    Ok(Told { finding, seals })
}

fn host(mission: &Mission, host: &Host) -> Result<Party, String> {
    let party = mission.parties.iter().position(|party| party.id.as_str() == host.side);
    let side = match (party, host.side.as_str()) {
        (Some(index), _) => Side::Party(PartyIndex(index as u16)),
        (None, Side::WORLD) => Side::World,
        (None, _) => Side::Unknown,
    };
    let area = host.safe_area.as_deref();
    let safe_area = mission.safe_areas.iter().position(|one| Some(one.id.as_str()) == area);
    Ok(Party {
        address: address(&host.address)?,
        side,
        safe_area: safe_area.map(|index| SafeAreaIndex(index as u16)),
        confidence: confidence(&host.confidence),
    })
}

fn sensor(mission: &Mission, id: &str) -> Option<SensorIndex> {
    mission.sensors.iter().position(|sensor| sensor.id.as_str() == id).map(|index| SensorIndex(index as u16))
}

fn reason(said: &Said) -> Result<Reason, String> {
    let value = |cell: &Cell| -> Result<Value, String> {
        Ok(match cell {
            Cell::Count(count) => Value::Count(*count),
            Cell::Number(number) => Value::Number(*number),
            Cell::Share(share) => Value::Share(*share),
            Cell::Seconds(seconds) => Value::Seconds(*seconds),
            Cell::Bytes(bytes) => Value::Bytes(*bytes),
            Cell::Address(text) => Value::Address(address(text)?),
            Cell::Moment(text) => Value::Moment(moment(text)?),
            Cell::Text(text) => Value::Text(text.clone()),
        })
    };
    let values = said.values.iter().map(|(name, cell)| Ok((name.clone().into(), value(cell)?)));
    Ok(Reason { word: said.reason.clone().into(), values: values.collect::<Result<_, String>>()? })
}

fn address(text: &str) -> Result<Address, String> {
    text.parse().map_err(|error: blueline_terms::PrefixError| error.to_string())
}

fn moment(text: &str) -> Result<Moment, String> {
    text.parse()
}

fn state(text: &str) -> Result<FindingState, String> {
    let states = [FindingState::Opened, FindingState::Changed, FindingState::Ended];
    states.into_iter().find(|state| state.word() == text).ok_or_else(|| format!("{text:?} is no state of a finding"))
}

fn effect(letters: &str) -> Effect {
    letters.chars().fold(Effect::NONE, |effect, letter| match letter {
        'C' => effect.and(Effect::C),
        'I' => effect.and(Effect::I),
        'A' => effect.and(Effect::A),
        _ => effect,
    })
}

fn spoofed(text: &str) -> Spoofed {
    [Spoofed::Likely, Spoofed::Unlikely].into_iter().find(|one| one.word() == text).unwrap_or_default()
}

fn confidence(text: &str) -> Confidence {
    [Confidence::High, Confidence::Moderate].into_iter().find(|one| one.to_string() == text).unwrap_or(Confidence::Low)
}

#[cfg(test)]
mod tests {
    use super::*;
    use blueline_terms::FindingId;

    fn finding() -> Finding {
        let host = |n: u8, side| Party {
            address: Address::v4([192, 0, 2, n]),
            side,
            safe_area: None,
            confidence: Confidence::Moderate,
        };
        let reason = Reason::new("rate-over-bound")
            .with("rate", 5u64)
            .with("share", Value::Share(0.25))
            .with("for", Value::Seconds(1.5))
            .with("bytes", Value::Bytes(7))
            .with("mean", Value::Number(2.5))
            .with("host", Address::v4([192, 0, 2, 9]))
            .with("since", Moment::from_seconds(5, 6))
            .with("name", "example.org \"quoted\"");
        Finding {
            id: FindingId(77),
            state: FindingState::Changed,
            kind: "worm.spread".into(),
            vector: "tcp".into(),
            class: "malicious-code/infected-system".into(),
            effect: Effect::A.and(Effect::C),
            span: Span { start: Moment::from_seconds(1, 1), end: Moment::from_seconds(2, 999_999_999) },
            actors: vec![host(1, Side::World)],
            targets: vec![host(2, Side::Unknown)],
            target_count: 12,
            sources: Sources {
                count: 3,
                estimated: true,
                sample: vec![Address::v6([1; 16])],
                spoofed: Spoofed::Unlikely,
            },
            ports: vec![445],
            flow_count: 4,
            packets: 5,
            bytes: u64::MAX,
            measure: Some(Measure { what: "hosts".into(), value: 4.5, baseline: None, threshold: 2.0 }),
            confidence: Confidence::High,
            grounds: vec![reason],
            against: vec![Reason::new("announced")],
            flows: vec![FlowId { batch: 0, ordinal: 9 }, FlowId { batch: 1, ordinal: 3 }],
            contacts: vec![Contact {
                from: Address::v4([1, 2, 3, 4]),
                to: Address::v4([1, 2, 3, 5]),
                first: Moment::from_seconds(3, 0),
            }],
            sensors: vec![None],
        }
    }

    #[test]
    fn a_finding_is_read_as_it_was_kept() {
        let mission = Mission::default();
        let seal = |batch: u32| (batch == 0).then(|| "ab".repeat(32));
        let text = keep(&mission, &finding(), &seal);
        let read = told(&mission, &text).unwrap();
        assert_eq!(read.finding, finding());
        assert_eq!(read.flows(), [("ab".repeat(32), 9)]);
        assert_eq!((read.seal_of(1), read.seal_of(7)), (None, None));
    }

    #[test]
    fn what_is_damaged_is_told() {
        let mission = Mission::default();
        let text = keep(&mission, &finding(), &|_| None);
        for (from, to) in
            [("\"changed\"", "\"gone\""), ("\"version\":1", "\"version\":9"), ("1.2.3.4", "1.2.3"), ("{", "")]
        {
            assert!(told(&mission, &text.replacen(from, to, 1)).is_err(), "{to}");
        }
    }
}
