//! What presses on a receiver: packets of one class by the second, against what is usual there, with what is known of
//! their senders.

use std::time::Duration;

use blueline_terms::{Address, FlowId, Moment, Span};

use crate::claim::Subject;

use super::{Bounded, Distinct, Seed, Week, share};

/// Packets of one class that a change brought to a receiver.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival {
    pub(crate) receiver: Address,
    pub(crate) class: u8,
    pub(crate) sender: Address,
    pub(crate) packets: u32,
    pub(crate) bytes: u64,
    pub(crate) span: Span,
    pub(crate) flow: FlowId,
    /// Whether the flow begins with it.
    pub(crate) opening: bool,
    /// The receiver's port, or whichever port tells most.
    pub(crate) port: u16,
    /// Lowest and highest TTL.
    pub(crate) ttl: (u8, u8),
    /// Whether the receiver answered.
    pub(crate) answered: bool,
    /// Packets, or questions, that bear the mark that tells an attack of this class: refused, or asked for to amplify.
    pub(crate) telling: u32,
    /// The host, where the receiver is a prefix.
    pub(crate) host: Option<Address>,
}

/// When pressure is too much.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bound {
    /// Packets a second that are too much where nothing is usual.
    pub(crate) floor: f64,
    /// How many times what is usual is too much.
    pub(crate) times_usual: f64,
}

/// Pressure on receivers, by class.
///
/// For each receiver and class a cumulative sum (Page, "Continuous Inspection Schemes", Biometrika 1954; for floods: Wang,
/// Zhang, Shin, "Detecting SYN Flooding Attacks", INFOCOM 2002) of what comes above half of the bound in each second: a
/// sudden flood goes over the bound in its first whole second, one of little more than half of it after a while. What is
/// usual is an exponentially weighted mean over seconds, learned only while nothing is wrong.
///
/// The same is done for whole prefixes, /24 and /48, because an attack may be spread over all hosts of one; there, what is
/// usual is also learned by hour of the week.
///
/// Keeps 16,384 receivers, those under most pressure; a receiver costs some 120 bytes. Of 1024 that get more than a few
/// packets a second it keeps what is known of their senders, at most 150 KiB each; where more are pressed at a time, their
/// prefixes tell.
pub(crate) struct Pressure {
    profiles: Bounded<(Address, u8), Profile>,
    /// The receiver that was counted last, and the prefix, each with its place until the second is over.
    last: [((Address, u8), usize); 2],
    touched: Vec<usize>,
    week: Week<(Address, u8)>,
    look_from: u32,
    seed: Seed,
    /// How many profiles have evidence.
    looking: usize,
}

/// Receivers that are kept in mind.
const MOST: usize = 16_384;
/// Of them those whose senders are.
const MOST_LOOKED_AT: usize = 1024;
/// No class has this number.
const NOBODY: [((Address, u8), usize); 2] = [((Address::from_bits(0), u8::MAX), 0); 2];
/// Seconds of silence after which senders are let go when others need the room.
const SILENT: i64 = 8;
/// The mean forgets half in 42 seconds.
const ALPHA: f64 = 1.0 / 60.0;
/// Marks the class of what is counted for a prefix.
const PREFIX: u8 = 0x80;
/// Seconds after which the mean is believed.
const WARM: i64 = 60;
/// A profile begins anew after this long without a packet.
const FORGET: Duration = Duration::from_secs(60);

/// One receiver and class.
#[derive(Default)]
pub(crate) struct Profile {
    /// In the second under way.
    packets: u32,
    /// Above half of the bound, so far.
    sum: f64,
    usual: f64,
    /// The second of the latest packet, and the first.
    second: i64,
    first: i64,
    peak: u32,
    evidence: Option<Box<Evidence>>,
    /// The bound was exceeded, and the sum has not gone back to nothing since.
    over: bool,
}

/// A receiver under pressure at the end of a second.
pub(crate) struct Pressed<'a> {
    pub(crate) receiver: Address,
    pub(crate) class: u8,
    /// Whether the receiver stands for its prefix.
    pub(crate) prefix: bool,
    /// Packets in the second, and in the worst one so far.
    pub(crate) peak: u32,
    /// What is usual a second, if that is known by now.
    pub(crate) usual: Option<f64>,
    /// What it was compared with.
    pub(crate) limit: f64,
    pub(crate) evidence: &'a Evidence,
}

impl Pressed<'_> {
    /// Whether one host gets most of what its prefix gets: then the finding about that host says it all.
    pub(crate) fn is_about_one_host(&self) -> bool {
        self.prefix && (self.evidence.port_share() >= 0.25 || self.evidence.receivers.count().0 < 8)
    }

    /// Those under pressure, the first of them.
    pub(crate) fn targets(&self) -> Vec<Address> {
        if self.prefix { self.evidence.receivers.first().to_vec() } else { vec![self.receiver] }
    }

    /// How many are.
    pub(crate) fn target_count(&self) -> u64 {
        if self.prefix { self.evidence.receivers.count().0 } else { 1 }
    }

    /// Which event it is: the host, or the prefix by its first and last address.
    pub(crate) fn subject(&self) -> Subject {
        match self.prefix {
            false => Subject::host(self.receiver),
            true => {
                let rest = if self.receiver.is_v4() { 8 } else { 80 };
                let other = Address::from_bits(self.receiver.bits() | ((1 << rest) - 1));
                Subject { host: self.receiver, other, port: 0 }
            }
        }
    }
}

impl Pressure {
    /// Looks at senders where a receiver gets `look_from` packets in a second.
    pub(crate) fn new(look_from: u32, seed: Seed) -> Self {
        let (profiles, week) = (Bounded::new(MOST, seed), Week::new(seed));
        Self { profiles, last: NOBODY, touched: Vec::new(), week, look_from, seed, looking: 0 }
    }

    /// Counts an arrival, for its receiver and for the receiver's prefix.
    #[inline]
    pub(crate) fn note(&mut self, arrival: &Arrival) {
        self.count(arrival);
        // Who of the prefix gets most is told by the low bits of hosts, in place of ports.
        let (port, host) = (arrival.receiver.bits() as u16, Some(arrival.receiver));
        self.count(&Arrival {
            receiver: prefix_of(arrival.receiver),
            class: arrival.class | PREFIX,
            port,
            host,
            ..*arrival
        });
    }

    #[inline]
    fn count(&mut self, arrival: &Arrival) {
        let (seed, room) = (self.seed, self.looking < MOST_LOOKED_AT);
        let key = (arrival.receiver, arrival.class);
        // Under a flood one receiver comes after itself, and so does its prefix.
        let last = &mut self.last[usize::from(arrival.class & PREFIX != 0)];
        if last.0 != key {
            *last = (key, self.profiles.place(key, Profile::default).0);
        }
        let place = last.1;
        let Some((_, profile)) = self.profiles.at(place) else { return };
        if profile.packets == 0 {
            self.touched.push(place);
        }
        profile.packets = profile.packets.saturating_add(arrival.packets.max(1));
        if let Some(evidence) = &mut profile.evidence {
            evidence.note(arrival);
        } else if profile.packets >= self.look_from && room {
            self.looking += 1;
            let mut evidence = Box::new(Evidence::new(seed, arrival.span));
            evidence.note(arrival);
            profile.evidence = Some(evidence);
        }
    }

    /// A second is over: calls `tell` for every receiver whose bound, as `bound` gives it, is exceeded. `bound` is told the
    /// receiver, the class, and whether the receiver is a prefix.
    pub(crate) fn second(
        &mut self,
        now: Moment,
        bound: impl Fn(Address, u8, bool, &Evidence) -> Bound,
        mut tell: impl FnMut(Pressed<'_>),
    ) {
        let second = now.seconds();
        self.last = NOBODY;
        for place in std::mem::take(&mut self.touched) {
            let Some((&(receiver, class), profile)) = self.profiles.at(place) else { continue };
            let (prefix, packets) = (class & PREFIX != 0, profile.packets);
            let by_hour = if prefix { self.week.usual(&(receiver, class), now) } else { None };
            let bound = |evidence: &Evidence| bound(receiver, class & !PREFIX, prefix, evidence);
            let looked = profile.evidence.is_some();
            profile.close_second(second, by_hour.unwrap_or(0.0), self.look_from, bound);
            self.looking -= usize::from(looked && profile.evidence.is_none());
            if prefix && profile.evidence.is_some() {
                self.week.note((receiver, class), now, packets, profile.over);
            }
            if !profile.over {
                continue;
            }
            let Some(evidence) = &profile.evidence else { continue };
            let usual = profile.known_usual().into_iter().chain(by_hour).reduce(f64::max);
            let limit = profile.limit(by_hour.unwrap_or(0.0), bound(evidence));
            let class = class & !PREFIX;
            tell(Pressed { receiver, class, prefix, peak: profile.peak, usual, limit, evidence });
        }
        self.make_room(second);
    }

    fn make_room(&mut self, second: i64) {
        let (full, crowded) = (self.profiles.len() > MOST, self.looking >= MOST_LOOKED_AT);
        if crowded {
            let silent = |profile: &Profile| second - profile.second > SILENT;
            self.profiles.iter_mut().filter(|(_, profile)| silent(profile)).for_each(|(_, profile)| {
                (profile.sum, profile.over, profile.evidence) = (0.0, false, None);
            });
        }
        if full {
            self.profiles.prune(|profile| (profile.over, profile.sum as u64, profile.second));
            self.week.prune();
        }
        if full || crowded {
            self.looking = self.profiles.iter().filter(|(_, profile)| profile.evidence.is_some()).count();
        }
    }
}

impl Profile {
    fn known_usual(&self) -> Option<f64> {
        (self.second - self.first >= WARM).then_some(self.usual)
    }

    fn limit(&self, by_hour: f64, bound: Bound) -> f64 {
        bound.floor.max(self.usual.max(by_hour) * bound.times_usual)
    }

    fn close_second(&mut self, second: i64, by_hour: f64, look_from: u32, bound: impl Fn(&Evidence) -> Bound) {
        if self.first == 0 {
            (self.first, self.second) = (second, second - 1);
        }
        let idle = (second - self.second - 1).clamp(0, 3600);
        self.second = second;
        // Seconds without a packet count as well.
        self.usual *= (1.0 - ALPHA).powi(idle as i32);
        let forgotten = idle as u64 >= FORGET.as_secs();
        if forgotten {
            (self.sum, self.over, self.peak, self.evidence) = (0.0, false, 0, None);
        }
        let packets_now = std::mem::take(&mut self.packets);
        let packets = f64::from(packets_now);
        let Some(evidence) = &self.evidence else {
            self.learn(packets);
            return;
        };
        let limit = self.limit(by_hour, bound(evidence));
        // What went over the bound long ago must not keep the event alive: eight seconds of silence take it back.
        let before = (self.sum - idle as f64 * limit / 2.0).max(0.0);
        self.sum = (before + packets - limit / 2.0).clamp(0.0, limit * 4.0);
        if self.sum >= limit {
            self.over = true;
        } else if self.sum <= 0.0 {
            // What came before it began to press says nothing of what presses.
            self.over = false;
            match &mut self.evidence {
                Some(evidence) if packets_now >= look_from => evidence.begin_anew(),
                _ => self.evidence = None,
            }
        }
        if self.over {
            self.peak = self.peak.max(packets_now);
        } else {
            self.peak = 0;
            self.learn(packets);
        }
    }

    fn learn(&mut self, packets: f64) {
        self.usual += ALPHA * (packets - self.usual);
    }
}

/// What is known of the packets that press on a receiver, since they began to.
#[derive(Clone, Debug)]
pub(crate) struct Evidence {
    pub(crate) span: Span,
    pub(crate) packets: u64,
    pub(crate) bytes: u64,
    pub(crate) flow_count: u64,
    /// Flows of these that the receiver answered.
    pub(crate) answered: u64,
    /// Packets of arrivals that the receiver answered.
    answered_packets: u64,
    /// How many bear the mark of the class.
    pub(crate) telling: u64,
    pub(crate) senders: Distinct,
    /// Hosts of a prefix that got some.
    pub(crate) receivers: Distinct,
    pub(crate) flows: Vec<FlowId>,
    /// Packets from addresses that nobody can send from.
    impossible: u64,
    /// First bytes of IPv4 senders, as bits.
    first_bytes: [u64; 4],
    /// Flows by TTL, in steps of 4.
    ttl: [u32; 64],
    ports: [(u16, u32); 8],
    /// Flows by their size, for how alike they are: the mean of bytes and of their squares.
    bytes_squared: f64,
}

impl Evidence {
    fn new(seed: Seed, span: Span) -> Self {
        Self {
            span,
            packets: 0,
            bytes: 0,
            flow_count: 0,
            answered: 0,
            answered_packets: 0,
            telling: 0,
            senders: Distinct::small(seed),
            receivers: Distinct::small(seed),
            flows: Vec::new(),
            impossible: 0,
            first_bytes: [0; 4],
            ttl: [0; 64],
            ports: [(0, 0); 8],
            bytes_squared: 0.0,
        }
    }

    /// Forgets everything; the next arrival is the first.
    fn begin_anew(&mut self) {
        *self = Self::new(self.senders.seed(), Span { start: Moment::MAX, end: Moment::MIN });
    }

    fn note(&mut self, arrival: &Arrival) {
        self.span = self.span.join(arrival.span);
        self.packets += u64::from(arrival.packets);
        self.bytes += arrival.bytes;
        self.bytes_squared += arrival.bytes as f64 * arrival.bytes as f64;
        self.flow_count += u64::from(arrival.opening);
        self.answered += u64::from(arrival.answered);
        self.answered_packets += if arrival.answered { u64::from(arrival.packets) } else { 0 };
        self.telling += u64::from(arrival.telling);
        self.senders.note(arrival.sender);
        if let Some(host) = arrival.host {
            self.receivers.note(host);
        }
        if arrival.opening && self.flows.len() < 16 {
            self.flows.push(arrival.flow);
        }
        self.impossible += if is_impossible(arrival.sender) { u64::from(arrival.packets) } else { 0 };
        if arrival.sender.is_v4() {
            let first = (arrival.sender.bits() >> 24) as u8;
            self.first_bytes[usize::from(first >> 6)] |= 1 << (first & 63);
        }
        self.ttl[usize::from(arrival.ttl.0 >> 2)] += 1;
        self.note_port(arrival.port, arrival.packets);
    }

    /// Space-saving (Metwally and others, 2005) with eight counters: a port of more than an eighth of the packets is there.
    fn note_port(&mut self, port: u16, packets: u32) {
        if let Some((_, count)) = self.ports.iter_mut().find(|(held, count)| *held == port && *count > 0) {
            *count = count.saturating_add(packets);
            return;
        }
        if let Some(least) = self.ports.iter_mut().min_by_key(|(_, count)| *count) {
            *least = (port, least.1.saturating_add(packets));
        }
    }

    /// Ports that at least an eighth of the packets went to, most first.
    pub(crate) fn ports(&self) -> Vec<u16> {
        let mut ports: Vec<(u16, u32)> =
            self.ports.iter().copied().filter(|&(_, count)| u64::from(count) * 8 >= self.packets.max(1)).collect();
        ports.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
        ports.into_iter().map(|(port, _)| port).filter(|port| *port != 0).collect()
    }

    /// The share of packets that the most frequent port got, at most.
    pub(crate) fn port_share(&self) -> f64 {
        let most = self.ports.iter().map(|&(_, count)| count).max().unwrap_or(0);
        share(u64::from(most), self.packets)
    }

    /// The share of packets that the receiver answered.
    pub(crate) fn answered_share(&self) -> f64 {
        share(self.answered_packets, self.packets)
    }

    /// The share of packets from addresses that nobody can send from.
    pub(crate) fn impossible_share(&self) -> f64 {
        share(self.impossible, self.packets)
    }

    /// Into how many blocks of 2^24 IPv4 senders fall.
    pub(crate) fn blocks(&self) -> u32 {
        self.first_bytes.iter().map(|bits| bits.count_ones()).sum()
    }

    /// The share of changes whose TTL lies in the most frequent step of 4.
    pub(crate) fn ttl_share(&self) -> f64 {
        let all: u64 = self.ttl.iter().map(|&count| u64::from(count)).sum();
        share(self.ttl.iter().map(|&count| u64::from(count)).max().unwrap_or(0), all)
    }

    /// How spread senders are: entropy of flows over senders as a share of what it could be at most, taking flows to be
    /// spread evenly over senders that sent more than one (Lakhina, Crovella, Diot, SIGCOMM 2005). 1: each sends once.
    pub(crate) fn spread(&self) -> f64 {
        let (senders, flows) = (self.senders.count().0 as f64, self.flow_count as f64);
        if flows <= 1.0 { 0.0 } else { (senders.max(1.0).log2() / flows.log2()).min(1.0) }
    }

    /// How much the sizes of what came differ: their standard deviation as a share of their mean.
    pub(crate) fn variation(&self) -> f64 {
        let count = self.flow_count.max(1) as f64;
        let mean = self.bytes as f64 / count;
        let variance = (self.bytes_squared / count - mean * mean).max(0.0);
        if mean > 0.0 { variance.sqrt() / mean } else { 0.0 }
    }

    /// Mean bytes of a packet.
    pub(crate) fn mean_bytes(&self) -> f64 {
        self.bytes as f64 / self.packets.max(1) as f64
    }
}

/// The prefix that a host is counted with: /24, or /48 in IPv6.
fn prefix_of(address: Address) -> Address {
    let kept = if address.is_v4() { 8 } else { 80 };
    Address::from_bits(address.bits() >> kept << kept)
}

/// Whether nobody can send from this address over the public network: unspecified, loopback, multicast, reserved
/// (RFC 6890). Private addresses are left out: they are ordinary behind a sensor inside.
fn is_impossible(address: Address) -> bool {
    if address.is_v4() {
        matches!((address.bits() >> 24) as u8, 0 | 127 | 224..=255)
    } else {
        let first = (address.bits() >> 120) as u8;
        first == 0xff || address.bits() <= 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUND: Bound = Bound { floor: 100.0, times_usual: 5.0 };

    fn arrival(sender: u32, packets: u32, now: Moment) -> Arrival {
        Arrival {
            receiver: Address::v4([192, 0, 2, 1]),
            class: 0,
            sender: Address::v4(sender.to_be_bytes()),
            packets,
            bytes: 60 * u64::from(packets),
            span: Span::at(now),
            flow: FlowId { batch: 0, ordinal: sender },
            opening: true,
            port: 80,
            ttl: (64, 64),
            answered: false,
            telling: 0,
            host: None,
        }
    }

    /// Runs packets a second; says after which seconds it was told.
    fn run(rates: &[u32]) -> Vec<usize> {
        let mut pressure = Pressure::new(16, Seed(1));
        let mut told = Vec::new();
        for (n, &rate) in rates.iter().enumerate() {
            let now = Moment::from_seconds(1_000_000 + n as i64, 0);
            (0..rate).for_each(|sender| pressure.note(&arrival(sender, 1, now)));
            pressure.second(
                now,
                |_, _, _, _| BOUND,
                |pressed| {
                    if !pressed.prefix {
                        told.push(n);
                    }
                },
            );
        }
        told
    }

    #[test]
    fn silence_before_it_does_not_hide_a_burst() {
        let mut rates = vec![20];
        rates.extend([0; 30]);
        rates.push(200);
        assert_eq!(run(&rates), [31]);
    }

    #[test]
    fn the_senders_of_a_thousand_receivers_are_kept_and_room_is_made() {
        let mut pressure = Pressure::new(16, Seed(1));
        let receiver = |n: u32| Address::v4((0x0a00_0000 + n * 256).to_be_bytes());
        let pour = |pressure: &mut Pressure, second: i64, hosts: std::ops::Range<u32>| {
            let now = Moment::from_seconds(1_000_000 + second, 0);
            for n in hosts {
                (0..200).for_each(|sender| {
                    pressure.note(&Arrival { receiver: receiver(n), ..arrival(sender, 1, now) });
                });
            }
            let mut told = 0;
            pressure.second(now, |_, _, _, _| BOUND, |_| told += 1);
            told
        };
        assert_eq!(pour(&mut pressure, 0, 0..2000), MOST_LOOKED_AT);
        assert_eq!(pour(&mut pressure, 1, 3000..3010), 0);
        assert!(pressure.looking >= MOST_LOOKED_AT);
        pour(&mut pressure, 20, 0..1);
        assert_eq!(pour(&mut pressure, 21, 3000..3010), 20, "each host and its prefix");
    }

    #[test]
    fn a_sudden_flood_is_over_the_bound_in_its_first_second() {
        assert_eq!(run(&[0, 0, 1000, 1000]), [2, 3]);
        assert_eq!(run(&[0, 0, 160, 0, 0, 0]), [2]);
    }

    #[test]
    fn a_slow_flood_is_over_it_after_a_while_and_less_than_half_never() {
        let told = run(&[60; 30]);
        assert!((5..15).contains(&told[0]), "{told:?}");
        assert_eq!(run(&[45; 300]), [0usize; 0]);
    }

    #[test]
    fn what_is_usual_is_left_alone_and_ten_times_that_is_not() {
        // It grows slowly enough to become usual.
        let mut rates: Vec<u32> = (0..2000).map(|n| 20 + n / 10).collect();
        assert_eq!(run(&rates), [0usize; 0]);
        rates.extend([2200, 2200, 2200]);
        assert_eq!(run(&rates)[0], 2000);
    }

    #[test]
    fn spread_and_ports_are_told() {
        let mut evidence = Evidence::new(Seed(0), Span::at(Moment::default()));
        for n in 0..1000u32 {
            evidence.note(&Arrival { port: 443, ..arrival(n << 22, 1, Moment::default()) });
            evidence.note(&Arrival { port: (n % 100) as u16, ..arrival(n << 22 | 1, 1, Moment::default()) });
        }
        assert_eq!(evidence.ports(), [443]);
        assert!(evidence.blocks() > 200 && evidence.spread() > 0.99 && evidence.impossible_share() > 0.1);
    }
}
