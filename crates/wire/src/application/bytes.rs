//! Numbers at an offset in bytes that may end anywhere.

/// The `N` bytes from `at`, if that many are there.
#[inline]
pub(super) fn chunk<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk::<N>().copied()
}

/// The big-endian number in the two bytes from `at`.
#[inline]
pub(super) fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    chunk(bytes, at).map(u16::from_be_bytes)
}

/// The big-endian number in the three bytes from `at`.
#[inline]
pub(super) fn be24(bytes: &[u8], at: usize) -> Option<u32> {
    chunk(bytes, at).map(|[a, b, c]| u32::from_be_bytes([0, a, b, c]))
}

/// The big-endian number in the four bytes from `at`.
#[inline]
pub(super) fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    chunk(bytes, at).map(u32::from_be_bytes)
}

/// The little-endian number in the two bytes from `at`.
#[inline]
pub(super) fn le16(bytes: &[u8], at: usize) -> Option<u16> {
    chunk(bytes, at).map(u16::from_le_bytes)
}

/// The little-endian number in the four bytes from `at`.
#[inline]
pub(super) fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    chunk(bytes, at).map(u32::from_le_bytes)
}

/// Whether `needle` lies in the first `bound` bytes.
pub(super) fn contains(bytes: &[u8], needle: &[u8], bound: usize) -> bool {
    let head = bytes.get(..bound).unwrap_or(bytes);
    head.windows(needle.len()).any(|window| window == needle)
}

/// Whether any of some words, which are given in small letters, lies in `text`, whatever the case of its letters.
pub(super) fn says(text: &[u8], words: &[&[u8]]) -> bool {
    let begins = |behind: &[u8], word: &[u8]| {
        behind[0].eq_ignore_ascii_case(&word[0])
            && behind.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word))
    };
    (0..text.len()).any(|at| words.iter().any(|word| begins(&text[at..], word)))
}

/// An element of ASN.1's basic encoding rules (ITU-T X.690) with a definite length.
#[derive(Clone, Copy)]
pub(super) struct Element<'a> {
    /// The identifier octet; tags above 30 are not read.
    pub(super) tag: u8,
    /// The content, as far as it was captured.
    pub(super) content: &'a [u8],
    /// Whether the whole content was captured.
    pub(super) whole: bool,
    /// What follows the element.
    pub(super) rest: &'a [u8],
}

impl<'a> Element<'a> {
    /// Reads the element at the start of `bytes`. Lengths of more than four octets are refused (X.690, 8.1.3.5).
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let &[tag, length, ..] = bytes else { return None };
        if tag & 0x1f == 0x1f {
            return None;
        }
        let (start, length) = match length {
            0..=0x7f => (2, u32::from(length)),
            0x81 => (3, u32::from(*bytes.get(2)?)),
            0x82 => (4, u32::from(be16(bytes, 2)?)),
            0x83 => (5, be24(bytes, 2)?),
            0x84 => (6, be32(bytes, 2)?),
            _ => return None,
        };
        let behind = bytes.get(start..)?;
        match behind.split_at_checked(usize::try_from(length).ok()?) {
            Some((content, rest)) => Some(Self { tag, content, whole: true, rest }),
            None => Some(Self { tag, content: behind, whole: false, rest: &[] }),
        }
    }

    /// The value of a non-negative INTEGER of at most four octets.
    pub(super) fn unsigned(&self) -> Option<u32> {
        if self.tag != 0x02 || !self.whole || !(1..=5).contains(&self.content.len()) || self.content[0] & 0x80 != 0 {
            return None;
        }
        self.content.iter().try_fold(0u32, |value, &octet| value.checked_mul(256)?.checked_add(u32::from(octet)))
    }
}
