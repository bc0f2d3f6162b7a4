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

/// Sensor, flow, shard and row of a change.
type Ordered = (u16, u64, u32, u32);

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
    /// Shows the changes to each detector; gives what it claims, with its place.
    fn look(&mut self, beat: &LaneBeat<'_>, mut give: impl FnMut(usize, Claims)) {
        let &LaneBeat { now, second_over, last, shards, own, whereabouts } = beat;
        let changes: Vec<&Change> =
            own.iter().map(|&(_, _, shard, row)| &shards[shard as usize].rows[row as usize]).collect();
        let sayings = sayings(shards, own);
        changes.iter().for_each(|change| self.two_way.note(change));
        let shard_of = |change: &Change| {
            let id = u64::from(change.id.batch) << 32 | u64::from(change.id.ordinal);
            own.binary_search_by_key(&id, |entry| entry.1).ok().map(|place| own[place].2 as usize)
        };
        let tunnels = |change: &Change| {
            if change.tunnel == 0 {
                return None;
            }
            shard_of(change).and_then(|shard| shards[shard].tunnel_of(change).copied())
        };
        let mut sayings = sayings.as_slice();
        // Where nothing changed, detectors still look.
        let parts = changes.len().div_ceil(PART).max(1);
        for part in 0..parts {
            let (start, end) = (part * PART, changes.len().min((part + 1) * PART));
            let (said, later) = sayings.split_at(sayings.partition_point(|(place, _)| *place < end));
            sayings = later;
            let said: Vec<(usize, Saying<'_>)> = said.iter().map(|&(place, saying)| (place - start, saying)).collect();
            let at_end = part + 1 == parts;
            let scene = Scene {
                now,
                second_over: second_over && at_end,
                last: last && at_end,
                changes: &changes[start..end],
                sayings: &said,
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

    /// Looks at what the live flows of all shards did in a beat; gives what there is to tell.
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
            for (row, change) in changes.rows.iter().enumerate() {
                let sensor = change.sensor.map_or(0, |sensor| sensor.0 + 1);
                let id = u64::from(change.id.batch) << 32 | u64::from(change.id.ordinal);
                self.order.push((sensor, id, shard as u32, row as u32));
            }
        }
        self.order.sort_unstable();
        for group in self.order.chunk_by(|a, b| a.0 == b.0) {
            let sensor = group.first().and_then(|first| first.0.checked_sub(1)).map(SensorIndex);
            if !self.lanes.iter().any(|lane| lane.sensor == sensor) {
                let detectors = self.detectors.iter().map(|(d, tuning)| (d.start)(tuning)).collect();
                self.lanes.push(Lane { sensor, detectors, two_way: TwoWay::default() });
            }
        }
        let Self { detectors, announced, lanes, register, claims_dropped, order } = self;
        let mut made: Vec<Made> = Vec::new();
        for lane in lanes {
            let wanted = lane.sensor.map_or(0, |sensor| sensor.0 + 1);
            let start = order.partition_point(|entry| entry.0 < wanted);
            let end = order.partition_point(|entry| entry.0 <= wanted);
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

/// What was said, in the order of the changes.
fn sayings<'a>(shards: &[&'a Changes], own: &[Ordered]) -> Vec<(usize, Saying<'a>)> {
    if shards.iter().all(|changes| changes.saying_count() == 0) {
        return Vec::new();
    }
    // The place of each change, by shard and row; of other sensors' changes there is none.
    let mut places: Vec<Vec<usize>> = shards.iter().map(|changes| vec![usize::MAX; changes.rows.len()]).collect();
    for (place, &(_, _, shard, row)) in own.iter().enumerate() {
        places[shard as usize][row as usize] = place;
    }
    let mut found: Vec<(usize, Saying<'a>)> = Vec::new();
    for (changes, places) in shards.iter().zip(&places) {
        let placed = changes.sayings().filter_map(|saying| Some((*places.get(saying.change as usize)?, saying)));
        found.extend(placed.filter(|(place, _)| *place != usize::MAX));
    }
    // Stable: what one flow said stays in order.
    found.sort_by_key(|&(place, _)| place);
    found
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
