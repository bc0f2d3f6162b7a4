//! Code Red, second version, July 2001. Moore, Shannon and Brown, "Code-Red: a case study on the spread and victims of an
//! Internet worm", IMW 2002: uniformly random targets on TCP port 80, more than 359 000 hosts in less than 14 hours. Moore
//! and others (2003, see Slammer) give 37 minutes as its doubling time; Moore, Shannon, Voelker and Savage, "Internet
//! Quarantine", INFOCOM 2003, some 11 probes a second of a host.

use std::time::Duration;

use super::{Manner, Published};
use crate::application::Turn;
use crate::payload::Payload;
use crate::random::Draw;

pub(super) const PUBLISHED: Published = Published {
    doubling_seconds: Some(37.0 * 60.0),
    probes_per_second: 11.0,
    own_side: 0.0,
    servers: true,
    manner: Manner::Conversation { port: 80 },
};

/// Bytes behind the request's head: what made the worm some 4 KB long.
const BODY: usize = 3569;

/// A request with a long run of one letter, as the worm's had; behind it, noise instead of code.
pub(super) fn conversation(draw: &mut Draw) -> Vec<Turn> {
    let run = "N".repeat(224);
    let head = format!(
        "GET /exercise.ida?{run}=harmless HTTP/1.0\r\nContent-type: text/xml\r\nContent-length: {BODY}\r\n\r\n"
    );
    vec![
        Turn::ask(Duration::ZERO, Payload::noisy(head, BODY, draw)),
        Turn::answer(draw.millis(5, 40), Payload::plain("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")),
    ]
}
