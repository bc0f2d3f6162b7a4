//! One valid message of each kind, for the properties that hold for all of them.

use crate::hello::browser;
use crate::{TCP, UDP, hex};

/// IP protocol, ports, payload.
pub(crate) type Sample = (u8, (u16, u16), Vec<u8>);

/// A client port.
const CLIENT: u16 = 50321;

pub(crate) fn all() -> Vec<Sample> {
    [web(), services(), industry(), reflectors()].concat()
}

fn web() -> Vec<Sample> {
    let hello = browser();
    vec![
        (TCP, (CLIENT, 443), hello.records(16384)),
        (TCP, (CLIENT, 443), hello.records(120)),
        (
            TCP,
            (443, CLIENT),
            hex(concat!(
                "16 0303 0038 02 000034 0303 0000000000000000000000000000000000000000000000000000000000000000 ",
                "00 1301 00 000c 002b 0002 0304 0033 0002 001d"
            )),
        ),
        (TCP, (CLIENT, 80), b"GET /a/b?c HTTP/1.1\r\nUser-Agent: x\r\nHost: example.org\r\n\r\n".to_vec()),
        (TCP, (80, CLIENT), b"HTTP/1.1 404 Not Found\r\nServer: x\r\n\r\nbody".to_vec()),
        (TCP, (CLIENT, 22), b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n".to_vec()),
        (TCP, (21, CLIENT), b"220 (vsFTPd 3.0.5)\r\n".to_vec()),
        (TCP, (CLIENT, 21), b"USER somebody\r\n".to_vec()),
        (TCP, (2121, CLIENT), b"530 Login incorrect.\r\n".to_vec()),
        (TCP, (23, CLIENT), hex("fffb01 fffb03 fffd18")),
        (TCP, (CLIENT, 4000), hex("fffd01 fffd03 fffc18")),
        (TCP, (23, CLIENT), b"\r\nLogin incorrect\r\nlogin: ".to_vec()),
        (TCP, (CLIENT, 3389), rdp_request()),
        (TCP, (CLIENT, 33890), rdp_request()),
        (TCP, (3389, CLIENT), hex("03 00 0013 0e d0 0000 1234 00 02 00 0800 02000000")),
        (TCP, (CLIENT, 5060), b"INVITE sip:a@example.org SIP/2.0\r\nVia: x\r\n\r\n".to_vec()),
        (UDP, (5060, CLIENT), b"SIP/2.0 401 Unauthorized\r\n\r\n".to_vec()),
        (UDP, (CLIENT, 443), [&hex("c3 00000001 08 0102030405060708 00 00 449e")[..], &[7; 60]].concat()),
    ]
}

pub(crate) fn rdp_request() -> Vec<u8> {
    let head = hex("03 00 002c 27 e0 0000 0000 00");
    [&head[..], b"Cookie: mstshash=someone\r\n", &hex("01 00 0800 0b000000")[..]].concat()
}

pub(crate) fn dns_query() -> Vec<u8> {
    hex("1234 0100 0001 0000 0000 0001 07 6578616d706c65 03 6f7267 00 0001 0001 00 0029 04d0 00000000 0000")
}

pub(crate) fn dns_response() -> Vec<u8> {
    hex(concat!(
        "1234 8180 0001 0003 0000 0000 03 777777 07 6578616d706c65 03 6f7267 00 001c 0001 ",
        "c00c 0005 0001 00000e10 0002 c010 ",
        "c010 001c 0001 00000e10 0010 20010db8000000000000000000000001 ",
        "c010 001c 0001 00000e10 0010 20010db8000000000000000000000002"
    ))
}

fn services() -> Vec<Sample> {
    let stream = |message: Vec<u8>| [&(message.len() as u16).to_be_bytes()[..], &message].concat();
    vec![
        (UDP, (CLIENT, 53), dns_query()),
        (UDP, (53, CLIENT), dns_response()),
        (UDP, (CLIENT, 5300), dns_query()),
        (TCP, (CLIENT, 53), stream(dns_query())),
        (TCP, (53, CLIENT), stream(dns_response())),
        (
            TCP,
            (CLIENT, 445),
            hex(concat!(
                "00000044 fe534d42 4000 0000 00000000 0500 0100 00000000 00000000 0000000000000000 ",
                "00000000 00000000 0000000000000000 00000000000000000000000000000000 00000000"
            )),
        ),
        (TCP, (445, CLIENT), [&hex("00000023 ff534d42 73 160000c0 98 01c8")[..], &[0; 23]].concat()),
        (UDP, (CLIENT, 123), [&[0x23][..], &[0; 47]].concat()),
        (UDP, (CLIENT, 123), hex("17 00 03 2a 00000000")),
        (UDP, (123, CLIENT), [&hex("16 82 0001 0000 0000 0000 0004")[..], b"abcd"].concat()),
        (
            UDP,
            (CLIENT, 161),
            hex(concat!(
                "30 26 ",
                "02 01 01 04 06 7075626c6963 a5 19 02 01 07 02 01 00 02 02 08",
                "ae 30 0d 30 0b 06 07 2b060102010101 05 00"
            )),
        ),
        (UDP, (68, 67), [&[1, 1, 6, 0][..], &[0; 232], &hex("63825363 0c 02 6869 35 01 03 ff")].concat()),
        (UDP, (546, 547), hex("01 abcdef 0001 0004 00010203")),
        (UDP, (500, 500), [&[1; 8][..], &[0; 8], &hex("21 20 22 08 00000000 0000001c")].concat()),
    ]
}

fn industry() -> Vec<Sample> {
    vec![
        (TCP, (CLIENT, 502), hex("0001 0000 0006 11 05 00ac ff00")),
        (TCP, (502, CLIENT), hex("0001 0000 0005 11 03 02 1234")),
        (TCP, (CLIENT, 102), hex("0300 001f 02f080 32 01 0000 0001 000e 0000 04 01 12 0a 10 02 0001 0001 84 000000")),
        (
            TCP,
            (102, CLIENT),
            hex("0300 0021 02f080 32 07 0000 0001 0008 0008 000112 08 12 84 01 00 00000000 ff09 0004 0001 0203"),
        ),
        (TCP, (CLIENT, 102), hex("0300 0016 02f080 72 01 0008 31 0000 04ca 0000 00 720100")),
        (TCP, (CLIENT, 20000), hex("0564 0b c4 0a00 0100 acd1 c1 c1 05 3c 02 06 1234")),
        (TCP, (CLIENT, 2404), hex("68 0e 0200 0200 2d 01 06 00 0100 010000 81")),
        (TCP, (CLIENT, 2404), hex("68 04 07 00 00 00")),
        (
            TCP,
            (CLIENT, 44818),
            hex(concat!(
                "6f00 1600 01000000 00000000 0000000000000000 00000000 ",
                "00000000 0000 0200 0000 0000 b200 0600 0e 02 2001 2401"
            )),
        ),
        (UDP, (CLIENT, 44818), hex("6300 0000 00000000 00000000 0000000000000000 00000000")),
        (UDP, (CLIENT, 47808), hex("81 0a 0011 01 04 00 05 01 0c 0c 0000000a 1955")),
    ]
}

fn reflectors() -> Vec<Sample> {
    vec![
        (UDP, (CLIENT, 1900), b"M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n\r\n".to_vec()),
        (UDP, (1900, CLIENT), b"HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\n\r\n".to_vec()),
        (
            UDP,
            (CLIENT, 389),
            hex(concat!(
                "30 25 ",
                "02 01 01 63 20 04 00 0a 01 00 0a 01 00 02 01 00 02 01 00 01 ",
                "01 00 87 0b 6f626a656374636c617373 30 00"
            )),
        ),
        (UDP, (CLIENT, 11211), [&hex("0001 0000 0001 0000")[..], b"stats\r\n"].concat()),
        (UDP, (11211, CLIENT), [&hex("0001 0000 0002 0000")[..], b"STAT pid 1\r\n"].concat()),
        (
            UDP,
            (CLIENT, 37810),
            [&hex("20000000 44484950 0000000000000000")[..], &[0; 16], b"{\"method\":\"DHDiscover.search\"}"].concat(),
        ),
        (UDP, (CLIENT, 69), b"\x00\x01a.bin\x00octet\x00".to_vec()),
        (
            UDP,
            (CLIENT, 111),
            hex("00000001 00000000 00000002 000186a0 00000002 00000004 00000000 00000000 00000000 00000000"),
        ),
        (UDP, (CLIENT, 137), hex(&format!("0001 0000 0001 0000 0000 0000 20 434b {} 00 0021 0001", "41".repeat(30)))),
        (UDP, (CLIENT, 520), hex("01 01 0000 0000 0000 00000000 00000000 00000000 00000010")),
        (UDP, (CLIENT, 427), hex("02 01 000031 0000 000000 0001 0002 656e 0000 0000 0000 0000")),
        (UDP, (CLIENT, 623), hex("06 00 ff 07 00 00000000 00000000 09 20 18 c8 81 00 38 8e 04 b5")),
        (UDP, (CLIENT, 1434), hex("03")),
        (UDP, (CLIENT, 3283), hex("00 14 00 01 03")),
        (UDP, (CLIENT, 3702), b"<?xml version=\"1.0\"?><e:Envelope><d:Probe/></e:Envelope>".to_vec()),
        (UDP, (CLIENT, 5683), hex("40 01 7d70 bb 2e77656c6c2d6b6e6f776e")),
        (UDP, (CLIENT, 10001), hex("01 00 0000")),
        (UDP, (CLIENT, 27015), b"\xff\xff\xff\xffTSource Engine Query\0".to_vec()),
    ]
}
