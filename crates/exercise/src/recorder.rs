//! Traffic in, capture bytes and the truth out.

use blueline_terms::Moment;

use crate::capture;
use crate::scenario::Scenario;
use crate::traffic::Traffic;
use crate::truth::{Truth, Witness};

/// Writes what every sensor records, in pieces as large as the caller likes.
///
/// ```
/// use blueline_exercise::{Flood, Recorder, Scenario};
///
/// let mut recorder = Recorder::new(&Scenario::flood(&Flood { packets: 100, ..Flood::default() }));
/// let mut captures = recorder.headers();
/// while recorder.advance(&mut captures).is_some() {
///     // A caller with little memory would write the bytes to files here and clear the buffers.
/// }
/// assert_eq!(recorder.truth().sensors[0].packets, 100);
/// ```
pub struct Recorder {
    scenario: Scenario,
    traffic: Traffic,
    witness: Witness,
    frame: Vec<u8>,
}

impl Recorder {
    /// A recording of this scenario, before its first packet.
    pub fn new(scenario: &Scenario) -> Self {
        Self {
            traffic: Traffic::new(scenario),
            witness: Witness::new(scenario),
            scenario: scenario.clone(),
            frame: Vec::new(),
        }
    }

    /// What each sensor's file begins with, by the sensor's place in the scenario.
    pub fn headers(&self) -> Vec<Vec<u8>> {
        let header = |sensor| {
            let mut out = Vec::new();
            capture::write_header(sensor, &mut out);
            out
        };
        self.scenario.sensors.iter().map(header).collect()
    }

    /// Appends the next packet to the captures of the sensors that see it and gives its moment; `None` at the end.
    /// `captures` holds a buffer for each sensor; where one is missing, its bytes are lost.
    pub fn advance(&mut self, captures: &mut [Vec<u8>]) -> Option<Moment> {
        let packet = self.traffic.next()?;
        self.witness.note_attack(&packet);
        for (place, sensor) in self.scenario.sensors.iter().enumerate() {
            if !packet.seen_by.has(place) {
                continue;
            }
            sensor.link.frame(&packet, &mut self.frame);
            self.witness.note(place, &packet, self.frame.len() as u64);
            if let Some(out) = captures.get_mut(place) {
                capture::write_record(sensor.capture, packet.moment, &self.frame, out);
            }
        }
        Some(packet.moment)
    }

    /// The scenario that is recorded.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// What a perfect observer would report of all that has been recorded.
    pub fn truth(&self) -> Truth {
        self.witness.truth(&self.scenario, self.traffic.attack_facts())
    }
}

impl Scenario {
    /// The whole recording in memory: each sensor's capture, and the truth. For tests and small scenarios.
    pub fn record(&self) -> (Vec<Vec<u8>>, Truth) {
        let mut recorder = Recorder::new(self);
        let mut captures = recorder.headers();
        while recorder.advance(&mut captures).is_some() {}
        (captures, recorder.truth())
    }
}
