//! What parts of a pattern ask for, and what they come to together.

use std::borrow::Cow;

use blueline_terms::Moment;

use crate::indicators::value::{self, Below, Fault, Thing, Value};

/// Alternatives that one pattern may come to.
const MOST: usize = 100_000;

/// One alternative.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::indicators) struct Atom {
    pub(in crate::indicators) value: Value,
    pub(in crate::indicators) text: String,
    end: End,
    /// From a START and STOP in the pattern.
    pub(in crate::indicators) between: Option<(Moment, Moment)>,
}

/// Which end of a flow a condition is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Either,
    Source,
    Destination,
}

/// What a part of a pattern asks for.
pub(super) enum Part {
    /// Any of these.
    Any(Vec<Atom>),
    /// A port of these at an end.
    Ports(End, Vec<u16>),
    /// One of these IP protocols.
    Protocols(Vec<u8>),
    /// What holds wherever the rest does.
    Nothing,
    /// What is not seen.
    Unseen(String, Fault),
}

/// What an observation asks for as a whole: a port or protocol by itself says nothing.
pub(super) fn alone(part: Part, text: impl FnOnce() -> String) -> Part {
    match part {
        Part::Any(_) | Part::Unseen(..) => part,
        Part::Ports(..) | Part::Protocols(_) | Part::Nothing => Part::Unseen(text(), port_alone()),
    }
}

/// Both of these, of one observation.
pub(super) fn join(one: Part, other: Part, text: impl FnOnce() -> String) -> Part {
    match (one, other) {
        (Part::Unseen(_, fault), _) | (_, Part::Unseen(_, fault)) => Part::Unseen(text(), fault),
        (Part::Nothing, part) | (part, Part::Nothing) => part,
        (Part::Any(atoms), Part::Ports(end, ports)) | (Part::Ports(end, ports), Part::Any(atoms)) => {
            at_ports(&atoms, end, &ports).map_or_else(|| Part::Unseen(text(), together("at once")), Part::Any)
        }
        (Part::Any(atoms), Part::Protocols(protocols)) | (Part::Protocols(protocols), Part::Any(atoms)) => {
            Part::Any(over_protocols(atoms, &protocols))
        }
        _ => Part::Unseen(text(), together("at once")),
    }
}

/// The addresses at each of the ports, where both are of the same end.
fn at_ports(atoms: &[Atom], end: End, ports: &[u16]) -> Option<Vec<Atom>> {
    let fits = |atom: &Atom| {
        matches!(atom.value.thing, Thing::Addresses(_)) && atom.value.port == 0 && atom.end == end && end != End::Either
    };
    if !atoms.iter().all(fits) || atoms.len().saturating_mul(ports.len()) > MOST {
        return None;
    }
    let at = |atom: &Atom, port: u16| Atom { value: Value { port, ..atom.value.clone() }, ..atom.clone() };
    Some(ports.iter().flat_map(|&port| atoms.iter().map(move |atom| at(atom, port))).collect())
}

/// Only one transport protocol can be kept with an address; of several, any is taken.
fn over_protocols(mut atoms: Vec<Atom>, protocols: &[u8]) -> Vec<Atom> {
    if let [protocol] = protocols {
        atoms.iter_mut().for_each(|atom| atom.value.protocol = *protocol);
    }
    atoms
}

pub(super) fn narrowed(part: Part, between: (Moment, Moment)) -> Part {
    let Part::Any(mut atoms) = part else { return part };
    for atom in &mut atoms {
        let (from, until) = atom.between.unwrap_or(between);
        atom.between = Some((from.max(between.0), until.min(between.1)));
    }
    Part::Any(atoms)
}

/// What a comparison asks for.
pub(super) fn compared(path: &str, operator: &str, values: &[Cow<'_, str>], text: impl Fn() -> String) -> Part {
    let (object, property) = path.split_once(':').unwrap_or((path, ""));
    let last = property.rsplit('.').next().unwrap_or_default();
    if matches!(last, "ja4" | "x_ja4" | "ja4_fingerprint" | "ja4-fingerprint" | "x_ja4_fingerprint") {
        return values_of(values, End::Either, value::ja4, text);
    }
    match (object, property) {
        ("ipv4-addr" | "ipv6-addr", "value") => values_of(values, End::Either, address(operator), text),
        ("network-traffic", "dst_ref.value") => values_of(values, End::Destination, ended(operator), text),
        ("network-traffic", "src_ref.value") => values_of(values, End::Source, ended(operator), text),
        ("network-traffic", "dst_port") => ports(End::Destination, values, text),
        ("network-traffic", "src_port") => ports(End::Source, values, text),
        ("network-traffic", "protocols") => protocols(values, text),
        ("network-traffic", "dst_ref.type" | "src_ref.type") => Part::Nothing,
        ("domain-name", "value") => values_of(values, End::Either, name(operator), text),
        // What a name meant when it was looked up is not seen with the question; the name tells enough.
        ("domain-name", "resolves_to_refs.value" | "resolves_to_refs.type") => Part::Nothing,
        ("url", "value") if !matches!(operator, "LIKE" | "MATCHES") => values_of(values, End::Either, value::url, text),
        ("url", "value") => Part::Unseen(text(), inexact()),
        _ => {
            let message = format!("asks for {path}, which is not seen in traffic");
            Part::Unseen(text(), Fault::usual(message, "addresses, names, URLs' hosts and JA4 fingerprints are used"))
        }
    }
}

type Read = fn(&str) -> Result<Value, Fault>;

fn address(operator: &str) -> Read {
    if matches!(operator, "LIKE" | "MATCHES") { |_| Err(inexact()) } else { value::address }
}

/// An end of traffic may be an address or a name.
fn ended(operator: &str) -> Read {
    if matches!(operator, "LIKE" | "MATCHES") {
        |_| Err(inexact())
    } else {
        |text| value::address(text).or_else(|_| value::domain(text))
    }
}

/// `LIKE '%.example.org'` is all names below; other wildcards are not looked for.
fn name(operator: &str) -> Read {
    match operator {
        "LIKE" => {}
        "MATCHES" => return |_| Err(inexact()),
        _ => return value::domain,
    }
    |text| match text.strip_prefix("%.").or_else(|| text.strip_prefix('%')) {
        Some(rest) if !rest.contains(['%', '_']) => Ok(Value { below: Below::Stated, ..value::host(rest)? }),
        None if !text.contains(['%', '_']) => value::domain(text),
        _ => Err(inexact()),
    }
}

fn values_of(values: &[Cow<'_, str>], end: End, read: Read, text: impl Fn() -> String) -> Part {
    let mut atoms = Vec::with_capacity(values.len());
    for value in values {
        match read(value) {
            Ok(read) => atoms.push(Atom { value: read, text: value.to_string(), end, between: None }),
            // One bad value of a set need not cost the others, but a set is written by a program: all or none.
            Err(fault) if values.len() == 1 => return Part::Unseen(value.to_string(), fault),
            Err(fault) => return Part::Unseen(format!("{value} in {}", text()), fault),
        }
    }
    Part::Any(atoms)
}

fn ports(end: End, values: &[Cow<'_, str>], text: impl Fn() -> String) -> Part {
    let ports: Option<Vec<u16>> = values.iter().map(|value| value.parse().ok()).collect();
    ports.map_or_else(
        || Part::Unseen(text(), Fault::new("is no port", "write a number up to 65535")),
        |ports| Part::Ports(end, ports),
    )
}

fn protocols(values: &[Cow<'_, str>], text: impl Fn() -> String) -> Part {
    let mut protocols = Vec::new();
    for value in values {
        match &*value.to_ascii_lowercase() {
            "tcp" => protocols.push(6),
            "udp" => protocols.push(17),
            "icmp" => protocols.push(1),
            "ipv4" | "ipv6" | "ip" => return Part::Nothing,
            _ => {
                let message = "asks for a protocol within TCP or UDP, which is not looked at";
                return Part::Unseen(text(), Fault::usual(message, "ask for tcp or udp and the port"));
            }
        }
    }
    Part::Protocols(protocols)
}

pub(super) fn together(how: &str) -> Fault {
    let message = format!("asks for several things {how}, which cannot be joined, and is not used");
    Fault::usual(message, "make an indicator of each if one alone tells enough")
}

pub(super) fn inexact() -> Fault {
    let message = "does not ask for an exact value, and is not used";
    Fault::usual(message, "ask with =, IN or ISSUBSET, or for names with LIKE '%.name'")
}

pub(super) fn port_alone() -> Fault {
    Fault::usual("asks for a port or protocol without an address, and is not used", "name the address with it")
}
