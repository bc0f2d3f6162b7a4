//! The outer layers of flows in tunnels, each kept once and as long as a flow is in it.

use blueline_terms::{Moment, Tunnel};

use crate::hash::HashKey;
use crate::slots::Slots;

/// The tunnels that a shard's flows are in. Both ways of a tunnel are one layer.
pub(crate) struct Layers {
    key: HashKey,
    known: Slots<Layer>,
}

struct Layer {
    /// From its lower end to its higher one.
    tunnel: Tunnel,
    /// Flows in it.
    flows: u32,
}

/// A flow's place in a layer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct InLayer {
    /// 0 where there is no tunnel, or one more than the layer's slot.
    pub(crate) layer: u32,
    /// Whether it goes from the higher end to the lower one.
    pub(crate) against: bool,
}

impl Layers {
    pub(crate) fn new(key: HashKey) -> Self {
        Self { key, known: Slots::default() }
    }

    /// The layer of a packet in this tunnel. It is kept until the flows that were [held](Self::hold) in it are gone.
    #[cold]
    pub(crate) fn of(&mut self, outer: &Tunnel, moment: Moment) -> InLayer {
        let against = outer.source > outer.destination;
        let tunnel = if against { turned(*outer) } else { *outer };
        let hash = self.key.tunnel(&tunnel);
        let slot = self.known.find(hash, |layer| layer.tunnel == tunnel);
        let slot = slot.unwrap_or_else(|| self.known.open(hash, Layer { tunnel, flows: 0 }, moment));
        InLayer { layer: slot + 1, against }
    }

    /// A flow opens in this layer.
    #[inline]
    pub(crate) fn hold(&mut self, layer: u32) {
        if layer > 0 {
            self.known.thing_mut(layer - 1).flows += 1;
        }
    }

    /// A flow in this layer has gone.
    #[inline]
    pub(crate) fn release(&mut self, layer: u32) {
        if layer > 0 {
            let held = self.known.thing_mut(layer - 1);
            held.flows -= 1;
            if held.flows == 0 {
                self.known.close(layer - 1);
            }
        }
    }

    /// The tunnel as a flow in it goes through it.
    #[inline]
    pub(crate) fn tunnel(&self, place: InLayer) -> Option<Tunnel> {
        let tunnel = self.known.thing(place.layer.checked_sub(1)?).tunnel;
        Some(if place.against { turned(tunnel) } else { tunnel })
    }
}

fn turned(tunnel: Tunnel) -> Tunnel {
    Tunnel { source: tunnel.destination, destination: tunnel.source, ..tunnel }
}

#[cfg(test)]
mod tests {
    use blueline_terms::{Address, TunnelKind};

    use super::*;

    #[test]
    fn both_ways_are_one_layer_and_it_goes_with_its_last_flow() {
        let mut layers = Layers::new(HashKey::new([1; 32]));
        let end = |last| Address::v4([192, 0, 2, last]);
        let there = Tunnel { kind: TunnelKind::Gre, source: end(9), destination: end(3), id: 7, depth: 1 };
        let (out, back) = (layers.of(&there, Moment::default()), layers.of(&turned(there), Moment::default()));
        assert_eq!((out.layer, out.against), (back.layer, !back.against));
        assert_eq!((layers.tunnel(out), layers.tunnel(back)), (Some(there), Some(turned(there))));
        assert_eq!(layers.tunnel(InLayer::default()), None);
        layers.hold(out.layer);
        layers.hold(back.layer);
        layers.release(out.layer);
        assert_eq!(layers.known.len(), 1);
        layers.release(back.layer);
        assert_eq!(layers.known.len(), 0);
        let other = Tunnel { id: 8, ..there };
        assert_ne!(layers.of(&there, Moment::default()).layer, layers.of(&other, Moment::default()).layer);
    }
}
