//! Tables that place addresses: text lines, ranges, routing tables in MRT. The first byte says how the rest is packed,
//! and what is asked of it.
#![no_main]

use std::fmt::{Debug, Display};
use std::io::{Cursor, Read};
use std::path::Path;

use blueline_border::attribution::blocks;
use blueline_fuzz::{FOLDER, assert_spots_within, assert_well_told, folder, packing};
use blueline_mission::folder::{MISSION_FILE, Problems, TableEntries, TableFormat};
use blueline_terms::{Address, Asn, Prefix};
use libfuzzer_sys::fuzz_target;

const MISSION: &[u8] = b"[mission]\ntitle = 't'\n[[party]]\nid = 'alpha'\nprefixes = ['192.0.2.0/24']\n\
                         [[party]]\nid = 'beta'\nasns = [64496]\n[tables]\norigins = 'table'\n";

fuzz_target!(|input: &[u8]| {
    let Some((&way, content)) = input.split_first() else { return };
    let pack: fn(&[u8]) -> Vec<u8> = match way % 4 {
        0 => <[u8]>::to_vec,
        _ if packing::looks_packed(content) => <[u8]>::to_vec,
        1 => packing::gzip,
        2 => packing::bzip2,
        _ => packing::zstd,
    };
    let origins = assert_sound(TableEntries::origins, content, pack);
    assert_sound(TableEntries::registry, content, pack);
    if let Some(table) = origins {
        assert!(table.entries.iter().all(|(_, asn)| *asn != Asn(0)), "nobody originates what AS 0 does");
        if table.format == TableFormat::Mrt {
            assert!(table.entries.is_sorted_by_key(|(prefix, _)| *prefix));
        } else if let Some(entries) = plain_lines(content) {
            assert_eq!(table.entries, entries);
        }
        // A whole border takes a while to make.
        if way >= 0xfc {
            assert_placed(&pack(content), &table.entries);
        }
    }
});

/// Reads a table, packed and not, and gives what is in it.
fn assert_sound<T: PartialEq + Debug + Display>(
    read: fn(&Path, Box<dyn Read>) -> Result<TableEntries<T>, Problems>,
    content: &[u8],
    pack: fn(&[u8]) -> Vec<u8>,
) -> Option<TableEntries<T>> {
    let file = Path::new(FOLDER).join("table");
    let read = |stored: Vec<u8>| read(&file, Box::new(Cursor::new(stored)));
    let table = read(content.to_vec());
    assert_eq!(table, read(pack(content)), "how a table is packed must not show");
    let problems = match &table {
        Ok(table) => table.warning.as_slice(),
        Err(problems) => problems.list(),
    };
    assert_well_told(problems);
    assert!(problems.iter().all(|problem| problem.is_error() == table.is_err() && problem.file == file));
    // Lines are those of what is unpacked.
    if !packing::looks_packed(content) {
        assert_spots_within(problems, "table", content);
    }
    let table = table.ok()?;
    let lines: String = table.entries.iter().map(|(prefix, value)| format!("{prefix}\t{value}\n")).collect();
    if !lines.is_empty() {
        let again = read(lines.into_bytes()).expect("what was read can be written and read");
        assert_eq!((&again.entries, again.warning), (&table.entries, None));
    }
    Some(table)
}

/// The entries of a text whose lines are all in their plainest form, `PREFIX<tab>ASN` or `FIRST,LAST,ASN`.
fn plain_lines(content: &[u8]) -> Option<Vec<(Prefix, Asn)>> {
    let mut entries = Vec::new();
    for line in std::str::from_utf8(content).ok()?.lines() {
        let number = |text: &str| text.parse().ok().map(Asn);
        if let Some((prefix, asn)) = line.split_once('\t') {
            entries.push((prefix.parse().ok()?, number(asn)?));
            continue;
        }
        let fields: Vec<&str> = line.split(',').collect();
        let &[first, last, asn] = &fields[..] else { return None };
        let (first, last): (Address, Address) = (first.parse().ok()?, last.parse().ok()?);
        let asn = number(asn)?;
        let blocks: Vec<Prefix> = blocks(first, last).collect();
        // The blocks lie side by side, from the first address to the last.
        let ends = blocks.first().zip(blocks.last())?;
        assert_eq!((ends.0.first(), ends.1.last()), (first, last));
        assert!(blocks.windows(2).all(|pair| pair[1].first() == behind(pair[0])));
        entries.extend(blocks.into_iter().map(|block| (block, asn)));
    }
    entries.retain(|(_, asn)| *asn != Asn(0));
    Some(entries)
}

/// The first address behind a block. The IPv4-mapped block in the midst of IPv6 is none of its addresses.
fn behind(block: Prefix) -> Address {
    let next = Address::from_bits(block.last().bits() + 1);
    if next.is_v4() && !block.is_v4() { Address::from_bits(next.bits() + (1 << 32)) } else { next }
}

/// In the border that a table makes the longest prefix wins, and of equal ones the first.
fn assert_placed(stored: &[u8], entries: &[(Prefix, Asn)]) {
    let folder = folder(&[(MISSION_FILE, MISSION), ("table", stored)]).expect("the table was read before");
    assert_eq!(folder.tables[0].entries, entries.len());
    for &(prefix, _) in entries {
        for address in [prefix.first(), prefix.last()] {
            let around = || entries.iter().filter(|(other, _)| other.contains(address));
            let longest = around().map(|(other, _)| other.length()).max();
            let first = around().find(|(other, _)| Some(other.length()) == longest).map(|(_, asn)| *asn);
            let place = folder.border.place(folder.border.locate(address));
            assert_eq!(place.origin, first, "{address}");
        }
    }
}
