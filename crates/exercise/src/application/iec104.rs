//! IEC 60870-5-104: telecontrol of a station, with types and causes of IEC 60870-5-101, clause 7.2.

use super::control::{Exchange, Machine};
use crate::random::Draw;
use crate::scenario::ControlFunction;

pub(crate) const PORT: u16 = 2404;

const SINGLE_POINT: u8 = 1;
const MEASURED_FLOAT: u8 = 13;
const SINGLE_COMMAND: u8 = 45;
const DOUBLE_COMMAND: u8 = 46;
const SET_POINT_FLOAT: u8 = 50;
const INTERROGATION: u8 = 100;

/// Causes of transmission.
const ACTIVATION: u8 = 6;
const CONFIRMED: u8 = 7;
const TERMINATED: u8 = 10;
const INTERROGATED: u8 = 20;

/// One conversation's numbers.
pub(super) struct Iec104 {
    station: u16,
    /// Frames that centre and station have sent.
    sent: [u16; 2],
}

impl Iec104 {
    pub(super) fn new(draw: &mut Draw) -> Self {
        Self { station: draw.between(1, 200) as u16, sent: [0, 0] }
    }

    /// A frame with data: numbers sent and received, then type, number of objects, cause, station and objects.
    fn frame(&mut self, from_centre: bool, kind: u8, cause: u8, objects: &[(u32, &[u8])]) -> Vec<u8> {
        let (own, other) = if from_centre { (0, 1) } else { (1, 0) };
        let mut out = vec![0x68, 0];
        out.extend_from_slice(&(self.sent[own] << 1).to_le_bytes());
        out.extend_from_slice(&(self.sent[other] << 1).to_le_bytes());
        self.sent[own] = (self.sent[own] + 1) & 0x7fff;
        out.extend_from_slice(&[kind, objects.len() as u8, cause, 0]);
        out.extend_from_slice(&self.station.to_le_bytes());
        for (address, value) in objects {
            out.extend_from_slice(&address.to_le_bytes()[..3]);
            out.extend_from_slice(value);
        }
        out[1] = out.len() as u8 - 2;
        out
    }
}

impl Machine for Iec104 {
    /// Data transfer is started (clause 5.3).
    fn opening(&mut self, _: &mut Draw) -> Vec<Exchange> {
        vec![(vec![0x68, 4, 0x07, 0, 0, 0], vec![0x68, 4, 0x0b, 0, 0, 0])]
    }

    /// A general interrogation: confirmed, answered with points and measured values, and ended.
    fn read(&mut self, draw: &mut Draw) -> Exchange {
        let all = [(0, &[20][..])];
        let question = self.frame(true, INTERROGATION, ACTIVATION, &all);
        let mut answer = self.frame(false, INTERROGATION, CONFIRMED, &all);
        let points = [draw.below(2) as u8, draw.below(2) as u8];
        answer.extend(self.frame(false, SINGLE_POINT, INTERROGATED, &[(1001, &points[..1]), (1002, &points[1..])]));
        let values = [0, 1, 2].map(|_: usize| measured(draw));
        answer.extend(self.frame(
            false,
            MEASURED_FLOAT,
            INTERROGATED,
            &[(2001, &values[0]), (2002, &values[1]), (2003, &values[2])],
        ));
        answer.extend(self.frame(false, INTERROGATION, TERMINATED, &all));
        (question, answer)
    }

    fn write(&mut self, function: ControlFunction, draw: &mut Draw) -> Exchange {
        let (kind, first, value) = match function {
            ControlFunction::Iec104SingleCommand => (SINGLE_COMMAND, 5001, vec![draw.below(2) as u8]),
            ControlFunction::Iec104DoubleCommand => (DOUBLE_COMMAND, 5101, vec![draw.between(1, 2) as u8]),
            // Functions of other protocols are never asked for here.
            _ => (SET_POINT_FLOAT, 5201, measured(draw).to_vec()),
        };
        let object = [(first + draw.below(20) as u32, &value[..])];
        let question = self.frame(true, kind, ACTIVATION, &object);
        let mut answer = self.frame(false, kind, CONFIRMED, &object);
        answer.extend(self.frame(false, kind, TERMINATED, &object));
        (question, answer)
    }
}

/// A short floating point number and its quality, which is good.
fn measured(draw: &mut Draw) -> [u8; 5] {
    let [a, b, c, d] = (draw.below(40_000) as f32 / 100.0).to_le_bytes();
    [a, b, c, d, 0]
}
