//! Scans: one source that asks many hosts, or many ports of a host, most of which turn out not to be there.

mod attempt;
mod claims;
mod judge;
#[cfg(test)]
mod tests;
mod texts;

use std::time::Duration;

use blueline_terms::finding::Effect;
use blueline_terms::{Address, FlowId, Moment};
use foldhash::fast::FixedState;
use indexmap::IndexMap;

use super::{Description, Detector, Kind};
use crate::claim::Claims;
use crate::measure::{Bounded, Crowds, Outcome, Recent, Seed, Spread};
use crate::scene::Scene;
use crate::tuning::{Amount, Setting, Tuning};
use attempt::{Attempt, By};
use judge::Wanted;

pub(crate) static DETECTOR: Description = Description {
    name: "scan",
    kinds: &[
        Kind {
            name: "scan.horizontal",
            vectors: &["tcp", "udp"],
            class: "information-gathering/scanner",
            effect: Effect::NONE,
        },
        Kind {
            name: "scan.vertical",
            vectors: &["tcp", "udp"],
            class: "information-gathering/scanner",
            effect: Effect::NONE,
        },
        Kind {
            name: "scan.sweep",
            vectors: &["icmp", "arp"],
            class: "information-gathering/scanner",
            effect: Effect::NONE,
        },
    ],
    title: "Scans: a source that looks for hosts or services of which it does not know whether they are there",
    method: "Threshold random walk over the outcomes of first contacts (Jung, Paxson, Berger, Balakrishnan, \"Fast \
             Portscan Detection Using Sequential Hypothesis Testing\", IEEE S&P 2004), one for each service that a \
             source asks for and one for each host that it asks, together with how wide it spreads: different hosts, \
             different ports, how close together the hosts stand, how new they are to it, and how fast. A TCP \
             attempt succeeds where the source goes on after its SYN, so that paths of one direction are judged too. \
             FIN, NULL and XMAS probes count as failures whatever comes back. A source with many ports on many hosts \
             is one horizontal scan.",
    leaves_alone: "Peer-to-peer (hosts anywhere, on ports of no service, asked again), clients of everyday services \
                   on a broken path, resolvers, mail servers, monitoring (comes back to the hosts it knows), answers \
                   to ports that a client drew, transfers and calls with drawn ports, traceroute, floods under \
                   forged sources (each asks one thing) or with random ports. Low and without an actor: the victim of a \
                   reflection, in whose name reflectors are asked again and again.",
    bounds: "Each 16,384 latest sources with one failed contact and 8192 latest single contacts of others, whenever \
             they were; then the 2048 lines (a source with a port, or with a host) with most failures, each with its \
             first 32 and latest 32 targets; more are counted within 7 %. A source that asks for more than 32 \
             services has the rest in one line. A host that more than 256 newcomers ask for in a second tells \
             nothing of the newcomers after that. At most 16 MiB.",
    settings: &[
        Setting {
            name: "hosts",
            default: Amount::Count(15),
            range: (5.0, 1e6),
            meaning: "Hosts that a source must have asked for moderate confidence; four times as many for high.",
        },
        Setting {
            name: "ports",
            default: Amount::Count(15),
            range: (5.0, 65_536.0),
            meaning: "Ports of one host that a source must have asked for moderate confidence; four times as many for \
                      high.",
        },
        Setting {
            name: "patience",
            default: Amount::Time(Duration::from_secs(3)),
            range: (0.5, 60.0),
            meaning: "An attempt that was not answered for this long has failed.",
        },
        Setting {
            name: "silence",
            default: Amount::Time(Duration::from_secs(3600)),
            range: (60.0, 604_800.0),
            meaning: "After this long without a new attempt a source is forgotten, so slower scans are not seen; a \
                      scan is over sooner, after twenty of its own gaps, but not within a minute.",
        },
    ],
    texts: texts::TEXTS,
    start: |tuning| Box::new(Scan::new(tuning)),
};

/// Sources of whom one contact is known, twice.
const MOST_NEW: usize = 16_384;
/// Single contacts of others, twice.
const MOST_SINGLE: usize = 8192;
/// Lines.
const MOST_LINES: usize = 2048;
/// How often sources that have been silent are forgotten.
const TIDY: Duration = Duration::from_secs(10);
/// Lines of one source over hosts, and as many over ports.
const MOST_OF_ONE: u16 = 32;
/// When the sources end, an answer that takes longer than this will not come.
const LAST_PATIENCE: Duration = Duration::from_millis(500);

/// What is held fast while other things differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Along {
    /// A service, on different hosts.
    Service(By, u16),
    /// A host, on different ports.
    Host(By, Address),
    /// Different hosts, on more ports than can be told apart.
    Anything(By),
}

/// A source's contacts along one line.
#[derive(Default)]
struct Line {
    spread: Spread,
    packets: u64,
    bytes: u64,
    flow_count: u64,
    stealth: u64,
    /// Packets to the first of the things that were not answered, and contacts that ask for large answers.
    unanswered: u64,
    amplifying: u64,
    /// The ports of a line over anything.
    ports: Vec<u16>,
    flows: Vec<FlowId>,
    changed: bool,
    claimed: bool,
}

struct Scan {
    wanted: Wanted,
    patience: Duration,
    silence: Duration,
    /// Sources of whom something failed: the one contact they had, or `None` where they had more.
    known: Recent<Address, Option<Attempt>>,
    singles: Recent<(Address, Along), Attempt>,
    lines: Bounded<(Address, Along), Line>,
    /// Sources of lines that have changed since they were last looked at.
    touched: Vec<Address>,
    /// How many lines over hosts and over ports a source has.
    having: IndexMap<Address, (u16, u16), FixedState>,
    tidied: Moment,
    heard: Heard,
    crowds: Crowds,
}

/// How often anything without handshake is answered here, lately.
#[derive(Default)]
struct Heard {
    asked: f64,
    answered: f64,
}

impl Heard {
    fn note(&mut self, attempt: &Attempt, opening: bool) {
        if matches!(attempt.by, By::Udp | By::Echo) {
            self.asked += f64::from(u8::from(opening));
            self.answered += f64::from(u8::from(attempt.outcome == Outcome::Answered));
            if self.asked > 4096.0 {
                (self.asked, self.answered) = (self.asked / 2.0, self.answered / 2.0);
            }
        }
    }

    fn is_blind(&self, two_way: f64) -> bool {
        two_way < 0.05 && self.answered < 0.01 * self.asked.max(1.0)
    }
}

impl Scan {
    fn new(tuning: &Tuning) -> Self {
        let seed: Seed = tuning.seed();
        Self {
            wanted: Wanted { hosts: tuning.count("hosts"), ports: tuning.count("ports") },
            patience: tuning.time("patience"),
            silence: tuning.time("silence"),
            known: Recent::new(MOST_NEW, seed),
            singles: Recent::new(MOST_SINGLE, seed),
            lines: Bounded::new(MOST_LINES, seed),
            touched: Vec::new(),
            having: IndexMap::with_hasher(seed.state()),
            tidied: Moment::default(),
            heard: Heard::default(),
            crowds: Crowds::new(seed),
        }
    }

    /// Notes an attempt, or news of one. A source costs nothing before something of its has failed or is waited for,
    /// and little before it asked for a second thing: forged sources ask for one.
    fn note(&mut self, attempt: &Attempt, opening: bool) {
        self.heard.note(attempt, opening);
        if opening && self.crowds.is_full(attempt.target) && !self.having.contains_key(&attempt.source) {
            return;
        }
        let first = match self.known.get_mut(&attempt.source) {
            None if self.having.contains_key(&attempt.source) => None,
            None => {
                let telling = attempt.outcome != Outcome::Answered || attempt.by == By::Echo;
                if opening && telling && !self.crowds.is_crowded(attempt.target) {
                    self.known.insert(attempt.source, Some(*attempt));
                }
                return;
            }
            Some(None) => None,
            Some(Some(first)) if same(first, attempt) => return first.renew(attempt),
            Some(_) if !opening => return,
            Some(first) => first.take(),
        };
        if let Some(first) = first {
            self.note_lines(&first, true);
        }
        self.note_lines(attempt, opening);
    }

    fn note_lines(&mut self, attempt: &Attempt, opening: bool) {
        if !attempt.ports_only {
            self.note_line(Along::Service(attempt.by, attempt.port), attempt, opening);
        }
        if matches!(attempt.by, By::Tcp | By::Udp) {
            self.note_line(Along::Host(attempt.by, attempt.target), attempt, opening);
        }
    }

    fn note_line(&mut self, along: Along, attempt: &Attempt, opening: bool) {
        let key = (attempt.source, along);
        if let Some(line) = self.lines.get_mut(&key) {
            let before = line.changed;
            line.note(along, attempt, opening);
            if line.changed && !before {
                self.touched.push(attempt.source);
            }
            return;
        }
        if attempt.outcome == Outcome::Answered && opening && attempt.by != By::Echo {
            return;
        }
        match self.singles.get_mut(&key) {
            Some(single) if what(along, single) == what(along, attempt) => single.renew(attempt),
            Some(single) if opening => {
                let single = *single;
                self.begin(along, &single, attempt);
            }
            None if opening => self.singles.insert(key, *attempt),
            _ => {}
        }
    }

    /// Begins a line with its first two contacts.
    fn begin(&mut self, along: Along, single: &Attempt, attempt: &Attempt) {
        let (over_hosts, over_ports) = self.having.entry(attempt.source).or_default();
        let along = match along {
            Along::Host(..) if *over_ports >= MOST_OF_ONE => return,
            Along::Service(by, _) if *over_hosts >= MOST_OF_ONE => Along::Anything(by),
            along => along,
        };
        let line = self.lines.entry((attempt.source, along), || {
            *(if matches!(along, Along::Host(..)) { over_ports } else { over_hosts }) += 1;
            Line::default()
        });
        line.note(along, single, true);
        line.note(along, attempt, true);
        self.touched.push(attempt.source);
    }

    /// Gives up waiting for answers.
    fn give_up(&mut self, scene: &Scene<'_>) {
        let patience = if scene.last { LAST_PATIENCE.min(self.patience) } else { self.patience };
        let than = scene.now.minus(patience);
        let Self { lines, touched, .. } = self;
        for ((source, _), line) in lines.iter_mut() {
            if line.spread.give_up(than) && !std::mem::replace(&mut line.changed, true) {
                touched.push(*source);
            }
        }
    }

    /// Forgets what is over, and what is too much.
    fn tidy(&mut self, now: Moment) {
        // Going through everything each second would cost more than it frees.
        if self.lines.len() <= MOST_LINES && now.since(self.tidied) < TIDY {
            return;
        }
        self.tidied = now;
        let (silence, before) = (self.silence, self.lines.len());
        self.lines.retain(|_, line| {
            let patience = if line.claimed { line.linger(silence) } else { silence };
            line.spread.span.is_some_and(|span| now.since(span.end) <= patience)
        });
        self.lines.prune(|line| (line.claimed, line.spread.weight()));
        if self.lines.len() == before {
            return;
        }
        self.having.clear();
        for ((source, along), _) in self.lines.iter() {
            let (over_hosts, over_ports) = self.having.entry(*source).or_default();
            *(if matches!(along, Along::Host(..)) { over_ports } else { over_hosts }) += 1;
        }
    }
}

/// Whether two attempts look for the same thing.
fn same(one: &Attempt, other: &Attempt) -> bool {
    (one.target, one.by, one.port) == (other.target, other.by, other.port)
}

/// What differs along a line.
fn what(along: Along, attempt: &Attempt) -> u128 {
    match along {
        Along::Host(..) => u128::from(attempt.port),
        Along::Service(..) | Along::Anything(_) => attempt.target.bits(),
    }
}

impl Attempt {
    /// Notes what came of it later.
    fn renew(&mut self, news: &Attempt) {
        if news.outcome != Outcome::Pending {
            self.outcome = news.outcome;
        }
        self.packets = self.packets.saturating_add(news.packets);
        self.bytes = self.bytes.saturating_add(news.bytes);
    }
}

impl Line {
    fn note(&mut self, along: Along, attempt: &Attempt, opening: bool) {
        let what = what(along, attempt);
        if !opening {
            if self.spread.settle(what, attempt.outcome) {
                self.count(what, attempt);
            }
            return;
        }
        self.flow_count += 1;
        if self.flows.len() < 16 {
            self.flows.push(attempt.id);
        }
        if matches!(along, Along::Anything(_)) && self.ports.len() < 32 && !self.ports.contains(&attempt.port) {
            self.ports.push(attempt.port);
        }
        if self.spread.note(what, attempt.at, attempt.outcome) && attempt.stealth {
            self.stealth += 1;
        }
        self.amplifying += u64::from(attempt.amplifies);
        self.count(what, attempt);
    }

    fn count(&mut self, what: u128, attempt: &Attempt) {
        if attempt.outcome != Outcome::Answered && self.spread.is_among_first(what) {
            self.unanswered += u64::from(attempt.packets);
        }
        self.packets += u64::from(attempt.packets);
        self.bytes = self.bytes.saturating_add(attempt.bytes);
        self.changed = true;
    }

    /// How many packets each got that did not answer, on average.
    fn packets_each(&self) -> u64 {
        self.unanswered / (self.spread.first().count() as u64).max(1)
    }

    /// How long it may be silent: twenty times its own pace.
    fn linger(&self, silence: Duration) -> Duration {
        let gaps = u32::try_from(self.spread.count().0.saturating_sub(1)).unwrap_or(u32::MAX).max(1);
        let lasted = self.spread.span.map_or(Duration::ZERO, blueline_terms::Span::duration);
        let least = Duration::from_secs(60).min(silence);
        (lasted / gaps).saturating_mul(20).clamp(least, silence)
    }
}

impl Detector for Scan {
    fn look(&mut self, scene: &Scene<'_>, claims: &mut Claims) {
        for change in scene.changes {
            if let Some((attempt, opening)) = attempt::read(change) {
                self.note(&attempt, opening);
            }
        }
        if scene.second_over || scene.last {
            self.give_up(scene);
            self.claim(scene.now, self.heard.is_blind(scene.two_way), claims);
            self.tidy(scene.now);
            self.crowds.clear();
        }
    }
}
