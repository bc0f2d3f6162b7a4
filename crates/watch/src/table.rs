//! The flow table of one shard: packets in, rows out, within bounds.

use std::time::Duration;

use blueline_terms::flow::{Counts, FlowRow};
use blueline_terms::{
    Application, End, Facts, FlowBatch, FlowId, Fragment, Moment, Observation, OddityKind, Period, SensorIndex, Tunnel,
};
use hashbrown::HashTable;

use crate::flow::{Flow, State, TCP};
use crate::fragments::Fragments;
use crate::gather::Gatherer;
use crate::hash::HashKey;
use crate::segment::{FactNote, FactText, Mark, NO_SENSOR, OddityTally, RecordPlace, Segment, ShardInput};

/// Receives the rows of one shard.
pub trait Sink: Send {
    /// Takes note of rows. They come in no particular order and are taken out when this returns.
    fn rows(&mut self, rows: &mut FlowBatch);

    /// A line is drawn under every period up to this number: rows that come later belong below it, even when they are
    /// of a period that is over.
    fn line(&mut self, through: i64);
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

/// Rows that are handed on at a time: few enough to stay in the cache.
const ROWS_AT_A_TIME: usize = 512;
/// Flows in a chunk of the slab: the slab grows without moving what it holds.
const CHUNK: usize = 4096;

/// What a live flow costs in memory at worst: its slot in the slab, its place in the index (which is up to four times as
/// large as it must be, while it grows), its dense figures (up to three times, likewise), and what a sink keeps of its
/// row: when a period ends, every live flow may write one at once.
pub(crate) const BYTES_PER_FLOW: usize = size_of::<Flow>() + 4 * 5 + 3 * (4 + 4) + 320;

pub(crate) struct Table {
    key: HashKey,
    lifetimes: Lifetimes,
    index: HashTable<u32>,
    chunks: Vec<Vec<Flow>>,
    free: Vec<u32>,
    /// By slot: the flow's hash, and the coarse time of its last packet ([`coarse`]), or `VACANT`.
    hashes: Vec<u32>,
    seen: Vec<i32>,
    facts: Vec<Facts>,
    facts_free: Vec<u32>,
    layers: Vec<Tunnel>,
    layer_index: hashbrown::HashMap<Tunnel, u32, foldhash::fast::FixedState>,
    fragments: Fragments,
    gatherer: Gatherer,
    /// The period of the packet before: most packets lie in the same one.
    current: Period,
    rows: FlowBatch,
    pub(crate) oddities: Vec<OddityTally>,
}

const VACANT: i32 = i32::MIN;

/// Time in steps of 2^32 ns (4.3 s), which fit in 32 bits for every moment.
#[inline]
const fn coarse(moment: Moment) -> i32 {
    // An i64 shifted by 32 always fits; the smallest value is kept for vacant slots.
    let steps = (moment.nanos() >> 32) as i32;
    if steps == VACANT { VACANT + 1 } else { steps }
}

impl Table {
    pub(crate) fn new(key: HashKey, lifetimes: Lifetimes) -> Self {
        Self {
            key,
            lifetimes,
            index: HashTable::new(),
            chunks: Vec::new(),
            free: Vec::new(),
            hashes: Vec::new(),
            seen: Vec::new(),
            facts: Vec::new(),
            facts_free: Vec::new(),
            layers: Vec::new(),
            layer_index: hashbrown::HashMap::default(),
            fragments: Fragments::default(),
            gatherer: Gatherer::default(),
            current: Period::holding(Moment::default(), lifetimes.period),
            rows: FlowBatch::default(),
            oddities: Vec::new(),
        }
    }

    /// Live flows.
    pub(crate) fn len(&self) -> usize {
        self.index.len()
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
        let mut at = 0;
        for &(before, mark) in &segment.marks {
            at = self.count_until(&mut reading, at, before, sink);
            self.heed(mark, sink);
        }
        self.count_until(&mut reading, at, u32::MAX, sink);
        self.flush(sink);
    }

    fn count_until(&mut self, reading: &mut Reading<'_>, mut at: usize, before: u32, sink: &mut impl Sink) -> usize {
        let input = reading.input;
        while let Some(packet) = input.observations.get(at).filter(|packet| packet.ordinal < before) {
            self.packet(reading, at as u32, packet, sink);
            at += 1;
        }
        at
    }

    #[inline]
    fn packet(&mut self, reading: &mut Reading<'_>, at: u32, packet: &Observation, sink: &mut impl Sink) {
        let place = reading.segment.records[packet.ordinal as usize];
        let layer = if packet.tunnel == 0 { 0 } else { self.layer(reading, packet.tunnel) };
        let mut ports = (packet.source_port, packet.destination_port);
        if packet.fragment != Fragment::Whole {
            ports = self.fragment(reading, at, packet, place);
        }
        let hash = self.key.flow(packet, ports, layer);
        let slot = match self.find(hash, packet, ports, layer, place.sensor) {
            Some(slot) => {
                self.renew(slot, packet, ports, place, sink);
                slot
            }
            None => self.open(hash, Flow::opened_by(packet, ports, layer, place.sensor, place.batch, place.ordinal)),
        };
        if packet.moment < self.current.start() || packet.moment >= self.current.end() {
            self.current = Period::holding(packet.moment, self.lifetimes.period);
        }
        let period = self.current.number();
        if self.flow(slot).period != period {
            self.write(slot, End::Period, sink);
            self.flow_mut(slot).period = period;
        }
        let flow = self.flow_mut(slot);
        flow.count(packet, ports.0);
        if packet.fragment != Fragment::Whole {
            flow.fragments = flow.fragments.saturating_add(1);
        }
        let (seen, gathering) = (coarse(flow.last), flow.state.has(State::GATHERING));
        self.seen[slot as usize] = seen;
        self.facts(reading, at, packet, ports, slot, gathering);
    }

    #[inline]
    fn find(&self, hash: u32, packet: &Observation, ports: (u16, u16), layer: u32, sensor: u16) -> Option<u32> {
        self.index
            .find(spread(hash), |&slot| {
                self.hashes[slot as usize] == hash && self.flow(slot).holds(packet, ports, layer, sensor)
            })
            .copied()
    }

    /// A packet met a flow of its addresses: if that flow has ended, a new one takes its slot.
    #[inline]
    fn renew(&mut self, slot: u32, packet: &Observation, ports: (u16, u16), place: RecordPlace, sink: &mut impl Sink) {
        let flow = self.flow(slot);
        let end = if packet.moment.since(flow.last) > self.lifetimes.idle {
            End::Idle
        } else if flow.is_followed_by(packet) {
            End::Closed
        } else {
            return;
        };
        let layer = flow.layer;
        self.write(slot, end, sink);
        self.drop_facts(slot);
        *self.flow_mut(slot) = Flow::opened_by(packet, ports, layer, place.sensor, place.batch, place.ordinal);
    }

    #[inline]
    fn open(&mut self, hash: u32, flow: Flow) -> u32 {
        let slot = match self.free.pop() {
            Some(slot) => {
                *self.flow_mut(slot) = flow;
                self.hashes[slot as usize] = hash;
                slot
            }
            None => {
                let slot = self.hashes.len();
                if slot.is_multiple_of(CHUNK) {
                    self.chunks.push(Vec::with_capacity(CHUNK));
                }
                self.chunks[slot / CHUNK].push(flow);
                self.hashes.push(hash);
                self.seen.push(VACANT);
                slot as u32
            }
        };
        let hashes = &self.hashes;
        self.index.insert_unique(spread(hash), slot, |&slot| spread(hashes[slot as usize]));
        slot
    }

    fn close(&mut self, slot: u32, end: End, sink: &mut impl Sink) {
        self.write(slot, end, sink);
        self.drop_facts(slot);
        let hash = self.hashes[slot as usize];
        if let Ok(entry) = self.index.find_entry(spread(hash), |&found| found == slot) {
            entry.remove();
        }
        self.seen[slot as usize] = VACANT;
        self.free.push(slot);
    }

    /// Writes the open row of a flow, if it holds anything, and opens an empty one.
    #[inline]
    fn write(&mut self, slot: u32, end: End, sink: &mut impl Sink) {
        let flow = self.flow(slot);
        if flow.row_is_empty() {
            return;
        }
        let row = FlowRow {
            id: FlowId { batch: flow.batch, ordinal: flow.ordinal },
            sensor: (flow.sensor != NO_SENSOR).then_some(SensorIndex(flow.sensor)),
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
            tunnel: flow.layer.checked_sub(1).and_then(|place| self.layers.get(place as usize).copied()),
            application: flow.application,
            facts: (flow.facts > 0).then(|| self.facts[flow.facts as usize - 1].clone()),
            opening: !flow.state.has(State::OPENED),
            end,
        };
        self.rows.push(row);
        self.drop_facts(slot);
        let flow = self.flow_mut(slot);
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
        let quiet_since = coarse(now.minus(self.lifetimes.idle.min(self.lifetimes.linger)));
        for slot in 0..self.seen.len() as u32 {
            let seen = self.seen[slot as usize];
            if seen == VACANT || seen > quiet_since {
                continue;
            }
            let flow = self.flow(slot);
            let quiet = now.since(flow.last);
            if quiet > self.lifetimes.idle {
                let end = if flow.state.is_closed() { End::Closed } else { End::Idle };
                self.close(slot, end, sink);
            } else if flow.state.is_closed() && quiet > self.lifetimes.linger {
                self.close(slot, End::Closed, sink);
            }
        }
        self.fragments.sweep(now);
        self.gatherer.clear();
        self.flush(sink);
    }

    /// Writes the open rows of every period up to `number`.
    fn close_period(&mut self, number: i64, sink: &mut impl Sink) {
        for slot in 0..self.seen.len() as u32 {
            if self.seen[slot as usize] != VACANT {
                let flow = self.flow(slot);
                if flow.period <= number && !flow.row_is_empty() {
                    self.write(slot, End::Period, sink);
                }
            }
        }
        self.flush(sink);
    }

    /// Writes every open row and lets every flow go.
    fn finish(&mut self, sink: &mut impl Sink) {
        for slot in 0..self.seen.len() as u32 {
            if self.seen[slot as usize] != VACANT {
                let end = if self.flow(slot).state.is_closed() { End::Closed } else { End::Stopped };
                self.close(slot, end, sink);
            }
        }
        self.flush(sink);
    }

    /// The moments of the last packets of all live flows that were answered, or of all that were not.
    pub(crate) fn last_moments(&self, answered: bool, into: &mut Vec<Moment>) {
        let slots = (0..self.seen.len() as u32).filter(|&slot| self.seen[slot as usize] != VACANT);
        into.extend(
            slots.map(|slot| self.flow(slot)).filter(|f| f.state.has(State::ANSWERED) == answered).map(|f| f.last),
        );
    }

    /// Lets go of those flows whose last packet is not later than `cutoff`; says how many.
    pub(crate) fn shed(&mut self, answered: bool, cutoff: Moment, sink: &mut impl Sink) -> u64 {
        let mut count = 0;
        for slot in 0..self.seen.len() as u32 {
            if self.seen[slot as usize] == VACANT {
                continue;
            }
            let flow = self.flow(slot);
            if flow.last <= cutoff && flow.state.has(State::ANSWERED) == answered {
                self.close(slot, End::Shed, sink);
                count += 1;
            }
        }
        self.flush(sink);
        count
    }

    #[inline]
    fn flow(&self, slot: u32) -> &Flow {
        &self.chunks[slot as usize / CHUNK][slot as usize % CHUNK]
    }

    #[inline]
    fn flow_mut(&mut self, slot: u32) -> &mut Flow {
        &mut self.chunks[slot as usize / CHUNK][slot as usize % CHUNK]
    }

    #[cold]
    fn layer(&mut self, reading: &Reading<'_>, tunnel: u16) -> u32 {
        let place = usize::from(tunnel) - 1;
        let Some(outer) = reading.input.tunnels.get(place) else { return 0 };
        // Both ways of a tunnel are one layer: named by the way it was met first.
        let back = Tunnel { source: outer.destination, destination: outer.source, ..*outer };
        if let Some(&layer) = self.layer_index.get(outer).or_else(|| self.layer_index.get(&back)) {
            return layer;
        }
        self.layers.push(*outer);
        let layer = self.layers.len() as u32;
        self.layer_index.insert(*outer, layer);
        layer
    }

    #[cold]
    fn fragment(&mut self, reading: &mut Reading<'_>, at: u32, packet: &Observation, place: RecordPlace) -> (u16, u16) {
        let parts = &reading.input.parts;
        while reading.parts < parts.len() && parts[reading.parts].0 < at {
            reading.parts += 1;
        }
        let Some(&(_, part)) = parts.get(reading.parts).filter(|(found, _)| *found == at) else {
            return (packet.source_port, packet.destination_port);
        };
        let found = self.fragments.meet(packet, part, place.sensor);
        if found.overlaps {
            let first = (packet.ordinal, 0, part.offset);
            let (kind, source) = (OddityKind::FragmentOverlap, place.source);
            let closings = reading.segment.closings_before(packet.ordinal);
            match self.oddities.iter_mut().find(|known| (known.source, known.closings) == (source, closings)) {
                Some(known) => known.count += 1,
                None => self.oddities.push(OddityTally { source, closings, kind, count: 1, first }),
            }
        }
        found.ports
    }

    #[inline]
    fn facts(
        &mut self,
        reading: &mut Reading<'_>,
        at: u32,
        packet: &Observation,
        ports: (u16, u16),
        slot: u32,
        gathering: bool,
    ) {
        let input = reading.input;
        while let Some(fact) = input.facts.get(reading.facts).filter(|fact| fact.at <= at) {
            reading.facts += 1;
            if fact.at == at {
                self.note(slot, fact, input.text(fact));
            }
        }
        let begins = input.incomplete.get(reading.incomplete).filter(|(found, _)| *found <= at).copied();
        if begins.is_some() || (gathering && packet.protocol == TCP) {
            self.gather(reading, at, packet, ports, slot, begins);
        }
    }

    #[cold]
    fn gather(
        &mut self,
        reading: &mut Reading<'_>,
        at: u32,
        packet: &Observation,
        ports: (u16, u16),
        slot: u32,
        begins: Option<(u32, u32)>,
    ) {
        let needed = begins.map(|(_, needed)| needed);
        if begins.is_some() {
            reading.incomplete += 1;
        }
        if begins.is_some_and(|(found, _)| found != at) {
            return;
        }
        let forward = self.flow(slot).is_forward(packet, ports.0);
        let Some(record) = reading.segment.record(packet.ordinal) else { return };
        let mut found = ShardInput::default();
        let goes_on = self.gatherer.take(slot, forward, needed, &record, &mut found);
        for fact in &found.facts {
            self.note(slot, fact, found.text(fact));
        }
        let state = &mut self.flow_mut(slot).state;
        if goes_on { state.set(State::GATHERING) } else { state.unset(State::GATHERING) }
    }

    fn note(&mut self, slot: u32, fact: &FactNote, text: FactText<'_>) {
        let flow = self.flow_mut(slot);
        if flow.application == Application::Unrecognised {
            flow.application = fact.application;
        }
        let place = match flow.facts {
            0 => {
                let place = self.facts_free.pop().unwrap_or_else(|| {
                    self.facts.push(Facts::default());
                    self.facts.len() as u32 - 1
                });
                self.flow_mut(slot).facts = place + 1;
                place
            }
            place => place - 1,
        };
        fact.join(&mut self.facts[place as usize], text);
    }

    #[inline]
    fn drop_facts(&mut self, slot: u32) {
        let flow = self.flow_mut(slot);
        if flow.facts > 0 {
            let place = std::mem::take(&mut flow.facts) - 1;
            self.facts[place as usize] = Facts::default();
            self.facts_free.push(place);
        }
    }
}

/// Where one shard is in a segment.
struct Reading<'a> {
    segment: &'a Segment,
    input: &'a ShardInput,
    facts: usize,
    parts: usize,
    incomplete: usize,
}

/// The index wants its bits spread over 64.
#[inline]
fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
