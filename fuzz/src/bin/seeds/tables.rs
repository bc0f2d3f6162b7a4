//! Tables that place addresses, in each of their forms.

use blueline_fuzz::packing;

const PREFIXES: &str = "; prefix and origin\n20.0.0.0/8\t64496\n20.1.0.0/16\t64497\n2600::/32\t1.10\n21.0.0.0/8\t0\n";
const PLAIN: &str = "20.0.0.0/8\t64496\n20.0.0.0/8\t64497\n20.0.0.0/9\t3\n2600::/32\t64497\n::/0\t5\n";
const RANGES: &str = "first,last,asn\n30.0.0.0,30.0.0.9,64496,Somebody\n\"2600::\",\"2600::ffff\",\"AS64497\"\n";
const PLAIN_RANGES: &str = "30.0.0.1,30.0.1.8,64496\n2600::1,2600:1::5,64497\n";
const COUNTRIES: &str = "# first,last,country\n30.0.0.0,30.255.255.255,XA\n2001:db8::,2001:db8::ffff,XB\nwrong\n";

/// A seed is a byte that says how the target packs it, and the table.
pub(crate) fn all() -> Vec<Vec<u8>> {
    let texts = [PREFIXES, PLAIN, RANGES, PLAIN_RANGES, COUNTRIES].map(|text| text.as_bytes().to_vec());
    let dumps = [table_dump(), table_dump_2(), updates()];
    let tables: Vec<Vec<u8>> = texts.into_iter().chain(dumps).collect();
    let mut seeds: Vec<Vec<u8>> =
        tables.iter().enumerate().map(|(n, table)| [&[n as u8 % 4], &table[..]].concat()).collect();
    // Packed before it came to the target, so that the packing itself is changed.
    let packed = [packing::gzip(&tables[0]), packing::bzip2(&tables[2]), packing::zstd(&tables[5])];
    seeds.extend(packed.map(|table| [&[0], &table[..]].concat()));
    seeds
}

/// ORIGIN, an AS_PATH of `width`-byte numbers, NEXT_HOP (RFC 4271, 4.3).
fn attributes(width: usize, path: &[u32]) -> Vec<u8> {
    let numbers: Vec<u8> = path.iter().flat_map(|asn| asn.to_be_bytes()[4 - width..].to_vec()).collect();
    let mut attributes = vec![0x40, 1, 1, 0, 0x40, 2, numbers.len() as u8 + 2, 2, path.len() as u8];
    attributes.extend(numbers);
    attributes.extend([0x40, 3, 4, 192, 0, 2, 1]);
    attributes
}

/// An MRT record (RFC 6396, 2).
fn record(kind: u16, subtype: u16, body: &[u8]) -> Vec<u8> {
    let length = (body.len() as u32).to_be_bytes();
    [&[0x69, 0xa3, 0x80, 0][..], &kind.to_be_bytes(), &subtype.to_be_bytes(), &length, body].concat()
}

/// TABLE_DUMP (RFC 6396, 4.2): three peers' routes to a prefix.
fn table_dump() -> Vec<u8> {
    let route = |peer: u8, origin: u32| {
        let attributes = attributes(2, &[64_500, origin]);
        let head = [0, 0, 0, peer, 20, 0, 0, 0, 8, 1, 0, 0, 0, 0, 192, 0, 2, peer, 0xfb, 0xf4];
        record(12, 1, &[&head[..], &(attributes.len() as u16).to_be_bytes(), &attributes].concat())
    };
    [route(1, 64_496), route(2, 64_497), route(3, 64_497)].concat()
}

/// TABLE_DUMP_V2 (RFC 6396, 4.3): the peers, then a prefix of each family.
fn table_dump_2() -> Vec<u8> {
    let peers = [&[192, 0, 2, 9, 0, 0, 0, 1][..], &[2, 192, 0, 2, 1, 192, 0, 2, 1, 0, 0, 0xfb, 0xf4]].concat();
    let rib = |subtype: u16, length: u8, prefix: &[u8], origin: u32| {
        let attributes = attributes(4, &[64_500, origin]);
        let entry = [&[0, 0, 0x69, 0xa3, 0x80, 0][..], &(attributes.len() as u16).to_be_bytes(), &attributes].concat();
        record(13, subtype, &[&[0, 0, 0, 0, length][..], prefix, &[0, 1], &entry].concat())
    };
    [record(13, 1, &peers), rib(2, 8, &[20], 64_496), rib(4, 32, &[0x26, 0, 0, 0], 64_497)].concat()
}

/// BGP4MP_MESSAGE_AS4 (RFC 6396, 4.4): a keepalive, which is no table.
fn updates() -> Vec<u8> {
    let peer = [0, 0, 0xfb, 0xf0, 0, 0, 0xfb, 0xf1, 0, 0, 0, 1, 192, 0, 2, 1, 192, 0, 2, 2];
    record(16, 4, &[&peer[..], &[0xff; 16], &[0, 19, 4]].concat())
}
