//! Network time: the modes, and the control and private messages that floods are reflected with.

use blueline_terms::Application;

use super::{Fact, Inspection, Payload, Protocol, Role, Summary};

pub(super) const PROTOCOL: Protocol = Protocol {
    application: Application::Ntp,
    title: "Network Time Protocol",
    standard: "RFC 5905, section 7.3; control messages RFC 9327; private mode: ntp_request.h of the \
               reference implementation",
    tcp: &[],
    udp: &[123],
    anywhere: false,
    code: "Mode 1 to 5 (3 client, 4 server); for mode 6 0x0600 + opcode, for mode 7 0x0700 + request code (0x072a \
           monlist).",
    functions: &[],
    inspect,
};

/// One message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ntp {
    /// 1 symmetric active, 2 symmetric passive, 3 client, 4 server, 5 broadcast, 6 control, 7 private; 0 in version 1.
    pub mode: u8,
    /// Version, 1 to 4 in use.
    pub version: u8,
    /// Opcode of a control message (mode 6) or request code of a private one (mode 7); 42 and 20 ask for the list of
    /// clients (monlist).
    pub operation: Option<u8>,
    /// Who speaks.
    pub role: Role,
    /// Bytes of the message.
    pub size: u32,
}

impl Ntp {
    pub(super) fn summary<'a>(&self) -> Summary<'a> {
        let code = match self.operation {
            Some(operation) => u16::from(self.mode) << 8 | u16::from(operation),
            None => u16::from(self.mode),
        };
        Summary::new(Application::Ntp, self.role, Some(code), self.size)
    }
}

fn inspect(payload: Payload<'_>) -> Inspection<'_> {
    let &[first, ref rest @ ..] = payload.bytes else { return Inspection::Nothing };
    let (mode, version) = (first & 7, first >> 3 & 7);
    let shortest = match mode {
        6 => 12,
        7 => 8,
        _ => 48,
    };
    if version == 0 || version > 4 {
        return payload.malformed(Application::Ntp, "a message has a version that does not exist");
    }
    if payload.bytes.len() < shortest {
        return payload.malformed(Application::Ntp, "a message is shorter than its mode allows");
    }
    let side = |response| if response { Role::Response } else { Role::Request };
    let (operation, role) = match (mode, rest) {
        (6, &[second, ..]) => (Some(second & 0x1f), side(second & 0x80 != 0)),
        (7, &[_, _, request, ..]) => (Some(request), side(first & 0x80 != 0)),
        (3, _) => (None, Role::Request),
        (4, _) => (None, Role::Response),
        (0, _) => (None, payload.role(PROTOCOL.udp)),
        _ => (None, Role::Unknown),
    };
    Inspection::Fact(Fact::Ntp(Ntp { mode, version, operation, role, size: payload.size() }))
}
