//! Every attack is what it says: its packets, read by `wire`, which knows nothing of the generator.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::LazyLock;

use blueline_exercise::{Packet, Scenario, Traffic, Truth};
use blueline_terms::{Application, Fragment, Network, Side, Weight};
use blueline_wire::application::{Fact, Inspection, Role, Summary, inspect};
use blueline_wire::packet::{LinkType, Packet as Decoded, decode};

use super::attacks;
use super::reader::{Key, Reader, Sequences, records};

const SYN: u8 = 2;
const SYN_ACK: u8 = 18;

struct Played {
    scenario: Scenario,
    packets: Vec<Packet>,
    captures: Vec<Vec<u8>>,
    truth: Truth,
}

static PLAYED: LazyLock<Played> = LazyLock::new(|| {
    let scenario = attacks();
    let (captures, truth) = scenario.record();
    Played { packets: Traffic::new(&scenario).collect(), captures, truth, scenario }
});

/// The packets of an attack.
fn of(id: &str) -> Vec<&'static Packet> {
    let place = PLAYED.scenario.attacks.iter().position(|attack| attack.id == id).unwrap();
    let packets: Vec<_> = PLAYED.packets.iter().filter(|packet| packet.attack == Some(place)).collect();
    assert!(!packets.is_empty(), "{id} has no packet");
    packets
}

fn read(packet: &Packet) -> Decoded<'_> {
    let decoded = decode(LinkType::RAW, &packet.bytes, packet.bytes.len() as u32);
    let odd: Vec<_> = decoded.oddities.iter().map(|noted| noted.kind).collect();
    assert!(odd.is_empty(), "{odd:?} in a packet at {}", packet.moment);
    decoded
}

/// What the payload says, if it says anything. Nothing may be malformed.
fn said<'a>(packet: &Decoded<'a>) -> Option<Summary<'a>> {
    match inspect(packet.protocol, packet.source_port, packet.destination_port, packet.payload) {
        Inspection::Fact(fact) => Some(fact.summary()),
        Inspection::Malformed(application, what) => panic!("{application:?}: {what}"),
        Inspection::Nothing | Inspection::Incomplete { .. } => None,
    }
}

fn addresses(packets: &[&Packet], of: impl Fn(&Decoded<'_>) -> IpAddr) -> BTreeSet<IpAddr> {
    packets.iter().map(|packet| of(&read(packet))).collect()
}

fn source(packet: &Decoded<'_>) -> IpAddr {
    packet.source.ip()
}

fn target(packet: &Decoded<'_>) -> IpAddr {
    packet.destination.ip()
}

#[test]
fn every_capture_reads_back_and_agrees_with_the_truth() {
    super::truth::check(&PLAYED.scenario, &PLAYED.captures, &PLAYED.truth);
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let (captures, truth) = attacks().record();
    assert!(captures == PLAYED.captures && truth == PLAYED.truth);
    let (others, _) = attacks().with_seed(12).record();
    assert!(captures.iter().zip(&others).all(|(one, other)| one != other));
}

/// The bytes are a contract: in every later version and on every machine the same. Who changes them on purpose writes the
/// new numbers here and says why in the commit.
#[test]
fn the_bytes_are_those_of_every_machine() {
    let digest = |bytes: &[u8]| {
        // FNV-1a (Fowler, Noll and Vo), which is enough against chance.
        bytes
            .iter()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
    };
    let found: Vec<_> = PLAYED.captures.iter().map(|capture| format!("{:016x}", digest(capture))).collect();
    assert_eq!(found, ["b4d91468b278b37f", "1c3cf1f1124924d6", "c1e49c270c8a4f48", "eb962af84d4aa54b"]);
}

#[test]
fn every_attack_happens_where_and_as_often_as_the_truth_says() {
    for (attack, truth) in PLAYED.scenario.attacks.iter().zip(&PLAYED.truth.attacks) {
        let id = &attack.id;
        let packets = of(id);
        assert_eq!((&truth.id, truth.kind.as_str(), truth.vector.as_str()), (id, attack.kind(), attack.vector()));
        let forward = packets.iter().filter(|packet| packet.forward).count() as u64;
        assert_eq!((truth.packets, truth.packets_back), (forward, packets.len() as u64 - forward), "{id}");
        assert_eq!(truth.start.as_deref(), Some(packets[0].moment.to_string().as_str()), "{id}");
        let flows: BTreeSet<u64> = packets.iter().map(|packet| packet.flow).collect();
        assert_eq!(truth.flows, flows.len() as u64, "{id}");
        assert!(packets.iter().all(|packet| packet.moment >= attack.start), "{id}");
        for (place, sensor) in PLAYED.truth.sensors.iter().enumerate() {
            let seen = packets.iter().filter(|packet| packet.seen_by.has(place)).count() as u64;
            let told = sensor.attacks.iter().find(|told| &told.id == id).map_or(0, |told| told.packets);
            assert_eq!(told, seen, "{id} at {}", sensor.id);
        }
    }
}

/// The sources, targets and ports that the truth lists are those in the captures: found there by address and port alone.
#[test]
fn sources_and_targets_of_the_truth_are_in_the_captures() {
    let (ethernet, records) = records(&PLAYED.captures[0]);
    let mut reader = Reader::default();
    let mut pairs = BTreeSet::new();
    for record in &records {
        let read = reader.frame(ethernet, &record.frame);
        pairs.extend([(read.source.to_string(), read.destination.to_string())]);
    }
    let sources: BTreeSet<_> = pairs.iter().map(|(source, _)| source).collect();
    let targets: BTreeSet<_> = pairs.iter().map(|(_, target)| target).collect();
    for attack in &PLAYED.truth.attacks {
        assert!(attack.sources.count > 0 && attack.targets.count > 0, "{}", attack.id);
        assert!(attack.sources.first.iter().all(|one| sources.contains(one)), "{}: {:?}", attack.id, attack.sources);
        // A worm's first targets may stand in the world, which no sensor sees from there.
        if attack.kind != "worm" {
            assert!(attack.targets.first.iter().all(|one| targets.contains(one)), "{}", attack.id);
        }
    }
}

#[test]
fn tcp_keeps_its_sequence_in_every_conversation() {
    let mut sequences = Sequences::default();
    let mut checked = 0;
    let talks = ["control-write", "brute-force", "beacon", "exfiltration"];
    for packet in &PLAYED.packets {
        let talk = packet.attack.is_none_or(|attack| {
            let attack = &PLAYED.scenario.attacks[attack];
            talks.contains(&attack.kind()) || attack.vector() == "http"
        });
        let protocol = if packet.bytes[0] >> 4 == 4 { packet.bytes[9] } else { packet.bytes[6] };
        if talk && packet.network != Network::Arp && protocol == 6 {
            sequences.check(&packet.bytes);
            checked += 1;
        }
    }
    assert!(checked > 10_000, "{checked}");
}

#[test]
fn reflections_are_of_their_protocol_both_ways() {
    for (vector, application, port, request, answer) in [
        ("dns", Application::Dns, 53, Some(255), Some(255)),
        ("ntp", Application::Ntp, 123, None, None),
        ("memcached", Application::Memcached, 11_211, Some(1), None),
        ("snmp", Application::Snmp, 161, Some(5), Some(2)),
        ("ssdp", Application::Ssdp, 1900, Some(1), Some(200)),
        ("cldap", Application::Cldap, 389, Some(3), Some(4)),
        ("chargen", Application::Chargen, 19, None, None),
        ("bacnet", Application::Bacnet, 47_808, Some(14), Some(14)),
        ("dvr", Application::Dvr, 37_810, None, None),
        ("ike", Application::Ike, 500, Some(2), Some(2)),
    ] {
        let mut answers = 0;
        for packet in of(&format!("reflection-{vector}")) {
            let decoded = read(packet);
            if matches!(decoded.fragment, Fragment::Later | Fragment::First) && packet.bytes.len() < 1400 {
                continue;
            }
            if decoded.fragment == Fragment::Later {
                continue;
            }
            let said = said(&decoded).unwrap_or_else(|| panic!("{vector}: nothing said"));
            assert_eq!(said.application, application);
            assert_eq!(if packet.forward { decoded.source_port } else { decoded.destination_port }, port, "{vector}");
            let (role, code) = if packet.forward { (Role::Response, answer) } else { (Role::Request, request) };
            // Version 1 of key exchange tells only the first message's side.
            assert!(said.role == role || vector == "ike" && packet.forward, "{vector}: {:?}", said.role);
            assert!(code.is_none() || said.code == code, "{vector}: {:?}", said.code);
            answers += usize::from(packet.forward);
        }
        assert!(answers > 50, "{vector}: {answers}");
    }
}

#[test]
fn memcached_answers_count_their_datagrams() {
    let mut places = BTreeSet::new();
    for packet in of("reflection-memcached").iter().filter(|packet| packet.forward) {
        let payload = read(packet).payload;
        assert_eq!((payload[4], payload[5], payload.len()), (0, 143, 1408));
        places.insert(payload[3]);
    }
    assert!(places.len() > 100);
}

#[test]
fn reflected_handshakes_are_answers_to_nothing() {
    let packets = of("reflection-synack");
    let answers: Vec<_> = packets.iter().filter(|packet| packet.forward).collect();
    assert!(answers.iter().all(|packet| read(packet).tcp_flags == SYN_ACK));
    let asked: Vec<_> = packets.iter().filter(|packet| !packet.forward).collect();
    assert!(!asked.is_empty() && asked.iter().all(|packet| read(packet).tcp_flags == SYN));
    // Six answers to a question, nearly, since the attack ends in the middle of some.
    assert!(answers.len() > 4 * asked.len() && answers.len() <= 6 * asked.len());
}

/// The answers go from the world to the victim's side; the requests from the actor's side to the world, under the victim's
/// address.
#[test]
fn forged_requests_take_the_way_of_who_sends_them() {
    for packet in of("reflection-ntp") {
        if packet.forward {
            assert_eq!(packet.path, (packet.from.side, packet.to.side));
        } else {
            assert_ne!(packet.path.0, packet.from.side, "the address is not the sender's");
            assert_eq!(packet.path.1, packet.to.side);
        }
    }
    for packet in of("flood-udp") {
        assert_eq!(packet.from.side, Side::World);
        assert_ne!(packet.path.0, packet.from.side);
    }
}

#[test]
fn floods_are_made_of_what_they_say() {
    let flags = |id: &str| of(id).iter().map(|packet| read(packet).tcp_flags).collect::<BTreeSet<_>>();
    assert_eq!(flags("flood-syn"), BTreeSet::from([SYN]));
    assert_eq!(flags("flood-ack"), BTreeSet::from([16]));
    assert_eq!(flags("flood-tcp-other"), BTreeSet::from([0, 4, 17, 41]));
    for (id, protocol, kind) in [("flood-udp", 17, None), ("flood-icmp", 1, Some(8))] {
        let packets = of(id);
        assert!(packets.iter().all(|packet| matches!(read(packet).protocol, p if p == protocol || p == 58)), "{id}");
        assert!(packets.iter().all(|p| kind.is_none_or(|kind| [kind, 128].contains(&read(p).source_port))), "{id}");
    }
    for (id, application, code) in [
        ("flood-dns", Application::Dns, 1),
        ("flood-dhcp", Application::Dhcp, 1),
        ("flood-dhcp-6", Application::Dhcp, 0x0601),
    ] {
        for packet in of(id) {
            let decoded = read(packet);
            let said = said(&decoded).unwrap();
            assert_eq!((said.application, said.role, said.code), (application, Role::Request, Some(code)), "{id}");
        }
    }
    let names: BTreeSet<_> = of("flood-dns")
        .iter()
        .map(|packet| said(&read(packet)).unwrap().name.unwrap().text().as_str().to_owned())
        .collect();
    assert_eq!(names.len(), of("flood-dns").len(), "every question is for another name");
    // Each has about as many packets as its rate and time make, each from another source but for the bots' requests.
    for id in ["syn", "udp", "icmp", "ack", "tcp-other", "fragment", "ipv6-extension", "dns", "dhcp"] {
        let packets = of(&format!("flood-{id}"));
        assert!((170..=230).contains(&packets.len()), "{id}: {}", packets.len());
        let sources = addresses(&packets, source).len();
        let expected = if id == "fragment" { packets.len() / 2 } else { packets.len() };
        assert_eq!(sources, expected, "{id}");
        assert_eq!(addresses(&packets, target).len(), 1, "{id}");
    }
}

#[test]
fn fragments_never_make_up_a_datagram() {
    for id in ["flood-fragment", "flood-fragment-6"] {
        let mut datagrams: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for packet in of(id) {
            let decoded = read(packet);
            assert!(decoded.part.more && packet.fragment, "{id}");
            let name = (source(&decoded), decoded.part.identification);
            datagrams.entry(name).or_default().push((decoded.part.offset, decoded.part.length));
        }
        assert!(
            datagrams.values().all(|parts| parts.len() == 2 && parts[0].0 == 0 && parts[1].0 == parts[0].1),
            "{id}"
        );
    }
}

#[test]
fn extension_headers_stand_in_chains() {
    let mut reader = Reader::default();
    let mut chains = BTreeSet::new();
    for packet in of("flood-ipv6-extension") {
        let mut frame = vec![0; 14];
        frame[12..14].copy_from_slice(&[0x86, 0xdd]);
        frame.extend_from_slice(&packet.bytes);
        chains.insert(reader.frame(true, &frame).extensions);
    }
    // One hop-by-hop header, and three to six of destination options.
    assert_eq!(chains, BTreeSet::from([4, 5, 6, 7]));
}

#[test]
fn requests_of_a_flood_come_in_whole_conversations_from_real_hosts() {
    for (id, bots, requests) in [("flood-http", 20, 150..250), ("flood-http-6", 10, 60..61)] {
        let packets = of(id);
        let forward: Vec<_> = packets.iter().copied().filter(|packet| packet.forward).collect();
        assert_eq!(addresses(&forward, source).len(), bots, "{id}");
        let count = |flags: u8| packets.iter().filter(|packet| read(packet).tcp_flags == flags).count();
        assert_eq!(count(SYN), count(SYN_ACK), "{id}: every handshake is answered");
        let asked: Vec<_> = forward.iter().filter(|packet| !read(packet).payload.is_empty()).collect();
        assert!(requests.contains(&asked.len()), "{id}: {}", asked.len());
        for packet in asked {
            let decoded = read(packet);
            let said = said(&decoded).unwrap();
            assert_eq!((said.application, said.role), (Application::Http, Role::Request));
        }
        let truth = PLAYED.truth.attacks.iter().find(|attack| attack.id == id).unwrap();
        assert!(!truth.sources_misleading);
    }
}

#[test]
fn scans_ask_and_are_answered_by_their_protocol() {
    let kinds = |id: &str| {
        let kinds = of(id).iter().map(|packet| (packet.forward, read(packet).source_port)).collect::<BTreeSet<_>>();
        (kinds.contains(&(true, 8)) || kinds.contains(&(true, 128)), kinds)
    };
    for (id, question, answer) in [("scan-sweep", 8, 0), ("scan-sweep-6", 128, 129)] {
        let (asks, kinds) = kinds(id);
        assert!(asks && kinds == BTreeSet::from([(true, question), (false, answer)]), "{id}: {kinds:?}");
        let targets = addresses(&of(id).into_iter().filter(|packet| packet.forward).collect::<Vec<_>>(), target);
        assert_eq!(targets.len(), of(id).iter().filter(|packet| packet.forward).count(), "{id}");
    }
    for (id, unreachable) in [("scan-udp", 1), ("scan-udp-6", 58)] {
        let packets = of(id);
        let by: BTreeMap<_, usize> = packets.iter().fold(BTreeMap::new(), |mut by, packet| {
            *by.entry((packet.forward, read(packet).protocol)).or_default() += 1;
            by
        });
        assert!(by[&(true, 17)] > 100 && by[&(false, 17)] > 5 && by[&(false, unreachable)] > 5, "{id}: {by:?}");
        let said: BTreeSet<_> =
            packets.iter().filter(|p| p.forward).filter_map(|p| said(&read(p)).map(|said| said.application)).collect();
        assert!(said.is_superset(&BTreeSet::from([Application::Dns, Application::Ntp, Application::Snmp])), "{said:?}");
    }
}

#[test]
fn neighbours_are_asked_for_on_the_link_alone() {
    for (id, network) in [("scan-arp", Network::Arp), ("scan-neighbour", Network::Ipv6)] {
        let packets = of(id);
        assert!(packets.iter().all(|packet| packet.network == network && packet.path.0 == packet.path.1), "{id}");
        assert!(packets.iter().any(|packet| !packet.forward), "{id}: nobody answers");
        // The first sensor stands on an Ethernet, the last one does not.
        assert!(packets.iter().all(|packet| packet.seen_by.has(0) && !packet.seen_by.has(3)), "{id}");
    }
    let truth = |id: &str| PLAYED.truth.attacks.iter().find(|attack| attack.id == id).unwrap();
    assert_eq!(truth("scan-arp").protocol.as_deref(), Some("neighbour"));
    assert_eq!(truth("scan-horizontal").protocol, None);
}

#[test]
fn backscatter_is_answers_to_nobody() {
    for (id, protocol, flags) in [
        ("backscatter-syn-ack", 6, SYN_ACK),
        ("backscatter-reset", 6, 20),
        ("backscatter-echo-reply", 1, 0),
        ("backscatter-unreachable", 1, 0),
    ] {
        let packets = of(id);
        assert!(packets.iter().all(|packet| packet.forward), "{id}");
        assert!(packets.iter().all(|p| (read(p).protocol, read(p).tcp_flags) == (protocol, flags)), "{id}");
        assert_eq!(addresses(&packets, source).len(), 1, "{id}");
        assert!(addresses(&packets, target).len() > 100, "{id}");
    }
    // What was not welcome bears the address of its receiver as its source.
    for packet in of("backscatter-unreachable") {
        let bytes = &packet.bytes;
        assert_eq!((bytes[20], bytes[21]), (3, 3));
        assert_eq!((&bytes[28 + 12..28 + 16], &bytes[28 + 16..28 + 20]), (&bytes[16..20], &bytes[12..16]));
    }
}

/// Each guess is a whole conversation of the service, and it is refused.
#[test]
fn guesses_are_conversations_that_end_in_a_refusal() {
    for (service, application, refusal) in [
        ("ssh", Some(Application::Ssh), None),
        ("ftp", None, Some(&b"530 Login incorrect"[..])),
        ("rdp", Some(Application::Tls), None),
        ("smb", Some(Application::Smb), Some(&[0x6d, 0, 0, 0xc0][..])),
        ("telnet", None, Some(&b"Login incorrect"[..])),
        ("http", Some(Application::Http), Some(&b"401 Unauthorized"[..])),
    ] {
        let id = format!("guess-{service}");
        let packets = of(&id);
        let flows: BTreeSet<u64> = packets.iter().map(|packet| packet.flow).collect();
        // 240 a minute for ten seconds.
        assert!((30..=50).contains(&flows.len()), "{id}: {}", flows.len());
        let mut recognised = BTreeSet::new();
        let mut refused = BTreeSet::new();
        for packet in &packets {
            let decoded = read(packet);
            if let Some(said) = said(&decoded).filter(|said| Some(said.application) == application) {
                recognised.insert(packet.flow);
                assert!(service != "ssh" || said.name.is_some());
            }
            if refusal.is_some_and(|words| decoded.payload.windows(words.len()).any(|window| window == words)) {
                refused.insert(packet.flow);
            }
        }
        assert!(application.is_none() || recognised == flows, "{id}");
        assert!(refusal.is_none() || refused == flows, "{id}");
    }
    assert!(of("guess-ssh").iter().any(|packet| read(packet).destination_port == 2222));
    let truth = PLAYED.truth.attacks.iter().find(|attack| attack.id == "guess-rdp").unwrap();
    assert_eq!((truth.sources.count, truth.targets.count), (3, 1));
}

/// Messages of a control protocol among these packets that change something, and those that do not.
fn weights<'p>(packets: impl Iterator<Item = &'p Packet>, application: Application) -> [usize; 2] {
    let mut counts = [0, 0];
    for packet in packets.filter(|packet| packet.network != Network::Arp && packet.forward) {
        if let Some(said) = said(&read(packet)).filter(|said| said.application == application) {
            assert_ne!(said.weight, Weight::Unknown);
            counts[usize::from(said.weight == Weight::Read)] += 1;
        }
    }
    counts
}

#[test]
fn control_writes_change_something_and_polls_do_not() {
    for attack in PLAYED.scenario.attacks.iter().filter(|attack| attack.kind() == "control-write") {
        let application = match attack.vector() {
            vector if vector.starts_with("s7-") => Application::S7comm,
            vector if vector.starts_with("dnp3-") => Application::Dnp3,
            vector if vector.starts_with("iec104-") => Application::Iec104,
            vector if vector.starts_with("ethernet-ip-") => Application::EthernetIp,
            _ => Application::Modbus,
        };
        let [changes, reads] = weights(of(&attack.id).into_iter(), application);
        assert_eq!(changes, 4, "{}", attack.id);
        assert!(reads >= 1, "{}: a look around comes first", attack.id);
    }
    for application in [Application::S7comm, Application::Dnp3, Application::Iec104, Application::EthernetIp] {
        let [changes, reads] = weights(PLAYED.packets.iter().filter(|packet| packet.attack.is_none()), application);
        assert_eq!(changes, 0, "{application:?}");
        assert!(reads > 100, "{application:?}: {reads}");
    }
}

/// The exact functions, as bytes at their places.
#[test]
fn control_functions_are_those_that_were_asked_for() {
    for (id, at, bytes) in [
        ("write-s7-write-variable", 17, &[0x05][..]),
        ("write-s7-request-download", 17, &[0x1a][..]),
        ("write-s7-plc-stop", 17, &[0x29][..]),
        ("write-dnp3-write", 12, &[2][..]),
        ("write-dnp3-direct-operate", 12, &[5, 12, 1][..]),
        ("write-dnp3-cold-restart", 12, &[13][..]),
        ("write-iec104-single-command", 6, &[45][..]),
        ("write-iec104-double-command", 6, &[46][..]),
        ("write-iec104-set-point", 6, &[50][..]),
        ("write-ethernet-ip-write-tag", 40, &[0x4d][..]),
        ("write-ethernet-ip-set-attribute", 40, &[0x10][..]),
        ("write-ethernet-ip-reset", 40, &[0x05][..]),
    ] {
        let packets = of(id);
        let found = packets.iter().filter(|packet| packet.forward).filter(|packet| {
            let payload = read(packet).payload;
            payload.get(at..at + bytes.len()) == Some(bytes)
        });
        assert_eq!(found.count(), 4, "{id}");
    }
}

#[test]
fn beacons_come_at_their_interval() {
    for (carrier, application, jitter) in
        [("tls", Application::Tls, 0.0), ("http", Application::Http, 0.1), ("dns", Application::Dns, 0.2)]
    {
        let packets = of(&format!("beacon-{carrier}"));
        let mut first: BTreeMap<IpAddr, BTreeMap<u64, i64>> = BTreeMap::new();
        let mut recognised = 0;
        for packet in packets.iter().filter(|packet| packet.forward) {
            let decoded = read(packet);
            first.entry(source(&decoded)).or_default().entry(packet.flow).or_insert(packet.moment.nanos());
            recognised += usize::from(said(&decoded).is_some_and(|said| said.application == application));
        }
        assert_eq!(first.len(), 2, "{carrier}: two hosts report");
        for reports in first.values() {
            let moments: Vec<_> = reports.values().copied().collect();
            assert!((11..=13).contains(&moments.len()), "{carrier}: {}", moments.len());
            for pair in moments.windows(2) {
                let gap = (pair[1] - pair[0]) as f64 / 1e9;
                assert!((gap - 10.0).abs() <= 10.0 * jitter + 1e-6, "{carrier}: {gap}");
            }
            let even = moments.windows(2).all(|pair| pair[1] - pair[0] == 10_000_000_000);
            assert_eq!(even, jitter == 0.0, "{carrier}");
        }
        assert!(recognised >= first.values().map(BTreeMap::len).sum(), "{carrier}");
    }
}

#[test]
fn abused_names_look_like_it() {
    let asked = |id: &str| {
        let names = of(id).into_iter().filter(|packet| packet.forward).map(|packet| {
            let decoded = read(packet);
            let Inspection::Fact(Fact::Dns(dns)) = inspect(17, decoded.source_port, 53, decoded.payload) else {
                panic!("{id}")
            };
            (dns.name.unwrap().text().as_str().to_owned(), decoded.payload.len())
        });
        names.collect::<Vec<_>>()
    };
    let nothing = of("dns-dga").iter().filter(|packet| !packet.forward && read(packet).payload[3] & 15 == 3).count();
    let generated = asked("dns-dga");
    assert!((80..=120).contains(&generated.len()) && nothing * 100 >= generated.len() * 90, "{nothing}");
    assert!(generated.iter().all(|(name, _)| (12..=24).contains(&name.find('.').unwrap())));
    assert_eq!(generated.iter().collect::<BTreeSet<_>>().len(), generated.len());
    // A name as long as names can be, on the wire: header 12, name, type and class 4, options 11.
    assert!(asked("dns-tunnel").iter().all(|(_, length)| (200..=12 + 255 + 4 + 11).contains(length)));
    let answers = of("dns-txt").into_iter().filter(|packet| !packet.forward);
    assert!(answers.map(|packet| read(packet).payload.len()).all(|length| length > 1000));
}

#[test]
fn uploads_carry_as_much_as_they_were_told_at_their_rate() {
    for (id, bytes, seconds, conversations) in [("upload-fast", 3_000_000, 6.0, 2), ("upload-slow", 20_000, 40.0, 1)] {
        let packets = of(id);
        let out: u64 = packets.iter().filter(|p| p.forward).map(|packet| u64::from(read(packet).payload_length)).sum();
        let back: u64 =
            packets.iter().filter(|p| !p.forward).map(|packet| u64::from(read(packet).payload_length)).sum();
        assert!(out >= bytes && out < bytes * 21 / 20 + 4000 * conversations, "{id}: {out}");
        assert!(back < 12_000, "{id}: {back}");
        let length = packets.last().unwrap().moment.since(packets[0].moment).as_secs_f64();
        assert!(length > seconds * 0.95 && length < seconds * 1.2 + 5.0, "{id}: {length}");
        assert_eq!(packets.iter().map(|packet| packet.flow).collect::<BTreeSet<_>>().len() as u64, conversations);
    }
}

/// The look-alikes: nothing that stands in no attack may look like a flood's packets, and a crowd is real clients.
#[test]
fn a_crowd_is_many_real_clients_of_one_server() {
    let web: Vec<_> = PLAYED.packets.iter().filter(|p| p.attack.is_none() && p.network == Network::Ipv4).collect();
    let mut visits: BTreeMap<IpAddr, BTreeSet<Key>> = BTreeMap::new();
    let mut reader = Reader::default();
    for packet in web {
        let mut frame = vec![0; 14];
        frame[12] = 8;
        frame.extend_from_slice(&packet.bytes);
        frame.resize(frame.len().max(60), 0);
        let read = reader.frame(true, &frame);
        if packet.forward
            && read.protocol == 6
            && read.transport[2..4] == 80u16.to_be_bytes()
            && read.transport[13] == SYN
        {
            let world = packet.from.side == Side::World;
            visits.entry(read.destination).or_default().extend(world.then_some(read.key));
        }
    }
    let busiest = visits.values().map(BTreeSet::len).max().unwrap();
    assert!((100..=220).contains(&busiest), "{busiest} visits of 5 a second for 40 s, a quarter of them by IPv6");
}

#[test]
fn peers_open_conversations_from_both_sides() {
    let mut opened = [0, 0];
    for packet in PLAYED.packets.iter().filter(|packet| packet.attack.is_none() && packet.network != Network::Arp) {
        let decoded = decode(LinkType::RAW, &packet.bytes, packet.bytes.len() as u32);
        if packet.forward && decoded.protocol == 17 && decoded.payload.starts_with(b"d1:ad2:id20:") {
            opened[usize::from(packet.from.side == Side::World)] += 1;
        }
    }
    assert!(opened.iter().all(|&count| count > 20), "{opened:?}");
}

#[test]
fn nothing_is_odd_or_malformed_to_the_eye_of_the_mission() {
    for packet in PLAYED.packets.iter().filter(|packet| packet.network != Network::Arp) {
        said(&read(packet));
    }
}
