//! Questions and answers that are about something else than names.

use std::time::Duration;

use super::{Turn, dns};
use crate::payload::Payload;
use crate::random::Draw;
use crate::scenario::DnsAbuseKind;

/// Ends of generated names, all reserved for documentation (RFC 2606).
const ENDS: [&str; 4] = ["test", "example", "invalid", "example.com"];
const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// The longest label (RFC 1035, section 2.3.4).
const LABEL: usize = 63;

/// One question, the so manieth, and its answer.
pub(crate) fn exchange(kind: DnsAbuseKind, domain: &str, number: u64, draw: &mut Draw) -> Vec<Turn> {
    let (name, asked_for) = match kind {
        DnsAbuseKind::Dga => (generated(draw), dns::A),
        DnsAbuseKind::Tunnel => (tunnelled(number, domain, draw), dns::TXT),
        DnsAbuseKind::Txt => (format!("{number:06}.get.{domain}"), dns::TXT),
    };
    let content = match kind {
        // One in a hundred is registered; its address is the documentation's.
        DnsAbuseKind::Dga => draw.chance(0.01).then(|| vec![192, 0, 2, draw.between(1, 254) as u8]),
        DnsAbuseKind::Tunnel => Some(dns::text(&encoded(draw.between(60, 200) as usize, draw))),
        DnsAbuseKind::Txt => Some(dns::text(&encoded(1000, draw))),
    };
    let asked = dns::asking(&name, asked_for, draw);
    let told = dns::answering(&asked, asked_for, content.as_deref());
    vec![Turn::ask(Duration::ZERO, Payload::plain(asked)), Turn::answer(draw.millis(2, 90), Payload::plain(told))]
}

/// A generated name: 12 to 24 letters that no language puts together.
fn generated(draw: &mut Draw) -> String {
    let length = draw.between(12, 24);
    let letters: String = (0..length).map(|_| char::from(b'a' + draw.below(26) as u8)).collect();
    format!("{letters}.{}", draw.pick(&ENDS))
}

/// Three long labels of what is carried out, and a short one that tells the pieces apart.
fn tunnelled(number: u64, domain: &str, draw: &mut Draw) -> String {
    // A name has at most 253 characters (RFC 1035, section 2.3.4); the domain gets what is left, or less is carried.
    let room = 240usize.saturating_sub(domain.len() + 8);
    let label = LABEL.min((room / 3).saturating_sub(1)).max(1);
    let mut name = format!("{:06x}.", number & 0xff_ffff);
    for _ in 0..3 {
        name.extend(encoded(label, draw).into_iter().map(char::from));
        name.push('.');
    }
    name + domain
}

/// Bytes that look like data in base 32.
fn encoded(length: usize, draw: &mut Draw) -> Vec<u8> {
    (0..length).map(|_| BASE32[draw.below(32) as usize]).collect()
}
