//! Sources, custody seals and the flow table: from bytes on a disk or a pipe to rows of flow activity.
//!
//! [`run`] reads capture [`Source`]s, merges them by time, seals what was recorded ([`custody`]), decodes packets with
//! the `wire` crate and counts them in bounded flow tables. What comes out goes to a [`Desk`]: rows of flows
//! ([`blueline_terms::FlowBatch`]) by shard, and a line under the books whenever a period is over.
//!
//! The same records give the same rows, lines and seals, whatever the number of threads and however the bytes trickled
//! in. The hash key spreads flows over shards; no output depends on it.
//!
//! What it never does: it does not know whose an address is, judges nothing, and keeps no payload.
//!
//! Begin with [`run`], then [`custody`] for what a seal binds.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod books;
mod changes;
mod clock;
pub mod custody;
mod desk;
mod engine;
mod flow;
mod fragments;
mod gather;
mod hash;
mod index;
mod ingest;
mod ingest_source;
mod layers;
mod liveness;
mod notes;
mod plan;
mod reader;
mod segment;
mod slots;
mod source;
mod table;
mod twins;

pub use books::OddityEntry;
pub use desk::{Closing, Desk, Progress, SourceReport};
pub use engine::{Settings, run};
pub use hash::HashKey;
pub use liveness::SensorWatch;
pub use segment::{Beat, SHARDS};
pub use source::{Source, SourceName, SourcePlace, files_of_folder};
pub use table::{Lifetimes, Sink};
