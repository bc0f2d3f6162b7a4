//! Internet key exchange: the header.

use blueline_terms::Application;

use super::bytes::be32;
use super::{Fact, Inspection, Payload, Protocol, Role, Summary};

pub(super) const PROTOCOL: Protocol = Protocol {
    application: Application::Ike,
    title: "Internet Key Exchange",
    standard: "RFC 7296, section 3.1; RFC 2408, section 3.1 (version 1); RFC 3948, section 2.2 (port 4500)",
    tcp: &[],
    udp: &[500, 4500],
    anywhere: false,
    code: "Exchange type: version 1: 2 main, 4 aggressive, 5 informational; version 2: 34 initial, 35 authentication.",
    functions: &[],
    inspect,
};

const HEADER: usize = 28;

/// One message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ike {
    /// Major version, 1 or 2.
    pub version: u8,
    /// Exchange type.
    pub exchange: u8,
    /// Who speaks: version 2 says so; of version 1 only the very first message is known to ask.
    pub role: Role,
    /// Bytes of the message as its header states them.
    pub size: u32,
}

impl Ike {
    pub(super) fn summary<'a>(&self) -> Summary<'a> {
        Summary::new(Application::Ike, self.role, Some(u16::from(self.exchange)), self.size)
    }
}

fn inspect(payload: Payload<'_>) -> Inspection<'_> {
    let natted = payload.source_port == 4500 || payload.destination_port == 4500;
    // On port 4500 four zeros tell a key exchange from the encrypted traffic itself, a lone 0xff keeps the way open.
    let bytes = match (natted, payload.bytes) {
        (true, [0, 0, 0, 0, bytes @ ..]) => bytes,
        (true, _) => return Inspection::Nothing,
        (false, bytes) => bytes,
    };
    let (Some(header), Some(length)) = (bytes.first_chunk::<HEADER>(), be32(bytes, 24)) else {
        return payload.malformed(Application::Ike, "the message is shorter than its header");
    };
    let (version, exchange, flags) = (header[17] >> 4, header[18], header[19]);
    if !matches!(version, 1 | 2) || (length as usize) < HEADER || length > 0xffff {
        return payload.malformed(Application::Ike, "the header has a version or a length that cannot be");
    }
    let role = match version {
        2 if flags & 0x20 != 0 => Role::Response,
        2 => Role::Request,
        _ if header[8..16] == [0; 8] => Role::Request,
        _ => Role::Unknown,
    };
    Inspection::Fact(Fact::Ike(Ike { version, exchange, role, size: length }))
}
