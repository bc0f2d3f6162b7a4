//! What one host carried out to another, and what hosts usually carry out.

use blueline_terms::finding::{Measure, Reason, Sources, Spoofed, Value};
use blueline_terms::{Address, Application, Change, Confidence, FlowId, Moment, Span, Standing};

use super::Bar;
use crate::claim::{Claim, Subject};
use crate::measure::Sliding;

/// Ports of backups: rsync, NFS, iSCSI, Bacula, NDMP, NetBackup, Veeam.
const BACKUP: [u16; 10] = [873, 2049, 3260, 6162, 9101, 9102, 9103, 9392, 10_000, 13_724];
/// Of the packets that went out, the share that must have been answered by one; TCP acknowledges every second one, and
/// where the receiver joins segments still one in some forty.
const ANSWERED: f64 = 0.02;
/// Of all that a host carried out, the share that must have gone to one.
const SHARE: f64 = 0.25;
/// So many times the ratio make an upload that nothing but an upload explains.
const STRONG: f64 = 2.0;
/// What is carried to a port for backups is told, with doubt, when it is so many times the volume.
const LARGE_BACKUP: f64 = 10.0;
/// A pair that used to carry this share of what it carries now does as ever.
const AS_EVER: f64 = 0.5;

/// Bytes that went out by a pair of hosts.
pub(super) struct Carried {
    /// Whether it is from a party to another side.
    pub(super) crosses: bool,
    span: Span,
    out: Sliding,
    back: Sliding,
    habit: Habit,
    packets: [u64; 2],
    bytes: [u64; 2],
    /// Bytes that went to ports for backups.
    backup: u64,
    /// Bytes that went by UDP and not by QUIC, as those of calls and screens that are shown.
    media: u64,
    port: u16,
    flow_count: u64,
    flow: FlowId,
    peak: u64,
    /// Whether it waits to be looked at.
    pub(super) due: bool,
}

/// What was usual by the window: an exponentially weighted mean over windows that are over (Roberts, "Control Chart
/// Tests Based on Geometric Moving Averages", Technometrics 1, 1959). The latest weighs a quarter.
#[derive(Clone, Copy, Default)]
pub(super) struct Habit {
    window: Option<i64>,
    bytes: u64,
    mean: Option<f64>,
}

const WEIGHT: f64 = 0.25;
/// After so many windows without anything the mean is as good as nothing.
const FORGOTTEN: i64 = 64;

impl Habit {
    pub(super) fn note(&mut self, bar: &Bar, at: Moment, bytes: u64) {
        let length = i64::try_from(bar.window.as_nanos()).unwrap_or(i64::MAX).max(1);
        let now = at.nanos().div_euclid(length);
        let before = *self.window.get_or_insert(now);
        for _ in 0..now.saturating_sub(before).clamp(0, FORGOTTEN) {
            let latest = std::mem::take(&mut self.bytes) as f64;
            self.mean = Some(self.mean.map_or(latest, |mean| mean + WEIGHT * (latest - mean)));
        }
        self.window = Some(before.max(now));
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// Bytes in a usual window; `None` where none is over yet.
    pub(super) fn usual(&self) -> Option<f64> {
        self.mean
    }

    fn weight(&self) -> u64 {
        self.bytes.max(self.mean.unwrap_or(0.0) as u64)
    }
}

/// What a host sends out to other sides.
#[derive(Clone, Copy, Default)]
pub(super) struct Sender {
    out: Sliding,
    pub(super) habit: Habit,
}

impl Sender {
    pub(super) fn note(&mut self, bar: &Bar, at: Moment, bytes: u64) {
        self.out.note(bar.window, at, bytes);
        self.habit.note(bar, at, bytes);
    }

    pub(super) fn weight(&self) -> u64 {
        self.habit.weight()
    }
}

/// What the hosts of a prefix send out to other sides.
#[derive(Clone, Copy, Default)]
pub(super) struct Block {
    pub(super) habit: Habit,
    pub(super) hosts: u32,
}

impl Block {
    /// Bytes that a host of it sends in a usual window.
    pub(super) fn usual(&self) -> Option<f64> {
        self.habit.usual().map(|bytes| bytes / f64::from(self.hosts.max(1)))
    }

    pub(super) fn weight(&self) -> u64 {
        self.habit.weight()
    }
}

/// What is known of the two ends when a pair is judged.
pub(super) struct Known<'a> {
    pub(super) sender: &'a Sender,
    pub(super) block: Option<&'a Block>,
    /// Whether the destination serves several hosts, as one of an office or of everybody does.
    pub(super) common: bool,
}

impl Known<'_> {
    fn usual(&self) -> Option<f64> {
        self.sender.habit.usual().or_else(|| self.block.and_then(Block::usual))
    }
}

impl Carried {
    pub(super) fn new(change: &Change, crosses: bool) -> Self {
        Self {
            crosses,
            span: change.span,
            out: Sliding::default(),
            back: Sliding::default(),
            habit: Habit::default(),
            packets: [0; 2],
            bytes: [0; 2],
            backup: 0,
            media: 0,
            port: change.destination_port,
            flow_count: 0,
            flow: change.id,
            peak: 0,
            due: false,
        }
    }

    /// Counts a change; says whether so much has been carried that it should be looked at.
    pub(super) fn note(&mut self, bar: &Bar, change: &Change) -> bool {
        let at = change.span.end;
        if at.since(self.span.end) > bar.window {
            // What was carried before is another event; what is usual stays.
            *self = Self { habit: self.habit, due: self.due, ..Self::new(change, self.crosses) };
        }
        self.span = self.span.join(change.span);
        self.out.note(bar.window, at, change.forward.bytes);
        self.back.note(bar.window, at, change.backward.bytes);
        self.habit.note(bar, at, change.forward.bytes);
        for (way, counts) in [change.forward, change.backward].iter().enumerate() {
            self.packets[way] = self.packets[way].saturating_add(u64::from(counts.packets));
            self.bytes[way] = self.bytes[way].saturating_add(counts.bytes);
        }
        let backup = BACKUP.contains(&change.destination_port);
        self.backup = self.backup.saturating_add(if backup { change.forward.bytes } else { 0 });
        let media = change.protocol == 17 && change.application != Application::Quic;
        self.media = self.media.saturating_add(if media { change.forward.bytes } else { 0 });
        self.flow_count += u64::from(!change.standing.has(Standing::WAS_ANSWERED));
        let enough = self.bytes[0] as f64 >= bar.low();
        enough && !std::mem::replace(&mut self.due, true)
    }

    pub(super) fn weight(&self) -> u64 {
        self.bytes[0].max(self.habit.weight())
    }

    /// What is to be told now, if it is much and nothing explains it.
    pub(super) fn claim(
        &mut self,
        bar: &Bar,
        now: Moment,
        (from, to): (Address, Address),
        known: &Known<'_>,
    ) -> Option<Claim> {
        self.due = false;
        let out = self.out.total(bar.window, now);
        let back = self.back.total(bar.window, now);
        let usual = known.usual();
        let carried = out as f64;
        let strong = carried >= back as f64 * bar.ratio * STRONG && self.media * 2 <= self.bytes[0];
        let least = if strong && !known.common { bar.bytes } else { bar.plain() };
        let threshold = usual.map_or(0.0, |usual| usual * bar.usual).max(least);
        let above = carried >= bar.low() && usual.is_none_or(|usual| carried >= usual * bar.usual);
        let one_way = carried >= back as f64 * bar.ratio;
        let answered = self.packets[1] as f64 >= self.packets[0] as f64 * ANSWERED;
        let alone = carried >= known.sender.out.total(bar.window, now) as f64 * SHARE;
        let as_ever = self.habit.usual().is_some_and(|usual| usual >= carried * AS_EVER);
        let backup = self.backup * 2 > self.bytes[0];
        let explained = as_ever || backup && carried < bar.plain() * LARGE_BACKUP;
        if !(above && one_way && answered && alone) || explained {
            return None;
        }
        self.peak = self.peak.max(out);
        let sure = carried >= threshold && !backup;
        let confidence = if sure { Confidence::Moderate } else { Confidence::Low };
        let subject = Subject { host: from, other: to, port: 0 };
        Some(Claim {
            actors: vec![from],
            targets: vec![to],
            target_count: 1,
            sources: Sources { count: 1, estimated: false, sample: vec![from], spoofed: Spoofed::Unlikely },
            ports: vec![self.port],
            flow_count: self.flow_count.max(1),
            packets: self.packets[0].saturating_add(self.packets[1]),
            bytes: self.bytes[0].saturating_add(self.bytes[1]),
            measure: Some(Measure { what: "bytes-out".into(), value: self.peak as f64, baseline: usual, threshold }),
            confidence,
            grounds: self.grounds(out, back, usual),
            against: self.against(threshold, known, backup),
            flows: vec![self.flow],
            linger: (bar.window / 12).max(std::time::Duration::from_secs(60)),
            ..Claim::new("exfiltration.volume", "upload", subject, self.span)
        })
    }

    fn grounds(&self, out: u64, back: u64, usual: Option<f64>) -> Vec<Reason> {
        let time = self.span.duration().as_secs_f64();
        let mut grounds = vec![
            Reason::new("carried-out").with("bytes", Value::Bytes(out)).with("back", Value::Bytes(back)),
            Reason::new("carried-for").with("time", Value::Seconds(time)),
        ];
        if let Some(usual) = usual {
            grounds.push(Reason::new("sends-more-than-usual").with("usual", Value::Bytes(usual as u64)));
        }
        grounds
    }

    fn against(&self, threshold: f64, known: &Known<'_>, backup: bool) -> Vec<Reason> {
        let mut against = vec![Reason::new("content-unknown")];
        if known.common {
            against.push(Reason::new("destination-common"));
        }
        if self.media * 2 > self.bytes[0] {
            against.push(Reason::new("carried-like-media"));
        }
        if known.usual().is_none() {
            against.push(Reason::new("usual-unknown"));
        }
        if backup {
            against.push(Reason::new("backup-port").with("port", u64::from(self.port)));
        }
        if (self.peak as f64) < threshold {
            against.push(Reason::new("little-carried").with("wanted", Value::Bytes(threshold as u64)));
        }
        against
    }
}
