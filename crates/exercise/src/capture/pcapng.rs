//! pcapng (draft-ietf-opsawg-pcapng), little-endian: one section, one interface, named after the sensor.

use blueline_terms::Moment;

use super::SNAPSHOT_LENGTH;
use crate::scenario::Sensor;

const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const BYTE_ORDER_MAGIC: u32 = 0x1a2b_3c4d;
const INTERFACE_DESCRIPTION: u32 = 1;
const ENHANCED_PACKET: u32 = 6;

const OPTION_COMMENT: u16 = 1;
const SHB_USERAPPL: u16 = 4;
const IF_NAME: u16 = 2;
const IF_DESCRIPTION: u16 = 3;
const IF_TSRESOL: u16 = 9;

pub(super) fn write_header(sensor: &Sensor, out: &mut Vec<u8>) {
    let mut body = Vec::new();
    body.extend_from_slice(&BYTE_ORDER_MAGIC.to_le_bytes());
    body.extend_from_slice(&[1, 0, 0, 0]);
    // The section's length is not said.
    body.extend_from_slice(&(-1i64).to_le_bytes());
    option(OPTION_COMMENT, b"generated traffic; nobody was observed", &mut body);
    option(SHB_USERAPPL, b"blueline exercise", &mut body);
    end_of_options(&mut body);
    block(SECTION_HEADER, &body, out);

    let mut body = Vec::new();
    body.extend_from_slice(&sensor.link.link_type().to_le_bytes());
    body.extend_from_slice(&[0, 0]);
    body.extend_from_slice(&SNAPSHOT_LENGTH.to_le_bytes());
    option(IF_NAME, sensor.id.as_bytes(), &mut body);
    if let Some(vantage) = &sensor.vantage {
        // An option's length has 16 bits.
        option(IF_DESCRIPTION, &vantage.as_bytes()[..vantage.len().min(60_000)], &mut body);
    }
    option(IF_TSRESOL, &[if sensor.capture.nanoseconds { 9 } else { 6 }], &mut body);
    end_of_options(&mut body);
    block(INTERFACE_DESCRIPTION, &body, out);
}

pub(super) fn write_record(nanoseconds: bool, moment: Moment, frame: &[u8], out: &mut Vec<u8>) {
    let ticks = moment.nanos().max(0) as u64 / if nanoseconds { 1 } else { 1000 };
    let padding = frame.len().wrapping_neg() & 3;
    let length = (32 + frame.len() + padding) as u32;
    let mut head = [0; 28];
    for (place, word) in
        [ENHANCED_PACKET, length, 0, (ticks >> 32) as u32, ticks as u32, frame.len() as u32, frame.len() as u32]
            .into_iter()
            .enumerate()
    {
        head[place * 4..place * 4 + 4].copy_from_slice(&word.to_le_bytes());
    }
    out.extend_from_slice(&head);
    out.extend_from_slice(frame);
    out.extend_from_slice(&[0; 3][..padding]);
    out.extend_from_slice(&length.to_le_bytes());
}

fn block(kind: u32, body: &[u8], out: &mut Vec<u8>) {
    let length = (12 + body.len()) as u32;
    out.extend_from_slice(&kind.to_le_bytes());
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(body);
    out.extend_from_slice(&length.to_le_bytes());
}

/// An option, filled up to 32 bits.
fn option(code: u16, value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&code.to_le_bytes());
    out.extend_from_slice(&(value.len() as u16).to_le_bytes());
    out.extend_from_slice(value);
    out.resize(out.len().next_multiple_of(4), 0);
}

fn end_of_options(out: &mut Vec<u8>) {
    out.extend_from_slice(&[0; 4]);
}
