//! Tunnels.

use blueline_wire::packet::LinkType;

use crate::frames::*;
use crate::{read, read_cut};

/// How the inner packets read, before the tunnel is named.
const INNER_V4: &str = "ipv4 10.0.0.1.1111 > 10.0.0.2.53 p17 3/3";
const INNER_V6: &str = "ipv6 fd00::1.1111 > fd00::2.53 p17 3/3";

/// What is expected of an inner packet in a tunnel over IPv4.
fn over(inner: &str, kind: &str, id: u32) -> String {
    format!("{inner} in {kind} 192.0.2.1 > 192.0.2.2 #{id} x1")
}

fn in_ip(protocol: u8, parts: &[&[u8]]) -> String {
    read(LinkType::RAW, &ipv4(protocol, &join(parts)))
}

fn in_udp(port: u16, parts: &[&[u8]]) -> String {
    read(LinkType::RAW, &ipv4(17, &udp(40000, port, &join(parts))))
}

fn inner_ethernet() -> Vec<u8> {
    ethernet(0x0800, &inner_ipv4())
}

#[test]
fn ip_in_ip() {
    assert_eq!(in_ip(4, &[&inner_ipv4()]), over(INNER_V4, "ip-in-ip", 0));
    assert_eq!(in_ip(41, &[&inner_ipv6()]), over(INNER_V6, "ip-in-ip", 0));
    let outer = "in ip-in-ipv6 2001:db8::1 > 2001:db8::2 #0 x1";
    assert_eq!(read(LinkType::RAW, &ipv6(4, &inner_ipv4())), format!("{INNER_V4} {outer}"));
    assert_eq!(read(LinkType::RAW, &ipv6(41, &inner_ipv6())), format!("{INNER_V6} {outer}"));
}

#[test]
fn an_unreadable_inside_leaves_the_outer_layer() {
    assert_eq!(
        in_ip(4, &[&[0x4f, 1, 2, 3], &[0; 20]]),
        "ipv4 192.0.2.1.0 > 192.0.2.2.0 p4 24/24 | tunnel.malformed@20 begins 4f 01 02 03"
    );
    let packet = ipv4(4, &inner_ipv4());
    assert_eq!(
        read_cut(LinkType::RAW, &packet, 30),
        "ipv4 192.0.2.1.0 > 192.0.2.2.0 p4 10/31 | capture.short@20 only 30 bytes captured"
    );
    assert_eq!(
        read_cut(LinkType::RAW, &packet, 42),
        "ipv4 10.0.0.1.0 > 10.0.0.2.0 p17 0/3 in ip-in-ip 192.0.2.1 > 192.0.2.2 #0 x1 \
         | capture.short@40 only 42 bytes captured",
        "the addresses of the inner layer were captured"
    );
}

#[test]
fn tunnels_nest_to_a_bound() {
    let nested = |layers| (0..layers).fold(inner_ipv4(), |inside, _| ipv4(4, &inside));
    assert_eq!(read(LinkType::RAW, &nested(4)), format!("{INNER_V4} in ip-in-ip 192.0.2.1 > 192.0.2.2 #0 x4"));
    assert_eq!(
        read(LinkType::RAW, &nested(5)),
        "ipv4 192.0.2.1.0 > 192.0.2.2.0 p4 31/31 in ip-in-ip 192.0.2.1 > 192.0.2.2 #0 x4 \
         | tunnel.deep@100 4 tunnels opened, the next was not"
    );
    let mut broken = nested(2);
    broken[40] = 0x4f;
    assert_eq!(
        read(LinkType::RAW, &broken),
        "ipv4 192.0.2.1.0 > 192.0.2.2.0 p4 31/31 in ip-in-ip 192.0.2.1 > 192.0.2.2 #0 x1 \
         | tunnel.malformed@40 begins 4f 00 00 1f",
        "the last layer that could be read is kept"
    );
}

#[test]
fn gre_fields_and_protocols() {
    assert_eq!(in_ip(47, &[&[0, 0, 8, 0], &inner_ipv4()]), over(INNER_V4, "gre", 0));
    assert_eq!(in_ip(47, &[&[0, 0, 0x86, 0xdd], &inner_ipv6()]), over(INNER_V6, "gre", 0));
    let all = [0xb0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 1, 5, 0, 0, 0, 1];
    assert_eq!(in_ip(47, &[&all, &inner_ipv4()]), over(INNER_V4, "gre", 261), "checksum, key, sequence");
    assert_eq!(in_ip(47, &[&[0, 0, 0x65, 0x58], &inner_ethernet()]), over(INNER_V4, "gre", 0));
    assert_eq!(in_ip(47, &[&[0, 0, 0x88, 0x47], &[0, 1, 1, 64], &inner_ipv4()]), over(INNER_V4, "gre", 0));
    let route = [8, 0, 0, 4, 1, 2, 3, 4, 0, 0, 0, 0];
    assert_eq!(in_ip(47, &[&[0x40, 0, 8, 0, 0, 0, 0, 0], &route, &inner_ipv4()]), over(INNER_V4, "gre", 0));
    let redirected = in_ip(47, &[&[0, 0, 0x88, 0x3e], &[0, 0, 0, 0], &inner_ipv4()]);
    assert_eq!(redirected, over(INNER_V4, "gre", 0));
    assert_eq!(in_ip(47, &[&[0, 0, 0x88, 0x3e], &inner_ipv4()]), over(INNER_V4, "gre", 0));
    assert_eq!(in_ip(47, &[&[0, 0, 0, 0]]), "ipv4 192.0.2.1.0 > 192.0.2.2.0 p47 4/4", "a keep-alive");
    assert!(in_ip(47, &[&[0, 2, 8, 0], &inner_ipv4()]).contains("tunnel.malformed@20"), "version 2");
    assert!(in_ip(47, &[&[0x20, 0, 8, 0]]).contains("tunnel.malformed@24"), "no room for the key");
}

#[test]
fn an_inner_arp_message_is_the_innermost_layer_and_other_ethernet_is_not() {
    let teb = [0, 0, 0x65, 0x58];
    let arp = in_ip(47, &[&teb, &ethernet(0x0806, &arp())]);
    assert_eq!(arp, "arp 192.0.2.1.0 > 192.0.2.2.0 p1 0/0 in gre 192.0.2.1 > 192.0.2.2 #0 x1");
    let discovery = in_ip(47, &[&teb, &ethernet(0x88cc, &[0; 4])]);
    assert_eq!(discovery, "ipv4 192.0.2.1.0 > 192.0.2.2.0 p47 22/22");
}

#[test]
fn pptp_carries_ppp() {
    let length = (inner_ipv4().len() + 4) as u8;
    let ppp = join(&[&[0xff, 3, 0, 0x21], &inner_ipv4()]);
    assert_eq!(in_ip(47, &[&[0x30, 1, 0x88, 0x0b, 0, length, 0, 9, 0, 0, 0, 1], &ppp]), over(INNER_V4, "gre", 0));
    let acknowledged = [0x30, 0x81, 0x88, 0x0b, 0, length, 0, 9, 0, 0, 0, 1, 0, 0, 0, 1];
    assert_eq!(in_ip(47, &[&acknowledged, &ppp]), over(INNER_V4, "gre", 0));
    let bare = [0x20, 0x81, 0x88, 0x0b, 0, 0, 0, 9, 0, 0, 0, 1];
    assert_eq!(in_ip(47, &[&bare]), "ipv4 192.0.2.1.0 > 192.0.2.2.0 p47 12/12");
    let encrypted = join(&[&[0x30, 1, 0x88, 0x0b, 0, 6, 0, 9, 0, 0, 0, 1], &[0, 0xfd, 1, 2, 3, 4]]);
    assert_eq!(in_ip(47, &[&encrypted]), "ipv4 192.0.2.1.0 > 192.0.2.2.0 p47 18/18");
}

#[test]
fn erspan_types() {
    assert_eq!(in_ip(47, &[&[0, 0, 0x88, 0xbe], &inner_ethernet()]), over(INNER_V4, "erspan", 0));
    let sequence = [0x10, 0, 0x88, 0xbe, 0, 0, 0, 1];
    let second = [0x10, 7, 0x0c, 0x15, 0, 0, 0, 0];
    assert_eq!(in_ip(47, &[&sequence, &second, &inner_ethernet()]), over(INNER_V4, "erspan", 21));
    let sequence = [0x10, 0, 0x22, 0xeb, 0, 0, 0, 1];
    let third = [0x20, 7, 0x0c, 0x15, 0, 0, 0, 0, 0, 0, 0, 0];
    assert_eq!(in_ip(47, &[&sequence, &third, &inner_ethernet()]), over(INNER_V4, "erspan", 21));
    let longer = [0x20, 7, 0x0c, 0x15, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];
    assert_eq!(in_ip(47, &[&sequence, &longer, &inner_ethernet()]), over(INNER_V4, "erspan", 21));
    assert!(in_ip(47, &[&sequence, &[0x50; 12]]).contains("tunnel.malformed@28"));
}

#[test]
fn ethernet_and_labels_in_ip() {
    assert_eq!(in_ip(97, &[&[0x30, 0], &inner_ethernet()]), over(INNER_V4, "etherip", 0));
    assert!(in_ip(97, &[&[0x20, 0], &inner_ethernet()]).contains("tunnel.malformed@20"));
    assert_eq!(in_ip(137, &[&[0, 1, 1, 64], &inner_ipv6()]), over(INNER_V6, "mpls-in-ip", 0));
}

#[test]
fn segment_routing() {
    let mut routing = extension(41, 2);
    routing[2] = 4;
    let outer = "in srv6 2001:db8::1 > 2001:db8::2 #0 x1";
    assert_eq!(read(LinkType::RAW, &ipv6(43, &join(&[&routing, &inner_ipv6()]))), format!("{INNER_V6} {outer}"));
    routing[0] = 4;
    assert_eq!(read(LinkType::RAW, &ipv6(43, &join(&[&routing, &inner_ipv4()]))), format!("{INNER_V4} {outer}"));
    routing[0] = 143;
    assert_eq!(read(LinkType::RAW, &ipv6(43, &join(&[&routing, &inner_ethernet()]))), format!("{INNER_V4} {outer}"));
    assert_eq!(read(LinkType::RAW, &ipv6(143, &inner_ethernet())), format!("{INNER_V4} {outer}"));
}

#[test]
fn vxlan_and_its_extensions() {
    let head = [8, 0, 0, 0, 0, 1, 2, 0];
    assert_eq!(in_udp(4789, &[&head, &inner_ethernet()]), over(INNER_V4, "vxlan", 258));
    assert_eq!(in_udp(8472, &[&head, &inner_ethernet()]), over(INNER_V4, "vxlan", 258));
    let group = [0x88, 0, 0, 3, 0, 1, 2, 0];
    assert_eq!(in_udp(4789, &[&group, &inner_ethernet()]), over(INNER_V4, "vxlan", 258));
    assert_eq!(in_udp(4790, &[&[0x0c, 0, 0, 1, 0, 0, 9, 0], &inner_ipv4()]), over(INNER_V4, "vxlan", 9));
    assert_eq!(in_udp(4790, &[&[0x0c, 0, 0, 2, 0, 0, 9, 0], &inner_ipv6()]), over(INNER_V6, "vxlan", 9));
    assert_eq!(in_udp(4790, &[&[0x0c, 0, 0, 3, 0, 0, 9, 0], &inner_ethernet()]), over(INNER_V4, "vxlan", 9));
}

#[test]
fn what_merely_uses_a_tunnel_port_is_left_alone() {
    let plain = |port, payload: &[u8]| {
        let length = payload.len();
        assert_eq!(
            in_udp(port, &[payload]),
            format!("ipv4 192.0.2.1.40000 > 192.0.2.2.{port} p17 {length}/{length}"),
            "port {port}"
        );
    };
    let frame = inner_ethernet();
    plain(4789, &join(&[&[8, 0, 0, 1, 0, 1, 2, 0], &frame]));
    plain(4789, &join(&[&[0, 0, 0, 0, 0, 1, 2, 0], &frame]));
    plain(4790, &join(&[&[0x0c, 0, 0, 4, 0, 1, 2, 0], &frame]));
    plain(6081, &join(&[&[0, 0, 0x65, 0x58, 0, 1, 2, 3], &frame]));
    plain(2152, &join(&[&[0x30, 255, 0, 99, 0, 0, 0, 1], &inner_ipv4()]));
    plain(2152, &[0x32, 1, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0]);
    plain(3544, &inner_ipv6());
    plain(3544, &[0x60; 20]);
    plain(6080, &[0x40; 20]);
    plain(5072, &[0x40; 60]);
    plain(1701, &[0xc8, 2, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    for port in [1701, 2152, 3544, 4789, 4790, 5072, 6080, 6081, 8472] {
        plain(port, &[]);
        plain(port, b"something else entirely");
    }
}

#[test]
fn what_is_plainly_a_tunnel_but_broken_inside_is_odd() {
    let mut frame = inner_ethernet();
    frame[14] = 0x41;
    assert_eq!(
        in_udp(4789, &[&[8, 0, 0, 0, 0, 1, 2, 0], &frame]),
        "ipv4 192.0.2.1.40000 > 192.0.2.2.4789 p17 53/53 | tunnel.malformed@36 begins 02 00 00 00"
    );
    assert!(in_udp(6081, &[&[1, 0, 0x65, 0x58, 0, 1, 2, 0], &[0, 0, 0, 9], &frame]).contains("tunnel.malformed@28"));
    assert!(in_udp(2152, &[&[0x34, 255, 0, 6, 0, 0, 0, 1], &[0, 0, 0, 0x85, 0, 0]]).contains("tunnel.malformed@28"));
}

#[test]
fn geneve_with_and_without_options() {
    assert_eq!(in_udp(6081, &[&[0, 0, 0x65, 0x58, 0, 1, 2, 0], &inner_ethernet()]), over(INNER_V4, "geneve", 258));
    let options = [0, 1, 2, 1, 9, 9, 9, 9];
    let head = [2, 0x40, 0x86, 0xdd, 0, 1, 2, 0];
    assert_eq!(in_udp(6081, &[&head, &options, &inner_ipv6()]), over(INNER_V6, "geneve", 258));
}

#[test]
fn teredo_with_its_headers() {
    let inner = teredo_ipv6(17, &udp(1111, 53, &[1, 2, 3]));
    let expected = over("ipv6 2001::1.1111 > 2001::2.53 p17 3/3", "teredo", 0);
    let origin = [0, 0, 1, 2, 3, 4, 5, 6];
    let authentication = [0, 1, 2, 1, 7, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    assert_eq!(in_udp(3544, &[&inner]), expected);
    assert_eq!(in_udp(3544, &[&origin, &inner]), expected);
    assert_eq!(in_udp(3544, &[&authentication, &origin, &inner]), expected);
    let bubble = in_udp(3544, &[&teredo_ipv6(59, &[])]);
    assert_eq!(bubble, over("ipv6 2001::1.0 > 2001::2.0 p59 0/0", "teredo", 0));
}

#[test]
fn gtp_with_its_extensions() {
    let inner = inner_ipv4();
    let message = |flags: u8, extra: &[u8]| {
        let length = (extra.len() + inner.len()) as u8;
        in_udp(2152, &[&[flags, 255, 0, length, 1, 2, 3, 4], extra, &inner])
    };
    let expected = over(INNER_V4, "gtp-u", 0);
    assert_eq!(message(0x30, &[]), expected);
    assert_eq!(message(0x32, &[0, 1, 0, 0]), expected);
    assert_eq!(message(0x34, &[0, 0, 0, 0x85, 1, 0, 9, 0xc0, 1, 0, 9, 0]), expected);
    let reply = read(LinkType::RAW, &ipv4(17, &udp(2152, 9999, &join(&[&[0x30, 255, 0, 31, 0, 0, 0, 1], &inner]))));
    assert_eq!(reply, expected, "either port names it");
}

#[test]
fn l2tp_versions() {
    let ppp = join(&[&[0xff, 3, 0, 0x21], &inner_ipv4()]);
    assert_eq!(in_udp(1701, &[&[0, 2, 0, 1, 0, 2], &ppp]), over(INNER_V4, "l2tp", 0));
    let length = (ppp.len() + 8) as u8;
    assert_eq!(in_udp(1701, &[&[0x40, 2, 0, length, 0, 1, 0, 2], &ppp]), over(INNER_V4, "l2tp", 0));
    let offset = [0x02, 2, 0, 1, 0, 2, 0, 3, 9, 9, 9];
    assert_eq!(in_udp(1701, &[&offset, &ppp]), over(INNER_V4, "l2tp", 0));
    let session = [0, 0, 0, 9];
    assert_eq!(in_udp(1701, &[&[0, 3, 0, 0], &session, &inner_ethernet()]), over(INNER_V4, "l2tp", 0));
    assert_eq!(in_ip(115, &[&session, &inner_ethernet()]), over(INNER_V4, "l2tp", 0));
    assert_eq!(in_ip(115, &[&session, &[7; 4], &inner_ethernet()]), over(INNER_V4, "l2tp", 0), "with a cookie");
    assert_eq!(in_ip(115, &[&session, &[7; 8], &[0; 4], &inner_ethernet()]), over(INNER_V4, "l2tp", 0));
    assert_eq!(in_ip(115, &[&[0; 4], &[0xc8, 3, 0, 12]]), "ipv4 192.0.2.1.0 > 192.0.2.2.0 p115 8/8", "control");
}

#[test]
fn udp_encapsulations() {
    assert_eq!(in_udp(6080, &[&[0, 4, 0, 0], &inner_ipv4()]), over(INNER_V4, "gue", 0));
    assert_eq!(in_udp(6080, &[&[1, 41, 0, 0, 9, 9, 9, 9], &inner_ipv6()]), over(INNER_V6, "gue", 0));
    assert_eq!(in_udp(6080, &[&[0, 47, 0, 0], &[0, 0, 8, 0], &inner_ipv4()]), over(INNER_V4, "gue", 0));
    assert_eq!(in_udp(6080, &[&inner_ipv4()]), over(INNER_V4, "gue", 0), "no header at all");
    let ayiya = join(&[&[0x41, 0x52, 0x11, 41, 0, 0, 0, 0], &[0; 16], &[0; 20]]);
    assert_eq!(in_udp(5072, &[&ayiya, &inner_ipv6()]), over(INNER_V6, "ayiya", 0));
}

#[test]
fn a_first_fragment_shows_the_start_of_what_it_carries() {
    let inner = ipv4_between([10, 0, 0, 1], [10, 0, 0, 2], 17, &udp(1111, 53, &[0; 100]));
    let body = join(&[&[0, 0, 8, 0], &inner]);
    assert_eq!(
        read(LinkType::RAW, &ipv4_fragment(47, 0, true, &body[..64])),
        "ipv4 10.0.0.1.1111 > 10.0.0.2.53 p17 32/32 in gre 192.0.2.1 > 192.0.2.2 #0 x1"
    );
    assert_eq!(
        read(LinkType::RAW, &ipv4_fragment(47, 8, false, &body[64..])),
        "ipv4 192.0.2.1.0 > 192.0.2.2.0 p47 0/0 Later 68@64#7"
    );
}
