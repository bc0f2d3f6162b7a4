//! A control system's reads, and an intruder's writes, by Modbus over TCP (Modbus Application Protocol V1.1b3, Messaging on
//! TCP/IP V1.0b).

use std::time::Duration;

use blueline_terms::Moment;

use super::{Dialogue, Turn};
use crate::payload::Payload;
use crate::random::Draw;
use crate::scenario::ControlFunction;

pub(crate) const PORT: u16 = 502;

const READ_COILS: u8 = 1;
const READ_HOLDING_REGISTERS: u8 = 3;
const READ_INPUT_REGISTERS: u8 = 4;

/// A control system that reads in turn, without end.
pub(crate) struct Reading {
    every: Duration,
    transaction: u16,
    unit: u8,
    /// The answer that is due.
    due: Option<Vec<u8>>,
}

impl Reading {
    pub(crate) fn new(every: Duration, draw: &mut Draw) -> Self {
        Self { every, transaction: draw.bits() as u16, unit: draw.between(1, 10) as u8, due: None }
    }
}

impl Dialogue for Reading {
    fn next(&mut self, _: Moment, draw: &mut Draw) -> Option<Turn> {
        if let Some(answer) = self.due.take() {
            return Some(Turn::answer(draw.millis(2, 12), Payload::plain(answer)));
        }
        let (question, answer) = read(self.transaction, self.unit, draw);
        let first = self.transaction;
        self.transaction = first.wrapping_add(1);
        self.due = Some(answer);
        Some(Turn::ask(self.every, Payload::plain(question)))
    }
}

/// An intruder who reads once, then writes.
pub(crate) struct Writing {
    function: ControlFunction,
    every: Duration,
    left: u32,
    transaction: u16,
    unit: u8,
    looked: bool,
    due: Option<Vec<u8>>,
}

impl Writing {
    pub(crate) fn new(function: ControlFunction, writes: u32, every: Duration, draw: &mut Draw) -> Self {
        let unit = draw.between(1, 10) as u8;
        Self { function, every, left: writes, transaction: 1, unit, looked: false, due: None }
    }
}

impl Dialogue for Writing {
    fn next(&mut self, _: Moment, draw: &mut Draw) -> Option<Turn> {
        if let Some(answer) = self.due.take() {
            return Some(Turn::answer(draw.millis(2, 12), Payload::plain(answer)));
        }
        let (wait, (question, answer)) = if self.looked {
            self.left = self.left.checked_sub(1)?;
            (self.every, write(self.function, self.transaction, self.unit, draw))
        } else {
            self.looked = true;
            (Duration::ZERO, read(self.transaction, self.unit, draw))
        };
        self.transaction = self.transaction.wrapping_add(1);
        self.due = Some(answer);
        Some(Turn::ask(wait, Payload::plain(question)))
    }
}

/// A read and its answer.
fn read(transaction: u16, unit: u8, draw: &mut Draw) -> (Vec<u8>, Vec<u8>) {
    let function = *draw.pick(&[READ_HOLDING_REGISTERS, READ_HOLDING_REGISTERS, READ_INPUT_REGISTERS, READ_COILS]);
    let first = draw.below(200) as u16;
    let count = draw.between(2, 20) as u16;
    let question = [&[function][..], &first.to_be_bytes(), &count.to_be_bytes()].concat();
    let length = if function == READ_COILS { count.div_ceil(8) } else { count * 2 } as u8;
    let mut answer = vec![function, length];
    for _ in 0..length {
        answer.push(draw.below(64) as u8);
    }
    (message(transaction, unit, &question), message(transaction, unit, &answer))
}

/// A write and its answer, which says the write again in part.
fn write(function: ControlFunction, transaction: u16, unit: u8, draw: &mut Draw) -> (Vec<u8>, Vec<u8>) {
    let first = (draw.below(200) as u16).to_be_bytes();
    let value = (draw.below(1000) as u16).to_be_bytes();
    let (question, echoed) = match function {
        // On is ff00, off is 0000.
        ControlFunction::WriteSingleCoil => {
            (vec![5, first[0], first[1], if draw.chance(0.5) { 0xff } else { 0 }, 0], 5)
        }
        ControlFunction::WriteSingleRegister => (vec![6, first[0], first[1], value[0], value[1]], 5),
        ControlFunction::WriteMultipleCoils => {
            (vec![15, first[0], first[1], 0, 10, 2, draw.bits() as u8, draw.bits() as u8 & 3], 5)
        }
        ControlFunction::WriteMultipleRegisters => {
            (vec![16, first[0], first[1], 0, 2, 4, value[0], value[1], value[0], value[1]], 5)
        }
    };
    (message(transaction, unit, &question), message(transaction, unit, &question[..echoed]))
}

/// The header of Modbus over TCP before a function and its data.
fn message(transaction: u16, unit: u8, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(7 + content.len());
    out.extend_from_slice(&transaction.to_be_bytes());
    out.extend_from_slice(&[0, 0]);
    out.extend_from_slice(&(content.len() as u16 + 1).to_be_bytes());
    out.push(unit);
    out.extend_from_slice(content);
    out
}
