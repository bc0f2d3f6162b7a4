//! Worms that spread: each infected host probes, vulnerable hosts that are reached become infected and probe too.
//!
//! What is published of a worm stands in its own file. Its payload here is filling of the right size and shape; nothing of
//! its code is. Targets are drawn from the space that the scenario names instead of the whole Internet, so the rate of
//! probes that makes a worm double in its published time follows from how densely the vulnerable hosts lie in it.

mod code_red;
mod conficker;
mod mirai;
mod outbreak;
mod probe;
mod slammer;

use blueline_terms::Moment;

use super::{About, vectors};
use crate::random::Draw;
use crate::scenario::{Attack, Family, Who, Worm, WormShape};
use crate::traffic::Actor;
use crate::traffic::stage::{Host, Stage};
pub(crate) use outbreak::Outbreak;
use outbreak::Place;
use probe::{Cycle, Probing};

pub(super) static ABOUT: About = About {
    table: "worm",
    kind: "worm",
    finding: "worm",
    title: "Worms that spread from host to host, shaped after four of which rates and doubling times are published.",
    source: "Moore and others, \"Inside the Slammer Worm\", IEEE Security & Privacy 1(4), 2003; Moore, Shannon and Brown, \
             \"Code-Red\", IMW 2002; Aben, \"Conficker as seen from the UCSD Network Telescope\", CAIDA 2009; Antonakakis \
             and others, \"Understanding the Mirai Botnet\", USENIX Security 2017",
    vectors: vectors!(WormShape),
};

/// What is published of a worm.
#[derive(Debug)]
pub(crate) struct Published {
    /// In how many seconds its infected hosts doubled at first, where that is published.
    pub(crate) doubling_seconds: Option<f64>,
    /// Probes a second of one infected host.
    pub(crate) probes_per_second: f64,
    /// Share of probes that go to the infected host's own side.
    own_side: f64,
    /// Whether servers are vulnerable; else those who do not serve.
    servers: bool,
    /// How a probe goes on.
    manner: Manner,
}

/// How a worm probes and infects.
#[derive(Clone, Copy, Debug)]
enum Manner {
    /// One datagram, always from the same port, which infects by itself.
    Datagram { port: u16 },
    /// A conversation with those who take it, which infects at its end.
    Conversation { port: u16 },
    /// A lone SYN whose sequence number is the target's address; with those who take it, a login that infects.
    Telnet,
}

/// What is published of this worm.
pub(crate) const fn published(shape: WormShape) -> &'static Published {
    match shape {
        WormShape::Slammer => &slammer::PUBLISHED,
        WormShape::CodeRed => &code_red::PUBLISHED,
        WormShape::Conficker => &conficker::PUBLISHED,
        WormShape::Mirai => &mirai::PUBLISHED,
    }
}

impl Published {
    /// Probes a second of one host that make the worm double in its published time where this share of the addresses is
    /// vulnerable; the published rate where no time is.
    ///
    /// While few are infected, their number grows by the rate of probes times the share of them that finds a vulnerable
    /// host (Staniford, Paxson and Weaver, "How to 0wn the Internet in Your Spare Time", section 2.1).
    pub(crate) fn rate_at(&self, density: f64) -> f64 {
        match self.doubling_seconds {
            Some(seconds) if density > 0.0 => std::f64::consts::LN_2 / (seconds * density),
            _ => self.probes_per_second,
        }
    }
}

pub(super) fn enter(stage: &mut Stage, place: usize, attack: &Attack, worm: &Worm, mut draw: Draw) {
    let from = Who::Side(worm.from);
    let first = stage.any_client(from, &mut draw);
    let Some(host) = stage.host(from, first, Family::V4) else { return };
    let mut outbreak = Outbreak::new(stage, worm, published(worm.shape).servers);
    let own = worm.among.iter().position(|&side| side == worm.from);
    let own = own.map(|group| Place { group, number: first });
    if let Some(own) = own {
        outbreak.reach(own);
    }
    stage.attacks[place].outbreak = Some(outbreak);
    let patient = Patient { host, own, attack: place, end: attack.end, worm: worm.clone() };
    stage.begin(attack.start, patient);
}

/// The host that brings the worm in.
struct Patient {
    host: Host,
    /// Where it stands among those who are probed, if it does.
    own: Option<Place>,
    attack: usize,
    end: Moment,
    worm: Worm,
}

impl Actor for Patient {
    fn act(&mut self, now: Moment, stage: &mut Stage) -> Option<Moment> {
        let (host, attack) = (self.host, self.attack);
        let facts = &mut stage.attacks[attack];
        facts.actors.add(host.address);
        if let Some(outbreak) = &mut facts.outbreak {
            outbreak.first(now, host);
        }
        spread(stage, now, host, self.own, attack, self.end, &self.worm);
        None
    }
}

/// Lets an infected host begin to probe. `place` is where it stands among those who are probed.
fn spread(stage: &mut Stage, now: Moment, host: Host, place: Option<Place>, attack: usize, end: Moment, worm: &Worm) {
    let number = stage.attacks[attack].outbreak.as_ref().map_or(0, Outbreak::infected);
    let mut draw = stage.draw(&[super::ATTACKS, attack as u64, number]);
    let space = stage.attacks[attack].outbreak.as_ref().map_or(0, Outbreak::space);
    let cycle = Cycle::new(space, &mut draw);
    let source_port = stage.next_port(host.address, &mut draw);
    let probing = Probing {
        host,
        own: place.map(|place| place.group),
        attack,
        end,
        published: published(worm.shape),
        worm: worm.clone(),
        cycle,
        source_port,
        draw,
    };
    let first = probing.first(now);
    stage.begin(first, probing);
}
