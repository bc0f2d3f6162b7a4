//! The questions that `blueline init` asks at a terminal.

use std::str::FromStr;

use anyhow::Result;
use blueline_mission::folder::{PartyPlan, Plan, SafeAreaPlan, SensorPlan};
use dialoguer::Input;

/// Asks for everything that a first mission needs. An empty answer ends a list.
pub(super) fn ask(title: String) -> Result<Plan> {
    anstream::eprintln!("A few questions make the first mission file. Everything can be changed in it later.\n");
    Ok(Plan {
        title: Input::new().with_prompt("Title of the mission").default(title).interact_text()?,
        parties: list::<PartyPlan>("Party, as ID=PREFIX[,PREFIX...], such as alpha=192.0.2.0/24", 2)?,
        safe_areas: list::<SafeAreaPlan>(
            "Safe area, as ID=CLASS:PARTY:ADDRESSES, such as clinic=hospital:alpha:192.0.2.16/28",
            0,
        )?,
        sensors: list::<SensorPlan>("Sensor, as ID=PREFIX|party:ID[,...], such as gate=party:alpha,party:beta", 0)?,
    })
}

/// Asks until the answer is empty, but for `least` at least. What cannot be read is asked again.
fn list<T: FromStr<Err = String>>(prompt: &str, least: usize) -> Result<Vec<T>> {
    let mut items = Vec::new();
    loop {
        let enough = items.len() >= least;
        let ending = if enough { " (empty: go on)" } else { "" };
        let check = move |text: &String| match text.trim() {
            "" if enough => Ok(()),
            text => text.parse::<T>().map(drop),
        };
        let prompt = format!("{prompt}{ending}");
        let answer: String =
            Input::new().with_prompt(prompt).allow_empty(enough).validate_with(check).interact_text()?;
        match answer.trim().parse() {
            Ok(item) => items.push(item),
            // Only the empty answer comes through the check unread.
            Err(_) => return Ok(items),
        }
    }
}
