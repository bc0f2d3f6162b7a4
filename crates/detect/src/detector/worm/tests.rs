use blueline_terms::finding::{Finding, Value};
use blueline_terms::{Confidence, Standing};

use super::DETECTOR;
use crate::stage::{Draft, Stage, host, tcp, udp};

const FIRST: u32 = 0xc000_0201;
const NET: u32 = 0x0a00_0000;

/// A worm that doubles in `doubling` seconds: hosts 0, 1, 2, ... of the net are infected in turn, each by one before
/// it, and each addresses `rate` hosts a second.
fn outbreak(stage: &mut Stage, doubling: f64, seconds: u64, rate: u32, probe: impl Fn(u32, u32, bool) -> Draft) {
    let mut spreaders = vec![FIRST];
    let mut draw = 1u32;
    for second in 1..=seconds {
        for &spreader in &spreaders {
            for _ in 0..rate {
                draw = draw.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                stage.add(probe(spreader, NET + 1000 + (draw >> 12), false));
            }
        }
        let due = (second as f64 / doubling).exp2() as usize;
        while spreaders.len() < due.min(200) {
            let next = NET + spreaders.len() as u32;
            stage.add(probe(spreaders[(next as usize * 7) % spreaders.len()], next, true));
            spreaders.push(next);
        }
        stage.wait(1000);
    }
}

fn knock(from: u32, to: u32, port: u16, taken: bool) -> Draft {
    let flow = tcp(host(from), host(to), 40_000 + (to % 10_000) as u16, port);
    if taken { flow.talks(4000, 200) } else { flow }
}

fn datagram(from: u32, to: u32) -> Draft {
    udp(host(from), host(to), 3000, 1434).sends(1, 418)
}

fn worms(stage: Stage) -> Vec<Finding> {
    stage.finish().into_iter().filter(|finding| finding.kind == "worm.spread").collect()
}

fn doubling(finding: &Finding) -> f64 {
    let reason = finding.grounds.iter().find(|reason| reason.word == "growth-fit").unwrap();
    match reason.values[0].1 {
        Value::Seconds(seconds) => seconds,
        _ => 0.0,
    }
}

#[test]
fn a_tcp_worm_is_found_with_its_tree_and_growth() {
    let mut stage = Stage::of(&DETECTOR);
    outbreak(&mut stage, 20.0, 100, 3, |from, to, taken| knock(from, to, 445, taken));
    let findings = worms(stage);
    assert!(findings.iter().all(|finding| finding.id == findings[0].id), "one outbreak is one finding");
    let last = findings.last().unwrap();
    assert_eq!((&*last.vector, last.confidence, &last.ports[..]), ("tcp", Confidence::High, &[445][..]));
    assert_eq!(last.actors[0].address, host(FIRST));
    assert!(last.contacts.len() >= 20 && last.contacts[0].from == host(FIRST));
    assert!((12.0..32.0).contains(&doubling(last)), "{}", doubling(last));
}

#[test]
fn a_udp_worm_is_found_before_it_is_large() {
    let mut stage = Stage::of(&DETECTOR);
    outbreak(&mut stage, 8.5, 60, 20, |from, to, _| datagram(from, to));
    let findings = worms(stage);
    assert!(findings[0].sources.count <= 3, "{}", findings[0].sources.count);
    let last = findings.last().unwrap();
    assert_eq!((&*last.vector, last.confidence), ("udp", Confidence::High));
    assert!((5.0..13.0).contains(&doubling(last)), "{}", doubling(last));
}

#[test]
fn a_client_of_long_standing_spreads_from_its_infection_on() {
    let mut stage = Stage::of(&DETECTOR);
    for number in 0..3000u32 {
        stage.add(knock(NET + number % 60, FIRST + 1000 + number % 40, 80, true));
        stage.wait(100);
    }
    let began = stage.now();
    outbreak(&mut stage, 20.0, 100, 3, |from, to, taken| knock(from, to, 80, taken));
    let last = worms(stage).pop().unwrap();
    assert!(last.span.start >= began && last.actors[0].address == host(FIRST));
    assert!((12.0..32.0).contains(&doubling(&last)), "{}", doubling(&last));
}

#[test]
fn two_ports_of_one_worm_are_one_finding() {
    let mut stage = Stage::of(&DETECTOR);
    outbreak(&mut stage, 20.0, 90, 8, |from, to, taken| {
        knock(from, to, if to % 4 == 0 && !taken { 2323 } else { 23 }, taken)
    });
    let findings = worms(stage);
    let last = findings.last().unwrap();
    assert_eq!(&last.ports[..], &[23, 2323]);
    assert!(findings.iter().all(|finding| finding.id == last.id));
}

#[test]
fn the_scans_of_infected_hosts_are_parts_of_the_outbreak() {
    let mut stage = Stage::of_all(&[&crate::detector::scan::DETECTOR, &DETECTOR]);
    let at_another = 0xc000_0333;
    outbreak(&mut stage, 20.0, 100, 3, |from, to, taken| {
        let (from, port) = if to % 9 == 0 && !taken { (at_another, 22) } else { (from, 445) };
        knock(from, to, port, taken)
    });
    let mut last: Vec<Finding> = Vec::new();
    for finding in stage.finish() {
        last.retain(|other| other.id != finding.id);
        last.push(finding);
    }
    assert!(last.iter().any(|finding| finding.kind == "worm.spread" && finding.confidence == Confidence::High));
    let scans: Vec<&Finding> = last.iter().filter(|finding| finding.kind == "scan.horizontal").collect();
    let sure: Vec<_> = scans.iter().filter(|scan| scan.confidence > Confidence::Low).collect();
    assert!(
        sure.len() == 1 && sure[0].actors[0].address == host(at_another),
        "a scanner at another port is one: {sure:?}"
    );
    assert!(scans.len() < 10, "whoever began after it was known is not told: {}", scans.len());
    let first = scans.iter().find(|scan| scan.actors[0].address == host(FIRST)).unwrap();
    assert!(first.against.iter().any(|reason| reason.word == "part-of-outbreak"));
}

#[test]
fn a_slow_worm_is_not_lost_between_windows() {
    let mut stage = Stage::of(&DETECTOR);
    let mut to = 0;
    for minute in 0..600u32 {
        let spreaders = 1 + minute / 100;
        for spreader in 0..spreaders {
            to += 1;
            stage.add(knock(if spreader == 0 { FIRST } else { NET + spreader }, NET + 5000 + to, 5555, false));
        }
        if minute % 100 == 99 {
            stage.add(knock(if spreaders == 1 { FIRST } else { NET + spreaders - 1 }, NET + spreaders, 5555, true));
        }
        stage.wait(60_000);
    }
    assert!(worms(stage).last().unwrap().confidence >= Confidence::Moderate);
}

#[test]
fn a_worm_whose_openings_were_cut_out_is_found_with_doubt() {
    let mut stage = Stage::of(&DETECTOR);
    stage.add(udp(host(NET), host(NET + 1), 138, 138));
    stage.wait(60_000);
    let cut = |from: u32, to: u32, number: u16, turned: bool| {
        let (mut source, mut destination) = ((from, 49_000 + number), (to, 445));
        if turned {
            std::mem::swap(&mut source, &mut destination);
        }
        tcp(host(source.0), host(destination.0), source.1, destination.1).talks(900, 700).flags(0x18)
    };
    for number in 0..60u16 {
        let to = NET + 1 + u32::from(number) % 4;
        stage.add(cut(NET, to, number, number % 5 == 0));
        stage.wait(1000);
    }
    for number in 0..30u16 {
        let to = NET + [0, 2, 3][usize::from(number) % 3];
        stage.add(cut(NET + 1, to, number, number % 5 == 0));
        stage.wait(1000);
    }
    let last = worms(stage).pop().unwrap();
    assert_eq!((last.confidence, last.contacts[0].to), (Confidence::Low, host(NET + 1)));
    assert!(last.against.iter().any(|reason| reason.word == "openings-unseen"));
}

// What looks alike and is left alone.

#[test]
fn one_scanner_is_no_worm() {
    let mut stage = Stage::of(&DETECTOR);
    for number in 0..5000 {
        stage.add(knock(FIRST, NET + number, 445, number % 20 == 0));
        stage.add(datagram(FIRST, NET + number));
        stage.wait(20);
    }
    assert_eq!(stage.finish(), []);
}

#[test]
fn scanners_who_did_not_reach_each_other_are_no_worm() {
    let mut stage = Stage::of(&DETECTOR);
    for number in 0..1000 {
        for scanner in 0..5 {
            stage.add(knock(FIRST + scanner, NET + 1000 + number * 5 + scanner, 23, number % 20 == 0));
        }
        stage.wait(200);
    }
    assert_eq!(stage.finish(), []);
}

#[test]
fn two_who_spread_before_they_met_are_no_worm() {
    let mut stage = Stage::of(&DETECTOR);
    for number in 0..200 {
        stage.add(knock(FIRST, NET + 1000 + number, 23, false));
        stage.add(knock(NET, NET + 3000 + number, 23, false));
        if number == 100 {
            stage.add(knock(FIRST, NET, 23, true));
        }
        stage.wait(200);
    }
    assert_eq!(stage.finish(), []);
}

#[test]
fn a_swarm_of_peers_is_no_worm() {
    let mut stage = Stage::of(&DETECTOR);
    for number in 0..4000u32 {
        let (from, to) = (number * 7919 % 40, number * 104_729 % 43);
        let peer = |n: u32| if n.is_multiple_of(2) { NET + n } else { FIRST + n };
        // Every other peer has gone, and those who are there exchange pieces.
        let flow = tcp(host(peer(from)), host(peer(to) + number % 3 * 100), 50_000, 6881);
        stage.add(if number % 2 == 0 { flow } else { flow.talks(300_000, 200_000) });
        let asked = udp(host(peer(from)), host(peer(to)), 6881, 6881).sends(1, 90 + u64::from(number % 80));
        stage.add(if number % 3 == 0 { asked } else { asked.answered(1, 300, 0) });
        stage.wait(300);
    }
    assert_eq!(stage.finish(), []);
}

#[test]
fn relays_resolvers_time_servers_and_proxies_are_no_worm() {
    let mut stage = Stage::of(&DETECTOR);
    for number in 0..3000u32 {
        let (inside, outside) = (NET + number % 12, FIRST + number % 300);
        for (port, is_tcp) in [(25, true), (3128, true), (53, false), (123, false)] {
            for (from, to) in [(outside, inside), (inside, outside), (inside, NET + (number / 12) % 12)] {
                let fails = number % 10 == 0;
                stage.add(match (is_tcp, fails) {
                    (true, true) => tcp(host(from), host(to), 30_000, port),
                    (true, false) => tcp(host(from), host(to), 30_000, port).talks(3000, 500),
                    (false, true) => udp(host(from), host(to), 30_000, port),
                    (false, false) => udp(host(from), host(to), 30_000, port).answered(1, 120, 0),
                });
            }
        }
        stage.wait(300);
    }
    assert_eq!(stage.finish(), []);
}

#[test]
fn a_crowd_and_health_checks_are_no_worm() {
    let mut stage = Stage::of(&DETECTOR);
    for number in 0..3000u32 {
        stage.add(knock(FIRST + number, NET, 80, true));
        stage.add(knock(NET, NET + 1 + number % 30, 80, true));
        stage.add(knock(NET + 1, NET + 1 + number % 30, 80, number % 4 != 0));
        stage.wait(100);
    }
    assert_eq!(stage.finish(), []);
}

#[test]
fn a_file_server_s_long_conversations_are_no_worm() {
    let mut stage = Stage::of(&DETECTOR);
    for number in 0..400u16 {
        for client in 0..10 {
            let flow = tcp(host(NET + client), host(NET + 20 + client % 2), 50_000 + number / 100, 445);
            stage.add(flow.talks(3000, 9000).flags(0x18));
        }
        stage.add(tcp(host(NET + 20), host(NET + 21), 50_000, 445).talks(3000, 9000).flags(0x18));
        stage.wait(1000);
    }
    assert_eq!(stage.finish(), []);
}

#[test]
fn strange_flows_do_no_harm() {
    let mut stage = Stage::of(&DETECTOR);
    for number in 0..200u32 {
        let flow =
            tcp(host(number % 3), host(number % 5), 0, 0).sends(u32::MAX, u64::MAX).answered(u32::MAX, u64::MAX, 0xff);
        stage.add(flow.with(|change| change.standing = Standing((number * 37 % 256) as u8)));
        stage.wait(if number % 50 == 0 { 3_000_000_000_000 } else { 10 });
    }
    assert_eq!(stage.finish(), []);
}
