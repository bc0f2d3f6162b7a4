//! How the mission watches: plain values with defaults.

use std::time::Duration;

/// The settings of `[watch]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Length of an accounting period, in event time.
    pub period: Duration,
    /// Upper bound of the memory for flows and what is counted of them, in bytes.
    pub memory: u64,
    /// A flow without packets for this long has ended, in event time.
    pub idle_time: Duration,
    /// Whether payload is stored. Off unless a mandate says otherwise.
    pub keep_payload: bool,
    /// What is kept of flows.
    pub lake: Lake,
}

/// The settings of `[lake]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lake {
    /// Whether flows are kept.
    pub keep: bool,
    /// Where: a folder, looked for from the mission folder, or `s3://BUCKET/PREFIX`.
    pub place: String,
    /// How long, in event time; for ever unless said.
    pub keep_for: Option<Duration>,
    /// How many bytes of files; any number unless said.
    pub keep_bytes: Option<u64>,
}

impl Default for Lake {
    fn default() -> Self {
        Self { keep: true, place: "data/lake".to_owned(), keep_for: None, keep_bytes: None }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            period: Duration::from_secs(60),
            memory: 1 << 30,
            idle_time: Duration::from_secs(60),
            keep_payload: false,
            lake: Lake::default(),
        }
    }
}

impl Settings {
    /// The least memory that may be set.
    pub const LEAST_MEMORY: u64 = 128 << 20;
    /// The shortest and the longest idle time.
    pub const IDLE_TIME: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(86_400));
}

/// Reads a length of time such as `500ms`, `30s`, `5m`, `1h30m`, `1d`.
pub fn duration(text: &str) -> Option<Duration> {
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let (number, behind) = leading_number(rest)?;
        let (unit, behind) = behind.split_at(behind.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(behind.len()));
        let millis = number.checked_mul(match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" | "min" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return None,
        })?;
        total = total.checked_add(Duration::from_millis(millis))?;
        rest = behind.trim_start();
    }
    (!text.is_empty()).then_some(total)
}

/// Reads an amount of bytes such as `512MiB` or `2GB`; a plain number is bytes.
pub fn bytes(text: &str) -> Option<u64> {
    let (number, unit) = leading_number(text)?;
    number.checked_mul(match unit.trim_start() {
        "" | "B" => 1,
        "kB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "TB" => 1_000_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "TiB" => 1 << 40,
        _ => return None,
    })
}

fn leading_number(text: &str) -> Option<(u64, &str)> {
    let (digits, rest) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    Some((digits.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_and_amounts_are_read() {
        for (text, millis) in
            [("500ms", 500), ("30s", 30_000), ("1m", 60_000), ("1h30m", 5_400_000), ("1d 1s", 86_401_000)]
        {
            assert_eq!(duration(text), Some(Duration::from_millis(millis)), "{text}");
        }
        for bad in ["", "30", "s", "1y", "-1s", "1.5s", "1S", "99999999999999999999s", "9999999999999999999d"] {
            assert_eq!(duration(bad), None, "{bad}");
        }
        for (text, amount) in [("1GiB", 1 << 30), ("64 MiB", 64 << 20), ("2kB", 2_000), ("17", 17)] {
            assert_eq!(bytes(text), Some(amount), "{text}");
        }
        for bad in ["", "GiB", "1gib", "1.5GiB", "99999999999TiB"] {
            assert_eq!(bytes(bad), None, "{bad}");
        }
    }
}
