//! From rows of flow activity to border pictures.
//!
//! A [`Tally`] counts the rows of one shard, period by period; a [`Chronicle`] joins the tallies of all shards when a
//! period is over, makes the period's [`Picture`](blueline_terms::Picture), and keeps what a picture of the whole run
//! needs. Both are bounded: conversations beyond the bound are dropped smallest first, whatever shard or party they
//! belong to, and the picture says how far its figures may be off for it.
//!
//! Equal figures are ordered by which came first in the records, never by a name.

mod chronicle;
mod conversations;
mod period;
mod sensors;
mod shard;
mod timeline;

pub use chronicle::{Chronicle, ClosedPeriod};
pub use sensors::{SensorTallies, SensorTally};
pub use shard::Tally;

#[cfg(test)]
mod tests;
