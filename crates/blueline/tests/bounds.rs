//! Memory has a bound: under a flood of forged sources the program lets flows go, counts them, and says so.

use blueline_exercise::{Flood, Scenario};
use serde_json::Value;

use crate::field::Field;
use crate::program::{Live, run};
use crate::schema::Judge;

/// Each packet from another address: more flows than the least memory has room for.
const PACKETS: u64 = 600_000;

fn flood() -> Field {
    let flood = Flood { packets: PACKETS, sources: PACKETS, packets_per_second: 60_000.0, ..Flood::default() };
    Field::of(&Scenario::flood(&flood))
}

#[test]
fn a_flood_is_shed_counted_and_told() {
    let field = flood();
    let small = ["--no-custody", "--memory", "128MiB", "--period", "2s"];
    let source = field.bound(0, &field.file(0));
    let seen = run(field.watch().args(small).arg(&source)).ends(0);
    Judge::new().check("a flood", &seen);
    let summary = seen.summary();
    assert_eq!(summary["packets"], PACKETS);
    let shed = summary["shed"].as_u64().unwrap();
    assert!(shed > PACKETS / 10, "{shed}");
    assert_eq!(summary["coverage"]["shed"], shed);
    // What each period says of it adds up to it.
    let mut by_period: Vec<(&Value, u64)> = Vec::new();
    let lines = seen.lines_of("crossing");
    for line in &lines {
        if by_period.last().is_none_or(|(period, _)| *period != &line["period"]) {
            by_period.push((&line["period"], line["coverage"]["shed"].as_u64().unwrap()));
        }
    }
    let told: u64 = by_period.iter().map(|(_, shed)| shed).sum();
    assert!(told > 0 && told <= shed, "{told} of {shed}");
    // Where it was shed does not depend on the threads.
    for threads in ["1", "3"] {
        let same = run(field.watch().args(small).args(["--threads", threads]).arg(&source)).ends(0);
        assert_eq!(same.stdout, seen.stdout, "{threads} threads");
    }
    let text = run(field.watch_in("text").args(small).arg(&source)).ends(0).stdout;
    assert!(text.contains("shed") && !text.contains("nothing was shed"), "{text}");
}

#[test]
fn with_memory_nothing_is_shed() {
    let field = flood();
    let seen =
        run(field.watch().args(["--no-custody", "--memory", "1GiB"]).arg(field.bound(0, &field.file(0)))).ends(0);
    let summary = seen.summary();
    assert_eq!((&summary["shed"], &summary["flows"]), (&Value::from(0), &Value::from(PACKETS)));
}

/// A build without optimisation takes a little more than the setting: its stacks and code are larger.
const BESIDE_THE_SETTING: u64 = 16 << 20;

#[test]
fn memory_stays_under_its_bound() {
    let field = flood();
    let mut live = Live::new(field.watch().args(["--no-custody", "--memory", "128MiB", "--period", "1s", "border=-"]));
    live.feed(&field.captures[0]);
    // Ten seconds of flood: the period of the seventh is told when nearly all has been counted.
    while let Some(line) = live.line() {
        if line.contains("\"start\":\"2026-03-01T00:00:07Z\"") {
            break;
        }
    }
    let status = format!("/proc/{}/status", live.child.id());
    let Ok(status) = std::fs::read_to_string(&status) else {
        println!("skipped: there is no {status}");
        return;
    };
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak: u64 = peak.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10;
    println!("peak: {} MiB", peak >> 20);
    assert!(peak < (128 << 20) + BESIDE_THE_SETTING, "{} MiB", peak >> 20);
    assert_eq!(live.finish().0, Some(0));
}
