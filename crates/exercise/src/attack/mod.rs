//! Attacks: one file a kind, and a line here.

mod control_write;
mod flood;
mod reflection;
mod scan;

use std::time::Duration;

use crate::random::Draw;
use crate::scenario::Method;
use crate::traffic::stage::Stage;

/// Purpose of the draws of attacks.
const ATTACKS: u64 = 4;

/// Begins every attack. It waits in the queue until its time comes.
pub(crate) fn enter(stage: &mut Stage) {
    let attacks = stage.scenario.attacks.clone();
    for (place, attack) in attacks.iter().enumerate() {
        let draw = stage.draw(&[ATTACKS, place as u64]);
        match &attack.method {
            Method::Reflection { .. } => reflection::enter(stage, place, attack, draw),
            Method::Scan { .. } => scan::enter(stage, place, attack, draw),
            Method::ControlWrite { .. } => control_write::enter(stage, place, attack, draw),
            Method::Flood { .. } => flood::enter(stage, place, attack, draw),
        }
    }
}

/// The gap to the next packet at this rate, half as long to half as long again.
fn gap(packets_per_second: f64, draw: &mut Draw) -> Duration {
    Duration::from_nanos(((0.5 + draw.unit()) * 1e9 / packets_per_second).max(1.0) as u64)
}
