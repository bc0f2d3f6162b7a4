//! Linux netfilter log: a list of attributes, one of which is the packet.

use blueline_terms::OddityKind;

use crate::packet::{Decoder, Fields, Outcome, Unread, View};

/// How many attributes are looked at; the kernel writes about fifteen.
const MAX_ATTRIBUTES: u8 = 32;
/// The attribute that holds the packet (`NFULA_PAYLOAD`).
const PAYLOAD: u16 = 9;

impl<'a> Decoder<'_, 'a> {
    /// Family, version 0, resource, then attributes in the byte order of the machine that captured.
    pub(super) fn nflog(&mut self, view: View<'a>) -> Outcome {
        let head = self.head::<4>(view, OddityKind::LinkMalformed)?;
        if head[1] != 0 {
            return Err(self.broken(view, OddityKind::LinkMalformed));
        }
        let mut view = view.skip(4);
        for _ in 0..MAX_ATTRIBUTES {
            if view.length == 0 {
                break;
            }
            let head = self.head::<4>(view, OddityKind::LinkMalformed)?;
            // Attribute numbers are small, so the byte order shows.
            let (length, kind) = match head.le16::<2>() {
                kind @ ..=0xff => (head.le16::<0>(), kind),
                _ => (head.be16::<0>(), head.be16::<2>()),
            };
            let length = u32::from(length);
            if length < 4 || !view.holds(length) {
                return Err(self.broken(view, OddityKind::LinkMalformed));
            }
            if kind == PAYLOAD {
                return self.ip(view.limit(length).skip(4));
            }
            view = view.skip(length.next_multiple_of(4));
        }
        Err(Unread::Other)
    }
}
