//! The traffic of a scenario, packet by packet in order of time.
//!
//! Whatever goes on is an [`Actor`]: a conversation, a process that begins conversations, an attack. Each waits in a
//! queue for its next moment; when that comes it may send packets, begin other actors, and names its next moment or is
//! done. So memory holds what goes on at one time, however long the scenario is.

mod arrivals;
mod crowd;
pub(crate) mod flow;
mod neighbours;
pub(crate) mod ping;
pub(crate) mod stage;
pub(crate) mod tcp;
pub(crate) mod udp;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use blueline_terms::Moment;

use crate::packet::Packet;
use crate::scenario::Scenario;
use crate::truth::AttackFacts;
use stage::Stage;

/// Something that goes on.
pub(crate) trait Actor {
    /// Does what is due and says when the next thing is; `None` when nothing is left to do.
    fn act(&mut self, now: Moment, stage: &mut Stage) -> Option<Moment>;
}

/// All packets of a scenario in order of time; equal times in order of creation.
///
/// ```
/// use blueline_exercise::{Flood, Scenario, Traffic};
///
/// let scenario = Scenario::flood(&Flood { packets: 100, ..Flood::default() });
/// assert_eq!(Traffic::new(&scenario).count(), 100);
/// ```
pub struct Traffic {
    stage: Stage,
    end: Moment,
    queue: BinaryHeap<Reverse<(Moment, u64, usize)>>,
    actors: Vec<Option<Box<dyn Actor>>>,
    free: Vec<usize>,
    created: u64,
    ready: VecDeque<Packet>,
}

impl Traffic {
    /// The traffic of this scenario, from its first packet on.
    pub fn new(scenario: &Scenario) -> Self {
        let mut stage = Stage::new(scenario);
        arrivals::enter(&mut stage);
        crowd::enter(&mut stage);
        ping::enter(&mut stage);
        neighbours::enter(&mut stage);
        crate::attack::enter(&mut stage);
        let mut traffic = Self {
            stage,
            end: scenario.end(),
            queue: BinaryHeap::new(),
            actors: Vec::new(),
            free: Vec::new(),
            created: 0,
            ready: VecDeque::new(),
        };
        traffic.admit();
        traffic
    }

    /// How many actors are at work: what memory grows with.
    pub fn active(&self) -> usize {
        self.queue.len()
    }

    /// What is known of the attacks so far.
    pub(crate) fn attack_facts(&self) -> &[AttackFacts] {
        &self.stage.attacks
    }

    /// Puts the actors that were begun into the queue.
    fn admit(&mut self) {
        for (moment, actor) in self.stage.begun.drain(..) {
            let slot = self.free.pop().unwrap_or_else(|| {
                self.actors.push(None);
                self.actors.len() - 1
            });
            self.actors[slot] = Some(actor);
            self.queue.push(Reverse((moment, self.created, slot)));
            self.created += 1;
        }
    }

    /// Lets the next actor act. False at the end.
    fn advance(&mut self) -> bool {
        let Some(Reverse((now, _, slot))) = self.queue.pop() else { return false };
        if now >= self.end {
            // Whatever else waits is later still.
            self.queue.clear();
            self.actors.clear();
            return false;
        }
        // A slot in the queue always has its actor; it is taken out only here.
        let Some(mut actor) = self.actors[slot].take() else { return true };
        match actor.act(now, &mut self.stage) {
            Some(next) => {
                self.actors[slot] = Some(actor);
                self.queue.push(Reverse((next.max(now), self.created, slot)));
                self.created += 1;
            }
            None => self.free.push(slot),
        }
        self.admit();
        std::mem::swap(&mut self.ready, &mut self.stage.sent);
        true
    }
}

impl Iterator for Traffic {
    type Item = Packet;

    fn next(&mut self) -> Option<Packet> {
        loop {
            if let Some(packet) = self.ready.pop_front() {
                return Some(packet);
            }
            if !self.advance() {
                return None;
            }
        }
    }
}
