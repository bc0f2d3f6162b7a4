//! What control systems say, whatever their protocol: reads in turn, and an intruder's writes.

use std::collections::VecDeque;
use std::time::Duration;

use blueline_terms::Moment;

use super::{Dialogue, Turn, dnp3, ethernet_ip, iec104, modbus, s7comm};
use crate::payload::Payload;
use crate::random::Draw;
use crate::scenario::ControlFunction;

/// A question and its answer.
pub(super) type Exchange = (Vec<u8>, Vec<u8>);

/// One conversation with a controller. It keeps the numbers that messages are told apart by.
pub(super) trait Machine {
    /// What has to be said before anything else.
    fn opening(&mut self, _: &mut Draw) -> Vec<Exchange> {
        Vec::new()
    }

    /// Reads something; nothing changes by it.
    fn read(&mut self, draw: &mut Draw) -> Exchange;

    /// Changes something by this function, which is one of the protocol's.
    fn write(&mut self, function: ControlFunction, draw: &mut Draw) -> Exchange;
}

/// The protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Modbus,
    S7comm,
    Dnp3,
    Iec104,
    EthernetIp,
}

impl Protocol {
    /// The port that controllers listen at.
    pub(crate) const fn port(self) -> u16 {
        match self {
            Self::Modbus => modbus::PORT,
            Self::S7comm => s7comm::PORT,
            Self::Dnp3 => dnp3::PORT,
            Self::Iec104 => iec104::PORT,
            Self::EthernetIp => ethernet_ip::PORT,
        }
    }

    /// A new conversation. `known` is a control system's own, whose numbers have been counted for long.
    fn machine(self, known: bool, draw: &mut Draw) -> Box<dyn Machine> {
        match self {
            Self::Modbus => {
                let transaction = if known { draw.bits() as u16 } else { 1 };
                Box::new(modbus::Modbus::new(transaction, draw))
            }
            Self::S7comm => Box::new(s7comm::S7comm::new(draw)),
            Self::Dnp3 => Box::new(dnp3::Dnp3::new(draw)),
            Self::Iec104 => Box::new(iec104::Iec104::new(draw)),
            Self::EthernetIp => Box::new(ethernet_ip::EthernetIp::new(draw)),
        }
    }
}

/// The protocol that this function belongs to.
pub(crate) const fn protocol(function: ControlFunction) -> Protocol {
    use ControlFunction as F;
    match function {
        F::WriteSingleCoil | F::WriteSingleRegister | F::WriteMultipleCoils | F::WriteMultipleRegisters => {
            Protocol::Modbus
        }
        F::S7WriteVariable | F::S7RequestDownload | F::S7PlcStop => Protocol::S7comm,
        F::Dnp3Write | F::Dnp3DirectOperate | F::Dnp3ColdRestart => Protocol::Dnp3,
        F::Iec104SingleCommand | F::Iec104DoubleCommand | F::Iec104SetPoint => Protocol::Iec104,
        F::EthernetIpWriteTag | F::EthernetIpSetAttribute | F::EthernetIpReset => Protocol::EthernetIp,
    }
}

/// A control system that reads in turn, without end.
pub(crate) struct Reading {
    machine: Box<dyn Machine>,
    every: Duration,
    opening: VecDeque<Exchange>,
    /// The answer that is due.
    due: Option<Vec<u8>>,
}

impl Reading {
    pub(crate) fn new(protocol: Protocol, every: Duration, draw: &mut Draw) -> Self {
        let mut machine = protocol.machine(true, draw);
        let opening = machine.opening(draw).into();
        Self { machine, every, opening, due: None }
    }
}

impl Dialogue for Reading {
    fn next(&mut self, _: Moment, draw: &mut Draw) -> Option<Turn> {
        if let Some(answer) = self.due.take() {
            return Some(Turn::answer(draw.millis(2, 12), Payload::plain(answer)));
        }
        let (wait, (question, answer)) = match self.opening.pop_front() {
            Some(exchange) => (Duration::ZERO, exchange),
            None => (self.every, self.machine.read(draw)),
        };
        self.due = Some(answer);
        Some(Turn::ask(wait, Payload::plain(question)))
    }
}

/// An intruder who reads once, then writes.
pub(crate) struct Writing {
    machine: Box<dyn Machine>,
    function: ControlFunction,
    every: Duration,
    left: u32,
    opening: VecDeque<Exchange>,
    looked: bool,
    due: Option<Vec<u8>>,
}

impl Writing {
    pub(crate) fn new(function: ControlFunction, writes: u32, every: Duration, draw: &mut Draw) -> Self {
        let mut machine = protocol(function).machine(false, draw);
        let opening = machine.opening(draw).into();
        Self { machine, function, every, left: writes, opening, looked: false, due: None }
    }
}

impl Dialogue for Writing {
    fn next(&mut self, _: Moment, draw: &mut Draw) -> Option<Turn> {
        if let Some(answer) = self.due.take() {
            return Some(Turn::answer(draw.millis(2, 12), Payload::plain(answer)));
        }
        let (wait, (question, answer)) = if let Some(exchange) = self.opening.pop_front() {
            (Duration::ZERO, exchange)
        } else if self.looked {
            self.left = self.left.checked_sub(1)?;
            (self.every, self.machine.write(self.function, draw))
        } else {
            self.looked = true;
            (Duration::ZERO, self.machine.read(draw))
        };
        self.due = Some(answer);
        Some(Turn::ask(wait, Payload::plain(question)))
    }
}
