//! Ethertypes: the hub that most link layers and several tunnels lead to.

use blueline_terms::OddityKind;

use crate::packet::{Decoder, Fields, Outcome, Unread, View};

/// IPv4 (RFC 894).
pub(crate) const IPV4: u16 = 0x0800;
/// ARP (RFC 826).
pub(crate) const ARP: u16 = 0x0806;
/// IPv6 (RFC 2464).
pub(crate) const IPV6: u16 = 0x86dd;
/// Customer VLAN tag (IEEE 802.1Q).
pub(crate) const VLAN: u16 = 0x8100;
/// Service VLAN tag (IEEE 802.1ad).
pub(crate) const SERVICE_VLAN: u16 = 0x88a8;
/// Stacked tags before IEEE 802.1ad.
pub(crate) const OLD_QINQ: u16 = 0x9100;
/// Stacked tags before IEEE 802.1ad, another vendor's.
pub(crate) const OLDER_QINQ: u16 = 0x9200;
/// Cisco VN-Tag.
pub(crate) const VN_TAG: u16 = 0x8926;
/// Bridge port extension tag (IEEE 802.1BR).
pub(crate) const E_TAG: u16 = 0x893f;
/// Backbone service instance tag (IEEE 802.1ah), an Ethernet frame behind it.
pub(crate) const I_TAG: u16 = 0x88e7;
/// MPLS, unicast (RFC 3032).
pub(crate) const MPLS: u16 = 0x8847;
/// MPLS with an upstream-assigned label (RFC 5332).
pub(crate) const MPLS_UPSTREAM: u16 = 0x8848;
/// PPPoE session stage (RFC 2516).
pub(crate) const PPPOE_SESSION: u16 = 0x8864;
/// PPP in GRE (RFC 2637).
pub(crate) const PPP: u16 = 0x880b;
/// LLC in frames longer than 1500 bytes.
pub(crate) const LLC: u16 = 0x8870;
/// Transparent Ethernet bridging (RFC 1701).
pub(crate) const ETHERNET: u16 = 0x6558;
/// Up to here the type field of Ethernet is a length (IEEE 802.3, 3.2.6).
pub(crate) const LONGEST_LENGTH: u16 = 1500;
/// From here on it is a type.
pub(crate) const FIRST: u16 = 0x0600;

/// How many tags of any kind are skipped in a row.
const MAX_TAGS: u8 = 16;

impl<'a> Decoder<'_, 'a> {
    /// Reads what ethertype `kind` says lies at `view`, behind any tags.
    pub(crate) fn ethertype(&mut self, mut kind: u16, mut view: View<'a>) -> Outcome {
        self.turn(view)?;
        for _ in 0..MAX_TAGS {
            let length;
            (kind, length) = match kind {
                VLAN | SERVICE_VLAN | OLD_QINQ | OLDER_QINQ => {
                    let tag = self.head::<4>(view, OddityKind::LinkMalformed)?;
                    self.packet.vlans.push(tag.be16::<0>());
                    (tag.be16::<2>(), 4)
                }
                VN_TAG => (self.head::<6>(view, OddityKind::LinkMalformed)?.be16::<4>(), 6),
                E_TAG => (self.head::<8>(view, OddityKind::LinkMalformed)?.be16::<6>(), 8),
                _ => return self.untagged(kind, view),
            };
            view = view.skip(length);
        }
        Err(self.broken(view, OddityKind::LinkMalformed))
    }

    fn untagged(&mut self, kind: u16, view: View<'a>) -> Outcome {
        match kind {
            IPV4 => self.ipv4(view),
            IPV6 => self.ipv6(view),
            ARP => self.arp(view),
            MPLS | MPLS_UPSTREAM => self.mpls(view),
            PPPOE_SESSION => self.pppoe(view),
            PPP => self.ppp(view),
            ETHERNET => self.ethernet(view),
            I_TAG => self.ethernet(view.skip(4)),
            LLC => self.llc(view),
            0..=LONGEST_LENGTH => self.llc(view.limit(u32::from(kind))),
            _ => Err(Unread::Other),
        }
    }
}
