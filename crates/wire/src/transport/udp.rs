//! UDP (RFC 768) and UDP-Lite (RFC 3828).

use crate::packet::{Decoder, Fields, Unread, View};
use crate::tunnel::is_tunnel_port;

impl<'a> Decoder<'_, 'a> {
    /// A datagram. A length of 0 stands for the rest of the packet (RFC 2675, 4).
    pub(super) fn udp(&mut self, body: View<'a>) -> Result<(), Unread> {
        self.ports(body);
        let length = u32::from(self.transport_head::<8>(body)?.be16::<4>());
        if (1..8).contains(&length) || !body.holds(length) {
            return Err(self.transport_broken(body));
        }
        let datagram = if length == 0 { body } else { body.limit(length) };
        self.transport_payload(datagram, 8)?;
        if is_tunnel_port(self.packet.source_port) || is_tunnel_port(self.packet.destination_port) {
            self.udp_tunnel(datagram.skip(8));
        }
        Ok(())
    }

    /// A datagram whose length field says how much of it the checksum covers: all (0), or at least the header.
    pub(super) fn udp_lite(&mut self, body: View<'a>) -> Result<(), Unread> {
        self.ports(body);
        let covered = u32::from(self.transport_head::<8>(body)?.be16::<4>());
        if (1..8).contains(&covered) || !body.holds(covered) {
            return Err(self.transport_broken(body));
        }
        self.transport_payload(body, 8)
    }
}
