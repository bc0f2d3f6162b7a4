//! Exfiltration: one host carries far more out to another than it gets, and than it used to.

mod carried;
#[cfg(test)]
mod tests;
mod texts;

use std::time::Duration;

use blueline_terms::finding::Effect;
use blueline_terms::{Address, Change, Network, Side, Standing};

use super::{Description, Detector, Kind};
use crate::claim::Claims;
use crate::measure::{Bounded, Few};
use crate::scene::Scene;
use crate::tuning::{Amount, Setting, Tuning};
use carried::{Block, Carried, Known, Sender};

pub(crate) static DETECTOR: Description = Description {
    name: "exfiltration",
    kinds: &[Kind {
        name: "exfiltration.volume",
        vectors: &["upload"],
        class: "information-content-security/data-leak",
        effect: Effect::C,
    }],
    title: "Exfiltration: a host of a party carries much more out to one host on another side than it gets, and \
            than it used to",
    method: "For each pair of a party's host and one on another side, the bytes of conversations that the host \
             opened itself are summed both ways over six hours, so that a trickle counts like a rush (MITRE ATT&CK \
             T1048, T1030). The sum is compared with a fixed volume, which is smaller where hardly any other host uses \
             the destination, with what came back, and with five times what \
             the host used to send out in six hours, an exponentially weighted mean (Roberts 1959); of a host that \
             is new, what its prefix (/24 or /64) used to send of each. A pair that has carried as much before is a \
             habit and not told.",
    leaves_alone: "Servers that answer; what stays on one side; conversations that carry much both ways; mail; \
                   those who send to many (peers); what nobody answers (floods); backups: known ports, or as much \
                   to the same host as before.",
    bounds: "8192 pairs, 8192 hosts and 4096 prefixes with most bytes, 8192 destinations with most users. Changes of \
             less than 256 bytes of their own are not counted. A sensor that sees one direction finds nothing. One drop \
             split over many addresses is many.",
    settings: &[
        Setting {
            name: "megabytes",
            default: Amount::Number(10.0),
            range: (0.1, 1e9),
            meaning: "Megabytes carried out in the window, to one host that hardly any other host uses, with twice \
                      the ratio, that make moderate confidence; twice as many make it without that; half makes low.",
        },
        Setting {
            name: "ratio",
            default: Amount::Number(8.0),
            range: (1.5, 1e6),
            meaning: "How many times as much must have gone out as came back.",
        },
        Setting {
            name: "usual",
            default: Amount::Number(5.0),
            range: (1.0, 1e6),
            meaning: "How many times as much as the host used to send must have gone out.",
        },
        Setting {
            name: "window",
            default: Amount::Time(Duration::from_secs(6 * 3600)),
            range: (60.0, 7.0 * 86_400.0),
            meaning: "The time over which what is carried is summed.",
        },
    ],
    texts: texts::TEXTS,
    start: |tuning| Box::new(Exfiltration::new(tuning)),
};

const MOST_PAIRS: usize = 8192;
const MOST_HOSTS: usize = 8192;
const MOST_PREFIXES: usize = 4096;
const MOST_DESTINATIONS: usize = 8192;
/// Hosts that use a destination, of which it is kept who they are; one that has more is everybody's.
const MOST_USERS: usize = 16;
/// So many hosts of the sender's side make a destination common.
const COMMON: usize = 4;
/// A change that carries less than this tells nothing: acknowledgements, keystrokes.
const LEAST: u64 = 256;

struct Exfiltration {
    bar: Bar,
    pairs: Bounded<(Address, Address), Carried>,
    senders: Bounded<Address, Sender>,
    blocks: Bounded<Address, Block>,
    /// Who else uses a destination.
    users: Bounded<Address, Few<Address, MOST_USERS>>,
    /// Pairs that are to be looked at when the second is over.
    due: Vec<(Address, Address)>,
}

/// What is compared with.
#[derive(Clone, Copy)]
struct Bar {
    bytes: f64,
    ratio: f64,
    usual: f64,
    window: Duration,
}

impl Bar {
    /// What makes low confidence.
    fn low(&self) -> f64 {
        self.bytes / 2.0
    }

    /// What makes moderate confidence where the destination is common, or much comes back.
    fn plain(&self) -> f64 {
        self.bytes * 2.0
    }
}

impl Exfiltration {
    fn new(tuning: &Tuning) -> Self {
        let seed = tuning.seed();
        Self {
            bar: Bar {
                bytes: tuning.number("megabytes") * 1e6,
                ratio: tuning.number("ratio"),
                usual: tuning.number("usual"),
                window: tuning.time("window"),
            },
            pairs: Bounded::new(MOST_PAIRS, seed),
            senders: Bounded::new(MOST_HOSTS, seed),
            blocks: Bounded::new(MOST_PREFIXES, seed),
            users: Bounded::new(MOST_DESTINATIONS, seed),
            due: Vec::new(),
        }
    }

    fn note(&mut self, change: &Change, scene: &Scene<'_>) {
        // The cheap test: whoever opened must have been answered, and somebody must carry something.
        let heavy = change.forward.bytes >= LEAST || change.backward.bytes >= LEAST;
        if !heavy || !change.standing.has(Standing::ANSWERED) || !carries(change) {
            return;
        }
        if !change.standing.has(Standing::WAS_ANSWERED) {
            self.users.entry(change.destination, Few::default).note(change.source);
        }
        let key = (change.source, change.destination);
        if self.pairs.get(&key).is_none() {
            if change.forward.bytes <= change.backward.bytes {
                return;
            }
            let (from, to) = scene.places(change);
            let crosses = matches!(from.side, Side::Party(_)) && from.side != to.side;
            self.pairs.entry(key, || Carried::new(change, crosses));
        }
        let Some(pair) = self.pairs.get_mut(&key).filter(|pair| pair.crosses) else { return };
        if pair.note(&self.bar, change) {
            self.due.push(key);
        }
        self.note_sender(change);
    }

    fn note_sender(&mut self, change: &Change) {
        let (bar, at, bytes) = (self.bar, change.span.end, change.forward.bytes);
        let is_new = self.senders.get(&change.source).is_none();
        self.senders.entry(change.source, Sender::default).note(&bar, at, bytes);
        let block = self.blocks.entry(block(change.source), Block::default);
        block.hosts = block.hosts.saturating_add(u32::from(is_new));
        block.habit.note(&bar, at, bytes);
    }
}

/// Ports of mail: SMTP and submission, and IMAP, by which what was sent is kept.
const MAIL: [u16; 5] = [25, 143, 465, 587, 993];

/// Whether a flow can be one in which its opener carries something out.
fn carries(change: &Change) -> bool {
    let ports = match (change.network, change.protocol) {
        // Whose opening was not seen may run the other way; a server of files opens conversations from its port 20.
        (Network::Ipv4 | Network::Ipv6, 6) => change.standing.has(Standing::SYN) && change.source_port != 20,
        (Network::Ipv4 | Network::Ipv6, 17) => change.source_port >= 1024,
        _ => false,
    };
    ports && !MAIL.contains(&change.destination_port)
}

/// The block that a host's neighbours are in: /24, or /64 of IPv6.
fn block(host: Address) -> Address {
    let kept = if host.is_v4() { 8 } else { 64 };
    Address::from_bits(host.bits() >> kept << kept)
}

impl Detector for Exfiltration {
    fn look(&mut self, scene: &Scene<'_>, claims: &mut Claims) {
        scene.changes.iter().for_each(|change| self.note(change, scene));
        if !scene.second_over && !scene.last {
            return;
        }
        for key in std::mem::take(&mut self.due) {
            let (Some(pair), Some(sender)) = (self.pairs.get_mut(&key), self.senders.get(&key.0)) else { continue };
            let block = self.blocks.get(&block(key.0));
            let side = |host| scene.place(host).side;
            let common = self.users.get(&key.1).is_some_and(|users| {
                let own = users.first().iter().filter(|&&user| side(user) == side(key.0)).count();
                own >= COMMON || users.count() > MOST_USERS as u64
            });
            let known = Known { sender, block, common };
            if let Some(claim) = pair.claim(&self.bar, scene.now, key, &known) {
                claims.claim(claim);
            }
        }
        self.pairs.prune(|pair| pair.weight());
        self.senders.prune(|sender| sender.weight());
        self.blocks.prune(|block| block.weight());
        self.users.prune(|users| users.count());
    }
}
