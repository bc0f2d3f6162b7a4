//! Strange bytes: whatever comes, a packet goes out, and it keeps its word.

use blueline_terms::{Fragment, Network, OddityKind};
use blueline_wire::packet::{LinkType, Packet, decode};
use proptest::prelude::*;

use crate::frames::*;

/// A tall stack of layers, to be cut and changed at random.
fn towers() -> Vec<(LinkType, Vec<u8>)> {
    let inner = inner_ipv6();
    let vxlan = udp(40000, 4789, &join(&[&[8, 0, 0, 0, 0, 0, 1, 0], &ethernet(0x86dd, &inner)]));
    let gre = join(&[&[0x20, 0, 0x65, 0x58, 0, 0, 0, 1], &ethernet(0x0800, &ipv4(17, &vxlan))]);
    let chain = join(&[&extension(60, 1), &extension(44, 0), &fragment_header(17, 0, true, 1), &udp(1, 3544, &inner)]);
    let geneve = join(&[&[2, 0, 0x86, 0xdd, 0, 0, 1, 0], &[0, 1, 2, 1, 0, 0, 0, 0], &inner]);
    let gtp = join(&[&[0x34, 255, 0, 59, 0, 0, 0, 1], &[0, 0, 0, 0x85, 1, 0, 9, 0], &inner]);
    let erspan = join(&[&[0x10, 0, 0x22, 0xeb, 0, 0, 0, 1], &[0x20; 12], &ethernet(0x0806, &arp())]);
    let labels = join(&[&[0, 1, 0, 64, 0, 1, 1, 64, 0, 0, 0, 0], &ethernet(0x8864, &[0x11, 0, 0, 1, 0, 2, 0, 0x21])]);
    vec![
        (LinkType::ETHERNET, ethernet(0x0800, &ipv4(47, &gre))),
        (LinkType::ETHERNET, ethernet(0x88a8, &join(&[&[0, 1, 0x81, 0, 0, 2, 0x86, 0xdd], &ipv6(0, &chain)]))),
        (LinkType::ETHERNET, ethernet(0x8847, &labels)),
        (LinkType::RAW, ipv4(17, &udp(1, 6081, &geneve))),
        (LinkType::RAW, ipv6(17, &udp(2152, 2152, &gtp))),
        (LinkType::IPV4, ipv4(47, &erspan)),
        (LinkType::IPV4, ipv4(6, &tcp(1, 2, 0x12, &[0; 20]))),
        (LinkType::LINUX_SLL2, join(&[&[8, 0, 0, 0, 0, 0, 0, 1, 0, 1], &[0; 10], &ipv4(41, &inner)])),
        (LinkType::IEEE802_11_RADIOTAP, join(&[&[0, 0, 8, 0, 0, 0, 0, 0, 0x88, 1], &[0; 24], &[0xaa, 0xaa, 3]])),
        (LinkType::NFLOG, join(&[&[2, 0, 0, 1, 55, 0, 9, 0], &ipv4(17, &udp(1, 6080, &[0, 47, 0, 0, 0, 0, 8, 0]))])),
    ]
}

fn changed_towers() -> impl Strategy<Value = (LinkType, Vec<u8>, u32)> {
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6);
    let cut = prop::option::of(any::<prop::sample::Index>());
    (prop::sample::select(towers()), changes, cut, 0u32..400).prop_map(|((link, mut frame), changes, cut, length)| {
        for (at, byte) in changes {
            let at = at.index(frame.len());
            frame[at] = byte;
        }
        if let Some(cut) = cut {
            frame.truncate(cut.index(frame.len()));
        }
        (link, frame, length)
    })
}

/// What holds of every packet, whatever the bytes.
fn check(frame: &[u8], wire_length: u32, packet: &Packet<'_>) -> Result<(), TestCaseError> {
    prop_assert!(packet.payload.len() <= frame.len());
    prop_assert!(packet.payload_length as usize >= packet.payload.len());
    prop_assert!(packet.payload_length <= wire_length.max(frame.len() as u32));
    prop_assert!(packet.tunnel.is_none_or(|tunnel| (1..=4).contains(&tunnel.depth)));
    prop_assert!(packet.oddities.iter().all(|noted| noted.offset as usize <= frame.len()));
    match packet.network {
        Network::Other => {
            prop_assert_eq!((packet.source.bits(), packet.destination.bits(), packet.protocol), (0, 0, 0));
            prop_assert!(packet.tunnel.is_none() && packet.payload.is_empty());
        }
        Network::Ipv4 => prop_assert!(frame[packet.ip_offset as usize] >> 4 == 4),
        Network::Ipv6 => prop_assert!(frame[packet.ip_offset as usize] >> 4 == 6),
        Network::Arp => prop_assert!(packet.protocol != 0),
    }
    if packet.fragment == Fragment::Later {
        prop_assert!(packet.part.offset > 0 && packet.payload.is_empty());
        prop_assert_eq!((packet.source_port, packet.destination_port), (0, 0));
    }
    if wire_length as usize <= frame.len() {
        prop_assert!(!packet.has(OddityKind::CaptureShort), "nothing is missing from the capture");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_of_any_link_type(
        link in prop_oneof![prop::sample::select(LinkType::DECODED), any::<u16>().prop_map(LinkType)],
        frame in prop::collection::vec(any::<u8>(), 0..200),
        wire_length in any::<u32>(),
    ) {
        check(&frame, wire_length, &decode(link, &frame, wire_length))?;
    }

    #[test]
    fn towers_cut_and_changed((link, frame, wire_length) in changed_towers()) {
        let packet = decode(link, &frame, wire_length);
        check(&frame, wire_length, &packet)?;
        prop_assert_eq!(packet, decode(link, &frame, wire_length));
    }
}

#[test]
fn empty_frames_of_every_link_type() {
    for &link in LinkType::DECODED {
        let packet = decode(link, &[], 0);
        assert_eq!(packet.network, Network::Other, "{link}");
        assert_eq!(packet.oddities.count(), 1, "{link}");
    }
}

#[test]
fn frames_that_recurse_as_deep_as_they_are_long() {
    // SNAP that names LLC again, and Ethernet bridged in Ethernet.
    let snap = [0xaa, 0xaa, 3, 0, 0, 0, 0x88, 0x70].repeat(8000);
    assert!(decode(LinkType::ATM_RFC1483, &snap, 0).has(OddityKind::LinkMalformed));
    let bridged = ethernet(0x6558, &[]).repeat(8000);
    assert!(decode(LinkType::ETHERNET, &bridged, 0).has(OddityKind::LinkMalformed));
    let taps = [12, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0, 0].repeat(8000);
    assert!(decode(LinkType::PKTAP, &taps, 0).has(OddityKind::LinkMalformed));
}

#[test]
fn the_whole_capture_reads_like_the_whole_frame() {
    for (link, frame) in towers() {
        let length = frame.len() as u32;
        assert_eq!(decode(link, &frame, 0), decode(link, &frame, length), "{link}");
    }
}

#[test]
fn what_is_missing_is_placed_where_the_bytes_end() {
    // SLIP's own header has sixteen bytes: the IP header behind it would begin after the end of this frame.
    let told = [crate::read(LinkType::SLIP, &[0; 10]), crate::read_cut(LinkType::SLIP, &[0; 60], 10)];
    let noted = told.each_ref().map(|line| line.split(" | ").last().unwrap());
    assert_eq!(noted, ["link.malformed@10 begins 00 00 00 00", "capture.short@10 only 10 bytes captured"]);
}
