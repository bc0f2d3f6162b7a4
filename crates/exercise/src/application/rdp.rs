//! Remote desktop (MS-RDPBCGR 1.3.1.1): a connection request with a cookie, then TLS, in which the password is refused.

use std::time::Duration;

use super::{Turn, s7comm::in_tpkt, tls};
use crate::payload::Payload;
use crate::random::Draw;

const USERS: [&str; 4] = ["administr", "admin", "office", "scan"];

pub(super) fn guess(draw: &mut Draw) -> Vec<Turn> {
    let cookie = format!("Cookie: mstshash={}\r\n", draw.pick(&USERS));
    // A connection request of ISO 8073 with the cookie and the offer of TLS and of credentials in it (2.2.1.1.1).
    let negotiation = [1, 0, 8, 0, 3, 0, 0, 0];
    let mut request = vec![(6 + cookie.len() + negotiation.len()) as u8, 0xe0, 0, 0, 0, 0, 0];
    request.extend_from_slice(cookie.as_bytes());
    request.extend_from_slice(&negotiation);
    // Its confirmation: credentials (2.2.1.2.1).
    let confirm = [14, 0xd0, 0, 0, 0x12, 0x34, 0, 2, 0, 8, 0, 2, 0, 0, 0];
    let mut turns = vec![
        Turn::ask(Duration::ZERO, Payload::plain(in_tpkt(&request))),
        Turn::answer(draw.millis(2, 30), Payload::plain(in_tpkt(&confirm))),
    ];
    turns.extend(tls::short("desktop.example", 420, 90, draw));
    turns
}
