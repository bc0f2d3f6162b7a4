//! What counts as an attempt to reach somebody, and how it went.

use blueline_terms::tcp::{ACK, ECN, FIN, RST, SYN};
use blueline_terms::{Address, Application, Change, FlowId, Moment, Network, Standing};

use crate::measure::Outcome;

/// From here servers open the data connections of active transfers (RFC 959).
const FTP_DATA: u16 = 20;
/// From here on systems draw the ports of clients (Linux; RFC 6335 says 49152).
const DRAWN: u16 = 32_768;

/// How somebody is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum By {
    /// A TCP port.
    Tcp,
    /// A UDP port.
    Udp,
    /// An ICMP or ICMPv6 echo.
    Echo,
    /// ARP.
    Arp,
    /// IPv6 neighbour solicitation (RFC 4861).
    Neighbour,
}

/// A source asks a target, or hears of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempt {
    pub(super) source: Address,
    pub(super) target: Address,
    pub(super) by: By,
    pub(super) port: u16,
    pub(super) outcome: Outcome,
    /// Opened with flags that no conversation opens with.
    pub(super) stealth: bool,
    /// Only the ports of one host are told apart by it: such packets are also left over from old conversations.
    pub(super) ports_only: bool,
    /// Asks for an answer that is far larger than the question.
    pub(super) amplifies: bool,
    pub(super) at: Moment,
    pub(super) packets: u32,
    pub(super) bytes: u64,
    pub(super) id: FlowId,
}

impl Attempt {
    fn of(change: &Change, by: By, port: u16, outcome: Outcome) -> Self {
        Self {
            source: change.source,
            target: change.destination,
            by,
            port,
            outcome,
            stealth: false,
            ports_only: false,
            amplifies: false,
            at: change.span.start,
            packets: change.forward.packets,
            bytes: change.forward.bytes,
            id: change.id,
        }
    }
}

/// What a change says of an attempt, and whether it is the attempt itself rather than news of one.
#[inline]
pub(super) fn read(change: &Change) -> Option<(Attempt, bool)> {
    if change.standing.has(Standing::WAS_ANSWERED) || change.network == Network::Other {
        return None;
    }
    let opening = change.standing.has(Standing::OPENING);
    let attempt = match (change.network, change.protocol) {
        (Network::Arp, operation) => return arp(change, operation),
        (_, 6) => tcp(change, opening),
        (_, 17) => udp(change, opening),
        (Network::Ipv4, 1) if change.source_port == 8 => Some(Attempt::of(change, By::Echo, 0, answered(change))),
        (Network::Ipv6, 58) if change.source_port == 128 => Some(Attempt::of(change, By::Echo, 0, answered(change))),
        (Network::Ipv6, 58) => return neighbour(change),
        _ => None,
    }?;
    let other = attempt.source != attempt.target && is_host(attempt.target) && is_host(attempt.source);
    other.then_some((attempt, opening))
}

fn answered(change: &Change) -> Outcome {
    if change.backward.packets > 0 { Outcome::Answered } else { Outcome::Pending }
}

fn tcp(change: &Change, opening: bool) -> Option<Attempt> {
    let (forward, backward) = (change.forward.tcp_flags, change.backward.tcp_flags);
    // From a service to a drawn port it is an answer, or the data connection of a transfer, however odd it looks. A lone
    // SYN to a port that no client draws is none: scanners take such ports to be let through.
    let lone = change.standing.has(Standing::SYN)
        && forward & !ECN == SYN
        && change.source_port != FTP_DATA
        && change.destination_port < DRAWN;
    let answer = change.source_port < 1024 && !is_service(By::Tcp, change.destination_port) && !lone;
    if change.standing.has(Standing::ANSWER_FIRST) || change.fragments > 0 || answer {
        return None;
    }
    let refused = backward & RST != 0 && backward & SYN == 0;
    if change.standing.has(Standing::SYN) {
        // Who goes on with ACK was let in, even where the way back is not seen.
        let outcome = match () {
            () if refused => Outcome::Refused,
            () if backward & SYN != 0 || forward & ACK != 0 || change.backward.packets > 0 => Outcome::Answered,
            () => Outcome::Pending,
        };
        return Some(Attempt::of(change, By::Tcp, change.destination_port, outcome));
    }
    let strange = forward & (SYN | ACK | RST) == 0;
    let probe = opening && change.forward.packets <= 2 && (change.backward.packets == 0 || refused);
    // A lone ACK, or FIN with ACK, asks whether a port is filtered; late packets of old conversations look the same.
    let bare = forward & !FIN == ACK && change.source_port >= 1024 && is_service(By::Tcp, change.destination_port);
    if !probe || change.forward.packets == 0 || !(strange || bare) {
        return None;
    }
    let outcome = if refused { Outcome::Refused } else { Outcome::Pending };
    let attempt = Attempt::of(change, By::Tcp, change.destination_port, outcome);
    Some(Attempt { stealth: strange, ports_only: !strange, ..attempt })
}

fn udp(change: &Change, opening: bool) -> Option<Attempt> {
    let (from, to) = (change.source_port, change.destination_port);
    // A server's answer whose question was not seen, to a port that its client drew.
    let answer = is_service(By::Udp, from) && !is_service(By::Udp, to)
        || change.messages.responses > 0 && change.messages.requests == 0 && opening;
    // Traceroute counts hops with ports that nobody has: they count up from 33434.
    let traceroute = (33_434..33_700).contains(&to);
    // A later fragment whose beginning was not seen has no ports.
    let portless = from == 0 && to == 0;
    if answer || traceroute || portless {
        return None;
    }
    let attempt = Attempt::of(change, By::Udp, to, answered(change));
    Some(Attempt { amplifies: amplifies(change), ..attempt })
}

/// Whether what is asked for is what reflections ask for (US-CERT TA14-017A; Rossow, "Amplification Hell", NDSS 2014):
/// any or keys of DNS, the private and control modes of NTP, bulk of SNMP. Texts are also what scanners ask for that want
/// to know the version of a server.
fn amplifies(change: &Change) -> bool {
    match change.application {
        Application::Dns => matches!(change.messages.code, 46 | 48 | 255),
        Application::Ntp => change.messages.code >= 0x0600,
        Application::Snmp => change.messages.code == 5,
        _ => false,
    }
}

fn arp(change: &Change, operation: u8) -> Option<(Attempt, bool)> {
    let zero = Address::v4([0; 4]);
    if change.source == change.destination || change.source == zero || change.destination == zero {
        return None;
    }
    match operation {
        1 => Some((Attempt::of(change, By::Arp, 0, Outcome::Pending), change.standing.has(Standing::OPENING))),
        // The reply is a flow of its own, the other way around.
        2 => {
            let reply = Attempt::of(change, By::Arp, 0, Outcome::Answered);
            Some((Attempt { source: change.destination, target: change.source, packets: 0, bytes: 0, ..reply }, false))
        }
        _ => None,
    }
}

fn neighbour(change: &Change) -> Option<(Attempt, bool)> {
    let (source, target) = (change.source.bits(), change.destination.bits());
    match change.source_port {
        // To the group of the one who is looked for (its answer is a flow of its own), or to the host itself.
        135 if source != 0 && (target & !LOW_24 == SOLICITED || is_host(change.destination)) => {
            let attempt = Attempt::of(change, By::Neighbour, 0, answered(change));
            Some((attempt, change.standing.has(Standing::OPENING)))
        }
        136 => {
            let target = Address::from_bits(SOLICITED | source & LOW_24);
            let reply = Attempt::of(change, By::Neighbour, 0, Outcome::Answered);
            Some((Attempt { source: change.destination, target, packets: 0, bytes: 0, ..reply }, false))
        }
        _ => None,
    }
}

/// Solicited-node multicast, ff02::1:ff00:0/104 (RFC 4291, 2.7.1).
const SOLICITED: u128 = 0xff02_0000_0000_0000_0000_0001_ff00_0000;
const LOW_24: u128 = 0xff_ffff;

/// Whether an address can be one host's.
fn is_host(address: Address) -> bool {
    let bits = address.bits();
    if address.is_v4() { !matches!((bits as u32) >> 24, 0 | 224..) } else { bits >> 120 != 0xff && bits != 0 }
}

/// Whether a port is one on which services are commonly offered, so that somebody may look for them: the system ports,
/// and those that the Internet's scanners ask for most (Durumeric, Bailey, Halderman, "An Internet-Wide View of
/// Internet-Wide Scanning", USENIX Security 2014; Antonakakis and others, "Understanding the Mirai Botnet", 2017).
pub(super) fn is_service(by: By, port: u16) -> bool {
    const TCP: &[u16] = &[
        1080, 1099, 1433, 1521, 1723, 1883, 2049, 2222, 2323, 2375, 2376, 2404, 3128, 3306, 3389, 4444, 4786, 4899,
        5000, 5060, 5432, 5555, 5601, 5672, 5900, 5901, 5984, 5985, 6000, 6379, 7001, 7547, 8000, 8008, 8080, 8081,
        8089, 8088, 8090, 8291, 8443, 8545, 8728, 8888, 9000, 9090, 9100, 9200, 9443, 10_000, 11_211, 20_000, 23_231,
        27_017, 37_215, 44_818, 52_869,
    ];
    const UDP: &[u16] = &[
        1194, 1433, 1434, 1604, 1701, 1812, 1813, 1900, 2049, 3283, 3389, 3478, 3702, 4500, 5060, 5093, 5351, 5353,
        5683, 10_001, 11_211, 17_185, 20_000, 27_015, 27_960, 37_810, 44_818, 47_808,
    ];
    port < 1024
        || match by {
            By::Tcp => TCP.contains(&port),
            By::Udp => UDP.contains(&port),
            By::Echo | By::Arp | By::Neighbour => true,
        }
}

/// Whether a service is abused as a reflector: a source that asks many for it may be the victim, whose address others
/// write into their questions (US-CERT TA14-017A; Rossow, "Amplification Hell", NDSS 2014; for TCP Kührer and others,
/// "Hell of a Handshake", WOOT 2014).
pub(super) fn is_reflector(by: By, port: u16) -> bool {
    const UDP: &[u16] = &[
        17, 19, 53, 69, 111, 123, 137, 161, 389, 427, 500, 623, 1194, 1434, 1900, 3283, 3478, 3702, 4500, 5353, 5683,
        10_001, 11_211, 27_015, 37_810, 47_808,
    ];
    match by {
        By::Tcp => is_everyday(by, port),
        By::Udp => UDP.contains(&port),
        By::Echo | By::Arp | By::Neighbour => false,
    }
}

/// Whether nearly every client uses a service with many servers, so that a broken path looks like a search for it.
pub(super) fn is_everyday(by: By, port: u16) -> bool {
    match by {
        By::Tcp => matches!(port, 25 | 53 | 80 | 443 | 853),
        By::Udp => matches!(port, 53 | 123 | 443 | 3478),
        By::Echo | By::Arp | By::Neighbour => false,
    }
}
