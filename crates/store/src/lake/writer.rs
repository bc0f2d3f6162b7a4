//! Writing: rows whose period is over become files.
//!
//! [`LakeWriter`] stands where the watch writes things down. It keeps what is over until the batches are sealed that the
//! rows were counted from, because rows name seals; then a thread of its own sorts them, turns them into columns and puts
//! the file. A file holds the rows of one sensor in one period (a group), so that the same sources give the same
//! files, and what is there already is known by its name.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use blueline_terms::{Moment, Period, SensorIndex, Span};

use super::compact::Retention;
use super::files::{Filed, Files, Finish};
use super::group::{Batch, Watch};
use super::name::FileName;
use super::rows::{Key, Part, RowBuffer, Spare};
use super::settings::LakeSettings;
use crate::seals::{SealTable, SealedBatch};
use crate::shelf::Shelf;

/// Files that wait for the writing thread. When there are more, the watch waits.
const MOST_WAITING: usize = 2;
/// How long an hour has to be over before its files are joined: until then something may come late.
const UPKEEP_AFTER: Duration = Duration::from_secs(600);
/// Batches of a sensor that are remembered for the periods that they reach into.
const MOST_RECENT: usize = 262_144;
/// Periods that rows may lie in at a time; of more, those that came late are closed as they are.
const MOST_KEYS: usize = 64;

const TOO_MANY: &str = "a period has more than 262,144 batches of one sensor: not all of them stand in its file, so that \
    watching its sources again may double rows; watch with a shorter period";

/// A batch that is open at a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenBatch {
    /// Its number in the run.
    pub number: u32,
    /// Whose chain it will join.
    pub sensor: Option<SensorIndex>,
    /// Moment of its first record.
    pub opened: Moment,
}

/// A line under the books.
pub struct Line<'a> {
    /// Every period up to this number is over.
    pub through: i64,
    /// Batches that were opened before it are numbered below this.
    pub batches: u32,
    /// Those of them that are not sealed.
    pub open: &'a [OpenBatch],
    /// Whether the sources have ended.
    pub last: bool,
    /// How sensors watched since the line before.
    pub watches: Vec<(Option<SensorIndex>, Watch)>,
}

/// What has been written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Files that are new.
    pub files: u64,
    /// Rows in them.
    pub rows: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Files that were there already.
    pub known: u64,
    /// Files that new ones stand for.
    pub replaced: u64,
    /// What could not be added, and what to do about it.
    pub refused: Vec<String>,
}

/// Writes a run's rows into a lake.
pub struct LakeWriter {
    settings: LakeSettings,
    spare: Spare,
    /// Sealed batches by sensor, as far as they may reach into a period that is still to be closed.
    recent: BTreeMap<Option<SensorIndex>, VecDeque<Recent>>,
    /// Batches sealed whose number was waited for.
    waiting: BTreeMap<Option<SensorIndex>, VecDeque<Pending>>,
    /// How sensors watched, for those without a group at the last line.
    watches: BTreeMap<Option<SensorIndex>, Watch>,
    /// Files of which rows went before their period was over.
    begun: BTreeSet<Key>,
    /// The last period that was closed of each sensor.
    closed: BTreeMap<Option<SensorIndex>, i64>,
    latest: Option<i64>,
    /// Up to which moment the lake has been looked after.
    upkept: Moment,
    /// What could not be kept, and what to do about it.
    refused: Vec<String>,
    jobs: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<io::Result<Written>>>,
}

#[derive(Clone, Copy, Debug)]
struct Recent {
    number: u32,
    batch: SealedBatch,
    span: Span,
}

/// Rows that wait for seals.
struct Pending {
    key: Key,
    parts: Vec<Part>,
    waits: BTreeSet<u32>,
    close: Option<PendingClose>,
}

struct PendingClose {
    batches: u32,
    whole: bool,
    watch: Watch,
    late: bool,
}

/// Work for the writing thread.
enum Job {
    /// Rows of a file, and how it ends if it does.
    Rows { key: Key, parts: Vec<Part>, finish: Option<Finish> },
    /// Hours are over up to this moment.
    Upkeep { until: Moment, kept: Retention },
}

impl LakeWriter {
    /// Begins to write into the lake on `shelf`. What a killed run left half done is put in order first. Batches join
    /// `seals` before [`Self::sealed`] is told of them.
    ///
    /// # Errors
    ///
    /// When the lake cannot be read or put in order.
    pub fn begin(shelf: Arc<Shelf>, settings: LakeSettings, seals: Arc<Mutex<SealTable>>) -> io::Result<Self> {
        let spare = Spare::default();
        let files = Files::open(shelf, &settings, seals, spare.clone())?;
        let (jobs, todo) = sync_channel(MOST_WAITING);
        let thread = std::thread::Builder::new().name("lake".to_owned()).spawn(move || work(files, &todo))?;
        Ok(Self {
            settings,
            spare,
            recent: BTreeMap::new(),
            waiting: BTreeMap::new(),
            watches: BTreeMap::new(),
            begun: BTreeSet::new(),
            closed: BTreeMap::new(),
            latest: None,
            upkept: Moment::MIN,
            refused: Vec::new(),
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    /// A buffer for the rows of one shard.
    pub fn buffer(&self) -> RowBuffer {
        RowBuffer::new(self.settings.period, self.spare.clone())
    }

    /// A batch was sealed.
    ///
    /// # Errors
    ///
    /// When writing has failed.
    pub fn sealed(&mut self, number: u32, batch: SealedBatch, span: Span) -> io::Result<()> {
        let recent = self.recent.entry(batch.sensor).or_default();
        if recent.len() == MOST_RECENT {
            recent.pop_front();
            if !self.refused.iter().any(|known| known == TOO_MANY) {
                self.refused.push(TOO_MANY.to_owned());
            }
        }
        recent.push_back(Recent { number, batch, span });
        if let Some(waiting) = self.waiting.get_mut(&batch.sensor) {
            waiting.iter_mut().for_each(|pending| {
                pending.waits.remove(&number);
            });
        }
        self.send_ready(batch.sensor)
    }

    /// A line was drawn: what was over at it is taken from the shards' buffers.
    ///
    /// # Errors
    ///
    /// When writing has failed.
    pub fn line(&mut self, line: Line<'_>, buffers: &mut [&mut RowBuffer]) -> io::Result<()> {
        for (sensor, watch) in line.watches {
            self.watches.entry(sensor).or_default().join(watch);
        }
        let mut over: BTreeMap<Key, Vec<Part>> = BTreeMap::new();
        for buffer in buffers {
            for (key, part) in buffer.take_line() {
                over.entry(key).or_default().push(part);
            }
        }
        // Files that were begun early have their end now.
        self.begun.extract_if(.., |&(_, period)| line.last || period <= line.through).for_each(|key| {
            over.entry(key).or_default();
        });
        let mut latest: BTreeMap<Option<SensorIndex>, i64> = BTreeMap::new();
        for &(sensor, period) in over.keys() {
            latest.insert(sensor, period);
        }
        self.latest = self.latest.max(latest.values().copied().max());
        // What is known of a sensor that had nothing to count goes with the line's last period. A run without any packet
        // has no time of which something could be kept; what was odd was said.
        let period = latest.values().copied().max().or(self.latest.filter(|_| line.last));
        if let Some(period) = period {
            for (&sensor, watch) in &self.watches {
                if !watch.is_empty() && !latest.contains_key(&sensor) {
                    over.entry((sensor, period)).or_default();
                    latest.insert(sensor, period);
                }
            }
        }
        for (key, parts) in over {
            let (sensor, number) = key;
            let late = self.closed.get(&sensor).is_some_and(|&closed| number <= closed);
            let last_of_sensor = latest.get(&sensor) == Some(&number);
            let watch =
                if last_of_sensor { self.watches.remove(&sensor).unwrap_or_default() } else { Watch::default() };
            let end = self.period(number).end();
            // Rows name the batches of their flows' first packets, which may have been opened later in event time.
            let named = parts.iter().filter_map(Part::latest_batch).max();
            let waited = |open: &&OpenBatch| {
                open.sensor == sensor && (open.opened < end || Some(open.number) <= named) && !self.is_sealed(open)
            };
            let waits: BTreeSet<u32> = line.open.iter().filter(waited).map(|open| open.number).collect();
            // As it stood at the line, whatever has been told since: that depends on how records came in pieces.
            let whole = !line.open.iter().any(|open| open.sensor == sensor && open.opened < end);
            let close = Some(PendingClose { batches: line.batches, whole, watch, late });
            self.waiting.entry(sensor).or_default().push_back(Pending { key, parts, waits, close });
            let closed = self.closed.entry(sensor).or_insert(number);
            *closed = number.max(*closed);
        }
        self.send_all_ready()?;
        if line.last || line.through == i64::MIN { Ok(()) } else { self.look_after(line.through) }
    }

    /// Has the files of hours joined that have been over for a while.
    fn look_after(&mut self, through: i64) -> io::Result<()> {
        let Some(kept) = self.settings.upkeep else { return Ok(()) };
        let until = Moment::from_nanos(FileName::hour_of(self.period(through).end().minus(UPKEEP_AFTER)));
        if until <= self.upkept {
            return Ok(());
        }
        self.upkept = until;
        self.send(Job::Upkeep { until, kept })
    }

    /// A fixed number of packets have passed: when more rows wait than memory has room for, they go before their period
    /// is over; and when those that came late lie in many periods, they are written down.
    ///
    /// # Errors
    ///
    /// When writing has failed.
    pub fn keep_bounds(&mut self, open: &[OpenBatch], buffers: &mut [&mut RowBuffer]) -> io::Result<()> {
        if buffers.iter().any(|buffer| buffer.keys() > MOST_KEYS) {
            self.write_late(open, buffers);
        }
        let waiting: usize = self.waiting.values().flatten().flat_map(|pending| &pending.parts).map(Part::room).sum();
        if waiting + buffers.iter().map(|buffer| buffer.room()).sum::<usize>() <= self.settings.most_rows {
            return self.send_all_ready();
        }
        let mut early: BTreeMap<Key, Vec<Part>> = BTreeMap::new();
        for buffer in buffers {
            for (key, part) in buffer.take_open() {
                early.entry(key).or_default().push(part);
            }
        }
        for (key, parts) in early {
            self.begun.insert(key);
            let waits = open
                .iter()
                .filter(|open| open.sensor == key.0 && !self.is_sealed(open))
                .map(|open| open.number)
                .collect();
            self.waiting.entry(key.0).or_default().push_back(Pending { key, parts, waits, close: None });
        }
        self.send_all_ready()
    }

    /// Closes the periods of rows that came late, as far as they have come.
    fn write_late(&mut self, open: &[OpenBatch], buffers: &mut [&mut RowBuffer]) {
        let mut late: BTreeMap<Key, Vec<Part>> = BTreeMap::new();
        let closed = &self.closed;
        let was_closed = |(sensor, period): &Key| closed.get(sensor).is_some_and(|closed| period <= closed);
        for buffer in buffers {
            for (key, part) in buffer.take_late(was_closed) {
                late.entry(key).or_default().push(part);
            }
        }
        let sealed = self.recent.values().filter_map(|recent| recent.back()).map(|recent| recent.number);
        let batches = open.iter().map(|open| open.number).chain(sealed).max().map_or(0, |last| last.saturating_add(1));
        for (key, parts) in late {
            self.begun.remove(&key);
            let own = |open: &&OpenBatch| open.sensor == key.0 && !self.is_sealed(open);
            let waits: BTreeSet<u32> = open.iter().filter(own).map(|open| open.number).collect();
            let close = PendingClose { batches, whole: false, watch: Watch::default(), late: true };
            self.waiting.entry(key.0).or_default().push_back(Pending { key, parts, waits, close: Some(close) });
        }
    }

    /// Writes what is left and waits until all of it is durable.
    ///
    /// # Errors
    ///
    /// When writing has failed.
    pub fn finish(mut self) -> io::Result<Written> {
        let sensors: Vec<_> = self.waiting.keys().copied().collect();
        for sensor in sensors {
            // Every source has ended, so every batch is sealed.
            self.waiting.entry(sensor).or_default().iter_mut().for_each(|pending| pending.waits.clear());
            self.send_ready(sensor)?;
        }
        self.join()
    }

    /// Whether a batch that was open when a line was drawn has been sealed since: seals are told before lines.
    fn is_sealed(&self, open: &OpenBatch) -> bool {
        let recent = self.recent.get(&open.sensor);
        recent.is_some_and(|recent| recent.iter().rev().any(|recent| recent.number == open.number))
    }

    fn send_all_ready(&mut self) -> io::Result<()> {
        let sensors: Vec<_> = self.waiting.keys().copied().collect();
        sensors.into_iter().try_for_each(|sensor| self.send_ready(sensor))
    }

    fn send_ready(&mut self, sensor: Option<SensorIndex>) -> io::Result<()> {
        while let Some(waiting) = self.waiting.get_mut(&sensor) {
            let Some(pending) = waiting.pop_front_if(|pending| pending.waits.is_empty()) else {
                if waiting.is_empty() {
                    self.waiting.remove(&sensor);
                }
                return Ok(());
            };
            let finish = pending.close.map(|close| self.finish_of(pending.key, close));
            self.send(Job::Rows { key: pending.key, parts: pending.parts, finish })?;
        }
        Ok(())
    }

    fn send(&mut self, job: Job) -> io::Result<()> {
        match &self.jobs {
            Some(jobs) if jobs.send(job).is_ok() => Ok(()),
            // The thread ends early only on an error.
            _ => self.join().map(|_| ()),
        }
    }

    fn finish_of(&mut self, (sensor, number): Key, close: PendingClose) -> Finish {
        let period = self.period(number);
        let recent = self.recent.entry(sensor).or_default();
        let touches = |recent: &&Recent| {
            recent.number < close.batches && recent.span.end >= period.start() && recent.span.start < period.end()
        };
        let mut touching: Vec<Recent> = recent.iter().filter(touches).copied().collect();
        touching.sort_by_key(|recent| recent.number);
        let batch = |recent: &Recent| Batch {
            seal: recent.batch.hex(),
            number: recent.number,
            opened: recent.batch.opened.nanos(),
        };
        let batches = touching.iter().map(batch).collect();
        let ends = touching.iter().map(|recent| recent.span.end.nanos()).collect();
        if !close.late {
            // A later period begins where this one ends; what comes late to an earlier one is named by that one.
            recent.retain(|recent| recent.span.end >= period.start());
        }
        Finish { batches, ends, whole: close.whole, watch: close.watch, late: close.late }
    }

    fn period(&self, number: i64) -> Period {
        Period::numbered(number, self.settings.period)
    }

    fn join(&mut self) -> io::Result<Written> {
        self.jobs = None;
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(written)) => written.map(|mut written| {
                written.refused.append(&mut self.refused);
                written
            }),
            Some(Err(panic)) => std::panic::resume_unwind(panic),
            None => Err(io::Error::other("the lake is written no more: an earlier write failed")),
        }
    }
}

fn work(mut files: Files, todo: &Receiver<Job>) -> io::Result<Written> {
    let mut written = Written::default();
    for job in todo {
        let (key, parts, finish) = match job {
            Job::Rows { key, parts, finish } => (key, parts, finish),
            Job::Upkeep { until, kept } => {
                // The same trouble comes again each hour; it is told once.
                let failed = files.look_after(until, kept)?.filter(|why| !written.refused.contains(why));
                written.refused.extend(failed);
                continue;
            }
        };
        match files.rows(key, parts, finish)? {
            Some(Filed::New { rows, bytes, replaced }) => {
                written.files += 1;
                written.rows += rows;
                written.bytes += bytes;
                written.replaced += replaced;
            }
            Some(Filed::Known) => written.known += 1,
            Some(Filed::Refused(why)) => written.refused.push(why),
            None => {}
        }
    }
    Ok(written)
}
