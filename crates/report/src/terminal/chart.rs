//! Bars, sparklines and shades from block characters, or from ASCII.

use crate::scale::{shade, spread};

/// The characters that pictures are made of.
pub(super) struct Glyphs {
    pub(super) rule: &'static str,
    pub(super) right: &'static str,
    pub(super) left: &'static str,
    pub(super) more: &'static str,
    /// Parts of one bar cell, from the least to the whole.
    bar: &'static [char],
    /// Heights of one spark cell; the first is nothing.
    spark: &'static [char],
    /// Shares from nothing to most.
    shades: [char; 6],
}

const UNICODE: Glyphs = Glyphs {
    rule: "─",
    right: "→",
    left: "←",
    more: "…",
    bar: &['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'],
    spark: &[' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
    shades: [' ', '·', '░', '▒', '▓', '█'],
};

const ASCII: Glyphs = Glyphs {
    rule: "-",
    right: "->",
    left: "<-",
    more: "~",
    bar: &['#'],
    spark: &[' ', '.', ':', '-', '=', '+', '*', '#', '@'],
    shades: [' ', '.', ':', '+', '#', '@'],
};

impl Glyphs {
    pub(super) fn of(ascii: bool) -> &'static Self {
        if ascii { &ASCII } else { &UNICODE }
    }

    /// The character for a share.
    pub(super) fn shade(&self, share: f64) -> char {
        self.shades[shade(share).min(self.shades.len() - 1)]
    }

    /// What the shades mean.
    pub(super) fn legend(&self) -> String {
        let [_, least, low, middle, high, most] = self.shades;
        format!("{least} under 1%  {low} 1%  {middle} 5%  {high} 20%  {most} 50% and more of the bytes that crossed")
    }

    /// A bar of `share` of `columns`. What is more than nothing shows as more than nothing.
    pub(super) fn bar(&self, share: f64, columns: usize) -> String {
        let parts = self.bar.len();
        let filled = (share.clamp(0.0, 1.0) * (columns * parts) as f64).round() as usize;
        let filled = if share > 0.0 { filled.max(1) } else { filled };
        let whole: String = self.bar.iter().rev().take(1).collect::<String>().repeat(filled / parts);
        let rest = (filled % parts).checked_sub(1).and_then(|part| self.bar.get(part));
        whole.chars().chain(rest.copied()).collect()
    }

    /// One row of `values` in at most `columns` columns, the highest value at full height. Where several values share a
    /// column the highest is shown.
    pub(super) fn spark(&self, values: &[u64], columns: usize) -> String {
        let peak = values.iter().copied().max().unwrap_or(0);
        let steps = self.spark.len() as u128 - 1;
        let level = |value: u64| match (value, peak) {
            (0, _) | (_, 0) => 0,
            // At least 1 and at most `steps`, because value <= peak.
            (value, peak) => (u128::from(value) * steps).div_ceil(u128::from(peak)) as usize,
        };
        spread(values, columns).into_iter().map(|value| self.spark[level(value)]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_never_empty_for_something() {
        let bars = [0.0, 0.001, 0.5, 0.55, 1.0].map(|share| UNICODE.bar(share, 4));
        assert_eq!(bars, ["", "▏", "██", "██▎", "████"]);
        assert_eq!([0.0, 0.01, 1.0].map(|share| ASCII.bar(share, 4)), ["", "#", "####"]);
    }

    #[test]
    fn sparks_show_something_and_the_peak() {
        assert_eq!(UNICODE.spark(&[0, 1, 50, 100], 4), " ▁▄█");
        assert_eq!(UNICODE.spark(&[0, 100], 5), "   ██");
        assert_eq!(UNICODE.spark(&[0, 0, 3, 0, u64::MAX, 0], 3), " ▁█");
        assert_eq!(UNICODE.spark(&[], 3), "");
        assert_eq!(UNICODE.spark(&[0, 0], 2), "  ");
    }
}
