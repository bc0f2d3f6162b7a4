//! Where an address stands: which side, how sure, on what grounds, and what else it could be.

use std::fmt;

use crate::address::Prefix;
use crate::mission::{Asn, Country, SafeAreaIndex, Side};

/// Place of a [`Place`] in the border's table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlaceIndex(pub u32);

/// The answer to "whose address is this?". Never a bare party: it carries grounds, confidence and alternatives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The most likely side.
    pub side: Side,
    /// The safe area that the address lies in, if any.
    pub safe_area: Option<SafeAreaIndex>,
    /// The autonomous system that originates the address, where a table says so.
    pub origin: Option<Asn>,
    /// Why this side.
    pub grounds: Grounds,
    /// How sure.
    pub confidence: Confidence,
    /// Other sides that some grounds speak for, most likely first.
    pub alternatives: Vec<Alternative>,
}

/// Another side that an address could be on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alternative {
    /// That side.
    pub side: Side,
    /// Why.
    pub grounds: Grounds,
    /// How sure, on these grounds alone.
    pub confidence: Confidence,
}

/// What an attribution rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grounds {
    /// A prefix that the party declared to the mission.
    Declared(Prefix),
    /// The prefix is originated by this autonomous system, according to a routing table.
    Origin(Asn, Prefix),
    /// The block that starts at this prefix is registered in this country.
    Registry(Country, Prefix),
    /// A block of special purpose that nobody holds in public (RFC 6890 and its registries).
    Special(Prefix),
    /// The address, of this special-purpose block, is met in a tunnel, and the tunnel's end there stands on that side.
    Tunnel(Prefix),
    /// Public address space that no party claims.
    Unclaimed,
    /// There was no readable address.
    Unreadable,
}

impl Grounds {
    /// The word for the kind of grounds.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Declared(_) => "prefix",
            Self::Origin(..) => "origin-as",
            Self::Registry(..) => "registry",
            Self::Special(_) => "special-purpose",
            Self::Tunnel(_) => "tunnel",
            Self::Unclaimed => "unclaimed",
            Self::Unreadable => "unreadable",
        }
    }
}

impl fmt::Display for Grounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Declared(prefix) => write!(f, "declared prefix {prefix}"),
            Self::Origin(asn, prefix) => write!(f, "{prefix} originated by {asn}"),
            Self::Registry(country, prefix) => write!(f, "{prefix} registered in {country}"),
            Self::Special(prefix) => write!(f, "{prefix} is special-purpose space"),
            Self::Tunnel(prefix) => write!(f, "{prefix} behind the end of a tunnel on that side"),
            Self::Unclaimed => f.write_str("claimed by no party"),
            Self::Unreadable => f.write_str("no readable address"),
        }
    }
}

/// How sure a statement is, in the three words of the field (ICD 203).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// Weak or indirect grounds.
    Low,
    /// Credible grounds with room for another reading.
    Moderate,
    /// Strong, direct grounds.
    High,
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Low => "low",
            Self::Moderate => "moderate",
            Self::High => "high",
        })
    }
}
