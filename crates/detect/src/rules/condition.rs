//! How selections are joined: `sel and not (filter or 1 of other*)`.

use super::{Fault, nearest};

/// Parentheses in parentheses.
const DEEPEST: usize = 32;
/// Bytes of a condition.
const LONGEST: usize = 4096;

/// A condition over selections, by their places.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Condition {
    Selection(usize),
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    /// At least so many of these hold.
    Some(usize, Vec<usize>),
}

const WORDS: [&str; 7] = ["and", "or", "not", "of", "them", "all", "any"];

/// Whether a selection may be called this.
pub(super) fn check_name(name: &str) -> Result<(), Fault> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if !starts || name.len() > 64 || !name.bytes().all(plain) {
        let help = "use 1 to 64 of letters, digits, '_' and '-', beginning with a letter";
        return Err(Fault::new(format!("{name:?} is not a name of a selection"), help));
    }
    if WORDS.contains(&name.to_ascii_lowercase().as_str()) {
        return Err(Fault::new(format!("{name:?} is a word of conditions"), "choose another name"));
    }
    Ok(())
}

impl Condition {
    /// Reads a condition; without one, the only selection.
    pub(super) fn parse(text: Option<&str>, names: &[&str]) -> Result<Self, Fault> {
        let Some(text) = text else {
            return match names {
                [_] => Ok(Self::Selection(0)),
                _ => Err(Fault::new(
                    format!("there are {} selections and no condition", names.len()),
                    format!("say how they are joined, such as condition = \"{}\"", names.join(" and ")),
                )),
            };
        };
        if text.len() > LONGEST {
            return Err(Fault::new("the condition is too long", format!("write at most {LONGEST} bytes")));
        }
        let words = words(text);
        let mut parser = Parser { words: &words, at: 0, depth: 0, names };
        let condition = parser.or()?;
        match parser.peek() {
            None => Ok(condition),
            Some("|") => Err(Fault::new(
                "counts are not written behind a bar",
                "write them as threshold = \"count by src_endpoint_ip within 60s >= 10\"",
            )),
            Some(word) => {
                Err(Fault::new(format!("{word:?} stands where nothing more should"), "join it with and or or"))
            }
        }
    }

    /// The selections without which it cannot hold.
    pub(super) fn needed(&self) -> Vec<usize> {
        match self {
            Self::Selection(place) => vec![*place],
            Self::All(parts) => parts.iter().flat_map(Self::needed).collect(),
            Self::Some(least, places) if *least == places.len() => places.clone(),
            Self::Any(_) | Self::Not(_) | Self::Some(..) => Vec::new(),
        }
    }

    /// Whether it holds, where `selection` says which selections do.
    pub(super) fn holds(&self, selection: &dyn Fn(usize) -> bool) -> bool {
        match self {
            Self::Selection(place) => selection(*place),
            Self::All(parts) => parts.iter().all(|part| part.holds(selection)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(selection)),
            Self::Not(part) => !part.holds(selection),
            Self::Some(least, places) => {
                places.iter().filter(|&&place| selection(place)).take(*least).count() == *least
            }
        }
    }
}

fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut open = false;
    for letter in text.chars() {
        if letter.is_whitespace() {
            open = false;
        } else if matches!(letter, '(' | ')' | '|') {
            words.push(letter.to_string());
            open = false;
        } else {
            match words.last_mut().filter(|_| open) {
                Some(word) => word.push(letter),
                None => words.push(letter.to_string()),
            }
            open = true;
        }
    }
    words
}

struct Parser<'a> {
    words: &'a [String],
    at: usize,
    depth: usize,
    names: &'a [&'a str],
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.words.get(self.at).map(String::as_str)
    }

    fn takes(&mut self, word: &str) -> bool {
        let is = self.peek().is_some_and(|found| found.eq_ignore_ascii_case(word));
        self.at += usize::from(is);
        is
    }

    fn or(&mut self) -> Result<Condition, Fault> {
        let mut parts = vec![self.and()?];
        while self.takes("or") {
            parts.push(self.and()?);
        }
        Ok(if parts.len() == 1 { parts.swap_remove(0) } else { Condition::Any(parts) })
    }

    fn and(&mut self) -> Result<Condition, Fault> {
        let mut parts = vec![self.not()?];
        while self.takes("and") {
            parts.push(self.not()?);
        }
        Ok(if parts.len() == 1 { parts.swap_remove(0) } else { Condition::All(parts) })
    }

    fn not(&mut self) -> Result<Condition, Fault> {
        let mut negated = false;
        while self.takes("not") {
            negated = !negated;
        }
        let part = self.part()?;
        Ok(if negated { Condition::Not(Box::new(part)) } else { part })
    }

    fn part(&mut self) -> Result<Condition, Fault> {
        let Some(word) = self.peek() else {
            return Err(Fault::new("the condition ends where a selection should stand", self.help("")));
        };
        if self.takes("(") {
            if self.depth >= DEEPEST {
                return Err(Fault::new("parentheses nest too deep", format!("use at most {DEEPEST}")));
            }
            self.depth += 1;
            let part = self.or()?;
            self.depth -= 1;
            if !self.takes(")") {
                return Err(Fault::new("a parenthesis is not closed", "add ) where it ends"));
            }
            return Ok(part);
        }
        self.at += 1;
        if self.takes("of") {
            return self.some_of(word);
        }
        match self.names.iter().position(|name| *name == word) {
            Some(place) => Ok(Condition::Selection(place)),
            None if word.contains('*') => {
                Err(Fault::new(format!("{word:?} stands alone"), format!("write 1 of {word} or all of {word}")))
            }
            None => Err(Fault::new(format!("there is no selection {word:?}"), self.help(word))),
        }
    }

    /// `1 of sel*`, `all of them`, `2 of sel*`.
    fn some_of(&mut self, how_many: &str) -> Result<Condition, Fault> {
        let Some(which) = self.peek() else {
            return Err(Fault::new("the condition ends behind `of`", "write them, or a name with *"));
        };
        self.at += 1;
        let places: Vec<usize> = match which.to_ascii_lowercase().as_str() {
            "them" => (0..self.names.len()).collect(),
            _ => {
                let (start, open) = which.strip_suffix('*').map_or((which, false), |start| (start, true));
                let fits = |name: &str| if open { name.starts_with(start) } else { name == start };
                (0..self.names.len()).filter(|&place| fits(self.names[place])).collect()
            }
        };
        if places.is_empty() {
            let start = which.trim_end_matches('*');
            return Err(Fault::new(format!("no selection is called {which:?}"), self.help(start)));
        }
        let least = match how_many.to_ascii_lowercase().as_str() {
            "all" => places.len(),
            "any" => 1,
            number => number.parse().ok().filter(|least| (1..=places.len()).contains(least)).ok_or_else(|| {
                let help = format!("write all, any, or a number from 1 to {}", places.len());
                Fault::new(format!("{how_many:?} of {which} is not possible"), help)
            })?,
        };
        Ok(Condition::Some(least, places))
    }

    fn help(&self, word: &str) -> String {
        nearest::help(word, self.names.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 4] = ["sel_a", "sel_b", "filter", "x"];

    fn holds(text: &str, held: &[usize]) -> bool {
        Condition::parse(Some(text), &NAMES).unwrap().holds(&|place| held.contains(&place))
    }

    #[test]
    fn conditions_are_read_as_sigma_reads_them() {
        assert!(holds("sel_a or sel_b and filter", &[0]));
        assert!(!holds("(sel_a or sel_b) and filter", &[0]));
        assert!(holds("sel_a AND NOT filter", &[0]) && !holds("sel_a and not filter", &[0, 2]));
        assert!(holds("1 of sel*", &[1]) && !holds("all of sel*", &[1]) && holds("2 of them", &[0, 3]));
        assert!(holds("not 1 of sel_*", &[2]) && holds("not not x", &[3]));
    }

    #[test]
    fn what_is_needed_is_what_it_cannot_hold_without() {
        let needed = |text: &str| Condition::parse(Some(text), &NAMES).unwrap().needed();
        assert_eq!(needed("sel_a and (sel_b and not filter)"), [0, 1]);
        assert_eq!(needed("all of sel* and x"), [0, 1, 3]);
        assert!(needed("sel_a or x").is_empty() && needed("1 of sel*").is_empty() && needed("not x").is_empty());
    }

    #[test]
    fn what_is_wrong_is_told_with_what_would_be_right() {
        let told = |text: &str| {
            let fault = Condition::parse(Some(text), &NAMES).unwrap_err();
            format!("{}; {}", fault.message, fault.help)
        };
        for (text, wanted) in [
            ("", "ends where a selection should stand"),
            ("filtr", "there is no selection \"filtr\"; did you mean `filter`?"),
            ("sel_a and", "ends where a selection should stand"),
            ("(sel_a", "a parenthesis is not closed"),
            ("sel_a sel_b", "\"sel_b\" stands where nothing more should; join it with and or or"),
            ("sel*", "stands alone; write 1 of sel* or all of sel*"),
            ("3 of sel*", "write all, any, or a number from 1 to 2"),
            ("1 of foo*", "no selection is called \"foo*\""),
            ("sel_a | count() > 3", "write them as threshold"),
        ] {
            assert!(told(text).contains(wanted), "{text}: {}", told(text));
        }
        assert!(told(&"(".repeat(1000)).contains("nest too deep"));
    }
}
