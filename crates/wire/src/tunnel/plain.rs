//! Tunnels with next to no header of their own: IP in IP, Ethernet in IP, MPLS in IP.

use blueline_terms::{OddityKind, TunnelKind};

use super::{Cargo, Way};
use crate::link::ethertype;
use crate::packet::{Decoder, Outcome, View};

impl<'a> Decoder<'_, 'a> {
    /// IPv4 or IPv6 directly behind an IP header (RFC 2003, RFC 2473, RFC 4213; behind a segment routing header
    /// RFC 8986).
    pub(crate) fn ip_in_ip(&mut self, ipv6: bool, carrier: TunnelKind, body: View<'a>) -> Outcome {
        let cargo = Cargo::Ethertype(if ipv6 { ethertype::IPV6 } else { ethertype::IPV4 });
        self.enter(Way { kind: carrier, id: 0, cargo, certain: true }, body);
        Ok(())
    }

    /// An Ethernet frame directly behind an IPv6 header: segment routing to a layer 2 service (RFC 8986, 4.9), which
    /// needs no segment routing header when there is one segment only.
    pub(crate) fn ethernet_in_ipv6(&mut self, body: View<'a>) -> Outcome {
        self.enter(Way { kind: TunnelKind::Srv6, id: 0, cargo: Cargo::ETHERNET, certain: true }, body);
        Ok(())
    }

    /// EtherIP (RFC 3378, 3): version 3, twelve reserved bits.
    pub(crate) fn ether_ip(&mut self, body: View<'a>) -> Outcome {
        let [version, _] = *self.head::<2>(body, OddityKind::TunnelMalformed)?;
        if version >> 4 != 3 {
            return Err(self.broken(body, OddityKind::TunnelMalformed));
        }
        self.enter(Way { kind: TunnelKind::EtherIp, id: 0, cargo: Cargo::ETHERNET, certain: true }, body.skip(2));
        Ok(())
    }

    /// MPLS in IP (RFC 4023, 3).
    pub(crate) fn mpls_in_ip(&mut self, body: View<'a>) -> Outcome {
        self.enter(Way { kind: TunnelKind::MplsInIp, id: 0, cargo: Cargo::Mpls, certain: true }, body);
        Ok(())
    }
}
