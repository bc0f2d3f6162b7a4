//! Scans: a probe to many hosts or many ports, and what comes back.

use std::time::Duration;

use blueline_terms::tcp as flags;
use blueline_terms::{Moment, Network};

use super::{About, vectors};
use crate::application::probe;
use crate::packet::transport::{self, ICMP, ICMPV6, Segment, Slice, TCP, UDP};
use crate::packet::{Sensors, link};
use crate::payload::Payload;
use crate::random::Draw;
use crate::scenario::{Attack, Family, Method, ScanProtocol, ScanShape, Who};
use crate::traffic::Actor;
use crate::traffic::flow::{Departure, Flow};
use crate::traffic::ping::echo;
use crate::traffic::stage::{Host, Stage};

pub(super) static ABOUT: About = About {
    table: "scan",
    kind: "scan",
    finding: "scan",
    title: "Scans: a probe to many hosts or many ports, by TCP, UDP, echo, ARP or neighbour discovery, and its answers.",
    source: "RFC 9293, section 3.10.7 (what ports answer); RFC 1122, section 3.2.2.1 (unreachable); RFC 826; RFC 4861",
    vectors: vectors!(ScanShape),
};

pub(super) fn enter(stage: &mut Stage, place: usize, attack: &Attack, mut draw: Draw) {
    let Method::Scan { shape, protocol, from, to, ref ports, targets, packets_per_second, open } = attack.method else {
        return;
    };
    let number = stage.any_client(from, &mut draw);
    let Some(scanner) = stage.host(from, number, attack.family) else { return };
    // A vertical scan aims at the host that serves most.
    let ports: Vec<u16> = match shape {
        ScanShape::Horizontal => ports.clone(),
        ScanShape::Vertical => (1..=targets.min(65_535) as u16).collect(),
        ScanShape::Sweep => vec![0],
    };
    let hosts = if shape == ScanShape::Vertical { 1 } else { u64::from(targets) };
    let source_port = stage.next_port(scanner.address, &mut draw);
    let scan = Scan {
        protocol,
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
        refused_by: None,
        draw,
    };
    stage.begin(attack.start, scan);
}

struct Scan {
    protocol: ScanProtocol,
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
    /// The last host that said that a port is unreachable. It says so once: such answers are limited in rate (RFC 1812,
    /// section 4.3.2.8; RFC 4443, section 2.4).
    refused_by: Option<u64>,
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
        if host == 0 && port > 0 {
            facts.ports.add(port);
        }
        let ports = if port == 0 { [0, 0] } else { [self.source_port, port] };
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
        let sequence = [sequence as u32, (sequence >> 32) as u32];
        match self.protocol {
            ScanProtocol::Tcp => stage.begin(now, TcpProbe { flow, reply, sequence, step: 0, rest }),
            ScanProtocol::Udp => {
                let tells = reply == Reply::Refused && self.refused_by != Some(host);
                if tells {
                    self.refused_by = Some(host);
                }
                let reply = if reply == Reply::Refused && !tells { Reply::Silent } else { reply };
                stage.begin(now, UdpProbe { flow, reply, asked: None, attack: self.attack, rest, draw });
            }
            ScanProtocol::Icmp => stage.begin(now, Echo { flow, answers: reply == Reply::Open, asked: false, rest }),
            ScanProtocol::Neighbour => {
                let answers = reply == Reply::Open;
                stage.begin(now, Neighbour { flow, answers, asked: false, attack: self.attack, rest: rest / 100 });
            }
        }
        Some(after)
    }
}

/// What a probe finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reply {
    /// Somebody is there: over TCP, SYN and ACK come back, and the scanner resets.
    Open,
    /// Nobody listens: a reset comes back, or word that the port is unreachable.
    Refused,
    /// Nothing comes back.
    Silent,
}

struct TcpProbe {
    flow: Flow,
    reply: Reply,
    sequence: [u32; 2],
    step: u8,
    rest: Duration,
}

impl TcpProbe {
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

impl Actor for TcpProbe {
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

struct UdpProbe {
    flow: Flow,
    reply: Reply,
    /// The probe as it went out: a host that refuses sends it back.
    asked: Option<Vec<u8>>,
    attack: usize,
    rest: Duration,
    draw: Draw,
}

impl UdpProbe {
    fn datagram(&mut self, stage: &Stage, forward: bool, payload: &Payload) -> Vec<u8> {
        let header = self.flow.header(forward);
        let length = payload.length();
        let slice = (length > 0).then_some(Slice { payload, pools: &stage.pools, start: 0, length });
        transport::udp(&header, self.flow.ports(forward), slice)
    }

    fn send(&mut self, now: Moment, stage: &mut Stage, forward: bool, packet: Vec<u8>) {
        let header = self.flow.header(forward);
        self.flow.send(stage, Departure { now, forward, header: &header, protocol: UDP, forged_path: None }, packet);
    }
}

impl Actor for UdpProbe {
    fn act(&mut self, now: Moment, stage: &mut Stage) -> Option<Moment> {
        let Some(asked) = self.asked.take() else {
            let payload = probe::question(self.flow.ports[1], &mut self.draw);
            let packet = self.datagram(stage, true, &payload);
            self.asked = Some(packet.clone());
            self.send(now, stage, true, packet);
            return (self.reply != Reply::Silent).then(|| now.plus(self.rest));
        };
        if self.reply == Reply::Open {
            let payload = probe::answer(self.flow.ports[1], &mut self.draw);
            let packet = self.datagram(stage, false, &payload);
            self.send(now, stage, false, packet);
        } else {
            let [scanner, target] = self.flow.ends;
            stage.attacks[self.attack].flows += 1;
            let flow = Flow::new(stage, [target, scanner], [0, 0], &mut self.draw).of_attack(self.attack);
            unreachable(now, stage, &mut flow.answering_elsewhere(), &asked);
        }
        None
    }
}

/// The flow's opener says that a port is unreachable, with the packet that was not welcome (RFC 792; RFC 4443, section
/// 3.1).
pub(super) fn unreachable(now: Moment, stage: &mut Stage, flow: &mut Flow, unwelcome: &[u8]) {
    let header = flow.header(true);
    let mut body = vec![0; 4];
    // As much of it as fits into the least that every host takes (RFC 1812, section 4.3.2.3; RFC 4443, section 2.4).
    let most = if header.is_v4() { 576 - 28 } else { 1280 - 48 };
    body.extend_from_slice(&unwelcome[..unwelcome.len().min(most)]);
    let (protocol, kind, code) = if header.is_v4() { (ICMP, 3, 3) } else { (ICMPV6, 1, 4) };
    let packet = transport::icmp(&header, kind, code, &body);
    flow.send(stage, Departure { now, forward: true, header: &header, protocol, forged_path: None }, packet);
}

struct Echo {
    flow: Flow,
    answers: bool,
    asked: bool,
    rest: Duration,
}

impl Actor for Echo {
    fn act(&mut self, now: Moment, stage: &mut Stage) -> Option<Moment> {
        let forward = !self.asked;
        let header = self.flow.header(forward);
        let (protocol, kind) = match (header.is_v4(), forward) {
            (true, true) => (ICMP, 8),
            (true, false) => (ICMP, 0),
            (false, true) => (ICMPV6, 128),
            (false, false) => (ICMPV6, 129),
        };
        let packet = transport::icmp(&header, kind, 0, &echo(self.rest.as_nanos() as u16, 1));
        self.flow.send(stage, Departure { now, forward, header: &header, protocol, forged_path: None }, packet);
        self.asked = true;
        (forward && self.answers).then(|| now.plus(self.rest))
    }
}

struct Neighbour {
    flow: Flow,
    answers: bool,
    asked: bool,
    attack: usize,
    rest: Duration,
}

impl Actor for Neighbour {
    fn act(&mut self, now: Moment, stage: &mut Stage) -> Option<Moment> {
        let forward = !self.asked;
        let [scanner, target] = self.flow.ends;
        let side = scanner.stand.side;
        let (network, bytes) = if scanner.address.is_v4() {
            let (from, to) = if forward { (scanner, target) } else { (target, scanner) };
            // In IPv6 question and answer are one flow, in ARP they are two (see the truth's description).
            stage.attacks[self.attack].flows += u64::from(!forward);
            (Network::Arp, link::arp_of(side, !forward, from.address, to.address))
        } else {
            (Network::Ipv6, link::neighbour_of(side, forward, scanner.address, target.address))
        };
        // Where there is no link layer, nobody asks for a neighbour.
        let seen = Sensors(stage.sensors_between((side, side)).0 & stage.on_ethernet().0);
        let seen_by = stage.awake(seen, now);
        self.flow.send_on_link(stage, now, forward, network, bytes, seen_by);
        self.asked = true;
        (forward && self.answers).then(|| now.plus(self.rest))
    }
}
