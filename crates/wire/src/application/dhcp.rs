//! Host configuration, for IPv4 and IPv6: the kind of message.

use blueline_terms::Application;

use super::bytes::be32;
use super::{Fact, Inspection, Payload, Protocol, Role, Summary};

pub(super) const PROTOCOL: Protocol = Protocol {
    application: Application::Dhcp,
    title: "Dynamic Host Configuration Protocol",
    standard: "RFC 2131, RFC 2132, section 9.6 (version 4); RFC 8415, section 7.3 (version 6)",
    tcp: &[],
    udp: &[67, 68, 546, 547],
    anywhere: false,
    code: "Kind of message (version 4: 1 discover to 8 inform; 0 for BOOTP); 0x0600 + kind of message for version 6.",
    functions: &[],
    inspect,
};

/// Fixed part of a message, before its options (RFC 2131, 2).
const FIXED: usize = 236;
const COOKIE: u32 = 0x6382_5363;

/// One message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dhcp {
    /// 4 or 6, after the network that is configured.
    pub version: u8,
    /// Kind of message; `None` where the options were cut off before it.
    pub kind: Option<u8>,
    /// Who speaks.
    pub role: Role,
    /// Bytes of the message.
    pub size: u32,
}

impl Dhcp {
    pub(super) fn summary<'a>(&self) -> Summary<'a> {
        let high = if self.version == 6 { 0x0600 } else { 0 };
        Summary::new(Application::Dhcp, self.role, self.kind.map(|kind| high | u16::from(kind)), self.size)
    }
}

fn inspect(payload: Payload<'_>) -> Inspection<'_> {
    let found = match (payload.destination_port, payload.source_port) {
        (67 | 68, _) | (_, 67 | 68) => version_4(payload.bytes),
        _ => version_6(payload.bytes),
    };
    match found {
        Some((version, kind, role)) => Inspection::Fact(Fact::Dhcp(Dhcp { version, kind, role, size: payload.size() })),
        None => payload.malformed(Application::Dhcp, "the message's fixed part or its options contradict the standard"),
    }
}

fn version_4(bytes: &[u8]) -> Option<(u8, Option<u8>, Role)> {
    let role = match bytes.first()? {
        1 => Role::Request,
        2 => Role::Response,
        _ => return None,
    };
    // Hardware addresses longer than the field that holds them cannot be.
    if *bytes.get(2)? > 16 {
        return None;
    }
    let (Some(cookie), Some(mut options)) = (be32(bytes, FIXED), bytes.get(FIXED + 4..)) else {
        return Some((4, None, role));
    };
    if cookie != COOKIE {
        return Some((4, Some(0), role));
    }
    // Each round takes a byte at least, so that this ends.
    loop {
        options = match *options {
            [0, ref rest @ ..] => rest,
            [53, 1, kind, ..] => return Some((4, Some(kind), role)),
            [255, ..] => return Some((4, Some(0), role)),
            [_, length, ref rest @ ..] => rest.get(usize::from(length)..).unwrap_or(&[]),
            [_] | [] => return Some((4, None, role)),
        };
    }
}

fn version_6(bytes: &[u8]) -> Option<(u8, Option<u8>, Role)> {
    let &[kind, _, _, _, ..] = bytes else { return None };
    let role = match kind {
        1 | 3..=6 | 8 | 9 | 11 | 12 | 14 => Role::Request,
        2 | 7 | 10 | 13 | 15 => Role::Response,
        16..=36 => Role::Unknown,
        _ => return None,
    };
    Some((6, Some(kind), role))
}
