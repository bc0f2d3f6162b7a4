//! Floods of requests: many real hosts, each request in a conversation of its own with handshake and goodbye.

use blueline_terms::{Moment, Side};

use crate::application::web;
use crate::random::Draw;
use crate::scenario::{Attack, Family, Method, Who};
use crate::traffic::Actor;
use crate::traffic::flow::Flow;
use crate::traffic::stage::{Host, Stage};
use crate::traffic::tcp::Tcp;

pub(super) fn enter(stage: &mut Stage, place: usize, attack: &Attack, mut draw: Draw) {
    let Method::Flood { actor, to, port, packets_per_second, packets, sources, .. } = attack.method else { return };
    let number = stage.any_server(to, &mut draw);
    let Some(target) = stage.host(to, number, attack.family) else { return };
    let requests = Requests {
        actor,
        target,
        port,
        host: format!("www{number}.{}", stage.scenario.group(stage.side(to)).domain),
        requests_per_second: packets_per_second,
        bots: sources.unwrap_or(1).max(1),
        left: packets.unwrap_or(u64::MAX),
        sent: 0,
        family: attack.family,
        end: attack.end,
        attack: place,
        draw,
    };
    stage.begin(attack.start, requests);
}

struct Requests {
    actor: Side,
    target: Host,
    port: u16,
    /// The name that is asked for.
    host: String,
    requests_per_second: f64,
    bots: u64,
    left: u64,
    sent: u64,
    family: Family,
    end: Moment,
    attack: usize,
    draw: Draw,
}

impl Actor for Requests {
    fn act(&mut self, now: Moment, stage: &mut Stage) -> Option<Moment> {
        if self.left == 0 || now >= self.end {
            return None;
        }
        let (bot, round) = (self.sent % self.bots, self.sent / self.bots);
        self.left -= 1;
        self.sent += 1;
        let actor = Who::Side(self.actor);
        // Bots are clients like others; the first of them is the first that does not serve.
        let from = stage.host(actor, stage.hosts(actor).1 + bot, self.family)?;
        let after = now.plus(super::super::gap(self.requests_per_second, &mut self.draw));
        if from.address == self.target.address {
            return Some(after);
        }
        let mut draw = stage.draw(&[super::super::ATTACKS, self.attack as u64, self.sent]);
        let facts = &mut stage.attacks[self.attack];
        facts.flows += 1;
        if round == 0 {
            facts.actors.add(from.address);
        }
        facts.targets.add_once(self.target.address);
        facts.ports.add_once(self.port);
        let port = stage.next_port(from.address, &mut draw);
        let flow = Flow::new(stage, [from, self.target], [port, self.port], &mut draw).of_attack(self.attack);
        let dialogue = Box::new(web::flooding(bot, &self.host, &mut draw).into_iter());
        stage.begin(now, Tcp::new(flow, dialogue, draw));
        Some(after)
    }
}
