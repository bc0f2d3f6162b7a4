//! Modbus over TCP (Modbus Application Protocol V1.1b3, Messaging on TCP/IP V1.0b).

use super::control::{Exchange, Machine};
use crate::random::Draw;
use crate::scenario::ControlFunction;

pub(crate) const PORT: u16 = 502;

const READ_COILS: u8 = 1;
const READ_HOLDING_REGISTERS: u8 = 3;
const READ_INPUT_REGISTERS: u8 = 4;

/// One conversation's numbers.
pub(super) struct Modbus {
    transaction: u16,
    unit: u8,
}

impl Modbus {
    pub(super) fn new(transaction: u16, draw: &mut Draw) -> Self {
        Self { transaction, unit: draw.between(1, 10) as u8 }
    }

    fn next(&mut self) -> u16 {
        let transaction = self.transaction;
        self.transaction = transaction.wrapping_add(1);
        transaction
    }
}

impl Machine for Modbus {
    fn read(&mut self, draw: &mut Draw) -> Exchange {
        let transaction = self.next();
        read(transaction, self.unit, draw)
    }

    fn write(&mut self, function: ControlFunction, draw: &mut Draw) -> Exchange {
        let transaction = self.next();
        write(function, transaction, self.unit, draw)
    }
}

/// A read and its answer.
fn read(transaction: u16, unit: u8, draw: &mut Draw) -> Exchange {
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
fn write(function: ControlFunction, transaction: u16, unit: u8, draw: &mut Draw) -> Exchange {
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
        // Functions of other protocols are never asked for here.
        _ => (vec![16, first[0], first[1], 0, 2, 4, value[0], value[1], value[0], value[1]], 5),
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
