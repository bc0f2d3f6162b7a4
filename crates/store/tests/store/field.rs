//! Lakes for tests, and rows to fill them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use blueline_store::lake::group::Watch;
use blueline_store::lake::{LakeSettings, LakeWriter, Line, OpenBatch, Places, RowBuffer, Written};
use blueline_store::query::{Answer, Limits, Lookup, QueryError, Session};
use blueline_store::seals::{SealTable, SealedBatch};
use blueline_store::shelf::Shelf;
use blueline_terms::flow::FlowRow;
use blueline_terms::{
    Address, Application, Confidence, Counts, End, Facts, FlowBatch, FlowId, Grounds, Mission, Moment, Network, Party,
    PartyIndex, Place, PlaceIndex, Sensor, SensorIndex, Side, Span,
};

/// Runs a test on an empty shelf of every kind that there is here.
pub(crate) fn each_shelf(test: impl Fn(&Shelf)) {
    each_lake(|shelf, _| test(&shelf));
}

/// The same with the shelf to be kept.
pub(crate) fn each_lake(test: impl Fn(Arc<Shelf>, &dyn Fn() -> Arc<Shelf>)) {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("lake").display().to_string();
    let open = || Arc::new(Shelf::open(&place, folder.path()).unwrap());
    test(open(), &open);
    match crate::s3::place() {
        Some((place, settings)) => {
            let workshop = tempfile::tempdir().unwrap();
            let open = || Arc::new(Shelf::open_with(&place, workshop.path(), settings.clone().into_iter()).unwrap());
            test(open(), &open);
        }
        None => eprintln!("skipped on S3: BLUELINE_PYTHON names no Python with moto[server]"),
    }
}

pub(crate) fn mission() -> Mission {
    let party = |id: &str| Party {
        id: id.parse().unwrap(),
        names: BTreeMap::new(),
        prefixes: Vec::new(),
        asns: Vec::new(),
        countries: Vec::new(),
        domains: Vec::new(),
        contacts: Vec::new(),
        keys: Vec::new(),
    };
    let sensor = |id: &str| Sensor {
        id: id.parse().unwrap(),
        vantage: None,
        sees: Vec::new(),
        sampling: 1,
        longest_silence: Duration::from_secs(60),
    };
    Mission {
        parties: vec![party("north"), party("south")],
        sensors: vec![sensor("gate"), sensor("mast")],
        ..Mission::default()
    }
}

struct ThreePlaces(Vec<Place>);

impl Places for ThreePlaces {
    fn places(&self) -> &[Place] {
        &self.0
    }
}

/// The unreadable place, north and south.
fn places() -> ThreePlaces {
    let place = |side, grounds| Place {
        side,
        safe_area: None,
        origin: None,
        grounds,
        confidence: Confidence::High,
        alternatives: Vec::new(),
    };
    let declared = |text: &str| Grounds::Declared(text.parse().unwrap());
    ThreePlaces(vec![
        place(Side::Unknown, Grounds::Unreadable),
        place(Side::Party(PartyIndex(0)), declared("192.0.2.0/24")),
        place(Side::Party(PartyIndex(1)), declared("2001:db8::/32")),
    ])
}

/// A row of a flow between the two parties, told apart by `n`.
pub(crate) fn row(n: u32, batch: u32, sensor: Option<u16>, start: Moment) -> FlowRow {
    let v6 = n.is_multiple_of(3);
    let address = |host: u32| -> Address {
        if v6 { format!("2001:db8::{host:x}").parse().unwrap() } else { Address::v4([192, 0, 2, host as u8]) }
    };
    let counts = |packets| Counts {
        packets,
        bytes: u64::from(packets) * 100 + u64::from(n),
        tcp_flags: 0x12,
        ttl_lowest: 60,
        ttl_highest: 64,
    };
    FlowRow {
        id: FlowId { batch, ordinal: n },
        sensor: sensor.map(SensorIndex),
        span: Span { start, end: start.plus(Duration::from_nanos(u64::from(n) * 1_001)) },
        source: address(n % 200),
        destination: address(n % 7),
        source_port: 1024 + n as u16,
        destination_port: 53,
        network: if v6 { Network::Ipv6 } else { Network::Ipv4 },
        protocol: 17,
        forward: counts(n % 5 + 1),
        backward: if n.is_multiple_of(2) { counts(1) } else { Counts::default() },
        fragments: 0,
        tunnel: None,
        application: Application::Dns,
        facts: n.is_multiple_of(4).then(|| Facts {
            name: Some(format!("host{}.example", n % 5).into()),
            codes: [1, 28, 0, 0],
            code_count: 2,
            requests: 1,
            ..Facts::default()
        }),
        opening: true,
        end: End::Idle,
    }
}

pub(crate) const PERIOD: Duration = Duration::from_secs(60);

/// The beginning of the period with this number after some hour.
pub(crate) fn minute(number: i64) -> Moment {
    Moment::from_seconds(1_772_366_400 + 60 * number, 0)
}

/// One run that writes: batches of rows, lines, and how it ends.
pub(crate) struct Run {
    writer: LakeWriter,
    buffers: Vec<RowBuffer>,
    seals: Arc<Mutex<SealTable>>,
    period: Duration,
    batches: u32,
    open: Vec<OpenBatch>,
}

impl Run {
    pub(crate) fn begin(shelf: Arc<Shelf>) -> Self {
        Self::with_room(shelf, usize::MAX)
    }

    pub(crate) fn with_room(shelf: Arc<Shelf>, most_rows: usize) -> Self {
        Self::with(shelf, |settings| settings.most_rows = most_rows)
    }

    pub(crate) fn with(shelf: Arc<Shelf>, change: impl FnOnce(&mut LakeSettings)) -> Self {
        let seals = Arc::new(Mutex::new(SealTable::default()));
        let mut settings = LakeSettings {
            mission: Arc::new(mission()),
            places: Arc::new(places()),
            period: PERIOD,
            most_rows: usize::MAX,
            upkeep: None,
        };
        change(&mut settings);
        let period = settings.period;
        let writer = LakeWriter::begin(shelf, settings, Arc::clone(&seals)).unwrap();
        let buffers = (0..4).map(|_| writer.buffer()).collect();
        Self { writer, buffers, seals, period, batches: 0, open: Vec::new() }
    }

    /// Opens a batch; gives its number.
    pub(crate) fn open(&mut self, sensor: Option<u16>, opened: Moment) -> u32 {
        let number = self.batches;
        self.batches += 1;
        self.open.push(OpenBatch { number, sensor: sensor.map(SensorIndex), opened });
        number
    }

    /// Seals a batch with a seal made of `name`, over a span.
    pub(crate) fn seal(&mut self, number: u32, name: &str, until: Moment) {
        let opened = self.open.iter().find(|open| open.number == number).unwrap().opened;
        self.seal_since(number, name, opened, until);
    }

    /// The same where the batch holds earlier packets than its first one.
    pub(crate) fn seal_since(&mut self, number: u32, name: &str, since: Moment, until: Moment) {
        let place = self.open.iter().position(|open| open.number == number).unwrap();
        let OpenBatch { sensor, opened, .. } = self.open.remove(place);
        let mut seal = [0; 32];
        seal[..name.len()].copy_from_slice(name.as_bytes());
        let batch = SealedBatch { sensor, opened, seal };
        self.seals.lock().unwrap().add(number, batch).unwrap();
        self.writer.sealed(number, batch, Span { start: since, end: until }).unwrap();
    }

    /// Rows, spread over the shards.
    pub(crate) fn rows(&mut self, rows: impl IntoIterator<Item = FlowRow>) {
        let mut batches: Vec<FlowBatch> = self.buffers.iter().map(|_| FlowBatch::default()).collect();
        for row in rows {
            let shard = row.id.ordinal as usize % batches.len();
            let (source, destination) = (PlaceIndex(1), PlaceIndex(2));
            batches[shard].push(row);
            batches[shard].source_place.push(source);
            batches[shard].destination_place.push(destination);
        }
        self.buffers.iter_mut().zip(&mut batches).for_each(|(buffer, rows)| buffer.rows(rows));
    }

    /// Draws a line under every period up to the one that begins at `period`.
    pub(crate) fn line(&mut self, period: Moment, last: bool, watches: Vec<(Option<SensorIndex>, Watch)>) {
        let through = if last { i64::MAX } else { blueline_terms::Period::holding(period, self.period).number() };
        self.buffers.iter_mut().for_each(|buffer| buffer.line(through));
        let mut buffers: Vec<&mut RowBuffer> = self.buffers.iter_mut().collect();
        let line = Line { through, batches: self.batches, open: &self.open, last, watches };
        self.writer.line(line, &mut buffers).unwrap();
    }

    /// A fixed number of packets have passed.
    pub(crate) fn epoch(&mut self) {
        let mut buffers: Vec<&mut RowBuffer> = self.buffers.iter_mut().collect();
        self.writer.keep_bounds(&self.open, &mut buffers).unwrap();
    }

    pub(crate) fn finish(self) -> Written {
        self.writer.finish().unwrap()
    }
}

/// Nobody's addresses.
pub(crate) struct NoLookup;

impl Lookup for NoLookup {
    fn party(&self, _: Address) -> &str {
        "unknown"
    }

    fn safe_area(&self, _: Address) -> Option<&str> {
        None
    }
}

/// Asks a lake; gives the answer as CSV without its heads.
pub(crate) fn ask(shelf: &Arc<Shelf>, sql: &str) -> String {
    try_ask(shelf, sql).unwrap()
}

/// The same where there may be no answer.
pub(crate) fn try_ask(shelf: &Arc<Shelf>, sql: &str) -> Result<String, QueryError> {
    try_ask_on(shelf, sql, 2)
}

/// The same on so many threads.
pub(crate) fn try_ask_on(shelf: &Arc<Shelf>, sql: &str, threads: usize) -> Result<String, QueryError> {
    let limits = Limits { memory: 256 << 20, time: Duration::from_secs(120), threads };
    let session = Session::open(shelf, limits, Arc::new(NoLookup))?;
    let mut out = Vec::new();
    let mut answer = blueline_store::query::answers::CsvAnswer::new(&mut out);
    let given: &mut dyn Answer = &mut answer;
    session.ask(sql, given, std::future::pending())?;
    drop(answer);
    let text = String::from_utf8(out).unwrap();
    Ok(text.lines().skip(1).map(|line| format!("{line}\n")).collect())
}

/// How many files of the lake there are in a folder of the shelf.
pub(crate) fn files(shelf: &Shelf, folder: &str) -> usize {
    shelf.list(folder).unwrap().len()
}
