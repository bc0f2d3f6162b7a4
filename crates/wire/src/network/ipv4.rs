//! IPv4 (RFC 791).

use blueline_terms::{Address, Fragment, Network, OddityKind, TunnelKind};

use crate::packet::{Decoder, Fields, Outcome, Part, View};

const MORE_FRAGMENTS: u16 = 0x2000;

impl<'a> Decoder<'_, 'a> {
    /// A packet from its version field on. The options are passed by.
    pub(crate) fn ipv4(&mut self, view: View<'a>) -> Outcome {
        let head = self.head::<20>(view, OddityKind::Ipv4Malformed)?;
        let header = u32::from(head[0] & 0x0f) * 4;
        let total = u32::from(head.be16::<2>());
        // A total length of 0 is what a network card writes that cuts segments later: the packet is the whole rest.
        let possible = header >= 20 && header <= view.length && (total == 0 || total >= header);
        if head[0] >> 4 != 4 || !possible {
            return Err(self.broken(view, OddityKind::Ipv4Malformed));
        }
        let whole = if total == 0 { view } else { self.bounded(view, total, view.offset.saturating_add(2)) };
        self.packet.network = Network::Ipv4;
        self.packet.ip_offset = view.offset;
        self.packet.source = Address::v4(head.array::<12, 4>());
        self.packet.destination = Address::v4(head.array::<16, 4>());
        self.packet.protocol = head[9];
        self.packet.ttl = head[8];
        if header as usize > view.bytes.len() {
            self.short(view);
            return Ok(());
        }
        let mut body = whole.skip(header);
        let place = head.be16::<6>();
        let (more, offset) = (place & MORE_FRAGMENTS != 0, u32::from(place & 0x1fff) * 8);
        if more || offset > 0 {
            let part = Part { identification: u32::from(head.be16::<4>()), offset, length: body.length, more };
            self.fragment(part, header, body);
            body.open |= self.packet.fragment == Fragment::First;
        }
        self.transport(head[9], body, TunnelKind::IpInIp);
        Ok(())
    }
}
