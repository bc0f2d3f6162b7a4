//! Who is who: the parties, the borders between them, what is under protection, and who looks.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::address::Prefix;

/// An id that people type and files carry: 1 to 64 of `a-z 0-9 - _ .`, starting with a letter or digit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

impl Name {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
        let starts = text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
        if text == Side::WORLD || text == Side::UNKNOWN {
            return Err(format!("{text:?} is a reserved word; choose another id"));
        }
        if starts && text.len() <= 64 && text.chars().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!(
                "{text:?} is not an id; use 1 to 64 of a-z, 0-9, '-', '_', '.', starting with a letter or digit"
            ))
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Place of a party in [`Mission::parties`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartyIndex(pub u16);

/// Place of a safe area in [`Mission::safe_areas`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SafeAreaIndex(pub u16);

/// Place of a sensor in [`Mission::sensors`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SensorIndex(pub u16);

/// One side of a crossing. `World` and `Unknown` are values, not gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// A party of the mission.
    Party(PartyIndex),
    /// A public address that no party of the mission claims.
    World,
    /// Nobody can be named: a private, shared, local or otherwise non-public address that no party claims, or no
    /// readable address at all.
    Unknown,
}

impl Side {
    /// The word for [`Side::World`] in every output.
    pub const WORLD: &'static str = "world";
    /// The word for [`Side::Unknown`] in every output.
    pub const UNKNOWN: &'static str = "unknown";
}

/// A signatory of the agreement and its network space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// Stable id.
    pub id: Name,
    /// Names by language tag (BCP 47), such as `en` or `ar`.
    pub names: BTreeMap<String, String>,
    /// Prefixes that the party declared as its own.
    pub prefixes: Vec<Prefix>,
    /// Autonomous systems of the party.
    pub asns: Vec<Asn>,
    /// Countries of registration that count as this party's, on registry grounds alone.
    pub countries: Vec<Country>,
    /// Domain names of the party.
    pub domains: Vec<String>,
    /// Points of contact.
    pub contacts: Vec<Contact>,
    /// Public keys that the party signs with.
    pub keys: Vec<PublicKey>,
}

impl Party {
    /// Its name in `language`, else in English, else the first, else the id.
    pub fn name(&self, language: &str) -> &str {
        let named = self.names.get(language).or_else(|| self.names.get("en")).or_else(|| self.names.values().next());
        named.map_or(self.id.as_str(), String::as_str)
    }
}

/// An autonomous system number (RFC 6793: 32 bits).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Asn(pub u32);

impl fmt::Display for Asn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AS{}", self.0)
    }
}

impl FromStr for Asn {
    type Err = String;

    /// Reads `64500`, `AS64500` or asdot `1.10` (RFC 5396).
    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.strip_prefix("AS").or_else(|| text.strip_prefix("as")).unwrap_or(text);
        let number = match digits.split_once('.') {
            Some((high, low)) => {
                high.parse::<u16>().ok().zip(low.parse::<u16>().ok()).map(|(h, l)| u32::from(h) << 16 | u32::from(l))
            }
            None => digits.parse().ok(),
        };
        number.map(Self).ok_or_else(|| format!("{text:?} is not an AS number; write 64500 or \"AS64500\""))
    }
}

/// A country or territory by its two-letter code (ISO 3166-1 alpha-2, user-assigned codes such as `XA` allowed).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

impl FromStr for Country {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.as_bytes() {
            [a, b] if a.is_ascii_uppercase() && b.is_ascii_uppercase() => Ok(Self([*a, *b])),
            _ => Err(format!("{text:?} is not a country code; write two capital letters (ISO 3166-1)")),
        }
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", char::from(self.0[0]), char::from(self.0[1]))
    }
}

/// A point of contact of a party.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// What the contact is for, such as `csirt` or `diplomatic`.
    pub role: String,
    /// Person or desk.
    pub name: String,
    /// Mail address, if any.
    pub email: Option<String>,
    /// Telephone number, if any.
    pub phone: Option<String>,
}

/// A party's public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// The algorithm's word, such as `ed25519`.
    pub algorithm: String,
    /// The key in base64.
    pub base64: String,
}

/// A declared digital border: the parties whose crossings it separates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Border {
    /// Stable id.
    pub id: Name,
    /// The parties on its sides, two or more.
    pub between: Vec<PartyIndex>,
}

/// Protected services that the mission looks after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SafeArea {
    /// Stable id.
    pub id: Name,
    /// Names by language tag.
    pub names: BTreeMap<String, String>,
    /// What is protected.
    pub class: SafeAreaClass,
    /// Whose space it lies in.
    pub party: PartyIndex,
    /// Its addresses.
    pub prefixes: Vec<Prefix>,
}

/// What a safe area protects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SafeAreaClass {
    /// Hospitals and clinics.
    Hospital,
    /// Water supply and treatment.
    Water,
    /// Electric power.
    Power,
    /// Elections.
    Election,
    /// Emergency services.
    Emergency,
    /// A computer security incident response team (norm 13k).
    Csirt,
    /// The mission's own systems.
    Mission,
    /// Anything else that was agreed.
    Other,
}

impl SafeAreaClass {
    /// Every class with its word.
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::Hospital, "hospital"),
        (Self::Water, "water"),
        (Self::Power, "power"),
        (Self::Election, "election"),
        (Self::Emergency, "emergency"),
        (Self::Csirt, "csirt"),
        (Self::Mission, "mission"),
        (Self::Other, "other"),
    ];
}

impl fmt::Display for SafeAreaClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = Self::ALL.iter().find(|(class, _)| class == self).map_or("other", |(_, word)| word);
        f.pad(word)
    }
}

impl FromStr for SafeAreaClass {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.iter().find(|(_, word)| *word == text).map(|(class, _)| *class).ok_or_else(|| {
            let words: Vec<_> = Self::ALL.iter().map(|(_, word)| *word).collect();
            format!("{text:?} is not a class of safe area; use one of {}", words.join(", "))
        })
    }
}

/// A declared place from which the mission looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sensor {
    /// Stable id.
    pub id: Name,
    /// Where it stands, in words.
    pub vantage: Option<String>,
    /// The address space whose traffic passes this sensor.
    pub sees: Vec<Prefix>,
    /// One packet in this many is recorded; 1 is all of them.
    pub sampling: u32,
    /// A silence longer than this counts as a gap in its watch.
    pub longest_silence: Duration,
}

/// The mission: everything that attribution and coverage rest on.
///
/// The order of the lists is the order of declaration. It is used to number things and never to rank them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mission {
    /// The mission's title.
    pub title: String,
    /// The parties.
    pub parties: Vec<Party>,
    /// The borders between them.
    pub borders: Vec<Border>,
    /// Protected services.
    pub safe_areas: Vec<SafeArea>,
    /// The mission's sensors.
    pub sensors: Vec<Sensor>,
}

impl Mission {
    /// The word for a side in every output: the party's id, `world` or `unknown`.
    pub fn word(&self, side: Side) -> &str {
        match side {
            Side::Party(PartyIndex(index)) => {
                self.parties.get(usize::from(index)).map_or(Side::UNKNOWN, |party| party.id.as_str())
            }
            Side::World => Side::WORLD,
            Side::Unknown => Side::UNKNOWN,
        }
    }

    /// The party with this index.
    pub fn party(&self, index: PartyIndex) -> Option<&Party> {
        self.parties.get(usize::from(index.0))
    }

    /// The safe area with this index.
    pub fn safe_area(&self, index: SafeAreaIndex) -> Option<&SafeArea> {
        self.safe_areas.get(usize::from(index.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_plain() {
        assert!("alpha".parse::<Name>().is_ok());
        for bad in ["", "Alpha", "-a", "a b", "world", "unknown", "é", &"a".repeat(65)] {
            assert!(bad.parse::<Name>().is_err(), "{bad}");
        }
    }

    #[test]
    fn as_numbers_in_every_notation() {
        for text in ["65546", "AS65546", "1.10", "AS1.10"] {
            assert_eq!(text.parse(), Ok(Asn(65_546)));
        }
        assert!("AS-1".parse::<Asn>().is_err() && "4294967296".parse::<Asn>().is_err());
    }
}
