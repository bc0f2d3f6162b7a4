//! Capture containers: the first byte says in how large pieces the bytes come, the second how much there is of nothing
//! in the middle. The walk must end, and meet the same whatever the pieces and whatever way it takes.
#![no_main]

use blueline_fuzz::capture::walk;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((&[piece, gap], file)) = data.split_first_chunk() else { return };
    // Most often none; at the most more than a reader searches through at a time.
    let gap = usize::from(gap.saturating_sub(248)) * 40_000;
    let (front, back) = file.split_at(file.len() / 2);
    let file = [front, &vec![0; gap], back].concat();

    let whole = walk(&file, file.len().max(1), false);
    let small = walk(&file, usize::from(piece) + 1, true);
    // What is lacking at the end is told by how much of it had come; nothing else may show.
    assert_eq!(whole, small, "the pieces in which a file comes must not show");
    for pair in whole.odd.windows(2) {
        assert!(pair[0].0 < pair[1].0, "{pair:?}");
    }
    assert!(whole.odd.iter().all(|(offset, ..)| *offset < file.len()));
    assert!(whole.packets.iter().map(|(record, _)| record.captured).sum::<usize>() <= file.len());
});
