//! ICMP (RFC 792) and ICMPv6 (RFC 4443): the type stands for the source port, the type that answers it, or the code
//! where nothing does, for the destination port. So a request and its reply are the two directions of one flow.

use crate::packet::{Decoder, Unread, View};

impl<'a> Decoder<'_, 'a> {
    pub(super) fn icmp(&mut self, body: View<'a>) -> Result<(), Unread> {
        self.icmp_message(body, answer_v4)
    }

    pub(super) fn icmpv6(&mut self, body: View<'a>) -> Result<(), Unread> {
        self.icmp_message(body, answer_v6)
    }

    fn icmp_message(&mut self, body: View<'a>, answer: fn(u8) -> Option<u8>) -> Result<(), Unread> {
        if let Some(&[kind, code]) = body.peek::<2>() {
            self.packet.source_port = u16::from(kind);
            self.packet.destination_port = u16::from(answer(kind).unwrap_or(code));
        }
        // Type, code and checksum are in every message; most have four more bytes before their content.
        self.transport_head::<4>(body)?;
        self.transport_payload(body, 8.min(body.length))
    }
}

/// The type that answers an ICMP message of type `kind` (IANA, ICMP Type Numbers).
const fn answer_v4(kind: u8) -> Option<u8> {
    Some(match kind {
        // Echo.
        8 => 0,
        0 => 8,
        // Router advertisement and solicitation (RFC 1256).
        10 => 9,
        9 => 10,
        // Timestamp, information, address mask.
        13 => 14,
        14 => 13,
        15 => 16,
        16 => 15,
        17 => 18,
        18 => 17,
        // Extended echo (RFC 8335).
        42 => 43,
        43 => 42,
        _ => return None,
    })
}

/// The type that answers an ICMPv6 message of type `kind` (IANA, ICMPv6 Parameters).
const fn answer_v6(kind: u8) -> Option<u8> {
    Some(match kind {
        // Echo.
        128 => 129,
        129 => 128,
        // Multicast listener query and report (RFC 2710).
        130 => 131,
        131 => 130,
        // Router and neighbour solicitation and advertisement (RFC 4861).
        133 => 134,
        134 => 133,
        135 => 136,
        136 => 135,
        // Node information (RFC 4620).
        139 => 140,
        140 => 139,
        // Home agent discovery (RFC 6275).
        144 => 145,
        145 => 144,
        // Extended echo (RFC 8335).
        160 => 161,
        161 => 160,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_answer_each_other() {
        for answer in [answer_v4, answer_v6] {
            for kind in 0..=255 {
                assert!(answer(kind).is_none_or(|other| answer(other) == Some(kind)), "{kind}");
            }
        }
    }
}
