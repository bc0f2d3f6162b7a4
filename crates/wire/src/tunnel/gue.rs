//! Generic UDP encapsulation (draft-ietf-intarea-gue).

use blueline_terms::TunnelKind;

use super::{Cargo, Way};
use crate::link::ethertype;
use crate::network::resembles_ip;
use crate::packet::{Decoder, View};

/// The packet is a control message.
const CONTROL: u8 = 0x20;

impl<'a> Decoder<'_, 'a> {
    /// Variant 0 has a header (3.1): variant, control, length in four-byte words beyond the first; protocol; flags.
    /// Variant 1 is an IP packet and nothing else (4).
    pub(super) fn gue(&mut self, payload: View<'a>) {
        let Some(head) = payload.peek::<4>() else { return };
        let way = |cargo| Way { kind: TunnelKind::Gue, id: 0, cargo, certain: false };
        if head[0] >> 6 == 1 && resembles_ip(payload).is_some() {
            return self.enter(way(Cargo::Ip), payload);
        }
        if head[0] >> 6 != 0 || head[0] & CONTROL != 0 {
            return;
        }
        let inside = payload.skip(4 + u32::from(head[0] & 0x1f) * 4);
        match head[1] {
            4 if resembles_ip(inside) == Some(ethertype::IPV4) => self.enter(way(Cargo::Ip), inside),
            41 if resembles_ip(inside) == Some(ethertype::IPV6) => self.enter(way(Cargo::Ip), inside),
            // Only the plain version 0 header; anything else on this port may be another protocol.
            47 if matches!(inside.peek(), Some([0 | 0x20 | 0x80 | 0xa0, 0])) => {
                // What was odd has been noted.
                let _read = self.gre(inside, TunnelKind::Gue);
            }
            137 => self.enter(way(Cargo::Mpls), inside),
            _ => {}
        }
    }
}
