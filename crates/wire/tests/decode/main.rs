//! What the packet decoder says about frames built by hand, layer by layer, rendered as one line each.
#![allow(clippy::unwrap_used)]

mod frames;
mod link;
mod network;
mod strange;
mod transport;
mod tunnel;

use std::fmt::Write;

use blueline_terms::Fragment;
use blueline_wire::packet::{LinkType, Packet, decode};

/// Decodes a frame that was captured whole and renders what came out.
fn read(link: LinkType, frame: &[u8]) -> String {
    render(&decode(link, frame, frame.len() as u32))
}

/// Decodes the first `captured` bytes of a frame that was captured in part.
fn read_cut(link: LinkType, frame: &[u8], captured: usize) -> String {
    render(&decode(link, &frame[..captured], frame.len() as u32))
}

/// `NETWORK SOURCE.PORT > DESTINATION.PORT pPROTOCOL CAPTURED/WIRE`, then what else there is.
fn render(packet: &Packet<'_>) -> String {
    let (from, to) = (packet.source_port, packet.destination_port);
    let mut line = format!("{} {}.{from} > {}.{to}", packet.network, packet.source, packet.destination);
    let add = &mut line;
    write!(add, " p{} {}/{}", packet.protocol, packet.payload.len(), packet.payload_length).unwrap();
    if packet.tcp_flags != 0 {
        write!(add, " flags {:02x}", packet.tcp_flags).unwrap();
    }
    if packet.fragment != Fragment::Whole {
        let part = packet.part;
        let more = if part.more { "+" } else { "" };
        write!(add, " {:?} {}@{}{more}#{}", packet.fragment, part.length, part.offset, part.identification).unwrap();
    }
    if packet.vlans.count() > 0 {
        write!(add, " vlan {:?}", packet.vlans.ids()).unwrap();
    }
    if let Some(tunnel) = packet.tunnel {
        let (kind, source, destination) = (tunnel.kind, tunnel.source, tunnel.destination);
        write!(add, " in {kind} {source} > {destination} #{} x{}", tunnel.id, tunnel.depth).unwrap();
    }
    for noted in packet.oddities.iter() {
        write!(add, " | {}@{} {noted}", noted.kind, noted.offset).unwrap();
    }
    line
}
