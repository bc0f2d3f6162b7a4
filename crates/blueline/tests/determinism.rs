//! Same in, same out: whatever the threads, the container, the packing, the trickle, and the order of arguments.

use std::io::Write;
use std::path::Path;

use blueline_exercise::CaptureKind;
use serde_json::Value;

use crate::field::Field;
use crate::program::{Dice, run, run_fed};

const TEXT: &str = "text";
const JSON: &str = "json";

#[test]
fn threads_change_nothing() {
    let field = Field::new();
    for format in [TEXT, JSON] {
        let of =
            |threads: &str| run(field.watch_in(format).args(["--threads", threads, "--periods"]).args(field.sources()));
        let one = of("1").ends(0);
        assert!(one.stdout.len() > 2000, "{}", one.stdout);
        for threads in ["2", "4", "7", "1"] {
            assert_eq!(of(threads).ends(0).stdout, one.stdout, "{format} with {threads} threads");
        }
    }
}

#[test]
fn reports_are_the_same_too() {
    let field = Field::new();
    let of = |threads: &str, name: &str| {
        let file = field.path().join(name);
        run(field.watch().args(["--threads", threads, "--report"]).arg(&file).args(field.sources())).ends(0);
        std::fs::read_to_string(file).unwrap()
    };
    let one = of("1", "one.html");
    assert!(one.contains("northbank") && one.len() > 5000);
    assert_eq!(of("2", "two.html"), one);
    assert_eq!(of("4", "four.html"), one);
}

/// The same packets, however they come: from the disk, in tiny pieces through a pipe, packed, in the other container.
#[test]
fn ways_of_coming_change_nothing() {
    let field = Field::new();
    let bytes = &field.captures[0];
    let other = {
        let mut scenario = field.scenario.clone();
        scenario.sensors[0].capture.kind = CaptureKind::Pcapng;
        scenario.record().0.swap_remove(0)
    };
    assert_ne!(*bytes, other);
    let whole = run(field.watch().arg(field.bound(0, &field.file(0)))).ends(0);
    let files = [
        field.write("c.pcap.gz", &gzip(bytes)),
        field.write("c.pcap.zst", &zstd::encode_all(&bytes[..], 3).unwrap()),
        field.write("c.pcapng", &other),
        field.write("in-two-members.gz", &[gzip(&bytes[..3001]), gzip(&bytes[3001..])].concat()),
        field.write("misnamed.txt", bytes),
    ];
    for file in files {
        let same = run(field.watch().arg(field.bound(0, &file))).ends(0);
        assert_eq!(same.stdout, whole.stdout, "{}", file.display());
    }
    for (name, bytes) in [("pcap", bytes), ("pcapng", &other), ("gzip", &gzip(bytes))] {
        let fed = run_fed(field.watch().arg("crossing=-"), pieces(bytes, 900).into_iter()).ends(0);
        assert_eq!(fed.stdout, whole.stdout, "{name} through a pipe");
    }
}

#[test]
fn a_byte_at_a_time_is_enough() {
    let field = Field::new();
    let bytes = &field.captures[2];
    let cut = &bytes[..bytes.len().min(30_000)];
    let file = field.write("cut.pcap", cut);
    let whole = run(field.watch().arg(field.bound(2, &file))).ends(0);
    let fed = run_fed(field.watch().arg("inside=-"), cut.chunks(1)).ends(0);
    assert_eq!(named_alike(&fed.lines()), named_alike(&whole.lines()));
}

/// Damaged bytes are told the same from a file and from a pipe, with the same places.
#[test]
fn damage_is_told_the_same() {
    let field = Field::new();
    let mut bytes = field.captures[0].clone();
    let mut dice = Dice(7);
    for _ in 0..400 {
        let place = 24 + dice.below(bytes.len() - 24);
        bytes[place] ^= 1 << dice.below(8);
    }
    let file = field.write("damaged.pcap", &bytes);
    let whole = run(field.watch().args(["--threads", "1"]).arg(field.bound(0, &file)));
    assert!(whole.is_orderly() && !whole.lines_of("oddity").is_empty());
    for threads in ["2", "4"] {
        let same = run(field.watch().args(["--threads", threads]).arg(field.bound(0, &file)));
        assert_eq!(same.stdout, whole.stdout, "{threads} threads");
    }
    let packed = field.write("damaged.pcap.zst", &zstd::encode_all(&bytes[..], 1).unwrap());
    let packed = run(field.watch().arg(field.bound(0, &packed)));
    assert_eq!(named_alike(&packed.lines()), named_alike(&whole.lines()));
    for longest in [50, 5000] {
        let fed = run_fed(field.watch().arg("crossing=-"), pieces(&bytes, longest).into_iter());
        assert_eq!(named_alike(&fed.lines()), named_alike(&whole.lines()), "pieces up to {longest}");
    }
}

#[test]
fn the_order_of_arguments_changes_nothing() {
    let field = Field::new();
    let sources = field.sources();
    let whole = run(field.watch().args(&sources)).ends(0);
    for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let turned = run(field.watch().args(order.map(|place| &sources[place]))).ends(0);
        assert_eq!(turned.stdout, whole.stdout, "{order:?}");
    }
}

/// A source that trickles in is merged by time with those that are there, as if it had been there as well.
#[test]
fn a_pipe_is_merged_like_a_file() {
    let field = Field::new();
    let sources = field.sources();
    let whole = run(field.watch().args(&sources)).ends(0);
    for live in 0..3 {
        let mut given = sources.clone();
        given[live] = field.bound(live, Path::new("-"));
        let pieces = pieces(&field.captures[live], 700);
        let fed = run_fed(field.watch().args(&given), pieces.into_iter()).ends(0);
        assert_eq!(fed.stdout, whole.stdout, "{} through a pipe", given[live]);
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The bytes in pieces of 1 to `longest`.
fn pieces(bytes: &[u8], longest: usize) -> Vec<&[u8]> {
    let (mut dice, mut rest, mut pieces) = (Dice(11), bytes, Vec::new());
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(rest.len().min(1 + dice.below(longest)));
        pieces.push(piece);
        rest = behind;
    }
    pieces
}

/// The lines without the names of sources.
fn named_alike(lines: &[Value]) -> Vec<Value> {
    let mut lines = lines.to_vec();
    for line in lines.iter_mut().filter(|line| line["type"] == "oddity") {
        line["source"] = Value::Null;
    }
    lines
}
