//! The bytes: the same for the same seed, right in every length and checksum, in order of time.

use blueline_exercise::{Flood, FloodVector, Scenario, Traffic};

use super::everything;
use super::reader::{Reader, Sequences, records};

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    let (first, first_truth) = everything().record();
    let (again, again_truth) = everything().record();
    assert!(first == again && first_truth == again_truth);
    let (other, other_truth) = everything().with_seed(8).record();
    assert!(first.iter().zip(&other).all(|(a, b)| a != b));
    assert_ne!(first_truth.sensors, other_truth.sensors);
}

#[test]
fn every_packet_is_whole_and_every_checksum_right() {
    let scenario = everything();
    let (captures, truth) = scenario.record();
    for (capture, sensor) in captures.iter().zip(&truth.sensors) {
        let (ethernet, records) = records(capture);
        let mut reader = Reader::default();
        let mut protocols = std::collections::BTreeMap::<u8, u64>::new();
        for record in &records {
            // The reader asserts.
            *protocols.entry(reader.frame(ethernet, &record.frame).protocol).or_default() += 1;
        }
        assert!(records.is_sorted_by_key(|record| record.nanos), "{}", sensor.id);
        assert!(records.len() > 1000, "{}: {protocols:?}", sensor.id);
    }
}

#[test]
fn tcp_keeps_its_sequence() {
    // No gaps and no tunnels here: a gap would break the sequence that a reader follows.
    let text = super::EVERYTHING.replace("gap = [", "# [").replace("tunnel = ", "# ");
    let text = text.lines().filter(|line| !line.starts_with("# [")).collect::<Vec<_>>().join("\n");
    let scenario = Scenario::parse(&text).unwrap();
    let mut sequences = Sequences::default();
    let mut checked = 0;
    for packet in Traffic::new(&scenario).filter(|packet| packet.attack.is_none()) {
        let protocol = if packet.bytes[0] >> 4 == 4 { packet.bytes[9] } else { packet.bytes[6] };
        if packet.network != blueline_terms::Network::Arp && protocol == 6 {
            sequences.check(&packet.bytes);
            checked += 1;
        }
    }
    assert!(checked > 5000, "{checked}");
}

#[test]
fn a_sensor_more_changes_nothing_at_the_others() {
    let (with, _) = everything().record();
    let text =
        super::EVERYTHING.replace("id = \"second\"\nsees = [[\"south\", \"north\"]]", "id = \"second\"\nsees = []");
    let (without, truth) = Scenario::parse(&text).unwrap().record();
    assert_eq!(truth.sensors[3].packets, 0);
    assert!(with[..3] == without[..3]);
}

#[test]
fn a_flood_has_as_many_packets_and_sources_as_it_was_asked_for() {
    for (vector, packets, sources) in
        [(FloodVector::Syn, 5000, 5000), (FloodVector::Udp, 3000, 1000), (FloodVector::Icmp, 2000, 2000)]
    {
        let scenario = Scenario::flood(&Flood { packets, sources, vector, ..Flood::default() });
        let (captures, truth) = scenario.record();
        let (_, records) = records(&captures[0]);
        let mut reader = Reader::default();
        let seen: std::collections::BTreeSet<_> =
            records.iter().map(|record| reader.frame(true, &record.frame).source).collect();
        assert_eq!((records.len() as u64, seen.len() as u64), (packets, sources));
        assert_eq!((truth.sensors[0].packets, truth.sensors[0].flows), (packets, packets));
        assert_eq!(truth.attacks[0].sources.count, sources);
    }
}

#[test]
fn memory_holds_what_goes_on_at_one_time() {
    let scenario = Scenario::flood(&Flood { packets: 200_000, sources: 200_000, ..Flood::default() });
    let mut traffic = Traffic::new(&scenario);
    let mut most = 0;
    while traffic.next().is_some() {
        most = most.max(traffic.active());
    }
    assert!(most < 10, "{most} actors for a flood of spoofed packets");
}
