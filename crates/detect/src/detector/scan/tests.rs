//! What is found, and at least as much that is left alone.

use blueline_terms::finding::Finding;
use blueline_terms::{Address, Confidence};

use super::DETECTOR;
use crate::stage::{Draft, Stage, arp, host, icmp, tcp, udp};

const SCANNER: u32 = 0x0a00_0001;

fn stage() -> Stage {
    Stage::of(&DETECTOR)
}

/// What was told of each event last.
fn last(findings: &[Finding]) -> Vec<(&str, &str, Confidence)> {
    let mut last: Vec<&Finding> = Vec::new();
    for finding in findings {
        last.retain(|other| other.id != finding.id);
        last.push(finding);
    }
    last.iter().map(|finding| (&*finding.kind, &*finding.vector, finding.confidence)).collect()
}

fn refused(draft: Draft) -> Draft {
    draft.answered(1, 60, 0x14)
}

/// Addresses that lie nowhere near each other.
fn scattered(n: u32) -> Address {
    host(0x2000_0000u32.wrapping_add(n.wrapping_mul(0x0101_4873)) | 0x2000_0000)
}

fn at_most_low(findings: &[Finding]) {
    assert!(findings.iter().all(|finding| finding.confidence == Confidence::Low), "{:?}", last(findings));
}

#[test]
fn a_port_that_is_asked_of_many_hosts_is_a_horizontal_scan() {
    let mut stage = stage();
    for n in 0..80 {
        stage.add(tcp(host(SCANNER), host(0xc000_0200 + n * 3), 40_000, 445));
        stage.wait(100);
    }
    let findings = stage.finish();
    assert_eq!(last(&findings), [("scan.horizontal", "tcp", Confidence::High)]);
    let told = findings.last().unwrap();
    assert_eq!((told.actors[0].address, told.target_count, &*told.ports), (host(SCANNER), 80, &[445][..]));
}

#[test]
fn it_is_found_on_a_path_of_one_direction_and_when_it_takes_hours() {
    let mut stage = stage();
    for n in 0..40 {
        stage.add(tcp(host(SCANNER), scattered(n), 40_000, 23).sends(1, 60));
        stage.wait(600_000);
    }
    let findings = stage.finish();
    assert_eq!(last(&findings), [("scan.horizontal", "tcp", Confidence::Moderate)]);
    let ids: std::collections::BTreeSet<_> = findings.iter().map(|finding| finding.id).collect();
    assert_eq!(ids.len(), 1, "one event");
}

#[test]
fn the_ports_of_one_host_are_a_vertical_scan() {
    for (udp_too, vector) in [(false, "tcp"), (true, "udp")] {
        let mut stage = stage();
        // Somebody is answered here, so silence means something.
        (0..50).for_each(|n| stage.add(udp(host(0x0a00_0009), host(0xc000_0777), 50_000 + n, 53).answered(1, 90, 0)));
        for port in 1..100 {
            let probe = if udp_too { udp } else { tcp };
            let draft = probe(host(SCANNER), host(0xc000_0201), 40_000, port).sends(1, 60);
            stage.add(if udp_too { draft } else { refused(draft) });
            stage.wait(50);
        }
        stage.wait(5000);
        let findings = stage.finish();
        assert_eq!(last(&findings), [("scan.vertical", vector, Confidence::High)]);
        assert_eq!(findings.last().unwrap().targets[0].address, host(0xc000_0201));
    }
}

#[test]
fn stealth_probes_are_a_scan() {
    for flags in [0x00, 0x01, 0x29] {
        let mut stage = stage();
        for port in 1..60 {
            stage.add(tcp(host(SCANNER), host(0xc000_0201), 40_000, port).sends(1, 60).flags(flags));
            stage.wait(50);
        }
        let findings = stage.finish();
        assert_eq!(last(&findings)[0].0, "scan.vertical");
        assert!(findings.last().unwrap().grounds.iter().any(|reason| reason.word == "stealth-probes"));
    }
}

#[test]
fn many_ports_of_many_hosts_are_one_horizontal_scan() {
    let mut stage = stage();
    for port in 1..60u16 {
        for n in 0..60 {
            stage.add(refused(tcp(host(SCANNER), host(0xc000_0200 + n), 40_000, port)));
        }
        stage.wait(1000);
    }
    let findings = stage.finish();
    let horizontal = findings.iter().filter(|finding| finding.kind == "scan.horizontal");
    let ids: std::collections::BTreeSet<_> = horizontal.map(|finding| finding.id).collect();
    assert_eq!(ids.len(), 1);
    assert!(findings.iter().all(|finding| finding.kind != "scan.vertical"));
    let told = findings.last().unwrap();
    assert!(told.ports.len() == 32 && told.target_count == 60, "{told:?}");
}

#[test]
fn echoes_and_arp_to_a_whole_network_are_sweeps() {
    let mut stage = stage();
    for n in 1..200 {
        let echo = icmp(host(SCANNER), host(0xc000_0200 + n), 8, 0);
        stage.add(if n % 4 == 0 { echo.answered(1, 60, 0) } else { echo });
        stage.add(arp(host(0x0a00_0005), host(0x0a00_0000 + n)));
        stage.wait(20);
    }
    stage.wait(5000);
    let findings = stage.finish();
    let mut told = last(&findings);
    told.sort_unstable();
    assert_eq!(told, [("scan.sweep", "arp", Confidence::High), ("scan.sweep", "icmp", Confidence::High)]);
}

#[test]
fn scanners_are_found_in_a_flood_under_forged_sources() {
    let mut stage = stage();
    (0..3).for_each(|n| stage.add(tcp(host(SCANNER), scattered(n), 40_000, 23)));
    for second in 0..40u32 {
        for n in 0..10_000 {
            let forged = host(0x4000_0000 + (second * 10_000 + n).wrapping_mul(2_654_435_761) % 0x4000_0000);
            stage.add(tcp(forged, host(0xc000_0201), 1000, 80));
            // One that began before, slowly, and one that begins within.
            if n == 5000 {
                stage.add(tcp(host(SCANNER), scattered(10 + second), 40_000, 23));
            }
            if n % 3000 == 0 {
                stage.add(tcp(host(SCANNER + 1), scattered(100 + second * 4 + n / 3000), 40_000, 445));
            }
        }
        stage.wait(1000);
    }
    let findings = stage.finish();
    let actors: std::collections::BTreeSet<_> = findings.iter().map(|finding| finding.actors[0].address).collect();
    assert_eq!(actors.into_iter().collect::<Vec<_>>(), [host(SCANNER), host(SCANNER + 1)]);
}

#[test]
fn a_flood_with_random_ports_is_no_scan() {
    let mut stage = stage();
    for n in 0..4000u32 {
        // From few who are many, and from one with large packets.
        stage.add(udp(host(0x3000_0000 + n % 40), host(0xc000_0201), 2000, (n * 7919 % 65_000) as u16));
        stage.add(udp(host(0x3100_0000), host(0xc000_0202), 2000, (n * 7919 % 65_000) as u16).sends(1, 1400));
        stage.wait(2);
    }
    stage.wait(10_000);
    at_most_low(&stage.finish());
}

#[test]
fn peers_that_are_gone_are_no_scan() {
    let mut stage = stage();
    for round in 0..4 {
        for n in 0..100 {
            let peer = tcp(host(SCANNER), scattered(n), 40_000 + n as u16, 6346);
            stage.add(if n % 16 == 0 { peer.talks(500, 500) } else { peer });
            stage.wait(500);
        }
        stage.wait(30_000 * round);
    }
    at_most_low(&stage.finish());
}

#[test]
fn clients_of_many_servers_are_left_alone() {
    let mut stage = stage();
    for n in 0..2000 {
        let web = tcp(host(SCANNER), scattered(n), 40_000, 443);
        stage.add(if n % 20 == 0 { web } else { web.talks(2000, 90_000) });
        let mail = tcp(host(SCANNER + 1), scattered(n), 40_000, 25);
        stage.add(if n % 3 == 0 { mail } else { mail.talks(9000, 2000) });
        let name = udp(host(SCANNER + 2), scattered(n % 700), 40_000 + n as u16 % 10_000, 53);
        stage.add(if n % 10 == 0 { name } else { name.answered(1, 200, 0) });
        stage.add(udp(host(SCANNER + 3), scattered(n % 9), 123, 123).answered(1, 90, 0));
        stage.wait(200);
    }
    assert_eq!(stage.finish(), []);
}

#[test]
fn a_client_whose_path_is_broken_is_low_at_most() {
    let mut stage = stage();
    for n in 0..300 {
        stage.add(tcp(host(SCANNER), scattered(n % 40), 40_000 + n as u16, 443).sends(2, 120));
        stage.wait(1000);
    }
    at_most_low(&stage.finish());
}

#[test]
fn answers_of_a_resolver_and_of_a_call_are_left_alone() {
    let mut stage = stage();
    for n in 0..2000u16 {
        stage.add(udp(host(0xc000_0201), host(SCANNER), 53, 30_000 + n));
        stage.add(udp(host(0xc000_0202), host(SCANNER), 30_000 + n, 20_000 + n * 2).sends(50, 10_000));
        stage.add(tcp(host(0xc000_0203), host(SCANNER), 443, 30_000 + n).sends(3, 4000).flags(0x18));
        stage.wait(50);
    }
    at_most_low(&stage.finish());
}

#[test]
fn data_connections_and_one_path_of_conversations_are_left_alone() {
    let mut stage = stage();
    for n in 0..500u16 {
        stage.add(tcp(host(SCANNER), host(0xc000_0201), 30_000 + n, 50_000 + n).talks(100, 50_000));
        // Only the way there is seen, and it goes on after the SYN.
        stage.add(tcp(host(SCANNER), scattered(n.into()), 30_000 + n, 22).sends(9, 2000).flags(0x1b).with(|change| {
            change.standing = change.standing.with(blueline_terms::Standing::SYN);
        }));
        stage.wait(100);
    }
    assert_eq!(stage.finish(), []);
}

#[test]
fn monitoring_of_the_same_hosts_is_low_at_most() {
    let mut stage = stage();
    for round in 0..20 {
        for n in 0..60 {
            let ping = icmp(host(SCANNER), host(0xc000_0200 + n), 8, 0);
            stage.add(if n % 12 == 0 { ping } else { ping.answered(1, 60, 0) });
            let check = tcp(host(SCANNER + 1), host(0xc000_0200 + n), 40_000 + round, 80);
            stage.add(if n % 12 == 0 { check } else { check.talks(200, 500) });
            stage.wait(10);
        }
        stage.wait(60_000);
    }
    at_most_low(&stage.finish());
}

#[test]
fn a_router_that_asks_for_its_clients_is_left_alone() {
    let mut stage = stage();
    for n in 0..3000 {
        stage.add(arp(host(SCANNER), host(0x0a00_0100 + n * 37 % 250)));
        stage.wait(3000);
    }
    at_most_low(&stage.finish());
}

#[test]
fn traceroute_and_one_port_asked_again_and_again_are_left_alone() {
    let mut stage = stage();
    for n in 0..90u16 {
        stage.add(udp(host(SCANNER), host(0xc000_0201), 40_000, 33_434 + n).sends(1, 60));
        stage.add(refused(tcp(host(SCANNER), host(0xc000_0202), 30_000 + n, 80)));
        stage.wait(300);
    }
    assert_eq!(stage.finish(), []);
}

#[test]
fn time_may_jump_and_stand_still() {
    let mut stage = stage();
    for n in 0..30 {
        stage.add(tcp(host(SCANNER), scattered(n), 40_000, 23));
    }
    stage.wait(400 * 86_400_000);
    stage.add(tcp(host(SCANNER), scattered(99), 40_000, 23));
    let findings = stage.finish();
    assert_eq!(last(&findings)[0].0, "scan.horizontal");
}

/// Somebody is answered here, so silence means something.
fn with_answers(stage: &mut Stage) {
    (0..50).for_each(|n| stage.add(udp(host(0x0a00_0009), host(0xc000_0777), 50_000 + n, 53).answered(1, 90, 0)));
}

#[test]
fn the_victim_of_a_reflection_is_no_scanner() {
    for (port, hosts, rate) in [(161, 50, 4), (500, 600, 2), (11_211, 12, 20), (123, 300, 5)] {
        let mut stage = stage();
        with_answers(&mut stage);
        for round in 0..rate * 10u32 {
            for n in 0..hosts {
                let asked = udp(host(SCANNER), scattered(n), 40_000, port);
                stage.add_again(n, if round == 0 { asked } else { asked.goes_on() });
            }
            stage.wait(1000 / u64::from(rate));
        }
        let findings = stage.finish();
        at_most_low(&findings);
        assert!(findings.iter().all(|finding| finding.actors.is_empty()), "{port}");
        let told = findings.last().unwrap();
        assert!(told.against.iter().any(|reason| reason.word == "may-be-forged-requests"), "{told:?}");
    }
}

#[test]
fn nor_is_one_in_whose_name_handshakes_begin() {
    let mut stage = stage();
    for round in 0..60 {
        (0..200).for_each(|n| stage.add(tcp(host(SCANNER), scattered(n), 40_000 + round, 443)));
        stage.wait(250);
    }
    at_most_low(&stage.finish());
}

#[test]
fn who_asks_each_host_once_for_a_service_that_reflects_is_a_scanner() {
    for again in [false, true] {
        let mut stage = stage();
        with_answers(&mut stage);
        for n in 0..100 {
            stage.add_again(n, udp(host(SCANNER), scattered(n), 40_000, 161));
            if again {
                stage.add_again(n, udp(host(SCANNER), scattered(n), 40_000, 161).sends(2, 160).goes_on());
            }
            stage.wait(100);
        }
        let findings = stage.finish();
        let told = last(&findings);
        assert!(told[0].0 == "scan.horizontal" && told[0].2 >= Confidence::Moderate, "{told:?}");
        assert_eq!(findings.last().unwrap().actors[0].address, host(SCANNER));
    }
}

#[test]
fn a_few_hosts_at_once_are_enough_for_a_service() {
    for (gap, confidence) in [(1000, Confidence::Moderate), (60_000, Confidence::Low)] {
        let mut stage = stage();
        for n in 0..12 {
            stage.add(refused(tcp(host(SCANNER), scattered(n), 40_000, 445)));
            stage.wait(gap);
        }
        assert_eq!(last(&stage.finish()), [("scan.horizontal", "tcp", confidence)]);
    }
}

#[test]
fn a_sweep_in_random_order_is_one() {
    let mut stage = stage();
    with_answers(&mut stage);
    for n in 0..40 {
        let echo = icmp(host(SCANNER), scattered(n), 8, 0);
        stage.add(if n % 5 == 0 { echo.answered(1, 60, 0) } else { echo });
        // Somebody else looks how far the servers of a game are, most of which are there.
        let near = icmp(host(SCANNER + 1), scattered(1000 + n), 8, 0);
        stage.add(if n % 5 == 0 { near } else { near.answered(1, 60, 0) });
        stage.wait(500);
    }
    stage.wait(5000);
    let findings = stage.finish();
    assert!(findings.iter().all(|finding| finding.actors[0].address == host(SCANNER)), "{:?}", last(&findings));
    assert_eq!(last(&findings), [("scan.sweep", "icmp", Confidence::Moderate)]);
}

#[test]
fn a_scan_from_the_port_of_a_service_is_one() {
    let mut stage = stage();
    for port in 9000..9100 {
        stage.add(refused(tcp(host(SCANNER), host(0xc000_0201), 53, port)));
        // Transfers open their data connections from a port below 1024 as well.
        stage.add(tcp(host(SCANNER + 1), host(0xc000_0202), 20, port + 30_000));
        stage.wait(50);
    }
    stage.wait(5000);
    let findings = stage.finish();
    assert!(findings.iter().all(|finding| finding.actors[0].address == host(SCANNER)), "{:?}", last(&findings));
    assert_eq!(last(&findings), [("scan.vertical", "tcp", Confidence::High)]);
}

#[test]
fn the_same_few_hosts_asked_for_several_services_are_searched() {
    let search = |ports: &'static [u16]| {
        let mut stage = stage();
        for n in 0..20 {
            let port = ports[n as usize % ports.len()];
            stage.add(tcp(host(SCANNER), scattered(n), 40_000 + n as u16, port));
            stage.wait(500);
        }
        last(&stage.finish()).first().map(|told| told.2)
    };
    assert_eq!(search(&[22, 23, 445, 3389]), Some(Confidence::Moderate));
    // A browser tries the web's two ports where its path is broken.
    assert!(search(&[80, 443]) < Some(Confidence::Moderate));
}

#[test]
fn twenty_name_servers_of_one_network_are_searched_and_as_many_anywhere_are_used() {
    let ask = |address: fn(u32) -> Address| {
        let mut stage = stage();
        with_answers(&mut stage);
        for n in 0..24 {
            stage.add(udp(host(SCANNER), address(n), 40_000, 53));
            stage.wait(300);
        }
        last(&stage.finish()).first().map(|told| told.2)
    };
    assert_eq!(ask(|n| host(0xc612_0000 + n * 331)), Some(Confidence::Moderate));
    assert!(ask(scattered) < Some(Confidence::Moderate));
}
