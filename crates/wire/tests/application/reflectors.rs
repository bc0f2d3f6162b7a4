//! Small protocols that floods are reflected with: question and answer are told apart, look-alikes left alone.

use crate::{TCP, UDP, hex, told};

/// What a datagram to, and the same from, `port` is told to be.
fn both(port: u16, payload: &[u8]) -> (String, String) {
    (told(UDP, (50000, port), payload), told(UDP, (port, 50000), payload))
}

fn to(port: u16, payload: &[u8]) -> String {
    both(port, payload).0
}

fn from(port: u16, payload: &[u8]) -> String {
    both(port, payload).1
}

#[test]
fn discovery() {
    assert_eq!(to(1900, b"M-SEARCH * HTTP/1.1\r\n\r\n"), "ssdp request 0x0001 size=23 read");
    assert_eq!(from(1900, b"HTTP/1.1 200 OK\r\nST: x\r\n\r\n"), "ssdp response 0x00c8 size=26 read");
    assert_eq!(
        from(40000, b"HTTP/1.1 200 OK\r\nST: x\r\n\r\n"),
        "ssdp response 0x00c8 size=26 read",
        "some devices change ports"
    );
    assert_eq!(told(TCP, (1900, 50000), b"M-SEARCH * HTTP/1.1\r\n\r\n"), "nothing");
    assert_eq!(to(3702, b"<?xml version='1.0'?><Probe/>"), "ws-discovery request size=29 read");
    assert_eq!(from(3702, b"<?xml version='1.0'?><d:ProbeMatches/>"), "ws-discovery response size=38 read");
    assert_eq!(to(3702, b"{}"), "nothing");
    let recorder = [&hex("20000000 44484950")[..], &[0; 24], b"{\"method\":\"client.notifyDevInfo\"}"].concat();
    assert_eq!(from(37810, &recorder), "dvr response size=65 read");
    assert_eq!(to(10001, &hex("01 00 0000")), "ubiquiti request 0x0001 size=4 read");
    assert_eq!(from(10001, &hex("01 00 0003 01 0000")), "ubiquiti response 0x0001 size=7 read");
    assert_eq!(to(10001, &hex("01 00 0003 01")), "nothing");
    assert_eq!(to(5683, &hex("40 01 7d70 bb 2e77")), "coap request 0x0001 size=7 read");
    assert_eq!(from(5683, &hex("60 45 7d70 c1 28 ff 61")), "coap response 0x0045 size=8 read");
    assert_eq!(to(5683, &hex("c0 01 7d70")), "nothing", "another version");
    assert_eq!(to(427, &hex("02 01 000031 0000 000000 0001 0002 656e 0000")), "slp request 0x0001 size=18 read");
}

#[test]
fn directories_and_caches() {
    let search =
        "30 25 02 01 01 63 20 04 00 0a 01 00 0a 01 00 02 01 00 02 01 00 01 01 00 87 0b 6f626a656374636c617373 30 00";
    assert_eq!(to(389, &hex(search)), "cldap request 0x0003 size=39 read");
    assert_eq!(
        from(389, &hex("30 84 00000010 02 01 01 64 84 00000007 04 00 30 84 00000000")),
        "cldap response 0x0004 size=23 read"
    );
    assert_eq!(to(389, &hex("30 05 02 01 01 42 00")), "nothing", "not a search");
    assert_eq!(to(11211, b"\0\x01\0\0\0\x01\0\0stats\r\n"), "memcached request 0x0003 size=15 read");
    assert_eq!(from(11211, b"\0\x01\0\0\0\x02\0\0STAT pid 1\r\n"), "memcached response size=20 read");
    assert_eq!(
        from(11211, b"\0\x01\0\x01\0\x02\0\0 of a long value"),
        "memcached response size=24 read",
        "a later datagram"
    );
    assert_eq!(to(11211, b"\0\x01\0\x02\0\x01\0\0stats\r\n"), "nothing", "beyond its own count");
}

#[test]
fn texts() {
    let ring: Vec<u8> = (b' '..=b'~').cycle().take(72).collect();
    assert_eq!(from(19, &ring), "chargen response size=72 read");
    assert_eq!(from(19, b"a text that somebody wrote themselves"), "nothing");
    assert_eq!(to(19, b"x"), "chargen request size=1 read");
    assert_eq!(from(17, b"\"A joke.\"\r\n"), "qotd response size=11 read");
    assert_eq!(from(17, &[1, 2, 3]), "nothing");
    assert_eq!(to(17, b"\r\n"), "qotd request size=2 read");
}

#[test]
fn files_calls_and_names() {
    assert_eq!(to(69, b"\0\x01a.bin\0OCTET\0"), "tftp request 0x0001 size=14 read");
    assert_eq!(to(69, b"\0\x01a.bin\0other\0"), "nothing");
    assert_eq!(from(69, b"\0\x05\0\x01no\0"), "tftp response 0x0005 size=7 read");
    assert_eq!(
        to(111, &hex("00000001 00000000 00000002 000186a0 00000002 00000004 00000000 00000000")),
        "portmap request 0x0004 size=32 read"
    );
    assert_eq!(
        from(111, &hex("00000001 00000001 00000000 00000000 00000000 00000000")),
        "portmap response size=24 read"
    );
    assert_eq!(to(111, &hex("00000001 00000000 00000002 000186a3 00000002 00000004")), "nothing", "another program");
    let status = format!("0001 0000 0001 0000 0000 0000 20 434b{} 00 0021 0001", "41".repeat(30));
    assert_eq!(to(137, &hex(&status)), "netbios-ns request 0x0021 size=50 read");
    assert_eq!(from(137, &hex(&status.replacen("0000", "8400", 1))), "netbios-ns response 0x0021 size=50 read");
    assert_eq!(
        to(520, &hex("01 01 0000 0000 0000 00000000 00000000 00000000 00000010")),
        "rip request 0x0001 size=24 read"
    );
    assert_eq!(to(520, &hex("01 01 0000 0000")), "nothing");
}

#[test]
fn machines() {
    assert_eq!(to(623, &hex("06 00 ff 06 000011be 80 00 0000")), "ipmi request 0x0006 size=12 read");
    assert_eq!(from(623, &hex("06 00 ff 07 00 00")), "ipmi response 0x0007 size=6 read");
    assert_eq!(to(1434, &[3]), "sql-browser request 0x0003 size=1 read");
    assert_eq!(from(1434, b"\x05\x0b\0ServerName;"), "sql-browser response 0x0005 size=14 read");
    assert_eq!(to(1434, &[9, 9]), "nothing");
    assert_eq!(to(3283, &hex("00 14 00 01 03")), "arms request size=5 read");
    assert_eq!(from(3283, &[0; 1006]), "arms response size=1006 read");
    assert_eq!(to(27015, b"\xff\xff\xff\xffTSource Engine Query\0"), "source-query request 0x0054 size=25 read");
    assert_eq!(from(27015, b"\xff\xff\xff\xffI\x11name\0"), "source-query response 0x0049 size=11 read");
}
