//! What crossed each declared border.

use super::Page;
use super::ink::{BOLD, DIM, PLAIN, Text};
use super::table::{Column, Table};
use super::traffic::amount;
use crate::borders::{self, BorderTraffic};
use crate::units;
use crate::words::Change;

const BORDERS_SHOWN: usize = 16;
const DIRECTIONS_SHOWN: usize = 12;
const PARTIES_NAMED: usize = 4;
/// In the few lines of a period.
const BORDERS_TOLD: usize = 4;

impl Page<'_> {
    /// Each declared border with its directions; nothing where none is declared.
    pub(super) fn borders(&mut self) {
        let borders = borders::crossed(&self.sides);
        if borders.is_empty() {
            return;
        }
        self.heading("Borders");
        for one in borders.iter().take(BORDERS_SHOWN) {
            self.border(one);
        }
        if borders.len() > BORDERS_SHOWN {
            let rest = units::of((borders.len() - BORDERS_SHOWN) as u64, "more border", "more borders");
            self.note(3, &format!("and {rest}, with less traffic"));
        }
    }

    fn border(&mut self, one: &BorderTraffic<'_>) {
        let head = Text::plain("   ").and(BOLD, one.border.id.as_str());
        let between = format!("  between {}", one.between_words(&self.sides, PARTIES_NAMED));
        let said = if one.is_quiet() { QUIET.to_owned() } else { amount(one.total) };
        let whole = head.clone().and(DIM, &between).and(PLAIN, format!("  {said}"));
        if whole.width() <= self.width {
            self.line(&whole);
        } else {
            self.line(&head);
            self.note(5, between.trim_start());
            self.note(5, &said);
        }
        if !one.is_quiet() {
            self.border_directions(one);
        }
    }

    fn border_directions(&mut self, one: &BorderTraffic<'_>) {
        let change = one.directions.iter().any(|way| way.before.is_some());
        let mut table = Table::new(&[
            Column::left("direction").shrinks(),
            Column::right("bytes"),
            Column::right("share").drops(1),
            Column::right(if change { "change" } else { "" }),
            Column::right("flows").drops(2),
            Column::right("packets").drops(3),
        ]);
        for way in one.directions.iter().take(DIRECTIONS_SHOWN) {
            let traffic = way.crossing.traffic;
            let change = way.before.map(|before| Change::of(traffic.bytes, before.bytes).text(self.ascii));
            table.row(vec![
                self.pair(way.crossing.from, way.crossing.to).into(),
                units::bytes(traffic.bytes).into(),
                units::percent(units::ratio(traffic.bytes, one.total.bytes)).into(),
                change.unwrap_or_default().into(),
                units::count(traffic.flows).into(),
                units::count(traffic.packets).into(),
            ]);
        }
        self.table(table, 5);
        let rest = one.directions.len().saturating_sub(DIRECTIONS_SHOWN);
        if rest > 0 {
            self.note(5, &format!("and {}", units::of(rest as u64, "more direction", "more directions")));
        }
        let right = self.glyphs.right;
        let (named, quiet) = &one.quiet;
        if *quiet > 0 {
            let ways: Vec<_> = (named.iter())
                .map(|&(from, to)| format!("{} {right} {}", self.sides.name(from), self.sides.name(to)))
                .collect();
            let more = if *quiet > ways.len() { format!(" and {} more", quiet - ways.len()) } else { String::new() };
            self.note(5, &format!("quiet: {}{more}", ways.join(", ")));
        }
    }

    /// The borders in the few lines of a period.
    pub(super) fn period_borders(&mut self) {
        let borders = borders::crossed(&self.sides);
        for one in borders.iter().take(BORDERS_TOLD) {
            let said = if one.is_quiet() { QUIET.to_owned() } else { amount(one.total) };
            let line = Text::of(BOLD, "  border ").and(PLAIN, format!("{}  ", one.border.id)).and(DIM, said);
            self.line(&line);
        }
        if borders.len() > BORDERS_TOLD {
            self.note(2, &format!("and {} more borders", borders.len() - BORDERS_TOLD));
        }
    }
}

const QUIET: &str = "quiet: nothing was seen to cross";
