//! IPv6 (RFC 8200) and its chain of extension headers.

use blueline_terms::{Address, Fragment, Network, OddityKind, TunnelKind};

use crate::packet::{Decoder, Fields, Outcome, Part, Unread, View};

/// How many extension headers are passed by.
const MAX_EXTENSIONS: u8 = 16;

// Extension headers (IANA, IPv6 Extension Header Types).
const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const AUTHENTICATION: u8 = 51;
const NO_NEXT: u8 = 59;
const DESTINATION: u8 = 60;
const MOBILITY: u8 = 135;
const HIP: u8 = 139;
const SHIM6: u8 = 140;

/// The routing header of segment routing (RFC 8754, 2).
const SEGMENT_ROUTING: u8 = 4;

/// Where in the chain the decoder stands.
struct Chain<'a> {
    next: u8,
    body: View<'a>,
    /// How the packet carries another one, if it does.
    carrier: TunnelKind,
    /// Whether nothing more can be read: a later fragment, or a header that carries its own meaning.
    ended: bool,
}

impl<'a> Decoder<'_, 'a> {
    /// A packet from its version field on.
    pub(crate) fn ipv6(&mut self, view: View<'a>) -> Outcome {
        let head = self.head::<40>(view, OddityKind::Ipv6Malformed)?;
        if head[0] >> 4 != 6 {
            return Err(self.broken(view, OddityKind::Ipv6Malformed));
        }
        let (length, next) = (u32::from(head.be16::<4>()), head[6]);
        self.packet.network = Network::Ipv6;
        self.packet.ip_offset = view.offset;
        self.packet.source = Address::v6(head.array::<8, 16>());
        self.packet.destination = Address::v6(head.array::<24, 16>());
        self.packet.protocol = next;
        self.packet.ttl = head[7];
        self.packet.extensions = 0;
        let rest = view.skip(40);
        // A length of 0 stands for a jumbogram (RFC 2675) or for segments that a network card cuts later.
        let whole = length == 0 && next != NO_NEXT;
        let body = if whole { rest } else { self.bounded(rest, length, view.offset.saturating_add(4)) };
        self.chain(Chain { next, body, carrier: TunnelKind::IpInIpv6, ended: false });
        Ok(())
    }

    fn chain(&mut self, mut chain: Chain<'a>) {
        for place in 0..=MAX_EXTENSIONS {
            self.packet.protocol = chain.next;
            let step = match chain.next {
                HOP_BY_HOP | ROUTING | DESTINATION | MOBILITY | HIP | SHIM6 => self.extension(&mut chain, place),
                FRAGMENT => self.fragment_header(&mut chain),
                AUTHENTICATION => self.authentication_header(&mut chain),
                transport => return self.transport(transport, chain.body, chain.carrier),
            };
            // Where a header could not be read, what was odd has been noted; the addresses stand.
            if step.is_err() || chain.ended {
                return;
            }
        }
        self.note(OddityKind::Ipv6ChainLong, chain.body.offset, u32::from(chain.next));
    }

    /// A header of next header, length in eights beyond the first, and content (RFC 8200, 4.3 to 4.6; RFC 6275, 6.1).
    fn extension(&mut self, chain: &mut Chain<'a>, place: u8) -> Outcome {
        let [next, eights] = *self.extension_head::<2>(chain.body)?;
        // Hop-by-hop options may only come first (RFC 8200, 4.1).
        if chain.next == HOP_BY_HOP && place > 0 {
            self.broken(chain.body, OddityKind::Ipv6Malformed);
        }
        if let (ROUTING, Some([_, _, SEGMENT_ROUTING])) = (chain.next, chain.body.peek()) {
            chain.carrier = TunnelKind::Srv6;
        }
        let body = self.behind_extension(chain.body, (u32::from(eights) + 1) * 8)?;
        self.packet.extensions = self.packet.extensions.saturating_add(1);
        // These three are messages of their own and mostly the last of the chain; then they are the protocol.
        if matches!(chain.next, MOBILITY | HIP | SHIM6) && next == NO_NEXT {
            chain.ended = true;
        }
        (chain.next, chain.body) = (next, body);
        Ok(())
    }

    /// Fragment header (RFC 8200, 4.5). One that makes no fragment is passed by (RFC 6946).
    fn fragment_header(&mut self, chain: &mut Chain<'a>) -> Outcome {
        let head = self.extension_head::<8>(chain.body)?;
        let mut body = chain.body.skip(8);
        let place = head.be16::<2>();
        let (more, offset) = (place & 1 != 0, u32::from(place & 0xfff8));
        (chain.next, self.packet.protocol) = (head[0], head[0]);
        if more || offset > 0 {
            let part = Part { identification: head.be32::<4>(), offset, length: body.length, more };
            self.fragment(part, 0, body);
            body.open |= offset == 0;
            if offset > 0 {
                self.later_fragment(chain.next);
                chain.ended = true;
            }
        }
        chain.body = body;
        Ok(())
    }

    /// Authentication header (RFC 4302, 2): its length counts four-byte words, less two.
    fn authentication_header(&mut self, chain: &mut Chain<'a>) -> Outcome {
        let [next, words] = *self.extension_head::<2>(chain.body)?;
        let body = self.behind_extension(chain.body, (u32::from(words) + 2) * 4)?;
        self.packet.extensions = self.packet.extensions.saturating_add(1);
        (chain.next, chain.body) = (next, body);
        Ok(())
    }

    fn extension_head<const N: usize>(&mut self, view: View<'a>) -> Result<&'a [u8; N], Unread> {
        self.head::<N>(view, self.chain_broken())
    }

    fn behind_extension(&mut self, view: View<'a>, length: u32) -> Result<View<'a>, Unread> {
        self.behind(view, length, self.chain_broken())
    }

    /// What it is when the chain ends too early: the first fragment must hold all of it (RFC 7112, 5).
    fn chain_broken(&self) -> OddityKind {
        match self.packet.fragment {
            Fragment::First => OddityKind::FragmentTiny,
            _ => OddityKind::Ipv6Malformed,
        }
    }
}
