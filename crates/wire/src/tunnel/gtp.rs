//! GTP-U (3GPP TS 29.281): user packets of mobile networks.

use blueline_terms::{OddityKind, TunnelKind};

use super::{Cargo, Way};
use crate::link::ethernet::resembles_ethernet;
use crate::packet::{Decoder, Fields, View};

/// The message that carries a user packet (6.1).
const G_PDU: u8 = 255;
/// How many extension headers are skipped.
const MAX_EXTENSIONS: u8 = 8;

impl<'a> Decoder<'_, 'a> {
    /// Version 1 and flags, message type, length, tunnel endpoint, optional fields (5.1).
    pub(super) fn gtp(&mut self, payload: View<'a>) {
        let Some(head) = payload.peek::<8>() else { return };
        // Version 1, protocol type GTP, spare bit clear.
        let version_1 = head[0] & 0xf8 == 0x30;
        let length = u32::from(head.be16::<2>());
        let rest = payload.skip(8);
        // The length must be that of the datagram; a first fragment holds but a part of it.
        let fits = length == rest.length || (rest.open && length > rest.length);
        if !version_1 || head[1] != G_PDU || !fits {
            return;
        }
        let inside = match head[0] & 0x07 {
            0 => Some(rest),
            flags => behind_extensions(rest, flags),
        };
        let Some(inside) = inside else {
            self.broken(payload, OddityKind::TunnelMalformed);
            return;
        };
        // An endpoint number belongs to one direction, so there is no number for both.
        let way = |cargo| Way { kind: TunnelKind::GtpU, id: 0, cargo, certain: true };
        match inside.peek() {
            Some([0x40..=0x4f | 0x60..=0x6f]) => self.enter(way(Cargo::Ip), inside),
            Some(_) if resembles_ethernet(inside) => self.enter(way(Cargo::ETHERNET), inside),
            _ => {}
        }
    }
}

/// What is behind the optional fields: sequence number, N-PDU number, and a chain of extension headers, each with its
/// length in four-byte words in front and the type of the next at its end (5.2.1).
fn behind_extensions(rest: View<'_>, flags: u8) -> Option<View<'_>> {
    let [_, _, _, mut next] = *rest.peek::<4>()?;
    let mut rest = rest.skip(4);
    // Without the extension flag the next type means nothing.
    if flags & 0x04 == 0 {
        return Some(rest);
    }
    for _ in 0..MAX_EXTENSIONS {
        if next == 0 {
            return Some(rest);
        }
        let length = u32::from(rest.peek::<1>()?[0]) * 4;
        next = *rest.bytes.get((length as usize).checked_sub(1)?)?;
        rest = rest.skip(length);
    }
    None
}
