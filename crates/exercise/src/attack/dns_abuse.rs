//! Domain names that are abused: generated ones, tunnels, and what comes in by text records.

use blueline_terms::Moment;

use super::{About, vectors};
use crate::application::dns_abuse::exchange;
use crate::random::Draw;
use crate::scenario::{Attack, DnsAbuseKind, Method};
use crate::traffic::Actor;
use crate::traffic::flow::Flow;
use crate::traffic::stage::{Host, Stage};
use crate::traffic::udp::Udp;

pub(super) static ABOUT: About = About {
    table: "dns_abuse",
    kind: "dns-abuse",
    finding: "dns",
    title: "Domain names that are abused: generated ones that mostly do not exist, tunnels, text records that carry data.",
    source: "Plohmann and others, \"A Comprehensive Measurement Study of Domain Generating Malware\", USENIX Security 2016; \
             MITRE ATT&CK T1568.002 and T1071.004; RFC 1035, section 2.3.4 (lengths)",
    vectors: vectors!(DnsAbuseKind),
};

pub(super) fn enter(stage: &mut Stage, place: usize, attack: &Attack, mut draw: Draw) {
    let Method::DnsAbuse { kind, from, to, questions_per_second } = attack.method else { return };
    let (client, server) = (stage.any_client(from, &mut draw), stage.any_server(to, &mut draw));
    let (Some(host), Some(server)) = (stage.host(from, client, attack.family), stage.host(to, server, attack.family))
    else {
        return;
    };
    if host.address == server.address {
        return;
    }
    let facts = &mut stage.attacks[place];
    facts.actors.add(host.address);
    facts.targets.add(server.address);
    facts.ports.add(crate::application::dns::PORT);
    let domain = stage.scenario.group(stage.side(to)).domain.clone();
    let asker =
        Asker { kind, host, server, domain, questions_per_second, end: attack.end, attack: place, asked: 0, draw };
    stage.begin(attack.start, asker);
}

struct Asker {
    kind: DnsAbuseKind,
    host: Host,
    server: Host,
    /// The domain under which a tunnel's and a text's names stand.
    domain: String,
    questions_per_second: f64,
    end: Moment,
    attack: usize,
    asked: u64,
    draw: Draw,
}

impl Actor for Asker {
    fn act(&mut self, now: Moment, stage: &mut Stage) -> Option<Moment> {
        if now >= self.end {
            return None;
        }
        self.asked += 1;
        let mut draw = stage.draw(&[super::ATTACKS, self.attack as u64, self.asked]);
        stage.attacks[self.attack].flows += 1;
        let port = stage.next_port(self.host.address, &mut draw);
        let ports = [port, crate::application::dns::PORT];
        let flow = Flow::new(stage, [self.host, self.server], ports, &mut draw).of_attack(self.attack);
        let turns = exchange(self.kind, &self.domain, self.asked, &mut draw).into_iter();
        stage.begin(now, Udp::new(flow, Box::new(turns), draw));
        Some(now.plus(super::gap(self.questions_per_second, &mut self.draw)))
    }
}
