//! Modbus over TCP.

use blueline_terms::{Application, Weight};

use super::bytes::be16;
use super::function::{Function, changes, either, reads};
use super::{Fact, Inspection, Payload, Protocol, Role, Summary};

pub(super) const PROTOCOL: Protocol = Protocol {
    application: Application::Modbus,
    title: "Modbus/TCP",
    standard: "Modbus Application Protocol V1.1b3, sections 5 and 6; Modbus Messaging on TCP/IP V1.0b, section 3.1.3",
    tcp: &[502],
    udp: &[],
    anywhere: true,
    code: "Function code without the exception bit.",
    functions: FUNCTIONS,
    inspect,
};

/// Modbus Application Protocol V1.1b3, section 5.1 and the subsections of 6 (6.1 read coils to 6.21 read device
/// identification); 90 is Schneider's own, which starts, stops and programs controllers.
const FUNCTIONS: &[Function] = &[
    reads(1, "read coils"),
    reads(2, "read discrete inputs"),
    reads(3, "read holding registers"),
    reads(4, "read input registers"),
    changes(5, "write single coil"),
    changes(6, "write single register"),
    reads(7, "read exception status"),
    either(8, "diagnostics"),
    reads(11, "get communication event counter"),
    reads(12, "get communication event log"),
    changes(15, "write multiple coils"),
    changes(16, "write multiple registers"),
    reads(17, "report server id"),
    reads(20, "read file record"),
    changes(21, "write file record"),
    changes(22, "mask write register"),
    changes(23, "read and write multiple registers"),
    reads(24, "read first-in-first-out queue"),
    either(43, "encapsulated interface transport"),
    either(90, "unity messaging (vendor)"),
];

/// MBAP header without the unit: transaction, protocol, length.
const HEADER: usize = 6;
/// Unit and the largest PDU (section 4.1).
const LARGEST: usize = 254;
/// Messages looked at in one segment; the shortest has 8 bytes.
const MOST_MESSAGES: usize = 256;

/// The most weighty message of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Modbus {
    /// The unit that is spoken to behind the address.
    pub unit: u8,
    /// Function code, without the exception bit.
    pub function: u8,
    /// The exception code, if the function was refused (section 7).
    pub exception: Option<u8>,
    /// What the function can change. For diagnostics (8) and encapsulated transport (43) the sub-function decides.
    pub weight: Weight,
    /// Who speaks, by the port; an exception is always a response.
    pub role: Role,
    /// Messages in the segment.
    pub count: u16,
    /// Bytes of the message, header included.
    pub size: u32,
}

impl Modbus {
    pub(super) fn summary<'a>(&self) -> Summary<'a> {
        let plain = Summary::new(Application::Modbus, self.role, Some(u16::from(self.function)), self.size);
        Summary { count: self.count, weight: self.weight, refused: self.exception.is_some(), ..plain }
    }
}

pub(super) fn inspect(payload: Payload<'_>) -> Inspection<'_> {
    let bytes = payload.bytes;
    let (Some(&[_, _, 0, 0, ..]), Some(length)) = (bytes.first_chunk::<HEADER>(), be16(bytes, 4).map(usize::from))
    else {
        return Inspection::Nothing;
    };
    if !(2..=LARGEST).contains(&length) {
        // A segment in the middle of a message may have two zeros there as well; a function code makes that unlikely.
        if bytes.get(HEADER + 1).is_none_or(|&code| Function::find(FUNCTIONS, u16::from(code)).is_none()) {
            return Inspection::Nothing;
        }
        return payload.malformed(Application::Modbus, "the header states a length outside 2 to 254");
    }
    if !payload.expected && !unmistakable(bytes, length) {
        return Inspection::Nothing;
    }
    let mut heaviest: Option<Modbus> = None;
    let (mut rest, mut count) = (bytes, 0);
    while let Some((message, length, next)) = split(rest)
        && usize::from(count) < MOST_MESSAGES
    {
        count += 1;
        let modbus = read(payload, message, length);
        if heaviest.is_none_or(|heaviest| heaviest.weight < modbus.weight) {
            heaviest = Some(modbus);
        }
        rest = next;
    }
    match heaviest {
        Some(modbus) => Inspection::Fact(Fact::Modbus(Modbus { count, ..modbus })),
        None => Inspection::Incomplete { application: Application::Modbus, needed: HEADER + length },
    }
}

/// The first message: unit and PDU as far as they came, the length stated, and what follows.
fn split(bytes: &[u8]) -> Option<(&[u8], usize, &[u8])> {
    let length = usize::from(be16(bytes, 4)?);
    let behind = bytes.get(HEADER..)?;
    if bytes[2..4] != [0, 0] || !(2..=LARGEST).contains(&length) || behind.len() < 2 {
        return None;
    }
    let (message, next) = behind.split_at_checked(length).unwrap_or((behind, &[]));
    Some((message, length, next))
}

fn read(payload: Payload<'_>, message: &[u8], length: usize) -> Modbus {
    // `split` gives two bytes at least.
    let (unit, code, data) = match *message {
        [unit, code, ref data @ ..] => (unit, code, data),
        _ => (0, 0, &[][..]),
    };
    let function = code & 0x7f;
    let exception = if code & 0x80 != 0 { data.first().copied() } else { None };
    let weight = match (function, data) {
        // 1 restart communications, 4 force listen only, 10 and 20 clear counters (section 6.8.1).
        (8, &[0, 1 | 4 | 10 | 20, ..]) => Weight::StateChanging,
        (8, &[0, _, ..]) => Weight::Read,
        // 14 read device identification (section 6.21).
        (43, &[14, ..]) => Weight::Read,
        _ => Function::weight(FUNCTIONS, u16::from(function)),
    };
    let role = if code & 0x80 != 0 { Role::Response } else { payload.role(PROTOCOL.tcp) };
    Modbus { unit, function, exception, weight, role, count: 1, size: (HEADER + length) as u32 }
}

/// Whether a single message fills the segment and its body has the form that its function prescribes, as a request or
/// as a response.
fn unmistakable(bytes: &[u8], length: usize) -> bool {
    let Some(&[_, code, ref data @ ..]) = bytes.get(HEADER..).filter(|message| message.len() == length) else {
        return false;
    };
    let counted = |from: usize| data.get(from).is_some_and(|&count| data.len() == from + 1 + usize::from(count));
    match code {
        1..=4 => data.len() == 4 && matches!(be16(data, 2), Some(1..=2000)) || data.len() > 1 && counted(0),
        5 => matches!(data, [_, _, 0 | 0xff, 0]),
        6 => data.len() == 4,
        15 | 16 => data.len() == 4 || data.len() > 5 && counted(4),
        22 => data.len() == 6,
        23 => data.len() > 9 && counted(8) || data.len() > 2 && counted(0),
        0x81..=0x98 => matches!(data, [1..=11]),
        _ => false,
    }
}
