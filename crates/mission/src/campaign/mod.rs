//! A campaign: hundreds of scenarios drawn at random, each played, watched and judged against its truth.
//!
//! One capture shows that a detector can find something; a campaign shows how often it does, how soon, at what strength of
//! the attack, and how often it speaks where nothing was. [`mod@sample`] draws the scenarios, [`mod@play`] plays one and
//! watches it [in memory](memory), [`mod@judge`] holds what was told against the truth, and [`Report`] counts. Beside the
//! detectors run two simple ones with fixed thresholds ([`naive`]), which see the same traffic and are judged alike.
//!
//! What it never does: it reads no clock and touches no disk. The same seed and number of
//! scenarios give the same report, whatever the number of threads. The judge knows the truth; what it judges does not.
//!
//! Begin with [`run`], then read [`mod@judge`] for what counts as found.

mod chart;
mod draw;
pub mod expect;
mod figures;
pub mod judge;
pub mod memory;
pub mod naive;
pub mod play;
mod report;
pub mod sample;
mod table;

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::sync_channel;

pub use judge::{Judged, Observer};
pub use report::Report;
pub use sample::{Sample, sample};

/// What a campaign is to do.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How many scenarios.
    pub scenarios: u32,
    /// What all of them are drawn from.
    pub seed: u64,
    /// Threads, each with a scenario of its own; at least one.
    pub threads: usize,
}

impl Default for Plan {
    fn default() -> Self {
        Self { scenarios: 500, seed: 1, threads: 1 }
    }
}

/// How far a campaign is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Scenarios that were judged.
    pub done: u32,
    /// Scenarios in all.
    pub of: u32,
    /// Packets that were watched.
    pub packets: u64,
}

/// Draws, plays, watches and judges every scenario of the plan.
///
/// `progress` is told after each scenario; when it breaks off, `None` comes back.
pub fn run(plan: Plan, progress: &mut dyn FnMut(Progress) -> ControlFlow<()>) -> Option<Report> {
    let (next, stop) = (AtomicU32::new(0), AtomicBool::new(false));
    let threads = plan.threads.max(1);
    let (sender, results) = sync_channel::<Judged>(threads);
    let mut judged: Vec<Judged> = Vec::with_capacity(plan.scenarios as usize);
    let whole = std::thread::scope(|scope| {
        for _ in 0..threads {
            let (sender, next, stop) = (sender.clone(), &next, &stop);
            scope.spawn(move || {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= plan.scenarios || stop.load(Ordering::Relaxed) {
                        return;
                    }
                    let sample = sample(plan.seed, number);
                    let played = play::play(&sample);
                    if sender.send(judge::judge(&sample, &played)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut packets = 0;
        for one in results {
            packets += one.packets;
            judged.push(one);
            let told = Progress { done: judged.len() as u32, of: plan.scenarios, packets };
            if progress(told).is_break() {
                // The receiver goes with the loop, so that nobody waits to send.
                stop.store(true, Ordering::Relaxed);
                return false;
            }
        }
        true
    });
    // Threads end in any order.
    judged.sort_by_key(|one| one.scenario);
    whole.then(|| Report::new(plan, judged))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_does_not_depend_on_threads() {
        let report =
            |threads| run(Plan { scenarios: 6, seed: 3, threads }, &mut |_| ControlFlow::Continue(())).unwrap();
        let (one, two) = (report(1), report(2));
        assert_eq!(one.text(), two.text());
        assert_eq!(one.files().unwrap(), two.files().unwrap());
        assert!(one.text().contains("6 scenarios"), "{}", one.text());
    }

    #[test]
    fn a_campaign_can_be_broken_off() {
        let plan = Plan { scenarios: 6, seed: 3, threads: 2 };
        let mut told = 0;
        let report = run(plan, &mut |progress| {
            told += 1;
            assert_eq!(progress.done, told);
            if told == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert!(report.is_none() && told == 2);
    }
}
