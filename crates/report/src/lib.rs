//! The three faces of a border picture: JSON lines for programs, a plain-text picture for a terminal, one HTML page.
//!
//! Everything here is a pure function from the shared nouns to text. It decides nothing and ranks nothing: rows come in
//! the order of the [`Picture`](blueline_terms::Picture), which is an order of what was measured, so that exchanging
//! two parties' labels changes every output by just that exchange. No count is shown without what the sensors could
//! see.
//!
//! What this crate never does: it knows no clock, disk, socket or thread, it reads no configuration, and it trusts no
//! text that it is given: names and details are cleaned or escaped before they are shown.
//!
//! Begin with [`lines`] (what programs read), [`terminal`] (what people read at a prompt), [`html`] (what is handed
//! on), [`explain`] (findings in plain words).
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod explain;
pub mod html;
pub mod lines;
pub mod terminal;

mod borders;
mod scale;
mod seen;
mod sides;
mod units;
mod words;

use std::collections::BTreeMap;

use blueline_terms::{FlowId, SensorIndex};

/// One sensor's chain of custody seals, as it stands at the end of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    /// The sensor whose packets were sealed; `None` for the chain of sources that were bound to no declared sensor.
    pub sensor: Option<SensorIndex>,
    /// The chain's last seal in lower-case hexadecimal: it stands for every batch before it.
    pub head: String,
    /// How many batches are in the chain.
    pub batches: u64,
    /// Seals of those batches of the chain in which conversations of the picture began, in lower-case hexadecimal, by the
    /// batch's number in the run. A batch that is missing here was not sealed yet.
    pub named: BTreeMap<u32, String>,
}

/// The seal of the batch in which a flow began; `None` while it is not sealed.
fn seal_of(seals: &[Seal], flow: FlowId) -> Option<&str> {
    seals.iter().find_map(|chain| chain.named.get(&flow.batch)).map(String::as_str)
}
