//! What a detector is shown: the changes of one sensor's live flows in a beat of event time.

use blueline_terms::finding::Party;
use blueline_terms::{Address, Change, Moment, Place, Saying, Tunnel};

/// Says where an address stands. The mission knows; a detector asks only where it matters.
pub trait Whereabouts {
    /// The place of an address, or of what is behind the end `outer` of a tunnel.
    fn place(&self, address: Address, outer: Option<Address>) -> &Place;
}

/// A beat of event time at one sensor.
pub struct Scene<'a> {
    /// How far event time has come.
    pub now: Moment,
    /// Whether a second of event time has ended: counters by the second are to be looked at and begun anew.
    pub second_over: bool,
    /// Whether the sources have ended.
    pub last: bool,
    /// What changed, in the order of the flows' first packets.
    pub changes: &'a [&'a Change],
    /// What was said beyond counts, in the order of the changes; the first of each pair is the flow's place in `changes`.
    pub sayings: &'a [(usize, Saying<'a>)],
    /// Of the TCP flows that this sensor saw opening lately, the share of which it saw both directions, 0 to 1. Near 0 the
    /// sensor stands where one direction passes, and silence means nothing.
    pub two_way: f64,
    /// The tunnel of a change, if it came in one.
    pub(crate) tunnels: &'a dyn Fn(&Change) -> Option<Tunnel>,
    pub(crate) whereabouts: &'a dyn Whereabouts,
}

impl Scene<'_> {
    /// Where the two ends of a flow stand: the opener, and who was addressed.
    pub fn places(&self, change: &Change) -> (&Place, &Place) {
        let tunnel = (self.tunnels)(change);
        let outer = |end: fn(&Tunnel) -> Address| tunnel.as_ref().map(end);
        (
            self.whereabouts.place(change.source, outer(|tunnel| tunnel.source)),
            self.whereabouts.place(change.destination, outer(|tunnel| tunnel.destination)),
        )
    }

    /// Where an address stands that came in no tunnel.
    pub fn place(&self, address: Address) -> &Place {
        self.whereabouts.place(address, None)
    }

    /// Whether an address stands in a safe area.
    pub fn is_protected(&self, address: Address) -> bool {
        self.place(address).safe_area.is_some()
    }
}

/// A host with where it stands.
pub(crate) fn party(whereabouts: &dyn Whereabouts, address: Address) -> Party {
    let place = whereabouts.place(address, None);
    Party { address, side: place.side, safe_area: place.safe_area, confidence: place.confidence }
}
