//! Time questions and answers (RFC 5905), and the list of clients that older servers gave to anybody.

use std::time::Duration;

use blueline_terms::Moment;

use super::{Dialogue, Turn};
use crate::payload::Payload;
use crate::random::Draw;

pub(crate) const PORT: u16 = 123;

/// Seconds from 1900, where NTP counts from, to 1970 (RFC 5905, section 6).
const NTP_EPOCH: i64 = 2_208_988_800;

/// A client asks once.
pub(super) struct TimeQuestion {
    asked: Option<[u8; 8]>,
    done: bool,
}

impl TimeQuestion {
    pub(super) fn new() -> Self {
        Self { asked: None, done: false }
    }
}

impl Dialogue for TimeQuestion {
    fn next(&mut self, now: Moment, draw: &mut Draw) -> Option<Turn> {
        if self.done {
            return None;
        }
        let mut message = [0; 48];
        let Some(origin) = self.asked else {
            // Version 4, mode 3: client.
            message[0] = 4 << 3 | 3;
            message[2] = 6;
            message[3] = 0xec;
            let transmit = timestamp(now);
            message[40..48].copy_from_slice(&transmit);
            self.asked = Some(transmit);
            return Some(Turn::ask(Duration::ZERO, Payload::plain(message)));
        };
        self.done = true;
        // Version 4, mode 4: server, of stratum 2.
        message[..4].copy_from_slice(&[4 << 3 | 4, 2, 6, 0xe9]);
        message[6..8].copy_from_slice(&(draw.below(900) as u16).to_be_bytes());
        message[10..12].copy_from_slice(&(draw.below(900) as u16).to_be_bytes());
        message[12..16].copy_from_slice(&draw.bytes::<4>());
        message[16..24].copy_from_slice(&timestamp(now.minus(draw.millis(1000, 60_000))));
        message[24..32].copy_from_slice(&origin);
        let wait = draw.millis(2, 90);
        message[32..40].copy_from_slice(&timestamp(now.plus(wait / 2)));
        message[40..48].copy_from_slice(&timestamp(now.plus(wait / 2)));
        Some(Turn::answer(wait, Payload::plain(message)))
    }
}

fn timestamp(moment: Moment) -> [u8; 8] {
    let nanos = moment.nanos().rem_euclid(1_000_000_000) as u64;
    let mut out = [0; 8];
    // The era's 32 bits of seconds wrap in 2036, as they do in the field.
    out[..4].copy_from_slice(&((moment.seconds() + NTP_EPOCH) as u32).to_be_bytes());
    out[4..].copy_from_slice(&(((nanos << 32) / 1_000_000_000) as u32).to_be_bytes());
    out
}

/// A list of six clients: mode 7, implementation 3, request 42 ("monlist") of ntpd before 4.2.7.
pub(crate) fn reflected(draw: &mut Draw) -> Payload {
    const ITEMS: u16 = 6;
    const ITEM: u16 = 72;
    // Response, more to follow, version 2, mode 7; a sequence number; XNTPD; the request.
    let mut out = vec![0xd7, draw.below(100) as u8, 3, 42];
    out.extend_from_slice(&ITEMS.to_be_bytes());
    out.extend_from_slice(&ITEM.to_be_bytes());
    for _ in 0..ITEMS {
        let mut item = [0; ITEM as usize];
        item[2..4].copy_from_slice(&(draw.below(3000) as u16).to_be_bytes());
        item[14..16].copy_from_slice(&(draw.between(1, 900) as u16).to_be_bytes());
        item[28..30].copy_from_slice(&PORT.to_be_bytes());
        item[30] = 3;
        item[31] = 4;
        out.extend_from_slice(&item);
    }
    Payload::plain(out)
}

/// The question for that list.
pub(crate) fn reflecting() -> Payload {
    let mut out = vec![0; 48];
    out[..4].copy_from_slice(&[0x17, 0, 3, 42]);
    Payload::plain(out)
}
