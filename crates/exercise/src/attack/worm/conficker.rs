//! Conficker, November 2008. Aben, "Conficker/Conflicker/Downadup as seen from the UCSD Network Telescope", CAIDA 2009, and
//! Porras, Saidi and Yegneswaran, "An Analysis of Conficker's Logic and Rendezvous Points", SRI 2009: TCP port 445, random
//! targets and the neighbourhood, with pauses between connections that make about one probe a second of a thread. No
//! doubling time is published, so the rate is the default.
//!
//! A fault of its generator kept it from addresses whose second or fourth byte is 128 or more. That is left out here: what
//! happens to a party must not depend on its addresses.

use std::time::Duration;

use super::{Manner, Published};
use crate::application::{Turn, smb};
use crate::payload::Payload;
use crate::random::Draw;

pub(super) const PUBLISHED: Published = Published {
    doubling_seconds: None,
    probes_per_second: 1.0,
    own_side: 0.2,
    servers: false,
    manner: Manner::Conversation { port: 445 },
};

/// A session without a name, then a large write of noise.
pub(super) fn conversation(draw: &mut Draw) -> Vec<Turn> {
    let mut turns = smb::anonymous(draw);
    let (head, filler) = smb::write(1460, draw);
    turns.push(Turn::ask(draw.millis(1, 5), Payload::noisy(head, filler, draw)));
    turns.push(Turn::answer(draw.millis(1, 20), Payload::plain(smb::written(draw))));
    for turn in &mut turns {
        turn.wait = turn.wait.min(Duration::from_millis(40));
    }
    turns
}
