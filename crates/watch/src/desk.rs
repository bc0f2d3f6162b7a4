//! Where what was watched is written down: the caller's side of a run.

use std::collections::BTreeMap;
use std::io;

use blueline_terms::{Moment, SensorIndex};

use crate::books::OddityEntry;
use crate::custody::{Canonical, OpenBatch, SealedBatch};
use crate::liveness::SensorWatch;
use crate::segment::Beat;
use crate::source::SourceName;
use crate::table::Sink;

/// Where the results go. Called by one thread at a time, in the order of records.
pub trait Desk: Send {
    /// Receives a shard's rows.
    type Sink: Sink;

    /// A packet of the batch with this number in the run. Shown only when [`Settings::show_packets`](crate::Settings::show_packets) asks for it, before
    /// the batch is told as sealed; copies of a packet are not shown.
    fn packet(&mut self, _batch: u32, _packet: Canonical<'_>) -> io::Result<()> {
        Ok(())
    }

    /// A batch was sealed.
    fn sealed(&mut self, batch: SealedBatch) -> io::Result<()>;

    /// A line was drawn. Each sink was told of it by [`Sink::line`] and may be further by now.
    fn line(&mut self, line: Closing, sinks: &mut [&mut Self::Sink]) -> io::Result<()>;

    /// Live flows have changed: each sink was told by [`Sink::beat`], once for each beat in order, and may be further by now.
    /// Called only where [`Settings::beats`](crate::Settings::beats) asks for it.
    fn beat(&mut self, _beat: Beat, _sinks: &mut [&mut Self::Sink]) -> io::Result<()> {
        Ok(())
    }

    /// Whatever was put off and needs no sink: the shards go on counting meanwhile. Called before anything else follows what
    /// came before it; what it does must not depend on when that is.
    fn settle(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// A fixed number of packets have passed: time to keep the sinks within their bounds. `open` are the batches that are
    /// not sealed yet.
    fn epoch(&mut self, open: &[OpenBatch], sinks: &mut [&mut Self::Sink]) -> io::Result<()>;

    /// How far the run is. Called often; what it does must not show in the results.
    fn progress(&mut self, progress: Progress);
}

/// A line under the books: periods that are over.
#[derive(Clone, Debug)]
pub struct Closing {
    /// Every period up to this number is over; `None` where there was no packet at all.
    pub through: Option<i64>,
    /// Whether the sources have ended.
    pub last: bool,
    /// Every sensor that recorded anything, so far.
    pub sensors: Vec<SensorWatch>,
    /// What was odd since the last line, by source and kind.
    pub oddities: Vec<OddityEntry>,
    /// Packet records so far.
    pub packets: u64,
    /// Their bytes on the wire.
    pub bytes: u64,
    /// Flows let go early so far, because memory ran short, by sensor.
    pub shed: BTreeMap<Option<SensorIndex>, u64>,
    /// Batches that were opened before the line are numbered below this.
    pub batches: u32,
    /// Those of them that are not sealed yet.
    pub open: Vec<OpenBatch>,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    /// Packet records read.
    pub packets: u64,
    /// Bytes read from disks and pipes.
    pub bytes_read: u64,
    /// Event time that was reached.
    pub reached: Option<Moment>,
    /// Live flows.
    pub flows: usize,
    /// Whether everything that has come was counted, and the rest has not come yet.
    pub waiting: bool,
}

/// A source after the run.
#[derive(Clone, Debug)]
pub struct SourceReport {
    /// As it was asked for.
    pub name: SourceName,
    /// Packet records in it.
    pub packets: u64,
    /// Packets that the capture says were lost before they reached it; `None` where it does not say.
    pub dropped: Option<u64>,
}
