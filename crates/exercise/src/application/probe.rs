//! What a scan over UDP asks: the usual question of a port's service, and nothing where there is none.

use super::dns;
use crate::payload::Payload;
use crate::random::Draw;

/// The question; empty where the port is nobody's.
pub(crate) fn question(port: u16, draw: &mut Draw) -> Payload {
    match port {
        53 => Payload::plain(dns::asking("version.bind", dns::TXT, draw)),
        123 => {
            // Version 4, mode 3: client.
            let mut out = [0; 48];
            out[0] = 4 << 3 | 3;
            Payload::plain(out)
        }
        161 => Payload::plain(SYSTEM_DESCRIPTION),
        1900 => Payload::plain(
            "M-SEARCH * HTTP/1.1\r\nHOST:239.255.255.250:1900\r\nMAN:\"ssdp:discover\"\r\nMX:1\r\nST:upnp:rootdevice\r\n\r\n",
        ),
        _ => Payload::default(),
    }
}

/// What somebody says who listens there.
pub(crate) fn answer(port: u16, draw: &mut Draw) -> Payload {
    match port {
        53 => {
            let asked = dns::asking("version.bind", dns::TXT, draw);
            Payload::plain(dns::answering(&asked, dns::TXT, None))
        }
        123 => {
            // Version 4, mode 4: server, of stratum 2.
            let mut out = [0; 48];
            out[..4].copy_from_slice(&[4 << 3 | 4, 2, 6, 0xe9]);
            Payload::plain(out)
        }
        161 => {
            let mut out = SYSTEM_DESCRIPTION;
            out[13] = 0xa2;
            Payload::plain(out)
        }
        _ => Payload::noisy([], 40, draw),
    }
}

/// Version 2c, community "public", get, the description of the system (RFC 3416, section 3).
const SYSTEM_DESCRIPTION: [u8; 43] = [
    0x30, 41, 2, 1, 1, 4, 6, b'p', b'u', b'b', b'l', b'i', b'c', 0xa0, 28, 2, 4, 0x1d, 0x2c, 0x3b, 0x4a, 2, 1, 0, 2, 1,
    0, 0x30, 14, 0x30, 12, 6, 8, 0x2b, 6, 1, 2, 1, 1, 1, 0, 5, 0,
];
