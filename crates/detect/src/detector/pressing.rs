//! What detectors over [`Pressure`](crate::measure::Pressure) share: what moves their bounds, and what they say of a
//! receiver whose bound is exceeded.

use std::time::Duration;

use blueline_terms::Address;
use blueline_terms::finding::{Measure, Reason, Value, Word};

use crate::claim::{Claim, Subject};
use crate::measure::{Bound, Pressed};
use crate::scene::Scene;
use crate::tuning::{Amount, Setting, Tuning};

pub(super) const TIMES_USUAL: Setting = Setting {
    name: "times-usual",
    default: Amount::Number(5.0),
    range: (1.5, 1000.0),
    meaning: "How many times what is usual for the receiver is too much.",
};

pub(super) const SAFE_AREA_FACTOR: Setting = Setting {
    name: "safe-area-factor",
    default: Amount::Number(0.5),
    range: (0.01, 1.0),
    meaning: "What rates are multiplied with for receivers in safe areas.",
};

pub(super) const PREFIX_FACTOR: Setting = Setting {
    name: "prefix-factor",
    default: Amount::Number(4.0),
    range: (1.0, 1000.0),
    meaning: "What rates are multiplied with for a whole prefix, /24 or /48, over whose hosts an attack is spread.",
};

/// The silence after which an event is over.
const SILENCE: Duration = Duration::from_secs(10);
/// With fewer senders than make an attack a distributed one, a rate must be this many times higher.
const FEW_SENDERS_FACTOR: f64 = 5.0;

/// What moves a bound, as tuned.
pub(super) struct Factors {
    times_usual: f64,
    safe_area: f64,
    prefix: f64,
}

impl Factors {
    /// As the settings of this module say, which the detector must have.
    pub(super) fn new(tuning: &Tuning) -> Self {
        Self {
            times_usual: tuning.number(TIMES_USUAL.name),
            safe_area: tuning.number(SAFE_AREA_FACTOR.name),
            prefix: tuning.number(PREFIX_FACTOR.name),
        }
    }

    /// The bound of a receiver, which may stand for its prefix, from packets a second that are too much elsewhere; `few`
    /// where too few senders were seen for that.
    pub(super) fn bound(&self, scene: &Scene<'_>, receiver: Address, prefix: bool, floor: f64, few: bool) -> Bound {
        let factor = |applies: bool, factor: f64| if applies { factor } else { 1.0 };
        let floor = floor
            * factor(scene.is_protected(receiver), self.safe_area)
            * factor(prefix, self.prefix)
            * factor(few, FEW_SENDERS_FACTOR);
        Bound { floor, times_usual: self.times_usual }
    }
}

/// By how much the bound is exceeded, what is usual, and over how many hosts of a prefix the packets are spread.
pub(super) fn grounds(pressed: &Pressed<'_>) -> impl Iterator<Item = Reason> {
    let (rate, bound) = (u64::from(pressed.peak), pressed.limit.round() as u64);
    let over = Reason::new("rate-over-bound").with("rate", rate).with("bound", bound);
    let tenths = |rate: f64| Value::Number((rate * 10.0).round() / 10.0);
    let usual = pressed.usual.map(|usual| Reason::new("usual-rate").with("rate", tenths(usual)));
    let spread = pressed.prefix.then(|| Reason::new("spread-over-prefix").with("hosts", pressed.target_count()));
    std::iter::once(over).chain(usual).chain(spread)
}

/// A share, to a tenth of a per cent.
pub(super) fn percent(share: f64) -> Value {
    Value::Share((share * 1000.0).round() / 1000.0)
}

/// A claim with the figures of what presses, to which who did it and why it is believed are yet to be added.
pub(super) fn claim(kind: impl Into<Word>, vector: impl Into<Word>, subject: Subject, pressed: &Pressed<'_>) -> Claim {
    let evidence = pressed.evidence;
    Claim {
        targets: pressed.targets(),
        target_count: pressed.target_count(),
        ports: if pressed.prefix { Vec::new() } else { evidence.ports() },
        flow_count: evidence.flow_count,
        packets: evidence.packets,
        bytes: evidence.bytes,
        measure: Some(Measure {
            what: "packets-per-second".into(),
            value: f64::from(pressed.peak),
            baseline: pressed.usual,
            threshold: pressed.limit,
        }),
        flows: evidence.flows.clone(),
        linger: SILENCE,
        ..Claim::new(kind, vector, subject, evidence.span)
    }
}
