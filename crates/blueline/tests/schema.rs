//! JSON lines: every line is what the schema says, the last one is the summary, and the figures agree with each other and
//! with the truth.

use std::collections::BTreeMap;
use std::path::Path;

use blueline_exercise::Scenario;
use serde_json::Value;

use crate::field::{Field, SCENARIO, mission_file};
use crate::program::{Dice, Run, blueline, run, shared_captures};

/// The keys that the summary begins with, in this order.
const FIRST_KEYS: [&str; 9] = ["packets", "bytes", "flows", "crossings", "oddities", "shed", "start", "end", "seals"];

/// Checks every line of a run against the schema that the program prints, and what holds between the lines.
pub(crate) struct Judge(jsonschema::Validator);

impl Judge {
    pub(crate) fn new() -> Self {
        let schema = run(blueline().args(["schema", "watch"])).ends(0).stdout;
        Self(jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap())
    }

    #[track_caller]
    pub(crate) fn check(&self, what: &str, run: &Run) {
        let lines = run.lines();
        for (number, line) in lines.iter().enumerate() {
            if let Err(error) = self.0.validate(line) {
                panic!("{what}: line {}: {error}\n{line}", number + 1);
            }
        }
        let summaries: Vec<usize> = (0..lines.len()).filter(|&n| lines[n]["type"] == "summary").collect();
        assert_eq!(summaries, [lines.len() - 1], "{what}: the summary is the last line and the only one");
        begins_with_its_first_keys(run.stdout.lines().last().unwrap());
        figures_agree(what, run);
    }
}

fn begins_with_its_first_keys(summary: &str) {
    let mut rest = summary.strip_prefix("{\"type\":\"summary\",").unwrap();
    for key in FIRST_KEYS {
        rest = rest
            .strip_prefix(&format!("\"{key}\":"))
            .unwrap_or_else(|| panic!("{key} is not where it must be: {rest}"));
        // What follows the value: the first comma outside brackets, none of these values being a text with one in it.
        let mut depth = 0;
        let end = rest.find(|c| {
            depth += i32::from(matches!(c, '[' | '{')) - i32::from(matches!(c, ']' | '}'));
            c == ',' && depth == 0
        });
        rest = &rest[end.unwrap() + 1..];
    }
}

type Amount = [u64; 3];

fn amount(value: &Value) -> Amount {
    ["flows", "packets", "bytes"].map(|key| value[key].as_u64().unwrap())
}

fn sum(values: &[Value]) -> Amount {
    values.iter().map(amount).fold([0; 3], plus)
}

fn plus(a: Amount, b: Amount) -> Amount {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap()
}

/// Crossing lines add up to the summary's pairs, pairs and what stayed within to all, oddities to their number.
fn figures_agree(what: &str, run: &Run) {
    let (summary, crossings, oddities) = (run.summary(), run.lines_of("crossing"), run.lines_of("oddity"));
    let number = |key: &str| summary[key].as_u64().unwrap();
    assert_eq!(number("crossings"), crossings.len() as u64, "{what}");
    let told: u64 = oddities.iter().map(|oddity| oddity["count"].as_u64().unwrap()).sum();
    assert_eq!(number("oddities"), told, "{what}: oddities");
    let mut added: BTreeMap<(&str, &str), Amount> = BTreeMap::new();
    for line in &crossings {
        let sum = added.entry((text(line, "from"), text(line, "to"))).or_default();
        *sum = plus(*sum, amount(line));
    }
    let pairs = summary["pairs"].as_array().unwrap();
    let whole: BTreeMap<(&str, &str), Amount> =
        pairs.iter().map(|pair| ((text(pair, "from"), text(pair, "to")), amount(pair))).collect();
    assert_eq!(added, whole, "{what}: the periods add up to the run");
    let [flows, packets, bytes] = plus(sum(pairs), sum(summary["within"].as_array().unwrap()));
    assert_eq!(number("flows"), flows, "{what}: flows");
    let copies: u64 = oddities
        .iter()
        .filter(|oddity| oddity["kind"] == "custody.duplicate")
        .map(|oddity| oddity["count"].as_u64().unwrap())
        .sum();
    assert_eq!(number("packets"), packets + copies, "{what}: packets");
    assert!(number("bytes") >= bytes && (copies > 0 || number("bytes") == bytes), "{what}: bytes");
    assert_eq!(number("copies"), copies, "{what}: copies");
    assert_eq!(amount(&summary["counted"]), [flows, packets, bytes], "{what}: counted");
    let unattributed = amount(&summary["unattributed"]);
    assert!(unattributed[1] <= packets && unattributed[2] <= bytes, "{what}: unattributed");
    let share = summary["unattributed"]["share_of_bytes"].as_f64().unwrap();
    let right = if bytes == 0 { 0.0 } else { unattributed[2] as f64 / bytes as f64 };
    assert!((share - right).abs() <= 0.000_05, "{what}: {share} of what was counted is {right}");
    borders_agree(what, &summary);
    let coverage = &summary["coverage"];
    assert_eq!(coverage["packets"], packets, "{what}: shares of coverage are of what was counted");
    let seen: u64 = coverage["sensors"].as_array().unwrap().iter().map(|s| s["packets"].as_u64().unwrap()).sum();
    let undeclared = coverage["packets_undeclared"].as_u64().unwrap();
    assert_eq!(seen + undeclared + copies, number("packets"), "{what}: coverage");
}

/// A border has the pairs whose both sides are on it, and their sum; borders with more bytes come first.
fn borders_agree(what: &str, summary: &Value) {
    let mut before = u64::MAX;
    for border in summary["borders"].as_array().unwrap() {
        let parties = border["between"].as_array().unwrap();
        let over = |pair: &&Value| parties.contains(&pair["from"]) && parties.contains(&pair["to"]);
        let pairs: Vec<Value> = summary["pairs"].as_array().unwrap().iter().filter(over).cloned().collect();
        assert_eq!(amount(border), sum(&pairs), "{what}: {border}");
        assert_eq!(border["pairs"], Value::Array(pairs), "{what}: {border}");
        let bytes = border["bytes"].as_u64().unwrap();
        assert!(bytes <= before, "{what}: borders by their bytes");
        before = bytes;
    }
}

#[test]
fn every_line_is_what_the_schema_says() {
    let (judge, field) = (Judge::new(), Field::new());
    judge.check("a run", &run(field.watch().args(field.sources())).ends(0));
    judge.check("the same again", &run(field.watch().args(field.sources())).ends(0));
    judge.check("short periods", &run(field.watch().args(["--period", "1s"]).args(field.sources())).ends(0));
    judge.check("one long period", &run(field.watch().args(["--period", "1d"]).args(field.sources())).ends(0));
    let unbound: Vec<_> = (0..3).map(|place| field.file(place)).collect();
    judge.check("no sensors", &run(field.watch().args(&unbound)).ends(0));
    judge.check("twice", &run(field.watch().args(field.sources()).args(field.sources())).ends(0));
    let undeclared = field.file(0);
    let mixed = [vec![field.bound(1, &field.file(1))], vec![undeclared.display().to_string(); 2]].concat();
    judge.check("copies of an undeclared source", &run(field.watch().args(mixed)).ends(0));
    let empty = field.write("empty.pcap", &field.captures[0][..24]);
    judge.check("empty", &run(field.watch().arg(empty)).ends(0));
}

/// What crossed a declared border is told in every form; one that nothing crossed is called quiet; without a declared
/// border nothing is said of borders.
#[test]
fn declared_borders_are_shown() {
    let (judge, field) = (Judge::new(), Field::new());
    let border = |id: &str, between: &str| format!("[[border]]\nid = \"{id}\"\nbetween = [{between}]\n");
    let mission = mission_file(&field.scenario).replace(&border("line", "\"north\", \"south\""), "");
    assert!(!mission.contains("[[border]]"));
    let third = "[[party]]\nid = \"east\"\nprefixes = [\"203.0.113.0/24\"]\n";
    let borders = [border("ridge", "\"south\", \"east\""), border("river", "\"south\", \"north\"")].concat();
    field.declare(&format!("{mission}{third}{borders}"));
    let page = field.path().join("page.html");
    let told = run(field.watch().arg("--no-custody").arg("--report").arg(&page).args(field.sources())).ends(0);
    judge.check("borders", &told);
    let summary = told.summary();
    let ids: Vec<_> = summary["borders"].as_array().unwrap().iter().map(|border| text(border, "border")).collect();
    assert_eq!(ids, ["river", "ridge"]);
    assert_eq!(summary["borders"][0]["pairs"].as_array().unwrap().len(), 2);
    assert_eq!((amount(&summary["borders"][1]), &summary["borders"][1]["pairs"]), ([0; 3], &Value::Array(vec![])));
    let picture = run(field.watch_in("text").args(["--no-custody", "--periods"]).args(field.sources())).ends(0).stdout;
    assert!(picture.contains("Borders") && picture.contains("border river"), "{picture}");
    assert!(picture.contains("ridge  between southbank and east  quiet: nothing was seen to cross"), "{picture}");
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains("id=\"borders\"") && page.contains("<b>Quiet.</b>"));

    field.declare(&mission);
    let told = run(field.watch().arg("--no-custody").args(field.sources())).ends(0).summary();
    assert_eq!(told["borders"], Value::Array(vec![]));
    let picture = run(field.watch_in("text").arg("--no-custody").args(field.sources())).ends(0).stdout;
    assert!(!picture.contains("Borders"), "{picture}");
}

#[test]
fn lines_of_damaged_captures_are_too() {
    let (judge, field) = (Judge::new(), Field::new());
    let mut dice = Dice(23);
    for round in 0..24 {
        let place = round % 3;
        let mut bytes = field.captures[place].clone();
        for _ in 0..1 + round * 8 {
            let at = dice.below(bytes.len());
            bytes[at] ^= 1 << dice.below(8);
        }
        let file = field.write("damaged", &bytes);
        let seen = run(field.watch().arg("--no-custody").arg(field.bound(place, &file)));
        assert!(seen.is_orderly(), "{}", seen.stderr);
        judge.check(&format!("round {round}"), &seen);
    }
}

#[test]
fn lines_of_shared_captures_are_too() {
    let Some(folder) = shared_captures() else { return };
    let (judge, field) = (Judge::new(), Field::new());
    for kind in ["benign", "ics", "beacon", "scan", "worm", "link"] {
        let seen = run(field.watch().arg("--no-custody").arg(folder.join(kind)));
        assert!(seen.is_orderly(), "{kind}: {}", seen.stderr);
        judge.check(kind, &seen);
    }
}

/// What is told of a made-up mission is what truly happened: by period and pair, in all, and at the safe areas.
#[test]
fn the_picture_is_the_truth() {
    let field = Field::new();
    let truth = serde_json::from_str(&field.truth.to_json()).unwrap();
    agrees_with_truth(&run(field.watch().args(field.sources())).ends(0), &truth);
    // Each sensor by itself.
    for (place, sensor) in truth["sensors"].as_array().unwrap().iter().enumerate() {
        let alone = run(field.watch().arg("--no-custody").arg(field.bound(place, &field.file(place)))).ends(0);
        let mut truth = truth.clone();
        truth["sensors"] = Value::Array(vec![sensor.clone()]);
        agrees_with_truth(&alone, &truth);
    }
}

#[test]
fn other_seeds_have_their_truth_as_well() {
    for seed in 100..104 {
        let scenario = Scenario::parse(&SCENARIO.replace("seed = 4", &format!("seed = {seed}"))).unwrap();
        let field = Field::of(&scenario);
        let truth = serde_json::from_str(&field.truth.to_json()).unwrap();
        agrees_with_truth(&run(field.watch().args(field.sources())).ends(0), &truth);
    }
}

/// The same for the example that comes with the program.
#[test]
fn the_example_is_seen_as_it_was() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/ceasefire-week");
    let truth: Value = serde_json::from_str(&std::fs::read_to_string(folder.join("truth.json")).unwrap()).unwrap();
    let source = |sensor: &Value| {
        let id = text(sensor, "id");
        let file = [".pcap.zst", ".pcapng.zst"]
            .map(|kind| folder.join(format!("{id}{kind}")))
            .into_iter()
            .find(|f| f.exists());
        format!("{id}={}", file.unwrap().display())
    };
    let sources: Vec<String> = truth["sensors"].as_array().unwrap().iter().map(source).collect();
    let mut watch = blueline();
    watch.args(["watch", "--no-custody", "--format", "json", "--mission"]).arg(&folder).args(sources);
    let seen = run(&mut watch).ends(0);
    Judge::new().check("the example", &seen);
    agrees_with_truth(&seen, &truth);
}

fn agrees_with_truth(run: &Run, truth: &Value) {
    let sensors = truth["sensors"].as_array().unwrap();
    let summary = run.summary();
    for key in ["packets", "bytes", "flows"] {
        let all: u64 = sensors.iter().map(|sensor| sensor[key].as_u64().unwrap()).sum();
        assert_eq!(summary[key], all, "{key}");
    }
    // By period and pair.
    let mut wanted: BTreeMap<(&str, &str, &str), Amount> = BTreeMap::new();
    for period in sensors.iter().flat_map(|sensor| sensor["periods"].as_array().unwrap()) {
        for pair in period["pairs"].as_array().unwrap().iter().filter(|pair| pair["from"] != pair["to"]) {
            let sum = wanted.entry((text(period, "start"), text(pair, "from"), text(pair, "to"))).or_default();
            *sum = plus(*sum, amount(pair));
        }
    }
    let lines = run.lines_of("crossing");
    let mut found: BTreeMap<(&str, &str, &str), Amount> = BTreeMap::new();
    for line in &lines {
        let sum = found.entry((text(&line["period"], "start"), text(line, "from"), text(line, "to"))).or_default();
        *sum = plus(*sum, amount(line));
    }
    assert_eq!(found, wanted);
    // What stayed within a side.
    let mut wanted: BTreeMap<&str, Amount> = BTreeMap::new();
    for pair in sensors.iter().flat_map(|sensor| sensor["totals"].as_array().unwrap()) {
        if pair["from"] == pair["to"] {
            let sum = wanted.entry(text(pair, "from")).or_default();
            *sum = plus(*sum, amount(pair));
        }
    }
    let within = summary["within"].as_array().unwrap();
    assert_eq!(within.iter().map(|one| (text(one, "side"), amount(one))).collect::<BTreeMap<_, _>>(), wanted);
    safe_areas_agree(&summary, sensors);
}

fn safe_areas_agree(summary: &Value, sensors: &[Value]) {
    let mut wanted: BTreeMap<(&str, &str), (Amount, Amount)> = BTreeMap::new();
    for touch in sensors.iter().flat_map(|sensor| sensor["safe_areas"].as_array().unwrap()) {
        let (into, out) = wanted.entry((text(touch, "safe_area"), text(touch, "side"))).or_default();
        (*into, *out) = (plus(*into, amount(&touch["inbound"])), plus(*out, amount(&touch["outbound"])));
    }
    let mut found = BTreeMap::new();
    for area in summary["safe_areas"].as_array().unwrap() {
        for side in area["by_side"].as_array().unwrap() {
            found.insert((text(area, "id"), text(side, "side")), (amount(&side["inbound"]), amount(&side["outbound"])));
        }
    }
    assert_eq!(found, wanted);
}
