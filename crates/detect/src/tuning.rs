//! Settings of detectors: named figures with defaults, which `detectors.toml` may change.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::indicators::Listed;
use crate::measure::Seed;
use crate::rules::Rule;

/// A setting of a detector.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its name in `detectors.toml`.
    pub name: &'static str,
    /// What it is unless set.
    pub default: Amount,
    /// The least and the largest value that make sense, in the unit of the default (seconds for times).
    pub range: (f64, f64),
    /// What it means, with its unit.
    pub meaning: &'static str,
}

/// A value of a setting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Amount {
    /// How many.
    Count(u64),
    /// A number, a share or a factor.
    Number(f64),
    /// A length of time.
    Time(Duration),
}

impl Amount {
    /// As a plain number; times in seconds.
    pub fn number(self) -> f64 {
        match self {
            Self::Count(count) => count as f64,
            Self::Number(number) => number,
            Self::Time(time) => time.as_secs_f64(),
        }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Time(time) if time.subsec_millis() == 0 => write!(f, "{}s", time.as_secs()),
            Self::Time(time) => write!(f, "{}ms", time.as_millis()),
        }
    }
}

/// How one detector is set.
#[derive(Clone, Debug)]
pub struct Tuning {
    settings: &'static [Setting],
    set: BTreeMap<&'static str, Amount>,
    seed: Seed,
    listed: Arc<Listed>,
    rules: Arc<[Rule]>,
}

/// Why a setting was refused.
#[derive(Clone, Debug, PartialEq)]
pub enum TuningError {
    /// The detector has no such setting; these are its settings.
    Unknown(Vec<&'static str>),
    /// It is of another type: the default shows which.
    Type(Amount),
    /// It is out of its range.
    Range(f64, f64),
}

impl Tuning {
    /// The defaults of these settings.
    pub fn new(settings: &'static [Setting]) -> Self {
        Self { settings, set: BTreeMap::new(), seed: Seed(0), listed: Arc::default(), rules: Arc::default() }
    }

    /// Sets one.
    ///
    /// # Errors
    ///
    /// When there is no such setting, or the value is of another type or out of range.
    pub fn set(&mut self, name: &str, value: Amount) -> Result<(), TuningError> {
        let Some(setting) = self.settings.iter().find(|setting| setting.name == name) else {
            return Err(TuningError::Unknown(self.settings.iter().map(|setting| setting.name).collect()));
        };
        let value = match (setting.default, value) {
            (Amount::Number(_), Amount::Count(count)) => Amount::Number(count as f64),
            (default, value) if std::mem::discriminant(&default) == std::mem::discriminant(&value) => value,
            (default, _) => return Err(TuningError::Type(default)),
        };
        let (least, largest) = setting.range;
        if !(least..=largest).contains(&value.number()) {
            return Err(TuningError::Range(least, largest));
        }
        self.set.insert(setting.name, value);
        Ok(())
    }

    /// With a seed for hash tables that nobody outside knows, so that nobody can fill them with collisions. Nothing that
    /// is found depends on it.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = Seed(seed);
        self
    }

    pub(crate) fn seed(&self) -> Seed {
        self.seed
    }

    /// With lists of indicators, for the detector that goes by them.
    #[must_use]
    pub fn with_listed(mut self, listed: Arc<Listed>) -> Self {
        self.listed = listed;
        self
    }

    pub(crate) fn listed(&self) -> Arc<Listed> {
        Arc::clone(&self.listed)
    }

    /// With rules, for the detector that goes by them.
    #[must_use]
    pub fn with_rules(mut self, rules: Arc<[Rule]>) -> Self {
        self.rules = rules;
        self
    }

    pub(crate) fn rules(&self) -> Arc<[Rule]> {
        Arc::clone(&self.rules)
    }

    fn amount(&self, name: &str) -> Amount {
        let default = self.settings.iter().find(|setting| setting.name == name).map(|setting| setting.default);
        debug_assert!(default.is_some(), "no setting is called {name}");
        self.set.get(name).copied().or(default).unwrap_or(Amount::Count(0))
    }

    /// A count.
    pub fn count(&self, name: &str) -> u64 {
        self.amount(name).number() as u64
    }

    /// A number.
    pub fn number(&self, name: &str) -> f64 {
        self.amount(name).number()
    }

    /// A length of time.
    pub fn time(&self, name: &str) -> Duration {
        match self.amount(name) {
            Amount::Time(time) => time,
            other => Duration::try_from_secs_f64(other.number()).unwrap_or_default(),
        }
    }
}
