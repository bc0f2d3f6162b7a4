//! From a finding down to the packets that it rests on, in a capture that is at hand.
//!
//! A finding names flows by the seal of the batch with their first packet, and its place there. Reading the capture again
//! cuts and seals the same batches, so the packets are found whatever the file is called now; and where the seals differ, the
//! capture is another one.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use blueline_terms::{Address, Moment, Network, Span};
use blueline_watch::custody::{Canonical, Cut, OpenBatch, SealedBatch};
use blueline_watch::{Closing, Desk, HashKey, Lifetimes, Progress, Settings, Sink, SourceName, SourcePlace, run};
use blueline_wire::packet::{self, LinkType};

/// Frames that are kept of one flow.
const FRAMES_A_FLOW: usize = 8;

/// A packet that a finding rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Its number in the capture, from 1, as Wireshark counts.
    pub number: u64,
    /// When it passed.
    pub moment: Moment,
    /// Sender and its port.
    pub source: (Address, u16),
    /// Receiver and its port.
    pub destination: (Address, u16),
    /// IP protocol number; for ARP the operation.
    pub protocol: u8,
    /// TCP flags.
    pub tcp_flags: u8,
    /// Bytes on the wire.
    pub length: u32,
}

/// A flow of a finding, found in a capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traced {
    /// The seal and the place that named it.
    pub flow: (String, u32),
    /// Its first frames within the finding's time, 8 at most.
    pub frames: Vec<Frame>,
    /// All of its frames in that time.
    pub frame_count: u64,
    /// Bytes of these.
    pub bytes: u64,
}

/// Looks for the flows of a finding, named by seal and place, in a capture; in their order, those that are there.
///
/// # Errors
///
/// When the capture cannot be read.
pub fn trace(capture: &Path, flows: &[(String, u32)], span: Span, stop: &Arc<AtomicBool>) -> io::Result<Vec<Traced>> {
    // Opened here for the error alone: the engine takes what cannot be read as an oddity.
    std::fs::File::open(capture)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", capture.display())))?;
    let first = read(capture, Naming { wanted: flows, ..Naming::default() }, stop)?;
    let keys: BTreeMap<Key, usize> = first.found.iter().map(|(place, key)| (*key, *place)).collect();
    let second = read(capture, Gathering { keys, span, number: 0, flows: BTreeMap::new() }, stop)?;
    let traced = second.flows.into_iter().filter_map(|(place, (frames, frame_count, bytes))| {
        Some(Traced { flow: flows.get(place)?.clone(), frames, frame_count, bytes })
    });
    Ok(traced.collect())
}

fn read<D: Desk<Sink = Nothing>>(capture: &Path, desk: D, stop: &Arc<AtomicBool>) -> io::Result<D> {
    let settings = Settings {
        threads: std::thread::available_parallelism().map_or(1, usize::from),
        lifetimes: Lifetimes {
            period: Duration::from_secs(3600),
            idle: Duration::from_secs(5),
            linger: Duration::from_secs(1),
        },
        grace: Duration::from_secs(2),
        most_flows: 1 << 16,
        cut: Cut::default(),
        key: HashKey::new([0; 32]),
        longest_silences: Vec::new(),
        show_packets: true,
        beats: false,
    };
    let place = SourcePlace::Path(capture.to_owned());
    let name = SourceName { text: capture.display().to_string(), place, sensor: None };
    run(Vec::new(), vec![name], Box::new(()), &settings, desk, || Nothing, stop).map(|(desk, _)| desk)
}

/// What tells a flow's packets: its two ends in either order, and the protocol.
type Key = ((Address, u16), (Address, u16), Network, u8);

fn key(packet: &packet::Packet<'_>) -> Key {
    let ends = [(packet.source, packet.source_port), (packet.destination, packet.destination_port)];
    let (low, high) = if ends[0] <= ends[1] { (ends[0], ends[1]) } else { (ends[1], ends[0]) };
    (low, high, packet.network, packet.protocol)
}

/// The sink of nothing.
struct Nothing;

impl Sink for Nothing {
    fn rows(&mut self, _: &mut blueline_terms::FlowBatch) {}

    fn line(&mut self, _: i64) {}
}

/// Finds which packets the flows began with.
#[derive(Default)]
struct Naming<'a> {
    wanted: &'a [(String, u32)],
    /// Packets seen of each batch that is not sealed yet.
    counts: BTreeMap<u32, u32>,
    /// Packets of those batches that stand where some wanted one does.
    candidates: BTreeMap<(u32, u32), Key>,
    found: BTreeMap<usize, Key>,
    ordinals: BTreeSet<u32>,
}

impl Desk for Naming<'_> {
    type Sink = Nothing;

    fn packet(&mut self, batch: u32, record: Canonical<'_>) -> io::Result<()> {
        if self.ordinals.is_empty() {
            self.ordinals = self.wanted.iter().map(|(_, ordinal)| *ordinal).collect();
        }
        let ordinal = self.counts.entry(batch).or_default();
        if self.ordinals.contains(ordinal) {
            let packet = packet::decode(LinkType(record.link), record.captured, record.original);
            self.candidates.insert((batch, *ordinal), key(&packet));
        }
        *ordinal += 1;
        Ok(())
    }

    fn sealed(&mut self, batch: SealedBatch) -> io::Result<()> {
        let seal = batch.seal.to_string();
        for (place, (wanted, ordinal)) in self.wanted.iter().enumerate() {
            if *wanted == seal
                && let Some(key) = self.candidates.get(&(batch.number, *ordinal))
            {
                self.found.insert(place, *key);
            }
        }
        self.counts.remove(&batch.number);
        self.candidates.retain(|(number, _), _| *number != batch.number);
        Ok(())
    }

    fn line(&mut self, _: Closing, _: &mut [&mut Nothing]) -> io::Result<()> {
        Ok(())
    }

    fn epoch(&mut self, _: &[OpenBatch], _: &mut [&mut Nothing]) -> io::Result<()> {
        Ok(())
    }

    fn progress(&mut self, _: Progress) {}
}

/// Gathers the packets of flows that are known by now.
struct Gathering {
    keys: BTreeMap<Key, usize>,
    span: Span,
    number: u64,
    flows: BTreeMap<usize, (Vec<Frame>, u64, u64)>,
}

impl Desk for Gathering {
    type Sink = Nothing;

    fn packet(&mut self, _: u32, record: Canonical<'_>) -> io::Result<()> {
        self.number += 1;
        if record.moment < self.span.start || record.moment > self.span.end {
            return Ok(());
        }
        let packet = packet::decode(LinkType(record.link), record.captured, record.original);
        let Some(&place) = self.keys.get(&key(&packet)) else { return Ok(()) };
        let (frames, count, bytes) = self.flows.entry(place).or_default();
        *count += 1;
        *bytes += u64::from(record.original);
        if frames.len() < FRAMES_A_FLOW {
            frames.push(Frame {
                number: self.number,
                moment: record.moment,
                source: (packet.source, packet.source_port),
                destination: (packet.destination, packet.destination_port),
                protocol: packet.protocol,
                tcp_flags: packet.tcp_flags,
                length: record.original,
            });
        }
        Ok(())
    }

    fn sealed(&mut self, _: SealedBatch) -> io::Result<()> {
        Ok(())
    }

    fn line(&mut self, _: Closing, _: &mut [&mut Nothing]) -> io::Result<()> {
        Ok(())
    }

    fn epoch(&mut self, _: &[OpenBatch], _: &mut [&mut Nothing]) -> io::Result<()> {
        Ok(())
    }

    fn progress(&mut self, _: Progress) {}
}
