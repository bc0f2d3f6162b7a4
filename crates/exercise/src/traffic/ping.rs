//! Conversations that last from beginning to end: echo requests (RFC 792, RFC 4443) and control-system polling.

use std::time::Duration;

use blueline_terms::Moment;

use super::Actor;
use super::flow::{Departure, Flow};
use super::stage::{Host, Stage};
use super::tcp::Tcp;
use crate::application::control::{self, Protocol};
use crate::application::web;
use crate::packet::transport::{self, ICMP, ICMPV6};
use crate::random::Draw;
use crate::scenario::{Family, Polling, PollingKind};

/// Purpose of the draws of polling.
const POLLING: u64 = 3;
/// The port that monitoring asks at.
const HTTP: u16 = 80;

/// Begins everything that lasts.
pub(super) fn enter(stage: &mut Stage) {
    let entries = stage.scenario.polling.clone();
    for (entry, polling) in entries.iter().enumerate() {
        for pair in 0..u64::from(polling.pairs) {
            let draw = stage.draw(&[POLLING, entry as u64, pair]);
            begin(stage, polling, pair, draw);
        }
    }
}

fn begin(stage: &mut Stage, polling: &Polling, pair: u64, mut draw: Draw) {
    let (askers, targets) = (stage.hosts(polling.from).0, stage.hosts(polling.to).0);
    // Every pair is another one: echo has no ports that would tell two conversations of the same hosts apart.
    if pair >= askers.saturating_mul(targets) {
        return;
    }
    // Askers are counted from the first server on, which is where monitoring stands.
    let (asker, target) = (pair / targets, pair % targets);
    let Some(from) = stage.host(polling.from, asker, polling.family) else { return };
    let Some(to) = stage.host(polling.to, target, polling.family) else { return };
    if from.address == to.address {
        return;
    }
    let start = stage.scenario.start.plus(draw.wait(Duration::ZERO, polling.every));
    match polling.kind {
        PollingKind::Ping => {
            let flow = Flow::new(stage, [from, to], [0, 0], &mut draw);
            let identifier = draw.bits() as u16;
            let answer_time = draw.millis(2, 80);
            let ping = Ping {
                flow,
                every: polling.every,
                answer_time,
                identifier,
                sequence: 0,
                v6: polling.family == Family::V6,
                answer: false,
            };
            stage.begin(start, ping);
        }
        PollingKind::HealthCheck => {
            stage.begin(start, HealthCheck { ends: [from, to], every: polling.every, draw });
        }
        PollingKind::Modbus => read(stage, Protocol::Modbus, start, [from, to], polling.every, draw),
        PollingKind::S7comm => read(stage, Protocol::S7comm, start, [from, to], polling.every, draw),
        PollingKind::Dnp3 => read(stage, Protocol::Dnp3, start, [from, to], polling.every, draw),
        PollingKind::Iec104 => read(stage, Protocol::Iec104, start, [from, to], polling.every, draw),
        PollingKind::EthernetIp => read(stage, Protocol::EthernetIp, start, [from, to], polling.every, draw),
    }
}

/// A control system reads a controller.
fn read(stage: &mut Stage, protocol: Protocol, start: Moment, ends: [Host; 2], every: Duration, mut draw: Draw) {
    let port = stage.next_port(ends[0].address, &mut draw);
    let flow = Flow::new(stage, ends, [port, protocol.port()], &mut draw);
    let dialogue = Box::new(control::Reading::new(protocol, every, &mut draw));
    stage.begin(start, Tcp::new(flow, dialogue, draw));
}

/// Asks a server whether it is well, in a conversation each time.
struct HealthCheck {
    ends: [Host; 2],
    every: Duration,
    draw: Draw,
}

impl Actor for HealthCheck {
    fn act(&mut self, now: Moment, stage: &mut Stage) -> Option<Moment> {
        let port = stage.next_port(self.ends[0].address, &mut self.draw);
        let flow = Flow::new(stage, self.ends, [port, HTTP], &mut self.draw);
        let turns = web::health(&mut self.draw);
        stage.begin(now, Tcp::new(flow, Box::new(turns.into_iter()), self.draw.clone()));
        self.draw.bits();
        Some(now.plus(self.every))
    }
}

struct Ping {
    flow: Flow,
    every: Duration,
    answer_time: Duration,
    identifier: u16,
    sequence: u16,
    v6: bool,
    /// Whether the answer is due next.
    answer: bool,
}

impl Actor for Ping {
    fn act(&mut self, now: Moment, stage: &mut Stage) -> Option<Moment> {
        let forward = !self.answer;
        let header = self.flow.header(forward);
        let kind = match (self.v6, self.answer) {
            (false, false) => 8,
            (false, true) => 0,
            (true, false) => 128,
            (true, true) => 129,
        };
        let packet = transport::icmp(&header, kind, 0, &echo(self.identifier, self.sequence));
        let protocol = if self.v6 { ICMPV6 } else { ICMP };
        self.flow.send(stage, Departure { now, forward, header: &header, protocol, forged_path: None }, packet);
        let wait = if self.answer { self.every.saturating_sub(self.answer_time) } else { self.answer_time };
        if self.answer {
            self.sequence = self.sequence.wrapping_add(1);
        }
        self.answer = !self.answer;
        Some(now.plus(wait))
    }
}

/// What follows the checksum of an echo message: identifier, sequence number, 56 bytes of counting up.
pub(crate) fn echo(identifier: u16, sequence: u16) -> [u8; 60] {
    let mut body = [0; 60];
    body[0..2].copy_from_slice(&identifier.to_be_bytes());
    body[2..4].copy_from_slice(&sequence.to_be_bytes());
    for (place, byte) in body[4..].iter_mut().enumerate() {
        *byte = place as u8;
    }
    body
}
