//! Building automation (ANSI/ASHRAE 135, annex J and clause 20): one request for all properties of a controller. Gasser
//! and others, "The Amplification Threat Posed by Publicly Reachable BACnet Devices" (2017); US-CERT names no factor.

use super::{Messages, Reflected};
use crate::payload::Payload;
use crate::random::Draw;

pub(super) const PROTOCOL: Reflected =
    Reflected { port: 47_808, answers: 1, messages: Messages::Datagrams { request, answer } };

const READ_PROPERTY_MULTIPLE: u8 = 14;
/// Object of type device with the instance that stands for "whichever you are".
const ANY_DEVICE: [u8; 5] = [0x0c, 0x02, 0x3f, 0xff, 0xff];
const PROPERTIES: [u8; 8] = [77, 121, 70, 44, 12, 28, 58, 98];

/// Confirmed request: no segments, answers of up to 1476 bytes; the property asked for is "all" (8).
fn request(draw: &mut Draw) -> Payload {
    let mut service = vec![0x00, 0x05, draw.bits() as u8, READ_PROPERTY_MULTIPLE];
    service.extend_from_slice(&ANY_DEVICE);
    service.extend_from_slice(&[0x1e, 0x09, 8, 0x1f]);
    message(0x04, &service)
}

/// Its answer: for each property, a string of characters.
fn answer(sequence: u16, draw: &mut Draw) -> Payload {
    let mut service = vec![0x30, sequence as u8, READ_PROPERTY_MULTIPLE];
    service.extend_from_slice(&ANY_DEVICE);
    service.push(0x1e);
    for property in PROPERTIES {
        let value = format!("controller {:08x}, second floor", draw.bits() as u32);
        service.extend_from_slice(&[0x29, property, 0x4e, 0x75, value.len() as u8 + 1, 0]);
        service.extend_from_slice(value.as_bytes());
        service.push(0x4f);
    }
    service.push(0x1f);
    message(0x00, &service)
}

/// The link header (unicast) and the network header in front of a service.
fn message(control: u8, service: &[u8]) -> Payload {
    let length = (6 + service.len()) as u16;
    let mut out = vec![0x81, 0x0a];
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(&[1, control]);
    out.extend_from_slice(service);
    Payload::plain(out)
}
