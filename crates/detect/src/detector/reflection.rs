//! Reflections: answers of many servers to one host that did not ask.

use blueline_terms::finding::{Effect, Reason, Sources, Spoofed};
use blueline_terms::tcp::{ACK, ECN, SYN};
use blueline_terms::{Address, Application, Change, Confidence, Network, Standing};

use super::pressing::{self, Factors, PREFIX_FACTOR, SAFE_AREA_FACTOR, TIMES_USUAL, percent};
use super::{Description, Detector, Kind, Texts};
use crate::claim::{Claim, Claims};
use crate::measure::{Arrival, Evidence, Pressed, Pressure, share};
use crate::scene::Scene;
use crate::tuning::{Amount, Setting, Tuning};

pub(crate) static DETECTOR: Description = Description {
    name: "reflection",
    kinds: &[Kind {
        name: "ddos.reflection",
        vectors: &[
            "dns",
            "ntp",
            "snmp",
            "ssdp",
            "cldap",
            "memcached",
            "chargen",
            "bacnet",
            "dvr",
            "ike",
            "synack",
            "other",
        ],
        class: "availability/ddos",
        effect: Effect::A,
    }],
    title: "Answers of many servers to one host that did not ask",
    method: "Datagrams from the ports of services that are known to amplify (US-CERT TA14-017A; Rossow, \"Amplification \
             Hell\", NDSS 2014), and SYN with ACK (Kührer and others, \"Hell of a Handshake\", WOOT 2014), whose flow begins \
             with the answer, are counted for each receiver in a cumulative sum of what comes above half of a bound in \
             each second (Page 1954). Several servers must have answered, or one very fast. The servers are abused: they \
             answer to requests that somebody forged, and are never called attackers.",
    leaves_alone: "Answers to questions that were seen; a resolver's many short answers where the sensor sees one direction \
                   alone; single odd answers.",
    bounds: "The 16,384 receivers under most pressure; servers exactly up to 2048, then within 4 %.",
    settings: &[
        Setting {
            name: "answers",
            default: Amount::Number(20.0),
            range: (1.0, 1e9),
            meaning: "Answers a second that are too many where nobody asked.",
        },
        Setting {
            name: "servers",
            default: Amount::Count(10),
            range: (1.0, 1e6),
            meaning: "Servers that must have answered; with fewer, answers must come five times as fast.",
        },
        TIMES_USUAL,
        SAFE_AREA_FACTOR,
        PREFIX_FACTOR,
    ],
    texts: Texts {
        en: "kind-ddos-reflection = Servers answer a host that did not ask them",
        ar: "kind-ddos-reflection = خوادم تجيب مضيفًا لم يسألها",
        tr: "kind-ddos-reflection = Sunucular, kendilerine soru sormamış bir ana makineye yanıt veriyor",
        fr: "kind-ddos-reflection = Des serveurs répondent à un hôte qui ne leur a rien demandé",
    },
    start: |tuning| Box::new(Reflection::new(tuning)),
};

const VECTORS: [&str; 12] =
    ["dns", "ntp", "snmp", "ssdp", "cldap", "memcached", "chargen", "bacnet", "dvr", "ike", "synack", "other"];
const SYNACK: u8 = 10;
const DNS: u8 = 0;
const OTHER: u8 = 11;

/// Answers in a second from which on servers are looked at.
const LOOK_FROM: u32 = 4;
/// Answers are few in all until there are this many.
const LEAST_ANSWERS: u64 = 30;
/// Share of flows that are seen both ways below which a sensor stands where one direction passes.
const ONE_WAY: f64 = 0.05;
/// Servers that are many even there.
const MANY_SERVERS: u64 = 50;
/// Servers that are more than one which answers too much by itself.
const SEVERAL: u64 = 3;
/// Mean bytes of frames from which on DNS answers are larger than resolvers mostly get.
const LARGE_ANSWER: f64 = 400.0;

struct Reflection {
    answers: f64,
    servers: u64,
    factors: Factors,
    pressure: Pressure,
}

impl Reflection {
    fn new(tuning: &Tuning) -> Self {
        Self {
            answers: tuning.number("answers"),
            servers: tuning.count("servers"),
            factors: Factors::new(tuning),
            pressure: Pressure::new(LOOK_FROM, tuning.seed()),
        }
    }
}

impl Detector for Reflection {
    fn look(&mut self, scene: &Scene<'_>, claims: &mut Claims) {
        for change in scene.changes {
            if let Some(arrival) = arrival(change) {
                self.pressure.note(&arrival);
            }
        }
        if !scene.second_over {
            return;
        }
        let Self { answers, servers, factors, pressure } = self;
        let bound = |receiver: Address, _: u8, prefix: bool, evidence: &Evidence| {
            factors.bound(scene, receiver, prefix, *answers, evidence.senders.count().0 < *servers)
        };
        pressure.second(scene.now, bound, |pressed| {
            if let Some(claim) = judge(scene, &pressed, *servers) {
                claims.claim(claim);
            }
        });
    }
}

/// Which service an unasked answer came from: by what it says, else by its port.
fn service(change: &Change) -> Option<u8> {
    let by_port = match change.source_port {
        53 => 0,
        123 => 1,
        161 => 2,
        1900 => 3,
        389 => 4,
        11_211 => 5,
        19 => 6,
        47_808 => 7,
        37_810 => 8,
        500 | 4500 => 9,
        // Quote of the day, TFTP, portmapper, NetBIOS, RIP, SLP, IPMI, SQL resolution, game servers, ARMS, WS-Discovery,
        // CoAP, device discovery, OpenVPN, Plex, Jenkins, mDNS, STUN, DTLS gateways.
        17 | 69 | 111 | 137 | 138 | 427 | 520 | 623 | 1434 | 3283 | 3702 | 5683 | 10_001 | 27_015 | 1194 | 32_414
        | 33_848 | 5353 | 3478 | 443 => OTHER,
        _ => u8::MAX,
    };
    match change.application {
        Application::Ssdp => Some(3),
        Application::Memcached => Some(5),
        Application::Dvr => Some(8),
        Application::SourceQuery if change.messages.requests == 0 => Some(OTHER),
        _ if by_port == u8::MAX => None,
        _ => Some(by_port),
    }
}

/// Whether a flow of datagrams begins with what looks like a service's answer.
pub(super) fn is_answer(change: &Change) -> bool {
    // Services speak to clients on high ports, to each other on their own, and an attacker may choose any for a victim; but
    // what goes to a service's own port from a client's is a question.
    let asks = change.messages.requests > change.messages.responses;
    change.protocol == 17 && !change.standing.has(Standing::ANSWERED) && !asks && service(change).is_some()
}

/// What a change brings to somebody in answers that it cannot have asked for.
#[inline]
fn arrival(change: &Change) -> Option<Arrival> {
    if !matches!(change.network, Network::Ipv4 | Network::Ipv6) {
        return None;
    }
    match change.protocol {
        17 if is_answer(change) && change.forward.packets > 0 => {
            // Service discovery within a network is addressed to groups.
            (!change.destination.is_group()).then(|| forward(change, service(change).unwrap_or(OTHER)))
        }
        17 => forged_question(change),
        // The flow was turned around, for its first packet was the server's.
        6 if change.standing.has(Standing::ANSWER_FIRST) && change.forward.packets == 0 => {
            (change.backward.tcp_flags == SYN | ACK).then(|| backward(change, SYNACK, change.backward.packets))
        }
        6 => forged_handshake(change),
        _ => None,
    }
}

/// A server sends its SYN with ACK again when nobody takes it up; this many times and more is odd.
const AGAIN: u32 = 3;
/// Answers that are this many times as large as what was asked amplify; DNS answers are large by themselves.
const AMPLIFIES: (u64, u64) = (4, 10);

/// The sensor may see the forged question pass as well: then it is the answers' size that tells.
fn forged_question(change: &Change) -> Option<Arrival> {
    let turned = Change { source_port: change.destination_port, ..*change };
    let class = service(&turned).filter(|&class| class != OTHER)?;
    let factor = if class == DNS { AMPLIFIES.1 } else { AMPLIFIES.0 };
    let large = change.backward.bytes >= change.forward.bytes.max(1).saturating_mul(factor);
    let odd = class != DNS || amplifies(change);
    (large && odd && change.backward.packets > 0).then(|| backward(change, class, change.backward.packets))
}

/// Or the forged SYN: then nobody takes up what the server sends again and again.
fn forged_handshake(change: &Change) -> Option<Arrival> {
    let untaken = change.forward.tcp_flags & !ECN == SYN || change.forward.packets == 0;
    let syn = change.standing.has(Standing::SYN) && change.backward.tcp_flags == SYN | ACK;
    let again = change.backward.packets >= AGAIN || !change.standing.has(Standing::OPENING);
    (untaken && syn && again && !change.standing.has(Standing::CLOSED))
        .then(|| backward(change, SYNACK, change.backward.packets))
}

/// The way of the opener, to the addressed.
fn forward(change: &Change, class: u8) -> Arrival {
    Arrival {
        receiver: change.destination,
        class,
        sender: change.source,
        packets: change.forward.packets,
        bytes: change.forward.bytes,
        span: change.span,
        flow: change.id,
        opening: change.standing.has(Standing::OPENING),
        port: change.destination_port,
        ttl: (change.forward.ttl_lowest, change.forward.ttl_highest),
        answered: false,
        // What is asked for tells answers that amplify from those that do not.
        telling: u32::from(amplifies(change)) * change.forward.packets,
        host: None,
    }
}

/// The way back, to whoever seemed to ask.
fn backward(change: &Change, class: u8, packets: u32) -> Arrival {
    Arrival {
        receiver: change.source,
        sender: change.destination,
        packets,
        bytes: change.backward.bytes,
        port: change.source_port,
        ttl: (change.backward.ttl_lowest, change.backward.ttl_highest),
        // Somebody asked in the receiver's name, or the receiver did.
        answered: change.forward.packets > 0,
        telling: u32::from(amplifies(change)) * packets,
        ..forward(change, class)
    }
}

/// Whether a DNS answer is of a type that is asked for to amplify: any, text, keys, signatures.
fn amplifies(change: &Change) -> bool {
    change.application == Application::Dns && matches!(change.messages.code, 16 | 46 | 48 | 255) || change.fragments > 0
}

fn judge(scene: &Scene<'_>, pressed: &Pressed<'_>, wanted: u64) -> Option<Claim> {
    let evidence = pressed.evidence;
    let (servers, estimated) = evidence.senders.count();
    if evidence.packets < LEAST_ANSWERS || pressed.is_about_one_host() {
        return None;
    }
    let mean = evidence.mean_bytes();
    let mut grounds = vec![Reason::new("answers-not-asked").with("answers", evidence.packets).with("servers", servers)];
    grounds.extend(pressing::grounds(pressed));
    grounds.push(Reason::new("servers-are-abused"));
    let mut against = Vec::new();
    let several = servers >= wanted;
    let mut confidence = match (several, servers >= wanted * 10) {
        (_, true) => Confidence::High,
        (true, false) => Confidence::Moderate,
        (false, false) => Confidence::Low,
    };
    if !several {
        // A few fast amplifiers are enough, and one whose answers are large; a slow one is somebody's server.
        let fast = f64::from(pressed.peak) >= pressed.limit && (servers >= SEVERAL || mean >= LARGE_ANSWER);
        confidence = if fast { Confidence::Moderate } else { Confidence::Low };
        against.push(Reason::new("few-servers").with("servers", servers));
    }
    if pressed.class == DNS {
        let amplifying = share(evidence.telling, evidence.packets);
        if amplifying >= 0.3 {
            grounds.push(Reason::new("asked-to-amplify").with("share", percent(amplifying)));
        } else if mean < LARGE_ANSWER {
            // So looks a resolver, seen from the side where only answers pass.
            confidence = Confidence::Low;
            against.push(Reason::new("short-answers").with("bytes", mean.round() as u64));
        }
    }
    if evidence.answered * 2 > evidence.flow_count {
        confidence = confidence.min(Confidence::Moderate);
        against.push(Reason::new("asked-in-its-name").with("flows", evidence.answered));
    }
    // Where one direction passes, no SYN is ever seen before its answer.
    if pressed.class == SYNACK && scene.two_way < ONE_WAY && servers < MANY_SERVERS {
        confidence = Confidence::Low;
        against.push(Reason::new("one-way-sensor"));
    }
    if mean >= LARGE_ANSWER {
        grounds.push(Reason::new("large-answers").with("bytes", mean.round() as u64));
    }
    Some(Claim {
        // The servers' addresses are their own. Whoever forged the requests is not to be seen in the answers.
        sources: Sources {
            count: servers,
            estimated,
            sample: evidence.senders.first().to_vec(),
            spoofed: Spoofed::Unlikely,
        },
        confidence,
        grounds,
        against,
        ..pressing::claim("ddos.reflection", VECTORS[usize::from(pressed.class)], pressed.subject(), pressed)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::{Draft, Stage, host, tcp, udp};

    const VICTIM: u32 = 0xc000_0201;

    fn pour(count: u32, milliseconds: u64, draft: impl Fn(u32) -> Draft) -> Vec<(String, Confidence, usize)> {
        let mut stage = Stage::of(&DETECTOR);
        let mut passed = 0;
        for n in 0..count {
            stage.add(draft(n));
            let due = u64::from(n + 1) * milliseconds / u64::from(count);
            stage.wait(due - passed);
            passed = due;
        }
        let findings = stage.finish();
        findings.last().map(|f| (f.vector.to_string(), f.confidence, f.actors.len())).into_iter().collect()
    }

    fn server(n: u32) -> Address {
        host(0x5000_0000 + n * 77)
    }

    #[test]
    fn a_burst_of_answers_names_no_attacker() {
        let found = pour(4000, 20, |n| udp(server(n), host(VICTIM), 161, 54_609).sends(1, 300));
        assert_eq!(found, [("snmp".to_owned(), Confidence::High, 0)]);
    }

    #[test]
    fn slow_answers_of_many_are_found() {
        let answer = |n| {
            let draft = udp(server(n % 200), host(VICTIM), 53, 22 + n as u16).sends(1, 1400);
            draft.application(Application::Dns).with(|change| change.messages.code = 46)
        };
        assert_eq!(pour(600, 30_000, answer), [("dns".to_owned(), Confidence::High, 0)]);
    }

    #[test]
    fn syn_acks_of_many_servers_are_found() {
        let found = pour(3000, 150, |n| tcp(host(VICTIM), server(n), n as u16, 443).answer_first(1));
        assert_eq!(found, [("synack".to_owned(), Confidence::High, 0)]);
    }

    #[test]
    fn one_fast_amplifier_is_enough() {
        let found = pour(3000, 3000, |n| udp(server(0), host(VICTIM), 11_211, n as u16).sends(1, 1400));
        assert_eq!(found, [("memcached".to_owned(), Confidence::Moderate, 0)]);
    }

    #[test]
    fn answers_that_were_asked_for_are_left_alone() {
        let asked = |n| udp(host(VICTIM), server(n), n as u16, 53).answered(1, 1400, 0);
        assert_eq!(pour(3000, 3000, asked), []);
    }

    #[test]
    fn a_resolver_seen_from_one_side_is_at_most_a_low_claim() {
        let answer = |n| udp(server(n), host(VICTIM), 53, n as u16).sends(1, 180).application(Application::Dns);
        let found = pour(3000, 10_000, answer);
        assert!(found.iter().all(|(_, confidence, _)| *confidence == Confidence::Low), "{found:?}");
    }

    #[test]
    fn single_odd_answers_are_left_alone() {
        assert_eq!(pour(1, 1000, |_| udp(server(0), host(VICTIM), 123, 80).sends(1, 450)), []);
        assert_eq!(pour(25, 60_000, |n| udp(server(n), host(VICTIM), 123, 80).sends(1, 450)), []);
    }
}
