//! Packets that no honest stack sends, and protocols on ports of others.

mod texts;

use std::time::Duration;

use blueline_terms::finding::{Effect, Measure, Reason, Sources, Spoofed};
use blueline_terms::tcp::{ACK, FIN, RST, SYN};
use blueline_terms::{Address, Application, Change, Confidence, FlowId, Network, Side, Span, Standing};

use super::{Description, Detector, Kind};
use crate::claim::{Claim, Claims, Subject};
use crate::measure::{Bounded, Distinct, Seed};
use crate::scene::Scene;
use crate::tuning::{Amount, Setting, Tuning};

pub(crate) static DETECTOR: Description = Description {
    name: "protocol",
    kinds: &[Kind {
        name: "anomaly.protocol",
        vectors: &["impossible-flags", "land", "odd-port"],
        class: "other/undetermined",
        effect: Effect::NONE,
    }],
    title: "Packets against the rules of TCP and IP, and protocols that hide on the ports of others",
    method: "SYN with FIN or RST and packets without any flag mean nothing in TCP (RFC 9293, 3.1; Handley, Paxson, \
             Kreibich, \"Network Intrusion Detection: Evasion, Traffic Normalization, and End-to-End Protocol \
             Semantics\", USENIX Security 2001); one whose sender is its own receiver, ports alike, is a land attack \
             (CERT CA-1997-28). A protocol that is recognised by its payload on the well-known port of another \
             passes filters that go by port (Dreger and others, \"Dynamic Application-Layer Protocol Analysis for \
             Network Intrusion Detection\", USENIX Security 2006).",
    leaves_alone: "Conversations that open and close within a second (their flags add up), loopback, TLS that began \
                   in the clear on a mail or file port, services on free ports of their own.",
    bounds: "The 1024 hosts with most such packets and 1024 conversations on odd ports; senders are counted exactly \
             up to 8192, then within 4 %.",
    settings: &[
        Setting {
            name: "packets",
            default: Amount::Count(20),
            range: (1.0, 1e9),
            meaning: "Packets against the rules to one host before that is told; ten times as many for moderate \
                      confidence.",
        },
        Setting {
            name: "bytes",
            default: Amount::Count(100_000),
            range: (0.0, 1e12),
            meaning: "Bytes that a conversation on the port of another protocol must carry across a border for \
                      moderate confidence.",
        },
        Setting {
            name: "silence",
            default: Amount::Time(Duration::from_secs(600)),
            range: (1.0, 86_400.0),
            meaning: "After this long without such a packet the event is over.",
        },
    ],
    texts: texts::TEXTS,
    start: |tuning| Box::new(Protocol::new(tuning)),
};

/// Hosts, and conversations on odd ports, that are kept in mind.
const MOST: usize = 1024;

struct Protocol {
    packets: u64,
    bytes: u64,
    silence: Duration,
    seed: Seed,
    broken: Bounded<(Address, Rule), Seen>,
    odd: Bounded<(Subject, Application), Seen>,
}

/// The rule that is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Rule {
    Flags,
    Land,
}

struct Seen {
    span: Span,
    packets: u64,
    bytes: u64,
    flow_count: u64,
    sources: Distinct,
    ports: Vec<u16>,
    flows: Vec<FlowId>,
    crossing: bool,
    changed: bool,
}

/// How many packets of a direction are against the rules, as far as the union of their flags tells.
fn impossible(packets: u32, flags: u8) -> u64 {
    let alone = packets == 1;
    let syn_fin = flags & (SYN | FIN) == SYN | FIN && (alone || flags & ACK == 0);
    let syn_rst = flags & (SYN | RST) == SYN | RST && alone;
    if packets > 0 && (flags == 0 || syn_fin || syn_rst) { u64::from(packets) } else { 0 }
}

fn is_loopback(address: Address) -> bool {
    address.ip().is_loopback() || address.ip().is_unspecified()
}

/// Whether a protocol has no business on a well-known port of another. Mail, file and directory ports may turn to TLS
/// (STARTTLS), and web ports carry either of the web's protocols.
fn is_odd(application: Application, port: u16) -> bool {
    use Application::{Dns, Http, Smb, Ssh, Tls};
    match application {
        Ssh => {
            matches!(port, 21 | 23 | 25 | 53 | 80 | 102 | 110 | 123 | 143 | 443 | 445 | 502 | 587 | 993 | 995 | 3389)
        }
        Tls => matches!(port, 22 | 23 | 53 | 102 | 123 | 502 | 20_000),
        Http => matches!(port, 22 | 23 | 25 | 53 | 102 | 123 | 445 | 502 | 3389),
        Smb => matches!(port, 22 | 25 | 53 | 80 | 443 | 502),
        Dns => matches!(port, 22 | 23 | 25 | 80 | 123 | 443 | 500 | 502),
        _ => false,
    }
}

impl Protocol {
    fn new(tuning: &Tuning) -> Self {
        let seed = tuning.seed();
        Self {
            packets: tuning.count("packets"),
            bytes: tuning.count("bytes"),
            silence: tuning.time("silence"),
            seed,
            broken: Bounded::new(MOST, seed),
            odd: Bounded::new(MOST, seed),
        }
    }

    #[inline]
    fn note(&mut self, change: &Change, scene: &Scene<'_>) {
        let transport = matches!(change.protocol, 6 | 17) && matches!(change.network, Network::Ipv4 | Network::Ipv6);
        if !transport {
            return;
        }
        if change.source == change.destination
            && change.source_port == change.destination_port
            && change.source_port != 0
            && !is_loopback(change.source)
        {
            self.note_broken(Rule::Land, change, (change.source, change.destination), change.forward.packets.into());
        }
        if change.protocol == 6 && change.fragments == 0 {
            let forward = impossible(change.forward.packets, change.forward.tcp_flags);
            let backward = impossible(change.backward.packets, change.backward.tcp_flags);
            if forward > 0 {
                self.note_broken(Rule::Flags, change, (change.source, change.destination), forward);
            }
            if backward > 0 {
                self.note_broken(Rule::Flags, change, (change.destination, change.source), backward);
            }
        }
        if change.application != Application::Unrecognised
            && change.standing.has(Standing::ANSWERED)
            && is_odd(change.application, change.destination_port)
        {
            self.note_odd(change, scene);
        }
    }

    fn note_broken(&mut self, rule: Rule, change: &Change, (from, to): (Address, Address), packets: u64) {
        let seed = self.seed;
        let seen = self.broken.entry((to, rule), || Seen::new(change, seed));
        seen.sources.note(from);
        let port = if to == change.destination { change.destination_port } else { change.source_port };
        seen.add(change, packets, change.forward.bytes + change.backward.bytes, port);
    }

    fn note_odd(&mut self, change: &Change, scene: &Scene<'_>) {
        let subject = Subject { host: change.destination, other: change.source, port: change.destination_port };
        let seed = self.seed;
        let seen = self.odd.entry((subject, change.application), || {
            let (source, destination) = scene.places(change);
            let crossing = source.side != destination.side
                && matches!((source.side, destination.side), (Side::Party(_), _) | (_, Side::Party(_)));
            Seen { crossing, ..Seen::new(change, seed) }
        });
        seen.sources.note(change.source);
        let packets = u64::from(change.forward.packets) + u64::from(change.backward.packets);
        seen.add(change, packets, change.forward.bytes + change.backward.bytes, change.destination_port);
    }

    fn claim_broken(&self, host: Address, rule: Rule, seen: &Seen) -> Claim {
        let sure = seen.packets >= self.packets.saturating_mul(10);
        let (vector, ground) = match rule {
            Rule::Flags => ("impossible-flags", Reason::new("impossible-flags").with("packets", seen.packets)),
            Rule::Land => ("land", Reason::new("sender-is-receiver").with("packets", seen.packets)),
        };
        let wanted = self.packets.saturating_mul(10);
        let few = Reason::new("few-packets").with("packets", seen.packets).with("wanted", wanted);
        let spoofed = if rule == Rule::Land { Spoofed::Likely } else { Spoofed::Unknown };
        Claim {
            confidence: if sure { Confidence::Moderate } else { Confidence::Low },
            grounds: vec![ground],
            against: if sure { Vec::new() } else { vec![few] },
            measure: measure("packets", seen.packets, self.packets),
            ..self.claim(vector, Subject::host(host), seen, spoofed)
        }
    }

    fn claim_odd(&self, subject: Subject, application: Application, seen: &Seen) -> Claim {
        let sure = seen.crossing && seen.bytes >= self.bytes;
        let port = u64::from(subject.port);
        let ground = Reason::new("odd-port").with("application", application.word()).with("port", port);
        let mut against = Vec::new();
        if seen.bytes < self.bytes {
            against.push(Reason::new("little-data").with("bytes", blueline_terms::finding::Value::Bytes(seen.bytes)));
        }
        if !seen.crossing {
            against.push(Reason::new("within-one-side"));
        }
        Claim {
            confidence: if sure { Confidence::Moderate } else { Confidence::Low },
            actors: vec![subject.other],
            grounds: vec![ground],
            against,
            measure: measure("bytes", seen.bytes, self.bytes),
            ..self.claim("odd-port", subject, seen, Spoofed::Unlikely)
        }
    }

    fn claim(&self, vector: &'static str, subject: Subject, seen: &Seen, spoofed: Spoofed) -> Claim {
        let (count, estimated) = seen.sources.count();
        Claim {
            targets: vec![subject.host],
            target_count: 1,
            sources: Sources { count, estimated, sample: seen.sources.first().to_vec(), spoofed },
            ports: seen.ports.clone(),
            flow_count: seen.flow_count,
            packets: seen.packets,
            bytes: seen.bytes,
            flows: seen.flows.clone(),
            linger: self.silence,
            ..Claim::new("anomaly.protocol", vector, subject, seen.span)
        }
    }
}

fn measure(what: &'static str, value: u64, threshold: u64) -> Option<Measure> {
    Some(Measure { what: what.into(), value: value as f64, baseline: None, threshold: threshold as f64 })
}

impl Seen {
    fn new(change: &Change, seed: Seed) -> Self {
        Self {
            span: change.span,
            packets: 0,
            bytes: 0,
            flow_count: 0,
            sources: Distinct::new(seed),
            ports: Vec::new(),
            flows: Vec::new(),
            crossing: false,
            changed: false,
        }
    }

    fn add(&mut self, change: &Change, packets: u64, bytes: u64, port: u16) {
        self.span = self.span.join(change.span);
        self.packets = self.packets.saturating_add(packets);
        self.bytes = self.bytes.saturating_add(bytes);
        self.flow_count += u64::from(change.standing.has(Standing::OPENING));
        self.changed = true;
        if self.ports.len() < 8 && !self.ports.contains(&port) {
            self.ports.push(port);
        }
        if self.flows.len() < 16 && !self.flows.contains(&change.id) {
            self.flows.push(change.id);
        }
    }
}

impl Detector for Protocol {
    fn look(&mut self, scene: &Scene<'_>, claims: &mut Claims) {
        scene.changes.iter().for_each(|change| self.note(change, scene));
        if !scene.second_over && !scene.last {
            return;
        }
        for (&(host, rule), seen) in self.broken.iter() {
            if seen.changed && seen.packets >= self.packets {
                claims.claim(self.claim_broken(host, rule, seen));
            }
        }
        for (&(subject, application), seen) in self.odd.iter() {
            if seen.changed {
                claims.claim(self.claim_odd(subject, application, seen));
            }
        }
        let (now, silence) = (scene.now, self.silence);
        let keep = |seen: &mut Seen| {
            seen.changed = false;
            now.since(seen.span.end) <= silence
        };
        self.broken.retain(|_, seen| keep(seen));
        self.odd.retain(|_, seen| keep(seen));
        self.broken.prune(|seen| seen.packets);
        self.odd.prune(|seen| seen.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::{Stage, host, tcp, udp};

    #[test]
    fn packets_with_impossible_flags_are_told_and_in_numbers_believed() {
        for (packets, expected) in [(30, Confidence::Low), (300, Confidence::Moderate)] {
            let mut stage = Stage::of(&DETECTOR);
            for n in 0..packets {
                let flags = [0x03, 0x06, 0x00][n as usize % 3];
                stage
                    .add(tcp(host(0x0a00_0001), host(0xc000_0201), 2000 + n, 80).with(|c| c.forward.tcp_flags = flags));
                stage.wait(10);
            }
            let last = stage.finish().pop().unwrap();
            assert_eq!(
                (&*last.vector, last.confidence, last.packets),
                ("impossible-flags", expected, u64::from(packets))
            );
        }
    }

    #[test]
    fn short_conversations_whose_flags_add_up_are_left_alone() {
        let mut stage = Stage::of(&DETECTOR);
        for n in 0..300 {
            stage.add(tcp(host(0x0a00_0001), host(0xc000_0201), 2000 + n, 80).talks(500, 5000));
            stage.add(
                tcp(host(0x0a00_0002), host(0xc000_0201), 2000 + n, 80).sends(2, 120).flags(0x06).answered(1, 60, 0x12),
            );
            stage.wait(10);
        }
        assert_eq!(stage.finish(), []);
    }

    #[test]
    fn a_land_attack_is_told_and_loopback_is_not() {
        let mut stage = Stage::of(&DETECTOR);
        for _ in 0..30 {
            stage.add(tcp(host(0xc000_0201), host(0xc000_0201), 139, 139));
            stage.add(tcp(host(0x7f00_0001), host(0x7f00_0001), 139, 139));
            stage.add(udp(host(0xc000_0202), host(0xc000_0202), 5000, 53));
            stage.wait(100);
        }
        let findings = stage.finish();
        let last = findings.last().unwrap();
        assert_eq!((&*last.vector, last.sources.spoofed), ("land", Spoofed::Likely));
        assert!(findings.iter().all(|finding| finding.targets[0].address == host(0xc000_0201)));
    }

    #[test]
    fn long_ssh_over_the_border_on_the_port_of_names_is_moderate() {
        for (far, expected) in [(host(0xc000_0201), Confidence::Moderate), (host(0x0a00_0009), Confidence::Low)] {
            let mut stage = Stage::of(&DETECTOR);
            let flow = tcp(host(0x0a00_0001), far, 40_000, 53).talks(90_000, 90_000);
            stage.add(flow.with(|change| change.application = Application::Ssh));
            let last = stage.finish().pop().unwrap();
            assert_eq!((&*last.vector, last.confidence), ("odd-port", expected));
        }
    }

    #[test]
    fn protocols_on_their_own_or_on_free_ports_are_left_alone() {
        let mut stage = Stage::of(&DETECTOR);
        for (application, port) in [
            (Application::Ssh, 22),
            (Application::Ssh, 2222),
            (Application::Tls, 25),
            (Application::Tls, 8443),
            (Application::Http, 8080),
            (Application::Dns, 53),
            (Application::Dns, 5353),
        ] {
            let flow = tcp(host(0x0a00_0001), host(0xc000_0201), 40_000, port).talks(900_000, 900_000);
            stage.add(flow.with(|change| change.application = application));
        }
        assert_eq!(stage.finish(), []);
    }
}
