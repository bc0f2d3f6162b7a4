//! AYIYA (draft-massar-v6ops-ayiya): IPv6 in UDP to a tunnel broker. The brokers closed in 2017; captures remain.

use blueline_terms::TunnelKind;

use super::{Cargo, Way};
use crate::link::ethertype;
use crate::network::resembles_ip;
use crate::packet::{Decoder, View};

impl<'a> Decoder<'_, 'a> {
    /// Length and type of identity, length and method of signature, authentication and operation, next header, time;
    /// then identity and signature (3.1).
    pub(super) fn ayiya(&mut self, payload: View<'a>) {
        let Some(&[identity, signature, operation, next]) = payload.peek::<4>() else { return };
        // Operation 1 is to forward; three hash and three authentication methods exist.
        if operation & 0x0f != 1 || operation >> 4 > 2 || signature & 0x0f > 2 {
            return;
        }
        let length = 8 + (1 << (identity >> 4)) + u32::from(signature >> 4) * 4;
        let inside = payload.skip(length);
        let expected = match next {
            4 => ethertype::IPV4,
            41 => ethertype::IPV6,
            _ => return,
        };
        if resembles_ip(inside) == Some(expected) {
            let cargo = Cargo::Ethertype(expected);
            self.enter(Way { kind: TunnelKind::Ayiya, id: 0, cargo, certain: false }, inside);
        }
    }
}
