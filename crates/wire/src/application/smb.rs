//! Server Message Block, versions 1 to 3, behind the session header of NetBIOS or of direct TCP.

use blueline_terms::Application;

use super::bytes::{be24, le16, le32};
use super::{Fact, Inspection, Payload, Protocol, Role, Summary};

pub(super) const PROTOCOL: Protocol = Protocol {
    application: Application::Smb,
    title: "Server Message Block",
    standard: "MS-CIFS 2.2.3.1 (version 1), MS-SMB2 2.2.1, 2.2.41 and 2.2.42 (versions 2 and 3), RFC 1002, section 4.3",
    tcp: &[139, 445],
    udp: &[],
    anywhere: true,
    code: "Command: 0x0100 + command of version 1, 0x0200 + command of versions 2 and 3; 0x0300 encrypted, 0x0301 \
           compressed.",
    functions: &[],
    inspect,
};

/// Statuses that turn a login down (MS-ERREF 2.3.1): access denied, no such user, wrong password, logon failure, account
/// restriction, logon hours, expired password, disabled, expired, locked out.
const REFUSALS: [u32; 10] = [
    0xc000_0022,
    0xc000_0064,
    0xc000_006a,
    0xc000_006d,
    0xc000_006e,
    0xc000_006f,
    0xc000_0071,
    0xc000_0072,
    0xc000_0193,
    0xc000_0234,
];

/// The header of the first message in a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Smb {
    /// 1, or 2 for versions 2 and 3, which share a header.
    pub version: u8,
    /// The command; 0 where it cannot be seen.
    pub command: u16,
    /// Whether it is a request or a response; unknown where it cannot be seen.
    pub role: Role,
    /// The status of a response (MS-ERREF); 0 for success and for requests.
    pub status: u32,
    /// How the message hides its header, if it does.
    pub wrapped: Option<Wrapping>,
    /// Bytes of the message as the session header states them.
    pub size: u32,
}

/// A transformed message of version 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrapping {
    /// MS-SMB2 2.2.41.
    Encrypted,
    /// MS-SMB2 2.2.42.
    Compressed,
}

impl Smb {
    pub(super) fn summary<'a>(&self) -> Summary<'a> {
        let code = match self.wrapped {
            Some(Wrapping::Encrypted) => 0x0300,
            Some(Wrapping::Compressed) => 0x0301,
            None => u16::from(self.version) << 8 | self.command,
        };
        let refused = self.role == Role::Response && REFUSALS.contains(&self.status);
        Summary { refused, ..Summary::new(Application::Smb, self.role, Some(code), self.size) }
    }
}

pub(super) fn inspect(payload: Payload<'_>) -> Inspection<'_> {
    // A session message (RFC 1002, 4.3.2): type 0 and a length of, with direct TCP, 24 bits.
    let Some((&[0, _, _, _, magic, b'S', b'M', b'B'], size)) =
        payload.bytes.first_chunk::<8>().zip(be24(payload.bytes, 1))
    else {
        return Inspection::Nothing;
    };
    let message = &payload.bytes[4..];
    let plain = Smb { version: 2, command: 0, role: Role::Unknown, status: 0, wrapped: None, size };
    let header: usize = match magic {
        0xff => 32,
        0xfe => 64,
        0xfd => return Inspection::Fact(Fact::Smb(Smb { wrapped: Some(Wrapping::Encrypted), ..plain })),
        0xfc => return Inspection::Fact(Fact::Smb(Smb { wrapped: Some(Wrapping::Compressed), ..plain })),
        _ => return Inspection::Nothing,
    };
    if (size as usize) < header {
        return Inspection::Malformed(Application::Smb, "a message is shorter than its header");
    }
    if message.len() < header {
        return Inspection::Incomplete { application: Application::Smb, needed: 4 + header };
    }
    match if magic == 0xff { version_1(message, plain) } else { version_2(message, plain) } {
        Some(smb) => Inspection::Fact(Fact::Smb(smb)),
        // Exploits groom a server's memory with such messages.
        None => Inspection::Malformed(
            Application::Smb,
            "a header of version 2 states another size than 64 or an unknown command",
        ),
    }
}

fn version_1(message: &[u8], plain: Smb) -> Option<Smb> {
    let header = message.first_chunk::<32>()?;
    let response = header[9] & 0x80 != 0;
    let role = if response { Role::Response } else { Role::Request };
    let status = if response { le32(header, 5)? } else { 0 };
    Some(Smb { version: 1, command: u16::from(header[4]), role, status, ..plain })
}

/// The header's fields, if it states its own size (always 64) and a command that exists.
fn version_2(message: &[u8], plain: Smb) -> Option<Smb> {
    let header = message.first_chunk::<64>()?;
    let command = le16(header, 12)?;
    if le16(header, 4)? != 64 || command > 0x13 {
        return None;
    }
    let response = header[16] & 1 != 0;
    let role = if response { Role::Response } else { Role::Request };
    Some(Smb { command, role, status: if response { le32(header, 8)? } else { 0 }, ..plain })
}
