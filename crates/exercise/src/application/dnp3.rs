//! DNP3 (IEEE 1815): link frames with checksums, one fragment each, from a master and from an outstation.

use super::control::{Exchange, Machine};
use crate::random::Draw;
use crate::scenario::ControlFunction;

pub(crate) const PORT: u16 = 20_000;

const READ: u8 = 1;
const WRITE: u8 = 2;
const DIRECT_OPERATE: u8 = 5;
const COLD_RESTART: u8 = 13;
const RESPONSE: u8 = 129;

/// One conversation's numbers.
pub(super) struct Dnp3 {
    master: u16,
    outstation: u16,
    sequence: u8,
}

impl Dnp3 {
    pub(super) fn new(draw: &mut Draw) -> Self {
        Self { master: 1, outstation: draw.between(10, 60) as u16, sequence: draw.below(16) as u8 }
    }

    fn exchange(&mut self, function: u8, asked: &[u8], told: &[u8]) -> Exchange {
        self.sequence = (self.sequence + 1) % 16;
        // Internal indications: none.
        let told = [&[0, 0], told].concat();
        (self.frame(true, function, asked), self.frame(false, RESPONSE, &told))
    }

    /// A link frame: unconfirmed user data (clause 9.2), transport and application in their first and last part.
    fn frame(&self, from_master: bool, function: u8, content: &[u8]) -> Vec<u8> {
        let (control, destination, source) =
            if from_master { (0xc4, self.outstation, self.master) } else { (0x44, self.master, self.outstation) };
        let mut user = vec![0xc0 | self.sequence, 0xc0 | self.sequence, function];
        user.extend_from_slice(content);
        let mut out = vec![0x05, 0x64, user.len() as u8 + 5, control];
        out.extend_from_slice(&destination.to_le_bytes());
        out.extend_from_slice(&source.to_le_bytes());
        out.extend_from_slice(&checksum(&out).to_le_bytes());
        for block in user.chunks(16) {
            out.extend_from_slice(block);
            out.extend_from_slice(&checksum(block).to_le_bytes());
        }
        out
    }
}

impl Machine for Dnp3 {
    /// A poll of all classes of data; some binary inputs and some analog ones come back.
    fn read(&mut self, draw: &mut Draw) -> Exchange {
        let mut told = vec![1, 2, 0, 0, 3];
        told.extend((0..4).map(|_| if draw.chance(0.5) { 0x81 } else { 0x01 }));
        told.extend_from_slice(&[30, 2, 0, 0, 2]);
        for _ in 0..3 {
            told.push(1);
            told.extend_from_slice(&(draw.below(4000) as u16).to_le_bytes());
        }
        self.exchange(READ, &[60, 2, 6, 60, 3, 6, 60, 4, 6, 60, 1, 6], &told)
    }

    fn write(&mut self, function: ControlFunction, draw: &mut Draw) -> Exchange {
        match function {
            ControlFunction::Dnp3Write => {
                // Time and date (group 50, variation 1), one of it.
                let mut asked = vec![50, 1, 7, 1];
                asked.extend_from_slice(&(1_772_323_200_000 + draw.below(1 << 30)).to_le_bytes()[..6]);
                self.exchange(WRITE, &asked, &[])
            }
            ControlFunction::Dnp3ColdRestart => {
                // The delay until it is back (group 52, variation 2), in milliseconds.
                let delay = (draw.between(2000, 9000) as u16).to_le_bytes();
                self.exchange(COLD_RESTART, &[], &[52, 2, 7, 1, delay[0], delay[1]])
            }
            // Functions of other protocols are never asked for here.
            _ => {
                // A relay output block (group 12, variation 1): latch on or off, once, on and off time, status.
                let latch = if draw.chance(0.5) { 3 } else { 4 };
                let mut block = vec![12, 1, 0x17, 1, draw.below(8) as u8, latch, 1];
                block.extend_from_slice(&100u32.to_le_bytes());
                block.extend_from_slice(&100u32.to_le_bytes());
                block.push(0);
                self.exchange(DIRECT_OPERATE, &block, &block)
            }
        }
    }
}

/// The checksum of a block: CRC-16 with polynomial 0x3d65, reflected, complemented (clause 9.2.4.1.7).
fn checksum(block: &[u8]) -> u16 {
    let crc = block.iter().fold(0u16, |crc, &byte| {
        (0..8).fold(crc ^ u16::from(byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xa6bc } else { crc >> 1 })
    });
    !crc
}
