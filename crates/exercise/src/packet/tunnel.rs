//! Tunnels: GRE with a key (RFC 2784, RFC 2890) and VXLAN (RFC 7348).

use super::link::{ETHERTYPE_IPV4, ETHERTYPE_IPV6};
use super::network::Header;
use super::transport::{UDP, seal_udp};

const GRE: u8 = 47;
const GRE_KEY_PRESENT: u16 = 0x2000;
const VXLAN_PORT: u16 = 4789;
const VXLAN_VNI_VALID: u8 = 0x08;

/// How packets are wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrapping {
    Gre,
    Vxlan,
}

impl Wrapping {
    /// What the wrapping adds to an inner packet whose outer header is of the larger kind.
    pub(crate) const fn overhead(self) -> usize {
        match self {
            Self::Gre => 40 + 8,
            Self::Vxlan => 40 + 8 + 8 + 14,
        }
    }

    /// `inner` behind an outer header. `id` is the key or the network identifier.
    pub(crate) fn wrap(self, outer: &Header, id: u32, flow: u64, inner: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(inner.len() + self.overhead());
        let inner_type =
            if inner.first().is_some_and(|first| first >> 4 == 4) { ETHERTYPE_IPV4 } else { ETHERTYPE_IPV6 };
        match self {
            Self::Gre => {
                outer.write(GRE, 8 + inner.len(), &mut out);
                out.extend_from_slice(&GRE_KEY_PRESENT.to_be_bytes());
                out.extend_from_slice(&inner_type.to_be_bytes());
                out.extend_from_slice(&id.to_be_bytes());
                out.extend_from_slice(inner);
            }
            Self::Vxlan => {
                let length = 8 + 8 + 14 + inner.len();
                outer.write(UDP, length, &mut out);
                let begin = out.len();
                // The source port spreads flows over equal paths (RFC 7348, section 5).
                out.extend_from_slice(&(49152 + (flow & 0x3fff) as u16).to_be_bytes());
                out.extend_from_slice(&VXLAN_PORT.to_be_bytes());
                out.extend_from_slice(&(length as u16).to_be_bytes());
                out.extend_from_slice(&[0, 0, VXLAN_VNI_VALID, 0, 0, 0]);
                out.extend_from_slice(&(id << 8).to_be_bytes());
                out.extend_from_slice(&[2, 0, 0, 0, 1, 2, 2, 0, 0, 0, 1, 1]);
                out.extend_from_slice(&inner_type.to_be_bytes());
                out.extend_from_slice(inner);
                seal_udp(outer, &mut out, begin);
            }
        }
        out
    }
}
