//! The attacks.

use blueline_terms::{PartyIndex, Side};

use super::{MOST_ENTRIES, People, Reader, Stage, Who};
use crate::scenario::file::{ControlWriteTable, FloodTable, Located, ReflectionTable, ScanTable, ScenarioFile};
use crate::scenario::{Attack, Family, Flood, FloodVector, Method, ScanProtocol, ScanShape};

/// The most packets a second of one attack.
pub(super) const MOST_PACKETS: f64 = 10e6;
/// Bots of a flood of requests unless said.
const USUAL_BOTS: u64 = 200;

impl Reader<'_> {
    pub(super) fn attacks(&mut self, file: &ScenarioFile, people: &People, stage: Stage) -> Vec<Attack> {
        let mut attacks: Vec<Attack> = Vec::new();
        for table in &file.reflection {
            self.add(&mut attacks, &table.id, |reader| reader.reflection(table, people, stage));
        }
        for table in &file.scan {
            self.add(&mut attacks, &table.id, |reader| reader.scan(table, people, stage));
        }
        for table in &file.control_write {
            self.add(&mut attacks, &table.id, |reader| reader.control_write(table, people, stage));
        }
        for table in &file.flood {
            self.add(&mut attacks, &table.id, |reader| reader.flood(table, people, stage));
        }
        for table in &file.backscatter {
            self.add(&mut attacks, &table.id, |reader| reader.backscatter(table, people, stage));
        }
        for table in &file.brute_force {
            self.add(&mut attacks, &table.id, |reader| reader.brute_force(table, people, stage));
        }
        for table in &file.worm {
            self.add(&mut attacks, &table.id, |reader| reader.worm(table, people, stage));
        }
        for table in &file.beacon {
            self.add(&mut attacks, &table.id, |reader| reader.beacon(table, people, stage));
        }
        for table in &file.dns_abuse {
            self.add(&mut attacks, &table.id, |reader| reader.dns_abuse(table, people, stage));
        }
        for table in &file.exfiltration {
            self.add(&mut attacks, &table.id, |reader| reader.exfiltration(table, people, stage));
        }
        if attacks.len() > MOST_ENTRIES {
            self.problem(0..0, format!("{} attacks are too many; at most {MOST_ENTRIES} are allowed", attacks.len()));
        }
        attacks
    }

    fn add(&mut self, attacks: &mut Vec<Attack>, id: &Located<String>, read: impl FnOnce(&mut Self) -> Attack) {
        let id = self.id(id, attacks.iter().map(|attack| attack.id.as_str()));
        let attack = read(self);
        attacks.push(Attack { id, ..attack });
    }

    pub(super) fn attack(
        &mut self,
        stage: Stage,
        start: &Located<String>,
        duration: Option<&Located<String>>,
        family: Family,
        method: Method,
    ) -> Attack {
        let (start, end) = self.window(Some(start), duration, stage);
        Attack { id: String::new(), start, end, family, method }
    }

    fn reflection(&mut self, table: &ReflectionTable, people: &People, stage: Stage) -> Attack {
        let victim = self.taking_part(&table.victim, people, table.family);
        if victim == Who::Side(Side::World) {
            self.problem(
                table.victim.span(),
                "victim: write a party or a safe area; the reflectors stand in the world",
            );
        }
        self.side(Side::WORLD, table.reflectors.span(), people);
        if !people.has(Who::Side(Side::World), table.family) {
            let family = table.family.word();
            self.problem(table.id.span(), format!("the world has no {family} prefix for the reflectors; give it one"));
        }
        let room = crate::hosts::capacity(&people.world.prefixes, table.family == Family::V4);
        let most = u32::try_from(room.saturating_sub(u64::from(people.world.hosts))).unwrap_or(u32::MAX).min(1 << 20);
        let actor = table.actor.as_ref().map_or(Side::World, |actor| self.side(actor.get_ref(), actor.span(), people));
        let method = Method::Reflection {
            vector: table.vector,
            victim,
            actor,
            reflectors: self.in_range(&table.reflectors, 1..=most.max(1), "reflectors"),
            answers_per_second: self.in_range(&table.answers_per_second, 1e-3..=MOST_PACKETS, "answers_per_second"),
        };
        self.attack(stage, &table.start, Some(&table.duration), table.family, method)
    }

    fn scan(&mut self, table: &ScanTable, people: &People, stage: Stage) -> Attack {
        let from = self.taking_part(&table.from, people, table.family);
        let to = self.taking_part(&table.to, people, table.family);
        let ports = table.ports.clone().unwrap_or_else(|| vec![22, 23, 445, 3389]);
        if ports.is_empty() || ports.contains(&0) || ports.len() > 1000 {
            self.problem(table.id.span(), "ports: write from 1 to 1000 ports above 0");
        }
        let protocol = self.scan_protocol(table, people, [from, to]);
        let most = match table.shape {
            ScanShape::Vertical => 65_535,
            ScanShape::Horizontal | ScanShape::Sweep => {
                u32::try_from(people.room(to, table.family)).unwrap_or(u32::MAX).clamp(1, 1 << 24)
            }
        };
        let method = Method::Scan {
            shape: table.shape,
            protocol,
            from,
            to,
            ports,
            targets: self.in_range(&table.targets, 1..=most, "targets"),
            packets_per_second: self.in_range(&table.packets_per_second, 1e-3..=MOST_PACKETS, "packets_per_second"),
            open: table.open.as_ref().map_or(0.02, |open| self.in_range(open, 0.0..=1.0, "open")),
        };
        self.attack(stage, &table.start, Some(&table.duration), table.family, method)
    }

    /// What a scan sends, if its shape and its ends allow it.
    fn scan_protocol(&mut self, table: &ScanTable, people: &People, [from, to]: [Who; 2]) -> ScanProtocol {
        let sweep = table.shape == ScanShape::Sweep;
        let protocol = table.protocol.unwrap_or(if sweep { ScanProtocol::Icmp } else { ScanProtocol::Tcp });
        match (sweep, protocol) {
            (true, ScanProtocol::Tcp | ScanProtocol::Udp) => self.problem(
                table.id.span(),
                "protocol: a sweep asks by icmp or neighbour; write one of these, or shape = \"horizontal\" for ports",
            ),
            (false, ScanProtocol::Icmp | ScanProtocol::Neighbour) => self.problem(
                table.id.span(),
                format!("protocol: {} has no ports to scan; write shape = \"sweep\"", protocol.word()),
            ),
            (true, ScanProtocol::Neighbour) if people.side(from) != people.side(to) => self.problem(
                table.to.span(),
                "to: neighbours are asked for on the link of one side; write the side that stands in `from`",
            ),
            _ => {}
        }
        protocol
    }

    fn control_write(&mut self, table: &ControlWriteTable, people: &People, stage: Stage) -> Attack {
        let method = Method::ControlWrite {
            function: table.function,
            from: self.taking_part(&table.from, people, table.family),
            to: self.taking_part(&table.to, people, table.family),
            writes: self.in_range(&table.writes, 1..=1_000_000, "writes"),
            every: self.duration(&table.every, "every"),
        };
        self.attack(stage, &table.start, None, table.family, method)
    }

    fn flood(&mut self, table: &FloodTable, people: &People, stage: Stage) -> Attack {
        self.side(Side::WORLD, table.id.span(), people);
        let room = self.world_room(&table.id, people, table.family, "for the sources");
        if table.vector == FloodVector::Ipv6Extension && table.family == Family::V4 {
            self.problem(table.id.span(), "vector: IPv4 has no extension headers; write family = \"ipv6\"");
        }
        let actor = table.actor.as_ref().map_or(Side::World, |actor| self.side(actor.get_ref(), actor.span(), people));
        // Bots are real hosts of the actor's; forged sources lie all over the world.
        let bots = table.vector == FloodVector::Http;
        let room = if bots { people.room(Who::Side(actor), table.family).min(1 << 20) } else { room };
        let most = room.clamp(1, Flood::MOST_SOURCES);
        let sources = table.sources.as_ref().map(|sources| self.in_range(sources, 1..=most, "sources"));
        let method = Method::Flood {
            vector: table.vector,
            actor,
            to: self.taking_part(&table.to, people, table.family),
            port: table.port.unwrap_or(match (table.vector, table.family) {
                (FloodVector::Http, _) => 80,
                (FloodVector::Dns, _) => 53,
                (FloodVector::Dhcp, Family::V4) => 67,
                (FloodVector::Dhcp, Family::V6) => 547,
                _ => 443,
            }),
            packets_per_second: self.in_range(&table.packets_per_second, 1e-3..=MOST_PACKETS, "packets_per_second"),
            packets: table.packets,
            sources: sources.or(bots.then_some(USUAL_BOTS.min(most))),
        };
        self.attack(stage, &table.start, Some(&table.duration), table.family, method)
    }

    /// How many addresses of this family the world has; says so when it has none.
    pub(super) fn world_room(&mut self, id: &Located<String>, people: &People, family: Family, what: &str) -> u64 {
        let room = people.room(Who::Side(Side::World), family);
        if room == 0 {
            let family = family.word();
            self.problem(id.span(), format!("the world has no {family} prefix {what}; give it one"));
        }
        room
    }

    /// Somebody who has addresses of this family.
    pub(super) fn taking_part(&mut self, text: &Located<String>, people: &People, family: Family) -> Who {
        let who = self.who(text, people);
        self.has_family(people, who, text, Some(family));
        who
    }
}

impl People {
    /// Whose side somebody is on.
    fn side(&self, who: Who) -> Side {
        match who {
            Who::Side(side) => side,
            Who::SafeArea(index) => Side::Party(PartyIndex(self.safe_areas[usize::from(index.0)].party as u16)),
        }
    }

    /// How many addresses of this family somebody has.
    pub(super) fn room(&self, who: Who, family: Family) -> u64 {
        let prefixes = match who {
            Who::Side(Side::Party(index)) => &self.parties[usize::from(index.0)].prefixes,
            Who::Side(_) => &self.world.prefixes,
            Who::SafeArea(index) => &self.safe_areas[usize::from(index.0)].addresses,
        };
        crate::hosts::capacity(prefixes, family == Family::V4)
    }
}
