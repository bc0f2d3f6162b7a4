//! What crossed: the largest conversations, what touched safe areas, what is new.

use blueline_terms::Side;
use blueline_terms::picture::{Conversation, NewService, SafeAreaTraffic};
use maud::{Markup, html};

use super::{Page, parts};
use crate::{seen, units, words};

const TOP_SHOWN: usize = 50;
const AREA_TOP_SHOWN: usize = 5;
const NEW_SHOWN: usize = 100;

impl Page<'_> {
    /// The largest conversations between different sides, with the grounds of both ends.
    pub(super) fn top(&self) -> Markup {
        let picture = self.picture;
        if picture.top.is_empty() {
            return html! {};
        }
        let rest = picture.top.len().saturating_sub(TOP_SHOWN);
        html! {
            section id="top" {
                (self.heading("Top crossings"))
                div.scroll tabindex="0" role="region" aria-label="Largest conversations" {
                    table.sort.cards.tall {
                        caption { "The largest conversations between different sides, and what the attribution of each end rests on" }
                        thead { tr {
                            th scope="col" { "From" } th scope="col" { "To" } th scope="col" { "Service" }
                            (parts::number_head("Sent")) (parts::number_head("Sent back"))
                            (parts::number_head("Flows")) (parts::number_head("Packets"))
                            th scope="col" { "Since" }
                        } }
                        tbody { @for one in picture.top.iter().take(TOP_SHOWN) { (self.top_row(one)) } }
                    }
                }
                @if rest > 0 { p.quiet { "and " (rest) " more" } }
                @if picture.top_error > 0 {
                    p.quiet { "Memory is bounded: each figure here may be too low by at most " (units::bytes(picture.top_error)) "." }
                }
            }
        }
    }

    fn top_row(&self, one: &Conversation) -> Markup {
        let application = one.application.word();
        html! {
            tr {
                td.full data-l="From" { (self.end(one, one.source, &one.source_place)) }
                td.full data-l="To" { (self.end(one, one.destination, &one.destination_place)) }
                td.nowrap.full data-l="Service" { div { (words::service(one.network, one.protocol, one.port)) @if !application.is_empty() { div.quiet { (application) } } } }
                (parts::bytes_cell("Sent", one.forward.bytes))
                (parts::bytes_cell("Sent back", one.backward.bytes))
                (parts::count_cell("Flows", one.forward.flows))
                (parts::count_cell("Packets", one.forward.packets.saturating_add(one.backward.packets)))
                td.nowrap.full data-l="Since" { div {
                    span title={ (units::date_time(one.first.moment)) " UTC" } { (units::time(one.first.moment)) }
                    (self.flow_id(one))
                } }
            }
        }
    }

    /// A card for each safe area that was touched.
    pub(super) fn safe_areas(&self) -> Markup {
        let (declared, touched) = (self.mission.safe_areas.len(), self.picture.safe_areas.len());
        if declared == 0 {
            return html! {};
        }
        html! {
            section id="safe-areas" {
                (self.heading("Safe areas"))
                @if touched == 0 {
                    p { "None of the " (declared) " declared was seen to be touched from outside." }
                } @else {
                    div.areas { @for area in &self.picture.safe_areas { (self.safe_area(area)) } }
                    p.quiet { (touched) " of " (declared) " declared were seen to be touched from outside." }
                }
            }
        }
    }

    fn safe_area(&self, touched: &SafeAreaTraffic) -> Markup {
        let Some(area) = self.mission.safe_area(touched.area) else { return html! {} };
        let name = area.names.get(self.sides.language()).or_else(|| area.names.get("en"));
        let name = self.sides.text(name.map_or("", String::as_str), area.id.as_str());
        let party = seen::of_party(&self.picture.coverage, area.party).and_then(seen::in_sight_words);
        let inside = |one: &&Conversation| {
            one.source_place.safe_area == Some(touched.area) || one.destination_place.safe_area == Some(touched.area)
        };
        let largest: Vec<_> = self.picture.safe_area_top.iter().filter(inside).take(AREA_TOP_SHOWN).collect();
        html! {
            article.area {
                h3 { bdi dir="auto" { (name) } span.pill { (area.class) } }
                p.quiet { "of " (self.side(Side::Party(area.party))) ", "
                    @match party { Some(share) => { (share) " in sight" } None => "coverage unknown" } }
                table.cards {
                    caption.off { "Traffic with " (name) " by the other side" }
                    thead { tr {
                        th scope="col" { "By" } th.num scope="col" { "In" } th.num scope="col" { "Out" }
                        th.num scope="col" { "Flows in" } th.num scope="col" { "Packets in" }
                    } }
                    tbody { @for one in &touched.by_side { tr {
                        th scope="row" { (self.side(one.side)) }
                        (parts::bytes_cell("In", one.inbound.bytes)) (parts::bytes_cell("Out", one.outbound.bytes))
                        (parts::count_cell("Flows in", one.inbound.flows)) (parts::count_cell("Packets in", one.inbound.packets))
                    } } }
                }
                @if !largest.is_empty() { ul aria-label="Largest conversations" { @for one in largest { li { (self.conversation(one)) (self.flow_id(one)) } } } }
            }
        }
    }

    /// Services that were not used in the period before.
    pub(super) fn new_services(&self) -> Markup {
        let new = &self.picture.new_services;
        let since = if self.picture.period.is_some() { "the period before" } else { "the first period" };
        let rest = new.len().saturating_sub(NEW_SHOWN);
        html! {
            section.w6 id="new" {
                (self.heading("New"))
                @if new.is_empty() {
                    p { "No service is new since " (since) "." }
                } @else {
                    div.scroll tabindex="0" role="region" aria-label="New services" {
                        table.sort.cards {
                            caption { "Services that are new since " (since) }
                            thead { tr {
                                th scope="col" { "Service" } th scope="col" { "Direction" }
                                (parts::number_head("Bytes")) (parts::number_head("Flows"))
                                th scope="col" { "Since" }
                            } }
                            tbody { @for one in new.iter().take(NEW_SHOWN) { (self.new_row(one)) } }
                        }
                    }
                }
                @if rest > 0 { p.quiet { "and " (rest) " more" } }
            }
        }
    }

    fn new_row(&self, one: &NewService) -> Markup {
        html! {
            tr {
                th.nowrap scope="row" { (words::service(one.service.network, one.service.protocol, one.service.port)) }
                td.full data-l="Direction" { (self.pair(one.service.from, one.service.to)) }
                (parts::bytes_cell("Bytes", one.traffic.bytes))
                (parts::count_cell("Flows", one.traffic.flows))
                td.nowrap data-l="Since" title={ (units::date_time(one.first.moment)) " UTC" } { (units::time(one.first.moment)) }
            }
        }
    }
}
