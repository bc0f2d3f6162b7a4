//! Beacons: infected hosts report to their master time after time, at an interval with some jitter.

use std::time::Duration;

use blueline_terms::Moment;

use super::{About, vectors};
use crate::application::{Carrier, report};
use crate::random::Draw;
use crate::scenario::{Attack, BeaconCarrier, Method};
use crate::traffic::Actor;
use crate::traffic::flow::Flow;
use crate::traffic::stage::{Host, Stage};
use crate::traffic::tcp::Tcp;
use crate::traffic::udp::Udp;

pub(super) static ABOUT: About = About {
    table: "beacon",
    kind: "beacon",
    finding: "beacon",
    title: "Beacons: hosts report to a master at an interval, by TLS, HTTP or domain name questions.",
    source: "MITRE ATT&CK T1071.001, T1071.004 and T1029",
    vectors: vectors!(BeaconCarrier),
};

/// Begins one actor for each host that reports.
pub(super) fn enter(stage: &mut Stage, place: usize, attack: &Attack, mut draw: Draw) {
    let Method::Beacon { carrier, from, to, port, hosts, every, jitter } = attack.method else { return };
    let master_number = stage.any_server(to, &mut draw);
    let Some(master) = stage.host(to, master_number, attack.family) else { return };
    let (clients, servers) = stage.hosts(from);
    let first = if clients > servers { servers } else { 0 };
    let offset = draw.below(clients);
    let domain = stage.scenario.group(stage.side(to)).domain.clone();
    for number in 0..u64::from(hosts) {
        let host = first + (offset + number) % (clients - first).max(1);
        let Some(host) = stage.host(from, host, attack.family) else { continue };
        if host.address == master.address {
            continue;
        }
        let mut draw = stage.draw(&[super::ATTACKS, place as u64, number]);
        let start = attack.start.plus(draw.wait(Duration::ZERO, every));
        let beacon = Beacon {
            carrier,
            host,
            master,
            name: format!("cdn{master_number}.{domain}"),
            number,
            port,
            every,
            jitter,
            end: attack.end,
            attack: place,
            due: start,
            told: 0,
            draw,
        };
        stage.begin(start, beacon);
    }
}

struct Beacon {
    carrier: BeaconCarrier,
    host: Host,
    master: Host,
    /// The master's name.
    name: String,
    /// Which of the hosts.
    number: u64,
    port: u16,
    every: Duration,
    jitter: f64,
    end: Moment,
    attack: usize,
    /// When this report would be due without jitter.
    due: Moment,
    told: u64,
    draw: Draw,
}

impl Actor for Beacon {
    fn act(&mut self, now: Moment, stage: &mut Stage) -> Option<Moment> {
        if now >= self.end {
            return None;
        }
        let mut draw = stage.draw(&[super::ATTACKS, self.attack as u64, self.number, self.told + 1]);
        let facts = &mut stage.attacks[self.attack];
        facts.flows += 1;
        facts.ports.add_once(self.port);
        if self.told == 0 {
            facts.actors.add(self.host.address);
        }
        facts.targets.add_once(self.master.address);
        self.told += 1;
        let port = stage.next_port(self.host.address, &mut draw);
        let flow = Flow::new(stage, [self.host, self.master], [port, self.port], &mut draw).of_attack(self.attack);
        let turns = report::report(self.carrier, &self.name, self.number, &mut draw).into_iter();
        match report::carrier(self.carrier) {
            Carrier::Tcp => stage.begin(now, Tcp::new(flow, Box::new(turns), draw)),
            Carrier::Udp => stage.begin(now, Udp::new(flow, Box::new(turns), draw)),
        }
        // Jitter moves each report about its own moment, so that it does not add up.
        self.due = self.due.plus(self.every);
        let reach = self.every.mul_f64(self.jitter / 2.0);
        Some(self.due.minus(reach).plus(self.draw.wait(Duration::ZERO, reach * 2)).max(now))
    }
}
