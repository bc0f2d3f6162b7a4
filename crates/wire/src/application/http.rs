//! HTTP/1: the start line and the host of a message's head. The target is not kept.

use blueline_terms::Application;

use super::{Fact, Inspection, Name, Payload, Protocol, Role, Summary};

pub(super) const PROTOCOL: Protocol = Protocol {
    application: Application::Http,
    title: "HTTP/1",
    standard: "RFC 9112; methods RFC 9110, RFC 5789, RFC 4918, RFC 3253, RFC 5323, UPnP; preface RFC 9113",
    tcp: &[80, 8080],
    udp: &[],
    anywhere: true,
    code: "Status for responses (100 to 599); for requests 1 GET, 2 HEAD, 3 POST, 4 PUT, 5 DELETE, 6 CONNECT, \
           7 OPTIONS, 8 TRACE, 9 PATCH, 10 PRI (the preface of HTTP/2), 11 and above extensions.",
    functions: &[],
    inspect,
};

/// Methods, each with its number in [`Summary::code`] by its place, from 1.
const METHODS: &[&str] = &[
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "DELETE",
    "CONNECT",
    "OPTIONS",
    "TRACE",
    "PATCH",
    "PRI",
    "PROPFIND",
    "PROPPATCH",
    "MKCOL",
    "COPY",
    "MOVE",
    "LOCK",
    "UNLOCK",
    "SEARCH",
    "REPORT",
    "RPC_IN_DATA",
    "RPC_OUT_DATA",
    "SUBSCRIBE",
    "UNSUBSCRIBE",
    "NOTIFY",
];
/// Bytes of the head in which the host is looked for.
const MOST_HEAD: usize = 8192;

/// The head of one request or response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Http<'a> {
    /// The request's method; `None` for a response.
    pub method: Option<&'static str>,
    /// The method's number (see [`super::Protocol::code`]) or the response's status.
    pub code: u16,
    /// The request's host as stated, with its port if it has one.
    pub host: Option<Name<'a>>,
    /// Whether the head ended in this payload.
    pub complete: bool,
    /// Bytes that came.
    pub size: u32,
}

impl<'a> Http<'a> {
    pub(super) fn summary(&self) -> Summary<'a> {
        let role = if self.method.is_some() { Role::Request } else { Role::Response };
        let offered = self.method.map(|method| Name::Text(method.as_bytes()));
        let refused = self.method.is_none() && matches!(self.code, 401 | 403 | 407);
        Summary {
            name: self.host,
            offered,
            refused,
            ..Summary::new(Application::Http, role, Some(self.code), self.size)
        }
    }
}

pub(super) fn inspect(payload: Payload<'_>) -> Inspection<'_> {
    let Some(word) = payload.bytes.first_chunk::<4>() else { return Inspection::Nothing };
    match word {
        b"HTTP" => response(payload),
        b"GET " | b"HEAD" | b"POST" | b"PUT " | b"DELE" | b"CONN" | b"OPTI" | b"TRAC" | b"PATC" | b"PRI " | b"PROP"
        | b"MKCO" | b"COPY" | b"MOVE" | b"LOCK" | b"UNLO" | b"SEAR" | b"REPO" | b"RPC_" | b"SUBS" | b"UNSU"
        | b"NOTI" => request(payload),
        _ => Inspection::Nothing,
    }
}

fn request(payload: Payload<'_>) -> Inspection<'_> {
    let head = payload.bytes.get(..MOST_HEAD).unwrap_or(payload.bytes);
    let Some(space) = head.iter().take(16).position(|&byte| byte == b' ') else { return Inspection::Nothing };
    let (word, behind) = (&head[..space], &head[space + 1..]);
    let Some(place) = METHODS.iter().position(|method| method.as_bytes() == word) else { return Inspection::Nothing };
    let (line, fields) = match behind.iter().position(|&byte| byte == b'\n') {
        Some(end) => (&behind[..end], Some(&behind[end + 1..])),
        None => (behind, None),
    };
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let (target, version) = match (line.iter().rposition(|&byte| byte == b' '), fields) {
        (Some(space), Some(_)) => (&line[..space], Some(&line[space + 1..])),
        // A long target leaves the rest of the line for the next segment.
        (_, None) => (line, None),
        (None, Some(_)) => return Inspection::Nothing,
    };
    let versioned = match version {
        Some(version) => version.starts_with(b"HTTP/1.") || (version == b"HTTP/2.0" && word == b"PRI"),
        None => true,
    };
    if !versioned || !is_target(target, word) {
        return Inspection::Nothing;
    }
    let (host, complete) = fields.map_or((None, false), read_fields);
    let (method, code) = (Some(METHODS[place]), place as u16 + 1);
    Inspection::Fact(Fact::Http(Http { method, code, host, complete, size: payload.size() }))
}

/// Whether a target begins as one of the four forms (RFC 9112, 3.2) and has no blanks or control characters.
fn is_target(target: &[u8], method: &[u8]) -> bool {
    let form = match target.first() {
        Some(b'/' | b'*') => true,
        Some(first) if method == b"CONNECT" => first.is_ascii_alphanumeric() || *first == b'[',
        Some(_) => target.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"http")),
        None => false,
    };
    // Clients do send raw spaces and UTF-8 in targets, but no control characters.
    form && target.iter().all(|&byte| byte >= b' ' && byte != 0x7f)
}

/// The host and whether the head ends here. A line that is cut short is not read: its end may be in the next segment.
fn read_fields(mut fields: &[u8]) -> (Option<Name<'_>>, bool) {
    let mut host = None;
    while let Some(end) = fields.iter().position(|&byte| byte == b'\n') {
        let line = fields[..end].strip_suffix(b"\r").unwrap_or(&fields[..end]);
        if line.is_empty() {
            return (host, true);
        }
        if let (None, Some((name, value))) = (host, line.split_at_checked(5))
            && name.eq_ignore_ascii_case(b"host:")
        {
            host = Some(value.trim_ascii()).filter(|value| !value.is_empty()).map(Name::Host);
        }
        fields = &fields[end + 1..];
    }
    (host, false)
}

fn response(payload: Payload<'_>) -> Inspection<'_> {
    let &[b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'0' | b'1', b' ', a @ b'1'..=b'5', b, c, ref rest @ ..] =
        payload.bytes
    else {
        return Inspection::Nothing;
    };
    if !b.is_ascii_digit() || !c.is_ascii_digit() || !matches!(rest.first(), None | Some(b' ' | b'\r' | b'\n')) {
        return Inspection::Nothing;
    }
    let code = [a, b, c].iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0'));
    let head = rest.get(..MOST_HEAD).unwrap_or(rest);
    let fields = head.iter().position(|&byte| byte == b'\n').map(|end| &head[end + 1..]);
    let complete = fields.is_some_and(|fields| read_fields(fields).1);
    Inspection::Fact(Fact::Http(Http { method: None, code, host: None, complete, size: payload.size() }))
}
