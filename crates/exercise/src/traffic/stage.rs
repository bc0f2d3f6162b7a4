//! Where actors act: the groups with their addresses, what sensors see, what has been sent.

use std::collections::{BTreeMap, VecDeque};

use blueline_terms::{Address, Moment, PartyIndex, SafeAreaIndex, Side};

use super::Actor;
use crate::hosts::{Space, hosts_of_area};
use crate::packet::{Packet, Sensors, Stand};
use crate::payload::Pools;
use crate::random::{Draw, scramble};
use crate::scenario::{Family, Link, Scenario, Who};
use crate::truth::AttackFacts;

/// First port that hosts open conversations from (RFC 6335, section 6).
const FIRST_PORT: u16 = 49_152;

pub(crate) struct Stage {
    pub(crate) scenario: Scenario,
    pub(crate) pools: Pools,
    pub(crate) attacks: Vec<AttackFacts>,
    /// What the actor at work has sent.
    pub(super) sent: VecDeque<Packet>,
    /// Actors that the actor at work has begun.
    pub(super) begun: Vec<(Moment, Box<dyn Actor>)>,
    parties: Vec<Population>,
    world: Population,
    safe_areas: Vec<Population>,
    /// The next port of each host that has opened a conversation. As large as the groups together; never iterated.
    ports: BTreeMap<Address, u16>,
    flows: u64,
    any_gap: bool,
}

struct Population {
    v4: Space,
    v6: Space,
    hosts: u64,
    servers: u64,
}

/// A host's address, and whose it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Host {
    pub(crate) address: Address,
    pub(crate) stand: Stand,
}

impl Stage {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let seed = scenario.seed;
        let population = |prefixes: &[_], salt: u64, hosts: u64, servers: u64| Population {
            v4: Space::new(prefixes, true, seed ^ scramble(salt)),
            v6: Space::new(prefixes, false, seed ^ scramble(salt + 1)),
            hosts,
            servers,
        };
        let group = |group: &crate::scenario::Group, salt| {
            population(&group.prefixes, salt, u64::from(group.hosts), u64::from(group.servers))
        };
        // Salts are places in the scenario, apart from each other: 2 for the world, 4 on for parties, 4096 on for areas.
        let parties = scenario.parties.iter().zip(2..).map(|(party, place)| group(party, place * 2)).collect();
        let safe_areas = scenario.safe_areas.iter().zip(2048..).map(|(area, place)| {
            let hosts = u64::from(hosts_of_area(&area.addresses));
            population(&area.addresses, place * 2, hosts, hosts)
        });
        Self {
            pools: Pools::new(seed),
            attacks: scenario.attacks.iter().map(|_| AttackFacts::default()).collect(),
            sent: VecDeque::new(),
            begun: Vec::new(),
            parties,
            world: group(&scenario.world, 2),
            safe_areas: safe_areas.collect(),
            ports: BTreeMap::new(),
            flows: 0,
            any_gap: scenario.sensors.iter().any(|sensor| !sensor.gaps.is_empty()),
            scenario: scenario.clone(),
        }
    }

    /// A stream of numbers of its own for one purpose.
    pub(crate) fn draw(&self, path: &[u64]) -> Draw {
        Draw::new(self.scenario.seed, path)
    }

    pub(crate) fn begin(&mut self, at: Moment, actor: impl Actor + 'static) {
        self.begun.push((at, Box::new(actor)));
    }

    /// A number for a new conversation.
    pub(crate) fn next_flow(&mut self) -> u64 {
        self.flows += 1;
        self.flows
    }

    /// Whose side somebody is on.
    pub(crate) fn side(&self, who: Who) -> Side {
        match who {
            Who::Side(side) => side,
            Who::SafeArea(SafeAreaIndex(index)) => {
                let party = self.scenario.safe_areas.get(usize::from(index)).map_or(0, |area| area.party);
                Side::Party(PartyIndex(party as u16))
            }
        }
    }

    /// How many hosts somebody has, and how many of them serve.
    pub(crate) fn hosts(&self, who: Who) -> (u64, u64) {
        let population = self.population(who);
        (population.hosts, population.servers)
    }

    /// How many addresses of this family somebody has.
    pub(crate) fn room(&self, who: Who, family: Family) -> u64 {
        let population = self.population(who);
        if family == Family::V4 { population.v4.room() } else { population.v6.room() }
    }

    /// The host with this number; `None` where it has no address of that family.
    pub(crate) fn host(&self, who: Who, number: u64, family: Family) -> Option<Host> {
        let population = self.population(who);
        let space = if family == Family::V4 { &population.v4 } else { &population.v6 };
        let address = space.address(number)?;
        Some(Host { address, stand: self.stand(self.side(who), address) })
    }

    /// A host that opens conversations; busy ones more often than others.
    pub(crate) fn any_client(&self, who: Who, draw: &mut Draw) -> u64 {
        let (hosts, servers) = self.hosts(who);
        let first = if hosts > servers { servers } else { 0 };
        first + skewed(hosts - first, draw)
    }

    /// A host that serves; popular ones more often than others.
    pub(crate) fn any_server(&self, who: Who, draw: &mut Draw) -> u64 {
        skewed(self.hosts(who).1, draw)
    }

    /// A port from which this host has opened nothing for as long as possible.
    pub(crate) fn next_port(&mut self, address: Address, draw: &mut Draw) -> u16 {
        let first = FIRST_PORT + draw.below(u64::from(u16::MAX - FIRST_PORT)) as u16;
        let port = self.ports.entry(address).or_insert(first);
        *port = if *port == u16::MAX { FIRST_PORT } else { *port + 1 };
        *port
    }

    /// The sensors that stand on the way between two sides.
    pub(crate) fn sensors_between(&self, path: (Side, Side)) -> Sensors {
        let sees = |pairs: &[(Side, Side)]| pairs.iter().any(|&(a, b)| (a, b) == path || (b, a) == path);
        let sensors = self.scenario.sensors.iter().enumerate().filter(|(_, sensor)| sees(&sensor.sees));
        Sensors(sensors.fold(0, |set, (place, _)| set | 1 << place))
    }

    /// The sensors that stand on an Ethernet.
    pub(crate) fn on_ethernet(&self) -> Sensors {
        let sensors = self.scenario.sensors.iter().enumerate();
        let sensors = sensors.filter(|(_, sensor)| matches!(sensor.link, Link::Ethernet { .. }));
        Sensors(sensors.fold(0, |set, (place, _)| set | 1 << place))
    }

    /// Those of the sensors that are not blind at this moment.
    pub(crate) fn awake(&self, sensors: Sensors, now: Moment) -> Sensors {
        if !self.any_gap {
            return sensors;
        }
        let blind = self
            .scenario
            .sensors
            .iter()
            .enumerate()
            .filter(|(_, sensor)| sensor.gaps.iter().any(|&(start, end)| start <= now && now < end));
        Sensors(blind.fold(sensors.0, |set, (place, _)| set & !(1 << place)))
    }

    pub(crate) fn send(&mut self, packet: Packet) {
        self.sent.push_back(packet);
    }

    /// Whose address this is, given its side, with the safe area it lies in.
    fn stand(&self, side: Side, address: Address) -> Stand {
        let area = self.scenario.safe_areas.iter().position(|area| area.addresses.iter().any(|p| p.contains(address)));
        Stand { side, safe_area: area.map(|index| SafeAreaIndex(index as u16)) }
    }

    fn population(&self, who: Who) -> &Population {
        match who {
            Who::Side(Side::Party(PartyIndex(index))) => self.parties.get(usize::from(index)).unwrap_or(&self.world),
            Who::Side(_) => &self.world,
            Who::SafeArea(SafeAreaIndex(index)) => self.safe_areas.get(usize::from(index)).unwrap_or(&self.world),
        }
    }
}

/// A number below `end`, low ones more often.
fn skewed(end: u64, draw: &mut Draw) -> u64 {
    let place = draw.unit();
    (((place * place) * end as f64) as u64).min(end.saturating_sub(1))
}
