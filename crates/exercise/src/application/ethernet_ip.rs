//! EtherNet/IP (CIP volume 2, chapter 2): explicit messages without a connection, in a session.

use super::control::{Exchange, Machine};
use crate::random::Draw;
use crate::scenario::ControlFunction;

pub(crate) const PORT: u16 = 44_818;

const REGISTER_SESSION: u16 = 0x65;
const SEND_RR_DATA: u16 = 0x6f;

/// Services (CIP volume 1, appendix A; for tags Rockwell publication 1756-PM020).
const RESET: u8 = 0x05;
const SET_ATTRIBUTE: u8 = 0x10;
const READ_TAG: u8 = 0x4c;
const WRITE_TAG: u8 = 0x4d;
const REPLY: u8 = 0x80;
/// A double integer.
const DINT: [u8; 2] = [0xc4, 0];

/// One conversation's numbers.
pub(super) struct EthernetIp {
    session: u32,
    context: u64,
}

impl EthernetIp {
    pub(super) fn new(draw: &mut Draw) -> Self {
        Self { session: draw.bits() as u32 | 1, context: draw.bits() >> 8 }
    }

    /// A service on a path, and its reply.
    fn exchange(&mut self, service: u8, path: &[u8], asked: &[u8], told: &[u8]) -> Exchange {
        self.context = self.context.wrapping_add(1);
        // The path's length is told in words of 16 bits.
        let request = [&[service, (path.len() / 2) as u8], path, asked].concat();
        let reply = [&[service | REPLY, 0, 0, 0], told].concat();
        (self.unconnected(&request), self.unconnected(&reply))
    }

    /// A message between two who have no connection: interface, timeout, two items (2-4.7 and 2-6).
    fn unconnected(&self, message: &[u8]) -> Vec<u8> {
        let mut data = vec![0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0xb2, 0];
        data.extend_from_slice(&(message.len() as u16).to_le_bytes());
        data.extend_from_slice(message);
        self.encapsulated(SEND_RR_DATA, self.session, &data)
    }

    /// The header before everything: command, length, session, status, context, options (2-3.1).
    fn encapsulated(&self, command: u16, session: u32, data: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(24 + data.len());
        out.extend_from_slice(&command.to_le_bytes());
        out.extend_from_slice(&(data.len() as u16).to_le_bytes());
        out.extend_from_slice(&session.to_le_bytes());
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(&self.context.to_le_bytes());
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(data);
        out
    }
}

impl Machine for EthernetIp {
    fn opening(&mut self, _: &mut Draw) -> Vec<Exchange> {
        let version = [1, 0, 0, 0];
        vec![(
            self.encapsulated(REGISTER_SESSION, 0, &version),
            self.encapsulated(REGISTER_SESSION, self.session, &version),
        )]
    }

    fn read(&mut self, draw: &mut Draw) -> Exchange {
        let path = tag(draw);
        let value = (draw.below(5000) as u32).to_le_bytes();
        self.exchange(READ_TAG, &path, &[1, 0], &[&DINT[..], &value].concat())
    }

    fn write(&mut self, function: ControlFunction, draw: &mut Draw) -> Exchange {
        match function {
            // The speed that a drive is told to have: class 0x2a, instance 1, attribute 8.
            ControlFunction::EthernetIpSetAttribute => {
                let value = (draw.below(3000) as u16).to_le_bytes();
                self.exchange(SET_ATTRIBUTE, &[0x20, 0x2a, 0x24, 1, 0x30, 8], &value, &[])
            }
            // The identity object resets the whole device.
            ControlFunction::EthernetIpReset => self.exchange(RESET, &[0x20, 1, 0x24, 1], &[0], &[]),
            // Functions of other protocols are never asked for here.
            _ => {
                let path = tag(draw);
                let value = (draw.below(5000) as u32).to_le_bytes();
                self.exchange(WRITE_TAG, &path, &[&DINT[..], &[1, 0], &value].concat(), &[])
            }
        }
    }
}

/// A tag by its name: a symbolic segment, filled up to an even length.
fn tag(draw: &mut Draw) -> Vec<u8> {
    let name = *draw.pick(&["Level", "Flow_1", "Pump_2_Speed", "Valve", "Pressure"]);
    let mut path = vec![0x91, name.len() as u8];
    path.extend_from_slice(name.as_bytes());
    path.resize(path.len().next_multiple_of(2), 0);
    path
}
