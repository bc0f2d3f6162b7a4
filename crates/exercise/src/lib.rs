//! Scenarios: deterministic traffic with known truths.
//!
//! A [`Scenario`] says who is there, who looks, and what goes on: ordinary traffic of many kinds with its rhythm of day
//! and night, and attacks. [`Traffic`] plays it packet by packet in order of time; [`Recorder`] writes what each sensor
//! would have recorded, and the [`truth::Truth`]: what a perfect observer at each sensor would report. The truth comes from what
//! the generator meant, never from reading its own packets back.
//!
//! What this crate never does: it knows no clock, no disk, no socket, no thread. The same scenario gives the same bytes
//! on every machine. No draw depends on a party's name or address. It never imitates a real party; scenarios are made of
//! documentation and benchmark address space.
//!
//! Begin with [`scenario`] (what can be said), then [`traffic`] (how it is played), then [`recorder`].
//!
//! ```
//! use blueline_exercise::Scenario;
//!
//! let scenario = Scenario::parse(
//!     r#"
//!     title = "two parties, a minute of domain name questions"
//!     seed = 1
//!     start = "2026-03-01T00:00:00Z"
//!     duration = "1m"
//!     period = "1m"
//!
//!     [[party]]
//!     id = "north"
//!     prefixes = ["198.18.0.0/16"]
//!     hosts = 100
//!
//!     [[party]]
//!     id = "south"
//!     prefixes = ["198.19.0.0/16"]
//!     hosts = 100
//!
//!     [[sensor]]
//!     id = "crossing"
//!     sees = [["north", "south"]]
//!
//!     [[traffic]]
//!     kind = "dns"
//!     from = "north"
//!     to = "south"
//!     per_minute = 50.0
//!     "#,
//! )?;
//! let (captures, truth) = scenario.record();
//! assert_eq!(captures.len(), 1);
//! assert!(truth.sensors[0].packets > 50);
//! # Ok::<(), blueline_exercise::ScenarioError>(())
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod application;
pub mod attack;
mod capture;
mod hosts;
mod packet;
mod payload;
mod random;
pub mod recorder;
pub mod scenario;
pub mod schema;
pub mod traffic;
pub mod truth;

pub use packet::{Packet, Sensors, Stand};
pub use recorder::Recorder;
pub use scenario::{CaptureKind, Flood, FloodVector, Scenario, ScenarioError};
pub use traffic::Traffic;
pub use truth::Truth;
