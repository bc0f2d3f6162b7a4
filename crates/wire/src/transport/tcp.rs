//! TCP (RFC 9293).

use crate::packet::{Decoder, Unread, View};

impl<'a> Decoder<'_, 'a> {
    /// A segment: ports, flags, and the payload behind the options.
    pub(super) fn tcp(&mut self, body: View<'a>) -> Result<(), Unread> {
        self.ports(body);
        // The flags stand in byte 13 of 20, so a capture that ends behind them still shows them.
        if body.length >= 20
            && let Some(head) = body.peek::<14>()
        {
            self.packet.tcp_flags = head[13];
        }
        let head = self.transport_head::<20>(body)?;
        let header = u32::from(head[12] >> 4) * 4;
        // A first fragment may end among the options; they are not needed.
        let header = if body.open { header.min(body.length) } else { header };
        if header < 20 || header > body.length {
            return Err(self.transport_broken(body));
        }
        self.transport_payload(body, header)
    }
}
