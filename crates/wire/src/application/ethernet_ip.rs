//! EtherNet/IP and the Common Industrial Protocol in it.

use blueline_terms::{Application, Weight};

use super::bytes::{le16, le32};
use super::function::{Function, changes, either, reads};
use super::{Fact, Inspection, Payload, Protocol, Role, Summary};

pub(super) const PROTOCOL: Protocol = Protocol {
    application: Application::EthernetIp,
    title: "EtherNet/IP",
    standard: "CIP volume 1, appendix A (services) and appendix C (paths); volume 2, chapter 2 (encapsulation)",
    tcp: &[44818],
    udp: &[44818],
    anywhere: true,
    code: "CIP service without the reply bit; 0x8000 + encapsulation command where there is no CIP message.",
    functions: FUNCTIONS,
    inspect,
};

/// CIP volume 1, appendix A-3 (services that any object may have) and, from 0x8000 on, volume 2, table 2-3.2. Services
/// from 0x4b on mean what the object's class says, see [`OF_CLASS`].
const FUNCTIONS: &[Function] = &[
    reads(0x01, "get all attributes"),
    changes(0x02, "set all attributes"),
    reads(0x03, "get attribute list"),
    changes(0x04, "set attribute list"),
    changes(0x05, "reset"),
    changes(0x06, "start"),
    changes(0x07, "stop"),
    changes(0x08, "create"),
    changes(0x09, "delete"),
    either(0x0a, "several services"),
    changes(0x0d, "apply attributes"),
    reads(0x0e, "get single attribute"),
    changes(0x10, "set single attribute"),
    reads(0x11, "find next object instance"),
    changes(0x15, "restore"),
    changes(0x16, "save"),
    reads(0x17, "no operation"),
    reads(0x18, "get member"),
    changes(0x19, "set member"),
    changes(0x1a, "insert member"),
    changes(0x1b, "remove member"),
    either(0x1c, "synchronise group"),
    reads(0x1d, "get connection point members"),
    reads(0x8000, "no operation (session)"),
    reads(0x8004, "list services"),
    reads(0x8063, "list identity"),
    reads(0x8064, "list interfaces"),
    reads(0x8065, "register session"),
    reads(0x8066, "end session"),
    either(0x806f, "send request or reply"),
    either(0x8070, "send connected data"),
    reads(0x8072, "indicate status"),
    reads(0x8073, "cancel"),
];

/// A tag named by a symbol, which Rockwell's controllers take in place of a class; no real class is 0xffff.
const TAG: u16 = 0xffff;
/// Connection manager (CIP volume 1, 3-5).
const CONNECTION_MANAGER: u16 = 0x06;
/// Message router (CIP volume 1, 5-1).
const MESSAGE_ROUTER: u16 = 0x02;

/// Services that classes define for themselves: connection manager 0x06 and file 0x37 (CIP volume 1, 3-5 and 5-42),
/// tags and symbols 0x6b (Rockwell publication 1756-PM020).
const OF_CLASS: &[(u16, Function)] = &[
    (CONNECTION_MANAGER, reads(0x4e, "close connection")),
    (CONNECTION_MANAGER, either(0x52, "unconnected send")),
    (CONNECTION_MANAGER, reads(0x54, "open connection")),
    (CONNECTION_MANAGER, reads(0x56, "get connection data")),
    (CONNECTION_MANAGER, reads(0x57, "search connection data")),
    (CONNECTION_MANAGER, reads(0x5a, "get connection owner")),
    (CONNECTION_MANAGER, reads(0x5b, "open large connection")),
    (0x37, reads(0x4b, "initiate upload")),
    (0x37, changes(0x4c, "initiate download")),
    (0x37, reads(0x4d, "initiate partial read")),
    (0x37, changes(0x4e, "initiate partial write")),
    (0x37, reads(0x4f, "upload")),
    (0x37, changes(0x50, "download")),
    (0x37, changes(0x51, "clear file")),
    (0x6b, reads(0x4c, "read tag")),
    (0x6b, changes(0x4d, "write tag")),
    (0x6b, changes(0x4e, "modify tag")),
    (0x6b, reads(0x52, "read part of tag")),
    (0x6b, changes(0x53, "write part of tag")),
    (0x6b, reads(0x55, "list tags")),
    (TAG, reads(0x4c, "read tag")),
    (TAG, changes(0x4d, "write tag")),
    (TAG, changes(0x4e, "modify tag")),
    (TAG, reads(0x52, "read part of tag")),
    (TAG, changes(0x53, "write part of tag")),
];

/// Encapsulation header (CIP volume 2, 2-3.1).
const HEADER: usize = 24;
/// Bytes of a message that hold the service of a connected CIP message: header, interface and items, sequence.
const LONGEST_HEAD: usize = HEADER + 8 + 8 + 4 + 4;
/// Messages looked at in one payload, and services in one message.
const MOST_MESSAGES: usize = 64;

/// The most weighty message of a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EthernetIp {
    /// Encapsulation command.
    pub command: u16,
    /// Encapsulation status; 0 is success.
    pub status: u32,
    /// The CIP service, if there is one. Of a message that carries others, the most weighty of those.
    pub cip: Option<Cip>,
    /// What it can change.
    pub weight: Weight,
    /// Who speaks: by the reply bit, else by the port.
    pub role: Role,
    /// Encapsulation messages in the payload.
    pub count: u16,
    /// Bytes of the message with its header.
    pub size: u32,
}

/// One CIP service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cip {
    /// The service, without the reply bit.
    pub service: u8,
    /// Whether it is a reply.
    pub reply: bool,
    /// The class that a request's path begins with; 0xffff for a tag named by a symbol. Replies name none.
    pub class: Option<u16>,
    /// General status of a reply; 0 is success (CIP volume 1, appendix B).
    pub status: u8,
}

impl Cip {
    fn function(&self) -> Option<&'static Function> {
        let of_class =
            OF_CLASS.iter().find(|(class, f)| Some(*class) == self.class && f.code == u16::from(self.service));
        of_class.map(|(_, function)| function).or_else(|| Function::find(FUNCTIONS, u16::from(self.service)))
    }

    fn weight(&self) -> Weight {
        self.function().map_or(Weight::Unknown, |function| function.weight)
    }
}

impl EthernetIp {
    fn code(&self) -> u16 {
        self.cip.map_or(0x8000 | self.command, |cip| u16::from(cip.service))
    }

    /// The function of the CIP service by its class, or of the encapsulation command.
    pub fn function(&self) -> Option<&'static Function> {
        match self.cip {
            Some(cip) => cip.function(),
            None => Function::find(FUNCTIONS, self.code()),
        }
    }

    pub(super) fn summary<'a>(&self) -> Summary<'a> {
        let plain = Summary::new(Application::EthernetIp, self.role, Some(self.code()), self.size);
        // 6 says that an answer goes on in the next one (CIP volume 1, appendix B).
        let turned_down = self.cip.is_some_and(|cip| cip.reply && !matches!(cip.status, 0 | 6));
        Summary { count: self.count, weight: self.weight, refused: self.status != 0 || turned_down, ..plain }
    }
}

pub(super) fn inspect(payload: Payload<'_>) -> Inspection<'_> {
    let mut heaviest: Option<EthernetIp> = None;
    let (mut rest, mut count) = (payload.bytes, 0);
    while usize::from(count) < MOST_MESSAGES
        && let Some((message, data, next)) = read(payload, rest)
    {
        let message = with_cip(message, data);
        let cut = matches!(message.command, 0x6f | 0x70) && HEADER + data.len() < message.size as usize;
        if cut && message.cip.is_none() && heaviest.is_none() && !payload.datagram {
            let needed = (message.size as usize).min(LONGEST_HEAD).max(payload.bytes.len() + 1);
            return Inspection::Incomplete { application: Application::EthernetIp, needed };
        }
        count += 1;
        if heaviest
            .is_none_or(|heaviest| (heaviest.weight, heaviest.cip.is_some()) < (message.weight, message.cip.is_some()))
        {
            heaviest = Some(message);
        }
        rest = next;
    }
    match heaviest {
        // Where the port says nothing, the messages must fill the payload.
        Some(message) if payload.expected || rest.is_empty() => {
            Inspection::Fact(Fact::EthernetIp(EthernetIp { count, ..message }))
        }
        None if payload.expected && !payload.datagram && begins(payload.bytes) => {
            Inspection::Incomplete { application: Application::EthernetIp, needed: HEADER }
        }
        _ => Inspection::Nothing,
    }
}

/// Whether a segment too short for a header begins like one that matters.
fn begins(bytes: &[u8]) -> bool {
    (2..HEADER).contains(&bytes.len()) && matches!(le16(bytes, 0), Some(0x65 | 0x6f | 0x70))
}

/// The header of the first message, its data as far as it came, and what follows.
fn read<'a>(payload: Payload<'a>, bytes: &'a [u8]) -> Option<(EthernetIp, &'a [u8], &'a [u8])> {
    let (command, length, status) = (le16(bytes, 0)?, usize::from(le16(bytes, 2)?), le32(bytes, 8)?);
    let known = matches!(command, 0x00 | 0x04 | 0x63..=0x66 | 0x6f | 0x70 | 0x72 | 0x73);
    // Options are always 0 (CIP volume 2, 2-3.7); statuses in use are below 0x6a.
    if !known || le32(bytes, 20)? != 0 || status > 0xff || length > 65511 {
        return None;
    }
    let behind = bytes.get(HEADER..)?;
    let (data, next) = match behind.split_at_checked(length) {
        Some(split) => split,
        None if payload.expected => (behind, &[][..]),
        None => return None,
    };
    let fits = match command {
        // The lengths of requests and replies that are fixed (CIP volume 2, 2-4).
        0x65 => length == 4,
        0x66 => length == 0,
        0x6f | 0x70 => length >= 8 && data.get(..4).is_none_or(|interface| interface == [0; 4]),
        0x00 | 0x04 | 0x63 | 0x64 => true,
        _ => payload.expected,
    };
    let plain = EthernetIp {
        command,
        status,
        cip: None,
        weight: Function::weight(FUNCTIONS, 0x8000 | command),
        role: payload.role(PROTOCOL.tcp),
        count: 1,
        size: (HEADER + length) as u32,
    };
    fits.then_some((plain, data, next))
}

/// Adds the CIP service in the items of a message that sends data (CIP volume 2, 2-6).
fn with_cip(message: EthernetIp, data: &[u8]) -> EthernetIp {
    if !matches!(message.command, 0x6f | 0x70) {
        return message;
    }
    let Some(cip) = items(data) else { return message };
    let role = if cip.reply { Role::Response } else { Role::Request };
    EthernetIp { cip: Some(cip), weight: cip.weight(), role, ..message }
}

fn items(data: &[u8]) -> Option<Cip> {
    let count = usize::from(le16(data, 6)?).min(8);
    let mut at = 8;
    for _ in 0..count {
        let (kind, length) = (le16(data, at)?, usize::from(le16(data, at + 2)?));
        let item = data.get(at + 4..)?;
        let item = item.get(..length).unwrap_or(item);
        match kind {
            0x00b2 => return service(item, 2),
            // Connected data begin with a sequence number.
            0x00b1 => return service(item.get(2..)?, 2),
            _ => at += 4 + length,
        }
    }
    None
}

/// The service of a message, or the most weighty of those that it carries, to the depth that is left.
fn service(message: &[u8], depth: u8) -> Option<Cip> {
    let &[code, words, ref behind @ ..] = message else { return None };
    if code & 0x80 != 0 {
        let own = Cip { service: code & 0x7f, reply: true, class: None, status: behind.first().copied().unwrap_or(0) };
        let data = behind.get(2 + 2 * usize::from(*behind.get(1)?)..);
        return match (code & 0x7f, data) {
            (0x0a, Some(data)) if depth > 0 => several(data, depth - 1).or(Some(own)),
            _ => Some(own),
        };
    }
    let path = 2 * usize::from(words);
    let own = Cip { service: code, reply: false, class: class(behind), status: 0 };
    let data = behind.get(path..);
    let inner = match (code, own.class, data) {
        (_, _, Some(data)) if depth > 0 => match (code, own.class) {
            (0x0a, Some(MESSAGE_ROUTER)) => several(data, depth - 1),
            // Priority, time-out ticks, length of the message that is sent on (CIP volume 1, 3-5.5.4).
            (0x52, Some(CONNECTION_MANAGER)) => le16(data, 2)
                .and_then(|length| data.get(4..).map(|inner| inner.get(..usize::from(length)).unwrap_or(inner)))
                .and_then(|inner| service(inner, depth - 1)),
            _ => None,
        },
        _ => None,
    };
    inner.or(Some(own))
}

/// The most weighty of several services: a count, their offsets from there, the messages (CIP volume 1, A-4.10).
fn several(data: &[u8], depth: u8) -> Option<Cip> {
    let count = usize::from(le16(data, 0)?).min(MOST_MESSAGES);
    let mut heaviest: Option<Cip> = None;
    for n in 0..count {
        let inner = data.get(usize::from(le16(data, 2 + 2 * n)?)..).and_then(|message| service(message, depth));
        if let Some(inner) = inner
            && heaviest.is_none_or(|heaviest| heaviest.weight() < inner.weight())
        {
            heaviest = Some(inner);
        }
    }
    heaviest
}

/// The class that a path begins with (CIP volume 1, C-1.4): logical segments 0x20 and 0x21, or a symbol 0x91.
fn class(path: &[u8]) -> Option<u16> {
    match *path {
        [0x20, class, ..] => Some(u16::from(class)),
        [0x21, _, low, high, ..] => Some(u16::from_le_bytes([low, high])),
        [0x91, ..] => Some(TAG),
        _ => None,
    }
}
