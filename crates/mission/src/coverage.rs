//! What the sensors could have seen, from what they declared and how they watched.

use std::collections::BTreeMap;
use std::time::Duration;

use blueline_border::tally::{SensorTallies, SensorTally};
use blueline_terms::coverage::{PartyCoverage, SensorCoverage};
use blueline_terms::{Coverage, Mission, PartyIndex, Prefix, SensorIndex, Share, Span};

/// Follows the watch of every sensor.
///
/// The coverage of a period rests on what was recorded up to the period's end and on nothing later, so it is the same
/// whether it is asked for when the period closes or years later.
#[derive(Default)]
pub(crate) struct Watchbook {
    sensors: BTreeMap<SensorIndex, Log>,
    shed: u64,
}

#[derive(Default)]
struct Log {
    /// First to last packet of the periods that are over.
    span: Option<Span>,
    /// The longest gaps of the run, longest first.
    longest: Vec<Span>,
    gap_time: Duration,
    /// Gaps that ended in no period that is over.
    recent: Vec<Span>,
    dropped: Option<u64>,
}

/// What is known of a sensor's watch beside its rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes {
    /// Silences longer than its bound that have ended.
    pub(crate) gaps: Vec<Span>,
    /// Packets that its captures say were lost, since the notes before.
    pub(crate) dropped: Option<u64>,
    /// Flows let go early, since the notes before.
    pub(crate) shed: u64,
}

impl Watchbook {
    /// Takes in what became known of a sensor.
    pub(crate) fn note(&mut self, sensor: Option<SensorIndex>, notes: Notes) {
        self.shed += notes.shed;
        let Some(sensor) = sensor else { return };
        let log = self.sensors.entry(sensor).or_default();
        for gap in notes.gaps {
            log.gap_time = log.gap_time.saturating_add(gap.duration());
            log.longest.push(gap);
            log.recent.push(gap);
        }
        // A stable sort: of equal gaps the earlier one is kept.
        log.longest.sort_by_key(|gap| std::cmp::Reverse(gap.duration()));
        log.longest.truncate(SensorCoverage::GAPS_KEPT);
        if let Some(dropped) = notes.dropped {
            log.dropped = Some(log.dropped.unwrap_or(0).saturating_add(dropped));
        }
    }

    /// A sensor recorded in this span, before any period that is asked for.
    pub(crate) fn recorded(&mut self, sensor: SensorIndex, span: Span) {
        let log = self.sensors.entry(sensor).or_default();
        log.span = Some(log.span.map_or(span, |known| known.join(span)));
    }

    /// The coverage of one period, `window`, that is over, with what was counted in it and what was shed since the one
    /// before. Periods are asked for in order.
    pub(crate) fn period(&mut self, mission: &Mission, window: Span, counted: &SensorTallies, shed: u64) -> Coverage {
        for tally in counted.iter() {
            if let Some(sensor) = tally.sensor {
                self.recorded(sensor, tally.span);
            }
        }
        let mut sensors = Vec::new();
        for (&sensor, log) in self.sensors.iter_mut().filter(|(_, log)| log.span.is_some()) {
            let declared = mission.sensors.get(usize::from(sensor.0));
            let longest_silence = declared.map_or(Duration::MAX, |sensor| sensor.longest_silence);
            let over = log.recent.extract_if(.., |gap| gap.end < window.end);
            let mut gaps: Vec<Span> = over.filter_map(|gap| meet(gap, window)).collect();
            gaps.extend(log.silent_edges(window, longest_silence));
            sensors.push(coverage(mission, sensor, window, gaps, counted.of(Some(sensor)), log, None));
        }
        finish(mission, sensors, counted, shed)
    }

    /// The coverage of the whole run, `window`, in which this was counted.
    pub(crate) fn run(&self, mission: &Mission, window: Span, counted: &SensorTallies) -> Coverage {
        let of = |(&sensor, log): (&SensorIndex, &Log)| {
            let declared = mission.sensors.get(usize::from(sensor.0));
            let longest_silence = declared.map_or(Duration::MAX, |sensor| sensor.longest_silence);
            let edges = log.silent_edges(window, longest_silence);
            let gaps = log.longest.iter().copied().chain(edges.iter().copied()).collect();
            let mut found = coverage(mission, sensor, window, gaps, counted.of(Some(sensor)), log, log.dropped);
            found.gap_time = log.gap_time.saturating_add(edges.iter().map(|gap| gap.duration()).sum());
            found.alive = alive(found.gap_time, window);
            found
        };
        let recorded = self.sensors.iter().filter(|(_, log)| log.span.is_some());
        finish(mission, recorded.map(of).collect(), counted, self.shed)
    }
}

impl Log {
    /// Silence before the first packet and after the last one, as far as it is longer than it may be.
    fn silent_edges(&self, window: Span, longest_silence: Duration) -> Vec<Span> {
        let Some(span) = self.span else { return vec![window] };
        let before = Span { start: window.start, end: span.start };
        let after = Span { start: span.end, end: window.end };
        let silent = |edge: &Span| edge.start < edge.end && edge.duration() > longest_silence;
        [before, after].into_iter().filter(silent).filter_map(|edge| meet(edge, window)).collect()
    }
}

fn meet(a: Span, b: Span) -> Option<Span> {
    let both = Span { start: a.start.max(b.start), end: a.end.min(b.end) };
    (both.start < both.end).then_some(both)
}

fn alive(gap_time: Duration, window: Span) -> Share {
    let whole = window.duration().as_secs_f64();
    Share::of((whole - gap_time.as_secs_f64()).max(0.0), whole)
}

fn coverage(
    mission: &Mission,
    sensor: SensorIndex,
    window: Span,
    mut gaps: Vec<Span>,
    counted: Option<&SensorTally>,
    log: &Log,
    dropped: Option<u64>,
) -> SensorCoverage {
    let gap_time: Duration = gaps.iter().map(|gap| gap.duration()).sum();
    gaps.sort_by_key(|gap| (std::cmp::Reverse(gap.duration()), gap.start));
    gaps.truncate(SensorCoverage::GAPS_KEPT);
    SensorCoverage {
        sensor,
        packets: counted.map_or(0, |counted| counted.packets),
        span: log.span.and_then(|span| meet(span, window).or(Some(span))),
        alive: alive(gap_time, window),
        gaps,
        gap_time,
        dropped,
        one_way: counted.map_or(0, |counted| counted.one_way),
        tcp_flows: counted.map_or(0, |counted| counted.tcp_flows),
        sampling: mission.sensors.get(usize::from(sensor.0)).map_or(1, |sensor| sensor.sampling),
    }
}

fn finish(mission: &Mission, sensors: Vec<SensorCoverage>, counted: &SensorTallies, shed: u64) -> Coverage {
    let parties = if sensors.is_empty() { Vec::new() } else { parties(mission, &sensors) };
    let packets = counted.iter().map(|tally| tally.packets).sum();
    let packets_undeclared = counted.of(None).map_or(0, |tally| tally.packets);
    Coverage { sensors, parties, packets_undeclared, packets, shed }
}

fn parties(mission: &Mission, sensors: &[SensorCoverage]) -> Vec<PartyCoverage> {
    let of = |(number, party): (usize, &blueline_terms::Party)| {
        let space = |v4: bool| Sight::of(&party.prefixes, v4, mission, sensors);
        let (v4, v6) = (space(true), space(false));
        let seen: Vec<&Sight> = v4.iter().chain(&v6).filter(|sight| sight.seen > 0.0).collect();
        let time = seen.iter().map(|sight| sight.alive / sight.seen).fold(1.0, f64::min);
        PartyCoverage {
            party: PartyIndex(number as u16),
            space_v4: v4.as_ref().map(|sight| Share::of(sight.seen, sight.all)),
            space_v6: v6.as_ref().map(|sight| Share::of(sight.seen, sight.all)),
            time: if seen.is_empty() { Share::NONE } else { Share::of(time, 1.0) },
        }
    };
    mission.parties.iter().enumerate().map(of).collect()
}

/// How much of a space is in sight, in addresses.
struct Sight {
    all: f64,
    seen: f64,
    /// Addresses in sight, each weighted with the share of time that the best of its sensors was alive.
    alive: f64,
}

impl Sight {
    /// `None` where there is no such space.
    fn of(prefixes: &[Prefix], v4: bool, mission: &Mission, sensors: &[SensorCoverage]) -> Option<Self> {
        let space: Vec<Prefix> = outermost(prefixes.iter().copied().filter(|prefix| prefix.is_v4() == v4));
        if space.is_empty() {
            return None;
        }
        let mut sight = Self { all: 0.0, seen: 0.0, alive: 0.0 };
        // Prefixes nest or are apart, so the pieces in sight are again prefixes.
        for &own in &space {
            sight.all += size(own);
            let mut pieces: Vec<(Prefix, f64)> = Vec::new();
            for watch in sensors {
                let declared = mission.sensors.get(usize::from(watch.sensor.0));
                for &sees in declared.iter().flat_map(|sensor| &sensor.sees) {
                    let piece = if own.covers(sees) { Some(sees) } else { sees.covers(own).then_some(own) };
                    pieces.extend(piece.map(|piece| (piece, watch.alive.value())));
                }
            }
            let (seen, alive) = weigh(own, &pieces);
            sight.seen += seen;
            sight.alive += alive;
        }
        Some(sight)
    }
}

/// Of the pieces of `own` that are in sight: their addresses, and those weighted with the best share of time.
fn weigh(own: Prefix, pieces: &[(Prefix, f64)]) -> (f64, f64) {
    // The best sensors first: what they see is theirs, the others add what is left.
    let mut ranked = pieces.to_vec();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.size_log2().cmp(&b.0.size_log2()).reverse()));
    let mut taken: Vec<Prefix> = Vec::new();
    let (mut seen, mut alive) = (0.0, 0.0);
    for (piece, share) in ranked {
        if taken.iter().any(|known| known.covers(piece)) {
            continue;
        }
        let inside: f64 =
            outermost(taken.iter().copied().filter(|known| piece.covers(*known))).into_iter().map(size).sum();
        let fresh = size(piece) - inside;
        seen += fresh;
        alive += fresh * share;
        taken.push(piece);
    }
    (seen.min(size(own)), alive.min(size(own)))
}

/// Those prefixes that lie in no other.
fn outermost(prefixes: impl Iterator<Item = Prefix>) -> Vec<Prefix> {
    let mut sorted: Vec<Prefix> = prefixes.collect();
    sorted.sort();
    let mut kept: Vec<Prefix> = Vec::new();
    for prefix in sorted {
        // In this order a prefix comes right behind the ones that hold it.
        if !kept.last().is_some_and(|last| last.covers(prefix)) {
            kept.push(prefix);
        }
    }
    kept
}

fn size(prefix: Prefix) -> f64 {
    f64::from(prefix.size_log2()).exp2()
}

#[cfg(test)]
mod tests {
    use super::*;
    use blueline_terms::{Moment, Party, Sensor};

    fn prefixes(list: &[&str]) -> Vec<Prefix> {
        list.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn mission() -> Mission {
        let party = |id: &str, own: &[&str]| Party {
            id: id.parse().unwrap(),
            names: BTreeMap::new(),
            prefixes: prefixes(own),
            asns: Vec::new(),
            countries: Vec::new(),
            domains: Vec::new(),
            contacts: Vec::new(),
            keys: Vec::new(),
        };
        let sensor = |id: &str, sees: &[&str]| Sensor {
            id: id.parse().unwrap(),
            vantage: None,
            sees: prefixes(sees),
            sampling: 1,
            longest_silence: Duration::from_secs(10),
        };
        Mission {
            parties: vec![party("a", &["10.0.0.0/8", "2001:db8::/32"]), party("b", &["192.0.2.0/24"])],
            sensors: vec![sensor("s", &["10.0.0.0/9", "10.0.0.0/10"]), sensor("t", &["10.0.0.0/10"])],
            ..Mission::default()
        }
    }

    fn at(seconds: i64) -> Moment {
        Moment::from_seconds(seconds, 0)
    }

    fn span(from: i64, to: i64) -> Span {
        Span { start: at(from), end: at(to) }
    }

    fn counted(sensor: u16, from: i64, to: i64) -> SensorTallies {
        let sensor = Some(SensorIndex(sensor));
        [SensorTally { sensor, packets: 10, span: span(from, to), tcp_flows: 0, one_way: 0 }].into_iter().collect()
    }

    fn gaps(gaps: &[(i64, i64)]) -> Notes {
        Notes { gaps: gaps.iter().map(|&(from, to)| span(from, to)).collect(), ..Notes::default() }
    }

    #[test]
    fn space_and_time_in_sight() {
        let (mission, mut book) = (mission(), Watchbook::default());
        book.note(Some(SensorIndex(0)), gaps(&[(20, 70)]));
        for sensor in [0, 1] {
            book.recorded(SensorIndex(sensor), span(0, 100));
        }
        let coverage = book.run(&mission, span(0, 100), &SensorTallies::default());
        assert_eq!(coverage.sensors[0].alive, Share::of(50.0, 100.0));
        let a = &coverage.parties[0];
        assert_eq!((a.space_v4, a.space_v6), (Some(Share::of(1.0, 2.0)), Some(Share::NONE)));
        // Half of what is seen is seen all the time by the second sensor, the rest half of the time by the first.
        assert_eq!(a.time, Share::of(0.75, 1.0));
        assert_eq!(coverage.parties[1].space_v4, Some(Share::NONE));
        assert_eq!(coverage.parties[1].time, Share::NONE);
    }

    #[test]
    fn a_period_counts_only_its_own_silence() {
        let (mission, mut book) = (mission(), Watchbook::default());
        let minute = |n: i64| span(60 * n, 60 * n + 60);
        let alive = |book: &mut Watchbook, n, counted| book.period(&mission, minute(n), &counted, 0).sensors[0].alive;
        assert_eq!(alive(&mut book, 0, counted(0, 0, 40)), Share::of(40.0, 60.0));
        book.note(Some(SensorIndex(0)), gaps(&[(40, 80)]));
        assert_eq!(alive(&mut book, 1, counted(0, 80, 115)), Share::of(40.0, 60.0));
        assert_eq!(alive(&mut book, 2, SensorTallies::default()), Share::NONE);
    }

    /// What is known later does not change what is said of a period: a gap that ends behind it counts as far as it was
    /// too long already.
    #[test]
    fn what_comes_later_changes_nothing() {
        let mission = mission();
        let alive = |known: &[(i64, i64)]| {
            let mut book = Watchbook::default();
            book.note(Some(SensorIndex(0)), gaps(known));
            book.period(&mission, span(0, 60), &counted(0, 0, 55), 0).sensors[0].alive
        };
        assert_eq!(alive(&[]), Share::ALL);
        assert_eq!(alive(&[(55, 70)]), Share::ALL);
    }

    #[test]
    fn without_a_declared_sensor_nothing_is_claimed() {
        let coverage = Watchbook::default().run(&mission(), Span::at(at(0)), &SensorTallies::default());
        assert!(coverage.parties.is_empty() && coverage.sensors.is_empty());
    }
}
