//! Whole sources, packed or not, from their bytes to rows of flows and custody seals. The first byte says how the source
//! comes, and how many work at it: none of that may show.
#![no_main]

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use blueline_fuzz::capture::walk;
use blueline_fuzz::packing;
use blueline_terms::{FlowBatch, OddityKind};
use blueline_watch::custody::{Canonical, Cut, OpenBatch, SealedBatch};
use blueline_watch::{
    Closing, Desk, HashKey, Lifetimes, OddityEntry, Progress, Settings, Sink, Source, SourceName, SourcePlace,
    SourceReport, run,
};
use libfuzzer_sys::fuzz_target;

/// Packets of a batch: few, so that small captures have several.
const PACKETS_A_BATCH: u32 = 3;

fuzz_target!(|input: &[u8]| {
    let Some((&way, file)) = input.split_first() else { return };
    let plain = watch(Source::from_bytes(name(), file.to_vec()), 1);
    assert_sound(&plain, file);
    let packed = match way % 3 {
        _ if packing::looks_packed(file) => file.to_vec(),
        0 => file.to_vec(),
        1 => packing::gzip(file),
        _ => packing::zstd(file),
    };
    let threads = 1 + usize::from(way / 64 % 2);
    let source = match way / 128 {
        0 => Source::from_bytes(name(), packed),
        _ => Source::from_pipe(name(), Trickle { bytes: packed, at: 0, piece: 64 * (1 + usize::from(way % 64)) }),
    };
    assert_eq!(shown(&watch(source, threads)), shown(&plain));
});

/// What a run brought.
#[derive(Default)]
struct Notes {
    rows: Vec<String>,
    counted: u64,
    oddities: Vec<OddityEntry>,
    batches: Vec<SealedBatch>,
    /// The canonical records of each batch, by its number.
    records: Vec<Vec<u8>>,
    shown: u64,
    packets: u64,
    reports: Vec<SourceReport>,
}

fn assert_sound(notes: &Notes, file: &[u8]) {
    let [report] = &notes.reports[..] else { panic!("one source, one report") };
    assert_eq!(notes.packets, report.packets);
    assert_eq!(notes.shown, notes.packets, "there is no second source to have copies in");
    assert_eq!(notes.counted, notes.packets, "every packet is in a row");
    assert_eq!(notes.batches.iter().map(|batch| batch.packets).sum::<u64>(), notes.packets);
    for batch in &notes.batches {
        let records = &notes.records[batch.number as usize];
        assert_eq!(batch.bytes, records.len() as u64);
        assert_eq!(batch.seal.0, *blake3::hash(records).as_bytes(), "a seal is the hash of the canonical records");
        assert!(batch.packets <= u64::from(PACKETS_A_BATCH) && batch.span.start <= batch.span.end);
    }
    if !packing::looks_packed(file) {
        assert_placed(notes, file);
    }
}

/// What is odd is told where it stands in the file, and none is left out.
fn assert_placed(notes: &Notes, file: &[u8]) {
    let walk = walk(file, file.len().max(1), true);
    assert_eq!(notes.packets, walk.packets.len() as u64);
    for entry in &notes.oddities {
        let offset = entry.first.offset as usize;
        match entry.kind {
            OddityKind::SourceEmpty | OddityKind::SourceFormat => assert_eq!(notes.packets, 0),
            OddityKind::SourceDamaged | OddityKind::SourceTruncated | OddityKind::SourceInterface => {
                let odd = walk.odd.iter().position(|(at, kind, _)| (*at, *kind) == (offset, entry.kind));
                assert!(odd.is_some(), "{entry:?} is not in {:?}", walk.odd);
            }
            kind => {
                let extent = usize::try_from(entry.first.packet).ok().and_then(|n| walk.extents.get(n.checked_sub(1)?));
                let extent = extent.unwrap_or_else(|| panic!("{entry:?} is of no packet"));
                let whole = matches!(kind, OddityKind::TimeLate | OddityKind::TimeJump);
                let right = if whole { offset == extent.start } else { (extent.start..=extent.end).contains(&offset) };
                assert!(right, "{entry:?} is not in {extent:?}");
            }
        }
    }
    let told = |kind| notes.oddities.iter().filter(|entry| entry.kind == kind).map(|entry| entry.count).sum::<u64>();
    for kind in [OddityKind::SourceDamaged, OddityKind::SourceTruncated, OddityKind::SourceInterface] {
        let met = walk.odd.iter().filter(|(_, odd, _)| *odd == kind).count();
        assert_eq!(told(kind), met as u64, "{kind:?}");
    }
}

/// Everything that must not differ.
fn shown(Notes { rows, oddities, batches, packets, reports, .. }: &Notes) -> String {
    let reports: Vec<_> = reports.iter().map(|report| (report.packets, report.dropped)).collect();
    format!("{rows:?}\n{oddities:?}\n{batches:?}\n{packets} {reports:?}")
}

fn name() -> SourceName {
    SourceName { text: "source".to_owned(), place: SourcePlace::StandardInput, sensor: None }
}

fn watch(source: Source, threads: usize) -> Notes {
    let second = Duration::from_secs(1);
    let settings = Settings {
        threads,
        lifetimes: Lifetimes { period: 60 * second, idle: 60 * second, linger: 5 * second },
        grace: 2 * second,
        most_flows: 1 << 16,
        cut: Cut { packets: PACKETS_A_BATCH, ..Cut::default() },
        key: HashKey::new([1; 32]),
        longest_silences: Vec::new(),
        show_packets: true,
        beats: true,
    };
    let stop = Arc::new(AtomicBool::new(false));
    let ran = run(vec![source], Vec::new(), Box::new(()), &settings, Notes::default(), Rows::default, &stop);
    let (notes, reports) = ran.expect("the desk never fails");
    Notes { reports, ..notes }
}

/// The rows of one shard.
#[derive(Default)]
struct Rows {
    rows: Vec<String>,
    counted: u64,
}

impl Sink for Rows {
    fn rows(&mut self, rows: &mut FlowBatch) {
        for n in 0..rows.len() {
            self.counted += u64::from(rows.forward[n].packets) + u64::from(rows.backward[n].packets);
            assert!(rows.span[n].start <= rows.span[n].end);
            self.rows.push(format!(
                "{:?} {:?} {}:{} {}:{} {:?} {} {:?} {:?} {} {:?} {:?} {:?} {} {:?}",
                rows.id[n],
                rows.span[n],
                rows.source[n],
                rows.source_port[n],
                rows.destination[n],
                rows.destination_port[n],
                rows.network[n],
                rows.protocol[n],
                rows.forward[n],
                rows.backward[n],
                rows.fragments[n],
                rows.tunnel_of(n),
                rows.application[n],
                rows.facts_of(n),
                rows.opening[n],
                rows.end[n],
            ));
        }
    }

    fn line(&mut self, _: i64) {}
}

impl Desk for Notes {
    type Sink = Rows;

    fn packet(&mut self, batch: u32, packet: Canonical<'_>) -> io::Result<()> {
        let batch = batch as usize;
        self.records.resize_with(self.records.len().max(batch + 1), Vec::new);
        let record = canonical(&packet);
        let (read, behind) = Canonical::read(&record).expect("a whole record");
        assert!(behind.is_empty() && canonical(&read) == record);
        self.records[batch].extend(record);
        self.shown += 1;
        Ok(())
    }

    fn sealed(&mut self, batch: SealedBatch) -> io::Result<()> {
        self.batches.push(batch);
        Ok(())
    }

    fn line(&mut self, line: Closing, sinks: &mut [&mut Rows]) -> io::Result<()> {
        self.oddities.extend(line.oddities);
        self.packets = line.packets;
        if line.last {
            self.rows = sinks.iter_mut().flat_map(|sink| std::mem::take(&mut sink.rows)).collect();
            self.rows.sort_unstable();
            self.counted = sinks.iter().map(|sink| sink.counted).sum();
        }
        Ok(())
    }

    fn epoch(&mut self, _: &[OpenBatch], _: &mut [&mut Rows]) -> io::Result<()> {
        Ok(())
    }

    fn progress(&mut self, _: Progress) {}
}

/// The form that seals are made over, as the custody module documents it.
fn canonical(packet: &Canonical<'_>) -> Vec<u8> {
    let mut record = packet.moment.nanos().to_le_bytes().to_vec();
    record.extend(packet.original.to_le_bytes());
    record.extend((packet.captured.len() as u32).to_le_bytes());
    record.extend(packet.link.to_le_bytes());
    record.extend([0; 2]);
    record.extend(packet.captured);
    record
}

/// Bytes that come in pieces, as from a pipe.
struct Trickle {
    bytes: Vec<u8>,
    at: usize,
    piece: usize,
}

impl Read for Trickle {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = self.piece.min(into.len()).min(self.bytes.len() - self.at);
        into[..length].copy_from_slice(&self.bytes[self.at..self.at + length]);
        self.at += length;
        Ok(length)
    }
}
