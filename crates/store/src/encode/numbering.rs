//! Dictionaries of numbers: which different ones there are, and which of them each row has.

use super::number::Number;

/// A dictionary is given up when it has more entries than this.
const MOST_ENTRIES: usize = 16_384;
/// Rows after which a dictionary must have shown that it pays, and how many of them may be different.
const TRIAL: (usize, usize) = (2048, 1024);
/// As many cells as there are values of two bytes, and four times as many as entries.
const TABLE: usize = 1 << 16;
/// Cells that are looked at before a dictionary is given up.
const LONGEST_SEARCH: usize = 64;

/// Numbers different values by the order in which they are met.
pub(super) struct Numbering {
    /// Open addressing: bits of the value, and one more than its number.
    table: Vec<(u64, u32)>,
    /// Cells in use, to be emptied.
    used: Vec<u32>,
    /// Where each entry was met first.
    pub(super) firsts: Vec<u32>,
    /// How many entries there are.
    pub(super) entries: u32,
}

impl Default for Numbering {
    fn default() -> Self {
        Self { table: vec![(0, 0); TABLE], used: Vec::new(), firsts: Vec::new(), entries: 0 }
    }
}

impl Numbering {
    /// Fills in each value's number; `false` where there are too many different ones for a dictionary to pay.
    pub(super) fn number<T: Number>(&mut self, values: &[T], codes: &mut Vec<u32>) -> bool {
        self.used.drain(..).for_each(|cell| self.table[cell as usize] = (0, 0));
        self.firsts.clear();
        codes.clear();
        codes.reserve(values.len());
        let (mut before, mut code) = (None, 0);
        for (row, &value) in values.iter().enumerate() {
            // Equal values come in runs.
            if before != Some(value) {
                before = Some(value);
                // Every value of two bytes or less has a cell of its own.
                let cell = if size_of::<T>() <= 2 { Some(value.bits() as usize) } else { self.cell(value.bits()) };
                let Some(found) = cell.and_then(|cell| self.code(cell, value.bits(), row)) else { return false };
                code = found;
            }
            codes.push(code);
            if row == TRIAL.0 && self.firsts.len() > TRIAL.1 {
                return false;
            }
        }
        self.entries = self.firsts.len() as u32;
        // Codes and dictionary together must be smaller than three quarters of the values as they are.
        let width = usize::from(super::bits::width_of(u64::from(self.entries.saturating_sub(1)))).max(1);
        let size = size_of::<T>().max(4);
        values.len() * width / 8 + self.firsts.len() * size <= values.len() * size * 3 / 4 + 64
    }

    /// The cell of a value, or the free one that it may take; `None` where too many cells have to be looked at.
    #[inline]
    fn cell(&self, bits: u64) -> Option<usize> {
        // Fibonacci hashing (Knuth, TAOCP 3, 6.4): the upper bits of the product are well mixed. Whoever makes many
        // values collide makes the search long, not endless: the dictionary is given up then.
        let first = (bits.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48) as usize;
        let cells = (first..first + LONGEST_SEARCH).map(|cell| cell % TABLE);
        cells.into_iter().find(|&cell| self.table[cell].1 == 0 || self.table[cell].0 == bits)
    }

    #[inline]
    fn code(&mut self, cell: usize, bits: u64, row: usize) -> Option<u32> {
        let (_, number) = self.table[cell];
        if number > 0 {
            return Some(number - 1);
        }
        if self.firsts.len() == MOST_ENTRIES {
            return None;
        }
        self.firsts.push(row as u32);
        self.used.push(cell as u32);
        self.table[cell] = (bits, self.firsts.len() as u32);
        Some(self.firsts.len() as u32 - 1)
    }
}
