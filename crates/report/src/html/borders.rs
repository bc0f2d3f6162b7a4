//! What crossed each declared border.

use blueline_terms::Side;
use maud::{Markup, html};

use super::{Page, parts};
use crate::borders::{self, BorderTraffic, Direction};
use crate::units;
use crate::words::Change;

const BORDERS_SHOWN: usize = 100;
const DIRECTIONS_SHOWN: usize = 50;
const PARTIES_NAMED: usize = 12;

impl Page<'_> {
    /// A card for each declared border; nothing where none is declared.
    pub(super) fn borders(&self) -> Markup {
        let borders = borders::crossed(&self.sides);
        if borders.is_empty() {
            return html! {};
        }
        let rest = borders.len().saturating_sub(BORDERS_SHOWN);
        html! {
            section id="borders" {
                (self.heading("Borders"))
                div.areas { @for one in borders.iter().take(BORDERS_SHOWN) { (self.border(one)) } }
                @if rest > 0 { p.quiet { "and " (rest) " more, with less traffic" } }
            }
        }
    }

    fn border(&self, one: &BorderTraffic<'_>) -> Markup {
        let rest = one.directions.len().saturating_sub(DIRECTIONS_SHOWN);
        html! {
            article.area {
                h3 { (one.border.id) }
                p.quiet { "between " (self.border_parties(one)) }
                @if one.is_quiet() {
                    p { b { "Quiet." } " Nothing was seen to cross." }
                } @else {
                    p { (parts::amount(one.total)) }
                    div.scroll tabindex="0" role="region" aria-label={ "What crossed " (one.border.id) } { (self.border_table(one)) }
                    @if rest > 0 { p.quiet { "and " (units::of(rest as u64, "more direction", "more directions")) } }
                    (self.quiet_directions(one))
                }
            }
        }
    }

    fn border_parties(&self, one: &BorderTraffic<'_>) -> Markup {
        let last = one.between.len().saturating_sub(1);
        html! {
            @for (number, &party) in one.between.iter().take(PARTIES_NAMED).enumerate() {
                @if number > 0 { @if number == last { " and " } @else { ", " } }
                (self.side(Side::Party(party)))
            }
            @if one.between.len() > PARTIES_NAMED { " and " (one.between.len() - PARTIES_NAMED) " more" }
        }
    }

    fn border_table(&self, one: &BorderTraffic<'_>) -> Markup {
        let change = one.directions.iter().any(|way| way.before.is_some());
        html! {
            table.cards {
                caption.off { "What crossed " (one.border.id) " by direction" }
                thead { tr {
                    th scope="col" { "Direction" } th.num scope="col" { "Bytes" } th.num scope="col" { "Share" }
                    @if change { th.num scope="col" { "Change" } }
                    th.num scope="col" { "Flows" } th.num scope="col" { "Packets" }
                } }
                tbody { @for way in one.directions.iter().take(DIRECTIONS_SHOWN) { (self.border_row(way, one.total.bytes, change)) } }
            }
        }
    }

    fn border_row(&self, way: &Direction<'_>, whole: u64, change: bool) -> Markup {
        let crossing = way.crossing;
        html! {
            tr {
                th scope="row" { (self.pair(crossing.from, crossing.to)) }
                (parts::bytes_cell("Bytes", crossing.traffic.bytes))
                td.num data-l="Share" { (units::percent(units::ratio(crossing.traffic.bytes, whole))) }
                @if change { td.num data-l="Change" { @if let Some(before) = way.before {
                    span title={ "the period before: " (parts::amount(before)) } { (Change::of(crossing.traffic.bytes, before.bytes).text(false)) }
                } } }
                (parts::count_cell("Flows", crossing.traffic.flows))
                (parts::count_cell("Packets", crossing.traffic.packets))
            }
        }
    }

    fn quiet_directions(&self, one: &BorderTraffic<'_>) -> Markup {
        let (named, quiet) = &one.quiet;
        let rest = quiet - named.len();
        html! {
            @if *quiet > 0 {
                p.quiet {
                    "Quiet: "
                    @for (number, &(from, to)) in named.iter().enumerate() { @if number > 0 { ", " } (self.pair(from, to)) }
                    @if rest > 0 { " and " (rest) " more" }
                }
            }
        }
    }
}
