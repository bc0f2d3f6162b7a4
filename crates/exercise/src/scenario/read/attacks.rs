//! The attacks.

use blueline_terms::Side;
use toml::Spanned;

use super::{MOST_ENTRIES, People, Reader, Stage, Who};
use crate::scenario::file::{ControlWriteTable, FloodTable, ReflectionTable, ScanTable, ScenarioFile};
use crate::scenario::{Attack, Family, Flood, Method, ScanShape};

/// The most packets a second of one attack.
const MOST_PACKETS: f64 = 10e6;

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
        if attacks.len() > MOST_ENTRIES {
            self.problem(0..0, format!("{} attacks are too many; at most {MOST_ENTRIES} are allowed", attacks.len()));
        }
        attacks
    }

    fn add(&mut self, attacks: &mut Vec<Attack>, id: &Spanned<String>, read: impl FnOnce(&mut Self) -> Attack) {
        let id = self.id(id, attacks.iter().map(|attack| attack.id.as_str()));
        let attack = read(self);
        attacks.push(Attack { id, ..attack });
    }

    fn attack(
        &mut self,
        stage: Stage,
        start: &Spanned<String>,
        duration: Option<&Spanned<String>>,
        family: Family,
        method: Method,
    ) -> Attack {
        let offset = self.moment_after_start(start, "start");
        if offset >= stage.duration {
            self.problem(start.span(), "start: the scenario has ended by then; write an earlier start");
        }
        let length = duration.map_or(stage.duration, |duration| self.duration(duration, "duration"));
        let start = stage.start.plus(offset);
        let end = start.plus(length).min(stage.start.plus(stage.duration));
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
        let most = match table.shape {
            ScanShape::Vertical => 65_535,
            ScanShape::Horizontal => u32::try_from(people.room(to, table.family)).unwrap_or(u32::MAX).clamp(1, 1 << 24),
        };
        let method = Method::Scan {
            shape: table.shape,
            from,
            to,
            ports,
            targets: self.in_range(&table.targets, 1..=most, "targets"),
            packets_per_second: self.in_range(&table.packets_per_second, 1e-3..=MOST_PACKETS, "packets_per_second"),
            open: table.open.as_ref().map_or(0.02, |open| self.in_range(open, 0.0..=1.0, "open")),
        };
        self.attack(stage, &table.start, Some(&table.duration), table.family, method)
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
        let room = crate::hosts::capacity(&people.world.prefixes, table.family == Family::V4);
        if room == 0 {
            let family = table.family.word();
            self.problem(table.id.span(), format!("the world has no {family} prefix for the sources; give it one"));
        }
        let most = room.clamp(1, Flood::MOST_SOURCES);
        let method = Method::Flood {
            vector: table.vector,
            to: self.taking_part(&table.to, people, table.family),
            port: table.port.unwrap_or(443),
            packets_per_second: self.in_range(&table.packets_per_second, 1e-3..=MOST_PACKETS, "packets_per_second"),
            packets: table.packets,
            sources: table.sources.as_ref().map(|sources| self.in_range(sources, 1..=most, "sources")),
        };
        self.attack(stage, &table.start, Some(&table.duration), table.family, method)
    }

    /// Somebody who has addresses of this family.
    fn taking_part(&mut self, text: &Spanned<String>, people: &People, family: Family) -> Who {
        let who = self.who(text, people);
        self.has_family(people, who, text, Some(family));
        who
    }
}

impl People {
    /// How many addresses of this family somebody has.
    fn room(&self, who: Who, family: Family) -> u64 {
        let prefixes = match who {
            Who::Side(Side::Party(index)) => &self.parties[usize::from(index.0)].prefixes,
            Who::Side(_) => &self.world.prefixes,
            Who::SafeArea(index) => &self.safe_areas[usize::from(index.0)].addresses,
        };
        crate::hosts::capacity(prefixes, family == Family::V4)
    }
}
