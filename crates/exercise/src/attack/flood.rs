//! Floods from forged sources.

use blueline_terms::{Moment, Side};

use crate::packet::transport::{self, ICMP, ICMPV6, Segment, Slice, TCP, UDP, flags};
use crate::payload::Payload;
use crate::random::{Draw, scramble};
use crate::scenario::{Attack, Family, FloodVector, Method, Who};
use crate::traffic::Actor;
use crate::traffic::flow::{Departure, Flow};
use crate::traffic::ping::echo;
use crate::traffic::stage::{Host, Stage};

const DATAGRAM: usize = 512;

pub(super) fn enter(stage: &mut Stage, place: usize, attack: &Attack, mut draw: Draw) {
    let Method::Flood { vector, to, port, packets_per_second, packets, sources } = attack.method else { return };
    let number = stage.any_server(to, &mut draw);
    let Some(target) = stage.host(to, number, attack.family) else { return };
    let room = crate::hosts::capacity(&stage.scenario.world.prefixes, attack.family == Family::V4);
    let sources = sources.unwrap_or(room).clamp(1, room.max(1));
    let left = match vector {
        // Echo has no ports: a source that comes again would be the same flow. So each comes once.
        FloodVector::Icmp => packets.unwrap_or(sources).min(sources),
        FloodVector::Syn | FloodVector::Udp => packets.unwrap_or(u64::MAX),
    };
    let flood = Torrent {
        vector,
        target,
        port,
        packets_per_second,
        sources,
        left,
        sent: 0,
        family: attack.family,
        end: attack.end,
        attack: place,
        payload: Payload::noisy([], DATAGRAM, &mut draw),
        draw,
    };
    stage.begin(attack.start, flood);
}

struct Torrent {
    vector: FloodVector,
    target: Host,
    port: u16,
    packets_per_second: f64,
    sources: u64,
    left: u64,
    sent: u64,
    family: Family,
    end: Moment,
    attack: usize,
    payload: Payload,
    draw: Draw,
}

impl Actor for Torrent {
    fn act(&mut self, now: Moment, stage: &mut Stage) -> Option<Moment> {
        if self.left == 0 || now >= self.end {
            return None;
        }
        let (source, round) = (self.sent % self.sources, self.sent / self.sources);
        self.left -= 1;
        self.sent += 1;
        let from = stage.host(Who::Side(Side::World), source, self.family)?;
        let facts = &mut stage.attacks[self.attack];
        facts.flows += 1;
        if round == 0 {
            facts.actors.add(from.address);
        }
        facts.targets.add_once(self.target.address);
        // A source that comes again does so from another port: a flow of its own.
        let source_port = 1024 + ((scramble(source) % 60_000 + round) % 60_000) as u16;
        let ports = if self.vector == FloodVector::Icmp { [0, 0] } else { [source_port, self.port] };
        if self.vector != FloodVector::Icmp {
            facts.ports.add_once(self.port);
        }
        let mut flow = Flow::new(stage, [from, self.target], ports, &mut self.draw).of_attack(self.attack);
        self.packet(now, stage, &mut flow);
        Some(now.plus(super::gap(self.packets_per_second, &mut self.draw)))
    }
}

impl Torrent {
    fn packet(&mut self, now: Moment, stage: &mut Stage, flow: &mut Flow) {
        let header = flow.header(true);
        let (source_port, destination_port) = flow.ports(true);
        let (protocol, packet) = match self.vector {
            FloodVector::Syn => {
                let segment = Segment {
                    source_port,
                    destination_port,
                    sequence: self.draw.bits() as u32,
                    acknowledgement: 0,
                    flags: flags::SYN,
                    window: 64_240,
                    mss: 1460,
                };
                (TCP, transport::tcp(&header, &segment, None))
            }
            FloodVector::Udp => {
                let slice = Slice { payload: &self.payload, pools: &stage.pools, start: 0, length: DATAGRAM };
                (UDP, transport::udp(&header, (source_port, destination_port), Some(slice)))
            }
            FloodVector::Icmp => {
                let v6 = self.family == Family::V6;
                let body = echo(self.draw.bits() as u16, 1);
                let protocol = if v6 { ICMPV6 } else { ICMP };
                (protocol, transport::icmp(&header, if v6 { 128 } else { 8 }, 0, &body))
            }
        };
        flow.send(stage, Departure { now, forward: true, header: &header, protocol, forged_path: None }, packet);
    }
}
