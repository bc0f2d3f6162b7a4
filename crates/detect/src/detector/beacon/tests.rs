use blueline_terms::finding::Finding;

use super::*;
use crate::measure::Chance;
use crate::stage::{Draft, Stage, host, icmp, tcp, udp};

const INSIDE: u32 = 0x0a01_0001;
const WORLD: u32 = 0x0808_0808;
const OTHER_PARTY: u32 = 0xc000_0201;

fn report(from: u32, to: u32, port: u16) -> Draft {
    tcp(host(from), host(to), 40_000, port).talks(600, 300).application(Application::Tls)
}

/// Something each so many milliseconds.
fn each(stage: &mut Stage, times: usize, mut act: impl FnMut(&mut Stage, usize), mut wait: impl FnMut(usize) -> f64) {
    for n in 0..times {
        act(stage, n);
        stage.wait((wait(n) * 1000.0) as u64);
    }
}

fn best(findings: &[Finding]) -> Option<Confidence> {
    findings.iter().map(|finding| finding.confidence).max()
}

#[test]
fn a_host_that_reports_to_the_world_is_found() {
    let mut chance = Chance(1);
    for (period, jitter) in [(2.5, 0.0), (10.0, 0.1), (60.0, 0.3), (3600.0, 0.5)] {
        let mut stage = Stage::of(&DETECTOR);
        let act = |stage: &mut Stage, _| stage.add(report(INSIDE, WORLD, 443));
        each(&mut stage, 40, act, |_| period * (1.0 + jitter * (chance.draw() - 0.5)));
        let findings = stage.finish();
        let last = findings.last().unwrap();
        assert_eq!((&*last.kind, &*last.vector), ("beacon.periodic", "tls"), "{period} {jitter}");
        assert_eq!(best(&findings), Some(Confidence::High), "{period}");
        assert_eq!((last.actors[0].address, last.targets[0].address), (host(INSIDE), host(WORLD)));
        assert!(findings.iter().all(|finding| finding.id == last.id), "one event");
    }
}

#[test]
fn much_jitter_takes_more_contacts() {
    let mut chance = Chance(2);
    let mut stage = Stage::of(&DETECTOR);
    let act = |stage: &mut Stage, _| stage.add(report(INSIDE, WORLD, 8080));
    each(&mut stage, 90, act, |_| 1.0 + 14.0 * chance.draw());
    assert_eq!(best(&stage.finish()), Some(Confidence::Low));
}

#[test]
fn several_infected_hosts_do_not_make_the_master_popular() {
    let mut stage = Stage::of(&DETECTOR);
    let act = |stage: &mut Stage, _| (0..12).for_each(|n| stage.add(report(INSIDE + n, WORLD, 443)));
    each(&mut stage, 30, act, |_| 10.0);
    let findings = stage.finish();
    let ended = |finding: &&Finding| finding.state == blueline_terms::finding::FindingState::Ended;
    let sure = findings.iter().filter(ended).filter(|finding| finding.confidence == Confidence::High);
    assert_eq!(sure.count(), 12);
}

#[test]
fn visits_by_chance_are_left_alone() {
    let mut chance = Chance(3);
    for mean in [2.0, 20.0, 300.0] {
        let mut stage = Stage::of(&DETECTOR);
        let act = |stage: &mut Stage, _| stage.add(report(INSIDE, WORLD, 443));
        each(&mut stage, 300, act, |_| mean * chance.wait());
        assert_eq!(stage.finish(), [], "{mean}");
    }
}

#[test]
fn pages_with_many_connections_are_left_alone() {
    let mut chance = Chance(4);
    let mut stage = Stage::of(&DETECTOR);
    let act = |stage: &mut Stage, _| stage.add(report(INSIDE, WORLD, 443));
    each(&mut stage, 300, act, |n| if n % 6 == 5 { 40.0 * chance.wait() } else { 0.05 });
    assert_eq!(stage.finish(), []);
}

#[test]
fn a_master_in_another_party_is_less_sure_and_one_of_the_own_low() {
    for (to, sure) in [(OTHER_PARTY, Confidence::Moderate), (INSIDE + 5, Confidence::Low)] {
        let mut stage = Stage::of(&DETECTOR);
        let act = |stage: &mut Stage, _| stage.add(report(INSIDE, to, 443));
        each(&mut stage, 60, act, |_| 30.0);
        let findings = stage.finish();
        assert_eq!((best(&findings), &*findings[0].against[0].word), (Some(sure), "beacon-inside"));
    }
}

#[test]
fn a_health_check_of_another_party_is_low_and_silent_where_several_check() {
    for (hosts, found) in [(1, Some(Confidence::Low)), (2, None)] {
        let mut stage = Stage::of(&DETECTOR);
        let check = |n| report(INSIDE + n, OTHER_PARTY, 80).application(Application::Http);
        each(&mut stage, 60, |stage, _| (0..hosts).for_each(|n| stage.add(check(n))), |_| 3.0);
        assert_eq!(best(&stage.finish()), found, "{hosts}");
    }
}

#[test]
fn bots_of_a_flood_are_no_beacons() {
    for (to, hosts, period) in [(OTHER_PARTY, 6, 2.0), (OTHER_PARTY, 20, 60.0), (WORLD, 30, 2.0)] {
        let mut chance = Chance(5);
        let mut stage = Stage::of(&DETECTOR);
        let act = |stage: &mut Stage, _| (0..hosts).for_each(|n| stage.add(report(INSIDE + n, to, 443)));
        each(&mut stage, 40, act, |_| period * (0.95 + 0.1 * chance.draw()));
        assert_eq!(stage.finish(), [], "{hosts}");
    }
}

#[test]
fn short_intervals_are_counted_as_they_are() {
    let mut chance = Chance(6);
    let mut stage = Stage::of(&DETECTOR);
    let act = |stage: &mut Stage, _| stage.add(report(INSIDE, WORLD, 443));
    each(&mut stage, 60, act, |_| 1.4 * (0.8 + 0.4 * chance.draw()));
    let findings = stage.finish();
    let interval = findings[0].grounds[0].values.iter().find(|(name, _)| &**name == "interval").map(|(_, value)| value);
    let Some(&Value::Seconds(interval)) = interval else { panic!("{interval:?}") };
    assert!((interval - 1.4).abs() < 0.2, "{interval}");
}

#[test]
fn monitors_of_many_servers_and_servers_that_others_use_are_silent() {
    let mut stage = Stage::of(&DETECTOR);
    let watch_all = |stage: &mut Stage, _| (0..6).for_each(|n| stage.add(report(INSIDE, OTHER_PARTY + n, 80)));
    each(&mut stage, 60, watch_all, |_| 3.0);
    assert_eq!(stage.finish(), []);
    let mut stage = Stage::of(&DETECTOR);
    let used = |stage: &mut Stage, n| {
        stage.add(report(INSIDE, OTHER_PARTY, 80));
        stage.add(report(INSIDE + 100 + n as u32, OTHER_PARTY, 80));
    };
    each(&mut stage, 60, used, |_| 3.0);
    assert_eq!(stage.finish(), []);
}

#[test]
fn a_destination_that_many_use_is_less_sure() {
    let mut stage = Stage::of(&DETECTOR);
    let act = |stage: &mut Stage, n| {
        stage.add(report(INSIDE, WORLD, 443));
        stage.add(report(INSIDE + 100 + n as u32, WORLD, 443));
    };
    each(&mut stage, 40, act, |_| 10.0);
    assert_eq!(best(&stage.finish()), Some(Confidence::Moderate));
}

#[test]
fn services_that_live_on_questions_are_left_alone() {
    let asks = |port| move || udp(host(INSIDE), host(WORLD), 40_000, port).answered(1, 100, 0);
    let ping = || icmp(host(INSIDE), host(WORLD), 8, 0).answered(1, 98, 0);
    let ssh = || tcp(host(INSIDE), host(WORLD), 40_000, 2222).talks(600, 300).application(Application::Ssh);
    let modbus = || tcp(host(INSIDE), host(WORLD), 40_000, 502).talks(60, 60);
    let inbound = || report(WORLD, INSIDE, 443);
    let in_vain = || tcp(host(INSIDE), host(WORLD), 40_000, 6346);
    let drafts: [&dyn Fn() -> Draft; 7] = [&asks(123), &asks(161), &ping, &ssh, &modbus, &inbound, &in_vain];
    for (number, draft) in drafts.iter().enumerate() {
        let mut stage = Stage::of(&DETECTOR);
        each(&mut stage, 60, |stage, _| stage.add(draft()), |_| 16.0);
        assert_eq!(stage.finish(), [], "{number}");
    }
}

#[test]
fn keep_alives_are_silent_and_heartbeats_low() {
    for (bytes, found) in [(66, None), (160, Some(Confidence::Low))] {
        let mut stage = Stage::of(&DETECTOR);
        stage.add(report(INSIDE, WORLD, 443));
        let beat = report(INSIDE, WORLD, 443).goes_on().sends(1, bytes).with(|change| {
            change.standing = Standing::ANSWERED.with(Standing::WAS_ANSWERED).with(Standing::SYN);
        });
        each(&mut stage, 60, |stage, _| stage.add(beat.clone()), |_| 30.0);
        assert_eq!(best(&stage.finish()), found, "{bytes}");
    }
}

#[test]
fn mail_boxes_are_low_at_most() {
    let mut stage = Stage::of(&DETECTOR);
    each(&mut stage, 40, |stage, _| stage.add(report(INSIDE, WORLD, 993)), |_| 300.0);
    assert_eq!(best(&stage.finish()), Some(Confidence::Low));
}

#[test]
fn a_long_pause_begins_anew() {
    let mut stage = Stage::of(&DETECTOR);
    let act = |stage: &mut Stage, _| stage.add(report(INSIDE, WORLD, 443));
    each(&mut stage, 40, act, |n| if n % 5 == 4 { 100_000.0 } else { 60.0 });
    assert_eq!(stage.finish(), []);
}

#[test]
fn whoever_is_refused_each_time_guesses_and_does_not_report() {
    let ask = |to: u32| {
        let mut stage = Stage::of(&DETECTOR);
        let act = |stage: &mut Stage, _| {
            stage.add(tcp(host(INSIDE), host(to), 40_000, 80).talks(600, 300).refuses(Application::Http, 401, ""));
        };
        each(&mut stage, 40, act, |n| 6.0 + (n % 3) as f64 * 0.4);
        best(&stage.finish())
    };
    assert_eq!((ask(OTHER_PARTY), ask(WORLD)), (None, Some(Confidence::Low)));
}

#[test]
fn a_login_service_is_known_at_any_port_though_it_says_so_late() {
    let mut stage = Stage::of(&DETECTOR);
    let act = |stage: &mut Stage, n: usize| {
        let opened =
            tcp(host(INSIDE), host(WORLD), 40_000, 9121).talks(600, 300).application(Application::Unrecognised);
        stage.add_again(n as u32, opened.stays_open());
        stage.wait(400);
        stage.add_again(n as u32, report(INSIDE, WORLD, 9121).application(Application::Ftp).goes_on());
    };
    each(&mut stage, 40, act, |_| 6.0);
    assert_eq!(stage.finish(), []);
}
