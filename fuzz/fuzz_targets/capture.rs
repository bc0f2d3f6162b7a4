//! Capture containers: the first byte says in how large pieces the bytes come. The walk must end, and end in the same
//! place whatever the pieces.
#![no_main]

use blueline_wire::capture::{Container, Step};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((&piece, file)) = data.split_first() else { return };
    let whole = walk(file, file.len().max(1));
    let pieces = walk(file, usize::from(piece) + 1);
    assert_eq!(whole, pieces, "the pieces in which a file comes must not show");
});

/// Packet records and their captured bytes, as far as the file holds any.
fn walk(file: &[u8], piece: usize) -> Vec<(i64, usize)> {
    let mut found = Vec::new();
    let Some(mut container) = Container::recognise(file) else { return found };
    let (mut at, mut held) = (0, piece.min(file.len()));
    // Every step but a request for more takes at least a byte, and a request for more gets at least one.
    for _ in 0..4 * file.len() + 64 {
        let ended = held == file.len();
        if ended && at == held {
            return found;
        }
        match container.step(&file[at..held], ended) {
            Step::More { needed } => held = (at + needed).max(held + piece).min(file.len()),
            Step::Skip { consumed, .. } | Step::Odd { consumed, .. } => at += consumed,
            Step::Packet { record, consumed } => {
                assert!(record.start + record.captured <= consumed);
                found.push((record.moment.nanos(), record.captured));
                at += consumed;
            }
        }
        assert!(at <= held, "more was taken than was there");
    }
    panic!("the walk does not end");
}
