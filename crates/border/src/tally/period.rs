//! What is counted of one period.

use std::collections::BTreeMap;

use blueline_terms::picture::FirstSeen;
use blueline_terms::{FlowBatch, Moment, Period, SafeAreaIndex, Side, Span, Traffic};

use super::conversations::{Conversations, Count, Key, service_port, side_number};
use super::sensors::SensorTallies;
use crate::attribution::Border;

/// A count of one period: a shard's, or what several shards counted together.
#[derive(Clone, Debug)]
pub(super) struct PeriodTally {
    period: Period,
    pub(super) total: Traffic,
    pub(super) unattributed: Traffic,
    pub(super) span: Option<Span>,
    /// By sending and receiving side, `sides * sides` of them.
    pub(super) matrix: Vec<Cell>,
    /// By safe area and the other side.
    pub(super) safe_areas: BTreeMap<(SafeAreaIndex, Side), SafeCell>,
    pub(super) sensors: SensorTallies,
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
        if self.first.is_none() || first.is_some_and(|first| self.first > Some(first)) {
            self.first = first;
        }
    }
}

impl SafeCell {
    pub(super) fn join(&mut self, other: &Self) {
        self.inbound += other.inbound;
        self.outbound += other.outbound;
        self.first = self.first.into_iter().chain(other.first).min();
    }
}

impl PeriodTally {
    pub(super) fn new(period: Period, sides: usize, conversations: Conversations) -> Self {
        Self {
            period,
            total: Traffic::default(),
            unattributed: Traffic::default(),
            span: None,
            matrix: vec![Cell::default(); sides * sides],
            safe_areas: BTreeMap::new(),
            sensors: SensorTallies::default(),
            conversations,
        }
    }

    /// Whether a moment lies in the period.
    #[inline]
    pub(super) fn holds(&self, moment: Moment) -> bool {
        self.period.start() <= moment && moment < self.period.end()
    }

    /// The period that is counted.
    pub(super) fn period(&self) -> Period {
        self.period
    }

    #[inline]
    pub(super) fn row(&mut self, border: &Border, rows: &FlowBatch, row: usize) {
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
        self.sensors.row(rows, row);
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

    /// Joins another count, all but its conversations.
    pub(super) fn absorb(&mut self, other: &Self) {
        self.total += other.total;
        self.unattributed += other.unattributed;
        self.span = self.span.into_iter().chain(other.span).reduce(Span::join);
        for (cell, more) in self.matrix.iter_mut().zip(&other.matrix) {
            cell.add(more.traffic, more.first);
        }
        for (key, more) in &other.safe_areas {
            self.safe_areas.entry(*key).or_default().join(more);
        }
        self.sensors.absorb(&other.sensors);
    }
}
