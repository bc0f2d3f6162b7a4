//! The store: the lake in which every flow is kept, and what is asked of it.
//!
//! A running watch gives rows to a [`lake::LakeWriter`]; they become Parquet files on a [`shelf::Shelf`]: a folder, or
//! a bucket of any S3-type store. Arrow and Parquet live in this crate alone; outside of it flows travel as
//! [`blueline_terms::FlowBatch`].
//!
//! What it never does: it decides nothing about flows, changes no file that is there, and knows no clock.
//!
//! Begin with [`shelf`] (the storage contract), then [`lake`].

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod decode;
mod encode;
pub mod findings;
pub mod lake;
pub mod query;
pub mod seals;
pub mod shelf;
