//! Rows on their way to a file: kept compactly, by sensor and period, until their period is over.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use blueline_terms::{Address, Application, Counts, End, Facts, FlowBatch, Network, Period, SensorIndex, Tunnel};

/// Rows in a block: blocks are handed around and used again, so that memory is fetched from the system once.
const BLOCK: usize = 256;

/// What one flow did in one period, with its texts and tunnel in tables beside it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) source: Address,
    pub(crate) destination: Address,
    /// Nanoseconds since the Unix epoch.
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) forward: Counts,
    pub(crate) backward: Counts,
    pub(crate) batch: u32,
    pub(crate) ordinal: u32,
    pub(crate) fragments: u32,
    pub(crate) source_place: u32,
    pub(crate) destination_place: u32,
    /// 0, or one more than the place in the part's table.
    pub(crate) tunnel: u32,
    /// 0, or one more than the place in the part's table.
    pub(crate) facts: u32,
    pub(crate) source_port: u16,
    pub(crate) destination_port: u16,
    pub(crate) network: Network,
    pub(crate) protocol: u8,
    pub(crate) application: Application,
    pub(crate) opening: bool,
    pub(crate) end_reason: End,
}

impl Row {
    /// The flow's name as one number: rows are stored in this order, which is that of the flows' first packets.
    pub(crate) const fn id(&self) -> u64 {
        (self.batch as u64) << 32 | self.ordinal as u64
    }

    /// What orders several rows of one flow in one period.
    fn tie(&self) -> impl Ord {
        let counts = |c: &Counts| (c.packets, c.bytes, c.tcp_flags, c.ttl_lowest, c.ttl_highest);
        (self.start, self.end, counts(&self.forward), counts(&self.backward), self.opening, self.end_reason as u8)
    }
}

/// Blocks that are empty and have room.
#[derive(Clone, Debug, Default)]
pub struct Spare(Arc<Mutex<Vec<Vec<Row>>>>);

impl Spare {
    fn take(&self) -> Vec<Row> {
        let block = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        block.unwrap_or_else(|| Vec::with_capacity(BLOCK))
    }

    pub(crate) fn give(&self, blocks: impl Iterator<Item = Vec<Row>>) {
        let mut spare = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        spare.extend(blocks.map(|mut block| {
            block.clear();
            block
        }));
    }
}

/// Which file rows belong to: their sensor, and the number of their period.
pub(crate) type Key = (Option<SensorIndex>, i64);

/// The rows of one shard for one file.
#[derive(Debug, Default)]
pub(crate) struct Part {
    pub(crate) blocks: Vec<Vec<Row>>,
    pub(crate) facts: Vec<Facts>,
    pub(crate) tunnels: Vec<Tunnel>,
    /// The highest number of a batch that a row names.
    latest_batch: Option<u32>,
}

impl Part {
    pub(crate) fn len(&self) -> usize {
        self.blocks.len().saturating_sub(1) * BLOCK + self.blocks.last().map_or(0, Vec::len)
    }

    /// For how many rows room is taken.
    pub(crate) fn room(&self) -> usize {
        self.blocks.len() * BLOCK
    }

    #[inline]
    pub(crate) fn row(&self, index: usize) -> &Row {
        &self.blocks[index / BLOCK][index % BLOCK]
    }

    /// The highest number of a batch that a row names; `None` when there is no row.
    pub(crate) fn latest_batch(&self) -> Option<u32> {
        self.latest_batch
    }

    #[inline]
    fn push(&mut self, row: Row, spare: &Spare) {
        self.latest_batch = self.latest_batch.max(Some(row.batch));
        match self.blocks.last_mut() {
            Some(block) if block.len() < BLOCK => block.push(row),
            _ => {
                let mut block = spare.take();
                block.push(row);
                self.blocks.push(block);
            }
        }
    }
}

/// The rows of one shard, until the lake takes them.
///
/// Give it rows with [`RowBuffer::rows`], after they were attributed, and draw a line with [`RowBuffer::line`] when a
/// period is over, just as the shard's other counts are kept.
pub struct RowBuffer {
    period: Duration,
    spare: Spare,
    open: BTreeMap<Key, Part>,
    /// What the row before belonged to, taken out of `open`.
    latest: Option<(Key, Period, Part)>,
    /// What was over at each line that the lake has not taken yet.
    over: VecDeque<BTreeMap<Key, Part>>,
}

impl RowBuffer {
    /// A buffer of nothing, for periods of this length.
    pub fn new(period: Duration, spare: Spare) -> Self {
        Self { period, spare, open: BTreeMap::new(), latest: None, over: VecDeque::new() }
    }

    /// For how many rows there is room taken by those that wait for their period to end.
    pub(crate) fn room(&self) -> usize {
        let parts = self.open.values().chain(self.latest.as_ref().map(|(_, _, part)| part));
        parts.map(Part::room).sum()
    }

    /// How many files the rows that wait belong to.
    pub(crate) fn keys(&self) -> usize {
        self.open.len() + usize::from(self.latest.is_some())
    }

    /// Keeps attributed rows. The texts of `rows` are taken out.
    pub fn rows(&mut self, rows: &mut FlowBatch) {
        let facts = std::mem::take(&mut rows.facts_table);
        let mut facts: Vec<Option<Facts>> = facts.into_iter().map(Some).collect();
        for row in 0..rows.len() {
            let span = rows.span[row];
            let (sensor, spare) = (rows.sensor[row], &self.spare);
            let current = self.latest.as_ref().is_some_and(|((known, _), period, _)| {
                *known == sensor && period.start() <= span.start && span.start < period.end()
            });
            if !current {
                set_aside(&mut self.open, self.latest.take());
                let period = Period::holding(span.start, self.period);
                let key = (sensor, period.number());
                let part = self.open.remove(&key).unwrap_or_default();
                self.latest = Some((key, period, part));
            }
            let Some((_, _, part)) = &mut self.latest else { continue };
            let tunnel = rows.tunnel_of(row).map_or(0, |tunnel| {
                if part.tunnels.last() != Some(tunnel) {
                    part.tunnels.push(*tunnel);
                }
                part.tunnels.len() as u32
            });
            let said = (rows.facts[row] as usize).checked_sub(1).and_then(|place| facts.get_mut(place)?.take());
            let said = said.map_or(0, |said| {
                part.facts.push(said);
                part.facts.len() as u32
            });
            let kept = Row {
                source: rows.source[row],
                destination: rows.destination[row],
                start: span.start.nanos(),
                end: span.end.nanos(),
                forward: rows.forward[row],
                backward: rows.backward[row],
                batch: rows.id[row].batch,
                ordinal: rows.id[row].ordinal,
                fragments: rows.fragments[row],
                source_place: rows.source_place[row].0,
                destination_place: rows.destination_place[row].0,
                tunnel,
                facts: said,
                source_port: rows.source_port[row],
                destination_port: rows.destination_port[row],
                network: rows.network[row],
                protocol: rows.protocol[row],
                application: rows.application[row],
                opening: rows.opening[row],
                end_reason: rows.end[row],
            };
            part.push(kept, spare);
        }
    }

    /// Every period up to number `through` is over: rows that come later go below this line.
    pub fn line(&mut self, through: i64) {
        set_aside(&mut self.open, self.latest.take());
        let over = self.open.extract_if(.., |&(_, period), _| period <= through).collect();
        self.over.push_back(over);
    }

    /// What was over at the oldest line that has not been taken.
    pub(crate) fn take_line(&mut self) -> BTreeMap<Key, Part> {
        self.over.pop_front().unwrap_or_default()
    }

    /// Rows that wait though the period of their file was closed before.
    pub(crate) fn take_late(&mut self, closed: impl Fn(&Key) -> bool) -> BTreeMap<Key, Part> {
        set_aside(&mut self.open, self.latest.take());
        if self.over.is_empty() { self.open.extract_if(.., |key, _| closed(key)).collect() } else { BTreeMap::new() }
    }

    /// Everything that waits, whether its period is over or not; only where no line waits to be taken.
    pub(crate) fn take_open(&mut self) -> BTreeMap<Key, Part> {
        set_aside(&mut self.open, self.latest.take());
        if self.over.is_empty() { std::mem::take(&mut self.open) } else { BTreeMap::new() }
    }
}

fn set_aside(open: &mut BTreeMap<Key, Part>, latest: Option<(Key, Period, Part)>) {
    if let Some((key, _, part)) = latest {
        open.insert(key, part);
    }
}

/// Where a row is kept. Its batch stands here as well: looking at rows in the order of the file is what takes time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kept {
    pub(crate) batch: u32,
    pub(crate) shard: u32,
    pub(crate) index: u32,
}

/// The places of all rows in the order in which they are stored. The order of shards does not show.
pub(crate) fn stored_order(parts: &[Part]) -> Vec<Kept> {
    let rows = parts.iter().map(Part::len).sum();
    let mut order: Vec<(u64, u32, u32)> = Vec::with_capacity(rows);
    for (shard, part) in parts.iter().enumerate() {
        let rows = part.blocks.iter().flatten().enumerate();
        order.extend(rows.map(|(index, row)| (row.id(), shard as u32, index as u32)));
    }
    order.sort_unstable();
    // Several rows of one flow lie in one shard; only there their order has to be looked at.
    let mut begin = 0;
    while begin < order.len() {
        let id = order[begin].0;
        let end = begin + order[begin..].iter().take_while(|entry| entry.0 == id).count();
        if end - begin > 1 {
            order[begin..end].sort_by(|a, b| {
                let row = |entry: &(u64, u32, u32)| parts[entry.1 as usize].row(entry.2 as usize).tie();
                row(a).cmp(&row(b))
            });
        }
        begin = end;
    }
    order.into_iter().map(|(id, shard, index)| Kept { batch: (id >> 32) as u32, shard, index }).collect()
}
