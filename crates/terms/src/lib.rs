//! The nouns that every room of Blueline shares, small on purpose.
//!
//! A mission watches the [`Border`] between two or more [`Party`]s. What its [`Sensor`]s record arrives as
//! [`Observation`]s, meets in flows ([`FlowBatch`]), gets two [`Place`]s, and becomes a [`Picture`] that is never shown
//! without its [`Coverage`].
//!
//! What this crate never does: it knows no clock, no disk, no socket, no thread; it parses nothing from a network and
//! serialises nothing. Each outward format has its own versioned type elsewhere and converts.
//!
//! Begin with [`mission`] (who is who), then [`flow`] (what was seen), then [`picture`] (what is shown).

pub mod address;
pub mod change;
pub mod coverage;
pub mod finding;
pub mod flow;
pub mod mission;
pub mod moment;
pub mod observation;
pub mod oddity;
pub mod picture;
pub mod place;
pub mod tcp;

pub use address::{Address, Prefix, PrefixError};
pub use change::{Change, Changes, Messages, Saying, Speaker, Standing};
pub use coverage::{Coverage, Share};
pub use finding::{Finding, FindingId, FindingState, Spoofed};
pub use flow::{Counts, End, Facts, FlowBatch, FlowId};
pub use mission::{
    Asn, Border, Contact, Country, Mission, Name, Party, PartyIndex, PublicKey, SafeArea, SafeAreaClass, SafeAreaIndex,
    Sensor, SensorIndex, Side,
};
pub use moment::{Moment, Period, Span};
pub use observation::{Application, Fragment, Network, Observation, Tunnel, TunnelKind, Weight};
pub use oddity::{Oddity, OddityKind};
pub use picture::{Crossing, Picture, Traffic};
pub use place::{Alternative, Confidence, Grounds, Place, PlaceIndex};
