//! What the sensors could have seen, from what they declared and how they watched.

use std::collections::BTreeMap;
use std::time::Duration;

use blueline_terms::coverage::{PartyCoverage, SensorCoverage};
use blueline_terms::{Coverage, Mission, PartyIndex, Prefix, SensorIndex, Share, Span};
use blueline_watch::SensorWatch;

/// Follows the watch of every sensor through a run.
#[derive(Default)]
pub(crate) struct Watchbook {
    sensors: BTreeMap<SensorIndex, Log>,
    undeclared: u64,
    packets: u64,
    /// Figures when the period before was closed.
    packets_before: BTreeMap<SensorIndex, u64>,
    undeclared_before: u64,
    all_before: u64,
    shed_before: u64,
}

#[derive(Default)]
struct Log {
    packets: u64,
    span: Option<Span>,
    /// The longest gaps of the run, longest first.
    longest: Vec<Span>,
    gap_time: Duration,
    /// Gaps that may reach into a period that is still to be closed.
    recent: Vec<Span>,
    longest_silence: Duration,
    dropped: Option<u64>,
}

/// TCP flows by sensor, and how many of them were seen one way only.
pub(crate) type OneWay = BTreeMap<Option<SensorIndex>, (u64, u64)>;

impl Watchbook {
    /// Takes in how the sensors stand at a line.
    pub(crate) fn update(&mut self, mission: &Mission, watches: &[SensorWatch], packets: u64) {
        self.packets = packets;
        for watch in watches {
            let Some(sensor) = watch.sensor else {
                self.undeclared = watch.packets;
                continue;
            };
            let log = self.sensors.entry(sensor).or_default();
            let declared = mission.sensors.get(usize::from(sensor.0));
            log.longest_silence = declared.map_or(Duration::MAX, |sensor| sensor.longest_silence);
            (log.packets, log.span) = (watch.packets, watch.span);
            for &gap in &watch.gaps {
                log.gap_time = log.gap_time.saturating_add(gap.duration());
                log.longest.push(gap);
                log.recent.push(gap);
            }
            // A stable sort: of equal gaps the earlier one is kept.
            log.longest.sort_by_key(|gap| std::cmp::Reverse(gap.duration()));
            log.longest.truncate(SensorCoverage::GAPS_KEPT);
        }
    }

    /// What the captures themselves say of packets lost.
    pub(crate) fn note_drops(&mut self, sensor: SensorIndex, dropped: u64) {
        let log = self.sensors.entry(sensor).or_default();
        log.dropped = Some(log.dropped.unwrap_or(0).saturating_add(dropped));
    }

    /// The coverage of one period, `window`.
    pub(crate) fn period(
        &mut self,
        mission: &Mission,
        window: Span,
        tcp: &OneWay,
        packets: u64,
        shed: u64,
    ) -> Coverage {
        let mut sensors = Vec::new();
        for (&sensor, log) in &mut self.sensors {
            let before = self.packets_before.insert(sensor, log.packets).unwrap_or(0);
            let gaps: Vec<Span> = log.gaps_in(window);
            log.recent.retain(|gap| gap.end > window.end);
            sensors.push(coverage(mission, sensor, log.packets - before, log.span, window, gaps, tcp, None));
        }
        let undeclared = self.undeclared - std::mem::replace(&mut self.undeclared_before, self.undeclared);
        let _ = std::mem::replace(&mut self.all_before, self.packets);
        let shed = shed - std::mem::replace(&mut self.shed_before, shed);
        finish(mission, sensors, undeclared, packets, shed)
    }

    /// The coverage of the whole run, `window`.
    pub(crate) fn run(&self, mission: &Mission, window: Span, tcp: &OneWay, shed: u64) -> Coverage {
        let of = |(&sensor, log): (&SensorIndex, &Log)| {
            let mut gaps = log.longest.clone();
            gaps.extend(log.silent_edges(window));
            let mut found = coverage(mission, sensor, log.packets, log.span, window, gaps, tcp, log.dropped);
            let edges: Duration = log.silent_edges(window).iter().map(|gap| gap.duration()).sum();
            found.gap_time = log.gap_time.saturating_add(edges);
            found.alive = alive(found.gap_time, window);
            found
        };
        let sensors = self.sensors.iter().map(of).collect();
        finish(mission, sensors, self.undeclared, self.packets, shed)
    }
}

impl Log {
    /// The parts of `window` in which the sensor was silent for longer than it may be.
    fn gaps_in(&self, window: Span) -> Vec<Span> {
        let mut gaps: Vec<Span> = self.recent.iter().filter_map(|gap| meet(*gap, window)).collect();
        gaps.extend(self.silent_edges(window));
        gaps
    }

    /// Silence before the first packet and after the last one, as far as it is longer than it may be.
    fn silent_edges(&self, window: Span) -> Vec<Span> {
        let Some(span) = self.span else { return vec![window] };
        let edges = [
            Span { start: window.start, end: span.start },
            Span { start: span.end.max(window.start), end: window.end },
        ];
        let silent = |edge: &Span| {
            let began = if edge.end == window.end { span.end } else { edge.start };
            edge.start < edge.end && edge.end.since(began) > self.longest_silence
        };
        edges.into_iter().filter(silent).filter_map(|edge| meet(edge, window)).collect()
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

#[expect(clippy::too_many_arguments, reason = "one sensor's figures, each from another book")]
fn coverage(
    mission: &Mission,
    sensor: SensorIndex,
    packets: u64,
    span: Option<Span>,
    window: Span,
    mut gaps: Vec<Span>,
    tcp: &OneWay,
    dropped: Option<u64>,
) -> SensorCoverage {
    let gap_time: Duration = gaps.iter().map(|gap| gap.duration()).sum();
    gaps.sort_by_key(|gap| (std::cmp::Reverse(gap.duration()), gap.start));
    gaps.truncate(SensorCoverage::GAPS_KEPT);
    let (tcp_flows, one_way) = tcp.get(&Some(sensor)).copied().unwrap_or_default();
    SensorCoverage {
        sensor,
        packets,
        span: span.and_then(|span| meet(span, window).or(Some(span))),
        alive: alive(gap_time, window),
        gaps,
        gap_time,
        dropped,
        one_way,
        tcp_flows,
        sampling: mission.sensors.get(usize::from(sensor.0)).map_or(1, |sensor| sensor.sampling),
    }
}

fn finish(mission: &Mission, sensors: Vec<SensorCoverage>, undeclared: u64, packets: u64, shed: u64) -> Coverage {
    let parties = if sensors.is_empty() { Vec::new() } else { parties(mission, &sensors) };
    Coverage { sensors, parties, packets_undeclared: undeclared, packets, shed }
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

    fn watch(sensor: u16, from: i64, to: i64, gaps: &[(i64, i64)]) -> SensorWatch {
        SensorWatch {
            sensor: Some(SensorIndex(sensor)),
            packets: 10,
            span: Some(Span { start: at(from), end: at(to) }),
            gaps: gaps.iter().map(|&(from, to)| Span { start: at(from), end: at(to) }).collect(),
            longest_silence: Some(Duration::from_secs(10)),
        }
    }

    #[test]
    fn space_and_time_in_sight() {
        let (mission, mut book) = (mission(), Watchbook::default());
        book.update(&mission, &[watch(0, 0, 100, &[(20, 70)]), watch(1, 0, 100, &[])], 20);
        let window = Span { start: at(0), end: at(100) };
        let coverage = book.run(&mission, window, &OneWay::new(), 0);
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
        book.update(&mission, &[watch(0, 0, 130, &[(40, 80)])], 10);
        let minute = |n: i64| Span { start: at(60 * n), end: at(60 * n + 60) };
        let alive = |book: &mut Watchbook, n| book.period(&mission, minute(n), &OneWay::new(), 5, 0).sensors[0].alive;
        assert_eq!(alive(&mut book, 0), Share::of(40.0, 60.0));
        assert_eq!(alive(&mut book, 1), Share::of(40.0, 60.0));
        // The third minute ends fifty seconds after the last packet: silence that is too long from then on.
        assert_eq!(alive(&mut book, 2), Share::of(10.0, 60.0));
    }

    #[test]
    fn without_a_declared_sensor_nothing_is_claimed() {
        let coverage = Watchbook::default().run(&mission(), Span::at(at(0)), &OneWay::new(), 0);
        assert!(coverage.parties.is_empty() && coverage.sensors.is_empty());
    }
}
