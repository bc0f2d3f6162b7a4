//! JA4, the fingerprint of a TLS client, by FoxIO's published technical details (JA4 itself, BSD 3-clause; the other
//! methods of the JA4+ suite are under another licence and are not computed here).

use std::fmt;

use sha2::{Digest, Sha256};

/// A JA4 fingerprint: 36 characters such as `t13d1516h2_8daaf6152771_e5627efa2ab1`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ja4([u8; 36]);

impl Ja4 {
    /// The fingerprint as text.
    pub fn as_str(&self) -> &str {
        // Every byte is an ASCII letter, digit or underscore, so this never falls back.
        std::str::from_utf8(&self.0).unwrap_or("")
    }

    /// The fingerprint as bytes of ASCII.
    pub const fn bytes(&self) -> &[u8; 36] {
        &self.0
    }
}

impl fmt::Display for Ja4 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Ja4 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Most values that a list is kept of. IANA has assigned some 350 cipher suites and fewer than 70 extensions; a client
/// with longer lists gets no fingerprint.
pub(super) const MOST_VALUES: usize = 512;

/// A list of numbers without GREASE (RFC 8701), in order of appearance.
pub(super) struct Values {
    values: [u16; MOST_VALUES],
    count: usize,
}

impl Values {
    pub(super) fn new() -> Self {
        Self { values: [0; MOST_VALUES], count: 0 }
    }

    pub(super) fn push(&mut self, value: u16) {
        if !is_grease(value) {
            if let Some(free) = self.values.get_mut(self.count) {
                *free = value;
            }
            self.count += 1;
        }
    }

    /// The values, or `None` if there were more than are kept.
    fn kept(&mut self) -> Option<&mut [u16]> {
        self.values.get_mut(..self.count)
    }
}

/// Values that clients send to keep servers tolerant: `0x0a0a`, `0x1a1a` to `0xfafa`.
pub(super) const fn is_grease(value: u16) -> bool {
    value & 0x0f0f == 0x0a0a && value >> 8 == value & 0xff
}

/// What the fingerprint is made of.
pub(super) struct Ingredients {
    /// Whether it is DTLS rather than TLS over TCP.
    pub(super) datagram: bool,
    /// The highest of the supported versions, else the message's version.
    pub(super) version: u16,
    /// Whether there is a server name extension.
    pub(super) server_name: bool,
    /// First and last byte of the first protocol offered, if there is one that is not empty.
    pub(super) offered: Option<(u8, u8)>,
    pub(super) ciphers: Values,
    pub(super) extensions: Values,
    pub(super) signature_algorithms: Values,
}

impl Ingredients {
    /// The fingerprint, or `None` where a list is longer than is kept.
    pub(super) fn fingerprint(&mut self) -> Option<Ja4> {
        let (cipher_count, extension_count) = (self.ciphers.count, self.extensions.count);
        let ciphers = self.ciphers.kept()?;
        let extensions = self.extensions.kept()?;
        ciphers.sort_unstable();
        extensions.sort_unstable();
        let mut text = [b'_'; 36];
        text[0] = if self.datagram { b'd' } else { b't' };
        text[1..3].copy_from_slice(version(self.version));
        text[3] = if self.server_name { b'd' } else { b'i' };
        text[4..6].copy_from_slice(&two_digits(cipher_count));
        text[6..8].copy_from_slice(&two_digits(extension_count));
        text[8..10].copy_from_slice(&offered(self.offered));
        text[11..23].copy_from_slice(&digest(ciphers.iter().copied(), &[]));
        // Server name and ALPN are in the first part already, so that the last one does not vary with them.
        let others = extensions.iter().copied().filter(|kind| !matches!(kind, 0x0000 | 0x0010));
        text[24..36].copy_from_slice(&digest(others, self.signature_algorithms.kept()?));
        Some(Ja4(text))
    }
}

const fn version(version: u16) -> &'static [u8; 2] {
    match version {
        0x0304 => b"13",
        0x0303 => b"12",
        0x0302 => b"11",
        0x0301 => b"10",
        0x0300 => b"s3",
        0x0002 => b"s2",
        0xfeff => b"d1",
        0xfefd => b"d2",
        0xfefc => b"d3",
        _ => b"00",
    }
}

fn two_digits(count: usize) -> [u8; 2] {
    let count = count.min(99) as u8;
    [b'0' + count / 10, b'0' + count % 10]
}

/// First and last character of the protocol offered first; of its hexadecimal form if either is no letter or digit.
fn offered(ends: Option<(u8, u8)>) -> [u8; 2] {
    match ends {
        None => *b"00",
        Some((first, last)) if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() => [first, last],
        Some((first, last)) => [hex(first >> 4), hex(last & 15)],
    }
}

const fn hex(nibble: u8) -> u8 {
    b"0123456789abcdef"[(nibble & 15) as usize]
}

/// The first 12 hexadecimal digits of the SHA-256 of `sorted`, followed by `then` if there is any; zeros for no list.
fn digest(sorted: impl Iterator<Item = u16>, then: &[u16]) -> [u8; 12] {
    let mut hash = Sha256::new();
    let mut separator: &[u8] = b"";
    let mut add = |value: u16, separator: &[u8]| {
        hash.update(separator);
        hash.update([12, 8, 4, 0].map(|shift| hex((value >> shift) as u8)));
    };
    for value in sorted {
        add(value, separator);
        separator = b",";
    }
    if separator.is_empty() {
        return [b'0'; 12];
    }
    for (place, &value) in then.iter().enumerate() {
        add(value, if place == 0 { b"_" } else { b"," });
    }
    let sum = hash.finalize();
    let mut text = [0; 12];
    for (pair, byte) in text.chunks_exact_mut(2).zip(sum) {
        pair.copy_from_slice(&[hex(byte >> 4), hex(byte)]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols_offered_follow_the_published_table() {
        let of = |bytes: &[u8]| offered(bytes.first().copied().zip(bytes.last().copied()));
        for (bytes, expected) in [
            (&b"h2"[..], b"h2"),
            (b"http/1.1", b"h1"),
            (b"", b"00"),
            (&[0xab], b"ab"),
            (&[0x20], b"20"),
            (&[0xab, 0xcd], b"ad"),
            (&[0x20, 0x61], b"21"),
            (&[0x30, 0xab], b"3b"),
            (&[0x61, 0x20], b"60"),
            (&[0x30, 0x31, 0xab, 0xcd], b"3d"),
            (&[0x30, 0xab, 0xcd, 0x31], b"01"),
        ] {
            assert_eq!(&of(bytes), expected, "{bytes:02x?}");
        }
    }

    #[test]
    fn hashes_are_the_published_ones() {
        let ciphers = [
            0x002f, 0x0035, 0x009c, 0x009d, 0x1301, 0x1302, 0x1303, 0xc013, 0xc014, 0xc02b, 0xc02c, 0xc02f, 0xc030,
            0xcca8, 0xcca9,
        ];
        assert_eq!(&digest(ciphers.into_iter(), &[]), b"8daaf6152771");
        let extensions = [
            0x0005, 0x000a, 0x000b, 0x000d, 0x0012, 0x0015, 0x0017, 0x001b, 0x0023, 0x002b, 0x002d, 0x0033, 0x4469,
            0xff01,
        ];
        let algorithms = [0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601];
        assert_eq!(&digest(extensions.into_iter(), &algorithms), b"e5627efa2ab1");
        assert_eq!(&digest(extensions.into_iter(), &[]), b"6d807ffa2a79");
        assert_eq!(&digest([].into_iter(), &algorithms), b"000000000000");
    }
}
