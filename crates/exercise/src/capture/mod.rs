//! Capture files, byte by byte: what `tcpdump` would have written at a sensor.

mod pcap;
mod pcapng;

use blueline_terms::Moment;

use crate::scenario::{CaptureFormat, CaptureKind, Link, Sensor};

/// Link types of capture files (the tcpdump group's registry).
const LINKTYPE_ETHERNET: u16 = 1;
const LINKTYPE_RAW: u16 = 101;
/// The longest frame that is recorded, as `tcpdump` writes it.
const SNAPSHOT_LENGTH: u32 = 262_144;

impl Link {
    const fn link_type(self) -> u16 {
        match self {
            Self::Ethernet { .. } => LINKTYPE_ETHERNET,
            Self::RawIp => LINKTYPE_RAW,
        }
    }
}

impl CaptureFormat {
    /// The moment as far as the file's resolution tells it.
    pub(crate) fn resolved(self, moment: Moment) -> Moment {
        if self.nanoseconds { moment } else { Moment::from_nanos(moment.nanos().div_euclid(1000) * 1000) }
    }
}

/// Appends what a sensor's file begins with.
pub(crate) fn write_header(sensor: &Sensor, out: &mut Vec<u8>) {
    match sensor.capture.kind {
        CaptureKind::Pcap => pcap::write_header(sensor.capture.nanoseconds, sensor.link, out),
        CaptureKind::Pcapng => pcapng::write_header(sensor, out),
    }
}

/// Appends the record of one frame. Moments are from 1970 on, as the scenario's reader has checked.
pub(crate) fn write_record(format: CaptureFormat, moment: Moment, frame: &[u8], out: &mut Vec<u8>) {
    match format.kind {
        CaptureKind::Pcap => pcap::write_record(format.nanoseconds, moment, frame, out),
        CaptureKind::Pcapng => pcapng::write_record(format.nanoseconds, moment, frame, out),
    }
}
