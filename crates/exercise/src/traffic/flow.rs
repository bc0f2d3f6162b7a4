//! One conversation's two ends, and how packets between them are sent.

use blueline_terms::{Address, Moment, Network, Side};

use super::stage::{Host, Stage};
use crate::packet::network::{Header, fragments};
use crate::packet::tunnel::Wrapping;
use crate::packet::{Packet, Sensors};
use crate::random::Draw;

/// The largest IP packet on any link.
pub(crate) const MTU: usize = 1500;

/// A tunnel between two gateways, opener's first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tunnel {
    pub(crate) wrapping: Wrapping,
    pub(crate) gateways: [Address; 2],
    pub(crate) id: u32,
}

/// A conversation: who opened it, who answers, what of it is seen.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    /// Opener, answerer.
    pub(crate) ends: [Host; 2],
    pub(crate) ports: [u16; 2],
    number: u64,
    path: (Side, Side),
    seen: Sensors,
    opened: Sensors,
    attack: Option<usize>,
    /// Whether its packets count as sent the other way: the opener answers to something in another conversation.
    answering: bool,
    tunnel: Option<Tunnel>,
    ttl: [u8; 2],
    label: u32,
    identification: [u16; 2],
}

impl Flow {
    /// A conversation that travels between its ends' sides.
    pub(crate) fn new(stage: &mut Stage, ends: [Host; 2], ports: [u16; 2], draw: &mut Draw) -> Self {
        let path = (ends[0].stand.side, ends[1].stand.side);
        let identification = draw.bits();
        Self {
            ends,
            ports,
            number: stage.next_flow(),
            path,
            seen: stage.sensors_between(path),
            opened: Sensors::default(),
            attack: None,
            answering: false,
            tunnel: None,
            ttl: [draw.between(48, 63) as u8, draw.between(48, 63) as u8],
            label: draw.bits() as u32 & 0x000f_ffff,
            identification: [identification as u16, (identification >> 16) as u16],
        }
    }

    pub(crate) fn of_attack(mut self, attack: usize) -> Self {
        self.attack = Some(attack);
        self
    }

    /// The opener answers to something in another conversation, so what it sends comes back to the attacker.
    pub(crate) fn answering_elsewhere(mut self) -> Self {
        self.answering = true;
        self
    }

    pub(crate) fn in_tunnel(mut self, tunnel: Option<Tunnel>) -> Self {
        self.tunnel = tunnel;
        self
    }

    /// The sensors that stand on its way.
    pub(crate) fn seen(&self) -> Sensors {
        self.seen
    }

    /// Whether any sensor stands on its way.
    pub(crate) fn is_seen(&self) -> bool {
        !self.seen.is_empty()
    }

    /// The largest TCP segment: what the MTU leaves of it.
    pub(crate) fn largest_segment(&self) -> usize {
        let inner = MTU - self.tunnel.map_or(0, |tunnel| tunnel.wrapping.overhead());
        inner - if self.ends[0].address.is_v4() { 40 } else { 60 }
    }

    /// The IP header of the next packet that way.
    pub(crate) fn header(&mut self, forward: bool) -> Header {
        let [from, to] = way(forward);
        self.identification[from] = self.identification[from].wrapping_add(1);
        Header {
            source: self.ends[from].address,
            destination: self.ends[to].address,
            ttl: self.ttl[from],
            id: u32::from(self.identification[from]),
            label: self.label,
        }
    }

    /// Source and destination port of a packet that way.
    pub(crate) fn ports(&self, forward: bool) -> (u16, u16) {
        let [from, to] = way(forward);
        (self.ports[from], self.ports[to])
    }

    /// Sends a whole IP packet, in fragments where it is too large.
    pub(crate) fn send(&mut self, stage: &mut Stage, departure: Departure<'_>, bytes: Vec<u8>) {
        let mtu = MTU - self.tunnel.map_or(0, |tunnel| tunnel.wrapping.overhead());
        let whole = bytes.len() <= mtu;
        let parts = if whole { vec![bytes] } else { fragments(departure.header, departure.protocol, bytes, mtu) };
        self.send_parts(stage, departure, parts, !whole);
    }

    /// Sends IP packets that need no more cutting, one behind the other. `fragment` says whether they are fragments.
    pub(crate) fn send_parts(
        &mut self,
        stage: &mut Stage,
        departure: Departure<'_>,
        parts: Vec<Vec<u8>>,
        fragment: bool,
    ) {
        let Departure { forward, .. } = departure;
        let (path, seen) = match departure.forged_path {
            Some(path) => (path, stage.sensors_between(path)),
            None if forward => (self.path, self.seen),
            None => ((self.path.1, self.path.0), self.seen),
        };
        let seen_by = stage.awake(seen, departure.now);
        for bytes in parts {
            let opens = Sensors(seen_by.0 & !self.opened.0);
            self.opened.0 |= opens.0;
            let [from, to] = way(forward);
            let bytes = match self.tunnel {
                None => bytes,
                Some(tunnel) => self.wrapped(tunnel, [from, to], &bytes),
            };
            let v4 = bytes.first().is_some_and(|first| first >> 4 == 4);
            stage.send(Packet {
                moment: departure.now,
                network: if v4 { Network::Ipv4 } else { Network::Ipv6 },
                bytes,
                from: self.ends[from].stand,
                to: self.ends[to].stand,
                path,
                seen_by,
                opens,
                flow: self.number,
                attack: self.attack,
                forward: forward != self.answering,
                fragment,
                tunnelled: self.tunnel.is_some(),
            });
        }
    }

    /// Sends a packet that no router passes on, seen by these sensors. ARP gives question and answer flows of their own;
    /// neighbour discovery does not.
    pub(crate) fn send_on_link(
        &mut self,
        stage: &mut Stage,
        now: Moment,
        forward: bool,
        network: Network,
        bytes: Vec<u8>,
        seen_by: Sensors,
    ) {
        if network == Network::Arp && !forward {
            self.number = stage.next_flow();
            self.opened = Sensors::default();
        }
        let opens = Sensors(seen_by.0 & !self.opened.0);
        self.opened.0 |= opens.0;
        let [from, to] = way(forward);
        stage.send(Packet {
            moment: now,
            network,
            bytes,
            from: self.ends[from].stand,
            to: self.ends[to].stand,
            path: (self.ends[from].stand.side, self.ends[to].stand.side),
            seen_by,
            opens,
            flow: self.number,
            attack: self.attack,
            forward,
            fragment: false,
            tunnelled: false,
        });
    }

    fn wrapped(&mut self, tunnel: Tunnel, [from, to]: [usize; 2], inner: &[u8]) -> Vec<u8> {
        self.identification[from] = self.identification[from].wrapping_add(1);
        let outer = Header {
            source: tunnel.gateways[from],
            destination: tunnel.gateways[to],
            ttl: 60,
            id: u32::from(self.identification[from]),
            label: 0,
        };
        tunnel.wrapping.wrap(&outer, tunnel.id, self.number, inner)
    }
}

/// How a packet of a flow leaves.
#[derive(Clone, Copy)]
pub(crate) struct Departure<'a> {
    pub(crate) now: Moment,
    /// From the opener to the answerer.
    pub(crate) forward: bool,
    pub(crate) header: &'a Header,
    /// IP protocol number.
    pub(crate) protocol: u8,
    /// The sides it travels between when its addresses are forged.
    pub(crate) forged_path: Option<(Side, Side)>,
}

/// Places of sender and receiver among the ends.
fn way(forward: bool) -> [usize; 2] {
    if forward { [0, 1] } else { [1, 0] }
}
