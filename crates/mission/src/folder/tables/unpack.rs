//! Reading a file that may be compressed. The first bytes tell, not the name.

use std::io::{self, BufRead, BufReader, Read};

use super::Fault;

/// The most bytes that one table may unpack to: several full routing tables of today.
const MOST_UNPACKED: u64 = 16 << 30;

/// What is in `packed`, which is a file as it is stored.
pub(super) fn unpacked(packed: Box<dyn Read>) -> io::Result<Box<dyn BufRead>> {
    let mut packed = BufReader::with_capacity(1 << 18, packed);
    let mut head = Vec::new();
    packed.by_ref().take(4).read_to_end(&mut head)?;
    let whole = io::Cursor::new(head.clone()).chain(packed);
    let inside: Box<dyn Read> = match head[..] {
        // RFC 1952, 2.3.1.
        [0x1f, 0x8b, ..] => Box::new(flate2::bufread::MultiGzDecoder::new(whole)),
        // RFC 8878, 3.1.1.
        [0x28, 0xb5, 0x2f, 0xfd] => Box::new(zstd::Decoder::with_buffer(whole)?),
        [b'B', b'Z', b'h', ..] => Box::new(bzip2::bufread::MultiBzDecoder::new(whole)),
        _ => Box::new(whole),
    };
    Ok(Box::new(BufReader::with_capacity(1 << 18, Bounded { inside, left: MOST_UNPACKED })))
}

/// Gives an error where there is more than the bound, so that a bomb is told from an end.
struct Bounded {
    inside: Box<dyn Read>,
    left: u64,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inside.read(buffer)?;
        let message = || format!("it unpacks to more than {} GiB", MOST_UNPACKED >> 30);
        self.left = self.left.checked_sub(count as u64).ok_or_else(|| io::Error::other(message()))?;
        Ok(count)
    }
}

/// What to say when reading stops in the middle, after `entries` were read.
pub(super) fn fault(error: &io::Error, entries: usize) -> Fault {
    Fault::new(
        format!("this file cannot be read to its end: {error}; {entries} entries came before"),
        "fetch it again; it is cut short or damaged",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn content(packed: Vec<u8>) -> String {
        io::read_to_string(unpacked(Box::new(io::Cursor::new(packed))).unwrap()).unwrap()
    }

    #[test]
    fn every_packing_is_told_by_its_content() {
        let text = "192.0.2.0/24\t64500\n";
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(text.as_bytes()).unwrap();
        let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::default());
        bzip2.write_all(text.as_bytes()).unwrap();
        let zstd = zstd::encode_all(text.as_bytes(), 1).unwrap();
        for packed in [text.as_bytes().to_vec(), gzip.finish().unwrap(), bzip2.finish().unwrap(), zstd] {
            assert_eq!(content(packed), text);
        }
        assert_eq!(content(Vec::new()), "");
    }
}
