//! Attacks: one file a kind, which describes itself in an [`About`], and a line in [`CATALOGUE`].
//!
//! Everything that could harm is missing: payloads are filling of the right size and shape, no exploit and no malware.

mod backscatter;
mod beacon;
mod brute_force;
mod control_write;
mod dns_abuse;
mod exfiltration;
mod flood;
mod reflection;
mod scan;
pub(crate) mod worm;

use std::time::Duration;

use crate::random::Draw;
use crate::scenario::Method;
use crate::traffic::stage::Stage;
pub(crate) use worm::Outbreak;

/// Purpose of the draws of attacks.
const ATTACKS: u64 = 4;

/// What a kind of attack is, for people. The book's page about exercises is held against it.
#[derive(Debug)]
pub struct About {
    /// Its table in the scenario.
    pub table: &'static str,
    /// Its word in the truth.
    pub kind: &'static str,
    /// What a detector calls it.
    pub finding: &'static str,
    /// What it is, in a sentence.
    pub title: &'static str,
    /// Where its shape is written down.
    pub source: &'static str,
    /// Its vectors: the word, and what it is.
    pub vectors: fn() -> Vec<(&'static str, &'static str)>,
}

/// Every kind of attack.
pub static CATALOGUE: &[&About] = &[
    &reflection::ABOUT,
    &scan::ABOUT,
    &control_write::ABOUT,
    &flood::ABOUT,
    &backscatter::ABOUT,
    &brute_force::ABOUT,
    &worm::ABOUT,
    &beacon::ABOUT,
    &dns_abuse::ABOUT,
    &exfiltration::ABOUT,
];

/// What this attack is.
pub(crate) fn about(method: &Method) -> &'static About {
    match method {
        Method::Reflection { .. } => &reflection::ABOUT,
        Method::Scan { .. } => &scan::ABOUT,
        Method::ControlWrite { .. } => &control_write::ABOUT,
        Method::Flood { .. } => &flood::ABOUT,
        Method::Backscatter { .. } => &backscatter::ABOUT,
        Method::BruteForce { .. } => &brute_force::ABOUT,
        Method::Worm(_) => &worm::ABOUT,
        Method::Beacon { .. } => &beacon::ABOUT,
        Method::DnsAbuse { .. } => &dns_abuse::ABOUT,
        Method::Exfiltration { .. } => &exfiltration::ABOUT,
    }
}

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
            Method::Backscatter { .. } => backscatter::enter(stage, place, attack, draw),
            Method::BruteForce { .. } => brute_force::enter(stage, place, attack, draw),
            Method::Worm(worm) => worm::enter(stage, place, attack, worm, draw),
            Method::Beacon { .. } => beacon::enter(stage, place, attack, draw),
            Method::DnsAbuse { .. } => dns_abuse::enter(stage, place, attack, draw),
            Method::Exfiltration { .. } => exfiltration::enter(stage, place, attack, draw),
        }
    }
}

/// The gap to the next packet at this rate, half as long to half as long again.
fn gap(packets_per_second: f64, draw: &mut Draw) -> Duration {
    Duration::from_nanos(((0.5 + draw.unit()) * 1e9 / packets_per_second).max(1.0) as u64)
}

/// The words of a closed list with their meanings.
macro_rules! vectors {
    ($list:ty) => {
        || <$list>::ALL.iter().map(|one| (one.word(), one.meaning())).collect()
    };
}
use vectors;
