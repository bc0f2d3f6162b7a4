//! ARP (RFC 826) for IPv4.

use blueline_terms::{Address, Network, OddityKind};

use crate::link::ethertype;
use crate::packet::{Decoder, Fields, Outcome, Unread, View};

/// Hardware type of ATM.
const HARDWARE_ATM: u16 = 19;

impl<'a> Decoder<'_, 'a> {
    /// Hardware type, protocol type, their address lengths, operation, then sender and target.
    pub(crate) fn arp(&mut self, view: View<'a>) -> Outcome {
        let head = self.head::<8>(view, OddityKind::ArpMalformed)?;
        // ATM has a form of its own (RFC 2225, 8.1).
        if head.be16::<0>() == HARDWARE_ATM || head.be16::<2>() != ethertype::IPV4 {
            return Err(Unread::Other);
        }
        let (hardware, operation) = (u32::from(head[4]), head.be16::<6>());
        // Operations are registered up to 25; one byte of the packet holds them.
        let operation = u8::try_from(operation).ok().filter(|&operation| operation != 0 && head[5] == 4);
        let Some(operation) = operation else {
            return Err(self.broken(view, OddityKind::ArpMalformed));
        };
        let sender = self.head::<4>(view.skip(8 + hardware), OddityKind::ArpMalformed)?;
        let target = self.head::<4>(view.skip(12 + 2 * hardware), OddityKind::ArpMalformed)?;
        self.packet.network = Network::Arp;
        self.packet.ip_offset = view.offset;
        self.packet.protocol = operation;
        self.packet.source = Address::v4(*sender);
        self.packet.destination = Address::v4(*target);
        Ok(())
    }
}
