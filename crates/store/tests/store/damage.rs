//! Files of the lake that were damaged after they were written: each is named, none stops the program, the rest counts.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use blueline_store::lake::check::{Checked, check};
use blueline_store::lake::compact::compact;
use blueline_store::shelf::Shelf;
use blueline_terms::Moment;

use crate::field::try_ask;
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
    assert_eq!(check(&shelf, &mut |_, _| {}).unwrap(), Checked { files: 2, rows: 600, damaged: Vec::new() });
    compact(&shelf, Moment::MAX, Moment::MAX, &mut |_, _| {}).unwrap();
    assert!(check(&shelf, &mut |_, _| {}).unwrap().damaged.is_empty());
}

/// What is cut, overwritten or turned over anywhere is named, or changes values and nothing else.
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
        if let Err(error) = try_ask(&shelf, "SELECT * FROM flow_rows") {
            assert!(damaged && error.to_string().contains(&first), "round {round}: {error}");
        }
    }
    // A cut is always noticed, an overwritten stretch nearly always.
    assert!(noticed >= 60, "{noticed}");
}
