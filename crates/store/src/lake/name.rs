//! Names of the lake's files. A name says what is in the file, so that a listing is enough to know most of what is asked.
//!
//! | form | what |
//! |---|---|
//! | `START-LENGTH-SENSOR-GROUP.parquet` | a group: the rows of one sensor in one period |
//! | `START-LENGTH-SENSOR-GROUP-lateNNN.parquet` | rows of that group that came after the period was over |
//! | `START-hour-ROUND-ID.parquet` | several groups of one hour, made one file by compaction |
//!
//! `START` is the beginning of the period or hour (`20260301T130400Z`), `LENGTH` the length of the period (`60s`,
//! `1500ms`), `SENSOR` the sensor's id or nothing, `GROUP` and `ID` sixteen hexadecimal digits, `ROUND` one more than the highest
//! round of the files that were joined, so that a file can only stand for files of a lower one. Files lie in partitions
//! by day and hour of `START`: `flows/day=2026-03-01/hour=13/`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use blueline_terms::{Moment, Period};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Where the table of flows lies.
pub(crate) const FLOWS: &str = "flows";
/// Where files lie that others have replaced, until nobody reads them any more.
pub(crate) const REPLACED: &str = "replaced";
const SUFFIX: &str = ".parquet";

/// A file of the lake.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FileName {
    /// Beginning of the period or hour, in nanoseconds since the Unix epoch.
    pub(crate) start: i64,
    pub(crate) kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    /// One group, or what came late to it.
    Group { length: Duration, sensor: Option<String>, group: String, late: Option<u32> },
    /// Several groups of an hour.
    Hour { round: u32, id: String },
}

impl FileName {
    pub(crate) const HOUR: Duration = Duration::from_secs(3600);

    /// The hour that this moment lies in.
    pub(crate) fn hour_of(moment: Moment) -> i64 {
        Period::holding(moment, Self::HOUR).start().nanos()
    }

    /// Moments of its rows: from the first, to before the second.
    pub(crate) fn range(&self) -> (i64, i64) {
        let length = match &self.kind {
            Kind::Group { length, .. } => *length,
            Kind::Hour { .. } => Self::HOUR,
        };
        (self.start, Moment::from_nanos(self.start).plus(length).nanos())
    }

    /// How often its rows were joined; what a file stands for is of a lower round.
    pub(crate) fn round(&self) -> u32 {
        match &self.kind {
            Kind::Group { .. } => 0,
            Kind::Hour { round, .. } => *round,
        }
    }

    /// The folder it lies in.
    pub(crate) fn partition(&self) -> String {
        partition(Self::hour_of(Moment::from_nanos(self.start)))
    }

    /// Its whole path in the lake.
    pub(crate) fn path(&self) -> String {
        format!("{}/{self}", self.partition())
    }

    /// Reads a path in the lake; `None` for one that is not of this form.
    pub(crate) fn of_path(path: &str) -> Option<Self> {
        let name: Self = path.rsplit('/').next()?.parse().ok()?;
        path.ends_with(&name.path()).then_some(name)
    }
}

/// The folder of the files of the hour that begins at `hour`.
pub(crate) fn partition(hour: i64) -> String {
    let time = civil(hour);
    format!("{FLOWS}/day={}/hour={:02}", time.date(), time.hour())
}

fn civil(nanos: i64) -> DateTime {
    let time = Timestamp::from_nanosecond(i128::from(nanos)).unwrap_or_default();
    time.to_zoned(TimeZone::UTC).datetime()
}

fn stamp(nanos: i64) -> String {
    let time = civil(nanos);
    let (date, whole) = (time.date(), nanos.rem_euclid(1_000_000_000) / 1_000_000);
    let part = if whole == 0 { String::new() } else { format!(".{whole:03}") };
    let (year, month, day) = (date.year(), date.month(), date.day());
    format!("{year:04}{month:02}{day:02}T{:02}{:02}{:02}{part}Z", time.hour(), time.minute(), time.second())
}

fn of_stamp(text: &str) -> Option<i64> {
    let text = text.strip_suffix('Z')?;
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let time = DateTime::strptime("%Y%m%dT%H%M%S", whole).ok()?;
    let time = time.to_zoned(TimeZone::UTC).ok()?.timestamp();
    let millis: i64 = part.parse().ok().filter(|millis| (0..1000).contains(millis))?;
    i64::try_from(time.as_nanosecond()).ok()?.checked_add(millis * 1_000_000)
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-", stamp(self.start))?;
        match &self.kind {
            Kind::Hour { round, id } => write!(f, "hour-{round}-{id}")?,
            Kind::Group { length, sensor, group, late } => {
                match length.subsec_millis() {
                    0 => write!(f, "{}s", length.as_secs())?,
                    _ => write!(f, "{}ms", length.as_millis())?,
                }
                write!(f, "-{}-{group}", sensor.as_deref().unwrap_or_default())?;
                if let Some(late) = late {
                    write!(f, "-late{late:03}")?;
                }
            }
        }
        f.write_str(SUFFIX)
    }
}

impl FromStr for FileName {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let parse = || {
            let text = text.strip_suffix(SUFFIX)?;
            let (start, rest) = text.split_once('-')?;
            let start = of_stamp(start)?;
            let (length, rest) = rest.split_once('-')?;
            let kind = if length == "hour" {
                let (round, id) = rest.split_once('-')?;
                // As it is written, and in no other way.
                let round = round.parse().ok().filter(|number: &u32| *number > 0 && number.to_string() == round)?;
                Kind::Hour { round, id: is_id(id).then(|| id.to_owned())? }
            } else {
                let (rest, late) = match rest.rsplit_once("-late") {
                    // A sensor may be called so, too.
                    Some((rest, late)) if late.bytes().all(|byte| byte.is_ascii_digit()) => {
                        (rest, Some(late.parse().ok()?))
                    }
                    _ => (rest, None),
                };
                let (sensor, group) = rest.rsplit_once('-')?;
                let group = is_id(group).then(|| group.to_owned())?;
                let sensor = (!sensor.is_empty()).then(|| sensor.to_owned());
                Kind::Group { length: of_length(length)?, sensor, group, late }
            };
            Some(Self { start, kind })
        };
        parse().ok_or(())
    }
}

fn is_id(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn of_length(text: &str) -> Option<Duration> {
    match text.strip_suffix("ms") {
        Some(millis) => millis.parse().ok().map(Duration::from_millis),
        None => text.strip_suffix('s')?.parse().ok().map(Duration::from_secs),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        let group = |sensor: Option<&str>, length, late| FileName {
            start: 1_772_370_240_500_000_000,
            kind: Kind::Group {
                length: Duration::from_millis(length),
                sensor: sensor.map(str::to_owned),
                group: "0123456789abcdef".to_owned(),
                late,
            },
        };
        let hour = FileName {
            start: 1_772_366_400_000_000_000,
            kind: Kind::Hour { round: 12, id: "ffffffffffffffff".to_owned() },
        };
        for (name, text) in [
            (group(Some("gate"), 60_000, None), "20260301T130400.500Z-60s-gate-0123456789abcdef.parquet"),
            (group(Some("a-late0-x"), 1500, None), "20260301T130400.500Z-1500ms-a-late0-x-0123456789abcdef.parquet"),
            (group(None, 60_000, Some(7)), "20260301T130400.500Z-60s--0123456789abcdef-late007.parquet"),
            (hour, "20260301T120000Z-hour-12-ffffffffffffffff.parquet"),
        ] {
            assert_eq!(name.to_string(), text);
            assert_eq!(text.parse(), Ok(name.clone()));
            assert_eq!(FileName::of_path(&format!("some/where/{}", name.path())), Some(name));
        }
        assert_eq!(group(None, 1000, None).partition(), "flows/day=2026-03-01/hour=13");
    }

    #[test]
    fn other_names_are_not_taken_for_files_of_the_lake() {
        for name in
            ["", "x.parquet", "20260301T130400Z-60s-gate-0123.parquet", "20260301T130400Z-60s-gate-0123456789abcdef"]
        {
            assert_eq!(name.parse::<FileName>(), Err(()), "{name}");
        }
        let elsewhere = "flows/day=2026-03-02/hour=13/20260301T130400Z-60s--0123456789abcdef.parquet";
        assert_eq!(FileName::of_path(elsewhere), None);
    }
}
