//! Ethernet, and FDDI, which differs in its first byte.

use blueline_terms::OddityKind;

use super::ethertype;
use crate::network::resembles_ip;
use crate::packet::{Decoder, Fields, Outcome, Unread, View};

impl<'a> Decoder<'_, 'a> {
    /// An Ethernet frame (IEEE 802.3, 3.1): destination, source, type or length.
    pub(crate) fn ethernet(&mut self, view: View<'a>) -> Outcome {
        let head = self.head::<14>(view, OddityKind::LinkMalformed)?;
        self.ethertype(head.be16::<12>(), view.skip(14))
    }

    /// An FDDI frame: frame control, destination, source, and LLC where the control byte says so.
    pub(super) fn fddi(&mut self, view: View<'a>) -> Outcome {
        let head = self.head::<13>(view, OddityKind::LinkMalformed)?;
        match head[0] & 0xf8 {
            0x50 => self.llc(view.skip(13)),
            _ => Err(Unread::Other),
        }
    }
}

/// Whether an Ethernet frame with a known protocol seems to start here: for carriers that do not say what they carry.
pub(crate) fn resembles_ethernet(view: View<'_>) -> bool {
    let Some(head) = view.peek::<14>() else { return false };
    match head.be16::<12>() {
        ethertype::VLAN | ethertype::SERVICE_VLAN => view.peek::<18>().is_some_and(|tagged| {
            let kind = tagged.be16::<16>();
            kind <= ethertype::LONGEST_LENGTH || resembles(kind, view.skip(18))
        }),
        kind => resembles(kind, view.skip(14)),
    }
}

fn resembles(kind: u16, body: View<'_>) -> bool {
    match kind {
        ethertype::IPV4 | ethertype::IPV6 => resembles_ip(body) == Some(kind),
        // Hardware type Ethernet, protocol type IPv4.
        ethertype::ARP => body.peek::<4>() == Some(&[0, 1, 8, 0]),
        ethertype::MPLS | ethertype::PPPOE_SESSION | ethertype::SERVICE_VLAN | ethertype::VLAN => true,
        _ => false,
    }
}
