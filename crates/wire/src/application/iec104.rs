//! IEC 60870-5-104: telecontrol over TCP.

use blueline_terms::{Application, Weight};

use super::function::{Function, changes, either, reads};
use super::{Fact, Inspection, Payload, Protocol, Role, Summary};

pub(super) const PROTOCOL: Protocol = Protocol {
    application: Application::Iec104,
    title: "IEC 60870-5-104",
    standard: "IEC 60870-5-104, clauses 5 and 8; types and causes IEC 60870-5-101, clauses 7.2.1 and 7.2.3",
    tcp: &[2404],
    udp: &[],
    anywhere: true,
    code: "Type identification of frames with data; 0x0100 + first control octet for frames that start, stop or \
           test; none for frames that only acknowledge.",
    functions: FUNCTIONS,
    inspect,
};

/// IEC 60870-5-101, 7.2.1, tables 8 to 12, and IEC 60870-5-104, 8.
const FUNCTIONS: &[Function] = &[
    reads(1, "single-point information"),
    reads(2, "single-point information with time"),
    reads(3, "double-point information"),
    reads(4, "double-point information with time"),
    reads(5, "step position"),
    reads(6, "step position with time"),
    reads(7, "bit string"),
    reads(8, "bit string with time"),
    reads(9, "measured value, normalised"),
    reads(10, "measured value, normalised, with time"),
    reads(11, "measured value, scaled"),
    reads(12, "measured value, scaled, with time"),
    reads(13, "measured value, floating point"),
    reads(14, "measured value, floating point, with time"),
    reads(15, "integrated totals"),
    reads(16, "integrated totals with time"),
    reads(17, "event of protection equipment"),
    reads(18, "start events of protection equipment"),
    reads(19, "output circuit information of protection equipment"),
    reads(20, "packed single points with change detection"),
    reads(21, "measured value, normalised, without quality"),
    reads(30, "single-point information with long time"),
    reads(31, "double-point information with long time"),
    reads(32, "step position with long time"),
    reads(33, "bit string with long time"),
    reads(34, "measured value, normalised, with long time"),
    reads(35, "measured value, scaled, with long time"),
    reads(36, "measured value, floating point, with long time"),
    reads(37, "integrated totals with long time"),
    reads(38, "event of protection equipment with long time"),
    reads(39, "start events of protection equipment with long time"),
    reads(40, "output circuit information of protection equipment with long time"),
    changes(45, "single command"),
    changes(46, "double command"),
    changes(47, "regulating step command"),
    changes(48, "set point, normalised"),
    changes(49, "set point, scaled"),
    changes(50, "set point, floating point"),
    changes(51, "bit string command"),
    changes(58, "single command with time"),
    changes(59, "double command with time"),
    changes(60, "regulating step command with time"),
    changes(61, "set point, normalised, with time"),
    changes(62, "set point, scaled, with time"),
    changes(63, "set point, floating point, with time"),
    changes(64, "bit string command with time"),
    reads(70, "end of initialisation"),
    reads(100, "interrogation command"),
    either(101, "counter interrogation command"),
    reads(102, "read command"),
    changes(103, "clock synchronisation command"),
    reads(104, "test command"),
    changes(105, "reset process command"),
    reads(106, "delay acquisition command"),
    reads(107, "test command with time"),
    changes(110, "parameter, normalised"),
    changes(111, "parameter, scaled"),
    changes(112, "parameter, floating point"),
    changes(113, "parameter activation"),
    reads(120, "file ready"),
    reads(121, "section ready"),
    either(122, "call or select file or section"),
    reads(123, "last section or segment"),
    reads(124, "acknowledge file or section"),
    either(125, "segment of a file"),
    reads(126, "directory"),
    reads(127, "query log"),
    reads(0x0107, "start data transfer"),
    reads(0x010b, "start data transfer confirmed"),
    reads(0x0113, "stop data transfer"),
    reads(0x0123, "stop data transfer confirmed"),
    reads(0x0143, "test frame"),
    reads(0x0183, "test frame confirmed"),
];

/// Start and length octets.
const START: usize = 2;
/// Frames looked at in one segment; the shortest has 6 bytes.
const MOST_FRAMES: usize = 256;

/// Kinds of frame (IEC 60870-5-104, 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// I: numbered, with data.
    Information,
    /// S: acknowledges only.
    Supervisory,
    /// U: starts, stops or tests.
    Unnumbered,
}

/// The first command of a segment, or else its most weighty frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Iec104 {
    /// Kind of frame.
    pub format: Format,
    /// Type identification of the data; for unnumbered frames the control octet.
    pub kind: Option<u8>,
    /// Cause of transmission, without its upper two bits: 3 spontaneous, 6 activation, 7 its confirmation, 20
    /// interrogated (IEC 60870-5-101, 7.2.3).
    pub cause: Option<u8>,
    /// Whether the frame refuses what was asked (the P/N bit).
    pub negative: bool,
    /// Whether it is marked as a test.
    pub test: bool,
    /// What it can change. Confirmations of a command weigh as much as the command.
    pub weight: Weight,
    /// Who speaks, by the cause of transmission, else by the port.
    pub role: Role,
    /// Frames in the segment.
    pub count: u16,
    /// Bytes of the frame.
    pub size: u32,
}

impl Iec104 {
    fn code(&self) -> Option<u16> {
        let kind = u16::from(self.kind?);
        Some(if self.format == Format::Unnumbered { 0x0100 | kind } else { kind })
    }

    /// What is told first when a segment holds several frames: weight, then data before control.
    fn rank(&self) -> (Weight, bool, bool) {
        (self.weight, self.format == Format::Information, self.format == Format::Unnumbered)
    }

    pub(super) fn summary<'a>(&self) -> Summary<'a> {
        let plain = Summary::new(Application::Iec104, self.role, self.code(), self.size);
        Summary { count: self.count, weight: self.weight, refused: self.negative, ..plain }
    }
}

pub(super) fn inspect(payload: Payload<'_>) -> Inspection<'_> {
    let mut heaviest: Option<Iec104> = None;
    let (mut rest, mut count) = (payload.bytes, 0);
    while usize::from(count) < MOST_FRAMES
        && let &[0x68, length, ref behind @ ..] = rest
    {
        let length = usize::from(length);
        if !(4..=253).contains(&length) {
            if heaviest.is_none() {
                return payload.malformed(Application::Iec104, "a frame states a length outside 4 to 253");
            }
            break;
        }
        let (frame, next) = behind.split_at_checked(length).unwrap_or((behind, &[]));
        match read(payload, frame, length) {
            Some(frame) => {
                count += 1;
                if heaviest.is_none_or(|heaviest| heaviest.rank() < frame.rank()) {
                    heaviest = Some(frame);
                }
            }
            // The rest of this frame is in the next segment.
            None if frame.len() < length && heaviest.is_none() && payload.expected => {
                return Inspection::Incomplete { application: Application::Iec104, needed: START + length };
            }
            None if frame.len() < length => break,
            None if heaviest.is_none() => {
                return payload.malformed(
                    Application::Iec104,
                    "a frame's control field or data header is not one of the standard's",
                );
            }
            None => break,
        }
        rest = next;
    }
    match heaviest {
        // Where the port says nothing, the frames must fill the segment and be known to the last one.
        Some(frame) if payload.expected || rest.is_empty() && whole(payload.bytes) => {
            Inspection::Fact(Fact::Iec104(Iec104 { count, ..frame }))
        }
        _ => Inspection::Nothing,
    }
}

/// Whether the frames' lengths add up to the segment.
fn whole(mut bytes: &[u8]) -> bool {
    while let &[0x68, length, ref behind @ ..] = bytes {
        match behind.get(usize::from(length)..) {
            Some(next) => bytes = next,
            None => return false,
        }
    }
    bytes.is_empty()
}

/// Whether a command holds one object, as commands do, and no more or less than that (IEC 60870-5-101, 7.3.2 to 7.3.5).
/// Of other types it cannot be said. Seldom does noise look like that.
fn is_whole_command(kind: u8, frame: &[u8]) -> bool {
    let element = match kind {
        45..=47 | 100 | 101 | 105 | 113 => 1,
        48 | 49 | 110 | 111 => 3,
        51 => 4,
        50 | 112 => 5,
        58..=60 => 8,
        61 | 62 => 10,
        64 => 11,
        63 => 12,
        103 => 7,
        _ => return true,
    };
    // Control field, then type, number, cause with originator, common address, then the object's address of three octets.
    frame.len() == 4 + 6 + 3 + element && frame.get(5) == Some(&1)
}

/// One frame behind its start and length, if control field and data header are of the standard.
fn read(payload: Payload<'_>, frame: &[u8], length: usize) -> Option<Iec104> {
    let &[one, two, three, four] = frame.first_chunk::<4>()?;
    let plain = Iec104 {
        format: Format::Supervisory,
        kind: None,
        cause: None,
        negative: false,
        test: false,
        weight: Weight::Read,
        role: payload.role(PROTOCOL.tcp),
        count: 1,
        size: (START + length) as u32,
    };
    match one & 3 {
        1 => (length == 4 && one == 1 && two == 0 && three & 1 == 0).then_some(plain),
        3 => {
            let (act, con) = (matches!(one, 0x07 | 0x13 | 0x43), matches!(one, 0x0b | 0x23 | 0x83));
            let role = if act { Role::Request } else { Role::Response };
            let unnumbered = Iec104 { format: Format::Unnumbered, kind: Some(one), role, ..plain };
            (length == 4 && (act || con) && [two, three, four] == [0; 3]).then_some(unnumbered)
        }
        _ => {
            // Type, number of objects, cause, originator, common address of two octets (IEC 60870-5-104, 7).
            let &[kind, _, cause, ..] = frame.get(4..)?.first_chunk::<6>()?;
            let function = Function::find(FUNCTIONS, u16::from(kind));
            let known = payload.expected || function.is_some() && is_whole_command(kind, frame);
            if three & 1 != 0 || kind == 0 || cause & 0x3f == 0 || !known {
                return None;
            }
            let role = match cause & 0x3f {
                6 | 8 => Role::Request,
                7 | 9 | 10 | 44..=47 => Role::Response,
                _ => plain.role,
            };
            Some(Iec104 {
                format: Format::Information,
                kind: Some(kind),
                cause: Some(cause & 0x3f),
                negative: cause & 0x40 != 0,
                test: cause & 0x80 != 0,
                weight: function.map_or(Weight::Unknown, |function| function.weight),
                role,
                ..plain
            })
        }
    }
}
