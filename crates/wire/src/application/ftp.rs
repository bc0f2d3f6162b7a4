//! File transfer, the control conversation: the server's replies and the names of the client's commands. What follows a
//! command, such as the name and the password, is not kept.

use blueline_terms::Application;

use super::bytes::says;
use super::{Fact, Inspection, Payload, Protocol, Role, Summary};

pub(super) const PROTOCOL: Protocol = Protocol {
    application: Application::Ftp,
    title: "File Transfer Protocol",
    standard: "RFC 959, sections 4.1 and 4.2; RFC 2228, RFC 2389, RFC 2428, RFC 3659",
    tcp: &[21],
    udp: &[],
    anywhere: true,
    code: "Reply code for replies (100 to 599); for commands 1 USER, 2 PASS, 3 QUIT, 4 AUTH, 5 and above others.",
    functions: &[],
    inspect,
};

/// Commands, each with its number in [`Summary::code`] by its place, from 1.
const COMMANDS: [&[u8]; 46] = [
    b"USER", b"PASS", b"QUIT", b"AUTH", b"ACCT", b"CWD", b"CDUP", b"SMNT", b"REIN", b"PORT", b"PASV", b"TYPE", b"STRU",
    b"MODE", b"RETR", b"STOR", b"STOU", b"APPE", b"ALLO", b"REST", b"RNFR", b"RNTO", b"ABOR", b"DELE", b"RMD", b"MKD",
    b"PWD", b"LIST", b"NLST", b"SITE", b"SYST", b"STAT", b"HELP", b"NOOP", b"FEAT", b"OPTS", b"EPRT", b"EPSV", b"MDTM",
    b"MLSD", b"MLST", b"SIZE", b"PBSZ", b"PROT", b"CCC", b"LANG",
];
/// A login that is turned down: not logged in (RFC 959, 4.2.1), and what some servers say of a wrong name or password.
const REFUSALS: [u16; 2] = [530, 430];
/// Bytes of a line in which words are looked for.
const MOST_LINE: usize = 160;

/// One reply or command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ftp {
    /// Whether a client asks or a server answers.
    pub role: Role,
    /// Which reply or command, see [`super::Protocol::code`].
    pub code: u16,
    /// Whether a login was turned down.
    pub refused: bool,
    /// Bytes that came.
    pub size: u32,
}

impl Ftp {
    pub(super) fn summary<'a>(&self) -> Summary<'a> {
        Summary { refused: self.refused, ..Summary::new(Application::Ftp, self.role, Some(self.code), self.size) }
    }
}

pub(super) fn inspect(payload: Payload<'_>) -> Inspection<'_> {
    let fact = reply(payload).or_else(|| command(payload));
    fact.map_or(Inspection::Nothing, |ftp| Inspection::Fact(Fact::Ftp(ftp)))
}

/// Three digits, a blank or, where more lines follow, a hyphen, and text (RFC 959, 4.2).
fn reply(payload: Payload<'_>) -> Option<Ftp> {
    let &[a @ b'1'..=b'6', b @ b'0'..=b'5', c @ b'0'..=b'9', b' ' | b'-', ref rest @ ..] = payload.bytes else {
        return None;
    };
    let code = [a, b, c].iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0'));
    let line = line(rest);
    if !payload.expected && !is_own(code, line) {
        return None;
    }
    // To whatever comes before a login some answer that one should log in first: that turns nobody down.
    let refused = REFUSALS.contains(&code) && !says(line, &[b"user and pass"]);
    Some(Ftp { role: Role::Response, code, refused, size: payload.size() })
}

/// Whether a reply can be no mail, news or message server's, which number their replies alike.
fn is_own(code: u16, line: &[u8]) -> bool {
    match code {
        220 => says(line, &[b"ftp", b"filezilla"]) && !says(line, &[b"smtp", b"lmtp"]),
        331 => says(line, &[b"password", b"user", b"login", b"anonymous"]),
        530 => says(line, &[b"login incorrect", b"login or pass", b"login auth", b"not logged in", b"cannot log in"]),
        _ => false,
    }
}

/// A command is a word at the start of a line; other protocols have some of them too, so only the port tells.
fn command(payload: Payload<'_>) -> Option<Ftp> {
    if !payload.expected {
        return None;
    }
    let end = payload.bytes.iter().take(5).position(|byte| matches!(byte, b' ' | b'\r' | b'\n'))?;
    let word = &payload.bytes[..end];
    let place = COMMANDS.iter().position(|command| command.eq_ignore_ascii_case(word))?;
    Some(Ftp { role: Role::Request, code: place as u16 + 1, refused: false, size: payload.size() })
}

/// As much of the first line as is looked at.
fn line(bytes: &[u8]) -> &[u8] {
    let head = bytes.get(..MOST_LINE).unwrap_or(bytes);
    head.split(|&byte| byte == b'\n').next().unwrap_or(head)
}
