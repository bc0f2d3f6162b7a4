//! The attacks that came later: guesses, worms, beacons, abused names, uploads, and what comes back from elsewhere.

use std::time::Duration;

use blueline_terms::Side;

use super::attacks::MOST_PACKETS;
use super::{People, Reader, Stage, Who};
use crate::attack::worm::published;
use crate::scenario::file::{
    BackscatterTable, BeaconTable, BruteForceTable, DnsAbuseTable, ExfiltrationTable, WormTable,
};
use crate::scenario::{Attack, BeaconCarrier, Family, Method, Worm};

/// The most hosts that a worm may find: the truth tells of each.
const MOST_VULNERABLE: u32 = 100_000;

impl Reader<'_> {
    pub(super) fn backscatter(&mut self, table: &BackscatterTable, people: &People, stage: Stage) -> Attack {
        self.side(Side::WORLD, table.id.span(), people);
        self.world_room(&table.id, people, table.family, "for the flood's victim");
        let method = Method::Backscatter {
            answer: table.answer,
            to: self.taking_part(&table.to, people, table.family),
            port: table.port.unwrap_or(80),
            packets_per_second: self.in_range(&table.packets_per_second, 1e-3..=MOST_PACKETS, "packets_per_second"),
        };
        self.attack(stage, &table.start, Some(&table.duration), table.family, method)
    }

    pub(super) fn brute_force(&mut self, table: &BruteForceTable, people: &People, stage: Stage) -> Attack {
        let from = self.taking_part(&table.from, people, table.family);
        let to = self.taking_part(&table.to, people, table.family);
        let (most_actors, most_targets) = (people.hosts(from).max(1), people.hosts(to).max(1));
        let method = Method::BruteForce {
            service: table.service,
            from,
            to,
            port: table.port.unwrap_or(table.service.port()),
            actors: table.actors.as_ref().map_or(1, |actors| self.in_range(actors, 1..=most_actors, "actors")),
            targets: table.targets.as_ref().map_or(1, |targets| self.in_range(targets, 1..=most_targets, "targets")),
            attempts_per_minute: self.in_range(&table.attempts_per_minute, 1e-3..=6e6, "attempts_per_minute"),
        };
        self.attack(stage, &table.start, Some(&table.duration), table.family, method)
    }

    pub(super) fn worm(&mut self, table: &WormTable, people: &People, stage: Stage) -> Attack {
        let from = self.side(table.from.get_ref(), table.from.span(), people);
        self.has_family(people, Who::Side(from), &table.from, Some(Family::V4));
        let mut among = Vec::new();
        for name in &table.among {
            let side = self.side(name.get_ref(), name.span(), people);
            self.has_family(people, Who::Side(side), name, Some(Family::V4));
            if among.contains(&side) {
                self.problem(name.span(), format!("among: {:?} stands here twice; write it once", name.get_ref()));
            } else {
                among.push(side);
            }
        }
        if among.is_empty() {
            self.problem(
                table.id.span(),
                "among: a worm that probes nobody does not spread; write whose space it probes",
            );
        }
        let space: u64 = among.iter().map(|&side| people.room(Who::Side(side), Family::V4)).sum();
        let most = u32::try_from(space).unwrap_or(u32::MAX).clamp(1, MOST_VULNERABLE);
        let vulnerable = self.in_range(&table.vulnerable, 1..=most, "vulnerable");
        let speed = table.speed.as_ref().map_or(1.0, |speed| self.in_range(speed, 1e-3..=1e4, "speed"));
        let told = table.probes_per_second.as_ref();
        let told = told.map(|probes| self.in_range(probes, 1e-6..=MOST_PACKETS, "probes_per_second"));
        let density = f64::from(vulnerable) / space.max(1) as f64;
        let probes_per_second = speed * told.unwrap_or_else(|| published(table.shape).rate_at(density));
        if probes_per_second * f64::from(vulnerable) > MOST_PACKETS {
            let message = format!(
                "{vulnerable} hosts with {probes_per_second:.0} probes a second each are too much; write another number \
                 of vulnerable hosts, a smaller space to probe, or a lower speed"
            );
            self.problem(table.vulnerable.span(), message);
        }
        let method = Method::Worm(Worm { shape: table.shape, from, among, vulnerable, probes_per_second });
        self.attack(stage, &table.start, Some(&table.duration), Family::V4, method)
    }

    pub(super) fn beacon(&mut self, table: &BeaconTable, people: &People, stage: Stage) -> Attack {
        let from = self.taking_part(&table.from, people, table.family);
        let every = self.duration(&table.every, "every");
        if every < Duration::from_millis(1) {
            self.problem(table.every.span(), "every: shorter than 1ms; write a longer one");
        }
        let most = people.hosts(from).max(1);
        let method = Method::Beacon {
            carrier: table.carrier,
            from,
            to: self.taking_part(&table.to, people, table.family),
            port: table.port.unwrap_or(match table.carrier {
                BeaconCarrier::Tls => 443,
                BeaconCarrier::Http => 80,
                BeaconCarrier::Dns => 53,
            }),
            hosts: table.hosts.as_ref().map_or(1, |hosts| self.in_range(hosts, 1..=most, "hosts")),
            every: every.max(Duration::from_millis(1)),
            jitter: table.jitter.as_ref().map_or(0.0, |jitter| self.in_range(jitter, 0.0..=1.0, "jitter")),
        };
        self.attack(stage, &table.start, Some(&table.duration), table.family, method)
    }

    pub(super) fn dns_abuse(&mut self, table: &DnsAbuseTable, people: &People, stage: Stage) -> Attack {
        let method = Method::DnsAbuse {
            kind: table.kind,
            from: self.taking_part(&table.from, people, table.family),
            to: self.taking_part(&table.to, people, table.family),
            questions_per_second: self.in_range(&table.questions_per_second, 1e-3..=1e5, "questions_per_second"),
        };
        self.attack(stage, &table.start, Some(&table.duration), table.family, method)
    }

    pub(super) fn exfiltration(&mut self, table: &ExfiltrationTable, people: &People, stage: Stage) -> Attack {
        let connections = table.connections.as_ref();
        let method = Method::Exfiltration {
            from: self.taking_part(&table.from, people, table.family),
            to: self.taking_part(&table.to, people, table.family),
            port: table.port.unwrap_or(443),
            bytes: (self.in_range(&table.megabytes, 1e-3..=1e6, "megabytes") * 1e6) as u64,
            bytes_per_second: self.in_range(&table.bytes_per_second, 1.0..=1e10, "bytes_per_second"),
            connections: connections.map_or(1, |number| self.in_range(number, 1..=10_000, "connections")),
        };
        self.attack(stage, &table.start, None, table.family, method)
    }
}
