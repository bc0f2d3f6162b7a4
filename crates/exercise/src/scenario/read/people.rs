//! Who is there, and who looks.

use std::time::Duration;

use blueline_terms::{PartyIndex, Prefix, SafeAreaClass, Side};

use super::{People, Reader, Stage};
use crate::packet::Sensors;
use crate::scenario::file::{
    Format, LinkKind, Located, PartyTable, Resolution, SafeAreaTable, ScenarioFile, SensorTable,
};
use crate::scenario::{CaptureFormat, CaptureKind, Group, Link, SafeArea, Sensor};

/// The most parties: their routers have a byte to be numbered with.
const MOST_PARTIES: usize = 200;
/// The most safe areas.
const MOST_SAFE_AREAS: usize = 1000;
/// The most hosts of a party or the world.
const MOST_HOSTS: u32 = 1 << 20;

impl Reader<'_> {
    pub(super) fn people(&mut self, file: &ScenarioFile) -> People {
        let world = file.world.as_ref().map(|table| {
            let group = Group {
                id: Side::WORLD.to_owned(),
                prefixes: self.prefixes(&table.prefixes),
                hosts: self.in_range(&table.hosts, 1..=MOST_HOSTS, "hosts"),
                servers: 0,
                domain: table.domain.clone().unwrap_or_else(|| "example.net".to_owned()),
            };
            self.with_servers(group, &table.servers, &table.hosts)
        });
        let mut people = People { parties: Vec::new(), world: world.unwrap_or_default(), safe_areas: Vec::new() };
        if file.party.is_empty() || file.party.len() > MOST_PARTIES {
            let count = file.party.len();
            self.problem(0..0, format!("{count} parties; declare from 1 to {MOST_PARTIES} in [[party]] tables"));
        }
        for table in file.party.iter().take(MOST_PARTIES) {
            let party = self.party(table, &people);
            people.parties.push(party);
        }
        for table in file.safe_area.iter().take(MOST_SAFE_AREAS) {
            let area = self.safe_area(table, &people);
            people.safe_areas.push(area);
        }
        people
    }

    fn party(&mut self, table: &PartyTable, people: &People) -> Group {
        let number = people.parties.len() + 1;
        let group = Group {
            id: self.id(&table.id, people.parties.iter().map(|party| party.id.as_str())),
            prefixes: self.prefixes(&table.prefixes),
            hosts: self.in_range(&table.hosts, 1..=MOST_HOSTS, "hosts"),
            servers: 0,
            domain: table.domain.clone().unwrap_or_else(|| format!("party-{number}.example")),
        };
        if group.prefixes.is_empty() && table.prefixes.is_empty() {
            self.problem(table.id.span(), format!("party {:?} has no prefix; give it one", group.id));
        }
        for (prefix, text) in group.prefixes.iter().zip(&table.prefixes) {
            for other in people.parties.iter().chain([&people.world]) {
                let clash = other.prefixes.iter().find(|block| block.covers(*prefix) || prefix.covers(**block));
                if let Some(block) = clash {
                    let who = &other.id;
                    self.problem(text.span(), format!("{prefix} overlaps {block} of {who:?}; give each its own space"));
                }
            }
        }
        self.with_servers(group, &table.servers, &table.hosts)
    }

    /// Sets the number of servers and checks that the space holds the hosts.
    fn with_servers(&mut self, mut group: Group, servers: &Option<Located<u32>>, hosts: &Located<u32>) -> Group {
        group.servers = match servers {
            Some(servers) => self.in_range(servers, 1..=group.hosts, "servers"),
            None => (group.hosts / 10).max(1),
        };
        for v4 in [true, false] {
            let room = crate::hosts::capacity(&group.prefixes, v4);
            if room > 0 && room < u64::from(group.hosts) {
                let family = if v4 { "IPv4" } else { "IPv6" };
                self.problem(
                    hosts.span(),
                    format!("hosts: the {family} prefixes have room for {room}; write fewer hosts or a larger prefix"),
                );
            }
        }
        if group.domain.len() > 200 || group.domain.split('.').any(|label| label.is_empty() || label.len() > 63) {
            let domain = &group.domain;
            self.problem(
                hosts.span(),
                format!("domain: {domain:?} is not a domain name; write one such as north.example"),
            );
            group.domain = "invalid".to_owned();
        }
        group
    }

    fn safe_area(&mut self, table: &SafeAreaTable, people: &People) -> SafeArea {
        let class = table.class.get_ref().parse().unwrap_or_else(|message: String| {
            self.problem(table.class.span(), format!("class: {message}"));
            SafeAreaClass::Other
        });
        let party = match people.party(table.party.get_ref()) {
            Some(Side::Party(PartyIndex(index))) => usize::from(index),
            _ => {
                let name = table.party.get_ref();
                self.problem(
                    table.party.span(),
                    format!("party: there is no party {name:?}; write the id of a [[party]]"),
                );
                0
            }
        };
        let addresses = self.prefixes(&table.addresses);
        let home: &[Prefix] = people.parties.get(party).map_or(&[], |party| &party.prefixes);
        for (block, text) in addresses.iter().zip(&table.addresses) {
            if !home.iter().any(|prefix| prefix.covers(*block)) {
                let name = table.party.get_ref();
                self.problem(
                    text.span(),
                    format!("{block} lies in no prefix of {name:?}; write addresses of that party"),
                );
            }
            for other in &people.safe_areas {
                if other.addresses.iter().any(|taken| taken.covers(*block) || block.covers(*taken)) {
                    self.problem(text.span(), format!("{block} overlaps safe area {:?}; give each its own", other.id));
                }
            }
        }
        if table.addresses.is_empty() {
            self.problem(table.id.span(), format!("safe area {:?} has no address; give it one", table.id.get_ref()));
        }
        let id = self.id(&table.id, people.safe_areas.iter().map(|area| area.id.as_str()));
        SafeArea { id, class, party, addresses }
    }

    pub(super) fn sensors(&mut self, file: &ScenarioFile, people: &People, stage: Stage) -> Vec<Sensor> {
        if file.sensor.is_empty() || file.sensor.len() > Sensors::MOST {
            let (count, most) = (file.sensor.len(), Sensors::MOST);
            self.problem(0..0, format!("{count} sensors; declare from 1 to {most} in [[sensor]] tables"));
        }
        let mut sensors: Vec<Sensor> = Vec::new();
        for table in file.sensor.iter().take(Sensors::MOST) {
            let id = self.id(&table.id, sensors.iter().map(|sensor| sensor.id.as_str()));
            let sensor = self.sensor(id, table, people, stage);
            sensors.push(sensor);
        }
        sensors
    }

    fn sensor(&mut self, id: String, table: &SensorTable, people: &People, stage: Stage) -> Sensor {
        let mut sees = Vec::new();
        for pair in &table.sees {
            match &pair.get_ref()[..] {
                [a, b] => sees.push((self.side(a, pair.span(), people), self.side(b, pair.span(), people))),
                other => {
                    let count = other.len();
                    self.problem(
                        pair.span(),
                        format!("sees: {count} names where a pair is due; write two, such as [\"a\", \"b\"]"),
                    );
                }
            }
        }
        let vlan = table.vlan.as_ref().map(|vlan| self.in_range(vlan, 1..=4094, "vlan"));
        let link = match table.link {
            LinkKind::Ethernet => Link::Ethernet { vlan },
            LinkKind::RawIp => {
                if let Some(vlan) = &table.vlan {
                    self.problem(
                        vlan.span(),
                        "vlan: a raw-ip link has no tags; leave vlan out or write link = \"ethernet\"",
                    );
                }
                Link::RawIp
            }
        };
        let neighbours_every = table.neighbours_every.as_ref().map(|every| {
            if link == Link::RawIp {
                self.problem(
                    every.span(),
                    "neighbours_every: a raw-ip link has no neighbours to ask for; leave it out",
                );
            }
            self.duration(every, "neighbours_every").max(Duration::from_millis(1))
        });
        let gaps = table.gap.iter().map(|gap| {
            let start = stage.start.plus(self.moment_after_start(&gap.start, "start"));
            (start, start.plus(self.duration(&gap.duration, "duration")))
        });
        let gaps = gaps.collect();
        let capture = CaptureFormat {
            kind: match table.format {
                Format::Pcap => CaptureKind::Pcap,
                Format::Pcapng => CaptureKind::Pcapng,
            },
            nanoseconds: table.resolution == Resolution::Nano,
        };
        Sensor { id, vantage: table.vantage.clone(), sees, capture, link, neighbours_every, gaps }
    }
}
