//! The program as its user meets it: arguments in; files, output and exit codes out. A module for each theme.

#![allow(clippy::unwrap_used)]

mod cli;
mod program;
