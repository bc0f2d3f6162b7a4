//! Patterns in, what is taken of them out.

use super::*;
use crate::indicators::value::{Below, Value};

fn shown(pattern: &str) -> String {
    match read(pattern) {
        Err((at, message)) => format!("{at}: {message}"),
        Ok(reading) => {
            let atom = |atom: &Atom| {
                let Value { port, protocol, .. } = atom.value;
                let port = if port > 0 { format!(":{port}") } else { String::new() };
                let protocol = if protocol > 0 { format!("/{protocol}") } else { String::new() };
                let star = if atom.value.below == Below::Stated { "*." } else { "" };
                let between = if atom.between.is_some() { " then" } else { "" };
                format!("{star}{}{port}{protocol}{between}", atom.text)
            };
            let atoms: Vec<String> = reading.atoms.iter().map(atom).collect();
            format!("{}{}", atoms.join(" "), " !".repeat(reading.unused.len()))
        }
    }
}

#[test]
fn what_is_seen_in_traffic_is_taken() {
    for (pattern, wanted) in [
        ("[ipv4-addr:value = '198.51.100.7']", "198.51.100.7"),
        (
            "[ipv4-addr:value ISSUBSET '198.51.100.0/24' OR ipv6-addr:value = '2001:db8::1']",
            "198.51.100.0/24 2001:db8::1",
        ),
        ("[ipv4-addr:value IN ('192.0.2.1', '192.0.2.2')]", "192.0.2.1 192.0.2.2"),
        (
            "[domain-name:value = 'evil.example'] OR [url:value = 'http://a.example/x']",
            "evil.example http://a.example/x",
        ),
        ("[domain-name:value LIKE '%.evil.example']", "*.%.evil.example"),
        (
            "[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '192.0.2.1' AND \
          network-traffic:dst_port = '443' AND network-traffic:protocols[*] = 'tcp']",
            "192.0.2.1:443/6",
        ),
        (
            "[network-traffic:dst_ref.value = '192.0.2.1' AND (network-traffic:dst_port = 80 OR \
             network-traffic:dst_port = 81)]",
            "192.0.2.1:80 192.0.2.1:81",
        ),
        (
            "[network-traffic:extensions.'tls-ext'.ja4 = 't13d1516h2_8daaf6152771_02713d6af862']",
            "t13d1516h2_8daaf6152771_02713d6af862",
        ),
        ("[domain-name:value = 'a.example' AND domain-name:resolves_to_refs[*].value = '192.0.2.1']", "a.example"),
        (
            "([ipv4-addr:value='192.0.2.1']) START t'2026-01-01T00:00:00Z' STOP t'2026-02-01T00:00:00Z'",
            "192.0.2.1 then",
        ),
        ("[ipv4-addr:value = '192.0.2.1'] REPEATS 1 TIMES WITHIN 5.5 SECONDS /* so */ // there", "192.0.2.1"),
    ] {
        assert_eq!(shown(pattern), wanted, "{pattern}");
    }
}

#[test]
fn what_cannot_be_joined_is_told_and_never_half_used() {
    for (pattern, wanted) in [
        ("[ipv4-addr:value = '192.0.2.1' AND file:size = 3]", " !"),
        ("[ipv4-addr:value = '192.0.2.1'] AND [domain-name:value = 'a.example']", " !"),
        ("[ipv4-addr:value = '192.0.2.1'] FOLLOWEDBY [domain-name:value = 'a.example']", " !"),
        ("[ipv4-addr:value = '192.0.2.1' OR file:size = 3]", "192.0.2.1 !"),
        ("[ipv4-addr:value != '192.0.2.1']", " !"),
        ("[NOT ipv4-addr:value = '192.0.2.1']", " !"),
        ("[ipv4-addr:value NOT IN ('192.0.2.1')]", " !"),
        ("[network-traffic:dst_port = 443]", " !"),
        ("[network-traffic:src_ref.value = '192.0.2.1' AND network-traffic:dst_port = 443]", " !"),
        ("[ipv4-addr:value = '192.0.2.1'] REPEATS 5 TIMES", " !"),
        ("[domain-name:value MATCHES '^evil.*$']", " !"),
        ("[file:hashes.'SHA-256' = 'ef53']", " !"),
        ("[EXISTS ipv4-addr:value]", " !"),
    ] {
        assert_eq!(shown(pattern), wanted, "{pattern}");
    }
}

#[test]
fn what_is_no_pattern_is_told_with_its_place() {
    for (pattern, wanted) in [
        ("", "0: it ends where [ should stand"),
        ("[ipv4-addr:value = '1.2.3.4'", "28: it ends where ] should stand"),
        ("[ipv4-addr:value = '1.2.3.4]", "19: a quoted text does not end"),
        ("[ipv4-addr = '1.2.3.4']", "11: = stands where : should"),
        ("[ipv4-addr:value '1.2.3.4']", "17: '1.2.3.4' stands where a comparison such as = or IN should"),
        ("[a:b = 'c'] x", "12: x stands where nothing more should"),
        ("[a:b = $]", "7: '$' belongs in no pattern"),
    ] {
        assert_eq!(shown(pattern), wanted, "{pattern}");
    }
    assert!(shown(&"(".repeat(100_000)).contains("nest too deep"));
}
