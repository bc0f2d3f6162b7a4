//! The transport layer: TCP (RFC 9293), UDP (RFC 768), ICMP (RFC 792) and ICMPv6 (RFC 4443).

use blueline_terms::tcp as flags;

use super::network::Header;
use crate::payload::{Payload, Pools};

pub(crate) const ICMP: u8 = 1;
pub(crate) const TCP: u8 = 6;
pub(crate) const UDP: u8 = 17;
pub(crate) const ICMPV6: u8 = 58;

/// What a TCP header needs beside its payload.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment {
    pub(crate) source_port: u16,
    pub(crate) destination_port: u16,
    pub(crate) sequence: u32,
    pub(crate) acknowledgement: u32,
    pub(crate) flags: u8,
    pub(crate) window: u16,
    /// The largest segment that may be sent back; announced in SYN segments alone.
    pub(crate) mss: u16,
}

/// The bytes from `start` on, `length` of them, of a message.
#[derive(Clone, Copy)]
pub(crate) struct Slice<'a> {
    pub(crate) payload: &'a Payload,
    pub(crate) pools: &'a Pools,
    pub(crate) start: usize,
    pub(crate) length: usize,
}

/// A whole IP packet with a TCP segment.
pub(crate) fn tcp(header: &Header, segment: &Segment, content: Option<Slice<'_>>) -> Vec<u8> {
    let options = segment.flags & flags::SYN != 0;
    let data_offset = if options { 32 } else { 20 };
    let length = data_offset + content.map_or(0, |slice| slice.length);
    let mut out = Vec::with_capacity(header.length() + length);
    header.write(TCP, length, &mut out);
    let begin = out.len();
    let mut fixed = [0; 20];
    fixed[0..2].copy_from_slice(&segment.source_port.to_be_bytes());
    fixed[2..4].copy_from_slice(&segment.destination_port.to_be_bytes());
    fixed[4..8].copy_from_slice(&segment.sequence.to_be_bytes());
    fixed[8..12].copy_from_slice(&segment.acknowledgement.to_be_bytes());
    fixed[12] = (data_offset as u8 / 4) << 4;
    fixed[13] = segment.flags;
    fixed[14..16].copy_from_slice(&segment.window.to_be_bytes());
    out.extend_from_slice(&fixed);
    if options {
        // Maximum segment size, selective acknowledgement permitted, no-operation, window scale 7, no-operation twice.
        let mss = segment.mss.to_be_bytes();
        out.extend_from_slice(&[2, 4, mss[0], mss[1], 4, 2, 1, 3, 3, 7, 1, 1]);
    }
    append(content, &mut out);
    let checksum = header.pseudo(TCP, length).bytes(&out[begin..]).finish();
    out[begin + 16..begin + 18].copy_from_slice(&checksum.to_be_bytes());
    out
}

/// A whole IP packet with a UDP datagram.
pub(crate) fn udp(header: &Header, ports: (u16, u16), content: Option<Slice<'_>>) -> Vec<u8> {
    let length = 8 + content.map_or(0, |slice| slice.length);
    let mut out = Vec::with_capacity(header.length() + length);
    header.write(UDP, length, &mut out);
    let begin = out.len();
    out.extend_from_slice(&ports.0.to_be_bytes());
    out.extend_from_slice(&ports.1.to_be_bytes());
    out.extend_from_slice(&(length as u16).to_be_bytes());
    out.extend_from_slice(&[0, 0]);
    append(content, &mut out);
    seal_udp(header, &mut out, begin);
    out
}

/// Writes the checksum of the UDP datagram that starts at `begin`.
pub(crate) fn seal_udp(header: &Header, out: &mut [u8], begin: usize) {
    let checksum = match header.pseudo(UDP, out.len() - begin).bytes(&out[begin..]).finish() {
        // Zero on the wire means "none" (RFC 768), so a sum of zero is sent as its other form.
        0 => 0xffff,
        sum => sum,
    };
    out[begin + 6..begin + 8].copy_from_slice(&checksum.to_be_bytes());
}

/// A whole IP packet with an ICMP or ICMPv6 message; `body` is what follows the checksum.
pub(crate) fn icmp(header: &Header, kind: u8, code: u8, body: &[u8]) -> Vec<u8> {
    let length = 4 + body.len();
    let protocol = if header.is_v4() { ICMP } else { ICMPV6 };
    let mut out = Vec::with_capacity(header.length() + length);
    header.write(protocol, length, &mut out);
    let begin = out.len();
    out.extend_from_slice(&[kind, code, 0, 0]);
    out.extend_from_slice(body);
    // ICMPv6 counts a pseudo-header (RFC 4443, section 2.3), ICMP does not.
    let sum = if header.is_v4() { super::Sum::default() } else { header.pseudo(ICMPV6, length) };
    let checksum = sum.bytes(&out[begin..]).finish();
    out[begin + 2..begin + 4].copy_from_slice(&checksum.to_be_bytes());
    out
}

fn append(content: Option<Slice<'_>>, out: &mut Vec<u8>) {
    if let Some(slice) = content {
        slice.payload.append(slice.pools, slice.start, slice.length, out);
    }
}
