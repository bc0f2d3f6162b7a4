//! BACnet over IP: building automation, and a known reflector.

use blueline_terms::{Application, Weight};

use super::function::{Function, changes, either, reads};
use super::{Fact, Inspection, Payload, Protocol, Role, Summary};

pub(super) const PROTOCOL: Protocol = Protocol {
    application: Application::Bacnet,
    title: "BACnet/IP",
    standard: "ASHRAE 135-2020, annex J (link), clauses 6 (network), 20 and 21 (application)",
    tcp: &[],
    udp: &[47808],
    anywhere: true,
    code: "Confirmed service choice, or 0x0100 + unconfirmed service choice. None for messages of link and network.",
    functions: FUNCTIONS,
    inspect,
};

/// ASHRAE 135-2020, clause 21: the choices of confirmed and, from 0x0100 on, of unconfirmed services.
const FUNCTIONS: &[Function] = &[
    reads(0, "acknowledge alarm"),
    reads(1, "confirmed change notification"),
    reads(2, "confirmed event notification"),
    reads(3, "get alarm summary"),
    reads(4, "get enrolment summary"),
    reads(5, "subscribe to changes"),
    reads(6, "atomic read file"),
    changes(7, "atomic write file"),
    changes(8, "add list element"),
    changes(9, "remove list element"),
    changes(10, "create object"),
    changes(11, "delete object"),
    reads(12, "read property"),
    reads(14, "read several properties"),
    changes(15, "write property"),
    changes(16, "write several properties"),
    changes(17, "device communication control"),
    either(18, "private transfer"),
    reads(19, "text message"),
    changes(20, "reinitialise device"),
    reads(26, "read range"),
    either(27, "life safety operation"),
    reads(28, "subscribe to property changes"),
    reads(29, "get event information"),
    reads(0x0100, "i am"),
    reads(0x0101, "i have"),
    reads(0x0102, "unconfirmed change notification"),
    reads(0x0103, "unconfirmed event notification"),
    either(0x0104, "unconfirmed private transfer"),
    reads(0x0105, "unconfirmed text message"),
    changes(0x0106, "time synchronisation"),
    reads(0x0107, "who has"),
    reads(0x0108, "who is"),
    changes(0x0109, "utc time synchronisation"),
    changes(0x010a, "write group"),
];

/// One message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bacnet {
    /// Function of the link header (annex J): 0x0a unicast, 0x0b broadcast.
    pub link_function: u8,
    /// The service choice, see [`super::Protocol::code`].
    pub service: Option<u16>,
    /// What it can change.
    pub weight: Weight,
    /// Who speaks.
    pub role: Role,
    /// Bytes of the message.
    pub size: u32,
}

impl Bacnet {
    pub(super) fn summary<'a>(&self) -> Summary<'a> {
        let plain = Summary::new(Application::Bacnet, self.role, self.service, self.size);
        Summary { weight: self.weight, ..plain }
    }
}

pub(super) fn inspect(payload: Payload<'_>) -> Inspection<'_> {
    let bytes = payload.bytes;
    let &[0x81, link_function @ 0..=0x0c, high, low, ref behind @ ..] = bytes else { return Inspection::Nothing };
    let length = usize::from(u16::from_be_bytes([high, low]));
    // More than came may be stated where the capture is short.
    if length < bytes.len() {
        return payload.malformed(Application::Bacnet, "the link header states less than the datagram has");
    }
    if length > bytes.len() && !payload.expected {
        return Inspection::Nothing;
    }
    // A forwarded message begins with the address it came from (J.2.5).
    let network = match link_function {
        0x04 => behind.get(6..),
        0x09..=0x0b => Some(behind),
        _ => None,
    };
    let plain =
        Bacnet { link_function, service: None, weight: Weight::Read, role: Role::Unknown, size: payload.size() };
    let bacnet = match network.map(application) {
        None | Some(Some(Carried::Network)) if payload.expected => plain,
        Some(Some(Carried::Message(service, role))) => {
            let weight = service.map_or(Weight::Read, |service| Function::weight(FUNCTIONS, service));
            Bacnet { service, role, weight, ..plain }
        }
        Some(None) => {
            return payload.malformed(Application::Bacnet, "the network header is cut short or of another version");
        }
        _ => return Inspection::Nothing,
    };
    Inspection::Fact(Fact::Bacnet(bacnet))
}

/// What stands behind a network header.
#[derive(Debug, PartialEq, Eq)]
enum Carried {
    /// A message among routers.
    Network,
    /// A message of the application: service choice, if its kind has one, and role.
    Message(Option<u16>, Role),
}

/// Passes the network header (clause 6.2).
fn application(network: &[u8]) -> Option<Carried> {
    let &[1, control, ..] = network else { return None };
    let mut at = 2;
    // Destination and source each have a network number, a length and an address; a hop count goes with the former.
    for present in [control & 0x20 != 0, control & 0x08 != 0] {
        if present {
            at += 3 + usize::from(*network.get(at + 2)?);
        }
    }
    at += usize::from(control & 0x20 != 0);
    if control & 0x80 != 0 {
        return Some(Carried::Network);
    }
    let message = network.get(at..)?;
    let &[first, second, ..] = message else { return None };
    let segmented = usize::from(first & 0x08 != 0) * 2;
    // Clause 20.1: the kind decides where the service choice stands.
    let service = |place: usize| message.get(place).copied().map(u16::from);
    Some(match first >> 4 {
        0 => Carried::Message(service(3 + segmented), Role::Request),
        1 => {
            // I-am and I-have answer who-is and who-has.
            let role = if second < 2 { Role::Response } else { Role::Request };
            Carried::Message(Some(0x0100 | u16::from(second)), role)
        }
        2 | 5 => Carried::Message(service(2), Role::Response),
        3 => Carried::Message(service(2 + segmented), Role::Response),
        4 | 6 | 7 => Carried::Message(None, Role::Response),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_network_header_is_passed() {
        // Destination network with a broadcast, source network with an address of one byte, hop count: who is.
        let routed = application(&[1, 0x28, 0xff, 0xff, 0, 0, 7, 1, 9, 255, 0x10, 8]);
        assert_eq!(routed, Some(Carried::Message(Some(0x0108), Role::Request)));
        assert_eq!(application(&[1, 0x80, 0]), Some(Carried::Network));
        assert_eq!(application(&[2, 0, 0, 0]), None);
    }
}
