//! A few lines for each period as it closes, for a picture that advances while packets come.

use blueline_terms::{Mission, Picture, Side};

use super::ink::{self, ACCENT, BOLD, DIM, PLAIN, Text};
use super::table::{Cell, Column, Table};
use super::traffic::{amount, crossed};
use super::{Look, Page};
use crate::units;
use crate::words::{self, Change};

const PAIRS_SHOWN: usize = 6;
const NEW_SHOWN: usize = 4;
const KINDS_SHOWN: usize = 3;

/// The picture of one period in a few lines, with ANSI styles.
pub fn period(mission: &Mission, picture: &Picture, look: Look<'_>) -> String {
    let mut page = Page::new(mission, picture, look);
    page.period_head();
    page.period_pairs();
    page.period_borders();
    page.period_new();
    page.period_safe_areas();
    page.period_oddities();
    page.out
}

impl Page<'_> {
    fn period_head(&mut self) {
        let when = match (self.picture.period, self.picture.span) {
            (Some(period), _) => format!("{} to {} UTC", units::time(period.start()), units::time(period.end())),
            (None, Some(span)) => units::from_to(span),
            (None, None) => "no packet".to_owned(),
        };
        let crossed = amount(crossed(&self.picture.crossings));
        let rule = self.glyphs.rule;
        let head = Text::of(ACCENT, format!("{rule} ")).and(BOLD, when);
        if head.width() + 2 + ink::width(&crossed) <= self.width {
            self.line(&head.and(PLAIN, format!("  {crossed}")));
        } else {
            self.line(&head);
            self.note(2, &crossed);
        }
        let seen = self.seen.clone();
        self.note(2, &seen);
    }

    fn period_pairs(&mut self) {
        let picture = self.picture;
        let largest = picture.crossings.iter().map(|crossing| crossing.traffic.bytes).max().unwrap_or(0);
        let mut table = Table::new(&[
            Column::left("").shrinks(),
            Column::right(""),
            Column::bar(2),
            Column::right(""),
            Column::right("").drops(1),
        ]);
        for (place, crossing) in picture.crossings.iter().take(PAIRS_SHOWN).enumerate() {
            let bytes = crossing.traffic.bytes;
            let change = picture.before.get(place).map(|before| Change::of(bytes, before.bytes).text(self.ascii));
            table.row(vec![
                self.pair(crossing.from, crossing.to).into(),
                units::bytes(bytes).into(),
                Cell::Bar(units::ratio(bytes, largest), ink::of_side(self.sides.rank(crossing.from), crossing.from)),
                change.unwrap_or_default().into(),
                Text::of(DIM, units::of(crossing.traffic.flows, "flow", "flows")).into(),
            ]);
        }
        self.table(table, 2);
        let rest = picture.crossings.get(PAIRS_SHOWN..).unwrap_or_default();
        if !rest.is_empty() {
            let pairs = units::of(rest.len() as u64, "more pair", "more pairs");
            self.note(2, &format!("and {pairs}: {}", amount(crossed(rest))));
        }
    }

    fn period_new(&mut self) {
        let new = &self.picture.new_services;
        for one in new.iter().take(NEW_SHOWN) {
            let service = words::service(one.service.network, one.service.protocol, one.service.port);
            let pair = self.pair(one.service.from, one.service.to);
            let line = Text::of(BOLD, "  new ").and(PLAIN, format!("{service}  ")).join(pair);
            self.line(&line.and(DIM, format!("  {}", units::bytes(one.traffic.bytes))));
        }
        if new.len() > NEW_SHOWN {
            self.note(2, &format!("and {} more new services", new.len() - NEW_SHOWN));
        }
    }

    fn period_safe_areas(&mut self) {
        for touched in &self.picture.safe_areas {
            let Some(area) = self.mission.safe_area(touched.area) else { continue };
            for one in &touched.by_side {
                let (right, left) = (self.glyphs.right, self.glyphs.left);
                let head = Text::of(BOLD, "  safe area ").and(ACCENT, format!("{} ", area.class));
                let head = head.and(PLAIN, area.id.as_str()).and(DIM, " of ").join(self.side(Side::Party(area.party)));
                let by = head.and(DIM, " by ").join(self.side(one.side));
                let (inbound, outbound) = (units::bytes(one.inbound.bytes), units::bytes(one.outbound.bytes));
                let figures = format!("{right} {inbound}  {left} {outbound}");
                if by.width() + 2 + ink::width(&figures) <= self.width {
                    self.line(&by.and(PLAIN, format!("  {figures}")));
                } else {
                    self.line(&by);
                    self.line(&Text::plain(format!("    {figures}")));
                }
            }
        }
    }

    fn period_oddities(&mut self) {
        if self.picture.oddity_total == 0 {
            return;
        }
        let kinds = self.picture.oddities.iter().take(KINDS_SHOWN);
        let kinds: Vec<_> = kinds.map(|one| format!("{} {}", one.kind.word(), units::count(one.count))).collect();
        let total = units::of(self.picture.oddity_total, "oddity", "oddities");
        let text = if kinds.is_empty() { total } else { format!("{total}: {}", kinds.join(", ")) };
        self.note(2, &text);
    }
}
