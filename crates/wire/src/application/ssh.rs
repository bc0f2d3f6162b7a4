//! Secure shell: the line of identification that each side sends first.

use blueline_terms::Application;

use super::{Fact, Inspection, Name, Payload, Protocol, Role, Summary};

pub(super) const PROTOCOL: Protocol = Protocol {
    application: Application::Ssh,
    title: "Secure Shell",
    standard: "RFC 4253, section 4.2",
    tcp: &[22],
    udp: &[],
    anywhere: true,
    code: "None.",
    functions: &[],
    inspect,
};

/// Longest identification, line end included (RFC 4253, 4.2).
const LONGEST: usize = 255;

/// The identification of one side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ssh<'a> {
    /// The whole line, such as `SSH-2.0-OpenSSH_9.2p1 Debian-2`, without its end.
    pub banner: Name<'a>,
    /// Whose it is, by the port.
    pub role: Role,
    /// Bytes of the line without its end.
    pub size: u32,
}

impl<'a> Ssh<'a> {
    pub(super) fn summary(&self) -> Summary<'a> {
        Summary { name: Some(self.banner), ..Summary::new(Application::Ssh, self.role, None, self.size) }
    }
}

pub(super) fn inspect(payload: Payload<'_>) -> Inspection<'_> {
    let bytes = payload.bytes;
    if !(bytes.starts_with(b"SSH-2.0-") || bytes.starts_with(b"SSH-1.")) {
        return Inspection::Nothing;
    }
    let line = bytes.get(..LONGEST).unwrap_or(bytes);
    match line.iter().position(|&byte| byte == b'\n') {
        Some(end) => {
            let line = &line[..end];
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let role = payload.role(PROTOCOL.tcp);
            Inspection::Fact(Fact::Ssh(Ssh { banner: Name::Text(line), role, size: line.len() as u32 }))
        }
        None if line.len() < LONGEST => {
            Inspection::Incomplete { application: Application::Ssh, needed: bytes.len() + 1 }
        }
        None => Inspection::Malformed(Application::Ssh, "an identification is longer than 255 bytes"),
    }
}
