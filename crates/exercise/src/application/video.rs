//! Voice and picture over UDP both ways, in RTP packets (RFC 3550).

use std::time::Duration;

use blueline_terms::Moment;

use super::{Dialogue, Talk, Turn};
use crate::payload::Payload;
use crate::random::Draw;

/// Payload types that calls agree on (RFC 3551, section 3: the dynamic range).
const VOICE: u8 = 111;
const PICTURE: u8 = 96;
/// Four packets go each way every 20 ms: one of voice and up to three of picture.
const TICK: Duration = Duration::from_millis(20);

pub(super) struct Call {
    /// What is left of the call, in packets.
    left: u64,
    sent: u64,
    /// Identifiers of the four streams (RFC 3550, section 3): opener's voice and picture, then answerer's.
    streams: [[u8; 4]; 4],
    sequence: [u16; 4],
}

impl Call {
    pub(super) fn new(talk: &Talk<'_>, draw: &mut Draw) -> Self {
        let seconds = talk.bulk(draw.between(5, 60)) as u64;
        Self {
            left: seconds * 100,
            sent: 0,
            streams: [draw.bytes(), draw.bytes(), draw.bytes(), draw.bytes()],
            sequence: [(); 4].map(|()| draw.bits() as u16),
        }
    }
}

impl Dialogue for Call {
    fn next(&mut self, _: Moment, draw: &mut Draw) -> Option<Turn> {
        self.left = self.left.checked_sub(1)?;
        // The packets of a tick: voice and picture from one end, then from the other.
        let stream = (self.sent % 4) as usize;
        self.sent += 1;
        let picture = stream % 2 == 1;
        self.sequence[stream] = self.sequence[stream].wrapping_add(1);
        let kind = if picture { PICTURE } else { VOICE };
        let clock = (self.sent / 4) as u32 * if picture { 1800 } else { 960 };
        let mut head = vec![0x80, kind];
        head.extend_from_slice(&self.sequence[stream].to_be_bytes());
        head.extend_from_slice(&clock.to_be_bytes());
        head.extend_from_slice(&self.streams[stream]);
        let size = if picture { draw.between(300, 1150) } else { draw.between(60, 160) } as usize;
        let wait = TICK / 4 + draw.wait(Duration::ZERO, TICK / 16);
        Some(Turn { forward: stream < 2, wait, payload: Payload::noisy(head, size, draw) })
    }
}
