//! Watches captures in memory: from their bytes to what detectors tell, with no folder and no lake between.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use blueline_border::attribution::{Border, OriginTable, RegistryTable};
use blueline_detect::{Runner, Whereabouts};
use blueline_exercise::Scenario;
use blueline_terms::{
    Address, Changes, Finding, FlowBatch, Mission, Party, PartyIndex, Place, SafeArea, SafeAreaClass, Sensor,
    SensorIndex,
};
use blueline_watch::custody::{Cut, OpenBatch, SealedBatch};
use blueline_watch::{
    Beat, Closing, Desk, HashKey, Lifetimes, Progress, Settings, Sink, Source, SourceName, SourcePlace, run,
};

/// Live flows that fit; far more than a scenario has.
const MOST_FLOWS: usize = 1 << 22;

/// What is watched, and how.
#[derive(Clone, Debug)]
pub struct Watch<'a> {
    /// The mission, with its sensors.
    pub mission: &'a Mission,
    /// What each of the sensors recorded, in their order.
    pub captures: Vec<Vec<u8>>,
    /// The length of a period.
    pub period: Duration,
    /// Threads; they show nowhere.
    pub threads: usize,
    /// Spreads flows over shards, and shows nowhere either.
    pub key: HashKey,
}

impl Watch<'_> {
    /// Watches to the end. After each beat, `see` gets what the runner found in it and the shards' changes. Gives the number
    /// of packets.
    ///
    /// # Errors
    ///
    /// When the run breaks off before the end of the captures. What is odd in them is no reason.
    pub fn run(self, runner: Runner, see: impl FnMut(Beat, Vec<Finding>, &[&Changes]) + Send) -> io::Result<u64> {
        let sources = self.mission.sensors.iter().zip(self.captures).enumerate().map(|(place, (sensor, bytes))| {
            let text = sensor.id.to_string();
            let sensor = Some(SensorIndex(place as u16));
            Source::from_bytes(SourceName { place: SourcePlace::Path((&text).into()), text, sensor }, bytes)
        });
        let border = Border::new(self.mission, OriginTable::default(), RegistryTable::default());
        let hub = Hub { runner, places: Places(border), see };
        let settings = Settings {
            threads: self.threads,
            lifetimes: Lifetimes { period: self.period, idle: Duration::from_secs(60), linger: Duration::from_secs(5) },
            grace: Duration::from_secs(2),
            most_flows: MOST_FLOWS,
            cut: Cut::default(),
            key: self.key,
            longest_silences: self.mission.sensors.iter().map(|sensor| sensor.longest_silence).collect(),
            show_packets: false,
            beats: true,
        };
        let stop = Arc::new(AtomicBool::new(false));
        let (_, reports) = run(sources.collect(), Vec::new(), Box::new(()), &settings, hub, Shard::default, &stop)?;
        Ok(reports.iter().map(|report| report.packets).sum())
    }
}

/// What the mission is told of a scenario: parties, sensors, and the safe areas that are under protection.
pub fn mission(scenario: &Scenario) -> Mission {
    // The reader of scenarios holds ids to the rules of names.
    let parties = scenario.parties.iter().filter_map(|party| {
        let (id, prefixes) = (party.id.parse().ok()?, party.prefixes.clone());
        let names = BTreeMap::new();
        let (asns, countries, domains, contacts, keys) = Default::default();
        Some(Party { id, names, prefixes, asns, countries, domains, contacts, keys })
    });
    let safe_areas = scenario.safe_areas.iter().filter(|area| area.class != SafeAreaClass::Other);
    let safe_areas = safe_areas.filter_map(|area| {
        Some(SafeArea {
            id: area.id.parse().ok()?,
            names: BTreeMap::new(),
            class: area.class,
            party: PartyIndex(area.party as u16),
            prefixes: area.addresses.clone(),
        })
    });
    let sensors = scenario.sensors.iter().filter_map(|sensor| {
        Some(Sensor {
            id: sensor.id.parse().ok()?,
            vantage: None,
            sees: Vec::new(),
            sampling: 1,
            longest_silence: Duration::from_secs(3600),
        })
    });
    Mission {
        title: scenario.title.clone(),
        parties: parties.collect(),
        borders: Vec::new(),
        safe_areas: safe_areas.collect(),
        sensors: sensors.collect(),
    }
}

#[derive(Default)]
struct Shard {
    beats: VecDeque<Changes>,
}

impl Sink for Shard {
    fn rows(&mut self, _: &mut FlowBatch) {}

    fn line(&mut self, _: i64) {}

    fn beat(&mut self, changes: &mut Changes) {
        self.beats.push_back(std::mem::take(changes));
    }
}

struct Places(Border);

impl Whereabouts for Places {
    fn place(&self, address: Address, outer: Option<Address>) -> &Place {
        let index = outer.map_or_else(|| self.0.locate(address), |outer| self.0.locate_behind(address, outer));
        self.0.place(index)
    }
}

/// Where the shards' changes meet the detectors.
struct Hub<S> {
    runner: Runner,
    places: Places,
    see: S,
}

impl<S: FnMut(Beat, Vec<Finding>, &[&Changes]) + Send> Desk for Hub<S> {
    type Sink = Shard;

    fn sealed(&mut self, _: SealedBatch) -> io::Result<()> {
        Ok(())
    }

    fn line(&mut self, _: Closing, _: &mut [&mut Shard]) -> io::Result<()> {
        Ok(())
    }

    fn beat(&mut self, beat: Beat, sinks: &mut [&mut Shard]) -> io::Result<()> {
        let shards: Vec<Changes> = sinks.iter_mut().filter_map(|sink| sink.beats.pop_front()).collect();
        let shards: Vec<&Changes> = shards.iter().collect();
        let found = self.runner.beat(beat.now, (beat.second_over, beat.last), &shards, &self.places);
        (self.see)(beat, found, &shards);
        Ok(())
    }

    fn epoch(&mut self, _: &[OpenBatch], _: &mut [&mut Shard]) -> io::Result<()> {
        Ok(())
    }

    fn progress(&mut self, _: Progress) {}
}
