//! Bytes that are hashed on their way to a file, so that a bit that turns over later is noticed.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

/// What a file's pages hashed to when they were written: every byte that stands before its footer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pages {
    /// How many bytes there are.
    pub(crate) bytes: u64,
    /// Their BLAKE3 hash, in hexadecimal.
    pub(crate) blake3: String,
}

impl Pages {
    /// Whether the file still begins with those bytes.
    pub(crate) fn are_in(&self, file: &[u8]) -> bool {
        let own = usize::try_from(self.bytes).ok().and_then(|bytes| file.get(..bytes));
        own.is_some_and(|own| blake3::hash(own).to_hex().as_str() == self.blake3)
    }
}

/// Hands bytes on and hashes them.
pub(super) struct Hashing<W> {
    inner: W,
    hasher: blake3::Hasher,
    bytes: u64,
}

impl<W> Hashing<W> {
    pub(super) fn new(inner: W) -> Self {
        Self { inner, hasher: blake3::Hasher::new(), bytes: 0 }
    }

    /// What has been written until now.
    pub(super) fn pages(&self) -> Pages {
        Pages { bytes: self.bytes, blake3: self.hasher.finalize().to_hex().to_string() }
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
