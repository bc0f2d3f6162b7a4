//! What one line of a source's contacts amounts to.

use std::time::Duration;

use blueline_terms::finding::Reason;
use blueline_terms::{Address, Confidence, Moment};

use super::attempt::{By, is_everyday, is_reflector, is_service};
use super::{Along, Line};
use crate::measure::Walk;

/// What is wanted before something is said.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    /// Hosts for moderate confidence.
    pub(super) hosts: u64,
    /// Ports for moderate confidence.
    pub(super) ports: u64,
}

/// What else bears on it.
#[derive(Clone, Copy)]
pub(super) struct Light {
    pub(super) now: Moment,
    /// Whether answers of this kind are hardly ever seen here.
    pub(super) blind: bool,
    /// Sources that ask many ports of the same host now.
    pub(super) rivals: u64,
    /// How the source fares over all services that it asks for in this way.
    pub(super) services: Services,
}

/// Services of which a source asks several hosts, and hardly any of them has.
#[derive(Clone, Copy, Default)]
pub(super) struct Services {
    /// How many.
    pub(super) count: u64,
    /// Hosts of each, added up.
    pub(super) hosts: u64,
    /// Their walks, added up: it is one source that walks.
    walk: f64,
}

impl Services {
    /// Services and hosts from which on the same few hosts are searched for services.
    const FEWEST: u64 = 3;

    /// Counts a service's line, where it mostly fails.
    pub(super) fn note(&mut self, by: By, port: u16, line: &Line) {
        let fails = is_service(by, port) && line.spread.failing() >= FAILING && line.spread.returns() < 0.2;
        let hosts = if fails { line.spread.count().0 } else { 0 };
        if hosts >= Self::FEWEST {
            self.count += 1;
            self.hosts += hosts;
            self.walk += line.spread.walk.sum();
        }
    }

    /// Whether one of few hosts is a part of a search for several services.
    pub(super) fn is_search(self, wanted: u64) -> bool {
        self.count >= Self::FEWEST && self.hosts >= wanted && self.walk >= Walk::DECIDES
    }
}

/// A line that is worth a claim.
pub(super) struct Verdict {
    pub(super) confidence: Confidence,
    pub(super) wanted: u64,
    /// Whether its source's address may be a victim's.
    pub(super) forged: bool,
    pub(super) against: Vec<Reason>,
}

/// Shares: of failures among the settled, of visits that came back, of neighbours among targets.
const FAILING: f64 = 0.5;
const MOSTLY: f64 = 0.6;
const COMES_BACK: f64 = 0.4;
const DENSE: f64 = 0.3;
/// More sources than this that ask many ports of one host at a time are a flood with random ports.
const RIVALS: u64 = 16;
/// Probes are small; what is larger on average carries something.
const LARGE: u64 = 300;
/// Packets to each silent host from which on it is asked too often for a probe. Systems send a SYN up to seven times;
/// scanners ask in two or three ways, and again. Of reflectors anywhere fewer are enough.
const SYN_TOO_OFTEN: u64 = 10;
const TOO_OFTEN: (u64, u64) = (6, 4);
/// How long it takes to see whether a reflector is asked again.
const SHORT: Duration = Duration::from_secs(4);

pub(super) fn judge(along: Along, line: &Line, wanted: Wanted, light: Light) -> Option<Verdict> {
    match along {
        Along::Service(by @ (By::Tcp | By::Udp), port) => hosts(by, Some(port), line, wanted.hosts, light),
        Along::Service(By::Echo, _) => echo(line, wanted.hosts, light),
        Along::Service(by @ (By::Arp | By::Neighbour), _) => neighbours(by, line, wanted.hosts),
        Along::Anything(by) => hosts(by, None, line, wanted.hosts, light),
        Along::Host(by, _) => ports(by, line, wanted.ports, light),
    }
}

/// The same service of many hosts.
fn hosts(by: By, port: Option<u16>, line: &Line, wanted: u64, light: Light) -> Option<Verdict> {
    let spread = &line.spread;
    let (count, _) = spread.count();
    let (failing, returns) = (spread.failing(), spread.returns());
    let stealth = line.stealth * 2 > count;
    let dense = is_dense(line);
    let service = port.is_some_and(|port| is_service(by, port));
    let everyday = port.is_some_and(|port| is_everyday(by, port));
    let blind = light.blind && by == By::Udp;
    let (usual, wanted) = (wanted, if everyday && !dense && !stealth { wanted * 4 } else { wanted });
    let forged = !stealth && may_be_forged(by, port, line, wanted, light.now);
    let several = light.services.is_search(usual) && service && failing >= FAILING && returns < 0.2;
    let least = match () {
        () if several => Services::FEWEST,
        () if service => (wanted * 2 / 5).min(usual * 4 / 3),
        () => wanted,
    };
    if count < least || failing < FAILING || !(spread.walk.accepts() || stealth || several) {
        return None;
    }
    let mut against = Against::default();
    against.when(forged, || {
        Reason::new("may-be-forged-requests").with("hosts", count).with("each", line.packets_each().max(1))
    });
    // Ten that fail at once are enough where nobody needs so many; of names and time thirty, which is more than the
    // root servers have addresses, or twenty of one network, which has no use for so many. Of the web as many fail at
    // once for any client whose path is broken.
    let web = everyday && (by == By::Tcp || port == Some(443));
    let at_once = service && !web && !blind && failing >= 0.8 && returns < 0.2;
    let burst = match () {
        () if everyday && is_one_block(line) => usual * 4 / 3,
        () if everyday => wanted / 2,
        () => wanted * 2 / 3,
    };
    let enough = match () {
        () if several => Services::FEWEST,
        () if at_once && spread.most_at_once() >= burst => burst,
        () => wanted,
    };
    against.when(count < enough, || Reason::new("few-hosts").with("hosts", count).with("wanted", wanted));
    against.when(failing < MOSTLY, || answered(line));
    against.when(returns >= COMES_BACK && !stealth, || comes_back(returns));
    // Peers keep lists of hosts that are long gone; they are many, and stand anywhere.
    let so_many = count >= wanted * 40 && failing >= 0.95 && returns < 0.05;
    let peers = !(service || dense || stealth || so_many);
    against.when(peers, || Reason::new("peer-like").with("hosts", count));
    let unseen = blind && !dense && (everyday || count < wanted * 4);
    against.when(unseen, || Reason::new("one-direction"));
    let doubtful = against.blocking;
    against.note(everyday, || Reason::new("everyday-service").with("port", u64::from(port.unwrap_or_default())));
    against.note(blind && !unseen, || Reason::new("one-direction"));
    let sure = count >= wanted * 4 && failing >= 0.8 && returns < 0.2 && !(blind || everyday && !dense);
    Some(Verdict { forged, ..verdict(doubtful, sure, enough, against) })
}

/// Whether somebody else may ask in the name of the source, so that the answers hit it. A scan asks each host once or a
/// few times; who wants answers to come asks on and on, those that are known to answer, who stand anywhere. That takes
/// a while to see.
fn may_be_forged(by: By, port: Option<u16>, line: &Line, wanted: u64, now: Moment) -> bool {
    let reflectors = port.is_some_and(|port| is_reflector(by, port)) && !is_dense(line) && !is_one_block(line);
    let often = match by {
        By::Tcp => SYN_TOO_OFTEN,
        _ if reflectors => TOO_OFTEN.1,
        _ => TOO_OFTEN.0,
    };
    if line.packets_each() >= often || !reflectors {
        return line.packets_each() >= often;
    }
    let (count, _) = line.spread.count();
    // A short burst of datagrams never shows whether anybody would have been asked again.
    let young = line.spread.span.is_none_or(|span| match by {
        By::Udp => span.duration() < SHORT.saturating_mul(2),
        _ => now.since(span.start) < SHORT,
    });
    young || is_exhausted(line) || line.amplifying * 2 > line.flow_count && count < wanted * 40
}

/// Whether hosts are asked again and no new ones any more: so a list of reflectors is gone through, time and again.
fn is_exhausted(line: &Line) -> bool {
    let (Some(span), Some(fresh)) = (line.spread.span, line.spread.fresh_at()) else { return false };
    let since = span.end.since(fresh);
    let again = line.unanswered * 2 >= line.spread.first().count() as u64 * 3;
    again && since >= Duration::from_secs(1) && since * 4 >= span.duration()
}

/// Who answers an echo.
fn echo(line: &Line, wanted: u64, light: Light) -> Option<Verdict> {
    let spread = &line.spread;
    let (count, _) = spread.count();
    let (failing, returns) = (spread.failing(), spread.returns());
    let sweeping = is_dense(line) && spread.most_at_once() >= wanted * 2 / 3;
    let missing = spread.walk.accepts() && count >= wanted * 2 / 3;
    // Who asks in random order looks for hosts too, if many are asked at once, or more in all, and most are not there.
    let many = spread.most_at_once() >= wanted || count >= wanted * 2 && failing >= 0.75;
    let searching = many && failing >= MOSTLY && returns < 0.2 && !light.blind;
    if count < wanted * 2 / 3 || !(sweeping || missing) {
        return None;
    }
    let mut against = Against::default();
    against.when(count < wanted, || Reason::new("few-hosts").with("hosts", count).with("wanted", wanted));
    // Who watches hosts knows which there are, and asks them again.
    against.when(failing < 0.15, || answered(line));
    against.when(returns >= COMES_BACK, || comes_back(returns));
    against.when(!sweeping && !searching && count < wanted * 4, || Reason::new("scattered").with("hosts", count));
    against.when(light.blind && count < wanted * 2, || Reason::new("one-direction"));
    let doubtful = against.blocking;
    against.note(light.blind && count >= wanted * 2, || Reason::new("one-direction"));
    let sure = count >= wanted * 4 && sweeping && failing >= 0.3 && returns < 0.2 && !light.blind;
    Some(verdict(doubtful, sure, wanted, against))
}

/// Who is on the link. A router asks for many hosts too, as its clients come and go, but hardly for all of them at
/// once.
fn neighbours(by: By, line: &Line, wanted: u64) -> Option<Verdict> {
    let spread = &line.spread;
    let (count, _) = spread.count();
    let (near, returns, burst) = (spread.near(), spread.returns(), spread.most_at_once());
    // IPv6 addresses are drawn from so many that even a whole link's do not lie close together.
    let sweeping = is_dense(line) || by == By::Neighbour && spread.walk.accepts();
    if count < wanted || !sweeping || burst < wanted {
        return None;
    }
    let mut against = Against::default();
    against
        .when(burst < wanted * 4 / 3, || Reason::new("few-hosts").with("hosts", burst).with("wanted", wanted * 4 / 3));
    against.when(spread.failing() < 0.3, || answered(line));
    against.when(returns >= COMES_BACK, || comes_back(returns));
    let doubtful = against.blocking;
    let sure = burst >= wanted * 4 && returns < 0.2 && near >= 0.6;
    Some(verdict(doubtful, sure, wanted, against))
}

/// The ports of one host.
fn ports(by: By, line: &Line, wanted: u64, light: Light) -> Option<Verdict> {
    let spread = &line.spread;
    let (count, _) = spread.count();
    let failing = spread.failing();
    let stealth = line.stealth * 2 > count;
    if count < wanted * 2 / 3 || failing < 0.5 || !(spread.walk.accepts() || stealth) {
        return None;
    }
    let mean = line.bytes / line.packets.max(1);
    let services = spread.known().filter(|&port| is_service(by, port as u16)).count() as u64;
    let mut against = Against::default();
    against.when(count < wanted, || Reason::new("few-ports").with("ports", count).with("wanted", wanted));
    against.when(failing < MOSTLY, || answered(line));
    // Calls and transfers draw ports for their data, high ones; who looks for services asks where services are.
    against.when(services < 4 && !(by == By::Tcp && count >= wanted * 4), || {
        Reason::new("few-service-ports").with("ports", services)
    });
    against.when(light.rivals > RIVALS, || Reason::new("target-flooded").with("sources", light.rivals));
    against.when(mean > LARGE || line.packets > count * 20, || {
        Reason::new("flood-like").with("packets", line.packets).with("bytes", line.bytes)
    });
    let doubtful = against.blocking;
    against.note(light.blind, || Reason::new("one-direction"));
    let sure = count >= wanted * 4 && failing >= 0.8 && !(light.blind && (by == By::Udp || count < wanted * 10));
    Some(verdict(doubtful, sure, wanted, against))
}

/// Whether nine of ten hosts stand in one block of 2^16, or in one /48 of IPv6, and they are not few.
fn is_one_block(line: &Line) -> bool {
    let block = |bits: u128| if Address::from_bits(bits).is_v4() { bits >> 16 } else { bits >> 80 };
    let mut blocks: Vec<u128> = line.spread.known().map(block).collect();
    blocks.sort_unstable();
    let most = blocks.chunk_by(|one, next| one == next).map(<[u128]>::len).max().unwrap_or(0);
    blocks.len() >= 10 && most * 10 >= blocks.len() * 9
}

/// Whether targets lie close together. What was told once is not taken back for a share that only wavers.
fn is_dense(line: &Line) -> bool {
    line.spread.near() >= if line.claimed { DENSE / 2.0 } else { DENSE }
}

fn verdict(doubtful: bool, sure: bool, wanted: u64, against: Against) -> Verdict {
    let confidence = match () {
        () if doubtful => Confidence::Low,
        () if sure => Confidence::High,
        () => Confidence::Moderate,
    };
    Verdict { confidence, wanted, forged: false, against: against.reasons }
}

fn answered(line: &Line) -> Reason {
    let spread = &line.spread;
    Reason::new("many-answered").with("answered", spread.answered).with("settled", spread.settled())
}

fn comes_back(returns: f64) -> Reason {
    Reason::new("comes-back").with("share", blueline_terms::finding::Value::Share(returns))
}

/// Gathers reasons; some of them forbid more than low confidence.
#[derive(Default)]
struct Against {
    reasons: Vec<Reason>,
    blocking: bool,
}

impl Against {
    fn when(&mut self, holds: bool, reason: impl FnOnce() -> Reason) {
        self.note(holds, reason);
        self.blocking |= holds;
    }

    fn note(&mut self, holds: bool, reason: impl FnOnce() -> Reason) {
        if holds {
            self.reasons.push(reason());
        }
    }
}
