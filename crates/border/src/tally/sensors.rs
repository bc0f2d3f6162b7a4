//! What was counted of each sensor's rows.

use blueline_terms::tcp::ACK;
use blueline_terms::{Counts, FlowBatch, SensorIndex, Span};

/// IP protocol number of TCP (IANA).
const TCP: u8 = 6;

/// The rows of one sensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SensorTally {
    /// Which; `None` for sources bound to no declared sensor.
    pub sensor: Option<SensorIndex>,
    /// Packets.
    pub packets: u64,
    /// First to last packet.
    pub span: Span,
    /// TCP flows opened.
    pub tcp_flows: u64,
    /// Those of which only one direction was seen although data flowed.
    pub one_way: u64,
}

/// The sensors of some rows, in the order of declaration, the undeclared first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SensorTallies(Vec<SensorTally>);

impl FromIterator<SensorTally> for SensorTallies {
    fn from_iter<I: IntoIterator<Item = SensorTally>>(tallies: I) -> Self {
        let mut joined = Self::default();
        tallies.into_iter().for_each(|tally| joined.absorb(&Self(vec![tally])));
        joined
    }
}

impl SensorTallies {
    /// Every sensor that had rows.
    pub fn iter(&self) -> impl Iterator<Item = &SensorTally> {
        self.0.iter()
    }

    /// What was counted of one sensor.
    pub fn of(&self, sensor: Option<SensorIndex>) -> Option<&SensorTally> {
        self.0.iter().find(|tally| tally.sensor == sensor)
    }

    #[inline]
    pub(super) fn row(&mut self, rows: &FlowBatch, row: usize) {
        let (sensor, span) = (rows.sensor[row], rows.span[row]);
        let (forward, backward) = (&rows.forward[row], &rows.backward[row]);
        let tally = self.entry(sensor, span);
        tally.packets += u64::from(forward.packets) + u64::from(backward.packets);
        tally.span = tally.span.join(span);
        if rows.protocol[row] == TCP && rows.opening[row] {
            tally.note_ways(forward, backward);
        }
    }

    /// Missions have few sensors, so looking at one after another finds them soonest.
    #[inline]
    fn entry(&mut self, sensor: Option<SensorIndex>, span: Span) -> &mut SensorTally {
        let place = match self.0.iter().position(|tally| tally.sensor >= sensor) {
            Some(place) if self.0[place].sensor == sensor => place,
            place => {
                let place = place.unwrap_or(self.0.len());
                self.0.insert(place, SensorTally { sensor, packets: 0, span, tcp_flows: 0, one_way: 0 });
                place
            }
        };
        &mut self.0[place]
    }

    pub(super) fn absorb(&mut self, other: &Self) {
        for more in &other.0 {
            let tally = self.entry(more.sensor, more.span);
            tally.packets += more.packets;
            tally.span = tally.span.join(more.span);
            tally.tcp_flows += more.tcp_flows;
            tally.one_way += more.one_way;
        }
    }
}

impl SensorTally {
    /// A flow in which data is acknowledged has two directions; if one never passes the sensor, the path is one-way
    /// here. A bare SYN that nobody answers says nothing of the kind.
    #[inline]
    fn note_ways(&mut self, forward: &Counts, backward: &Counts) {
        self.tcp_flows += 1;
        let acknowledged = (forward.tcp_flags | backward.tcp_flags) & ACK != 0;
        if acknowledged && (forward.packets == 0 || backward.packets == 0) {
            self.one_way += 1;
        }
    }
}
