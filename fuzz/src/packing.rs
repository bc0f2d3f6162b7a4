//! Packing bytes, to have them unpacked by the code under test.

use std::io::Write;

/// Packs with gzip (RFC 1952).
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).and_then(|()| out.finish()).expect("memory takes everything")
}

/// Packs with bzip2.
pub fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut out = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    out.write_all(bytes).and_then(|()| out.finish()).expect("memory takes everything")
}

/// Packs with Zstandard (RFC 8878).
pub fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).expect("memory takes everything")
}

/// Whether the bytes begin as packed ones do, and so would be unpacked as they are.
pub fn looks_packed(bytes: &[u8]) -> bool {
    // Behind 0x50..=0x5f 0x2a 0x4d 0x18 comes what a zstd reader skips.
    matches!(bytes, [0x1f, 0x8b, ..] | [0x28, 0xb5, 0x2f, 0xfd, ..] | [b'B', b'Z', b'h', ..])
        || matches!(bytes, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}
