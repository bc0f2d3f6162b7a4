//! IEEE 802.11 data frames, bare or behind the headers that capture drivers put in front.

use blueline_terms::OddityKind;

use crate::packet::{Decoder, Fields, Outcome, Unread, View};

// Frame control, second byte (IEEE 802.11, 9.2.4.1).
const BOTH_SYSTEMS: u8 = 0x03;
const PROTECTED: u8 = 0x40;
const ORDER: u8 = 0x80;
// Subtype bits of data frames.
const NO_DATA: u8 = 0x40;
const QOS: u8 = 0x80;

impl<'a> Decoder<'_, 'a> {
    /// A frame from its frame control field on. With `padded` the driver aligned the body to four bytes. Management,
    /// control, empty and encrypted frames are another protocol, and so are later fragments.
    pub(crate) fn wlan(&mut self, view: View<'a>, padded: bool) -> Outcome {
        let [first, flags] = *self.head::<2>(view, OddityKind::LinkMalformed)?;
        let data = first & 0x0f == 0x08;
        if !data || first & NO_DATA != 0 || flags & PROTECTED != 0 {
            return Err(Unread::Other);
        }
        let head = self.head::<24>(view, OddityKind::LinkMalformed)?;
        if head[22] & 0x0f != 0 {
            return Err(Unread::Other);
        }
        let mut length = if flags & BOTH_SYSTEMS == BOTH_SYSTEMS { 30 } else { 24 };
        let mut aggregate = false;
        if first & QOS != 0 {
            let [control, _] = *self.head::<2>(view.skip(length), OddityKind::LinkMalformed)?;
            aggregate = control & 0x80 != 0;
            length += if flags & ORDER != 0 { 6 } else { 2 };
        }
        if padded {
            length = u32::next_multiple_of(length, 4);
        }
        let body = self.behind(view, length, OddityKind::LinkMalformed)?;
        if !aggregate {
            return self.llc(body);
        }
        // Of an A-MSDU the first subframe is read (9.3.2.2.2): destination, source, length.
        let subframe = self.head::<14>(body, OddityKind::LinkMalformed)?;
        self.llc(body.skip(14).limit(u32::from(subframe.be16::<12>())))
    }

    /// Radiotap: version, length, which fields are there; one of them says whether the body is padded.
    pub(super) fn radiotap(&mut self, view: View<'a>) -> Outcome {
        let head = self.head::<8>(view, OddityKind::LinkMalformed)?;
        let length = u32::from(head.le16::<2>());
        if head[0] != 0 || length < 8 {
            return Err(self.broken(view, OddityKind::LinkMalformed));
        }
        let body = self.behind(view, length, OddityKind::LinkMalformed)?;
        let padded = radiotap_flags(view.limit(length)).is_some_and(|flags| flags & 0x20 != 0);
        self.wlan(body, padded)
    }

    /// Prism: a message code and length in either byte order; some drivers put an AVS header in its place.
    pub(super) fn prism(&mut self, view: View<'a>) -> Outcome {
        let head = self.head::<8>(view, OddityKind::LinkMalformed)?;
        if head.be32::<0>() >> 4 == 0x0802_1100 {
            return self.avs(view);
        }
        let length = head.le32::<4>().min(head.be32::<4>());
        if length < 8 {
            return Err(self.broken(view, OddityKind::LinkMalformed));
        }
        let body = self.behind(view, length, OddityKind::LinkMalformed)?;
        self.wlan(body, false)
    }

    /// AVS: a version that starts with 0x8021100, and a length.
    pub(super) fn avs(&mut self, view: View<'a>) -> Outcome {
        let head = self.head::<8>(view, OddityKind::LinkMalformed)?;
        let length = head.be32::<4>();
        if head.be32::<0>() >> 4 != 0x0802_1100 || length < 8 {
            return Err(self.broken(view, OddityKind::LinkMalformed));
        }
        let body = self.behind(view, length, OddityKind::LinkMalformed)?;
        self.wlan(body, false)
    }
}

/// The flags field of a radiotap header, the second field if it is there at all.
fn radiotap_flags(header: View<'_>) -> Option<u8> {
    let present = header.peek::<8>()?.le32::<4>();
    if present & 2 == 0 {
        return None;
    }
    // Further words of presence bits follow as long as the top bit is set.
    let words = header.bytes.get(4..)?.chunks_exact(4).take_while(|word| word[3] & 0x80 != 0).count();
    let mut at = 4 + 4 * (words + 1);
    if present & 1 != 0 {
        at = at.next_multiple_of(8) + 8;
    }
    header.bytes.get(at).copied()
}
