//! Network layers: ARP, IPv4, IPv6.

mod arp;
mod ipv4;
mod ipv6;

use blueline_terms::{Fragment, OddityKind};

use crate::link::ethertype;
use crate::packet::{Decoder, Fields, Outcome, Part, View};

/// The largest IP packet, its header included (RFC 791, 3.1).
const LARGEST: u32 = 65_535;

impl<'a> Decoder<'_, 'a> {
    /// IPv4 or IPv6, by the version in the first four bits.
    pub(crate) fn ip(&mut self, view: View<'a>) -> Outcome {
        match self.head::<1>(view, OddityKind::LinkMalformed)?[0] >> 4 {
            4 => self.ipv4(view),
            6 => self.ipv6(view),
            _ => Err(self.broken(view, OddityKind::LinkMalformed)),
        }
    }

    /// Bounds the body of an IP packet by the length that its header claims, and notes a claim beyond the frame.
    /// `at` is where that length stands.
    fn bounded(&mut self, mut body: View<'a>, length: u32, at: u32) -> View<'a> {
        if !body.holds(length) {
            self.note(OddityKind::IpLength, at, length);
            body.open = true;
        }
        body.limit(length)
    }

    /// Records which part of a fragmented packet `body` is; `header` is how many bytes stand before the payload in the
    /// packet that the fragments make.
    fn fragment(&mut self, part: Part, header: u32, body: View<'a>) {
        self.packet.fragment = if part.offset == 0 { Fragment::First } else { Fragment::Later };
        self.packet.part = part;
        let end = header + part.offset + part.length;
        if end > LARGEST {
            self.note(OddityKind::FragmentOversize, body.offset, end);
        }
    }
}

/// The ethertype of the IP packet that seems to start here, judged by its version and lengths: for carriers that do
/// not say what they carry.
pub(crate) fn resembles_ip(view: View<'_>) -> Option<u16> {
    let head = view.peek::<8>()?;
    match head[0] >> 4 {
        4 => {
            let (header, total) = (u32::from(head[0] & 0x0f) * 4, u32::from(head.be16::<2>()));
            (header >= 20 && (total == 0 || total >= header) && view.holds(total.max(header)))
                .then_some(ethertype::IPV4)
        }
        6 => view.holds(40 + u32::from(head.be16::<4>())).then_some(ethertype::IPV6),
        _ => None,
    }
}
