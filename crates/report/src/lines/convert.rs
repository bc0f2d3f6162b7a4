//! From the nouns to the outward types.

use std::collections::BTreeMap;

use blueline_terms::coverage::{PartyCoverage, SensorCoverage};
use blueline_terms::picture::{Conversation, NewService, OddityCount, SafeAreaTraffic};
use blueline_terms::{
    Address, Alternative, Coverage, Crossing, Grounds, Mission, Moment, Network, Picture, Place, SensorIndex, Share,
    Side, Span, Traffic,
};

use super::VERSION;
use super::finding::counts;
use super::shape::*;
use crate::borders::{self, BorderTraffic};
use crate::explain::Findings;
use crate::sides::Sides;
use crate::{Seal, seal_of, seen, units, words};

/// One line for each ordered pair of different sides in the picture of a period, in the picture's order.
///
/// `late` marks packets that came after their period had been closed. A picture of a whole run yields no line.
pub fn crossings(mission: &Mission, picture: &Picture, late: bool) -> Vec<Line> {
    let Some(period) = picture.period else { return Vec::new() };
    let period = PeriodShape { start: period.start().to_string(), end: period.end().to_string() };
    let mut new: BTreeMap<(Side, Side), Vec<ServiceShape>> = BTreeMap::new();
    for service in &picture.new_services {
        new.entry((service.service.from, service.service.to)).or_default().push(service_shape(service));
    }
    let line = |(place, crossing): (usize, &Crossing)| {
        Line::Crossing(CrossingLine {
            version: VERSION,
            period: period.clone(),
            late,
            from: mission.word(crossing.from).to_owned(),
            to: mission.word(crossing.to).to_owned(),
            flows: crossing.traffic.flows,
            packets: crossing.traffic.packets,
            bytes: crossing.traffic.bytes,
            before: picture.before.get(place).copied().map(TrafficShape::from),
            new: new.remove(&(crossing.from, crossing.to)).unwrap_or_default(),
            coverage: crossing_coverage(&picture.coverage, crossing),
        })
    };
    picture.crossings.iter().enumerate().map(line).collect()
}

/// One line for each kind of oddity and source, in the picture's order.
pub fn oddities(mission: &Mission, picture: &Picture) -> Vec<Line> {
    picture.oddities.iter().map(|oddity| Line::Oddity(oddity_line(mission, oddity))).collect()
}

/// The last line: the picture of the whole run, in which no detector was asked; else see [`summary_with`]. `crossings`
/// is the number of crossing lines that were written.
pub fn summary(mission: &Mission, picture: &Picture, crossings: u64, seals: &[Seal]) -> Line {
    last(mission, picture, crossings, seals, None)
}

/// The same, with how much was found.
pub fn summary_with(
    mission: &Mission,
    picture: &Picture,
    crossings: u64,
    seals: &[Seal],
    findings: &Findings<'_>,
) -> Line {
    last(mission, picture, crossings, seals, Some(findings))
}

fn last(mission: &Mission, picture: &Picture, crossings: u64, seals: &[Seal], found: Option<&Findings<'_>>) -> Line {
    let seal = |seal: &Seal| SealShape {
        sensor: sensor_word(mission, seal.sensor),
        head: seal.head.clone(),
        batches: seal.batches,
    };
    // Ranked as everywhere, whatever order things were declared or counted in.
    let sides = Sides::new(mission, picture, "en", true);
    Line::Summary(Box::new(SummaryLine {
        packets: picture.total.packets,
        bytes: picture.total.bytes,
        flows: picture.total.flows,
        crossings,
        oddities: picture.oddity_total,
        shed: picture.coverage.shed,
        start: picture.span.map(|span| span.start.to_string()),
        end: picture.span.map(|span| span.end.to_string()),
        seals: seals.iter().map(seal).collect(),
        version: VERSION,
        counted: picture.counted().into(),
        copies: picture.copies().packets,
        pairs: picture.crossings.iter().map(|crossing| pair(mission, crossing)).collect(),
        within: picture.within.iter().map(|crossing| within(mission, crossing)).collect(),
        borders: borders::crossed(&sides).iter().map(|one| border(mission, one)).collect(),
        unattributed: unattributed(picture),
        safe_areas: picture.safe_areas.iter().filter_map(|area| safe_area(mission, area)).collect(),
        top: picture.top.iter().map(|one| conversation(mission, one, seals)).collect(),
        top_error_bytes: picture.top_error,
        coverage: coverage(&sides, picture),
        findings: found.map(counts),
    }))
}

impl From<Traffic> for TrafficShape {
    fn from(traffic: Traffic) -> Self {
        Self { flows: traffic.flows, packets: traffic.packets, bytes: traffic.bytes }
    }
}

fn service_shape(new: &NewService) -> ServiceShape {
    ServiceShape {
        service: words::service(new.service.network, new.service.protocol, new.service.port),
        network: new.service.network.to_string(),
        protocol: new.service.protocol,
        port: new.service.port,
        flows: new.traffic.flows,
        packets: new.traffic.packets,
        bytes: new.traffic.bytes,
        first: new.first.moment.to_string(),
    }
}

fn crossing_coverage(coverage: &Coverage, crossing: &Crossing) -> CrossingCoverageShape {
    CrossingCoverageShape {
        from: side_coverage(coverage, crossing.from),
        to: side_coverage(coverage, crossing.to),
        packets: coverage.packets,
        packets_undeclared: coverage.packets_undeclared,
        shed: coverage.shed,
    }
}

fn side_coverage(coverage: &Coverage, side: Side) -> SideCoverageShape {
    let party = match side {
        Side::Party(party) => seen::of_party(coverage, party),
        Side::World | Side::Unknown => None,
    };
    SideCoverageShape {
        known: party.is_some() && coverage.packets_undeclared == 0,
        space_v4: party.and_then(|party| party.space_v4).map(share),
        space_v6: party.and_then(|party| party.space_v6).map(share),
        time: party.map(|party| share(party.time)),
    }
}

fn oddity_line(mission: &Mission, oddity: &OddityCount) -> OddityLine {
    OddityLine {
        version: VERSION,
        kind: oddity.kind.word().to_owned(),
        meaning: oddity.kind.meaning().to_owned(),
        source: oddity.source.clone(),
        sensor: sensor_word(mission, oddity.sensor),
        count: oddity.count,
        first: OddityPlaceShape {
            packet: (oddity.first.packet > 0).then_some(oddity.first.packet),
            offset: oddity.first.offset,
            detail: oddity.first.detail.clone(),
        },
    }
}

fn pair(mission: &Mission, crossing: &Crossing) -> PairShape {
    PairShape {
        from: mission.word(crossing.from).to_owned(),
        to: mission.word(crossing.to).to_owned(),
        flows: crossing.traffic.flows,
        packets: crossing.traffic.packets,
        bytes: crossing.traffic.bytes,
    }
}

fn border(mission: &Mission, one: &BorderTraffic<'_>) -> BorderShape {
    BorderShape {
        border: one.border.id.as_str().to_owned(),
        between: one.between.iter().map(|&party| mission.word(Side::Party(party)).to_owned()).collect(),
        packets: one.total.packets,
        bytes: one.total.bytes,
        flows: one.total.flows,
        pairs: one.directions.iter().map(|way| pair(mission, way.crossing)).collect(),
    }
}

fn within(mission: &Mission, crossing: &Crossing) -> WithinShape {
    WithinShape {
        side: mission.word(crossing.from).to_owned(),
        flows: crossing.traffic.flows,
        packets: crossing.traffic.packets,
        bytes: crossing.traffic.bytes,
    }
}

fn unattributed(picture: &Picture) -> UnattributedShape {
    UnattributedShape {
        flows: picture.unattributed.flows,
        packets: picture.unattributed.packets,
        bytes: picture.unattributed.bytes,
        share_of_bytes: rounded(units::ratio(picture.unattributed.bytes, picture.counted().bytes)),
    }
}

fn safe_area(mission: &Mission, touched: &SafeAreaTraffic) -> Option<SafeAreaShape> {
    let area = mission.safe_area(touched.area)?;
    let by_side = touched.by_side.iter().map(|one| SafeAreaSideShape {
        side: mission.word(one.side).to_owned(),
        inbound: one.inbound.into(),
        outbound: one.outbound.into(),
        first: one.first.moment.to_string(),
    });
    Some(SafeAreaShape {
        id: area.id.as_str().to_owned(),
        class: area.class.to_string(),
        party: mission.word(Side::Party(area.party)).to_owned(),
        by_side: by_side.collect(),
    })
}

fn conversation(mission: &Mission, one: &Conversation, seals: &[Seal]) -> ConversationShape {
    let flow = one.flow();
    let readable = one.network != Network::Other;
    let application = one.application.word();
    ConversationShape {
        source: endpoint(mission, readable.then_some(one.source), &one.source_place),
        destination: endpoint(mission, readable.then_some(one.destination), &one.destination_place),
        network: one.network.to_string(),
        service: words::service(one.network, one.protocol, one.port),
        protocol: one.protocol,
        port: one.port,
        application: (!application.is_empty()).then(|| application.to_owned()),
        forward: one.forward.into(),
        backward: one.backward.into(),
        first: one.first.moment.to_string(),
        flow: seal_of(seals, flow).map(|seal| FlowShape { seal: seal.to_owned(), ordinal: flow.ordinal }),
    }
}

fn endpoint(mission: &Mission, address: Option<Address>, place: &Place) -> EndpointShape {
    let alternative = |other: &Alternative| AlternativeShape {
        side: mission.word(other.side).to_owned(),
        grounds: grounds(other.grounds),
        confidence: other.confidence.to_string(),
    };
    let safe_area = place.safe_area.and_then(|area| mission.safe_area(area));
    EndpointShape {
        address: address.map(|address| address.to_string()),
        side: mission.word(place.side).to_owned(),
        safe_area: safe_area.map(|area| area.id.as_str().to_owned()),
        origin: place.origin.map(|origin| origin.to_string()),
        grounds: grounds(place.grounds),
        confidence: place.confidence.to_string(),
        alternatives: place.alternatives.iter().map(alternative).collect(),
    }
}

fn grounds(grounds: Grounds) -> GroundsShape {
    GroundsShape { kind: grounds.word().to_owned(), detail: grounds.to_string() }
}

fn coverage(sides: &Sides<'_>, picture: &Picture) -> CoverageShape {
    let (mission, coverage) = (sides.mission(), &picture.coverage);
    CoverageShape {
        known: !coverage.sensors.is_empty() && coverage.packets_undeclared == 0,
        packets: coverage.packets,
        packets_undeclared: coverage.packets_undeclared,
        shed: coverage.shed,
        sensors: coverage.sensors.iter().map(|sensor| sensor_coverage(mission, sensor)).collect(),
        parties: seen::by_rank(sides, coverage)
            .filter_map(|(_, party)| Some(party_coverage(mission, party?)))
            .collect(),
    }
}

fn sensor_coverage(mission: &Mission, sensor: &SensorCoverage) -> SensorCoverageShape {
    let moment = |pick: fn(Span) -> Moment| sensor.span.map(|span| pick(span).to_string());
    let gap = |gap: &Span| GapShape { start: gap.start.to_string(), end: gap.end.to_string() };
    SensorCoverageShape {
        sensor: sensor_word(mission, Some(sensor.sensor)).unwrap_or_default(),
        packets: sensor.packets,
        start: moment(|span| span.start),
        end: moment(|span| span.end),
        alive: share(sensor.alive),
        gaps: sensor.gaps.iter().map(gap).collect(),
        gap_seconds: rounded(sensor.gap_time.as_secs_f64()),
        dropped: sensor.dropped,
        one_way: sensor.one_way,
        tcp_flows: sensor.tcp_flows,
        sampling: sensor.sampling,
    }
}

fn party_coverage(mission: &Mission, party: &PartyCoverage) -> PartyCoverageShape {
    PartyCoverageShape {
        party: mission.word(Side::Party(party.party)).to_owned(),
        space_v4: party.space_v4.map(share),
        space_v6: party.space_v6.map(share),
        time: share(party.time),
    }
}

/// The id of a sensor.
pub(super) fn sensor_word(mission: &Mission, sensor: Option<SensorIndex>) -> Option<String> {
    let sensor = mission.sensors.get(usize::from(sensor?.0))?;
    Some(sensor.id.as_str().to_owned())
}

fn share(share: Share) -> f64 {
    rounded(share.value())
}

/// Four decimals, so that the last bits of a division never show.
pub(super) fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}
