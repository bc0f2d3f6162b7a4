//! The general decoder: one packet in the making. Each layer adds its own methods in its own file.

use blueline_terms::OddityKind;

use super::{LinkType, Noted, Packet, View};

/// How many ethertypes are followed in one frame. Layers that carry each other (MPLS, bridged Ethernet, SNAP) would
/// otherwise recurse as deep as the frame is long.
const MAX_TURNS: u8 = 16;

/// A packet in the making.
pub(crate) struct Decoder<'p, 'a> {
    /// What is known so far.
    pub(crate) packet: &'p mut Packet<'a>,
    /// How many tunnels are open.
    pub(crate) depth: u8,
    captured: u32,
    turns: u8,
}

/// Whether a layer could be read. `Ok` means that the packet's main fields hold a network layer.
pub(crate) type Outcome = Result<(), Unread>;

/// Why a layer could not be read. What was odd has been noted by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// It is another protocol, or encrypted: nothing odd.
    Other,
    /// It cannot be right.
    Broken,
    /// The capture ends before its header does.
    Short,
}

/// Reads a frame of any link type.
#[inline(never)]
pub(super) fn read(link: LinkType, frame: &[u8], wire_length: u32) -> Packet<'_> {
    let view = View::frame(frame, wire_length);
    let mut packet = Packet::unread();
    let mut decoder = Decoder { packet: &mut packet, depth: 0, captured: view.bytes.len() as u32, turns: 0 };
    // Whether or not a network layer was found, the packet says so itself.
    let _outcome: Outcome = decoder.link(link, view);
    packet
}

impl<'a> Decoder<'_, 'a> {
    /// The first `N` bytes of a layer. Where they are not there, notes `broken` if the wire did not have them and
    /// `CaptureShort` if it did.
    #[inline]
    pub(crate) fn head<const N: usize>(&mut self, view: View<'a>, broken: OddityKind) -> Result<&'a [u8; N], Unread> {
        match view.peek() {
            Some(head) => Ok(head),
            None => Err(self.missing(view, N as u32, broken)),
        }
    }

    /// What lies behind a header of `length` bytes, which must have been captured.
    #[inline]
    pub(crate) fn behind(&mut self, view: View<'a>, length: u32, broken: OddityKind) -> Result<View<'a>, Unread> {
        if length as usize <= view.bytes.len() {
            Ok(view.skip(length))
        } else {
            Err(self.missing(view, length, broken))
        }
    }

    #[cold]
    fn missing(&mut self, view: View<'a>, needed: u32, broken: OddityKind) -> Unread {
        if needed <= view.length { self.short(view) } else { self.broken(view, broken) }
    }

    /// Notes that the capture ends inside the header at `view`.
    #[cold]
    pub(crate) fn short(&mut self, view: View<'a>) -> Unread {
        self.note(OddityKind::CaptureShort, view.offset, self.captured);
        Unread::Short
    }

    /// Notes that the header at `view` cannot be right, with its first four bytes, or with how many bytes there are
    /// where they are too few.
    #[cold]
    pub(crate) fn broken(&mut self, view: View<'a>, kind: OddityKind) -> Unread {
        if kind == OddityKind::FragmentTiny {
            self.note(kind, view.offset, view.length);
            return Unread::Broken;
        }
        let mut first = [0; 4];
        for (to, from) in first.iter_mut().zip(view.bytes) {
            *to = *from;
        }
        self.note(kind, view.offset, u32::from_be_bytes(first));
        Unread::Broken
    }

    #[cold]
    pub(crate) fn note(&mut self, kind: OddityKind, offset: u32, value: u32) {
        // Of a header that begins behind the captured bytes, the place is where these end.
        self.packet.oddities.push(Noted { kind, offset: offset.min(self.captured), value });
    }

    /// Counts one more step from layer to layer and refuses when there were too many.
    #[inline]
    pub(crate) fn turn(&mut self, view: View<'a>) -> Outcome {
        if self.turns == MAX_TURNS {
            return Err(self.broken(view, OddityKind::LinkMalformed));
        }
        self.turns += 1;
        Ok(())
    }
}
