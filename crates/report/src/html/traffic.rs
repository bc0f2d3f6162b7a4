//! How much went where: the matrix and the crossings by direction.

use std::collections::BTreeMap;

use blueline_terms::{Crossing, Side};
use maud::{Markup, html};

use super::{Page, parts};
use crate::scale::shade;
use crate::units;
use crate::words::Change;

const SIDES_SHOWN: usize = 32;
const PAIRS_SHOWN: usize = 200;

impl Page<'_> {
    /// Who sends how much to whom, as a table whose cells are shaded by their share.
    pub(super) fn matrix(&self) -> Markup {
        let cells: BTreeMap<(Side, Side), &Crossing> = (self.picture.crossings.iter().chain(&self.picture.within))
            .map(|crossing| ((crossing.from, crossing.to), crossing))
            .collect();
        let whole = parts::crossed(&self.picture.crossings).bytes;
        let sides = self.sides.all();
        let hidden = sides.len().saturating_sub(SIDES_SHOWN);
        let sides: Vec<_> = sides.into_iter().take(SIDES_SHOWN).collect();
        html! {
            section.w6.wall4 id="matrix" {
                (self.heading("Who sends how much to whom"))
                div.scroll tabindex="0" role="region" aria-label="Matrix of sides" {
                    table.matrix {
                        caption { "Bytes from the side of the row to the side of the column, and their share of all bytes that crossed" }
                        thead { tr { td { "from \\ to" } @for &side in &sides { th.num scope="col" { (self.side(side)) } } } }
                        tbody {
                            @for &from in &sides {
                                tr {
                                    th scope="row" { (self.side(from)) }
                                    @for &to in &sides { (self.cell(from, to, cells.get(&(from, to)).copied(), whole)) }
                                }
                            }
                        }
                    }
                }
                ul.ramp aria-label="Shades" {
                    @for (number, text) in ["under 1%", "1%", "5%", "20%", "50% and more"].iter().enumerate() {
                        li { i class={ "s" (number + 1) } {} (text) }
                    }
                    li { "dashed: within one side" }
                }
                @if hidden > 0 { p.quiet { "and " (hidden) " more sides; the crossings below say all" } }
            }
        }
    }

    fn cell(&self, from: Side, to: Side, crossing: Option<&Crossing>, whole: u64) -> Markup {
        let Some(crossing) = crossing else {
            return html! { td.none { span aria-hidden="true" { "–" } span.off { "none seen" } } };
        };
        let title = format!("{}: {}", self.pair_words(from, to), parts::amount(crossing.traffic));
        if from == to {
            return html! { td.own title=(title) { (units::bytes(crossing.traffic.bytes)) small { "within" } } };
        }
        let share = units::ratio(crossing.traffic.bytes, whole);
        html! {
            td class={ "s" (shade(share).max(1)) } title=(title) {
                (units::bytes(crossing.traffic.bytes)) small { (units::percent(share)) }
            }
        }
    }

    /// One row for each ordered pair of sides.
    pub(super) fn crossings(&self) -> Markup {
        let picture = self.picture;
        let whole = parts::crossed(&picture.crossings).bytes;
        let largest = picture.crossings.iter().map(|crossing| crossing.traffic.bytes).max().unwrap_or(0);
        let rest = picture.crossings.get(PAIRS_SHOWN..).unwrap_or_default();
        html! {
            section.w6 id="crossings" {
                (self.heading("Crossings"))
                @if picture.crossings.is_empty() {
                    p { "No traffic between different sides was seen." }
                } @else {
                    div.scroll tabindex="0" role="region" aria-label="Crossings by direction" {
                        table.sort.cards {
                            caption { "By direction, most bytes first" }
                            thead { tr {
                                th scope="col" { "Direction" }
                                (parts::number_head("Bytes"))
                                th.barcell scope="col" { span.off { "Bar" } }
                                (parts::number_head("Share"))
                                @if !picture.before.is_empty() { th.num scope="col" { "Change" } }
                                (parts::number_head("Flows"))
                                (parts::number_head("Packets"))
                            } }
                            tbody {
                                @for (place, crossing) in picture.crossings.iter().take(PAIRS_SHOWN).enumerate() {
                                    (self.crossing(place, crossing, whole, largest))
                                }
                            }
                        }
                    }
                }
                @if !rest.is_empty() {
                    p.quiet { "and " (units::of(rest.len() as u64, "more direction", "more directions")) ": "
                        (parts::amount(parts::crossed(rest))) }
                }
            }
        }
    }

    fn crossing(&self, place: usize, crossing: &Crossing, whole: u64, largest: u64) -> Markup {
        let bytes = crossing.traffic.bytes;
        let share = units::ratio(bytes, whole);
        html! {
            tr {
                th scope="row" { (self.pair(crossing.from, crossing.to)) }
                (parts::bytes_cell("Bytes", bytes))
                td.barcell aria-hidden="true" {
                    span class={ "bar " (self.class(crossing.from)) } style={ "--w:" (parts::css(units::ratio(bytes, largest))) } {}
                }
                td.num data-l="Share" data-v=(bytes) { (units::percent(share)) }
                @if !self.picture.before.is_empty() {
                    td.num data-l="Change" {
                        @if let Some(before) = self.picture.before.get(place) {
                            span title={ "the period before: " (parts::amount(*before)) } { (Change::of(bytes, before.bytes).text(false)) }
                        }
                    }
                }
                (parts::count_cell("Flows", crossing.traffic.flows))
                (parts::count_cell("Packets", crossing.traffic.packets))
            }
        }
    }
}
