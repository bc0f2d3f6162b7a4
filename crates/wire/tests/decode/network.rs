//! Network layers.

use blueline_wire::packet::LinkType;

use crate::frames::*;
use crate::{read, read_cut};

fn raw(packet: &[u8]) -> String {
    read(LinkType::RAW, packet)
}

#[test]
fn arp_has_its_addresses_and_its_operation() {
    let frame = ethernet(0x0806, &join(&[&arp(), &[0; 18]]));
    assert_eq!(read(LinkType::ETHERNET, &frame), "arp 192.0.2.1.0 > 192.0.2.2.0 p1 0/0");
    assert_eq!(
        read(LinkType::ETHERNET, &frame[..40]),
        "other ::.0 > ::.0 p0 0/0 | arp.malformed@38 begins c0 00 00 00",
    );
    let mut odd = frame.clone();
    odd[20] = 1;
    assert!(read(LinkType::ETHERNET, &odd).ends_with("arp.malformed@14 begins 00 01 08 00"), "operation 257");
    let mut other = frame;
    other[16..18].copy_from_slice(&[0x80, 0x9b]);
    assert_eq!(read(LinkType::ETHERNET, &other), "other ::.0 > ::.0 p0 0/0", "AppleTalk's");
}

#[test]
fn ipv4_options_are_passed_by() {
    let mut packet = ipv4(17, &join(&[&[0x94, 4, 0, 0], &udp(1, 2, &[9])]));
    packet[0] = 0x46;
    assert_eq!(raw(&packet), "ipv4 192.0.2.1.1 > 192.0.2.2.2 p17 1/1");
    assert_eq!(
        read_cut(LinkType::RAW, &packet, 22),
        "ipv4 192.0.2.1.0 > 192.0.2.2.0 p17 0/0 | capture.short@0 only 22 bytes captured"
    );
}

#[test]
fn impossible_ipv4_headers() {
    let good = ipv4(17, &udp(1, 2, &[9]));
    let changed = |at: usize, byte: u8| {
        let mut packet = good.clone();
        packet[at] = byte;
        read(LinkType::IPV4, &packet)
    };
    assert_eq!(changed(0, 0x44), "other ::.0 > ::.0 p0 0/0 | ipv4.malformed@0 begins 44 00 00 1d");
    assert!(changed(0, 0x55).contains("ipv4.malformed"), "version 5");
    assert!(changed(0, 0x4f).contains("ipv4.malformed"), "header beyond the packet");
    assert!(changed(3, 19).contains("ipv4.malformed"), "total below the header");
    assert_eq!(
        changed(3, 30),
        "ipv4 192.0.2.1.1 > 192.0.2.2.2 p17 1/1 | ip.length@2 claims 30 bytes",
        "total beyond the frame"
    );
    assert_eq!(changed(3, 0), "ipv4 192.0.2.1.1 > 192.0.2.2.2 p17 1/1", "segments cut later by the card");
    assert!(read(LinkType::IPV4, &good[..19]).contains("ipv4.malformed"));
    assert_eq!(
        read_cut(LinkType::IPV4, &good, 19),
        "other ::.0 > ::.0 p0 0/0 | capture.short@0 only 19 bytes captured"
    );
}

#[test]
fn ipv4_fragments() {
    let datagram = udp(4000, 53, &[0; 40]);
    assert_eq!(
        raw(&ipv4_fragment(17, 0, true, &datagram[..16])),
        "ipv4 192.0.2.1.4000 > 192.0.2.2.53 p17 8/8 First 16@0+#7"
    );
    assert_eq!(
        raw(&ipv4_fragment(17, 2, true, &datagram[16..32])),
        "ipv4 192.0.2.1.0 > 192.0.2.2.0 p17 0/0 Later 16@16+#7"
    );
    assert_eq!(
        raw(&ipv4_fragment(17, 4, false, &datagram[32..])),
        "ipv4 192.0.2.1.0 > 192.0.2.2.0 p17 0/0 Later 16@32#7"
    );
}

#[test]
fn fragments_too_small_and_too_far() {
    let segment = tcp(4000, 80, 0x02, &[]);
    assert_eq!(
        raw(&ipv4_fragment(6, 0, true, &segment[..16])),
        "ipv4 192.0.2.1.4000 > 192.0.2.2.80 p6 0/0 First 16@0+#7 | fragment.tiny@20 carries 16 bytes"
    );
    assert!(raw(&ipv4_fragment(6, 1, false, &segment[8..])).contains("fragment.tiny"), "could overwrite the flags");
    assert!(!raw(&ipv4_fragment(17, 1, false, &segment[8..])).contains("fragment.tiny"));
    assert_eq!(
        raw(&ipv4_fragment(1, 8189, false, &[0; 16])),
        "ipv4 192.0.2.1.0 > 192.0.2.2.0 p1 0/0 Later 16@65512#7 | fragment.oversize@20 reaches byte 65548"
    );
    assert!(!raw(&ipv4_fragment(1, 8187, false, &[0; 16])).contains("oversize"));
    // Options of the first fragment may go on in the next.
    let mut segment = tcp(4000, 80, 0x12, &[1; 4]);
    segment[12] = 0xf0;
    assert_eq!(
        raw(&ipv4_fragment(6, 0, true, &segment)),
        "ipv4 192.0.2.1.4000 > 192.0.2.2.80 p6 0/0 flags 12 First 24@0+#7"
    );
}

#[test]
fn ipv6_extension_headers_are_passed_by() {
    let mut chain = Vec::new();
    for next in [60, 43, 60, 135, 139, 140, 17] {
        chain.extend(extension(next, 1));
    }
    chain.extend(udp(4000, 53, &[1]));
    assert_eq!(raw(&ipv6(0, &chain)), "ipv6 2001:db8::1.4000 > 2001:db8::2.53 p17 1/1");
    // A message of its own, the last of the chain, is the protocol.
    assert_eq!(raw(&ipv6(135, &extension(59, 0))), "ipv6 2001:db8::1.0 > 2001:db8::2.0 p135 0/0");
    assert_eq!(raw(&ipv6(59, &[1, 2, 3])), "ipv6 2001:db8::1.0 > 2001:db8::2.0 p59 0/0");
}

#[test]
fn ipv6_chains_that_cannot_be_right() {
    let mut long = Vec::new();
    for _ in 0..20 {
        long.extend(extension(60, 0));
    }
    assert_eq!(
        raw(&ipv6(60, &long)),
        "ipv6 2001:db8::1.0 > 2001:db8::2.0 p60 0/0 | ipv6.chain-long@176 next header 60 was not read"
    );
    let late = join(&[&extension(0, 0), &extension(17, 0), &udp(1, 2, &[])]);
    assert!(raw(&ipv6(60, &late)).starts_with("ipv6 2001:db8::1.1 > 2001:db8::2.2 p17 0/0 | ipv6.malformed@48"));
    let cut = ipv6(60, &extension(17, 3)[..16]);
    assert_eq!(raw(&cut), "ipv6 2001:db8::1.0 > 2001:db8::2.0 p60 0/0 | ipv6.malformed@40 begins 11 03 00 00");
    let whole = ipv6(60, &join(&[&extension(17, 3), &udp(1, 2, &[])]));
    assert_eq!(
        read_cut(LinkType::RAW, &whole, 50),
        "ipv6 2001:db8::1.0 > 2001:db8::2.0 p60 0/0 | capture.short@40 only 50 bytes captured"
    );
    assert!(read(LinkType::IPV6, &whole[..39]).contains("ipv6.malformed@0"));
    let mut claims = ipv6(17, &udp(1, 2, &[]));
    claims[5] = 99;
    assert!(raw(&claims).ends_with("p17 0/0 | ip.length@4 claims 99 bytes"));
}

#[test]
fn the_longest_allowed_chain_is_read() {
    let mut chain = Vec::new();
    for place in 0..16 {
        chain.extend(extension(if place == 15 { 17 } else { 60 }, 0));
    }
    chain.extend(udp(1, 2, &[]));
    assert_eq!(raw(&ipv6(60, &chain)), "ipv6 2001:db8::1.1 > 2001:db8::2.2 p17 0/0");
}

#[test]
fn jumbograms_are_the_rest_of_the_frame() {
    let mut packet = ipv6(0, &join(&[&[6, 0, 0xc2, 4, 0, 1, 0, 0], &tcp(1, 2, 0x10, &[0; 60])]));
    packet[4..6].copy_from_slice(&[0, 0]);
    assert_eq!(raw(&packet), "ipv6 2001:db8::1.1 > 2001:db8::2.2 p6 60/60 flags 10");
}

#[test]
fn ipv6_fragments() {
    let datagram = udp(4000, 53, &[0; 40]);
    let fragment = |eights, more, body: &[u8]| raw(&ipv6(44, &join(&[&fragment_header(17, eights, more, 99), body])));
    assert_eq!(fragment(0, true, &datagram[..16]), "ipv6 2001:db8::1.4000 > 2001:db8::2.53 p17 8/8 First 16@0+#99");
    assert_eq!(fragment(2, false, &datagram[16..]), "ipv6 2001:db8::1.0 > 2001:db8::2.0 p17 0/0 Later 32@16#99");
    assert_eq!(fragment(0, false, &datagram), "ipv6 2001:db8::1.4000 > 2001:db8::2.53 p17 40/40", "an atomic one");
    assert!(fragment(8190, false, &datagram[..16]).contains("fragment.oversize@48 reaches byte 65536"));
    let headers = join(&[&fragment_header(60, 0, true, 99), &extension(17, 2)[..8]]);
    assert!(raw(&ipv6(44, &headers)).contains("fragment.tiny@48 carries 8 bytes"), "the chain ends in the next one");
}

#[test]
fn authentication_is_passed_by_and_encryption_ends_the_reading() {
    let authenticated = join(&[&[17, 4, 0, 0], &[0; 20], &udp(1, 2, &[5])]);
    assert_eq!(raw(&ipv4(51, &authenticated)), "ipv4 192.0.2.1.1 > 192.0.2.2.2 p17 1/1");
    assert_eq!(raw(&ipv6(51, &authenticated)), "ipv6 2001:db8::1.1 > 2001:db8::2.2 p17 1/1");
    assert_eq!(raw(&ipv4(50, &[1; 40])), "ipv4 192.0.2.1.0 > 192.0.2.2.0 p50 0/0");
    assert_eq!(raw(&ipv6(50, &[1; 40])), "ipv6 2001:db8::1.0 > 2001:db8::2.0 p50 0/0");
    assert!(raw(&ipv4(51, &authenticated[..16])).contains("transport.malformed@20"));
}

#[test]
fn packets_between_an_endpoint_and_itself() {
    let land = ipv4_between([192, 0, 2, 1], [192, 0, 2, 1], 6, &tcp(139, 139, 2, &[]));
    assert_eq!(
        read(LinkType::ETHERNET, &ethernet(0x0800, &land)),
        "ipv4 192.0.2.1.139 > 192.0.2.1.139 p6 0/0 flags 02 | ip.same-endpoints@34 port 139 on both sides"
    );
    let harmless = ipv4_between([127, 0, 0, 1], [127, 0, 0, 1], 6, &tcp(40000, 80, 2, &[]));
    assert!(!raw(&harmless).contains("same-endpoints"));
}
