//! Connectionless LDAP (RFC 1798; RFC 4511, section 4.5): a search for what a directory server says of itself. US-CERT
//! TA14-017A: factor 56 to 70.

use super::ber::{element, integer, nest, text};
use super::{Messages, Reflected};
use crate::payload::Payload;
use crate::random::Draw;

pub(super) const PROTOCOL: Reflected =
    Reflected { port: 389, answers: 1, messages: Messages::Datagrams { request, answer } };

const SEARCH: u8 = 0x63;
const ENTRY: u8 = 0x64;
const DONE: u8 = 0x65;
/// Attributes of the answer, and values of each.
const ATTRIBUTES: [(&str, u8); 6] = [
    ("supportedControl", 30),
    ("supportedLDAPPolicies", 20),
    ("namingContexts", 8),
    ("supportedSASLMechanisms", 4),
    ("supportedCapabilities", 8),
    ("dnsHostName", 1),
];

/// A search for the root entry, every attribute of it.
fn request(_: &mut Draw) -> Payload {
    let search = nest(
        SEARCH,
        &[
            text(""),
            integer(0x0a, 0),
            integer(0x0a, 0),
            integer(2, 0),
            integer(2, 0),
            element(1, &[0]),
            // Present: any object class.
            element(0x87, b"objectclass"),
            element(0x30, &[]),
        ],
    );
    Payload::plain(nest(0x30, &[integer(2, 7), search]))
}

fn answer(_: u16, draw: &mut Draw) -> Payload {
    let attributes = ATTRIBUTES.iter().map(|&(name, values)| {
        let values: Vec<_> =
            (0..values).map(|n| text(&format!("1.2.840.113556.1.4.{n}.{:010}", draw.below(10_000_000_000)))).collect();
        nest(0x30, &[text(name), nest(0x31, &values)])
    });
    let attributes: Vec<_> = attributes.collect();
    let entry = nest(0x30, &[integer(2, 7), nest(ENTRY, &[text(""), nest(0x30, &attributes)])]);
    let done = nest(0x30, &[integer(2, 7), nest(DONE, &[integer(0x0a, 0), text(""), text("")])]);
    Payload::plain([entry, done].concat())
}
