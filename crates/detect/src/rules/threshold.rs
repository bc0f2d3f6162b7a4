//! How many matches make a finding: `count-distinct dst_endpoint_ip by src_endpoint_ip within 60s >= 20`.

use std::time::Duration;

use super::field::{Field, RuleField, rule_fields};
use super::{Fault, nearest};

/// A count over a window.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Threshold {
    pub(crate) count: Count,
    /// What counts are apart by.
    pub(crate) by: Vec<Field>,
    pub(crate) within: Duration,
    pub(crate) least: u64,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Count {
    /// Matches.
    Matches,
    /// Different values of a field.
    Distinct(Field),
}

const FORM: &str = "write count, or count-distinct FIELD, then by FIELD, within TIME, >= N, such as \
                    \"count-distinct dst_endpoint_ip by src_endpoint_ip within 60s >= 20\"";
/// Fields that counts may be apart by.
const MOST_BY: usize = 2;
/// Different values that are told apart.
const MOST_DISTINCT: u64 = 4096;
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(86_400);

impl Threshold {
    pub(super) fn parse(text: &str) -> Result<Self, Fault> {
        let spaced = text.replace(">=", " >= ").replace(',', " , ");
        let mut words = spaced.split_whitespace().peekable();
        let count = match words.next() {
            Some("count" | "count()") => Count::Matches,
            Some("count-distinct") => Count::Distinct(field(words.next())?),
            Some(word) => {
                let help = nearest::help(word, ["count", "count-distinct"].into_iter());
                return Err(Fault::new(format!("{word:?} is not a way to count"), help));
            }
            None => return Err(Fault::new("the threshold is empty", FORM)),
        };
        let mut by = Vec::new();
        if words.next_if_eq(&"by").is_some() {
            by.push(field(words.next())?);
            while words.next_if_eq(&",").is_some() {
                by.push(field(words.next())?);
            }
        }
        if by.len() > MOST_BY {
            return Err(Fault::new(
                format!("there are {} fields behind by", by.len()),
                format!("name at most {MOST_BY}"),
            ));
        }
        expect(words.next(), "within")?;
        let within = time(words.next())?;
        expect(words.next(), ">=")?;
        let least = least(words.next(), count)?;
        match words.next() {
            None => Ok(Self { count, by, within, least }),
            Some(word) => Err(Fault::new(format!("{word:?} stands where nothing more should"), FORM)),
        }
    }

    pub(super) fn hears(&self) -> bool {
        let counted = match self.count {
            Count::Matches => None,
            Count::Distinct(field) => Some(field),
        };
        self.by.iter().chain(&counted).any(|field| field.is_said())
    }
}

fn expect(word: Option<&str>, wanted: &str) -> Result<(), Fault> {
    match word {
        Some(word) if word == wanted => Ok(()),
        Some(word) => Err(Fault::new(format!("{word:?} stands where {wanted} should"), FORM)),
        None => Err(Fault::new(format!("the threshold ends where {wanted} should stand"), FORM)),
    }
}

fn field(word: Option<&str>) -> Result<Field, Fault> {
    let word = word.ok_or_else(|| Fault::new("the threshold ends where a field should stand", FORM))?;
    RuleField::named(word).map(|field| field.field).ok_or_else(|| {
        let help = nearest::help(word, rule_fields().iter().map(|field| field.name));
        Fault::new(format!("there is no field {word:?}"), help)
    })
}

fn time(word: Option<&str>) -> Result<Duration, Fault> {
    let word = word.ok_or_else(|| Fault::new("the threshold ends where a time should stand", FORM))?;
    let help = "write a time from 1s to 1d, such as 30s, 5m or 2h";
    let wrong = || Fault::new(format!("{word:?} is not a time that can be looked back"), help);
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    let number: u64 = word[..digits].parse().map_err(|_| wrong())?;
    let seconds = match &word[digits..] {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return Err(wrong()),
    };
    let time = Duration::from_secs(number.saturating_mul(seconds));
    if (SHORTEST..=LONGEST).contains(&time) { Ok(time) } else { Err(wrong()) }
}

fn least(word: Option<&str>, count: Count) -> Result<u64, Fault> {
    let word = word.ok_or_else(|| Fault::new("the threshold ends where a number should stand", FORM))?;
    let most = if count == Count::Matches { u64::from(u32::MAX) } else { MOST_DISTINCT };
    let number = word.replace('_', "").parse().ok().filter(|number| (1..=most).contains(number));
    number.ok_or_else(|| {
        Fault::new(format!("{word:?} is not a number that can be counted to"), format!("write 1 to {most}"))
    })
}
