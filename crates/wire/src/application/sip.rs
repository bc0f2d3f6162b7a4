//! Session initiation: method or status.

use blueline_terms::Application;

use super::{Fact, Inspection, Payload, Protocol, Role, Summary};

pub(super) const PROTOCOL: Protocol = Protocol {
    application: Application::Sip,
    title: "Session Initiation Protocol",
    standard: "RFC 3261, section 7; further methods RFC 3262, 3265, 3311, 3428, 3515, 3903, 6086",
    tcp: &[5060],
    udp: &[5060],
    anywhere: true,
    code: "Status for responses (100 to 699); for requests 1 REGISTER, 2 INVITE, 3 ACK, 4 CANCEL, 5 BYE, 6 OPTIONS, \
           7 PRACK, 8 SUBSCRIBE, 9 NOTIFY, 10 UPDATE, 11 MESSAGE, 12 REFER, 13 PUBLISH, 14 INFO.",
    functions: &[],
    inspect,
};

/// Methods, each with its number in [`Summary::code`] by its place, from 1.
const METHODS: &[&str] = &[
    "REGISTER",
    "INVITE",
    "ACK",
    "CANCEL",
    "BYE",
    "OPTIONS",
    "PRACK",
    "SUBSCRIBE",
    "NOTIFY",
    "UPDATE",
    "MESSAGE",
    "REFER",
    "PUBLISH",
    "INFO",
];

/// The start line of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sip {
    /// The request's method; `None` for a response.
    pub method: Option<&'static str>,
    /// The method's number or the response's status.
    pub code: u16,
    /// Bytes that came.
    pub size: u32,
}

impl Sip {
    pub(super) fn summary<'a>(&self) -> Summary<'a> {
        let role = if self.method.is_some() { Role::Request } else { Role::Response };
        Summary::new(Application::Sip, role, Some(self.code), self.size)
    }
}

pub(super) fn inspect(payload: Payload<'_>) -> Inspection<'_> {
    let bytes = payload.bytes;
    let found = match bytes {
        &[b'S', b'I', b'P', b'/', b'2', b'.', b'0', b' ', a @ b'1'..=b'6', b, c, b' ', ..]
            if b.is_ascii_digit() && c.is_ascii_digit() =>
        {
            Some((None, [a, b, c].iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0'))))
        }
        _ => request(bytes),
    };
    match found {
        Some((method, code)) => Inspection::Fact(Fact::Sip(Sip { method, code, size: payload.size() })),
        None => Inspection::Nothing,
    }
}

fn request(bytes: &[u8]) -> Option<(Option<&'static str>, u16)> {
    let space = bytes.iter().take(10).position(|&byte| byte == b' ')?;
    let (word, target) = (&bytes[..space], &bytes[space + 1..]);
    let place = METHODS.iter().position(|method| method.as_bytes() == word)?;
    let line = target.iter().position(|&byte| byte == b'\r' || byte == b'\n').map_or(target, |end| &target[..end]);
    let addressed = [&b"sip:"[..], b"sips:", b"tel:"].iter().any(|scheme| line.starts_with(scheme));
    // The version ends the line, if the line ends here.
    (addressed && (line.len() == target.len() || line.ends_with(b" SIP/2.0")))
        .then_some((Some(METHODS[place]), place as u16 + 1))
}
