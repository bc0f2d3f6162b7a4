//! One shard's count of rows, period by period.

use std::collections::BTreeMap;
use std::time::Duration;

use blueline_terms::picture::FirstSeen;
use blueline_terms::{Counts, FlowBatch, Period, SafeAreaIndex, SensorIndex, Side, Span, Traffic};

use super::conversations::{Conversations, Count, Key, service_port, side_number};
use crate::attribution::Border;

/// IP protocol number of TCP (IANA), and its ACK flag.
const TCP: u8 = 6;
const ACK: u8 = 0x10;

/// What one shard counted, by period. Give it rows with [`Tally::rows`] and draw a line with [`Tally::line`] when a
/// period is over.
pub struct Tally {
    period: Duration,
    parties: usize,
    seed: u64,
    open: BTreeMap<i64, PeriodTally>,
    /// The period that the row before lay in, taken out of `open`.
    latest: Option<PeriodTally>,
    /// What was over at each line that the chronicle has not taken yet.
    pub(super) over: std::collections::VecDeque<Vec<PeriodTally>>,
}

/// One shard's count of one period.
#[derive(Clone, Debug)]
pub(super) struct PeriodTally {
    pub(super) number: i64,
    pub(super) total: Traffic,
    pub(super) unattributed: Traffic,
    pub(super) span: Option<Span>,
    /// By sending and receiving side, `sides * sides` of them.
    pub(super) matrix: Vec<Cell>,
    /// By safe area and the other side.
    pub(super) safe_areas: BTreeMap<(SafeAreaIndex, Side), SafeCell>,
    /// By sensor: TCP flows opened, and those of which only one direction was seen although data flowed.
    pub(super) tcp: BTreeMap<Option<SensorIndex>, (u64, u64)>,
    pub(super) conversations: Conversations,
}

/// Traffic one way, and when it began.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cell {
    pub(super) traffic: Traffic,
    /// When it began, and whether that was an answer: of a flow whose ways weigh the same, the way it was opened comes
    /// first.
    pub(super) first: Option<(FirstSeen, bool)>,
}

/// Traffic of a safe area with one side.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SafeCell {
    pub(super) inbound: Traffic,
    pub(super) outbound: Traffic,
    pub(super) first: Option<FirstSeen>,
}

impl Cell {
    pub(super) fn add(&mut self, traffic: Traffic, first: Option<(FirstSeen, bool)>) {
        self.traffic += traffic;
        self.first = earlier(self.first, first);
    }
}

impl SafeCell {
    pub(super) fn join(&mut self, other: &Self) {
        self.inbound += other.inbound;
        self.outbound += other.outbound;
        self.first = earlier(self.first, other.first);
    }
}

/// The earlier of two, where there is one at all.
fn earlier<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
    a.into_iter().chain(b).min()
}

impl Tally {
    /// A tally of nothing, for a mission of `parties` parties and periods of this length. `seed` keeps an attacker from
    /// choosing addresses whose hashes collide; no output depends on it.
    pub fn new(parties: usize, period: Duration, seed: u64) -> Self {
        Self { period, parties, seed, open: BTreeMap::new(), latest: None, over: std::collections::VecDeque::new() }
    }

    /// Attributes rows and counts them.
    pub fn rows(&mut self, border: &Border, rows: &mut FlowBatch) {
        border.attribute(rows);
        for row in 0..rows.len() {
            let period = Period::holding(rows.span[row].start, self.period).number();
            self.period_tally(period).row(border, rows, row);
        }
    }

    /// Every period up to number `through` is over: rows that come later go below this line.
    pub fn line(&mut self, through: i64) {
        self.put_away();
        let later = through.checked_add(1).map(|next| self.open.split_off(&next)).unwrap_or_default();
        let over = std::mem::replace(&mut self.open, later);
        self.over.push_back(over.into_values().collect());
    }

    #[inline]
    fn period_tally(&mut self, number: i64) -> &mut PeriodTally {
        if self.latest.as_ref().is_none_or(|latest| latest.number != number) {
            self.put_away();
            self.latest = self.open.remove(&number);
        }
        let (sides, seed) = (self.parties + 2, self.seed);
        self.latest.get_or_insert_with(|| PeriodTally::new(number, sides, seed))
    }

    fn put_away(&mut self) {
        if let Some(latest) = self.latest.take() {
            self.open.insert(latest.number, latest);
        }
    }

    /// Every table of conversations that is being added to or waits for the chronicle.
    pub(super) fn conversations(&mut self) -> impl Iterator<Item = &mut Conversations> {
        let open = self.open.values_mut().chain(self.latest.as_mut());
        open.chain(self.over.iter_mut().flatten()).map(|period| &mut period.conversations)
    }
}

impl PeriodTally {
    pub(super) fn new(number: i64, sides: usize, seed: u64) -> Self {
        Self {
            number,
            total: Traffic::default(),
            unattributed: Traffic::default(),
            span: None,
            matrix: vec![Cell::default(); sides * sides],
            safe_areas: BTreeMap::new(),
            tcp: BTreeMap::new(),
            conversations: Conversations::new(seed),
        }
    }

    #[inline]
    fn row(&mut self, border: &Border, rows: &FlowBatch, row: usize) {
        let (forward, backward) = (rows.forward[row], rows.backward[row]);
        let opened = u64::from(rows.opening[row]);
        let there = Traffic { flows: opened, packets: u64::from(forward.packets), bytes: forward.bytes };
        let back = Traffic { flows: 0, packets: u64::from(backward.packets), bytes: backward.bytes };
        let id = rows.id[row];
        let first = FirstSeen { moment: rows.span[row].start, batch: id.batch, ordinal: id.ordinal };
        let places = (rows.source_place[row], rows.destination_place[row]);
        let (source, destination) = (border.place(places.0), border.place(places.1));

        let mut both = there;
        both += back;
        self.total += both;
        if source.side == Side::Unknown || destination.side == Side::Unknown {
            self.unattributed += both;
        }
        self.span = Some(self.span.map_or(rows.span[row], |span| span.join(rows.span[row])));
        self.cross(source.side, destination.side, there, (first, false));
        self.cross(destination.side, source.side, back, (first, true));
        if rows.protocol[row] == TCP && rows.opening[row] {
            self.note_ways(rows.sensor[row], &forward, &backward);
        }
        let areas = (source.safe_area, destination.safe_area);
        if areas.0 != areas.1 {
            self.touch(areas.0, destination.side, back, there, first);
            self.touch(areas.1, source.side, there, back, first);
        }
        if source.side != destination.side || areas.0 != areas.1 {
            let key = Key {
                source: rows.source[row],
                destination: rows.destination[row],
                port: service_port(rows, row),
                protocol: rows.protocol[row],
                network: rows.network[row],
            };
            self.conversations.add(
                key,
                Count {
                    forward: there,
                    backward: back,
                    first,
                    source_place: places.0,
                    destination_place: places.1,
                    application: rows.application[row],
                },
            );
        }
    }

    #[inline]
    fn cross(&mut self, from: Side, to: Side, traffic: Traffic, first: (FirstSeen, bool)) {
        if traffic == Traffic::default() {
            return;
        }
        // The matrix is square: parties, the world, unknown.
        let sides = self.matrix.len().isqrt();
        let cell = side_number(from, sides - 2) * sides + side_number(to, sides - 2);
        self.matrix[cell].add(traffic, Some(first));
    }

    #[cold]
    fn touch(
        &mut self,
        area: Option<SafeAreaIndex>,
        other: Side,
        inbound: Traffic,
        outbound: Traffic,
        first: FirstSeen,
    ) {
        if let Some(area) = area {
            self.safe_areas.entry((area, other)).or_default().join(&SafeCell { inbound, outbound, first: Some(first) });
        }
    }

    /// A flow in which data is acknowledged has two directions; if one never passes the sensor, the path is one-way
    /// here. A bare SYN that nobody answers says nothing of the kind.
    #[inline]
    fn note_ways(&mut self, sensor: Option<SensorIndex>, forward: &Counts, backward: &Counts) {
        let (flows, one_way) = self.tcp.entry(sensor).or_default();
        *flows += 1;
        let acknowledged = (forward.tcp_flags | backward.tcp_flags) & ACK != 0;
        if acknowledged && (forward.packets == 0 || backward.packets == 0) {
            *one_way += 1;
        }
    }

    /// Joins another shard's count of the same period.
    pub(super) fn absorb(&mut self, other: Self) {
        self.total += other.total;
        self.unattributed += other.unattributed;
        self.span = self.span.into_iter().chain(other.span).reduce(Span::join);
        for (cell, more) in self.matrix.iter_mut().zip(&other.matrix) {
            cell.add(more.traffic, more.first);
        }
        for (key, more) in &other.safe_areas {
            self.safe_areas.entry(*key).or_default().join(more);
        }
        for (sensor, (flows, one_way)) in &other.tcp {
            let known = self.tcp.entry(*sensor).or_default();
            known.0 += flows;
            known.1 += one_way;
        }
        self.conversations.absorb(other.conversations);
    }
}
