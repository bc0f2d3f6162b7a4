//! The custody journal. An even first byte: the rest is a journal, as it may stand on a disk. An odd one: the rest says
//! which batches are sealed, and what then happens to the journal that was written.
#![no_main]

use std::fs;
use std::path::{Path, PathBuf};

use blueline_mission::custody::Custody;
use blueline_terms::{Mission, Moment, Sensor, SensorIndex, Span};
use blueline_watch::custody::{ChainHead, Seal, SealedBatch};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

/// Every chain that there can be: of the two sensors, and of sources bound to none.
const CHAINS: [Option<SensorIndex>; 3] = [None, Some(SensorIndex(0)), Some(SensorIndex(1))];

fuzz_target!(|input: &[u8]| {
    let Some((&way, rest)) = input.split_first() else { return };
    let folder = tempfile::tempdir().expect("room for a folder");
    let journal = Journal::new(folder.path());
    if way % 2 == 0 { journal.reads(rest) } else { journal.keeps(rest) }
});

struct Journal<'f> {
    data: &'f Path,
    file: PathBuf,
    mission: Mission,
}

impl<'f> Journal<'f> {
    fn new(data: &'f Path) -> Self {
        fs::create_dir_all(data.join("custody")).expect("room for a folder");
        let sensor = |id: &str| Sensor {
            id: id.parse().expect("an id"),
            vantage: None,
            sees: Vec::new(),
            sampling: 1,
            longest_silence: std::time::Duration::from_secs(60),
        };
        let mission = Mission { sensors: vec![sensor("a"), sensor("b")], ..Mission::default() };
        Self { data, file: data.join("custody/seals.jsonl"), mission }
    }

    fn open(&self) -> Result<Custody, String> {
        Custody::open(self.data, &self.mission).map_err(|error| error.to_string())
    }

    fn write(&self, bytes: &[u8]) {
        fs::write(&self.file, bytes).expect("room for a file");
    }

    fn bytes(&self) -> Vec<u8> {
        fs::read(&self.file).expect("the journal")
    }

    fn heads(&self, custody: &Custody) -> [Option<ChainHead>; 3] {
        CHAINS.map(|sensor| custody.head(&self.mission, sensor))
    }

    /// Whatever stands there is read to its last whole line or refused with its place; a refusal changes nothing.
    fn reads(&self, bytes: &[u8]) {
        self.write(bytes);
        match self.open() {
            Ok(custody) => {
                let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
                assert_eq!(self.bytes(), bytes[..whole]);
                let heads = self.heads(&custody);
                drop(custody);
                assert_eq!(self.heads(&self.open().expect("it was read before")), heads);
            }
            Err(message) => {
                assert_eq!(self.bytes(), bytes);
                let place = message.strip_prefix(&format!("{}:", self.file.display())).expect("the file");
                let line: usize = place.split(':').next().and_then(|line| line.parse().ok()).expect("a line");
                assert!((1..=bytes.split(|&byte| byte == b'\n').count()).contains(&line), "{message}");
                assert!(!message.contains(|c: char| c.is_control() && c != '\n'), "{message:?}");
            }
        }
    }

    /// What is written is read again, and written only once; what is changed afterwards is noticed.
    fn keeps(&self, plan: &[u8]) {
        let Some((&[count, value, high, low], plan)) = plan.split_first_chunk() else { return };
        let batches: Vec<SealedBatch> = plan.chunks(12).take(usize::from(count % 8)).map(batch).collect();
        let mut custody = self.open().expect("an empty folder");
        let new = batches.iter().filter(|batch| custody.add(&self.mission, batch)).count();
        custody.write().expect("room for the journal");
        let heads = self.heads(&custody);
        drop(custody);
        let written = self.bytes();
        assert_eq!(written.iter().filter(|&&byte| byte == b'\n').count(), new);
        assert_eq!(heads.iter().flatten().map(|head| head.batches).sum::<u64>(), new as u64);

        let mut custody = self.open().expect("what was written");
        assert_eq!(self.heads(&custody), heads);
        assert!(batches.iter().all(|batch| !custody.add(&self.mission, batch)), "a batch is sealed once");
        custody.write().expect("room for the journal");
        drop(custody);
        assert_eq!(self.bytes(), written);

        if let Some(place) = usize::from(u16::from_be_bytes([high, low])).checked_rem(written.len()) {
            self.reads(&written[..place]);
            let mut changed = written.clone();
            changed[place] = value;
            self.reads(&changed);
            if self.open().is_ok() {
                for (before, after) in written.split(|&b| b == b'\n').zip(self.bytes().split(|&b| b == b'\n')) {
                    assert!(after.is_empty() || sealed(after) == sealed(before), "a changed line was believed");
                }
            }
        }
    }
}

fn batch(bytes: &[u8]) -> SealedBatch {
    let mut chosen = [0; 12];
    chosen[..bytes.len()].copy_from_slice(bytes);
    let [sensor, seal, packets, octets, rest @ ..] = chosen;
    SealedBatch {
        sensor: CHAINS[usize::from(sensor) % CHAINS.len()],
        number: 0,
        seal: Seal([seal; 32]),
        opening: Seal([seal ^ packets; 32]),
        packets: u64::MAX >> (packets % 64),
        bytes: u64::MAX >> (octets % 64),
        span: Span::at(Moment::from_nanos(i64::from_le_bytes(rest))),
    }
}

/// What a line says was sealed, which the chain binds.
fn sealed(line: &[u8]) -> Vec<String> {
    let line: Value = serde_json::from_slice(line).expect("it was read");
    let text = |key: &str| line[key].as_str().expect("text").to_owned();
    let moment = |key: &str| text(key).parse::<Moment>().expect("a moment").nanos().to_string();
    let seals = ["seal", "opening", "head"].map(|key| text(key).to_lowercase());
    let counts = ["packets", "bytes"].map(|key| line[key].as_u64().expect("a count").to_string());
    let sensor = line["sensor"].to_string();
    [&seals[..], &counts, &[sensor, moment("start"), moment("end")]].concat()
}
