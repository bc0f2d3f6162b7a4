//! Single values: numbers, durations, ids, references.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::time::Duration;

use blueline_terms::mission::Name;
use blueline_terms::{PartyIndex, Prefix, SafeAreaIndex, Side};

use super::{People, Reader, Who};
use crate::scenario::file::Located;

/// The most prefixes of one list.
const MOST_PREFIXES: usize = 1000;

const SAFE_AREA: &str = "safe-area:";

impl Reader<'_> {
    /// The value when it is in the range, else the range's start.
    pub(super) fn in_range<T>(&mut self, value: &Located<T>, range: RangeInclusive<T>, what: &str) -> T
    where
        T: PartialOrd + Copy + Display,
    {
        if range.contains(value.get_ref()) {
            return *value.get_ref();
        }
        let (number, low, high) = (value.get_ref(), range.start(), range.end());
        self.problem(value.span(), format!("{what}: {number} is out of range; write a number from {low} to {high}"));
        *range.start()
    }

    /// A duration above zero, else one second.
    pub(super) fn duration(&mut self, text: &Located<String>, what: &str) -> Duration {
        let duration = self.moment_after_start(text, what);
        if duration.is_zero() && duration_of(text.get_ref()).is_some() {
            self.problem(text.span(), format!("{what}: write a duration above zero, such as 90s"));
        }
        if duration.is_zero() { Duration::from_secs(1) } else { duration }
    }

    /// A duration, zero included.
    pub(super) fn moment_after_start(&mut self, text: &Located<String>, what: &str) -> Duration {
        duration_of(text.get_ref()).unwrap_or_else(|| {
            let value = text.get_ref();
            self.problem(
                text.span(),
                format!(
                    "{what}: {value:?} is not a duration; write numbers with ms, s, m, h or d, such as 90s or 1h30m"
                ),
            );
            Duration::ZERO
        })
    }

    /// An id that no entry of `others` has.
    pub(super) fn id<'n>(&mut self, text: &Located<String>, mut others: impl Iterator<Item = &'n str>) -> String {
        let id = text.get_ref();
        if let Err(message) = id.parse::<Name>() {
            self.problem(text.span(), format!("id: {message}"));
        } else if others.any(|other| other == id) {
            self.problem(text.span(), format!("id: {id:?} is taken by an entry above; choose another"));
        }
        id.clone()
    }

    pub(super) fn prefixes(&mut self, texts: &[Located<String>]) -> Vec<Prefix> {
        let mut prefixes: Vec<Prefix> = Vec::with_capacity(texts.len());
        if let Some(text) = texts.get(MOST_PREFIXES) {
            self.problem(text.span(), format!("too many prefixes; at most {MOST_PREFIXES} are allowed"));
        }
        for text in texts.iter().take(MOST_PREFIXES) {
            match text.get_ref().parse::<Prefix>() {
                Ok(prefix) => {
                    if let Some(other) = prefixes.iter().find(|other| other.covers(prefix) || prefix.covers(**other)) {
                        self.problem(text.span(), format!("{prefix} and {other} overlap; write only the larger one"));
                    }
                    prefixes.push(prefix);
                }
                Err(error) => self.problem(text.span(), error.to_string()),
            }
        }
        prefixes
    }

    /// A party's id or `world`.
    pub(super) fn side(&mut self, text: &str, span: std::ops::Range<usize>, people: &People) -> Side {
        if text == Side::WORLD {
            if people.world.prefixes.is_empty() {
                self.problem(span, "there is no world in this scenario; add a [world] table with prefixes and hosts");
            }
            return Side::World;
        }
        people.party(text).unwrap_or_else(|| {
            let mut known: Vec<&str> = people.parties.iter().map(|party| party.id.as_str()).collect();
            known.push(Side::WORLD);
            self.problem(span, format!("{text:?} is neither a party nor the world; write one of {}", known.join(", ")));
            Side::World
        })
    }

    /// A party's id, `world`, or `safe-area:ID`.
    pub(super) fn who(&mut self, text: &Located<String>, people: &People) -> Who {
        let Some(id) = text.get_ref().strip_prefix(SAFE_AREA) else {
            return Who::Side(self.side(text.get_ref(), text.span(), people));
        };
        match people.safe_areas.iter().position(|area| area.id == id) {
            Some(index) => Who::SafeArea(SafeAreaIndex(index as u16)),
            None => {
                self.problem(text.span(), format!("there is no safe area {id:?}; declare it in a [[safe_area]] table"));
                Who::Side(Side::World)
            }
        }
    }
}

impl People {
    pub(super) fn party(&self, id: &str) -> Option<Side> {
        let index = self.parties.iter().position(|party| party.id == id)?;
        Some(Side::Party(PartyIndex(index as u16)))
    }
}

/// Reads `90s`, `1h30m`, `500ms`; whole numbers with units, each unit at most once, largest first.
fn duration_of(text: &str) -> Option<Duration> {
    const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];
    let mut rest = text;
    let mut total = 0u64;
    let mut units = UNITS.iter();
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|&digits| digits > 0)?;
        let number: u64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let length = rest.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(rest.len());
        let (_, millis) = units.find(|(unit, _)| *unit == &rest[..length])?;
        total = total.checked_add(number.checked_mul(*millis)?)?;
        rest = &rest[length..];
    }
    // A thousand years are far beyond every bound and safe to calculate with.
    (!text.is_empty() && total < 1000 * 366 * 86_400_000).then(|| Duration::from_millis(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_strictly() {
        let millis = |text| duration_of(text).map(|duration| duration.as_millis());
        assert_eq!(millis("90s"), Some(90_000));
        assert_eq!(millis("1h30m"), Some(5_400_000));
        assert_eq!(millis("1d2h3m4s5ms"), Some(93_784_005));
        assert_eq!(millis("0s"), Some(0));
        for bad in
            ["", "5", "s", "5x", "-5s", "5s5s", "5s1h", "1.5s", "99999999999999999999d", "99999999999999d", "5 s"]
        {
            assert_eq!(duration_of(bad), None, "{bad}");
        }
    }
}
