//! The numbers by which capture files name link layers.

use std::fmt;

/// A link type: a `LINKTYPE_` number of the registry at <https://www.tcpdump.org/linktypes.html>.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkType(pub u16);

macro_rules! link_types {
    ($($(#[doc = $doc:literal])+ $name:ident = $number:literal,)+) => {
        impl LinkType {
            $($(#[doc = $doc])+ pub const $name: Self = Self($number);)+

            /// The link types that are decoded here.
            pub const DECODED: &'static [Self] = &[$(Self::$name,)+];

            /// Its name, if it is one of those that are decoded here.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 { $($number => Some(stringify!($name)),)+ _ => None }
            }
        }
    };
}

link_types! {
    /// BSD loopback, address family in the capturing machine's byte order.
    NULL = 0,
    /// Ethernet (IEEE 802.3).
    ETHERNET = 1,
    /// Serial Line IP with the 16-byte header that records the direction.
    SLIP = 8,
    /// PPP (RFC 1661), with or without address and control bytes.
    PPP = 9,
    /// FDDI.
    FDDI = 10,
    /// Raw IP, as some BSD systems number it.
    RAW_BSD = 12,
    /// Raw IP, as OpenBSD numbers it.
    RAW_OPENBSD = 14,
    /// PPP in HDLC-like framing (RFC 1662), or Cisco HDLC.
    PPP_HDLC = 50,
    /// PPP over Ethernet from the PPPoE header on (RFC 2516).
    PPP_ETHER = 51,
    /// LLC over ATM (RFC 1483).
    ATM_RFC1483 = 100,
    /// Raw IP, version by the first nibble.
    RAW = 101,
    /// Cisco HDLC.
    C_HDLC = 104,
    /// IEEE 802.11.
    IEEE802_11 = 105,
    /// Frame relay (RFC 2427).
    FRELAY = 107,
    /// OpenBSD loopback, address family in network byte order.
    LOOP = 108,
    /// Linux cooked capture, version 1.
    LINUX_SLL = 113,
    /// OpenBSD packet filter log.
    PFLOG = 117,
    /// IEEE 802.11 behind a Prism header.
    IEEE802_11_PRISM = 119,
    /// IEEE 802.11 behind a radiotap header.
    IEEE802_11_RADIOTAP = 127,
    /// IEEE 802.11 behind an AVS header.
    IEEE802_11_AVS = 163,
    /// Per-packet information.
    PPI = 192,
    /// PPP behind a byte that gives the direction.
    PPP_WITH_DIRECTION = 204,
    /// MPLS label stack.
    MPLS = 219,
    /// Raw IPv4.
    IPV4 = 228,
    /// Raw IPv6.
    IPV6 = 229,
    /// Linux netfilter log.
    NFLOG = 239,
    /// Darwin packet tap.
    PKTAP = 258,
    /// Linux cooked capture, version 2.
    LINUX_SLL2 = 276,
}

impl fmt::Display for LinkType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.pad(name),
            None => write!(f, "link type {}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers() {
        assert_eq!(LinkType(1).to_string(), "ETHERNET");
        assert_eq!(LinkType(147).to_string(), "link type 147");
        assert!(LinkType::DECODED.iter().all(|link| link.name().is_some()));
    }
}
