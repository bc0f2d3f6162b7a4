//! L2TP: version 2 in UDP carries PPP (RFC 2661), version 3 in IP or UDP carries mostly Ethernet (RFC 3931).

use blueline_terms::{OddityKind, TunnelKind};

use super::{Cargo, Way};
use crate::link::ethernet::resembles_ethernet;
use crate::network::resembles_ip;
use crate::packet::{Decoder, Fields, Outcome, View};

// First two bytes of version 2 and of version 3 over UDP.
const CONTROL: u16 = 0x8000;
const LENGTH: u16 = 0x4000;
const SEQUENCE: u16 = 0x0800;
const OFFSET: u16 = 0x0200;
const VERSION: u16 = 0x000f;
/// Bits that must be clear in a data message, whatever the version.
const RESERVED: u16 = 0x34f0;

impl<'a> Decoder<'_, 'a> {
    /// Version 3 over IP (RFC 3931, 4.1.1): session, cookie, content. Session 0 is a control message.
    pub(crate) fn l2tp_over_ip(&mut self, body: View<'a>) -> Outcome {
        if self.head::<4>(body, OddityKind::TunnelMalformed)? != &[0; 4] {
            self.l2tp_session(body);
        }
        Ok(())
    }

    /// Flags and version, then what the version says.
    pub(super) fn l2tp_over_udp(&mut self, payload: View<'a>) {
        let Some(flags) = payload.peek::<2>().map(|head| head.be16::<0>()) else { return };
        match flags & VERSION {
            2 if flags & (CONTROL | RESERVED) == 0 => self.l2tp_v2(flags, payload),
            3 if flags == 3 => self.l2tp_session(payload.skip(4)),
            _ => {}
        }
    }

    /// Version 2 data message (RFC 2661, 3.1): optional length, tunnel and session, optional numbers, optional offset.
    fn l2tp_v2(&mut self, flags: u16, payload: View<'a>) {
        let mut length = if flags & LENGTH != 0 { 8 } else { 6 };
        if flags & LENGTH != 0 {
            let Some(head) = payload.peek::<4>() else { return };
            if u32::from(head.be16::<2>()) != payload.length && !payload.open {
                return;
            }
        }
        length += if flags & SEQUENCE != 0 { 4 } else { 0 };
        if flags & OFFSET != 0 {
            let Some(offset) = payload.skip(length).peek::<2>() else { return };
            length += 2 + u32::from(offset.be16::<0>());
        }
        let inside = payload.skip(length);
        // PPP's own protocols stay with the outer layer; only an IP packet that fits is entered.
        let ppp = inside.peek() == Some(&[0xff, 0x03]);
        let protocol = if ppp { inside.skip(2) } else { inside };
        let body = match protocol.peek::<2>() {
            Some([0, 0x21 | 0x57]) => protocol.skip(2),
            Some([0x21 | 0x57, _]) => protocol.skip(1),
            _ => return,
        };
        if resembles_ip(body).is_some() {
            self.enter(Way { kind: TunnelKind::L2tp, id: 0, cargo: Cargo::Ppp, certain: false }, inside);
        }
    }

    /// A version 3 data message from its session on. Whether there is a cookie (0, 4 or 8 bytes) and a sublayer (0 or
    /// 4) was agreed elsewhere; the place where Ethernet seems to start tells.
    fn l2tp_session(&mut self, view: View<'a>) {
        for length in [4, 8, 12, 16] {
            let inside = view.skip(length);
            if resembles_ethernet(inside) {
                return self
                    .enter(Way { kind: TunnelKind::L2tp, id: 0, cargo: Cargo::ETHERNET, certain: false }, inside);
            }
        }
    }
}
