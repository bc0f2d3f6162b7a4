//! Guesses at passwords: many short conversations, one like the other, with a service that asks who is there.

mod event;
mod session;
#[cfg(test)]
mod tests;
mod texts;

use std::time::Duration;

use blueline_terms::finding::Effect;
use blueline_terms::{Address, Change, FlowId, Moment, Network, Standing};

use super::{Description, Detector, Kind};
use crate::claim::Claims;
use crate::measure::{Bounded, Distinct, Seed};
use crate::scene::Scene;
use crate::tuning::{Amount, Setting, Tuning};
use event::{Bar, Event};
use session::{Intervals, Role, Service, Session, Sizes, Talk, Tally};

pub(crate) static DETECTOR: Description = Description {
    name: "brute-force",
    kinds: &[Kind {
        name: "intrusion.brute-force",
        vectors: &["ssh", "ftp", "rdp", "smb", "telnet", "http", "other"],
        class: "intrusion-attempts/brute-force",
        effect: Effect::C.and(Effect::I),
    }],
    title: "Guesses at passwords: many short sessions that are alike, or many that are refused, at one login service",
    method: "A guess is a whole conversation of few bytes, and one guess is as large as the next (Hofstede and \
             others, \"SSH Compromise Detection using NetFlow/IPFIX\", CCR 44(5), 2014). Small conversations \
             between a client and a service are counted over half an hour, with those that are like one of the last \
             four before them; the threshold is that of Zeek's policies for SSH and FTP, 20 to 30 in 15 to 30 \
             minutes, or two fifths of it where a client begins more than \
             six small ones a minute. Where the server is seen to refuse (HTTP, SMB, FTP, Telnet), eight are enough if they take ten \
             seconds. Clients that guess at one server, and servers at which one client guesses, make one event. For \
             guesses that are spread thin, all clients of a server, and all servers of a client, are counted \
             together (Javed and Paxson, \"Detecting Stealthy, Distributed SSH Brute-Forcing\", CCS 2013). HTTP and \
             SMB serve much that is no login, so there only conversations count in which the server refused.",
    leaves_alone: "Conversations of different sizes (people at work, backups, builds); large or long ones; HTTP and \
                   SMB without refusals, and HTTP where refusals are followed by what was asked for; FTP logins \
                   that are let in; what a page is refused at once; monitoring that logs in at regular times; \
                   connections that carry no data, which are scans; TLS, but for ports of logins. A service that is \
                   not known by its messages or its port is claimed only across a border, and with low confidence \
                   unless a hundred alike sessions come faster than one a second.",
    bounds: "16,384 live conversations, 16,384 pairs of client and service, 8192 clients and services, 64 events; of \
             each, the latest or the most active stay. A sensor that sees one direction finds nothing.",
    settings: &[
        Setting {
            name: "sessions",
            default: Amount::Count(20),
            range: (4.0, 1e6),
            meaning: "Sessions in the window that make moderate confidence; half as many make low, five times as \
                      many high.",
        },
        Setting {
            name: "refused",
            default: Amount::Count(8),
            range: (2.0, 1e6),
            meaning: "Sessions in the window that make moderate confidence where the server is seen to refuse.",
        },
        Setting {
            name: "window",
            default: Amount::Time(Duration::from_secs(1800)),
            range: (60.0, 86_400.0),
            meaning: "The time over which sessions are counted; after as long without one the event is over.",
        },
        Setting {
            name: "alike",
            default: Amount::Number(0.8),
            range: (0.1, 1.0),
            meaning: "The share of sessions that must be as large as one of the last four before them.",
        },
    ],
    texts: texts::TEXTS,
    start: |tuning| Box::new(BruteForce::new(tuning)),
};

/// Conversations under way that are kept in mind.
const MOST_LIVE: usize = 16_384;
const MOST_PAIRS: usize = 16_384;
const MOST_GROUPS: usize = 8192;
const MOST_EVENTS: usize = 64;
/// A conversation that has been silent for so long is over: its end was not seen.
const IDLE: Duration = Duration::from_secs(60);
/// How often silent conversations are looked for.
const SWEEP: Duration = Duration::from_secs(10);
/// Alike sessions of one pair that are worth a second look; of one with more, its group learns nothing new.
const FEW: u64 = 4;
/// Different counterparts over which thinly spread guesses are looked for.
const MANY: u64 = 10;
/// As many, where each of them is refused.
const SEVERAL: u64 = 2;

struct BruteForce {
    bar: Bar,
    seed: Seed,
    live: Bounded<FlowId, Talk>,
    swept: Moment,
    pairs: Bounded<(Address, Address, u16), Pair>,
    groups: Bounded<(Address, u16, Role), Group>,
    events: Bounded<u32, Event>,
    /// How many events there have been; the number of the latest.
    begun: u32,
}

/// One client at one service.
struct Pair {
    tally: Tally,
    sizes: Sizes,
    intervals: Intervals,
    /// Sessions that are no guesses: large ones, or such that were let in.
    others: u32,
    /// The event that it belongs to; 0 for none.
    event: u32,
    flows: [Option<FlowId>; 4],
}

/// All clients of a service, or all servers of a client.
struct Group {
    tally: Tally,
    sizes: Sizes,
    counterparts: Distinct,
    /// Sessions that are no guesses.
    others: u32,
    /// The event that all of it belongs to; 0 for none.
    event: u32,
}

impl Pair {
    fn new(session: &Session) -> Self {
        Self {
            tally: Tally::at(session.span),
            sizes: Sizes::default(),
            intervals: Intervals::default(),
            others: 0,
            event: 0,
            flows: [None; 4],
        }
    }

    /// Counts a session; says whether it is like the others.
    fn note(&mut self, bar: &Bar, session: &Session) -> bool {
        let alike = self.sizes.note(session);
        self.tally.note(bar, session, alike);
        self.intervals.note(session.span.start);
        if let Some(free) = self.flows.iter_mut().find(|flow| flow.is_none()) {
            *free = Some(session.id);
        }
        alike
    }
}

impl Group {
    fn new(session: &Session, seed: Seed) -> Self {
        Self {
            tally: Tally::at(session.span),
            sizes: Sizes::default(),
            counterparts: Distinct::new(seed),
            others: 0,
            event: 0,
        }
    }

    fn note(&mut self, bar: &Bar, session: &Session, other: Address) -> bool {
        let alike = self.sizes.note(session);
        self.tally.note(bar, session, alike);
        self.counterparts.note(other);
        alike
    }

    /// Whether hardly anything but refusals comes of all that is tried here. A web server turns down strangers of all
    /// sorts, so there each must have tried a few times.
    fn turns_down(&self, bar: &Bar, service: Service) -> bool {
        let Tally { sessions, .. } = self.tally;
        let each = service != Service::Http || sessions >= FEW.saturating_mul(self.counterparts.count().0);
        bar.is_refused(&self.tally) && u64::from(self.others).saturating_mul(4) <= sessions && each
    }
}

impl BruteForce {
    fn new(tuning: &Tuning) -> Self {
        let seed = tuning.seed();
        let bar = Bar {
            wanted: tuning.count("sessions"),
            refused: tuning.count("refused"),
            window: tuning.time("window"),
            alike: tuning.number("alike"),
        };
        Self {
            bar,
            seed,
            live: Bounded::new(MOST_LIVE, seed),
            swept: Moment::from_nanos(i64::MIN),
            pairs: Bounded::new(MOST_PAIRS, seed),
            groups: Bounded::new(MOST_GROUPS, seed),
            events: Bounded::new(MOST_EVENTS, seed),
            begun: 0,
        }
    }

    fn hear(&mut self, change: &Change, scene: &Scene<'_>) {
        // The cheap test: lone SYNs, and all that is not TCP, end here.
        if change.protocol != 6 || !change.standing.has(Standing::ANSWERED) || change.network == Network::Arp {
            return;
        }
        let closed = change.standing.has(Standing::CLOSED);
        if !change.standing.has(Standing::WAS_ANSWERED) {
            let talk = Talk::begun(change);
            // Of what began before the watch, or unseen, nobody knows how large it is.
            if !change.standing.has(Standing::SYN) && !change.standing.has(Standing::ANSWER_FIRST) {
                return;
            }
            match (talk.is_short(), closed) {
                (false, _) => self.hear_long(&talk, change, scene),
                (true, true) => self.end(&talk, scene),
                (true, false) => *self.live.entry(change.id, || talk) = talk,
            }
            return;
        }
        let Some(talk) = self.live.get_mut(&change.id).filter(|talk| !talk.over) else {
            if change.messages.refusals > 0 {
                self.hear_long(&Talk::begun(change), change, scene);
            }
            return;
        };
        talk.add(change);
        talk.over = closed || !talk.is_short();
        let talk = *talk;
        match (talk.is_short(), closed) {
            (false, _) => self.hear_long(&talk, change, scene),
            (true, true) => self.end(&talk, scene),
            (true, false) => {}
        }
    }

    /// A conversation has ended, or been silent for long.
    fn end(&mut self, talk: &Talk, scene: &Scene<'_>) {
        let Some(session) = talk.session() else { return };
        if session.is_ordinary() {
            self.pass_over(&session);
            return;
        }
        self.count(&session, scene);
    }

    /// A long conversation is no guess, but many guesses may be made in one, where each is refused.
    fn hear_long(&mut self, talk: &Talk, change: &Change, scene: &Scene<'_>) {
        let Some(session) = talk.session() else { return };
        if session.service == Service::Http && change.messages.refusals > 0 && session.refusals > 0 {
            self.count(&session.made_of(u64::from(change.messages.refusals)), scene);
        } else {
            self.pass_over(&session);
        }
    }

    fn pass_over(&mut self, session: &Session) {
        let mut number = 0;
        if let Some(pair) = self.pairs.get_mut(&session.pair()) {
            pair.others = pair.others.saturating_add(1);
            number = pair.event;
        }
        for (host, _, role) in session.ends() {
            let Some(group) = self.groups.get_mut(&(host, session.port, role)) else { continue };
            group.others = group.others.saturating_add(1);
            number = if number == 0 { group.event } else { number };
        }
        if let Some(event) = self.events.get_mut(&number) {
            event.pass_over();
        }
    }

    /// Counts what may be a guess: with its pair, with its server and its client, and with the event that these are in.
    fn count(&mut self, session: &Session, scene: &Scene<'_>) {
        let bar = self.bar;
        let pair = self.pairs.entry(session.pair(), || Pair::new(session));
        let mut alike = pair.note(&bar, session);
        let mut begins = bar.is_suspicious(&pair.tally, FEW, session.span.end);
        let mut event = pair.event;
        if session.service == Service::Other {
            begins &= pair.tally.recent(&bar, session.span.end) >= bar.wanted
                && scene.place(session.client).side != scene.place(session.server).side;
        } else {
            let few = pair.tally.sessions <= FEW;
            for (host, other, role) in session.ends() {
                let seed = self.seed;
                let group = self.groups.entry((host, session.port, role), || Group::new(session, seed));
                if !few && group.event == 0 {
                    continue;
                }
                let like_others = group.note(&bar, session, other);
                alike |= like_others;
                event = if event == 0 && like_others { group.event } else { event };
            }
        }
        event = self.events.get(&event).map_or(0, |known| if known.part_of == 0 { event } else { known.part_of });
        match self.events.get_mut(&event) {
            Some(known) => known.note(&bar, session, alike),
            None if begins => self.begin(session),
            None => self.begin_thin(session, alike),
        }
        if let (Some(event), Some(pair)) = (self.events.get_mut(&event), self.pairs.get(&session.pair())) {
            event.heed(&pair.intervals);
        }
    }

    /// A pair has become suspicious.
    fn begin(&mut self, session: &Session) {
        let (number, seed, bar) = (self.find_or_begin(session), self.seed, self.bar);
        let Some(pair) = self.pairs.get_mut(&session.pair()) else { return };
        let event = self.events.entry(number, || Event::new(session, seed));
        event.take(&bar, &pair.tally, &pair.flows, pair.others);
        event.meet(session);
        pair.event = number;
    }

    /// A server has had guesses from many clients, or a client has guessed at many servers, though each a few times
    /// only.
    fn begin_thin(&mut self, session: &Session, alike: bool) {
        let Some((host, role)) = self.spread_thin(session) else { return };
        let (number, seed, bar) = (self.find_or_begin(session), self.seed, self.bar);
        let Some(group) = self.groups.get_mut(&(host, session.port, role)) else { return };
        group.event = number;
        match self.events.get_mut(&number) {
            Some(event) => event.note(&bar, session, alike),
            None => {
                let event = self.events.entry(number, || Event::new(session, seed));
                event.take(&bar, &group.tally, &[Some(session.id)], group.others);
                group.counterparts.first().iter().for_each(|&other| event.meet_other(role, other));
                event.meet(session);
                event.thin = true;
            }
        }
    }

    fn spread_thin(&self, session: &Session) -> Option<(Address, Role)> {
        session.ends().into_iter().find_map(|(host, _, role)| {
            let group = self.groups.get(&(host, session.port, role))?;
            let (many, least) = if group.turns_down(&self.bar, session.service) {
                (SEVERAL, self.bar.refused.min(self.bar.wanted))
            } else {
                (MANY, self.bar.wanted)
            };
            let enough = self.bar.is_suspicious(&group.tally, least, session.span.end);
            (group.counterparts.count().0 >= many && enough).then_some((host, role))
        })
    }

    /// The event under way that has the same server or the same client at the same service, or a new one. Where there
    /// are several, the earliest takes in the others.
    fn find_or_begin(&mut self, session: &Session) -> u32 {
        let bar = self.bar;
        let mut about = self.events.iter().filter(|(_, event)| event.part_of == 0 && event.is_about(session));
        let Some((&first, _)) = about.next() else {
            self.begun = self.begun.wrapping_add(1).max(1);
            return self.begun;
        };
        let others: Vec<u32> = about.map(|(&number, _)| number).collect();
        for number in others {
            let Some(parts) = self.events.get_mut(&number).map(|event| event.give_to(first)) else { continue };
            if let Some(event) = self.events.get_mut(&first) {
                event.take_in(&bar, &parts);
            }
            self.events
                .iter_mut()
                .filter(|(_, event)| event.part_of == number)
                .for_each(|(_, event)| event.part_of = first);
        }
        first
    }

    /// Ends conversations that have been silent for long, and forgets those that have ended.
    fn sweep(&mut self, scene: &Scene<'_>) {
        if scene.now.since(self.swept) < SWEEP && !scene.last {
            return;
        }
        self.swept = scene.now;
        let idle = |talk: &Talk| scene.last || scene.now.since(talk.span.end) > IDLE;
        let silent: Vec<Talk> =
            self.live.iter().map(|(_, talk)| *talk).filter(|talk| !talk.over && idle(talk)).collect();
        self.live.retain(|_, talk| !talk.over && !idle(talk));
        silent.iter().for_each(|talk| self.end(talk, scene));
        let window = self.bar.window;
        self.pairs.retain(|_, pair| scene.now.since(pair.tally.span.end) <= window);
        self.groups.retain(|_, group| scene.now.since(group.tally.span.end) <= window);
    }
}

impl Detector for BruteForce {
    fn look(&mut self, scene: &Scene<'_>, claims: &mut Claims) {
        scene.changes.iter().for_each(|change| self.hear(change, scene));
        if !scene.second_over && !scene.last {
            return;
        }
        self.sweep(scene);
        for (_, event) in self.events.iter_mut() {
            if let Some(claim) = event.claim(&self.bar, scene.now) {
                claims.claim(claim);
            }
        }
        let window = self.bar.window;
        self.events.retain(|_, event| scene.now.since(event.tally.span.end) <= window);
        self.live.prune(|talk| (!talk.over, talk.span.end));
        self.pairs.prune(|pair| (pair.event != 0, pair.tally.sessions, pair.tally.span.end));
        self.groups.prune(|group| (group.tally.sessions, group.tally.span.end));
        self.events.prune(|event| event.peak);
    }
}
