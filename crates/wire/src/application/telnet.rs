//! Telnet: the options that both sides agree on, and whether a login was turned down. What is typed is not kept.

use blueline_terms::Application;

use super::bytes::says;
use super::{Fact, Inspection, Payload, Protocol, Role, Summary};

pub(super) const PROTOCOL: Protocol = Protocol {
    application: Application::Telnet,
    title: "Telnet",
    standard: "RFC 854, RFC 855; the options' numbers are those of IANA",
    tcp: &[23, 2323],
    udp: &[],
    anywhere: true,
    code: "1 options, 2 a question for a name, 3 a question for a password, 4 a login turned down.",
    functions: &[],
    inspect,
};

/// Interpret as command, and the commands that are followed by an option (RFC 854).
const IAC: u8 = 255;
const FIRST_OF_OPTIONS: u8 = 251;
/// Options have numbers up to 49, and 138 to 140, and 255 (IANA).
const MOST_OPTION: u8 = 49;
/// So many at the start of a payload leave no doubt on any port.
const UNMISTAKABLE: usize = 2;
/// Bytes in which words are looked for; a screen of greeting is longer than any refusal.
const MOST_TEXT: usize = 128;

/// What a server says of a name or a password that it does not take.
const REFUSALS: [&[u8]; 9] = [
    b"login incorrect",
    b"login failed",
    b"login invalid",
    b"bad password",
    b"access denied",
    b"authentication fail",
    b"incorrect password",
    b"password incorrect",
    b"invalid password",
];
const NAMES: [&[u8]; 2] = [b"login:", b"username:"];
const PASSWORDS: [&[u8]; 1] = [b"password:"];

/// What one segment had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Telnet {
    /// Which side speaks, by the port; whoever asks for names and passwords is a server on any.
    pub role: Role,
    /// What it is, see [`super::Protocol::code`].
    pub code: u16,
    /// Bytes that came.
    pub size: u32,
}

const OPTIONS: u16 = 1;
const NAME: u16 = 2;
const PASSWORD: u16 = 3;
const REFUSAL: u16 = 4;

impl Telnet {
    pub(super) fn summary<'a>(&self) -> Summary<'a> {
        let plain = Summary::new(Application::Telnet, self.role, Some(self.code), self.size);
        Summary { refused: self.code == REFUSAL, ..plain }
    }
}

pub(super) fn inspect(payload: Payload<'_>) -> Inspection<'_> {
    let role = payload.role(PROTOCOL.tcp);
    let options = options(payload.bytes);
    let code = match options {
        0 if payload.expected && role == Role::Request => None,
        0 => said(payload),
        found if payload.expected || found >= UNMISTAKABLE => Some(OPTIONS),
        _ => None,
    };
    let role = if code.is_some_and(|code| code > OPTIONS) { Role::Response } else { role };
    code.map_or(Inspection::Nothing, |code| Inspection::Fact(Fact::Telnet(Telnet { role, code, size: payload.size() })))
}

/// How many options the payload begins with, as far as it matters.
fn options(bytes: &[u8]) -> usize {
    let is_option = |part: &&[u8]| matches!(part, [IAC, FIRST_OF_OPTIONS..=254, option] if *option <= MOST_OPTION || *option == 255);
    bytes.chunks_exact(3).take(UNMISTAKABLE).take_while(is_option).count()
}

/// What a server says at a login. On other ports only the classic refusal at the start of a line is taken for one.
fn said(payload: Payload<'_>) -> Option<u16> {
    let text = payload.bytes.get(..MOST_TEXT).unwrap_or(payload.bytes);
    if !payload.expected {
        let line = text.strip_prefix(b"\r\n").unwrap_or(text);
        return line.starts_with(b"Login incorrect").then_some(REFUSAL);
    }
    [(REFUSAL, &REFUSALS[..]), (PASSWORD, &PASSWORDS), (NAME, &NAMES)]
        .into_iter()
        .find_map(|(code, words)| says(text, words).then_some(code))
}
