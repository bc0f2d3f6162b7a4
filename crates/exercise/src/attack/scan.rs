//! Scans: a TCP SYN segment to many hosts or many ports, and what comes back.

use std::time::Duration;

use blueline_terms::Moment;

use crate::packet::transport::{self, Segment, TCP, flags};
use crate::random::Draw;
use crate::scenario::{Attack, Family, Method, ScanShape, Who};
use crate::traffic::Actor;
use crate::traffic::flow::{Departure, Flow};
use crate::traffic::stage::{Host, Stage};

pub(super) fn enter(stage: &mut Stage, place: usize, attack: &Attack, mut draw: Draw) {
    let Method::Scan { shape, from, to, ref ports, targets, packets_per_second, open } = attack.method else { return };
    let number = stage.any_client(from, &mut draw);
    let Some(scanner) = stage.host(from, number, attack.family) else { return };
    // A vertical scan aims at the host that serves most.
    let ports: Vec<u16> = match shape {
        ScanShape::Horizontal => ports.clone(),
        ScanShape::Vertical => (1..=targets.min(65_535) as u16).collect(),
    };
    let hosts = if shape == ScanShape::Horizontal { u64::from(targets) } else { 1 };
    let source_port = stage.next_port(scanner.address, &mut draw);
    let scan = Scan {
        scanner,
        source_port,
        to,
        family: attack.family,
        probes: hosts * ports.len() as u64,
        ports,
        packets_per_second,
        open,
        end: attack.end,
        attack: place,
        next: 0,
        draw,
    };
    stage.begin(attack.start, scan);
}

struct Scan {
    scanner: Host,
    source_port: u16,
    to: Who,
    family: Family,
    ports: Vec<u16>,
    /// How many there will be if time allows.
    probes: u64,
    packets_per_second: f64,
    open: f64,
    end: Moment,
    attack: usize,
    next: u64,
    draw: Draw,
}

impl Actor for Scan {
    fn act(&mut self, now: Moment, stage: &mut Stage) -> Option<Moment> {
        if self.next == self.probes || now >= self.end {
            return None;
        }
        let (host, place) = (self.next / self.ports.len() as u64, (self.next % self.ports.len() as u64) as usize);
        self.next += 1;
        let after = now.plus(super::gap(self.packets_per_second, &mut self.draw));
        let mut draw = stage.draw(&[super::ATTACKS, self.attack as u64, self.next]);
        let target = stage.host(self.to, host, self.family)?;
        if target.address == self.scanner.address {
            return Some(after);
        }
        let port = self.ports[place];
        let facts = &mut stage.attacks[self.attack];
        facts.flows += 1;
        facts.actors.add_once(self.scanner.address);
        if place == 0 {
            facts.targets.add(target.address);
        }
        if host == 0 {
            facts.ports.add(port);
        }
        let ports = [self.source_port, port];
        let flow = Flow::new(stage, [self.scanner, target], ports, &mut draw).of_attack(self.attack);
        let found = draw.unit();
        let reply = if found < self.open {
            Reply::Open
        } else if found < self.open + (1.0 - self.open) / 3.0 {
            Reply::Refused
        } else {
            Reply::Silent
        };
        let sequence = draw.bits();
        let rest = draw.millis(2, 120);
        stage.begin(now, Probe { flow, reply, sequence: [sequence as u32, (sequence >> 32) as u32], step: 0, rest });
        Some(after)
    }
}

/// What a probe finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reply {
    /// The port takes connections: SYN and ACK come back, and the scanner resets.
    Open,
    /// Nobody listens: a reset comes back.
    Refused,
    /// Nothing comes back.
    Silent,
}

struct Probe {
    flow: Flow,
    reply: Reply,
    sequence: [u32; 2],
    step: u8,
    rest: Duration,
}

impl Probe {
    fn segment(
        &mut self,
        now: Moment,
        stage: &mut Stage,
        forward: bool,
        bits: u8,
        sequence: u32,
        acknowledgement: u32,
    ) {
        let header = self.flow.header(forward);
        let (source_port, destination_port) = self.flow.ports(forward);
        let window = if bits & flags::RST != 0 { 0 } else { 1024 };
        let mss = self.flow.largest_segment() as u16;
        let segment = Segment { source_port, destination_port, sequence, acknowledgement, flags: bits, window, mss };
        let packet = transport::tcp(&header, &segment, None);
        self.flow.send(stage, Departure { now, forward, header: &header, protocol: TCP, forged_path: None }, packet);
    }
}

impl Actor for Probe {
    fn act(&mut self, now: Moment, stage: &mut Stage) -> Option<Moment> {
        let [own, other] = self.sequence;
        self.step += 1;
        match (self.step, self.reply) {
            (1, reply) => {
                self.segment(now, stage, true, flags::SYN, own, 0);
                (reply != Reply::Silent).then(|| now.plus(self.rest))
            }
            (2, Reply::Open) => {
                self.segment(now, stage, false, flags::SYN | flags::ACK, other, own.wrapping_add(1));
                Some(now.plus(self.rest / 2))
            }
            (2, Reply::Refused) => {
                self.segment(now, stage, false, flags::RST | flags::ACK, 0, own.wrapping_add(1));
                None
            }
            (3, Reply::Open) => {
                self.segment(now, stage, true, flags::RST, own.wrapping_add(1), 0);
                None
            }
            _ => None,
        }
    }
}
