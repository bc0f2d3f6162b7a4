//! What falls due when, as the settings of a run say it.

use std::time::Duration;

use crate::custody::Cut;

/// When things fall due in the order of records.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) period: Duration,
    /// How long after its end a period waits for stragglers.
    pub(crate) grace: Duration,
    pub(crate) sweep_every: Duration,
    pub(crate) cut: Cut,
    /// Packets in an epoch.
    pub(crate) epoch: u32,
    /// Whether each second of event time is marked.
    pub(crate) beats: bool,
}
