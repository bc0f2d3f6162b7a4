//! The bundled example: the committed captures are what the scenario gives, byte for byte.

use std::path::{Path, PathBuf};

use blueline_exercise::Scenario;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/ceasefire-week")
}

fn week() -> Scenario {
    let text = std::fs::read_to_string(folder().join("scenario.toml")).unwrap();
    Scenario::parse(&text).unwrap_or_else(|error| panic!("scenario.toml:\n{error}"))
}

#[test]
fn the_committed_captures_are_the_scenarios() {
    let scenario = week();
    let (captures, truth) = scenario.record();
    let mut size = 0;
    for (sensor, capture) in scenario.sensors.iter().zip(&captures) {
        let name = format!("{}.{}.zst", sensor.id, sensor.capture.kind.extension());
        let compressed = std::fs::read(folder().join(&name)).unwrap();
        size += compressed.len();
        let committed = zstd::decode_all(&compressed[..]).unwrap();
        assert!(
            committed == *capture,
            "{name} is not what scenario.toml gives: generate it anew (see README.md there)"
        );
    }
    assert!(size < 2_000_000, "the example has grown to {size} bytes");
    let committed = std::fs::read_to_string(folder().join("truth.json")).unwrap();
    assert!(committed == truth.to_json(), "truth.json is not what scenario.toml gives: generate it anew");
}

#[test]
fn the_example_is_right_by_recount_and_by_tshark() {
    let scenario = week();
    let (captures, truth) = scenario.record();
    super::truth::check(&scenario, &captures, &truth);
    super::tshark::finds_nothing_bad(&captures);
}

#[test]
fn benches_are_scenarios() {
    for name in ["flood", "day"] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../benches/{name}.toml"));
        let text = std::fs::read_to_string(file).unwrap();
        Scenario::parse(&text).unwrap_or_else(|error| panic!("{name}.toml:\n{error}"));
    }
}

#[test]
fn the_story_is_told_on_its_days() {
    let (_, truth) = week().record();
    let days: Vec<_> =
        truth.attacks.iter().map(|attack| (&attack.kind[..], &attack.start.as_ref().unwrap()[14..16])).collect();
    // A day is a minute: day 3 is minute 2.
    assert_eq!(days, [("reflection", "02"), ("scan", "04"), ("control-write", "05")]);
    assert!(truth.sensors.iter().all(|sensor| sensor.periods.len() == 7));
}
