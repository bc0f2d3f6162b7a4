//! Names as the wire had them, and as text that is safe to show.

use std::fmt::{self, Write};
use std::ops::Deref;

/// A name that a message carried, still in the message's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name<'a> {
    /// A host name in one piece: of a TLS server or an HTTP host.
    Host(&'a [u8]),
    /// A host name that two TLS records share.
    Split(&'a [u8], &'a [u8]),
    /// A domain name as labels at an offset of a DNS message (RFC 1035, 3.1 and 4.1.4), checked before.
    Labels {
        /// The whole message, for the compression pointers.
        message: &'a [u8],
        /// Where the first label begins.
        offset: u16,
    },
    /// Other text, in which upper and lower case differ: a banner, a protocol's name.
    Text(&'a [u8]),
}

impl Name<'_> {
    /// The name as text of at most 255 bytes, all of them printable ASCII.
    ///
    /// Host and domain names are folded to lower case, since case tells nothing there (RFC 4343, 3). Other bytes become
    /// `\DDD`, backslashes and dots inside a label `\\` and `\.` (RFC 4343, 2.1). What does not fit is cut off.
    pub fn text(&self) -> NameText {
        let mut text = NameText { bytes: [0; 255], length: 0 };
        match *self {
            Self::Host(name) => text.push_host(name),
            Self::Split(one, two) => {
                text.push_host(one);
                text.push_host(two);
            }
            Self::Labels { message, offset } => {
                let walked = walk(message, usize::from(offset), |label| {
                    if text.length > 0 {
                        text.push(b".");
                    }
                    label.iter().for_each(|&byte| text.push_escaped(byte.to_ascii_lowercase(), byte == b'.'));
                });
                // The name was walked once before it became a `Name`, so this succeeds; the root has no label.
                if walked.is_ok() && text.length == 0 {
                    text.push(b".");
                }
            }
            Self::Text(name) => name.iter().for_each(|&byte| text.push_escaped(byte, false)),
        }
        text
    }
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text())
    }
}

/// A name as printable ASCII in a fixed buffer.
#[derive(Clone, Copy)]
pub struct NameText {
    bytes: [u8; 255],
    length: u8,
}

impl NameText {
    /// The text.
    pub fn as_str(&self) -> &str {
        // Only printable ASCII is ever pushed, so this never falls back.
        std::str::from_utf8(&self.bytes[..usize::from(self.length)]).unwrap_or("")
    }

    fn push_host(&mut self, name: &[u8]) {
        name.iter().for_each(|&byte| self.push_escaped(byte.to_ascii_lowercase(), false));
    }

    fn push_escaped(&mut self, byte: u8, dot_in_label: bool) {
        match byte {
            b'\\' => self.push(b"\\\\"),
            b'.' if dot_in_label => self.push(b"\\."),
            b' '..=b'~' => self.push(&[byte]),
            _ => self.push(&[b'\\', b'0' + byte / 100, b'0' + byte / 10 % 10, b'0' + byte % 10]),
        }
    }

    /// Adds a piece if it fits whole, and nothing from then on if it does not.
    fn push(&mut self, piece: &[u8]) {
        let start = usize::from(self.length);
        match self.bytes.get_mut(start..start + piece.len()) {
            Some(room) => {
                room.copy_from_slice(piece);
                self.length += piece.len() as u8;
            }
            None => {
                self.bytes[start..].fill(b'~');
                self.length = u8::MAX;
            }
        }
    }
}

impl Deref for NameText {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Debug for NameText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        f.write_str(self.as_str())?;
        f.write_char('"')
    }
}

/// Why a domain name cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NameFault {
    /// The bytes end inside it.
    Cut,
    /// It contradicts the standard.
    Bad(&'static str),
}

/// Visits the labels of the domain name at `offset` and says where the bytes after it begin.
///
/// It ends always: a pointer must lead to before the run of labels it stands in, as RFC 1035 says (4.1.4, "prior
/// occurrence"), and the whole name must keep to 255 octets (3.1).
pub(super) fn walk(message: &[u8], offset: usize, mut each: impl FnMut(&[u8])) -> Result<usize, NameFault> {
    let (mut at, mut run, mut total, mut end) = (offset, offset, 1, None);
    loop {
        let length = usize::from(*message.get(at).ok_or(NameFault::Cut)?);
        match length >> 6 {
            0 if length == 0 => return Ok(end.unwrap_or(at + 1)),
            0 => {
                each(message.get(at + 1..at + 1 + length).ok_or(NameFault::Cut)?);
                total += 1 + length;
                if total > 255 {
                    return Err(NameFault::Bad("a domain name is longer than 255 bytes"));
                }
                at += 1 + length;
            }
            3 => {
                let low = usize::from(*message.get(at + 1).ok_or(NameFault::Cut)?);
                let target = (length & 0x3f) << 8 | low;
                if target >= run || target < 12 {
                    return Err(NameFault::Bad("a compression pointer does not lead to an earlier name"));
                }
                end = end.or(Some(at + 2));
                (at, run) = (target, target);
            }
            _ => return Err(NameFault::Bad("a label has a reserved type")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_folded_escaped_and_bounded() {
        assert_eq!(Name::Host(b"WWW.Example.ORG").text().as_str(), "www.example.org");
        assert_eq!(Name::Split(b"WWW.Exa", b"mple.ORG").text().as_str(), "www.example.org");
        assert_eq!(Name::Text(b"SSH-2.0-\x1b[31m\\").text().as_str(), "SSH-2.0-\\027[31m\\\\");
        assert_eq!(Name::Text(&[0xff; 255]).text().len(), 255);
        let dotted = Name::Labels { message: b"\x03a.b\x01\x00\x00", offset: 0 };
        assert_eq!(dotted.text().as_str(), "a\\.b.\\000");
        assert_eq!(Name::Labels { message: b"\x00", offset: 0 }.text().as_str(), ".");
    }

    #[test]
    fn pointers_lead_backwards_only() {
        let mut message = vec![0; 12];
        message.extend(b"\x01a\x00\x01b\xc0\x0c\xc0\x13\x01c\xc0\x15");
        let read = |offset| walk(&message, offset, |_| {});
        assert_eq!(read(15), Ok(19));
        assert!(matches!(read(19), Err(NameFault::Bad(_))), "a pointer to itself");
        assert!(matches!(read(21), Err(NameFault::Bad(_))), "a pointer to its own run");
        assert_eq!(walk(b"\x05abc", 0, |_| {}), Err(NameFault::Cut));
        assert!(matches!(walk(b"\x40a", 0, |_| {}), Err(NameFault::Bad(_))));
        assert!(matches!(walk(&[63; 300], 0, |_| {}), Err(NameFault::Bad(_))));
    }
}
