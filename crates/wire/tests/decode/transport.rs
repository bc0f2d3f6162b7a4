//! Transports.

use blueline_wire::packet::LinkType;

use crate::frames::*;
use crate::{read, read_cut};

fn body(protocol: u8, body: &[u8]) -> String {
    let line = read(LinkType::RAW, &ipv4(protocol, body));
    line.replace("ipv4 192.0.2.1.", "").replace("> 192.0.2.2.", "> ")
}

fn body_v6(next: u8, body: &[u8]) -> String {
    let line = read(LinkType::RAW, &ipv6(next, body));
    line.replace("ipv6 2001:db8::1.", "").replace("> 2001:db8::2.", "> ")
}

#[test]
fn tcp_headers() {
    assert_eq!(body(6, &tcp(4000, 80, 0x18, b"GET")), "4000 > 80 p6 3/3 flags 18");
    let mut options = tcp(4000, 80, 0x02, &[2, 4, 5, 0xb4, 7]);
    options[12] = 0x60;
    assert_eq!(body(6, &options), "4000 > 80 p6 1/1 flags 02");
    options[12] = 0x40;
    assert_eq!(body(6, &options), "4000 > 80 p6 0/0 flags 02 | transport.malformed@20 begins 0f a0 00 50");
    options[12] = 0xf0;
    assert!(body(6, &options).contains("transport.malformed"), "offset beyond the segment");
    assert!(body(6, &options[..19]).starts_with("4000 > 80 p6 0/0 | transport.malformed"));
    assert!(body(6, &[1, 2, 3]).starts_with("0 > 0 p6 0/0 | transport.malformed"));
}

#[test]
fn tcp_of_a_short_capture_keeps_what_is_known() {
    let packet = ipv4(6, &tcp(4000, 80, 0x18, &[0; 100]));
    let cut = |captured| read_cut(LinkType::RAW, &packet, captured);
    assert_eq!(cut(60), "ipv4 192.0.2.1.4000 > 192.0.2.2.80 p6 20/100 flags 18");
    assert_eq!(cut(40), "ipv4 192.0.2.1.4000 > 192.0.2.2.80 p6 0/100 flags 18");
    let short = |known: &str, captured| format!("{known} | capture.short@20 only {captured} bytes captured");
    assert_eq!(cut(36), short("ipv4 192.0.2.1.4000 > 192.0.2.2.80 p6 0/100 flags 18", 36));
    assert_eq!(cut(24), short("ipv4 192.0.2.1.4000 > 192.0.2.2.80 p6 0/100", 24));
    assert_eq!(cut(23), short("ipv4 192.0.2.1.0 > 192.0.2.2.0 p6 0/100", 23));
}

#[test]
fn udp_headers() {
    assert_eq!(body(17, &udp(4000, 53, &[1, 2])), "4000 > 53 p17 2/2");
    assert_eq!(body(17, &join(&[&udp(4000, 53, &[1, 2]), &[0; 6]])), "4000 > 53 p17 2/2", "bytes behind the datagram");
    let mut odd = udp(4000, 53, &[1, 2]);
    odd[5] = 0;
    assert_eq!(body(17, &odd), "4000 > 53 p17 2/2", "length 0 is the rest");
    odd[5] = 7;
    assert_eq!(body(17, &odd), "4000 > 53 p17 0/0 | transport.malformed@20 begins 0f a0 00 35");
    odd[5] = 99;
    assert!(body(17, &odd).contains("transport.malformed"));
    let packet = ipv4(17, &udp(4000, 53, &[0; 100]));
    assert_eq!(read_cut(LinkType::RAW, &packet, 30), "ipv4 192.0.2.1.4000 > 192.0.2.2.53 p17 2/100");
}

#[test]
fn other_protocols_with_ports() {
    assert_eq!(body(132, &[0x0b, 0x59, 0x0b, 0x5a, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]), "2905 > 2906 p132 2/2");
    assert_eq!(body(136, &[0, 1, 0, 2, 0, 8, 0, 0, 5]), "1 > 2 p136 1/1");
    assert!(body(136, &[0, 1, 0, 2, 0, 7, 0, 0, 5]).contains("transport.malformed"), "coverage below the header");
    assert_eq!(body(33, &[0, 1, 0, 2, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9]), "1 > 2 p33 1/1");
    assert!(body(33, &[0, 1, 0, 2, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]).contains("transport.malformed"));
    assert!(body(132, &[0, 1, 0, 2]).starts_with("1 > 2 p132 0/0 | transport.malformed"));
}

#[test]
fn protocols_without_ports() {
    assert_eq!(body(2, &[0x16, 0, 0, 0, 224, 0, 0, 251]), "0 > 0 p2 8/8");
    assert_eq!(body(89, &[2, 1, 0, 44]), "0 > 0 p89 4/4");
}

#[test]
fn icmp_requests_and_replies_are_one_flow() {
    let message = |kind, code| body(1, &[kind, code, 0, 0, 0, 1, 0, 1, 7, 7]);
    for (request, reply) in [(8, 0), (13, 14), (15, 16), (17, 18), (10, 9), (42, 43)] {
        assert_eq!(message(request, 0), format!("{request} > {reply} p1 2/2"));
        assert_eq!(message(reply, 0), format!("{reply} > {request} p1 2/2"));
    }
    assert_eq!(message(3, 1), "3 > 1 p1 2/2", "an error has its code");
    let message = |kind, code| body_v6(58, &[kind, code, 0, 0, 0, 1, 0, 1, 7, 7]);
    for (request, reply) in [(128, 129), (130, 131), (133, 134), (135, 136), (139, 140), (144, 145), (160, 161)] {
        assert_eq!(message(request, 0), format!("{request} > {reply} p58 2/2"));
        assert_eq!(message(reply, 0), format!("{reply} > {request} p58 2/2"));
    }
    assert_eq!(message(1, 4), "1 > 4 p58 2/2");
    assert!(body(1, &[3, 1, 0]).starts_with("3 > 1 p1 0/0 | transport.malformed"));
}

#[test]
fn an_icmp_error_is_kept_and_what_it_quotes_is_not_opened() {
    let error = join(&[&[3, 3, 0, 0, 0, 0, 0, 0], &inner_ipv4()]);
    assert_eq!(body(1, &error), "3 > 3 p1 31/31");
}
