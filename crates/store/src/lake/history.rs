//! Reading back: the rows of any stretch of time, as they were when they were written.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs::File;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{Array, AsArray, BooleanArray, FixedSizeBinaryArray, PrimitiveArray, StringViewArray};
use arrow::datatypes::{ArrowPrimitiveType, TimestampMicrosecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type};
use arrow::record_batch::RecordBatch;
use blueline_terms::flow::FlowRow;
use blueline_terms::{
    Address, Application, Counts, End, Facts, FlowBatch, FlowId, Mission, Moment, Network, SensorIndex, Span, Tunnel,
    TunnelKind, Weight,
};
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::statistics::Statistics;

use super::columns::ARROW;
use super::gather::{REASONS, version};
use super::group::{Batch, Group};
use super::name::{FileName, Kind};
use super::snapshot::{Footers, LakeFile, Snapshot};
use super::versions::{self, in_columns};
use crate::shelf::Shelf;

/// Rows that are handed on at a time.
const ROWS_AT_A_TIME: usize = 8192;
/// Compacted files whose bytes are kept: each holds a part of an hour, and periods are asked for in their order.
const FILES_AT_HAND: usize = 4;

/// A lake to be read back, as it is at one moment.
pub struct History {
    shelf: Arc<Shelf>,
    footers: Footers,
    snapshot: Snapshot,
    /// Files that were read last, and are asked for again.
    at_hand: VecDeque<(FileName, Bytes)>,
    /// Held as long as files may be read.
    _reading: Option<File>,
}

/// Batches numbered as one run would have numbered them, in the order in which they were opened.
#[derive(Clone, Debug, Default)]
pub struct Numbers {
    by_seal: BTreeMap<String, u32>,
    seals: Vec<String>,
}

/// The sides that a row's ends were attributed to when it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sides {
    /// The opener's.
    pub source: String,
    /// The addressed host's.
    pub destination: String,
}

impl History {
    /// Opens the lake.
    ///
    /// # Errors
    ///
    /// When it cannot be listed.
    pub fn open(shelf: Arc<Shelf>) -> io::Result<Self> {
        let (reading, footers) = (shelf.reading()?, Footers::default());
        let snapshot = shelf.wait(Snapshot::take(&shelf, &footers))?;
        Ok(Self { shelf, footers, snapshot, at_hand: VecDeque::new(), _reading: reading })
    }

    /// From the beginning of the first period to the end of the last one; `None` where there is nothing.
    pub fn span(&self) -> io::Result<Option<(Moment, Moment)>> {
        let groups = self.groups(Moment::MIN, Moment::MAX)?;
        let from = groups.iter().map(|group| group.start).min();
        let until = groups.iter().map(|group| group.range().1).max();
        Ok(from.zip(until).map(|(from, until)| (Moment::from_nanos(from), Moment::from_nanos(until))))
    }

    /// The groups whose period overlaps a stretch of time, in the order of time.
    ///
    /// # Errors
    ///
    /// When a footer cannot be read.
    pub fn groups(&self, from: Moment, until: Moment) -> io::Result<Vec<Group>> {
        let mut groups = Vec::new();
        for file in self.snapshot.between(from.nanos(), until.nanos()) {
            let footer = self.shelf.wait(self.footers.of(&self.shelf, file))?;
            let within = |group: &&Group| group.start < until.nanos() && group.range().1 > from.nanos();
            groups.extend(footer.groups.iter().filter(within).cloned());
        }
        groups.sort_by(|a, b| (a.start, &a.sensor, &a.id, a.late).cmp(&(b.start, &b.sensor, &b.id, b.late)));
        Ok(groups)
    }

    /// The batches that rows and groups of a stretch of time name.
    ///
    /// # Errors
    ///
    /// When a footer cannot be read.
    pub fn numbers(&self, from: Moment, until: Moment) -> io::Result<Numbers> {
        let mut batches: BTreeSet<(i64, u32, String)> = BTreeSet::new();
        for file in self.snapshot.between(from.nanos(), until.nanos()) {
            let footer = self.shelf.wait(self.footers.of(&self.shelf, file))?;
            let all = footer.seals.iter().chain(footer.groups.iter().flat_map(|group| &group.batches));
            batches.extend(all.map(|Batch { seal, number, opened }| (*opened, *number, seal.clone())));
        }
        let mut numbers = Numbers::default();
        for (_, _, seal) in batches {
            if !numbers.by_seal.contains_key(&seal) {
                numbers.by_seal.insert(seal.clone(), numbers.seals.len() as u32);
                numbers.seals.push(seal);
            }
        }
        Ok(numbers)
    }

    /// Hands over the rows that began in a stretch of time, the second moment not included, in no order. Rows are as
    /// they were written, but without places, with the sides that they were given then.
    ///
    /// # Errors
    ///
    /// When a file cannot be read, and whatever `each` returns.
    pub fn rows(
        &mut self,
        mission: &Mission,
        numbers: &Numbers,
        (from, until): (Moment, Moment),
        each: &mut dyn FnMut(FlowBatch, Vec<Sides>) -> io::Result<()>,
    ) -> io::Result<()> {
        let files: Vec<LakeFile> = self.snapshot.between(from.nanos(), until.nanos()).cloned().collect();
        for file in files {
            let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", file.name.path()));
            let bytes = self.bytes(&file)?;
            let mut batches = batches_between(bytes, from, until).map_err(named)?;
            while let Some(batch) = batches.next().transpose().map_err(|error| named(io::Error::other(error)))? {
                let (mut rows, mut sides) = (FlowBatch::default(), Vec::new());
                let batch = in_columns(&batch, &ARROW).map_err(named)?;
                let columns = Columns::of(&batch).map_err(named)?;
                for row in 0..batch.num_rows() {
                    let flow = columns.row(row, mission, numbers).map_err(named)?;
                    if from <= flow.span.start && flow.span.start < until {
                        rows.push(flow);
                        sides.push(Sides {
                            source: columns.src_party.value(row).to_owned(),
                            destination: columns.dst_party.value(row).to_owned(),
                        });
                    }
                }
                if !rows.is_empty() {
                    each(rows, sides)?;
                }
            }
        }
        Ok(())
    }

    /// A file's bytes. Compacted ones are asked for by one period after another, so the latest are kept at hand.
    fn bytes(&mut self, file: &LakeFile) -> io::Result<Bytes> {
        if let Some((_, bytes)) = self.at_hand.iter().find(|(name, _)| *name == file.name) {
            return Ok(bytes.clone());
        }
        let bytes = self.shelf.read_steady(&file.name.path(), 0..file.size)?;
        if matches!(file.name.kind, Kind::Hour { .. }) {
            if self.at_hand.len() == FILES_AT_HAND {
                self.at_hand.pop_front();
            }
            self.at_hand.push_back((file.name.clone(), bytes.clone()));
        }
        Ok(bytes)
    }
}

/// The rows of those row groups that may hold some of a stretch of time.
fn batches_between(bytes: Bytes, from: Moment, until: Moment) -> io::Result<ParquetRecordBatchReader> {
    let builder = versions::reader(bytes)?;
    let (from, until) = (from.nanos().div_euclid(1000), until.nanos().div_euclid(1000));
    let may_hold = |group: &RowGroupMetaData| {
        let start = group.columns().iter().find(|column| column.column_path().string() == "start_time");
        match start.and_then(|column| column.statistics()) {
            Some(Statistics::Int64(known)) => {
                known.min_opt().is_none_or(|&least| least <= until) && known.max_opt().is_none_or(|&most| most >= from)
            }
            _ => true,
        }
    };
    let groups = builder.metadata().row_groups().iter().enumerate();
    let wanted = groups.filter(|(_, group)| may_hold(group)).map(|(place, _)| place).collect();
    Ok(builder.with_row_groups(wanted).with_batch_size(ROWS_AT_A_TIME).build()?)
}

impl Numbers {
    /// The seal of the batch with this number, in hexadecimal.
    pub fn seal(&self, number: u32) -> Option<&str> {
        self.seals.get(number as usize).map(String::as_str)
    }
}

/// The columns of a batch, by name.
struct Columns<'a> {
    start: &'a PrimitiveArray<TimestampMicrosecondType>,
    start_rest: &'a PrimitiveArray<UInt16Type>,
    duration: &'a PrimitiveArray<UInt64Type>,
    duration_rest: &'a PrimitiveArray<UInt16Type>,
    source: Ends<'a>,
    destination: Ends<'a>,
    src_party: &'a StringViewArray,
    dst_party: &'a StringViewArray,
    protocol: &'a PrimitiveArray<UInt8Type>,
    version: &'a PrimitiveArray<UInt8Type>,
    forward: Way<'a>,
    backward: Way<'a>,
    fragments: &'a PrimitiveArray<UInt32Type>,
    tunnel_kind: &'a StringViewArray,
    tunnel_source: &'a StringViewArray,
    tunnel_destination: &'a StringViewArray,
    tunnel_id: &'a PrimitiveArray<UInt32Type>,
    tunnel_depth: &'a PrimitiveArray<UInt8Type>,
    application: &'a StringViewArray,
    name: &'a StringViewArray,
    ja4: &'a StringViewArray,
    offered: &'a StringViewArray,
    codes: &'a StringViewArray,
    requests: &'a PrimitiveArray<UInt32Type>,
    responses: &'a PrimitiveArray<UInt32Type>,
    largest: &'a PrimitiveArray<UInt32Type>,
    weight: &'a StringViewArray,
    weight_code: &'a PrimitiveArray<UInt16Type>,
    sensor: &'a StringViewArray,
    seal: &'a StringViewArray,
    ordinal: &'a PrimitiveArray<UInt32Type>,
    opening: &'a BooleanArray,
    reason: &'a StringViewArray,
}

struct Ends<'a> {
    v4: &'a PrimitiveArray<UInt32Type>,
    v6: &'a FixedSizeBinaryArray,
    port: &'a PrimitiveArray<UInt16Type>,
}

struct Way<'a> {
    packets: &'a PrimitiveArray<UInt32Type>,
    bytes: &'a PrimitiveArray<UInt64Type>,
    flags: &'a PrimitiveArray<UInt8Type>,
    ttl_lowest: &'a PrimitiveArray<UInt8Type>,
    ttl_spread: &'a PrimitiveArray<UInt8Type>,
}

fn column<'a>(batch: &'a RecordBatch, name: &str) -> io::Result<&'a dyn Array> {
    let found = batch.column_by_name(name).map(|column| &**column);
    found.ok_or_else(|| io::Error::other(format!("there is no column {name}")))
}

fn numbers<'a, T: ArrowPrimitiveType>(batch: &'a RecordBatch, name: &str) -> io::Result<&'a PrimitiveArray<T>> {
    let found = column(batch, name)?.as_primitive_opt();
    found.ok_or_else(|| io::Error::other(format!("column {name} holds something else")))
}

fn texts<'a>(batch: &'a RecordBatch, name: &str) -> io::Result<&'a StringViewArray> {
    let found = column(batch, name)?.as_string_view_opt();
    found.ok_or_else(|| io::Error::other(format!("column {name} holds something else")))
}

impl<'a> Columns<'a> {
    fn of(batch: &'a RecordBatch) -> io::Result<Self> {
        let wide = |name: &str| {
            let found = column(batch, name)?.as_fixed_size_binary_opt();
            found.ok_or_else(|| io::Error::other(format!("column {name} holds something else")))
        };
        let ends = |end: &str| {
            Ok::<_, io::Error>(Ends {
                v4: numbers(batch, &format!("{end}_endpoint_ipv4"))?,
                v6: wide(&format!("{end}_endpoint_ipv6"))?,
                port: numbers(batch, &format!("{end}_endpoint_port"))?,
            })
        };
        let way = |way: &str| {
            Ok::<_, io::Error>(Way {
                packets: numbers(batch, &format!("traffic_packets_{way}"))?,
                bytes: numbers(batch, &format!("traffic_bytes_{way}"))?,
                flags: numbers(batch, &format!("tcp_flags_{way}"))?,
                ttl_lowest: numbers(batch, &format!("ttl_lowest_{way}"))?,
                ttl_spread: numbers(batch, &format!("ttl_spread_{way}"))?,
            })
        };
        let opening = column(batch, "opening")?.as_boolean_opt();
        Ok(Self {
            start: numbers(batch, "start_time")?,
            start_rest: numbers(batch, "start_nanosecond")?,
            duration: numbers(batch, "duration_microseconds")?,
            duration_rest: numbers(batch, "duration_nanosecond")?,
            source: ends("src")?,
            destination: ends("dst")?,
            src_party: texts(batch, "src_party")?,
            dst_party: texts(batch, "dst_party")?,
            protocol: numbers(batch, "connection_info_protocol_num")?,
            version: numbers(batch, "connection_info_protocol_ver_id")?,
            forward: way("out")?,
            backward: way("in")?,
            fragments: numbers(batch, "fragments")?,
            tunnel_kind: texts(batch, "tunnel_kind")?,
            tunnel_source: texts(batch, "tunnel_src_ip")?,
            tunnel_destination: texts(batch, "tunnel_dst_ip")?,
            tunnel_id: numbers(batch, "tunnel_id")?,
            tunnel_depth: numbers(batch, "tunnel_depth")?,
            application: texts(batch, "app_name")?,
            name: texts(batch, "hostname")?,
            ja4: texts(batch, "ja4")?,
            offered: texts(batch, "offered")?,
            codes: texts(batch, "codes")?,
            requests: numbers(batch, "requests")?,
            responses: numbers(batch, "responses")?,
            largest: numbers(batch, "largest_message")?,
            weight: texts(batch, "function_weight")?,
            weight_code: numbers(batch, "function_code")?,
            sensor: texts(batch, "sensor")?,
            seal: texts(batch, "seal")?,
            ordinal: numbers(batch, "ordinal")?,
            opening: opening.ok_or_else(|| io::Error::other("column opening holds something else"))?,
            reason: texts(batch, "end_reason")?,
        })
    }

    fn row(&self, row: usize, mission: &Mission, numbers: &Numbers) -> io::Result<FlowRow> {
        let start = moment(self.start, self.start_rest, row);
        let lasted =
            self.duration.value(row).saturating_mul(1000).saturating_add(u64::from(self.duration_rest.value(row)));
        let version_id = self.version.value(row);
        let networks = [Network::Ipv4, Network::Ipv6, Network::Arp];
        let seal = self.seal.value(row);
        let batch = numbers.by_seal.get(seal).copied();
        let sensor = text(self.sensor, row);
        let sensor = sensor.and_then(|id| mission.sensors.iter().position(|sensor| sensor.id.as_str() == id));
        let reason = REASONS.iter().find(|(_, word)| *word == self.reason.value(row));
        let application = text(self.application, row);
        let known = Application::ALL.iter().find(|known| application == Some(known.word()));
        Ok(FlowRow {
            id: FlowId {
                batch: batch.ok_or_else(|| io::Error::other(format!("the footer does not know the seal {seal}")))?,
                ordinal: self.ordinal.value(row),
            },
            sensor: sensor.and_then(|place| u16::try_from(place).ok()).map(SensorIndex),
            span: Span { start, end: start.plus(Duration::from_nanos(lasted)) },
            source: self.source.address(row),
            destination: self.destination.address(row),
            source_port: self.source.port.value(row),
            destination_port: self.destination.port.value(row),
            network: networks.into_iter().find(|network| version(*network) == version_id).unwrap_or(Network::Other),
            protocol: self.protocol.value(row),
            forward: self.forward.counts(row),
            backward: self.backward.counts(row),
            fragments: self.fragments.value(row),
            tunnel: self.tunnel(row),
            application: known.copied().unwrap_or_default(),
            facts: self.facts(row),
            opening: self.opening.value(row),
            end: reason.map_or(End::Period, |(end, _)| *end),
        })
    }

    fn tunnel(&self, row: usize) -> Option<Tunnel> {
        let word = text(self.tunnel_kind, row)?;
        let kind = TunnelKind::ALL.iter().copied().find(|kind| kind.word() == word)?;
        Some(Tunnel {
            kind,
            source: text(self.tunnel_source, row)?.parse().ok()?,
            destination: text(self.tunnel_destination, row)?.parse().ok()?,
            id: self.tunnel_id.value(row),
            depth: self.tunnel_depth.value(row),
        })
    }

    fn facts(&self, row: usize) -> Option<Facts> {
        if self.requests.is_null(row) {
            return None;
        }
        let mut facts = Facts {
            name: text(self.name, row).map(Into::into),
            ja4: text(self.ja4, row).map(Into::into),
            offered: text(self.offered, row).map(Into::into),
            requests: self.requests.value(row),
            responses: self.responses.value(row),
            largest: self.largest.value(row),
            ..Facts::default()
        };
        let codes = text(self.codes, row).into_iter().flat_map(|codes| codes.split(','));
        for (place, code) in facts.codes.iter_mut().zip(codes.filter_map(|code| code.parse().ok())) {
            *place = code;
            facts.code_count += 1;
        }
        let weights = [Weight::Read, Weight::Unknown, Weight::StateChanging];
        let weight = text(self.weight, row).and_then(|word| weights.into_iter().find(|weight| weight.word() == word));
        facts.weightiest = weight.map(|weight| (weight, self.weight_code.value(row)));
        Some(facts)
    }
}

impl Ends<'_> {
    fn address(&self, row: usize) -> Address {
        if self.v4.is_valid(row) {
            return Address::v4(self.v4.value(row).to_be_bytes());
        }
        let wide = self.v6.is_valid(row).then(|| self.v6.value(row).try_into().ok()).flatten();
        wide.map(Address::v6).unwrap_or_default()
    }
}

impl Way<'_> {
    fn counts(&self, row: usize) -> Counts {
        Counts {
            packets: self.packets.value(row),
            bytes: self.bytes.value(row),
            tcp_flags: self.flags.value(row),
            ttl_lowest: self.ttl_lowest.value(row),
            ttl_highest: self.ttl_lowest.value(row).wrapping_add(self.ttl_spread.value(row)),
        }
    }
}

fn text(column: &StringViewArray, row: usize) -> Option<&str> {
    column.is_valid(row).then(|| column.value(row))
}

fn moment(micros: &PrimitiveArray<TimestampMicrosecondType>, rest: &PrimitiveArray<UInt16Type>, row: usize) -> Moment {
    Moment::from_nanos(micros.value(row).saturating_mul(1000).saturating_add(i64::from(rest.value(row))))
}
