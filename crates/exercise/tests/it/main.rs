//! What callers of `exercise` see: one program, a module per theme.
#![allow(clippy::unwrap_used, missing_docs)]
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::disallowed_macros,
    reason = "the crate knows no disk and no process; its tests hold it against files and against tshark"
)]

mod attacks;
mod bytes;
mod catalogue;
mod errors;
mod example;
mod exchange;
mod reader;
mod schema;
mod truth;
mod tshark;
mod worm;

use blueline_exercise::Scenario;

/// A scenario with everything in it, small enough for tests in numbers.
pub(crate) const EVERYTHING: &str = include_str!("scenarios/everything.toml");

/// A scenario with every attack and what is mistaken for one.
pub(crate) const ATTACKS: &str = include_str!("scenarios/attacks.toml");

pub(crate) fn attacks() -> Scenario {
    Scenario::parse(ATTACKS).unwrap_or_else(|error| panic!("attacks.toml:\n{error}"))
}

pub(crate) fn everything() -> Scenario {
    Scenario::parse(EVERYTHING).unwrap_or_else(|error| panic!("everything.toml:\n{error}"))
}
