//! The engine: sources in, rows and lines out, on as many threads as are given.
//!
//! Work moves in rounds of a bounded number of packets. Filling a segment (reading, sealing) goes one at a time, in
//! order; decoding segments goes in parallel; then each shard's flow table counts the round's packets, the shards in
//! parallel, each by one thread at a time. While one round is counted the next is filled and decoded. Nothing depends on
//! which thread did what: shards are fixed in number, and everything that is due is marked in the order of records.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::books::Books;
use crate::custody::{Cut, Sealed, SealedBatch};
use crate::desk::{Closing, Desk, Progress, SourceReport};
use crate::hash::HashKey;
use crate::ingest::{Filled, Ingest};
use crate::liveness::Liveness;
use crate::plan::Plan;
use crate::segment::{Line, Mark, OddityTally, SHARDS, Segment};
use crate::source::{Source, SourceName};
use crate::table::{BYTES_PER_FLOW, Lifetimes, Shed, Table};

/// Packets in an epoch: how often bounds are checked. Fixed, because where they are checked shows in what is shed.
const EPOCH: u32 = 65_536;
/// Rounds under way at a time: one counted, one decoded, one filled.
const ROUNDS: usize = 3;
/// Packets with fragments outstanding that all shards together remember.
const MOST_FRAGMENTED: usize = 262_144;

/// What a run is to do.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Threads that work; at least one.
    pub threads: usize,
    /// How long flows live, and the length of a period.
    pub lifetimes: Lifetimes,
    /// How long after its end, in event time, a period waits for stragglers.
    pub grace: Duration,
    /// Live flows that memory has room for.
    pub most_flows: usize,
    /// When batches are cut.
    pub cut: Cut,
    /// Key of the flow hashes.
    pub key: HashKey,
    /// The declared sensors' longest silences, in the sensors' order.
    pub longest_silences: Vec<Duration>,
    /// Whether the desk is shown every packet ([`Desk::packet`]).
    pub show_packets: bool,
    /// Whether sinks are told what live flows do while they live ([`Sink::beat`](crate::Sink::beat)).
    pub beats: bool,
}

impl Settings {
    /// How many live flows fit into this many bytes.
    pub const fn flows_in(bytes: u64) -> usize {
        (bytes / BYTES_PER_FLOW as u64) as usize
    }
}

/// Watches sources to their end, or until `stop` is set.
///
/// `opened` sources are read from the start (standard input, pipes); `stored` ones are opened when their time comes.
/// `sinks` makes the receiver of one shard's rows. An error comes from the desk alone; sources that cannot be read are
/// oddities.
pub fn run<D: Desk>(
    mut opened: Vec<Source>,
    stored: Vec<SourceName>,
    earlier: Box<dyn Sealed>,
    settings: &Settings,
    desk: D,
    mut sinks: impl FnMut() -> D::Sink,
    stop: &Arc<AtomicBool>,
) -> io::Result<(D, Vec<SourceReport>)> {
    opened.iter_mut().for_each(|source| source.feed.heed(stop));
    let lifetimes = settings.lifetimes;
    let plan = Plan {
        period: lifetimes.period,
        grace: settings.grace,
        sweep_every: (lifetimes.idle / 4).max(Duration::from_secs(1)),
        cut: settings.cut,
        epoch: EPOCH,
        beats: settings.beats,
    };
    let liveness = Liveness::new(&settings.longest_silences);
    let engine = Engine {
        key: settings.key,
        most_flows: settings.most_flows,
        ingest: Mutex::new(Ingest::new(opened, stored, plan, earlier, liveness)),
        shards: (0..SHARDS)
            .map(|_| {
                Mutex::new(Shard {
                    table: Table::new(settings.key, lifetimes, settings.beats),
                    sink: sinks(),
                    noted: Vec::new(),
                })
            })
            .collect(),
        board: Mutex::new(Board { rounds: VecDeque::from([Round::default()]), ..Board::default() }),
        changed: Condvar::new(),
        office: Mutex::new(Office {
            desk,
            show_packets: settings.show_packets,
            books: Books::default(),
            shed: Shed::new(),
            outcome: Ok(()),
        }),
        stop,
    };
    std::thread::scope(|scope| {
        for _ in 1..settings.threads.max(1) {
            scope.spawn(|| engine.work());
        }
        engine.work();
    });
    let Engine { ingest, office, .. } = engine;
    let office = office.into_inner().unwrap_or_else(PoisonError::into_inner);
    office.outcome?;
    let ingest = ingest.into_inner().unwrap_or_else(PoisonError::into_inner);
    let report = |s: &crate::ingest_source::IngestSource| SourceReport {
        name: s.name.clone(),
        packets: s.packets,
        dropped: s.dropped,
    };
    Ok((office.desk, ingest.sources().iter().map(report).collect()))
}

struct Engine<'a, D: Desk> {
    key: HashKey,
    most_flows: usize,
    ingest: Mutex<Ingest>,
    shards: Vec<Mutex<Shard<D::Sink>>>,
    board: Mutex<Board>,
    changed: Condvar,
    office: Mutex<Office<D>>,
    stop: &'a AtomicBool,
}

struct Shard<S> {
    table: Table,
    sink: S,
    /// What the table found odd, by segment of the round.
    noted: Vec<Vec<OddityTally>>,
}

/// The end of the line, where one thread at a time writes down what came out.
struct Office<D> {
    desk: D,
    show_packets: bool,
    books: Books,
    shed: Shed,
    outcome: io::Result<()>,
}

/// Who does what.
#[derive(Default)]
struct Board {
    /// Rounds under way, the first being counted.
    rounds: VecDeque<Round>,
    /// Rounds that were finished.
    rounds_finished: usize,
    filling: bool,
    /// Nothing more had come when the last segment was filled.
    paused: bool,
    ended: bool,
    finished: bool,
    /// Threads that wait for work.
    waiting: usize,
    spare: Vec<Segment>,
}

#[derive(Default)]
struct Round {
    /// Decoded segments in order; a gap is still in work.
    segments: Vec<Option<Arc<Segment>>>,
    decoded: usize,
    /// Why the last segment ended, and how far the sources were read then; `None` while segments are added.
    closed: Option<(Filled, Progress)>,
    shards_begun: usize,
    shards_done: usize,
}

impl Round {
    fn is_ready(&self) -> bool {
        self.closed.is_some() && self.decoded == self.segments.len()
    }
}

enum Job {
    Fill(Box<Segment>),
    Count(usize, Vec<Arc<Segment>>),
    Complete,
    Leave,
}

impl<D: Desk> Engine<'_, D> {
    /// What every thread does until the work is done.
    fn work(&self) {
        // Should a thread panic, the others must not wait for it for ever.
        let _rescue = Rescue(self);
        loop {
            match self.next_job() {
                Job::Fill(segment) => self.fill(*segment),
                Job::Count(shard, segments) => self.count(shard, &segments),
                Job::Complete => self.complete(),
                Job::Leave => return,
            }
        }
    }

    fn next_job(&self) -> Job {
        let mut board = self.board();
        loop {
            if board.finished {
                return Job::Leave;
            }
            // Filling goes one at a time, so it must never rest: the others count meanwhile. But where nothing more has
            // come yet, what has come is to be told first.
            let job = match board.paused {
                false => board.fill_job().or_else(|| board.count_job()),
                true => board.count_job().or_else(|| board.fill_job()),
            };
            if let Some(job) = job {
                return job;
            }
            board.waiting += 1;
            // The lock is never held while a thread could panic, so poison would be a bug of this file.
            board = self.changed.wait(board).unwrap_or_else(PoisonError::into_inner);
            board.waiting -= 1;
        }
    }

    fn fill(&self, mut segment: Segment) {
        let (filled, progress) = {
            let mut ingest = lock(&self.ingest);
            if self.stop.load(Ordering::Relaxed) {
                ingest.stop();
            }
            let filled = ingest.fill(&mut segment);
            (filled, ingest.progress())
        };
        let mut board = self.board();
        board.filling = false;
        board.paused = filled == Filled::Pause;
        board.ended |= filled == Filled::End;
        let number = board.rounds.len() - 1;
        let round = &mut board.rounds[number];
        let place = round.segments.len();
        round.segments.push(None);
        let finished = board.rounds_finished;
        if filled != Filled::Segment {
            board.rounds[number].closed = Some((filled, progress));
            if filled != Filled::End {
                board.rounds.push_back(Round::default());
            }
        }
        self.tell(board);
        segment.decode(self.key);
        let mut board = self.board();
        // Rounds that were finished meanwhile have moved this one forward.
        let number = number - (board.rounds_finished - finished);
        let round = &mut board.rounds[number];
        round.segments[place] = Some(Arc::new(segment));
        round.decoded += 1;
        self.tell(board);
    }

    fn count(&self, number: usize, segments: &[Arc<Segment>]) {
        let mut shard = lock(&self.shards[number]);
        let Shard { table, sink, noted } = &mut *shard;
        noted.clear();
        for segment in segments {
            table.count(segment, number, sink);
            noted.push(std::mem::take(&mut table.oddities));
        }
        drop(shard);
        let mut board = self.board();
        if let Some(round) = board.rounds.front_mut() {
            round.shards_done += 1;
        }
        self.tell(board);
    }

    /// Writes down what a round brought, and lets it go.
    fn complete(&self) {
        let (segments, closed) = {
            let mut board = self.board();
            let Some(round) = board.rounds.front_mut() else { return };
            let Some(closed) = round.closed else { return };
            (std::mem::take(&mut round.segments), closed)
        };
        let segments: Vec<Arc<Segment>> = segments.into_iter().flatten().collect();
        let ended = closed.0 == Filled::End;
        let mut office = self.write_down(&segments, closed);
        // Nobody leaves before all is told.
        if ended {
            office.settle();
        }
        let mut board = self.board();
        board.rounds.pop_front();
        board.rounds_finished += 1;
        board.finished = ended || office.outcome.is_err();
        // Every shard has let go of the segments, so each is ours alone again.
        for mut segment in segments.into_iter().filter_map(Arc::into_inner) {
            segment.clear();
            board.spare.push(segment);
        }
        self.tell(board);
        // Whoever writes down the next round waits for this one, but it can be counted.
        office.settle();
    }

    /// Writes down what needs the shards; gives the office, which is not left before the rest is done.
    fn write_down(
        &self,
        segments: &[Arc<Segment>],
        (filled, progress): (Filled, Progress),
    ) -> MutexGuard<'_, Office<D>> {
        let mut shards: Vec<MutexGuard<'_, Shard<D::Sink>>> = self.shards.iter().map(lock).collect();
        let mut office = lock(&self.office);
        if filled == Filled::Epoch {
            self.keep_bounds(&mut shards, &mut office.shed);
        }
        let flows = shards.iter().map(|shard| shard.table.len()).sum();
        let mut noted: Vec<Vec<Vec<OddityTally>>> = shards.iter_mut().map(|s| std::mem::take(&mut s.noted)).collect();
        let mut sinks: Vec<&mut D::Sink> = shards.iter_mut().map(|shard| &mut shard.sink).collect();
        for (place, segment) in segments.iter().enumerate() {
            let tables: Vec<_> =
                noted.iter_mut().map(|n| n.get_mut(place).map(std::mem::take).unwrap_or_default()).collect();
            office.write(segment, &tables, &mut sinks);
        }
        if filled == Filled::Epoch && office.outcome.is_ok() {
            let open = segments.last().map_or(&[][..], |segment| &segment.open);
            office.outcome = office.desk.epoch(open, &mut sinks);
        }
        office.desk.progress(Progress { flows, waiting: filled == Filled::Pause, ..progress });
        office
    }

    /// Lets flows go when there are more than memory has room for: those without an answer first, the longest silent
    /// first, whatever shard they are in. Adds how many to `shed`.
    fn keep_bounds(&self, shards: &mut [MutexGuard<'_, Shard<D::Sink>>], shed: &mut Shed) {
        if shards.iter().map(|shard| shard.table.fragmented()).sum::<usize>() > MOST_FRAGMENTED {
            shards.iter_mut().for_each(|shard| shard.table.forget_fragments());
        }
        let live: usize = shards.iter().map(|shard| shard.table.len()).sum();
        if live <= self.most_flows {
            return;
        }
        // Down to three quarters, so that this happens seldom.
        let mut excess = live - self.most_flows / 4 * 3;
        for answered in [false, true] {
            let mut moments = Vec::new();
            shards.iter().for_each(|shard| shard.table.last_moments(answered, &mut moments));
            let Some(last) = excess.min(moments.len()).checked_sub(1) else { continue };
            let cutoff = *moments.select_nth_unstable(last).1;
            for shard in shards.iter_mut() {
                let Shard { table, sink, .. } = &mut **shard;
                excess = excess.saturating_sub(table.shed(answered, cutoff, sink, shed));
            }
        }
    }

    /// Something has changed on the board: whoever waits for work is to look.
    fn tell(&self, board: MutexGuard<'_, Board>) {
        let waiting = board.waiting;
        drop(board);
        if waiting > 0 {
            self.changed.notify_all();
        }
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        lock(&self.board)
    }
}

impl Board {
    fn count_job(&mut self) -> Option<Job> {
        let round = self.rounds.front_mut().filter(|round| round.is_ready())?;
        if round.shards_begun < SHARDS {
            round.shards_begun += 1;
            return Some(Job::Count(round.shards_begun - 1, round.segments.iter().flatten().cloned().collect()));
        }
        if round.shards_done == SHARDS && round.shards_begun == SHARDS {
            round.shards_begun += 1;
            return Some(Job::Complete);
        }
        None
    }

    fn fill_job(&mut self) -> Option<Job> {
        if self.filling || self.ended || self.rounds.len() > ROUNDS {
            return None;
        }
        self.filling = true;
        Some(Job::Fill(Box::new(self.spare.pop().unwrap_or_default())))
    }
}

impl<D: Desk> Office<D> {
    fn write(&mut self, segment: &Segment, tables: &[Vec<OddityTally>], sinks: &mut [&mut D::Sink]) {
        if self.outcome.is_err() {
            return;
        }
        if self.show_packets {
            self.outcome = segment.packets().try_for_each(|(batch, packet)| self.desk.packet(batch, packet));
        }
        if self.outcome.is_err() {
            return;
        }
        let mut sealed = segment.sealed.iter().zip(&segment.sealed_before).peekable();
        let mut lines = segment.lines.iter().enumerate();
        for (place, mark) in &segment.marks {
            // What is known at a mark depends on the records before it, not on how the sources were read.
            while let Some((batch, _)) = sealed.next_if(|(_, before)| *before <= place) {
                self.seal(batch);
            }
            match mark {
                Mark::Beat(beat) if self.outcome.is_ok() => self.outcome = self.desk.beat(*beat, sinks),
                // There is a line for each mark that closes.
                mark if mark.closes() => {
                    lines.by_ref().take(1).for_each(|line| self.draw(segment, tables, line, sinks))
                }
                _ => {}
            }
        }
        sealed.for_each(|(batch, _)| self.seal(batch));
        self.books.book(segment, tables, segment.lines.len() as u16);
    }

    fn settle(&mut self) {
        if self.outcome.is_ok() {
            self.outcome = self.desk.settle();
        }
    }

    fn seal(&mut self, batch: &SealedBatch) {
        if self.outcome.is_ok() {
            self.outcome = self.desk.sealed(batch.clone());
        }
    }

    fn draw(
        &mut self,
        segment: &Segment,
        tables: &[Vec<OddityTally>],
        (closings, line): (usize, &Line),
        sinks: &mut [&mut D::Sink],
    ) {
        self.books.book(segment, tables, closings as u16);
        let closing = Closing {
            through: line.through,
            last: line.last,
            sensors: line.sensors.clone(),
            oddities: self.books.draw(),
            packets: line.packets,
            bytes: line.bytes,
            shed: self.shed.clone(),
            batches: line.batches,
            open: line.open.clone(),
        };
        if self.outcome.is_ok() {
            self.outcome = self.desk.line(closing, sinks);
        }
    }
}

/// Lets the other threads go when one has panicked.
struct Rescue<'a, 'b, D: Desk>(&'a Engine<'b, D>);

impl<D: Desk> Drop for Rescue<'_, '_, D> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.board().finished = true;
            self.0.changed.notify_all();
        }
    }
}

/// A lock whose holder panicked ends the run by that panic; what it guards is not looked at again.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
