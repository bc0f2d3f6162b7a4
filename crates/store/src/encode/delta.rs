//! Numbers that grow slowly: DELTA_BINARY_PACKED (Parquet format, "Delta encoding").

use super::bits::{pack, varint, width_of};

/// Numbers in a block, and in each of its four miniblocks.
const BLOCK: usize = 128;
const MINIBLOCK: usize = 32;

/// Appends 64-bit numbers.
pub(super) fn delta64(numbers: &[i64], out: &mut Vec<u8>) {
    delta(
        numbers.len(),
        |place| numbers[place],
        i64::wrapping_sub,
        |delta, least| delta.wrapping_sub(least) as u64,
        out,
    );
}

/// Appends 32-bit numbers.
pub(super) fn delta32(numbers: &[i32], out: &mut Vec<u8>) {
    let difference = |a: i64, b: i64| i64::from((a as i32).wrapping_sub(b as i32));
    let above = |delta: i64, least: i64| u64::from((delta as i32).wrapping_sub(least as i32) as u32);
    delta(numbers.len(), |place| i64::from(numbers[place]), difference, above, out);
}

#[inline]
fn delta(
    count: usize,
    number: impl Fn(usize) -> i64,
    difference: impl Fn(i64, i64) -> i64,
    above: impl Fn(i64, i64) -> u64,
    out: &mut Vec<u8>,
) {
    varint(BLOCK as u64, out);
    varint((BLOCK / MINIBLOCK) as u64, out);
    varint(count as u64, out);
    zigzag(if count > 0 { number(0) } else { 0 }, out);
    let mut deltas = [0i64; BLOCK];
    let mut at = 1;
    while at < count {
        let length = BLOCK.min(count - at);
        let mut before = number(at - 1);
        for (delta, place) in deltas[..length].iter_mut().zip(at..) {
            let now = number(place);
            *delta = difference(now, before);
            before = now;
        }
        let deltas = &deltas[..length];
        let least = deltas.iter().copied().min().unwrap_or(0);
        zigzag(least, out);
        let widths_at = out.len();
        out.extend_from_slice(&[0; BLOCK / MINIBLOCK]);
        for (place, miniblock) in deltas.chunks(MINIBLOCK).enumerate() {
            let used = miniblock.iter().fold(0, |bits, &delta| bits | above(delta, least));
            let width = width_of(used);
            out[widths_at + place] = width;
            let padding = std::iter::repeat_n(0, MINIBLOCK - miniblock.len());
            pack(miniblock.iter().map(|&delta| above(delta, least)).chain(padding), width, out);
        }
        at += length;
    }
}

fn zigzag(number: i64, out: &mut Vec<u8>) {
    varint(((number << 1) ^ (number >> 63)) as u64, out);
}
