//! Link layers.

use blueline_wire::packet::LinkType;

use crate::frames::*;
use crate::{read, read_cut};

/// How an IPv4 packet with UDP and four bytes of payload reads.
const V4: &str = "ipv4 192.0.2.1.4000 > 192.0.2.2.53 p17 4/4";
const V6: &str = "ipv6 2001:db8::1.4000 > 2001:db8::2.53 p17 4/4";
const OTHER: &str = "other ::.0 > ::.0 p0 0/0";

fn v4() -> Vec<u8> {
    ipv4(17, &udp(4000, 53, &[1, 2, 3, 4]))
}

fn v6() -> Vec<u8> {
    ipv6(17, &udp(4000, 53, &[1, 2, 3, 4]))
}

/// A frame of `link` made of these parts.
fn parts(link: LinkType, parts: &[&[u8]]) -> String {
    read(link, &join(parts))
}

#[test]
fn ethernet_leads_to_ip_and_padding_is_cut() {
    assert_eq!(read(LinkType::ETHERNET, &ethernet(0x0800, &join(&[&v4(), &[0; 14]]))), V4);
    assert_eq!(read(LinkType::ETHERNET, &ethernet(0x86dd, &join(&[&v6(), &[0; 14]]))), V6);
}

#[test]
fn protocols_that_are_not_ip_are_not_odd() {
    for kind in [0x88cc, 0x8863, 0x9000, 0x8809, 0x88e5] {
        assert_eq!(read(LinkType::ETHERNET, &ethernet(kind, &[0; 46])), OTHER);
    }
    let spanning_tree = [0x42, 0x42, 0x03, 0, 0, 0];
    assert_eq!(read(LinkType::ETHERNET, &ethernet(6, &spanning_tree)), OTHER);
}

#[test]
fn a_frame_without_its_header_is_malformed_or_short() {
    assert_eq!(read(LinkType::ETHERNET, &[1, 2, 3]), format!("{OTHER} | link.malformed@0 begins 01 02 03 00"));
    let frame = ethernet(0x0800, &v4());
    assert_eq!(read_cut(LinkType::ETHERNET, &frame, 10), format!("{OTHER} | capture.short@0 only 10 bytes captured"));
}

#[test]
fn vlan_tags_stack() {
    let one = join(&[&[0x20, 7, 8, 0], &v4()]);
    assert_eq!(read(LinkType::ETHERNET, &ethernet(0x8100, &one)), format!("{V4} vlan [7]"));
    for kind in [0x88a8, 0x9100, 0x9200] {
        let two = join(&[&[0, 100, 0x81, 0], &one]);
        assert_eq!(read(LinkType::ETHERNET, &ethernet(kind, &two)), format!("{V4} vlan [100, 7]"));
    }
    let many = join(&[&[0, 1, 0x81, 0].repeat(5), &one]);
    assert_eq!(read(LinkType::ETHERNET, &ethernet(0x8100, &many)), format!("{V4} vlan [1, 1, 1, 1]"));
    let endless = ethernet(0x8100, &[0, 1, 0x81, 0].repeat(50));
    assert!(read(LinkType::ETHERNET, &endless).contains("link.malformed@78"));
}

#[test]
fn switch_tags_are_passed_by() {
    let vn_tag = join(&[&[0x80, 1, 0, 2, 8, 0], &v4()]);
    assert_eq!(read(LinkType::ETHERNET, &ethernet(0x8926, &vn_tag)), V4);
    let e_tag = join(&[&[0, 0, 0, 1, 0, 0, 8, 0], &v4()]);
    assert_eq!(read(LinkType::ETHERNET, &ethernet(0x893f, &e_tag)), V4);
    let backbone = join(&[&[0, 0, 0, 1], &ethernet(0x86dd, &v6())]);
    assert_eq!(read(LinkType::ETHERNET, &ethernet(0x88e7, &backbone)), V6);
}

#[test]
fn llc_carries_ip_with_and_without_snap() {
    let llc = |head: &[u8]| {
        let body = join(&[head, &v4()]);
        read(LinkType::ETHERNET, &ethernet(body.len() as u16, &body))
    };
    assert_eq!(llc(&[0xaa, 0xaa, 3, 0, 0, 0, 8, 0]), V4);
    assert_eq!(llc(&[0xaa, 0xaa, 3, 0, 0, 0xf8, 8, 0]), V4);
    assert_eq!(llc(&[0xaa, 0xaa, 3, 0, 0, 0x0c, 8, 0]), OTHER);
    assert_eq!(llc(&[6, 6, 3]), V4);
    assert_eq!(llc(&[0xfe, 0xfe, 3, 0xcc]), V4);
    let fddi = [&[0x50][..], &[0; 12], &[0xaa, 0xaa, 3, 0, 0, 0, 8, 0], &v4()];
    assert_eq!(parts(LinkType::FDDI, &fddi), V4);
    assert_eq!(parts(LinkType::ATM_RFC1483, &fddi[2..]), V4);
}

#[test]
fn ppp_in_every_wrapping() {
    assert_eq!(parts(LinkType::PPP, &[&[0xff, 3, 0, 0x21], &v4()]), V4);
    assert_eq!(parts(LinkType::PPP, &[&[0, 0x57], &v6()]), V6);
    assert_eq!(parts(LinkType::PPP, &[&[0x21], &v4()]), V4);
    assert_eq!(parts(LinkType::PPP, &[&[0xc0, 0x21, 1, 1, 0, 4]]), OTHER);
    assert_eq!(parts(LinkType::PPP_HDLC, &[&[0xff, 3, 0, 0x21], &v4()]), V4);
    assert_eq!(parts(LinkType::PPP_HDLC, &[&[0x0f, 0, 8, 0], &v4()]), V4);
    assert_eq!(parts(LinkType::PPP_WITH_DIRECTION, &[&[1, 0xff, 3, 0, 0x21], &v4()]), V4);
    assert_eq!(parts(LinkType::C_HDLC, &[&[0x8f, 0, 0x86, 0xdd], &v6()]), V6);
    assert_eq!(parts(LinkType::C_HDLC, &[&[0x8f, 0, 0x80, 0x35, 0, 0]]), OTHER);
}

#[test]
fn pppoe_sessions() {
    let session = |length: u8| join(&[&[0x11, 0, 0, 5, 0, length, 0, 0x21], &v4()]);
    assert_eq!(read(LinkType::ETHERNET, &ethernet(0x8864, &session(34))), V4);
    assert_eq!(read(LinkType::PPP_ETHER, &session(34)), V4);
    assert_eq!(read(LinkType::PPP_ETHER, &session(99)), format!("{V4} | link.malformed@0 begins 11 00 00 05"));
    assert_eq!(
        read(LinkType::PPP_ETHER, &[0x21, 0, 0, 5, 0, 0]),
        format!("{OTHER} | link.malformed@0 begins 21 00 00 05")
    );
    assert_eq!(read(LinkType::PPP_ETHER, &[0x11, 9, 0, 5, 0, 0]), OTHER);
}

#[test]
fn label_stacks_carry_ip_or_ethernet() {
    let labels =
        |last: [u8; 4], body: &[u8]| read(LinkType::ETHERNET, &ethernet(0x8847, &join(&[&[0, 1, 0, 64], &last, body])));
    let bottom = [0, 2, 1, 64];
    assert_eq!(labels(bottom, &v4()), V4);
    assert_eq!(labels(bottom, &v6()), V6);
    assert_eq!(labels([0, 0, 1, 64], &v4()), V4);
    assert_eq!(labels([0, 0, 0x21, 64], &v6()), V6);
    let control_word = join(&[&[0; 4], &ethernet(0x86dd, &v6())]);
    assert_eq!(labels(bottom, &control_word), V6);
    assert_eq!(labels(bottom, &ethernet(0x8100, &join(&[&[0, 9, 8, 0], &v4()]))), format!("{V4} vlan [9]"));
    // A receiver whose address begins like an IPv4 header.
    let mut frame = ethernet(0x0800, &v4());
    frame[0] = 0x41;
    assert_eq!(labels(bottom, &frame), V4);
    // An associated channel.
    assert_eq!(labels(bottom, &[0x10, 0, 0, 0x21, 1, 2, 3]), OTHER);
    let endless = ethernet(0x8847, &[0, 1, 0, 64].repeat(100));
    assert!(read(LinkType::ETHERNET, &endless).contains("link.malformed"));
}

#[test]
fn cooked_captures() {
    let v1 = |hardware: u8, protocol: [u8; 2]| join(&[&[0, 0, 3, hardware, 0, 6], &[0; 8], &protocol]);
    assert_eq!(parts(LinkType::LINUX_SLL, &[&[0, 0, 0, 1, 0, 6], &[0; 8], &[8, 0], &v4()]), V4);
    assert_eq!(parts(LinkType::LINUX_SLL, &[&v1(0x38, [8, 0]), &v4()]), OTHER);
    let llc = [&[0, 0, 0, 1, 0, 6][..], &[0; 8], &[0, 4], &[0xaa, 0xaa, 3, 0, 0, 0, 8, 0], &v4()];
    assert_eq!(parts(LinkType::LINUX_SLL, &llc), V4);
    let v2 = [&[0x86, 0xdd, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6][..], &[0; 8], &v6()];
    assert_eq!(parts(LinkType::LINUX_SLL2, &v2), V6);
}

#[test]
fn raw_and_loopback() {
    for link in [LinkType::RAW, LinkType::RAW_BSD, LinkType::RAW_OPENBSD] {
        assert_eq!(read(link, &v4()), V4);
        assert_eq!(read(link, &v6()), V6);
    }
    assert_eq!(read(LinkType::IPV4, &v4()), V4);
    assert_eq!(read(LinkType::IPV6, &v6()), V6);
    assert!(read(LinkType::IPV6, &v4()).contains("ipv6.malformed@0"), "an IPv4 packet is no IPv6 packet");
    assert_eq!(read(LinkType::RAW, &[0x15; 30]), format!("{OTHER} | link.malformed@0 begins 15 15 15 15"));
    for family in [10, 23, 24, 26, 28, 30] {
        assert_eq!(parts(LinkType::NULL, &[&[family, 0, 0, 0], &v6()]), V6);
        assert_eq!(parts(LinkType::NULL, &[&[0, 0, 0, family], &v6()]), V6);
        assert_eq!(parts(LinkType::LOOP, &[&[0, 0, 0, family], &v6()]), V6);
    }
    assert_eq!(parts(LinkType::LOOP, &[&[0, 0, 0, 2], &v4()]), V4);
    assert_eq!(parts(LinkType::NULL, &[&[2, 0, 0, 0], &v4()]), V4);
    assert_eq!(parts(LinkType::NULL, &[&[7, 0, 0, 0], &v4()]), OTHER);
}

#[test]
fn wireless_data_frames() {
    let snap = [0xaa, 0xaa, 3, 0, 0, 0, 8, 0];
    let frame = |control: [u8; 2], rest: usize, extra: &[u8]| {
        join(&[&control, &vec![0; 22 + rest], extra, &snap, &v4(), &[1, 2, 3, 4]])
    };
    let wlan = |frame: Vec<u8>| read(LinkType::IEEE802_11, &frame);
    assert_eq!(wlan(frame([0x08, 0x01], 0, &[])), V4);
    assert_eq!(wlan(frame([0x88, 0x01], 2, &[])), V4);
    assert_eq!(wlan(frame([0x88, 0x81], 6, &[])), V4, "with an HT control field");
    assert_eq!(wlan(frame([0x08, 0x03], 6, &[])), V4, "with four addresses");
    assert_eq!(wlan(frame([0x08, 0x41], 0, &[])), OTHER, "encrypted");
    assert_eq!(wlan(frame([0x48, 0x01], 0, &[])), OTHER, "no data");
    assert_eq!(wlan(frame([0x80, 0x00], 0, &[])), OTHER, "a beacon");
    assert_eq!(wlan(vec![0xd4, 0, 0, 0, 1, 2, 3, 4, 5, 6]), OTHER, "an acknowledgement");
    let subframe = join(&[&[0; 12], &[0, 40]]);
    let mut aggregate = frame([0x88, 0x01], 2, &subframe);
    aggregate[24] = 0x80;
    assert_eq!(wlan(aggregate), V4, "an aggregate of subframes");
    assert!(read_cut(LinkType::IEEE802_11, &frame([0x08, 0x01], 0, &[]), 20).contains("capture.short@0"));
}

#[test]
fn wireless_capture_headers() {
    let data = join(&[&[0x88, 0x01], &[0; 24], &[0xaa, 0xaa, 3, 0, 0, 0, 8, 0], &v4()]);
    assert_eq!(parts(LinkType::IEEE802_11_RADIOTAP, &[&[0, 0, 8, 0, 0, 0, 0, 0], &data]), V4);
    // Time stamp and flags; the flags say that the body is aligned to four bytes, so two bytes of padding follow.
    let padded = join(&[&data[..26], &[0; 2], &data[26..]]);
    let radiotap = join(&[&[0, 0, 17, 0, 3, 0, 0, 0], &[0; 8], &[0x20]]);
    assert_eq!(parts(LinkType::IEEE802_11_RADIOTAP, &[&radiotap, &padded]), V4);
    // The same behind a second word of presence bits.
    let radiotap = join(&[&[0, 0, 25, 0, 3, 0, 0, 0x80, 0, 0, 0, 0], &[0; 4], &[0; 8], &[0x20]]);
    assert_eq!(parts(LinkType::IEEE802_11_RADIOTAP, &[&radiotap, &padded]), V4);
    assert!(parts(LinkType::IEEE802_11_RADIOTAP, &[&[1, 0, 8, 0, 0, 0, 0, 0], &data]).contains("link.malformed"));
    assert_eq!(parts(LinkType::IEEE802_11_PRISM, &[&[0x44, 0, 0, 0, 16, 0, 0, 0], &[0; 8], &data]), V4);
    let avs = join(&[&[0x80, 0x21, 0x10, 1, 0, 0, 0, 64], &[0; 56], &data]);
    assert_eq!(read(LinkType::IEEE802_11_AVS, &avs), V4);
    assert_eq!(read(LinkType::IEEE802_11_PRISM, &avs), V4);
    let ppi = [&[0, 0, 8, 0, 105, 0, 0, 0][..], &data];
    assert_eq!(parts(LinkType::PPI, &ppi), V4);
}

#[test]
fn logs_taps_and_lines() {
    let packet = v4();
    let length = (4 + packet.len()) as u8;
    let attributes = join(&[&[6, 0, 10, 0, b'e', 0, 0, 0], &[length, 0, 9, 0], &packet]);
    assert_eq!(parts(LinkType::NFLOG, &[&[2, 0, 0, 1], &attributes]), V4);
    let attributes = join(&[&[0, 6, 0, 10, b'e', 0, 0, 0], &[0, length, 0, 9], &packet]);
    assert_eq!(parts(LinkType::NFLOG, &[&[2, 0, 0, 1], &attributes]), V4, "the other byte order");
    assert!(parts(LinkType::NFLOG, &[&[2, 0, 0, 1], &[3, 0, 9, 0]]).contains("link.malformed@4"));
    assert_eq!(parts(LinkType::PFLOG, &[&[61, 24], &[0; 62], &v6()]), V6);
    let tap = join(&[&[16, 0, 0, 0], &[1, 0, 0, 0], &[1, 0, 0, 0], &[0; 4], &ethernet(0x0800, &packet)]);
    assert_eq!(read(LinkType::PKTAP, &tap), V4);
    assert_eq!(parts(LinkType::SLIP, &[&[0; 16], &packet]), V4);
    for head in [&[0x18, 0x41, 3, 0xcc][..], &[0x18, 0x41, 3, 0, 0xcc], &[0x18, 0x41, 8, 0], &[0x18, 0x40, 1, 3, 0xcc]]
    {
        assert_eq!(parts(LinkType::FRELAY, &[head, &packet]), V4, "{head:x?}");
    }
    assert_eq!(parts(LinkType::MPLS, &[&[0, 1, 1, 64], &packet]), V4);
}

#[test]
fn unknown_link_types_are_named() {
    assert_eq!(read(LinkType(147), &v4()), format!("{OTHER} | link.unknown@0 link type 147"));
}
