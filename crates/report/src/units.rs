//! Numbers as people read them: bytes in decimal units (SI: 1 kB is 1000 bytes), counts, shares, times in UTC.

use std::time::Duration;

use blueline_terms::{Moment, Span};

/// Bytes with three figures: `999 B`, `1.23 kB`, `45.6 MB`. Decimal units, as network links are measured.
pub(crate) fn bytes(n: u64) -> String {
    if n < 1000 { format!("{n} B") } else { scaled(n, &["kB", "MB", "GB", "TB", "PB", "EB"]) }
}

/// A count in full up to a million, then with three figures: `12,345`, `7.40 M`.
pub(crate) fn count(n: u64) -> String {
    if n < 1_000_000 { grouped(n) } else { scaled(n / 1000, &["M", "G", "T", "P", "E"]) }
}

/// A count in full, thousands set apart.
pub(crate) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `n` with the thing it counts: `1 flow`, `2 flows`.
pub(crate) fn of(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// A share between 0 and 1. What is not quite nothing or not quite all never reads as such.
pub(crate) fn percent(share: f64) -> String {
    match share {
        s if s <= 0.0 => "0%".to_owned(),
        s if s >= 1.0 => "100%".to_owned(),
        s if s < 0.001 => "<0.1%".to_owned(),
        s if s > 0.999 => ">99.9%".to_owned(),
        s => format!("{:.1}%", s * 100.0),
    }
}

/// `part` of `whole` as a share; nothing of nothing is nothing.
pub(crate) fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 / whole as f64).min(1.0) }
}

/// A duration in its two largest units: `2 d 3 h`, `10 min`, `1.5 s`.
pub(crate) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let pair = |n: u64, unit: &str, rest: u64, small: &str| {
        if rest == 0 { format!("{n} {unit}") } else { format!("{n} {unit} {rest} {small}") }
    };
    match seconds {
        0 if duration.is_zero() => "0 s".to_owned(),
        0 if duration.subsec_millis() == 0 => "<1 ms".to_owned(),
        0 => format!("{} ms", duration.subsec_millis()),
        1..60 => match duration.subsec_millis() / 100 {
            0 => format!("{seconds} s"),
            tenths => format!("{seconds}.{tenths} s"),
        },
        60..3600 => pair(seconds / 60, "min", seconds % 60, "s"),
        3600..86_400 => pair(seconds / 3600, "h", seconds % 3600 / 60, "min"),
        _ => pair(seconds / 86_400, "d", seconds % 86_400 / 3600, "h"),
    }
}

/// Date and time of day to the second, without the zone, which is always UTC.
pub(crate) fn date_time(moment: Moment) -> String {
    stamp(moment, "%Y-%m-%d %H:%M:%S")
}

/// Time of day to the second.
pub(crate) fn time(moment: Moment) -> String {
    stamp(moment, "%H:%M:%S")
}

/// From when to when, in words, the date said once where it is the same.
pub(crate) fn from_to(span: Span) -> String {
    let (start, end) = (date_time(span.start), date_time(span.end));
    let end = if start.get(..10) == end.get(..10) { time(span.end) } else { end };
    format!("{start} to {end} UTC ({})", duration(span.duration()))
}

/// A label for a time axis of this length: the date joins where the axis is longer than a day.
pub(crate) fn axis(moment: Moment, whole: Duration) -> String {
    stamp(moment, if whole > Duration::from_secs(86_400) { "%m-%d %H:%M" } else { "%H:%M:%S" })
}

fn stamp(moment: Moment, format: &str) -> String {
    match jiff::Timestamp::from_nanosecond(i128::from(moment.nanos())) {
        Ok(timestamp) => timestamp.strftime(format).to_string(),
        // Unreachable: an i64 of nanoseconds lies within jiff's range. Shown all the same.
        Err(_) => moment.to_string(),
    }
}

/// `n` (1000 or more) over the power of 1000 that leaves three figures.
fn scaled(n: u64, units: &[&'static str]) -> String {
    let (mut value, mut unit) = (n as f64 / 1000.0, 0);
    while value >= 999.5 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    let decimals = if value < 9.995 { 2 } else { usize::from(value < 99.95) };
    format!("{value:.decimals$} {}", units.get(unit).copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_keep_three_figures_and_roll_over() {
        let shown = [0, 999, 1000, 9_994, 9_995, 99_949, 99_950, 999_499, 999_500, 1_234_567, u64::MAX].map(bytes);
        let right = ["0 B", "999 B", "1.00 kB", "9.99 kB", "10.0 kB", "99.9 kB", "100 kB", "999 kB", "1.00 MB"];
        assert_eq!(&shown[..9], right);
        assert_eq!(&shown[9..], ["1.23 MB", "18.4 EB"]);
    }

    #[test]
    fn counts_are_whole_below_a_million() {
        assert_eq!([0, 12, 1234, 999_999].map(count), ["0", "12", "1,234", "999,999"]);
        assert_eq!([1_000_000, 7_400_000, u64::MAX].map(count), ["1.00 M", "7.40 M", "18.4 E"]);
        assert_eq!(grouped(u64::MAX), "18,446,744,073,709,551,615");
        assert_eq!((of(1, "flow", "flows"), of(2, "flow", "flows")), ("1 flow".to_owned(), "2 flows".to_owned()));
    }

    #[test]
    fn nearly_all_is_never_all() {
        assert_eq!([0.0, 0.0001, 0.5, 0.9999, 1.0].map(percent), ["0%", "<0.1%", "50.0%", ">99.9%", "100%"]);
    }

    #[test]
    fn times_are_utc() {
        let moment = Moment::from_seconds(1_700_000_000, 5);
        assert_eq!(date_time(moment), "2023-11-14 22:13:20");
        let span = Span { start: moment, end: moment.plus(Duration::from_secs(86_400)) };
        assert_eq!(from_to(span), "2023-11-14 22:13:20 to 2023-11-15 22:13:20 UTC (1 d)");
        assert_eq!(duration(Duration::from_millis(1500)), "1.5 s");
        assert_eq!(duration(Duration::from_secs(3_660)), "1 h 1 min");
        assert!(!date_time(Moment::MIN).is_empty() && !axis(Moment::MAX, Duration::MAX).is_empty());
    }
}
