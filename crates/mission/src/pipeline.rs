//! The watch, assembled: sources to flow rows, rows to sides and counts, counts to pictures.
//!
//! [`watch`] wires the rooms together and decides nothing. What comes out goes to an [`Audience`], in an order that
//! depends on the records alone.

mod notes;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use blueline_border::attribution::Border;
use blueline_border::tally::{Chronicle, ClosedPeriod, Tally};
use blueline_detect::{Runner, Whereabouts};
use blueline_report::Seal;
use blueline_store::findings::{FindingRow, put};
use blueline_store::lake::compact::Retention;
use blueline_store::lake::{LakeSettings, LakeWriter, Line, OpenBatch, Places, RowBuffer, Written};
use blueline_store::seals::{SealTable, SealedBatch as StoredSeal};
use blueline_store::shelf::Shelf;
use blueline_terms::picture::OddityCount;
use blueline_terms::{
    Address, Changes, Finding, FindingState, FlowBatch, Mission, Moment, OddityKind, Picture, Place, SensorIndex, Span,
};
use blueline_watch::custody::{Canonical, Cut, OpenBatch as WatchedBatch, SealedBatch};
use blueline_watch::{
    Beat, Closing, Desk, HashKey, Lifetimes, Progress, Settings as EngineSettings, Sink, Source, SourceName,
    SourceReport, run,
};

use crate::coverage::{Notes, Watchbook};
use crate::custody::Custody;
use crate::findings;
use crate::folder::Folder;
use crate::packets::PacketStore;
use notes::Notebook;

/// How long a closed TCP flow waits for stragglers, and how long a period waits for them.
const LINGER: Duration = Duration::from_secs(5);
const GRACE: Duration = Duration::from_secs(2);
/// What the program takes before the first flow: itself, the segments of three rounds, attribution without tables.
const BASE_MEMORY: u64 = 80 << 20;
/// What flows and counts get at least.
const LEAST_FOR_TABLES: u64 = 32 << 20;
/// Shares of the rest: flows, and what is counted of conversations. What is left over is for tables that grow (for a
/// moment the old one and the new one are both there) and for what the allocator cannot give back.
const FLOW_SHARE: (u64, u64) = (3, 5);
const COUNT_SHARE: (u64, u64) = (1, 5);
/// Share for rows that wait for their period to end, and what one of them costs until it is written: where it waits, and
/// twice while it is turned into columns.
const ROW_SHARE: (u64, u64) = (1, 10);
const BYTES_PER_ROW: u64 = 3 * 128;

/// Rows of beats that a shard may use again. When little comes, very many beats wait for each other; if all their rows were
/// kept, each would grow with the next rush.
const SPARE: usize = 4;

/// Findings that are kept for the picture of the whole run.
const MOST_FINDINGS: usize = 10_000;
/// Rows of findings after which a file of them is written.
const FINDINGS_A_FILE: usize = 4096;

/// Who is told what the watch sees.
pub trait Audience: Send {
    /// A period is over. `late` marks what came after the period had been closed before.
    ///
    /// # Errors
    ///
    /// An error ends the watch.
    fn period(&mut self, mission: &Mission, picture: &Picture, late: bool) -> io::Result<()>;

    /// An event was found, has changed, or is over. `seal_of` gives the seal of a batch of the run, once it is sealed.
    ///
    /// # Errors
    ///
    /// An error ends the watch.
    fn finding(
        &mut self,
        mission: &Mission,
        finding: &Finding,
        seal_of: &dyn Fn(u32) -> Option<String>,
    ) -> io::Result<()>;

    /// How far the watch is; called often, by the wall clock, so nothing that must be the same twice may rest on it.
    fn progress(&mut self, progress: Progress);
}

/// What to watch, and how.
pub struct Watch {
    /// Sources that are open already: standard input, pipes.
    pub opened: Vec<Source>,
    /// Files, opened when their time comes.
    pub stored: Vec<SourceName>,
    /// Threads; at least one.
    pub threads: usize,
    /// A key for the flow hashes that nobody outside knows; no output depends on it.
    pub hash_key: [u8; 32],
    /// The detectors that look on, if any do.
    pub detectors: Option<Runner>,
    /// Where the lake is that the rows go to, if they go to one.
    pub lake: Option<Arc<Shelf>>,
}

/// What a watch leaves behind.
pub struct Outcome {
    /// The picture of the whole run.
    pub picture: Picture,
    /// Oddities that no period was told with, because none followed.
    pub untold: Vec<OddityCount>,
    /// The custody chains that the sources belong to.
    pub seals: Vec<Seal>,
    /// Each source, in the order in which they were given.
    pub sources: Vec<SourceReport>,
    /// Batches that were new to their chain.
    pub batches_added: u64,
    /// Batches that had been sealed before.
    pub batches_known: u64,
    /// What was written into the lake, if there was one.
    pub lake: Option<Written>,
    /// Every event that was found, as it was told last, in the order in which they ended.
    pub findings: Vec<Finding>,
    /// Events that were told and are not in `findings`, because they are too many.
    pub findings_more: u64,
    /// Events that were ended early, and claims that were not taken, because there were too many.
    pub findings_shed: u64,
    /// How many detectors looked on; `None` where none was to.
    pub detectors: Option<usize>,
}

impl Outcome {
    /// What is left of a watch once its picture was drawn again.
    pub fn drawn(picture: Picture, seals: Vec<Seal>) -> Self {
        let (untold, sources) = (Vec::new(), Vec::new());
        Self {
            picture,
            untold,
            seals,
            sources,
            batches_added: 0,
            batches_known: 0,
            lake: None,
            findings: Vec::new(),
            findings_more: 0,
            findings_shed: 0,
            detectors: None,
        }
    }
}

/// Watches to the end of all sources, or until `stop` is set.
///
/// # Errors
///
/// When the audience, the custody journal or the lake fails. Sources that cannot be read are oddities of the picture.
pub fn watch(
    folder: &Folder,
    custody: Custody,
    watch: Watch,
    audience: &mut dyn Audience,
    stop: &Arc<AtomicBool>,
) -> io::Result<Outcome> {
    let settings = &folder.settings;
    let border = Arc::new(folder.border.clone());
    let parties = folder.mission.parties.len();
    let engine = engine_settings(folder, &watch);
    let names = watch.opened.iter().map(|source| source.name.clone()).chain(watch.stored.iter().cloned()).collect();
    let earlier = custody.earlier();
    let seed = watch.hash_key.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let seals = Arc::new(Mutex::new(SealTable::default()));
    let shelf = watch.lake.clone();
    let live = !watch.opened.is_empty();
    let begin = |shelf| LakeWriter::begin(shelf, lake_settings(folder, &border, live), Arc::clone(&seals));
    let lake = watch.lake.map(begin).transpose()?;
    let buffer = || lake.as_ref().map(LakeWriter::buffer);
    let mut buffers: Vec<Option<RowBuffer>> = (0..blueline_watch::SHARDS).map(|_| buffer()).collect();
    let hub = Hub {
        mission: &folder.mission,
        chronicle: Chronicle::new(
            Arc::clone(&border),
            parties,
            settings.period,
            share_of_memory(folder, COUNT_SHARE),
            seed,
        ),
        watchbook: Watchbook::default(),
        custody,
        seals,
        lake,
        shelf,
        live,
        detectors: watch.detectors,
        waiting: VecDeque::new(),
        spare: Vec::new(),
        places: BorderPlaces(Arc::clone(&border)),
        findings: Vec::new(),
        findings_more: 0,
        told: Vec::new(),
        notebook: Notebook::default(),
        kept: settings.keep_payload.then(|| PacketStore::open(&folder.data())).transpose()?,
        names,
        whole: None,
        audience,
        oddities: BTreeMap::new(),
        fresh: Vec::new(),
        packets: 0,
        bytes: 0,
        shed: 0,
        batches_added: 0,
        batches_known: 0,
    };
    let sinks = || Counter {
        border: Arc::clone(&border),
        tally: Tally::new(parties, settings.period, seed),
        rows: buffers.pop().flatten(),
        beats: VecDeque::new(),
        spare: Vec::new(),
    };
    let (mut hub, sources) = run(watch.opened, watch.stored, earlier, &engine, hub, sinks, stop)?;
    // The lake first: a batch that is in the journal is in the lake too.
    let written = hub.lake.take().map(LakeWriter::finish).transpose()?;
    hub.custody.sync()?;
    hub.outcome(sources, written)
}

/// A share of the memory that the mission allows, in bytes.
fn share_of_memory(folder: &Folder, (part, whole): (u64, u64)) -> u64 {
    folder.settings.memory.saturating_sub(BASE_MEMORY).max(LEAST_FOR_TABLES) / whole * part
}

fn engine_settings(folder: &Folder, watch: &Watch) -> EngineSettings {
    let settings = &folder.settings;
    EngineSettings {
        threads: watch.threads,
        lifetimes: Lifetimes {
            period: settings.period,
            idle: settings.idle_time,
            linger: LINGER.min(settings.idle_time),
        },
        grace: GRACE,
        most_flows: EngineSettings::flows_in(share_of_memory(folder, FLOW_SHARE)),
        cut: Cut::default(),
        key: HashKey::new(watch.hash_key),
        show_packets: settings.keep_payload,
        beats: watch.detectors.is_some(),
        longest_silences: folder.mission.sensors.iter().map(|sensor| sensor.longest_silence).collect(),
    }
}

/// `live`: a watch of what comes as it comes, which may go on for months, and nobody else may write meanwhile.
fn lake_settings(folder: &Folder, border: &Arc<Border>, live: bool) -> LakeSettings {
    let kept = &folder.settings.lake;
    LakeSettings {
        mission: Arc::new(folder.mission.clone()),
        places: Arc::new(BorderPlaces(Arc::clone(border))),
        period: folder.settings.period,
        most_rows: usize::try_from(share_of_memory(folder, ROW_SHARE) / BYTES_PER_ROW).unwrap_or(usize::MAX),
        upkeep: live.then_some(Retention { keep_for: kept.keep_for, keep_bytes: kept.keep_bytes }),
    }
}

/// One shard's rows find their sides and are counted.
struct Counter {
    border: Arc<Border>,
    tally: Tally,
    rows: Option<RowBuffer>,
    /// What live flows did, by beat, until the hub has looked at it.
    beats: VecDeque<Changes>,
    spare: Vec<Changes>,
}

impl Sink for Counter {
    fn rows(&mut self, rows: &mut FlowBatch) {
        self.tally.rows(&self.border, rows);
        if let Some(kept) = &mut self.rows {
            kept.rows(rows);
        }
    }

    fn beat(&mut self, changes: &mut Changes) {
        let told = std::mem::replace(changes, self.spare.pop().unwrap_or_default());
        self.beats.push_back(told);
    }

    fn line(&mut self, through: i64) {
        self.tally.line(&self.border, through);
        if let Some(kept) = &mut self.rows {
            kept.line(through);
        }
    }
}

/// The places of a border, for the lake.
struct BorderPlaces(Arc<Border>);

impl Places for BorderPlaces {
    fn places(&self) -> &[Place] {
        self.0.places()
    }
}

impl Whereabouts for BorderPlaces {
    fn place(&self, address: Address, outer: Option<Address>) -> &Place {
        let border = &self.0;
        border.place(outer.map_or_else(|| border.locate(address), |outer| border.locate_behind(address, outer)))
    }
}

fn stored(open: &[WatchedBatch]) -> Vec<OpenBatch> {
    open.iter().map(|open| OpenBatch { number: open.number, sensor: open.sensor, opened: open.start }).collect()
}

/// What waits for the detectors, in the order of the records.
enum Waiting {
    Beat(Beat, Vec<Changes>),
    /// The batch with this number was sealed: beats before it do not know its seal.
    Sealed(u32),
}

/// Where all shards' counts meet.
struct Hub<'a> {
    mission: &'a Mission,
    chronicle: Chronicle,
    watchbook: Watchbook,
    custody: Custody,
    seals: Arc<Mutex<SealTable>>,
    lake: Option<LakeWriter>,
    shelf: Option<Arc<Shelf>>,
    /// Whether what comes comes as it comes.
    live: bool,
    detectors: Option<Runner>,
    /// What detectors have not looked at yet, and the batches that were sealed in between.
    waiting: VecDeque<Waiting>,
    /// Rows that can be used again.
    spare: Vec<Changes>,
    places: BorderPlaces,
    /// Events that are over.
    findings: Vec<Finding>,
    findings_more: u64,
    /// What was told of events since the last was written into the lake.
    told: Vec<FindingRow>,
    notebook: Notebook,
    kept: Option<PacketStore>,
    names: Vec<SourceName>,
    /// The picture of the whole run, once the sources have ended.
    whole: Option<Picture>,
    audience: &'a mut dyn Audience,
    /// The run's oddities by source and kind.
    oddities: BTreeMap<(usize, OddityKind), OddityCount>,
    /// Those since the last period that was told.
    fresh: Vec<OddityCount>,
    packets: u64,
    bytes: u64,
    /// Flows let go early since the last period that was told.
    shed: u64,
    batches_added: u64,
    batches_known: u64,
}

impl Desk for Hub<'_> {
    type Sink = Counter;

    fn packet(&mut self, batch: u32, packet: Canonical<'_>) -> io::Result<()> {
        self.kept.as_mut().map_or(Ok(()), |store| store.keep(batch, packet))
    }

    fn sealed(&mut self, batch: SealedBatch) -> io::Result<()> {
        if let Some(store) = &mut self.kept {
            store.seal(&batch)?;
        }
        let sealed = StoredSeal { sensor: batch.sensor, opened: batch.span.start, seal: batch.seal.0 };
        self.seals.lock().unwrap_or_else(PoisonError::into_inner).add(batch.number, sealed)?;
        if let Some(lake) = &mut self.lake {
            lake.sealed(batch.number, sealed, batch.span)?;
        }
        if !self.waiting.is_empty() {
            self.waiting.push_back(Waiting::Sealed(batch.number));
        }
        if self.custody.add(self.mission, &batch) {
            self.batches_added += 1;
        } else {
            self.batches_known += 1;
        }
        Ok(())
    }

    fn line(&mut self, line: Closing, sinks: &mut [&mut Counter]) -> io::Result<()> {
        // What was found is told before the period in which it was.
        self.settle()?;
        self.custody.write()?;
        (self.packets, self.bytes) = (line.packets, line.bytes);
        self.note_oddities(&line);
        let notes = self.notebook.since_last(&line, &self.names);
        self.shed += notes.iter().map(|(_, watch)| watch.shed).sum::<u64>();
        notes.iter().for_each(|(sensor, watch)| self.watchbook.note(*sensor, Notes::of(watch)));
        let through = if line.last { i64::MAX } else { line.through.unwrap_or(i64::MIN) };
        if let Some(lake) = &mut self.lake {
            let open = stored(&line.open);
            let line = Line { through, batches: line.batches, open: &open, last: line.last, watches: notes };
            let mut buffers: Vec<_> = sinks.iter_mut().filter_map(|sink| sink.rows.as_mut()).collect();
            lake.line(line, &mut buffers)?;
        }
        // Of what comes as it comes, nobody can watch again what was lost.
        if self.live || line.last {
            self.keep_findings()?;
        }
        let mut tallies: Vec<&mut Tally> = sinks.iter_mut().map(|sink| &mut sink.tally).collect();
        let closed = self.chronicle.take_line(&mut tallies, through);
        self.whole = line.last.then(|| self.chronicle.run_picture(&mut tallies));
        closed.into_iter().try_for_each(|closed| self.tell(closed))
    }

    fn beat(&mut self, beat: Beat, sinks: &mut [&mut Counter]) -> io::Result<()> {
        // Every sink was told of this beat.
        let changes = sinks.iter_mut().map(|sink| {
            if sink.spare.len() < SPARE {
                sink.spare.extend(self.spare.pop());
            }
            sink.beats.pop_front().unwrap_or_default()
        });
        self.waiting.push_back(Waiting::Beat(beat, changes.collect()));
        Ok(())
    }

    fn settle(&mut self) -> io::Result<()> {
        let sealed = |waiting: &Waiting| match waiting {
            Waiting::Sealed(number) => Some(*number),
            Waiting::Beat(..) => None,
        };
        let mut later: BTreeSet<u32> = self.waiting.iter().filter_map(sealed).collect();
        while let Some(next) = self.waiting.pop_front() {
            match next {
                Waiting::Sealed(number) => _ = later.remove(&number),
                Waiting::Beat(beat, mut changes) => {
                    let shards: Vec<&Changes> = changes.iter().collect();
                    let at = (beat.second_over, beat.last);
                    let found = self.detectors.as_mut().map(|runner| runner.beat(beat.now, at, &shards, &self.places));
                    changes.iter_mut().for_each(Changes::clear);
                    self.spare.append(&mut changes);
                    self.spare.truncate(SPARE * blueline_watch::SHARDS);
                    found.into_iter().flatten().try_for_each(|finding| self.tell_finding(beat.now, finding, &later))?;
                }
            }
        }
        Ok(())
    }

    fn epoch(&mut self, open: &[WatchedBatch], sinks: &mut [&mut Counter]) -> io::Result<()> {
        let mut tallies: Vec<&mut Tally> = sinks.iter_mut().map(|sink| &mut sink.tally).collect();
        self.chronicle.keep_bounds(&mut tallies);
        let Some(lake) = &mut self.lake else { return Ok(()) };
        let mut buffers: Vec<_> = sinks.iter_mut().filter_map(|sink| sink.rows.as_mut()).collect();
        lake.keep_bounds(&stored(open), &mut buffers)
    }

    fn progress(&mut self, progress: Progress) {
        self.audience.progress(progress);
    }
}

impl Hub<'_> {
    /// `later` are batches that were sealed after the moment of which is told, as far as the hub has gone on since.
    fn tell_finding(&mut self, now: Moment, finding: Finding, later: &BTreeSet<u32>) -> io::Result<()> {
        let seals = Arc::clone(&self.seals);
        let seal_of = |batch| {
            if later.contains(&batch) {
                return None;
            }
            let seals = seals.lock().unwrap_or_else(PoisonError::into_inner);
            // What cannot be looked up is told as not sealed yet.
            seals.find(batch).ok().flatten().map(|batch| batch.hex())
        };
        self.audience.finding(self.mission, &finding, &seal_of)?;
        if self.shelf.is_some() {
            self.told.push(findings::row(self.mission, now, &finding, &seal_of));
        }
        if finding.state == FindingState::Ended {
            match self.findings.len() < MOST_FINDINGS {
                true => self.findings.push(finding),
                false => self.findings_more += 1,
            }
        }
        if self.told.len() >= FINDINGS_A_FILE { self.keep_findings() } else { Ok(()) }
    }

    /// Writes what was told of events into the lake.
    fn keep_findings(&mut self) -> io::Result<()> {
        let told = std::mem::take(&mut self.told);
        self.shelf.as_ref().map_or(Ok(()), |shelf| put(shelf, &told))
    }

    fn tell(&mut self, closed: ClosedPeriod) -> io::Result<()> {
        let ClosedPeriod { mut picture, late, sensors } = closed;
        let Some(period) = picture.period else { return Ok(()) };
        let window = Span { start: period.start(), end: period.end() };
        let shed = std::mem::take(&mut self.shed);
        picture.coverage = self.watchbook.period(self.mission, window, &sensors, shed);
        picture.oddities = rank(std::mem::take(&mut self.fresh));
        picture.oddity_total = picture.oddities.iter().map(|oddity| oddity.count).sum();
        self.audience.period(self.mission, &picture, late)
    }

    fn note_oddities(&mut self, line: &Closing) {
        for entry in &line.oddities {
            let name = self.names.get(entry.source);
            let count = OddityCount {
                source: name.map_or_else(String::new, |name| name.text.clone()),
                sensor: name.and_then(|name| name.sensor),
                kind: entry.kind,
                count: entry.count,
                first: entry.first.clone(),
            };
            self.oddities
                .entry((entry.source, entry.kind))
                .and_modify(|known| known.count += entry.count)
                .or_insert_with(|| count.clone());
            self.fresh.push(count);
        }
    }

    fn outcome(mut self, sources: Vec<SourceReport>, lake: Option<Written>) -> io::Result<Outcome> {
        let mut picture = self.whole.take().unwrap_or_default();
        let window = picture.span.unwrap_or(Span::at(Moment::default()));
        picture.coverage = self.watchbook.run(self.mission, window, self.chronicle.sensors());
        // Copies of a packet are records as well. What was counted of each sensor has no copies in it, so neither has what
        // it is a share of.
        (picture.total.packets, picture.total.bytes) = (self.packets, self.bytes);
        picture.oddities = rank(self.oddities.values().cloned().collect());
        picture.oddity_total = picture.oddities.iter().map(|oddity| oddity.count).sum();
        let began: BTreeSet<u32> =
            picture.top.iter().chain(&picture.safe_area_top).map(|one| one.flow().batch).collect();
        let named = self.find(&began)?;
        Ok(Outcome {
            picture,
            untold: rank(std::mem::take(&mut self.fresh)),
            seals: self.seals(&named),
            sources,
            batches_added: self.batches_added,
            batches_known: self.batches_known,
            lake,
            findings_more: self.findings_more,
            findings_shed: self.detectors.as_ref().map_or(0, Runner::shed),
            detectors: self.detectors.as_ref().map(Runner::detectors),
            findings: self.findings,
        })
    }

    /// Those of the `wanted` batches that are sealed.
    fn find(&self, wanted: &BTreeSet<u32>) -> io::Result<BTreeMap<u32, StoredSeal>> {
        let seals = self.seals.lock().unwrap_or_else(PoisonError::into_inner);
        let found = |&number: &u32| Ok(seals.find(number)?.map(|batch| (number, batch)));
        wanted.iter().filter_map(|number| found(number).transpose()).collect()
    }

    /// The chains of the sensors that were watched, in the order of declaration, the undeclared last.
    fn seals(&self, named: &BTreeMap<u32, StoredSeal>) -> Vec<Seal> {
        let mut sensors: Vec<Option<SensorIndex>> = self.names.iter().map(|name| name.sensor).collect();
        sensors.sort_by_key(|sensor| (sensor.is_none(), *sensor));
        sensors.dedup();
        let seal = |sensor| {
            let chain = self.custody.head(self.mission, sensor)?;
            let own = named.iter().filter(|(_, batch)| batch.sensor == sensor);
            Some(Seal {
                sensor,
                head: chain.head.to_string(),
                batches: chain.batches,
                named: own.map(|(&number, batch)| (number, batch.hex())).collect(),
            })
        };
        sensors.into_iter().filter_map(seal).collect()
    }
}

/// Most frequent first; equal ones in the order of sources and kinds.
fn rank(mut oddities: Vec<OddityCount>) -> Vec<OddityCount> {
    oddities.sort_by_key(|oddity| std::cmp::Reverse(oddity.count));
    oddities
}
