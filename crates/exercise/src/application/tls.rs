//! Web pages over TLS 1.3 (RFC 8446): the hellos in full, everything behind them as records of noise.

use std::time::Duration;

use blueline_terms::Moment;

use super::{Dialogue, Talk, Turn};
use crate::payload::Payload;
use crate::random::Draw;

const HANDSHAKE: u8 = 22;
const APPLICATION_DATA: u8 = 23;
/// A change-cipher-spec record, sent for the sake of middleboxes (RFC 8446, appendix D.4).
const CHANGE_CIPHER_SPEC: [u8; 6] = [20, 3, 3, 0, 1, 1];
/// The largest record's content (RFC 8446, section 5.2: 2^14 and the tag's 16 bytes and the content type).
const LARGEST_RECORD: usize = 16_384 + 17;

/// What a kind of client offers, in its own order.
struct Client {
    ciphers: &'static [u16],
    groups: &'static [u16],
    signatures: &'static [u16],
    protocols: &'static [&'static str],
    /// Whether it mixes in reserved values (RFC 8701).
    grease: bool,
    /// Extensions without content of their own here: type and bytes.
    extras: &'static [(u16, &'static [u8])],
}

/// Three kinds of client: two browsers and a command-line tool.
const CLIENTS: [Client; 3] = [
    Client {
        ciphers: &[
            0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d,
            0x002f, 0x0035,
        ],
        groups: &[0x001d, 0x0017, 0x0018],
        signatures: &[0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601],
        protocols: &["h2", "http/1.1"],
        grease: true,
        extras: &[(23, &[]), (0xff01, &[0]), (35, &[]), (18, &[]), (5, &[1, 0, 0, 0, 0]), (27, &[2, 0, 2])],
    },
    Client {
        ciphers: &[
            0x1301, 0x1303, 0x1302, 0xc02b, 0xc02f, 0xcca9, 0xcca8, 0xc02c, 0xc030, 0xc00a, 0xc009, 0xc013, 0xc014,
            0x009c, 0x009d, 0x002f, 0x0035,
        ],
        groups: &[0x001d, 0x0017, 0x0018, 0x0019, 0x0100, 0x0101],
        signatures: &[0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201],
        protocols: &["h2", "http/1.1"],
        grease: false,
        extras: &[(23, &[]), (0xff01, &[0]), (35, &[]), (5, &[1, 0, 0, 0, 0]), (28, &[0x40, 0x01])],
    },
    Client {
        ciphers: &[0x1302, 0x1303, 0x1301, 0xc02c, 0xc030, 0xc02b, 0xc02f, 0x009d, 0x009c, 0x00ff],
        groups: &[0x001d, 0x0017, 0x001e, 0x0019, 0x0018],
        signatures: &[0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601],
        protocols: &["http/1.1"],
        grease: false,
        extras: &[(22, &[]), (23, &[])],
    },
];

/// One visit: the handshake, then a few requests and their answers.
pub(super) fn page(talk: &Talk<'_>, draw: &mut Draw) -> Vec<Turn> {
    // A host runs the same client at every visit.
    let mut turns = opening((talk.client % 3) as usize, &talk.server_name(), None, draw);
    for request in 0..draw.between(1, 4) {
        let think = if request == 0 { draw.millis(0, 5) } else { draw.millis(20, 2500) };
        let asked = draw.between(90, 700) as usize;
        turns.push(Turn::ask(think, record(Vec::new(), asked, draw)));
        // Most answers are small, some are large.
        let magnitude = draw.between(0, 7);
        let size = draw.between(200, 900) << magnitude;
        for (number, part) in parts(talk.bulk(size)).enumerate() {
            let wait = if number == 0 { draw.millis(2, 60) } else { Duration::ZERO };
            turns.push(Turn::answer(wait, record(Vec::new(), part, draw)));
        }
    }
    // The alert that says goodbye.
    turns.push(Turn::ask(draw.millis(5, 3000), record(Vec::new(), 19, draw)));
    turns
}

/// A handshake, a short question, a short answer, a goodbye.
pub(super) fn short(name: &str, asked: usize, answered: usize, draw: &mut Draw) -> Vec<Turn> {
    // Who comes again finds the same certificate.
    let mut turns = opening(2, name, Some(certificate(name)), draw);
    turns.push(Turn::ask(draw.millis(0, 5), record(Vec::new(), asked, draw)));
    turns.push(Turn::answer(draw.millis(2, 60), record(Vec::new(), answered, draw)));
    turns.push(Turn::ask(draw.millis(5, 50), record(Vec::new(), 19, draw)));
    turns
}

/// An upload that goes on at its rate until all is told or its time is over.
pub(crate) struct Upload {
    opening: std::vec::IntoIter<Turn>,
    left: u64,
    /// Content of the next record, and the time between two.
    part: usize,
    every: Duration,
    /// When the first record was due, and how many have been told.
    began: Option<Moment>,
    told: u32,
    end: Moment,
}

impl Upload {
    pub(crate) fn new(name: &str, bytes: u64, bytes_per_second: f64, end: Moment, draw: &mut Draw) -> Self {
        // A slow upload says little at a time, about once a second.
        let part = (bytes_per_second.min(16_384.0) as usize).max(1);
        let every = Duration::from_secs_f64(part as f64 / bytes_per_second);
        Self { opening: opening(2, name, None, draw).into_iter(), left: bytes, part, every, began: None, told: 0, end }
    }
}

impl Dialogue for Upload {
    fn next(&mut self, now: Moment, draw: &mut Draw) -> Option<Turn> {
        if let Some(turn) = Iterator::next(&mut self.opening) {
            return Some(turn);
        }
        if now >= self.end || self.left == 0 {
            return None;
        }
        let part = self.left.min(self.part as u64);
        self.left -= part;
        // Each record has its own moment, so that what sending takes does not add up.
        let began = *self.began.get_or_insert(now);
        self.told = self.told.saturating_add(1);
        let wait = began.plus(self.every.saturating_mul(self.told)).since(now);
        Some(Turn::ask(wait, record(Vec::new(), part as usize + 17, draw)))
    }
}

/// The handshake of one of the kinds of client.
pub(super) fn opening(client: usize, name: &str, certificate: Option<usize>, draw: &mut Draw) -> Vec<Turn> {
    let client = &CLIENTS[client % 3];
    let session = draw.bytes::<32>();
    let mut turns = vec![Turn::ask(Duration::ZERO, Payload::plain(client_hello(client, name, session, draw)))];
    let mut answer =
        server_hello(session, client.ciphers.iter().copied().find(|c| c >> 8 == 0x13).unwrap_or(0x1301), draw);
    answer.extend_from_slice(&CHANGE_CIPHER_SPEC);
    turns.push(Turn::answer(draw.millis(1, 15), Payload::plain(answer)));
    // Encrypted extensions, certificate, its proof and the finish, in one record.
    let certificate = certificate.unwrap_or_else(|| draw.between(1900, 4200) as usize);
    turns.push(Turn::answer(Duration::ZERO, record(Vec::new(), certificate, draw)));
    turns.push(Turn::ask(draw.millis(1, 8), record(CHANGE_CIPHER_SPEC.to_vec(), 53, draw)));
    turns
}

/// Bytes of a server's certificate chain with what goes around it: the same at each visit.
fn certificate(name: &str) -> usize {
    let mixed = name.bytes().fold(7919u32, |mixed, byte| (mixed ^ u32::from(byte)).wrapping_mul(16_777_619));
    1900 + (mixed >> 8) as usize % 2301
}

/// An application data record with `length` bytes of content behind whatever comes before it.
fn record(mut before: Vec<u8>, length: usize, draw: &mut Draw) -> Payload {
    let length = length.min(LARGEST_RECORD);
    before.extend_from_slice(&[APPLICATION_DATA, 3, 3]);
    before.extend_from_slice(&(length as u16).to_be_bytes());
    Payload::noisy(before, length, draw)
}

/// Record contents that hold `size` bytes.
fn parts(size: usize) -> impl Iterator<Item = usize> {
    let whole = size / 16_384;
    let rest = size % 16_384;
    std::iter::repeat_n(LARGEST_RECORD, whole).chain((rest > 0).then_some(rest + 17))
}

fn client_hello(client: &Client, name: &str, session: [u8; 32], draw: &mut Draw) -> Vec<u8> {
    // Reserved values are 0x0a0a, 0x1a1a and so on; lists and extensions use different ones.
    let grease = [0, 1, 2].map(|n| 0x0a0a_u16.wrapping_add(0x1010 * ((draw.below(5) as u16) * 3 + n)));
    let mut body = vec![3, 3];
    body.extend_from_slice(&draw.bytes::<32>());
    body.push(32);
    body.extend_from_slice(&session);
    let ciphers: Vec<u16> =
        client.grease.then_some(grease[0]).into_iter().chain(client.ciphers.iter().copied()).collect();
    list16(&ciphers, &mut body);
    body.extend_from_slice(&[1, 0]);
    let extensions = client_extensions(client, name, grease, draw);
    sized16(&extensions, &mut body);
    handshake(1, &body, [3, 1])
}

fn client_extensions(client: &Client, name: &str, grease: [u16; 3], draw: &mut Draw) -> Vec<u8> {
    let mut out = Vec::with_capacity(512);
    if client.grease {
        extension(grease[1], &[], &mut out);
    }
    extension(0, &server_name(name), &mut out);
    for &(kind, content) in client.extras {
        extension(kind, content, &mut out);
    }
    let groups: Vec<u16> =
        client.grease.then_some(grease[2]).into_iter().chain(client.groups.iter().copied()).collect();
    extension_of(10, |out| list16(&groups, out), &mut out);
    extension(11, &[1, 0], &mut out);
    extension_of(13, |out| list16(client.signatures, out), &mut out);
    let mut protocols = Vec::new();
    for protocol in client.protocols {
        protocols.push(protocol.len() as u8);
        protocols.extend_from_slice(protocol.as_bytes());
    }
    extension_of(16, |out| sized16(&protocols, out), &mut out);
    let mut shares = Vec::new();
    if client.grease {
        shares.extend_from_slice(&grease[2].to_be_bytes());
        shares.extend_from_slice(&[0, 1, 0]);
    }
    shares.extend_from_slice(&[0, 0x1d, 0, 32]);
    shares.extend_from_slice(&draw.bytes::<32>());
    extension_of(51, |out| sized16(&shares, out), &mut out);
    extension(45, &[1, 1], &mut out);
    let mut versions: Vec<u8> = if client.grease { grease[0].to_be_bytes().to_vec() } else { Vec::new() };
    versions.extend_from_slice(&[3, 4, 3, 3]);
    versions.insert(0, versions.len() as u8);
    extension(43, &versions, &mut out);
    out
}

fn server_name(name: &str) -> Vec<u8> {
    let mut entry = vec![0];
    sized16(name.as_bytes(), &mut entry);
    let mut list = Vec::new();
    sized16(&entry, &mut list);
    list
}

fn server_hello(session: [u8; 32], cipher: u16, draw: &mut Draw) -> Vec<u8> {
    let mut body = vec![3, 3];
    body.extend_from_slice(&draw.bytes::<32>());
    body.push(32);
    body.extend_from_slice(&session);
    body.extend_from_slice(&cipher.to_be_bytes());
    body.push(0);
    let mut extensions = Vec::new();
    let mut share = vec![0, 0x1d, 0, 32];
    share.extend_from_slice(&draw.bytes::<32>());
    extension(51, &share, &mut extensions);
    extension(43, &[3, 4], &mut extensions);
    sized16(&extensions, &mut body);
    handshake(2, &body, [3, 3])
}

/// A handshake message in a record of its own.
fn handshake(kind: u8, body: &[u8], version: [u8; 2]) -> Vec<u8> {
    let mut out = vec![HANDSHAKE, version[0], version[1]];
    out.extend_from_slice(&(body.len() as u16 + 4).to_be_bytes());
    out.push(kind);
    out.extend_from_slice(&(body.len() as u32).to_be_bytes()[1..]);
    out.extend_from_slice(body);
    out
}

fn extension(kind: u16, content: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&kind.to_be_bytes());
    sized16(content, out);
}

fn extension_of(kind: u16, write: impl FnOnce(&mut Vec<u8>), out: &mut Vec<u8>) {
    let mut content = Vec::new();
    write(&mut content);
    extension(kind, &content, out);
}

/// Bytes behind their length.
fn sized16(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&(bytes.len() as u16).to_be_bytes());
    out.extend_from_slice(bytes);
}

/// Numbers behind their length in bytes.
fn list16(values: &[u16], out: &mut Vec<u8>) {
    out.extend_from_slice(&(values.len() as u16 * 2).to_be_bytes());
    for value in values {
        out.extend_from_slice(&value.to_be_bytes());
    }
}
