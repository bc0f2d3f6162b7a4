//! Missions made of a scenario: a folder with `mission.toml` and a capture for each sensor.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use blueline_exercise::{Scenario, Truth};
use blueline_mission::terms::{Prefix, Side};
use tempfile::TempDir;

use crate::program::blueline;

/// Two parties, the world, two safe areas, three sensors, five periods, ordinary traffic and three attacks.
pub(crate) const SCENARIO: &str = r#"
title = "fifty seconds on the line"
seed = 4
start = "2026-03-01T00:00:05Z"
duration = "50s"
period = "10s"
[world]
prefixes = ["192.88.99.0/24", "192.31.196.0/24", "3ffe::/16"]
hosts = 80
servers = 20
[[party]]
id = "north"
prefixes = ["198.18.0.0/16", "2001:db8:1000::/36"]
hosts = 60
servers = 8
[[party]]
id = "south"
prefixes = ["198.19.0.0/16", "2001:db8:2000::/36"]
hosts = 60
servers = 8
[[safe_area]]
id = "clinic"
class = "hospital"
party = "north"
addresses = ["198.18.40.0/28", "2001:db8:1040::/64"]
[[safe_area]]
id = "plant"
class = "power"
party = "south"
addresses = ["198.19.77.0/29", "2001:db8:2077::/64"]
[[sensor]]
id = "crossing"
sees = [["north", "south"]]
resolution = "ns"
neighbours_every = "20s"
[[sensor]]
id = "exchange"
sees = [["north", "world"], ["south", "world"]]
format = "pcapng"
[[sensor]]
id = "inside"
sees = [["south", "south"]]
[[traffic]]
kind = "web"
from = "north"
to = "south"
per_minute = 40
volume = 0.1
[[traffic]]
kind = "dns"
from = "south"
to = "north"
per_minute = 200
[[traffic]]
kind = "mail"
from = "south"
to = "safe-area:clinic"
per_minute = 12
volume = 0.3
[[traffic]]
kind = "web-plain"
from = "north"
to = "south"
per_minute = 10
tunnel = "gre"
volume = 0.1
[[traffic]]
kind = "dns"
from = "south"
to = "north"
per_minute = 40
tunnel = "vxlan"
[[traffic]]
kind = "ssh"
from = "north"
to = "south"
per_minute = 4
[[traffic]]
kind = "web-plain"
from = "world"
to = "north"
per_minute = 10
volume = 0.1
[[traffic]]
kind = "web"
from = "world"
to = "south"
per_minute = 10
volume = 0.1
[[traffic]]
kind = "ntp"
from = "south"
to = "world"
per_minute = 60
[[polling]]
kind = "modbus"
from = "south"
to = "safe-area:plant"
every = "500ms"
[[polling]]
kind = "ping"
from = "north"
to = "south"
every = "2s"
family = "ipv6"
[[scan]]
id = "doors"
shape = "horizontal"
from = "north"
to = "south"
targets = 60
start = "20s"
duration = "9s"
packets_per_second = 30
[[reflection]]
id = "mirrors"
vector = "dns"
victim = "south"
reflectors = 40
start = "12s"
duration = "6s"
answers_per_second = 30
[[control_write]]
id = "valve"
function = "write-single-coil"
from = "north"
to = "safe-area:plant"
writes = 5
every = "700ms"
start = "40s"
"#;

/// A mission folder and what its sensors recorded.
pub(crate) struct Field {
    folder: TempDir,
    pub(crate) scenario: Scenario,
    pub(crate) captures: Vec<Vec<u8>>,
    pub(crate) truth: Truth,
}

impl Field {
    /// The mission of [`SCENARIO`].
    pub(crate) fn new() -> Self {
        Self::of(&Scenario::parse(SCENARIO).unwrap())
    }

    /// The mission of a scenario.
    pub(crate) fn of(scenario: &Scenario) -> Self {
        let (captures, truth) = scenario.record();
        let field = Self { folder: tempfile::tempdir().unwrap(), scenario: scenario.clone(), captures, truth };
        field.declare(&mission_file(scenario));
        for (place, bytes) in field.captures.iter().enumerate() {
            std::fs::write(field.file(place), bytes).unwrap();
        }
        field
    }

    /// Writes another mission file.
    pub(crate) fn declare(&self, mission: &str) {
        std::fs::write(self.path().join("mission.toml"), mission).unwrap();
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A file of this name in the folder, with these bytes.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let file = self.path().join(name);
        std::fs::write(&file, bytes).unwrap();
        file
    }

    /// The capture of the sensor at this place.
    pub(crate) fn file(&self, place: usize) -> PathBuf {
        let sensor = &self.scenario.sensors[place];
        self.path().join(format!("{}.{}", sensor.id, sensor.capture.kind.extension()))
    }

    /// The sensor at this place with the file it is to be read from, as an argument.
    pub(crate) fn bound(&self, place: usize, file: &Path) -> String {
        format!("{}={}", self.scenario.sensors[place].id, file.display())
    }

    /// Every sensor with its own capture, as arguments.
    pub(crate) fn sources(&self) -> Vec<String> {
        (0..self.scenario.sensors.len()).map(|place| self.bound(place, &self.file(place))).collect()
    }

    /// `blueline watch` in this mission, in JSON.
    pub(crate) fn watch(&self) -> Command {
        self.watch_in("json")
    }

    /// `blueline watch` in this mission.
    pub(crate) fn watch_in(&self, format: &str) -> Command {
        let mut command = blueline();
        command.arg("watch").arg("--mission").arg(self.path()).args(["--format", format, "--width", "110"]);
        command
    }

    /// The custody journal.
    pub(crate) fn journal(&self) -> PathBuf {
        self.path().join("data/custody/seals.jsonl")
    }

    /// What the custody journal holds; nothing where there is none.
    pub(crate) fn journal_text(&self) -> String {
        std::fs::read_to_string(self.journal()).unwrap_or_default()
    }
}

/// The mission file that declares what a scenario is made of. A label is an id, or one with `bank` behind it.
pub(crate) fn mission_file(scenario: &Scenario) -> String {
    let list = |prefixes: &[Prefix]| {
        let texts: Vec<String> = prefixes.iter().map(|prefix| format!("\"{prefix}\"")).collect();
        texts.join(", ")
    };
    let mut text = format!("[mission]\ntitle = \"{}\"\n", scenario.title);
    for party in &scenario.parties {
        let (id, prefixes) = (&party.id, list(&party.prefixes));
        write!(text, "[[party]]\nid = \"{id}\"\nnames = {{ en = \"{id}bank\" }}\nprefixes = [{prefixes}]\n").unwrap();
    }
    let parties: Vec<String> = scenario.parties.iter().map(|party| format!("\"{}\"", party.id)).collect();
    // A border has two sides.
    if parties.len() > 1 {
        writeln!(text, "[[border]]\nid = \"line\"\nbetween = [{}]", parties.join(", ")).unwrap();
    }
    for area in &scenario.safe_areas {
        let (id, class, party) = (&area.id, area.class, &scenario.parties[area.party].id);
        let addresses = list(&area.addresses);
        write!(
            text,
            "[[safe_area]]\nid = \"{id}\"\nclass = \"{class}\"\nparty = \"{party}\"\naddresses = [{addresses}]\n"
        )
        .unwrap();
    }
    for sensor in &scenario.sensors {
        let parties = sensor.sees.iter().flat_map(|&(a, b)| [a, b]).filter_map(|side| match side {
            Side::Party(index) => Some(format!("\"party:{}\"", scenario.parties[usize::from(index.0)].id)),
            Side::World | Side::Unknown => None,
        });
        let mut sees: Vec<String> = parties.collect();
        sees.sort();
        sees.dedup();
        let (id, sees) = (&sensor.id, sees.join(", "));
        write!(text, "[[sensor]]\nid = \"{id}\"\nsees = [{sees}]\nlongest_silence = \"8s\"\n").unwrap();
    }
    write!(text, "[watch]\nperiod = \"{}s\"\n", scenario.period.as_secs()).unwrap();
    text
}
