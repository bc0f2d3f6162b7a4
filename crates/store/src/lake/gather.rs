//! Rows to columns: the rows of a file in the order in which they are stored, each value beside its neighbours.

use std::collections::BTreeMap;
use std::sync::Arc;

use blueline_terms::{Address, Counts, End, Facts, Mission, Network, Place, SensorIndex, Tunnel};
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use parquet::errors::Result;
use parquet::schema::types::ColumnDescriptor;

use super::rows::{Kept, Part, Row};
use crate::encode::{Chunk, Encoder, Number};

/// What a place is called in a file.
#[derive(Debug)]
pub(super) struct PlaceWords {
    pub(super) side: String,
    pub(super) safe_area: Option<String>,
    pub(super) origin: Option<u32>,
    pub(super) grounds: &'static str,
    pub(super) confidence: String,
    pub(super) alternatives: Option<String>,
}

impl PlaceWords {
    fn of(mission: &Mission, place: &Place) -> Self {
        let others: Vec<&str> = place.alternatives.iter().map(|other| mission.word(other.side)).collect();
        Self {
            side: mission.word(place.side).to_owned(),
            safe_area: place.safe_area.and_then(|area| mission.safe_area(area)).map(|area| area.id.as_str().to_owned()),
            origin: place.origin.map(|asn| asn.0),
            grounds: place.grounds.word(),
            confidence: place.confidence.to_string(),
            alternatives: (!others.is_empty()).then(|| others.join(",")),
        }
    }
}

/// What the words of a file are taken from.
pub(super) struct Vocabulary<'a> {
    pub(super) mission: &'a Mission,
    /// Places by their index.
    pub(super) places: &'a [Place],
    pub(super) sensor: Option<SensorIndex>,
    /// Seals of batches by their number in the run, in hexadecimal.
    pub(super) seals: &'a BTreeMap<u32, String>,
}

/// Moments, split where the file splits them.
#[derive(Default)]
pub(super) struct Moments {
    pub(super) micros: Vec<i64>,
    pub(super) rest: Vec<u16>,
}

impl Moments {
    #[inline]
    fn push(&mut self, nanos: i64) {
        let micros = nanos.div_euclid(1000);
        self.micros.push(micros);
        self.rest.push((nanos - micros * 1000) as u16);
    }

    fn clear(&mut self) {
        self.micros.clear();
        self.rest.clear();
    }
}

/// Lengths of time, split where the file splits them. Most rows hold one packet, so most are zero.
#[derive(Default)]
pub(super) struct Durations {
    pub(super) micros: Vec<u64>,
    pub(super) rest: Vec<u16>,
}

impl Durations {
    #[inline]
    fn push(&mut self, nanos: i64) {
        // A row ends where it begins, or later.
        let nanos = nanos.max(0) as u64;
        self.micros.push(nanos / 1000);
        self.rest.push((nanos % 1000) as u16);
    }

    fn clear(&mut self) {
        self.micros.clear();
        self.rest.clear();
    }
}

/// One end of every row.
#[derive(Default)]
pub(super) struct Ends {
    pub(super) v4: Vec<u32>,
    pub(super) v6: Vec<u128>,
    /// Of each row: 4, 6, or 0 where no address could be read.
    family: Vec<u8>,
    has_v4: Vec<bool>,
    has_v6: Vec<bool>,
    pub(super) ports: Vec<u16>,
    /// Places by their number in `places`.
    place: Vec<u32>,
    places: Vec<u32>,
}

impl Ends {
    #[inline]
    fn push(&mut self, address: Address, port: u16, readable: bool, place: u32) {
        let family = match (readable, address.is_v4()) {
            (false, _) => 0,
            (true, true) => {
                self.v4.push(address.bits() as u32);
                4
            }
            (true, false) => {
                self.v6.push(address.bits());
                6
            }
        };
        self.family.push(family);
        self.ports.push(port);
        self.place.push(place);
    }

    pub(super) fn has_v4(&self) -> Option<&[bool]> {
        (self.v4.len() != self.ports.len()).then_some(&self.has_v4)
    }

    pub(super) fn has_v6(&self) -> Option<&[bool]> {
        (self.v6.len() != self.ports.len()).then_some(&self.has_v6)
    }

    /// Numbers the places that occur, and notes who has which address.
    fn settle(&mut self, numbers: &mut Vec<u32>, count: usize) {
        numbers.resize(count, 0);
        for place in &mut self.place {
            let number = &mut numbers[*place as usize];
            if *number == 0 {
                self.places.push(*place);
                *number = self.places.len() as u32;
            }
            *place = *number - 1;
        }
        self.places.iter().for_each(|&place| numbers[place as usize] = 0);
        let rows = self.family.len();
        let has = |family: u8| move |known: &u8| *known == family;
        self.has_v4.clear();
        self.has_v6.clear();
        if self.v4.len() != rows {
            self.has_v4.extend(self.family.iter().map(has(4)));
            self.has_v6.extend(self.family.iter().map(has(6)));
        }
    }

    fn clear(&mut self) {
        self.v4.clear();
        self.v6.clear();
        self.family.clear();
        self.ports.clear();
        self.place.clear();
        self.places.clear();
    }
}

/// One way of every row.
#[derive(Default)]
pub(super) struct Way {
    pub(super) packets: Vec<u32>,
    pub(super) bytes: Vec<u64>,
    pub(super) flags: Vec<u8>,
    pub(super) ttl_lowest: Vec<u8>,
    pub(super) ttl_spread: Vec<u8>,
}

impl Way {
    #[inline]
    fn push(&mut self, counts: &Counts) {
        self.packets.push(counts.packets);
        self.bytes.push(counts.bytes);
        self.flags.push(counts.tcp_flags);
        self.ttl_lowest.push(counts.ttl_lowest);
        self.ttl_spread.push(counts.ttl_highest.wrapping_sub(counts.ttl_lowest));
    }

    fn clear(&mut self) {
        self.packets.clear();
        self.bytes.clear();
        self.flags.clear();
        self.ttl_lowest.clear();
        self.ttl_spread.clear();
    }
}

/// The columns' values, kept from file to file for the room they have.
#[derive(Default)]
pub(super) struct Columns {
    pub(super) start: Moments,
    pub(super) duration: Durations,
    pub(super) source: Ends,
    pub(super) destination: Ends,
    pub(super) forward: Way,
    pub(super) backward: Way,
    pub(super) protocols: Vec<u8>,
    pub(super) versions: Vec<u8>,
    pub(super) fragments: Vec<u32>,
    pub(super) ordinals: Vec<u32>,
    pub(super) openings: Vec<bool>,
    /// First and last moment of any row, in nanoseconds.
    pub(super) span: Option<(i64, i64)>,
    applications: Vec<u8>,
    reasons: Vec<u8>,
    batches: Vec<u32>,
    /// 0, or one more than the place in `tunnels_met` or `facts_met`.
    tunnels: Vec<u32>,
    facts: Vec<u32>,
    /// Shard and place in its table.
    tunnels_met: Vec<(u32, u32)>,
    facts_met: Vec<(u32, u32)>,
    numbers: Vec<u32>,
}

impl Columns {
    fn clear(&mut self) {
        self.start.clear();
        self.duration.clear();
        self.source.clear();
        self.destination.clear();
        self.forward.clear();
        self.backward.clear();
        self.protocols.clear();
        self.versions.clear();
        self.fragments.clear();
        self.ordinals.clear();
        self.openings.clear();
        self.span = None;
        self.applications.clear();
        self.reasons.clear();
        self.batches.clear();
        self.tunnels.clear();
        self.facts.clear();
        self.tunnels_met.clear();
        self.facts_met.clear();
    }

    #[inline]
    fn push(&mut self, row: &Row, shard: u32) {
        self.start.push(row.start);
        self.duration.push(row.end.wrapping_sub(row.start));
        let readable = row.network != Network::Other;
        self.source.push(row.source, row.source_port, readable, row.source_place);
        self.destination.push(row.destination, row.destination_port, readable, row.destination_place);
        self.forward.push(&row.forward);
        self.backward.push(&row.backward);
        self.protocols.push(row.protocol);
        self.versions.push(version(row.network));
        self.fragments.push(row.fragments);
        self.ordinals.push(row.ordinal);
        self.openings.push(row.opening);
        let (first, last) = self.span.unwrap_or((row.start, row.end));
        self.span = Some((first.min(row.start), last.max(row.end)));
        self.applications.push(row.application as u8);
        self.reasons.push(row.end_reason as u8);
        self.batches.push(row.batch);
        let meet = |met: &mut Vec<(u32, u32)>, place: u32| match place {
            0 => 0,
            place => {
                if met.last() != Some(&(shard, place - 1)) {
                    met.push((shard, place - 1));
                }
                met.len() as u32
            }
        };
        self.tunnels.push(meet(&mut self.tunnels_met, row.tunnel));
        self.facts.push(meet(&mut self.facts_met, row.facts));
    }

    /// Takes over the rows of `parts` that stand in `order`.
    pub(super) fn gather<'a>(
        &'a mut self,
        parts: &'a [Part],
        order: &[Kept],
        words: &'a Vocabulary<'a>,
    ) -> Gathered<'a> {
        self.clear();
        for &Kept { shard, index, .. } in order {
            self.push(parts[shard as usize].row(index as usize), shard);
        }
        let count = words.places.len().max(1);
        self.source.settle(&mut self.numbers, count);
        self.destination.settle(&mut self.numbers, count);
        Gathered { columns: self, parts, words }
    }
}

/// The number that OCSF gives a network layer (`protocol_ver_id`).
pub(super) const fn version(network: Network) -> u8 {
    match network {
        Network::Ipv4 => 4,
        Network::Ipv6 => 6,
        Network::Arp => 99,
        Network::Other => 0,
    }
}

/// The reasons for which rows are written, by their number.
pub(super) const REASONS: [(End, &str); 5] = [
    (End::Period, "period"),
    (End::Closed, "closed"),
    (End::Idle, "idle"),
    (End::Shed, "shed"),
    (End::Stopped, "stopped"),
];

/// Message codes as text.
pub(super) fn codes(facts: &Facts) -> Option<String> {
    let codes: Vec<String> = facts.codes[..usize::from(facts.code_count).min(4)].iter().map(u16::to_string).collect();
    (!codes.is_empty()).then(|| codes.join(","))
}

/// Gathered columns, with what their words are taken from.
pub(super) struct Gathered<'a> {
    columns: &'a Columns,
    parts: &'a [Part],
    words: &'a Vocabulary<'a>,
}

impl std::ops::Deref for Gathered<'_> {
    type Target = Columns;

    fn deref(&self) -> &Columns {
        self.columns
    }
}

type Descriptor = Arc<ColumnDescriptor>;

impl Gathered<'_> {
    fn rows(&self) -> usize {
        self.columns.ordinals.len()
    }

    fn place_words(&self, ends: &Ends) -> Vec<PlaceWords> {
        let place = |&index: &u32| self.words.places.get(index as usize).or(self.words.places.first());
        let words = ends.places.iter().filter_map(place);
        words.map(|place| PlaceWords::of(self.words.mission, place)).collect()
    }

    pub(super) fn place_text(
        &self,
        encoder: &mut Encoder,
        column: &Descriptor,
        ends: &Ends,
        text: impl for<'w> Fn(&'w PlaceWords) -> Option<&'w str>,
    ) -> Result<Chunk> {
        let words = self.place_words(ends);
        let mut texts = Texts::default();
        let codes: Vec<Option<u32>> = words.iter().map(|words| text(words).map(|text| texts.code(text))).collect();
        encoder.texts(column, ends.place.iter().map(|&place| codes[place as usize]), texts.iter())
    }

    pub(super) fn place_number(&self, encoder: &mut Encoder, column: &Descriptor, ends: &Ends) -> Result<Chunk> {
        let origins: Vec<Option<u32>> = self.place_words(ends).iter().map(|words| words.origin).collect();
        if origins.iter().all(Option::is_none) {
            return encoder.sparse_numbers::<u32>(column, None, self.rows(), &[]);
        }
        sparse(encoder, column, ends.place.iter().map(|&place| origins[place as usize]))
    }

    pub(super) fn tunnel_text(
        &self,
        encoder: &mut Encoder,
        column: &Descriptor,
        text: impl Fn(&Tunnel) -> String,
    ) -> Result<Chunk> {
        let tunnels = self.met(&self.columns.tunnels_met, |part| &part.tunnels);
        text_column(encoder, column, &self.columns.tunnels, tunnels.map(|tunnel| tunnel.map(&text)))
    }

    pub(super) fn tunnel_number<N: Number>(
        &self,
        encoder: &mut Encoder,
        column: &Descriptor,
        number: impl Fn(&Tunnel) -> N,
    ) -> Result<Chunk> {
        let tunnels = self.met(&self.columns.tunnels_met, |part| &part.tunnels);
        number_column(encoder, column, &self.columns.tunnels, tunnels.map(|tunnel| tunnel.map(&number)))
    }

    pub(super) fn fact_text(
        &self,
        encoder: &mut Encoder,
        column: &Descriptor,
        text: impl Fn(&Facts) -> Option<String>,
    ) -> Result<Chunk> {
        let facts = self.met(&self.columns.facts_met, |part| &part.facts);
        text_column(encoder, column, &self.columns.facts, facts.map(|facts| facts.and_then(&text)))
    }

    pub(super) fn fact_number<N: Number>(
        &self,
        encoder: &mut Encoder,
        column: &Descriptor,
        number: impl Fn(&Facts) -> Option<N>,
    ) -> Result<Chunk> {
        let facts = self.met(&self.columns.facts_met, |part| &part.facts);
        number_column(encoder, column, &self.columns.facts, facts.map(|facts| facts.and_then(&number)))
    }

    fn met<'s, T: 's>(
        &'s self,
        met: &'s [(u32, u32)],
        table: impl Fn(&'s Part) -> &'s Vec<T> + 's,
    ) -> impl Iterator<Item = Option<&'s T>> + 's {
        met.iter().map(move |&(shard, place)| table(&self.parts[shard as usize]).get(place as usize))
    }

    pub(super) fn application(&self, encoder: &mut Encoder, column: &Descriptor) -> Result<Chunk> {
        let words = |number: u8| {
            let known = blueline_terms::Application::ALL.iter().find(|application| **application as u8 == number);
            known.map(|application| application.word())
        };
        numbered(encoder, column, &self.columns.applications, words)
    }

    pub(super) fn end_reason(&self, encoder: &mut Encoder, column: &Descriptor) -> Result<Chunk> {
        let word = |number: u8| REASONS.iter().find(|(end, _)| *end as u8 == number).map(|(_, word)| *word);
        numbered(encoder, column, &self.columns.reasons, word)
    }

    pub(super) fn sensor(&self, encoder: &mut Encoder, column: &Descriptor) -> Result<Chunk> {
        let sensor = self.words.sensor.and_then(|sensor| self.words.mission.sensors.get(usize::from(sensor.0)));
        let code = sensor.map(|_| 0);
        encoder.texts(column, (0..self.rows()).map(|_| code), sensor.iter().map(|sensor| sensor.id.as_str()))
    }

    pub(super) fn seal(&self, encoder: &mut Encoder, column: &Descriptor) -> Result<Chunk> {
        let mut texts = Texts::default();
        let (mut before, mut code) = (None, 0);
        let mut codes = Vec::with_capacity(self.rows());
        for &batch in &self.columns.batches {
            if before != Some(batch) {
                before = Some(batch);
                code = texts.code(self.words.seals.get(&batch).map_or("", String::as_str));
            }
            codes.push(code);
        }
        encoder.texts(column, codes.into_iter().map(Some), texts.iter())
    }
}

/// A column of the words of small numbers.
fn numbered(
    encoder: &mut Encoder,
    column: &Descriptor,
    numbers: &[u8],
    word: impl Fn(u8) -> Option<&'static str>,
) -> Result<Chunk> {
    let mut texts = Texts::default();
    let mut codes: [Option<Option<u32>>; 256] = [None; 256];
    for &number in numbers {
        codes[usize::from(number)].get_or_insert_with(|| word(number).map(|word| texts.code(word)));
    }
    encoder.texts(column, numbers.iter().map(|&number| codes[usize::from(number)].flatten()), texts.iter())
}

/// A column of texts that rows point to by 0 for none, or one more than a place.
fn text_column(
    encoder: &mut Encoder,
    column: &Descriptor,
    rows: &[u32],
    texts: impl Iterator<Item = Option<String>>,
) -> Result<Chunk> {
    let mut distinct = Texts::default();
    let codes: Vec<Option<u32>> = texts.map(|text| text.map(|text| distinct.code(&text))).collect();
    let code = |&row: &u32| (row as usize).checked_sub(1).and_then(|place| codes.get(place).copied().flatten());
    encoder.texts(column, rows.iter().map(code), distinct.iter())
}

/// A column of numbers that rows point to by 0 for none, or one more than a place.
fn number_column<N: Number>(
    encoder: &mut Encoder,
    column: &Descriptor,
    rows: &[u32],
    numbers: impl Iterator<Item = Option<N>>,
) -> Result<Chunk> {
    let numbers: Vec<Option<N>> = numbers.collect();
    if numbers.is_empty() {
        return encoder.sparse_numbers::<N>(column, None, rows.len(), &[]);
    }
    sparse(encoder, column, rows.iter().map(|&row| numbers.get((row as usize).checked_sub(1)?).copied().flatten()))
}

fn sparse<N: Number>(
    encoder: &mut Encoder,
    column: &Descriptor,
    rows: impl ExactSizeIterator<Item = Option<N>>,
) -> Result<Chunk> {
    let (mut present, mut values) = (Vec::with_capacity(rows.len()), Vec::new());
    for number in rows {
        present.push(number.is_some());
        values.extend(number);
    }
    let some_missing = values.len() != present.len();
    encoder.sparse_numbers(column, some_missing.then_some(&present), present.len(), &values)
}

/// Different texts in the order in which they are met.
#[derive(Default)]
struct Texts {
    list: Vec<Box<str>>,
    codes: HashMap<Box<str>, u32, FixedState>,
}

impl Texts {
    fn code(&mut self, text: &str) -> u32 {
        if let Some(&code) = self.codes.get(text) {
            return code;
        }
        let code = self.list.len() as u32;
        self.list.push(text.into());
        self.codes.insert(text.into(), code);
        code
    }

    fn iter(&self) -> impl Iterator<Item = &str> + Clone {
        self.list.iter().map(|text| &**text)
    }
}
