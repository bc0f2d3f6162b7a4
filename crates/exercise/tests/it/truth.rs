//! The truth equals what a small reader counts in the captures.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use blueline_exercise::Scenario;
use blueline_exercise::truth::{Amount, PairTruth, SensorTruth, Truth};
use blueline_terms::{Address, Moment, Prefix};

use super::everything;
use super::reader::{Key, Reader, records};

/// Whose side an address is on, and its safe area, from what the truth says of prefixes.
struct Map {
    parties: Vec<(String, Vec<Prefix>)>,
    areas: Vec<(String, Vec<Prefix>)>,
}

impl Map {
    fn of(truth: &Truth) -> Self {
        let blocks = |texts: &[String]| texts.iter().map(|text| text.parse().unwrap()).collect();
        Self {
            parties: truth.parties.iter().map(|party| (party.id.clone(), blocks(&party.prefixes))).collect(),
            areas: truth.safe_areas.iter().map(|area| (area.id.clone(), blocks(&area.addresses))).collect(),
        }
    }

    fn side(&self, address: IpAddr) -> &str {
        let holds =
            |(_, blocks): &&(String, Vec<Prefix>)| blocks.iter().any(|block| block.contains(Address::from(address)));
        let link_local = match address {
            IpAddr::V4(address) => address.is_link_local(),
            IpAddr::V6(address) => address.is_unicast_link_local(),
        };
        if link_local {
            return "unknown";
        }
        self.parties.iter().find(holds).map_or("world", |(id, _)| id)
    }

    fn area(&self, address: IpAddr) -> Option<&str> {
        let holds =
            |(_, blocks): &&(String, Vec<Prefix>)| blocks.iter().any(|block| block.contains(Address::from(address)));
        self.areas.iter().find(holds).map(|(id, _)| id.as_str())
    }
}

type Pairs = BTreeMap<(String, String), Amount>;

/// What the reader counts.
#[derive(Default)]
struct Recount {
    pairs: Pairs,
    periods: BTreeMap<i64, Pairs>,
    /// By safe area and other side: inbound, outbound.
    touches: BTreeMap<(String, String), [Amount; 2]>,
    fragments: u64,
    tunnelled: u64,
    arp: u64,
    v6: u64,
    packets: u64,
    first: i64,
    last: i64,
}

fn add(amount: &mut Amount, bytes: u64, opens: bool) {
    amount.packets += 1;
    amount.bytes += bytes;
    amount.flows += u64::from(opens);
}

fn recount(capture: &[u8], map: &Map, period: i64) -> Recount {
    let (ethernet, records) = records(capture);
    let mut reader = Reader::default();
    let mut flows = BTreeSet::<Key>::new();
    let mut count = Recount { first: records[0].nanos, ..Recount::default() };
    for record in &records {
        let read = reader.frame(ethernet, &record.frame);
        let bytes = record.frame.len() as u64;
        let opens = flows.insert(read.key.clone());
        let pair = (map.side(read.source).to_owned(), map.side(read.destination).to_owned());
        add(count.pairs.entry(pair.clone()).or_default(), bytes, opens);
        let start = record.nanos.div_euclid(period) * period;
        add(count.periods.entry(start).or_default().entry(pair.clone()).or_default(), bytes, opens);
        let areas = [map.area(read.source), map.area(read.destination)];
        if areas[0] != areas[1] {
            for (area, side, way) in [(areas[1], pair.0, 0), (areas[0], pair.1, 1)] {
                if let Some(area) = area {
                    add(&mut count.touches.entry((area.to_owned(), side)).or_default()[way], bytes, opens);
                }
            }
        }
        count.fragments += u64::from(read.fragment);
        count.tunnelled += u64::from(read.tunnelled);
        count.arp += u64::from(read.arp);
        count.v6 += u64::from(read.outer_v6);
        count.packets += 1;
        count.last = record.nanos;
    }
    count
}

fn pairs(truth: &[PairTruth]) -> Pairs {
    let amount = |pair: &PairTruth| Amount { packets: pair.packets, bytes: pair.bytes, flows: pair.flows };
    truth.iter().map(|pair| ((pair.from.clone(), pair.to.clone()), amount(pair))).collect()
}

fn compare(sensor: &SensorTruth, count: &Recount) {
    let id = &sensor.id;
    let told = pairs(&sensor.totals);
    let wrong = told.iter().filter(|(pair, amount)| count.pairs.get(*pair) != Some(*amount));
    let wrong: Vec<_> = wrong.map(|(pair, amount)| (pair, amount, count.pairs.get(pair))).collect();
    assert!(wrong.is_empty(), "{id}: {wrong:?}");
    assert_eq!(told.len(), count.pairs.len(), "{id}");
    let nanos = |text: &str| text.parse::<Moment>().unwrap().nanos();
    let periods: BTreeMap<_, _> =
        sensor.periods.iter().map(|period| (nanos(&period.start), pairs(&period.pairs))).collect();
    assert_eq!(periods, count.periods, "{id}");
    let touches: BTreeMap<_, _> = sensor
        .safe_areas
        .iter()
        .map(|touch| ((touch.safe_area.clone(), touch.side.clone()), [touch.inbound, touch.outbound]))
        .collect();
    assert_eq!(touches, count.touches, "{id}");
    assert_eq!(
        [sensor.fragments, sensor.tunnelled, sensor.networks.arp, sensor.networks.ipv6, sensor.packets],
        [count.fragments, count.tunnelled, count.arp, count.v6, count.packets],
        "{id}"
    );
    let sums = pairs(&sensor.totals)
        .into_values()
        .fold((0, 0, 0), |sum, amount| (sum.0 + amount.packets, sum.1 + amount.bytes, sum.2 + amount.flows));
    assert_eq!(sums, (sensor.packets, sensor.bytes, sensor.flows), "{id}");
    let moments = [&sensor.first, &sensor.last].map(|text| nanos(text.as_ref().unwrap()));
    assert_eq!(moments, [count.first, count.last], "{id}");
}

pub(crate) fn check(scenario: &Scenario, captures: &[Vec<u8>], truth: &Truth) {
    let map = Map::of(truth);
    for (capture, sensor) in captures.iter().zip(&truth.sensors) {
        compare(sensor, &recount(capture, &map, scenario.period.as_nanos() as i64));
    }
}

#[test]
fn the_truth_equals_a_recount() {
    let scenario = everything();
    let (captures, truth) = scenario.record();
    check(&scenario, &captures, &truth);
    // Everything that the recount could miss has to be there at all.
    let crossing = &truth.sensors[0];
    assert!(
        crossing.fragments > 0 && crossing.tunnelled > 0 && crossing.networks.arp > 0 && crossing.networks.ipv6 > 0
    );
    assert!(truth.sensors.iter().all(|sensor| !sensor.safe_areas.is_empty()));
}

#[test]
fn a_false_truth_is_found() {
    let scenario = everything();
    let (captures, mut truth) = scenario.record();
    truth.sensors[0].totals[0].flows += 1;
    assert!(std::panic::catch_unwind(|| check(&scenario, &captures, &truth)).is_err());
}

#[test]
fn the_truth_tells_of_every_attack() {
    let (_, truth) = everything().record();
    let told: Vec<_> =
        truth.attacks.iter().map(|a| (a.id.as_str(), a.kind.as_str(), a.vector.as_str(), a.flows)).collect();
    assert_eq!(
        told,
        [
            ("dns", "reflection", "dns", 30),
            ("ntp", "reflection", "ntp", 20),
            ("memcached", "reflection", "memcached", 3),
            ("wide", "scan", "horizontal", 400),
            ("deep", "scan", "vertical", 300),
            ("coil", "control-write", "write-single-coil", 1),
            ("registers", "control-write", "write-multiple-registers", 1),
            ("syn", "flood", "syn", 1000),
            ("udp", "flood", "udp", truth.attacks[8].packets),
            ("icmp", "flood", "icmp", 300),
        ]
    );
    let [dns, ntp, wide, coil] = [0, 1, 3, 5].map(|place| &truth.attacks[place]);
    assert!(dns.sources_misleading && dns.actor_side == "world" && dns.target_side == "north");
    assert_eq!((ntp.actor_side.as_str(), ntp.safe_area.as_deref()), ("south", Some("hospital")));
    // A request brings 61 datagrams.
    assert!(ntp.packets_back * 61 >= ntp.packets, "every answer was asked for, in another's name");
    assert_eq!((wide.targets.count, &wide.ports.first[..]), (100, &[22, 23, 445, 3389][..]));
    assert_eq!(coil.targets.first.len(), 1);
    // A gap of the crossing's hides a part of the scan there, and the second sensor saw it all.
    let seen = |place: usize| truth.sensors[place].attacks.iter().find(|seen| seen.id == "wide").unwrap();
    assert!(seen(0).packets < seen(3).packets);
    assert_eq!(seen(3).packets, wide.packets + wide.packets_back);
}
