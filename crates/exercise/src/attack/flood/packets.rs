//! What one packet of each flood looks like.

use blueline_terms::tcp as flags;

use super::{DATAGRAM, Torrent};
use crate::application::{dhcp, dns};
use crate::packet::network::{Header, fragments};
use crate::packet::transport::{self, ICMP, ICMPV6, Segment, Slice, TCP, UDP};
use crate::payload::Payload;
use crate::random::Draw;
use crate::scenario::FloodVector;
use crate::traffic::flow::MTU;
use crate::traffic::ping::echo;
use crate::traffic::stage::Stage;

/// Whole IP packets, and the protocol that they carry.
pub(super) struct Parts {
    pub(super) protocol: u8,
    pub(super) bytes: Vec<Vec<u8>>,
}

/// Flags of segments that belong to no conversation: reset, goodbye, everything that lights a "Christmas tree", nothing.
const STRAY_FLAGS: [u8; 4] = [flags::RST, flags::FIN | flags::ACK, flags::FIN | flags::PSH | flags::URG, 0];

/// Content of a datagram that needs three fragments in either family.
const FRAGMENTED: usize = 3600;

pub(super) fn make(torrent: &mut Torrent, header: &Header, ports: (u16, u16), stage: &Stage) -> Parts {
    let draw = &mut torrent.draw;
    let (protocol, packet) = match torrent.vector {
        FloodVector::Syn => {
            let sequence = draw.bits() as u32;
            (TCP, transport::tcp(header, &segment(ports, [sequence, 0], flags::SYN), None))
        }
        FloodVector::Ack => {
            let numbers = draw.bits();
            let numbers = [numbers as u32, (numbers >> 32) as u32];
            (TCP, transport::tcp(header, &segment(ports, numbers, flags::ACK), None))
        }
        FloodVector::TcpOther => {
            let sequence = draw.bits() as u32;
            let bits = *draw.pick(&STRAY_FLAGS);
            (TCP, transport::tcp(header, &segment(ports, [sequence, 0], bits), None))
        }
        FloodVector::Icmp => {
            let body = echo(draw.bits() as u16, 1);
            if header.is_v4() {
                (ICMP, transport::icmp(header, 8, 0, &body))
            } else {
                (ICMPV6, transport::icmp(header, 128, 0, &body))
            }
        }
        FloodVector::Dns => (UDP, datagram(header, ports, &dns::no_such_name(&torrent.domain, draw), stage)),
        FloodVector::Dhcp => (UDP, datagram(header, ports, &dhcp::discovery(header.source, draw), stage)),
        FloodVector::Ipv6Extension => (UDP, behind_extensions(header, ports, draw)),
        FloodVector::Fragment => return unfinished(header, ports, &torrent.payload, stage),
        FloodVector::Udp | FloodVector::Http => {
            let slice = Slice { payload: &torrent.payload, pools: &stage.pools, start: 0, length: DATAGRAM };
            (UDP, transport::udp(header, ports, Some(slice)))
        }
    };
    Parts { protocol, bytes: vec![packet] }
}

fn segment((source_port, destination_port): (u16, u16), numbers: [u32; 2], bits: u8) -> Segment {
    let [sequence, acknowledgement] = numbers;
    Segment { source_port, destination_port, sequence, acknowledgement, flags: bits, window: 64_240, mss: 1460 }
}

fn datagram(header: &Header, ports: (u16, u16), payload: &Payload, stage: &Stage) -> Vec<u8> {
    let slice = Slice { payload, pools: &stage.pools, start: 0, length: payload.length() };
    transport::udp(header, ports, Some(slice))
}

/// The first two fragments of three: their receiver waits for the last (RFC 791, section 3.2).
fn unfinished(header: &Header, ports: (u16, u16), payload: &Payload, stage: &Stage) -> Parts {
    let payload = Payload { filler: FRAGMENTED, ..payload.clone() };
    let mut bytes = fragments(header, UDP, datagram(header, ports, &payload, stage), MTU);
    bytes.truncate(2);
    Parts { protocol: UDP, bytes }
}

const HOP_BY_HOP: u8 = 0;
const DESTINATION_OPTIONS: u8 = 60;

/// A small datagram behind a hop-by-hop header and three to six headers of destination options, which hold nothing but
/// padding (RFC 8200, sections 4.2, 4.3 and 4.6, where two of the latter are the most that make sense).
fn behind_extensions(header: &Header, ports: (u16, u16), draw: &mut Draw) -> Vec<u8> {
    // Content that no dissector takes for something.
    let content = [0; 16];
    let (length, headers) = (8 + content.len(), draw.between(3, 6) as usize);
    let mut udp = Vec::with_capacity(length);
    udp.extend_from_slice(&ports.0.to_be_bytes());
    udp.extend_from_slice(&ports.1.to_be_bytes());
    udp.extend_from_slice(&(length as u16).to_be_bytes());
    udp.extend_from_slice(&[0, 0]);
    udp.extend_from_slice(&content);
    transport::seal_udp(header, &mut udp, 0);

    let mut out = Vec::with_capacity(40 + 8 + 16 * headers + length);
    header.write(HOP_BY_HOP, 8 + 16 * headers + length, &mut out);
    // Next header, length beyond the first 8 bytes in units of 8, then a padding option that fills the rest.
    out.extend_from_slice(&[DESTINATION_OPTIONS, 0, 1, 4, 0, 0, 0, 0]);
    for number in 1..=headers {
        let next = if number == headers { UDP } else { DESTINATION_OPTIONS };
        out.extend_from_slice(&[next, 1, 1, 12]);
        out.extend_from_slice(&[0; 12]);
    }
    out.extend_from_slice(&udp);
    out
}
