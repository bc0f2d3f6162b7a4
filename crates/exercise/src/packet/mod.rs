//! Packets as they stand on the wire, built from their parts with every length and checksum right.

pub(crate) mod link;
pub(crate) mod network;
pub(crate) mod transport;
pub(crate) mod tunnel;

use blueline_terms::{Moment, Network, SafeAreaIndex, Side};

/// A set of sensors, by their place in the scenario.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Sensors(pub(crate) u64);

impl Sensors {
    /// The most sensors a scenario may have.
    pub const MOST: usize = 64;

    /// Whether the sensor at this place is in the set.
    pub const fn has(self, sensor: usize) -> bool {
        sensor < Self::MOST && self.0 >> sensor & 1 == 1
    }

    /// Whether no sensor is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// One end of a packet, as the generator knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stand {
    /// Whose address it bears.
    pub side: Side,
    /// The safe area that the address lies in.
    pub safe_area: Option<SafeAreaIndex>,
}

/// One packet of the exercise: its bytes, and what only the generator can know about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// When it passes.
    pub moment: Moment,
    /// What the bytes are: IPv4, IPv6 or ARP.
    pub network: Network,
    /// The packet without any link header.
    pub bytes: Vec<u8>,
    /// Whose address is in the (innermost) source field.
    pub from: Stand,
    /// Whose address is in the (innermost) destination field.
    pub to: Stand,
    /// The sides of the link that it really travels, from and to. They differ from those above when the source is
    /// forged.
    pub path: (Side, Side),
    /// Which sensors record it.
    pub seen_by: Sensors,
    /// For which of them it is the first packet of its flow.
    pub opens: Sensors,
    /// Number of its conversation.
    pub flow: u64,
    /// The attack it belongs to, by its place in [`crate::Scenario::attacks`].
    pub attack: Option<usize>,
    /// Whether it goes from the conversation's opener to the other end.
    pub forward: bool,
    /// Whether it is a fragment.
    pub fragment: bool,
    /// Whether it travels in a tunnel.
    pub tunnelled: bool,
}

/// The Internet checksum's sum, not yet complemented (RFC 1071). Parts may be added in any order as long as each but the
/// last has an even length.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sum(u64);

impl Sum {
    pub(crate) fn bytes(self, bytes: &[u8]) -> Self {
        let mut wide = 0u64;
        let mut chunks = bytes.chunks_exact(4);
        for chunk in &mut chunks {
            // Sums in the machine's order and swaps at the end (RFC 1071, section 2, B). A packet has at most 2^14
            // such words, far from overflow.
            wide += u64::from(u32::from_le_bytes([chunk[0], chunk[1], chunk[2], chunk[3]]));
        }
        let mut tail = [0; 4];
        tail[..chunks.remainder().len()].copy_from_slice(chunks.remainder());
        Self(self.0 + wide + u64::from(u32::from_le_bytes(tail)))
    }

    pub(crate) fn word(self, word: u16) -> Self {
        Self(self.0 + u64::from(word.swap_bytes()))
    }

    /// The sixteen bits for the header.
    pub(crate) fn finish(self) -> u16 {
        let mut sum = self.0;
        while sum >> 16 != 0 {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        !(sum as u16).swap_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_that_of_rfc_1071() {
        // Section 3 of the RFC: the sum of these is ddf2.
        let bytes = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
        assert_eq!(!Sum::default().bytes(&bytes).finish(), 0xddf2);
        assert_eq!(Sum::default().bytes(&[1, 2, 3]).finish(), Sum::default().word(0x0102).word(0x0300).finish());
    }
}
