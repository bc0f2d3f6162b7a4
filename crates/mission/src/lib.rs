//! The mission, assembled from its folder.
//!
//! [`folder`] reads what the mission declares (parties, borders, safe areas, sensors, tables, settings), tells every
//! mistake in it with its place, and writes the first version of it.
//!
//! [`pipeline`] wires sources, flow tables, attribution and pictures together; [`custody`] keeps the journal of seals.
//!
//! [`findings`] keeps what detectors found and what analysts say of it, and follows a finding down to its packets.
//!
//! [`exercise`] plays scenarios and writes their captures and their truth.
//!
//! What this crate never does: it judges nothing. Which side an address is on is decided in
//! [`blueline_border::attribution`].
//!
//! Begin with [`folder::Folder::load`], then [`pipeline::watch`].
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod campaign;
mod coverage;
pub mod custody;
pub mod exercise;
pub mod findings;
pub mod folder;
pub mod interval;
pub mod lake;
pub mod packets;
pub mod pipeline;
pub mod sources;

pub use blueline_border as border;
pub use blueline_detect as detect;
pub use blueline_report as report;
pub use blueline_terms as terms;
pub use blueline_watch as watch;
