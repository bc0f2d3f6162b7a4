//! Siemens S7 communication over ISO-on-TCP, and its successor S7comm-plus as far as its header can be seen.

use blueline_terms::{Application, Weight};

use super::bytes::be16;
use super::function::{Function, changes, either, reads};
use super::{Fact, Inspection, Payload, Protocol, Role, Summary};

pub(super) const PROTOCOL: Protocol = Protocol {
    application: Application::S7comm,
    title: "S7 communication",
    standard: "RFC 1006; ISO 8073 data TPDU; Siemens has published no standard: field and function names are those \
               that open dissectors have established",
    tcp: &[102],
    udp: &[],
    anywhere: true,
    code: "Function of a job or its acknowledgement (0 to 0xff); 0x8000 + 256 * group + sub-function for user data; \
           for S7comm-plus its function (0x04b1 to 0x05ff). None where the message has no function.",
    functions: FUNCTIONS,
    inspect,
};

const FUNCTIONS: &[Function] = &[
    reads(0x00, "cpu services"),
    reads(0x04, "read variable"),
    changes(0x05, "write variable"),
    changes(0x1a, "request download"),
    changes(0x1b, "download block"),
    changes(0x1c, "download ended"),
    reads(0x1d, "start upload"),
    reads(0x1e, "upload"),
    reads(0x1f, "end upload"),
    changes(0x28, "plc control"),
    changes(0x29, "plc stop"),
    reads(0xf0, "setup communication"),
    reads(0x04b1, "plus: error"),
    reads(0x04bb, "plus: explore"),
    either(0x04ca, "plus: create object"),
    either(0x04d4, "plus: delete object"),
    changes(0x04f2, "plus: set variable"),
    reads(0x04fc, "plus: get variable"),
    either(0x0506, "plus: add link"),
    either(0x051a, "plus: remove link"),
    reads(0x0524, "plus: get link"),
    changes(0x0542, "plus: set several variables"),
    reads(0x054c, "plus: get several variables"),
    either(0x0556, "plus: begin sequence"),
    either(0x0560, "plus: end sequence"),
    changes(0x056b, "plus: invoke"),
    changes(0x057c, "plus: set part of variable"),
    reads(0x0586, "plus: get part of variable"),
    reads(0x0590, "plus: get addresses of variables"),
    either(0x059a, "plus: abort"),
    reads(0x05a9, "plus: error in method"),
    reads(0x05b3, "plus: start encryption"),
    either(0x8000, "mode transition"),
    reads(0x8101, "programmer: block status"),
    reads(0x8102, "programmer: variable status"),
    reads(0x8103, "programmer: interrupt stack"),
    reads(0x8104, "programmer: block stack"),
    reads(0x8105, "programmer: local stack"),
    reads(0x8106, "programmer: time measurement"),
    either(0x8107, "programmer: select forces"),
    changes(0x8108, "programmer: modify variable"),
    changes(0x8109, "programmer: force"),
    changes(0x810a, "programmer: breakpoint"),
    changes(0x810b, "programmer: leave hold"),
    changes(0x810c, "programmer: memory reset"),
    either(0x810d, "programmer: disable job"),
    either(0x810e, "programmer: enable job"),
    either(0x810f, "programmer: delete job"),
    reads(0x8110, "programmer: read job list"),
    reads(0x8111, "programmer: read job"),
    either(0x8112, "programmer: replace job"),
    reads(0x8113, "programmer: block status 2"),
    either(0x8116, "programmer: flash light"),
    reads(0x8201, "cyclic data: start"),
    reads(0x8204, "cyclic data: stop"),
    reads(0x8301, "block: list blocks"),
    reads(0x8302, "block: list blocks of type"),
    reads(0x8303, "block: block information"),
    reads(0x8401, "cpu: read system status list"),
    reads(0x8402, "cpu: message service"),
    reads(0x8403, "cpu: stopped"),
    either(0x8501, "security: password"),
    either(0x8502, "security: clear password"),
    reads(0x8701, "time: read clock"),
    changes(0x8702, "time: set clock"),
    reads(0x8703, "time: read clock following"),
    changes(0x8704, "time: set clock following"),
];

/// TPKT header (RFC 1006, 6) and the shortest data TPDU (ISO 8073, 13.7).
const HEADERS: usize = 7;
/// Bytes of a packet that hold its function: of classic user data 7 + 10 + 7, of S7comm-plus with digest 7 + 37 + 5.
const LONGEST_HEAD: usize = 49;
/// Packets looked at in one segment.
const MOST_MESSAGES: usize = 64;

/// The most weighty message of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct S7comm {
    /// Kind of message (ROSCTR): 1 job, 2 acknowledgement, 3 acknowledgement with data, 7 user data; for S7comm-plus
    /// its opcode: 0x31 request, 0x32 response, 0x33 notification, 0 where it cannot be seen.
    pub kind: u8,
    /// Whether it is S7comm-plus.
    pub plus: bool,
    /// The function, see [`super::Protocol::code`].
    pub function: Option<u16>,
    /// What the function can change.
    pub weight: Weight,
    /// Who speaks.
    pub role: Role,
    /// Messages in the segment.
    pub count: u16,
    /// Bytes of the packet with its headers.
    pub size: u32,
}

impl S7comm {
    pub(super) fn summary<'a>(&self) -> Summary<'a> {
        let plain = Summary::new(Application::S7comm, self.role, self.function, self.size);
        Summary { count: self.count, weight: self.weight, ..plain }
    }
}

pub(super) fn inspect(payload: Payload<'_>) -> Inspection<'_> {
    let mut heaviest: Option<S7comm> = None;
    let (mut rest, mut count) = (payload.bytes, 0);
    for _ in 0..MOST_MESSAGES {
        let &[3, 0, high, low, ..] = rest else { break };
        let length = usize::from(u16::from_be_bytes([high, low]));
        if length < HEADERS {
            if heaviest.is_none() {
                return payload.malformed(Application::S7comm, "a packet states a length below its headers'");
            }
            break;
        }
        let (packet, next) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        match read(packet, length, payload.expected) {
            // The rest of this packet is in the next segment.
            Ok(None) if packet.len() < length.min(LONGEST_HEAD) && heaviest.is_none() && payload.expected => {
                let needed = payload.bytes.len() - rest.len() + length.min(LONGEST_HEAD);
                return Inspection::Incomplete { application: Application::S7comm, needed };
            }
            Ok(Some(s7)) => {
                count += 1;
                if heaviest.is_none_or(|heaviest| heaviest.weight < s7.weight) {
                    heaviest = Some(s7);
                }
            }
            Ok(None) => {}
            Err(what) if heaviest.is_none() => return payload.malformed(Application::S7comm, what),
            Err(_) => break,
        }
        rest = next;
    }
    match heaviest {
        Some(s7) => Inspection::Fact(Fact::S7comm(S7comm { count, ..s7 })),
        None => Inspection::Nothing,
    }
}

/// The message of one TPKT packet, of which the first bytes may be all that came.
fn read(packet: &[u8], length: usize, expected: bool) -> Result<Option<S7comm>, &'static str> {
    // Only a plain data TPDU: length 2, code 0xf0, and a number with the mark for the last fragment. Other users of
    // this transport (MMS, remote desktops) are passed by.
    let Some(&[_, _, _, _, 2, 0xf0, _]) = packet.first_chunk::<HEADERS>() else { return Ok(None) };
    let message = &packet[HEADERS..];
    let size = length as u32;
    match message.first() {
        Some(0x32) => classic(message, length - HEADERS, size, expected),
        Some(0x72) if expected && message.len() < (length - HEADERS).min(LONGEST_HEAD - HEADERS) => Ok(None),
        Some(0x72) if expected => Ok(plus(message, size)),
        _ => Ok(None),
    }
}

fn classic(message: &[u8], stated: usize, size: u32, expected: bool) -> Result<Option<S7comm>, &'static str> {
    let (Some(&[_, kind, _, _, _, _, p1, p0, d1, d0]), true) = (message.first_chunk::<10>(), stated >= 10) else {
        return if message.len() < stated { Ok(None) } else { Err("an S7 message is shorter than its header") };
    };
    let (header, role) = match kind {
        1 => (10, Role::Request),
        2 | 3 => (12, Role::Response),
        7 => (10, Role::Unknown),
        _ => return if expected { Err("an S7 message is of a kind that does not exist") } else { Ok(None) },
    };
    let (parameters, data) = (usize::from(u16::from_be_bytes([p1, p0])), usize::from(u16::from_be_bytes([d1, d0])));
    // A message may be spread over several data TPDUs, so that the lengths may lead beyond this one, not stay below it.
    if header + parameters + data < stated || header + parameters > stated {
        return Err("the lengths in an S7 header do not add up to the packet's");
    }
    let bytes = message.get(header..).unwrap_or(&[]);
    let bytes = bytes.get(..parameters).unwrap_or(bytes);
    let (function, role) = match kind {
        7 => user_data(bytes),
        _ => (bytes.first().map(|&function| u16::from(function)), role),
    };
    if function.is_none() && parameters > 0 && message.len() < stated {
        return Ok(None);
    }
    let weight = match function {
        Some(function) => Function::weight(FUNCTIONS, function),
        // An acknowledgement without a function.
        None => Weight::Read,
    };
    Ok(Some(S7comm { kind, plus: false, function, weight, role, count: 1, size }))
}

/// Group, sub-function and direction of user data: a fixed head 00 01 12, length, method, type and group, sub-function.
fn user_data(parameters: &[u8]) -> (Option<u16>, Role) {
    let Some(&[0, 1, 0x12, _, _, kind, sub]) = parameters.first_chunk::<7>() else { return (None, Role::Unknown) };
    let role = match kind >> 4 {
        4 => Role::Request,
        8 => Role::Response,
        _ => Role::Unknown,
    };
    (Some(0x8000 | u16::from(kind & 15) << 8 | u16::from(sub)), role)
}

/// Header: 0x72, version, length; from version 3 on a digest of 32 bytes with its length; opcode, two bytes, function.
fn plus(message: &[u8], size: u32) -> Option<S7comm> {
    let &[_, version, _, _] = message.first_chunk::<4>()?;
    let data = match (version, message.get(4)) {
        (1 | 2, _) => message.get(4..)?,
        (3, Some(&32)) => message.get(37..)?,
        (3 | 0xfe, _) => &[],
        _ => return None,
    };
    let (kind, function) = match (data.first(), be16(data, 3)) {
        (Some(&kind @ (0x31 | 0x32)), Some(function)) => (kind, Some(function)),
        (Some(&0x33), _) => (0x33, None),
        _ => (0, None),
    };
    let role = match kind {
        0x31 => Role::Request,
        0x32 => Role::Response,
        _ => Role::Unknown,
    };
    let weight = match (kind, function) {
        (_, Some(function)) => Function::weight(FUNCTIONS, function),
        (0x33, None) => Weight::Read,
        _ => Weight::Unknown,
    };
    Some(S7comm { kind, plus: true, function, weight, role, count: 1, size })
}
