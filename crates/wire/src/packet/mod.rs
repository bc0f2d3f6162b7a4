//! One frame in, one packet out: [`decode`] reads every layer down to the innermost transport header.

mod decoder;
mod noted;
mod ordinary;
mod view;

use blueline_terms::{Address, Fragment, Network, OddityKind, Tunnel};

pub use crate::link::LinkType;
pub(crate) use decoder::{Decoder, Outcome, Unread};
pub use noted::{Noted, Oddities};
pub(crate) use view::{Fields, View};

/// Reads one frame. Total: any bytes give a packet, and what was odd about them is in [`Packet::oddities`].
///
/// `wire_length` is how long the frame was on the wire; a value below `frame.len()` counts as `frame.len()`. Nothing is
/// allocated, and the work is bounded by the frame's length.
///
/// ```
/// use blueline_wire::packet::{LinkType, decode};
///
/// // IPv4, 192.0.2.1 to 198.51.100.2, UDP from port 53 to port 4000, four bytes of payload.
/// let frame = [
///     0x45, 0, 0, 32, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 2, //
///     0, 53, 0x0f, 0xa0, 0, 12, 0, 0, 1, 2, 3, 4,
/// ];
/// let packet = decode(LinkType::RAW, &frame, 32);
/// assert_eq!(packet.source.to_string(), "192.0.2.1");
/// assert_eq!((packet.source_port, packet.destination_port), (53, 4000));
/// assert_eq!(packet.payload, [1, 2, 3, 4]);
/// ```
#[inline]
pub fn decode(link: LinkType, frame: &[u8], wire_length: u32) -> Packet<'_> {
    // Most packets of most captures are TCP or UDP in plain IP in Ethernet; they take a road without branches to get
    // lost in. Everything else, and everything strange, goes through the general decoder, which gives the same answer.
    if link == LinkType::ETHERNET
        && let Some(packet) = ordinary::read(frame, wire_length)
    {
        return packet;
    }
    decoder::read(link, frame, wire_length)
}

/// What one frame said.
///
/// The main fields are those of the innermost layer that could be read; where tunnels were opened, `tunnel` holds the
/// outermost one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Sender; zero where the network layer could not be read.
    pub source: Address,
    /// Receiver; zero where the network layer could not be read.
    pub destination: Address,
    /// The outermost tunnel, if any was opened, and how many were.
    pub tunnel: Option<Tunnel>,
    /// What the transport carried, as far as it was captured; empty for later fragments, ESP and unread layers.
    pub payload: &'a [u8],
    /// How many bytes `payload` had in this frame on the wire.
    pub payload_length: u32,
    /// Where the innermost IP header or ARP message starts in the frame; means nothing where `network` is `Other`.
    pub ip_offset: u32,
    /// Sender's port. For ICMP and ICMPv6 the type; for protocols without ports, and where it was not seen, 0.
    pub source_port: u16,
    /// Receiver's port. For ICMP and ICMPv6 the type that answers this one, or the code where nothing does; else 0.
    pub destination_port: u16,
    /// Network layer.
    pub network: Network,
    /// IP protocol number (IANA) of the last header that was reached; for ARP the operation.
    pub protocol: u8,
    /// TCP flags as on the wire, without NS; 0 for other protocols.
    pub tcp_flags: u8,
    /// IPv4 TTL or IPv6 hop limit.
    pub ttl: u8,
    /// Whether this is a fragment, and which part.
    pub fragment: Fragment,
    /// Where the fragment belongs; zero for a whole packet.
    pub part: Part,
    /// IPv6 extension headers that were passed by in the innermost layer; a fragment header is none here.
    pub extensions: u8,
    /// VLAN tags, outermost first.
    pub vlans: Vlans,
    /// What was odd.
    pub oddities: Oddities,
}

impl Packet<'_> {
    /// A packet of which nothing is known yet.
    #[inline(always)]
    pub(crate) const fn unread() -> Self {
        Self {
            source: Address::from_bits(0),
            destination: Address::from_bits(0),
            tunnel: None,
            payload: &[],
            payload_length: 0,
            ip_offset: 0,
            source_port: 0,
            destination_port: 0,
            network: Network::Other,
            protocol: 0,
            tcp_flags: 0,
            ttl: 0,
            fragment: Fragment::Whole,
            part: Part { identification: 0, offset: 0, length: 0, more: false },
            extensions: 0,
            vlans: Vlans::NONE,
            oddities: Oddities::NONE,
        }
    }

    /// Whether something of this kind was noted.
    pub fn has(&self, kind: OddityKind) -> bool {
        self.oddities.iter().any(|noted| noted.kind == kind)
    }
}

/// Where a fragment belongs in the packet it was cut from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// The number that fragments of one packet share: 16 bits in IPv4, 32 in IPv6.
    pub identification: u32,
    /// First byte, counted in bytes from the start of the packet's payload.
    pub offset: u32,
    /// How many bytes of that payload this fragment carries on the wire.
    pub length: u32,
    /// Whether more fragments follow.
    pub more: bool,
}

/// The VLAN tags of a frame, outermost first, those inside tunnels included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Vlans {
    ids: [u16; Self::KEPT],
    count: u8,
}

impl Vlans {
    /// How many tags are kept.
    pub const KEPT: usize = 4;
    /// No tag.
    pub(crate) const NONE: Self = Self { ids: [0; Self::KEPT], count: 0 };

    /// The VLAN identifiers (12 bits each) that were kept.
    pub fn ids(&self) -> &[u16] {
        self.ids.get(..usize::from(self.count)).unwrap_or(&self.ids)
    }

    /// How many tags there were, those beyond [`Self::KEPT`] included.
    pub const fn count(&self) -> u8 {
        self.count
    }

    /// Adds the identifier in a tag control field (IEEE 802.1Q, 9.6).
    #[inline]
    pub(crate) fn push(&mut self, tag_control: u16) {
        if let Some(id) = self.ids.get_mut(usize::from(self.count)) {
            *id = tag_control & 0x0fff;
        }
        self.count = self.count.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_beyond_the_kept_ones_are_counted() {
        let mut vlans = Vlans::NONE;
        for id in 1..=6 {
            vlans.push(0xe000 | id);
        }
        assert_eq!(vlans.ids(), [1, 2, 3, 4]);
        assert_eq!(vlans.count(), 6);
    }

    #[test]
    fn a_packet_is_small_enough_to_hand_about() {
        assert!(size_of::<Packet<'_>>() <= 256, "{}", size_of::<Packet<'_>>());
    }
}
