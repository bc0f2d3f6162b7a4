//! A hand-made mission and its picture: three parties, two of them busy, one sensor with gaps, one undeclared source.

use std::time::Duration;

use blueline_report::Seal;
use blueline_terms::coverage::{PartyCoverage, SensorCoverage};
use blueline_terms::picture::*;
use blueline_terms::*;

pub(crate) const A: Side = Side::Party(PartyIndex(0));
pub(crate) const B: Side = Side::Party(PartyIndex(1));
pub(crate) const C: Side = Side::Party(PartyIndex(2));
const BIN: Duration = Duration::from_secs(10);
const BINS: usize = 60;

pub(crate) fn mission() -> Mission {
    let sensor = |id: &str, vantage: &str, sees: &[&str], sampling| Sensor {
        id: id.parse().unwrap(),
        vantage: Some(vantage.to_owned()),
        sees: prefixes(sees),
        sampling,
        longest_silence: Duration::from_secs(20),
    };
    let area = |id: &str, name: &str, class, party, prefix: &str| SafeArea {
        id: id.parse().unwrap(),
        names: [("en".to_owned(), name.to_owned())].into(),
        class,
        party: PartyIndex(party),
        prefixes: prefixes(&[prefix]),
    };
    Mission {
        title: "Line monitoring mission".to_owned(),
        parties: vec![
            known(
                "arden",
                &[("en", "Arden"), ("ar", "أردن"), ("zh", "阿登")],
                &["192.0.2.0/24", "2001:db8:a::/48"],
                64_500,
            ),
            known(
                "boral",
                &[("en", "Boral"), ("ar", "بورل"), ("zh", "博拉")],
                &["198.51.100.0/24", "2001:db8:b::/48"],
                64_501,
            ),
            party("corvo", &[("en", "Corvo"), ("ar", "كرفو"), ("zh", "科沃")], &["203.0.113.0/25"], 64_502),
        ],
        borders: vec![
            border("east-ridge", &[2, 1]),
            border("north-line", &[0, 1]),
            border("three-corners", &[2, 0, 1]),
            border("salt-coast", &[0, 2]),
        ],
        safe_areas: vec![
            area("st-anne", "St Anne Hospital", SafeAreaClass::Hospital, 1, "198.51.100.16/28"),
            area("mill-water", "Mill water works", SafeAreaClass::Water, 0, "192.0.2.64/28"),
        ],
        sensors: vec![
            sensor("gate-north", "peering point, north", &["192.0.2.0/24", "198.51.100.0/24"], 1),
            sensor("gate-south", "transit link, south", &["198.51.100.0/25", "2001:db8:b::/48"], 1),
            sensor("exchange", "internet exchange", &["203.0.113.0/25"], 100),
        ],
    }
}

fn border(id: &str, between: &[u16]) -> Border {
    Border { id: id.parse().unwrap(), between: between.iter().copied().map(PartyIndex).collect() }
}

/// A party with all that can be declared of one.
fn known(id: &str, names: &[(&str, &str)], space: &[&str], asn: u32) -> Party {
    Party {
        domains: vec![format!("{id}.example")],
        contacts: vec![
            Contact {
                role: "csirt".to_owned(),
                name: format!("{id} duty desk"),
                email: Some(format!("csirt@{id}.example")),
                phone: None,
            },
            Contact {
                role: "diplomatic".to_owned(),
                name: format!("office of {id}"),
                email: None,
                phone: Some("+99 555 0100".to_owned()),
            },
        ],
        keys: vec![PublicKey {
            algorithm: "ed25519".to_owned(),
            base64: format!("MCowBQYDK2VwAyEA{}AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", id.to_uppercase()),
        }],
        ..party(id, names, space, asn)
    }
}

fn party(id: &str, names: &[(&str, &str)], space: &[&str], asn: u32) -> Party {
    Party {
        id: id.parse().unwrap(),
        names: names.iter().map(|(tag, name)| ((*tag).to_owned(), (*name).to_owned())).collect(),
        prefixes: prefixes(space),
        asns: vec![Asn(asn)],
        countries: vec![],
        domains: vec![],
        contacts: vec![],
        keys: vec![],
    }
}

fn prefixes(texts: &[&str]) -> Vec<Prefix> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

pub(crate) fn seals() -> Vec<Seal> {
    let seal = |sensor: Option<u16>, fill: &str, batches| Seal {
        sensor: sensor.map(SensorIndex),
        head: fill.repeat(16),
        batches,
        // Conversations of the sample begin in batches 1 to 3; the last is not sealed yet.
        named: sensor
            .filter(|&sensor| sensor < 2)
            .map(|sensor| (u32::from(sensor) + 1, "5ea1".repeat(16)))
            .into_iter()
            .collect(),
    };
    vec![seal(Some(0), "8f3a", 128), seal(Some(1), "01c7", 61), seal(Some(2), "d95e", 7), seal(None, "77ab", 3)]
}

fn start() -> Moment {
    Moment::from_seconds(1_772_359_200, 0)
}

pub(crate) fn at(seconds: u64) -> Moment {
    start().plus(Duration::from_secs(seconds))
}

fn first(seconds: u64) -> FirstSeen {
    FirstSeen { moment: at(seconds), batch: seconds as u32 / 10, ordinal: 17 }
}

fn traffic(flows: u64, packets: u64, bytes: u64) -> Traffic {
    Traffic { flows, packets, bytes }
}

/// Each pair's traffic in one bin: a swell, a saw, a burst; whole numbers only.
fn shape(pair: usize, bin: usize) -> Traffic {
    let (swell, saw) = ((bin * (BINS - bin)) as u64, (bin % 12) as u64);
    let bytes = match pair {
        0 => 40_000 + swell * 900 + if (34..40).contains(&bin) { 4_200_000 } else { 0 },
        1 => 30_000 + swell * 500 + saw * 9000,
        2 => 250_000 + saw * 31_000,
        3 => 90_000 + (11 - saw) * 12_000,
        4 => {
            if bin >= 20 {
                60_000 + saw * 2000
            } else {
                0
            }
        }
        5 => 9_000 + swell * 40,
        6 => {
            if bin.is_multiple_of(7) {
                14_000
            } else {
                0
            }
        }
        _ => 700,
    };
    traffic(bytes / 21_000 + u64::from(bytes > 0), bytes / 640 + u64::from(bytes > 0), bytes)
}

const PAIRS: [(Side, Side); 8] = [
    (A, B),
    (B, A),
    (Side::World, B),
    (A, Side::World),
    (B, Side::World),
    (C, A),
    (Side::Unknown, B),
    (C, Side::World),
];

/// Records that two sources of one sensor brought.
pub(crate) const COPIES: Traffic = Traffic { flows: 0, packets: 41_000, bytes: 26_000_000 };

/// The picture of the whole run.
pub(crate) fn run() -> Picture {
    let bin = |number: usize| Bin {
        start: at(number as u64 * 10),
        crossing: (0..6).map(|pair| (PAIRS[pair].0, PAIRS[pair].1, shape(pair, number))).collect(),
        total: (0..8).map(|pair| shape(pair, number)).chain([traffic(4, 90, 61_000)]).fold(Traffic::default(), sum),
    };
    let timeline = Timeline { bins: (0..BINS).map(bin).collect() };
    let mut crossings: Vec<_> = PAIRS
        .iter()
        .enumerate()
        .map(|(pair, &(from, to))| Crossing {
            from,
            to,
            traffic: (0..BINS).map(|bin| shape(pair, bin)).fold(Traffic::default(), sum),
            first: first(pair as u64 * 7),
        })
        .collect();
    crossings.sort_by_key(|crossing| (std::cmp::Reverse(crossing.traffic.bytes), crossing.first));
    let unattributed = crossings.iter().find(|crossing| crossing.from == Side::Unknown).unwrap().traffic;
    let within = vec![within(A, 2_460_000), within(B, 1_200_000)];
    let counted = crossings.iter().chain(&within).map(|one| one.traffic).fold(Traffic::default(), sum);
    Picture {
        period: None,
        span: Some(Span { start: at(0), end: at(599) }),
        total: sum(counted, COPIES),
        unattributed,
        crossings,
        within,
        before: vec![],
        top: top(),
        top_error: 4_096,
        safe_areas: safe_areas(),
        safe_area_top: top().into_iter().filter(|one| one.destination_place.safe_area.is_some()).collect(),
        new_services: new_services(),
        timeline,
        coverage: coverage(),
        oddities: oddities(),
        oddity_total: 1_289 + COPIES.packets,
    }
}

/// The picture of one period of it, with one before.
pub(crate) fn period() -> Picture {
    let whole = run();
    let bin = &whole.timeline.bins[35];
    let crossing = |(place, (from, to)): (usize, &(Side, Side))| Crossing {
        from: *from,
        to: *to,
        traffic: shape(place, 35),
        first: first(350 + place as u64),
    };
    let mut crossings: Vec<_> = PAIRS.iter().enumerate().map(crossing).filter(|one| one.traffic.bytes > 0).collect();
    crossings.sort_by_key(|crossing| (std::cmp::Reverse(crossing.traffic.bytes), crossing.first));
    let within = vec![within(A, 41_000), within(B, 20_000)];
    let before = crossings.iter().map(|crossing| {
        let place = PAIRS.iter().position(|pair| *pair == (crossing.from, crossing.to)).unwrap();
        shape(place, 33)
    });
    Picture {
        period: Some(Period::holding(bin.start, BIN)),
        span: Some(Span { start: bin.start, end: at(359) }),
        total: crossings.iter().chain(&within).map(|one| one.traffic).fold(Traffic::default(), sum),
        unattributed: shape(6, 35),
        before: before.collect(),
        within,
        timeline: Timeline { bins: vec![bin.clone()] },
        crossings,
        oddities: whole.oddities[1..3].to_vec(),
        oddity_total: 1_214,
        ..whole
    }
}

fn sum(mut left: Traffic, right: Traffic) -> Traffic {
    left += right;
    left
}

fn within(side: Side, bytes: u64) -> Crossing {
    Crossing { from: side, to: side, traffic: traffic(bytes / 10_000, bytes / 700, bytes), first: first(1) }
}

fn declared(side: Side, prefix: &str, safe_area: Option<u16>) -> Place {
    Place {
        side,
        safe_area: safe_area.map(SafeAreaIndex),
        origin: None,
        grounds: Grounds::Declared(prefix.parse().unwrap()),
        confidence: Confidence::High,
        alternatives: vec![],
    }
}

fn top() -> Vec<Conversation> {
    let a = || declared(A, "192.0.2.0/24", None);
    let world = || Place {
        side: Side::World,
        safe_area: None,
        origin: Some(Asn(64_511)),
        grounds: Grounds::Unclaimed,
        confidence: Confidence::Moderate,
        alternatives: vec![Alternative {
            side: C,
            grounds: Grounds::Registry("XC".parse().unwrap(), "203.0.113.0/24".parse().unwrap()),
            confidence: Confidence::Low,
        }],
    };
    let origin = Place {
        side: B,
        safe_area: None,
        origin: Some(Asn(64_501)),
        grounds: Grounds::Origin(Asn(64_501), "2001:db8:b::/48".parse().unwrap()),
        confidence: Confidence::Moderate,
        alternatives: vec![],
    };
    let unknown = Place {
        side: Side::Unknown,
        safe_area: None,
        origin: None,
        grounds: Grounds::Special("10.0.0.0/8".parse().unwrap()),
        confidence: Confidence::High,
        alternatives: vec![],
    };
    let talk = |source: &str,
                source_place,
                destination: &str,
                destination_place,
                (protocol, port),
                application,
                bytes: u64,
                back: u64| {
        Conversation {
            source: source.parse().unwrap(),
            destination: destination.parse().unwrap(),
            network: if source.contains(':') { Network::Ipv6 } else { Network::Ipv4 },
            protocol,
            port,
            application,
            source_place,
            destination_place,
            forward: traffic(1 + bytes / 400_000, 1 + bytes / 800, bytes),
            backward: traffic(0, back / 600, back),
            first: first(12 + u64::from((port + 1) % 3) * 10),
        }
    };
    let b = |area| declared(B, "198.51.100.0/24", area);
    vec![
        talk("192.0.2.14", a(), "198.51.100.20", b(Some(0)), (6, 443), Application::Tls, 25_310_000, 1_204_000),
        talk("203.0.113.200", world(), "198.51.100.80", b(None), (17, 53), Application::Dns, 14_020_000, 310_000),
        talk(
            "2001:db8:a:17::beef",
            declared(A, "2001:db8:a::/48", None),
            "2001:db8:b:0:aa:bb:cc:dd",
            origin,
            (6, 22),
            Application::Ssh,
            6_100_000,
            8_900_000,
        ),
        talk(
            "198.51.100.9",
            b(None),
            "192.0.2.70",
            declared(A, "192.0.2.64/28", Some(1)),
            (6, 502),
            Application::Modbus,
            410_000,
            390_500,
        ),
        talk("10.1.9.3", unknown, "198.51.100.20", b(Some(0)), (6, 8443), Application::Unrecognised, 126_000, 0),
        talk(
            "203.0.113.7",
            declared(C, "203.0.113.0/25", None),
            "192.0.2.3",
            a(),
            (1, 0),
            Application::Unrecognised,
            98_000,
            98_000,
        ),
    ]
}

fn safe_areas() -> Vec<SafeAreaTraffic> {
    let side = |side, inbound, outbound| SafeAreaSide { side, inbound, outbound, first: first(14) };
    vec![
        SafeAreaTraffic {
            area: SafeAreaIndex(0),
            by_side: vec![
                side(A, traffic(64, 31_000, 25_310_000), traffic(0, 2_006, 1_204_000)),
                side(Side::Unknown, traffic(1, 158, 126_000), Traffic::default()),
            ],
        },
        SafeAreaTraffic {
            area: SafeAreaIndex(1),
            by_side: vec![side(B, traffic(2, 513, 410_000), traffic(0, 650, 390_500))],
        },
    ]
}

fn new_services() -> Vec<NewService> {
    let new = |from, to, protocol, port, bytes: u64, seconds| NewService {
        service: Service { from, to, network: Network::Ipv4, protocol, port },
        traffic: traffic(1 + bytes / 90_000, 1 + bytes / 700, bytes),
        first: first(seconds),
    };
    vec![
        new(B, A, 6, 502, 800_500, 211),
        new(Side::World, B, 17, 53, 14_330_000, 215),
        new(Side::Unknown, B, 6, 8443, 126_000, 402),
        new(C, A, 1, 0, 98_000, 433),
    ]
}

fn coverage() -> Coverage {
    let gap = |from, to| Span { start: at(from), end: at(to) };
    let sensor = |index, packets, from, to, alive: f64, gaps: Vec<Span>, dropped, one_way, sampling| SensorCoverage {
        sensor: SensorIndex(index),
        packets,
        span: Some(Span { start: at(from), end: at(to) }),
        alive: Share::of(alive, 1.0),
        gap_time: gaps.iter().map(|gap| gap.duration()).sum(),
        gaps,
        dropped,
        one_way,
        tcp_flows: 3_200,
        sampling,
    };
    let party = |index, v4: f64, v6: Option<f64>, time: f64| PartyCoverage {
        party: PartyIndex(index),
        space_v4: Some(Share::of(v4, 1.0)),
        space_v6: v6.map(|share| Share::of(share, 1.0)),
        time: Share::of(time, 1.0),
    };
    Coverage {
        sensors: vec![
            sensor(0, 141_220, 0, 599, 1.0, vec![], Some(0), 96, 1),
            sensor(1, 52_031, 0, 599, 0.808, vec![gap(180, 255), gap(470, 510)], Some(1_204), 2_100, 1),
            sensor(2, 803, 120, 599, 0.8, vec![gap(0, 120)], None, 0, 100),
        ],
        parties: vec![party(0, 1.0, Some(0.0), 1.0), party(1, 1.0, Some(1.0), 0.904), party(2, 1.0, None, 0.8)],
        packets_undeclared: 9_870,
        packets: 203_924,
        shed: 12,
    }
}

fn oddities() -> Vec<OddityCount> {
    let odd = |kind, source: &str, sensor: Option<u16>, count, packet, offset, detail: &str| OddityCount {
        source: source.to_owned(),
        sensor: sensor.map(SensorIndex),
        kind,
        count,
        first: Oddity { kind, offset, packet, detail: detail.to_owned() },
    };
    vec![
        odd(
            OddityKind::CustodyDuplicate,
            "gate-north-again.pcapng",
            Some(0),
            COPIES.packets,
            1,
            188,
            "another source brought this packet",
        ),
        odd(
            OddityKind::CaptureShort,
            "gate-north.pcapng.zst",
            Some(0),
            1_208,
            311,
            204_112,
            "96 bytes captured of 1514",
        ),
        odd(
            OddityKind::FragmentOverlap,
            "gate-south.pcap",
            Some(1),
            71,
            90_210,
            61_002_118,
            "offset 1480 was already filled",
        ),
        odd(OddityKind::Ipv4Malformed, "gate-south.pcap", Some(1), 9, 17, 1_662, "header length 3 is below 5"),
        odd(
            OddityKind::SourceTruncated,
            "visitor.pcap",
            None,
            1,
            0,
            9_120_004,
            "the last record wants 1400 bytes, 212 are there",
        ),
    ]
}

/// A picture of nothing.
pub(crate) fn empty() -> Picture {
    Picture {
        period: None,
        span: None,
        total: Traffic::default(),
        unattributed: Traffic::default(),
        crossings: vec![],
        within: vec![],
        before: vec![],
        top: vec![],
        top_error: 0,
        safe_areas: vec![],
        safe_area_top: vec![],
        new_services: vec![],
        timeline: Timeline::default(),
        coverage: Coverage::default(),
        oddities: vec![],
        oddity_total: 0,
    }
}

/// So many parties with long names, each sending to each.
pub(crate) fn crowd(parties: u16) -> (Mission, Picture) {
    let name = |n: u16| format!("The Very Long Name of Party Number {n} of this Agreement");
    let one = |n: u16| party(&format!("party-{n}"), &[("en", &name(n))], &[&format!("10.{n}.0.0/16")], u32::from(n));
    let mission = Mission { parties: (0..parties).map(one).collect(), ..Mission::default() };
    let pairs = (0..parties).flat_map(|from| (0..parties).map(move |to| (from, to))).filter(|(from, to)| from != to);
    let crossing = |(from, to): (u16, u16)| Crossing {
        from: Side::Party(PartyIndex(from)),
        to: Side::Party(PartyIndex(to)),
        traffic: traffic(1, 10, 1_000_000 - u64::from(from) * 1000 - u64::from(to)),
        first: first(1),
    };
    (mission, Picture { crossings: pairs.map(crossing).collect(), ..empty() })
}

/// The seals of batches 1 and 2; later ones are not sealed yet.
pub(crate) fn seal_of(batch: u32) -> Option<String> {
    seals().iter().find_map(|seal| seal.named.get(&batch)).cloned()
}

fn host(address: &str, side: Side, safe_area: Option<u16>, confidence: Confidence) -> finding::Party {
    finding::Party { address: address.parse().unwrap(), side, safe_area: safe_area.map(SafeAreaIndex), confidence }
}

/// A finding of this kind with little in it.
pub(crate) fn claimed(id: u64, kind: &'static str, vector: &'static str, confidence: Confidence) -> Finding {
    Finding {
        id: FindingId(id),
        state: FindingState::Ended,
        kind: kind.into(),
        vector: vector.into(),
        class: "availability/ddos".into(),
        effect: finding::Effect::A,
        span: Span { start: at(180), end: at(240) },
        actors: vec![],
        targets: vec![host("198.51.100.20", B, Some(0), Confidence::High)],
        target_count: 1,
        sources: finding::Sources::default(),
        ports: vec![443],
        flow_count: 1,
        packets: 1_000,
        bytes: 60_000,
        measure: None,
        confidence,
        grounds: vec![],
        against: vec![],
        flows: vec![FlowId { batch: 2, ordinal: 17 }, FlowId { batch: 9, ordinal: 3 }],
        contacts: vec![],
        sensors: vec![Some(SensorIndex(0))],
    }
}

/// Findings of several kinds, in no order: floods with and without forged sources, a reflection, backscatter, a scan
/// whose words nobody has, a worm with sides of every sureness.
pub(crate) fn findings() -> Vec<Finding> {
    use blueline_terms::finding::{Measure, Reason, Sources, Value};
    let sample = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
    let sources =
        |count, estimated, texts: &[&str], spoofed| Sources { count, estimated, sample: sample(texts), spoofed };
    let rate = |value, baseline| Some(Measure { what: "packets-per-second".into(), value, baseline, threshold: 100.0 });
    let forged = Finding {
        // A detector that slips: it names those whose addresses it says are forged.
        actors: vec![host("192.0.2.99", A, None, Confidence::High)],
        sources: sources(41_200, true, &["192.0.2.99", "203.0.113.77", "240.0.0.9"], Spoofed::Likely),
        flow_count: 1_203_998,
        packets: 1_204_000,
        bytes: 72_240_000,
        measure: rate(20_480.0, Some(41.5)),
        grounds: vec![
            Reason::new("rate-over-bound").with("rate", 20_480).with("bound", 100),
            Reason::new("many-senders").with("senders", 41_200),
            Reason::new("impossible-senders").with("share", Value::Share(0.137)),
        ],
        against: vec![Reason::new("seen-by-several").with("sensors", 2)],
        sensors: vec![Some(SensorIndex(0)), Some(SensorIndex(1))],
        ..claimed(0x0f1e_2d3c_4b5a_6978, "ddos.flood", "syn", Confidence::High)
    };
    let stream = Finding {
        state: FindingState::Changed,
        actors: vec![host("192.0.2.14", A, None, Confidence::High), host("192.0.2.15", A, None, Confidence::High)],
        targets: vec![host("2001:db8:b:0:aa:bb:cc:dd", B, None, Confidence::Moderate)],
        sources: sources(2, false, &["192.0.2.14", "192.0.2.15"], Spoofed::Unlikely),
        flow_count: 3,
        packets: 88_000,
        bytes: 105_600_000,
        measure: rate(9_000.0, None),
        grounds: vec![Reason::new("rate-over-bound").with("rate", 9_000).with("bound", 2_000)],
        against: vec![Reason::new("may-be-a-stream").with("senders", 2), Reason::new("one-way-sensor")],
        ..claimed(0x1111_2222_3333_4444, "ddos.flood", "udp", Confidence::Low)
    };
    let reflected = Finding {
        targets: vec![host("192.0.2.70", A, Some(1), Confidence::High)],
        sources: sources(4_276, false, &["203.0.113.7", "203.0.113.8"], Spoofed::Unlikely),
        ports: vec![54_609],
        flow_count: 4_276,
        packets: 8_552,
        bytes: 2_565_600,
        measure: rate(8_552.0, None),
        grounds: vec![
            Reason::new("answers-not-asked").with("answers", 8_552).with("servers", 4_276),
            Reason::new("servers-are-abused"),
        ],
        ..claimed(0x2222_0000_0000_0001, "ddos.reflection", "snmp", Confidence::High)
    };
    let backscatter = Finding {
        state: FindingState::Opened,
        targets: vec![host("203.0.113.200", Side::World, None, Confidence::Moderate)],
        sources: sources(31, false, &["192.0.2.1", "198.51.100.4"], Spoofed::Likely),
        packets: 40,
        bytes: 2_400,
        grounds: vec![
            Reason::new("answers-unasked").with("hosts", 31).with("packets", 40),
            Reason::new("sender-is-target"),
        ],
        sensors: vec![None],
        ..claimed(0x3333_0000_0000_0002, "scan.backscatter", "tcp", Confidence::Moderate)
    };
    let scan = Finding {
        class: "information-gathering/scanner".into(),
        effect: finding::Effect::NONE,
        actors: vec![host("203.0.113.9", C, None, Confidence::Low)],
        targets: vec![
            host("198.51.100.1", B, None, Confidence::High),
            host("10.1.9.3", Side::Unknown, None, Confidence::High),
        ],
        target_count: 212,
        sources: sources(1, false, &["203.0.113.9"], Spoofed::Unknown),
        ports: vec![22, 2222],
        packets: 424,
        bytes: 25_440,
        grounds: vec![Reason::new("never-heard-of").with("hosts", 212).with("since", at(180))],
        against: vec![Reason::new("announced")],
        ..claimed(0x4444_0000_0000_0003, "scan.horizontal", "tcp", Confidence::Moderate)
    };
    let worm = Finding {
        class: "malicious-code/infected-system".into(),
        effect: finding::Effect::C.and(finding::Effect::I).and(finding::Effect::A),
        actors: vec![host("198.51.100.9", B, None, Confidence::Moderate)],
        targets: vec![host("192.0.2.3", A, None, Confidence::High), host("203.0.113.7", C, None, Confidence::High)],
        target_count: 2,
        sources: sources(1, false, &["198.51.100.9"], Spoofed::Unlikely),
        ports: vec![445],
        packets: 93,
        bytes: 18_004,
        contacts: vec![finding::Contact {
            from: "198.51.100.9".parse().unwrap(),
            to: "192.0.2.3".parse().unwrap(),
            first: at(181),
        }],
        ..claimed(0x5555_0000_0000_0004, "worm.spread", "", Confidence::High)
    };
    vec![stream, backscatter, forged, scan, worm, reflected]
}
