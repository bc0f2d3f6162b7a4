use blueline_terms::finding::Finding;
use blueline_terms::{Change, Confidence};

use super::DETECTOR;
use crate::stage::{Draft, Stage, host, tcp, udp};

const INSIDE: u32 = 0x0a00_0007;
const OUTSIDE: u32 = 0xc000_0201;
const MEGABYTE: u64 = 1_000_000;

fn carries(from: u32, to: u32, port: u16, out: u64, back: u64) -> Draft {
    let acknowledged = |change: &mut Change| change.backward.packets += change.forward.packets / 2;
    tcp(host(from), host(to), 50_000, port).talks(out, back).with(acknowledged)
}

/// One conversation of so many seconds, in each of which as much goes out and comes back.
fn lasts(stage: &mut Stage, seconds: u64, draft: &Draft) {
    for second in 0..seconds {
        stage.add(if second == 0 { draft.clone() } else { draft.clone().goes_on() });
        stage.wait(1000);
    }
}

fn last(stage: Stage) -> Option<Finding> {
    stage.finish().pop()
}

#[test]
fn a_large_upload_across_a_border_is_found() {
    let mut stage = Stage::of(&DETECTOR);
    lasts(&mut stage, 60, &carries(INSIDE, OUTSIDE, 443, MEGABYTE, 8000));
    let findings = stage.finish();
    assert_eq!(findings[0].confidence, Confidence::Low, "opens before it is all out");
    assert!(findings[0].span.duration().as_secs() < 10);
    let last = findings.last().unwrap();
    assert_eq!((&*last.vector, last.confidence), ("upload", Confidence::Moderate));
    assert_eq!((last.actors[0].address, last.targets[0].address), (host(INSIDE), host(OUTSIDE)));
    assert!(last.against.iter().any(|reason| reason.word == "content-unknown"));
}

#[test]
fn a_trickle_is_not_lost_between_windows() {
    let mut stage = Stage::of(&DETECTOR);
    lasts(&mut stage, 40 * 60, &carries(INSIDE, 0x0808_0808, 443, 20_000, 600));
    assert_eq!(last(stage).unwrap().confidence, Confidence::Moderate);
}

#[test]
fn many_small_conversations_with_one_host_are_summed() {
    let mut stage = Stage::of(&DETECTOR);
    for _ in 0..400 {
        stage.add(carries(INSIDE, OUTSIDE, 8443, 100_000, 2000));
        stage.wait(5000);
    }
    assert_eq!(last(stage).unwrap().flow_count, 400);
}

#[test]
fn it_stands_out_of_what_was_usual() {
    let mut stage = Stage::of(&DETECTOR);
    let usual = |stage: &mut Stage, hour: u32| {
        for other in 0..40 {
            stage.add(carries(INSIDE, OUTSIDE + 100 + hour * 40 + other, 443, MEGABYTE, 90_000));
            stage.wait(90_000);
        }
    };
    (0..24).for_each(|hour| usual(&mut stage, hour));
    // Twenty megabytes are nothing for this host; a gigabyte and a half is.
    stage.add(carries(INSIDE, OUTSIDE, 443, 30 * MEGABYTE, 50_000));
    stage.wait(1000);
    assert_eq!(stage.found_so_far(), 0);
    lasts(&mut stage, 1500, &carries(INSIDE, OUTSIDE, 443, MEGABYTE, 5000));
    let last = last(stage).unwrap();
    assert_eq!(last.confidence, Confidence::Moderate);
    assert!(last.measure.is_some_and(|measure| measure.baseline.is_some_and(|usual| usual > 1e8)));
}

#[test]
fn ten_megabytes_are_enough_where_nobody_else_goes() {
    let run = |others: u32, back: u64| {
        let mut stage = Stage::of(&DETECTOR);
        for other in 1..=others {
            stage.add(carries(INSIDE + other, OUTSIDE, 443, 2000, 90_000));
        }
        lasts(&mut stage, 60, &carries(INSIDE, OUTSIDE, 443, MEGABYTE / 5, back));
        last(stage).unwrap()
    };
    assert_eq!(run(1, 4000).confidence, Confidence::Moderate);
    let common = run(5, 4000);
    assert_eq!(common.confidence, Confidence::Low);
    assert!(common.against.iter().any(|reason| reason.word == "destination-common"));
    assert_eq!(run(1, 20_000).confidence, Confidence::Low, "something comes back");
}

// What looks alike and is left alone.

#[test]
fn a_screen_that_is_shown_is_told_with_doubt() {
    let mut stage = Stage::of(&DETECTOR);
    let shown = udp(host(INSIDE), host(OUTSIDE), 40_000, 40_002).sends(200, 200_000).answered(30, 3000, 0);
    lasts(&mut stage, 80, &shown);
    let last = last(stage).unwrap();
    assert_eq!(last.confidence, Confidence::Low);
    assert!(last.against.iter().any(|reason| reason.word == "carried-like-media"));
}

#[test]
fn ordinary_uploads_and_downloads_are_left_alone() {
    let mut stage = Stage::of(&DETECTOR);
    for number in 0..2000 {
        stage.add(carries(INSIDE + number % 50, OUTSIDE + number % 90, 443, 30_000, 900_000));
        stage.add(carries(OUTSIDE + number % 90, INSIDE, 443, 2000, 900_000));
        stage.wait(1000);
    }
    stage.add(carries(INSIDE + 1, OUTSIDE, 443, 4 * MEGABYTE, 20_000));
    assert_eq!(stage.finish(), []);
}

#[test]
fn calls_carry_as_much_both_ways() {
    let mut stage = Stage::of(&DETECTOR);
    let call = udp(host(INSIDE), host(OUTSIDE), 40_000, 40_002).sends(100, 300_000).answered(100, 250_000, 0);
    lasts(&mut stage, 3600, &call);
    assert_eq!(stage.finish(), []);
}

#[test]
fn backups_are_left_alone() {
    let mut stage = Stage::of(&DETECTOR);
    for _ in 0..20 {
        stage.add(carries(INSIDE, OUTSIDE, 873, 8 * MEGABYTE, 40_000));
        stage.wait(60_000);
    }
    lasts(&mut stage, 600, &carries(INSIDE, INSIDE + 40, 443, MEGABYTE, 5000));
    assert_eq!(stage.finish(), []);
}

#[test]
fn what_is_carried_every_day_is_told_once() {
    let mut stage = Stage::of(&DETECTOR);
    for _ in 0..16 {
        lasts(&mut stage, 100, &carries(INSIDE, OUTSIDE, 443, MEGABYTE, 5000));
        stage.wait(6 * 3600 * 1000 - 100_000);
    }
    let findings = stage.finish();
    assert!(findings.iter().all(|finding| finding.id == findings[0].id) && !findings.is_empty());
}

#[test]
fn mail_peers_and_files_that_are_fetched_are_left_alone() {
    let mut stage = Stage::of(&DETECTOR);
    for number in 0..600 {
        stage.add(carries(INSIDE, OUTSIDE, 25, MEGABYTE, 2000));
        for peer in 0..12 {
            stage.add(carries(INSIDE + 1, OUTSIDE + 20 + peer, 6881, MEGABYTE / 4, 1000 + number));
        }
        let active = tcp(host(INSIDE + 2), host(OUTSIDE + 1), 20, 40_000);
        stage.add(active.talks(MEGABYTE, 10_000));
        stage.wait(2000);
    }
    assert_eq!(stage.finish(), []);
}

#[test]
fn a_flood_carries_nothing_out() {
    let mut stage = Stage::of(&DETECTOR);
    for _ in 0..200 {
        stage.add(udp(host(INSIDE), host(OUTSIDE), 40_000, 53).sends(10_000, 10 * MEGABYTE));
        stage.add(udp(host(INSIDE + 1), host(OUTSIDE), 40_000, 53).sends(10_000, 10 * MEGABYTE).answered(3, 300, 0));
        stage.add(carries(INSIDE, OUTSIDE, 443, 10 * MEGABYTE, 9000).flags(0x18));
        stage.wait(1000);
    }
    assert_eq!(stage.finish(), []);
}

#[test]
fn strange_figures_and_times_do_no_harm() {
    let mut stage = Stage::of(&DETECTOR);
    for number in 0..60 {
        let flow = carries(INSIDE, OUTSIDE, 443, 1, 1).sends(u32::MAX, u64::MAX).answered(u32::MAX, u64::MAX, 0xff);
        stage.add(flow);
        stage.wait(if number % 9 == 0 { 900_000_000_000 } else { 1 });
    }
    assert_eq!(stage.finish(), []);
}
