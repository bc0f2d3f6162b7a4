//! The crossings as ribbons from senders to receivers, as wide as their bytes.

use std::fmt::Write;

use blueline_terms::{Crossing, Side};
use maud::{Markup, html};
use unicode_width::UnicodeWidthStr;

use super::{Page, parts};
use crate::units;

/// Sides drawn on each hand. More would not be told apart.
const SIDES_SHOWN: usize = 10;
/// The drawing is this wide and high in its own units, then stretched; text stands outside of it.
const SIZE: f64 = 1000.0;
/// Width of the blocks that stand for sides.
const BLOCK: f64 = 16.0;
/// The share of the height that is spread evenly, so that small sides have room for their names.
const EVEN: f64 = 0.4;

/// A side on one hand of the drawing.
struct Node {
    side: Side,
    bytes: u64,
    /// Where its block begins and ends, from the top.
    top: f64,
    bottom: f64,
    /// Where its next ribbon begins.
    next: f64,
}

impl Page<'_> {
    /// Senders on the left, receivers on the right.
    pub(super) fn flow(&self) -> Markup {
        let shown: Vec<_> = self.sides.all().into_iter().take(SIDES_SHOWN).collect();
        let drawn = |crossing: &&Crossing| shown.contains(&crossing.from) && shown.contains(&crossing.to);
        let crossings: Vec<_> = self.picture.crossings.iter().filter(drawn).collect();
        let whole = crossings.iter().map(|crossing| crossing.traffic.bytes).fold(0, u64::saturating_add);
        if whole == 0 {
            return html! {};
        }
        let mut senders = nodes(&shown, whole, |side| {
            crossings.iter().filter(|one| one.from == side).map(|one| one.traffic.bytes).sum()
        });
        let mut receivers = nodes(&shown, whole, |side| {
            crossings.iter().filter(|one| one.to == side).map(|one| one.traffic.bytes).sum()
        });
        let ribbons = self.ribbons(&shown, &crossings, whole, &mut senders, &mut receivers);
        let tall = senders.len().max(receivers.len()) * 4 + 6;
        let label = shown.iter().map(|&side| letters(&self.sides.name(side))).max().unwrap_or(0).clamp(8, 40);
        html! {
            section.w6.wall8 id="flow" {
                (self.heading("Senders and receivers"))
                p.ends aria-hidden="true" { span { "sent by" } span { "received by" } }
                div.flow role="img" aria-label="Ribbons from senders to receivers, as wide as the bytes; the table of crossings says the same in figures"
                    style={ "--tall:" (tall) "rem;--label:" (label) } {
                    div { (self.labels(&senders)) }
                    svg viewBox="0 0 1000 1000" preserveAspectRatio="none" aria-hidden="true" {
                        (ribbons)
                        (self.blocks(&senders, 0.0))
                        (self.blocks(&receivers, SIZE - BLOCK))
                    }
                    div { (self.labels(&receivers)) }
                }
                @if self.sides.all().len() > SIDES_SHOWN { p.quiet { "The first " (SIDES_SHOWN) " sides are drawn." } }
            }
        }
    }

    /// Ribbons leave and arrive in the order of the sides, so that they cross as little as may be.
    fn ribbons(
        &self,
        shown: &[Side],
        crossings: &[&Crossing],
        whole: u64,
        senders: &mut [Node],
        receivers: &mut [Node],
    ) -> Markup {
        let mut ribbons = Vec::new();
        for &from in shown {
            for &to in shown {
                let Some(crossing) = crossings.iter().find(|one| one.from == from && one.to == to) else { continue };
                let thick = thickness(crossing.traffic.bytes, whole);
                let (Some(left), Some(right)) = (leave(senders, from, thick), leave(receivers, to, thick)) else {
                    continue;
                };
                let title = format!("{}: {}", self.pair_words(from, to), parts::amount(crossing.traffic));
                ribbons.push((self.class(from), ribbon(left, right, thick), title));
            }
        }
        html! { @for (class, path, title) in ribbons { path class=(class) d=(path) { title { (title) } } } }
    }

    fn blocks(&self, nodes: &[Node], x: f64) -> Markup {
        html! {
            @for node in nodes {
                rect class=(self.class(node.side)) x=(number(x)) y=(number(node.top)) width=(number(BLOCK))
                    height=(number((node.bottom - node.top).max(3.0))) {}
            }
        }
    }

    fn labels(&self, nodes: &[Node]) -> Markup {
        html! {
            @for node in nodes {
                span style={ "top:" (parts::css((node.top + node.bottom) / 2.0 / SIZE)) } {
                    (self.side(node.side)) small { (units::bytes(node.bytes)) }
                }
            }
        }
    }
}

/// Room that a name needs beside the drawing: its longest word, or a few more where the whole of it is short.
fn letters(name: &str) -> usize {
    const SHORT: usize = 12;
    let word = name.split_whitespace().map(UnicodeWidthStr::width).max().unwrap_or(0);
    word.max(name.width().min(SHORT))
}

fn nodes(shown: &[Side], whole: u64, bytes_of: impl Fn(Side) -> u64) -> Vec<Node> {
    let with_bytes: Vec<_> = shown.iter().map(|&side| (side, bytes_of(side))).filter(|(_, bytes)| *bytes > 0).collect();
    let room = EVEN * SIZE / with_bytes.len().max(1) as f64;
    let mut y = 0.0;
    let node = |(side, bytes): (Side, u64)| {
        let thick = thickness(bytes, whole);
        let top = y + room / 2.0;
        y += room + thick;
        Node { side, bytes, top, bottom: top + thick, next: top }
    };
    with_bytes.into_iter().map(node).collect()
}

fn thickness(bytes: u64, whole: u64) -> f64 {
    units::ratio(bytes, whole) * (1.0 - EVEN) * SIZE
}

/// Takes room for one ribbon at a side's block and says where it begins.
fn leave(nodes: &mut [Node], side: Side, thick: f64) -> Option<f64> {
    let node = nodes.iter_mut().find(|node| node.side == side)?;
    let y = node.next;
    node.next += thick;
    Some(y)
}

/// The outline of a ribbon from the left height to the right one; never thinner than a hair.
fn ribbon(left: f64, right: f64, thick: f64) -> String {
    let thick = thick.max(2.0);
    let (x0, x1, middle) = (number(BLOCK), number(SIZE - BLOCK), number(SIZE / 2.0));
    let [l0, l1, r0, r1] = [left, left + thick, right, right + thick].map(number);
    let mut path = String::new();
    // Writing to a String cannot fail.
    let _ =
        write!(path, "M{x0} {l0}C{middle} {l0} {middle} {r0} {x1} {r0}V{r1}C{middle} {r1} {middle} {l1} {x0} {l1}Z");
    path
}

/// One decimal is finer than any screen shows.
fn number(value: f64) -> String {
    format!("{value:.1}")
}
