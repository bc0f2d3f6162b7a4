//! Key exchange, version 1 (RFC 2408, sections 3.1 to 3.6): a proposal is answered, and the answer sent again because the
//! peer is silent. US-CERT names no factor.

use super::{Messages, Reflected};
use crate::payload::Payload;
use crate::random::Draw;

/// Answers to one proposal: the first, and three again.
const ANSWERS: u16 = 4;

pub(super) const PROTOCOL: Reflected =
    Reflected { port: 500, answers: ANSWERS, messages: Messages::Datagrams { request, answer } };

/// Attributes of a transform (RFC 2409, appendix A): 3DES, SHA, pre-shared key, group 2, life in seconds.
const ATTRIBUTES: [u8; 24] =
    [0x80, 1, 0, 5, 0x80, 2, 0, 2, 0x80, 3, 0, 1, 0x80, 4, 0, 2, 0x80, 11, 0, 1, 0x80, 12, 0x70, 0x80];
const VENDOR: u8 = 13;

fn request(draw: &mut Draw) -> Payload {
    message([draw.bits(), 0], &[])
}

fn answer(sequence: u16, draw: &mut Draw) -> Payload {
    let exchange = crate::random::scramble(u64::from(sequence / ANSWERS));
    let vendors = [draw.bytes::<16>(), draw.bytes::<16>()];
    message([exchange, crate::random::scramble(exchange)], &vendors)
}

/// Main mode: cookies, a security association with one proposal of one transform, vendor ids.
fn message(cookies: [u64; 2], vendors: &[[u8; 16]]) -> Payload {
    let transform = payload(0, &[&[1, 1, 0, 0][..], &ATTRIBUTES].concat());
    let proposal = payload(0, &[&[1, 1, 0, 1][..], &transform].concat());
    // Domain of interpretation: IPsec; situation: identity only.
    let next = if vendors.is_empty() { 0 } else { VENDOR };
    let mut body = payload(next, &[&[0, 0, 0, 1, 0, 0, 0, 1][..], &proposal].concat());
    for (number, vendor) in vendors.iter().enumerate() {
        body.extend(payload(if number + 1 < vendors.len() { VENDOR } else { 0 }, vendor));
    }
    let mut out = Vec::with_capacity(28 + body.len());
    cookies.iter().for_each(|cookie| out.extend_from_slice(&cookie.to_be_bytes()));
    // First payload: security association; version 1.0; main mode; no flags; message 0.
    out.extend_from_slice(&[1, 0x10, 2, 0, 0, 0, 0, 0]);
    out.extend_from_slice(&(28 + body.len() as u32).to_be_bytes());
    out.extend_from_slice(&body);
    Payload::plain(out)
}

/// A payload behind its header: the next one's kind, reserved, length.
fn payload(next: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![next, 0];
    out.extend_from_slice(&(content.len() as u16 + 4).to_be_bytes());
    out.extend_from_slice(content);
    out
}
