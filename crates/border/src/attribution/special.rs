//! Address space with a special purpose, from the IANA registries that RFC 6890 set up, with multicast and what was
//! never allocated for public use.
//!
//! Sources: IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890, RFC 8190), IANA IPv4 Multicast
//! (RFC 5771) and IPv6 Address Space (RFC 4291) registries. "Globally reachable" is the registries' own column; where it
//! says "N/A" (6to4, Teredo), packets do travel the public network and the block counts as reachable.

use std::sync::LazyLock;

use blueline_terms::Prefix;

/// One block of special purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecialBlock {
    /// Which addresses.
    pub prefix: Prefix,
    /// What for.
    pub purpose: &'static str,
    /// The document that says so.
    pub source: &'static str,
    /// Whether it is part of the public network in spite of its purpose.
    pub reachable: bool,
}

impl SpecialBlock {
    /// Every block, shorter prefixes before the longer ones in them.
    pub fn all() -> &'static [Self] {
        &BLOCKS
    }

    /// Whether its addresses number hosts, in networks that are not part of the public one: in a tunnel they mean the
    /// hosts behind its end. Multicast, loopback and what was never given out do not.
    pub fn numbers_hosts(&self) -> bool {
        !self.reachable && NUMBERING.contains(&self.purpose)
    }
}

static BLOCKS: LazyLock<Vec<SpecialBlock>> = LazyLock::new(|| {
    let blocks = TABLE.iter().filter_map(|&(prefix, purpose, source, reachable)| {
        Some(SpecialBlock { prefix: prefix.parse().ok()?, purpose, source, reachable })
    });
    blocks.collect()
});

/// Purposes whose addresses number hosts; documentation and benchmarking do in laboratories and exercises.
const NUMBERING: [&str; 7] = [
    "private use",
    "shared address space",
    "link local",
    "unique local",
    "site local, deprecated",
    "benchmarking",
    "documentation",
];

const OUT: bool = false;
const PUBLIC: bool = true;

#[rustfmt::skip]
const TABLE: &[(&str, &str, &str, bool)] = &[
    ("0.0.0.0/8", "this network", "RFC 791, section 3.2", OUT),
    ("10.0.0.0/8", "private use", "RFC 1918", OUT),
    ("100.64.0.0/10", "shared address space", "RFC 6598", OUT),
    ("127.0.0.0/8", "loopback", "RFC 1122, section 3.2.1.3", OUT),
    ("169.254.0.0/16", "link local", "RFC 3927", OUT),
    ("172.16.0.0/12", "private use", "RFC 1918", OUT),
    ("192.0.0.0/24", "IETF protocol assignments", "RFC 6890, section 2.1", OUT),
    ("192.0.0.9/32", "port control protocol anycast", "RFC 7723", PUBLIC),
    ("192.0.0.10/32", "TURN anycast", "RFC 8155", PUBLIC),
    ("192.0.2.0/24", "documentation", "RFC 5737", OUT),
    ("192.31.196.0/24", "AS112", "RFC 7535", PUBLIC),
    ("192.52.193.0/24", "automatic multicast tunnelling", "RFC 7450", PUBLIC),
    ("192.88.99.0/24", "6to4 relay anycast, deprecated", "RFC 7526", PUBLIC),
    ("192.168.0.0/16", "private use", "RFC 1918", OUT),
    ("192.175.48.0/24", "AS112", "RFC 7534", PUBLIC),
    ("198.18.0.0/15", "benchmarking", "RFC 2544", OUT),
    ("198.51.100.0/24", "documentation", "RFC 5737", OUT),
    ("203.0.113.0/24", "documentation", "RFC 5737", OUT),
    ("224.0.0.0/4", "multicast", "RFC 5771", OUT),
    ("240.0.0.0/4", "reserved", "RFC 1112, section 4", OUT),
    ("255.255.255.255/32", "limited broadcast", "RFC 919, section 7", OUT),

    ("::/3", "not allocated for public use", "RFC 4291, section 2.4", OUT),
    ("::/128", "unspecified", "RFC 4291, section 2.5.2", OUT),
    ("::1/128", "loopback", "RFC 4291, section 2.5.3", OUT),
    ("64:ff9b::/96", "IPv4-IPv6 translation", "RFC 6052", PUBLIC),
    ("64:ff9b:1::/48", "local IPv4-IPv6 translation", "RFC 8215", OUT),
    ("100::/64", "discard only", "RFC 6666", OUT),
    ("100:0:0:1::/64", "dummy prefix", "RFC 9780", OUT),
    ("2001::/23", "IETF protocol assignments", "RFC 2928", OUT),
    ("2001::/32", "Teredo", "RFC 4380", PUBLIC),
    ("2001:1::1/128", "port control protocol anycast", "RFC 7723", PUBLIC),
    ("2001:1::2/128", "TURN anycast", "RFC 8155", PUBLIC),
    ("2001:1::3/128", "DNS-SD service registration anycast", "RFC 9665", PUBLIC),
    ("2001:2::/48", "benchmarking", "RFC 5180", OUT),
    ("2001:3::/32", "automatic multicast tunnelling", "RFC 7450", PUBLIC),
    ("2001:4:112::/48", "AS112", "RFC 7535", PUBLIC),
    ("2001:20::/28", "ORCHIDv2", "RFC 7343", PUBLIC),
    ("2001:30::/28", "drone remote identification", "RFC 9374", PUBLIC),
    ("2001:db8::/32", "documentation", "RFC 3849", OUT),
    ("2002::/16", "6to4", "RFC 3056", PUBLIC),
    ("2620:4f:8000::/48", "AS112", "RFC 7534", PUBLIC),
    ("3fff::/20", "documentation", "RFC 9637", OUT),
    ("4000::/2", "not allocated for public use", "RFC 4291, section 2.4", OUT),
    ("5f00::/16", "segment routing identifiers", "RFC 9602", OUT),
    ("8000::/1", "not allocated for public use", "RFC 4291, section 2.4", OUT),
    ("fc00::/7", "unique local", "RFC 4193", OUT),
    ("fe80::/10", "link local", "RFC 4291, section 2.5.6", OUT),
    ("fec0::/10", "site local, deprecated", "RFC 3879", OUT),
    ("ff00::/8", "multicast", "RFC 4291, section 2.7", OUT),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_a_prefix_and_none_is_there_twice() {
        let prefixes: std::collections::BTreeSet<_> = SpecialBlock::all().iter().map(|block| block.prefix).collect();
        assert_eq!(prefixes.len(), TABLE.len());
        let purposes: Vec<_> = SpecialBlock::all().iter().map(|block| block.purpose).collect();
        assert!(NUMBERING.iter().all(|purpose| purposes.contains(purpose)));
    }
}
