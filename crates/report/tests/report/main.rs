//! What a caller sees: pictures in, text out.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod files;
mod golden;
mod lines;
mod page;
mod sample;
mod symmetry;
