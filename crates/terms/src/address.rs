//! Internet addresses and prefixes. IPv4 and IPv6 are equals here: one type, one order, one size.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// An IPv4 or IPv6 address, kept as 128 bits; IPv4 lives in the IPv4-mapped block `::ffff:0:0/96` (RFC 4291, 2.5.5.2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Address(u128);

const MAPPED: u128 = 0xffff << 32;

impl Address {
    /// From four bytes in network order.
    #[inline]
    pub const fn v4(bytes: [u8; 4]) -> Self {
        Self(MAPPED | u32::from_be_bytes(bytes) as u128)
    }

    /// From sixteen bytes in network order.
    #[inline]
    pub const fn v6(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }

    /// From the 128-bit number.
    #[inline]
    pub const fn from_bits(bits: u128) -> Self {
        Self(bits)
    }

    /// The 128-bit number.
    #[inline]
    pub const fn bits(self) -> u128 {
        self.0
    }

    /// Whether this is an IPv4 address.
    #[inline]
    pub const fn is_v4(self) -> bool {
        self.0 >> 32 == 0xffff
    }

    /// Whether this stands for a group of hosts, multicast (RFC 5771; RFC 4291, 2.7) or all of a link (RFC 919).
    #[inline]
    pub const fn is_group(self) -> bool {
        match self.ip() {
            IpAddr::V4(v4) => v4.is_multicast() || v4.is_broadcast(),
            IpAddr::V6(v6) => v6.is_multicast(),
        }
    }

    /// The standard library's form.
    #[inline]
    pub const fn ip(self) -> IpAddr {
        if self.is_v4() {
            IpAddr::V4(Ipv4Addr::from_bits(self.0 as u32))
        } else {
            IpAddr::V6(Ipv6Addr::from_bits(self.0))
        }
    }
}

impl From<IpAddr> for Address {
    fn from(ip: IpAddr) -> Self {
        match ip {
            IpAddr::V4(v4) => Self::v4(v4.octets()),
            IpAddr::V6(v6) => Self::v6(v6.octets()),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ip().fmt(f)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Address {
    type Err = PrefixError;

    fn from_str(text: &str) -> Result<Self, PrefixError> {
        text.parse::<IpAddr>().map(Self::from).map_err(|_| PrefixError::NotAnAddress(text.to_owned()))
    }
}

/// A block of addresses: all that share the first bits of `address`. Never has bits set beyond its length.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix {
    address: Address,
    /// Length in the 128-bit space: an IPv4 /8 is 104 here.
    length: u8,
}

impl Prefix {
    /// The block of the first `length` bits of `address`, `length` counted in the address's own family (0..=32 or
    /// 0..=128). Refuses a length that is too long and set bits beyond it.
    pub fn new(address: Address, length: u8) -> Result<Self, PrefixError> {
        let longest = if address.is_v4() { 32 } else { 128 };
        if length > longest {
            return Err(PrefixError::TooLong { address, length, longest });
        }
        let whole = Self { address, length: length + (128 - longest) };
        let base = Address(address.bits() & whole.mask());
        if base != address {
            return Err(PrefixError::HostBits { address, length, base });
        }
        Ok(whole)
    }

    /// The block that holds one address alone.
    pub const fn host(address: Address) -> Self {
        Self { address, length: 128 }
    }

    /// First address of the block.
    pub const fn first(self) -> Address {
        self.address
    }

    /// Last address of the block.
    pub const fn last(self) -> Address {
        Address(self.address.0 | !self.mask())
    }

    /// Length in bits, counted in its own family.
    pub const fn length(self) -> u8 {
        if self.is_v4() { self.length - 96 } else { self.length }
    }

    /// Whether this is a block of IPv4 addresses.
    pub const fn is_v4(self) -> bool {
        self.address.is_v4() && self.length >= 96
    }

    /// Whether the block holds `address`. The families are apart: `::/0` holds no IPv4 address.
    pub const fn contains(self, address: Address) -> bool {
        address.0 & self.mask() == self.address.0 && self.is_v4() == address.is_v4()
    }

    /// Whether every address of `other` is in this block.
    pub const fn covers(self, other: Self) -> bool {
        self.length <= other.length && self.contains(other.address)
    }

    /// How many addresses the block holds, as a power of two.
    pub const fn size_log2(self) -> u8 {
        128 - self.length
    }

    const fn mask(self) -> u128 {
        if self.length == 0 { 0 } else { u128::MAX << (128 - self.length) }
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.length())
    }
}

impl fmt::Debug for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Prefix {
    type Err = PrefixError;

    /// Reads `ADDRESS/LENGTH`, or a bare address as the block that holds it alone.
    fn from_str(text: &str) -> Result<Self, PrefixError> {
        let Some((address, length)) = text.split_once('/') else {
            return text.parse().map(Self::host);
        };
        let address: Address = address.parse().map_err(|_| PrefixError::NotAPrefix(text.to_owned()))?;
        let plain = !length.is_empty() && length.len() <= 3 && length.bytes().all(|b| b.is_ascii_digit());
        let length = plain.then(|| length.parse::<u16>().ok()).flatten();
        let length = length.ok_or_else(|| PrefixError::NotAPrefix(text.to_owned()))?;
        Self::new(address, u8::try_from(length).unwrap_or(u8::MAX))
    }
}

/// Why a text is not an address or a prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PrefixError {
    /// Not an IPv4 or IPv6 address.
    NotAnAddress(String),
    /// Not of the form ADDRESS/LENGTH.
    NotAPrefix(String),
    /// The length is longer than the family's addresses.
    TooLong {
        /// The address before the slash.
        address: Address,
        /// The length that was asked for.
        length: u8,
        /// The family's longest.
        longest: u8,
    },
    /// Bits are set beyond the length, so either the address or the length is a slip.
    HostBits {
        /// The address before the slash.
        address: Address,
        /// The length after it.
        length: u8,
        /// The address with those bits cleared.
        base: Address,
    },
}

impl fmt::Display for PrefixError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnAddress(text) => write!(f, "{text:?} is not an IPv4 or IPv6 address"),
            Self::NotAPrefix(text) => {
                write!(
                    f,
                    "{text:?} is not a prefix; write an address and a length, such as 192.0.2.0/24 or 2001:db8::/32"
                )
            }
            Self::TooLong { address, length, longest } => {
                write!(f, "/{length} is too long for {address}; the longest is /{longest}")
            }
            Self::HostBits { address, length, base } => write!(
                f,
                "{address}/{length} has bits set beyond its length; write {base}/{length}, or {address} for the one address"
            ),
        }
    }
}

impl std::error::Error for PrefixError {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn prefix(text: &str) -> Prefix {
        text.parse().unwrap()
    }

    #[test]
    fn families_are_apart() {
        assert!(!prefix("::/0").contains("192.0.2.1".parse().unwrap()));
        assert!(!prefix("0.0.0.0/0").contains("2001:db8::1".parse().unwrap()));
        assert!(prefix("0.0.0.0/0").contains("192.0.2.1".parse().unwrap()));
        assert_eq!(prefix("0.0.0.0/0").to_string(), "0.0.0.0/0");
        assert_eq!(prefix("10.0.0.0/8").last().to_string(), "10.255.255.255");
        assert_eq!(prefix("10.0.0.0/8").size_log2(), 24);
    }

    #[test]
    fn slips_are_refused_with_what_to_write() {
        let message = |text: &str| text.parse::<Prefix>().unwrap_err().to_string();
        assert!(message("10.0.0.1/8").contains("write 10.0.0.0/8, or 10.0.0.1"));
        assert!(message("10.0.0.0/33").contains("the longest is /32"));
        assert!(message("2001:db8::/129").contains("/128"));
        for bad in ["10.0.0/8", "10.0.0.0/", "10.0.0.0/+8", "10.0.0.0/-1", "alpha", "10.0.0.0/8/8", "10.0.0.0/1000"] {
            assert!(bad.parse::<Prefix>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn text_and_value_are_inverse(bits: u128, length in 0u8..=128) {
            let address = Address::from_bits(bits);
            let longest = if address.is_v4() { 32 } else { 128 };
            let length = length.min(longest);
            let mask = if length == 0 { 0 } else { u128::MAX << (longest - length) };
            let base = Address::from_bits(if address.is_v4() { bits & (mask | (u128::MAX << 32)) } else { bits & mask });
            prop_assume!(base.is_v4() == address.is_v4());
            let prefix = Prefix::new(base, length).unwrap();
            prop_assert_eq!(prefix.to_string().parse::<Prefix>().unwrap(), prefix);
            prop_assert!(prefix.contains(address) && prefix.contains(prefix.first()) && prefix.contains(prefix.last()));
        }
    }
}
