//! What routers on a sensor's link say to each other: ARP and neighbour discovery. No side can be named for it.

use std::time::Duration;

use blueline_terms::{Moment, Network, Side};

use super::Actor;
use super::stage::Stage;
use crate::packet::{Packet, Sensors, Stand, link};

/// How soon a router answers.
const ANSWER: Duration = Duration::from_micros(180);

/// Begins the exchange of every pair of routers on every link that wants it.
pub(super) fn enter(stage: &mut Stage) {
    let sensors = stage.scenario.sensors.clone();
    for (place, sensor) in sensors.iter().enumerate() {
        let Some(every) = sensor.neighbours_every else { continue };
        let mut done: Vec<(Side, Side)> = Vec::new();
        for &pair in sensor.sees.iter().filter(|(a, b)| a != b) {
            if done.contains(&pair) || done.contains(&(pair.1, pair.0)) {
                continue;
            }
            done.push(pair);
            let flow = [0; 4].map(|_| stage.next_flow());
            let seen = Sensors(1 << place);
            let delay = every / 8 * (done.len() as u32 % 8);
            let start = stage.scenario.start.plus(delay);
            stage.begin(start, Neighbours { pair, seen, every, step: 0, flow, opened: 0 });
        }
    }
}

struct Neighbours {
    pair: (Side, Side),
    seen: Sensors,
    every: Duration,
    /// 0 and 1: ARP question and answer; 2 and 3: solicitation and advertisement.
    step: u8,
    flow: [u64; 4],
    /// Bit by step.
    opened: u8,
}

impl Actor for Neighbours {
    fn act(&mut self, now: Moment, stage: &mut Stage) -> Option<Moment> {
        let asks = self.step.is_multiple_of(2);
        let path = if asks { self.pair } else { (self.pair.1, self.pair.0) };
        let (network, bytes) = match self.step {
            0 => (Network::Arp, link::arp(1, path.0, path.1)),
            1 => (Network::Arp, link::arp(2, path.0, path.1)),
            _ => (Network::Ipv6, link::neighbour(asks, path.0, path.1)),
        };
        let seen_by = stage.awake(self.seen, now);
        // Question and answer are one flow in neighbour discovery as in echo. ARP has no such pairing: its operation
        // is all there is in place of a protocol.
        let flow = if self.step == 3 { 2 } else { usize::from(self.step) };
        let first = self.opened >> flow & 1 == 0;
        if !seen_by.is_empty() {
            self.opened |= 1 << flow;
        }
        let nobody = Stand { side: Side::Unknown, safe_area: None };
        stage.send(Packet {
            moment: now,
            network,
            bytes,
            from: nobody,
            to: nobody,
            path,
            seen_by,
            opens: if first { seen_by } else { Sensors::default() },
            flow: self.flow[flow],
            attack: None,
            forward: asks,
            fragment: false,
            tunnelled: false,
        });
        self.step = (self.step + 1) % 4;
        Some(now.plus(if asks { ANSWER } else { self.every / 2 }))
    }
}
