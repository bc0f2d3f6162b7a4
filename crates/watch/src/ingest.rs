//! Many sources become one order of records: merged by time, sealed, and marked with what is due when.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use blueline_terms::{Moment, OddityKind, Period};

use crate::clock::EventClock;
use crate::custody::{OpenBatch, Sealed, push_canonical};
use crate::desk::Progress;
use crate::ingest_source::IngestSource;
use crate::liveness::Liveness;
use crate::plan::Plan;
use crate::segment::{Beat, Line, Mark, RecordPlace, SEGMENT_BYTES, Segment};
use crate::source::{Source, SourceName};
use crate::twins::Twins;

/// Why [`Ingest::fill`] stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Filled {
    /// The segment is full; more may follow in the same round.
    Segment,
    /// The round is over: it has its packets.
    Round,
    /// The round is over: nothing more has come yet.
    Pause,
    /// The round is over, and with it an epoch: a fixed number of packets since the last one ended.
    Epoch,
    /// The sources ended.
    End,
}

/// Packets in a round: many enough that a shard's table is worth fetching into the cache, few enough that the rounds under
/// way fit into the third-level cache together.
const ROUND: u32 = 16_384;

/// Packets after which messages that are not whole are given up: what waits for its rest is bounded by what these can
/// carry, and what is given up does not depend on which shard it is in.
const GIVE_UP_EVERY: u64 = 4096;

/// Packets after which what live flows did is told within a second: a round's, so that it is looked at while it is in the
/// third-level cache.
const BEAT_EVERY: u64 = 16_384;

pub(crate) struct Ingest {
    plan: Plan,
    sources: Vec<IngestSource>,
    /// Stored sources that are opened when their first record is due, latest first.
    waiting: Vec<(Moment, usize)>,
    /// Open sources by the moment of the record at their front. Equal moments go by the order of the sources.
    fronts: BinaryHeap<Reverse<(Moment, usize)>>,
    started: bool,
    stopped: bool,
    clock: EventClock,
    next_batch: u32,
    /// Packets since the epoch began, and since the last pause.
    in_epoch: u32,
    in_round: u32,
    packets: u64,
    bytes: u64,
    earlier: Box<dyn Sealed>,
    liveness: Liveness,
    twins: Option<Twins>,
}

impl Ingest {
    /// Reads `stored` sources when their time comes, and `opened` ones from the start.
    pub(crate) fn new(
        opened: Vec<Source>,
        stored: Vec<SourceName>,
        plan: Plan,
        earlier: Box<dyn Sealed>,
        liveness: Liveness,
    ) -> Self {
        let opened = opened.into_iter().map(|source| (source.name.clone(), Some(source)));
        let all = opened.chain(stored.into_iter().map(|name| (name, None)));
        let sources: Vec<_> = all.map(|(name, source)| IngestSource::new(name, source, plan.cut)).collect();
        Self {
            twins: (sources.len() > 1).then(Twins::default),
            sources,
            waiting: Vec::new(),
            fronts: BinaryHeap::new(),
            started: false,
            stopped: false,
            clock: EventClock::new(&plan),
            next_batch: 0,
            in_epoch: 0,
            in_round: 0,
            packets: 0,
            bytes: 0,
            earlier,
            liveness,
            plan,
        }
    }

    /// Ends every source where it stands.
    pub(crate) fn stop(&mut self) {
        self.stopped = true;
    }

    pub(crate) fn sources(&self) -> &[IngestSource] {
        &self.sources
    }

    /// How far the sources have been read.
    pub(crate) fn progress(&self) -> Progress {
        let bytes_read = self.sources.iter().map(|source| source.bytes_read).sum();
        Progress { packets: self.packets, bytes_read, reached: self.clock.watermark, ..Progress::default() }
    }

    /// Fills an empty `segment` with the next records.
    pub(crate) fn fill(&mut self, segment: &mut Segment) -> Filled {
        if !self.started && !self.stopped {
            self.started = true;
            self.start(segment);
        }
        if self.stopped {
            self.waiting.clear();
            self.fronts.clear();
            (0..self.sources.len()).for_each(|index| self.end(index, segment));
        }
        let filled = loop {
            if let Some(filled) = self.fill_from_earliest(segment) {
                break filled;
            }
        };
        for (index, source) in self.sources.iter_mut().enumerate() {
            source.hash(&segment.arena);
            source.take_figures();
            book(source, index, segment);
        }
        if self.plan.beats && filled == Filled::End {
            let now = self.clock.watermark.unwrap_or_default();
            let beat = Beat { now, second_over: true, last: true };
            segment.marks.push((segment.records.len() as u32, Mark::Beat(beat)));
        }
        if filled == Filled::End {
            let through = self.clock.watermark.map(|moment| Period::holding(moment, self.plan.period).number());
            self.mark(Mark::Finish, through, (segment.records.len() as u32, None), segment);
        }
        if filled == Filled::Epoch {
            segment.open = self.open_batches();
        }
        if filled != Filled::Segment {
            self.in_round = 0;
        }
        filled
    }

    /// Takes records from the source whose next one is earliest. Says why the segment must end, if it must.
    fn fill_from_earliest(&mut self, segment: &mut Segment) -> Option<Filled> {
        self.open_due(segment);
        let Some(Reverse((moment, index))) = self.fronts.pop() else { return Some(Filled::End) };
        if self.in_round > 0 && self.sources[index].would_wait() {
            self.fronts.push(Reverse((moment, index)));
            return Some(Filled::Pause);
        }
        // A source that had to wait stood in line with its last record. Now its next one is there.
        match self.sources[index].front() {
            Some(next) if next > moment => {
                self.fronts.push(Reverse((next, index)));
                return None;
            }
            Some(_) => {}
            None => {
                self.end(index, segment);
                return None;
            }
        }
        // It may go on until another one's record is due.
        let opened = self.waiting.last().copied();
        let front = self.fronts.peek().map(|&Reverse(front)| front);
        let limit = opened.into_iter().chain(front).min().unwrap_or((Moment::MAX, usize::MAX));
        let mut filled = None;
        while filled.is_none() {
            if !self.take(index, segment) {
                return None;
            }
            filled = self.due(segment);
            let source = &mut self.sources[index];
            if source.would_wait() {
                // Before all others of that moment: nobody knows yet where its next record belongs.
                let stands = source.last.unwrap_or(moment).minus(Duration::from_nanos(1));
                self.fronts.push(Reverse((stands, index)));
                return filled.or(Some(Filled::Pause));
            }
            match source.front() {
                Some(next) if (next, index) < limit && filled.is_none() => {}
                Some(next) => {
                    self.fronts.push(Reverse((next, index)));
                    return filled;
                }
                None => {
                    self.end(index, segment);
                    return filled;
                }
            }
        }
        filled
    }

    /// Why the segment must end now, if it must.
    #[inline]
    fn due(&mut self, segment: &Segment) -> Option<Filled> {
        if self.in_epoch >= self.plan.epoch {
            self.in_epoch = 0;
            return Some(Filled::Epoch);
        }
        if self.in_round >= ROUND {
            return Some(Filled::Round);
        }
        (segment.arena.len() >= SEGMENT_BYTES).then_some(Filled::Segment)
    }

    /// Takes the record at a source's front into the segment; `false` when the source has ended.
    #[inline]
    fn take(&mut self, index: usize, segment: &mut Segment) -> bool {
        let source = &mut self.sources[index];
        let Some((record, captured)) = source.reader.as_mut().and_then(|reader| reader.front()) else {
            self.end(index, segment);
            return false;
        };
        let (moment, original, offset) = (record.moment, record.original, segment.arena.len());
        let start = record.start as u64;
        push_canonical(&mut segment.arena, record, captured);
        let Segment { arena, sealed, .. } = segment;
        let (batch, ordinal) = source.seal(arena, offset, moment, &mut self.next_batch, &*self.earlier, sealed);
        segment.place_sealed();
        let source = &mut self.sources[index];
        let position = start + source.reader.as_ref().map_or(0, |reader| reader.offset());
        source.pop(moment);
        let packet = source.packets;
        let sensor = source.name.sensor;
        self.packets += 1;
        self.bytes += u64::from(original);
        self.in_epoch += 1;
        self.in_round += 1;
        let canonical = &segment.arena[offset..];
        if self.twins.as_mut().is_some_and(|twins| twins.repeats(index, sensor, moment, canonical)) {
            self.sources[index].note(OddityKind::CustodyDuplicate, moment);
            self.liveness.copy(sensor, original);
            return true;
        }
        let tick = self.clock.tick(moment);
        let before = segment.records.len() as u32;
        if self.packets.is_multiple_of(GIVE_UP_EVERY) {
            segment.marks.push((before, Mark::GiveUp));
        }
        if self.plan.beats && self.packets.is_multiple_of(BEAT_EVERY) {
            let now = self.clock.watermark.unwrap_or(moment);
            segment.marks.push((before, Mark::Beat(Beat { now, second_over: false, last: false })));
        }
        if tick.late {
            self.sources[index].note(OddityKind::TimeLate, moment);
        }
        if let Some(due) = tick.due {
            let over = |now| Mark::Beat(Beat { now, second_over: true, last: false });
            due.beat.into_iter().for_each(|now| segment.marks.push((before, over(now))));
            due.sweep.into_iter().for_each(|now| segment.marks.push((before, Mark::Sweep(now))));
            let here = (before, Some(moment));
            due.close.into_iter().for_each(|number| self.mark(Mark::Close(number), Some(number), here, segment));
        }
        if !self.sources[index].oddities.is_empty() {
            book(&mut self.sources[index], index, segment);
        }
        self.liveness.packet(sensor, moment.min(self.clock.watermark.unwrap_or(moment)));
        segment.records.push(RecordPlace {
            offset: offset as u32,
            batch,
            ordinal,
            source: index as u16,
            sensor,
            packet,
            position,
        });
        true
    }

    /// Marks what is due before a record of this place and moment.
    #[cold]
    fn mark(
        &mut self,
        mark: Mark,
        through: Option<i64>,
        (before, moment): (u32, Option<Moment>),
        segment: &mut Segment,
    ) {
        segment.marks.push((before, mark));
        if let Some(now) = moment {
            let over = self.sources.iter_mut().filter_map(|source| source.close_over(&segment.arena, now));
            segment.sealed.extend(over);
            segment.place_sealed();
        }
        let mut sensors = self.liveness.report();
        for watch in &mut sensors {
            let own = self.sources.iter().filter(|source| source.name.sensor == watch.sensor);
            watch.dropped = own.filter_map(|source| source.dropped).reduce(u64::saturating_add);
        }
        let last = mark == Mark::Finish;
        let (batches, open) = (self.next_batch, self.open_batches());
        segment.lines.push(Line { through, last, sensors, packets: self.packets, bytes: self.bytes, batches, open });
    }

    fn open_batches(&self) -> Vec<OpenBatch> {
        self.sources.iter().filter_map(IngestSource::open_batch).collect()
    }

    fn end(&mut self, index: usize, segment: &mut Segment) {
        let source = &mut self.sources[index];
        segment.sealed.extend(source.end(&segment.arena));
        segment.place_sealed();
        book(source, index, segment);
    }

    /// Looks at the first record of every source. What lies on a disk is closed again until its time has come, so that
    /// a folder of a thousand files does not hold a thousand buffers.
    fn start(&mut self, segment: &mut Segment) {
        let alone = self.sources.len() == 1;
        for index in 0..self.sources.len() {
            let source = &mut self.sources[index];
            let stored = source.reader.is_none();
            if stored {
                source.open();
            }
            match source.front() {
                Some(moment) if stored && !alone => {
                    source.reader = None;
                    self.waiting.push((moment, index));
                }
                Some(moment) => self.fronts.push(Reverse((moment, index))),
                None => self.end(index, segment),
            }
        }
        // The earliest is taken from the end; among equals the first source.
        self.waiting.sort_by_key(|&(moment, index)| Reverse((moment, index)));
    }

    /// Opens the waiting sources whose first record is not later than any record at a front.
    fn open_due(&mut self, segment: &mut Segment) {
        while let Some(&(moment, index)) = self.waiting.last() {
            if self.fronts.peek().is_some_and(|&Reverse((front, _))| front < moment) {
                return;
            }
            self.waiting.pop();
            self.sources[index].open();
            match self.sources[index].front() {
                Some(moment) => self.fronts.push(Reverse((moment, index))),
                None => self.end(index, segment),
            }
        }
    }
}

/// Books what was odd about a source where the order of records stands.
fn book(source: &mut IngestSource, index: usize, segment: &mut Segment) {
    let closings = segment.lines.len() as u16;
    segment.noted.extend(source.oddities.drain(..).map(|(oddity, count)| (index as u16, closings, oddity, count)));
}
