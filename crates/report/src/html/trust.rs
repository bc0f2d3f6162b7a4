//! How far the figures can be trusted: coverage, oddities, seals.

use blueline_terms::coverage::{PartyCoverage, SensorCoverage};
use blueline_terms::picture::OddityCount;
use blueline_terms::{PartyIndex, Share, Side, Span};
use maud::{Markup, html};

use super::{Page, parts, timeline};
use crate::{Seal, seen, units, words};

const SENSORS_SHOWN: usize = 100;
const ODDITIES_SHOWN: usize = 200;
const SEALS_SHOWN: usize = 200;

impl Page<'_> {
    /// What the sensors could see.
    pub(super) fn coverage(&self) -> Markup {
        let coverage = &self.picture.coverage;
        let unknown = seen::is_unknown(coverage);
        let hidden = coverage.sensors.len().saturating_sub(SENSORS_SHOWN);
        html! {
            section id="coverage" {
                h2 { "Coverage" }
                p.seen { "What the sensors could see. Where they could not look, nothing is said." }
                @if unknown { p.statement { b { "Coverage unknown: no declared sensor." }
                    " Nobody can say what the sources could see. Declare sensors in mission.toml and bind each source to one." } }
                @if !coverage.sensors.is_empty() {
                    h3 { "Sensors over time" }
                    ul.strips { @for one in coverage.sensors.iter().take(SENSORS_SHOWN) { (self.strip(one)) } }
                    p.quiet { "Filled: alive. Hatched: silent for longer than the sensor's declared bound, or not begun." }
                    @if hidden > 0 { p.quiet { "and " (hidden) " more sensors" } }
                }
                @if !unknown { (self.parties()) }
                @if coverage.packets_undeclared > 0 && !unknown {
                    p { b { (units::of(coverage.packets_undeclared, "packet", "packets")) " ("
                        (units::percent(units::ratio(coverage.packets_undeclared, coverage.packets))) "): coverage unknown," }
                        " for their source is bound to no declared sensor." }
                }
                p { @match coverage.shed {
                    0 => "Nothing was shed.",
                    shed => { (units::of(shed, "flow was", "flows were")) " let go early because memory ran short." }
                } }
            }
        }
    }

    fn strip(&self, one: &SensorCoverage) -> Markup {
        let vantage = self.mission.sensors.get(usize::from(one.sensor.0)).and_then(|sensor| sensor.vantage.as_deref());
        let whole = self.picture.span;
        let drawn: std::time::Duration = one.gaps.iter().map(|gap| gap.duration()).sum();
        html! {
            li {
                div.strip-head {
                    span { b { (self.sensor(Some(one.sensor))) } @if let Some(vantage) = vantage {
                        span.quiet { ", " bdi dir="auto" { (words::clean(vantage)) } } } }
                    span { b { (units::percent(one.alive.value())) } " alive" }
                }
                div.strip role="img" aria-label={ "alive " (units::percent(one.alive.value())) " of the time, " (one.gaps.len()) " gaps shown" } {
                    @if let (Some(whole), Some(span)) = (whole, one.span) {
                        (segment("alive", whole, span, "alive"))
                        @for gap in &one.gaps { (segment("gap", whole, *gap, "silent")) }
                    }
                }
                @if let Some(whole) = whole.filter(|_| Some(one.sensor) == self.picture.coverage.sensors.last().map(|last| last.sensor)) {
                    div.strip-axis { (timeline::axis(whole.start, whole.end)) }
                }
                div.facts {
                    span { b { (units::count(one.packets)) } " packets" }
                    span { "silent " b { (units::duration(one.gap_time)) } @if drawn < one.gap_time { ", the longest gaps drawn" } }
                    span { "dropped " b { @match one.dropped { Some(dropped) => (units::count(dropped)), None => "not said" } } }
                    span { "one-way " b { @if one.tcp_flows == 0 { "no TCP" } @else { (units::percent(units::ratio(one.one_way, one.tcp_flows))) } }
                        @if one.tcp_flows > 0 { " of TCP flows" } }
                    span { "recorded " b { @if one.sampling > 1 { "1 packet in " (one.sampling) } @else { "every packet" } } }
                }
            }
        }
    }

    fn parties(&self) -> Markup {
        html! {
            h3 { "Parties in sight" }
            div.scroll tabindex="0" role="region" aria-label="Parties in sight" {
                table {
                    caption { "Share of each party's declared addresses that some sensor with traffic sees, and of the time that those sensors were alive" }
                    thead { tr { th scope="col" { "Party" } th scope="col" { "IPv4" } th scope="col" { "IPv6" } th scope="col" { "Time" } } }
                    tbody { @for (party, entry) in seen::by_rank(&self.sides, &self.picture.coverage) { (self.party(party, entry)) } }
                }
            }
        }
    }

    fn party(&self, party: PartyIndex, entry: Option<&PartyCoverage>) -> Markup {
        let share = |share: Option<Share>| match share {
            Some(share) => parts::meter(share.value()),
            None => html! { span.quiet { "none declared" } },
        };
        html! {
            tr {
                th scope="row" { (self.side(Side::Party(party))) }
                @match entry {
                    Some(entry) => {
                        td.nowrap { (share(entry.space_v4)) } td.nowrap { (share(entry.space_v6)) } td.nowrap { (share(Some(entry.time))) }
                    }
                    None => td colspan="3" { "coverage unknown" },
                }
            }
        }
    }

    /// What was strange about the input.
    pub(super) fn oddities(&self) -> Markup {
        let shown: Vec<_> = self.picture.oddities.iter().take(ODDITIES_SHOWN).collect();
        let counted = shown.iter().map(|one| one.count).fold(0, u64::saturating_add);
        let rest = self.picture.oddity_total.saturating_sub(counted);
        html! {
            section.wall6 id="oddities" {
                (self.heading("Oddities"))
                @if shown.is_empty() {
                    p { "Nothing strange was met." }
                } @else {
                    div.scroll tabindex="0" role="region" aria-label="Oddities" {
                        table.sort.cards.tall {
                            caption { "Strange bytes in the input, most frequent first, with the place of the first" }
                            thead { tr { (parts::number_head("Count")) th scope="col" { "Kind" } th scope="col" { "Source" } th scope="col" { "First" } } }
                            tbody { @for one in shown { (self.oddity(one)) } }
                        }
                    }
                }
                @if rest > 0 { p.quiet { "and " (units::count(rest)) " of other kinds or sources" } }
            }
        }
    }

    fn oddity(&self, one: &OddityCount) -> Markup {
        html! {
            tr {
                (parts::count_cell("Count", one.count))
                td.full data-l="Kind" { div { code { (one.kind.word()) } div.quiet { (one.kind.meaning()) } } }
                td.full data-l="Source" { div { bdi.head dir="auto" { (words::clean(&one.source)) } div.quiet { (self.sensor(one.sensor)) } } }
                td.full data-l="First" { div {
                    @if one.first.packet > 0 { "packet " (units::grouped(one.first.packet)) ", " }
                    "byte " (units::grouped(one.first.offset))
                    div.quiet { bdi.head dir="auto" { (words::clean(&one.first.detail)) } }
                } }
            }
        }
    }

    /// The heads of the custody chains and how to check them.
    pub(super) fn seals(&self) -> Markup {
        let seals = self.seals;
        html! {
            section.wall6 id="seals" {
                h2 { "Seals" }
                p.seen { "One chain a sensor; its head stands for every batch before it." }
                div.seals {
                    div { @if seals.is_empty() { p { "Nothing was sealed." } } @else { (self.heads(seals)) } }
                    div {
                        h3 { "How to verify" }
                        ol.how {
                            li { "Take the same sources and the same mission folder, and run " code { "blueline watch" } " on them again." }
                            li { "Compare the heads. A packet record that was changed, added or left out gives another head." }
                            li { "A batch's seal is the root of a BLAKE3 tree over its packet records, so a slice can be shown to \
                                  belong without showing the rest." }
                        }
                    }
                }
            }
        }
    }

    fn heads(&self, seals: &[Seal]) -> Markup {
        let rest = seals.len().saturating_sub(SEALS_SHOWN);
        html! {
            table {
                caption.off { "Heads of the custody chains" }
                thead { tr { th scope="col" { "Sensor" } th.num scope="col" { "Batches" } th scope="col" { "Head" } } }
                tbody { @for seal in seals.iter().take(SEALS_SHOWN) { tr {
                    th scope="row" { (self.sensor(seal.sensor)) }
                    (parts::count_cell("Batches", seal.batches))
                    td.mono.head { (words::clean(&seal.head)) }
                } } }
            }
            @if rest > 0 { p.quiet { "and " (rest) " more" } }
        }
    }
}

/// A stretch of time on a strip that stands for `whole`.
fn segment(class: &str, whole: Span, part: Span, word: &str) -> Markup {
    let length = whole.duration().as_secs_f64();
    let place = |moment: blueline_terms::Moment| {
        if length > 0.0 { (moment.since(whole.start).as_secs_f64() / length).min(1.0) } else { 0.0 }
    };
    let (left, right) = (place(part.start), if length > 0.0 { place(part.end) } else { 1.0 });
    let title = format!("{word} {}", units::from_to(part));
    html! {
        span class=(class) style={ "left:" (parts::css(left)) ";width:" (parts::css(right - left)) } title=(title) {}
    }
}
