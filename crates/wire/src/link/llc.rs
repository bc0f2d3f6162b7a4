//! Logical link control (IEEE 802.2), with and without SNAP, and frame relay, which ends in the same numbers.

use blueline_terms::OddityKind;

use super::ethertype;
use crate::packet::{Decoder, Fields, Outcome, Unread, View};

/// The organisation codes whose protocol numbers are ethertypes (RFC 1042; IEEE 802.1H).
const RFC_1042: [u8; 3] = [0, 0, 0];
const BRIDGE_TUNNEL: [u8; 3] = [0, 0, 0xf8];

impl<'a> Decoder<'_, 'a> {
    /// Destination and source access point, control, and what they name.
    pub(crate) fn llc(&mut self, view: View<'a>) -> Outcome {
        match self.head::<3>(view, OddityKind::LinkMalformed)? {
            [0xaa, 0xaa, 0x03] => self.snap(view.skip(3)),
            // The access point that IEEE gave to IP.
            [0x06, 0x06, 0x03] => self.ipv4(view.skip(3)),
            // ISO network protocols (RFC 1483, 5.1).
            [0xfe, 0xfe, 0x03] => self.network_protocol(view.skip(3)),
            _ => Err(Unread::Other),
        }
    }

    fn snap(&mut self, view: View<'a>) -> Outcome {
        let head = self.head::<5>(view, OddityKind::LinkMalformed)?;
        let protocol = head.be16::<3>();
        match head.array::<0, 3>() {
            RFC_1042 | BRIDGE_TUNNEL if protocol >= ethertype::FIRST => self.ethertype(protocol, view.skip(5)),
            _ => Err(Unread::Other),
        }
    }

    /// A network layer protocol identifier (ISO/IEC TR 9577).
    fn network_protocol(&mut self, view: View<'a>) -> Outcome {
        match self.head::<1>(view, OddityKind::LinkMalformed)? {
            [0xcc] => self.ipv4(view.skip(1)),
            [0x8e] => self.ipv6(view.skip(1)),
            [0x80] => self.snap(view.skip(1)),
            _ => Err(Unread::Other),
        }
    }

    /// Frame relay (RFC 2427): an address of 2 to 4 bytes, control, padding, and a protocol identifier. Cisco puts an
    /// ethertype in place of control and identifier.
    pub(super) fn frame_relay(&mut self, view: View<'a>) -> Outcome {
        let head = self.head::<2>(view, OddityKind::LinkMalformed)?;
        // The low bit of a byte marks the last one of the address (Q.922).
        let extended = view.bytes.iter().take(4).position(|byte| byte & 1 == 1);
        let Some(address) = extended.filter(|_| head[0] & 1 == 0) else {
            return Err(self.broken(view, OddityKind::LinkMalformed));
        };
        let body = view.skip(address as u32 + 1);
        match self.head::<2>(body, OddityKind::LinkMalformed)? {
            [0x03, 0x00] => self.network_protocol(body.skip(2)),
            [0x03, _] => self.network_protocol(body.skip(1)),
            kind if kind.be16::<0>() >= ethertype::FIRST => self.ethertype(kind.be16::<0>(), body.skip(2)),
            _ => Err(Unread::Other),
        }
    }
}
