//! Application messages: a head that is written out, filling from a pool, and a tail.

use crate::random::Draw;

/// What the middle of a message is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Filling {
    /// Bytes that look encrypted.
    #[default]
    Noise,
    /// Lines of text.
    Text,
}

/// One application message.
#[derive(Clone, Debug, Default)]
pub(crate) struct Payload {
    pub(crate) head: Vec<u8>,
    pub(crate) filler: usize,
    pub(crate) filling: Filling,
    /// Where in the pool the filling starts.
    pub(crate) offset: u16,
    pub(crate) tail: &'static [u8],
}

impl Payload {
    /// A message that is written out in full.
    pub(crate) fn plain(head: impl Into<Vec<u8>>) -> Self {
        Self { head: head.into(), ..Self::default() }
    }

    /// A message of which only the head means something.
    pub(crate) fn noisy(head: impl Into<Vec<u8>>, filler: usize, draw: &mut Draw) -> Self {
        Self { head: head.into(), filler, offset: draw.bits() as u16, ..Self::default() }
    }

    pub(crate) fn length(&self) -> usize {
        self.head.len() + self.filler + self.tail.len()
    }

    /// Appends `length` bytes from `start` on. Bytes beyond the end are left out.
    pub(crate) fn append(&self, pools: &Pools, start: usize, length: usize, out: &mut Vec<u8>) {
        let end = (start + length).min(self.length());
        let middle = self.head.len();
        let tail = middle + self.filler;
        if start < middle {
            out.extend_from_slice(&self.head[start..end.min(middle)]);
        }
        if start < tail && end > middle {
            let (from, to) = (start.max(middle) - middle, end.min(tail) - middle);
            pools.append(self.filling, usize::from(self.offset) + from, to - from, out);
        }
        if end > tail {
            out.extend_from_slice(&self.tail[start.max(tail) - tail..end - tail]);
        }
    }
}

/// Where fillings come from. Drawing each byte anew would take most of the time and make captures that no compressor
/// can shrink.
pub(crate) struct Pools {
    noise: Vec<u8>,
    text: Vec<u8>,
}

const POOL: usize = 1 << 16;

const WORDS: [&str; 24] = [
    "the", "water", "line", "report", "from", "morning", "station", "was", "quiet", "and", "convoy", "passed",
    "without", "delay", "please", "confirm", "delivery", "of", "spare", "parts", "before", "noon", "thank", "you",
];

impl Pools {
    pub(crate) fn new(seed: u64) -> Self {
        let mut draw = Draw::new(seed, &[0x706f_6f6c]);
        let mut noise = vec![0; POOL];
        draw.fill(&mut noise);
        let mut text = Vec::with_capacity(POOL + 80);
        let mut column = 0;
        while text.len() < POOL {
            let word = draw.pick(&WORDS).as_bytes();
            text.extend_from_slice(word);
            column += word.len() + 1;
            // Lines stay below the 78 characters that RFC 5322, section 2.1.1, recommends.
            if column > 64 {
                text.extend_from_slice(b"\r\n");
                column = 0;
            } else {
                text.push(b' ');
            }
        }
        text.truncate(POOL);
        Self { noise, text }
    }

    fn append(&self, filling: Filling, offset: usize, mut length: usize, out: &mut Vec<u8>) {
        let pool = match filling {
            Filling::Noise => &self.noise,
            Filling::Text => &self.text,
        };
        let mut at = offset % POOL;
        while length > 0 {
            let piece = length.min(POOL - at);
            out.extend_from_slice(&pool[at..at + piece]);
            length -= piece;
            at = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_of_a_message_join_to_the_message() {
        let pools = Pools::new(1);
        let message =
            Payload { head: b"head".to_vec(), filler: 70_000, offset: 60_000, tail: b"tail", ..Payload::default() };
        let mut whole = Vec::new();
        message.append(&pools, 0, usize::MAX / 2, &mut whole);
        assert_eq!(whole.len(), message.length());
        assert!(whole.starts_with(b"head") && whole.ends_with(b"tail"));
        let mut joined = Vec::new();
        for start in (0..message.length()).step_by(1460) {
            message.append(&pools, start, 1460, &mut joined);
        }
        assert_eq!(joined, whole);
    }
}
