use std::sync::Arc;
use std::time::Duration;

use blueline_terms::flow::FlowRow;
use blueline_terms::{
    Address, Application, Counts, End, FlowBatch, FlowId, Mission, Moment, Network, Party, PartyIndex, Side, Span,
};

use super::{Chronicle, Tally};
use crate::attribution::{Border, OriginTable, RegistryTable};

const MINUTE: Duration = Duration::from_secs(60);

fn mission() -> Mission {
    let party = |id: &str, prefix: &str| Party {
        id: id.parse().unwrap(),
        names: Default::default(),
        prefixes: vec![prefix.parse().unwrap()],
        asns: Vec::new(),
        countries: Vec::new(),
        domains: Vec::new(),
        contacts: Vec::new(),
        keys: Vec::new(),
    };
    Mission { parties: vec![party("a", "10.1.0.0/16"), party("b", "10.2.0.0/16")], ..Mission::default() }
}

fn border() -> Arc<Border> {
    Arc::new(Border::new(&mission(), OriginTable::default(), RegistryTable::default()))
}

/// A flow of `packets` each way with 100 bytes a packet there and 1000 back, at a second.
fn row(second: i64, source: [u8; 4], destination: [u8; 4], port: u16, packets: u32, ordinal: u32) -> FlowRow {
    let at = Moment::from_seconds(second, 0);
    let counts = |bytes: u64| Counts { packets, bytes: bytes * u64::from(packets), ..Counts::default() };
    FlowRow {
        id: FlowId { batch: 0, ordinal },
        sensor: None,
        span: Span::at(at),
        source: Address::v4(source),
        destination: Address::v4(destination),
        source_port: 40_000,
        destination_port: port,
        network: Network::Ipv4,
        protocol: 6,
        forward: counts(100),
        backward: counts(1000),
        fragments: 0,
        tunnel: None,
        application: Application::Unrecognised,
        facts: None,
        opening: true,
        end: End::Period,
    }
}

fn batch(rows: Vec<FlowRow>) -> FlowBatch {
    let mut batch = FlowBatch::default();
    rows.into_iter().for_each(|row| batch.push(row));
    batch
}

const A: [u8; 4] = [10, 1, 0, 1];
const B: [u8; 4] = [10, 2, 0, 1];
const WORLD: [u8; 4] = [9, 9, 9, 9];
const PRIVATE: [u8; 4] = [192, 168, 0, 1];

fn side(number: u16) -> Side {
    Side::Party(PartyIndex(number))
}

#[test]
fn what_goes_in_comes_out_by_side_and_direction() {
    let border = border();
    let mut shards = [Tally::new(2, MINUTE, 1), Tally::new(2, MINUTE, 1)];
    shards[0].rows(&border, &mut batch(vec![row(1, A, B, 443, 2, 0), row(2, PRIVATE, B, 22, 1, 1)]));
    shards[1]
        .rows(&border, &mut batch(vec![row(3, WORLD, A, 80, 1, 2), row(4, A, A, 80, 1, 3), row(61, A, B, 443, 5, 4)]));
    shards.iter_mut().for_each(|shard| shard.line(&border, 0));
    let mut chronicle = Chronicle::new(Arc::clone(&border), 2, MINUTE, 1 << 20, 1);
    let closed = chronicle.take_line(&mut shards.each_mut(), 0);
    let [first] = &closed[..] else { panic!("one period is over, not {}", closed.len()) };
    let picture = &first.picture;
    assert_eq!((picture.total.flows, picture.total.packets, picture.total.bytes), (4, 10, 5500));
    assert_eq!((picture.unattributed.packets, picture.within.len()), (2, 1));
    let crossing = |from, to| picture.crossings.iter().find(|c| c.from == from && c.to == to).map(|c| c.traffic);
    assert_eq!(crossing(side(0), side(1)).map(|t| (t.flows, t.packets, t.bytes)), Some((1, 2, 200)));
    assert_eq!(crossing(side(1), side(0)).map(|t| (t.flows, t.packets, t.bytes)), Some((0, 2, 2000)));
    assert_eq!(crossing(Side::World, side(0)).map(|t| t.bytes), Some(100));
    assert!(picture.crossings.windows(2).all(|pair| pair[0].traffic.bytes >= pair[1].traffic.bytes));

    shards.iter_mut().for_each(|shard| shard.line(&border, i64::MAX));
    let closed = chronicle.take_line(&mut shards.each_mut(), i64::MAX);
    let second = &closed[0].picture;
    assert_eq!(second.before[0].bytes, 2000, "the larger direction had 2000 bytes in the period before");
    assert!(second.new_services.is_empty(), "port 443 was used in the period before");
    let run = chronicle.run_picture(&mut shards.each_mut());
    assert_eq!(run.total.packets, 20);
    assert_eq!(run.timeline.bins.len(), 2);
}

#[test]
fn rows_behind_a_line_are_told_as_late() {
    let border = border();
    let mut tally = Tally::new(2, MINUTE, 1);
    let mut chronicle = Chronicle::new(Arc::clone(&border), 2, MINUTE, 1 << 20, 1);
    tally.rows(&border, &mut batch(vec![row(1, A, B, 443, 1, 0)]));
    tally.line(&border, 0);
    tally.rows(&border, &mut batch(vec![row(2, A, B, 443, 1, 1), row(62, A, B, 443, 1, 2)]));
    tally.line(&border, 1);
    let first = chronicle.take_line(&mut [&mut tally], 0);
    let second = chronicle.take_line(&mut [&mut tally], 1);
    assert_eq!(first.iter().map(|closed| closed.late).collect::<Vec<_>>(), [false]);
    assert_eq!(second.iter().map(|closed| closed.late).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn the_smallest_conversations_go_first_and_the_loss_is_said() {
    let border = border();
    let mut chronicle = Chronicle::new(Arc::clone(&border), 2, MINUTE, 0, 1);
    let mut shards = [Tally::new(2, MINUTE, 1), Tally::new(2, MINUTE, 1)];
    for n in 0..4000u32 {
        let [_, _, high, low] = n.to_be_bytes();
        let packets = if n % 1000 == 7 { 50 } else { 1 };
        shards[n as usize % 2].rows(&border, &mut batch(vec![row(1, A, [10, 2, high, low], 80, packets, n)]));
    }
    chronicle.keep_bounds(&mut shards.each_mut());
    shards.iter_mut().for_each(|shard| shard.line(&border, 0));
    let picture = &chronicle.take_line(&mut shards.each_mut(), 0)[0].picture;
    assert_eq!(picture.top.iter().map(|top| top.bytes()).collect::<Vec<_>>(), [55_000; 4]);
    assert_eq!(picture.top_error, 1100);
    assert_eq!(picture.total.flows, 4000, "nothing is missing from the totals");
}

#[test]
fn equal_figures_are_ordered_by_who_came_first() {
    let border = border();
    for (first, second) in [(A, B), (B, A)] {
        let mut tally = Tally::new(2, MINUTE, 9);
        let mut chronicle = Chronicle::new(Arc::clone(&border), 2, MINUTE, 1 << 20, 9);
        let mut even = row(1, first, second, 80, 1, 0);
        even.backward.bytes = 100;
        tally.rows(&border, &mut batch(vec![even]));
        tally.line(&border, 0);
        let picture = &chronicle.take_line(&mut [&mut tally], 0)[0].picture;
        let opener = if first == A { side(0) } else { side(1) };
        assert_eq!(picture.crossings[0].from, opener, "the way in which the flow was opened comes first");
    }
}

#[test]
fn a_long_run_keeps_a_bounded_time_line() {
    let border = border();
    let mut tally = Tally::new(2, MINUTE, 1);
    let mut chronicle = Chronicle::new(Arc::clone(&border), 2, MINUTE, 1 << 20, 1);
    for n in 0..5000i64 {
        tally.rows(&border, &mut batch(vec![row(60 * n, A, B, 443, 1, n as u32)]));
        tally.line(&border, n);
        chronicle.take_line(&mut [&mut tally], n);
    }
    let run = chronicle.run_picture(&mut [&mut tally]);
    assert!(run.timeline.bins.len() <= 1024, "{}", run.timeline.bins.len());
    assert_eq!(run.timeline.bins.iter().map(|bin| bin.total.packets).sum::<u64>(), run.total.packets);
}
