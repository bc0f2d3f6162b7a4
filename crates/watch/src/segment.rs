//! A segment: a stretch of packet records on its way from the sources to the flow tables.

use blueline_terms::{
    Application, Facts, Fragment, Moment, Observation, Oddity, OddityKind, SensorIndex, Tunnel, Weight,
};
use blueline_wire::application::{self, Inspection, Role, Summary};
use blueline_wire::packet::{self, LinkType, Noted, Packet, Part};

use crate::custody::{Canonical, OpenBatch, SealedBatch};
use crate::hash::HashKey;
use crate::liveness::SensorWatch;

/// Into how many shards flows are divided. Fixed, so that nothing depends on how many threads there are; a power of
/// two. Sixteen keep a shard's hot part in a second-level cache.
pub const SHARDS: usize = 16;

/// Canonical records after which a segment is handed on: half of what a second-level cache holds.
pub(crate) const SEGMENT_BYTES: usize = 512 * 1024;

/// A stretch of records in the order in which they are to be counted.
#[derive(Default)]
pub(crate) struct Segment {
    /// Canonical records, one after another.
    pub(crate) arena: Vec<u8>,
    pub(crate) records: Vec<RecordPlace>,
    /// What is due before the record of this index is counted; an index behind the last is due at the end.
    pub(crate) marks: Vec<(u32, Mark)>,
    /// One for each closing mark.
    pub(crate) lines: Vec<Line>,
    /// Batches whose last record is in this segment.
    pub(crate) sealed: Vec<SealedBatch>,
    /// Before which record each of them was sealed.
    pub(crate) sealed_before: Vec<u32>,
    /// Batches that are open where the segment ends an epoch.
    pub(crate) open: Vec<OpenBatch>,
    /// What was odd about the sources: which source, after how many closing marks, what, how many of it.
    pub(crate) noted: Vec<(u16, u16, Oddity, u64)>,
    /// Filled by [`Segment::decode`].
    pub(crate) shards: Vec<ShardInput>,
    pub(crate) oddities: Vec<OddityTally>,
}

/// Where a record is and what it is called.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RecordPlace {
    /// Offset in the arena.
    pub(crate) offset: u32,
    /// Number of the batch in the run.
    pub(crate) batch: u32,
    /// Place in the batch.
    pub(crate) ordinal: u32,
    /// Which source.
    pub(crate) source: u16,
    /// Which sensor, if it is bound to a declared one.
    pub(crate) sensor: Option<SensorIndex>,
    /// Number of the record in its source, from 1.
    pub(crate) packet: u64,
    /// Offset of its captured bytes in the source, after decompression.
    pub(crate) position: u64,
}

/// Something that is due at a place in the order of records. Where it stands depends on the records alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Tell what live flows did since the last beat.
    Beat(Beat),
    /// Let go of flows that were idle at this moment.
    Sweep(Moment),
    /// Give up messages of which not all has come.
    GiveUp,
    /// Every period up to this number is over.
    Close(i64),
    /// The sources have ended.
    Finish,
}

/// A beat of event time: at least one a second, and more where many packets come in one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beat {
    /// How far event time has come. Packets after the beat may still be older, by what sources are out of order.
    pub now: Moment,
    /// Whether a second of event time has ended with it.
    pub second_over: bool,
    /// Whether the sources have ended.
    pub last: bool,
}

impl Mark {
    /// Whether lines are drawn under the books here.
    pub(crate) const fn closes(self) -> bool {
        matches!(self, Self::Close(_) | Self::Finish)
    }
}

/// A line drawn under the books: what was true when it was drawn.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) through: Option<i64>,
    /// Whether the sources have ended.
    pub(crate) last: bool,
    pub(crate) sensors: Vec<SensorWatch>,
    /// Packets and bytes in all, up to here.
    pub(crate) packets: u64,
    pub(crate) bytes: u64,
    /// Batches opened so far, and those of them that are not sealed.
    pub(crate) batches: u32,
    pub(crate) open: Vec<OpenBatch>,
}

/// What one shard is to count, in order. What only some observations carry besides stands in lists of its own, in the
/// same order; `at` is an index in `observations`.
#[derive(Default)]
pub(crate) struct ShardInput {
    /// `ordinal` is the index in [`Segment::records`].
    pub(crate) observations: Vec<Observation>,
    /// The tunnels that observations point to.
    pub(crate) tunnels: Vec<Tunnel>,
    /// What payloads said.
    pub(crate) facts: Vec<FactNote>,
    /// The texts of `facts`.
    text: Vec<u8>,
    /// Where fragments belong.
    pub(crate) parts: Vec<(u32, Part)>,
    /// Payloads that begin a message of this many bytes.
    pub(crate) incomplete: Vec<(u32, u32)>,
}

/// What one payload said, without the payload.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FactNote {
    pub(crate) at: u32,
    pub(crate) size: u32,
    text: u32,
    pub(crate) code: Option<u16>,
    pub(crate) application: Application,
    pub(crate) role: Role,
    pub(crate) weight: Weight,
    pub(crate) refused: bool,
    name: u8,
    offered: u8,
    ja4: u8,
}

impl FactNote {
    /// Joins what a flow's payloads said before: the first name stays, distinct codes are kept while there is room.
    pub(crate) fn join(&self, facts: &mut Facts, text: FactText<'_>) {
        let keep = |held: &mut Option<Box<str>>, text: &str| {
            if held.is_none() && !text.is_empty() {
                *held = Some(text.into());
            }
        };
        keep(&mut facts.name, text.name);
        keep(&mut facts.offered, text.offered);
        keep(&mut facts.ja4, text.ja4);
        match self.role {
            Role::Request => facts.requests = facts.requests.saturating_add(1),
            Role::Response => facts.responses = facts.responses.saturating_add(1),
            Role::Unknown => {}
        }
        facts.largest = facts.largest.max(self.size);
        let Some(code) = self.code else { return };
        let known = usize::from(facts.code_count);
        if known < facts.codes.len() && !facts.codes[..known].contains(&code) {
            facts.codes[known] = code;
            facts.code_count += 1;
        }
        if facts.weightiest.is_none_or(|(weight, _)| self.weight > weight) {
            facts.weightiest = Some((self.weight, code));
        }
    }
}

/// The texts of a [`FactNote`]; empty where there is none.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FactText<'a> {
    pub(crate) name: &'a str,
    pub(crate) offered: &'a str,
    pub(crate) ja4: &'a str,
}

/// Oddities of one kind from one source in a segment.
#[derive(Clone, Debug)]
pub(crate) struct OddityTally {
    pub(crate) source: u16,
    /// After how many of the segment's closing marks.
    pub(crate) closings: u16,
    pub(crate) kind: OddityKind,
    pub(crate) count: u64,
    /// The first: index of its record, offset in the frame, the offending value.
    pub(crate) first: (u32, u32, u32),
}

impl Segment {
    pub(crate) fn clear(&mut self) {
        self.arena.clear();
        self.records.clear();
        self.marks.clear();
        self.lines.clear();
        self.sealed.clear();
        self.sealed_before.clear();
        self.open.clear();
        self.noted.clear();
        self.oddities.clear();
        self.shards.iter_mut().for_each(ShardInput::clear);
    }

    /// The batches that were sealed just now were so before the next record.
    pub(crate) fn place_sealed(&mut self) {
        self.sealed_before.resize(self.sealed.len(), self.records.len() as u32);
    }

    /// The record with this index.
    #[inline]
    pub(crate) fn record(&self, index: u32) -> Option<Canonical<'_>> {
        let place = self.records.get(index as usize)?;
        Canonical::read(self.arena.get(place.offset as usize..)?).map(|(record, _)| record)
    }

    /// A tally's first oddity, in words and with its place in the source.
    pub(crate) fn describe(&self, tally: &OddityTally) -> Oddity {
        let (record, offset, value) = tally.first;
        let noted = Noted { kind: tally.kind, offset, value };
        let place = self.records.get(record as usize);
        Oddity {
            kind: tally.kind,
            offset: place.map_or(0, |place| place.position) + u64::from(offset),
            packet: place.map_or(0, |place| place.packet),
            detail: noted.to_string(),
        }
    }

    /// How many closing marks stand before the record of this index.
    #[cold]
    pub(crate) fn closings_before(&self, index: u32) -> u16 {
        self.marks.iter().filter(|(before, mark)| mark.closes() && *before <= index).count() as u16
    }

    /// Every record with the number of its batch.
    pub(crate) fn packets(&self) -> impl Iterator<Item = (u32, Canonical<'_>)> {
        let packet = |(index, place): (usize, &RecordPlace)| Some((place.batch, self.record(index as u32)?));
        self.records.iter().enumerate().filter_map(packet)
    }

    /// Turns every record into an observation in the shard that counts it.
    pub(crate) fn decode(&mut self, key: HashKey) {
        self.shards.resize_with(SHARDS, ShardInput::default);
        let mut shards = std::mem::take(&mut self.shards);
        let mut oddities = std::mem::take(&mut self.oddities);
        let mut rest = &self.arena[..];
        for (index, place) in self.records.iter().enumerate() {
            // Records need not be neighbours: a duplicate leaves a hole.
            if let Some(from) = self.arena.get(place.offset as usize..) {
                rest = from;
            }
            let Some((record, _)) = Canonical::read(rest) else { continue };
            let index = index as u32;
            let packet = packet::decode(LinkType(record.link), record.captured, record.original);
            let shard = &mut shards[key.shard(packet.source, packet.destination, SHARDS)];
            let readable = shard.push(index, place.sensor, &record, &packet);
            if !packet.oddities.is_empty() || !readable {
                let at = (place.source, self.closings_before(index));
                packet.oddities.iter().for_each(|noted| tally(&mut oddities, at, index, *noted));
                if !readable {
                    tally(&mut oddities, at, index, unreadable(record.captured, packet.payload));
                }
            }
        }
        (self.shards, self.oddities) = (shards, oddities);
    }
}

impl ShardInput {
    /// Says whether the payload did not contradict its protocol.
    #[inline]
    fn push(&mut self, index: u32, sensor: Option<SensorIndex>, record: &Canonical<'_>, packet: &Packet<'_>) -> bool {
        let at = self.observations.len() as u32;
        let tunnel = match &packet.tunnel {
            None => 0,
            Some(tunnel) => self.tunnel(tunnel),
        };
        self.observations.push(Observation {
            source: packet.source,
            destination: packet.destination,
            moment: record.moment,
            length: record.original,
            ordinal: index,
            source_port: packet.source_port,
            destination_port: packet.destination_port,
            tunnel,
            sensor,
            network: packet.network,
            protocol: packet.protocol,
            tcp_flags: packet.tcp_flags,
            ttl: packet.ttl,
            fragment: packet.fragment,
            extensions: packet.extensions,
        });
        if packet.fragment != Fragment::Whole {
            self.parts.push((at, packet.part));
        }
        packet.payload.is_empty() || self.inspect(at, packet)
    }

    #[inline]
    fn inspect(&mut self, at: u32, packet: &Packet<'_>) -> bool {
        match application::inspect(packet.protocol, packet.source_port, packet.destination_port, packet.payload) {
            Inspection::Nothing => {}
            Inspection::Fact(fact) => self.note(at, &fact.summary()),
            Inspection::Incomplete { needed, .. } => self.incomplete.push((at, needed as u32)),
            // What the capture or a fragment cut off is not held against the sender.
            Inspection::Malformed(..) => {
                let whole = packet.payload.len() as u64 >= u64::from(packet.payload_length);
                return !(whole && packet.fragment == Fragment::Whole);
            }
        }
        true
    }

    /// Keeps a payload's summary, its texts written out.
    pub(crate) fn note(&mut self, at: u32, summary: &Summary<'_>) {
        let text = self.text.len() as u32;
        let mut keep = |piece: Option<&[u8]>| {
            // Names are at most 255 bytes, fingerprints 36.
            let piece = piece.unwrap_or_default();
            self.text.extend_from_slice(piece);
            piece.len() as u8
        };
        let name = keep(summary.name.map(|name| name.text()).as_deref().map(str::as_bytes));
        let offered = keep(summary.offered.map(|name| name.text()).as_deref().map(str::as_bytes));
        let ja4 = keep(summary.ja4.as_ref().map(|ja4| ja4.as_str().as_bytes()));
        self.facts.push(FactNote {
            at,
            size: summary.size,
            text,
            code: summary.code,
            application: summary.application,
            role: summary.role,
            weight: summary.weight,
            refused: summary.refused,
            name,
            offered,
            ja4,
        });
    }

    /// The texts of a fact.
    pub(crate) fn text(&self, fact: &FactNote) -> FactText<'_> {
        let mut rest = self.text.get(fact.text as usize..).unwrap_or_default();
        let mut take = |length: u8| {
            let (piece, behind) = rest.split_at_checked(usize::from(length)).unwrap_or_default();
            rest = behind;
            std::str::from_utf8(piece).unwrap_or_default()
        };
        FactText { name: take(fact.name), offered: take(fact.offered), ja4: take(fact.ja4) }
    }

    fn clear(&mut self) {
        self.observations.clear();
        self.tunnels.clear();
        self.facts.clear();
        self.text.clear();
        self.parts.clear();
        self.incomplete.clear();
    }

    #[cold]
    fn tunnel(&mut self, tunnel: &Tunnel) -> u16 {
        // Few tunnels meet in a segment, and packets of one come in runs. Beyond what the field can name, the layer is
        // left out rather than mistaken.
        let known = self.tunnels.iter().rposition(|known| known == tunnel);
        let place = known.unwrap_or_else(|| {
            self.tunnels.push(*tunnel);
            self.tunnels.len() - 1
        });
        u16::try_from(place + 1).unwrap_or(0)
    }
}

/// A payload that contradicts its protocol: where it begins in the frame, and how.
#[cold]
fn unreadable(frame: &[u8], payload: &[u8]) -> Noted {
    let offset = payload.as_ptr().addr().saturating_sub(frame.as_ptr().addr());
    let mut first = [0; 4];
    first.iter_mut().zip(payload).for_each(|(byte, &from)| *byte = from);
    Noted { kind: OddityKind::ApplicationMalformed, offset: offset as u32, value: u32::from_be_bytes(first) }
}

#[cold]
fn tally(oddities: &mut Vec<OddityTally>, (source, closings): (u16, u16), record: u32, noted: Noted) {
    let same = |known: &&mut OddityTally| (known.kind, known.source, known.closings) == (noted.kind, source, closings);
    match oddities.iter_mut().find(same) {
        Some(known) => known.count += 1,
        None => {
            let first = (record, noted.offset, noted.value);
            oddities.push(OddityTally { source, closings, kind: noted.kind, count: 1, first });
        }
    }
}
