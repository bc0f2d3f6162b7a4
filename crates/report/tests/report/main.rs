//! What a caller sees: pictures in, text out.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod explain;
mod files;
mod findings;
mod golden;
mod lines;
mod page;
mod sample;
mod symmetry;
