//! Worms: who was reached at a port, and then itself reaches many at it.

mod outbreak;
mod spread;
#[cfg(test)]
mod tests;
mod texts;

use std::time::Duration;

use blueline_terms::finding::Effect;
use blueline_terms::{Address, Change, Moment, Network, Standing};

use super::{Description, Detector, Kind};
use crate::claim::Claims;
use crate::measure::{Bounded, Crowds, Recent, Seed};
use crate::scene::Scene;
use crate::tuning::{Amount, Setting, Tuning};
use outbreak::Outbreak;
use spread::{Door, First, Knock, Spread};

pub(crate) static DETECTOR: Description = Description {
    name: "worm",
    kinds: &[Kind {
        name: "worm.spread",
        vectors: &["tcp", "udp"],
        class: "malicious-code/infected-system",
        effect: Effect::C.and(Effect::I).and(Effect::A),
    }],
    title: "Worms: hosts that are reached at a port and then reach out to many at the same port",
    method: "A contact tree (Ellis and others, \"A Behavioral Approach to Worm Detection\", WORM 2004): a host \
             spreads at a port from where it began to address hosts of which most do not accept, as no ordinary \
             client does (a cumulative sum, Page 1954); over UDP, when nearly none answers and all datagrams have \
             one size, which is the worm's own. It was infected by the first such host that reached it at that port \
             before it began; over TCP it must have accepted. Two spreaders of which one reached the other make a \
             finding. A susceptible-infected model is fitted to the moments at which they began (Staniford, Paxson, \
             Weaver, \"How to 0wn the Internet in Your Spare Time\", USENIX Security 2002; Zou and others, \
             \"Monitoring and Early Warning for Internet Worms\", CCS 2003). Where a capture lost the openings of \
             TCP, conversations are turned towards the service's port, and a host spreads that begins, after a time \
             of silence, to open one conversation after the other to several hosts.",
    leaves_alone: "One scanner, and several that did not reach each other; peers, relays, resolvers, time servers \
                   and proxies, which are mostly accepted, exchange much, or send datagrams of many sizes; crowds; \
                   hosts that spread before anybody reached them.",
    bounds: "The latest 16,384 to 32,768 hosts that addressed one other at a port, 8192 that addressed more, each with twelve \
             of those; 16,384 that were reached; 1024 spreaders in 16 outbreaks. Hosts beyond twelve are counted by \
             conversation, so one that is tried again counts again. Of two ports that one worm spreads at, the \
             first stands for both.",
    settings: &[
        Setting {
            name: "targets",
            default: Amount::Count(10),
            range: (3.0, 12.0),
            meaning: "Different hosts that a spreader has addressed at a port.",
        },
        Setting {
            name: "failing",
            default: Amount::Number(0.5),
            range: (0.1, 1.0),
            meaning: "The share of a spreader's TCP conversations that are not accepted.",
        },
        Setting {
            name: "silence",
            default: Amount::Time(Duration::from_secs(1800)),
            range: (10.0, 604_800.0),
            meaning: "After this long without a new conversation of a spreader the outbreak is over.",
        },
    ],
    texts: texts::TEXTS,
    start: |tuning| Box::new(Worm::new(tuning)),
};

const MOST_KNOCKS: usize = 16_384;
const MOST_SPREADS: usize = 8192;
const MOST_REACHED: usize = 16_384;
const MOST_OUTBREAKS: usize = 16;
/// Hosts that an address must have addressed before those that it reaches are noted.
const PROBES: usize = 3;

struct Worm {
    bar: Bar,
    seed: Seed,
    /// When the watch began.
    began: Option<Moment>,
    /// Hosts that have addressed one other only, as those under forged addresses do.
    knocks: Recent<(Address, Door), Knock>,
    crowds: Crowds,
    spreads: Bounded<(Address, Door), Spread>,
    reached: Bounded<(Address, Door), First>,
    /// Hosts that may have become spreaders since they were last looked at.
    promising: Vec<(Address, Door)>,
    outbreaks: Bounded<Door, Outbreak>,
}

/// What makes a host a spreader.
#[derive(Clone, Copy)]
struct Bar {
    targets: u64,
    failing: f64,
    silence: Duration,
}

impl Worm {
    fn new(tuning: &Tuning) -> Self {
        let seed = tuning.seed();
        Self {
            bar: Bar {
                targets: tuning.count("targets"),
                failing: tuning.number("failing"),
                silence: tuning.time("silence"),
            },
            seed,
            began: None,
            knocks: Recent::new(MOST_KNOCKS, seed),
            crowds: Crowds::new(seed),
            spreads: Bounded::new(MOST_SPREADS, seed),
            reached: Bounded::new(MOST_REACHED, seed),
            promising: Vec::new(),
            outbreaks: Bounded::new(MOST_OUTBREAKS, seed),
        }
    }

    fn note(&mut self, change: &Change) {
        let Some(door) = Door::of(change) else { return };
        let opening = change.standing.has(Standing::OPENING);
        let accepted = change.standing.has(Standing::ANSWERED) && !change.standing.has(Standing::WAS_ANSWERED);
        // The cheap test: what goes on changes nothing, except the counts of an outbreak.
        if !opening && !accepted {
            if self.outbreaks.len() > 0 && self.outbreaks.get(&door).is_some() {
                let (from, _) = door.ends(change);
                if let Some(spread) = self.spreads.get_mut(&(from, door)) {
                    spread.weigh(change);
                }
            }
            return;
        }
        let (from, to) = door.ends(change);
        let taken = accepted && !(door.is_tcp() && spread::is_refusal(change));
        if self.spreads.get(&(from, door)).is_none() {
            if self.crowds.is_full(to) {
                return;
            }
            let begun = match self.knocks.get_mut(&(from, door)) {
                Some(knock) => knock.again(to, change, opening, taken),
                // A host that is flooded makes no spreaders of those who seem to address it.
                None if self.crowds.is_crowded(to) => return,
                None => {
                    let mut knock = Knock::new(to, change);
                    let begun = knock.again(to, change, opening, taken);
                    self.knocks.insert((from, door), knock);
                    begun
                }
            };
            let Some(spread) = begun else { return };
            self.spreads.entry((from, door), || spread);
        }
        let Some(spread) = self.spreads.get_mut(&(from, door)) else { return };
        if opening {
            spread.address(to, change);
        }
        spread.weigh(change);
        if taken {
            spread.accept();
        }
        if spread.is_promising(&self.bar) && !spread.promising {
            spread.promising = true;
            self.promising.push((from, door));
        }
        // Over UDP nobody accepts: a datagram that arrives is enough.
        let reaches = if door.is_tcp() { taken } else { opening };
        if reaches && spread.targets() >= PROBES && spread.may_spread(&self.bar) {
            self.reached.entry((to, door), || First { at: change.span.start, by: from });
            if let Some(outbreak) = self.outbreaks.get_mut(&door) {
                outbreak.reaches(from, to);
            }
        }
    }

    /// Puts those who have become spreaders into their port's outbreak.
    fn promote(&mut self) {
        let (bar, seed) = (self.bar, self.seed);
        let Self { promising, spreads, reached, outbreaks, began, .. } = self;
        promising.retain(|&(host, door)| {
            let Some(spread) = spreads.get_mut(&(host, door)) else { return false };
            if !spread.spreads(door, &bar, *began) {
                return true;
            }
            let parent = reached.get(&(host, door)).filter(|first| first.at <= spread.first);
            let first = outbreaks.get(&door).and_then(|outbreak| outbreak.part_of).unwrap_or(door);
            outbreaks.entry(first, || Outbreak::new(first, seed)).add(host, spread, parent);
            spread.outbreak = true;
            false
        });
        // Whoever waits longest and has not become one is let go first.
        let over = promising.len().saturating_sub(MOST_SPREADS / 8);
        for key in promising.drain(..over) {
            if let Some(spread) = spreads.get_mut(&key) {
                spread.promising = false;
            }
        }
    }

    /// An outbreak whose spreaders mostly spread in an earlier one too is that one at a second port.
    fn join(&mut self) {
        let doors: Vec<Door> = self.outbreaks.iter().map(|(&door, _)| door).collect();
        for (place, later) in doors.iter().enumerate() {
            let Some(outbreak) = self.outbreaks.get(later).filter(|outbreak| outbreak.part_of.is_none()) else {
                continue;
            };
            let first = doors[..place].iter().find(|&earlier| {
                let known = self.outbreaks.get(earlier).filter(|known| known.part_of.is_none());
                known.is_some_and(|known| earlier.is_tcp() == later.is_tcp() && outbreak.is_mostly_in(known))
            });
            let Some((&first, later)) = first.zip(Some(*later)) else { continue };
            let infected = self.outbreaks.get_mut(&later).map(|outbreak| outbreak.give_to(first)).unwrap_or_default();
            if let Some(known) = self.outbreaks.get_mut(&first) {
                known.take_in(later.port(), infected);
            }
        }
    }
}

impl Detector for Worm {
    fn look(&mut self, scene: &Scene<'_>, claims: &mut Claims) {
        if self.began.is_none() {
            self.began = scene.changes.first().map(|change| change.span.start);
        }
        scene.changes.iter().for_each(|change| {
            if change.network != Network::Arp {
                self.note(change);
            }
        });
        if !scene.second_over && !scene.last {
            return;
        }
        self.crowds.clear();
        if !self.promising.is_empty() {
            self.promote();
            self.join();
        }
        for (_, outbreak) in self.outbreaks.iter_mut() {
            if let Some(claim) = outbreak.claim(&self.spreads, &self.bar) {
                claims.claim(claim);
            }
        }
        let silence = self.bar.silence;
        let lately = |at: Moment| scene.now.since(at) <= silence;
        self.outbreaks.retain(|_, outbreak| lately(outbreak.latest));
        if self.spreads.len() > MOST_SPREADS || scene.now.seconds() % 60 == 0 {
            self.spreads.retain(|_, spread| lately(spread.last));
            self.spreads.prune(|spread| (spread.outbreak, spread.promising, spread.targets(), spread.last));
        }
        self.reached.prune(|first| first.at);
        self.outbreaks.prune(|outbreak| outbreak.spreaders());
    }
}
