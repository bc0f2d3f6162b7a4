//! Backscatter: somebody elsewhere is flooded under forged addresses and answers their owners, who never asked.

use blueline_terms::tcp as flags;
use blueline_terms::{Moment, Side};

use super::{About, scan, vectors};
use crate::packet::network::Header;
use crate::packet::transport::{self, ICMP, ICMPV6, Segment, Slice, TCP};
use crate::payload::Payload;
use crate::random::{Draw, scramble};
use crate::scenario::{Attack, BackscatterAnswer, Family, Method, Who};
use crate::traffic::Actor;
use crate::traffic::flow::{Departure, Flow};
use crate::traffic::ping::echo;
use crate::traffic::stage::{Host, Stage};

pub(super) static ABOUT: About = About {
    table: "backscatter",
    kind: "backscatter",
    finding: "scan.backscatter",
    title: "Backscatter: a flood's victim elsewhere answers sources that were forged; nobody here is attacked.",
    source: "Moore, Voelker and Savage, \"Inferring Internet Denial-of-Service Activity\", USENIX Security 2001",
    vectors: vectors!(BackscatterAnswer),
};

pub(super) fn enter(stage: &mut Stage, place: usize, attack: &Attack, mut draw: Draw) {
    let Method::Backscatter { answer, to, port, packets_per_second } = attack.method else { return };
    let world = Who::Side(Side::World);
    let number = stage.any_server(world, &mut draw);
    let Some(victim) = stage.host(world, number, attack.family) else { return };
    let room = stage.room(to, attack.family);
    // Where the answers begin in the space of those who never asked; they go through it in an order that looks like none.
    let first = draw.below(room.max(1));
    let actor = Answers {
        answer,
        victim,
        to,
        port,
        packets_per_second,
        family: attack.family,
        first,
        room,
        end: attack.end,
        attack: place,
        sent: 0,
        draw,
    };
    stage.begin(attack.start, actor);
}

struct Answers {
    answer: BackscatterAnswer,
    victim: Host,
    to: Who,
    port: u16,
    packets_per_second: f64,
    family: Family,
    first: u64,
    /// How many addresses were forged.
    room: u64,
    end: Moment,
    attack: usize,
    sent: u64,
    draw: Draw,
}

impl Actor for Answers {
    fn act(&mut self, now: Moment, stage: &mut Stage) -> Option<Moment> {
        if now >= self.end {
            return None;
        }
        let (place, round) = (self.sent % self.room.max(1), self.sent / self.room.max(1));
        let ported = matches!(self.answer, BackscatterAnswer::SynAck | BackscatterAnswer::Reset);
        // Without ports, an address that comes again would be the same flow.
        if round > 0 && !ported {
            return None;
        }
        self.sent += 1;
        let target = stage.host(self.to, self.first + place, self.family)?;
        let forged_port = 1024 + ((scramble(place) % 60_000 + round) % 60_000) as u16;
        let facts = &mut stage.attacks[self.attack];
        facts.flows += 1;
        facts.actors.add_once(self.victim.address);
        if round == 0 {
            facts.targets.add(target.address);
        }
        let ports = if ported { [self.port, forged_port] } else { [0, 0] };
        let mut flow = Flow::new(stage, [self.victim, target], ports, &mut self.draw).of_attack(self.attack);
        self.packet(now, stage, &mut flow, forged_port);
        Some(now.plus(super::gap(self.packets_per_second, &mut self.draw)))
    }
}

impl Answers {
    fn packet(&mut self, now: Moment, stage: &mut Stage, flow: &mut Flow, forged_port: u16) {
        let v4 = self.family == Family::V4;
        let header = flow.header(true);
        let (protocol, packet) = match self.answer {
            BackscatterAnswer::SynAck => {
                (TCP, transport::tcp(&header, &self.segment(flags::SYN | flags::ACK, forged_port), None))
            }
            BackscatterAnswer::Reset => {
                (TCP, transport::tcp(&header, &self.segment(flags::RST | flags::ACK, forged_port), None))
            }
            BackscatterAnswer::EchoReply => {
                let body = echo(self.draw.bits() as u16, 1);
                (if v4 { ICMP } else { ICMPV6 }, transport::icmp(&header, if v4 { 0 } else { 129 }, 0, &body))
            }
            BackscatterAnswer::Unreachable => {
                let unwelcome = self.unwelcome(stage, flow, forged_port);
                scan::unreachable(now, stage, flow, &unwelcome);
                return;
            }
        };
        flow.send(stage, Departure { now, forward: true, header: &header, protocol, forged_path: None }, packet);
    }

    fn segment(&mut self, bits: u8, forged_port: u16) -> Segment {
        let open = bits & flags::SYN != 0;
        let numbers = self.draw.bits();
        Segment {
            source_port: self.port,
            destination_port: forged_port,
            sequence: if open { numbers as u32 } else { 0 },
            acknowledgement: (numbers >> 32) as u32,
            flags: bits,
            window: if open { 64_240 } else { 0 },
            mss: 1460,
        }
    }

    /// The datagram of the flood that the victim had no ear for.
    fn unwelcome(&mut self, stage: &Stage, flow: &Flow, forged_port: u16) -> Vec<u8> {
        let [victim, forged] = flow.ends;
        let header = Header {
            source: forged.address,
            destination: victim.address,
            ttl: 52,
            id: self.draw.bits() as u32 & 0xffff,
            label: 0,
        };
        let payload = Payload::noisy([], 64, &mut self.draw);
        let slice = Slice { payload: &payload, pools: &stage.pools, start: 0, length: 64 };
        transport::udp(&header, (forged_port, self.port), Some(slice))
    }
}
