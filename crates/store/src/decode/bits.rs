//! Numbers of a few bits each, as they stand in pages: the hybrid of runs and packed groups (Parquet format, "Run Length
//! Encoding / Bit-Packing Hybrid"), and bare bits.

use parquet::errors::{ParquetError, Result};

/// Numbers that are read one stretch after another.
#[derive(Debug)]
pub(super) struct Numbers<'a> {
    /// What comes behind the run.
    bytes: &'a [u8],
    width: usize,
    run: Run<'a>,
}

#[derive(Debug)]
enum Run<'a> {
    /// So many times the same number.
    Same(u32, usize),
    /// Groups of eight numbers, of which so many were given.
    Packed(&'a [u8], usize),
}

impl<'a> Numbers<'a> {
    /// Numbers of `width` bits, in runs and packed groups.
    ///
    /// # Errors
    ///
    /// When `width` is more than 31: no page has as many values.
    pub(super) fn hybrid(bytes: &'a [u8], width: u8) -> Result<Self> {
        match width {
            // Nothing has to be said of numbers that can only be 0.
            0 => Ok(Self { bytes, width: 0, run: Run::Same(0, usize::MAX) }),
            1..=31 => Ok(Self { bytes, width: usize::from(width), run: Run::Same(0, 0) }),
            _ => Err(damaged(format!("codes of {width} bits"))),
        }
    }

    /// Bits, the lowest of each byte first.
    pub(super) const fn bits(bytes: &'a [u8]) -> Self {
        Self { bytes: &[], width: 1, run: Run::Packed(bytes, 0) }
    }

    /// The number that the next `count` are, where one run says so.
    pub(super) fn all(&mut self, count: usize) -> Result<Option<u32>> {
        if self.width > 0 && count > 0 && matches!(self.run, Run::Same(_, 0)) {
            self.run = self.next_run()?;
        }
        Ok(match self.run {
            Run::Same(number, length) if length >= count => Some(number),
            Run::Packed(bytes, 0) if self.width == 1 => same_bits(bytes, count),
            _ => None,
        })
    }

    /// The next numbers.
    ///
    /// # Errors
    ///
    /// When there are fewer.
    pub(super) fn fill(&mut self, mut out: &mut [u32]) -> Result<()> {
        while !out.is_empty() {
            let taken = match &mut self.run {
                Run::Same(number, left) if *left > 0 => {
                    let taken = out.len().min(*left);
                    out[..taken].fill(*number);
                    *left -= taken;
                    taken
                }
                Run::Packed(packed, given) if *given < packed.len() / self.width * 8 => {
                    let taken = some_packed(packed, self.width, *given, out);
                    *given += taken;
                    taken
                }
                _ => {
                    self.run = self.next_run()?;
                    0
                }
            };
            out = &mut out[taken..];
        }
        Ok(())
    }

    fn next_run(&mut self) -> Result<Run<'a>> {
        let header = varint(&mut self.bytes)?;
        let length = usize::try_from(header >> 1).unwrap_or(usize::MAX);
        if header & 1 == 0 {
            let number = take(&mut self.bytes, self.width.div_ceil(8))?;
            let number = number.iter().rev().fold(0u32, |number, &byte| number << 8 | u32::from(byte));
            // A run has whole bytes, which could hold more.
            if number >> self.width > 0 {
                return Err(damaged(format!("a run of {number}, which has more than {} bits", self.width)));
            }
            return Ok(Run::Same(number, length));
        }
        Ok(Run::Packed(take(&mut self.bytes, length.saturating_mul(self.width))?, 0))
    }
}

/// What the first `count` bits all are.
fn same_bits(bytes: &[u8], count: usize) -> Option<u32> {
    let (full, last) = bytes.get(..count.div_ceil(8))?.split_at(count / 8);
    let rest = ((1u16 << (count % 8)) - 1) as u8;
    let all =
        |every: u8| full.iter().all(|&byte| byte == every) && last.iter().all(|&last| last & rest == every & rest);
    [(0, 0), (0xff, 1)].into_iter().find_map(|(every, number)| all(every).then_some(number))
}

/// Unpacks numbers from the one at place `given` on; says how many.
fn some_packed(packed: &[u8], width: usize, given: usize, out: &mut [u32]) -> usize {
    let rest = &packed[given / 8 * width..];
    if given.is_multiple_of(8) && out.len() >= 8 {
        let groups = (out.len() / 8).min(rest.len() / width);
        unpack(rest, width, &mut out[..groups * 8]);
        return groups * 8;
    }
    // A group that does not fit is unpacked again for what is left of it.
    let mut group = [0; 8];
    unpack(rest, width, &mut group);
    let group = &group[given % 8..];
    let taken = group.len().min(out.len());
    out[..taken].copy_from_slice(&group[..taken]);
    taken
}

/// Unpacks whole groups of eight numbers.
fn unpack(packed: &[u8], width: usize, out: &mut [u32]) {
    macro_rules! by_width {
        ($($width:literal)+) => {
            match width {
                $($width => groups::<$width>(packed, out),)+
                _ => {}
            }
        };
    }
    by_width!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31);
}

/// Bytes behind the beginning of any number of a group of the widest.
const WINDOW: usize = 31 + 8;

fn groups<const WIDTH: usize>(packed: &[u8], out: &mut [u32]) {
    for (place, out) in out.chunks_exact_mut(8).enumerate() {
        let begin = place * WIDTH;
        match packed.get(begin..begin + WIDTH + 8) {
            Some(window) => group::<WIDTH>(window, out),
            // The last ones: eight bytes could not be taken behind every beginning.
            None => {
                let mut window = [0; WINDOW];
                window[..WIDTH].copy_from_slice(&packed[begin..begin + WIDTH]);
                group::<WIDTH>(&window[..WIDTH + 8], out);
            }
        }
    }
}

#[inline]
fn group<const WIDTH: usize>(window: &[u8], out: &mut [u32]) {
    let mask = (1u64 << WIDTH) - 1;
    for (place, out) in out.iter_mut().enumerate() {
        let bit = place * WIDTH;
        let word = window[bit / 8..].first_chunk().map_or(0, |word| u64::from_le_bytes(*word));
        *out = (word >> (bit % 8) & mask) as u32;
    }
}

pub(super) fn damaged(what: String) -> ParquetError {
    ParquetError::General(what)
}

/// The next `count` bytes.
pub(super) fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Result<&'a [u8]> {
    let cut_short = || damaged(format!("a page ends {} bytes early", count - bytes.len()));
    let (taken, rest) = bytes.split_at_checked(count).ok_or_else(cut_short)?;
    *bytes = rest;
    Ok(taken)
}

/// An unsigned LEB128 number.
fn varint(bytes: &mut &[u8]) -> Result<u64> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let byte = take(bytes, 1)?[0];
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(number);
        }
    }
    Err(damaged("a length of more than 64 bits".to_owned()))
}
