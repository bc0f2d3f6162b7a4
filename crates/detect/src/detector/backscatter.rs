//! Backscatter: answers to what nobody here sent.

use std::time::Duration;

use blueline_terms::finding::{Effect, Measure, Reason, Sources, Spoofed};
use blueline_terms::tcp::{ACK, RST, SYN};
use blueline_terms::{Address, Change, Confidence, FlowId, Moment, Network, Span, Standing};

use super::{Description, Detector, Kind, Texts};
use crate::claim::{Claim, Claims, Subject};
use crate::measure::{Bounded, Distinct, Seed};
use crate::scene::Scene;
use crate::tuning::{Amount, Setting, Tuning};

pub(crate) static DETECTOR: Description = Description {
    name: "backscatter",
    kinds: &[Kind {
        name: "scan.backscatter",
        vectors: &["tcp", "udp", "icmp"],
        class: "availability/ddos",
        effect: Effect::A,
    }],
    title: "Answers to forged packets: somebody elsewhere is flooded under addresses that were drawn at random",
    method: "A host that is flooded under forged addresses answers their owners (Moore, Voelker, Savage, \"Inferring \
             Internet Denial-of-Service Activity\", USENIX Security 2001). For each answering host, the hosts that got an \
             answer without having asked are counted: SYN with ACK whose SYN was not seen, resets, echo replies, and \
             messages that a port is unreachable. The answering host is the flood's target and never its sender.",
    leaves_alone: "Answers to questions that were seen; servers on a path of which the sensor sees one direction (their \
                   flows go on after the handshake); one host that gets many answers, which is a reflection.",
    bounds: "The 8192 answering hosts with most receivers, each for as long as answers come; receivers are counted exactly \
             up to 8192, then within 4 %.",
    settings: &[
        Setting {
            name: "receivers",
            default: Amount::Count(30),
            range: (5.0, 1e6),
            meaning: "Hosts that must have got answers for moderate confidence; ten times as many for high.",
        },
        Setting {
            name: "silence",
            default: Amount::Time(Duration::from_secs(60)),
            range: (1.0, 86_400.0),
            meaning: "After this long without an answer the event is over.",
        },
    ],
    texts: Texts {
        en: "kind-scan-backscatter = A host is flooded under forged addresses and answers their owners",
        ar: "kind-scan-backscatter = مضيف يتعرض للإغراق بعناوين مزوّرة ويجيب أصحابها",
        tr: "kind-scan-backscatter = Bir ana makine sahte adreslerle boğuluyor ve bu adreslerin sahiplerine yanıt veriyor",
        fr: "kind-scan-backscatter = Un hôte est inondé sous des adresses falsifiées et répond à leurs propriétaires",
    },
    start: |tuning| Box::new(Backscatter::new(tuning)),
};

/// Answering hosts that are kept in mind.
const MOST: usize = 8192;
/// How often those who have been silent are let go.
const SWEEP: Duration = Duration::from_secs(60);

struct Backscatter {
    receivers: u64,
    silence: Duration,
    seed: Seed,
    answering: Bounded<(Address, Answer), Answers>,
    /// Places of those who have answered in this second.
    touched: Vec<usize>,
    swept: Moment,
}

/// What kind of packet is answered by it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Answer {
    /// SYN with ACK, or a reset.
    Tcp,
    /// A port is unreachable.
    Unreachable,
    /// An echo.
    Echo,
}

struct Answers {
    span: Span,
    receivers: Distinct,
    ports: Vec<u16>,
    flow_count: u64,
    packets: u64,
    bytes: u64,
    flows: Vec<FlowId>,
    changed: bool,
}

impl Backscatter {
    fn new(tuning: &Tuning) -> Self {
        Self {
            receivers: tuning.count("receivers"),
            silence: tuning.time("silence"),
            seed: tuning.seed(),
            answering: Bounded::new(MOST, tuning.seed()),
            touched: Vec::new(),
            swept: Moment::default(),
        }
    }

    fn note(&mut self, change: &Change) {
        let Some((answer, from, to, port)) = unasked(change) else { return };
        let (seed, span) = (self.seed, change.span);
        let (place, answers) = self.answering.place((from, answer), || Answers {
            span,
            receivers: Distinct::new(seed),
            ports: Vec::new(),
            flow_count: 0,
            packets: 0,
            bytes: 0,
            flows: Vec::new(),
            changed: false,
        });
        answers.span = answers.span.join(span);
        answers.receivers.note(to);
        answers.flow_count += 1;
        answers.packets += u64::from(change.forward.packets) + u64::from(change.backward.packets);
        answers.bytes += change.forward.bytes + change.backward.bytes;
        if !std::mem::replace(&mut answers.changed, true) {
            self.touched.push(place);
        }
        if answers.ports.len() < 8 && !answers.ports.contains(&port) {
            answers.ports.push(port);
        }
        if answers.flows.len() < 16 {
            answers.flows.push(change.id);
        }
    }
}

/// Who answered whom, and from which port, where a flow begins with an answer and nothing else.
fn unasked(change: &Change) -> Option<(Answer, Address, Address, u16)> {
    let one_way = change.forward.packets == 0 || change.backward.packets == 0;
    if !change.standing.has(Standing::OPENING) || !one_way {
        return None;
    }
    let forward = |answer, port| Some((answer, change.source, change.destination, port));
    match (change.network, change.protocol) {
        // A SYN with ACK is the server's, so its flow was turned around: only the way back has packets.
        (Network::Ipv4 | Network::Ipv6, 6) if change.standing.has(Standing::ANSWER_FIRST) => {
            let bare = change.forward.packets == 0 && change.backward.tcp_flags == SYN | ACK;
            bare.then_some((Answer::Tcp, change.destination, change.source, change.destination_port))
        }
        (Network::Ipv4 | Network::Ipv6, 6) => {
            let flags = change.forward.tcp_flags;
            // A client that gives up on a conversation that is long over resets it as well: from its own port to a service's.
            let client = change.source_port >= 1024 && change.destination_port < 1024;
            if flags & !ACK == RST && !client { forward(Answer::Tcp, change.source_port) } else { None }
        }
        // Destination unreachable (RFC 792; RFC 4443, 3.1).
        (Network::Ipv4, 1) if change.source_port == 3 => forward(Answer::Unreachable, 0),
        (Network::Ipv6, 58) if change.source_port == 1 => forward(Answer::Unreachable, 0),
        // Echo reply.
        (Network::Ipv4, 1) if change.source_port == 0 => forward(Answer::Echo, 0),
        (Network::Ipv6, 58) if change.source_port == 129 => forward(Answer::Echo, 0),
        _ => None,
    }
}

impl Detector for Backscatter {
    fn look(&mut self, scene: &Scene<'_>, claims: &mut Claims) {
        scene.changes.iter().for_each(|change| self.note(change));
        if !scene.second_over {
            return;
        }
        for place in self.touched.drain(..) {
            let Some((&(host, answer), answers)) = self.answering.at(place) else { continue };
            answers.changed = false;
            let (count, estimated) = answers.receivers.count();
            if count < self.receivers / 2 {
                continue;
            }
            claims.claim(claim(host, answer, answers, (count, estimated), self.receivers, self.silence));
        }
        // Going through everything each second would cost more than it frees.
        if scene.now.since(self.swept) >= SWEEP {
            self.swept = scene.now;
            self.answering.retain(|_, answers| scene.now.since(answers.span.end) <= self.silence);
        }
        self.answering.prune(|answers| answers.receivers.count().0);
    }
}

fn claim(
    host: Address,
    answer: Answer,
    answers: &Answers,
    (count, estimated): (u64, bool),
    wanted: u64,
    silence: Duration,
) -> Claim {
    let vector = match answer {
        Answer::Tcp => "tcp",
        Answer::Unreachable => "udp",
        Answer::Echo => "icmp",
    };
    let confidence = match count {
        count if count >= wanted.saturating_mul(10) => Confidence::High,
        count if count >= wanted => Confidence::Moderate,
        _ => Confidence::Low,
    };
    let spread = Reason::new("answers-unasked").with("hosts", count).with("packets", answers.packets);
    let few = Reason::new("few-receivers").with("hosts", count).with("wanted", wanted);
    Claim {
        targets: vec![host],
        target_count: 1,
        // The packets came from the host that was flooded; whoever sent the flood is not to be seen here.
        sources: Sources { count, estimated, sample: answers.receivers.first().to_vec(), spoofed: Spoofed::Likely },
        ports: answers.ports.clone(),
        flow_count: answers.flow_count,
        packets: answers.packets,
        bytes: answers.bytes,
        measure: Some(Measure {
            what: "receivers".into(),
            value: count as f64,
            baseline: None,
            threshold: wanted as f64,
        }),
        confidence,
        grounds: vec![spread, Reason::new("sender-is-target")],
        against: if confidence == Confidence::Low { vec![few] } else { Vec::new() },
        flows: answers.flows.clone(),
        linger: silence,
        ..Claim::new("scan.backscatter", vector, Subject::host(host), answers.span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::{Stage, host, tcp};

    #[test]
    fn answers_to_many_who_did_not_ask_are_found() {
        let mut stage = Stage::of(&DETECTOR);
        for n in 0..400u32 {
            stage.add(tcp(host(0x0a00_0000 + n), host(0xc000_0201), 40_000, 80).answer_first(1));
            stage.wait(10);
        }
        let findings = stage.finish();
        let last = findings.last().unwrap();
        assert_eq!((&*last.kind, &*last.vector, last.confidence), ("scan.backscatter", "tcp", Confidence::High));
        assert_eq!(last.targets[0].address, host(0xc000_0201));
        assert!(last.actors.is_empty() && last.sources.count == 400);
    }

    #[test]
    fn a_server_on_a_path_of_one_direction_is_left_alone() {
        let mut stage = Stage::of(&DETECTOR);
        for n in 0..400u32 {
            let flow = tcp(host(0x0a00_0000 + n), host(0xc000_0201), 40_000, 80);
            stage.add(flow.answer_first(6).back_flags(0x1a));
            stage.wait(10);
        }
        assert_eq!(stage.finish(), []);
    }

    #[test]
    fn a_client_that_resets_what_is_long_over_is_left_alone() {
        let mut stage = Stage::of(&DETECTOR);
        for n in 0..400u32 {
            stage.add(tcp(host(0x0a00_0001), host(0xc000_0000 + n * 9), 49_000 + n as u16, 443).flags(0x14));
            stage.wait(10);
        }
        assert_eq!(stage.finish(), []);
    }

    #[test]
    fn one_host_that_gets_many_answers_is_no_backscatter() {
        let mut stage = Stage::of(&DETECTOR);
        for n in 0..400u32 {
            stage.add(tcp(host(0x0a00_0001), host(0xc000_0200 + n), 40_000, 80).answer_first(1));
            stage.wait(10);
        }
        assert_eq!(stage.finish(), []);
    }
}
