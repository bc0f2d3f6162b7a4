//! What a lake is written with.

use std::sync::Arc;
use std::time::Duration;

use blueline_terms::{Mission, Place};

use super::compact::Retention;

/// What a [`LakeWriter`](super::LakeWriter) is told.
pub struct LakeSettings {
    /// Who is who.
    pub mission: Arc<Mission>,
    /// The places that attribution points to.
    pub places: Arc<dyn Places>,
    /// Length of a period.
    pub period: Duration,
    /// Rows that may wait for their period to end; beyond, what has come is written as a part of its file.
    pub most_rows: usize,
    /// What is kept, where this run looks after the lake: it joins the files of hours that are over and lets go what is
    /// more. `None` leaves that to others.
    pub upkeep: Option<Retention>,
}

/// The places that attribution points to.
pub trait Places: Send + Sync {
    /// Every place; a [`blueline_terms::PlaceIndex`] is a place in this list.
    fn places(&self) -> &[Place];
}
