//! Linux cooked captures: what the kernel keeps when it does not keep the link header.

use blueline_terms::OddityKind;

use super::ethertype;
use crate::packet::{Decoder, Fields, Outcome, Unread, View};

/// ARP hardware types (Linux `if_arp.h`) whose protocol field is no ethertype.
const NETLINK: u16 = 824;
const IEEE802_11: u16 = 801;
const IEEE802_11_PRISM: u16 = 802;
const IEEE802_11_RADIOTAP: u16 = 803;
const FRAME_RELAY: u16 = 770;
/// A protocol field that stands for LLC.
const PROTOCOL_LLC: u16 = 4;

impl<'a> Decoder<'_, 'a> {
    /// Version 1: packet type, hardware type, address, protocol; 16 bytes.
    pub(super) fn linux_cooked(&mut self, view: View<'a>) -> Outcome {
        let head = self.head::<16>(view, OddityKind::LinkMalformed)?;
        self.cooked(head.be16::<2>(), head.be16::<14>(), view.skip(16))
    }

    /// Version 2: protocol, interface, hardware type, packet type, address; 20 bytes.
    pub(super) fn linux_cooked_v2(&mut self, view: View<'a>) -> Outcome {
        let head = self.head::<20>(view, OddityKind::LinkMalformed)?;
        self.cooked(head.be16::<8>(), head.be16::<0>(), view.skip(20))
    }

    fn cooked(&mut self, hardware: u16, protocol: u16, body: View<'a>) -> Outcome {
        match (hardware, protocol) {
            (NETLINK, _) => Err(Unread::Other),
            (IEEE802_11, _) => self.wlan(body, false),
            (IEEE802_11_PRISM, _) => self.prism(body),
            (IEEE802_11_RADIOTAP, _) => self.radiotap(body),
            (FRAME_RELAY, _) => self.frame_relay(body),
            (_, PROTOCOL_LLC) => self.llc(body),
            (_, ethertype::FIRST..) => self.ethertype(protocol, body),
            _ => Err(Unread::Other),
        }
    }
}
