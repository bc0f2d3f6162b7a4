//! Floods: packets from forged sources, each of another address; and requests from real hosts, in [`http`].

mod http;
mod packets;

use blueline_terms::{Moment, Side};

use super::{About, vectors};
use crate::payload::Payload;
use crate::random::{Draw, scramble};
use crate::scenario::{Attack, Family, FloodVector, Method, Who};
use crate::traffic::Actor;
use crate::traffic::flow::{Departure, Flow};
use crate::traffic::stage::{Host, Stage};

pub(super) static ABOUT: About = About {
    table: "flood",
    kind: "flood",
    finding: "ddos.flood",
    title: "Floods: packets from forged sources, or requests from many real hosts, to one host.",
    source: "RFC 4732, section 2; RFC 4987 (SYN); RFC 8504, section 5.3 (extension headers); RFC 2131 (DHCP)",
    vectors: vectors!(FloodVector),
};

const DATAGRAM: usize = 512;

pub(super) fn enter(stage: &mut Stage, place: usize, attack: &Attack, mut draw: Draw) {
    let Method::Flood { vector, actor, to, port, packets_per_second, packets, sources } = attack.method else { return };
    if vector == FloodVector::Http {
        http::enter(stage, place, attack, draw);
        return;
    }
    let number = stage.any_server(to, &mut draw);
    let Some(target) = stage.host(to, number, attack.family) else { return };
    let room = crate::hosts::capacity(&stage.scenario.world.prefixes, attack.family == Family::V4);
    let sources = sources.unwrap_or(room).clamp(1, room.max(1));
    let left = match vector {
        // Echo has no ports, DHCP has fixed ones: a source that comes again would be the same flow. So each comes once.
        FloodVector::Icmp | FloodVector::Dhcp => packets.unwrap_or(sources).min(sources),
        FloodVector::Fragment => packets.map_or(u64::MAX, |packets| packets.div_ceil(2)),
        _ => packets.unwrap_or(u64::MAX),
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
        forged_path: (actor != Side::World).then_some((actor, target.stand.side)),
        payload: Payload::noisy([], DATAGRAM, &mut draw),
        domain: stage.scenario.group(stage.side(to)).domain.clone(),
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
    /// The way of the packets, where they do not come from the side that their addresses name.
    forged_path: Option<(Side, Side)>,
    payload: Payload,
    /// Domain name of the target's side.
    domain: String,
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
        let ports = self.ports(source, round);
        let facts = &mut stage.attacks[self.attack];
        facts.flows += 1;
        if round == 0 {
            facts.actors.add(from.address);
        }
        facts.targets.add_once(self.target.address);
        if self.vector != FloodVector::Icmp {
            facts.ports.add_once(self.port);
        }
        let flow = Flow::new(stage, [from, self.target], ports, &mut self.draw).of_attack(self.attack);
        let packets = self.packet(now, stage, flow);
        Some(now.plus(super::gap(self.packets_per_second / f64::from(packets), &mut self.draw)))
    }
}

impl Torrent {
    /// A source that comes again does so from another port: a flow of its own.
    fn ports(&self, source: u64, round: u64) -> [u16; 2] {
        match (self.vector, self.family) {
            (FloodVector::Icmp, _) => [0, 0],
            // As relays and clients do (RFC 1542, section 4.1; RFC 8415, section 7.2).
            (FloodVector::Dhcp, Family::V4) => [67, self.port],
            (FloodVector::Dhcp, Family::V6) => [546, self.port],
            _ => [1024 + ((scramble(source) % 60_000 + round) % 60_000) as u16, self.port],
        }
    }

    /// Sends the next packet, or the two of an unfinished datagram, and says how many they were.
    fn packet(&mut self, now: Moment, stage: &mut Stage, mut flow: Flow) -> u8 {
        let header = flow.header(true);
        let parts = packets::make(self, &header, flow.ports(true), stage);
        let count = parts.bytes.len() as u8;
        let departure =
            Departure { now, forward: true, header: &header, protocol: parts.protocol, forged_path: self.forged_path };
        flow.send_parts(stage, departure, parts.bytes, self.vector == FloodVector::Fragment);
        count
    }
}
