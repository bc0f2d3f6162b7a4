//! Host configuration: discoveries of a relay's clients (RFC 2131, section 4.3.1) and solicitations (RFC 8415, section
//! 16.2). Each bears a new hardware address.

use blueline_terms::Address;

use crate::payload::Payload;
use crate::random::Draw;

/// The cookie before the options (RFC 2132, section 2).
const COOKIE: [u8; 4] = [0x63, 0x82, 0x53, 0x63];

/// A discovery as if passed on by the relay with this address; for IPv6 a client's own solicitation.
pub(crate) fn discovery(relay: Address, draw: &mut Draw) -> Payload {
    let mut hardware = draw.bytes::<6>();
    // Locally administered, for one host.
    hardware[0] = hardware[0] & 0xfc | 2;
    if !relay.is_v4() {
        return solicitation(hardware, draw);
    }
    let mut out = vec![1, 1, 6, 1];
    out.extend_from_slice(&draw.bytes::<4>());
    out.extend_from_slice(&[0; 16]);
    out.extend_from_slice(&(relay.bits() as u32).to_be_bytes());
    out.extend_from_slice(&hardware);
    // The rest of the hardware address, server name and boot file.
    out.resize(236, 0);
    out.extend_from_slice(&COOKIE);
    // Discover; wanted are mask, router, name servers and domain.
    out.extend_from_slice(&[53, 1, 1, 55, 4, 1, 3, 6, 15, 255]);
    // The least that a client may send (RFC 1542, section 2.1).
    out.resize(300, 0);
    Payload::plain(out)
}

fn solicitation(hardware: [u8; 6], draw: &mut Draw) -> Payload {
    let transaction = draw.bytes::<3>();
    let mut out = vec![1];
    out.extend_from_slice(&transaction);
    // Client identifier by its hardware address (section 11.4).
    out.extend_from_slice(&[0, 1, 0, 10, 0, 3, 0, 1]);
    out.extend_from_slice(&hardware);
    // Time since the first try; an association for addresses.
    out.extend_from_slice(&[0, 8, 0, 2, 0, 0, 0, 3, 0, 12]);
    out.extend_from_slice(&hardware[2..]);
    out.extend_from_slice(&[0; 8]);
    Payload::plain(out)
}
