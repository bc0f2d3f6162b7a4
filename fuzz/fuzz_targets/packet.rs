//! The packet decoder: the first two bytes are the link type, the next says how much the capture cut, the rest is the
//! frame.
#![no_main]

use blueline_terms::{Fragment, Network, OddityKind};
use blueline_wire::packet::{LinkType, decode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((&[high, low, cut], frame)) = input.split_first_chunk() else { return };
    // Most numbers are no link type that is decoded; the low ones are mapped to those that are.
    let number = u16::from_be_bytes([high, low]);
    let link = LinkType::DECODED.get(usize::from(number)).copied().unwrap_or(LinkType(number));
    let wire_length = frame.len() as u32 + u32::from(cut);
    let packet = decode(link, frame, wire_length);
    assert!(packet.payload.len() <= frame.len());
    assert!(packet.payload_length >= packet.payload.len() as u32 && packet.payload_length <= wire_length);
    assert!(packet.tunnel.is_none_or(|tunnel| (1..=4).contains(&tunnel.depth)));
    assert!(packet.oddities.iter().all(|noted| noted.offset as usize <= frame.len()));
    assert!(cut > 0 || !packet.has(OddityKind::CaptureShort));
    if packet.network == Network::Other {
        assert!(packet.source.bits() == 0 && packet.destination.bits() == 0 && packet.tunnel.is_none());
    }
    if packet.fragment == Fragment::Later {
        assert!(packet.payload.is_empty() && packet.source_port == 0);
    }
});
