//! Bytes to observations: what captured frames say, and the containers they come in.
//!
//! A frame goes through [`packet::decode`], which reads link, network, tunnels and transport and leaves the payload as
//! a slice. [`application`] reads the few facts of a payload that detectors need. [`capture`] takes pcap and pcapng
//! apart.
//!
//! What this crate never does: it opens no file and no socket, knows no clock and no thread, keeps no payload, and
//! never fails on strange bytes; they give a value and a note of what was odd. The packet decoder allocates nothing.
//!
//! Begin with [`packet::decode`] and [`packet::Packet`]; each protocol has its own file below `link`, `network`,
//! `transport`, `tunnel` and `application`.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod application;
pub mod capture;
mod link;
mod network;
pub mod packet;
mod transport;
mod tunnel;
