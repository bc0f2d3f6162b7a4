//! What a seal binds, and how sources that come when they come are merged.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::io::{self, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use blueline_terms::{FlowBatch, Moment, OddityKind};
use blueline_watch::custody::{Cut, OpenBatch, RECORD_HEADER, SealedBatch};
use blueline_watch::{
    Closing, Desk, HashKey, Lifetimes, OddityEntry, Progress, Settings, Sink, Source, SourceName, SourcePlace, run,
};

/// Keeps nothing of the rows.
struct NoRows;

impl Sink for NoRows {
    fn rows(&mut self, rows: &mut FlowBatch) {
        rows.clear();
    }

    fn line(&mut self, _: i64) {}
}

/// Waits that are remembered until a test asks.
const WAITS: usize = 1024;

/// Keeps seals, and oddities by the last period before the line under them, and tells whenever the run waits for bytes.
struct Keeper {
    sealed: Vec<SealedBatch>,
    oddities: Vec<(Option<i64>, OddityEntry)>,
    waits: SyncSender<()>,
}

impl Desk for Keeper {
    type Sink = NoRows;

    fn sealed(&mut self, batch: SealedBatch) -> io::Result<()> {
        self.sealed.push(batch);
        Ok(())
    }

    fn line(&mut self, line: Closing, _: &mut [&mut NoRows]) -> io::Result<()> {
        self.oddities.extend(line.oddities.into_iter().map(|entry| (line.through, entry)));
        Ok(())
    }

    fn epoch(&mut self, _: &[OpenBatch], _: &mut [&mut NoRows]) -> io::Result<()> {
        Ok(())
    }

    fn progress(&mut self, progress: Progress) {
        if progress.waiting {
            // Nobody listens once the last byte was given.
            let _ = self.waits.try_send(());
        }
    }
}

fn watch(sources: Vec<Source>, cut: Cut, waits: SyncSender<()>) -> Keeper {
    let settings = Settings {
        threads: 1,
        lifetimes: Lifetimes {
            period: Duration::from_secs(10),
            idle: Duration::from_secs(60),
            linger: Duration::from_secs(5),
        },
        grace: Duration::from_secs(2),
        most_flows: 10_000,
        cut,
        key: HashKey::new([7; 32]),
        longest_silences: Vec::new(),
        show_packets: false,
        beats: false,
    };
    let keeper = Keeper { sealed: Vec::new(), oddities: Vec::new(), waits };
    run(sources, Vec::new(), Box::new(()), &settings, keeper, || NoRows, &Arc::new(AtomicBool::new(false))).unwrap().0
}

fn named(text: &str) -> SourceName {
    SourceName { text: text.to_owned(), place: SourcePlace::StandardInput, sensor: None }
}

/// A packet: when, and its bytes. What they say does not matter here.
type Packet = (u32, Vec<u8>);

const PCAP_HEADER: [u8; 24] = [0x4d, 0x3c, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0];

/// A record of the classic format with nanoseconds, little-endian.
fn record((seconds, bytes): &Packet) -> Vec<u8> {
    let length = bytes.len() as u32;
    let mut record: Vec<u8> = [*seconds, 500, length, length + 3].iter().flat_map(|n| n.to_le_bytes()).collect();
    record.extend(bytes);
    record
}

fn capture(packets: &[Packet]) -> Vec<u8> {
    packets.iter().fold(PCAP_HEADER.to_vec(), |capture, packet| [capture, record(packet)].concat())
}

/// The canonical form as the documentation of the custody module lays it down, written anew.
fn canonical((seconds, bytes): &Packet) -> Vec<u8> {
    let moment = Moment::from_seconds(i64::from(*seconds), 500).nanos();
    let length = bytes.len() as u32;
    let mut out = moment.to_le_bytes().to_vec();
    out.extend((length + 3).to_le_bytes());
    out.extend(length.to_le_bytes());
    out.extend(1_u16.to_le_bytes());
    out.extend([0, 0]);
    assert_eq!(out.len(), RECORD_HEADER);
    out.extend(bytes);
    out
}

fn packets(first: u32, step: u32, count: u32) -> Vec<Packet> {
    // Ethernet with the type for experiments (IEEE 802).
    let frame = |n: u32| [vec![2; 12], vec![0x88, 0xb5], vec![n as u8; 50 + (n as usize * 37) % 900]].concat();
    (0..count).map(|n| (first + n * step, frame(n))).collect()
}

/// A slice of a sealed batch is proven to belong to it without the rest (Bao), and a changed one is not.
#[test]
fn a_slice_of_a_batch_is_proven() {
    let packets = packets(1_000_000, 0, 120);
    let cut = Cut { packets: 50, time: Duration::from_secs(10) };
    let keeper = watch(vec![Source::from_bytes(named("a"), capture(&packets))], cut, sync_channel(WAITS).0);
    assert_eq!(keeper.sealed.iter().map(|batch| batch.packets).collect::<Vec<_>>(), [50, 50, 20]);
    for (batch, packets) in keeper.sealed.iter().zip(packets.chunks(50)) {
        let records: Vec<u8> = packets.iter().flat_map(canonical).collect();
        assert_eq!(batch.bytes, records.len() as u64);
        let (encoded, root) = bao::encode::encode(&records);
        assert_eq!(*root.as_bytes(), batch.seal.0);
        // The tenth record.
        let start = packets[..9].iter().map(|packet| canonical(packet).len()).sum::<usize>() as u64;
        let wanted = canonical(&packets[9]);
        let length = wanted.len() as u64;
        let mut slice = Vec::new();
        bao::encode::SliceExtractor::new(Cursor::new(&encoded), start, length).read_to_end(&mut slice).unwrap();
        assert!(slice.len() < encoded.len() / 2, "the rest is not shown");
        let seal = blake3::Hash::from_bytes(batch.seal.0);
        let prove = |slice: &[u8]| {
            let mut proven = Vec::new();
            bao::decode::SliceDecoder::new(slice, &seal, start, length).read_to_end(&mut proven).map(|_| proven)
        };
        assert_eq!(prove(&slice).unwrap(), wanted);
        let changed = slice.len() - 3;
        slice[changed] ^= 1;
        assert!(prove(&slice).is_err(), "what was changed is not proven");
    }
}

/// Gives a piece each time it is asked, and from the second on only when the run has said that it waits.
struct Trickle {
    pieces: std::vec::IntoIter<Vec<u8>>,
    begun: bool,
    waits: Receiver<()>,
}

impl Read for Trickle {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.begun && self.waits.recv_timeout(Duration::from_secs(20)).is_err() {
            return Err(io::Error::other("the run never waited"));
        }
        self.begun = true;
        let piece = self.pieces.next().unwrap_or_default();
        into[..piece.len()].copy_from_slice(&piece);
        Ok(piece.len())
    }
}

/// Records of a source that trickles in go where their time puts them, also when another source's next record was there
/// long before.
#[test]
fn a_trickle_is_merged_by_time() {
    // One has a packet every 30 seconds, the other every ten: out of order, some would come after their period.
    let slow = packets(1_000_000, 30, 40);
    let quick: Vec<Packet> = packets(1_000_001, 10, 120);
    let cut = Cut { packets: 7, time: Duration::from_secs(1000) };
    let stored = || Source::from_bytes(named("quick"), capture(&quick));
    let at_once = watch(vec![Source::from_bytes(named("slow"), capture(&slow)), stored()], cut, sync_channel(WAITS).0);
    assert_eq!(at_once.oddities, []);
    let first = [PCAP_HEADER.to_vec(), record(&slow[0])].concat();
    let pieces: Vec<Vec<u8>> = std::iter::once(first).chain(slow[1..].iter().map(record)).collect();
    let (sender, waits) = sync_channel(WAITS);
    let trickle = Trickle { pieces: pieces.into_iter(), begun: false, waits };
    let trickled = watch(vec![Source::from_pipe(named("slow"), trickle), stored()], cut, sender);
    assert_eq!(trickled.oddities, []);
    assert_eq!(trickled.sealed, at_once.sealed, "batches are numbered in the order of records");
}

/// Damage is told in the same period whether what follows it is there at once or comes later.
#[test]
fn damage_before_a_wait_is_booked_where_it_is_without_one() {
    let packets = packets(1_000_000, 30, 8);
    // A record that claims more bytes than any has; what follows it is a period later.
    let begun = [capture(&packets[..2]), [0xff; 16].to_vec()].concat();
    let rest = packets[2..].iter().flat_map(record).collect::<Vec<u8>>();
    let cut = Cut { packets: 7, time: Duration::from_secs(1000) };
    let stored = Source::from_bytes(named("stored"), [&begun[..], &rest].concat());
    let at_once = watch(vec![stored], cut, sync_channel(WAITS).0);
    assert_eq!(at_once.oddities.len(), 1);
    let (sender, waits) = sync_channel(WAITS);
    let trickle = Trickle { pieces: vec![begun, rest].into_iter(), begun: false, waits };
    let trickled = watch(vec![Source::from_pipe(named("stored"), trickle)], cut, sender);
    assert_eq!(trickled.oddities, at_once.oddities);
}

/// What is odd about a packet's time is placed where that packet's record begins.
#[test]
fn late_packets_and_jumps_are_placed_at_their_record() {
    let frame = |seconds| (seconds, vec![2; 40]);
    let packets = [1_000_000, 1_000_300, 1_000_301, 1_000_000, 1_000_302, 1_090_000].map(frame);
    let keeper = watch(vec![Source::from_bytes(named("a"), capture(&packets))], Cut::default(), sync_channel(WAITS).0);
    let mut placed: Vec<_> = keeper.oddities.iter().map(|(_, entry)| (entry.kind, entry.first.offset)).collect();
    placed.sort_unstable();
    let begins = |packet: usize| capture(&packets[..packet]).len() as u64;
    assert_eq!(placed, [(OddityKind::TimeJump, begins(5)), (OddityKind::TimeLate, begins(3))]);
}

/// However much damage lies between two packets, all of it is counted.
#[test]
fn every_damage_is_counted() {
    let block = |kind: u32, body: &[u8]| {
        let length = (body.len() as u32 + 12).to_le_bytes();
        [&kind.to_le_bytes()[..], &length, body, &length].concat()
    };
    let section = [&0x1a2b_3c4d_u32.to_le_bytes()[..], &[1, 0, 0, 0], &[0xff; 8]].concat();
    // An interface description says at least what the link is; these say nothing.
    let broken = block(1, &[]).repeat(1000);
    let capture = [block(0x0a0d_0d0a, &section), broken, block(1, &[1, 0, 0, 0, 0, 0, 0, 0])].concat();
    let keeper = watch(vec![Source::from_bytes(named("a"), capture)], Cut::default(), sync_channel(WAITS).0);
    let counts: Vec<_> = keeper.oddities.iter().map(|(_, entry)| (entry.kind, entry.count)).collect();
    assert_eq!(counts, [(OddityKind::SourceDamaged, 1000), (OddityKind::SourceEmpty, 1)]);
}
