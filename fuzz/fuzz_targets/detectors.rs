//! `detectors.toml`: settings, announcements and rules. What is found sound is put to work on a little traffic.
#![no_main]

use blueline_detect::Whereabouts;
use blueline_fuzz::{assert_spots_within, assert_well_told, folder};
use blueline_mission::folder::{DETECTORS_FILE, Folder, MISSION_FILE};
use blueline_terms::{
    Address, Application, Change, Changes, Counts, Finding, FlowId, Messages, Moment, Network, Place, Saying, Span,
    Speaker, Standing, Weight,
};
use libfuzzer_sys::fuzz_target;

const MISSION: &[u8] = b"[mission]\ntitle = \"The line\"\n\
    [[party]]\nid = \"alpha\"\nprefixes = [\"192.0.2.0/24\", \"2001:db8::/33\"]\n\
    [[party]]\nid = \"beta\"\nprefixes = [\"198.51.100.0/24\"]\n\
    [[safe_area]]\nid = \"plant\"\nclass = \"power\"\nparty = \"beta\"\naddresses = [\"198.51.100.7\"]\n";
const LIST: &[u8] = b"203.0.113.9\nbad.example\n";

fuzz_target!(|text: &[u8]| {
    let read = || folder(&[(MISSION_FILE, MISSION), (DETECTORS_FILE, text), ("list.txt", LIST)]);
    match read() {
        Ok(folder) => {
            assert_well_told(&folder.warnings);
            assert_spots_within(&folder.warnings, DETECTORS_FILE, text);
            // Nothing that is found depends on how the tables of the detectors are seeded.
            assert_eq!(found(&folder, 1), found(&folder, 2));
        }
        Err(problems) => {
            assert_well_told(problems.list());
            assert_spots_within(problems.list(), DETECTORS_FILE, text);
            assert!(problems.list().iter().any(|problem| problem.is_error()));
            assert!(read().is_err_and(|again| again == problems));
        }
    }
});

struct Places<'a>(&'a Folder);

impl Whereabouts for Places<'_> {
    fn place(&self, address: Address, _: Option<Address>) -> &Place {
        let border = &self.0.border;
        border.place(border.locate(address))
    }
}

/// What the detectors, set so, find in ten seconds of a host that asks every other host of a network for a name.
fn found(folder: &Folder, seed: u64) -> Vec<Finding> {
    let mut runner = folder.detectors.runner(seed);
    let mut all = Vec::new();
    for second in 0..10u32 {
        let mut changes = Changes::default();
        for host in 0..32u32 {
            let row = changes.rows.len() as u32;
            let change = change(second, host);
            changes.rows.push(change);
            changes.say(&Saying {
                change: row,
                forward: true,
                moment: change.span.start,
                application: Application::Dns,
                speaker: Speaker::Request,
                code: Some(1),
                weight: Weight::Read,
                refused: false,
                size: 40,
                name: "www.bad.example",
                offered: "",
                ja4: "",
            });
        }
        let now = Moment::from_seconds(1_772_323_200 + i64::from(second) + 1, 0);
        all.extend(runner.beat(now, (true, second == 9), &[&changes], &Places(folder)));
    }
    all
}

fn change(second: u32, host: u32) -> Change {
    let at = Moment::from_seconds(1_772_323_200 + i64::from(second), i64::from(host) * 1_000_000);
    let counts = Counts { packets: 1, bytes: 68, ..Counts::default() };
    Change {
        id: FlowId { batch: 0, ordinal: second * 32 + host },
        sensor: None,
        span: Span::at(at),
        source: Address::v4([203, 0, 113, 9]),
        destination: Address::v4([198, 51, 100, host as u8]),
        source_port: 40_000,
        destination_port: 53,
        network: Network::Ipv4,
        protocol: 17,
        application: Application::Dns,
        standing: Standing::OPENING,
        forward: counts,
        backward: Counts::default(),
        fragments: 0,
        overlaps: 0,
        extended: 0,
        tunnel: 0,
        messages: Messages { requests: 1, ..Messages::default() },
    }
}
