//! Charts: small panels side by side, one a kind, in plain SVG.

use std::fmt::Write;

use super::expect::KINDS;
use super::figures::quantile;
use super::judge::Observer;
use super::report::Report;
use super::sample::{STRENGTHS, TEN_TIMES, axis};
use crate::interval::Interval;

const COLUMNS: usize = 3;
const PANEL: (f64, f64) = (330.0, 240.0);
/// Room around a panel's plot: left, top, right, bottom.
const ROOM: (f64, f64, f64, f64) = (52.0, 34.0, 14.0, 46.0);
const HEAD: f64 = 66.0;
const INK: &str = "#22272e";
const FAINT: &str = "#6b7480";
const GRID: &str = "#e4e7eb";

/// A line of a chart: who, in which colour, drawn how.
struct Line {
    observer: Observer,
    name: &'static str,
    colour: &'static str,
    dashes: &'static str,
    band: bool,
}

const LINES: [Line; 5] = [
    Line {
        observer: Observer::Moderate,
        name: "Blueline, moderate or more",
        colour: "#0b5cad",
        dashes: "",
        band: true,
    },
    Line { observer: Observer::Any, name: "Blueline, any confidence", colour: "#0b5cad", dashes: "2 4", band: false },
    Line {
        observer: Observer::FixedRates,
        name: "FastNetMon's fixed rates",
        colour: "#c2410c",
        dashes: "",
        band: false,
    },
    Line {
        observer: Observer::ScaledRates,
        name: "fixed rates, 10x usual",
        colour: "#b7791f",
        dashes: "6 3",
        band: false,
    },
    Line {
        observer: Observer::ScanCount,
        name: "Zeek's count of failures",
        colour: "#3f7d20",
        dashes: "6 3",
        band: false,
    },
];

impl Line {
    /// Whether it says anything of this kind.
    fn is_about(&self, kind: &str) -> bool {
        match self.observer {
            Observer::Any | Observer::Moderate => true,
            Observer::FixedRates | Observer::ScaledRates => kind.starts_with("ddos."),
            Observer::ScanCount => ["scan.horizontal", "scan.vertical", "scan.sweep"].contains(&kind),
        }
    }
}

/// A vertical axis: marks with their words, and where a value lies between 0 (below) and 1.
struct Scale {
    title: &'static str,
    marks: &'static [(f64, &'static str)],
    place: fn(f64) -> f64,
}

const SHARE: Scale = Scale {
    title: "found",
    marks: &[(0.0, "0"), (0.25, "25 %"), (0.5, "50 %"), (0.75, "75 %"), (1.0, "100 %")],
    place: |share| share,
};

/// Seconds, from a tenth to a quarter of an hour; each decade as high as any other.
const DELAY: Scale = Scale {
    title: "seconds to the finding",
    marks: &[(0.1, "0.1"), (1.0, "1"), (10.0, "10"), (100.0, "100"), (1000.0, "1000")],
    place: |seconds| ((seconds.max(0.1).log10() + 1.0) / 4.0).min(1.0),
};

/// The share of attacks that was found, against their strength.
pub(super) fn recall(report: &Report) -> String {
    let points = |kind: &str, observer, strength: f64| {
        let interval: Interval = report.recall(kind, observer, |one| one == strength);
        interval.share().map(|share| (share, interval.low, interval.high))
    };
    figure("Attacks found, by strength", "Bands are 95 % intervals (Wilson).", &SHARE, report, &points)
}

/// The median time to the first finding, against strength, with the tenth and ninetieth percentile.
pub(super) fn delay(report: &Report) -> String {
    let points = |kind: &str, observer, strength: f64| {
        let delays = report.delays(kind, observer, |one| one == strength);
        let at = |share| quantile(&delays, share).map(|delay| delay.as_secs_f64());
        Some((at(0.5)?, at(0.1)?, at(0.9)?))
    };
    let title = "From the first attack packet to the finding, by strength";
    figure(title, "Medians of those found; bands from the 10th to the 90th percentile.", &DELAY, report, &points)
}

type Points<'a> = dyn Fn(&str, Observer, f64) -> Option<(f64, f64, f64)> + 'a;

fn figure(title: &str, note: &str, scale: &Scale, report: &Report, points: &Points<'_>) -> String {
    let rows = KINDS.len().div_ceil(COLUMNS);
    let (width, height) = (COLUMNS as f64 * PANEL.0 + 20.0, HEAD + rows as f64 * PANEL.1 + 10.0);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"DejaVu Sans, Helvetica, Arial, sans-serif\" role=\"img\">\n<title>{title}</title>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n"
    );
    text(&mut svg, (14.0, 26.0), "start", (17.0, INK), title);
    text(&mut svg, (width - 14.0, 26.0), "end", (11.0, FAINT), note);
    legend(&mut svg);
    for (place, kind) in KINDS.into_iter().enumerate() {
        let corner = (10.0 + (place % COLUMNS) as f64 * PANEL.0, HEAD + (place / COLUMNS) as f64 * PANEL.1);
        panel(&mut svg, corner, kind, scale, report, points);
    }
    svg + "</svg>\n"
}

fn legend(svg: &mut String) {
    let mut x = 14.0;
    for line in &LINES {
        let Line { colour, dashes, name, .. } = line;
        // A String takes all that is written.
        let _ = writeln!(
            svg,
            "<line x1=\"{x:.0}\" y1=\"46\" x2=\"{:.0}\" y2=\"46\" stroke=\"{colour}\" stroke-width=\"2\" \
             stroke-dasharray=\"{dashes}\"/>",
            x + 26.0
        );
        text(svg, (x + 32.0, 50.0), "start", (11.0, INK), name);
        x += 46.0 + name.len() as f64 * 6.3;
    }
}

fn panel(svg: &mut String, (left, top): (f64, f64), kind: &str, scale: &Scale, report: &Report, points: &Points<'_>) {
    let (x0, y0) = (left + ROOM.0, top + ROOM.1);
    let (width, height) = (PANEL.0 - ROOM.0 - ROOM.2, PANEL.1 - ROOM.1 - ROOM.3);
    let across = |place: usize| x0 + width * (place as f64 + 0.5) / STRENGTHS.len() as f64;
    let up = |value: f64| y0 + height * (1.0 - (scale.place)(value));
    text(svg, (x0, top + 22.0), "start", (13.0, INK), kind);
    let all = report.recall(kind, Observer::Any, |_| true).of;
    text(svg, (x0 + width, top + 22.0), "end", (10.0, FAINT), &format!("{all} attacks"));
    for &(value, word) in scale.marks {
        let y = up(value);
        let _ = writeln!(svg, "<path d=\"M{x0:.1} {y:.1}h{width:.1}\" stroke=\"{GRID}\"/>");
        text(svg, (x0 - 6.0, y + 3.5), "end", (10.0, FAINT), word);
    }
    for (place, strength) in STRENGTHS.into_iter().enumerate() {
        let ink = if strength == TEN_TIMES { INK } else { FAINT };
        text(svg, (across(place), y0 + height + 15.0), "middle", (10.0, ink), &format!("{strength}x"));
    }
    let what = report.judged().iter().flat_map(|one| &one.attacks).find(|attack| attack.kind == kind);
    let what = what.map_or_else(|| "strength".to_owned(), |attack| format!("strength; 1x: {}", axis(&attack.attack)));
    text(svg, (x0 + width / 2.0, y0 + height + 32.0), "middle", (9.5, FAINT), &what);
    let (x, y) = (left + 12.0, y0 + height / 2.0);
    let title = scale.title;
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"9.5\" fill=\"{FAINT}\" text-anchor=\"middle\" \
         transform=\"rotate(-90 {x:.1} {y:.1})\">{title}</text>"
    );
    // Ours is drawn last, on top.
    for line in LINES.iter().rev().filter(|line| line.is_about(kind)) {
        curve(svg, line, &|place| Some((across(place), points(kind, line.observer, STRENGTHS[place])?)), &up);
    }
}

type Place<'a> = dyn Fn(usize) -> Option<(f64, (f64, f64, f64))> + 'a;

fn curve(svg: &mut String, line: &Line, at: &Place<'_>, up: &dyn Fn(f64) -> f64) {
    let known: Vec<_> = (0..STRENGTHS.len()).filter_map(at).collect();
    let path = |points: &mut dyn Iterator<Item = (f64, f64)>| {
        points.map(|(x, y)| format!("{x:.1},{:.1}", up(y))).collect::<Vec<_>>().join(" ")
    };
    let Line { colour, dashes, .. } = line;
    if line.band {
        let band = path(
            &mut known
                .iter()
                .map(|&(x, (_, low, _))| (x, low))
                .chain(known.iter().rev().map(|&(x, (_, _, high))| (x, high))),
        );
        let _ = writeln!(svg, "<polygon points=\"{band}\" fill=\"{colour}\" fill-opacity=\"0.14\"/>");
    }
    let points = path(&mut known.iter().map(|&(x, (value, _, _))| (x, value)));
    let _ = writeln!(
        svg,
        "<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" \
         stroke-dasharray=\"{dashes}\" stroke-linejoin=\"round\"/>"
    );
    for &(x, (value, _, _)) in &known {
        let _ = writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{:.1}\" r=\"2.6\" fill=\"{colour}\"/>", up(value));
    }
}

/// Words of ours: nothing in them needs escaping.
fn text(svg: &mut String, (x, y): (f64, f64), anchor: &str, (size, colour): (f64, &str), words: &str) {
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\" fill=\"{colour}\" text-anchor=\"{anchor}\">{words}</text>"
    );
}
