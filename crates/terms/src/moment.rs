//! Event time: when something happened on the wire, never when we looked at it.

use std::fmt;
use std::time::Duration;

/// A point in event time: nanoseconds since the Unix epoch, UTC, leap seconds not counted (POSIX time).
///
/// Reaches from 1677 to 2262, which covers every capture format read here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(i64);

const NANOS_PER_SECOND: i64 = 1_000_000_000;

impl Moment {
    /// The earliest moment that can be expressed.
    pub const MIN: Self = Self(i64::MIN);
    /// The latest moment that can be expressed.
    pub const MAX: Self = Self(i64::MAX);

    /// From nanoseconds since the Unix epoch.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// From whole seconds and nanoseconds since the Unix epoch; saturates at the ends of the range.
    pub const fn from_seconds(seconds: i64, nanos: i64) -> Self {
        Self(seconds.saturating_mul(NANOS_PER_SECOND).saturating_add(nanos))
    }

    /// Nanoseconds since the Unix epoch.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded towards the past.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(NANOS_PER_SECOND)
    }

    /// Time from `earlier` to this moment; zero when `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(u64::try_from(i128::from(self.0) - i128::from(earlier.0)).unwrap_or(0))
    }

    /// This moment moved into the future, saturating.
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)))
    }

    /// This moment moved into the past, saturating.
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)))
    }
}

/// RFC 3339 in UTC with as many fractional digits as are needed.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_nanosecond(i128::from(self.0)) {
            Ok(timestamp) => timestamp.fmt(f),
            // Unreachable: an i64 of nanoseconds lies within jiff's range. Shown as the bare number all the same.
            Err(_) => write!(f, "{}ns", self.0),
        }
    }
}

impl std::str::FromStr for Moment {
    type Err = String;

    /// Reads RFC 3339 with an offset (`2026-03-01T10:00:00Z`).
    fn from_str(text: &str) -> Result<Self, String> {
        let timestamp: jiff::Timestamp =
            text.parse().map_err(|_| format!("{text:?} is not a time such as 2026-03-01T10:00:00Z"))?;
        i64::try_from(timestamp.as_nanosecond()).map(Self).map_err(|_| format!("{text:?} is outside 1677 to 2262"))
    }
}

/// A stretch of event time from `start` to `end`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First moment.
    pub start: Moment,
    /// Last moment.
    pub end: Moment,
}

impl Span {
    /// The span that holds just this moment.
    pub const fn at(moment: Moment) -> Self {
        Self { start: moment, end: moment }
    }

    /// How long it lasts.
    pub fn duration(self) -> Duration {
        self.end.since(self.start)
    }

    /// The smallest span that holds both.
    pub fn join(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// One accounting period of a mission: period number `k` covers event time `[k * length, (k + 1) * length)`.
///
/// Periods are aligned to the Unix epoch, so every mission that uses the same length cuts time at the same places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    number: i64,
    length_nanos: i64,
}

impl Period {
    /// The shortest period that may be asked for.
    pub const SHORTEST: Duration = Duration::from_secs(1);
    /// The longest period that may be asked for.
    pub const LONGEST: Duration = Duration::from_secs(366 * 86_400);

    /// The period of the given length that holds `moment`. The length is brought between [`Self::SHORTEST`] and
    /// [`Self::LONGEST`].
    pub fn holding(moment: Moment, length: Duration) -> Self {
        let length = length.clamp(Self::SHORTEST, Self::LONGEST);
        // At most a year of nanoseconds, far below i64::MAX.
        let length_nanos = i64::try_from(length.as_nanos()).unwrap_or(i64::MAX);
        Self { number: moment.nanos().div_euclid(length_nanos), length_nanos }
    }

    /// The period with this number.
    pub fn numbered(number: i64, length: Duration) -> Self {
        Self { number, ..Self::holding(Moment::default(), length) }
    }

    /// Its number since the Unix epoch.
    pub const fn number(self) -> i64 {
        self.number
    }

    /// First moment of the period.
    pub const fn start(self) -> Moment {
        Moment(self.number.saturating_mul(self.length_nanos))
    }

    /// First moment after the period.
    pub const fn end(self) -> Moment {
        Moment(self.number.saturating_add(1).saturating_mul(self.length_nanos))
    }

    /// How long it is.
    pub const fn length(self) -> Duration {
        Duration::from_nanos(self.length_nanos.unsigned_abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_as_rfc_3339_and_reads_back() {
        let moment = Moment::from_seconds(1_700_000_000, 123_456_789);
        assert_eq!(moment.to_string(), "2023-11-14T22:13:20.123456789Z");
        assert_eq!(moment.to_string().parse(), Ok(moment));
        assert!("yesterday".parse::<Moment>().is_err());
        assert!(!Moment::MIN.to_string().is_empty() && !Moment::MAX.to_string().is_empty());
    }

    #[test]
    fn differences_never_wrap() {
        assert_eq!(Moment::MIN.since(Moment::MAX), Duration::ZERO);
        assert_eq!(Moment::MAX.since(Moment::MIN), Duration::from_nanos(u64::MAX));
        assert_eq!(Moment::MAX.plus(Duration::MAX), Moment::MAX);
    }

    #[test]
    fn periods_tile_time_also_before_the_epoch() {
        let minute = Duration::from_secs(60);
        for seconds in [-61, -60, -1, 0, 59, 60, 1_700_000_000] {
            let moment = Moment::from_seconds(seconds, 0);
            let period = Period::holding(moment, minute);
            assert!(period.start() <= moment && moment < period.end());
            assert_eq!(Period::numbered(period.number() + 1, minute).start(), period.end());
        }
    }
}
