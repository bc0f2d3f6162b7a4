//! Routing tables in MRT (RFC 6396): TABLE_DUMP and TABLE_DUMP_V2. The reading of BGP is bgpkit-parser's.
//!
//! Every peer of a collector gives its own route to a prefix. Of several origins the one that most peers see comes
//! first; where as many see one as the other, the one that the dump has first.

use std::collections::BTreeMap;
use std::io::BufRead;

use bgpkit_parser::BgpkitParser;
use bgpkit_parser::models::{ElemType, NetworkPrefix};
use bgpkit_parser::parser::ParserError;
use blueline_terms::{Address, Asn, Prefix};

use super::{Fault, MOST_ENTRIES, Reading, TableFormat};

/// More origins of one prefix than this are left out.
const MOST_ORIGINS: usize = 8;
/// The type fields of RFC 6396, section 4: the table dumps, and the updates and state changes.
const DUMPS: [u16; 2] = [12, 13];
const UPDATES: [u16; 4] = [16, 17, 48, 49];
/// RFC 6396, section 2: time stamp, type, subtype, length.
const HEADER: usize = 12;
/// Records are far shorter; a longer one means that this is something else.
const LONGEST_RECORD: u32 = 16 << 20;

/// What an MRT file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MrtKind {
    /// A whole routing table.
    Dump,
    /// Changes of one.
    Updates,
}

/// Whether the first bytes of a file are an MRT record's, and of which kind.
pub(super) fn kind(head: &[u8]) -> Option<MrtKind> {
    let [_, _, _, _, k0, k1, s0, s1, l0, l1, l2, l3] = *head.first_chunk::<HEADER>()?;
    let (subtype, length) = (u16::from_be_bytes([s0, s1]), u32::from_be_bytes([l0, l1, l2, l3]));
    if subtype > 16 || length > LONGEST_RECORD {
        return None;
    }
    match u16::from_be_bytes([k0, k1]) {
        kind if DUMPS.contains(&kind) => Some(MrtKind::Dump),
        kind if UPDATES.contains(&kind) => Some(MrtKind::Updates),
        _ => None,
    }
}

/// Reads the routes of a dump and gives each prefix's origins, the best supported first.
pub(super) fn read(input: Box<dyn BufRead>) -> Result<Reading<Asn>, Fault> {
    let mut votes: BTreeMap<Prefix, Vec<(Asn, u32)>> = BTreeMap::new();
    let (mut damaged, mut first_damage) = (0_usize, None);
    for route in BgpkitParser::from_reader(input).disable_warnings().into_fallible_route_iter() {
        match route {
            Err(error) => {
                damaged += 1;
                first_damage.get_or_insert_with(|| in_words(&error.error));
            }
            Ok(route) if route.elem_type == ElemType::ANNOUNCE => {
                let origin = route.as_path.as_ref().and_then(|path| path.get_origin_opt());
                let prefix = prefix(&route.prefix);
                // AS 0 originates nothing (RFC 7607).
                if let Some((prefix, asn)) = prefix.zip(origin).filter(|(_, asn)| asn.to_u32() != 0) {
                    vote(votes.entry(prefix).or_default(), Asn(asn.to_u32()));
                }
            }
            Ok(_) => {}
        }
        if votes.len() > MOST_ENTRIES {
            let message = format!("this routing table has more than {MOST_ENTRIES} prefixes");
            return Err(Fault::new(message, "use a dump of one collector"));
        }
    }
    if votes.is_empty() {
        let message = first_damage.map_or("this MRT file holds no route".to_owned(), |damage| {
            format!("this MRT file holds no readable route: {damage}")
        });
        return Err(Fault::new(
            message,
            "name a dump of a routing table (TABLE_DUMP or TABLE_DUMP_V2), often called rib or bview",
        ));
    }
    let warning = first_damage.map(|damage| {
        let message =
            format!("{damaged} records could not be read; {} prefixes could; the first fault: {damage}", votes.len());
        Fault::new(message, "fetch the dump again if it should be whole")
    });
    Ok(Reading { format: TableFormat::Mrt, entries: ranked(votes), warning })
}

fn vote(origins: &mut Vec<(Asn, u32)>, asn: Asn) {
    if let Some((_, count)) = origins.iter_mut().find(|(known, _)| *known == asn) {
        *count = count.saturating_add(1);
    } else if origins.len() < MOST_ORIGINS {
        origins.push((asn, 1));
    }
}

fn ranked(votes: BTreeMap<Prefix, Vec<(Asn, u32)>>) -> Vec<(Prefix, Asn)> {
    let mut entries = Vec::with_capacity(votes.len());
    for (prefix, mut origins) in votes {
        // A stable sort: equal ones stay in the order of the dump.
        origins.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
        entries.extend(origins.into_iter().map(|(asn, _)| (prefix, asn)));
    }
    entries
}

/// Our form of a prefix; bits beyond its length are cleared, as routers do.
fn prefix(net: &NetworkPrefix) -> Option<Prefix> {
    let net = net.prefix.trunc();
    Prefix::new(Address::from(net.network()), net.prefix_len()).ok()
}

fn in_words(error: &ParserError) -> String {
    error.to_string().to_lowercase()
}
