//! Whose address is this, how sure, and on what grounds?
//!
//! Grounds are asked in this order, and the first that names a party decides the side:
//!
//! | grounds | confidence alone |
//! |---|---|
//! | the longest prefix that a party declared | high |
//! | the longest routed prefix, when its origin AS is a party's | moderate |
//! | the country in whose name the block is registered, when it is a party's | low |
//!
//! Where none names a party, special-purpose space (RFC 6890 and its registries) is [`Side::Unknown`] and all other
//! space is [`Side::World`]: with high confidence where a table places it positively with somebody else, with moderate
//! confidence where only the parties' silence speaks for it.
//!
//! Grounds that speak for another side are listed as alternatives, and the confidence is one step lower. A
//! special-purpose block counts as such grounds, for [`Side::Unknown`], unless the party declared the block itself or a
//! part of it: who declares 10.0.0.0/8 means it, who declares 0.0.0.0/1 may not have thought of it. Grounds that name
//! no party say nothing against a party: a list of AS numbers need not be complete.
//!
//! In a tunnel most addresses are private: an inner address that numbers hosts outside the public network, and that no
//! party declared, stands on the side of the tunnel's end there, with low confidence and [`Side::Unknown`] as the alternative.
//!
//! A claim that two parties make with equal right (the same prefix, AS number or country; the mission folder refuses
//! them) speaks for neither. So no answer depends on the order or the names of parties.

mod flatten;
mod judge;
mod ranges;
mod special;
mod tables;
#[cfg(test)]
mod tests;
mod tunnel;

use blueline_terms::{Address, Confidence, FlowBatch, Grounds, Mission, Network, Place, PlaceIndex, Side};

use flatten::Layers;
use judge::Places;
use ranges::Ranges;
pub use special::SpecialBlock;
pub use tables::{OriginTable, RegistryTable, blocks};
use tunnel::Tunnels;

/// The border of a mission, ready to be asked: all address space in disjoint ranges, each with its [`Place`].
///
/// ```
/// use blueline_border::attribution::{Border, OriginTable, RegistryTable};
/// use blueline_terms::{Mission, Side};
///
/// let border = Border::new(&Mission::default(), OriginTable::default(), RegistryTable::default());
/// let place = border.place(border.locate("192.168.1.1".parse().unwrap()));
/// assert_eq!(place.side, Side::Unknown);
/// assert_eq!(place.grounds.to_string(), "192.168.0.0/16 is special-purpose space");
/// ```
#[derive(Clone, Debug)]
pub struct Border {
    /// Never empty: the first is [`Border::UNREADABLE`].
    places: Vec<Place>,
    v4: Ranges<u32>,
    v6: Ranges<u128>,
    tunnels: Tunnels,
}

impl Border {
    /// The place of what has no readable address.
    pub const UNREADABLE: PlaceIndex = PlaceIndex(0);

    /// Flattens a mission's declarations, the origin table and the registry table into one answer per range.
    ///
    /// Takes time in proportion to `n log n` of all prefixes, and memory for two to three ranges per prefix.
    pub fn new(mission: &Mission, origins: OriginTable, registry: RegistryTable) -> Self {
        let mut places = Places::new(mission, Self::unreadable());
        let v4 = Ranges::new(Layers::v4(mission, &origins, &registry).combine(&mut places));
        let v6 = Ranges::new(Layers::v6(mission, &origins, &registry).combine(&mut places));
        let mut places = places.into_list();
        let tunnels = Tunnels::new(&mut places);
        Self { places, v4, v6, tunnels }
    }

    /// Where `address` stands. Look the answer up with [`Self::place`].
    #[inline]
    pub fn locate(&self, address: Address) -> PlaceIndex {
        let bits = address.bits();
        // The low 32 bits are the IPv4 address (RFC 4291, 2.5.5.2).
        if address.is_v4() { self.v4.find(bits as u32) } else { self.v6.find(bits) }
    }

    /// The place with this index. An index of another border gives the unreadable place or a wrong one, never a panic.
    #[inline]
    pub fn place(&self, index: PlaceIndex) -> &Place {
        self.places.get(index.0 as usize).unwrap_or(&self.places[0])
    }

    /// Every place there is; a [`PlaceIndex`] is a place in this list.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// How many ranges of addresses there are, both families together.
    pub fn range_count(&self) -> usize {
        self.v4.len() + self.v6.len()
    }

    /// Where `inner` stands behind the end `outer` of a tunnel.
    pub fn locate_behind(&self, inner: Address, outer: Address) -> PlaceIndex {
        self.tunnels.place(self.locate(inner), self.locate(outer))
    }

    /// Fills in where both ends of every row stand.
    pub fn attribute(&self, batch: &mut FlowBatch) {
        let FlowBatch { network, source, destination, source_place, destination_place, .. } = batch;
        for (ends, found) in [(&*source, source_place), (&*destination, destination_place)] {
            found.clear();
            found.extend(ends.iter().zip(&*network).map(|(&address, network)| match network {
                Network::Other => Self::UNREADABLE,
                Network::Ipv4 | Network::Ipv6 | Network::Arp => self.locate(address),
            }));
        }
        if !batch.tunnels.is_empty() {
            self.attribute_in_tunnels(batch);
        }
    }

    #[cold]
    fn attribute_in_tunnels(&self, batch: &mut FlowBatch) {
        for row in 0..batch.len() {
            if let Some(&outer) = batch.tunnel_of(row) {
                for (place, end) in [
                    (&mut batch.source_place[row], outer.source),
                    (&mut batch.destination_place[row], outer.destination),
                ] {
                    *place = self.tunnels.place(*place, self.locate(end));
                }
            }
        }
    }

    fn unreadable() -> Place {
        Place {
            side: Side::Unknown,
            safe_area: None,
            origin: None,
            grounds: Grounds::Unreadable,
            confidence: Confidence::Low,
            alternatives: Vec::new(),
        }
    }
}
