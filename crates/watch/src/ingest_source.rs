//! One source on its way in: read, sealed, and watched for what is odd.

use std::ops::Range;

use blueline_terms::{Moment, Oddity, OddityKind};

use crate::clock::BELIEVED_STEP;
use crate::custody::{Cut, OpenBatch, Sealed, SealedBatch, Sealer};
use crate::reader::RecordReader;
use crate::source::{Source, SourceName};

pub(crate) struct IngestSource {
    pub(crate) name: SourceName,
    pub(crate) size: Option<u64>,
    pub(crate) reader: Option<RecordReader>,
    sealer: Sealer,
    /// Canonical bytes in the current segment that are not in the seal yet.
    unsealed: Range<usize>,
    pub(crate) packets: u64,
    pub(crate) bytes_read: u64,
    pub(crate) dropped: Option<u64>,
    /// What was odd since it was last taken, and how many of the kind there were.
    pub(crate) oddities: Vec<(Oddity, u64)>,
    /// The moment of the last record taken.
    pub(crate) last: Option<Moment>,
    /// Where in the source that record begins.
    last_offset: u64,
}

impl IngestSource {
    pub(crate) fn new(name: SourceName, source: Option<Source>, cut: Cut) -> Self {
        Self {
            sealer: Sealer::new(name.sensor, cut),
            name,
            size: source.as_ref().and_then(|source| source.size),
            reader: source.map(RecordReader::new),
            unsealed: 0..0,
            packets: 0,
            bytes_read: 0,
            dropped: None,
            oddities: Vec::new(),
            last: None,
            last_offset: 0,
        }
    }

    /// Opens a stored source, from its beginning.
    pub(crate) fn open(&mut self) {
        match Source::open(self.name.clone()) {
            Ok(source) => {
                self.size = source.size;
                self.reader = Some(RecordReader::new(source));
            }
            Err(error) => {
                let detail = error.to_string();
                let kind = OddityKind::SourceUnreadable;
                self.oddities.push((Oddity { kind, offset: 0, packet: 0, detail }, 1));
            }
        }
    }

    /// The moment of the record at the front; `None` when there is none any more.
    pub(crate) fn front(&mut self) -> Option<Moment> {
        self.reader.as_mut()?.front().map(|(record, _)| record.moment)
    }

    /// Whether looking at the next record would wait for bytes that have not come.
    #[inline]
    pub(crate) fn would_wait(&mut self) -> bool {
        self.reader.as_mut().is_some_and(RecordReader::would_wait)
    }

    /// The canonical record that was appended to `arena` at `offset` joins the open batch, or the next one, numbered by
    /// `next_batch`. Returns the batch's number and the record's place in it; a batch that was closed before it joins
    /// `sealed`.
    #[inline]
    pub(crate) fn seal(
        &mut self,
        arena: &[u8],
        offset: usize,
        moment: Moment,
        next_batch: &mut u32,
        earlier: &dyn Sealed,
        sealed: &mut Vec<SealedBatch>,
    ) -> (u32, u32) {
        if self.sealer.closes_before(moment) {
            self.close_before(arena, moment, sealed);
        }
        if self.sealer.is_empty() {
            self.sealer.open(*next_batch, moment, &arena[offset..], earlier);
            *next_batch += 1;
        }
        let ordinal = self.sealer.count(moment, arena.len() - offset);
        if self.unsealed.end == offset && !self.unsealed.is_empty() {
            self.unsealed.end = arena.len();
        } else {
            self.hash(arena);
            self.unsealed = offset..arena.len();
        }
        (self.sealer.number(), ordinal)
    }

    #[cold]
    fn close_before(&mut self, arena: &[u8], moment: Moment, sealed: &mut Vec<SealedBatch>) {
        self.hash(arena);
        if !self.sealer.closes_on_trial(moment) || self.sealer.was_sealed() {
            sealed.extend(self.sealer.close());
        }
    }

    /// Closes the batch if its time is over at `now` and the record at the front will close it: what comes of it is the
    /// same, only sooner, so that nobody waits for a source that is silent for long.
    pub(crate) fn close_over(&mut self, arena: &[u8], now: Moment) -> Option<SealedBatch> {
        if !self.sealer.is_over(now) || self.would_wait() || !self.front().is_some_and(|next| self.sealer.is_over(next))
        {
            return None;
        }
        self.hash(arena);
        self.sealer.close()
    }

    /// The batch that is not sealed yet, if there is one.
    pub(crate) fn open_batch(&self) -> Option<OpenBatch> {
        self.sealer.open_batch()
    }

    /// What is not in the seal yet goes in; the arena is about to change.
    pub(crate) fn hash(&mut self, arena: &[u8]) {
        let unsealed = std::mem::replace(&mut self.unsealed, 0..0);
        if let Some(bytes) = arena.get(unsealed).filter(|bytes| !bytes.is_empty()) {
            self.sealer.hash(bytes);
        }
    }

    /// Done with the record at the front.
    #[inline]
    pub(crate) fn pop(&mut self, moment: Moment) {
        self.packets += 1;
        self.last_offset = self.reader.as_ref().map_or(0, RecordReader::offset);
        let last = self.last.replace(moment);
        if last.is_some_and(|last| moment.nanos().abs_diff(last.nanos()) > BELIEVED_STEP.as_nanos() as u64) {
            self.note(OddityKind::TimeJump, moment);
        }
        if let Some(reader) = &mut self.reader {
            reader.pop();
            // Bounded by the reader; taken over with the record that they stand before, so that each is booked in the
            // right period.
            if !reader.oddities.is_empty() {
                self.oddities.append(&mut reader.oddities);
            }
        }
    }

    /// Notes something odd about the record last taken.
    #[cold]
    pub(crate) fn note(&mut self, kind: OddityKind, moment: Moment) {
        let detail = format!("its time is {moment}");
        self.oddities.push((Oddity { kind, offset: self.last_offset, packet: self.packets, detail }, 1));
    }

    /// Brings the figures up to date. What was odd on the way to the next record stays with the reader until that record
    /// is taken: how far ahead the reader looks depends on what has come, and that must not show.
    pub(crate) fn take_figures(&mut self) {
        if let Some(reader) = &mut self.reader {
            self.bytes_read = reader.bytes_read();
            self.dropped = reader.dropped();
        }
    }

    /// The source has ended: its last batch is closed and its buffer let go.
    pub(crate) fn end(&mut self, arena: &[u8]) -> Option<SealedBatch> {
        self.hash(arena);
        self.take_figures();
        if let Some(mut reader) = self.reader.take() {
            self.oddities.append(&mut reader.oddities);
        }
        self.sealer.close()
    }
}
