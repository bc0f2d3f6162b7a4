//! The network layer: IPv4 (RFC 791), IPv6 (RFC 8200) and their fragments.

use blueline_terms::Address;

use super::Sum;

/// What an IP header needs beside its payload.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header {
    pub(crate) source: Address,
    pub(crate) destination: Address,
    /// TTL or hop limit.
    pub(crate) ttl: u8,
    /// Identification: the same for all fragments of a packet.
    pub(crate) id: u32,
    /// IPv6 flow label.
    pub(crate) label: u32,
}

impl Header {
    /// Whether both addresses are IPv4. The two ends of a packet are always of one family.
    pub(crate) fn is_v4(&self) -> bool {
        self.source.is_v4()
    }

    /// Length of the header in bytes.
    pub(crate) fn length(&self) -> usize {
        if self.is_v4() { 20 } else { 40 }
    }

    /// Appends the header of a packet with `payload` bytes behind it.
    pub(crate) fn write(&self, protocol: u8, payload: usize, out: &mut Vec<u8>) {
        if self.is_v4() {
            self.write_v4(protocol, payload, 0, out);
        } else {
            self.write_v6(protocol, payload, out);
        }
    }

    /// The checksum's pseudo-header (RFC 9293 section 3.1, RFC 8200 section 8.1).
    pub(crate) fn pseudo(&self, protocol: u8, length: usize) -> Sum {
        let sum = Sum::default().word(u16::from(protocol)).word(length as u16);
        if self.is_v4() {
            sum.bytes(&v4(self.source)).bytes(&v4(self.destination))
        } else {
            sum.bytes(&self.source.bits().to_be_bytes()).bytes(&self.destination.bits().to_be_bytes())
        }
    }

    /// `offset_field` is flags and offset as they stand in the header; 0 asks for the usual "don't fragment".
    fn write_v4(&self, protocol: u8, payload: usize, offset_field: u16, out: &mut Vec<u8>) {
        let mut header = [0; 20];
        header[0] = 0x45;
        // Packets are built within the MTU or from a UDP datagram below 64 KiB, so the length fits.
        header[2..4].copy_from_slice(&((20 + payload) as u16).to_be_bytes());
        header[4..6].copy_from_slice(&(self.id as u16).to_be_bytes());
        header[6..8].copy_from_slice(&offset_field.to_be_bytes());
        header[8] = self.ttl;
        header[9] = protocol;
        header[12..16].copy_from_slice(&v4(self.source));
        header[16..20].copy_from_slice(&v4(self.destination));
        let checksum = Sum::default().bytes(&header).finish();
        header[10..12].copy_from_slice(&checksum.to_be_bytes());
        out.extend_from_slice(&header);
    }

    fn write_v6(&self, next: u8, payload: usize, out: &mut Vec<u8>) {
        let mut header = [0; 40];
        header[0..4].copy_from_slice(&(6 << 28 | (self.label & 0x000f_ffff)).to_be_bytes());
        header[4..6].copy_from_slice(&(payload as u16).to_be_bytes());
        header[6] = next;
        header[7] = self.ttl;
        header[8..24].copy_from_slice(&self.source.bits().to_be_bytes());
        header[24..40].copy_from_slice(&self.destination.bits().to_be_bytes());
        out.extend_from_slice(&header);
    }
}

/// The last four bytes of an IPv4 address's 128 bits.
fn v4(address: Address) -> [u8; 4] {
    (address.bits() as u32).to_be_bytes()
}

const IPV6_FRAGMENT: u8 = 44;
const MORE_FRAGMENTS: u16 = 0x2000;

/// Cuts the payload of an IP packet into packets of at most `mtu` bytes (RFC 791 section 3.2, RFC 8200 section 4.5).
/// Gives the whole packet back when it fits.
pub(crate) fn fragments(header: &Header, protocol: u8, packet: Vec<u8>, mtu: usize) -> Vec<Vec<u8>> {
    if packet.len() <= mtu {
        return vec![packet];
    }
    let extension = if header.is_v4() { 0 } else { 8 };
    let room = (mtu - header.length() - extension) & !7;
    let payload = &packet[header.length()..];
    let last = payload.len().div_ceil(room) - 1;
    let parts = payload.chunks(room).enumerate().map(|(number, part)| {
        let mut out = Vec::with_capacity(header.length() + extension + part.len());
        let units = (number * room / 8) as u16;
        let more = number < last;
        if header.is_v4() {
            header.write_v4(protocol, part.len(), units | if more { MORE_FRAGMENTS } else { 0 }, &mut out);
        } else {
            header.write_v6(IPV6_FRAGMENT, part.len() + extension, &mut out);
            out.extend_from_slice(&[protocol, 0]);
            out.extend_from_slice(&(units << 3 | u16::from(more)).to_be_bytes());
            out.extend_from_slice(&header.id.to_be_bytes());
        }
        out.extend_from_slice(part);
        out
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fragments_make_up_the_packet() {
        for (source, destination) in [("192.0.2.1", "198.51.100.2"), ("2001:db8::1", "2001:db8::2")] {
            let header = Header {
                source: source.parse().unwrap(),
                destination: destination.parse().unwrap(),
                ttl: 60,
                id: 7,
                label: 1,
            };
            let mut packet = Vec::new();
            header.write(17, 4000, &mut packet);
            packet.extend((0..4000u32).map(|n| n as u8));
            let parts = fragments(&header, 17, packet.clone(), 1500);
            assert_eq!(parts.len(), 3);
            assert!(parts.iter().all(|part| part.len() <= 1500));
            let skip = header.length() + if header.is_v4() { 0 } else { 8 };
            let joined: Vec<u8> = parts.iter().flat_map(|part| part[skip..].to_vec()).collect();
            assert_eq!(joined, packet[header.length()..]);
            assert_eq!(fragments(&header, 17, packet.clone(), 5000), [packet]);
        }
    }
}
