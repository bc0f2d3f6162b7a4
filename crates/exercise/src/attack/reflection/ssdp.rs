//! Service discovery (UPnP Device Architecture 2.0, section 1.3): one search brings an answer for every service of a
//! device. US-CERT TA14-017A: factor 30.8.

use super::{Messages, Reflected};
use crate::payload::Payload;
use crate::random::Draw;

const SERVICES: [&str; 9] = [
    "upnp:rootdevice",
    "urn:schemas-upnp-org:device:InternetGatewayDevice:1",
    "urn:schemas-upnp-org:device:WANDevice:1",
    "urn:schemas-upnp-org:device:WANConnectionDevice:1",
    "urn:schemas-upnp-org:service:Layer3Forwarding:1",
    "urn:schemas-upnp-org:service:WANIPConnection:1",
    "urn:schemas-upnp-org:service:WANPPPConnection:1",
    "urn:schemas-upnp-org:service:WANCommonInterfaceConfig:1",
    "urn:schemas-wifialliance-org:device:WFADevice:1",
];

pub(super) const PROTOCOL: Reflected =
    Reflected { port: 1900, answers: SERVICES.len() as u16, messages: Messages::Datagrams { request, answer } };

fn request(_: &mut Draw) -> Payload {
    Payload::plain(
        "M-SEARCH * HTTP/1.1\r\nHOST:239.255.255.250:1900\r\nMAN:\"ssdp:discover\"\r\nMX:1\r\nST:ssdp:all\r\n\r\n",
    )
}

fn answer(sequence: u16, draw: &mut Draw) -> Payload {
    let service = SERVICES[usize::from(sequence) % SERVICES.len()];
    let device = draw.bits();
    Payload::plain(format!(
        "HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=1800\r\nEXT:\r\nLOCATION: http://192.0.2.1:5000/rootDesc.xml\r\n\
         SERVER: Linux/3.10 UPnP/1.1 MiniUPnPd/1.9\r\nST: {service}\r\n\
         USN: uuid:{device:016x}::{service}\r\nBOOTID.UPNP.ORG: 1\r\nCONFIGID.UPNP.ORG: 1337\r\n\r\n"
    ))
}
