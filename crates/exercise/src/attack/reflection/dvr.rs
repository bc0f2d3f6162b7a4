//! Video recorders: DHDiscover, JSON behind a header of 32 bytes. No standard and no factor of US-CERT's; header and method
//! names as devices send them.

use super::{Messages, Reflected};
use crate::payload::Payload;
use crate::random::Draw;

pub(super) const PROTOCOL: Reflected =
    Reflected { port: 37_810, answers: 1, messages: Messages::Datagrams { request, answer } };

fn request(_: &mut Draw) -> Payload {
    message("{ \"method\" : \"DHDiscover.search\", \"params\" : { \"mac\" : \"\", \"uni\" : 1 } }\n")
}

fn answer(_: u16, draw: &mut Draw) -> Payload {
    let serial = draw.bits();
    message(&format!(
        "{{\"mac\":\"02:00:5e:00:53:{:02x}\",\"method\":\"client.notifyDevInfo\",\"params\":{{\"deviceInfo\":{{\
         \"AlarmInputChannels\":16,\"AlarmOutputChannels\":6,\"DeviceClass\":\"NVR\",\"DeviceType\":\"NVR-4216\",\
         \"HttpPort\":80,\"IPv4Address\":{{\"DefaultGateway\":\"192.0.2.1\",\"DhcpEnable\":false,\
         \"IPAddress\":\"192.0.2.108\",\"SubnetMask\":\"255.255.255.0\"}},\"IPv6Address\":{{\"DefaultGateway\":\"\",\
         \"DhcpEnable\":null,\"IPAddress\":\"2001:db8::108/64\",\"LinkLocalAddress\":\"fe80::108/64\"}},\
         \"MachineName\":\"recorder\",\"Manufacturer\":\"Private\",\"Port\":37777,\"RemoteVideoInputChannels\":16,\
         \"SerialNo\":\"{serial:016X}\",\"Vendor\":\"Private\",\"Version\":\"4.001.0000000.1\",\
         \"VideoInputChannels\":0,\"VideoOutputChannels\":0}}}}}}\n",
        serial as u8
    ))
}

/// The header: its length, four letters, and twice the length of what follows.
fn message(json: &str) -> Payload {
    let length = (json.len() as u64).to_le_bytes();
    let mut out = vec![0x20, 0, 0, 0];
    out.extend_from_slice(b"DHIP");
    out.extend_from_slice(&[0; 8]);
    out.extend_from_slice(&length);
    out.extend_from_slice(&length);
    out.extend_from_slice(json.as_bytes());
    Payload::plain(out)
}
