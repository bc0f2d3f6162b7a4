//! Builders of frames. Outer packets go from 192.0.2.1 to 192.0.2.2 or 2001:db8::1 to 2001:db8::2, inner ones from
//! 10.0.0.1 to 10.0.0.2 or fd00::1 to fd00::2.

/// All parts after each other.
pub(crate) fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

pub(crate) fn ethernet(kind: u16, body: &[u8]) -> Vec<u8> {
    join(&[&[2, 0, 0, 0, 0, 2], &[2, 0, 0, 0, 0, 1], &kind.to_be_bytes(), body])
}

pub(crate) fn ipv4_between(source: [u8; 4], destination: [u8; 4], protocol: u8, body: &[u8]) -> Vec<u8> {
    let total = (20 + body.len()) as u16;
    let start = [0x45, 0, (total >> 8) as u8, total as u8, 0, 7, 0, 0, 64, protocol, 0, 0];
    join(&[&start, &source, &destination, body])
}

pub(crate) fn ipv4(protocol: u8, body: &[u8]) -> Vec<u8> {
    ipv4_between([192, 0, 2, 1], [192, 0, 2, 2], protocol, body)
}

pub(crate) fn inner_ipv4() -> Vec<u8> {
    ipv4_between([10, 0, 0, 1], [10, 0, 0, 2], 17, &udp(1111, 53, &[1, 2, 3]))
}

/// A fragment at `eights` times eight bytes.
pub(crate) fn ipv4_fragment(protocol: u8, eights: u16, more: bool, body: &[u8]) -> Vec<u8> {
    let mut packet = ipv4(protocol, body);
    let place = eights | if more { 0x2000 } else { 0 };
    packet[6..8].copy_from_slice(&place.to_be_bytes());
    packet
}

fn ipv6_between(start: [u8; 4], next: u8, body: &[u8]) -> Vec<u8> {
    let length = (body.len() as u16).to_be_bytes();
    let address = |last| join(&[&start, &[0; 11], &[last]]);
    join(&[&[0x60, 0, 0, 0], &length, &[next, 64], &address(1), &address(2), body])
}

pub(crate) fn ipv6(next: u8, body: &[u8]) -> Vec<u8> {
    ipv6_between([0x20, 0x01, 0x0d, 0xb8], next, body)
}

pub(crate) fn inner_ipv6() -> Vec<u8> {
    ipv6_between([0xfd, 0, 0, 0], 17, &udp(1111, 53, &[1, 2, 3]))
}

/// An IPv6 packet between two Teredo clients.
pub(crate) fn teredo_ipv6(next: u8, body: &[u8]) -> Vec<u8> {
    ipv6_between([0x20, 0x01, 0, 0], next, body)
}

/// An IPv6 extension header of eight bytes, or of more eights.
pub(crate) fn extension(next: u8, more_eights: u8) -> Vec<u8> {
    let mut header = vec![0; 8 + 8 * usize::from(more_eights)];
    header[..2].copy_from_slice(&[next, more_eights]);
    header
}

pub(crate) fn fragment_header(next: u8, eights: u16, more: bool, identification: u32) -> Vec<u8> {
    let place = (eights << 3 | u16::from(more)).to_be_bytes();
    join(&[&[next, 0], &place, &identification.to_be_bytes()])
}

pub(crate) fn udp(source: u16, destination: u16, payload: &[u8]) -> Vec<u8> {
    let length = (8 + payload.len()) as u16;
    join(&[&source.to_be_bytes(), &destination.to_be_bytes(), &length.to_be_bytes(), &[0, 0], payload])
}

pub(crate) fn tcp(source: u16, destination: u16, flags: u8, payload: &[u8]) -> Vec<u8> {
    let rest = [0, 0, 0, 1, 0, 0, 0, 0, 0x50, flags, 1, 0, 0, 0, 0, 0];
    join(&[&source.to_be_bytes(), &destination.to_be_bytes(), &rest, payload])
}

/// A request from 192.0.2.1 for 192.0.2.2.
pub(crate) fn arp() -> Vec<u8> {
    let hardware = [2, 0, 0, 0, 0, 1];
    join(&[&[0, 1, 8, 0, 6, 4, 0, 1], &hardware, &[192, 0, 2, 1], &[0; 6], &[192, 0, 2, 2]])
}
