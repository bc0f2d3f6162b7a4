//! VXLAN (RFC 7348), with its group policy extension, and VXLAN-GPE.

use blueline_terms::TunnelKind;

use super::{Cargo, Way};
use crate::link::ethertype;
use crate::packet::{Decoder, Fields, View};

/// The identifier is valid.
const VALID: u8 = 0x08;
/// A group policy stands in bytes 2 and 3.
const GROUP: u8 = 0x80;
/// GPE: a next protocol stands in byte 3.
const NEXT_PROTOCOL: u8 = 0x04;

impl<'a> Decoder<'_, 'a> {
    /// Flags, reserved or group policy, network identifier, reserved (RFC 7348, 5).
    pub(super) fn vxlan(&mut self, payload: View<'a>) {
        let Some(head) = payload.peek::<8>() else { return };
        let plain = head[0] == VALID && head.array::<1, 3>() == [0; 3];
        let grouped = head[0] == VALID | GROUP;
        if (plain || grouped) && head[7] == 0 {
            self.enter_vxlan(head, Cargo::ETHERNET, payload);
        }
    }

    /// The same with a version, more flags, and the number of what it carries (draft-ietf-nvo3-vxlan-gpe, 3.1).
    pub(super) fn vxlan_gpe(&mut self, payload: View<'a>) {
        let Some(head) = payload.peek::<8>() else { return };
        if head[0] != VALID | NEXT_PROTOCOL || head.be16::<1>() != 0 || head[7] != 0 {
            return;
        }
        match head[3] {
            1 => self.enter_vxlan(head, Cargo::Ethertype(ethertype::IPV4), payload),
            2 => self.enter_vxlan(head, Cargo::Ethertype(ethertype::IPV6), payload),
            3 => self.enter_vxlan(head, Cargo::ETHERNET, payload),
            _ => {}
        }
    }

    fn enter_vxlan(&mut self, head: &[u8; 8], cargo: Cargo, payload: View<'a>) {
        let id = head.be32::<4>() >> 8;
        self.enter(Way { kind: TunnelKind::Vxlan, id, cargo, certain: true }, payload.skip(8));
    }
}
