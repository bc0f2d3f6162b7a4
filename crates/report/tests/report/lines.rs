//! JSON lines against their schema, and the schema against the committed file.

use blueline_report::{lines, lines::Line};
use blueline_terms::{Mission, Picture};
use serde_json::{Value, json};

use crate::files::compare;
use crate::sample;

fn all() -> Vec<Line> {
    let (mission, run, seals) = (sample::mission(), sample::run(), sample::seals());
    let mut all = lines::crossings(&mission, &sample::period(), false);
    let crossings = all.len() as u64;
    all.extend(lines::oddities(&mission, &run));
    all.push(lines::summary(&mission, &run, crossings, &seals));
    all
}

fn values() -> Vec<Value> {
    all().iter().map(|line| serde_json::from_str(&line.json()).unwrap()).collect()
}

fn validator() -> jsonschema::Validator {
    jsonschema::draft202012::options().build(&serde_json::from_str(&lines::schema()).unwrap()).unwrap()
}

#[test]
fn schema_is_the_committed_one() {
    compare("../../schemas/watch-lines.json", &lines::schema());
}

#[test]
fn schema_is_a_valid_schema_of_its_draft() {
    assert!(jsonschema::draft202012::meta::is_valid(&serde_json::from_str(&lines::schema()).unwrap()));
}

#[test]
fn every_line_validates() {
    let validator = validator();
    for line in values() {
        let errors: Vec<_> = validator.iter_errors(&line).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{line}\n{errors:?}");
    }
    assert_eq!(values().iter().filter(|line| line["type"] == "crossing").count(), 8);
}

/// Each key of each line, taken away, or given a value of another type, makes the line invalid; so does a key more.
#[test]
fn broken_lines_do_not_validate() {
    let validator = validator();
    for line in values() {
        let keys: Vec<_> = line.as_object().unwrap().keys().cloned().collect();
        for key in &keys {
            let mut without = line.clone();
            without.as_object_mut().unwrap().remove(key);
            assert!(!validator.is_valid(&without), "without {key}: {without}");
            let mut other = line.clone();
            other[key] = json!({"not": ["expected"]});
            assert!(!validator.is_valid(&other), "another {key}: {other}");
        }
        let mut more = line.clone();
        more["surprise"] = json!(1);
        assert!(!validator.is_valid(&more));
    }
}

#[test]
fn wrong_values_do_not_validate() {
    let validator = validator();
    let summary = values().pop().unwrap();
    let crossing = values().remove(0);
    let wrong = [
        (&summary, "/type", json!("total")),
        (&summary, "/version", json!(2)),
        (&summary, "/packets", json!(-1)),
        (&summary, "/packets", json!(1.5)),
        (&summary, "/seals/0/head", json!("8f3a")),
        (&summary, "/unattributed/share_of_bytes", json!(1.2)),
        (&summary, "/top/0/source/confidence", json!("certain")),
        (&summary, "/top/0/source/grounds/kind", json!("hearsay")),
        (&crossing, "/coverage/to/known", json!(null)),
        (&crossing, "/coverage/to/time", json!(-0.1)),
        (&crossing, "/late", json!("no")),
        (&crossing, "/from", json!(null)),
    ];
    for (line, place, value) in wrong {
        let mut line = line.clone();
        *line.pointer_mut(place).unwrap() = value;
        assert!(!validator.is_valid(&line), "{place}: {line}");
    }
}

#[test]
fn keys_stand_in_their_order() {
    let lines = all();
    let summary = lines.last().unwrap().json();
    let right = concat!(
        r#"{"type":"summary","packets":196839,"bytes":126025600,"flows":6303,"crossings":8,"oddities":1289,"shed":12,"#,
        r#""start":"2026-03-01T10:00:00Z","end":"2026-03-01T10:09:59Z","seals":[{"sensor":"gate-north","head":"8f3a"#
    );
    assert_eq!(summary.get(..right.len()), Some(right));
    let crossing = lines[0].json();
    let right = concat!(
        r#"{"type":"crossing","version":1,"period":{"start":"2026-03-01T10:05:50Z","end":"2026-03-01T10:06:00Z"},"#,
        r#""late":false,"from":"arden","to":"boral","flows":240,"packets":7856,"bytes":5027500,"#,
        r#""before":{"flows":41,"packets":1316,"bytes":841900},"new":[],"coverage":{"from":{"known":false,"#
    );
    assert_eq!(crossing.get(..right.len()), Some(right));
    assert!(all().iter().zip(&lines).all(|(one, other)| one.json() == other.json()));
}

#[test]
fn new_services_stand_with_their_pair() {
    let new = |from: &str, to: &str| {
        let lines = values();
        let line = lines.iter().find(|line| line["from"] == from && line["to"] == to).unwrap().clone();
        line["new"]
            .as_array()
            .unwrap()
            .iter()
            .map(|new| new["service"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(new("boral", "arden"), ["modbus/tcp 502"]);
    assert_eq!(new("unknown", "boral"), ["tcp 8443"]);
    assert!(new("arden", "boral").is_empty());
}

/// Taking declared sensors away leaves nothing known; with all sources declared the parties' coverage is known, the
/// world's never is.
#[test]
fn coverage_is_known_only_behind_declared_sensors() {
    let known = |picture: &Picture| {
        let lines = lines::crossings(&sample::mission(), picture, false);
        let line: Value = serde_json::from_str(&lines[1].json()).unwrap();
        assert_eq!((&line["from"], &line["to"]), (&json!("world"), &json!("boral")));
        ["from", "to"].map(|side| (line["coverage"][side]["known"].clone(), line["coverage"][side]["time"].clone()))
    };
    let mut declared = sample::period();
    declared.coverage.packets_undeclared = 0;
    assert_eq!(known(&declared), [(json!(false), json!(null)), (json!(true), json!(0.904))]);
    assert_eq!(known(&sample::period()), [(json!(false), json!(null)), (json!(false), json!(0.904))]);
    let mut bare = sample::period();
    bare.coverage.sensors.clear();
    assert_eq!(known(&bare), [(json!(false), json!(null)), (json!(false), json!(null))]);
}

#[test]
fn a_run_without_packets_still_ends_in_a_summary() {
    let summary = lines::summary(&Mission::default(), &sample::empty(), 0, &[]).json();
    let right = r#"{"type":"summary","packets":0,"bytes":0,"flows":0,"crossings":0,"oddities":0,"shed":0,"start":null,"end":null,"seals":[],"#;
    assert_eq!(summary.get(..right.len()), Some(right));
    assert!(validator().is_valid(&serde_json::from_str(&summary).unwrap()));
    assert!(lines::crossings(&Mission::default(), &sample::empty(), false).is_empty());
}

#[test]
fn the_line_that_is_late_says_so() {
    let lines = lines::crossings(&sample::mission(), &sample::period(), true);
    assert!(lines.iter().all(|line| line.json().contains(r#""late":true"#)));
}
