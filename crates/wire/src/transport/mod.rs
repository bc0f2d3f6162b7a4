//! Transports: ports, flags and payload, or the way into a tunnel.

mod icmp;
mod tcp;
mod udp;

use blueline_terms::{Fragment, OddityKind, TunnelKind};

use crate::packet::{Decoder, Fields, Unread, View};

// Protocol numbers (IANA, Assigned Internet Protocol Numbers).
const ICMP: u8 = 1;
const IPV4: u8 = 4;
pub(crate) const TCP: u8 = 6;
const UDP: u8 = 17;
const DCCP: u8 = 33;
const IPV6: u8 = 41;
const GRE: u8 = 47;
const ESP: u8 = 50;
const AUTHENTICATION: u8 = 51;
const ICMPV6: u8 = 58;
const NO_NEXT: u8 = 59;
const ETHER_IP: u8 = 97;
const L2TP: u8 = 115;
const SCTP: u8 = 132;
const UDP_LITE: u8 = 136;
const MPLS_IN_IP: u8 = 137;
const ETHERNET: u8 = 143;

/// How many authentication headers are passed by in IPv4.
const MAX_AUTHENTICATIONS: u8 = 4;

impl<'a> Decoder<'_, 'a> {
    /// Reads the body of an IP packet. `carrier` is the tunnel that it makes if it carries another packet.
    pub(crate) fn transport(&mut self, protocol: u8, body: View<'a>, carrier: TunnelKind) {
        if self.packet.fragment == Fragment::Later {
            return self.later_fragment(protocol);
        }
        self.packet.payload = body.bytes;
        self.packet.payload_length = body.length;
        // What was odd has been noted where a header could not be read; the network layer stands in any case.
        let _read = match protocol {
            TCP => self.tcp(body),
            UDP => self.udp(body),
            ICMP => self.icmp(body),
            ICMPV6 => self.icmpv6(body),
            SCTP => self.sctp(body),
            UDP_LITE => self.udp_lite(body),
            DCCP => self.dccp(body),
            ESP | NO_NEXT => {
                self.empty();
                Ok(())
            }
            AUTHENTICATION => self.authenticated(body, carrier),
            IPV4 | IPV6 => self.ip_in_ip(protocol == IPV6, carrier, body),
            GRE => self.gre(body, TunnelKind::Gre),
            ETHER_IP => self.ether_ip(body),
            L2TP => self.l2tp_over_ip(body),
            MPLS_IN_IP => self.mpls_in_ip(body),
            ETHERNET if carrier != TunnelKind::IpInIp => self.ethernet_in_ipv6(body),
            _ => Ok(()),
        };
    }

    /// The ports of a later fragment were not on the wire, and its bytes start anywhere.
    pub(crate) fn later_fragment(&mut self, protocol: u8) {
        // With the first eight bytes alone in front of it, this part could overwrite TCP's flags (RFC 1858, 4.2).
        if protocol == TCP && self.packet.part.offset == 8 {
            self.note(OddityKind::FragmentTiny, self.packet.ip_offset, 8);
        }
    }

    fn empty(&mut self) {
        self.packet.payload = &[];
        self.packet.payload_length = 0;
    }

    /// The first `N` bytes of a transport header.
    fn transport_head<const N: usize>(&mut self, body: View<'a>) -> Result<&'a [u8; N], Unread> {
        match body.peek() {
            Some(head) => Ok(head),
            None => Err(self.transport_missing(body, N as u32)),
        }
    }

    /// What is behind a transport header of `length` bytes becomes the payload.
    fn transport_payload(&mut self, body: View<'a>, length: u32) -> Result<(), Unread> {
        if length as usize > body.bytes.len() {
            return Err(self.transport_missing(body, length));
        }
        let payload = body.skip(length);
        self.packet.payload = payload.bytes;
        self.packet.payload_length = payload.length;
        Ok(())
    }

    #[cold]
    fn transport_missing(&mut self, body: View<'a>, needed: u32) -> Unread {
        self.empty();
        if needed <= body.length {
            self.packet.payload_length = body.length - needed;
            return self.short(body);
        }
        match self.packet.fragment {
            Fragment::First => self.broken(body, OddityKind::FragmentTiny),
            _ => self.broken(body, OddityKind::TransportMalformed),
        }
    }

    #[cold]
    fn transport_broken(&mut self, body: View<'a>) -> Unread {
        self.empty();
        self.broken(body, OddityKind::TransportMalformed)
    }

    /// Source and destination port, which TCP, UDP, UDP-Lite, SCTP and DCCP all begin with.
    #[inline]
    fn ports(&mut self, body: View<'a>) {
        let Some(head) = body.peek::<4>() else { return };
        self.packet.source_port = head.be16::<0>();
        self.packet.destination_port = head.be16::<2>();
        let same_port = self.packet.source_port == self.packet.destination_port;
        if same_port && self.packet.source == self.packet.destination {
            self.note(OddityKind::SameEndpoints, body.offset, u32::from(self.packet.source_port));
        }
    }

    /// SCTP (RFC 9260, 3.1): a common header of 12 bytes.
    fn sctp(&mut self, body: View<'a>) -> Result<(), Unread> {
        self.ports(body);
        self.transport_payload(body, 12)
    }

    /// DCCP (RFC 4340, 5.1): the data offset counts four-byte words; the header is longer with long sequence numbers.
    fn dccp(&mut self, body: View<'a>) -> Result<(), Unread> {
        self.ports(body);
        let head = self.transport_head::<12>(body)?;
        let (header, least) = (u32::from(head[4]) * 4, if head[8] & 1 == 1 { 16 } else { 12 });
        if header < least {
            return Err(self.transport_broken(body));
        }
        self.transport_payload(body, header)
    }

    /// Authentication header in IPv4 (RFC 4302, 2): passed by, the protocol is that of what it protects.
    fn authenticated(&mut self, mut body: View<'a>, carrier: TunnelKind) -> Result<(), Unread> {
        for _ in 0..MAX_AUTHENTICATIONS {
            let [next, words] = *self.transport_head::<2>(body)?;
            let length = (u32::from(words) + 2) * 4;
            self.transport_payload(body, length)?;
            body = body.skip(length);
            self.packet.protocol = next;
            if next != AUTHENTICATION {
                self.transport(next, body, carrier);
                return Ok(());
            }
        }
        Err(self.transport_broken(body))
    }
}
