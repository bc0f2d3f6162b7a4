//! The link layer: Ethernet with or without a VLAN tag, ARP (RFC 826), neighbour discovery (RFC 4861).

use blueline_terms::{Address, Network, Side};

use super::Packet;
use super::network::Header;
use super::transport;
use crate::scenario::Link;

pub(crate) const ETHERTYPE_IPV4: u16 = 0x0800;
pub(crate) const ETHERTYPE_IPV6: u16 = 0x86dd;
const ETHERTYPE_ARP: u16 = 0x0806;
const ETHERTYPE_VLAN: u16 = 0x8100;
/// Ethernet frames are filled up to this length, the frame check sequence not counted (IEEE 802.3, 4A.2.3.2).
const SHORTEST_FRAME: usize = 60;

/// Link-layer address of the router that stands for a side: locally administered, by the side's number.
pub(crate) fn router(side: Side) -> [u8; 6] {
    let number = match side {
        Side::Party(index) => index.0 + 1,
        Side::World => 0xfe,
        Side::Unknown => 0xfd,
    };
    let [high, low] = number.to_be_bytes();
    [2, 0, 0, 0, high, low]
}

impl Link {
    /// Writes the whole frame over what `out` held. Its length is what a sensor counts.
    pub(crate) fn frame(self, packet: &Packet, out: &mut Vec<u8>) {
        out.clear();
        let Self::Ethernet { vlan } = self else {
            out.extend_from_slice(&packet.bytes);
            return;
        };
        let broadcast = packet.network == Network::Arp && packet.bytes.get(7) == Some(&1);
        out.extend_from_slice(&if broadcast { [0xff; 6] } else { router(packet.path.1) });
        out.extend_from_slice(&router(packet.path.0));
        if let Some(tag) = vlan {
            out.extend_from_slice(&ETHERTYPE_VLAN.to_be_bytes());
            out.extend_from_slice(&tag.to_be_bytes());
        }
        let ethertype = match packet.network {
            Network::Ipv4 => ETHERTYPE_IPV4,
            Network::Ipv6 => ETHERTYPE_IPV6,
            Network::Arp | Network::Other => ETHERTYPE_ARP,
        };
        out.extend_from_slice(&ethertype.to_be_bytes());
        out.extend_from_slice(&packet.bytes);
        if out.len() < SHORTEST_FRAME {
            out.resize(SHORTEST_FRAME, 0);
        }
    }
}

/// The link-local IPv4 address of a side's router (RFC 3927), for ARP.
pub(crate) fn router_v4(side: Side) -> Address {
    let mac = router(side);
    Address::v4([169, 254, mac[4].wrapping_add(1), mac[5]])
}

/// The link-local IPv6 address of a side's router, made from its link-layer address (RFC 4291, appendix A).
pub(crate) fn router_v6(side: Side) -> Address {
    let mac = router(side);
    Address::v6([0xfe, 0x80, 0, 0, 0, 0, 0, 0, mac[0] ^ 2, mac[1], mac[2], 0xff, 0xfe, mac[3], mac[4], mac[5]])
}

/// An ARP message between routers; operation 1 asks, 2 answers.
pub(crate) fn arp(operation: u8, from: Side, to: Side) -> Vec<u8> {
    let target = if operation == 1 { [0; 6] } else { router(to) };
    arp_message(operation, (router(from), router_v4(from)), (target, router_v4(to)))
}

/// An ARP message between two hosts of a side, for whom its router speaks (RFC 1027).
pub(crate) fn arp_of(side: Side, answer: bool, from: Address, to: Address) -> Vec<u8> {
    let (operation, target) = if answer { (2, router(side)) } else { (1, [0; 6]) };
    arp_message(operation, (router(side), from), (target, to))
}

fn arp_message(operation: u8, sender: ([u8; 6], Address), target: ([u8; 6], Address)) -> Vec<u8> {
    let mut out = Vec::with_capacity(28);
    out.extend_from_slice(&[0, 1, 8, 0, 6, 4, 0, operation]);
    for (link, address) in [sender, target] {
        out.extend_from_slice(&link);
        out.extend_from_slice(&(address.bits() as u32).to_be_bytes());
    }
    out
}

/// A neighbour solicitation or advertisement between two routers; the solicitation probes a known neighbour and is
/// therefore sent to it alone (RFC 4861, section 7.3.3).
pub(crate) fn neighbour(solicit: bool, from: Side, to: Side) -> Vec<u8> {
    // The flags of an advertisement: router, solicited, override.
    let flags = if solicit { 0 } else { 0xe0 };
    neighbour_message(solicit, flags, router(from), (router_v6(from), router_v6(to)))
}

/// The same between two hosts of a side, for whom its router speaks (RFC 4389): a question for `target`, or its answer.
pub(crate) fn neighbour_of(side: Side, solicit: bool, asker: Address, target: Address) -> Vec<u8> {
    let ends = if solicit { (asker, target) } else { (target, asker) };
    neighbour_message(solicit, if solicit { 0 } else { 0x60 }, router(side), ends)
}

fn neighbour_message(solicit: bool, flags: u8, link: [u8; 6], (source, destination): (Address, Address)) -> Vec<u8> {
    let header = Header { source, destination, ttl: 255, id: 0, label: 0 };
    let target = if solicit { destination } else { source };
    let mut body = Vec::with_capacity(28);
    body.extend_from_slice(&[flags, 0, 0, 0]);
    body.extend_from_slice(&target.bits().to_be_bytes());
    body.extend_from_slice(&[if solicit { 1 } else { 2 }, 1]);
    body.extend_from_slice(&link);
    transport::icmp(&header, if solicit { 135 } else { 136 }, 0, &body)
}
