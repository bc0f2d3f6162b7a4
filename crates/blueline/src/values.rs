//! Values that arguments take, read from their texts.

use std::time::Duration;

use blueline_mission::folder::{self, Settings};
use blueline_mission::terms::Period;

/// Length of a period.
pub(crate) fn period(text: &str) -> Result<Duration, String> {
    let length = folder::duration(text).ok_or("write a length of time such as 30s, 5m or 1h")?;
    let range = Period::SHORTEST..=Period::LONGEST;
    if range.contains(&length) { Ok(length) } else { Err("a period lasts from 1s to 366d".to_owned()) }
}

/// Bound of memory, in bytes.
pub(crate) fn memory(text: &str) -> Result<u64, String> {
    let amount = folder::bytes(text).ok_or("write an amount such as 512MiB or 2GB")?;
    let least = Settings::LEAST_MEMORY;
    if amount >= least { Ok(amount) } else { Err(format!("the least is {} MiB", least >> 20)) }
}

/// Length of time.
pub(crate) fn time(text: &str) -> Result<Duration, String> {
    folder::duration(text).ok_or_else(|| "write a length of time such as 30s, 10m or 90d".to_owned())
}

/// Amount of bytes.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    folder::bytes(text).ok_or_else(|| "write an amount such as 500GB".to_owned())
}
