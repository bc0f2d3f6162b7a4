//! The bytes of one layer: what was captured of it, how long it was on the wire, where it starts in the frame.

/// The rest of a frame from some header on.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    /// What was captured.
    pub(crate) bytes: &'a [u8],
    /// How long it was on the wire; never less than `bytes.len()`.
    pub(crate) length: u32,
    /// Where it starts in the frame.
    pub(crate) offset: u32,
    /// Whether it is known to be a piece of something longer (a first fragment, or the body of a packet whose length
    /// was already found odd), so that lengths inside may well reach beyond it.
    pub(crate) open: bool,
}

impl<'a> View<'a> {
    /// The whole frame. Of a frame over 4 GiB only that much is seen.
    pub(crate) fn frame(frame: &'a [u8], wire_length: u32) -> Self {
        let bytes = frame.get(..u32::MAX as usize).unwrap_or(frame);
        Self { bytes, length: wire_length.max(bytes.len() as u32), offset: 0, open: false }
    }

    /// What lies behind the first `count` bytes.
    #[inline]
    pub(crate) fn skip(self, count: u32) -> Self {
        Self {
            bytes: self.bytes.get(count as usize..).unwrap_or_default(),
            length: self.length.saturating_sub(count),
            offset: self.offset.saturating_add(count),
            open: self.open,
        }
    }

    /// The first `length` bytes; all where there are not as many.
    #[inline]
    pub(crate) fn limit(self, length: u32) -> Self {
        if length >= self.length {
            return self;
        }
        let bytes = self.bytes.get(..length as usize).unwrap_or(self.bytes);
        Self { bytes, length, offset: self.offset, open: false }
    }

    /// The first `N` bytes, if they were captured.
    #[inline]
    pub(crate) fn peek<const N: usize>(self) -> Option<&'a [u8; N]> {
        self.bytes.first_chunk()
    }

    /// Whether `length` bytes can be here: they are, or the view is a piece of something longer.
    #[inline]
    pub(crate) fn holds(self, length: u32) -> bool {
        length <= self.length || self.open
    }
}

/// Reading fields out of a header of known size. The places are checked by the compiler.
pub(crate) trait Fields {
    /// The bytes from `AT` on.
    fn array<const AT: usize, const LEN: usize>(&self) -> [u8; LEN];

    /// Two bytes in network order.
    #[inline(always)]
    fn be16<const AT: usize>(&self) -> u16 {
        u16::from_be_bytes(self.array::<AT, 2>())
    }

    /// Four bytes in network order.
    #[inline(always)]
    fn be32<const AT: usize>(&self) -> u32 {
        u32::from_be_bytes(self.array::<AT, 4>())
    }

    /// Two bytes, least significant first.
    #[inline(always)]
    fn le16<const AT: usize>(&self) -> u16 {
        u16::from_le_bytes(self.array::<AT, 2>())
    }

    /// Four bytes, least significant first.
    #[inline(always)]
    fn le32<const AT: usize>(&self) -> u32 {
        u32::from_le_bytes(self.array::<AT, 4>())
    }
}

impl<const N: usize> Fields for [u8; N] {
    #[inline(always)]
    fn array<const AT: usize, const LEN: usize>(&self) -> [u8; LEN] {
        const { assert!(AT + LEN <= N, "a field must lie inside its header") };
        let mut field = [0; LEN];
        field.copy_from_slice(&self[AT..AT + LEN]);
        field
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_and_skips_keep_captured_and_wire_apart() {
        let view = View::frame(&[1, 2, 3, 4], 10);
        let rest = view.skip(2);
        assert_eq!((rest.bytes, rest.length, rest.offset), (&[3, 4][..], 8, 2));
        let cut = rest.limit(5);
        assert_eq!((cut.bytes, cut.length), (&[3, 4][..], 5));
        assert_eq!(cut.limit(1).bytes, [3]);
        let beyond = view.skip(20);
        assert_eq!((beyond.bytes.len(), beyond.length, beyond.offset), (0, 0, 20));
    }

    #[test]
    fn a_wire_length_below_the_captured_one_is_raised() {
        assert_eq!(View::frame(&[0; 8], 4).length, 8);
    }

    #[test]
    fn fields_are_read_in_the_order_asked_for() {
        let header = [0x01, 0x02, 0x03, 0x04, 0x05];
        assert_eq!(header.be16::<1>(), 0x0203);
        assert_eq!(header.le32::<1>(), 0x0504_0302);
    }
}
