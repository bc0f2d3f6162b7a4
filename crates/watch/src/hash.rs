//! Keyed hashes of flows, the same both ways.
//!
//! The key keeps an attacker from choosing addresses that collide. No output depends on it.

use blueline_terms::{Address, Observation, Tunnel};

/// A key for this run's hashes.
#[derive(Clone, Copy, Debug)]
pub struct HashKey([u64; 4]);

impl HashKey {
    /// A key from 32 bytes that an attacker does not know.
    pub fn new(bytes: [u8; 32]) -> Self {
        // Hashed first, so that a key of few set bits is as good as any.
        let spread = blake3::derive_key("blueline flow hash key v1", &bytes);
        let mut words = [0; 4];
        for (word, chunk) in words.iter_mut().zip(spread.as_chunks::<8>().0) {
            // Odd, so that no factor of the folded product is zero for the all-zero address.
            *word = u64::from_le_bytes(*chunk) | 1;
        }
        Self(words)
    }

    /// Which of `shards` (a power of two) counts traffic between two hosts, whichever of them sends.
    #[inline]
    pub(crate) fn shard(self, a: Address, b: Address, shards: usize) -> usize {
        fold(self.hosts(a, b), self.0[3]) as usize & (shards - 1)
    }

    /// The hash of a flow's hosts, ports, protocol and tunnel layer, the same both ways.
    #[inline]
    pub(crate) fn flow(self, packet: &Observation, ports: (u16, u16), layer: u32) -> u32 {
        let (a, b) = (u64::from(ports.0), u64::from(ports.1));
        let ports = (a ^ b) << 17 | (a + b);
        let rest = u64::from(packet.protocol) << 34 | u64::from(layer) << 42 | u64::from(packet.network as u8) << 40;
        fold(self.hosts(packet.source, packet.destination) ^ ports ^ rest, self.0[2]) as u32
    }

    /// The hash of the packet that a fragment belongs to.
    #[inline]
    pub(crate) fn fragments(self, packet: &Observation, identification: u32) -> u32 {
        let rest = u64::from(identification) << 8 | u64::from(packet.protocol);
        fold(self.hosts(packet.source, packet.destination) ^ rest, self.0[2]) as u32
    }

    /// The hash of a tunnel.
    pub(crate) fn tunnel(self, tunnel: &Tunnel) -> u32 {
        let rest = u64::from(tunnel.id) << 16 | u64::from(tunnel.depth) << 8 | u64::from(tunnel.kind as u8);
        fold(self.hosts(tunnel.source, tunnel.destination) ^ rest, self.0[2]) as u32
    }

    #[inline]
    fn hosts(self, a: Address, b: Address) -> u64 {
        self.host(a).wrapping_add(self.host(b))
    }

    #[inline]
    fn host(self, address: Address) -> u64 {
        let bits = address.bits();
        fold(bits as u64 ^ self.0[0], (bits >> 64) as u64 ^ self.0[1])
    }
}

/// Multiplies to 128 bits and folds the halves: every output bit depends on every input bit.
#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_are_one_flow_and_others_are_not() {
        let key = HashKey::new([7; 32]);
        let host = |n: u32| Address::v4(n.to_be_bytes());
        let mut seen = std::collections::BTreeSet::new();
        for n in 0..10_000 {
            assert_eq!(key.shard(host(n), host(1), 16), key.shard(host(1), host(n), 16));
            seen.insert(key.hosts(host(n), host(1)));
        }
        assert_eq!(seen.len(), 10_000);
    }

    #[test]
    fn shards_are_evenly_filled() {
        let key = HashKey::new([3; 32]);
        let mut filled = [0u32; 16];
        for n in 0..160_000u32 {
            filled[key.shard(Address::v4(n.to_be_bytes()), Address::v4([10, 0, 0, 1]), 16)] += 1;
        }
        assert!(filled.iter().all(|&n| (9_000..11_000).contains(&n)), "{filled:?}");
    }
}
