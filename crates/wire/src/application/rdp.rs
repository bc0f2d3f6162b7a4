//! Remote desktop: the connection request and its confirmation, before TLS begins. The name in the cookie is not kept.

use blueline_terms::Application;

use super::bytes::le16;
use super::{Fact, Inspection, Payload, Protocol, Role, Summary};

pub(super) const PROTOCOL: Protocol = Protocol {
    application: Application::Rdp,
    title: "Remote Desktop Protocol",
    standard: "MS-RDPBCGR 2.2.1.1 and 2.2.1.2; RFC 1006; ISO 8073, sections 13.3 and 13.4",
    tcp: &[3389],
    udp: &[],
    anywhere: true,
    code: "0x00e0 connection request, 0x00d0 its confirmation; 0x0300 + the reason where what was offered for security \
           is turned down.",
    functions: &[],
    inspect,
};

/// Codes of the transport's connection request and confirmation (ISO 8073, 13.3.3 and 13.4.3).
const REQUEST: u8 = 0xe0;
const CONFIRM: u8 = 0xd0;
/// TPKT header, and the fixed part of the transport's message.
const TPKT: usize = 4;
const FIXED: usize = TPKT + 7;
/// Bytes of what is offered or chosen for security.
const NEGOTIATION: usize = 8;
/// Bytes of what a client may say behind it, to follow the connection through logs (2.2.1.1.2).
const CORRELATION: usize = 36;
/// Kinds of it: offered, chosen, turned down.
const OFFERED: u8 = 1;
const CHOSEN: u8 = 2;
const TURNED_DOWN: u8 = 3;

/// A request to connect, or the answer to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rdp {
    /// Which side speaks.
    pub role: Role,
    /// Which message, see [`super::Protocol::code`].
    pub code: u16,
    /// Bytes of the message as its header states them.
    pub size: u32,
}

impl Rdp {
    pub(super) fn summary<'a>(&self) -> Summary<'a> {
        Summary::new(Application::Rdp, self.role, Some(self.code), self.size)
    }
}

pub(super) fn inspect(payload: Payload<'_>) -> Inspection<'_> {
    let Some(&[3, 0, high, low, indicator, kind @ (REQUEST | CONFIRM), to_high, to_low, _, _, 0]) =
        payload.bytes.first_chunk::<FIXED>()
    else {
        return Inspection::Nothing;
    };
    // Who requests does not know the other's number yet.
    if kind == REQUEST && (to_high, to_low) != (0, 0) {
        return Inspection::Nothing;
    }
    let stated = u16::from_be_bytes([high, low]);
    // The transport's length does not count itself.
    if usize::from(stated) != usize::from(indicator) + TPKT + 1 || usize::from(stated) < FIXED {
        return payload.malformed(Application::Rdp, "the lengths of a connection request do not agree");
    }
    let Some(whole) = payload.bytes.get(..usize::from(stated)) else {
        return if payload.expected {
            Inspection::Incomplete { application: Application::Rdp, needed: usize::from(stated) }
        } else {
            Inspection::Nothing
        };
    };
    let offer = negotiation(whole);
    // Control systems and others connect in the same way, but have neither the cookie nor the negotiation.
    if !payload.expected && offer.is_none() && !whole[FIXED..].starts_with(b"Cookie: mstshash=") {
        return Inspection::Nothing;
    }
    let (role, code) = match (kind, offer) {
        (REQUEST, _) => (Role::Request, u16::from(REQUEST)),
        (_, Some((TURNED_DOWN, reason))) => (Role::Response, 0x0300 | reason),
        _ => (Role::Response, u16::from(CONFIRM)),
    };
    Inspection::Fact(Fact::Rdp(Rdp { role, code, size: u32::from(stated) }))
}

/// The negotiation at the end of a message: its kind and the low byte of what it is about.
fn negotiation(whole: &[u8]) -> Option<(u8, u16)> {
    let rest = whole.get(FIXED..)?;
    let part = |behind: usize| rest.get(..rest.len().checked_sub(behind)?)?.last_chunk::<NEGOTIATION>();
    let read = |part: &[u8; NEGOTIATION]| {
        let fits = match whole[TPKT + 1] {
            REQUEST => part[0] == OFFERED,
            _ => part[0] == CHOSEN || part[0] == TURNED_DOWN,
        };
        // The length is part of it and always the same; what is offered or chosen are few bits of a large number.
        let sound = le16(part, 2) == Some(NEGOTIATION as u16) && part[5..] == [0; 3];
        (fits && sound).then_some((part[0], u16::from(part[4])))
    };
    [0, CORRELATION].into_iter().filter_map(part).find_map(read)
}
