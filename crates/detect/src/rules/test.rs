//! One condition of a selection: a field, how it is compared, and with what.

use blueline_terms::{Application, Mission, PartyIndex, Prefix, Side, Weight};

use super::field::{Field, RuleField, Sort, Value, View, party, rule_fields};
use super::{Fault, nearest};

/// Values that one condition may have.
const MOST_VALUES: usize = 10_000;
/// Bytes of a text that is compared with.
const LONGEST: usize = 255;

/// A condition.
#[derive(Clone, Debug)]
pub(super) struct Test {
    field: Field,
    compare: Compare,
}

#[derive(Clone, Debug)]
enum Compare {
    /// In one of these blocks.
    Within(Vec<Prefix>),
    /// One of these numbers, sorted.
    Among(Vec<u64>),
    Greater(u64),
    GreaterOrEqual(u64),
    Less(u64),
    LessOrEqual(u64),
    /// One of these texts.
    Like(Vec<Glob>),
    /// All of these texts.
    LikeAll(Vec<Glob>),
    /// Whether there is a value.
    Exists(bool),
}

const MODIFIERS: [&str; 10] = ["cidr", "startswith", "endswith", "contains", "all", "exists", "gt", "gte", "lt", "lte"];

impl Test {
    /// Reads `field|modifier` and the values.
    pub(super) fn build(key: &str, values: &[String], mission: &Mission) -> Result<Self, Fault> {
        let mut parts = key.split('|').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let field = RuleField::named(name).ok_or_else(|| {
            let help = nearest::help(name, rule_fields().iter().map(|field| field.name));
            Fault::new(format!("there is no field {name:?}"), help)
        })?;
        let modifiers: Vec<&str> = parts.collect();
        for modifier in &modifiers {
            known(modifier)?;
        }
        if values.is_empty() {
            return Err(Fault::new("there is no value to compare with", "write one value or a list"));
        }
        if values.len() > MOST_VALUES {
            let message = format!("there are {} values", values.len());
            return Err(Fault::new(message, format!("write at most {MOST_VALUES}; an indicator list takes millions")));
        }
        let compare = compare(field, &modifiers, values, mission)?;
        Ok(Self { field: field.field, compare })
    }

    pub(super) fn hears(&self) -> bool {
        self.field.is_said()
    }

    /// Whether it holds of nothing that was not said.
    pub(super) fn needs_saying(&self) -> bool {
        self.hears() && !matches!(self.compare, Compare::Exists(false))
    }

    /// How soon to ask it, where it decides: what is asked fast and seldom holds comes first.
    pub(super) fn rank(&self) -> u8 {
        match (self.field, &self.compare) {
            (Field::DestinationPort | Field::SourcePort, Compare::Among(_)) => 0,
            (field, Compare::Among(_) | Compare::Like(_)) if field.is_said() => 1,
            (Field::App, Compare::Like(_)) => 2,
            (Field::SourceAddress | Field::DestinationAddress, Compare::Within(_)) => 3,
            (Field::SourceParty | Field::DestinationParty, _) => 6,
            (Field::SourceArea | Field::DestinationArea, _) => 6,
            (Field::SourceSystem | Field::DestinationSystem, _) => 6,
            (_, Compare::Exists(_)) => 5,
            _ => 4,
        }
    }

    pub(super) fn holds(&self, view: &View<'_>) -> bool {
        match (&self.compare, view.value(self.field)) {
            (Compare::Exists(wanted), value) => (value != Value::None) == *wanted,
            (Compare::Within(blocks), Value::Address(address)) => blocks.iter().any(|block| block.contains(address)),
            (Compare::Among(numbers), Value::Number(number)) => numbers.binary_search(&number).is_ok(),
            (Compare::Greater(bound), Value::Number(number)) => number > *bound,
            (Compare::GreaterOrEqual(bound), Value::Number(number)) => number >= *bound,
            (Compare::Less(bound), Value::Number(number)) => number < *bound,
            (Compare::LessOrEqual(bound), Value::Number(number)) => number <= *bound,
            (Compare::Like(globs), Value::Text(text)) => globs.iter().any(|glob| glob.matches(text)),
            (Compare::LikeAll(globs), Value::Text(text)) => globs.iter().all(|glob| glob.matches(text)),
            _ => false,
        }
    }
}

fn known(modifier: &str) -> Result<(), Fault> {
    match modifier {
        _ if MODIFIERS.contains(&modifier) => Ok(()),
        "re" => Err(Fault::new(
            "regular expressions are not used: their cost on hostile names has no bound that we would promise",
            "write contains, startswith or endswith, or * and ? in the value",
        )),
        _ => Err(Fault::new(
            format!("there is no modifier {modifier:?}"),
            nearest::help(modifier, MODIFIERS.iter().copied()),
        )),
    }
}

fn compare(field: &RuleField, modifiers: &[&str], values: &[String], mission: &Mission) -> Result<Compare, Fault> {
    let misfit = |modifier: &str| {
        let fits = match field.sort {
            Sort::Address => "cidr and exists go with addresses",
            Sort::Number => "gt, gte, lt, lte and exists go with numbers",
            Sort::Text => "startswith, endswith, contains, all and exists go with texts",
            _ => "only exists goes with it",
        };
        Fault::new(format!("{modifier} does not go with {}", field.name), fits)
    };
    match (field.sort, modifiers) {
        (_, ["exists"]) => Ok(Compare::Exists(flag(one(values)?)? == 1)),
        (Sort::Address, [] | ["cidr"]) => {
            let blocks: Result<Vec<Prefix>, Fault> = values.iter().map(|value| block(value)).collect();
            blocks.map(Compare::Within)
        }
        (Sort::Number, []) => among(values, number),
        (Sort::Number, ["gt"]) => number(one(values)?).map(Compare::Greater),
        (Sort::Number, ["gte"]) => number(one(values)?).map(Compare::GreaterOrEqual),
        (Sort::Number, ["lt"]) => number(one(values)?).map(Compare::Less),
        (Sort::Number, ["lte"]) => number(one(values)?).map(Compare::LessOrEqual),
        (Sort::Text, modifiers) => texts(modifiers, values, misfit),
        (_, [modifier, ..]) => Err(misfit(modifier)),
        (Sort::Flag, []) => among(values, flag),
        (Sort::Party, []) => among(values, |value| side(value, mission)),
        (Sort::SafeArea, []) => {
            let ids = mission.safe_areas.iter().map(|area| area.id.as_str());
            among(values, |value| named("safe area", value, ids.clone(), "safe areas"))
        }
        (Sort::Sensor, []) => {
            let ids = mission.sensors.iter().map(|sensor| sensor.id.as_str());
            among(values, |value| named("sensor", value, ids.clone(), "sensors"))
        }
        (Sort::Application, []) => {
            let words = Application::ALL.iter().map(|application| application.word());
            values.iter().try_for_each(|value| named("application", value, words.clone(), "applications").map(drop))?;
            Ok(Compare::Like(values.iter().map(|value| Glob::exact(value)).collect()))
        }
        (Sort::Weight, []) => weights(values),
    }
}

fn one(values: &[String]) -> Result<&str, Fault> {
    match values {
        [value] => Ok(value),
        _ => Err(Fault::new(format!("there are {} values", values.len()), "write one value here")),
    }
}

fn among(values: &[String], read: impl Fn(&str) -> Result<u64, Fault>) -> Result<Compare, Fault> {
    let mut numbers = values.iter().map(|value| read(value)).collect::<Result<Vec<_>, _>>()?;
    numbers.sort_unstable();
    numbers.dedup();
    Ok(Compare::Among(numbers))
}

fn number(text: &str) -> Result<u64, Fault> {
    let plain = text.trim().replace('_', "");
    let number = match plain.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => plain.parse().ok(),
    };
    number
        .filter(|_| !plain.starts_with('+'))
        .ok_or_else(|| Fault::new(format!("{text:?} is not a whole number"), "write it such as 443, 1_000_000 or 0x12"))
}

fn flag(text: &str) -> Result<u64, Fault> {
    match text {
        "true" => Ok(1),
        "false" => Ok(0),
        _ => Err(Fault::new(format!("{text:?} is neither true nor false"), "write true or false")),
    }
}

fn block(text: &str) -> Result<Prefix, Fault> {
    let help = "write an address or a prefix, such as 192.0.2.1 or 192.0.2.0/24";
    text.parse().map_err(|error: blueline_terms::PrefixError| Fault::new(error.to_string(), help))
}

fn side(text: &str, mission: &Mission) -> Result<u64, Fault> {
    match text {
        Side::WORLD => Ok(party(Side::World)),
        Side::UNKNOWN => Ok(party(Side::Unknown)),
        _ => {
            let ids = mission.parties.iter().map(|party| party.id.as_str()).chain([Side::WORLD, Side::UNKNOWN]);
            let index = named("party", text, ids, "parties")?;
            Ok(party(Side::Party(PartyIndex(u16::try_from(index).unwrap_or(u16::MAX)))))
        }
    }
}

/// The place of a word among those that there are.
fn named<'a>(what: &str, text: &str, words: impl Iterator<Item = &'a str> + Clone, many: &str) -> Result<u64, Fault> {
    if let Some(place) = words.clone().position(|word| word == text) {
        return Ok(place as u64);
    }
    let help = match words.clone().next() {
        None => format!("the mission declares no {many}; leave the condition out"),
        Some(_) => nearest::help(text, words),
    };
    Err(Fault::new(format!("there is no {what} {text:?}"), help))
}

fn weights(values: &[String]) -> Result<Compare, Fault> {
    for value in values {
        if value == Weight::Read.word() {
            let message = "functions that only read are not told to rules";
            return Err(Fault::new(message, "ask for state-changing or unknown, or for app_name and requests"));
        }
        let words = [Weight::Unknown.word(), Weight::StateChanging.word()];
        named("weight", value, words.into_iter(), "weights")?;
    }
    Ok(Compare::Like(values.iter().map(|value| Glob::exact(value)).collect()))
}

fn texts(modifiers: &[&str], values: &[String], misfit: impl Fn(&str) -> Fault) -> Result<Compare, Fault> {
    let all = modifiers.contains(&"all");
    let ways: Vec<&str> = modifiers.iter().copied().filter(|&modifier| modifier != "all").collect();
    let (before, after) = match ways.as_slice() {
        [] => (false, false),
        ["startswith"] => (false, true),
        ["endswith"] => (true, false),
        ["contains"] => (true, true),
        [modifier] => return Err(misfit(modifier)),
        _ => return Err(Fault::new("there is more than one way to compare", "keep one of them; `all` may follow it")),
    };
    if let Some(long) = values.iter().find(|value| value.len() > LONGEST) {
        let message = format!("a value has {} bytes", long.len());
        return Err(Fault::new(message, format!("write at most {LONGEST}: names are no longer")));
    }
    if values.iter().any(String::is_empty) {
        return Err(Fault::new("a value is empty", "write `exists` with false for what has no value"));
    }
    let globs = values.iter().map(|value| Glob::new(value, before, after)).collect();
    Ok(if all { Compare::LikeAll(globs) } else { Compare::Like(globs) })
}

/// A text with `*` for any letters and `?` for one, without regard to case; `\` takes their meaning from them.
#[derive(Clone, Debug)]
struct Glob(Vec<Piece>);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Piece {
    Letter(u8),
    One,
    Any,
}

impl Glob {
    fn exact(text: &str) -> Self {
        Self(text.bytes().map(|byte| Piece::Letter(byte.to_ascii_lowercase())).collect())
    }

    fn new(text: &str, before: bool, after: bool) -> Self {
        let mut pieces: Vec<Piece> = before.then_some(Piece::Any).into_iter().collect();
        let mut bytes = text.bytes().peekable();
        while let Some(byte) = bytes.next() {
            pieces.push(match byte {
                b'*' => Piece::Any,
                b'?' => Piece::One,
                b'\\' => match bytes.next_if(|next| matches!(next, b'*' | b'?' | b'\\')) {
                    Some(next) => Piece::Letter(next),
                    None => Piece::Letter(byte),
                },
                _ => Piece::Letter(byte.to_ascii_lowercase()),
            });
        }
        pieces.extend(after.then_some(Piece::Any));
        pieces.dedup_by(|a, b| *a == Piece::Any && *b == Piece::Any);
        Self(pieces)
    }

    /// Goes back to the last `*` only, so that the cost is at most that of text times pieces.
    fn matches(&self, text: &str) -> bool {
        let (text, pieces) = (text.as_bytes(), &self.0);
        let (mut at, mut piece) = (0, 0);
        let mut back: Option<(usize, usize)> = None;
        while at < text.len() {
            match pieces.get(piece) {
                Some(Piece::Any) => {
                    back = Some((at, piece + 1));
                    piece += 1;
                }
                Some(Piece::One) => (at, piece) = (at + 1, piece + 1),
                Some(Piece::Letter(letter)) if *letter == text[at].to_ascii_lowercase() => {
                    (at, piece) = (at + 1, piece + 1);
                }
                _ => match &mut back {
                    Some((from, after)) => {
                        *from += 1;
                        (at, piece) = (*from, *after);
                    }
                    None => return false,
                },
            }
        }
        pieces[piece.min(pieces.len())..].iter().all(|piece| *piece == Piece::Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_compared_with_wildcards() {
        let like = |text: &str, name: &str| Glob::new(text, false, false).matches(name);
        for (text, name) in
            [("*.evil.example", "a.EVIL.example"), ("a?c", "abc"), ("*", ""), ("a*b*c", "axxbyyc"), ("a\\*", "a*")]
        {
            assert!(like(text, name), "{text} {name}");
        }
        for (text, name) in
            [("*.evil.example", "evil.example"), ("a?c", "ac"), ("", "a"), ("a*b", "abc"), ("a\\*", "ab")]
        {
            assert!(!like(text, name), "{text} {name}");
        }
        let slow = format!("{}b", "a*".repeat(120));
        assert!(!like(&slow, &"a".repeat(255)));
    }
}
