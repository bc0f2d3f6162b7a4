//! Mirai, August 2016. Antonakakis and others, "Understanding the Mirai Botnet", USENIX Security 2017: SYN segments to TCP
//! port 23, one in ten to port 2323, whose sequence number is the target's address; ten logins out of a short list of names
//! and passwords; a doubling time of 75 minutes at first, at some 250 bytes a second, which are 6 probes.

use super::{Manner, Published};
use crate::application::{Turn, login};
use crate::random::Draw;

pub(super) const PUBLISHED: Published = Published {
    doubling_seconds: Some(75.0 * 60.0),
    probes_per_second: 6.25,
    own_side: 0.0,
    servers: false,
    manner: Manner::Telnet,
};

/// One in ten probes tries the second port.
pub(super) fn port(draw: &mut Draw) -> u16 {
    if draw.chance(0.1) { 2323 } else { 23 }
}

/// A few logins, the last of which is taken.
pub(super) fn conversation(draw: &mut Draw) -> Vec<Turn> {
    login::telnet_until_taken(draw)
}
