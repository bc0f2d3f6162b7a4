//! Capture containers: the first byte says in how large pieces the bytes come, the second whether there is a
//! long gap in the middle. The walk must end, and meet the same whatever the pieces and whatever way it takes.
#![no_main]

use blueline_fuzz::capture::walk;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((&[piece, gap], file)) = data.split_first_chunk() else { return };
    // Longer than what a reader searches through at a time, of bytes that are no record.
    let gap = if gap == 255 { 280_000 } else { 0 };
    let (front, back) = file.split_at(file.len() / 2);
    let file = [front, &vec![255; gap], back].concat();

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
