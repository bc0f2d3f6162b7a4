//! What a number is in a file.

use parquet::file::statistics::Statistics;

use super::delta::{delta32, delta64};

/// What a number is in the file.
pub(crate) trait Number: Copy + Eq + Ord {
    /// Its bits, for telling numbers apart.
    fn bits(self) -> u64;
    /// Appends it in PLAIN encoding.
    fn plain(self, out: &mut Vec<u8>);
    /// Smallest and largest for the footer.
    fn statistics(range: Option<(Self, Self)>, nulls: u64) -> Statistics;
    /// Appends numbers in DELTA_BINARY_PACKED encoding.
    fn delta(numbers: &[Self], out: &mut Vec<u8>);
}

macro_rules! number {
    ($($type:ty as $stored:ty, $delta:ident;)+) => { $(
        impl Number for $type {
            #[inline]
            fn bits(self) -> u64 {
                self as u64
            }
            #[inline]
            fn plain(self, out: &mut Vec<u8>) {
                out.extend_from_slice(&(self as $stored).to_le_bytes());
            }
            fn statistics(range: Option<(Self, Self)>, nulls: u64) -> Statistics {
                let (least, most) = range.map(|(least, most)| (least as $stored, most as $stored)).unzip();
                Statistics::new(least, most, None, Some(nulls), false)
            }
            fn delta(numbers: &[Self], out: &mut Vec<u8>) {
                let numbers: Vec<$stored> = numbers.iter().map(|&number| number as $stored).collect();
                $delta(&numbers, out);
            }
        }
    )+ };
}

number! {
    u8 as i32, delta32;
    u16 as i32, delta32;
    u32 as i32, delta32;
    u64 as i64, delta64;
    i64 as i64, delta64;
}
