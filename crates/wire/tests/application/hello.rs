//! TLS hellos, and the published JA4 fingerprints.

use blueline_wire::application::{Fact, Inspection, TlsClientHello, inspect};

use crate::{TCP, UDP, hex, told};

/// A list with its length in two bytes before it.
fn long(content: &[u8]) -> Vec<u8> {
    [&(content.len() as u16).to_be_bytes()[..], content].concat()
}

fn numbers(values: &[u16]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_be_bytes()).collect()
}

/// The parts of a client hello that the fingerprint depends on.
pub(crate) struct Client<'a> {
    pub(crate) ciphers: &'a [u16],
    pub(crate) extensions: Vec<(u16, Vec<u8>)>,
}

impl Client<'_> {
    /// The handshake message.
    pub(crate) fn message(&self) -> Vec<u8> {
        let extensions: Vec<u8> = self
            .extensions
            .iter()
            .flat_map(|(kind, content)| [&kind.to_be_bytes()[..], &long(content)].concat())
            .collect();
        let body = [&[3, 3][..], &[7; 32], &[32], &[9; 32], &long(&numbers(self.ciphers)), &[1, 0], &long(&extensions)]
            .concat();
        [&[1, 0][..], &long(&body)].concat()
    }

    /// The message in records of at most `most` bytes each.
    pub(crate) fn records(&self, most: usize) -> Vec<u8> {
        self.message().chunks(most).flat_map(|piece| [&[22, 3, 1][..], &long(piece)].concat()).collect()
    }
}

const ALGORITHMS: [u16; 8] = [0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601];

fn server_name(name: &str) -> Vec<u8> {
    long(&[&[0][..], &long(name.as_bytes())].concat())
}

fn offers(names: &[&[u8]]) -> Vec<u8> {
    long(&names.iter().flat_map(|name| [&[name.len() as u8], *name].concat()).collect::<Vec<_>>())
}

/// The browser of the specification's example, with the values that it sends to be ignored.
pub(crate) fn browser() -> Client<'static> {
    Client {
        ciphers: &[
            0x2a2a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c,
            0x009d, 0x002f, 0x0035,
        ],
        extensions: vec![
            (0x7a7a, vec![]),
            (0x001b, hex("02 0002")),
            (0x0000, server_name("WWW.Example.org")),
            (0x0033, hex("0000")),
            (0x0010, offers(&[b"h2", b"http/1.1"])),
            (0x4469, offers(&[b"h2"])),
            (0x0017, vec![]),
            (0x002d, hex("01 01")),
            (0x000d, long(&numbers(&ALGORITHMS))),
            (0x0005, hex("01 0000 0000")),
            (0x0023, vec![]),
            (0x0012, vec![]),
            (0x002b, hex("06 dada 0304 0303")),
            (0xff01, vec![0]),
            (0x000b, hex("01 00")),
            (0x000a, hex("0004 1a1a 001d")),
            (0x1a1a, vec![0]),
            (0x0015, vec![0; 40]),
        ],
    }
}

fn client_hello(payload: &[u8]) -> TlsClientHello<'_> {
    match inspect(TCP, 50000, 443, payload) {
        Inspection::Fact(Fact::TlsClientHello(hello)) => hello,
        other => panic!("{other:?}"),
    }
}

fn ja4(client: &Client<'_>) -> String {
    client_hello(&client.records(16384)).ja4.unwrap().to_string()
}

#[test]
fn the_published_example() {
    let payload = browser().records(16384);
    assert_eq!(
        told(TCP, (50000, 8443), &payload),
        "tls request 0x0304 name=www.example.org offered=h2 ja4=t13d1516h2_8daaf6152771_e5627efa2ab1 size=307 read"
    );
}

#[test]
fn what_is_missing_changes_the_fingerprint_as_published() {
    let without = |kind: u16| {
        let mut client = browser();
        client.extensions.retain(|extension| extension.0 != kind);
        ja4(&client)
    };
    assert_eq!(without(0x0000), "t13i1515h2_8daaf6152771_e5627efa2ab1", "no server name");
    assert_eq!(without(0x0010), "t13d151500_8daaf6152771_e5627efa2ab1", "no protocol offered");
    // The legacy version counts where the extension is absent.
    assert!(without(0x002b).starts_with("t12d1515h2_8daaf6152771_"));
    let mut no_algorithms = browser();
    no_algorithms.extensions.iter_mut().filter(|e| e.0 == 0x000d).for_each(|e| e.1 = hex("0000"));
    assert_eq!(ja4(&no_algorithms), "t13d1516h2_8daaf6152771_6d807ffa2a79", "no signature algorithms");
    assert_eq!(ja4(&Client { ciphers: &[], extensions: vec![] }), "t12i000000_000000000000_000000000000");
    let many: Vec<u16> = (0x0100..0x0180).collect();
    assert!(ja4(&Client { ciphers: &many, extensions: vec![] }).starts_with("t12i990000_"));
    let absurd: Vec<u16> = (0x1000..0x2000).collect();
    assert_eq!(
        client_hello(&Client { ciphers: &absurd, extensions: vec![] }.records(16384)).ja4,
        None,
        "more than are kept"
    );
}

#[test]
fn the_first_protocol_is_the_first_that_is_not_grease() {
    let with = |names: &[&[u8]]| {
        let mut client = browser();
        client.extensions.iter_mut().filter(|e| e.0 == 0x0010).for_each(|e| e.1 = offers(names));
        ja4(&client)[..10].to_owned()
    };
    assert_eq!(with(&[b"http/1.1", b"h2"]), "t13d1516h1");
    assert_eq!(with(&[&[0x5a, 0x5a], b"h2"]), "t13d1516h2");
    assert_eq!(with(&[b"h"]), "t13d1516hh");
    assert_eq!(with(&[&[0xba, 0xdd]]), "t13d1516bd");
}

#[test]
fn a_hello_in_many_records_reads_the_same() {
    let whole = browser().records(16384);
    let expected = client_hello(&whole);
    for most in 40..300 {
        let payload = browser().records(most);
        let hello = client_hello(&payload);
        assert_eq!((hello.ja4, hello.version), (expected.ja4, expected.version), "records of {most}");
        assert_eq!(
            hello.server_name.map(|name| name.to_string()).as_deref(),
            Some("www.example.org"),
            "records of {most}"
        );
    }
    assert_eq!(
        told(TCP, (50000, 443), &browser().records(4)),
        "malformed tls: a name is spread over three records",
        "as only one who hides a name would send it"
    );
}

#[test]
fn whoever_gathers_what_is_asked_for_gets_the_same_hello() {
    for most in [50, 100, 16384] {
        let whole = browser().records(most);
        let expected = inspect(TCP, 50000, 443, &whole);
        for start in 1..whole.len() {
            let (mut have, mut rounds) = (start, 0);
            loop {
                match inspect(TCP, 50000, 443, &whole[..have]) {
                    Inspection::Incomplete { needed, .. } => {
                        assert!(
                            needed > have && needed <= whole.len(),
                            "{needed} of {} asked with {have}",
                            whole.len()
                        );
                        have = needed;
                    }
                    found => {
                        assert_eq!(found, expected, "begun with {start}");
                        break;
                    }
                }
                rounds += 1;
                assert!(rounds < 20);
            }
        }
    }
}

#[test]
fn a_second_hello_behind_a_change_of_cipher() {
    let payload = [&hex("14 0303 0001 01")[..], &browser().records(16384)].concat();
    assert!(told(TCP, (50000, 443), &payload).contains("ja4=t13d1516h2_8daaf6152771_e5627efa2ab1"));
    assert_eq!(told(TCP, (50000, 443), &payload[..60]), format!("incomplete tls: {} bytes needed", payload.len()));
}

#[test]
fn what_a_server_chose() {
    let body = |extensions: &str| {
        let body = [&hex("0303")[..], &[5; 32], &[0], &hex("1302 00"), &long(&hex(extensions))].concat();
        let message = [&[2, 0][..], &long(&body)].concat();
        // A certificate in the same record does not matter.
        [&hex("16 0303")[..], &long(&[&message[..], &hex("0b 000400 0102")].concat())].concat()
    };
    assert_eq!(told(TCP, (443, 50000), &body("002b 0002 0304")), "tls response 0x0304 size=50 read");
    assert_eq!(told(TCP, (443, 50000), &body("ff01 0001 00")), "tls response 0x0303 size=49 read");
    let cut = body("002b 0002 0304");
    assert_eq!(told(TCP, (443, 50000), &cut[..50]), "incomplete tls: 55 bytes needed");
}

#[test]
fn other_records() {
    assert_eq!(told(TCP, (50000, 9999), &hex("15 0303 0002 02 28")), "tls unknown 0x0015 size=2 read");
    let Inspection::Fact(Fact::TlsRecord(alert)) = inspect(TCP, 1, 2, &[21, 3, 3, 0, 2, 2, 40]) else { panic!() };
    assert_eq!(alert.alert, Some((2, 40)));
    assert_eq!(told(TCP, (443, 50000), &hex("17 0303 0100 aabbccdd")), "tls unknown 0x0017 size=256 read");
    assert_eq!(told(TCP, (443, 50000), &hex("14 0303 0002 0101")), "nothing", "a change of cipher is one byte");
    assert_eq!(told(TCP, (443, 50000), &hex("17 0303 ffff aabbccdd")), "nothing", "longer than any record");
    assert_eq!(told(TCP, (443, 50000), &hex("17 0403 0010 aabbccdd")), "nothing", "no such version");
}

#[test]
fn hellos_that_contradict_themselves() {
    let good = browser().records(16384);
    let with = |at: usize, byte: u8| {
        let mut bad = good.clone();
        bad[at] = byte;
        told(TCP, (50000, 443), &bad)
    };
    assert_eq!(with(9, 9), "malformed tls: a hello has a version that does not exist");
    assert_eq!(with(76, 0x7f), "malformed tls: a length inside a hello leads out of it", "ciphers");
    let interrupted = [&browser().records(50)[..55], &hex("17 0303 0001 00")].concat();
    assert_eq!(told(TCP, (50000, 443), &interrupted), "malformed tls: a hello is interrupted by another record");
}

#[test]
fn datagrams() {
    let body = [
        &hex("fefd")[..],
        &[7; 32],
        &hex("00 04 01020304"),
        &long(&numbers(&[0xc02b, 0xc02f])),
        &hex("01 00"),
        &long(&hex("000a 0004 0002 001d")),
    ]
    .concat();
    let length = (body.len() as u32).to_be_bytes();
    let fragment = [&[1][..], &length[1..], &hex("0000 000000"), &length[1..], &body].concat();
    let record = [&hex("16 feff 0000 000000000000")[..], &long(&fragment)].concat();
    let line = told(UDP, (50000, 4433), &record);
    assert!(line.starts_with("tls request 0xfefd ja4=dd2i020100_"), "{line}");
    assert_eq!(told(UDP, (50000, 4433), &record[..60]), "nothing", "a datagram does not go on");
    let mut split = record.clone();
    split[24] -= 1;
    assert_eq!(told(UDP, (50000, 4433), &split), "tls unknown 0x0016 size=70 read", "one fragment of several");
}
