//! Reflections: open servers answer requests that bear the victim's address.

use std::time::Duration;

use blueline_terms::{Moment, Side};

use crate::application::{dns, ntp};
use crate::packet::transport::{self, Slice, UDP};
use crate::payload::Payload;
use crate::random::Draw;
use crate::scenario::{Attack, Method, ReflectionVector, Who};
use crate::traffic::Actor;
use crate::traffic::flow::{Departure, Flow};
use crate::traffic::stage::Stage;
use crate::traffic::udp;

const MEMCACHED_PORT: u16 = 11_211;

/// Begins one actor for each reflector.
pub(super) fn enter(stage: &mut Stage, place: usize, attack: &Attack, mut draw: Draw) {
    let Method::Reflection { vector, victim, actor, reflectors, answers_per_second } = attack.method else { return };
    let number = stage.any_server(victim, &mut draw);
    let Some(victim) = stage.host(victim, number, attack.family) else { return };
    let world = Who::Side(Side::World);
    let (ordinary, _) = stage.hosts(world);
    let each = answers_per_second / f64::from(reflectors);
    for number in 0..u64::from(reflectors) {
        let mut draw = stage.draw(&[super::ATTACKS, place as u64, number]);
        // Reflectors are none of the world's ordinary hosts.
        let Some(reflector) = stage.host(world, ordinary + number, attack.family) else { continue };
        let port = stage.next_port(victim.address, &mut draw);
        let flow = Flow::new(stage, [reflector, victim], [vector.port(), port], &mut draw).of_attack(place);
        let first = draw.exponential(1e9 / each);
        let start = attack.start.plus(Duration::from_nanos(first));
        let forged_path = (actor != Side::World).then_some((actor, Side::World));
        let sequence = draw.bits() as u16;
        stage.begin(
            start,
            Reflector {
                flow,
                vector,
                each,
                end: attack.end,
                draw,
                attack: place,
                forged_path,
                sequence,
                asked: false,
                told: false,
            },
        );
    }
}

impl ReflectionVector {
    /// The port that the open servers answer from.
    pub(crate) const fn port(self) -> u16 {
        match self {
            Self::Dns => dns::PORT,
            Self::Ntp => ntp::PORT,
            Self::Memcached => MEMCACHED_PORT,
        }
    }

    fn question(self, draw: &mut Draw) -> Payload {
        match self {
            Self::Dns => dns::reflecting(draw),
            Self::Ntp => ntp::reflecting(),
            Self::Memcached => {
                let mut out = memcached_frame(draw.bits() as u16, 0, 1);
                out.extend_from_slice(b"get a\r\n");
                Payload::plain(out)
            }
        }
    }

    fn answer(self, sequence: u16, draw: &mut Draw) -> Payload {
        match self {
            Self::Dns => dns::reflected(draw),
            Self::Ntp => ntp::reflected(draw),
            Self::Memcached => memcached_answer(sequence, draw),
        }
    }
}

struct Reflector {
    flow: Flow,
    vector: ReflectionVector,
    /// Answers a second.
    each: f64,
    end: Moment,
    draw: Draw,
    attack: usize,
    /// The way of the forged requests, where a sensor could see them.
    forged_path: Option<(Side, Side)>,
    sequence: u16,
    /// Whether the request for the next answer has been sent.
    asked: bool,
    /// Whether the truth knows of this reflector.
    told: bool,
}

impl Reflector {
    fn ask(&mut self, now: Moment, stage: &mut Stage, path: (Side, Side)) {
        let payload = self.vector.question(&mut self.draw);
        let header = self.flow.header(false);
        let slice = Slice { payload: &payload, pools: &stage.pools, start: 0, length: payload.length() };
        let packet = transport::udp(&header, self.flow.ports(false), Some(slice));
        let departure = Departure { now, forward: false, header: &header, protocol: UDP, forged_path: Some(path) };
        self.flow.send(stage, departure, packet);
    }
}

impl Actor for Reflector {
    fn act(&mut self, now: Moment, stage: &mut Stage) -> Option<Moment> {
        if now >= attack_end(self.end, self.asked) {
            return None;
        }
        if !self.told {
            self.told = true;
            let [reflector, victim] = self.flow.ends;
            let facts = &mut stage.attacks[self.attack];
            facts.flows += 1;
            facts.actors.add(reflector.address);
            facts.targets.add_once(victim.address);
            facts.ports.add_once(self.vector.port());
        }
        if let Some(path) = self.forged_path.filter(|_| !self.asked) {
            self.ask(now, stage, path);
            self.asked = true;
            return Some(now.plus(self.draw.millis(4, 90)));
        }
        self.asked = false;
        let payload = self.vector.answer(self.sequence, &mut self.draw);
        self.sequence = self.sequence.wrapping_add(1);
        udp::send(&mut self.flow, stage, now, true, &payload);
        Some(now.plus(Duration::from_nanos(self.draw.exponential(1e9 / self.each))))
    }
}

/// What has been asked for is still answered.
fn attack_end(end: Moment, asked: bool) -> Moment {
    if asked { Moment::MAX } else { end }
}

/// The header of memcached's UDP protocol: request, place of the datagram, datagrams in all, reserved.
fn memcached_frame(request: u16, place: u16, total: u16) -> Vec<u8> {
    let words = [request, place, total, 0];
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// One datagram of the answer to `get` for a value of 200 000 bytes.
fn memcached_answer(sequence: u16, draw: &mut Draw) -> Payload {
    const DATAGRAMS: u16 = 143;
    let place = sequence % DATAGRAMS;
    let mut head = memcached_frame(sequence / DATAGRAMS, place, DATAGRAMS);
    if place == 0 {
        head.extend_from_slice(b"VALUE a 0 200000\r\n");
    }
    let filler = 1408 - head.len();
    Payload::noisy(head, filler, draw)
}
