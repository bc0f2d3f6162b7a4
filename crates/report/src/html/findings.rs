//! What the detectors found, each with its explanation folded beneath.

use blueline_terms::finding::Party;
use blueline_terms::{Confidence, Finding};
use maud::{Markup, html};

use super::{Page, parts};
use crate::explain::{Explanation, Findings, Voice, cast};
use crate::{seal_of, units};

const FINDINGS_SHOWN: usize = 200;

impl Page<'_> {
    /// A row for each finding, the surest and weightiest first; nothing where no detector was asked.
    pub(super) fn findings(&self) -> Markup {
        let Some(findings) = &self.findings else { return html! {} };
        let ranked = findings.ranked();
        let rest = ranked.len().saturating_sub(FINDINGS_SHOWN) as u64 + findings.more;
        html! {
            section id="findings" {
                (self.heading("Findings"))
                @if let Some(nothing) = findings.nothing() {
                    p { (sentence(&nothing)) }
                } @else {
                    div.scroll tabindex="0" role="region" aria-label="Findings" {
                        table.sort.cards.tall {
                            caption {
                                "What the detectors claim, the surest first. An address says whose network it is in; "
                                "it does not say who acted."
                            }
                            thead { tr {
                                th scope="col" { "Finding" } th scope="col" { "From" } th scope="col" { "Against" }
                                (parts::number_head("Confidence")) (parts::number_head("Packets"))
                                (parts::number_head("Bytes")) (parts::number_head("Since"))
                            } }
                            tbody {
                                @for one in ranked.iter().take(FINDINGS_SHOWN) { (self.finding_row(findings, one)) }
                            }
                        }
                    }
                }
                @if rest > 0 {
                    p.quiet { "and " (units::of(rest, "more finding", "more findings")) " that are not shown" }
                }
                @if findings.shed > 0 {
                    p.quiet { (units::of(findings.shed, "event or claim was", "events or claims were"))
                        " let go early because there were too many." }
                }
            }
        }
    }

    fn finding_row(&self, findings: &Findings<'_>, finding: &Finding) -> Markup {
        let told = Voice::new(findings.library, self.mission, self.sides.language(), false);
        let voice = told.in_english();
        let explanation = told.explain(finding, &|batch| {
            seal_of(self.seals, blueline_terms::FlowId { batch, ordinal: 0 }).map(str::to_owned)
        });
        let cast = cast(finding);
        let sure = finding.confidence as u8;
        html! {
            tr id={ "f-" (finding.id) } {
                th.full.finding scope="row" {
                    div { b { (voice.title(finding)) } }
                    div.quiet {
                        (voice.state(finding)) ", lasted " (units::duration(finding.span.duration()))
                        ", id " code { (finding.id) }
                    }
                    (explained(&explanation))
                }
                td.full data-l="From" { div.end {
                    @match cast.actors.first() {
                        Some(first) => (self.host(first, (cast.actors.len() as u64).saturating_sub(1))),
                        None => span.quiet { (voice.nobody_in_brief(finding)) },
                    }
                } }
                td.full data-l="Against" { div.end {
                    @match cast.targets.first() {
                        Some(first) => (self.host(first, cast.target_count.saturating_sub(1))),
                        None => span.quiet { "no target named" },
                    }
                } }
                td.num data-l="Confidence" data-v=(sure) {
                    span class={ "conf " (finding.confidence) } { (voice.confidence(finding)) }
                }
                (parts::count_cell("Packets", finding.packets))
                (parts::bytes_cell("Bytes", finding.bytes))
                td.num data-l="Since" data-v=(finding.span.start.nanos()) title={ (units::from_to(finding.span)) } {
                    (units::date_time(finding.span.start))
                }
            }
        }
    }

    fn host(&self, party: &Party, more: u64) -> Markup {
        let area = party.safe_area.and_then(|area| self.mission.safe_area(area));
        html! {
            div { (self.side(party.side)) @if let Some(area) = area { " " span.pill { (area.class) } } }
            span.mono { (party.address) }
            @if party.confidence < Confidence::High {
                span.grounds {
                    span class={ "conf " (party.confidence) } { (party.confidence) } " confidence in the side"
                }
            }
            @if more > 0 { span.quiet { "and " (units::count(more)) " more" } }
        }
    }
}

/// The explanation, in its own language and direction.
fn explained(explanation: &Explanation) -> Markup {
    let direction = if explanation.right_to_left { "rtl" } else { "ltr" };
    html! {
        details.why {
            summary { "Explanation" }
            div lang=(explanation.language) dir=(direction) {
                p { b { (explanation.headline) } }
                dl.facts-of { @for part in &explanation.parts { div {
                    dt { (part.label) }
                    dd { @match part.says.as_slice() {
                        [one] => (one),
                        several => ul { @for says in several { li { (says) } } },
                    } }
                } } }
            }
        }
    }
}

/// With a capital letter and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}
