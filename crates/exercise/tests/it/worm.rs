//! Worms spread as they are known to: by the truth's contacts and curve, and by the packets themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use blueline_exercise::truth::{AttackTruth, OutbreakTruth};
use blueline_exercise::{Packet, Scenario, Traffic, Truth};
use blueline_terms::{Moment, Side};
use blueline_wire::packet::{LinkType, decode};

/// A worm and nothing else, with a sensor that sees all that it does between sides and within the parties.
fn scenario(worm: &str) -> Scenario {
    let text = format!(
        r#"
        title = "a worm"
        seed = 5
        start = "2026-03-01T00:00:00Z"
        duration = "10m"
        period = "1m"
        [world]
        prefixes = ["192.88.99.0/24"]
        hosts = 100
        [[party]]
        id = "north"
        prefixes = ["198.18.0.0/18"]
        hosts = 2000
        [[party]]
        id = "south"
        prefixes = ["198.19.0.0/18"]
        hosts = 2000
        [[sensor]]
        id = "crossing"
        sees = [["north", "south"]]
        [[sensor]]
        id = "rest"
        sees = [["north", "north"], ["south", "south"], ["world", "north"], ["world", "south"]]
        [[worm]]
        id = "worm"
        from = "world"
        start = "10s"
        {worm}
        "#
    );
    Scenario::parse(&text).unwrap_or_else(|error| panic!("{error}"))
}

fn played(worm: &str) -> (Vec<Packet>, Truth) {
    let scenario = scenario(worm);
    (Traffic::new(&scenario).collect(), scenario.record().1)
}

fn outbreak(truth: &Truth) -> (&AttackTruth, &OutbreakTruth) {
    let attack = &truth.attacks[0];
    (attack, attack.outbreak.as_ref().unwrap())
}

fn seconds(text: &str) -> f64 {
    text.parse::<Moment>().unwrap().nanos() as f64 / 1e9
}

/// The time in which a number doubles, from the moments at which it grew by one: the slope of ln(a / (1 - a)) over time,
/// which in a population of finite size is the slope of ln(a) at its beginning. From a tenth to three quarters of all.
fn doubling(moments: &[f64], vulnerable: f64) -> f64 {
    let points = moments.iter().enumerate().filter_map(|(place, &time)| {
        let share = (place as f64 + 1.0) / (vulnerable + 1.0);
        (0.1..0.75).contains(&share).then(|| (time, (share / (1.0 - share)).ln()))
    });
    let points: Vec<_> = points.collect();
    assert!(points.len() > 50, "{} of {vulnerable} points", points.len());
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (time, logit) = (mean(|p| p.0), mean(|p| p.1));
    let slope = points.iter().map(|p| (p.0 - time) * (p.1 - logit)).sum::<f64>()
        / points.iter().map(|p| (p.0 - time).powi(2)).sum::<f64>();
    std::f64::consts::LN_2 / slope
}

/// When each host sent its first probe, as the packets say: the first SYN or datagram from it to this port.
fn first_probes(packets: &[Packet], ports: &[u16]) -> BTreeMap<IpAddr, f64> {
    let mut first = BTreeMap::new();
    for packet in packets {
        let decoded = decode(LinkType::RAW, &packet.bytes, packet.bytes.len() as u32);
        let opens = decoded.protocol == 17 || decoded.tcp_flags == 2;
        if opens && ports.contains(&decoded.destination_port) {
            first.entry(decoded.source.ip()).or_insert(packet.moment.nanos() as f64 / 1e9);
        }
    }
    first
}

const AMONG: &str = "among = [\"north\", \"south\"]\nvulnerable = 300\n";

/// A worm, the speed that brings it into ten minutes, its published doubling time, its ports.
fn published() -> [(&'static str, f64, f64, &'static [u16]); 3] {
    [
        ("slammer", 0.5, 8.5, &[1434]),
        ("code-red", 100.0, 37.0 * 60.0, &[80]),
        ("mirai", 200.0, 75.0 * 60.0, &[23, 2323]),
    ]
}

#[test]
fn growth_fits_the_published_doubling_time() {
    for (shape, speed, published, ports) in published() {
        let worm = format!("shape = \"{shape}\"\n{AMONG}speed = {speed:?}\nduration = \"6m\"");
        let (packets, truth) = played(&worm);
        let (attack, outbreak) = outbreak(&truth);
        let expected = published / speed;
        assert!((outbreak.doubling_seconds / expected - 1.0).abs() < 1e-9, "{shape}");
        assert_eq!((outbreak.vulnerable, outbreak.space), (300, 2 * 16_382));
        assert!(outbreak.infected > 290, "{shape}: {}", outbreak.infected);
        let by_truth: Vec<_> = outbreak.contacts.iter().map(|contact| seconds(&contact.time)).collect();
        let measured = doubling(&by_truth, 300.0);
        assert!((measured / expected - 1.0).abs() < 0.2, "{shape}: doubled in {measured} s, not {expected}");
        let mut by_packets: Vec<_> = first_probes(&packets, ports).into_values().collect();
        by_packets.sort_by(f64::total_cmp);
        let measured = doubling(&by_packets, 300.0);
        assert!((measured / expected - 1.0).abs() < 0.2, "{shape}: by packets doubled in {measured} s");
        assert_eq!(attack.sources.count, outbreak.infected);
    }
}

#[test]
fn twice_the_speed_is_half_the_time() {
    let at = |speed: &str| {
        let (_, truth) = played(&format!("shape = \"slammer\"\n{AMONG}speed = {speed}\nduration = \"6m\""));
        let (_, outbreak) = outbreak(&truth);
        doubling(&outbreak.contacts.iter().map(|c| seconds(&c.time)).collect::<Vec<_>>(), 300.0)
    };
    let ratio = at("0.5") / at("1.0");
    assert!((1.6..2.4).contains(&ratio), "{ratio}");
}

#[test]
fn only_those_who_were_reached_probe_and_each_after_it_was_infected() {
    for (shape, speed, _, ports) in published() {
        let (packets, truth) = played(&format!("shape = \"{shape}\"\n{AMONG}speed = {speed:?}\nduration = \"4m\""));
        let (_, outbreak) = outbreak(&truth);
        let infected: BTreeMap<IpAddr, f64> =
            outbreak.contacts.iter().map(|contact| (contact.host.parse().unwrap(), seconds(&contact.time))).collect();
        assert_eq!(infected.len(), outbreak.contacts.len(), "{shape}: nobody is infected twice");
        let probes = first_probes(&packets, ports);
        assert!(probes.keys().all(|host| infected.contains_key(host)), "{shape}");
        for (host, first) in &probes {
            assert!(*first >= infected[host], "{shape}: {host} probed before it was infected");
        }
        // The contacts are a tree: who infects was infected before, the first has nobody.
        assert_eq!(outbreak.contacts.iter().filter(|contact| contact.by.is_none()).count(), 1);
        assert!(outbreak.contacts.is_sorted_by_key(|contact| contact.time.parse::<Moment>().unwrap()));
        let reached: BTreeSet<(IpAddr, IpAddr)> = packets
            .iter()
            .filter(|packet| packet.forward)
            .map(|packet| {
                let decoded = decode(LinkType::RAW, &packet.bytes, packet.bytes.len() as u32);
                (decoded.source.ip(), decoded.destination.ip())
            })
            .collect();
        for contact in outbreak.contacts.iter().filter(|contact| contact.by.is_some()) {
            let (by, host): (IpAddr, IpAddr) =
                (contact.by.as_ref().unwrap().parse().unwrap(), contact.host.parse().unwrap());
            assert!(infected[&by] <= seconds(&contact.time), "{shape}");
            assert!(reached.contains(&(by, host)), "{shape}: no packet from {by} to {host}");
            // Where it could be seen is where the two stand.
            let crossing =
                contact.by_side.as_deref() != Some(&contact.side) && contact.by_side.as_deref() != Some("world");
            assert_eq!(contact.seen_by, [if crossing { "crossing" } else { "rest" }], "{shape}");
        }
        let seen: u64 = truth.sensors.iter().map(|sensor| sensor.attacks[0].infections.unwrap()).sum();
        assert_eq!(seen + 1, outbreak.infected);
        let last = outbreak.curve.last().unwrap();
        assert_eq!((outbreak.curve.len(), last.infected), (101, outbreak.infected));
        assert!(outbreak.curve.is_sorted_by_key(|point| point.infected));
    }
}

#[test]
fn probes_have_their_worms_shape() {
    // Slammer: 404 bytes with its headers, always from one port of a host, no address twice.
    let (packets, _) = played(&format!("shape = \"slammer\"\n{AMONG}speed = 0.5\nduration = \"100s\""));
    let mut pairs = BTreeSet::new();
    let mut ports: BTreeMap<IpAddr, BTreeSet<u16>> = BTreeMap::new();
    for packet in &packets {
        let decoded = decode(LinkType::RAW, &packet.bytes, packet.bytes.len() as u32);
        assert_eq!((packet.bytes.len(), decoded.payload.len(), decoded.destination_port), (404, 376, 1434));
        assert_eq!(decoded.payload[0], 4);
        assert!(pairs.insert((decoded.source, decoded.destination)));
        ports.entry(decoded.source.ip()).or_default().insert(decoded.source_port);
    }
    assert!(ports.values().all(|ports| ports.len() == 1));
    // Mirai: the number of a probe's SYN is its target's address; one in ten goes to the second port.
    let (packets, _) = played(&format!("shape = \"mirai\"\n{AMONG}speed = 200.0\nduration = \"4m\""));
    let (mut marked, mut second, mut logins) = (0u32, 0u32, 0u32);
    for packet in packets.iter().filter(|packet| packet.forward) {
        let decoded = decode(LinkType::RAW, &packet.bytes, packet.bytes.len() as u32);
        let number = u32::from_be_bytes(packet.bytes[24..28].try_into().unwrap());
        if decoded.tcp_flags == 2 && u128::from(number) == decoded.destination.bits() & 0xffff_ffff {
            marked += 1;
            second += u32::from(decoded.destination_port == 2323);
        } else if decoded.tcp_flags == 2 {
            logins += 1;
        }
    }
    assert!(marked > 5000 && logins > 300 && logins < marked / 10, "{marked} probes, {logins} logins");
    assert!((0.08..0.12).contains(&(f64::from(second) / f64::from(marked))), "{second} of {marked}");
    // Code Red: a request of some 4 KB with a long run of one letter, and nothing that could run.
    let (packets, _) = played(&format!("shape = \"code-red\"\n{AMONG}speed = 100.0\nduration = \"4m\""));
    let requests = packets.iter().filter(|packet| {
        decode(LinkType::RAW, &packet.bytes, packet.bytes.len() as u32).payload.starts_with(b"GET /exercise.ida?NNNNNN")
    });
    assert!(requests.count() > 200);
}

#[test]
fn conficker_keeps_its_rate_and_prefers_its_own_side() {
    let worm = "shape = \"conficker\"\namong = [\"north\", \"south\"]\nvulnerable = 300\nprobes_per_second = 20.0\n\
                duration = \"90s\"";
    let (packets, truth) = played(worm);
    let (attack, outbreak) = outbreak(&truth);
    assert_eq!(outbreak.probes_per_second, 20.0);
    assert_eq!(attack.ports.first, [445]);
    let mut ways = BTreeMap::new();
    for packet in packets.iter().filter(|packet| packet.forward && packet.path.0 != Side::World) {
        let decoded = decode(LinkType::RAW, &packet.bytes, packet.bytes.len() as u32);
        if decoded.tcp_flags == 2 {
            *ways.entry(packet.path.0 == packet.path.1).or_insert(0u32) += 1;
        }
    }
    let own = f64::from(ways[&true]) / f64::from(ways[&true] + ways[&false]);
    // A fifth goes to the own side, and half of the rest does too.
    assert!((0.56..0.64).contains(&own), "{own}");
}

#[test]
fn a_worm_that_finds_nobody_does_not_spread() {
    let (packets, truth) =
        played("shape = \"slammer\"\namong = [\"north\"]\nvulnerable = 1\nprobes_per_second = 2.0\nduration = \"60s\"");
    let (attack, outbreak) = outbreak(&truth);
    assert_eq!((outbreak.infected, attack.sources.count), (1, 1));
    assert!((100..=140).contains(&packets.len()), "{} probes at 2 a second for 60 s", packets.len());
}

#[test]
fn exchanged_parties_have_exchanged_outbreaks() {
    let original = scenario(&format!("shape = \"mirai\"\n{AMONG}speed = 200.0\nduration = \"4m\""));
    let exchanged = original.with_exchanged_addresses(0, 1).unwrap();
    let (one, other) = (original.record().1, exchanged.record().1);
    let sides = |truth: &Truth| {
        let contacts = truth.attacks[0].outbreak.as_ref().unwrap().contacts.iter();
        contacts
            .map(|contact| (contact.time.clone(), contact.by_side.clone(), contact.side.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(sides(&one), sides(&other), "what happens depends on no address");
    assert_eq!(one.sensors, other.sensors);
}

/// The truth counts flows that were opened, to the scenario's last moment.
#[test]
fn flows_are_right_when_the_scenario_ends_in_the_middle() {
    for shape in ["mirai", "code-red", "conficker"] {
        let text = format!("shape = \"{shape}\"\n{AMONG}probes_per_second = 50.0\nduration = \"10m\"");
        let mut scenario = scenario(&text);
        scenario.duration = std::time::Duration::from_secs(21);
        let packets: Vec<_> = Traffic::new(&scenario).collect();
        let flows: BTreeSet<u64> = packets.iter().map(|packet| packet.flow).collect();
        assert_eq!(scenario.record().1.attacks[0].flows, flows.len() as u64, "{shape}");
    }
}
