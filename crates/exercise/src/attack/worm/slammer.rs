//! Slammer, January 2003. Moore, Paxson, Savage, Shannon, Staniford and Weaver, "Inside the Slammer Worm", IEEE Security &
//! Privacy 1(4), 2003: a single datagram of 376 bytes to UDP port 1434, 404 bytes with its headers; limited by bandwidth
//! alone, on average 4000 scans a second of a host; doubled every 8.5 seconds (plus or minus 1) at first; some 75 000
//! hosts. Targets came from a linear congruential generator, so a host met no address twice until its cycle ended.

use super::{Manner, Published};
use crate::payload::{Filling, Payload};
use crate::random::Draw;

pub(super) const PUBLISHED: Published = Published {
    doubling_seconds: Some(8.5),
    probes_per_second: 4000.0,
    own_side: 0.0,
    servers: true,
    manner: Manner::Datagram { port: 1434 },
};

/// Content of the datagram.
const SIZE: usize = 376;

/// A request byte of the resolution service (MC-SQLR 2.2.3), then words of no meaning.
pub(super) fn datagram(draw: &mut Draw) -> Payload {
    Payload { filling: Filling::Text, ..Payload::noisy([4], SIZE - 1, draw) }
}
