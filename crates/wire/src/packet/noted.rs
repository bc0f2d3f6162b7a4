//! What was odd about one frame, in a fixed room.

use std::fmt;

use blueline_terms::OddityKind;

/// One strange thing in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Noted {
    /// What kind.
    pub kind: OddityKind,
    /// Byte offset in the frame of the header or field that is strange.
    pub offset: u32,
    /// The offending value; what it counts depends on the kind, as [`Display`](fmt::Display) words it.
    pub value: u32,
}

impl fmt::Display for Noted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.value;
        match self.kind {
            OddityKind::LinkUnknown => write!(f, "link type {value}"),
            OddityKind::CaptureShort => write!(f, "only {value} bytes captured"),
            OddityKind::IpLength => write!(f, "claims {value} bytes"),
            OddityKind::FragmentTiny => write!(f, "carries {value} bytes"),
            OddityKind::FragmentOversize => write!(f, "reaches byte {value}"),
            OddityKind::Ipv6ChainLong => write!(f, "next header {value} was not read"),
            OddityKind::SameEndpoints => write!(f, "port {value} on both sides"),
            OddityKind::TunnelDeep => write!(f, "{value} tunnels opened, the next was not"),
            _ => {
                let [a, b, c, d] = value.to_be_bytes();
                write!(f, "begins {a:02x} {b:02x} {c:02x} {d:02x}")
            }
        }
    }
}

/// The first few oddities of a frame, in the order they were met, and how many there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Oddities {
    kept: [Option<Noted>; Self::KEPT],
    count: u8,
}

impl Oddities {
    /// How many are kept.
    pub const KEPT: usize = 4;
    /// Nothing odd.
    pub(crate) const NONE: Self = Self { kept: [None; Self::KEPT], count: 0 };

    /// Those that were kept.
    pub fn iter(&self) -> impl Iterator<Item = &Noted> {
        self.kept.iter().flatten()
    }

    /// How many there were, those beyond [`Self::KEPT`] included.
    pub const fn count(&self) -> u8 {
        self.count
    }

    /// Whether nothing was odd.
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    #[cold]
    pub(crate) fn push(&mut self, noted: Noted) {
        if let Some(free) = self.kept.get_mut(usize::from(self.count)) {
            *free = Some(noted);
        }
        self.count = self.count.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_worded_by_kind() {
        let words = |kind, value| Noted { kind, offset: 0, value }.to_string();
        assert_eq!(words(OddityKind::CaptureShort, 64), "only 64 bytes captured");
        assert_eq!(words(OddityKind::Ipv4Malformed, 0x4f00_0001), "begins 4f 00 00 01");
    }

    #[test]
    fn the_first_are_kept_and_all_are_counted() {
        let mut oddities = Oddities::NONE;
        assert!(oddities.is_empty());
        for value in 0..6 {
            oddities.push(Noted { kind: OddityKind::IpLength, offset: 0, value });
        }
        assert_eq!(oddities.iter().map(|noted| noted.value).collect::<Vec<_>>(), [0, 1, 2, 3]);
        assert_eq!(oddities.count(), 6);
    }
}
