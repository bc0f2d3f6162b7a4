//! Network management: "get bulk" of version 2c (RFC 3416, section 4.2.3). US-CERT TA14-017A: factor 6.3.

use super::ber::{element, integer, nest, text};
use super::{Messages, Reflected};
use crate::payload::Payload;
use crate::random::Draw;

pub(super) const PROTOCOL: Reflected =
    Reflected { port: 161, answers: 1, messages: Messages::Datagrams { request, answer } };

const RESPONSE: u8 = 0xa2;
const GET_BULK: u8 = 0xa5;
const REPETITIONS: u32 = 9;
/// The description of the system, 1.3.6.1.2.1.1.1.
const DESCRIPTION: [u8; 7] = [0x2b, 6, 1, 2, 1, 1, 1];

fn request(draw: &mut Draw) -> Payload {
    let binding = nest(0x30, &[element(6, &DESCRIPTION), element(5, &[])]);
    message(GET_BULK, [draw.bits() as u32 & 0x7fff_ffff | 0x4000_0000, 0, REPETITIONS], &[binding])
}

fn answer(_: u16, draw: &mut Draw) -> Payload {
    let numbers = [draw.bits() as u32 & 0x7fff_ffff | 0x4000_0000, 0, 0];
    let bindings = (0..REPETITIONS as u8).map(|row| {
        let mut name = DESCRIPTION.to_vec();
        name.extend_from_slice(&[row, 0]);
        nest(0x30, &[element(6, &name), text(&format!("port {:06x}", draw.bits() as u32 & 0xff_ffff))])
    });
    message(RESPONSE, numbers, &bindings.collect::<Vec<_>>())
}

/// A message: version, community, then the kind with its three numbers and the bindings.
fn message(kind: u8, numbers: [u32; 3], bindings: &[Vec<u8>]) -> Payload {
    let [id, second, third] = numbers.map(|number| integer(2, number));
    let body = nest(kind, &[id, second, third, nest(0x30, bindings)]);
    Payload::plain(nest(0x30, &[integer(2, 1), text("public"), body]))
}
