//! Custody: seals over what was recorded, chained per sensor, so that nobody can change or drop a batch unseen.
//!
//! A source's packets are cut into batches by count and by event time. The cut depends on the source's own content
//! alone, so the same capture gives the same batches whatever else is watched beside it. A batch's seal is the BLAKE3
//! hash (a tree over 1 KiB chunks) of its canonical packet records, one after another:
//!
//! | bytes | what |
//! |---|---|
//! | 8 | moment, nanoseconds since the Unix epoch, signed, little-endian |
//! | 4 | bytes on the wire, little-endian |
//! | 4 | bytes captured, little-endian |
//! | 2 | LINKTYPE_ number, little-endian |
//! | 2 | zero |
//! | n | the captured bytes |
//!
//! The form does not depend on the container, so the same packets in pcap, pcapng or a compressed file have the same
//! seal. Because the hash is a tree, a slice of a batch can be proven to belong without showing the rest (Bao).

use std::time::Duration;

use blueline_terms::{Moment, SensorIndex, Span};
use blueline_wire::capture::Record;

/// Bytes of a canonical record before its captured bytes.
pub const RECORD_HEADER: usize = 20;

/// A BLAKE3 hash over the canonical records of a batch.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Seal(pub [u8; 32]);

impl std::fmt::Display for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for Seal {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        blake3::Hash::from_hex(text)
            .map(|hash| Self(*hash.as_bytes()))
            .map_err(|_| format!("{text:?} is not a seal of 64 hexadecimal digits"))
    }
}

/// A batch that was sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedBatch {
    /// The sensor whose chain it belongs to; `None` for sources bound to no declared sensor.
    pub sensor: Option<SensorIndex>,
    /// Number of the batch in the run.
    pub number: u32,
    /// The seal.
    pub seal: Seal,
    /// The seal over its first canonical record alone, by which a longer version of the same batch is recognised.
    pub opening: Seal,
    /// Packet records in it.
    pub packets: u64,
    /// Bytes of its canonical records.
    pub bytes: u64,
    /// First and last moment in it.
    pub span: Span,
}

/// The head of a sensor's chain of batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainHead {
    /// Hash over the whole chain so far, and over whose it is.
    pub head: Seal,
    /// Batches in the chain.
    pub batches: u64,
}

impl ChainHead {
    /// The chain without batches of the sensor with this id; `None` for sources bound to no declared sensor.
    pub fn of(sensor: Option<&str>) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("blueline custody chain v1, beginning");
        // An id is never empty, so nothing else begins as the chain of no sensor does.
        hasher.update(sensor.unwrap_or_default().as_bytes());
        Self { head: Seal(*hasher.finalize().as_bytes()), batches: 0 }
    }

    /// The chain with one more batch: the new head binds the old one, the seal and the opening, and the batch's extent.
    pub fn extended(self, batch: &SealedBatch) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("blueline custody chain v1");
        for hash in [&self.head, &batch.seal, &batch.opening] {
            hasher.update(&hash.0);
        }
        for number in [batch.packets, batch.bytes] {
            hasher.update(&number.to_le_bytes());
        }
        for moment in [batch.span.start, batch.span.end] {
            hasher.update(&moment.nanos().to_le_bytes());
        }
        Self { head: Seal(*hasher.finalize().as_bytes()), batches: self.batches + 1 }
    }
}

/// When a batch is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// After this many packets.
    pub packets: u32,
    /// When event time enters another stretch of this length, aligned to the epoch.
    pub time: Duration,
}

impl Default for Cut {
    fn default() -> Self {
        Self { packets: 65_536, time: Duration::from_secs(10) }
    }
}

/// Batches of earlier runs: what was sealed before, and where a batch was cut because its source ended there.
pub trait Sealed: Send {
    /// How many packets the batch had that began with the record of this opening in this sensor's chain, if one did
    /// and was cut short by the end of its source.
    fn short_batch(&self, sensor: Option<SensorIndex>, opening: Seal) -> Vec<(u64, Seal)>;
}

/// No earlier run.
impl Sealed for () {
    fn short_batch(&self, _: Option<SensorIndex>, _: Seal) -> Vec<(u64, Seal)> {
        Vec::new()
    }
}

/// Appends the canonical form of a record to `arena`.
#[inline]
pub(crate) fn push_canonical(arena: &mut Vec<u8>, record: &Record, captured: &[u8]) {
    let mut header = [0; RECORD_HEADER];
    header[..8].copy_from_slice(&record.moment.nanos().to_le_bytes());
    header[8..12].copy_from_slice(&record.original.to_le_bytes());
    header[12..16].copy_from_slice(&(captured.len() as u32).to_le_bytes());
    header[16..18].copy_from_slice(&record.link.to_le_bytes());
    arena.extend_from_slice(&header);
    arena.extend_from_slice(captured);
}

/// A canonical record read back.
#[derive(Clone, Copy, Debug)]
pub struct Canonical<'a> {
    /// When it was taken.
    pub moment: Moment,
    /// Bytes on the wire.
    pub original: u32,
    /// LINKTYPE_ number.
    pub link: u16,
    /// The captured bytes.
    pub captured: &'a [u8],
}

impl<'a> Canonical<'a> {
    /// Reads the record at the front of `bytes` and the bytes behind it; `None` when they hold no whole record.
    #[inline]
    pub fn read(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (header, rest) = bytes.split_first_chunk::<RECORD_HEADER>()?;
        let four = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let moment = i64::from(four(4)) << 32 | i64::from(four(0));
        let (captured, rest) = rest.split_at_checked(four(12) as usize)?;
        let link = u16::from_le_bytes([header[16], header[17]]);
        Some((Self { moment: Moment::from_nanos(moment), original: four(8), link, captured }, rest))
    }
}

/// A batch that is not sealed yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenBatch {
    /// Its number in the run.
    pub number: u32,
    /// Whose chain it will join.
    pub sensor: Option<SensorIndex>,
    /// Its first moment so far.
    pub start: Moment,
}

/// Seals one source's packets, batch by batch.
pub(crate) struct Sealer {
    sensor: Option<SensorIndex>,
    cut: Cut,
    hasher: blake3::Hasher,
    number: u32,
    packets: u64,
    bytes: u64,
    span: Option<Span>,
    opening: Seal,
    /// Where the latest aligned stretch of time ends that a batch was opened in.
    stretch_end: Moment,
    /// Ends of shorter versions of this batch that earlier runs sealed: cut there again if the bytes agree.
    earlier: Vec<(u64, Seal)>,
}

impl Sealer {
    pub(crate) fn new(sensor: Option<SensorIndex>, cut: Cut) -> Self {
        Self {
            sensor,
            cut,
            hasher: blake3::Hasher::new(),
            number: 0,
            packets: 0,
            bytes: 0,
            span: None,
            opening: Seal([0; 32]),
            stretch_end: Moment::MIN,
            earlier: Vec::new(),
        }
    }

    /// Whether the batch must be closed before a packet of this moment joins it. Time that runs backwards never cuts.
    #[inline]
    pub(crate) fn closes_before(&self, moment: Moment) -> bool {
        self.packets > 0
            && (self.packets >= u64::from(self.cut.packets)
                || moment >= self.stretch_end
                || self.earlier.iter().any(|(packets, _)| *packets == self.packets))
    }

    /// Whether there is a batch, and its stretch of time is over by this moment.
    pub(crate) fn is_over(&self, moment: Moment) -> bool {
        self.packets > 0 && moment >= self.stretch_end
    }

    /// Whether closing is only to be tried: a batch of an earlier run ended here, and only the hash can tell whether it
    /// was this one.
    pub(crate) fn closes_on_trial(&self, moment: Moment) -> bool {
        self.packets < u64::from(self.cut.packets) && moment < self.stretch_end
    }

    /// Whether the batch so far is one that an earlier run sealed. All its bytes must have been given to
    /// [`Self::hash`].
    pub(crate) fn was_sealed(&mut self) -> bool {
        let seal = self.seal();
        let found = self.earlier.iter().any(|&(packets, sealed)| packets == self.packets && sealed == seal);
        let packets = self.packets;
        self.earlier.retain(|(end, _)| *end > packets);
        found
    }

    fn end_of_stretch(&self, moment: Moment) -> Moment {
        let length = i64::try_from(self.cut.time.as_nanos()).unwrap_or(i64::MAX).max(1);
        let start = moment.nanos().div_euclid(length).saturating_mul(length);
        Moment::from_nanos(start.saturating_add(length))
    }

    /// Whether the next packet opens a batch.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.packets == 0
    }

    /// Opens a batch with its number in the run and its first canonical record.
    pub(crate) fn open(&mut self, number: u32, moment: Moment, first: &[u8], earlier: &dyn Sealed) {
        self.number = number;
        self.stretch_end = self.stretch_end.max(self.end_of_stretch(moment));
        self.opening = Seal(*blake3::hash(first).as_bytes());
        self.earlier = earlier.short_batch(self.sensor, self.opening);
        self.earlier.retain(|(packets, _)| *packets > 0);
    }

    /// Counts one more packet in; returns its place in the batch.
    #[inline]
    pub(crate) fn count(&mut self, moment: Moment, bytes: usize) -> u32 {
        let ordinal = self.packets as u32;
        self.packets += 1;
        self.bytes += bytes as u64;
        match &mut self.span {
            None => self.span = Some(Span::at(moment)),
            Some(span) if moment > span.end => span.end = moment,
            Some(span) => span.start = span.start.min(moment),
        }
        ordinal
    }

    /// Number of the open batch in the run.
    #[inline]
    pub(crate) fn number(&self) -> u32 {
        self.number
    }

    /// The open batch; `None` when the next packet opens one.
    pub(crate) fn open_batch(&self) -> Option<OpenBatch> {
        self.span.map(|span| OpenBatch { number: self.number, sensor: self.sensor, start: span.start })
    }

    /// Takes canonical bytes into the seal, in order.
    pub(crate) fn hash(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
    }

    fn seal(&self) -> Seal {
        Seal(*self.hasher.finalize().as_bytes())
    }

    /// Closes the batch; `None` when it holds nothing.
    pub(crate) fn close(&mut self) -> Option<SealedBatch> {
        let span = self.span.take()?;
        let batch = SealedBatch {
            sensor: self.sensor,
            number: self.number,
            seal: self.seal(),
            opening: self.opening,
            packets: self.packets,
            bytes: self.bytes,
            span,
        };
        self.hasher.reset();
        (self.packets, self.bytes) = (0, 0);
        Some(batch)
    }
}
