//! The mission file, with two small tables beside it.
#![no_main]

use blueline_fuzz::{assert_spots_within, assert_well_told, folder};
use blueline_mission::folder::{Folder, MISSION_FILE, Problems};
use blueline_terms::{PartyIndex, Period, Prefix, Side};
use libfuzzer_sys::fuzz_target;

const ORIGINS: &[u8] = b"20.0.0.0/8\t64496\n2600::/32\t64497\n";
const REGISTRY: &[u8] = b"30.0.0.0,30.255.255.255,XB\n";

fuzz_target!(|text: &[u8]| {
    let read = || folder(&[(MISSION_FILE, text), ("origins.txt", ORIGINS), ("countries.csv", REGISTRY)]);
    match read() {
        Ok(folder) => {
            assert_well_told(&folder.warnings);
            assert_spots_within(&folder.warnings, MISSION_FILE, text);
            assert!(folder.warnings.iter().all(|warning| !warning.is_error()));
            assert_sound(&folder);
        }
        Err(problems) => {
            assert_well_told(problems.list());
            assert_spots_within(problems.list(), MISSION_FILE, text);
            assert!(problems.list().iter().any(|problem| problem.is_error()));
            assert!(read().is_err_and(|again: Problems| again == problems));
        }
    }
});

/// What was found sound needs no second look.
fn assert_sound(Folder { mission, settings, border, .. }: &Folder) {
    assert!(!mission.title.trim().is_empty() && !mission.parties.is_empty());
    assert!((Period::SHORTEST..=Period::LONGEST).contains(&settings.period));
    let known = |party: PartyIndex| usize::from(party.0) < mission.parties.len();
    for border in &mission.borders {
        assert!(border.between.len() >= 2 && border.between.iter().all(|&party| known(party)));
    }
    let declared = || {
        let parties = (0..).map(PartyIndex).zip(&mission.parties);
        parties.flat_map(|(index, party)| party.prefixes.iter().map(move |&prefix| (prefix, index)))
    };
    for (prefix, _) in declared() {
        for address in [prefix.first(), prefix.last()] {
            // The longest declared prefix wins, and there are no two equal ones.
            let holders = declared().filter(|(other, _)| other.contains(address));
            let (_, holder) = holders.max_by_key(|(other, _)| other.length()).expect("the prefix itself");
            // Between the two ends of an IPv6 prefix may lie the IPv4-mapped block, but no end of it does.
            assert_eq!(border.place(border.locate(address)).side, Side::Party(holder), "{address}");
        }
    }
    for area in &mission.safe_areas {
        assert!(known(area.party) && !area.prefixes.is_empty());
        let ends = area.prefixes.iter().flat_map(|&prefix: &Prefix| [prefix.first(), prefix.last()]);
        for end in ends {
            assert!(border.place(border.locate(end)).safe_area.is_some(), "{end}");
        }
    }
    for sensor in &mission.sensors {
        assert!(sensor.sampling >= 1 && !sensor.longest_silence.is_zero() && !sensor.sees.is_empty());
        assert!(sensor.sees.is_sorted_by(|one, next| one < next));
    }
}
