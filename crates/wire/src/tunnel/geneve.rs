//! Geneve (RFC 8926).

use blueline_terms::{OddityKind, TunnelKind};

use super::{Cargo, Way};
use crate::link::ethertype;
use crate::packet::{Decoder, Fields, View};

impl<'a> Decoder<'_, 'a> {
    /// Version 0 and length of the options, flags, protocol type, network identifier, reserved (3.4).
    pub(super) fn geneve(&mut self, payload: View<'a>) {
        let Some(head) = payload.peek::<8>() else { return };
        let protocol = head.be16::<2>();
        let version_0 = head[0] >> 6 == 0;
        // Control and critical are the only flags.
        if !version_0 || head[1] & 0x3f != 0 || head[7] != 0 || protocol < ethertype::FIRST {
            return;
        }
        let options = u32::from(head[0] & 0x3f) * 4;
        let inside = payload.skip(8 + options);
        if !options_fit(payload.skip(8).limit(options), options) {
            self.broken(payload, OddityKind::TunnelMalformed);
            return;
        }
        let id = head.be32::<4>() >> 8;
        self.enter(Way { kind: TunnelKind::Geneve, id, cargo: Cargo::Ethertype(protocol), certain: true }, inside);
    }
}

/// Whether options fill their room exactly, as far as they were captured: class, type, length in four-byte words (3.5).
fn options_fit(mut options: View<'_>, room: u32) -> bool {
    if !options.holds(room) {
        return false;
    }
    while let Some(option) = options.peek::<4>() {
        let length = 4 + u32::from(option[3] & 0x1f) * 4;
        if length > options.length {
            return false;
        }
        options = options.skip(length);
    }
    true
}
