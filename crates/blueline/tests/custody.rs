//! The custody journal of the built program: it only grows, by what is new, and tells when it was touched.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::IpAddr;

use blueline_exercise::{CaptureKind, Scenario};
use blueline_mission::terms::Moment;
use serde_json::Value;

use crate::field::{Field, SCENARIO};
use crate::program::{Live, run};

/// The journal's lines, which must form a chain that the program can follow.
fn journal(field: &Field) -> Vec<Value> {
    field.journal_text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn packets(lines: &[Value]) -> u64 {
    lines.iter().map(|line| line["packets"].as_u64().unwrap()).sum()
}

/// Places in a little-endian classic capture where a record ends.
pub(crate) fn record_ends(bytes: &[u8]) -> Vec<usize> {
    let (mut at, mut ends) = (24, Vec::new());
    while let Some(length) = bytes.get(at + 8..at + 12) {
        at += 16 + u32::from_le_bytes(length.try_into().unwrap()) as usize;
        ends.push(at);
    }
    ends
}

#[test]
fn what_was_sealed_adds_nothing() {
    let field = Field::new();
    let first = run(field.watch().args(field.sources())).ends(0);
    let sealed = field.journal_text();
    assert!(sealed.lines().count() > 9, "{sealed}");
    assert_eq!(packets(&journal(&field)), first.summary()["packets"].as_u64().unwrap());
    for again in [run(field.watch().args(field.sources())), run(field.watch().args(field.sources()))] {
        assert_eq!(again.ends(0).stdout, first.stdout);
        assert_eq!(field.journal_text(), sealed);
    }
}

#[test]
fn without_custody_the_seals_are_the_same_and_nothing_is_kept() {
    let field = Field::new();
    let without = run(field.watch().arg("--no-custody").args(field.sources())).ends(0);
    assert!(!field.path().join("data").exists());
    assert_eq!(run(field.watch().args(field.sources())).ends(0).stdout, without.stdout);
}

#[test]
fn a_grown_file_adds_the_rest_alone() {
    let field = Field::new();
    let bytes = &field.captures[0];
    let ends = record_ends(bytes);
    let file = field.file(0);
    let mut before = String::new();
    // Also cut in the middle of a record, and grown by one record only.
    let half = ends[ends.len() / 2];
    for (step, length) in [ends[0], ends[1], ends[2] + 7, half, half + 1, bytes.len()].into_iter().enumerate() {
        std::fs::write(&file, &bytes[..length]).unwrap();
        let whole = ends.iter().filter(|&&end| end <= length).count() as u64;
        let seen = run(field.watch().arg(field.bound(0, &file))).ends(0).summary();
        assert_eq!(seen["packets"], whole);
        let now = field.journal_text();
        assert!(now.starts_with(&before), "step {step}: what was sealed was changed");
        assert_eq!(packets(&journal(&field)), whole, "step {step}: {now}");
        assert_eq!(seen["seals"][0]["batches"].as_u64().unwrap(), now.lines().count() as u64);
        before = now;
    }
    run(field.watch().arg(field.bound(0, &file))).ends(0);
    assert_eq!(field.journal_text(), before);
}

#[test]
fn the_same_file_twice_counts_once() {
    let field = Field::new();
    let copy = field.write("copy.pcap", &field.captures[0]);
    let once = run(field.watch().arg(field.bound(0, &field.file(0)))).ends(0);
    let sealed = field.journal_text();
    for second in [field.file(0), copy] {
        let twice = run(field.watch().arg(field.bound(0, &field.file(0))).arg(field.bound(0, &second))).ends(0);
        let (one, two) = (once.summary(), twice.summary());
        for key in ["pairs", "within", "flows", "counted", "unattributed", "top", "safe_areas", "coverage", "seals"] {
            assert_eq!(two[key], one[key], "{key}");
        }
        let copies: u64 = twice
            .lines_of("oddity")
            .iter()
            .filter(|line| line["kind"] == "custody.duplicate")
            .map(|line| line["count"].as_u64().unwrap())
            .sum();
        assert_eq!(one["packets"], copies);
        assert_eq!((&one["copies"], &two["copies"]), (&0.into(), &one["packets"]));
        assert_eq!(field.journal_text(), sealed);
    }
    // People are told as well, and every share they are shown is the same.
    let in_text = |sources: &[String]| run(field.watch_in("text").args(sources)).ends(0).stdout;
    let source = field.bound(0, &field.file(0));
    let (one, two) = (in_text(std::slice::from_ref(&source)), in_text(&[source.clone(), source]));
    let shares = |text: &str| {
        let lines = text.lines().filter(|line| line.contains('%') && !line.contains("in sight")).map(str::to_owned);
        lines.collect::<Vec<_>>()
    };
    assert_eq!(shares(&two), shares(&one));
    assert!(two.contains("were copies and not counted again") && !one.contains("copies"), "{two}");
}

/// What two sensors saw is not a copy: each has its own chain, and the packet passed both.
#[test]
fn the_same_file_at_two_sensors_counts_at_both() {
    let field = Field::new();
    let once = run(field.watch().arg("--no-custody").arg(field.bound(0, &field.file(0)))).ends(0).summary();
    let sources = [field.bound(0, &field.file(0)), field.bound(1, &field.file(0))];
    let both = run(field.watch().arg("--no-custody").args(sources)).ends(0).summary();
    assert_eq!(both["copies"], 0);
    assert_eq!(both["counted"]["packets"].as_u64(), once["packets"].as_u64().map(|packets| 2 * packets));
}

/// A flow's id names its first packet: whoever has the capture finds the batch by its seal, and in it, at the ordinal, a
/// packet of that moment between those addresses.
#[test]
fn a_flow_id_names_its_first_packet() {
    let mut scenario = Scenario::parse(SCENARIO).unwrap();
    scenario.sensors.iter_mut().for_each(|sensor| sensor.capture.kind = CaptureKind::Pcap);
    let field = Field::of(&scenario);
    let batches = batches_cut_anew(&field);
    let summary = run(field.watch().args(field.sources())).ends(0).summary();
    let mut named = Vec::new();
    for one in summary["top"].as_array().unwrap() {
        let seal = one["flow"]["seal"].as_str().unwrap();
        let ordinal = one["flow"]["ordinal"].as_u64().unwrap();
        let record = &batches[seal][ordinal as usize];
        let address = |end: &str| match one[end]["address"].as_str().unwrap().parse().unwrap() {
            IpAddr::V4(v4) => v4.octets().to_vec(),
            IpAddr::V6(v6) => v6.octets().to_vec(),
        };
        // In the headers of both families the two addresses are neighbours (RFC 791, 3.1; RFC 8200, 3).
        let both = [address("source"), address("destination")].concat();
        assert!(record.frame.windows(both.len()).any(|bytes| bytes == both), "{one}");
        let first: Moment = one["first"].as_str().unwrap().parse().unwrap();
        assert_eq!(first.seconds(), record.seconds, "{one}");
        named.push((seal.to_owned(), ordinal));
    }
    named.sort();
    named.dedup();
    assert_eq!(named.len(), summary["top"].as_array().unwrap().len(), "no two begin with the same packet");
    assert!(named.len() > 10 && named.iter().filter(|(_, ordinal)| *ordinal > 0).count() > 5, "{named:?}");
}

/// One packet record of a capture.
struct Record {
    seconds: i64,
    frame: Vec<u8>,
}

/// The field's captures cut into batches by hand, as the documentation says it is done, each with the seal that it has when
/// it is all that anyone watches.
fn batches_cut_anew(field: &Field) -> BTreeMap<String, Vec<Record>> {
    const SECONDS: i64 = 10;
    let elsewhere = Field::of(&field.scenario);
    let mut pieces: BTreeMap<(String, i64), Vec<Record>> = BTreeMap::new();
    let mut sources = Vec::new();
    for (place, capture) in field.captures.iter().enumerate() {
        let sensor = &field.scenario.sensors[place].id;
        let (mut start, mut files) = (24, BTreeMap::<i64, Vec<u8>>::new());
        for end in record_ends(capture) {
            let record = &capture[start..end];
            start = end;
            let seconds = i64::from(u32::from_le_bytes(record[..4].try_into().unwrap()));
            let stretch = seconds.div_euclid(SECONDS);
            files.entry(stretch).or_insert_with(|| capture[..24].to_vec()).extend(record);
            let piece = pieces.entry((sensor.to_string(), stretch)).or_default();
            piece.push(Record { seconds, frame: record[16..].to_vec() });
        }
        for (stretch, bytes) in files {
            let file = elsewhere.write(&format!("{sensor}-{stretch}.pcap"), &bytes);
            sources.push(elsewhere.bound(place, &file));
        }
    }
    run(elsewhere.watch().args(&sources)).ends(0);
    let journal = journal(&elsewhere);
    assert_eq!(journal.len(), pieces.len(), "each piece is one batch");
    let seal = |line: &Value| {
        let start: Moment = line["start"].as_str().unwrap().parse().unwrap();
        let key = (line["sensor"].as_str().unwrap().to_owned(), start.seconds().div_euclid(SECONDS));
        (line["seal"].as_str().unwrap().to_owned(), pieces.remove(&key).unwrap())
    };
    journal.iter().map(seal).collect()
}

/// A line that a crash cut short is cut off; the run writes it anew.
#[test]
fn a_torn_last_line_is_cut() {
    let field = Field::new();
    run(field.watch().args(field.sources())).ends(0);
    let sealed = field.journal_text();
    let last = sealed.trim_end().rfind('\n').unwrap() + 1;
    for torn in [last + 1, last + 40, sealed.len() - 1] {
        std::fs::write(field.journal(), &sealed[..torn]).unwrap();
        run(field.watch().args(field.sources())).ends(0);
        assert_eq!(field.journal_text(), sealed, "torn at {torn}");
    }
}

#[test]
fn an_edited_line_is_refused_by_its_number() {
    let field = Field::new();
    run(field.watch().args(field.sources())).ends(0);
    let sealed = field.journal_text();
    let lines: Vec<&str> = sealed.lines().collect();
    let edit = |line: usize, with: &dyn Fn(&str) -> String| -> String {
        lines.iter().enumerate().map(|(n, text)| if n == line { with(text) } else { format!("{text}\n") }).collect()
    };
    let raise = |text: &str| {
        let at = text.find("\"packets\":").unwrap() + 10;
        format!("{}1{}\n", &text[..at], &text[at..])
    };
    let sensors = ["crossing", "exchange", "inside"].map(|id| format!("\"sensor\":\"{id}\""));
    let moved = |text: &str| {
        let own = sensors.iter().position(|sensor| text.contains(sensor)).unwrap();
        text.replacen(&sensors[own], &sensors[(own + 1) % 3], 1)
    };
    // One digit is another.
    let turned = |text: &str| {
        let at = text.find("\"opening\":\"").unwrap() + 11;
        let digit = if text[at..].starts_with('0') { '1' } else { '0' };
        format!("{}{digit}{}", &text[..at], &text[at + 1..])
    };
    let cases = [
        ("a count", 2, edit(2, &raise)),
        (
            "a seal",
            3,
            edit(3, &|text| {
                text.replacen("\"seal\":\"", "\"seal\":\"0", 1).replacen("\",\"opening", "0\",\"opening", 1) + "\n"
            }),
        ),
        ("a line that is gone", 1, edit(1, &|_| String::new())),
        ("no JSON", 4, edit(4, &|_| "quack\n".to_owned())),
        ("another version", 0, edit(0, &|text| text.replacen("\"v\":1", "\"v\":2", 1) + "\n")),
        ("whose it is, on a chain's first line", 0, edit(0, &|text| moved(text) + "\n")),
        ("an opening", 2, edit(2, &|text| turned(text) + "\n")),
        ("the last line", lines.len() - 1, edit(lines.len() - 1, &raise)),
    ];
    for (what, line, text) in cases {
        std::fs::write(field.journal(), &text).unwrap();
        let refused = run(field.watch().args(field.sources())).ends(1);
        assert!(refused.stderr.contains("seals.jsonl:"), "{what}: {}", refused.stderr);
        // Where a line is gone, the next one of the same chain tells; the others tell themselves.
        if what != "a line that is gone" {
            assert!(refused.stderr.contains(&format!("seals.jsonl:{}:", line + 1)), "{what}: {}", refused.stderr);
        }
        assert!(refused.stderr.contains("restore it from a copy"), "{what}: {}", refused.stderr);
        assert_eq!(field.journal_text(), text, "{what}: a journal that is refused is left as it is");
    }
}

#[test]
fn bytes_that_are_no_text_are_refused_by_their_line() {
    let field = Field::new();
    run(field.watch().args(field.sources())).ends(0);
    let mut bytes = std::fs::read(field.journal()).unwrap();
    let second = bytes.iter().position(|&byte| byte == b'\n').unwrap() + 5;
    bytes[second] = 0xff;
    std::fs::write(field.journal(), &bytes).unwrap();
    let refused = run(field.watch().args(field.sources())).ends(1);
    assert!(refused.stderr.contains("seals.jsonl:2:"), "{}", refused.stderr);
}

/// While one run writes the journal, another is told so, and what it can do.
#[test]
fn two_runs_at_once_are_kept_apart() {
    let field = Field::new();
    let mut first = Live::new(field.watch().arg("crossing=-"));
    first.feed(&field.captures[0]);
    // Its first line shows that it holds the journal.
    assert!(first.line().is_some());
    let second = run(field.watch().args(field.sources())).ends(1);
    assert!(second.stderr.contains("another run") && second.stderr.contains("--no-custody"), "{}", second.stderr);
    run(field.watch().arg("--no-custody").args(field.sources())).ends(0);
    assert_eq!(first.finish().0, Some(0));
    run(field.watch().args(field.sources())).ends(0);
}

/// Chains are kept by sensor: what another sensor records does not touch this one's.
#[test]
fn sensors_have_chains_of_their_own() {
    let field = Field::new();
    let together = run(field.watch().arg("--no-custody").args(field.sources())).ends(0).summary();
    for (place, sensor) in field.scenario.sensors.iter().enumerate() {
        let alone = run(field.watch().arg(field.bound(place, &field.file(place)))).ends(0).summary();
        let head = together["seals"].as_array().unwrap().iter().find(|seal| seal["sensor"] == sensor.id.as_str());
        assert_eq!(&alone["seals"][0], head.unwrap());
    }
    let mut file = std::fs::OpenOptions::new().append(true).open(field.journal()).unwrap();
    file.write_all(b"{").unwrap();
    run(field.watch().args(field.sources())).ends(0);
}
