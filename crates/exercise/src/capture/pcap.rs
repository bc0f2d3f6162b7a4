//! The classic format of libpcap (draft-ietf-opsawg-pcap), little-endian.

use blueline_terms::Moment;

use super::SNAPSHOT_LENGTH;
use crate::scenario::Link;

const MAGIC_MICROSECONDS: u32 = 0xa1b2_c3d4;
const MAGIC_NANOSECONDS: u32 = 0xa1b2_3c4d;

pub(super) fn write_header(nanoseconds: bool, link: Link, out: &mut Vec<u8>) {
    let magic = if nanoseconds { MAGIC_NANOSECONDS } else { MAGIC_MICROSECONDS };
    out.extend_from_slice(&magic.to_le_bytes());
    // Version 2.4, then two fields that are always zero.
    out.extend_from_slice(&2u16.to_le_bytes());
    out.extend_from_slice(&4u16.to_le_bytes());
    out.extend_from_slice(&[0; 8]);
    out.extend_from_slice(&SNAPSHOT_LENGTH.to_le_bytes());
    out.extend_from_slice(&u32::from(link.link_type()).to_le_bytes());
}

pub(super) fn write_record(nanoseconds: bool, moment: Moment, frame: &[u8], out: &mut Vec<u8>) {
    let fraction = moment.nanos().rem_euclid(1_000_000_000) as u32;
    let mut header = [0; 16];
    // The seconds' 32 bits are unsigned and last until 2106.
    header[0..4].copy_from_slice(&(moment.seconds() as u32).to_le_bytes());
    header[4..8].copy_from_slice(&(if nanoseconds { fraction } else { fraction / 1000 }).to_le_bytes());
    header[8..12].copy_from_slice(&(frame.len() as u32).to_le_bytes());
    header[12..16].copy_from_slice(&(frame.len() as u32).to_le_bytes());
    out.extend_from_slice(&header);
    out.extend_from_slice(frame);
}
