//! Interactive Secure Shell sessions (RFC 4253): banners and key exchange in the clear, then keystrokes as noise.

use std::time::Duration;

use super::{Talk, Turn};
use crate::payload::Payload;
use crate::random::Draw;

const CLIENTS: [&str; 3] = ["SSH-2.0-OpenSSH_9.6", "SSH-2.0-OpenSSH_8.9p1", "SSH-2.0-PuTTY_Release_0.81"];
const SERVER: &str = "SSH-2.0-OpenSSH_9.2p1";

const KEXINIT: u8 = 20;
const NEWKEYS: u8 = 21;
const ECDH_INIT: u8 = 30;
const ECDH_REPLY: u8 = 31;

/// What both sides offer, in the order of RFC 4253, section 7.1.
const OFFERS: [&str; 10] = [
    "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256",
    "ssh-ed25519,ecdsa-sha2-nistp256,rsa-sha2-512,rsa-sha2-256",
    "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-ctr",
    "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-ctr",
    "umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com",
    "umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com",
    "none,zlib@openssh.com",
    "none,zlib@openssh.com",
    "",
    "",
];

/// A session of some dozen keystrokes and what they show.
pub(super) fn session(talk: &Talk<'_>, draw: &mut Draw) -> Vec<Turn> {
    let client = CLIENTS[(talk.client % 3) as usize];
    let mut turns = handshake(client, draw);
    for size in [44, 68, 148] {
        turns.push(Turn::ask(draw.millis(1, 400), Payload::noisy([], size, draw)));
        turns.push(Turn::answer(draw.millis(1, 40), Payload::noisy([], size, draw)));
    }
    for _ in 0..draw.between(10, 60) {
        turns.push(Turn::ask(draw.millis(60, 900), Payload::noisy([], 36, draw)));
        let line = draw.chance(0.15);
        let shown = if line { draw.between(60, 2400) as usize } else { 36 };
        turns.push(Turn::answer(draw.millis(1, 20), Payload::noisy([], shown, draw)));
    }
    turns
}

/// One guess at a password, refused as ever: a library's client, a service request, a password (RFC 4252, section 8), no.
pub(super) fn guess(draw: &mut Draw) -> Vec<Turn> {
    let mut turns = handshake("SSH-2.0-libssh2_1.11.0", draw);
    for (asked, told) in [(44, 44), (148, 60)] {
        turns.push(Turn::ask(draw.millis(1, 20), Payload::noisy([], asked, draw)));
        // A refusal takes its time.
        turns.push(Turn::answer(draw.millis(1, 20 * asked as u64), Payload::noisy([], told, draw)));
    }
    turns
}

/// Banners, offers, keys.
fn handshake(client: &str, draw: &mut Draw) -> Vec<Turn> {
    let none = Duration::ZERO;
    let mut turns = vec![
        Turn::ask(none, Payload::plain(format!("{client}\r\n"))),
        Turn::answer(draw.millis(1, 30), Payload::plain(format!("{SERVER}\r\n"))),
        Turn::ask(none, Payload::plain(key_exchange(draw))),
        Turn::answer(none, Payload::plain(key_exchange(draw))),
        Turn::ask(draw.millis(1, 5), Payload::plain(packet(ECDH_INIT, &string(&draw.bytes::<32>()), draw))),
    ];
    let mut reply = string(&[&string(b"ssh-ed25519")[..], &string(&draw.bytes::<32>())].concat());
    reply.extend(string(&draw.bytes::<32>()));
    reply.extend(string(&[&string(b"ssh-ed25519")[..], &string(&draw.bytes::<64>())].concat()));
    let mut reply = packet(ECDH_REPLY, &reply, draw);
    reply.extend(packet(NEWKEYS, &[], draw));
    turns.push(Turn::answer(draw.millis(2, 20), Payload::plain(reply)));
    turns.push(Turn::ask(draw.millis(1, 6), Payload::plain(packet(NEWKEYS, &[], draw))));
    turns
}

fn key_exchange(draw: &mut Draw) -> Vec<u8> {
    let mut body = draw.bytes::<16>().to_vec();
    for offer in OFFERS {
        body.extend(string(offer.as_bytes()));
    }
    body.extend_from_slice(&[0; 5]);
    packet(KEXINIT, &body, draw)
}

/// A packet before encryption: length, padding length, message, padding (RFC 4253, section 6).
fn packet(kind: u8, body: &[u8], draw: &mut Draw) -> Vec<u8> {
    let bare = 4 + 1 + 1 + body.len();
    let padding = 8 - bare % 8 + if bare % 8 > 4 { 8 } else { 0 };
    let mut out = Vec::with_capacity(bare + padding);
    out.extend_from_slice(&((bare - 4 + padding) as u32).to_be_bytes());
    out.push(padding as u8);
    out.push(kind);
    out.extend_from_slice(body);
    let noise = draw.bytes::<16>();
    out.extend_from_slice(&noise[..padding.min(16)]);
    out
}

fn string(bytes: &[u8]) -> Vec<u8> {
    let mut out = (bytes.len() as u32).to_be_bytes().to_vec();
    out.extend_from_slice(bytes);
    out
}
