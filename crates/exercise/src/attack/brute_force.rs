//! Guesses at passwords: each in a conversation of its own, from its handshake to the refusal.

use std::time::Duration;

use blueline_terms::Moment;

use super::{About, vectors};
use crate::application::login;
use crate::random::Draw;
use crate::scenario::{Attack, LoginService, Method, Who};
use crate::traffic::Actor;
use crate::traffic::flow::Flow;
use crate::traffic::stage::{Host, Stage};
use crate::traffic::tcp::Tcp;

pub(super) static ABOUT: About = About {
    table: "brute_force",
    kind: "brute-force",
    finding: "brute-force",
    title: "Guesses at passwords, each in a conversation of its own; all are refused.",
    source: "RFC 4252, section 5.1; RFC 959, section 5.4; MS-RDPBCGR 2.2.1.1; MS-SMB2 3.3.5.5; RFC 854; RFC 9110, 15.5.2",
    vectors: vectors!(LoginService),
};

pub(super) fn enter(stage: &mut Stage, place: usize, attack: &Attack, mut draw: Draw) {
    let Method::BruteForce { service, from, to, port, actors, targets, attempts_per_minute } = attack.method else {
        return;
    };
    let (clients, servers) = (stage.hosts(from), stage.hosts(to));
    let first = if clients.0 > clients.1 { clients.1 } else { 0 };
    // A few hosts in a row, beginning at a random one; their addresses lie far apart.
    let (actor, target) = (draw.below(clients.0), draw.below(servers.1));
    let hosts = |who: Who, first: u64, offset: u64, count: u32, all: u64| {
        let numbers = (0..u64::from(count)).map(move |n| first + (offset + n) % (all - first).max(1));
        numbers.filter_map(|number| stage.host(who, number, attack.family)).collect::<Vec<Host>>()
    };
    let hosts = [hosts(from, first, actor, actors, clients.0), hosts(to, 0, target, targets, servers.0)];
    let told = [0, 1].map(|end: usize| vec![false; hosts[end].len()]);
    let guesses = Guesses {
        service,
        hosts,
        told,
        port,
        mean: Duration::from_secs_f64(60.0 / attempts_per_minute),
        end: attack.end,
        attack: place,
        made: 0,
        draw,
    };
    stage.begin(attack.start, guesses);
}

struct Guesses {
    service: LoginService,
    /// Who guesses, and who is tried.
    hosts: [Vec<Host>; 2],
    /// Of which of them the truth knows.
    told: [Vec<bool>; 2],
    port: u16,
    /// Mean time from guess to guess.
    mean: Duration,
    end: Moment,
    attack: usize,
    made: u64,
    draw: Draw,
}

impl Actor for Guesses {
    fn act(&mut self, now: Moment, stage: &mut Stage) -> Option<Moment> {
        if now >= self.end || self.hosts.iter().any(Vec::is_empty) {
            return None;
        }
        let after = now.plus(super::gap(1.0 / self.mean.as_secs_f64(), &mut self.draw));
        let [actors, targets] = [0, 1].map(|end: usize| self.hosts[end].len() as u64);
        let places = [self.made % actors, self.made / actors % targets].map(|place| place as usize);
        let [from, to] = [0, 1].map(|end| self.hosts[end][places[end]]);
        self.made += 1;
        if from.address == to.address {
            return Some(after);
        }
        let mut draw = stage.draw(&[super::ATTACKS, self.attack as u64, self.made]);
        let facts = &mut stage.attacks[self.attack];
        facts.flows += 1;
        facts.ports.add_once(self.port);
        let [guesser, tried] = [0, 1].map(|end| std::mem::replace(&mut self.told[end][places[end]], true));
        if !guesser {
            facts.actors.add(from.address);
        }
        if !tried {
            facts.targets.add(to.address);
        }
        let port = stage.next_port(from.address, &mut draw);
        let flow = Flow::new(stage, [from, to], [port, self.port], &mut draw).of_attack(self.attack);
        let dialogue = Box::new(login::refused(self.service, self.made, &mut draw).into_iter());
        stage.begin(now, Tcp::new(flow, dialogue, draw));
        Some(after)
    }
}
