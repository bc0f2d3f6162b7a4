//! Reflections: open servers answer requests that bear the victim's address. One file a protocol.

mod bacnet;
mod ber;
mod chargen;
mod cldap;
mod dns;
mod dvr;
mod ike;
mod memcached;
mod ntp;
mod snmp;
mod ssdp;
mod synack;

use std::time::Duration;

use blueline_terms::tcp as flags;
use blueline_terms::{Moment, Side};

use super::{About, vectors};
use crate::packet::transport::{self, Segment, Slice, TCP, UDP};
use crate::payload::Payload;
use crate::random::{Draw, scramble};
use crate::scenario::{Attack, Method, ReflectionVector, Who};
use crate::traffic::Actor;
use crate::traffic::flow::{Departure, Flow};
use crate::traffic::stage::Stage;

pub(super) static ABOUT: About = About {
    table: "reflection",
    kind: "reflection",
    finding: "ddos.reflection",
    title: "Reflections: a victim's address is forged in requests to open servers, and their larger answers hit it.",
    source: "US-CERT alert TA14-017A (factors); Rossow, \"Amplification Hell\", NDSS 2014",
    vectors: vectors!(ReflectionVector),
};

/// A protocol that reflects.
struct Reflected {
    /// The port that open servers answer from.
    port: u16,
    /// How many answers a request brings.
    answers: u16,
    messages: Messages,
}

/// What is said.
enum Messages {
    /// Datagrams: the request, and the answer with this place in the order of all.
    Datagrams { request: fn(&mut Draw) -> Payload, answer: fn(u16, &mut Draw) -> Payload },
    /// A TCP handshake that the victim never began.
    Handshakes,
}

const fn protocol(vector: ReflectionVector) -> &'static Reflected {
    match vector {
        ReflectionVector::Dns => &dns::PROTOCOL,
        ReflectionVector::Ntp => &ntp::PROTOCOL,
        ReflectionVector::Memcached => &memcached::PROTOCOL,
        ReflectionVector::Snmp => &snmp::PROTOCOL,
        ReflectionVector::Ssdp => &ssdp::PROTOCOL,
        ReflectionVector::Cldap => &cldap::PROTOCOL,
        ReflectionVector::Chargen => &chargen::PROTOCOL,
        ReflectionVector::Bacnet => &bacnet::PROTOCOL,
        ReflectionVector::Dvr => &dvr::PROTOCOL,
        ReflectionVector::Ike => &ike::PROTOCOL,
        ReflectionVector::SynAck => &synack::PROTOCOL,
    }
}

/// Begins one actor for each reflector.
pub(super) fn enter(stage: &mut Stage, place: usize, attack: &Attack, mut draw: Draw) {
    let Method::Reflection { vector, victim, actor, reflectors, answers_per_second } = attack.method else { return };
    let number = stage.any_server(victim, &mut draw);
    let Some(victim) = stage.host(victim, number, attack.family) else { return };
    let world = Who::Side(Side::World);
    let (ordinary, _) = stage.hosts(world);
    let each = answers_per_second / f64::from(reflectors);
    let protocol = protocol(vector);
    for number in 0..u64::from(reflectors) {
        let mut draw = stage.draw(&[super::ATTACKS, place as u64, number]);
        // Reflectors are none of the world's ordinary hosts.
        let Some(reflector) = stage.host(world, ordinary + number, attack.family) else { continue };
        let port = stage.next_port(victim.address, &mut draw);
        let flow = Flow::new(stage, [reflector, victim], [protocol.port, port], &mut draw).of_attack(place);
        let first = draw.exponential(1e9 / each);
        let start = attack.start.plus(Duration::from_nanos(first));
        let forged_path = (actor != Side::World).then_some((actor, Side::World));
        let sequence = draw.bits() as u16;
        stage.begin(
            start,
            Reflector {
                flow,
                protocol,
                each,
                end: attack.end,
                draw,
                attack: place,
                forged_path,
                sequence,
                due: 0,
                told: false,
            },
        );
    }
}

struct Reflector {
    flow: Flow,
    protocol: &'static Reflected,
    /// Answers a second.
    each: f64,
    end: Moment,
    draw: Draw,
    attack: usize,
    /// The way of the forged requests, where a sensor could see them.
    forged_path: Option<(Side, Side)>,
    sequence: u16,
    /// Answers that have been asked for.
    due: u16,
    /// Whether the truth knows of this reflector.
    told: bool,
}

impl Actor for Reflector {
    fn act(&mut self, now: Moment, stage: &mut Stage) -> Option<Moment> {
        // What has been asked for is still answered.
        if now >= self.end && self.due == 0 {
            return None;
        }
        if !self.told {
            self.told = true;
            let [reflector, victim] = self.flow.ends;
            let facts = &mut stage.attacks[self.attack];
            facts.flows += 1;
            facts.actors.add(reflector.address);
            facts.targets.add_once(victim.address);
            facts.ports.add_once(self.protocol.port);
        }
        if let Some(path) = self.forged_path.filter(|_| self.due == 0) {
            self.request(now, stage, path);
            self.due = self.protocol.answers;
            return Some(now.plus(self.draw.millis(4, 90)));
        }
        self.due = self.due.saturating_sub(1);
        self.answer(now, stage);
        self.sequence = self.sequence.wrapping_add(1);
        // Answers to one request follow each other closely.
        if self.due > 0 {
            return Some(now.plus(self.draw.wait(Duration::from_micros(20), Duration::from_millis(1))));
        }
        let answers = if self.forged_path.is_some() { f64::from(self.protocol.answers) } else { 1.0 };
        Some(now.plus(Duration::from_nanos(self.draw.exponential(1e9 * answers / self.each))))
    }
}

impl Reflector {
    fn request(&mut self, now: Moment, stage: &mut Stage, path: (Side, Side)) {
        match self.protocol.messages {
            Messages::Datagrams { request, .. } => {
                let payload = request(&mut self.draw);
                self.datagram(now, stage, Some(path), &payload);
            }
            Messages::Handshakes => self.segment(now, stage, Some(path)),
        }
    }

    fn answer(&mut self, now: Moment, stage: &mut Stage) {
        match self.protocol.messages {
            Messages::Datagrams { answer, .. } => {
                let payload = answer(self.sequence, &mut self.draw);
                self.datagram(now, stage, None, &payload);
            }
            Messages::Handshakes => self.segment(now, stage, None),
        }
    }

    /// The request on this way, or the answer.
    fn datagram(&mut self, now: Moment, stage: &mut Stage, forged_path: Option<(Side, Side)>, payload: &Payload) {
        let forward = forged_path.is_none();
        let header = self.flow.header(forward);
        let slice = Slice { payload, pools: &stage.pools, start: 0, length: payload.length() };
        let packet = transport::udp(&header, self.flow.ports(forward), Some(slice));
        self.flow.send(stage, Departure { now, forward, header: &header, protocol: UDP, forged_path }, packet);
    }

    /// A SYN on this way, or one of the answers to it, which all bear the same numbers.
    fn segment(&mut self, now: Moment, stage: &mut Stage, forged_path: Option<(Side, Side)>) {
        let forward = forged_path.is_none();
        let numbers = scramble(u64::from(self.sequence / self.protocol.answers) ^ u64::from(self.flow.ports[1]) << 16);
        let (syn, ack) = (numbers as u32, (numbers >> 32) as u32);
        let (source_port, destination_port) = self.flow.ports(forward);
        let segment = Segment {
            source_port,
            destination_port,
            sequence: if forward { ack } else { syn },
            acknowledgement: if forward { syn.wrapping_add(1) } else { 0 },
            flags: if forward { flags::SYN | flags::ACK } else { flags::SYN },
            window: 64_240,
            mss: self.flow.largest_segment() as u16,
        };
        let header = self.flow.header(forward);
        let packet = transport::tcp(&header, &segment, None);
        self.flow.send(stage, Departure { now, forward, header: &header, protocol: TCP, forged_path }, packet);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes of all answers for a byte of the request, UDP payloads alone: the "bandwidth amplification factor".
    fn factor(vector: ReflectionVector) -> f64 {
        let mut draw = Draw::new(1, &[vector as u64]);
        let protocol = protocol(vector);
        let Messages::Datagrams { request, answer } = protocol.messages else { return 1.0 };
        let (mut asked, mut told) = (0, 0);
        for round in 0..200 {
            asked += request(&mut draw).length();
            for place in 0..protocol.answers {
                told += answer(round * protocol.answers + place, &mut draw).length();
            }
        }
        told as f64 / asked as f64
    }

    #[test]
    fn factors_are_those_of_the_alert() {
        for (vector, low, high) in [
            (ReflectionVector::Dns, 28.0, 84.0),
            (ReflectionVector::Ntp, 500.0, 600.0),
            (ReflectionVector::Snmp, 6.0, 6.6),
            (ReflectionVector::Ssdp, 29.0, 33.0),
            (ReflectionVector::Cldap, 56.0, 70.0),
            (ReflectionVector::Chargen, 330.0, 390.0),
            (ReflectionVector::Memcached, 10_000.0, 51_000.0),
        ] {
            let factor = factor(vector);
            assert!((low..=high).contains(&factor), "{}: {factor}", vector.word());
        }
    }
}
