//! memcached over UDP (memcached protocol.txt, "UDP protocol"): a short `get` brings a value of 200 000 bytes. US-CERT
//! TA14-017A: factor 10 000 to 51 000.

use super::{Messages, Reflected};
use crate::payload::Payload;
use crate::random::Draw;

/// Datagrams of one answer.
const DATAGRAMS: u16 = 143;

pub(super) const PROTOCOL: Reflected =
    Reflected { port: 11_211, answers: DATAGRAMS, messages: Messages::Datagrams { request, answer } };

fn request(draw: &mut Draw) -> Payload {
    let mut out = frame(draw.bits() as u16, 0, 1);
    out.extend_from_slice(b"get a\r\n");
    Payload::plain(out)
}

fn answer(sequence: u16, draw: &mut Draw) -> Payload {
    let place = sequence % DATAGRAMS;
    let mut head = frame(sequence / DATAGRAMS, place, DATAGRAMS);
    if place == 0 {
        head.extend_from_slice(b"VALUE a 0 200000\r\n");
    }
    let filler = 1408 - head.len();
    Payload::noisy(head, filler, draw)
}

/// The header of memcached's UDP protocol: request, place of the datagram, datagrams in all, reserved.
fn frame(request: u16, place: u16, total: u16) -> Vec<u8> {
    let words = [request, place, total, 0];
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}
