//! Files of the lake that were damaged after they were written: each is named, none stops the program, the rest counts.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use blueline_store::lake::check::{Checked, check};
use blueline_store::lake::compact::{Retention, compact};
use blueline_store::shelf::Shelf;
use blueline_terms::Moment;

use crate::field::{Run, ask, files, minute, row, try_ask};
use crate::lake::simple;

/// A lake of two files in a folder, and the paths of both, the first on the shelf and on the disk.
struct Lake {
    folder: tempfile::TempDir,
    shelf: Arc<Shelf>,
    first: String,
    path: PathBuf,
}

fn lake() -> Lake {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("lake");
    let shelf = Arc::new(Shelf::open(&place.display().to_string(), folder.path()).unwrap());
    simple(Arc::clone(&shelf), 0..2, 300);
    let first = shelf.list("flows").unwrap().swap_remove(0).path;
    let path = place.join(&first);
    Lake { folder, shelf, first, path }
}

/// Numbers that look like chance (SplitMix64), the same on every run.
fn chance(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ *state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}

#[test]
fn a_whole_lake_passes() {
    let Lake { shelf, folder: _folder, .. } = lake();
    assert_eq!(check(&shelf, &mut |_, _| {}).unwrap(), Checked { files: 2, rows: 600, ..Checked::default() });
    compact(&shelf, Moment::MAX, Moment::MAX, &mut |_, _| {}).unwrap();
    assert!(check(&shelf, &mut |_, _| {}).unwrap().damaged.is_empty());
}

/// A question that is answered from tallies.
const COUNTED: &str = "SELECT hostname, dst_endpoint_port, opening, count(*), sum(traffic_bytes) FROM flows \
    WHERE start_time > '2026-03-01T00:00:00Z' GROUP BY 1, 2, 3";

/// What is cut, overwritten or turned over anywhere is named.
#[test]
fn any_damage_is_named_and_stops_nothing() {
    let Lake { shelf, first, path, folder: _folder } = lake();
    let whole = fs::read(&path).unwrap();
    let (mut state, mut noticed) = (0x0b1e_11e0, 0);
    for round in 0..150 {
        let mut bytes = whole.clone();
        let at = (chance(&mut state) % bytes.len() as u64) as usize;
        match round % 3 {
            0 => bytes[at] ^= 1 << (chance(&mut state) % 8),
            1 => bytes.truncate(at),
            _ => {
                let end = (at + 64).min(bytes.len());
                bytes[at..end].fill(chance(&mut state) as u8);
            }
        }
        fs::write(&path, &bytes).unwrap();
        let checked = check(&shelf, &mut |_, _| {}).unwrap();
        assert_eq!(checked.files, 2);
        let damaged = !checked.damaged.is_empty();
        assert!(checked.damaged.iter().all(|(path, _)| *path == first), "{:?}", checked.damaged);
        assert_eq!(checked.rows, if damaged { 300 } else { 600 }, "round {round}");
        noticed += u32::from(damaged);
        for question in ["SELECT * FROM flow_rows", COUNTED] {
            if let Err(error) = try_ask(&shelf, question) {
                assert!(damaged && error.to_string().contains(&first), "round {round}: {question}: {error}");
            }
        }
        // What is not damaged is counted, and what is, not in part.
        let counted = try_ask(&shelf, "SELECT count(*) FROM flows");
        assert!(counted.is_err() || counted.unwrap() == "600\n", "round {round}");
    }
    // Not where bytes were overwritten by the same, or within what a footer says beside: statistics, lists of encodings.
    assert!(noticed >= 130, "{noticed}");
}

/// A live watch goes on when a file of an hour that it would join is damaged: it says so once, joins the other hours and
/// writes what comes.
#[test]
fn upkeep_that_fails_stops_no_watch() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("lake");
    let shelf = Arc::new(Shelf::open(&place.display().to_string(), folder.path()).unwrap());
    // One file of the first hour, cut short before the run that meets it.
    simple(Arc::clone(&shelf), 5..6, 9);
    let first = place.join(shelf.list("flows").unwrap().swap_remove(0).path);
    let whole = fs::read(&first).unwrap();
    fs::write(&first, &whole[..whole.len() / 2]).unwrap();

    let mut run = Run::with(Arc::clone(&shelf), |settings| settings.upkeep = Some(Retention::default()));
    for number in 10..260 {
        let start = minute(number);
        let batch = run.open(Some(1), start);
        run.rows((0..3).map(|n| row(n, batch, Some(1), start)));
        run.seal(batch, &format!("m{number}"), start);
        run.line(start, false, Vec::new());
    }
    run.line(minute(260), true, Vec::new());
    let written = run.finish();
    assert_eq!((written.rows, written.refused.len()), (750, 1), "{:?}", written.refused);
    let name = first.file_name().unwrap().to_str().unwrap();
    assert!(written.refused[0].contains("looked after") && written.refused[0].contains(name), "{:?}", written.refused);
    // The first hour lies as it was, minute by minute; the second and third are one file each.
    assert_eq!(files(&shelf, "flows/day=2026-03-01/hour=12"), 51);
    for hour in [13, 14] {
        assert_eq!(files(&shelf, &format!("flows/day=2026-03-01/hour={hour}")), 1);
    }
    fs::remove_file(&first).unwrap();
    assert_eq!(ask(&shelf, "SELECT count(*) FROM flows"), "750\n");
}

/// A bit that turns over among values changes an answer and breaks nothing: it is noticed all the same, and compaction does
/// not take it over.
#[test]
fn a_bit_among_values_is_noticed() {
    let Lake { shelf, first, path, folder: _folder } = lake();
    let mut bytes = fs::read(&path).unwrap();
    // Behind the magic number stands the page of start times; its last bytes are values.
    bytes[200] ^= 1;
    fs::write(&path, bytes).unwrap();
    let damaged = check(&shelf, &mut |_, _| {}).unwrap().damaged;
    assert!(matches!(&damaged[..], [(path, what)] if *path == first && what.contains("pages")), "{damaged:?}");
    let compacted = compact(&shelf, Moment::MAX, Moment::MIN, &mut |_, _| {}).unwrap();
    assert_eq!(compacted.joined.gone, 0);
    assert!(matches!(&compacted.damaged[..], [what] if what.contains(&first)), "{:?}", compacted.damaged);
}

/// A file of which nothing is left is named, whatever is asked.
#[test]
fn an_empty_file_is_named() {
    let Lake { shelf, first, path, folder: _folder } = lake();
    fs::write(path, []).unwrap();
    let checked = check(&shelf, &mut |_, _| {}).unwrap();
    assert!(matches!(&checked.damaged[..], [(path, _)] if *path == first), "{checked:?}");
    assert_eq!(checked.rows, 300);
    for question in ["SELECT * FROM flow_rows", COUNTED, "SELECT count(*) FROM flows"] {
        let error = try_ask(&shelf, question).unwrap_err().to_string();
        assert!(error.contains(&first), "{question}: {error}");
    }
}
