//! Exchanging the addresses of two parties changes addresses and checksums, and nothing else.

use std::net::IpAddr;

use blueline_exercise::{Packet, Scenario, Traffic};
use blueline_terms::{Address, Network, Prefix};

use super::{attacks, everything};

/// Where an address of one party is at the other's.
fn mapped(address: Address, blocks: &[(Prefix, Prefix)]) -> Address {
    for &(a, b) in blocks {
        for (from, to) in [(a, b), (b, a)] {
            if from.contains(address) {
                return Address::from_bits(address.bits() ^ from.first().bits() ^ to.first().bits());
            }
        }
    }
    address
}

/// Compares byte by byte. Where bytes differ they have to be a checksum, or part of an address and of its image.
fn same_but_for_addresses(a: &[u8], b: &[u8], blocks: &[(Prefix, Prefix)], checksums: &[usize]) -> Result<(), String> {
    if a.len() != b.len() {
        return Err(format!("lengths {} and {}", a.len(), b.len()));
    }
    let mut excused = vec![false; a.len()];
    for at in 0..a.len() {
        let four = |bytes: &[u8]| bytes.get(at..at + 4).map(|b| Address::from(IpAddr::from([b[0], b[1], b[2], b[3]])));
        let sixteen = |bytes: &[u8]| {
            bytes.get(at..at + 16).map(|b| Address::from(IpAddr::from(<[u8; 16]>::try_from(b).unwrap())))
        };
        for (old, new, length) in [(four(a), four(b), 4), (sixteen(a), sixteen(b), 16)] {
            if let (Some(old), Some(new)) = (old, new)
                && old != new
                && mapped(old, blocks) == new
            {
                excused[at..at + length].fill(true);
            }
        }
    }
    for &checksum in checksums {
        excused[checksum..checksum + 2].fill(true);
    }
    match (0..a.len()).find(|&at| a[at] != b[at] && !excused[at]) {
        Some(at) => Err(format!("byte {at}: {:02x} and {:02x}", a[at], b[at])),
        None => Ok(()),
    }
}

/// Where checksums stand in an IP packet, tunnels and packets that ICMP sends back included.
fn checksums(packet: &[u8]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut at = 0;
    loop {
        let v4 = packet[at] >> 4 == 4;
        if v4 {
            found.push(at + 10);
        }
        // Options that hold nothing but padding.
        let (mut protocol, mut rest) = if v4 { (packet[at + 9], at + 20) } else { (packet[at + 6], at + 40) };
        while protocol == 0 || protocol == 60 {
            (protocol, rest) = (packet[rest], rest + 8 * (usize::from(packet[rest + 1]) + 1));
        }
        let mut later = v4 && u16::from_be_bytes([packet[at + 6], packet[at + 7]]) & 0x1fff != 0;
        if protocol == 44 {
            later = u16::from_be_bytes([packet[rest + 2], packet[rest + 3]]) & !7 != 0;
            protocol = packet[rest];
            rest += 8;
        }
        if later {
            return found;
        }
        match protocol {
            6 => found.push(rest + 16),
            17 => found.push(rest + 6),
            1 | 58 => found.push(rest + 2),
            _ => {}
        }
        at = match protocol {
            47 => rest + 8,
            1 if packet[rest] == 3 => rest + 8,
            58 if packet[rest] == 1 => rest + 8,
            17 if packet[rest + 2..rest + 4] == 4789u16.to_be_bytes() => rest + 30,
            _ => return found,
        };
    }
}

fn differences(original: &Scenario, exchanged: &Scenario, blocks: &[(Prefix, Prefix)]) -> (usize, Result<(), String>) {
    let pairs = Traffic::new(original).zip(Traffic::new(exchanged));
    let mut count = 0;
    for (a, b) in pairs {
        count += 1;
        let frame =
            |packet: &Packet| (packet.moment, packet.network, packet.seen_by, packet.opens, packet.from, packet.to);
        if frame(&a) != frame(&b) {
            return (count, Err(format!("packet {count}: {:?} and {:?}", frame(&a), frame(&b))));
        }
        let sums = if a.network == Network::Arp { Vec::new() } else { checksums(&a.bytes) };
        let same = same_but_for_addresses(&a.bytes, &b.bytes, blocks, &sums);
        if let Err(why) = same {
            return (count, Err(format!("packet {count} at {}: {why}", a.moment)));
        }
    }
    (count, Ok(()))
}

#[test]
fn packet_by_packet_only_addresses_change() {
    for original in [everything(), attacks()] {
        only_addresses_change(&original);
    }
}

fn only_addresses_change(original: &Scenario) {
    let exchanged = original.with_exchanged_addresses(0, 1).unwrap();
    let blocks: Vec<_> =
        original.parties[0].prefixes.iter().copied().zip(original.parties[1].prefixes.iter().copied()).collect();
    let (count, result) = differences(original, &exchanged, &blocks);
    result.unwrap();
    assert_eq!(count, Traffic::new(original).count());
    assert_eq!(count, Traffic::new(&exchanged).count());
    assert!(Traffic::new(original).zip(Traffic::new(&exchanged)).any(|(a, b)| a.bytes != b.bytes));
    // The truth says the same of both but for the blocks.
    let ((_, a), (_, b)) = (original.record(), exchanged.record());
    assert_eq!(a.sensors, b.sensors);
    assert_eq!(&exchanged.with_exchanged_addresses(1, 0).unwrap(), original);
}

#[test]
fn another_change_than_that_is_found() {
    let original = everything();
    let blocks: Vec<_> =
        original.parties[0].prefixes.iter().copied().zip(original.parties[1].prefixes.iter().copied()).collect();
    assert!(differences(&original, &original.clone().with_seed(8), &blocks).1.is_err());
    let exchanged = original.with_exchanged_addresses(0, 1).unwrap();
    assert!(differences(&original, &exchanged, &blocks[..1]).1.is_err());
}

#[test]
fn unequal_blocks_are_refused() {
    let scenario = everything();
    assert!(scenario.with_exchanged_addresses(0, 2).unwrap_err().contains("north and isles cannot exchange addresses"));
    assert!(scenario.with_exchanged_addresses(0, 9).unwrap_err().contains("there is no party number 9"));
}

#[test]
fn ids_change_nothing_in_the_bytes() {
    let original = everything();
    let mut renamed = original.clone();
    renamed.parties[0].id = "zebra".to_owned();
    renamed.parties[1].id = "aardvark".to_owned();
    assert!(original.record().0 == renamed.record().0);
}
