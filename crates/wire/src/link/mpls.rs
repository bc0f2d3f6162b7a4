//! MPLS label stacks. Nothing in them says what they carry, so that is guessed from the first bytes.

use blueline_terms::OddityKind;

use super::ethernet::resembles_ethernet;
use crate::network::resembles_ip;
use crate::packet::{Decoder, Fields, Outcome, Unread, View};

/// How many labels are skipped.
const MAX_LABELS: u8 = 32;
/// The label that says IPv4 follows (RFC 3032, 2.1).
const EXPLICIT_NULL: u32 = 0;
/// The label that says IPv6 follows.
const IPV6_EXPLICIT_NULL: u32 = 2;

impl<'a> Decoder<'_, 'a> {
    /// A label stack (RFC 3032, 2.1) and what it carries.
    pub(crate) fn mpls(&mut self, mut view: View<'a>) -> Outcome {
        for _ in 0..MAX_LABELS {
            let entry = self.head::<4>(view, OddityKind::LinkMalformed)?.be32::<0>();
            view = view.skip(4);
            if entry & 0x100 != 0 {
                return self.labelled(entry >> 12, view);
            }
        }
        Err(self.broken(view, OddityKind::LinkMalformed))
    }

    fn labelled(&mut self, label: u32, view: View<'a>) -> Outcome {
        match label {
            EXPLICIT_NULL => return self.ipv4(view),
            IPV6_EXPLICIT_NULL => return self.ipv6(view),
            _ => {}
        }
        let [first] = *self.head::<1>(view, OddityKind::LinkMalformed)?;
        match first >> 4 {
            4 | 6 if resembles_ip(view).is_none() && resembles_ethernet(view) => self.ethernet(view),
            4 => self.ipv4(view),
            6 => self.ipv6(view),
            // The control word of an Ethernet pseudowire starts with 16 zero bits (RFC 4448, 4.6). So may an address.
            0 if view.peek() == Some(&[0, 0]) && resembles_ethernet(view.skip(4)) => self.ethernet(view.skip(4)),
            _ if resembles_ethernet(view) => self.ethernet(view),
            _ => Err(Unread::Other),
        }
    }
}
