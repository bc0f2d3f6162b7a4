//! GRE (RFC 2784, RFC 2890, the routing field of RFC 1701), its PPTP variant (RFC 2637), and ERSPAN in it.

use blueline_terms::{OddityKind, TunnelKind};

use super::{Cargo, Way};
use crate::link::ethertype;
use crate::packet::{Decoder, Fields, Outcome, Unread, View};

// First two bytes.
const CHECKSUM: u16 = 0x8000;
const ROUTING: u16 = 0x4000;
const KEY: u16 = 0x2000;
const SEQUENCE: u16 = 0x1000;
const VERSION: u16 = 0x0007;
/// Acknowledgement number present, version 1 only.
const ACKNOWLEDGEMENT: u16 = 0x0080;

// Protocol types that are no ethertypes elsewhere, or mean another thing there.
const ERSPAN: u16 = 0x88be;
const ERSPAN_III: u16 = 0x22eb;
const WCCP: u16 = 0x883e;
/// Wireless controllers by Aruba mirror IEEE 802.11 frames with these.
const ARUBA: std::ops::RangeInclusive<u16> = 0x8200..=0x8210;
const ARUBA_OTHER: u16 = 0x9000;

/// How many source routes are skipped.
const MAX_ROUTES: u8 = 16;

impl<'a> Decoder<'_, 'a> {
    /// A GRE header and what is behind it. `named` is the tunnel's kind: GRE, or what GRE itself came in.
    pub(crate) fn gre(&mut self, body: View<'a>, named: TunnelKind) -> Outcome {
        let head = self.head::<4>(body, OddityKind::TunnelMalformed)?;
        let (flags, protocol) = (head.be16::<0>(), head.be16::<2>());
        match flags & VERSION {
            0 => {}
            1 => return self.pptp(flags, protocol, body, named),
            _ => return Err(self.broken(body, OddityKind::TunnelMalformed)),
        }
        let mut length = 4;
        // Checksum and offset stand there if either is used.
        length += if flags & (CHECKSUM | ROUTING) != 0 { 4 } else { 0 };
        let mut key = 0;
        if flags & KEY != 0 {
            key = self.head::<4>(body.skip(length), OddityKind::TunnelMalformed)?.be32::<0>();
            length += 4;
        }
        length += if flags & SEQUENCE != 0 { 4 } else { 0 };
        let mut inside = self.behind(body, length, OddityKind::TunnelMalformed)?;
        if flags & ROUTING != 0 {
            inside = self.behind_routes(inside)?;
        }
        let way = |cargo| Way { kind: named, id: key, cargo, certain: true };
        match protocol {
            ERSPAN if flags & SEQUENCE != 0 => return self.erspan_ii(inside),
            // Type I has neither a sequence number nor a header.
            ERSPAN => {
                self.enter(Way { kind: TunnelKind::Erspan, id: key, cargo: Cargo::ETHERNET, certain: true }, inside)
            }
            ERSPAN_III => return self.erspan_iii(inside),
            // The redirect header is there in version 2 alone; no IPv4 packet begins like it.
            WCCP => match inside.peek() {
                Some([0x40..=0x4f]) => self.enter(way(Cargo::Ethertype(ethertype::IPV4)), inside),
                _ => self.enter(way(Cargo::Ethertype(ethertype::IPV4)), inside.skip(4)),
            },
            ARUBA_OTHER => self.enter(way(Cargo::Wlan), inside),
            kind if ARUBA.contains(&kind) => self.enter(way(Cargo::Wlan), inside),
            // Keep-alives and the like.
            kind if kind < ethertype::FIRST => {}
            kind => self.enter(way(Cargo::Ethertype(kind)), inside),
        }
        Ok(())
    }

    /// Source route entries: family, offset, length, and as many bytes; the last has length 0 (RFC 1701).
    fn behind_routes(&mut self, mut view: View<'a>) -> Result<View<'a>, Unread> {
        for _ in 0..MAX_ROUTES {
            let length = self.head::<4>(view, OddityKind::TunnelMalformed)?[3];
            view = view.skip(4 + u32::from(length));
            if length == 0 {
                return Ok(view);
            }
        }
        Err(self.broken(view, OddityKind::TunnelMalformed))
    }

    /// Enhanced GRE (RFC 2637, 4.1): the key is payload length and call; without a sequence number it is a bare
    /// acknowledgement.
    fn pptp(&mut self, flags: u16, protocol: u16, body: View<'a>, named: TunnelKind) -> Outcome {
        let head = self.head::<8>(body, OddityKind::TunnelMalformed)?;
        let length = u32::from(head.be16::<4>());
        if protocol != ethertype::PPP || flags & KEY == 0 || flags & (CHECKSUM | ROUTING) != 0 {
            return Err(self.broken(body, OddityKind::TunnelMalformed));
        }
        if flags & SEQUENCE == 0 {
            return Ok(());
        }
        let header = if flags & ACKNOWLEDGEMENT != 0 { 16 } else { 12 };
        let inside = self.behind(body, header, OddityKind::TunnelMalformed)?;
        if !inside.holds(length) {
            return Err(self.broken(body, OddityKind::TunnelMalformed));
        }
        // The two directions have call numbers of their own, so there is no number for both.
        self.enter(Way { kind: named, id: 0, cargo: Cargo::Ppp, certain: true }, inside.limit(length));
        Ok(())
    }

    /// ERSPAN type II: version 1 and VLAN, session, index; 8 bytes.
    fn erspan_ii(&mut self, view: View<'a>) -> Outcome {
        let head = self.head::<8>(view, OddityKind::TunnelMalformed)?;
        if head[0] >> 4 != 1 {
            return Err(self.broken(view, OddityKind::TunnelMalformed));
        }
        let id = u32::from(head.be16::<2>() & 0x03ff);
        self.enter(Way { kind: TunnelKind::Erspan, id, cargo: Cargo::ETHERNET, certain: true }, view.skip(8));
        Ok(())
    }

    /// ERSPAN type III: version 2, session, time stamp, frame type; 12 bytes, 8 more if the last bit says so.
    fn erspan_iii(&mut self, view: View<'a>) -> Outcome {
        let head = self.head::<12>(view, OddityKind::TunnelMalformed)?;
        if head[0] >> 4 != 2 {
            return Err(self.broken(view, OddityKind::TunnelMalformed));
        }
        let last = head.be16::<10>();
        let cargo = match last >> 10 & 0x1f {
            0 => Cargo::ETHERNET,
            2 => Cargo::Ip,
            _ => return Ok(()),
        };
        let id = u32::from(head.be16::<2>() & 0x03ff);
        let inside = view.skip(if last & 1 == 1 { 20 } else { 12 });
        self.enter(Way { kind: TunnelKind::Erspan, id, cargo, certain: true }, inside);
        Ok(())
    }
}
