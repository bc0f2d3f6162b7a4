//! Tunnels: packets that carry packets. Both layers are kept, the innermost in the packet's main fields.
//!
//! A tunnel named by an IP protocol number or an ethertype is what it says it is; if its inside cannot be read, that is
//! odd. A tunnel named by a UDP port is only entered if its header is right in every respect, because ports are used by
//! others too, and is then held to it if the header could hardly be anything else.

mod ayiya;
mod geneve;
mod gre;
mod gtp;
mod gue;
mod l2tp;
mod plain;
mod teredo;
mod vxlan;

use blueline_terms::{OddityKind, Tunnel, TunnelKind};

use crate::packet::{Decoder, Outcome, Packet, Unread, View};

/// How many tunnels are opened, one in the other.
const MAX_DEPTH: u8 = 4;

// UDP ports (IANA, Service Name and Transport Protocol Port Number Registry).
const L2TP: u16 = 1701;
const GTP_U: u16 = 2152;
const TEREDO: u16 = 3544;
const VXLAN: u16 = 4789;
const VXLAN_GPE: u16 = 4790;
const AYIYA: u16 = 5072;
const GUE: u16 = 6080;
const GENEVE: u16 = 6081;
/// Where Linux put VXLAN before it had a port of its own.
const VXLAN_LINUX: u16 = 8472;

/// Whether a UDP port belongs to a tunnel.
#[inline(always)]
pub(crate) const fn is_tunnel_port(port: u16) -> bool {
    matches!(port, L2TP | GTP_U | TEREDO | VXLAN | VXLAN_GPE | AYIYA | GUE | GENEVE | VXLAN_LINUX)
}

/// What a tunnel carries.
#[derive(Clone, Copy)]
enum Cargo {
    /// What an ethertype says.
    Ethertype(u16),
    /// IPv4 or IPv6, by the version in its first bits.
    Ip,
    /// A PPP packet.
    Ppp,
    /// A label stack.
    Mpls,
    /// An IEEE 802.11 frame.
    Wlan,
}

impl Cargo {
    /// An Ethernet frame.
    const ETHERNET: Self = Self::Ethertype(crate::link::ethertype::ETHERNET);
}

/// A tunnel about to be entered.
#[derive(Clone, Copy)]
struct Way {
    kind: TunnelKind,
    /// The number that tells tunnels between the same two apart, or 0.
    id: u32,
    cargo: Cargo,
    /// Whether it can be nothing else than this tunnel, so that an unreadable inside is odd.
    certain: bool,
}

impl<'a> Decoder<'_, 'a> {
    /// Opens a tunnel. If the inside cannot be read, the packet stays what the outer layers said.
    fn enter(&mut self, way: Way, inside: View<'a>) {
        if self.depth == MAX_DEPTH {
            return self.note(OddityKind::TunnelDeep, inside.offset, u32::from(MAX_DEPTH));
        }
        let outer = *self.packet;
        let tunnel = match outer.tunnel {
            Some(tunnel) => Tunnel { depth: tunnel.depth + 1, ..tunnel },
            None => {
                let (source, destination) = (outer.source, outer.destination);
                Tunnel { kind: way.kind, source, destination, id: way.id, depth: 1 }
            }
        };
        let (vlans, oddities) = (outer.vlans, outer.oddities);
        *self.packet = Packet { tunnel: Some(tunnel), vlans, oddities, ..Packet::unread() };
        self.depth += 1;
        let outcome = self.cargo(way.cargo, inside);
        self.depth -= 1;
        let Err(unread) = outcome else { return };
        *self.packet = outer;
        if !way.certain {
            return;
        }
        match unread {
            Unread::Other => {}
            Unread::Short => {
                self.short(inside);
            }
            Unread::Broken => {
                self.broken(inside, OddityKind::TunnelMalformed);
            }
        }
    }

    fn cargo(&mut self, cargo: Cargo, inside: View<'a>) -> Outcome {
        match cargo {
            Cargo::Ethertype(kind) => self.ethertype(kind, inside),
            Cargo::Ip => self.ip(inside),
            Cargo::Ppp => self.ppp(inside),
            Cargo::Mpls => self.mpls(inside),
            Cargo::Wlan => self.wlan(inside, false),
        }
    }

    /// Enters the tunnel that a UDP datagram with one of the tunnel ports carries, if it carries one.
    pub(crate) fn udp_tunnel(&mut self, payload: View<'a>) {
        // These are named by the receiver's port alone; the sender's is chosen to spread flows over links.
        match self.packet.destination_port {
            VXLAN | VXLAN_LINUX => return self.vxlan(payload),
            VXLAN_GPE => return self.vxlan_gpe(payload),
            GENEVE => return self.geneve(payload),
            GUE => return self.gue(payload),
            _ => {}
        }
        let ports = [self.packet.source_port, self.packet.destination_port];
        if ports.contains(&GTP_U) {
            self.gtp(payload);
        } else if ports.contains(&TEREDO) {
            self.teredo(payload);
        } else if ports.contains(&L2TP) {
            self.l2tp_over_udp(payload);
        } else if ports.contains(&AYIYA) {
            self.ayiya(payload);
        }
    }
}
