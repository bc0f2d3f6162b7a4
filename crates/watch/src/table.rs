//! The flow table of one shard: packets in, rows out, within bounds.

use std::collections::BTreeMap;
use std::time::Duration;

use blueline_terms::flow::{Counts, FlowRow};
use blueline_terms::{
    Application, Changes, End, FlowBatch, FlowId, Fragment, Moment, Observation, OddityKind, Period, SensorIndex,
};

use crate::changes::{Heard, ShardChanges};
use crate::flow::{Flow, Known, State, TCP};
use crate::fragments::{FragmentFound, Fragments};
use crate::gather::Gatherer;
use crate::hash::HashKey;
use crate::layers::{InLayer, Layers};
use crate::notes::Notes;
use crate::segment::{FactNote, FactText, Mark, OddityTally, Segment, ShardInput};
use crate::slots::{AHEAD, BYTES_PER_SLOT, Slots};

/// Receives the rows of one shard.
pub trait Sink: Send {
    /// Takes note of rows. They come in no particular order and are taken out when this returns.
    fn rows(&mut self, rows: &mut FlowBatch);

    /// A line is drawn under every period up to this number: rows that come later belong below it, even when they are
    /// of a period that is over.
    fn line(&mut self, through: i64);

    /// Takes what the shard's live flows did since the last beat; what is left in `changes` is taken out when this returns.
    /// Called only where [`Settings::beats`](crate::Settings::beats) asks for it.
    fn beat(&mut self, _changes: &mut Changes) {}
}

/// How long flows live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// Length of a period, at whose end every open row is written.
    pub period: Duration,
    /// A flow without a packet for longer than this has ended.
    pub idle: Duration,
    /// A TCP flow that said goodbye is kept this long for stragglers.
    pub linger: Duration,
}

/// Flows that were let go early, by sensor.
pub(crate) type Shed = BTreeMap<Option<SensorIndex>, u64>;

/// Rows that are handed on at a time: few enough to stay in the cache.
const ROWS_AT_A_TIME: usize = 512;

/// What a live flow costs in memory at worst: its slot, and what a sink keeps of its row: when a period ends, every live
/// flow may write one at once.
pub(crate) const BYTES_PER_FLOW: usize = size_of::<Flow>() + BYTES_PER_SLOT + 320;

pub(crate) struct Table {
    key: HashKey,
    lifetimes: Lifetimes,
    flows: Slots<Flow>,
    notes: Notes,
    layers: Layers,
    fragments: Fragments,
    /// What was found of the segment's fragments, as far as they were met.
    met: Vec<FragmentFound>,
    gatherer: Gatherer,
    /// The period of the packet before: most packets lie in the same one.
    current: Period,
    rows: FlowBatch,
    /// What changed since the last beat, where that is asked for.
    changes: Option<ShardChanges>,
    pub(crate) oddities: Vec<OddityTally>,
}

impl Table {
    pub(crate) fn new(key: HashKey, lifetimes: Lifetimes, beats: bool) -> Self {
        Self {
            key,
            lifetimes,
            flows: Slots::default(),
            notes: Notes::default(),
            layers: Layers::new(key),
            fragments: Fragments::new(key),
            met: Vec::new(),
            gatherer: Gatherer::default(),
            current: Period::holding(Moment::default(), lifetimes.period),
            rows: FlowBatch::default(),
            changes: beats.then(ShardChanges::default),
            oddities: Vec::new(),
        }
    }

    /// Live flows.
    pub(crate) fn len(&self) -> usize {
        self.flows.len()
    }

    /// Packets in the middle of which fragments are waited for.
    pub(crate) fn fragmented(&self) -> usize {
        self.fragments.len()
    }

    pub(crate) fn forget_fragments(&mut self) {
        self.fragments.clear();
    }

    /// Counts what `segment` holds for shard number `shard`.
    pub(crate) fn count(&mut self, segment: &Segment, shard: usize, sink: &mut impl Sink) {
        let Some(input) = segment.shards.get(shard) else { return };
        let mut reading = Reading { segment, input, facts: 0, parts: 0, incomplete: 0 };
        self.met.clear();
        let mut at = 0;
        for &(before, mark) in &segment.marks {
            at = self.count_until(&mut reading, at, before, sink);
            self.heed(mark, sink);
        }
        self.count_until(&mut reading, at, u32::MAX, sink);
        self.flush(sink);
    }

    /// Counts packets in batches: first what is needed to find the flows of a batch is brought from memory for all of
    /// them together, then they are counted one by one.
    fn count_until(&mut self, reading: &mut Reading<'_>, mut at: usize, before: u32, sink: &mut impl Sink) -> usize {
        let packets = &reading.input.observations;
        let end = match before {
            u32::MAX => packets.len(),
            before => packets.partition_point(|packet| packet.ordinal < before),
        };
        self.meet_fragments(reading, end as u32);
        while at < end {
            let batch = &packets[at..end.min(at + AHEAD)];
            let mut known = [Known::default(); AHEAD];
            let mut fetched = 0;
            for (n, (packet, known)) in batch.iter().zip(&mut known).enumerate() {
                *known = self.know(reading, (at + n) as u32, packet);
                fetched ^= self.flows.peek_index(known.hash);
            }
            for (packet, known) in batch.iter().zip(&known) {
                fetched ^= match self.flows.peek(known.hash) {
                    // One figure of each of its two cache lines.
                    Some(flow) => flow.last.nanos() as u64 ^ flow.forward.bytes,
                    None => u64::from(reading.segment.records[packet.ordinal as usize].batch),
                };
            }
            std::hint::black_box(fetched);
            for (packet, known) in batch.iter().zip(&known) {
                self.packet(reading, at as u32, packet, *known, sink);
                at += 1;
            }
        }
        at
    }

    #[inline]
    fn know(&mut self, reading: &mut Reading<'_>, at: u32, packet: &Observation) -> Known {
        let place = match reading.input.tunnels.get(usize::from(packet.tunnel).wrapping_sub(1)) {
            None => InLayer::default(),
            Some(outer) => self.layers.of(outer, packet.moment),
        };
        let (ports, overlaps) = match packet.fragment {
            Fragment::Whole => ((packet.source_port, packet.destination_port), false),
            _ => self.fragment_found(reading, at, packet),
        };
        Known { hash: self.key.flow(packet, ports, place.layer), place, ports, overlaps }
    }

    #[inline]
    fn packet(&mut self, reading: &mut Reading<'_>, at: u32, packet: &Observation, known: Known, sink: &mut impl Sink) {
        let ports = known.ports;
        let place = || {
            let place = &reading.segment.records[packet.ordinal as usize];
            (place.batch, place.ordinal)
        };
        let slot = match self.flows.find(known.hash, |flow| flow.holds(packet, known)) {
            Some(slot) => {
                self.renew(slot, packet, known, place, sink);
                slot
            }
            None => {
                self.layers.hold(known.place.layer);
                self.flows.open(known.hash, Flow::opened_by(packet, known, place()), packet.moment)
            }
        };
        if packet.moment < self.current.start() || packet.moment >= self.current.end() {
            self.current = Period::holding(packet.moment, self.lifetimes.period);
        }
        // All packets of an open row lie in one period.
        let start = self.flows.thing(slot).span.start;
        if start < self.current.start() || start >= self.current.end() {
            self.write(slot, End::Period, sink);
        }
        let flow = self.flows.thing_mut(slot);
        let before = flow.seen;
        flow.count(packet, ports.0);
        if packet.fragment != Fragment::Whole {
            flow.fragments = flow.fragments.saturating_add(1);
        }
        if let Some(changes) = &mut self.changes {
            changes.count(flow, before, packet, known, &self.layers);
        }
        let (last, gathering) = (flow.last, flow.state.has(State::GATHERING));
        self.flows.see(slot, last);
        self.facts(reading, at, packet, Counted { slot, source_port: ports.0, gathering });
    }

    /// A packet met a flow of its addresses: if that flow has ended, a new one takes its slot.
    #[inline]
    fn renew(
        &mut self,
        slot: u32,
        packet: &Observation,
        known: Known,
        place: impl Fn() -> (u32, u32),
        sink: &mut impl Sink,
    ) {
        let flow = self.flows.thing(slot);
        let end = if packet.moment.since(flow.last) > self.lifetimes.idle {
            End::Idle
        } else if flow.is_followed_by(packet) {
            End::Closed
        } else {
            return;
        };
        // It is in the same layer.
        self.write(slot, end, sink);
        *self.flows.thing_mut(slot) = Flow::opened_by(packet, known, place());
    }

    fn close(&mut self, slot: u32, end: End, sink: &mut impl Sink) {
        self.write(slot, end, sink);
        self.layers.release(self.flows.thing(slot).layer);
        self.flows.close(slot);
    }

    /// Writes the open row of a flow, if it holds anything, and opens an empty one.
    #[inline]
    fn write(&mut self, slot: u32, end: End, sink: &mut impl Sink) {
        let flow = self.flows.thing_mut(slot);
        if flow.row_is_empty() {
            return;
        }
        let row = FlowRow {
            id: FlowId { batch: flow.batch, ordinal: flow.ordinal },
            sensor: flow.sensor,
            span: flow.span,
            source: flow.source,
            destination: flow.destination,
            source_port: flow.source_port,
            destination_port: flow.destination_port,
            network: flow.network,
            protocol: flow.protocol,
            forward: flow.forward,
            backward: flow.backward,
            fragments: u32::from(flow.fragments),
            tunnel: self.layers.tunnel(flow.place()),
            application: flow.application,
            facts: self.notes.take(&mut flow.notes),
            opening: !flow.state.has(State::OPENED),
            end,
        };
        self.rows.push(row);
        (flow.forward, flow.backward, flow.fragments) = (Counts::default(), Counts::default(), 0);
        flow.state.set(State::OPENED);
        if self.rows.len() >= ROWS_AT_A_TIME {
            self.flush(sink);
        }
    }

    fn flush(&mut self, sink: &mut impl Sink) {
        if !self.rows.is_empty() {
            sink.rows(&mut self.rows);
            self.rows.clear();
        }
    }

    fn heed(&mut self, mark: Mark, sink: &mut impl Sink) {
        match mark {
            Mark::Sweep(now) => self.sweep(now, sink),
            Mark::GiveUp => self.gatherer.clear(),
            Mark::Beat(_) => {
                if let Some(changes) = &mut self.changes {
                    sink.beat(changes.told());
                    changes.begin();
                }
            }
            Mark::Close(number) => {
                self.close_period(number, sink);
                sink.line(number);
            }
            Mark::Finish => {
                self.finish(sink);
                sink.line(i64::MAX);
            }
        }
    }

    /// Lets go of flows that have ended. When this is done shows in no count: a flow's idle time is measured again when
    /// its next packet comes.
    fn sweep(&mut self, now: Moment, sink: &mut impl Sink) {
        let quiet_since = now.minus(self.lifetimes.idle.min(self.lifetimes.linger));
        let (mut next, mut room) = (0, [0; AHEAD]);
        loop {
            let batch = self.flows.quiet(&mut next, quiet_since, &mut room);
            if batch.is_empty() {
                break;
            }
            for &slot in batch {
                let flow = self.flows.thing(slot);
                let (quiet, closed) = (now.since(flow.last), flow.state.is_closed());
                if quiet > self.lifetimes.idle {
                    self.close(slot, if closed { End::Closed } else { End::Idle }, sink);
                } else if closed && quiet > self.lifetimes.linger {
                    self.close(slot, End::Closed, sink);
                }
            }
        }
        self.fragments.sweep(now);
        self.flush(sink);
    }

    /// Writes the open rows of every period up to `number`.
    fn close_period(&mut self, number: i64, sink: &mut impl Sink) {
        let over = Period::numbered(number, self.lifetimes.period).end();
        let mut from = 0;
        while let Some(slot) = self.flows.taken_from(from) {
            from = slot + 1;
            let flow = self.flows.thing(slot);
            if flow.span.start < over && !flow.row_is_empty() {
                self.write(slot, End::Period, sink);
            }
        }
        self.flush(sink);
    }

    /// Writes every open row and lets every flow go.
    fn finish(&mut self, sink: &mut impl Sink) {
        let mut from = 0;
        while let Some(slot) = self.flows.taken_from(from) {
            from = slot + 1;
            let end = if self.flows.thing(slot).state.is_closed() { End::Closed } else { End::Stopped };
            self.close(slot, end, sink);
        }
        self.flush(sink);
    }

    /// The moments of the last packets of all live flows that were answered, or of all that were not.
    pub(crate) fn last_moments(&self, answered: bool, into: &mut Vec<Moment>) {
        let flows = self.flows.things().filter(|flow| flow.state.has(State::ANSWERED) == answered);
        into.extend(flows.map(|flow| flow.last));
    }

    /// Lets go of those flows whose last packet is not later than `cutoff`; says how many, and adds them to `shed`.
    pub(crate) fn shed(&mut self, answered: bool, cutoff: Moment, sink: &mut impl Sink, shed: &mut Shed) -> usize {
        let (mut from, mut count) = (0, 0);
        while let Some(slot) = self.flows.taken_from(from) {
            from = slot + 1;
            let flow = self.flows.thing(slot);
            if flow.last <= cutoff && flow.state.has(State::ANSWERED) == answered {
                *shed.entry(flow.sensor).or_default() += 1;
                self.close(slot, End::Shed, sink);
                count += 1;
            }
        }
        self.flush(sink);
        count
    }

    /// Finds the ports of the segment's fragments, up to the packet with the index `end`.
    fn meet_fragments(&mut self, reading: &Reading<'_>, end: u32) {
        let (packets, parts) = (&reading.input.observations, &reading.input.parts);
        let parts = &parts[self.met.len()..parts.partition_point(|&(at, _)| at < end)];
        for batch in parts.chunks(AHEAD) {
            let fetched = batch.iter().filter(|&&(at, part)| self.fragments.peek(&packets[at as usize], part)).count();
            std::hint::black_box(fetched);
            for &(at, part) in batch {
                let packet = &packets[at as usize];
                let found = self.fragments.meet(packet, part);
                if found.overlaps {
                    self.note_overlap(reading, packet, part.offset);
                }
                self.met.push(found);
            }
        }
    }

    #[cold]
    fn note_overlap(&mut self, reading: &Reading<'_>, packet: &Observation, offset: u32) {
        let source = reading.segment.records[packet.ordinal as usize].source;
        let closings = reading.segment.closings_before(packet.ordinal);
        match self.oddities.iter_mut().find(|known| (known.source, known.closings) == (source, closings)) {
            Some(known) => known.count += 1,
            None => {
                let (kind, first) = (OddityKind::FragmentOverlap, (packet.ordinal, 0, offset));
                self.oddities.push(OddityTally { source, closings, kind, count: 1, first });
            }
        }
    }

    /// The ports of the packet that a fragment belongs to, and whether it overlaps another. Asked for in order.
    #[inline]
    fn fragment_found(&self, reading: &mut Reading<'_>, at: u32, packet: &Observation) -> ((u16, u16), bool) {
        let next = reading.parts;
        reading.parts += 1;
        let met = self.met.get(next).filter(|_| reading.input.parts.get(next).is_some_and(|&(met, _)| met == at));
        met.map_or(((packet.source_port, packet.destination_port), false), |found| (found.ports, found.overlaps))
    }

    #[inline]
    fn facts(&mut self, reading: &mut Reading<'_>, at: u32, packet: &Observation, counted: Counted) {
        let input = reading.input;
        while let Some(fact) = input.facts.get(reading.facts).filter(|fact| fact.at <= at) {
            reading.facts += 1;
            if fact.at == at {
                self.note(counted, packet, fact, input.text(fact));
            }
        }
        let begins = input.incomplete.get(reading.incomplete).filter(|(found, _)| *found <= at).copied();
        if begins.is_some() {
            reading.incomplete += 1;
        }
        let needed = begins.filter(|(found, _)| *found == at).map(|(_, needed)| needed);
        if needed.is_some() || (counted.gathering && packet.protocol == TCP) {
            self.gather(reading, packet, counted, needed);
        }
    }

    /// A packet begins a message of `needed` bytes, or may go on with one.
    #[cold]
    fn gather(&mut self, reading: &Reading<'_>, packet: &Observation, counted: Counted, needed: Option<u32>) {
        let Counted { slot, source_port, .. } = counted;
        let forward = self.flows.thing(slot).is_forward(packet, source_port);
        let Some(record) = reading.segment.record(packet.ordinal) else { return };
        let mut found = ShardInput::default();
        let goes_on = self.gatherer.take(slot, forward, needed, &record, &mut found);
        for fact in &found.facts {
            self.note(counted, packet, fact, found.text(fact));
        }
        let state = &mut self.flows.thing_mut(slot).state;
        if goes_on { state.set(State::GATHERING) } else { state.unset(State::GATHERING) }
    }

    fn note(&mut self, counted: Counted, packet: &Observation, fact: &FactNote, text: FactText<'_>) {
        let flow = self.flows.thing_mut(counted.slot);
        if flow.application == Application::Unrecognised {
            flow.application = fact.application;
        }
        if let Some(changes) = &mut self.changes {
            let heard = Heard { moment: packet.moment, forward: flow.is_forward(packet, counted.source_port) };
            changes.hear(flow, heard, fact, text);
        }
        self.notes.join(&mut flow.notes, fact, text);
    }
}

/// A packet after it was counted.
#[derive(Clone, Copy)]
struct Counted {
    slot: u32,
    source_port: u16,
    /// Whether a message of its flow is being gathered.
    gathering: bool,
}

/// Where one shard is in a segment.
struct Reading<'a> {
    segment: &'a Segment,
    input: &'a ShardInput,
    facts: usize,
    parts: usize,
    incomplete: usize,
}
