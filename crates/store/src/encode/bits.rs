//! Small numbers in few bits: the hybrid of runs and packed groups (Parquet format, "Run Length Encoding / Bit-Packing
//! Hybrid"), which dictionary indices and definition levels are written in.

/// Runs shorter than this are packed with their neighbours.
const SHORTEST_RUN: usize = 8;

/// How many bits the numbers up to `largest` need.
pub(super) const fn width_of(largest: u64) -> u8 {
    (u64::BITS - largest.leading_zeros()) as u8
}

/// Appends `numbers`, each below `2^width`, to `out`. `width` is 1 to 32.
pub(super) fn hybrid(numbers: &[u32], width: u8, out: &mut Vec<u8>) {
    let (mut begin, mut at) = (0, 0);
    while at < numbers.len() {
        let run = run_length(&numbers[at..]);
        // A packed stretch holds whole groups of eight, unless it is the last one: it borrows from the run behind it.
        let borrowed = (at - begin).next_multiple_of(8) - (at - begin);
        if run >= SHORTEST_RUN + borrowed {
            packed_groups(&numbers[begin..at + borrowed], width, out);
            varint(((run - borrowed) as u64) << 1, out);
            out.extend_from_slice(&numbers[at].to_le_bytes()[..usize::from(width).div_ceil(8)]);
            at += run;
            begin = at;
        } else {
            at += run;
        }
    }
    packed_groups(&numbers[begin..], width, out);
}

/// Appends one run of `count` times `number`.
pub(super) fn single_run(number: u32, count: usize, width: u8, out: &mut Vec<u8>) {
    if count > 0 {
        varint((count as u64) << 1, out);
        out.extend_from_slice(&number.to_le_bytes()[..usize::from(width).div_ceil(8)]);
    }
}

#[inline]
fn run_length(numbers: &[u32]) -> usize {
    let first = numbers[0];
    numbers.iter().position(|&number| number != first).unwrap_or(numbers.len())
}

fn packed_groups(numbers: &[u32], width: u8, out: &mut Vec<u8>) {
    if numbers.is_empty() {
        return;
    }
    let groups = numbers.len().div_ceil(8);
    varint((groups as u64) << 1 | 1, out);
    let end = out.len() + groups * usize::from(width);
    pack(numbers.iter().map(|&number| u64::from(number)), width, out);
    // The last group is filled up with zeros.
    out.resize(end, 0);
}

/// Appends numbers of up to 64 bits one after another, the lowest bit first; the last byte is filled up with zeros.
#[inline]
pub(super) fn pack(numbers: impl Iterator<Item = u64>, width: u8, out: &mut Vec<u8>) {
    let width = u32::from(width);
    let (mut held, mut bits) = (0u128, 0);
    for number in numbers {
        held |= u128::from(number) << bits;
        bits += width;
        if bits >= 64 {
            out.extend_from_slice(&(held as u64).to_le_bytes());
            held >>= 64;
            bits -= 64;
        }
    }
    out.extend_from_slice(&(held as u64).to_le_bytes()[..bits.div_ceil(8) as usize]);
}

/// Appends an unsigned LEB128 number.
pub(super) fn varint(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reads what [`hybrid`] wrote, by the words of the format alone.
    fn read(mut bytes: &[u8], width: u8, count: usize) -> Vec<u32> {
        let mut numbers = Vec::new();
        while numbers.len() < count {
            let mut header = 0u64;
            let mut shift = 0;
            loop {
                let byte = bytes[0];
                bytes = &bytes[1..];
                header |= u64::from(byte & 0x7f) << shift;
                shift += 7;
                if byte < 0x80 {
                    break;
                }
            }
            if header & 1 == 0 {
                let size = usize::from(width).div_ceil(8);
                let mut value = [0; 4];
                value[..size].copy_from_slice(&bytes[..size]);
                bytes = &bytes[size..];
                numbers.extend(std::iter::repeat_n(u32::from_le_bytes(value), (header >> 1) as usize));
            } else {
                for number in 0..(header >> 1) as usize * 8 {
                    let bit = |n: usize| u32::from(bytes[n / 8] >> (n % 8) & 1);
                    numbers.push((0..usize::from(width)).map(|b| bit(number * usize::from(width) + b) << b).sum());
                }
                bytes = &bytes[(header >> 1) as usize * usize::from(width)..];
            }
        }
        assert!(bytes.is_empty(), "nothing is left over");
        assert!(numbers[count..].iter().all(|&padding| padding == 0));
        numbers.truncate(count);
        numbers
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(runs in prop::collection::vec((0u32..9, 1usize..40), 0..40), width in 4u8..=32) {
            let numbers: Vec<u32> = runs.iter().flat_map(|&(number, count)| std::iter::repeat_n(number, count)).collect();
            let mut bytes = Vec::new();
            hybrid(&numbers, width, &mut bytes);
            prop_assert_eq!(read(&bytes, width, numbers.len()), numbers);
        }

        #[test]
        fn wide_numbers_read_back(numbers in prop::collection::vec(any::<u32>(), 0..100)) {
            let mut bytes = Vec::new();
            hybrid(&numbers, 32, &mut bytes);
            prop_assert_eq!(read(&bytes, 32, numbers.len()), numbers);
        }
    }

    #[test]
    fn widths() {
        assert_eq!([0, 1, 2, 255, 256, u64::MAX].map(width_of), [0, 1, 2, 8, 9, 64]);
    }
}
