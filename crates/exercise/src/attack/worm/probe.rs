//! One infected host at work: whom it probes next, and what comes of it.

use std::time::Duration;

use blueline_terms::Moment;
use blueline_terms::tcp as flags;

use super::outbreak::{Contact, Place};
use super::{Manner, Published, code_red, conficker, mirai, slammer};
use crate::packet::transport::{self, Segment, TCP};
use crate::random::Draw;
use crate::scenario::{Family, Who, Worm, WormShape};
use crate::traffic::Actor;
use crate::traffic::flow::{Departure, Flow};
use crate::traffic::stage::{Host, Stage};
use crate::traffic::tcp::Tcp;
use crate::traffic::udp;

/// A full-period linear congruential generator (Knuth, The Art of Computer Programming 2, section 3.2.1.2, theorem A),
/// which is how worms choose targets: no number comes twice until all have come.
pub(super) struct Cycle {
    space: u64,
    mask: u64,
    increment: u64,
    state: u64,
    left: u64,
}

/// One more than a multiple of 4, as the theorem asks of a modulus that is a power of two.
const MULTIPLIER: u64 = 214_013;

impl Cycle {
    pub(super) fn new(space: u64, draw: &mut Draw) -> Self {
        let modulus = space.max(1).next_power_of_two().max(4);
        let mask = modulus - 1;
        Self { space, mask, increment: draw.bits() & mask | 1, state: draw.bits() & mask, left: modulus }
    }
}

impl Iterator for Cycle {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        while self.left > 0 {
            self.left -= 1;
            self.state = self.state.wrapping_mul(MULTIPLIER).wrapping_add(self.increment) & self.mask;
            // Its low bits hardly vary; they are the low bits of a host's number and decide little.
            if self.state < self.space {
                return Some(self.state);
            }
        }
        None
    }
}

/// An infected host.
pub(super) struct Probing {
    pub(super) host: Host,
    /// Its own group among those who are probed.
    pub(super) own: Option<usize>,
    pub(super) attack: usize,
    pub(super) end: Moment,
    pub(super) published: &'static Published,
    pub(super) worm: Worm,
    pub(super) cycle: Cycle,
    pub(super) source_port: u16,
    pub(super) draw: Draw,
}

impl Probing {
    /// When the first probe of a host leaves that was infected now.
    pub(super) fn first(&self, now: Moment) -> Moment {
        now.plus(super::super::gap(self.worm.probes_per_second, &mut self.draw.clone()))
    }
}

impl Actor for Probing {
    fn act(&mut self, now: Moment, stage: &mut Stage) -> Option<Moment> {
        if now >= self.end {
            return None;
        }
        let after = now.plus(super::super::gap(self.worm.probes_per_second, &mut self.draw));
        let place = self.next_place(stage)?;
        let outbreak = stage.attacks[self.attack].outbreak.as_ref()?;
        let target = stage.host(Who::Side(outbreak.side(place)), place.number, Family::V4)?;
        if target.address != self.host.address {
            self.probe(now, stage, place, target);
        }
        Some(after)
    }
}

impl Probing {
    fn next_place(&mut self, stage: &mut Stage) -> Option<Place> {
        let outbreak = stage.attacks[self.attack].outbreak.as_ref()?;
        if let Some(own) = self.own.filter(|_| self.published.own_side > 0.0)
            && self.draw.chance(self.published.own_side)
        {
            return outbreak.within(own, &mut self.draw);
        }
        if let Some(number) = self.cycle.next() {
            return outbreak.place(number);
        }
        // All of the space has been probed: once more, from another port, in another order.
        self.cycle = Cycle::new(outbreak.space(), &mut self.draw);
        let place = self.cycle.next().and_then(|number| outbreak.place(number));
        self.source_port = stage.next_port(self.host.address, &mut self.draw);
        place
    }

    fn probe(&mut self, now: Moment, stage: &mut Stage, place: Place, target: Host) {
        match self.published.manner {
            Manner::Datagram { port } => self.datagram(now, stage, place, target, port),
            Manner::Conversation { port } => self.knock(now, stage, place, target, port, false),
            Manner::Telnet => {
                let port = mirai::port(&mut self.draw);
                self.knock(now, stage, place, target, port, true);
            }
        }
    }

    fn flow(&mut self, stage: &mut Stage, target: Host, ports: [u16; 2]) -> Flow {
        let facts = &mut stage.attacks[self.attack];
        facts.flows += 1;
        facts.ports.add_once(ports[1]);
        Flow::new(stage, [self.host, target], ports, &mut self.draw).of_attack(self.attack)
    }

    fn datagram(&mut self, now: Moment, stage: &mut Stage, place: Place, target: Host, port: u16) {
        let mut flow = self.flow(stage, target, [self.source_port, port]);
        let payload = slammer::datagram(&mut self.draw);
        udp::send(&mut flow, stage, now, true, &payload);
        let moment = now.plus(self.draw.millis(1, 60));
        let contact = Contact { moment, by: Some(self.host), host: target, seen_by: stage.awake(flow.seen(), now) };
        let (attack, end) = (self.attack, self.end);
        maybe_infect(stage, Falling { place, contact, attack, end, worm: self.worm.clone() });
    }

    /// A SYN; whoever is there refuses, whoever is vulnerable talks. `marked` leaves the worm's mark in the SYN and lets
    /// the host's own TCP, which knows nothing of it, reset what comes back.
    fn knock(&mut self, now: Moment, stage: &mut Stage, place: Place, target: Host, port: u16, marked: bool) {
        let outbreak = stage.attacks[self.attack].outbreak.as_ref();
        let (exists, vulnerable) =
            outbreak.map_or((false, false), |outbreak| (outbreak.exists(place), outbreak.is_vulnerable(place)));
        let answer = match (vulnerable, exists) {
            (true, _) => Some(flags::SYN | flags::ACK),
            (false, true) => Some(flags::RST | flags::ACK),
            (false, false) => None,
        };
        let mut at = now;
        if marked || !vulnerable {
            let source_port =
                if marked { self.source_port } else { stage.next_port(self.host.address, &mut self.draw) };
            let flow = self.flow(stage, target, [source_port, port]);
            let number = if marked { target.address.bits() as u32 } else { self.draw.bits() as u32 };
            let rest = self.draw.millis(2, 80);
            at = now.plus(rest * 2);
            stage.begin(now, Knock { flow, number, other: self.draw.bits() as u32, answer, rest, step: 0 });
        }
        if vulnerable {
            let visit = Visit {
                host: self.host,
                target,
                place,
                port,
                attack: self.attack,
                end: self.end,
                worm: self.worm.clone(),
                draw: self.draw.clone(),
            };
            self.draw.bits();
            stage.begin(at, visit);
        }
    }
}

/// Infects a vulnerable host when its moment comes, if nobody has reached it before.
fn maybe_infect(stage: &mut Stage, falling: Falling) {
    let outbreak = stage.attacks[falling.attack].outbreak.as_mut();
    if outbreak.is_some_and(|outbreak| outbreak.reach(falling.place)) {
        stage.begin(falling.contact.moment, falling);
    }
}

/// A conversation with a vulnerable host, which infects it at its end.
struct Visit {
    host: Host,
    target: Host,
    place: Place,
    port: u16,
    attack: usize,
    end: Moment,
    worm: Worm,
    draw: Draw,
}

impl Actor for Visit {
    fn act(&mut self, now: Moment, stage: &mut Stage) -> Option<Moment> {
        let facts = &mut stage.attacks[self.attack];
        facts.flows += 1;
        facts.ports.add_once(self.port);
        let source_port = stage.next_port(self.host.address, &mut self.draw);
        let ends = [self.host, self.target];
        let flow = Flow::new(stage, ends, [source_port, self.port], &mut self.draw).of_attack(self.attack);
        let turns = match self.worm.shape {
            WormShape::CodeRed => code_red::conversation(&mut self.draw),
            WormShape::Mirai => mirai::conversation(&mut self.draw),
            WormShape::Conficker | WormShape::Slammer => conficker::conversation(&mut self.draw),
        };
        let delay = turns.iter().map(|turn| turn.wait).sum::<Duration>() + self.draw.millis(100, 300);
        let contact = Contact {
            moment: now.plus(delay),
            by: Some(self.host),
            host: self.target,
            seen_by: stage.awake(flow.seen(), now),
        };
        let (place, attack, end) = (self.place, self.attack, self.end);
        maybe_infect(stage, Falling { place, contact, attack, end, worm: self.worm.clone() });
        stage.begin(now, Tcp::new(flow, Box::new(turns.into_iter()), self.draw.clone()));
        None
    }
}

/// A host on the point of being infected.
struct Falling {
    place: Place,
    contact: Contact,
    attack: usize,
    end: Moment,
    worm: Worm,
}

impl Actor for Falling {
    fn act(&mut self, now: Moment, stage: &mut Stage) -> Option<Moment> {
        if now >= self.end {
            return None;
        }
        let host = self.contact.host;
        let facts = &mut stage.attacks[self.attack];
        facts.actors.add(host.address);
        facts.targets.add(host.address);
        if let Some(outbreak) = &mut facts.outbreak {
            outbreak.infect(self.contact);
        }
        super::spread(stage, now, host, Some(self.place), self.attack, self.end, &self.worm);
        None
    }
}

/// A SYN and what it meets.
struct Knock {
    flow: Flow,
    number: u32,
    other: u32,
    /// The flags that come back.
    answer: Option<u8>,
    rest: Duration,
    step: u8,
}

impl Actor for Knock {
    fn act(&mut self, now: Moment, stage: &mut Stage) -> Option<Moment> {
        let acknowledged = self.number.wrapping_add(1);
        let (forward, bits, sequence, acknowledgement) = match (self.step, self.answer) {
            (0, _) => (true, flags::SYN, self.number, 0),
            (1, Some(bits)) if bits & flags::SYN != 0 => (false, bits, self.other, acknowledged),
            (1, Some(bits)) => (false, bits, 0, acknowledged),
            _ => (true, flags::RST, acknowledged, 0),
        };
        let header = self.flow.header(forward);
        let (source_port, destination_port) = self.flow.ports(forward);
        let mss = self.flow.largest_segment() as u16;
        let window = if bits & flags::RST == 0 { 64_240 } else { 0 };
        let segment = Segment { source_port, destination_port, sequence, acknowledgement, flags: bits, window, mss };
        let packet = transport::tcp(&header, &segment, None);
        self.flow.send(stage, Departure { now, forward, header: &header, protocol: TCP, forged_path: None }, packet);
        self.step += 1;
        let last = match self.answer {
            None => 1,
            Some(bits) if bits & flags::SYN != 0 => 3,
            Some(_) => 2,
        };
        (self.step < last).then(|| now.plus(self.rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_cycle_meets_every_number_once() {
        for space in [1, 2, 5, 1000, 4096, 70_000] {
            let numbers: Vec<u64> = Cycle::new(space, &mut Draw::new(3, &[space])).collect();
            assert_eq!(numbers.len() as u64, space);
            assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len() as u64, space);
        }
    }

    #[test]
    fn a_part_of_a_cycle_is_spread_evenly() {
        let space = 131_068;
        let part: Vec<u64> = Cycle::new(space, &mut Draw::new(3, &[])).take(8000).collect();
        for tenth in 0..10 {
            let within = part.iter().filter(|&&n| n * 10 / space == tenth).count();
            assert!((650..950).contains(&within), "{within} in tenth {tenth}");
        }
    }
}
