//! Strange bytes are data: whatever comes, the program ends in order and tells what was odd.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::custody::record_ends;
use crate::field::Field;
use crate::program::{Dice, Run, installed, run, run_fed, shared_captures};
use crate::schema::Judge;

fn kinds(run: &Run) -> Vec<String> {
    run.lines_of("oddity").iter().map(|line| line["kind"].as_str().unwrap().to_owned()).collect()
}

fn watch(field: &Field, file: &Path) -> Run {
    let seen = run(field.watch().arg("--no-custody").arg(file));
    assert!(seen.is_orderly(), "{}: {:?} {}", file.display(), seen.code, seen.stderr);
    seen
}

/// Cut at every byte: never fewer packets than whole records are there, a word for what is missing, and an exit code that
/// tells an unreadable source from a short one.
#[test]
fn cut_at_every_byte() {
    let field = Field::new();
    for place in [0, 1] {
        let whole = first_records(&field, place, 4);
        let mut packets_before = 0;
        for length in 0..=whole.len() {
            let file = field.write("cut", &whole[..length]);
            let seen = watch(&field, &file);
            let packets = seen.summary()["packets"].as_u64().unwrap();
            assert!(packets == packets_before || packets == packets_before + 1, "{place}: {length} bytes: {packets}");
            packets_before = packets;
            let kinds = kinds(&seen);
            let code = i32::from(kinds.iter().any(|kind| kind == "source.format"));
            assert_eq!(seen.code, Some(code), "{length} bytes: {kinds:?}");
            if packets == 0 {
                assert!(!kinds.is_empty(), "{length} bytes");
            } else if !whole_record_ends(&whole, place).contains(&length) {
                assert_eq!(kinds, ["source.truncated"], "{length} bytes");
            } else {
                assert!(kinds.is_empty(), "{length} bytes: {kinds:?}");
            }
        }
        assert_eq!(packets_before, 4);
    }
}

/// The beginning of a capture, up to the end of its record number `records`.
fn first_records(field: &Field, place: usize, records: usize) -> Vec<u8> {
    let bytes = &field.captures[place];
    let ends = whole_record_ends(bytes, place);
    bytes[..ends[if place == 0 { records - 1 } else { records + 1 }]].to_vec()
}

/// Places where a record (pcap) or block (pcapng) ends.
fn whole_record_ends(bytes: &[u8], place: usize) -> Vec<usize> {
    if place == 0 {
        return record_ends(bytes).into_iter().filter(|&end| end <= bytes.len()).collect();
    }
    let (mut at, mut ends) = (0, Vec::new());
    while let Some(length) = bytes.get(at + 4..at + 8) {
        at += u32::from_le_bytes(length.try_into().unwrap()) as usize;
        ends.push(at);
    }
    ends.retain(|&end| end <= bytes.len());
    ends
}

#[test]
fn packed_and_cut() {
    let field = Field::new();
    let whole = first_records(&field, 0, 40);
    let packed = zstd::encode_all(&whole[..], 3).unwrap();
    for length in (4..packed.len()).step_by(37) {
        let file = field.write("cut.zst", &packed[..length]);
        let seen = watch(&field, &file);
        let kinds = kinds(&seen);
        assert!(kinds.iter().any(|kind| kind == "source.compression" || kind == "source.empty"), "{length}: {kinds:?}");
    }
}

#[test]
fn flipped_bits() {
    let (field, judge) = (Field::new(), Judge::new());
    let mut dice = Dice(99);
    for round in 0..150 {
        let place = round % 2;
        let mut bytes = first_records(&field, place, 60);
        for _ in 0..1 + dice.below(6) {
            let at = dice.below(bytes.len());
            bytes[at] ^= 1 << dice.below(8);
        }
        let file = field.write("flipped", &bytes);
        let seen = watch(&field, &file);
        judge.check(&format!("round {round}"), &seen);
        if round % 10 == 0 {
            let fed = run_fed(field.watch().args(["--no-custody", "-"]), bytes.chunks(61));
            assert_eq!(fed.summary()["packets"], seen.summary()["packets"]);
        }
    }
}

#[test]
fn what_is_no_capture() {
    let field = Field::new();
    let empty = watch(&field, &field.write("empty", b""));
    assert_eq!((empty.code, kinds(&empty)), (Some(0), vec!["source.empty".to_owned()]));
    let words = watch(&field, &field.write("words.txt", b"this is no capture, and long enough to be looked at\n"));
    assert_eq!((words.code, kinds(&words)), (Some(1), vec!["source.format".to_owned()]));
    let zeros = watch(&field, &field.write("zeros", &[0; 5000]));
    assert_eq!((zeros.code, kinds(&zeros)), (Some(1), vec!["source.format".to_owned()]));
    let nothing_fed = run_fed(field.watch().args(["--no-custody", "-"]), std::iter::empty());
    assert_eq!((nothing_fed.code, kinds(&nothing_fed)), (Some(0), vec!["source.empty".to_owned()]));
}

/// A folder is its capture files; others are passed over.
#[test]
fn a_folder_is_its_captures() {
    let field = Field::new();
    let folder = field.path().join("captures");
    std::fs::create_dir(&folder).unwrap();
    for place in 0..3 {
        std::fs::copy(field.file(place), folder.join(place.to_string())).unwrap();
    }
    std::fs::write(folder.join("notes.txt"), "not a capture at all").unwrap();
    std::fs::write(folder.join(".hidden"), "nor this").unwrap();
    let packets: u64 = field.truth.sensors.iter().map(|sensor| sensor.packets).sum();
    let seen = run(field.watch().arg(&folder)).ends(0);
    assert_eq!(seen.summary()["packets"], packets);
    let empty = field.path().join("nothing");
    std::fs::create_dir(&empty).unwrap();
    let none = run(field.watch().arg(&empty)).ends(1);
    assert!(none.stderr.contains("nothing") && none.stderr.contains("no file"), "{}", none.stderr);
}

/// What cannot be watched is named; the rest is watched, and the exit code tells.
#[test]
fn the_rest_goes_on() {
    let field = Field::new();
    let alone = run(field.watch().arg(field.bound(0, &field.file(0)))).ends(0).summary();
    let good = field.bound(0, &field.file(0));
    let missing = field.path().join("missing.pcap");
    for (bad, named) in [
        (missing.display().to_string(), "missing.pcap"),
        ("exchange=missing.pcap".to_owned(), "missing.pcap"),
        ("nobody=crossing.pcap".to_owned(), "nobody"),
        ("nobody=-".to_owned(), "declared: crossing, exchange, inside"),
    ] {
        let seen = run(field.watch().arg(&bad).arg(&good)).ends(1);
        assert!(seen.stderr.contains(named), "{bad}: {}", seen.stderr);
        assert_eq!(seen.summary()["packets"], alone["packets"], "{bad}");
        assert_eq!(seen.summary()["seals"], alone["seals"], "{bad}");
        let none = run(field.watch().arg(&bad)).ends(1);
        assert!(none.stdout.is_empty() && none.stderr.contains(named), "{}", none.stderr);
    }
    let words = field.write("words.txt", b"this is no capture, and long enough to be looked at\n");
    let seen = run(field.watch().arg(&words).arg(&good)).ends(1);
    assert_eq!(seen.summary()["packets"], alone["packets"]);
    assert_eq!(kinds(&seen), ["source.format"]);
}

#[test]
fn standard_input_is_there_once() {
    let field = Field::new();
    let seen = run_fed(field.watch().args(["crossing=-", "-"]), std::iter::once(&field.captures[0][..])).ends(1);
    assert!(seen.stderr.contains("standard input can be watched only once"), "{}", seen.stderr);
    assert_eq!(seen.summary()["packets"], field.truth.sensors[0].packets);
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let field = Field::new();
    let mut watch = field.watch();
    watch.args(["--period", "1s"]).args(field.sources()).stdout(std::process::Stdio::piped());
    let mut child = watch.spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// Every capture there is: in order, and as many packets as capinfos counts where it reads the file.
#[test]
fn shared_captures_are_counted_right() {
    let Some(folder) = shared_captures() else { return };
    let compare = installed("capinfos");
    let (field, judge) = (Field::new(), Judge::new());
    let (mut compared, mut wrong) = (0, Vec::new());
    for file in files_under(&folder) {
        let seen = watch(&field, &file);
        judge.check(&file.display().to_string(), &seen);
        let packets = seen.summary()["packets"].as_u64().unwrap();
        if let Some(counted) = (compare && is_capture(&file)).then(|| capinfos(&file)).flatten() {
            compared += 1;
            if counted != packets {
                wrong.push(format!("{}: {packets}, capinfos {counted}, {:?}", file.display(), kinds(&seen)));
            }
        }
    }
    println!("{compared} captures compared");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(!compare || compared > 50);
}

fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_under(&path));
        } else if path.extension().is_none_or(|kind| kind != "toml") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Whether a file says of itself that it is a capture (capinfos takes bare IPFIX messages for one as well).
fn is_capture(file: &Path) -> bool {
    let mut head = [0; 4];
    let read = std::fs::File::open(file).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok() && !matches!(head, [0, 5 | 9 | 10, ..])
}

/// How many packets capinfos counts; `None` where it cannot read the file to its end.
fn capinfos(file: &Path) -> Option<u64> {
    let output = Command::new("capinfos").args(["-c", "-M", "-T", "-r"]).arg(file).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let count = text.trim().rsplit('\t').next()?.parse().ok()?;
    output.status.success().then_some(count)
}

/// JSON numbers are exact, whatever their size: nothing goes through a float.
#[test]
fn large_lengths_stay_exact() {
    let field = Field::new();
    let mut bytes = first_records(&field, 0, 3);
    for start in std::iter::once(24).chain(record_ends(&bytes)).take(3).collect::<Vec<_>>() {
        bytes[start + 12..start + 16].copy_from_slice(&u32::MAX.to_le_bytes());
    }
    let seen = watch(&field, &field.write("long", &bytes));
    assert_eq!(seen.summary()["bytes"], Value::from(3 * u64::from(u32::MAX)));
}
