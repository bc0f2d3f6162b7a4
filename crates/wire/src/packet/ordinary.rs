//! The fast road: TCP or UDP, whole, in IPv4 without options or plain IPv6, in Ethernet with at most one VLAN tag, and
//! nothing odd about it. Whatever is not exactly that is left to the general decoder.

use blueline_terms::{Address, Network};

use super::{Fields, Packet, Vlans};
use crate::link::ethertype;
use crate::tunnel::is_tunnel_port;

const TCP: u8 = 6;
const UDP: u8 = 17;
/// Destination, source, type (IEEE 802.3, 3.2).
const ETHERNET: usize = 14;
/// With one 802.1Q tag.
const TAGGED: usize = 18;

/// Reads an ordinary frame; `None` sends it down the general road.
#[inline(always)]
pub(super) fn read(frame: &[u8], wire_length: u32) -> Option<Packet<'_>> {
    let head = frame.first_chunk::<TAGGED>()?;
    match head.be16::<12>() {
        ethertype::IPV4 => ipv4::<ETHERNET>(frame, wire_length, Vlans::NONE),
        ethertype::IPV6 => ipv6::<ETHERNET>(frame, wire_length, Vlans::NONE),
        ethertype::VLAN => {
            let mut vlans = Vlans::NONE;
            vlans.push(head.be16::<14>());
            match head.be16::<16>() {
                ethertype::IPV4 => ipv4::<TAGGED>(frame, wire_length, vlans),
                ethertype::IPV6 => ipv6::<TAGGED>(frame, wire_length, vlans),
                _ => None,
            }
        }
        _ => None,
    }
}

#[inline(always)]
fn ipv4<const AT: usize>(frame: &[u8], wire_length: u32, vlans: Vlans) -> Option<Packet<'_>> {
    let head = frame.get(AT..)?.first_chunk::<20>()?;
    let whole = head.be16::<6>() & 0x3fff == 0;
    if head[0] != 0x45 || !whole || head.array::<12, 4>() == head.array::<16, 4>() {
        return None;
    }
    let end = AT + usize::from(head.be16::<2>());
    let segment = segment(frame, wire_length, AT + 20, end, head[9])?;
    Some(Packet {
        source: Address::v4(head.array::<12, 4>()),
        destination: Address::v4(head.array::<16, 4>()),
        network: Network::Ipv4,
        protocol: head[9],
        ttl: head[8],
        ip_offset: AT as u32,
        vlans,
        ..segment
    })
}

#[inline(always)]
fn ipv6<const AT: usize>(frame: &[u8], wire_length: u32, vlans: Vlans) -> Option<Packet<'_>> {
    let head = frame.get(AT..)?.first_chunk::<40>()?;
    if head[0] >> 4 != 6 || head.array::<8, 16>() == head.array::<24, 16>() {
        return None;
    }
    let end = AT + 40 + usize::from(head.be16::<4>());
    let segment = segment(frame, wire_length, AT + 40, end, head[6])?;
    Some(Packet {
        source: Address::v6(head.array::<8, 16>()),
        destination: Address::v6(head.array::<24, 16>()),
        network: Network::Ipv6,
        protocol: head[6],
        ttl: head[7],
        ip_offset: AT as u32,
        vlans,
        ..segment
    })
}

/// Ports, flags and payload of the TCP segment or UDP datagram that lies in `at..end`.
#[inline(always)]
fn segment(frame: &[u8], wire_length: u32, at: usize, end: usize, protocol: u8) -> Option<Packet<'_>> {
    if end > frame.len().max(wire_length as usize) {
        return None;
    }
    let captured = frame.get(at..end.min(frame.len()))?;
    let on_wire = end - at;
    let ports = captured.first_chunk::<8>()?;
    let (source_port, destination_port) = (ports.be16::<0>(), ports.be16::<2>());
    let (header, on_wire, tcp_flags) = match protocol {
        TCP => {
            let head = captured.first_chunk::<20>()?;
            (usize::from(head[12] >> 4) * 4, on_wire, head[13])
        }
        UDP => {
            let length = usize::from(ports.be16::<4>());
            if length > on_wire || is_tunnel_port(source_port) || is_tunnel_port(destination_port) {
                return None;
            }
            (8, length, 0)
        }
        _ => return None,
    };
    if (protocol == TCP && header < 20) || header > on_wire {
        return None;
    }
    let payload = captured.get(header..on_wire.min(captured.len()))?;
    let payload_length = (on_wire - header) as u32;
    Some(Packet { source_port, destination_port, tcp_flags, payload, payload_length, ..Packet::unread() })
}

#[cfg(test)]
mod tests {
    use super::super::{LinkType, decoder};
    use super::*;
    use proptest::prelude::*;

    /// Frames close to ordinary: real headers with a few bytes changed and any cut.
    fn nearly_ordinary() -> impl Strategy<Value = (Vec<u8>, u32)> {
        let bases = prop::sample::select(vec![
            base(&[8, 0], &ipv4_header(TCP, 60), TCP),
            base(&[8, 0], &ipv4_header(UDP, 60), UDP),
            base(&[0x86, 0xdd], &ipv6_header(TCP, 40), TCP),
            base(&[0x86, 0xdd], &ipv6_header(UDP, 40), UDP),
            base(&[0x81, 0, 0x20, 7, 8, 0], &ipv4_header(UDP, 60), UDP),
            base(&[0x81, 0, 0x20, 7, 0x86, 0xdd], &ipv6_header(TCP, 40), TCP),
        ]);
        let changes = prop::collection::vec((0usize..100, any::<u8>()), 0..3);
        (bases, changes, 0usize..110, 0u32..130).prop_map(|(mut frame, changes, cut, wire_length)| {
            for (at, byte) in changes {
                if let Some(place) = frame.get_mut(at) {
                    *place = byte;
                }
            }
            frame.truncate(cut.max(14));
            (frame, wire_length)
        })
    }

    fn base(ethertype: &[u8], ip: &[u8], protocol: u8) -> Vec<u8> {
        let mut frame = vec![2; 12];
        frame.extend_from_slice(ethertype);
        frame.extend_from_slice(ip);
        frame.extend_from_slice(&[0x12, 0x34, 0, 80]);
        match protocol {
            TCP => frame.extend_from_slice(&[0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x18, 1, 0, 0, 0, 0, 0]),
            _ => frame.extend_from_slice(&[0, 40, 0, 0]),
        }
        frame.resize(14 + 4 + 80, 0x55);
        frame
    }

    fn ipv4_header(protocol: u8, total: u8) -> Vec<u8> {
        vec![0x45, 0, 0, total, 0, 1, 0x40, 0, 64, protocol, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2]
    }

    fn ipv6_header(protocol: u8, length: u8) -> Vec<u8> {
        let mut header = vec![0x60, 0, 0, 0, 0, length, protocol, 64];
        for last in [1, 2] {
            header.extend_from_slice(&[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last]);
        }
        header
    }

    #[test]
    fn ordinary_frames_take_the_fast_road() {
        for (frame, length) in [
            (base(&[8, 0], &ipv4_header(TCP, 60), TCP), 20),
            (base(&[0x86, 0xdd], &ipv6_header(UDP, 40), UDP), 32),
            (base(&[0x81, 0, 0x20, 7, 8, 0], &ipv4_header(UDP, 60), UDP), 32),
        ] {
            let packet = read(&frame, 0).unwrap();
            assert_eq!((packet.source_port, packet.destination_port), (0x1234, 80));
            assert_eq!((packet.payload.len(), packet.payload_length), (length as usize, length));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 20_000, ..ProptestConfig::default() })]
        #[test]
        fn the_fast_road_and_the_general_one_agree((frame, wire_length) in nearly_ordinary()) {
            if let Some(packet) = read(&frame, wire_length) {
                prop_assert_eq!(packet, decoder::read(LinkType::ETHERNET, &frame, wire_length));
            }
        }
    }
}
