//! Runs the detectors: one set for each sensor, one register for all.

use blueline_terms::finding::{Finding, Reason};
use blueline_terms::{Change, Changes, Confidence, Moment, Network, Prefix, Saying, SensorIndex, Span, Standing};

use crate::claim::{Claim, Claims};
use crate::detector::{CATALOGUE, Description, Detector};
use crate::register::Register;
use crate::scene::{Scene, Whereabouts};
use crate::tuning::Tuning;

/// Bounds of a run.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Events that may be open at a time.
    pub open: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { open: 4096 }
    }
}

/// Activity that a party has announced: what matches is still found, but with low confidence.
#[derive(Clone, Debug)]
pub struct Announced {
    /// Who acts.
    pub who: Vec<Prefix>,
    /// Kinds, or their beginnings up to a dot, such as `scan`.
    pub kinds: Vec<String>,
    /// When; always where `None`.
    pub window: Option<Span>,
}

/// Detectors at work.
pub struct Runner {
    detectors: Vec<(&'static Description, Tuning)>,
    announced: Vec<Announced>,
    lanes: Vec<Lane>,
    register: Register,
    claims_dropped: u64,
    /// Room for the order of a beat's changes.
    order: Vec<Ordered>,
}

/// Where a change is, in one number by which they are sorted: sensor (0 for none, else one more), flow, shard and row.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Ordered(u128);

impl Ordered {
    fn of(change: &Change, shard: usize, row: usize) -> Self {
        let sensor = change.sensor.map_or(0, |sensor| u128::from(sensor.0) + 1);
        let flow = flow(change);
        Self(sensor << 104 | u128::from(flow) << 40 | (shard as u128 & 0xff) << 32 | row as u128 & 0xffff_ffff)
    }

    fn sensor(self) -> u32 {
        (self.0 >> 104) as u32
    }

    fn flow(self) -> u64 {
        (self.0 >> 40) as u64
    }

    fn shard(self) -> usize {
        (self.0 >> 32) as usize & 0xff
    }

    fn row(self) -> usize {
        self.0 as usize & 0xffff_ffff
    }
}

/// A flow's place among all, as one number.
fn flow(change: &Change) -> u64 {
    u64::from(change.id.batch) << 32 | u64::from(change.id.ordinal)
}

/// Changes that detectors are shown at a time, some 60 KB: so the second detector finds near what the first one fetched.
const PART: usize = 256;

/// One sensor's detectors.
struct Lane {
    sensor: Option<SensorIndex>,
    detectors: Vec<Box<dyn Detector>>,
    two_way: TwoWay,
}

/// A beat at one sensor.
struct LaneBeat<'a> {
    now: Moment,
    second_over: bool,
    last: bool,
    shards: &'a [&'a Changes],
    /// The sensor's changes, in order.
    own: &'a [Ordered],
    whereabouts: &'a dyn Whereabouts,
}

impl Lane {
    /// Shows the changes to each detector; gives what each claims, with its place in the catalogue.
    fn look(&mut self, beat: &LaneBeat<'_>, mut give: impl FnMut(usize, Claims)) {
        let &LaneBeat { now, second_over, last, shards, own, whereabouts } = beat;
        let changes: Vec<&Change> = own.iter().map(|entry| &shards[entry.shard()].rows[entry.row()]).collect();
        let said = sayings_by_part(shards, own);
        changes.iter().for_each(|change| self.two_way.note(change));
        let shard_of = |change: &Change| {
            let place = own.binary_search_by_key(&flow(change), |entry| entry.flow()).ok()?;
            Some(own[place].shard())
        };
        let tunnels = |change: &Change| {
            if change.tunnel == 0 {
                return None;
            }
            shard_of(change).and_then(|shard| shards[shard].tunnel_of(change).copied())
        };
        for (part, sayings) in said.iter().enumerate() {
            let at_end = part + 1 == said.len();
            let scene = Scene {
                now,
                second_over: second_over && at_end,
                last: last && at_end,
                changes: &changes[part * PART..changes.len().min((part + 1) * PART)],
                sayings,
                two_way: self.two_way.share(),
                tunnels: &tunnels,
                whereabouts,
            };
            for (place, detector) in self.detectors.iter_mut().enumerate() {
                let mut claims = Claims::default();
                detector.look(&scene, &mut claims);
                give(place, claims);
            }
        }
    }
}

/// How often a sensor sees both directions of TCP flows, lately.
#[derive(Clone, Copy, Default)]
struct TwoWay {
    answered: f64,
    opened: f64,
}

impl TwoWay {
    /// What came before counts half after this many flows.
    const HALF_AFTER: f64 = 4096.0;

    fn note(&mut self, change: &Change) {
        if change.protocol != 6 || !matches!(change.network, Network::Ipv4 | Network::Ipv6) {
            return;
        }
        // A flow that carries data one way and no SYN says as much as one that opens.
        let answered = change.standing.has(Standing::ANSWERED) && !change.standing.has(Standing::WAS_ANSWERED);
        self.answered += f64::from(u8::from(answered));
        self.opened += f64::from(u8::from(change.standing.has(Standing::OPENING)));
        if self.opened > Self::HALF_AFTER {
            (self.answered, self.opened) = (self.answered / 2.0, self.opened / 2.0);
        }
    }

    fn share(self) -> f64 {
        if self.opened > 0.0 { (self.answered / self.opened).min(1.0) } else { 0.0 }
    }
}

impl Runner {
    /// Runs these detectors, each tuned. [`Runner::all`] takes the whole catalogue as it is.
    pub fn new(detectors: Vec<(&'static Description, Tuning)>, announced: Vec<Announced>, limits: Limits) -> Self {
        let register = Register::new(limits.open);
        Self { detectors, announced, lanes: Vec::new(), register, claims_dropped: 0, order: Vec::new() }
    }

    /// Runs the whole catalogue with its defaults.
    pub fn all() -> Self {
        let tuned = |description: &&'static Description| (*description, Tuning::new(description.settings));
        Self::new(CATALOGUE.iter().map(tuned).collect(), Vec::new(), Limits::default())
    }

    /// How many detectors run.
    pub fn detectors(&self) -> usize {
        self.detectors.len()
    }

    /// Events that were ended early, and claims that were not taken, because there were too many.
    pub fn shed(&self) -> u64 {
        self.register.shed + self.claims_dropped
    }

    /// Looks at what the live flows of all shards, 256 at most, did in a beat; gives what there is to tell.
    pub fn beat(
        &mut self,
        now: Moment,
        (second_over, last): (bool, bool),
        shards: &[&Changes],
        whereabouts: &dyn Whereabouts,
    ) -> Vec<Finding> {
        // Which shard a flow is in depends on a key that no output may depend on: the order is the flows' own.
        self.order.clear();
        self.order.reserve(shards.iter().map(|s| s.rows.len()).sum());
        for (shard, changes) in shards.iter().enumerate() {
            let rows = changes.rows.iter().enumerate();
            self.order.extend(rows.map(|(row, change)| Ordered::of(change, shard, row)));
        }
        self.order.sort_unstable();
        for group in self.order.chunk_by(|a, b| a.sensor() == b.sensor()) {
            let sensor = group.first().and_then(|first| first.sensor().checked_sub(1));
            let sensor = sensor.map(|sensor| SensorIndex(sensor as u16));
            if !self.lanes.iter().any(|lane| lane.sensor == sensor) {
                let detectors = self.detectors.iter().map(|(d, tuning)| (d.start)(tuning)).collect();
                self.lanes.push(Lane { sensor, detectors, two_way: TwoWay::default() });
            }
        }
        let Self { detectors, announced, lanes, register, claims_dropped, order } = self;
        let mut made: Vec<Made> = Vec::new();
        for lane in lanes {
            let wanted = lane.sensor.map_or(0, |sensor| u32::from(sensor.0) + 1);
            let start = order.partition_point(|entry| entry.sensor() < wanted);
            let end = order.partition_point(|entry| entry.sensor() <= wanted);
            let sensor = lane.sensor;
            let beat = LaneBeat { now, second_over, last, shards, own: &order[start..end], whereabouts };
            lane.look(&beat, |place, claims| {
                *claims_dropped += claims.dropped;
                for mut claim in claims.made {
                    heed(announced, &mut claim);
                    made.push((sensor, detectors[place].0, claim));
                }
            });
        }
        take(register, now, made);
        register.tell(now, last, whereabouts)
    }
}

/// A claim, the sensor of whose changes it was made, and by which detector.
type Made = (Option<SensorIndex>, &'static Description, Claim);

/// Takes the claims of a beat. What is a part of a larger event is not told by itself, and has low confidence from then
/// on where it was told before. So the larger ones come first.
fn take(register: &mut Register, now: Moment, made: Vec<Made>) {
    let (wholes, others): (Vec<Made>, Vec<Made>) = made.into_iter().partition(|(_, _, claim)| claim.parts.is_some());
    for (sensor, by, claim) in wholes {
        register.take(now, sensor, claim, by);
    }
    let wholes = if others.is_empty() { Vec::new() } else { register.wholes() };
    for (sensor, by, mut claim) in others {
        if let Some(reason) = wholes.iter().find_map(|whole| whole.takes_in(&claim)) {
            if !register.knows(&claim) {
                continue;
            }
            claim.confidence = Confidence::Low;
            claim.against.push(Reason::new(reason.clone()));
        }
        register.take(now, sensor, claim, by);
    }
}

/// What was said, by part of the changes and in their order; each with its change's place in the part. One part at least,
/// because detectors look where nothing changed too.
fn sayings_by_part<'a>(shards: &[&'a Changes], own: &[Ordered]) -> Vec<Vec<(usize, Saying<'a>)>> {
    let mut parts: Vec<Vec<(usize, Saying<'a>)>> = vec![Vec::new(); own.len().div_ceil(PART).max(1)];
    if shards.iter().all(|changes| changes.saying_count() == 0) {
        return parts;
    }
    // The place of each change, by shard and row; of other sensors' changes there is none.
    let mut places: Vec<Vec<usize>> = shards.iter().map(|changes| vec![usize::MAX; changes.rows.len()]).collect();
    for (place, entry) in own.iter().enumerate() {
        places[entry.shard()][entry.row()] = place;
    }
    for (changes, places) in shards.iter().zip(&places) {
        for saying in changes.sayings() {
            let place = places.get(saying.change as usize).copied().unwrap_or(usize::MAX);
            if let Some(part) = parts.get_mut(place / PART) {
                part.push((place % PART, saying));
            }
        }
    }
    // Stable: what one flow said stays in order.
    parts.iter_mut().for_each(|part| part.sort_by_key(|&(place, _)| place));
    parts
}

/// Lowers the confidence of what was announced.
fn heed(announced: &[Announced], claim: &mut Claim) {
    let known = |one: &&Announced| {
        let kind = one.kinds.iter().any(|kind| {
            let rest = claim.kind.strip_prefix(kind.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
        let when = one.window.is_none_or(|window| window.start <= claim.span.start && claim.span.end <= window.end);
        let who = !claim.actors.is_empty()
            && claim.actors.iter().all(|&actor| one.who.iter().any(|prefix| prefix.contains(actor)));
        kind && when && who
    };
    if announced.iter().any(|one| known(&one)) {
        claim.confidence = Confidence::Low;
        claim.against.push(Reason::new("announced"));
    }
}
