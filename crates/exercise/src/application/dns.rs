//! Domain name questions and answers over UDP (RFC 1035, with EDNS as in RFC 6891).

use std::time::Duration;

use blueline_terms::Address;

use super::{Talk, Turn};
use crate::payload::Payload;
use crate::random::Draw;

pub(crate) const PORT: u16 = 53;

pub(super) const A: u16 = 1;
const NS: u16 = 2;
const MX: u16 = 15;
pub(super) const TXT: u16 = 16;
const AAAA: u16 = 28;
const OPT: u16 = 41;
const ANY: u16 = 255;

const HOSTS: [&str; 8] = ["www", "mail", "ns", "news", "map", "status", "files", "time"];

/// Header flags (RFC 1035, section 4.1.1) of a question with recursion desired, and of its authoritative answer.
const QUESTION: u16 = 0x0100;
const ANSWER: u16 = 0x8500;
const NO_SUCH_NAME: u16 = 3;

/// A resolver asks another side's name server.
pub(super) fn question_and_answer(talk: &Talk<'_>, draw: &mut Draw) -> Vec<Turn> {
    let id = draw.bits() as u16;
    let kind = *draw.pick(&[A, A, A, AAAA, AAAA, MX, NS, TXT]);
    // One in fifty asks for something so large that the answer needs fragments.
    let large = draw.chance(0.02);
    let known = large || draw.chance(0.93);
    let name = match (large, known) {
        (true, _) => talk.domain.to_owned(),
        (_, true) => format!("{}{}.{}", draw.pick(&HOSTS), talk.server, talk.domain),
        (_, false) => format!("x{:08x}.{}", draw.bits() as u32, talk.domain),
    };
    let kind = if large { TXT } else { kind };
    let mut asked = header(id, QUESTION, [1, 0, 0, 1]);
    question(&name, kind, &mut asked);
    options(&mut asked);
    let answer = if large {
        texts(id, &name, kind, 2400, draw)
    } else if known {
        Payload::plain(records(id, &name, kind, talk, draw))
    } else {
        let mut out = header(id, ANSWER | NO_SUCH_NAME, [1, 0, 0, 1]);
        question(&name, kind, &mut out);
        options(&mut out);
        Payload::plain(out)
    };
    vec![Turn::ask(Duration::ZERO, Payload::plain(asked)), Turn::answer(draw.millis(1, 90), answer)]
}

/// The answer that a reflector gives to a question for everything it knows.
pub(crate) fn reflected(draw: &mut Draw) -> Payload {
    let size = draw.between(2700, 3600) as usize;
    texts(draw.bits() as u16, "example.org", ANY, size, draw)
}

/// The question that a reflection begins with.
pub(crate) fn reflecting(draw: &mut Draw) -> Payload {
    let mut out = header(draw.bits() as u16, QUESTION, [1, 0, 0, 1]);
    question("example.org", ANY, &mut out);
    options(&mut out);
    Payload::plain(out)
}

/// The question of a flood: a name under this domain that does not exist, so that no cache answers it.
pub(crate) fn no_such_name(domain: &str, draw: &mut Draw) -> Payload {
    Payload::plain(asking(&format!("{:012x}.{domain}", draw.bits() >> 16), A, draw))
}

/// A question of this kind for a name.
pub(super) fn asking(name: &str, kind: u16, draw: &mut Draw) -> Vec<u8> {
    let mut out = header(draw.bits() as u16, QUESTION, [1, 0, 0, 1]);
    question(name, kind, &mut out);
    options(&mut out);
    out
}

/// The answer to a question as [`asking`] makes it: one record with this content, or that there is no such name.
pub(super) fn answering(asked: &[u8], kind: u16, content: Option<&[u8]>) -> Vec<u8> {
    let mut out = asked[..asked.len() - OPTIONS].to_vec();
    let (flags, records) = if content.is_some() { (ANSWER, 1) } else { (ANSWER | NO_SUCH_NAME, 0) };
    out[2..4].copy_from_slice(&flags.to_be_bytes());
    out[7] = records;
    if let Some(content) = content {
        record(kind, 60, content, &mut out);
    }
    options(&mut out);
    out
}

/// A text record's content: strings of at most 255 bytes (RFC 1035, section 3.3.14).
pub(super) fn text(content: &[u8]) -> Vec<u8> {
    content.chunks(255).flat_map(|part| std::iter::once(part.len() as u8).chain(part.iter().copied())).collect()
}

/// An answer of one to three records.
fn records(id: u16, name: &str, kind: u16, talk: &Talk<'_>, draw: &mut Draw) -> Vec<u8> {
    let count = draw.between(1, 3) as u16;
    let mut out = header(id, ANSWER, [1, count, 0, 1]);
    question(name, kind, &mut out);
    for number in 0..count {
        let mut content = Vec::new();
        match kind {
            A => content.extend_from_slice(&address_bytes(talk.server_addresses[0], 4)),
            AAAA => content.extend_from_slice(&address_bytes(talk.server_addresses[1], 16)),
            MX => {
                content.extend_from_slice(&(number * 10).to_be_bytes());
                domain_name(&format!("mail{number}.{}", talk.domain), &mut content);
            }
            NS => domain_name(&format!("ns{number}.{}", talk.domain), &mut content),
            _ => content.extend_from_slice(b"\x0bv=spf1 -all"),
        }
        record(kind, 300 + u32::from(number), &content, &mut out);
    }
    options(&mut out);
    out
}

/// An answer with text records of 255 bytes until it holds at least `size` bytes.
fn texts(id: u16, name: &str, asked: u16, size: usize, draw: &mut Draw) -> Payload {
    let count = size.div_ceil(268) as u16;
    let mut out = header(id, ANSWER, [1, count, 0, 1]);
    question(name, asked, &mut out);
    for _ in 0..count {
        let mut content = vec![255];
        let word = format!("key={:016x};", draw.bits());
        content.extend(word.bytes().cycle().take(255));
        record(TXT, 3600, &content, &mut out);
    }
    options(&mut out);
    Payload::plain(out)
}

fn header(id: u16, flags: u16, counts: [u16; 4]) -> Vec<u8> {
    let mut out = Vec::with_capacity(128);
    for word in [id, flags].into_iter().chain(counts) {
        out.extend_from_slice(&word.to_be_bytes());
    }
    out
}

fn question(name: &str, kind: u16, out: &mut Vec<u8>) {
    domain_name(name, out);
    out.extend_from_slice(&kind.to_be_bytes());
    out.extend_from_slice(&1u16.to_be_bytes());
}

/// A record about the name in the question.
fn record(kind: u16, ttl: u32, content: &[u8], out: &mut Vec<u8>) {
    // A pointer to the first byte behind the header (RFC 1035, section 4.1.4).
    out.extend_from_slice(&[0xc0, 0x0c]);
    out.extend_from_slice(&kind.to_be_bytes());
    out.extend_from_slice(&1u16.to_be_bytes());
    out.extend_from_slice(&ttl.to_be_bytes());
    out.extend_from_slice(&(content.len() as u16).to_be_bytes());
    out.extend_from_slice(content);
}

/// Length of the pseudo-record below.
const OPTIONS: usize = 11;

/// The pseudo-record that allows answers of 4096 bytes (RFC 6891, section 6.1).
fn options(out: &mut Vec<u8>) {
    out.push(0);
    out.extend_from_slice(&OPT.to_be_bytes());
    out.extend_from_slice(&4096u16.to_be_bytes());
    out.extend_from_slice(&[0; 6]);
}

fn domain_name(name: &str, out: &mut Vec<u8>) {
    for label in name.split('.').filter(|label| !label.is_empty()) {
        // The scenario's domains are checked to have labels of at most 63 bytes; those added here are shorter.
        out.push(label.len().min(63) as u8);
        out.extend_from_slice(&label.as_bytes()[..label.len().min(63)]);
    }
    out.push(0);
}

/// The address in `length` bytes; the IPv4-mapped form where an IPv4 address is to fill sixteen.
fn address_bytes(address: Address, length: usize) -> Vec<u8> {
    address.bits().to_be_bytes()[16 - length..].to_vec()
}
