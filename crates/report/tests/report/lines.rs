//! JSON lines against their schema, and the schema against the committed file.

use blueline_report::explain::Library;
use blueline_report::{lines, lines::Line};
use blueline_terms::picture::FirstSeen;
use blueline_terms::{Crossing, Mission, Moment, Picture, Traffic};
use serde_json::{Value, json};

use crate::files::compare;
use crate::sample;

fn all() -> Vec<Line> {
    let (mission, run, seals) = (sample::mission(), sample::run(), sample::seals());
    let mut all = lines::crossings(&mission, &sample::period(), false);
    let crossings = all.len() as u64;
    all.extend(lines::oddities(&mission, &run));
    let library = Library::new(&[]);
    all.extend(sample::findings().iter().map(|one| lines::finding(&mission, &library, one, &sample::seal_of)));
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
    let finding =
        values().into_iter().find(|line| line["type"] == "finding" && line["measure"] != json!(null)).unwrap();
    let wrong = [
        (&summary, "/type", json!("total")),
        (&summary, "/version", json!(2)),
        (&summary, "/packets", json!(-1)),
        (&summary, "/packets", json!(1.5)),
        (&summary, "/seals/0/head", json!("8f3a")),
        (&summary, "/unattributed/share_of_bytes", json!(1.2)),
        (&summary, "/top/0/flow/seal", json!("5ea1")),
        (&summary, "/top/0/flow/ordinal", json!(-1)),
        (&summary, "/borders/0/pairs/0/from", json!(null)),
        (&summary, "/copies", json!(-1)),
        (&summary, "/top/0/source/confidence", json!("certain")),
        (&summary, "/top/0/source/grounds/kind", json!("hearsay")),
        (&crossing, "/coverage/to/known", json!(null)),
        (&crossing, "/coverage/to/time", json!(-0.1)),
        (&crossing, "/late", json!("no")),
        (&crossing, "/from", json!(null)),
        (&finding, "/id", json!("0F1E")),
        (&finding, "/state", json!("closed")),
        (&finding, "/effect", json!(["D"])),
        (&finding, "/sources/spoofed", json!("perhaps")),
        (&finding, "/confidence", json!("certain")),
        (&finding, "/flows/0/seal", json!("5ea1")),
        (&finding, "/seal", json!("5ea1")),
        (&finding, "/measure/threshold", json!("high")),
        (&finding, "/grounds/0/values/rate", json!(["many"])),
        (&finding, "/target_places/0/confidence", json!("certain")),
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
        r#"{"type":"summary","packets":237667,"bytes":152025600,"flows":6429,"crossings":8,"oddities":42289,"shed":12,"#,
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

fn summary_of(mission: &Mission, picture: &Picture) -> Value {
    serde_json::from_str(&lines::summary(mission, picture, 0, &sample::seals()).json()).unwrap()
}

/// Each border has what its parties sent each other and nothing else; most bytes first, the quiet one last.
#[test]
fn borders_have_the_traffic_between_their_parties() {
    let summary = summary_of(&sample::mission(), &sample::run());
    let shown: Vec<_> = (summary["borders"].as_array().unwrap().iter())
        .map(|one| (one["border"].as_str().unwrap(), one["between"].clone(), one["pairs"].as_array().unwrap().len()))
        .collect();
    assert_eq!(
        shown,
        [
            ("three-corners", json!(["arden", "boral", "corvo"]), 3),
            ("north-line", json!(["arden", "boral"]), 2),
            ("salt-coast", json!(["arden", "corvo"]), 1),
            ("east-ridge", json!(["boral", "corvo"]), 0),
        ]
    );
    for one in summary["borders"].as_array().unwrap() {
        let ids = one["between"].as_array().unwrap();
        let over = |pair: &&Value| ids.contains(&pair["from"]) && ids.contains(&pair["to"]);
        let pairs: Vec<_> = summary["pairs"].as_array().unwrap().iter().filter(over).cloned().collect();
        assert_eq!(one["pairs"], json!(pairs));
        for key in ["flows", "packets", "bytes"] {
            assert_eq!(one[key], pairs.iter().map(|pair| pair[key].as_u64().unwrap()).sum::<u64>(), "{key}");
        }
    }
    let none = Mission { borders: vec![], ..sample::mission() };
    assert_eq!(summary_of(&none, &sample::run())["borders"], json!([]));
}

/// Borders with the same bytes stand by which was crossed first, quiet ones by the space of their parties; neither by id
/// nor by the order in which they were declared.
#[test]
fn equal_borders_stand_by_what_was_first() {
    let mut picture = sample::empty();
    let crossing = |from, to, seconds| Crossing {
        from,
        to,
        traffic: Traffic { flows: 1, packets: 5, bytes: 500 },
        first: FirstSeen { moment: Moment::from_seconds(seconds, 0), batch: 0, ordinal: 0 },
    };
    picture.crossings = vec![crossing(sample::B, sample::C, 1), crossing(sample::A, sample::C, 2)];
    let order = |mission: &Mission, picture: &Picture| -> Vec<String> {
        let summary = summary_of(mission, picture);
        let ids = summary["borders"].as_array().unwrap().iter().map(|one| one["border"].as_str().unwrap().to_owned());
        ids.collect()
    };
    let mut mission = sample::mission();
    for _ in 0..2 {
        assert_eq!(order(&mission, &picture), ["three-corners", "east-ridge", "salt-coast", "north-line"]);
        assert_eq!(order(&mission, &sample::empty()), ["north-line", "three-corners", "salt-coast", "east-ridge"]);
        mission.borders.reverse();
    }
}

/// The conversation names the flow it began with by its batch's seal; only where that batch is not sealed is there none.
#[test]
fn conversations_name_their_flow() {
    let summary = summary_of(&sample::mission(), &sample::run());
    let flows: Vec<_> = summary["top"].as_array().unwrap().iter().map(|one| one["flow"].clone()).collect();
    let named = json!({"seal": "5ea1".repeat(16), "ordinal": 17});
    let batches: Vec<_> = sample::run().top.iter().map(|one| one.flow().batch).collect();
    assert!([1, 2, 3].iter().all(|batch| batches.contains(batch)), "{batches:?}");
    for (flow, batch) in flows.iter().zip(batches) {
        assert_eq!(*flow, if batch < 3 { named.clone() } else { Value::Null }, "batch {batch}");
    }
}

/// Copies are records and nothing else: no share is of them.
#[test]
fn copies_are_told_and_left_out_of_shares() {
    let summary = summary_of(&sample::mission(), &sample::run());
    let whole = |key: &str| summary[key].as_u64().unwrap();
    assert_eq!(whole("copies"), sample::COPIES.packets);
    assert_eq!(whole("packets") - summary["counted"]["packets"].as_u64().unwrap(), sample::COPIES.packets);
    assert_eq!(whole("bytes") - summary["counted"]["bytes"].as_u64().unwrap(), sample::COPIES.bytes);
    let mut alone = sample::run();
    alone.total = alone.counted();
    assert_eq!(summary["unattributed"], summary_of(&sample::mission(), &alone)["unattributed"]);
    let mut half = alone.clone();
    half.unattributed.bytes = half.total.bytes / 2;
    half.total.bytes *= 2;
    assert_eq!(summary_of(&sample::mission(), &half)["unattributed"]["share_of_bytes"], json!(0.5));
}
