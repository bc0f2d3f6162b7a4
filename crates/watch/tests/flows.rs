//! What a reader of rows sees: packets in, rows out.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use blueline_terms::flow::FlowRow;
use blueline_terms::{End, FlowBatch, OddityKind};
use blueline_watch::custody::{Cut, OpenBatch, SealedBatch};
use blueline_watch::{
    Closing, Desk, HashKey, Lifetimes, OddityEntry, Progress, Settings, Sink, Source, SourceName, SourcePlace, run,
};

/// Collects a shard's rows, with the number of lines drawn before each.
#[derive(Default)]
struct Rows(Vec<(usize, FlowRow)>, usize);

impl Sink for Rows {
    fn rows(&mut self, rows: &mut FlowBatch) {
        for n in 0..rows.len() {
            let row = FlowRow {
                id: rows.id[n],
                sensor: rows.sensor[n],
                span: rows.span[n],
                source: rows.source[n],
                destination: rows.destination[n],
                source_port: rows.source_port[n],
                destination_port: rows.destination_port[n],
                network: rows.network[n],
                protocol: rows.protocol[n],
                forward: rows.forward[n],
                backward: rows.backward[n],
                fragments: rows.fragments[n],
                tunnel: rows.tunnel_of(n).copied(),
                application: rows.application[n],
                facts: rows.facts_of(n).cloned(),
                opening: rows.opening[n],
                end: rows.end[n],
            };
            self.0.push((self.1, row));
        }
    }

    fn line(&mut self, _: i64) {
        self.1 += 1;
    }
}

#[derive(Default)]
struct Notes {
    rows: Vec<(usize, FlowRow)>,
    oddities: Vec<OddityEntry>,
    batches: Vec<SealedBatch>,
    shed: u64,
    packets: u64,
}

impl Desk for Notes {
    type Sink = Rows;

    fn sealed(&mut self, batch: SealedBatch) -> io::Result<()> {
        self.batches.push(batch);
        Ok(())
    }

    fn line(&mut self, line: Closing, sinks: &mut [&mut Rows]) -> io::Result<()> {
        self.oddities.extend(line.oddities);
        (self.shed, self.packets) = (line.shed.values().sum(), line.packets);
        if line.last {
            self.rows = sinks.iter_mut().flat_map(|sink| std::mem::take(&mut sink.0)).collect();
            self.rows.sort_by_key(|(_, row)| (row.span.start, row.id));
        }
        Ok(())
    }

    fn epoch(&mut self, _: &[OpenBatch], _: &mut [&mut Rows]) -> io::Result<()> {
        Ok(())
    }

    fn progress(&mut self, _: Progress) {}
}

fn settings() -> Settings {
    Settings {
        threads: 2,
        lifetimes: Lifetimes {
            period: Duration::from_secs(60),
            idle: Duration::from_secs(60),
            linger: Duration::from_secs(5),
        },
        grace: Duration::from_secs(2),
        most_flows: 1 << 20,
        cut: Cut::default(),
        key: HashKey::new([1; 32]),
        longest_silences: Vec::new(),
        show_packets: false,
        beats: false,
    }
}

fn watch_with(settings: &Settings, captures: Vec<Vec<u8>>) -> Notes {
    let name = |n| SourceName { text: format!("capture {n}"), place: SourcePlace::StandardInput, sensor: None };
    let sources = captures.into_iter().enumerate().map(|(n, bytes)| Source::from_bytes(name(n), bytes)).collect();
    let stop = Arc::new(AtomicBool::new(false));
    run(sources, Vec::new(), Box::new(()), settings, Notes::default(), Rows::default, &stop).unwrap().0
}

fn watch(packets: &[(f64, Vec<u8>)]) -> Notes {
    watch_with(&settings(), vec![pcap(packets)])
}

/// A pcap file of raw IP packets, each at a second.
fn pcap(packets: &[(f64, Vec<u8>)]) -> Vec<u8> {
    let words = [0xa1b2_3c4du32, 0x0004_0002, 0, 0, 65_535, 101];
    let mut file: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    for (second, bytes) in packets {
        let nanos = (second.fract() * 1e9).round() as u32;
        let header = [*second as u32, nanos, bytes.len() as u32, bytes.len() as u32];
        file.extend(header.iter().flat_map(|word| word.to_le_bytes()));
        file.extend(bytes);
    }
    file
}

fn ipv4(source: u8, destination: u8, protocol: u8, fragment: u16, body: &[u8]) -> Vec<u8> {
    let length = (20 + body.len()) as u16;
    let mut packet = vec![0x45, 0];
    packet.extend(length.to_be_bytes());
    packet.extend([0, 7]);
    packet.extend(fragment.to_be_bytes());
    packet.extend([64, protocol, 0, 0, 10, 0, 0, source, 10, 0, 0, destination]);
    packet.extend(body);
    packet
}

fn tcp(source: u8, destination: u8, ports: (u16, u16), flags: u8, payload: &[u8]) -> Vec<u8> {
    let mut body = [ports.0.to_be_bytes(), ports.1.to_be_bytes()].concat();
    body.extend([0; 8]);
    body.extend([0x50, flags, 0, 0, 0, 0, 0, 0]);
    body.extend(payload);
    ipv4(source, destination, 6, 0, &body)
}

fn udp(ports: (u16, u16), payload: &[u8]) -> Vec<u8> {
    let length = (8 + payload.len()) as u16;
    let mut body = [ports.0, ports.1, length, 0].map(u16::to_be_bytes).concat();
    body.extend(payload);
    body
}

const FIN: u8 = 1;
const SYN: u8 = 2;
const ACK: u8 = 16;

/// Rows in few words: ports, packets each way, whether it opens the flow, why it ended.
fn words(notes: &Notes) -> Vec<String> {
    let word = |(_, row): &(usize, FlowRow)| {
        let opening = if row.opening { "opens" } else { "goes on" };
        let (there, back) = (row.forward.packets, row.backward.packets);
        format!("{}>{} {there}+{back} {opening} {:?}", row.source_port, row.destination_port, row.end)
    };
    notes.rows.iter().map(word).collect()
}

#[test]
fn both_ways_are_one_flow() {
    let notes = watch(&[
        (1.0, tcp(1, 2, (4000, 80), SYN, b"")),
        (1.1, tcp(2, 1, (80, 4000), SYN | ACK, b"")),
        (1.2, tcp(1, 2, (4000, 80), ACK, b"hello")),
    ]);
    assert_eq!(words(&notes), ["4000>80 2+1 opens Stopped"]);
    assert_eq!(notes.rows[0].1.forward.bytes, 40 + 45);
    assert_eq!(notes.rows[0].1.forward.tcp_flags, SYN | ACK);
}

#[test]
fn an_answer_seen_first_does_not_make_the_server_the_opener() {
    let notes = watch(&[(1.0, tcp(2, 1, (80, 4000), SYN | ACK, b"")), (1.2, tcp(1, 2, (4000, 80), ACK, b""))]);
    assert_eq!(words(&notes), ["4000>80 1+1 opens Stopped"]);
}

#[test]
fn a_row_for_each_period_and_a_new_flow_after_silence() {
    let at = |second| (second, ipv4(1, 2, 17, 0, &udp((5000, 6000), b"x")));
    let notes = watch(&[at(10.0), at(50.0), at(65.0), at(200.0)]);
    assert_eq!(
        words(&notes),
        ["5000>6000 2+0 opens Period", "5000>6000 1+0 goes on Idle", "5000>6000 1+0 opens Stopped",]
    );
    assert_ne!(notes.rows[1].1.id, notes.rows[2].1.id);
    assert_eq!(notes.rows[0].1.id, notes.rows[1].1.id);
}

#[test]
fn a_fresh_syn_after_goodbye_opens_a_new_flow() {
    let notes = watch(&[
        (1.0, tcp(1, 2, (4000, 80), SYN, b"")),
        (1.1, tcp(1, 2, (4000, 80), FIN | ACK, b"")),
        (1.2, tcp(2, 1, (80, 4000), FIN | ACK, b"")),
        (1.3, tcp(1, 2, (4000, 80), ACK, b"")),
        (1.4, tcp(1, 2, (4000, 80), SYN, b"")),
    ]);
    assert_eq!(words(&notes), ["4000>80 3+1 opens Closed", "4000>80 1+0 opens Stopped"]);
}

#[test]
fn later_fragments_find_their_ports_and_overlaps_are_named() {
    let whole = udp((5000, 6000), &[7; 40]);
    let more = 0x2000;
    let notes = watch(&[
        (1.0, ipv4(1, 2, 17, more, &whole[..24])),
        (1.1, ipv4(1, 2, 17, more | 3, &whole[24..40])),
        (1.2, ipv4(1, 2, 17, 2, &whole[16..])),
    ]);
    assert_eq!(words(&notes), ["5000>6000 3+0 opens Stopped"]);
    assert_eq!(notes.rows[0].1.fragments, 3);
    let overlap: Vec<_> = notes.oddities.iter().filter(|o| o.kind == OddityKind::FragmentOverlap).collect();
    assert_eq!(overlap.iter().map(|o| (o.count, o.first.packet)).collect::<Vec<_>>(), [(1, 3)]);
}

#[test]
fn a_message_in_two_segments_is_read_whole() {
    // A TLS ClientHello for example.org, cut in the middle of its server name.
    let name = b"example.org";
    let mut extension = vec![0, 0, 0, (name.len() + 5) as u8, 0, (name.len() + 3) as u8, 0, 0, name.len() as u8];
    extension.extend(name);
    let mut hello = vec![3, 3];
    hello.extend([5; 32]);
    hello.extend([0, 0, 2, 0x13, 0x01, 1, 0, 0, extension.len() as u8]);
    hello.extend(&extension);
    let mut record = vec![22, 3, 1, 0, (hello.len() + 4) as u8, 1, 0, 0, hello.len() as u8];
    record.extend(&hello);
    let (one, two) = record.split_at(record.len() - 6);
    let notes = watch(&[
        (1.0, tcp(1, 2, (4000, 443), SYN, b"")),
        (1.1, tcp(1, 2, (4000, 443), ACK, one)),
        (1.2, tcp(2, 1, (443, 4000), ACK, b"")),
        (1.3, tcp(1, 2, (4000, 443), ACK, two)),
    ]);
    let facts = notes.rows[0].1.facts.as_ref().unwrap();
    assert_eq!(facts.name.as_deref(), Some("example.org"));
    assert!(facts.ja4.as_deref().is_some_and(|ja4| ja4.starts_with("t12d0101")), "{facts:?}");
}

#[test]
fn both_ways_of_a_tunnel_are_one_flow_and_the_outer_layer_is_kept() {
    let wrap = |from, to, inner: &[u8]| ipv4(from, to, 4, 0, inner);
    let notes = watch(&[
        (1.0, wrap(101, 102, &tcp(1, 2, (4000, 80), SYN, b""))),
        (1.1, wrap(102, 101, &tcp(2, 1, (80, 4000), SYN | ACK, b""))),
        (1.2, tcp(1, 2, (4000, 80), SYN, b"")),
        // In the same tunnel, opened from its other end.
        (1.3, wrap(102, 101, &tcp(2, 1, (5000, 443), SYN, b""))),
        // The answer alone: its receiver opened the flow, so the flow goes the other way through the tunnel.
        (1.4, wrap(101, 102, &tcp(1, 2, (25, 6000), SYN | ACK, b""))),
    ]);
    let told = |port: u16, tunnelled: bool| {
        let is_it = |(_, row): &&(usize, FlowRow)| row.source_port == port && row.tunnel.is_some() == tunnelled;
        let (_, row) = notes.rows.iter().find(is_it).unwrap();
        let outer = row.tunnel.map(|outer| (outer.source.to_string(), outer.destination.to_string(), outer.depth));
        (row.forward.packets, row.backward.packets, outer)
    };
    let outer = |from: &str, to: &str| Some((from.to_owned(), to.to_owned(), 1));
    assert_eq!(told(4000, true), (1, 1, outer("10.0.0.101", "10.0.0.102")));
    assert_eq!(told(4000, false), (1, 0, None));
    assert_eq!(told(5000, true), (1, 0, outer("10.0.0.102", "10.0.0.101")));
    assert_eq!(told(6000, true), (0, 1, outer("10.0.0.102", "10.0.0.101")), "as the flow's opener sends");
}

#[test]
fn over_the_bound_unanswered_flows_go_first_and_are_counted() {
    // An answered flow, then many that nobody answers: more than there is room for.
    let mut packets = vec![(1.0, tcp(1, 2, (4000, 80), SYN, b"")), (1.1, tcp(2, 1, (80, 4000), SYN | ACK, b""))];
    packets.extend((0..140_000u32).map(|n| {
        let ports = ((n % 60_000) as u16 + 1024, (n / 60_000) as u16 + 1);
        (2.0 + f64::from(n) / 1e5, ipv4((n % 251) as u8, 250, 17, 0, &udp(ports, b"")))
    }));
    let notes = watch_with(&Settings { most_flows: 20_000, ..settings() }, vec![pcap(&packets)]);
    assert!(notes.shed > 20_000, "{}", notes.shed);
    let counted: u64 = notes.rows.iter().map(|(_, row)| u64::from(row.forward.packets + row.backward.packets)).sum();
    assert_eq!((counted, notes.packets), (140_002, 140_002));
    let shed = notes.rows.iter().filter(|(_, row)| row.end == End::Shed).count() as u64;
    assert_eq!(shed, notes.shed);
    let answered = notes.rows.iter().find(|(_, row)| row.source_port == 4000 && row.protocol == 6).unwrap();
    assert_eq!(answered.1.end, End::Stopped);
}

#[test]
fn a_copy_of_a_capture_counts_once() {
    let packets: Vec<_> = (0..10).map(|n| (1.0, tcp(1, 2, (4000 + n, 80), SYN, b""))).collect();
    let notes = watch_with(&settings(), vec![pcap(&packets), pcap(&packets)]);
    assert_eq!((notes.rows.len(), notes.packets), (10, 20));
    assert_eq!(notes.batches[0].seal, notes.batches[1].seal);
    assert_eq!(
        notes.oddities.iter().map(|o| (o.kind, o.count)).collect::<Vec<_>>(),
        [(OddityKind::CustodyDuplicate, 10)]
    );
}

#[test]
fn one_damaged_time_does_not_close_what_is_open() {
    let at = |second| (second, tcp(1, 2, (4000, 80), ACK, b""));
    let notes = watch(&[at(10.0), at(4e9), at(11.0), at(70.0)]);
    assert_eq!(notes.oddities.iter().map(|o| o.kind).collect::<Vec<_>>(), [OddityKind::TimeJump]);
    let lines: Vec<_> = notes.rows.iter().map(|(lines, _)| *lines).collect();
    assert!(lines.iter().filter(|&&lines| lines == 0).count() >= 3, "{lines:?}");
}
