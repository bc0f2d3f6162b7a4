//! Characters (RFC 864): any datagram brings some hundred of them. US-CERT TA14-017A: factor 358.8.

use super::{Messages, Reflected};
use crate::payload::Payload;
use crate::random::Draw;

pub(super) const PROTOCOL: Reflected =
    Reflected { port: 19, answers: 1, messages: Messages::Datagrams { request: |_| Payload::plain([b'\n']), answer } };

/// Printing characters of a line, and how many there are.
const LINE: usize = 72;
const PRINTING: usize = 95;

fn answer(sequence: u16, draw: &mut Draw) -> Payload {
    let size = draw.between(206, 512) as usize;
    let mut out = Vec::with_capacity(size + LINE + 2);
    let mut first = usize::from(sequence);
    while out.len() < size {
        out.extend((0..LINE).map(|column| b' ' + ((first + column) % PRINTING) as u8));
        out.extend_from_slice(b"\r\n");
        first += 1;
    }
    out.truncate(size);
    Payload::plain(out)
}
