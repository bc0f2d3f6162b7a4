//! The program as its user meets it: arguments in; files, output and exit codes out. A module for each theme.

#![allow(clippy::unwrap_used)]

mod bounds;
mod cli;
mod custody;
mod determinism;
mod differential;
mod exercise_peers;
mod field;
mod findings;
mod kill;
mod lake;
mod program;
mod robustness;
mod schema;
mod streaming;
mod symmetry;
