//! What is said on the command line when a folder is made: the first line is the mission's title, each other line a
//! party (`p`), a safe area (`a`) or a sensor (`s`). What is written must read back as it was meant.
#![no_main]

use blueline_fuzz::{assert_well_told, folder};
use blueline_mission::folder::{MISSION_FILE, PartyPlan, Plan, SafeAreaPlan, SensorPlan};
use blueline_terms::{Mission, SafeArea};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (title, lines) = text.split_once('\n').unwrap_or((text, ""));
    let mut plan = Plan { title: title.to_owned(), parties: vec![], safe_areas: vec![], sensors: vec![] };
    for line in lines.lines() {
        let refusal = match line.split_at_checked(1) {
            Some(("p", party)) => party.parse().map(|party| plan.parties.push(party)),
            Some(("a", area)) => area.parse().map(|area| plan.safe_areas.push(area)),
            Some(("s", sensor)) => sensor.parse().map(|sensor| plan.sensors.push(sensor)),
            _ => continue,
        };
        assert!(refusal.err().is_none_or(|words: String| !words.is_empty()));
    }
    match folder(&[(MISSION_FILE, plan.text().as_bytes())]) {
        Ok(folder) => assert_eq!(written_of(&folder.mission), written(&plan)),
        Err(problems) => {
            assert_well_told(problems.list());
            // Parties may not agree, but the text is in form whatever they say.
            for problem in problems.list() {
                for slip in ["not valid TOML", "unknown key", "not UTF-8", "` holds "] {
                    assert!(!problem.message.contains(slip), "{problem}");
                }
            }
        }
    }
});

/// The plan in words.
fn written(plan: &Plan) -> String {
    let parties: Vec<_> = plan.parties.iter().map(|PartyPlan { id, prefixes }| (id, prefixes)).collect();
    let areas = plan.safe_areas.iter();
    let areas: Vec<_> =
        areas.map(|SafeAreaPlan { id, class, party, addresses }| (id, class, party, addresses)).collect();
    let sensors: Vec<_> = plan.sensors.iter().map(|SensorPlan { id, .. }| id).collect();
    format!("{:?} {parties:?} {areas:?} {sensors:?}", plan.title)
}

/// The mission in the same words.
fn written_of(mission: &Mission) -> String {
    let parties: Vec<_> = mission.parties.iter().map(|party| (&party.id, &party.prefixes)).collect();
    let party_of = |area: &SafeArea| &mission.parties[usize::from(area.party.0)].id;
    let areas = mission.safe_areas.iter();
    let areas: Vec<_> = areas.map(|area| (&area.id, area.class, party_of(area), &area.prefixes)).collect();
    let sensors: Vec<_> = mission.sensors.iter().map(|sensor| &sensor.id).collect();
    format!("{:?} {parties:?} {areas:?} {sensors:?}", mission.title)
}
