//! Things that live for a while and are found by a hash: flows, packets in fragments.

use blueline_terms::Moment;

use crate::index::{BYTES_PER_ENTRY, Index};

/// Things in a chunk of the slab: it grows without moving what it holds.
const CHUNK: usize = 4096;
/// How many are read ahead of their turn.
pub(crate) const AHEAD: usize = 32;

/// What a slot costs in memory at worst besides the thing in it: its place in the index, its dense figures (up to three
/// times, while they grow), and its place among the free ones.
pub(crate) const BYTES_PER_SLOT: usize = BYTES_PER_ENTRY + 3 * (4 + 4) + 4;

/// A slab of things with an index, and when each was seen last.
pub(crate) struct Slots<T> {
    index: Index,
    chunks: Vec<Vec<T>>,
    free: Vec<u32>,
    /// By slot: the thing's hash, and the coarse time when it was seen last ([`coarse`]), or `VACANT`.
    hashes: Vec<u32>,
    seen: Vec<i32>,
}

const VACANT: i32 = i32::MIN;

/// Time in steps of 2^32 ns (4.3 s), which fit in 32 bits for every moment.
#[inline]
const fn coarse(moment: Moment) -> i32 {
    // An i64 shifted by 32 always fits; the smallest value is kept for vacant slots.
    let steps = (moment.nanos() >> 32) as i32;
    if steps == VACANT { VACANT + 1 } else { steps }
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self { index: Index::default(), chunks: Vec::new(), free: Vec::new(), hashes: Vec::new(), seen: Vec::new() }
    }
}

impl<T> Slots<T> {
    /// How many things live.
    pub(crate) fn len(&self) -> usize {
        self.index.len()
    }

    /// The slot of the thing with this hash that `is_it` accepts.
    #[inline]
    pub(crate) fn find(&self, hash: u32, is_it: impl Fn(&T) -> bool) -> Option<u32> {
        self.index.find(hash, |slot| is_it(self.thing(slot)))
    }

    /// The thing that [`Self::find`] will most likely look at, fetched ahead of its turn.
    #[inline]
    pub(crate) fn peek(&self, hash: u32) -> Option<&T> {
        self.index.peek(hash).map(|slot| self.thing(slot))
    }

    /// Fetches what [`Self::peek`] will look at. What it gives means nothing.
    #[inline]
    pub(crate) fn peek_index(&self, hash: u32) -> u64 {
        self.index.peek_cell(hash)
    }

    /// The thing in a slot that is taken.
    #[inline]
    pub(crate) fn thing(&self, slot: u32) -> &T {
        &self.chunks[slot as usize / CHUNK][slot as usize % CHUNK]
    }

    #[inline]
    pub(crate) fn thing_mut(&mut self, slot: u32) -> &mut T {
        &mut self.chunks[slot as usize / CHUNK][slot as usize % CHUNK]
    }

    /// Gives a new thing a slot.
    #[inline]
    pub(crate) fn open(&mut self, hash: u32, thing: T, seen: Moment) -> u32 {
        let slot = match self.free.pop() {
            Some(slot) => {
                *self.thing_mut(slot) = thing;
                self.hashes[slot as usize] = hash;
                slot
            }
            None => self.push(hash, thing),
        };
        self.see(slot, seen);
        self.index.insert(hash, slot);
        slot
    }

    #[inline]
    fn push(&mut self, hash: u32, thing: T) -> u32 {
        let slot = self.hashes.len();
        if slot.is_multiple_of(CHUNK) {
            self.chunks.push(Vec::with_capacity(CHUNK));
        }
        self.chunks[slot / CHUNK].push(thing);
        self.hashes.push(hash);
        self.seen.push(VACANT);
        slot as u32
    }

    /// The thing in this slot was seen at this moment.
    #[inline]
    pub(crate) fn see(&mut self, slot: u32, moment: Moment) {
        self.seen[slot as usize] = coarse(moment);
    }

    /// Lets the thing in this slot go. It stays where it is until the slot is given away again.
    pub(crate) fn close(&mut self, slot: u32) {
        self.index.remove(self.hashes[slot as usize], slot);
        self.seen[slot as usize] = VACANT;
        self.free.push(slot);
    }

    /// Everything that lives.
    pub(crate) fn things(&self) -> impl Iterator<Item = &T> {
        let all = self.chunks.iter().flatten().zip(&self.seen);
        all.filter(|(_, seen)| **seen != VACANT).map(|(thing, _)| thing)
    }

    /// The first slot from `from` on that is taken.
    pub(crate) fn taken_from(&self, from: u32) -> Option<u32> {
        let behind = self.seen.get(from as usize..)?;
        behind.iter().position(|&seen| seen != VACANT).map(|ahead| from + ahead as u32)
    }

    /// Slots from `next` on whose things were seen last at `moment` or not much later, a batch at a time, their places in
    /// the index fetched. An empty batch is the last.
    pub(crate) fn quiet<'r>(&self, next: &mut u32, moment: Moment, room: &'r mut [u32; AHEAD]) -> &'r [u32] {
        let since = coarse(moment);
        let (mut count, mut fetched) = (0, 0);
        let from = *next as usize;
        for (slot, &seen) in self.seen.iter().enumerate().skip(from) {
            if count == AHEAD {
                break;
            }
            *next = slot as u32 + 1;
            if seen <= since && seen != VACANT {
                room[count] = slot as u32;
                count += 1;
            }
        }
        for &slot in &room[..count] {
            fetched ^= self.index.peek_cell(self.hashes[slot as usize]);
        }
        std::hint::black_box(fetched);
        &room[..count]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Moment {
        Moment::from_nanos(seconds * 1_000_000_000)
    }

    #[test]
    fn quiet_ones_are_found_in_batches_and_slots_are_given_again() {
        let mut slots = Slots::default();
        for n in 0..10_000u32 {
            assert_eq!(slots.open(n.wrapping_mul(0x9e37_79b9), n, at(i64::from(n % 100))), n);
        }
        let (mut next, mut room, mut quiet) = (0, [0; AHEAD], Vec::new());
        loop {
            let batch = slots.quiet(&mut next, at(20), &mut room);
            if batch.is_empty() {
                break;
            }
            quiet.extend_from_slice(batch);
        }
        assert!((0..10_000).filter(|n| n % 100 <= 20).all(|n| quiet.contains(&n)), "none is missed");
        assert!(quiet.iter().all(|n| n % 100 < 26), "coarse, but not by more than a step");
        quiet.iter().for_each(|&slot| slots.close(slot));
        assert_eq!(slots.len() + quiet.len(), 10_000);
        assert_eq!(slots.things().count(), slots.len());
        assert_eq!(slots.find(0, |&n| n == 0), None);
        assert_eq!(slots.open(7, 7, at(0)), *quiet.last().unwrap());
        assert_eq!(slots.peek(99u32.wrapping_mul(0x9e37_79b9)), Some(&99));
    }
}
