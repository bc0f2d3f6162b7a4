//! How much went where: the head, the matrix, the crossings by direction, the time line.

use std::collections::BTreeMap;
use std::time::Duration;

use blueline_terms::{Crossing, Side, Traffic};

use super::Page;
use super::ink::{self, ACCENT, BOLD, DIM, PLAIN, TITLE, Text};
use super::table::{Cell, Column, Table};
use crate::units;
use crate::words::{self, Change};

/// How many sides the matrix and pairs the table show; the rest is counted in a line.
const SIDES_SHOWN: usize = 16;
const PAIRS_SHOWN: usize = 24;
const LINES_SHOWN: usize = 6;

impl Page<'_> {
    /// Title, when, how much in all, how well seen.
    pub(super) fn head(&mut self) {
        let title = self.safe(&self.picture_title());
        self.line(&Text::of(TITLE, "Blueline").and(BOLD, format!("  {title}")));
        let when = match (self.picture.period, self.picture.span) {
            (Some(period), _) => units::from_to(blueline_terms::Span { start: period.start(), end: period.end() }),
            (None, Some(span)) => units::from_to(span),
            (None, None) => "no packet".to_owned(),
        };
        self.out.push('\n');
        self.fact("period", &when);
        let (counted, crossed) = (self.picture.counted(), crossed(&self.picture.crossings));
        self.fact("crossed", &format!("{}; {}", amount(crossed), share(crossed, counted)));
        self.fact("in all", &amount(counted));
        if let Some(copies) = words::copies(self.picture) {
            self.fact("copies", &copies);
        }
        let unattributed = self.picture.unattributed;
        self.fact("unattributed", &format!("{}; {}", amount(unattributed), share(unattributed, counted)));
        let seen = self.seen.clone();
        self.fact("coverage", &seen);
    }

    fn picture_title(&self) -> String {
        let title = self.mission.title.trim();
        if title.is_empty() { "a mission without a title".to_owned() } else { title.to_owned() }
    }

    /// A word and what it stands for, wrapped.
    pub(super) fn fact(&mut self, word: &str, text: &str) {
        const LABEL: usize = 15;
        for (number, line) in ink::wrap(text, self.width - LABEL).into_iter().enumerate() {
            let label = if number == 0 { word } else { "" };
            self.line(&Text::of(DIM, format!(" {label:<width$}", width = LABEL - 1)).and(PLAIN, line));
        }
    }

    /// Who sends how much to whom.
    pub(super) fn matrix(&mut self) {
        self.heading("Who sends how much to whom");
        let cells: BTreeMap<(Side, Side), u64> = (self.picture.crossings.iter().chain(&self.picture.within))
            .map(|crossing| ((crossing.from, crossing.to), crossing.traffic.bytes))
            .collect();
        let whole = crossed(&self.picture.crossings).bytes;
        let sides = self.sides.all();
        let label = sides.iter().take(SIDES_SHOWN).map(|&side| self.side(side).width()).max().unwrap_or(0).clamp(9, 20);
        let column = 9;
        let fit = (self.width.saturating_sub(label + 3) / (column + 2)).clamp(1, SIDES_SHOWN);
        let more = self.glyphs.more;
        let corner = format!("from {} to", if self.ascii { "\\" } else { "╲" });
        let mut head = Text::of(DIM, format!("   {corner:<label$}"));
        for &side in sides.iter().take(fit) {
            head = head.and(PLAIN, "  ").join(self.side(side).fit(column, true, more));
        }
        self.line(&head);
        for &from in sides.iter().take(SIDES_SHOWN) {
            let mut row = Text::plain("   ").join(self.side(from).fit(label, false, more));
            for &to in sides.iter().take(fit) {
                row = row.and(PLAIN, "  ").join(match cells.get(&(from, to)) {
                    None => Text::of(DIM, format!("{:>column$}", "-")),
                    Some(&bytes) if from == to => Text::of(DIM.italic(), format!("{:>column$}", units::bytes(bytes))),
                    Some(&bytes) => {
                        let shade = self.glyphs.shade(units::ratio(bytes, whole));
                        Text::of(ACCENT, shade.to_string())
                            .and(PLAIN, format!("{:>1$}", units::bytes(bytes), column - 1))
                    }
                });
            }
            self.line(&row);
        }
        self.matrix_notes(sides.len(), fit);
    }

    fn matrix_notes(&mut self, sides: usize, fit: usize) {
        let legend = self.glyphs.legend();
        self.note(3, &format!("{legend}; slanted: within one side"));
        if sides > fit {
            let hidden = units::of((sides - fit) as u64, "column does", "columns do");
            self.note(3, &format!("{hidden} not fit; the crossings below say all"));
        }
    }

    /// One row for each ordered pair of sides.
    pub(super) fn crossings(&mut self) {
        self.heading("Crossings");
        let picture = self.picture;
        if picture.crossings.is_empty() {
            return self.note(3, "no traffic between different sides was seen");
        }
        let whole = crossed(&picture.crossings).bytes;
        let largest = picture.crossings.iter().map(|crossing| crossing.traffic.bytes).max().unwrap_or(0);
        let mut table = Table::new(&[
            Column::left("direction").shrinks(),
            Column::right("bytes"),
            Column::bar(5),
            Column::right("share").drops(2),
            Column::right(if picture.before.is_empty() { "" } else { "change" }),
            Column::right("flows").drops(3),
            Column::right("packets").drops(4),
        ]);
        for (place, crossing) in picture.crossings.iter().take(PAIRS_SHOWN).enumerate() {
            let bytes = crossing.traffic.bytes;
            let change = picture.before.get(place).map(|before| Change::of(bytes, before.bytes).text(self.ascii));
            table.row(vec![
                self.pair(crossing.from, crossing.to).into(),
                units::bytes(bytes).into(),
                Cell::Bar(units::ratio(bytes, largest), ink::of_side(self.sides.rank(crossing.from), crossing.from)),
                units::percent(units::ratio(bytes, whole)).into(),
                change.unwrap_or_default().into(),
                units::count(crossing.traffic.flows).into(),
                units::count(crossing.traffic.packets).into(),
            ]);
        }
        self.table(table, 3);
        let rest = crossed(picture.crossings.get(PAIRS_SHOWN..).unwrap_or_default());
        if rest.bytes > 0 {
            let pairs = units::of((picture.crossings.len() - PAIRS_SHOWN) as u64, "more pair", "more pairs");
            self.note(3, &format!("and {pairs}: {}", amount(rest)));
        }
    }

    pub(super) fn table(&mut self, table: Table, indent: usize) {
        for line in table.lines(self.width, indent, self.glyphs) {
            self.line(&line);
        }
    }

    /// A sparkline for all traffic and for each of the largest pairs.
    pub(super) fn timeline(&mut self) {
        let bins = &self.picture.timeline.bins;
        let (Some(first), Some(last), true) = (bins.first(), bins.last(), bins.len() > 1) else { return };
        self.heading("Time line");
        let bin = bins.get(1).map_or(Duration::ZERO, |second| second.start.since(first.start));
        let end = last.start.plus(bin);
        let rows = crate::sides::over_time(self.picture, LINES_SHOWN);
        let named = rows.iter().map(|row| self.pair(row.from, row.to).width()).chain([11]).max().unwrap_or(0);
        let label = named.min(self.width / 3);
        let columns = self.width.saturating_sub(3 + label + 2 + 2 + 9);
        let total: Vec<_> = bins.iter().map(|bin| bin.total.bytes).collect();
        let all = self.glyphs.spark(&total, columns);
        let drawn = ink::width(&all);
        self.spark(Text::plain("all traffic"), label, DIM, all, &total);
        for row in rows {
            let style = ink::of_side(self.sides.rank(row.from), row.from);
            let spark = self.glyphs.spark(&row.bytes, columns);
            self.spark(self.pair(row.from, row.to), label, style, spark, &row.bytes);
        }
        let whole = end.since(first.start);
        let axis = axis(&units::axis(first.start, whole), &units::axis(end, whole), drawn);
        self.line(&Text::of(DIM, format!("   {:label$}  {axis}", "")));
        self.note(3, &format!("each line to its own peak, at the right, in {}; times in UTC", units::duration(bin)));
    }

    fn spark(&mut self, label: Text, columns: usize, style: anstyle::Style, spark: String, values: &[u64]) {
        let peak = units::bytes(values.iter().copied().max().unwrap_or(0));
        let label = label.fit(columns, false, self.glyphs.more);
        self.line(
            &Text::plain("   ").join(label).and(PLAIN, "  ").and(style, spark).and(PLAIN, format!("  {peak:>9}")),
        );
    }
}

/// All traffic between different sides.
pub(super) fn crossed(crossings: &[Crossing]) -> Traffic {
    crossings.iter().fold(Traffic::default(), |mut sum, crossing| {
        sum += crossing.traffic;
        sum
    })
}

/// An amount in words: `12.3 MB in 1,204 packets of 17 flows`.
pub(super) fn amount(traffic: Traffic) -> String {
    let packets = units::of(traffic.packets, "packet", "packets");
    format!("{} in {packets}, {}", units::bytes(traffic.bytes), units::of(traffic.flows, "flow", "flows"))
}

fn share(part: Traffic, whole: Traffic) -> String {
    format!("{} of all bytes", units::percent(units::ratio(part.bytes, whole.bytes)))
}

/// The ends of the time axis, as far apart as the sparkline is long.
fn axis(start: &str, end: &str, columns: usize) -> String {
    let gap = columns.saturating_sub(start.len() + end.len()).max(1);
    format!("{start}{}{end}", " ".repeat(gap))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axis_ends_where_the_line_does() {
        assert_eq!(axis("10:00", "11:00", 14), "10:00    11:00");
        assert_eq!(axis("10:00", "11:00", 3), "10:00 11:00");
    }
}
