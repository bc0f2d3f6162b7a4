//! An index from hashes to slots, made for floods: a lookup costs one cache line, and many lookups can be under way at
//! once.

/// Cells of 32 bits of hash and 32 bits of slot plus one, in open addressing with linear probing. A cell carries its
/// whole hash, so growing and removing touch nothing else.
#[derive(Default)]
pub(crate) struct Index {
    /// A power of two of them, or none.
    cells: Vec<u64>,
    len: usize,
}

const EMPTY: u64 = 0;
/// Cells of the smallest index.
const LEAST: usize = 64;
/// At most this share of the cells is taken: beyond it probes grow long.
const FULL: (usize, usize) = (5, 8);

/// What an entry costs at worst, in bytes: just after the index grew, with the old cells still there.
pub(crate) const BYTES_PER_ENTRY: usize = 8 * 3 * FULL.1 / FULL.0;

impl Index {
    /// Entries.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The slot of this hash that `is_it` accepts.
    #[inline]
    pub(crate) fn find(&self, hash: u32, mut is_it: impl FnMut(u32) -> bool) -> Option<u32> {
        let mut at = self.home(hash);
        while let Some(&cell) = self.cells.get(at)
            && cell != EMPTY
        {
            if cell_hash(cell) == hash && is_it(cell_slot(cell)) {
                return Some(cell_slot(cell));
            }
            at = self.after(at);
        }
        None
    }

    /// The first slot that [`Self::find`] would ask about, if the hash is where it belongs.
    #[inline]
    pub(crate) fn peek(&self, hash: u32) -> Option<u32> {
        let cell = self.peek_cell(hash);
        (cell != EMPTY && cell_hash(cell) == hash).then(|| cell_slot(cell))
    }

    /// Fetches the cell where the search for a hash begins. Reading ahead for many hashes lets the memory answer them
    /// together.
    #[inline]
    pub(crate) fn peek_cell(&self, hash: u32) -> u64 {
        self.cells.get(self.home(hash)).copied().unwrap_or(EMPTY)
    }

    /// Adds an entry. The same slot must not be in the index twice.
    #[inline]
    pub(crate) fn insert(&mut self, hash: u32, slot: u32) {
        if (self.len + 1) * FULL.1 > self.cells.len() * FULL.0 {
            self.grow();
        }
        self.len += 1;
        self.place(u64::from(hash) << 32 | u64::from(slot + 1));
    }

    #[inline]
    fn place(&mut self, cell: u64) {
        let mut at = self.home(cell_hash(cell));
        while self.cells[at] != EMPTY {
            at = self.after(at);
        }
        self.cells[at] = cell;
    }

    /// Takes the entry out, if it is there. What stands behind it moves up, so that no probe stops short.
    pub(crate) fn remove(&mut self, hash: u32, slot: u32) {
        let wanted = u64::from(hash) << 32 | u64::from(slot + 1);
        let mut hole = self.home(hash);
        loop {
            match self.cells.get(hole).copied() {
                None | Some(EMPTY) => return,
                Some(cell) if cell == wanted => break,
                Some(_) => hole = self.after(hole),
            }
        }
        self.len -= 1;
        let mut at = self.after(hole);
        while self.cells[at] != EMPTY {
            let home = self.home(cell_hash(self.cells[at]));
            // It may move if its home is not between the hole and itself.
            let mask = self.cells.len() - 1;
            if at.wrapping_sub(home) & mask >= at.wrapping_sub(hole) & mask {
                self.cells[hole] = self.cells[at];
                hole = at;
            }
            at = self.after(at);
        }
        self.cells[hole] = EMPTY;
    }

    #[cold]
    fn grow(&mut self) {
        let larger = vec![EMPTY; (self.cells.len() * 2).max(LEAST)];
        for cell in std::mem::replace(&mut self.cells, larger) {
            if cell != EMPTY {
                self.place(cell);
            }
        }
    }

    /// Of the largest bits, so that growing keeps the order of cells and runs through both halves in a row.
    #[inline]
    fn home(&self, hash: u32) -> usize {
        ((u64::from(hash) * self.cells.len() as u64) >> 32) as usize
    }

    #[inline]
    fn after(&self, at: usize) -> usize {
        (at + 1) & (self.cells.len() - 1)
    }
}

#[inline]
fn cell_hash(cell: u64) -> u32 {
    (cell >> 32) as u32
}

#[inline]
fn cell_slot(cell: u64) -> u32 {
    (cell as u32).wrapping_sub(1)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Hashes that crowd together, and run around the end of the cells.
    fn crowded(n: u32) -> u32 {
        u32::MAX - (n % 7) * (1 << 20)
    }

    #[test]
    fn it_agrees_with_a_plain_set() {
        let mut index = Index::default();
        let mut model = BTreeSet::new();
        let mut state = 1u32;
        for step in 0..20_000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let slot = state >> 22;
            let hash = if slot.is_multiple_of(2) { crowded(slot) } else { slot.wrapping_mul(0x9e37_79b9) };
            if model.remove(&(hash, slot)) {
                index.remove(hash, slot);
            } else {
                model.insert((hash, slot));
                index.insert(hash, slot);
            }
            assert_eq!(index.len(), model.len(), "step {step}");
            if step % 64 == 0 {
                assert!(model.iter().all(|&(hash, slot)| index.find(hash, |found| found == slot) == Some(slot)));
            }
            assert_eq!(index.find(hash, |found| found == slot).is_some(), model.contains(&(hash, slot)));
        }
    }

    #[test]
    fn removing_what_is_not_there_changes_nothing() {
        let mut index = Index::default();
        index.remove(5, 1);
        index.insert(5, 1);
        index.remove(5, 2);
        index.remove(6, 1);
        assert_eq!((index.len(), index.find(5, |_| true), index.peek(5)), (1, Some(1), Some(1)));
    }
}
