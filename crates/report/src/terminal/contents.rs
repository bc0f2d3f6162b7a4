//! What crossed: the largest conversations, what touched safe areas, what is new.

use blueline_terms::picture::{Conversation, SafeAreaTraffic};
use blueline_terms::{Address, Confidence, Network, Place, Side};

use super::Page;
use super::ink::{self, ACCENT, BOLD, DIM, PLAIN, Text};
use super::table::{Cell, Column, Table};
use crate::{units, words};

const TOP_SHOWN: usize = 12;
const AREA_TOP_SHOWN: usize = 3;
const NEW_SHOWN: usize = 16;

impl Page<'_> {
    /// The largest conversations between different sides.
    pub(super) fn top(&mut self) {
        let picture = self.picture;
        if picture.top.is_empty() {
            return;
        }
        self.heading("Top crossings");
        let shown: Vec<_> = picture.top.iter().take(TOP_SHOWN).collect();
        self.conversations(&shown, 3, true);
        if picture.top.len() > shown.len() {
            let rest = units::of((picture.top.len() - shown.len()) as u64, "more", "more");
            self.note(3, &format!("and {rest}"));
        }
        if picture.top_error > 0 {
            let error = units::bytes(picture.top_error);
            self.note(3, &format!("memory is bounded: each figure here may be too low by at most {error}"));
        }
        if shown.iter().any(|one| one.places().iter().any(|place| place.confidence < Confidence::High)) {
            self.note(3, "~ moderate, ? low confidence in that side; the grounds stand beneath");
        }
    }

    /// Each conversation on a line, or on two where the terminal is narrow; grounds beneath unless they are plain.
    fn conversations(&mut self, shown: &[&Conversation], indent: usize, grounds: bool) {
        let who: Vec<_> = shown.iter().map(|one| self.who(one)).collect();
        let longest = who.iter().map(Text::width).max().unwrap_or(0);
        let what = |page: &Self| {
            let mut table = Table::new(&COLUMNS);
            for one in shown {
                table.row(page.what(one));
            }
            table
        };
        let room = self.width.saturating_sub(indent + longest + 2);
        let one_line = what(self).lines(usize::MAX, 0, self.glyphs);
        let fits = one_line.iter().all(|line| line.width() <= room);
        let lines = if fits { one_line } else { what(self).lines(self.width, indent + 2, self.glyphs) };
        for ((one, who), what) in shown.iter().zip(who).zip(lines) {
            let margin = Text::plain(" ".repeat(indent));
            if fits {
                self.line(&margin.join(who.fit(longest, false, self.glyphs.more)).and(PLAIN, "  ").join(what));
            } else {
                self.who_wrapped(one, who, indent);
                self.line(&what);
            }
            if grounds {
                self.grounds(one, indent + 4);
            }
        }
    }

    /// Who -> whom; on two lines where one is too short for the addresses, which are never cut.
    fn who_wrapped(&mut self, one: &Conversation, who: Text, indent: usize) {
        let margin = " ".repeat(indent);
        if indent + who.width() <= self.width {
            return self.line(&Text::plain(&margin).join(who));
        }
        let ends = [(one.source, &one.source_place, ""), (one.destination, &one.destination_place, self.glyphs.right)];
        for (address, place, arrow) in ends {
            let arrow = if arrow.is_empty() { String::new() } else { format!("{arrow} ") };
            let end = Text::plain(&margin).and(DIM, arrow).join(self.endpoint(one, address, place));
            if end.width() <= self.width {
                self.line(&end);
                continue;
            }
            // A long name goes before its address, which begins as far left as it must.
            self.line(&Text::plain(&margin).join(self.side(place.side)));
            let address = self.address(one, address);
            let left = indent.min(self.width.saturating_sub(address.len()));
            self.line(&Text::plain(format!("{:left$}{address}", "")));
        }
    }

    fn who(&self, one: &Conversation) -> Text {
        let source = self.endpoint(one, one.source, &one.source_place);
        let destination = self.endpoint(one, one.destination, &one.destination_place);
        source.and(DIM, format!(" {} ", self.glyphs.right)).join(destination)
    }

    fn endpoint(&self, one: &Conversation, address: Address, place: &Place) -> Text {
        let mark = match place.confidence {
            Confidence::High => "",
            Confidence::Moderate => "~",
            Confidence::Low => "?",
        };
        let style = ink::of_side(self.sides.rank(place.side), place.side);
        let address = self.address(one, address);
        let area = place.safe_area.and_then(|area| self.mission.safe_area(area));
        let text = self.side(place.side).and(style, mark).and(PLAIN, " ").and(style, address);
        match area {
            Some(area) => text.and(ACCENT, format!(" [{}]", area.class)),
            None => text,
        }
    }

    fn address(&self, one: &Conversation, address: Address) -> String {
        if one.network == Network::Other { "unreadable".to_owned() } else { address.to_string() }
    }

    fn what(&self, one: &Conversation) -> Vec<Cell> {
        vec![
            words::service(one.network, one.protocol, one.port).into(),
            Text::of(DIM, one.application.word()).into(),
            Text::plain(format!("{} {}", units::bytes(one.forward.bytes), self.glyphs.right)).into(),
            Text::plain(format!("{} {}", self.glyphs.left, units::bytes(one.backward.bytes))).into(),
            units::of(one.forward.flows, "flow", "flows").into(),
            units::of(one.forward.packets + one.backward.packets, "packet", "packets").into(),
        ]
    }

    /// On what the two sides rest, where it is not a declared prefix alone.
    fn grounds(&mut self, one: &Conversation, indent: usize) {
        for place in one.places() {
            let plain = place.confidence == Confidence::High && place.alternatives.is_empty();
            if !plain {
                let text = words::place(&self.sides, place);
                self.note(indent, &text);
            }
        }
    }

    /// What touched safe areas.
    pub(super) fn safe_areas(&mut self) {
        if self.mission.safe_areas.is_empty() {
            return;
        }
        self.heading("Safe areas");
        let declared = self.mission.safe_areas.len();
        let touched = self.picture.safe_areas.len();
        if touched == 0 {
            return self.note(3, &format!("none of the {declared} declared was seen to be touched from outside"));
        }
        for area in &self.picture.safe_areas {
            self.safe_area(area);
        }
        self.note(3, &format!("{touched} of {declared} declared were seen to be touched from outside"));
    }

    fn safe_area(&mut self, touched: &SafeAreaTraffic) {
        let Some(area) = self.mission.safe_area(touched.area) else { return };
        let name = area.names.get(self.sides.language()).or_else(|| area.names.get("en"));
        let name = self.sides.text(name.map_or("", String::as_str), area.id.as_str());
        let owner = Side::Party(area.party);
        let seen = self.party_seen(area.party);
        let head = Text::plain("   ").and(BOLD, name).and(ACCENT, format!("  {} ", area.class));
        let head = head.and(DIM, "of ").join(self.side(owner));
        if head.width() + 2 + ink::width(&seen) <= self.width {
            self.line(&head.and(DIM, format!("  {seen}")));
        } else {
            self.line(&head);
            self.note(5, &seen);
        }
        let mut table = Table::new(&[
            Column::left("by").shrinks(),
            Column::right("in"),
            Column::right("out"),
            Column::right("flows in"),
            Column::right("packets in").drops(2),
            Column::right("packets out").drops(1),
        ]);
        for one in &touched.by_side {
            table.row(vec![
                self.side(one.side).into(),
                units::bytes(one.inbound.bytes).into(),
                units::bytes(one.outbound.bytes).into(),
                units::count(one.inbound.flows).into(),
                units::count(one.inbound.packets).into(),
                units::count(one.outbound.packets).into(),
            ]);
        }
        self.table(table, 5);
        let inside = |one: &&Conversation| one.places().iter().any(|place| place.safe_area == Some(touched.area));
        let largest: Vec<_> = self.picture.safe_area_top.iter().filter(inside).take(AREA_TOP_SHOWN).collect();
        self.conversations(&largest, 5, false);
    }

    /// Services that were not used in the period before.
    pub(super) fn new_services(&mut self) {
        let new = &self.picture.new_services;
        if new.is_empty() {
            return;
        }
        self.heading(if self.picture.period.is_some() {
            "New since the period before"
        } else {
            "New since the first period"
        });
        let mut table = Table::new(&[
            Column::left("service"),
            Column::left("direction").shrinks(),
            Column::right("bytes"),
            Column::right("flows").drops(2),
            Column::right("packets").drops(3),
            Column::left("since, UTC").drops(1),
        ]);
        for one in new.iter().take(NEW_SHOWN) {
            table.row(vec![
                words::service(one.service.network, one.service.protocol, one.service.port).into(),
                self.pair(one.service.from, one.service.to).into(),
                units::bytes(one.traffic.bytes).into(),
                units::count(one.traffic.flows).into(),
                units::count(one.traffic.packets).into(),
                units::time(one.first.moment).into(),
            ]);
        }
        let rest = new.len().saturating_sub(NEW_SHOWN);
        self.table(table, 3);
        if rest > 0 {
            self.note(3, &format!("and {rest} more"));
        }
    }
}

const COLUMNS: [Column; 6] = [
    Column::left(""),
    Column::left("").drops(2),
    Column::right(""),
    Column::left(""),
    Column::right("").drops(1),
    Column::right("").drops(3),
];

/// Both ends of a conversation.
trait Places {
    fn places(&self) -> [&Place; 2];
}

impl Places for Conversation {
    fn places(&self) -> [&Place; 2] {
        [&self.source_place, &self.destination_place]
    }
}
