//! How far the figures can be trusted: coverage, oddities, seals.

use blueline_terms::Side;
use blueline_terms::coverage::SensorCoverage;

use super::Page;
use super::ink::{ACCENT, PLAIN, Text};
use super::table::{Cell, Column, Table};
use crate::{Seal, seen, units};

const SENSORS_SHOWN: usize = 32;
const ODDITIES_SHOWN: usize = 8;
const SEALS_SHOWN: usize = 32;

impl Page<'_> {
    /// What the sensors could see.
    pub(super) fn coverage(&mut self) {
        self.rule("Coverage", "");
        let coverage = &self.picture.coverage;
        if !coverage.sensors.is_empty() {
            self.sensors(&coverage.sensors);
        }
        if seen::is_unknown(coverage) {
            self.note(3, seen::NO_SENSOR);
            self.note(3, "declare the sensors in mission.toml and bind each source to one, as in SENSOR=SOURCE");
        } else {
            self.parties();
        }
        if coverage.packets_undeclared > 0 && !seen::is_unknown(coverage) {
            let packets = units::of(coverage.packets_undeclared, "packet", "packets");
            let share = units::percent(units::ratio(coverage.packets_undeclared, coverage.packets));
            self.note(
                3,
                &format!("{packets} ({share}): coverage unknown, for their source is bound to no declared sensor"),
            );
        }
        self.note(
            3,
            &match coverage.shed {
                0 => "nothing was shed".to_owned(),
                shed => format!("{} let go early because memory ran short", units::of(shed, "flow was", "flows were")),
            },
        );
    }

    fn sensors(&mut self, sensors: &[SensorCoverage]) {
        let mut table = Table::new(&[
            Column::left("sensor").shrinks(),
            Column::right("alive"),
            Column::bar(5),
            Column::right("silent"),
            Column::right("dropped"),
            Column::right("one-way").drops(2),
            Column::right("sampled").drops(1),
            Column::right("packets").drops(3),
        ]);
        for one in sensors.iter().take(SENSORS_SHOWN) {
            let one_way = if one.tcp_flows == 0 {
                "no TCP".to_owned()
            } else {
                units::percent(units::ratio(one.one_way, one.tcp_flows))
            };
            table.row(vec![
                Text::plain(self.sensor(Some(one.sensor))).into(),
                units::percent(one.alive.value()).into(),
                Cell::Bar(one.alive.value(), ACCENT),
                units::duration(one.gap_time).into(),
                one.dropped.map_or_else(|| "not said".to_owned(), units::count).into(),
                one_way.into(),
                if one.sampling > 1 { format!("1 in {}", one.sampling) } else { "all".to_owned() }.into(),
                units::count(one.packets).into(),
            ]);
        }
        self.table(table, 3);
        for one in sensors.iter().take(SENSORS_SHOWN).filter(|one| !one.gaps.is_empty()) {
            let gaps = one.gaps.iter().take(SensorCoverage::GAPS_KEPT).map(|gap| {
                format!("{} to {} ({})", units::time(gap.start), units::time(gap.end), units::duration(gap.duration()))
            });
            let gaps = gaps.collect::<Vec<_>>().join(", ");
            let text = format!("{} silent {gaps}", self.sensor(Some(one.sensor)));
            self.note(3, &text);
        }
        if sensors.len() > SENSORS_SHOWN {
            self.note(3, &format!("and {} more", sensors.len() - SENSORS_SHOWN));
        }
    }

    fn parties(&mut self) {
        let mut table = Table::new(&[
            Column::left("party").shrinks(),
            Column::right("IPv4 in sight"),
            Column::right("IPv6 in sight"),
            Column::right("of the time"),
        ]);
        let share = |share: Option<blueline_terms::Share>| {
            share.map_or_else(|| "none declared".to_owned(), |share| units::percent(share.value()))
        };
        for (party, entry) in seen::by_rank(&self.sides, &self.picture.coverage) {
            let cells = match entry {
                None => ["unknown"; 3].map(str::to_owned),
                Some(entry) => [share(entry.space_v4), share(entry.space_v6), units::percent(entry.time.value())],
            };
            let mut row = vec![Cell::Text(self.side(Side::Party(party)))];
            row.extend(cells.map(Cell::from));
            table.row(row);
        }
        self.table(table, 3);
    }

    /// What was strange about the input, most frequent first.
    pub(super) fn oddities(&mut self) {
        let picture = self.picture;
        self.heading("Oddities");
        if picture.oddities.is_empty() {
            return self.note(3, "nothing strange was met");
        }
        for one in picture.oddities.iter().take(ODDITIES_SHOWN) {
            let count = units::count(one.count);
            let source = self.safe(&one.source);
            let head = Text::plain(format!("   {count:>7}  ")).and(ACCENT, one.kind.word()).and(PLAIN, "  ");
            let from = match one.sensor {
                Some(_) => format!("{source} ({})", self.sensor(one.sensor)),
                None => source,
            };
            let line = head.and(PLAIN, from);
            let width = line.width().min(self.width);
            self.line(&line.fit(width, false, self.glyphs.more));
            let place = match one.first.packet {
                0 => format!("byte {}", units::grouped(one.first.offset)),
                packet => format!("packet {}, byte {}", units::grouped(packet), units::grouped(one.first.offset)),
            };
            let detail = self.safe(&one.first.detail);
            self.note(12, &format!("first at {place}: {detail}"));
        }
        let shown = picture.oddities.iter().take(ODDITIES_SHOWN).map(|one| one.count).fold(0, u64::saturating_add);
        let rest = picture.oddity_total.saturating_sub(shown);
        if rest > 0 {
            self.note(3, &format!("and {} of other kinds or sources", units::count(rest)));
        }
    }

    /// The heads of the custody chains.
    pub(super) fn seals(&mut self, seals: &[Seal]) {
        if seals.is_empty() {
            return;
        }
        self.rule("Seals", "");
        let mut table =
            Table::new(&[Column::left("sensor").shrinks(), Column::right("batches"), Column::left("head").shrinks()]);
        for seal in seals.iter().take(SEALS_SHOWN) {
            let head = self.safe(&seal.head);
            table.row(vec![self.sensor(seal.sensor).into(), units::count(seal.batches).into(), head.into()]);
        }
        self.table(table, 3);
        if seals.len() > SEALS_SHOWN {
            self.note(3, &format!("and {} more", seals.len() - SEALS_SHOWN));
        }
    }
}
