//! S7 communication over ISO-on-TCP (RFC 1006, ISO 8073). Siemens has published no standard: fields and functions are those
//! that open dissectors have established.

use super::control::{Exchange, Machine};
use crate::random::Draw;
use crate::scenario::ControlFunction;

pub(crate) const PORT: u16 = 102;

const SETUP_COMMUNICATION: u8 = 0xf0;
const READ_VARIABLE: u8 = 0x04;
const WRITE_VARIABLE: u8 = 0x05;
const REQUEST_DOWNLOAD: u8 = 0x1a;
const PLC_STOP: u8 = 0x29;

/// One conversation's numbers.
pub(super) struct S7comm {
    reference: u16,
    /// Rack and slot of the processor, as they stand in its transport address.
    slot: u8,
}

impl S7comm {
    pub(super) fn new(draw: &mut Draw) -> Self {
        Self { reference: draw.bits() as u16, slot: draw.between(1, 3) as u8 }
    }

    /// A job with its parameters and data, and the acknowledgement with its.
    fn exchange(&mut self, job: [&[u8]; 2], acknowledgement: [&[u8]; 2]) -> Exchange {
        self.reference = self.reference.wrapping_add(1);
        (self.message(1, &[], job), self.message(3, &[0, 0], acknowledgement))
    }

    /// A packet: kind, reference, lengths, for an acknowledgement its error, then parameters and data.
    fn message(&self, kind: u8, error: &[u8], [parameters, data]: [&[u8]; 2]) -> Vec<u8> {
        let mut out = vec![0x32, kind, 0, 0];
        out.extend_from_slice(&self.reference.to_be_bytes());
        out.extend_from_slice(&(parameters.len() as u16).to_be_bytes());
        out.extend_from_slice(&(data.len() as u16).to_be_bytes());
        for part in [error, parameters, data] {
            out.extend_from_slice(part);
        }
        // A data TPDU, the last of its message (ISO 8073, 13.7).
        in_tpkt(&[&[2, 0xf0, 0x80], &out[..]].concat())
    }
}

impl Machine for S7comm {
    /// A connection of the transport layer (ISO 8073, 13.3 and 13.4), then how much may be asked at once.
    fn opening(&mut self, _: &mut Draw) -> Vec<Exchange> {
        let ends = [0xc1, 2, 1, 0, 0xc2, 2, 1, self.slot, 0xc0, 1, 0x0a];
        let request = [&[17, 0xe0, 0, 0, 0, 1, 0][..], &ends].concat();
        let confirm = [&[17, 0xd0, 0, 1, 0, 2, 0][..], &ends].concat();
        let setup = [SETUP_COMMUNICATION, 0, 0, 1, 0, 1, 1, 0xe0];
        let agreed = [SETUP_COMMUNICATION, 0, 0, 1, 0, 1, 0, 0xf0];
        vec![(in_tpkt(&request), in_tpkt(&confirm)), self.exchange([&setup, &[]], [&agreed, &[]])]
    }

    fn read(&mut self, draw: &mut Draw) -> Exchange {
        let length = draw.between(2, 24) as u8 & !1;
        let item = item(length, draw);
        let mut data = vec![0xff, 4, 0, length * 8];
        data.extend((0..length).map(|_| draw.below(64) as u8));
        self.exchange([&[&[READ_VARIABLE, 1][..], &item].concat(), &[]], [&[READ_VARIABLE, 1], &data])
    }

    fn write(&mut self, function: ControlFunction, draw: &mut Draw) -> Exchange {
        match function {
            ControlFunction::S7RequestDownload => {
                // A data block's name, then the bytes of memory and of code, as digits.
                let mut job = vec![REQUEST_DOWNLOAD, 0, 1, 0, 0, 0, 0, 0, 9];
                job.extend_from_slice(b"_0A00001P");
                job.push(13);
                job.extend_from_slice(b"1000200000120");
                self.exchange([&job, &[]], [&[REQUEST_DOWNLOAD], &[]])
            }
            ControlFunction::S7PlcStop => {
                let mut job = vec![PLC_STOP, 0, 0, 0, 0, 0, 9];
                job.extend_from_slice(b"P_PROGRAM");
                self.exchange([&job, &[]], [&[PLC_STOP], &[]])
            }
            // Functions of other protocols are never asked for here.
            _ => {
                let job = [&[WRITE_VARIABLE, 1][..], &item(2, draw)].concat();
                let value = draw.bits() as u16 & 0x0fff;
                let data = [0, 4, 0, 16, (value >> 8) as u8, value as u8];
                self.exchange([&job, &data], [&[WRITE_VARIABLE, 1], &[0xff]])
            }
        }
    }
}

/// Where in a data block: so many bytes from an even place on.
fn item(length: u8, draw: &mut Draw) -> [u8; 12] {
    let bit = (draw.below(100) as u32 * 16).to_be_bytes();
    [0x12, 0x0a, 0x10, 2, 0, length, 0, draw.between(1, 4) as u8, 0x84, bit[1], bit[2], bit[3]]
}

/// The header of ISO on TCP (RFC 1006, section 6).
pub(super) fn in_tpkt(content: &[u8]) -> Vec<u8> {
    let mut out = vec![3, 0];
    out.extend_from_slice(&(content.len() as u16 + 4).to_be_bytes());
    out.extend_from_slice(content);
    out
}
