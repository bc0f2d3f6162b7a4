//! The digital border: which side an address is on, and what crossed.
//!
//! [`attribution`] answers "whose address is this?" with grounds, confidence and alternatives, for every row of a flow
//! batch.
//!
//! What this crate never does: it knows no clock, no disk, no socket, no thread. It reads no file; tables come as
//! arguments. It never ranks a party by its name or by its place in a list.
//!
//! Begin with [`attribution::Border`].

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod attribution;
pub mod tally;
