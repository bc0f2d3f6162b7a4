//! What was strange about the input. Strange bytes are data: they are named, counted and placed, never fatal.

use std::fmt;

/// One strange thing, with the place where it was met.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Oddity {
    /// What kind.
    pub kind: OddityKind,
    /// Byte offset in the source, after decompression, of the record or field that is strange.
    pub offset: u64,
    /// Number of the packet record in its source, from 1; 0 where the strangeness is not in a packet.
    pub packet: u64,
    /// The offending value, in words.
    pub detail: String,
}

macro_rules! oddities {
    ($($(#[doc = $doc:literal])+ $name:ident = $word:literal,)+) => {
        /// The kinds of strangeness, each with a stable word.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        #[repr(u8)]
        pub enum OddityKind { $($(#[doc = $doc])+ $name,)+ }

        impl OddityKind {
            /// Every kind, in order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Its stable word, `layer.what`.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// What it means, in a sentence.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),+).trim_ascii(),)+ }
            }
        }
    };
}

oddities! {
    /// The source ends in the middle of a record.
    SourceTruncated = "source.truncated",
    /// Bytes in the source are not a valid record; reading went on behind them where that was possible.
    SourceDamaged = "source.damaged",
    /// The compressed stream is damaged or cut short.
    SourceCompression = "source.compression",
    /// The source holds no packet record at all.
    SourceEmpty = "source.empty",
    /// The source's format is not one that is read here.
    SourceFormat = "source.format",
    /// Reading the source failed; what had come before was kept.
    SourceUnreadable = "source.unreadable",
    /// The record belongs to an interface that the file never described.
    SourceInterface = "source.interface",
    /// The capture says that packets were dropped before they reached the file.
    SourceDrops = "source.drops",
    /// A time stamp jumps far from its neighbours.
    TimeJump = "time.jump",
    /// A packet came after its period had been closed; it is counted in a late line.
    TimeLate = "time.late",
    /// A record that another source of the same sensor brought as well, to the byte and the nanosecond; it is not counted
    /// again.
    CustodyDuplicate = "custody.duplicate",
    /// The link type is not one that is decoded here; the packet is counted as unattributed.
    LinkUnknown = "link.unknown",
    /// The link header is cut short or contradicts itself.
    LinkMalformed = "link.malformed",
    /// The captured bytes end before the headers do, although the packet was longer on the wire.
    CaptureShort = "capture.short",
    /// An IPv4 header that cannot be right.
    Ipv4Malformed = "ipv4.malformed",
    /// An IPv6 header or extension header that cannot be right.
    Ipv6Malformed = "ipv6.malformed",
    /// An IPv6 extension-header chain longer than the bound; what follows was not read.
    Ipv6ChainLong = "ipv6.chain-long",
    /// The IP packet claims more bytes than the frame carries.
    IpLength = "ip.length",
    /// A fragment overlaps one that came before (RFC 5722 forbids it for IPv6).
    FragmentOverlap = "fragment.overlap",
    /// A fragment too small to hold the transport header it should begin with (RFC 1858).
    FragmentTiny = "fragment.tiny",
    /// A fragment that reaches beyond the largest IP packet.
    FragmentOversize = "fragment.oversize",
    /// A TCP, UDP, SCTP or ICMP header that is cut short or contradicts itself.
    TransportMalformed = "transport.malformed",
    /// A tunnel header that cannot be right; the outer layer was kept.
    TunnelMalformed = "tunnel.malformed",
    /// Tunnels nested deeper than the bound; the inner layers were not opened.
    TunnelDeep = "tunnel.deep",
    /// An ARP message that cannot be right.
    ArpMalformed = "arp.malformed",
    /// The source and the destination are the same address and port (a LAND packet).
    SameEndpoints = "ip.same-endpoints",
    /// An application message that contradicts its protocol.
    ApplicationMalformed = "application.malformed",
}

impl fmt::Display for OddityKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_unique() {
        let words: std::collections::BTreeSet<_> = OddityKind::ALL.iter().map(|kind| kind.word()).collect();
        assert_eq!(words.len(), OddityKind::ALL.len());
        assert!(OddityKind::ALL.iter().all(|kind| kind.meaning().ends_with('.')));
    }
}
