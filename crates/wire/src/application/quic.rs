//! QUIC: the long header that connections begin with. Nothing is decrypted.

use blueline_terms::Application;

use super::bytes::be32;
use super::{Fact, Inspection, Payload, Protocol, Role, Summary};

pub(super) const PROTOCOL: Protocol = Protocol {
    application: Application::Quic,
    title: "QUIC",
    standard: "RFC 8999, RFC 9000, section 17.2, RFC 9369 (version 2)",
    tcp: &[],
    udp: &[443],
    anywhere: true,
    code: "Kind of packet: 0 initial, 1 0-RTT, 2 handshake, 3 retry, 4 version negotiation.",
    functions: &[],
    inspect,
};

const VERSION_2: u32 = 0x6b33_43cf;
/// Longest connection id of the versions that are known (RFC 9000, 17.2).
const LONGEST_ID: u8 = 20;

/// One long header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quic {
    /// Version; 0 for version negotiation.
    pub version: u32,
    /// Kind of packet, see [`super::Protocol::code`].
    pub kind: u8,
    /// Who speaks, by kind, else by the port.
    pub role: Role,
    /// Bytes of the datagram.
    pub size: u32,
}

impl Quic {
    pub(super) fn summary<'a>(&self) -> Summary<'a> {
        Summary::new(Application::Quic, self.role, Some(u16::from(self.kind)), self.size)
    }
}

pub(super) fn inspect(payload: Payload<'_>) -> Inspection<'_> {
    match read(payload) {
        Some(quic) => Inspection::Fact(Fact::Quic(quic)),
        None => Inspection::Nothing,
    }
}

fn read(payload: Payload<'_>) -> Option<Quic> {
    let bytes = payload.bytes;
    let (first, version) = (*bytes.first()?, be32(bytes, 1)?);
    if first & 0x80 == 0 {
        return None;
    }
    let destination = *bytes.get(5)?;
    let source_at = 6 + usize::from(destination);
    let source = *bytes.get(source_at)?;
    let rest = bytes.get(source_at + 1 + usize::from(source)..)?;
    if destination > LONGEST_ID || source > LONGEST_ID {
        return None;
    }
    let kind = match version {
        // Only versions follow, four bytes each (RFC 8999, 6).
        0 if payload.expected && !rest.is_empty() && rest.len() % 4 == 0 => 4,
        _ if first & 0x40 == 0 => return None,
        VERSION_2 => (first >> 4 & 3).wrapping_sub(1) & 3,
        // Version 1 and the drafts of the same form.
        1 | 0xff00_0012..=0xff00_0022 => first >> 4 & 3,
        _ => return None,
    };
    let role = if kind >= 3 { Role::Response } else { payload.role(PROTOCOL.udp) };
    // Packets with keys carry at least a packet number and enough to sample for header protection (RFC 9001, 5.4.2).
    (kind >= 3 || rest.len() >= 20).then_some(Quic { version, kind, role, size: payload.size() })
}
