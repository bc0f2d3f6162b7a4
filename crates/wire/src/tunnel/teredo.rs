//! Teredo (RFC 4380): IPv6 in UDP, past address translators.

use blueline_terms::TunnelKind;

use super::{Cargo, Way};
use crate::link::ethertype;
use crate::packet::{Decoder, Fields, View};

/// The addresses that clients have: 2001::/32, and what it was before RFC 4380.
const PREFIX: [u8; 4] = [0x20, 0x01, 0, 0];
const OLD_PREFIX: [u8; 4] = [0x3f, 0xfe, 0x83, 0x1f];

impl<'a> Decoder<'_, 'a> {
    /// An authentication header (5.1.1) and an origin indication (5.1.1), if they are there, then IPv6.
    pub(super) fn teredo(&mut self, payload: View<'a>) {
        let mut inside = payload;
        if let Some(&[0, 1, client, authentication]) = inside.peek::<4>() {
            inside = inside.skip(13 + u32::from(client) + u32::from(authentication));
        }
        if inside.peek() == Some(&[0, 0]) {
            inside = inside.skip(8);
        }
        if is_teredo(inside) {
            let cargo = Cargo::Ethertype(ethertype::IPV6);
            self.enter(Way { kind: TunnelKind::Teredo, id: 0, cargo, certain: true }, inside);
        }
    }
}

/// Whether an IPv6 packet starts here that fits and has an address of a client, or comes from an interface that is
/// just asking for one (router solicitations and their answers, 5.2.1).
fn is_teredo(inside: View<'_>) -> bool {
    let Some(head) = inside.peek::<40>() else { return false };
    let (source, destination) = (head.array::<8, 4>(), head.array::<24, 4>());
    let of_client = |start: [u8; 4]| start == PREFIX || start == OLD_PREFIX;
    let link_local = source[0] == 0xfe && source[1] & 0xc0 == 0x80;
    head[0] >> 4 == 6
        && inside.holds(40 + u32::from(head.be16::<4>()))
        && (of_client(source) || of_client(destination) || link_local)
}
