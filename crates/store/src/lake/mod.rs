//! The lake: every flow kept, as Parquet files that anyone can read.
//!
//! A row is what one flow did in one period at one sensor; [`columns`] lists what is kept of it. Files lie in
//! partitions by day and hour, one file for each sensor and period (a group), until [`compact`] joins those of an
//! hour. A group is named by the hash of the sealed batches that its rows were counted from, so that watching the same
//! sources again adds nothing.

pub mod check;
pub mod columns;
pub mod compact;
mod files;
mod gather;
pub mod group;
mod hashing;
pub mod history;
mod index;
mod name;
mod rows;
mod settings;
mod snapshot;
pub(crate) mod versions;
mod writer;

pub(crate) use name::{FLOWS, REPLACED};
pub use rows::RowBuffer;
pub use settings::{LakeSettings, Places};
pub(crate) use snapshot::{Footers, LakeFile, Snapshot, metadata};
pub use writer::{LakeWriter, Line, OpenBatch, Written};
