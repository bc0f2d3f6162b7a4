//! Killed without a word at any point, a mission goes on as if nothing had been.

use crate::custody::record_ends;
use crate::field::Field;
use crate::program::{Live, run};
use crate::streaming::start_of;

/// Points at which a run is killed.
const POINTS: usize = 36;

#[test]
fn a_killed_run_leaves_a_journal_that_the_next_one_completes() {
    let field = Field::new();
    let bytes = &field.captures[0];
    let source = field.bound(0, &field.file(0));
    let never_killed = run(field.watch().arg(&source)).ends(0);
    let sealed = field.journal_text();
    let ends = record_ends(bytes);
    let mut halfway = 0;
    for point in 0..POINTS {
        std::fs::remove_dir_all(field.path().join("data")).unwrap();
        let mut live = Live::new(field.watch().args(["--period", "1s"]).arg("crossing=-"));
        let length = bytes.len() * point / (POINTS - 1);
        live.feed(&bytes[..length]);
        // Every other time it is let to come nearly as far as it was fed: a batch lasts ten seconds, a period here one.
        let last = *ends.iter().take_while(|&&end| end < length).last().unwrap_or(&24);
        let second = bytes.get(last..last + 4).map_or(0, |bytes| u32::from_le_bytes(bytes.try_into().unwrap()) % 60);
        if point % 2 == 1 && second > 15 {
            while start_of(&live.line().unwrap()) < format!("2026-03-01T00:00:{:02}Z", second - 5) {}
        }
        live.kill();
        let left = field.journal_text();
        assert!(sealed.starts_with(left.trim_end_matches(|c| c != '\n')), "point {point}: {left}");
        halfway += usize::from(!left.is_empty() && left.len() < sealed.len());
        let whole = run(field.watch().arg(&source)).ends(0);
        assert_eq!(whole.stdout, never_killed.stdout, "point {point}");
        assert_eq!(field.journal_text(), sealed, "point {point}");
    }
    assert!(halfway >= 5, "only {halfway} of the killed runs had sealed a part");
}

/// A mission whose runs are killed again and again still comes to the same head.
#[test]
fn killed_again_and_again() {
    let field = Field::new();
    let bytes = &field.captures[0];
    let source = field.bound(0, &field.file(0));
    let without = run(field.watch().arg("--no-custody").arg(&source)).ends(0);
    for point in 0..12 {
        let mut live = Live::new(field.watch().args(["--period", "1s"]).arg("crossing=-"));
        live.feed(&bytes[..bytes.len() * point / 11]);
        live.kill();
    }
    assert_eq!(run(field.watch().arg(&source)).ends(0).stdout, without.stdout);
}
