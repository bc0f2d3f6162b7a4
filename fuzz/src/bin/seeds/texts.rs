//! Texts that people write: missions, plans, scenarios; and the journal that the program writes.

use std::time::Duration;

use blueline_detect::{Amount, CATALOGUE};
use blueline_mission::custody::Custody;
use blueline_mission::folder::Plan;
use blueline_terms::{Mission, Moment, Sensor, SensorIndex, Span};
use blueline_watch::custody::{Seal, SealedBatch};

/// Everything that can be said in a scenario.
pub(crate) const EVERYTHING: &str = include_str!("../../../../crates/exercise/tests/it/scenarios/everything.toml");

/// Seeds for the mission file: an example, a template, and one with every key.
pub(crate) fn missions() -> Vec<Vec<u8>> {
    let example = include_str!("../../../../examples/ceasefire-week/mission.toml");
    // What is a comment in the template is a key here; some of it is right and some is not.
    let commented = Plan::template().text().replace("# ", "");
    let texts =
        [example, EVERY_KEY, &Plan::template().text(), &commented, TORN, "\u{feff}[mission]\r\ntitle = 't'\r\n"];
    texts.map(|text| text.as_bytes().to_vec()).to_vec()
}

const EVERY_KEY: &str = r#"
[mission]
title = "The line"
[[party]]
id = "alpha"
names = { en = "Alpha", ar = "ألفا" }
prefixes = ["192.0.2.0/24", "2001:db8::/33"]
asns = [64496, "AS64501", "1.10"]
countries = ["XA"]
domains = ["Example.ORG."]
[[party.contacts]]
role = "csirt"
name = "duty desk"
email = "csirt@example.org"
phone = "1"
[[party.keys]]
algorithm = "ed25519"
base64 = "AAAA"
[[party]]
id = "beta"
prefixes = "198.51.100.7"
asns = 64497
[[border]]
id = "line"
between = ["alpha", "beta"]
[[safe_area]]
id = "clinic"
names.en = "Clinic"
class = "hospital"
party = "alpha"
addresses = ["192.0.2.16/28", "20.0.0.1"]
[[sensor]]
id = "gate"
vantage = "at the exchange"
sees = ["party:beta", "192.0.2.0/24"]
sampling = 100
longest_silence = "5m"
[tables]
origins = "origins.txt"
registry = "countries.csv"
[watch]
period = "10s"
memory = "256MiB"
idle_time = "1h30m"
keep_payload = true
"#;

const TORN: &str = "[mission]\ntitle = \"x\n[[party]]\nid = 'a'\nprefixes = ['10.0.0.1/8']\nfoo\n[[party]]\nid = 'a'\n";

/// Seeds for `detectors.toml`: every setting of every detector, a rule with most that rules have, and one of each table.
pub(crate) fn detectors() -> Vec<Vec<u8>> {
    let mut settings = String::from("off = [\"worm\"]\n");
    for one in CATALOGUE.iter().filter(|one| !one.settings.is_empty()) {
        settings += &format!("[{}]\n", one.name);
        for setting in one.settings {
            let value = match setting.default {
                Amount::Time(time) => format!("\"{}s\"", time.as_secs_f64()),
                other => other.to_string(),
            };
            settings += &format!("{} = {value}\n", setting.name);
        }
    }
    [settings.as_str(), TABLES, RULES].map(|text| text.as_bytes().to_vec()).to_vec()
}

const TABLES: &str = r#"
[[announced]]
who = ["203.0.113.9", "2001:db8::/48"]
kinds = ["scan", "ddos.flood"]
from = "2026-03-01T00:00:00Z"
until = "2026-03-02T00:00:00Z"
note = "a test"
[[indicators]]
file = "list.txt"
format = "plain"
confidence = 80
class = "malicious-code/c2-server"
"#;

const RULES: &str = r#"
[[rule]]
id = "names-into-plant"
title = "Questions into the plant"
kind = "rule.questions"
class = "information-gathering/scanner"
effect = "CA"
confidence = "high"
condition = "1 of asked* and not own"
threshold = "count-distinct dst_endpoint_ip by src_endpoint_ip within 5m >= 3"
[rule.where.asked-ports]
"dst_endpoint_port|gte" = 53
[[rule.where.asked-names]]
"query_name|endswith" = [".example", "x?y*"]
[[rule.where.asked-names]]
"query_name|re" = "^w+\\."
[rule.where.own]
"src_endpoint_ip|cidr" = "192.0.2.0/24"
"#;

/// Seeds for lists of indicators, one of each format.
pub(crate) fn indicators() -> Vec<Vec<u8>> {
    const PLAIN: &str = "# made today\n1[.]2[.]3[.]4 # loader\r\n81.2.69.0/24 ; block\nevil.example,2026-01-01\n\
                         0.0.0.0 ads.example\nhxxp://drop.example/a.exe\nt13d1516h2_8daaf6152771_02713d6af862";
    const STIX: &str = r#"{"type":"bundle","id":"bundle--1","objects":[{"type":"indicator","spec_version":"2.1",
"id":"indicator--1","created":"2026-01-01T00:00:00Z","valid_from":"2026-01-01T00:00:00Z","valid_until":"2027-01-01T00:00:00Z",
"confidence":70,"pattern_type":"stix",
"pattern":"[ipv4-addr:value = '81.2.69.160' OR domain-name:value IN ('a.example','b.example')] AND [network-traffic:dst_port = 80]"}]}"#;
    const MISP: &str = r#"{"Event":{"info":"A campaign","date":"2026-01-01","Tag":[{"name":"rsit:malicious-code=\"c2-server\""}],
"Attribute":[{"type":"ip-dst|port","value":"81.2.69.160|443","to_ids":true,"timestamp":"1767225600"},
{"type":"domain","value":"evil.example","to_ids":true}],
"Object":[{"Attribute":[{"type":"ja3-fingerprint-md5","value":"00","to_ids":false}]}]}}"#;
    [PLAIN, STIX, MISP].map(|text| text.as_bytes().to_vec()).to_vec()
}

/// Seeds for what is said on the command line.
pub(crate) fn plans() -> Vec<Vec<u8>> {
    let whole = "The \"line\" \\ and\u{1}more\npalpha=192.0.2.0/24,2001:db8::/33\npbeta=198.51.100.7\n\
                 aclinic=hospital:alpha:192.0.2.16/28,2001:db8::1\nsgate=party:alpha,198.51.100.0/24\n";
    vec![whole.as_bytes().to_vec(), b"t\npa=0.0.0.0/0\npb=::/0\nas=other:a:10.0.0.1\nss=party:b\n".to_vec()]
}

/// Every attack that can be played.
const ATTACKS: &str = include_str!("../../../../crates/exercise/tests/it/scenarios/attacks.toml");

/// Seeds for scenarios.
pub(crate) fn scenarios() -> Vec<Vec<u8>> {
    let small = "title = 't'\nseed = 1\nstart = '2026-03-01T00:00:00Z'\nduration = '1m'\nperiod = '1m'\n\
                 [[party]]\nid = 'north'\nprefixes = ['198.18.0.0/16']\nhosts = 9\n\
                 [[party]]\nid = 'south'\nprefixes = ['198.19.0.0/16', '2001:db8::/32']\nhosts = 9\n\
                 [[sensor]]\nid = 'crossing'\nsees = [['north', 'south']]\n";
    let traffic = "[[traffic]]\nkind = 'dns'\nfrom = 'north'\nto = 'south'\nper_minute = 500\n";
    let example = include_str!("../../../../examples/ceasefire-week/scenario.toml");
    [EVERYTHING, ATTACKS, example, &(small.to_owned() + traffic), small].map(|text| text.as_bytes().to_vec()).to_vec()
}

/// Seeds for the journal: one that was written, whole and cut short, and plans of some.
pub(crate) fn journals() -> Vec<Vec<u8>> {
    let written = journal();
    let plan: Vec<u8> = (0..100).map(|n| (n * 29) as u8).collect();
    vec![
        [&[0], &written[..]].concat(),
        [&[0], &written[..written.len() - 9]].concat(),
        [&[1, 3, b'x', 0, 90], &plan[..]].concat(),
        [&[1, 7, b'\n', 1, 200], &plan[..]].concat(),
    ]
}

fn journal() -> Vec<u8> {
    let folder = tempfile::tempdir().expect("room for a folder");
    let sensor = Sensor {
        id: "a".parse().expect("an id"),
        vantage: None,
        sees: Vec::new(),
        sampling: 1,
        longest_silence: Duration::from_secs(60),
    };
    let mission = Mission { sensors: vec![sensor], ..Mission::default() };
    let mut custody = Custody::open(folder.path(), &mission).expect("an empty folder");
    for number in 0..3 {
        custody.add(
            &mission,
            &SealedBatch {
                sensor: (number > 0).then_some(SensorIndex(0)),
                number: u32::from(number),
                seal: Seal([number; 32]),
                opening: Seal([number; 32]),
                packets: 7,
                bytes: 700,
                span: Span::at(Moment::from_seconds(1_772_323_200, i64::from(number))),
            },
        );
    }
    custody.write().expect("room for the journal");
    std::fs::read(folder.path().join("custody/seals.jsonl")).expect("the journal")
}
