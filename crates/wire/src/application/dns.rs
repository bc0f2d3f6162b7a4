//! DNS over UDP and TCP, multicast DNS (RFC 6762) and LLMNR (RFC 4795).

use blueline_terms::Application;

use super::bytes::be16;
use super::name::{self, NameFault};
use super::{Fact, Inspection, Name, Payload, Protocol, Role, Summary};

pub(super) const PROTOCOL: Protocol = Protocol {
    application: Application::Dns,
    title: "Domain Name System",
    standard: "RFC 1035; EDNS RFC 6891; multicast RFC 6762; LLMNR RFC 4795",
    tcp: &[53, 5353, 5355],
    udp: &[53, 5353, 5355],
    anywhere: true,
    code: "Type of the question, or of the first record where a message asks nothing (IANA DNS RR TYPEs).",
    functions: &[],
    inspect,
};

/// Length of the message header (RFC 1035, 4.1.1).
const HEADER: usize = 12;
/// Entries looked at in one message: enough for any answer that fits a datagram, and a bound for zone transfers.
const MOST_ENTRIES: usize = 512;
/// Response codes that turn a question down (RFC 1035, 4.1.1).
const NAME_ERROR: u8 = 3;
const REFUSED: u8 = 5;
/// The pseudo-record that carries EDNS (RFC 6891, 6.1.1).
const OPT: u16 = 41;

/// The facts of one DNS message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dns<'a> {
    /// The first question's name; where a message asks nothing, the first record's owner.
    pub name: Option<Name<'a>>,
    /// The first question's type, or the first record's; 0 where there is neither.
    pub question_type: u16,
    /// The class that goes with it, without the top bit that multicast DNS uses as a flag.
    pub question_class: u16,
    /// Kind of query (RFC 1035, 4.1.1): 0 standard, 4 notify, 5 update.
    pub opcode: u8,
    /// Response code, without the upper bits that EDNS adds.
    pub response_code: u8,
    /// Whether it is a response.
    pub response: bool,
    /// Whether the sender cut it to fit.
    pub truncated: bool,
    /// Whether it asks for recursion.
    pub recursion_desired: bool,
    /// Questions that the header claims.
    pub questions: u16,
    /// Answer records that the header claims.
    pub answers: u16,
    /// Authority records that the header claims.
    pub authorities: u16,
    /// Additional records that the header claims.
    pub additionals: u16,
    /// The largest UDP message that the sender takes (RFC 6891, 6.2.3); `None` without EDNS.
    pub edns_size: Option<u16>,
    /// Distinct types of the answers in order of appearance, the first `answer_type_count` of these.
    pub answer_types: [u16; 4],
    /// How many of `answer_types` are set.
    pub answer_type_count: u8,
    /// Whether everything that the header claims was there and was looked at.
    pub complete: bool,
    /// Bytes of the message.
    pub size: u32,
}

impl<'a> Dns<'a> {
    pub(super) fn summary(&self) -> Summary<'a> {
        let role = if self.response { Role::Response } else { Role::Request };
        let code = (self.name.is_some()).then_some(self.question_type);
        let refused = self.response && matches!(self.response_code, NAME_ERROR | REFUSED);
        Summary { name: self.name, refused, ..Summary::new(Application::Dns, role, code, self.size) }
    }

    /// The types among the answers, the first four distinct ones.
    pub fn answer_types(&self) -> &[u16] {
        self.answer_types.get(..usize::from(self.answer_type_count)).unwrap_or(&[])
    }
}

pub(super) fn inspect(payload: Payload<'_>) -> Inspection<'_> {
    if payload.datagram { in_datagram(payload) } else { in_stream(payload) }
}

fn in_datagram(payload: Payload<'_>) -> Inspection<'_> {
    let bytes = payload.bytes;
    if payload.expected {
        return match read(bytes) {
            Ok((dns, _)) => Inspection::Fact(Fact::Dns(dns)),
            Err(NameFault::Cut) => payload.malformed(Application::Dns, "the message ends before its question does"),
            Err(NameFault::Bad(what)) => payload.malformed(Application::Dns, what),
        };
    }
    // Anywhere else the whole message must add up: a common kind of question, and not a byte left over.
    if !plausible(bytes) {
        return Inspection::Nothing;
    }
    match read(bytes) {
        Ok((dns, end)) if dns.complete && end == bytes.len() && common(&dns) => Inspection::Fact(Fact::Dns(dns)),
        _ => Inspection::Nothing,
    }
}

/// Over TCP two bytes of length stand before each message (RFC 1035, 4.2.2); only the first message is read.
fn in_stream(payload: Payload<'_>) -> Inspection<'_> {
    let nothing = Inspection::Nothing;
    let Some(length) = be16(payload.bytes, 0).map(usize::from) else { return nothing };
    let message = payload.bytes.get(2..).unwrap_or(&[]);
    let incomplete = Inspection::Incomplete { application: Application::Dns, needed: 2 + length };
    if length < HEADER {
        return nothing;
    }
    if message.is_empty() {
        // Some senders write the length by itself.
        return incomplete;
    }
    // A segment may begin in the middle of a message, so that a header which looks wrong is most likely none.
    if !plausible(message) {
        return nothing;
    }
    match read(message.get(..length).unwrap_or(message)) {
        Ok((dns, _)) => Inspection::Fact(Fact::Dns(Dns { size: length as u32, ..dns })),
        Err(NameFault::Cut) if message.len() < length => incomplete,
        Err(_) if message.len() != length => nothing,
        Err(NameFault::Cut) => Inspection::Malformed(Application::Dns, "the message ends before its question does"),
        Err(NameFault::Bad(what)) => Inspection::Malformed(Application::Dns, what),
    }
}

/// Whether a header looks like one on a port that promises nothing: an opcode in use, the reserved bit clear, few
/// questions, and no answers in a query.
fn plausible(message: &[u8]) -> bool {
    let Some(&[_, _, high, low, q1, q0, a1, a0, n1, n0, ..]) = message.first_chunk::<HEADER>() else { return false };
    let (opcode, response) = (high >> 3 & 15, high & 0x80 != 0);
    let (questions, answers) = (u16::from_be_bytes([q1, q0]), u16::from_be_bytes([a1, a0]));
    let authorities = u16::from_be_bytes([n1, n0]);
    let shape =
        if response { questions <= 1 } else { questions == 1 && (opcode != 0 || answers == 0 && authorities <= 1) };
    matches!(opcode, 0 | 4 | 5) && low & 0x40 == 0 && shape && u32::from(questions) + u32::from(answers) > 0
}

/// Whether the question is of a kind that resolvers ask.
fn common(dns: &Dns<'_>) -> bool {
    matches!(dns.question_type, 1..=110 | 249..=260 | 32768 | 32769) && matches!(dns.question_class, 1 | 3 | 255)
}

/// Reads a message from its header on, and says where it ended. Fails only where the header, or the name and type that
/// the facts need, cannot be read; later entries that cannot be read just leave it incomplete.
fn read(message: &[u8]) -> Result<(Dns<'_>, usize), NameFault> {
    let word = |at| be16(message, at).ok_or(NameFault::Cut);
    let flags = word(2)?;
    let [questions, answers, authorities, additionals] = [word(4)?, word(6)?, word(8)?, word(10)?];
    let mut dns = Dns {
        name: None,
        question_type: 0,
        question_class: 0,
        opcode: (flags >> 11 & 15) as u8,
        response_code: (flags & 15) as u8,
        response: flags & 0x8000 != 0,
        truncated: flags & 0x0200 != 0,
        recursion_desired: flags & 0x0100 != 0,
        questions,
        answers,
        authorities,
        additionals,
        edns_size: None,
        answer_types: [0; 4],
        answer_type_count: 0,
        complete: true,
        size: u32::try_from(message.len()).unwrap_or(u32::MAX),
    };
    let claimed = [questions, answers, authorities, additionals].map(usize::from).iter().sum::<usize>();
    if claimed > 0 {
        let end = name::walk(message, HEADER, |_| {})?;
        dns.name = Some(Name::Labels { message, offset: HEADER as u16 });
        dns.question_type = word(end)?;
        dns.question_class = word(end + 2)? & 0x7fff;
    }
    let mut at = HEADER;
    for entry in 0..claimed {
        let next = if entry < MOST_ENTRIES { read_entry(message, at, entry, &mut dns) } else { None };
        let Some(next) = next else {
            dns.complete = false;
            break;
        };
        at = next;
    }
    Ok((dns, at))
}

/// Takes note of the entry at `at`, a question or a record, and says where the next one begins.
fn read_entry(message: &[u8], at: usize, entry: usize, dns: &mut Dns<'_>) -> Option<usize> {
    let end = skip_name(message, at)?;
    let (kind, class) = (be16(message, end)?, be16(message, end + 2)?);
    let Some(record) = entry.checked_sub(usize::from(dns.questions)) else {
        return Some(end + 4);
    };
    let next = end + 10 + usize::from(be16(message, end + 8)?);
    if next > message.len() {
        return None;
    }
    if record < usize::from(dns.answers) {
        dns.add_answer(kind);
    } else if kind == OPT {
        dns.edns_size = Some(class);
    }
    Some(next)
}

impl Dns<'_> {
    fn add_answer(&mut self, kind: u16) {
        if !self.answer_types().contains(&kind)
            && let Some(free) = self.answer_types.get_mut(usize::from(self.answer_type_count))
        {
            *free = kind;
            self.answer_type_count += 1;
        }
    }
}

/// Where the bytes after the name at `at` begin. Pointers are not followed, so that a message is read in one pass.
fn skip_name(message: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let length = usize::from(*message.get(at)?);
        match length >> 6 {
            0 if length == 0 => return Some(at + 1),
            0 => at += 1 + length,
            3 => return Some(at + 2),
            _ => return None,
        }
    }
}
