//! Floods: more packets of one class for a receiver than it can have asked for.

use blueline_terms::finding::{Effect, Reason, Sources, Spoofed, Value};
use blueline_terms::tcp::{ACK, FIN, PSH, RST, SYN};
use blueline_terms::{Address, Application, Change, Confidence, Network, Standing};

use super::pressing::{self, Factors, PREFIX_FACTOR, SAFE_AREA_FACTOR, TIMES_USUAL, percent};
use super::{Description, Detector, Kind, Texts};
use crate::claim::{Claim, Claims, Subject};
use crate::measure::{Arrival, Evidence, Pressed, Pressure, share};
use crate::scene::Scene;
use crate::tuning::{Amount, Setting, Tuning};

const fn rate(name: &'static str, default: f64, meaning: &'static str) -> Setting {
    Setting { name, default: Amount::Number(default), range: (1.0, 1e9), meaning }
}

pub(crate) static DETECTOR: Description = Description {
    name: "flood",
    kinds: &[Kind {
        name: "ddos.flood",
        vectors: &[
            "syn",
            "ack",
            "udp",
            "icmp",
            "fragment",
            "ipv6-extension",
            "http",
            "dns",
            "dhcp",
            "tcp-other",
            "ip-other",
        ],
        class: "availability/ddos",
        effect: Effect::A,
    }],
    title: "More packets of one class for a host than it can have asked for",
    method: "For each receiver and class of packets that open nothing, answer nothing or ask alike, a cumulative sum of \
             what comes above half of a bound in each second (Page 1954; Wang, Zhang, Shin, \"Detecting SYN Flooding \
             Attacks\", INFOCOM 2002). The bound is a floor by class, lower for safe areas, or a multiple of what is usual \
             for that receiver (an exponentially weighted mean), whichever is more. Forged sources are told by addresses \
             that nobody can send from, by how evenly the sources are spread (Lakhina, Crovella, Diot, \"Mining Anomalies \
             Using Traffic Feature Distributions\", SIGCOMM 2005), by one TTL for senders all over the world (Jin, Wang, \
             Shin, \"Hop-Count Filtering\", CCS 2003) and by handshakes that nobody completes. Floods of requests are told \
             from flash crowds by how alike and how frequent each client's requests are (Jung, Krishnamurthy, Rabinovich, \
             \"Flash Crowds and Denial of Service Attacks\", WWW 2002).",
    leaves_alone: "Flash crowds, busy servers and resolvers, video calls and other streams, backups, peer-to-peer, scans, \
                   answers that were asked for.",
    bounds: "The 16,384 receivers and classes under most pressure; senders exactly up to 2048, then within 4 %.",
    settings: &[
        rate("syn", 50.0, "Packets a second with SYN alone, of handshakes that are not completed."),
        rate("ack", 60.0, "Packets a second that go on with what never began."),
        rate("udp", 100.0, "Datagrams a second that are not answered."),
        rate("icmp", 60.0, "Messages a second."),
        rate("fragment", 60.0, "Fragments a second of what is not whole or not answered."),
        rate("ipv6-extension", 60.0, "IPv6 packets a second with extension headers."),
        rate("http", 20.0, "Conversations a second that ask alike."),
        rate("dns", 60.0, "Questions a second that are mostly not answered or turned down."),
        rate("dhcp", 50.0, "Requests a second."),
        rate("tcp-other", 50.0, "Resets, goodbyes and odd segments a second, of no conversation."),
        rate("ip-other", 200.0, "Packets a second of other protocols, one way."),
        TIMES_USUAL,
        Setting {
            name: "sources",
            default: Amount::Count(20),
            range: (1.0, 1e6),
            meaning: "Senders from which on a flood counts as distributed; with fewer, five times the rate is needed.",
        },
        SAFE_AREA_FACTOR,
        PREFIX_FACTOR,
    ],
    texts: Texts {
        en: "\
kind-ddos-flood = More packets come for a host than it can have asked for
errors-of-others-packets = most are errors of routers and hosts: somebody sends packets in its name, and they tell it what became of those
",
        ar: "\
kind-ddos-flood = تصل إلى مضيف حزم أكثر مما يمكن أن يكون قد طلبها
errors-of-others-packets = معظمها رسائل خطأ من موجّهات ومضيفات: هناك من يرسل حزمًا باسمه، وهي تخبره بمصيرها
",
        tr: "\
kind-ddos-flood = Bir ana makineye, istemiş olabileceğinden çok daha fazla paket geliyor
errors-of-others-packets = çoğu, yönlendiricilerin ve bilgisayarların hata iletileri: biri onun adına paket gönderiyor, bunlar da o paketlerin akıbetini bildiriyor
",
        fr: "\
kind-ddos-flood = Un hôte reçoit plus de paquets qu’il n’a pu en demander
errors-of-others-packets = la plupart sont des messages d’erreur de routeurs et d’hôtes : quelqu’un envoie des paquets en son nom, et ils lui disent ce qu’il en est advenu
",
    },
    start: |tuning| Box::new(Flood::new(tuning)),
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Class {
    Syn,
    Ack,
    Udp,
    Icmp,
    Fragment,
    Extension,
    Http,
    Dns,
    Dhcp,
    TcpOther,
    IpOther,
    /// Conversations whose questions are hidden, in TLS and such.
    Hidden,
}

impl Class {
    const ALL: [(Self, &'static str); 12] = [
        (Self::Syn, "syn"),
        (Self::Ack, "ack"),
        (Self::Udp, "udp"),
        (Self::Icmp, "icmp"),
        (Self::Fragment, "fragment"),
        (Self::Extension, "ipv6-extension"),
        (Self::Http, "http"),
        (Self::Dns, "dns"),
        (Self::Dhcp, "dhcp"),
        (Self::TcpOther, "tcp-other"),
        (Self::IpOther, "ip-other"),
        (Self::Hidden, "http"),
    ];
}

/// Packets in a second from which on senders are looked at.
const LOOK_FROM: u32 = 16;
struct Flood {
    floors: [f64; Class::ALL.len()],
    sources: u64,
    factors: Factors,
    pressure: Pressure,
}

impl Flood {
    fn new(tuning: &Tuning) -> Self {
        Self {
            floors: Class::ALL.map(|(_, name)| tuning.number(name)),
            sources: tuning.count("sources"),
            factors: Factors::new(tuning),
            pressure: Pressure::new(LOOK_FROM, tuning.seed()),
        }
    }
}

impl Detector for Flood {
    fn look(&mut self, scene: &Scene<'_>, claims: &mut Claims) {
        for change in scene.changes {
            if let Some(arrival) = arrival(change) {
                self.pressure.note(&arrival);
            }
        }
        if !scene.second_over {
            return;
        }
        let Self { floors, sources, factors, pressure } = self;
        let bound = |receiver: Address, class: u8, prefix: bool, evidence: &Evidence| {
            // Broadcast requests have no sender of their own yet.
            let few = evidence.senders.count().0 < *sources && class != Class::Dhcp as u8;
            factors.bound(scene, receiver, prefix, floors[usize::from(class)], few)
        };
        pressure.second(scene.now, bound, |pressed| {
            if let Some(claim) = judge(scene, &pressed, *sources) {
                claims.claim(claim);
            }
        });
    }
}

/// What a change brings to the one who was addressed, where it belongs to a class that floods are made of.
#[inline]
fn arrival(change: &Change) -> Option<Arrival> {
    if !matches!(change.network, Network::Ipv4 | Network::Ipv6) || change.forward.packets == 0 {
        return None;
    }
    let (class, packets) = class(change)?;
    Some(Arrival {
        receiver: change.destination,
        class: class as u8,
        sender: change.source,
        packets,
        bytes: change.forward.bytes,
        span: change.span,
        flow: change.id,
        opening: change.standing.has(Standing::OPENING),
        port: if matches!(change.protocol, 6 | 17) { change.destination_port } else { 0 },
        ttl: (change.forward.ttl_lowest, change.forward.ttl_highest),
        answered: change.backward.packets > 0,
        telling: if is_icmp_error(change) { packets } else { u32::from(change.messages.refusals) },
        host: None,
    })
}

fn class(change: &Change) -> Option<(Class, u32)> {
    let answered = change.standing.has(Standing::ANSWERED);
    let packets = change.forward.packets;
    if change.extended > 0 && !is_housekeeping(change) {
        return Some((Class::Extension, packets.min(u32::from(change.extended))));
    }
    if change.fragments > 0 && !answered && !super::reflection::is_answer(change) {
        return Some((Class::Fragment, packets));
    }
    match change.protocol {
        6 => tcp(change, answered),
        17 => udp(change, answered),
        1 | 58 => (!is_housekeeping(change) && is_pressing(change, answered)).then_some((Class::Icmp, packets)),
        // Protocols without ports, one way: GRE, ESP and the like in tunnels that live go both ways.
        _ => (!answered && change.protocol != 2 && change.protocol != 103).then_some((Class::IpOther, packets)),
    }
}

fn tcp(change: &Change, answered: bool) -> Option<(Class, u32)> {
    let (flags, packets) = (change.forward.tcp_flags & (FIN | SYN | RST | ACK), change.forward.packets);
    let standing = change.standing;
    if standing.has(Standing::ANSWER_FIRST) {
        return None;
    }
    if standing.has(Standing::SYN) {
        let opening = standing.has(Standing::OPENING);
        return match flags {
            SYN => Some((Class::Syn, packets)),
            // A whole handshake and a question: a client, or one that acts as one.
            _ if opening && answered && asks_web(change) => Some((Class::Http, 1)),
            _ if opening && answered && change.forward.tcp_flags & PSH != 0 => Some((Class::Hidden, 1)),
            _ => None,
        };
    }
    // Whoever the receiver answers is not outside of a conversation; a reset is no conversation.
    if answered && change.backward.tcp_flags & RST == 0 {
        return None;
    }
    match flags {
        ACK => Some((Class::Ack, packets)),
        _ => Some((Class::TcpOther, packets)),
    }
}

fn asks_web(change: &Change) -> bool {
    change.application == Application::Http && change.messages.requests > 0
}

fn udp(change: &Change, answered: bool) -> Option<(Class, u32)> {
    let packets = change.forward.packets;
    match change.destination_port {
        53 if change.source_port != 53 || change.messages.requests > 0 => Some((Class::Dns, packets)),
        67 | 547 => Some((Class::Dhcp, packets)),
        _ if answered || super::reflection::is_answer(change) || change.destination.is_group() => None,
        _ => Some((Class::Udp, packets)),
    }
}

/// Messages that keep a link going, as the standards want them: of groups with hop limit 1 (RFC 2710, RFC 3810), of
/// neighbours and routers with 255 (RFC 4861), neither in fragments; router discovery of IPv4 (RFC 1256).
fn is_housekeeping(change: &Change) -> bool {
    let hops = change.forward.ttl_highest;
    match (change.protocol, change.source_port) {
        (58, 130..=132 | 143) => change.fragments == 0 && hops == 1,
        (58, 133..=137) => change.fragments == 0 && hops == 255,
        (1, 9 | 10) => true,
        _ => false,
    }
}

/// Messages in which routers and hosts say what became of a packet (RFC 792; RFC 4443, 2.1).
fn is_icmp_error(change: &Change) -> bool {
    matches!((change.protocol, change.source_port), (1, 3 | 4 | 5 | 11 | 12) | (58, 1..=4))
}

/// Echo requests, answered or not, and other messages that nobody answers. What somebody sends about packets that it got
/// is a side effect at the receiver of those.
fn is_pressing(change: &Change, answered: bool) -> bool {
    let echo = matches!((change.protocol, change.source_port), (1, 8) | (58, 128));
    echo || !answered
}

/// A claim, where what presses is no crowd, no stream and no scan.
fn judge(scene: &Scene<'_>, pressed: &Pressed<'_>, distributed: u64) -> Option<Claim> {
    let evidence = pressed.evidence;
    let (class, vector) = Class::ALL[usize::from(pressed.class)];
    let (senders, estimated) = evidence.senders.count();
    let many = senders >= distributed;
    if pressed.is_about_one_host() || !many && is_ordinary_of_few(class, pressed) {
        return None;
    }
    let mut grounds: Vec<Reason> = pressing::grounds(pressed).collect();
    if many {
        grounds.push(Reason::new("many-senders").with("senders", senders));
    }
    // Errors from everywhere come because somebody sends in its name: who tells of them is there.
    let told_of = many && class == Class::Icmp && share(evidence.telling, evidence.packets) > 0.5;
    let spoofed = if told_of { Spoofed::Unlikely } else { forged(evidence, senders, &mut grounds) };
    grounds.extend(class_tells(class, pressed, senders, spoofed)?);

    let crowd = matches!(class, Class::Http | Class::Hidden);
    let stream = !many && may_be_a_stream(class, evidence);
    let one_way = scene.two_way < 0.05 && matches!(class, Class::Syn | Class::Ack | Class::Udp | Class::Dns);
    let against = [
        crowd.then(|| Reason::new("handshakes-complete")),
        stream.then(|| Reason::new("may-be-a-stream").with("senders", senders)),
        one_way.then(|| Reason::new("one-way-sensor")),
        told_of.then(|| Reason::new("errors-of-others-packets")),
    ];
    let large = f64::from(pressed.peak) >= 3.0 * pressed.limit || senders >= 1000;
    let confidence = match (stream || told_of, large && (!crowd || pressed.usual.is_some())) {
        (true, _) => Confidence::Low,
        (false, true) => Confidence::High,
        (false, false) => Confidence::Moderate,
    };
    let named = spoofed != Spoofed::Likely && senders <= 32 && !told_of;
    Some(Claim {
        actors: if named { evidence.senders.first().to_vec() } else { Vec::new() },
        sources: Sources { count: senders, estimated, sample: evidence.senders.first().to_vec(), spoofed },
        confidence,
        grounds,
        against: against.into_iter().flatten().collect(),
        ..pressing::claim("ddos.flood", vector, subject(pressed, class), pressed)
    })
}

/// Whether a class is no flood where few send: one client that asks much is a proxy, a test, a program that keeps no
/// connection; one that asks at many ports looks which are open.
fn is_ordinary_of_few(class: Class, pressed: &Pressed<'_>) -> bool {
    match class {
        Class::Http | Class::Hidden => true,
        Class::Syn | Class::Ack | Class::TcpOther | Class::Udp => pressed.prefix || pressed.evidence.port_share() < 0.5,
        _ => false,
    }
}

/// Whether few senders may be a stream: datagrams of which the sensor sees one way, or segments of few flows for whose
/// beginning it came too late.
fn may_be_a_stream(class: Class, evidence: &Evidence) -> bool {
    match class {
        Class::Udp | Class::IpOther => true,
        Class::Ack | Class::TcpOther => evidence.flow_count * 10 < evidence.packets,
        _ => false,
    }
}

/// What only the class tells; `None` where it tells that this is no flood.
fn class_tells(class: Class, pressed: &Pressed<'_>, senders: u64, spoofed: Spoofed) -> Option<Option<Reason>> {
    let evidence = pressed.evidence;
    match class {
        Class::Http | Class::Hidden => requests_are_alike(evidence, senders, pressed).map(Some),
        Class::Dns => {
            let refused = share(evidence.telling, evidence.packets);
            let odd = evidence.answered_share() < 0.3 || refused > 0.5 || spoofed == Spoofed::Likely;
            let mostly = refused > 0.5;
            odd.then(|| mostly.then(|| Reason::new("questions-refused").with("share", percent(refused))))
        }
        Class::Syn => {
            let flows = evidence.flow_count;
            (flows > 0).then(|| Some(Reason::new("handshakes-not-completed").with("flows", flows)))
        }
        _ => Some(None),
    }
}

/// Floods of open and of hidden questions are two events, though they have one vector.
fn subject(pressed: &Pressed<'_>, class: Class) -> Subject {
    Subject { port: u16::from(class == Class::Hidden), ..pressed.subject() }
}

/// The share of flows that the receiver answered.
fn completed(evidence: &Evidence) -> f64 {
    share(evidence.answered, evidence.flow_count.max(1))
}

/// Whether the senders are likely forged, with the reasons.
fn forged(evidence: &Evidence, senders: u64, grounds: &mut Vec<Reason>) -> Spoofed {
    let mut likely = false;
    let impossible = evidence.impossible_share();
    if impossible >= 0.01 && senders >= 50 {
        likely = true;
        grounds.push(Reason::new("impossible-senders").with("share", percent(impossible)));
    }
    let completed = completed(evidence);
    let spread = evidence.spread();
    if senders >= 200 && spread >= 0.97 && completed < 0.5 {
        likely = true;
        grounds.push(Reason::new("senders-spread-evenly").with("spread", percent(spread)));
    }
    if senders >= 100 && evidence.blocks() >= 32 && evidence.ttl_share() >= 0.97 && completed < 0.5 {
        likely = true;
        grounds.push(Reason::new("one-distance").with("share", percent(evidence.ttl_share())));
    }
    match (likely, completed >= 0.9 && senders > 0) {
        (true, _) => Spoofed::Likely,
        (false, true) => Spoofed::Unlikely,
        (false, false) => Spoofed::Unknown,
    }
}

/// Requests of bots are of one size and come from each bot faster than people click; those of a crowd differ.
fn requests_are_alike(evidence: &Evidence, senders: u64, pressed: &Pressed<'_>) -> Option<Reason> {
    let seconds = evidence.span.duration().as_secs_f64().max(1.0);
    let each = evidence.packets as f64 / senders.max(1) as f64 / seconds;
    let variation = evidence.variation();
    // Who has asked once only may be anybody; the more alike what they ask, the fewer questions tell.
    let again = evidence.packets >= 2 * senders;
    let fast = each >= 0.2 && (variation < 0.3 || again && variation < 0.35);
    let alike = fast || variation < 0.15 && pressed.usual.is_some();
    alike.then(|| {
        Reason::new("requests-alike")
            .with("variation", percent(variation))
            .with("each", Value::Number((each * 100.0).round() / 100.0))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::{Stage, host, icmp, tcp, udp};

    const VICTIM: u32 = 0xc000_0201;

    fn found(stage: Stage) -> Vec<(String, String, Confidence)> {
        let mut found: Vec<_> = stage
            .finish()
            .into_iter()
            .map(|finding| (finding.kind.to_string(), finding.vector.to_string(), finding.confidence))
            .collect();
        found.dedup_by(|a, b| a.1 == b.1);
        found
    }

    /// `count` changes in `milliseconds`.
    fn pour(stage: &mut Stage, count: u32, milliseconds: u64, draft: impl Fn(u32) -> crate::stage::Draft) {
        let mut passed = 0;
        for n in 0..count {
            stage.add(draft(n));
            let due = u64::from(n + 1) * milliseconds / u64::from(count);
            stage.wait(due - passed);
            passed = due;
        }
    }

    fn spread(n: u32) -> Address {
        host(n.wrapping_mul(0x9e37_79b9))
    }

    #[test]
    fn a_spoofed_syn_flood_names_nobody() {
        let mut stage = Stage::of(&DETECTOR);
        pour(&mut stage, 5000, 3000, |n| tcp(spread(n), host(VICTIM), 1024 + n as u16, 25_565));
        let findings = stage.finish();
        let last = findings.last().unwrap();
        assert_eq!((&*last.vector, last.confidence, last.sources.spoofed), ("syn", Confidence::High, Spoofed::Likely));
        assert_eq!((last.targets[0].address, last.actors.len(), &last.ports[..]), (host(VICTIM), 0, &[25_565][..]));
        assert_eq!(findings.iter().filter(|f| f.state == blueline_terms::FindingState::Opened).count(), 1);
    }

    #[test]
    fn one_distance_for_senders_all_over_the_world_gives_a_forger_away() {
        let spoofed = |ttl: fn(u32) -> u8| {
            let mut stage = Stage::of(&DETECTOR);
            // Each of 150 senders sends often, so they are not spread as drawn ones are.
            pour(&mut stage, 9000, 3000, |n| {
                let sender = host(0x0100_0000 + (n % 150) * 0x0100_0100);
                udp(sender, host(VICTIM), 1024 + n as u16, 9999).ttl(ttl(n % 150), ttl(n % 150))
            });
            stage.finish().last().map(|finding| finding.sources.spoofed)
        };
        assert_eq!(spoofed(|_| 243), Some(Spoofed::Likely));
        assert_eq!(spoofed(|n| 40 + n as u8), Some(Spoofed::Unknown));
    }

    #[test]
    fn errors_from_everywhere_are_about_packets_that_others_sent() {
        let mut stage = Stage::of(&DETECTOR);
        pour(&mut stage, 3000, 3000, |n| icmp(spread(n), host(VICTIM), if n % 2 == 0 { 3 } else { 11 }, 0));
        let findings = stage.finish();
        let last = findings.last().unwrap();
        assert_eq!((last.confidence, last.sources.spoofed), (Confidence::Low, Spoofed::Unlikely));
        assert!(last.actors.is_empty() && last.ports.is_empty());
        // From few senders they are a flood of their own (Soerensen, "BlackNurse", 2016).
        let mut stage = Stage::of(&DETECTOR);
        pour(&mut stage, 9000, 3000, |n| icmp(host(7 + n % 3), host(VICTIM), 3, 0));
        assert!(found(stage).iter().any(|found| found.2 >= Confidence::Moderate));
    }

    #[test]
    fn a_burst_of_a_fiftieth_of_a_second_is_found() {
        let mut stage = Stage::of(&DETECTOR);
        pour(&mut stage, 4000, 20, |n| tcp(spread(n), host(VICTIM), 1024, 80));
        assert_eq!(found(stage)[0].1, "syn");
    }

    #[test]
    fn each_class_has_its_vector() {
        type Pour = fn(u32) -> crate::stage::Draft;
        let cases: [(&str, Pour); 8] = [
            ("ack", |n| tcp(spread(n), host(VICTIM), 1024, 80).flags(0x10)),
            ("tcp-other", |n| tcp(spread(n), host(VICTIM), 1024, 80).flags(0x29)),
            ("udp", |n| udp(spread(n), host(VICTIM), 1024, 9999)),
            ("icmp", |n| icmp(spread(n), host(VICTIM), 8, 0)),
            ("dhcp", |n| udp(spread(n), host(VICTIM), 68, 67)),
            ("dns", |n| udp(spread(n), host(VICTIM), 5353, 53)),
            ("fragment", |n| udp(spread(n), host(VICTIM), 0, 0).with(|change| change.fragments = 1)),
            ("ipv6-extension", |n| udp(spread(n), host(VICTIM), 9, 9).with(|change| change.extended = 1)),
        ];
        for (vector, draft) in cases {
            let mut stage = Stage::of(&DETECTOR);
            pour(&mut stage, 6000, 3000, draft);
            assert_eq!(found(stage).iter().map(|f| &*f.1).collect::<Vec<_>>(), [vector]);
        }
    }

    #[test]
    fn a_safe_area_has_a_lower_bound() {
        let flood = |target| {
            let mut stage = Stage::of(&DETECTOR);
            pour(&mut stage, 40, 1000, |n| tcp(spread(n), host(target), 1024, 80));
            found(stage).len()
        };
        assert_eq!((flood(0x0a09_0001), flood(0x0a01_0001)), (1, 0));
    }

    #[test]
    fn requests_of_bots_are_a_flood_and_a_crowd_is_none() {
        let mut stage = Stage::of(&DETECTOR);
        let http = |n: u32, bytes: u64| {
            let draft = tcp(host(0x1000_0000 + n % 100), host(VICTIM), 1024 + n as u16, 80).talks(bytes, 9000);
            draft.asks(Application::Http, 1, "www.example.org")
        };
        pour(&mut stage, 5000, 10_000, |n| http(n, 180 + u64::from(n % 7)));
        assert_eq!(found(stage).first().map(|f| f.1.clone()).as_deref(), Some("http"));

        let mut crowd = Stage::of(&DETECTOR);
        pour(&mut crowd, 5000, 10_000, |n| {
            let bytes = 200 + u64::from(n.wrapping_mul(2_654_435_761) >> 20);
            http(n.wrapping_mul(7), bytes)
        });
        assert_eq!(found(crowd), []);
    }

    #[test]
    fn a_proxy_that_opens_many_connections_is_no_flood() {
        let mut stage = Stage::of(&DETECTOR);
        pour(&mut stage, 5000, 10_000, |n| tcp(host(7), host(VICTIM), n as u16, 8080).talks(300, 9000));
        assert_eq!(found(stage), []);
    }

    #[test]
    fn what_is_answered_is_left_alone() {
        let mut stage = Stage::of(&DETECTOR);
        // A popular node of a peer-to-peer network, a resolver, a backup, a call.
        pour(&mut stage, 9000, 9000, |n| udp(spread(n), host(VICTIM), 6881, 6881).answered(1, 300, 0));
        pour(&mut stage, 9000, 9000, |n| {
            udp(host(0x1000_0000 + n % 60), host(VICTIM), n as u16, 53).answered(1, 120, 0)
        });
        pour(&mut stage, 900, 9000, |_| {
            let backup = tcp(host(1), host(VICTIM), 5000, 873).goes_on().sends(90, 99_000).answered(9, 600, 0x10);
            backup.with(|change| change.forward.tcp_flags = 0x18)
        });
        pour(&mut stage, 900, 9000, |_| {
            udp(host(2), host(VICTIM), 4000, 4001).goes_on().sends(5, 900).answered(5, 900, 0)
        });
        assert_eq!(found(stage), []);
    }

    #[test]
    fn a_flood_spread_over_a_prefix_is_found_and_a_scan_of_it_is_none() {
        let mut stage = Stage::of(&DETECTOR);
        pour(&mut stage, 9000, 9000, |n| tcp(spread(n), host(0xc000_0200 + n % 250), 1024, 80));
        let findings = stage.finish();
        let last = findings.last().unwrap();
        assert_eq!((&*last.vector, last.target_count), ("syn", 250));
        assert!(findings.iter().all(|finding| finding.id == last.id));

        let mut scan = Stage::of(&DETECTOR);
        pour(&mut scan, 9000, 3000, |n| tcp(host(7), host(0xc000_0200 + n % 250), 1024, n as u16));
        assert_eq!(found(scan), []);
    }

    #[test]
    fn a_scan_of_ports_is_no_flood() {
        let mut stage = Stage::of(&DETECTOR);
        pour(&mut stage, 20_000, 4000, |n| tcp(host(7), host(VICTIM), 40_000, n as u16).answered(1, 60, 0x14));
        assert_eq!(found(stage), []);
    }
}
