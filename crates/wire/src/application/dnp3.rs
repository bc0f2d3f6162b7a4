//! Distributed Network Protocol, version 3, over TCP and UDP.

use blueline_terms::{Application, Weight};

use super::bytes::le16;
use super::function::{Function, changes, either, reads};
use super::{Fact, Inspection, Payload, Protocol, Role, Summary};

pub(super) const PROTOCOL: Protocol = Protocol {
    application: Application::Dnp3,
    title: "DNP3",
    standard: "IEEE 1815-2012, clauses 4 (application), 8 (transport), 9 (data link) and 13 (networks)",
    tcp: &[20000],
    udp: &[20000],
    anywhere: true,
    code: "Application function code; none for frames that carry none.",
    functions: FUNCTIONS,
    inspect,
};

/// IEEE 1815-2012, clause 4.4 (function codes).
const FUNCTIONS: &[Function] = &[
    reads(0, "confirm"),
    reads(1, "read"),
    changes(2, "write"),
    changes(3, "select"),
    changes(4, "operate"),
    changes(5, "direct operate"),
    changes(6, "direct operate, no response"),
    changes(7, "immediate freeze"),
    changes(8, "immediate freeze, no response"),
    changes(9, "freeze and clear"),
    changes(10, "freeze and clear, no response"),
    changes(11, "freeze at time"),
    changes(12, "freeze at time, no response"),
    changes(13, "cold restart"),
    changes(14, "warm restart"),
    changes(15, "initialise data"),
    changes(16, "initialise application"),
    changes(17, "start application"),
    changes(18, "stop application"),
    changes(19, "save configuration"),
    changes(20, "enable unsolicited responses"),
    changes(21, "disable unsolicited responses"),
    changes(22, "assign class"),
    reads(23, "delay measurement"),
    reads(24, "record current time"),
    either(25, "open file"),
    reads(26, "close file"),
    changes(27, "delete file"),
    reads(28, "get file information"),
    reads(29, "authenticate file"),
    either(30, "abort file transfer"),
    changes(31, "activate configuration"),
    reads(32, "authentication request"),
    reads(33, "authentication request, no response"),
    reads(129, "response"),
    reads(130, "unsolicited response"),
    reads(131, "authentication response"),
];

/// Start, length, control, destination, source, checksum (clause 9.2.4.1).
const HEADER: usize = 10;
/// What the length field counts besides user data: control and both addresses.
const COUNTED: usize = 5;
/// Frames looked at in one payload.
const MOST_FRAMES: usize = 64;

/// The most weighty frame of a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dnp3 {
    /// Application function; `None` for frames of the link alone and for later segments of a message.
    pub function: Option<u8>,
    /// Whether it comes from the master (the direction bit).
    pub from_master: bool,
    /// Link address of the receiver.
    pub destination: u16,
    /// Link address of the sender.
    pub source: u16,
    /// What the function can change.
    pub weight: Weight,
    /// Frames in the payload.
    pub count: u16,
    /// Bytes of the frame with its checksums.
    pub size: u32,
}

impl Dnp3 {
    fn role(&self) -> Role {
        match self.function {
            Some(0) | None => Role::Unknown,
            Some(129..=131) => Role::Response,
            Some(_) => Role::Request,
        }
    }

    pub(super) fn summary<'a>(&self) -> Summary<'a> {
        let plain = Summary::new(Application::Dnp3, self.role(), self.function.map(u16::from), self.size);
        Summary { count: self.count, weight: self.weight, ..plain }
    }
}

pub(super) fn inspect(payload: Payload<'_>) -> Inspection<'_> {
    let mut heaviest: Option<Dnp3> = None;
    let (mut rest, mut count) = (payload.bytes, 0);
    while usize::from(count) < MOST_FRAMES
        && let Some(header @ &[0x05, 0x64, ..]) = rest.first_chunk::<HEADER>()
    {
        if checksum(&header[..8]) != u16::from_le_bytes([header[8], header[9]]) {
            if heaviest.is_none() {
                return payload.malformed(Application::Dnp3, "the checksum of a link header is wrong");
            }
            break;
        }
        let Some(user) = usize::from(header[2]).checked_sub(COUNTED) else {
            return payload.malformed(Application::Dnp3, "a link header states a length below 5");
        };
        // Each block of up to 16 bytes of user data has a checksum of two bytes.
        let size = HEADER + user + user.div_ceil(16) * 2;
        let behind = rest.get(HEADER..).unwrap_or(&[]);
        if carries(header, user) && behind.len() < 3 && heaviest.is_none() && !payload.datagram {
            return incomplete(HEADER + 3);
        }
        let frame = read(header, behind, user, size);
        count += 1;
        if heaviest.is_none_or(|heaviest| {
            (heaviest.weight, heaviest.function.is_some()) < (frame.weight, frame.function.is_some())
        }) {
            heaviest = Some(frame);
        }
        rest = rest.get(size..).unwrap_or(&[]);
    }
    match heaviest {
        Some(frame) => Inspection::Fact(Fact::Dnp3(Dnp3 { count, ..frame })),
        None if payload.bytes.len() < HEADER
            && payload.expected
            && payload.bytes.starts_with(&[0x05, 0x64])
            && !payload.datagram =>
        {
            incomplete(HEADER)
        }
        None => Inspection::Nothing,
    }
}

fn incomplete<'a>(needed: usize) -> Inspection<'a> {
    Inspection::Incomplete { application: Application::Dnp3, needed }
}

/// Whether a frame carries a transport octet and an application header: primary frames 3 and 4 do (clause
/// 9.2.4.1.3.4).
fn carries(header: &[u8; HEADER], user: usize) -> bool {
    header[3] & 0x40 != 0 && matches!(header[3] & 0x0f, 3 | 4) && user >= 3
}

fn read(header: &[u8; HEADER], behind: &[u8], user: usize, size: usize) -> Dnp3 {
    // Only the segment that the transport octet marks FIR begins with an application header: control, function.
    let (function, weight) = match *behind {
        _ if !carries(header, user) => (None, Weight::Read),
        [transport, _, function, ..] if transport & 0x40 != 0 => {
            (Some(function), Function::weight(FUNCTIONS, u16::from(function)))
        }
        [_, _, _, ..] => (None, Weight::Read),
        _ => (None, Weight::Unknown),
    };
    Dnp3 {
        function,
        from_master: header[3] & 0x80 != 0,
        destination: le16(header, 4).unwrap_or(0),
        source: le16(header, 6).unwrap_or(0),
        weight,
        count: 1,
        size: size as u32,
    }
}

/// The checksum of the link layer (clause 9.2.4.1.6): CRC with the polynomial 0x3d65, reflected, inverted.
fn checksum(bytes: &[u8]) -> u16 {
    !bytes.iter().fold(0, |crc, &byte| crc >> 8 ^ CHECKSUMS[usize::from((crc ^ u16::from(byte)) & 0xff)])
}

static CHECKSUMS: [u16; 256] = {
    let mut table = [0; 256];
    let mut n = 0;
    while n < 256 {
        let (mut crc, mut bit) = (n as u16, 0);
        while bit < 8 {
            crc = if crc & 1 != 0 { crc >> 1 ^ 0xa6bc } else { crc >> 1 };
            bit += 1;
        }
        table[n] = crc;
        n += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksum_has_the_check_value_of_its_kind() {
        // The customary check value of CRC-16/DNP.
        assert_eq!(checksum(b"123456789"), 0xea82);
    }
}
