//! Traffic over time: stacked by pair, one column a bin.

use std::fmt::Write;
use std::time::Duration;

use blueline_terms::{Moment, Side};
use maud::{Markup, html};

use super::Page;
use crate::sides::{OverTime, over_time};
use crate::units;

const PAIRS_SHOWN: usize = 8;
/// More columns than this would be thinner than a pixel on a phone; bins are then added up.
const COLUMNS: usize = 240;
const HEIGHT: u64 = 1000;

/// A layer of the stack.
struct Layer {
    class: String,
    label: Option<(Side, Side)>,
    bytes: Vec<u64>,
}

impl Page<'_> {
    /// All traffic over time; empty for a picture without a time line.
    pub(super) fn timeline(&self) -> Markup {
        let bins = &self.picture.timeline.bins;
        let (Some(first), Some(second), Some(last)) = (bins.first(), bins.get(1), bins.last()) else { return html! {} };
        let bin = second.start.since(first.start);
        let end = last.start.plus(bin);
        let per_column = bins.len().div_ceil(COLUMNS);
        let total = add_up(bins.iter().map(|bin| bin.total.bytes), per_column);
        let layers = self.layers(per_column, &total);
        let peak = total.iter().copied().max().unwrap_or(0).max(1);
        let starts: Vec<_> = bins.iter().step_by(per_column).map(|bin| bin.start).collect();
        let column = bin.saturating_mul(u32::try_from(per_column).unwrap_or(u32::MAX));
        html! {
            section id="timeline" {
                (self.heading("Time line"))
                p.quiet { "All traffic in columns of " (units::duration(column)) ", in UTC. Hover over a column for its figures." }
                div.chart role="img" aria-label={ "Stacked columns of bytes over time, the highest " (units::bytes(peak)) " in " (units::duration(column)) } {
                    @for (share, top) in [(1.0, "0"), (0.5, "50%")] {
                        div.grid style={ "top:" (top) } { span { (units::bytes((peak as f64 * share) as u64)) } }
                    }
                    svg viewBox={ "0 0 " (total.len() * 10) " " (HEIGHT) } preserveAspectRatio="none" {
                        (stack(&layers, peak))
                        (self.hits(&layers, &total, &starts, column))
                    }
                }
                (axis(first.start, end))
                (self.legend(&layers))
            }
        }
    }

    /// The largest pairs, then all that is left.
    fn layers(&self, per_column: usize, total: &[u64]) -> Vec<Layer> {
        let rows = over_time(self.picture, PAIRS_SHOWN);
        let mut layers: Vec<Layer> = Vec::with_capacity(rows.len() + 1);
        for OverTime { from, to, bytes } in rows {
            // Pairs of one sender share its colour in up to three strengths.
            let earlier = layers.iter().filter(|layer| layer.label.is_some_and(|(sender, _)| sender == from)).count();
            let class = format!("{} v{}", self.class(from), earlier.min(2));
            layers.push(Layer { class, label: Some((from, to)), bytes: add_up(bytes.into_iter(), per_column) });
        }
        let rest = |(column, &all): (usize, &u64)| {
            let drawn =
                layers.iter().filter_map(|layer| layer.bytes.get(column)).fold(0, |sum: u64, &b| sum.saturating_add(b));
            all.saturating_sub(drawn)
        };
        let rest: Vec<_> = total.iter().enumerate().map(rest).collect();
        layers.push(Layer { class: "rest".to_owned(), label: None, bytes: rest });
        layers
    }

    /// Invisible columns that carry the figures as titles.
    fn hits(&self, layers: &[Layer], total: &[u64], starts: &[Moment], column: Duration) -> Markup {
        let title = |place: usize, &all: &u64| {
            let start = starts.get(place).copied().unwrap_or_default();
            let mut title = format!(
                "{} to {} UTC: {}",
                units::date_time(start),
                units::time(start.plus(column)),
                units::bytes(all)
            );
            for layer in layers {
                let bytes = layer.bytes.get(place).copied().unwrap_or(0);
                if bytes > 0 {
                    // Writing to a String cannot fail.
                    let _ = write!(title, "\n{}: {}", self.layer_words(layer), units::bytes(bytes));
                }
            }
            title
        };
        html! {
            @for (place, all) in total.iter().enumerate() {
                rect.hit x=(place * 10) y="0" width="10" height=(HEIGHT) { title { (title(place, all)) } }
            }
        }
    }

    fn layer_words(&self, layer: &Layer) -> String {
        match layer.label {
            Some((from, to)) => self.pair_words(from, to),
            None => "all else".to_owned(),
        }
    }

    fn legend(&self, layers: &[Layer]) -> Markup {
        html! {
            ul.legend aria-label="Layers, from the bottom" {
                @for layer in layers {
                    li {
                        i class=(layer.class) {}
                        @match layer.label {
                            Some((from, to)) => {
                                bdi dir="auto" { (self.sides.name(from)) } " " span.arrow { "→" } " " bdi dir="auto" { (self.sides.name(to)) }
                            }
                            None => "all else: smaller pairs, and traffic within one side",
                        }
                        " " span.quiet { (units::bytes(layer.bytes.iter().fold(0, |sum, &bytes| sum.saturating_add(bytes)))) }
                    }
                }
            }
        }
    }
}

/// `values`, each `per_column` of them added up.
fn add_up(values: impl Iterator<Item = u64>, per_column: usize) -> Vec<u64> {
    let mut sums = Vec::new();
    for (place, value) in values.enumerate() {
        match sums.last_mut() {
            Some(last) if !place.is_multiple_of(per_column) => *last = value.saturating_add(*last),
            _ => sums.push(value),
        }
    }
    sums
}

/// One stepped area for each layer, on top of those before it.
fn stack(layers: &[Layer], peak: u64) -> Markup {
    let columns = layers.first().map_or(0, |layer| layer.bytes.len());
    let mut base = vec![0_u64; columns];
    let mut paths = Vec::with_capacity(layers.len());
    for layer in layers {
        let top: Vec<_> = base.iter().zip(&layer.bytes).map(|(base, bytes)| base.saturating_add(*bytes)).collect();
        if top != base {
            paths.push((layer.class.as_str(), area(&base, &top, peak)));
        }
        base = top;
    }
    html! { @for (class, path) in paths { path class=(class) d=(path) {} } }
}

/// Along the top from left to right, back along the base.
fn area(base: &[u64], top: &[u64], peak: u64) -> String {
    let y = |bytes: u64| HEIGHT - (u128::from(bytes.min(peak)) * u128::from(HEIGHT) / u128::from(peak)) as u64;
    let mut path = String::from("M0 ");
    // Writing to a String cannot fail.
    let _ = write!(path, "{}", y(base.first().copied().unwrap_or(0)));
    for &bytes in top {
        let _ = write!(path, "V{}h10", y(bytes));
    }
    for &bytes in base.iter().rev() {
        let _ = write!(path, "V{}h-10", y(bytes));
    }
    path.push('Z');
    path
}

/// Five moments along the axis.
pub(super) fn axis(start: Moment, end: Moment) -> Markup {
    let whole = end.since(start);
    let moments = (0..=4).map(|quarter| start.plus(whole / 4 * quarter));
    html! { div.axis aria-hidden="true" { @for moment in moments { span { (units::axis(moment, whole)) } } } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_add_up() {
        assert_eq!(add_up([1, 2, 3, 4, 5].into_iter(), 2), [3, 7, 5]);
        assert_eq!(add_up([1, 2].into_iter(), 1), [1, 2]);
    }

    #[test]
    fn areas_close_on_their_base() {
        assert_eq!(area(&[0, 5], &[10, 5], 10), "M0 1000V0h10V500h10V500h-10V1000h-10Z");
    }
}
