//! Peer to peer: pieces of files over TCP (BitTorrent, BEP 3), and over UDP the table that peers find each other by (BEP 5).

use std::time::Duration;

use super::{Begun, Carrier, Talk, Turn};
use crate::payload::Payload;
use crate::random::Draw;

/// Peers listen at ports of their own choice, each at the same one always.
const FIRST_PORT: u16 = 6881;

/// One conversation of two peers.
pub(super) fn talk(talk: &Talk<'_>, draw: &mut Draw) -> Begun {
    let port = FIRST_PORT + (talk.server % 4000) as u16;
    if draw.chance(0.6) { Begun::script(Carrier::Udp, port, lookup(draw)) } else { pieces(talk, port, draw) }
}

/// "Who has this?" and some who may know.
fn lookup(draw: &mut Draw) -> Vec<Turn> {
    let mut asked = b"d1:ad2:id20:".to_vec();
    asked.extend_from_slice(&draw.bytes::<20>());
    asked.extend_from_slice(b"9:info_hash20:");
    asked.extend_from_slice(&draw.bytes::<20>());
    asked.extend_from_slice(b"e1:q9:get_peers1:t2:");
    let transaction = draw.bytes::<2>();
    asked.extend_from_slice(&transaction);
    asked.extend_from_slice(b"1:y1:qe");
    let mut told = b"d1:rd2:id20:".to_vec();
    told.extend_from_slice(&draw.bytes::<20>());
    told.extend_from_slice(b"5:nodes208:");
    told.extend((0..26).flat_map(|_| draw.bytes::<8>()));
    told.extend_from_slice(b"e1:t2:");
    told.extend_from_slice(&transaction);
    told.extend_from_slice(b"1:y1:re");
    vec![Turn::ask(Duration::ZERO, Payload::plain(asked)), Turn::answer(draw.millis(5, 200), Payload::plain(told))]
}

/// A handshake, then pieces of 16 KiB both ways.
fn pieces(talk: &Talk<'_>, port: u16, draw: &mut Draw) -> Begun {
    let file = draw.bytes::<20>();
    let hello = |draw: &mut Draw| {
        let mut out = b"\x13BitTorrent protocol\0\0\0\0\0\x10\0\x05".to_vec();
        out.extend_from_slice(&file);
        out.extend_from_slice(b"-EX0001-");
        out.extend_from_slice(&draw.bytes::<12>());
        Payload::plain(out)
    };
    let mut turns = vec![Turn::ask(Duration::ZERO, hello(draw)), Turn::answer(draw.millis(5, 80), hello(draw))];
    let mut left = talk.bulk(draw.between(1 << 14, 1 << 19));
    while left > 0 {
        let size = left.min(1 << 14);
        left -= size;
        let asks = draw.chance(0.5);
        let place = (draw.below(4000) as u32).to_be_bytes();
        let request = [&[0, 0, 0, 13, 6][..], &place, &[0; 4], &(size as u32).to_be_bytes()].concat();
        let head = [&(9 + size as u32).to_be_bytes()[..], &[7], &place, &[0; 4]].concat();
        let wait = draw.millis(5, 120);
        turns.push(Turn { forward: asks, wait, payload: Payload::plain(request) });
        turns.push(Turn { forward: !asks, wait: draw.millis(5, 60), payload: Payload::noisy(head, size, draw) });
    }
    Begun::script(Carrier::Tcp, port, turns)
}
