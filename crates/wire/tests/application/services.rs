//! Names, web, shells, files, time, management, addresses, keys, calls.

use blueline_wire::application::{Fact, Inspection, inspect};

use crate::samples::{dns_query, dns_response, rdp_request};
use crate::{TCP, UDP, hex, told};

fn dns(payload: &[u8]) -> String {
    told(UDP, (50000, 53), payload)
}

#[test]
fn dns_questions_and_answers() {
    assert_eq!(dns(&dns_query()), "dns request 0x0001 name=example.org size=40 read");
    let response = dns_response();
    assert_eq!(told(UDP, (53, 50000), &response), "dns response 0x001c name=www.example.org size=103 read");
    let Inspection::Fact(Fact::Dns(fact)) = inspect(UDP, 53, 50000, &response) else { panic!() };
    assert_eq!((fact.answers, fact.answer_types(), fact.edns_size, fact.complete), (3, &[5, 28][..], None, true));
    let query = dns_query();
    let Inspection::Fact(Fact::Dns(fact)) = inspect(UDP, 50000, 53, &query) else { panic!() };
    assert_eq!((fact.edns_size, fact.additionals, fact.opcode, fact.recursion_desired), (Some(1232), 1, 0, true));
}

#[test]
fn dns_names_as_text() {
    let named = |name: &str| dns(&hex(&format!("1234 0100 0001 0000 0000 0000 {name} 00ff 0001")));
    assert_eq!(named("00"), "dns request 0x00ff name=. size=17 read", "the root");
    assert_eq!(named("03 575757 02 4f6b 00"), "dns request 0x00ff name=www.ok size=24 read", "folded");
    assert_eq!(named("05 612e625c0a 00"), "dns request 0x00ff name=a\\.b\\\\\\010 size=23 read", "escaped");
    // Four labels of 63 bytes are one too many; the longest name is cut as text only where it is escaped.
    let longest = format!("{0}{0}{0} 3d {1} 00", format!("3f {}", "61".repeat(63)), "62".repeat(61));
    assert!(named(&longest).contains("bbb size="));
    let too_long = format!("{0}{0}{0}{0} 00", format!("3f {}", "61".repeat(63)));
    assert_eq!(named(&too_long), "malformed dns: a domain name is longer than 255 bytes");
}

#[test]
fn dns_names_that_lead_astray() {
    let named = |name: &str| dns(&hex(&format!("1234 0100 0001 0000 0000 0000 {name} 0001 0001")));
    let astray = "malformed dns: a compression pointer does not lead to an earlier name";
    assert_eq!(named("c00c"), astray, "to itself");
    assert_eq!(named("01 61 c00c"), astray, "in a circle");
    assert_eq!(named("c0ff"), astray, "ahead");
    assert_eq!(named("c000"), astray, "into the header");
    assert_eq!(named("41 61"), "malformed dns: a label has a reserved type");
    assert_eq!(named("3f 61"), "malformed dns: the message ends before its question does");
    assert_eq!(dns(&hex("1234 0100")), "malformed dns: the message ends before its question does");
}

#[test]
fn dns_that_is_cut_or_asks_nothing() {
    let response = dns_response();
    let Inspection::Fact(Fact::Dns(fact)) = inspect(UDP, 53, 50000, &response[..60]) else { panic!() };
    assert_eq!((fact.complete, fact.answer_types()), (false, &[5][..]));
    // Multicast answers carry no question: the first record stands for it.
    let announcement =
        hex("0000 8400 0000 0001 0000 0000 04 68616c6f 05 6c6f63616c 00 0001 8001 00000078 0004 c0000201");
    assert_eq!(told(UDP, (5353, 5353), &announcement), "dns response 0x0001 name=halo.local size=38 read");
    assert_eq!(dns(&hex("1234 8185 0000 0000 0000 0000")), "dns response size=12 read");
}

#[test]
fn dns_over_tcp() {
    let stream = [&hex("0028")[..], &dns_query()].concat();
    assert_eq!(told(TCP, (50000, 53), &stream), "dns request 0x0001 name=example.org size=40 read");
    assert_eq!(told(TCP, (50000, 53), &stream[..2]), "incomplete dns: 42 bytes needed");
    assert_eq!(told(TCP, (50000, 53), &stream[..20]), "incomplete dns: 42 bytes needed");
    assert_eq!(told(TCP, (50000, 53), &stream[10..]), "nothing", "from the middle of a message");
}

#[test]
fn dns_elsewhere_only_if_everything_adds_up() {
    let query = dns_query();
    assert_eq!(told(UDP, (50000, 5300), &query), "dns request 0x0001 name=example.org size=40 read");
    assert_eq!(told(UDP, (50000, 5300), &query[..39]), "nothing");
    assert_eq!(told(UDP, (50000, 5300), &[&query[..], &[0]].concat()), "nothing");
    let mut odd = query.clone();
    odd[3] = 0x40;
    assert_eq!(told(UDP, (50000, 5300), &odd), "nothing", "the reserved bit");
}

#[test]
fn http_heads() {
    let http = |text: &str| told(TCP, (50000, 8000), text.as_bytes());
    assert_eq!(
        http("GET /secret?q=1 HTTP/1.1\r\nuser-agent: x\r\nhOsT:  WWW.Example.org:8000 \r\n\r\n"),
        "http request 0x0001 name=www.example.org:8000 offered=GET size=73 read"
    );
    assert_eq!(http("HTTP/1.1 404 Not Found\r\n\r\n"), "http response 0x0194 size=26 read");
    assert_eq!(http("POST /a HTTP/1.0\r\n\r\n"), "http request 0x0003 offered=POST size=20 read");
    assert_eq!(
        http("CONNECT a.example:443 HTTP/1.1\r\nHost: a.example\r\n"),
        "http request 0x0006 name=a.example offered=CONNECT size=49 read"
    );
    assert_eq!(http("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), "http request 0x000a offered=PRI size=24 read");
    assert_eq!(
        http("GET / HTTP/1.1\r\nHost: exam"),
        "http request 0x0001 offered=GET size=26 read",
        "half a host is none"
    );
    assert_eq!(http("GET /a/very/long/tar"), "http request 0x0001 offered=GET size=20 read");
    assert_eq!(http("GET out of here\r\n"), "nothing");
    assert_eq!(http("GETTER / HTTP/1.1\r\n"), "nothing");
    assert_eq!(http("GET / HTTP/3.0\r\n"), "nothing");
    assert_eq!(http("HTTP/1.1 999 x\r\n"), "nothing");
}

#[test]
fn http_says_whether_the_head_ended() {
    let complete = |text: &'static str| match inspect(TCP, 50000, 80, text.as_bytes()) {
        Inspection::Fact(Fact::Http(http)) => http.complete,
        other => panic!("{other:?}"),
    };
    assert!(complete("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert!(!complete("GET / HTTP/1.1\r\nHost: a\r\nX-a: b\r\n"), "as a client that holds a server up would send it");
}

#[test]
fn ssh_banners() {
    assert_eq!(
        told(TCP, (50000, 2222), b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n\0\0"),
        "ssh unknown name=SSH-2.0-OpenSSH_9.2p1 Debian-2 size=30 read"
    );
    assert_eq!(told(TCP, (22, 50000), b"SSH-1.99-x\n"), "ssh response name=SSH-1.99-x size=10 read");
    assert_eq!(told(TCP, (50000, 22), b"SSH-2.0-Open"), "incomplete ssh: 13 bytes needed");
    assert_eq!(
        told(TCP, (50000, 22), b"SSH-2.0-\x1b]0;x\x07\r\n"),
        "ssh request name=SSH-2.0-\\027]0;x\\007 size=14 read"
    );
    let endless = [&b"SSH-2.0-"[..], &[b'a'; 300]].concat();
    assert_eq!(told(TCP, (50000, 22), &endless), "malformed ssh: an identification is longer than 255 bytes");
}

/// Whether a payload turns a login down.
fn refuses(ports: (u16, u16), payload: &[u8]) -> bool {
    match inspect(TCP, ports.0, ports.1, payload) {
        Inspection::Fact(fact) => fact.summary().refused,
        _ => false,
    }
}

#[test]
fn ftp_replies_and_commands() {
    let server = |text: &str| told(TCP, (21, 50000), text.as_bytes());
    assert_eq!(server("220-Welcome\r\n220 to us\r\n"), "ftp response 0x00dc size=24 read");
    assert_eq!(server("331 Please specify the password.\r\n"), "ftp response 0x014b size=34 read");
    assert_eq!(server("2200 bytes\r\n"), "nothing");
    let client = |text: &str| told(TCP, (50000, 21), text.as_bytes());
    assert_eq!(client("USER root\r\n"), "ftp request 0x0001 size=11 read", "the name is not kept");
    assert_eq!(client("pass secret\r\n"), "ftp request 0x0002 size=13 read");
    assert_eq!(client("QUIT\r\n"), "ftp request 0x0003 size=6 read");
    assert_eq!(client("USERS\r\n"), "nothing");
    assert_eq!(client("GET / HTTP/1.1\r\n\r\n"), "http request 0x0001 offered=GET size=18 read");
}

#[test]
fn ftp_elsewhere_is_not_taken_for_mail() {
    let server = |text: &str| told(TCP, (2121, 50000), text.as_bytes());
    assert_eq!(server("220 ProFTPD Server ready.\r\n"), "ftp response 0x00dc size=27 read");
    assert_eq!(server("331 Password required for root\r\n"), "ftp response 0x014b size=32 read");
    assert_eq!(server("530 Login incorrect.\r\n"), "ftp response 0x0212 size=22 read");
    for other in ["220 ftp.example ESMTP\r\n", "220 mail.example ready\r\n", "530 5.7.0 Authentication required\r\n"] {
        assert_eq!(server(other), "nothing", "{other}");
    }
    assert_eq!(told(TCP, (50000, 110), b"USER root\r\n"), "nothing", "mail is fetched with the same words");
}

#[test]
fn ftp_refuses_a_login_but_not_what_comes_before_one() {
    let refuses = |text: &str| refuses((21, 50000), text.as_bytes());
    assert!(refuses("530 Login incorrect.\r\n") && refuses("530 Not logged in.\r\n"));
    assert!(refuses("430 Invalid username or password\r\n"));
    assert!(!refuses("530 Please login with USER and PASS.\r\n") && !refuses("230 Login successful.\r\n"));
    assert!(!refuses("550 No such file\r\n"));
}

#[test]
fn telnet_options_and_logins() {
    let server = |text: &[u8]| told(TCP, (23, 50000), text);
    assert_eq!(server(&hex("fffb01")), "telnet response 0x0001 size=3 read");
    assert_eq!(server(b"\r\nrecorder login: "), "telnet response 0x0002 size=18 read");
    assert_eq!(server(b"root\r\nPassword: "), "telnet response 0x0003 size=16 read");
    assert_eq!(server(b"total 4\r\n$ "), "nothing");
    assert_eq!(told(TCP, (50000, 23), b"password: login incorrect\r\n"), "nothing", "what is typed tells nothing");
    for text in [&b"\r\nLogin incorrect\r\nlogin: "[..], b"% Login invalid", b"Bad passwords", b"ACCESS DENIED\r\n"] {
        assert!(refuses((2323, 50000), text));
    }
    assert!(!refuses((23, 50000), b"Password: ") && !refuses((23, 50000), &hex("fffb01")));
}

#[test]
fn telnet_elsewhere_only_if_there_is_no_doubt() {
    let other = |text: &[u8]| told(TCP, (4000, 50000), text);
    assert_eq!(other(&hex("fffd01 fffb03 00")), "telnet unknown 0x0001 size=7 read");
    assert_eq!(other(b"\r\nLogin incorrect\r\n"), "telnet response 0x0004 size=19 read");
    assert_eq!(other(&hex("fffd01")), "nothing");
    assert_eq!(other(&hex("fffd01 fffbc8")), "nothing", "no such option");
    assert_eq!(other(&hex("ffffff ffffff")), "nothing");
    assert_eq!(other(b"login: "), "nothing");
}

#[test]
fn rdp_requests_and_confirmations() {
    let request = rdp_request();
    assert_eq!(told(TCP, (50000, 3389), &request), "rdp request 0x00e0 size=44 read", "the name is not kept");
    assert_eq!(told(TCP, (50000, 13389), &request), "rdp request 0x00e0 size=44 read");
    let confirm = "03 00 0013 0e d0 0000 1234 00 02 00 0800 02000000";
    assert_eq!(told(TCP, (3389, 50000), &hex(confirm)), "rdp response 0x00d0 size=19 read");
    assert_eq!(told(TCP, (13389, 50000), &hex(confirm)), "rdp response 0x00d0 size=19 read");
    let failure = "03 00 0013 0e d0 0000 1234 00 03 00 0800 05000000";
    assert_eq!(told(TCP, (3389, 50000), &hex(failure)), "rdp response 0x0305 size=19 read");
    let bare = "03 00 000b 06 e0 0000 0000 00";
    assert_eq!(told(TCP, (50000, 3389), &hex(bare)), "rdp request 0x00e0 size=11 read");
    assert_eq!(told(TCP, (50000, 13389), &hex(bare)), "nothing", "others connect like that too");
    let followed = format!("03 00 0037 32 e0 0000 0000 00 01 08 0800 0b000000 06 00 2400 {}", "11".repeat(32));
    assert_eq!(told(TCP, (50000, 13389), &hex(&followed)), "rdp request 0x00e0 size=55 read", "with a number for logs");
    assert_eq!(told(TCP, (50000, 3389), &request[..20]), "incomplete rdp: 44 bytes needed");
    let odd = "malformed rdp: the lengths of a connection request do not agree";
    assert_eq!(told(TCP, (50000, 3389), &hex("03 00 000c 06 e0 0000 0000 00 00")), odd);
}

#[test]
fn the_transport_of_control_systems_is_not_taken_for_rdp() {
    let request = hex("03 00 0016 11 e0 0000 0001 00 c0 01 0a c1 02 0100 c2 02 0102");
    assert_eq!(told(TCP, (50000, 102), &request), "nothing");
    assert_eq!(told(TCP, (50000, 1102), &request), "nothing");
}

#[test]
fn smb_commands() {
    let smb = |digits: &str| told(TCP, (50000, 445), &hex(digits));
    let version_2 = |command: &str, flags: &str| {
        smb(&format!("00000044 fe534d42 4000 0000 160000c0 {command} 0100 {flags} {}", "00".repeat(48)))
    };
    assert_eq!(version_2("0000", "00000000"), "smb request 0x0200 size=68 read");
    assert_eq!(version_2("0500", "01000000"), "smb response 0x0205 size=68 read");
    assert_eq!(
        version_2("9900", "00000000"),
        "malformed smb: a header of version 2 states another size than 64 or an unknown command"
    );
    assert_eq!(
        smb(&format!("00000023 ff534d42 72 00000000 18 {}", "00".repeat(25))),
        "smb request 0x0172 size=35 read"
    );
    assert_eq!(smb("00000040 fd534d42 00000000"), "smb unknown 0x0300 size=64 read", "encrypted");
    assert_eq!(smb("00000040 fc534d42 00000000"), "smb unknown 0x0301 size=64 read", "compressed");
    assert_eq!(smb("0000fff7 fe534d42 0000 0000"), "incomplete smb: 68 bytes needed");
    assert_eq!(
        smb(&format!("0000fff7 fe534d42 {}", "00".repeat(124))),
        "malformed smb: a header of version 2 states another size than 64 or an unknown command",
        "as a known exploit sends it"
    );
}

#[test]
fn ntp_modes() {
    let ntp = |first: u8, length: usize| told(UDP, (50000, 123), &[&[first][..], &vec![0; length - 1]].concat());
    assert_eq!(ntp(0x23, 48), "ntp request 0x0003 size=48 read");
    assert_eq!(ntp(0x24, 68), "ntp response 0x0004 size=68 read");
    assert_eq!(ntp(0x25, 48), "ntp unknown 0x0005 size=48 read");
    assert_eq!(ntp(0x23, 47), "malformed ntp: a message is shorter than its mode allows");
    assert_eq!(ntp(0x3b, 48), "malformed ntp: a message has a version that does not exist");
    assert_eq!(
        told(UDP, (50000, 123), &hex("17 00 03 2a 00000000")),
        "ntp request 0x072a size=8 read",
        "the list of clients"
    );
    assert_eq!(
        told(UDP, (123, 50000), &[&hex("d7 00 03 2a")[..], &[0; 440]].concat()),
        "ntp response 0x072a size=444 read"
    );
    assert_eq!(
        told(UDP, (50000, 123), &hex("16 02 0001 0000 0000 0000 0000")),
        "ntp request 0x0602 size=12 read",
        "variables"
    );
    assert_eq!(told(UDP, (50000, 1234), &[0x23; 48]), "nothing", "on another port");
}

#[test]
fn snmp_messages() {
    let snmp = |digits: &str| told(UDP, (50000, 161), &hex(digits));
    let bulk =
        "30 26 02 01 01 04 06 7075626c6963 a5 19 02 01 07 02 01 00 02 02 08ae 30 0d 30 0b 06 07 2b060102010101 05 00";
    assert_eq!(snmp(bulk), "snmp request 0x0005 size=40 read");
    let bytes = hex(bulk);
    let Inspection::Fact(Fact::Snmp(fact)) = inspect(UDP, 50000, 161, &bytes) else { panic!() };
    assert_eq!((fact.version, fact.is_get_bulk(), fact.max_repetitions), (2, true, Some(2222)));
    assert_eq!(told(UDP, (50000, 999), &bytes), "snmp request 0x0005 size=40 read", "recognised anywhere");
    assert_eq!(told(UDP, (50000, 999), &bytes[..39]), "nothing");
    let encrypted = "30 19 02 01 03 30 0d 02 01 01 02 02 05c0 04 01 03 02 01 03 04 02 3000 04 01 aa";
    assert_eq!(snmp(encrypted), "snmp unknown size=27 read");
    let plain =
        "30 21 02 01 03 30 0d 02 01 01 02 02 05c0 04 01 00 02 01 03 04 02 3000 30 09 04 00 04 00 a8 03 02 01 01";
    assert_eq!(snmp(plain), "snmp response 0x0008 size=35 read");
    assert_eq!(snmp("30 80 02 01 01"), "malformed snmp: the message is not one of SNMP's versions 1 to 3", "no length");
    assert_eq!(
        snmp("30 05 02 01 07 04 00"),
        "malformed snmp: the message is not one of SNMP's versions 1 to 3",
        "no such version"
    );
}

#[test]
fn dhcp_messages() {
    let dhcp = |op: u8, options: &str| told(UDP, (68, 67), &[&[op, 1, 6, 0][..], &[0; 232], &hex(options)].concat());
    assert_eq!(dhcp(1, "63825363 0c 02 6869 35 01 03 ff"), "dhcp request 0x0003 size=248 read");
    assert_eq!(dhcp(2, "63825363 00 00 35 01 05 ff"), "dhcp response 0x0005 size=246 read");
    assert_eq!(dhcp(1, "00000000"), "dhcp request 0x0000 size=240 read", "BOOTP");
    assert_eq!(dhcp(1, "63825363 0c 02"), "dhcp request size=242 read", "cut before it says");
    assert_eq!(told(UDP, (68, 67), &[1, 1, 6, 0, 7, 7]), "dhcp request size=6 read", "a short capture");
    assert_eq!(
        dhcp(7, "63825363 ff"),
        "malformed dhcp: the message's fixed part or its options contradict the standard"
    );
    assert_eq!(told(UDP, (546, 547), &hex("01 abcdef 0001 0000")), "dhcp request 0x0601 size=8 read");
}

#[test]
fn keys_calls_and_quic() {
    let ike = [&[1; 8][..], &[0; 8], &hex("21 20 22 08 00000000 0000001c")].concat();
    assert_eq!(told(UDP, (500, 500), &ike), "ike request 0x0022 size=28 read");
    assert_eq!(told(UDP, (4500, 4500), &[&[0; 4][..], &ike].concat()), "ike request 0x0022 size=28 read");
    assert_eq!(told(UDP, (4500, 4500), &ike), "nothing", "the encrypted traffic itself");
    assert_eq!(told(UDP, (500, 500), &ike[..20]), "malformed ike: the message is shorter than its header");
    assert_eq!(
        told(UDP, (5060, 5060), b"OPTIONS sip:100@192.0.2.1 SIP/2.0\r\n\r\n"),
        "sip request 0x0006 size=37 read"
    );
    assert_eq!(told(UDP, (5060, 40000), b"SIP/2.0 200 OK\r\n\r\n"), "sip response 0x00c8 size=18 read");
    assert_eq!(told(UDP, (5060, 40000), b"OPTIONS * HTTP/1.1\r\n\r\n"), "nothing");
    let initial = [&hex("c3 00000001 08 0102030405060708 00 00 449e")[..], &[7; 60]].concat();
    assert_eq!(told(UDP, (40000, 443), &initial), "quic request 0x0000 size=78 read");
    let version_2 = [&hex("d3 6b3343cf 08 0102030405060708 00 00 449e")[..], &[7; 60]].concat();
    assert_eq!(told(UDP, (40000, 8443), &version_2), "quic unknown 0x0000 size=78 read", "numbered otherwise");
    assert_eq!(
        told(UDP, (443, 40000), &hex("80 00000000 02 0102 02 0304 00000001")),
        "quic response 0x0004 size=15 read"
    );
    assert_eq!(told(UDP, (40000, 443), &hex("40 0102030405060708 0102030405060708")), "nothing", "a short header");
}
