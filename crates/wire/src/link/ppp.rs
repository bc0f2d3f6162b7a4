//! PPP in its wrappings, and Cisco HDLC.

use blueline_terms::OddityKind;

use super::ethertype;
use crate::packet::{Decoder, Fields, Outcome, Unread, View};

impl<'a> Decoder<'_, 'a> {
    /// PPP (RFC 1661; RFC 1662): address and control may be left out, the protocol may be one byte if it is odd.
    pub(crate) fn ppp(&mut self, view: View<'a>) -> Outcome {
        let view = match view.peek() {
            Some([0xff, 0x03]) => view.skip(2),
            _ => view,
        };
        let [first] = *self.head::<1>(view, OddityKind::LinkMalformed)?;
        let (protocol, body) = match first & 1 {
            1 => (u16::from(first), view.skip(1)),
            _ => (self.head::<2>(view, OddityKind::LinkMalformed)?.be16::<0>(), view.skip(2)),
        };
        match protocol {
            0x0021 => self.ipv4(body),
            0x0057 => self.ipv6(body),
            0x0281 | 0x0283 => self.mpls(body),
            _ => Err(Unread::Other),
        }
    }

    /// PPP in HDLC-like framing, or Cisco HDLC, told apart by the address byte.
    pub(super) fn ppp_hdlc(&mut self, view: View<'a>) -> Outcome {
        match self.head::<1>(view, OddityKind::LinkMalformed)? {
            [0x0f | 0x8f] => self.cisco_hdlc(view),
            _ => self.ppp(view),
        }
    }

    /// Cisco HDLC: address, control, ethertype.
    pub(super) fn cisco_hdlc(&mut self, view: View<'a>) -> Outcome {
        let head = self.head::<4>(view, OddityKind::LinkMalformed)?;
        match head.be16::<2>() {
            kind if kind >= ethertype::FIRST => self.ethertype(kind, view.skip(4)),
            _ => Err(Unread::Other),
        }
    }

    /// A PPPoE session packet (RFC 2516, 4): version and type 1, code 0, session, length.
    pub(crate) fn pppoe(&mut self, view: View<'a>) -> Outcome {
        let head = self.head::<6>(view, OddityKind::LinkMalformed)?;
        if head[0] != 0x11 {
            return Err(self.broken(view, OddityKind::LinkMalformed));
        }
        if head[1] != 0 {
            return Err(Unread::Other);
        }
        let (length, mut body) = (u32::from(head.be16::<4>()), view.skip(6));
        if !body.holds(length) {
            self.broken(view, OddityKind::LinkMalformed);
            body.open = true;
        }
        self.ppp(body.limit(length))
    }
}
