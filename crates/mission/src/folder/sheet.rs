//! TOML with places: every value knows where it stands, and everything wrong with a file is collected, not just the
//! first.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Problem, Severity, Spot};

pub(super) type Span = Range<usize>;

/// More problems than this of one file are only counted.
const MOST_TOLD: usize = 1_000;

/// One TOML file and what is wrong with it.
pub(super) struct Sheet<'t> {
    file: PathBuf,
    text: &'t str,
    /// By the byte where each begins.
    problems: RefCell<Vec<(usize, Problem)>>,
    /// How many were not noted because there were too many.
    untold: Cell<usize>,
    /// Lines that are no TOML. What follows from them is not told again.
    torn: BTreeSet<usize>,
}

impl<'t> Sheet<'t> {
    /// Reads TOML. What cannot be read becomes a problem each, and the rest is given.
    pub(super) fn read(file: &Path, text: &'t str) -> (Self, DeTable<'t>) {
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut sheet = Self {
            file: file.to_owned(),
            text,
            problems: RefCell::default(),
            untold: Cell::new(0),
            torn: BTreeSet::new(),
        };
        for error in &errors {
            let span = error.span().unwrap_or(0..0);
            let message = format!("not valid TOML: {}", error.message());
            sheet.error(span.clone(), message, "see https://toml.io for how tables, strings and lists are written");
            sheet.torn.insert(Spot::of_span(text, span).line);
        }
        (sheet, table.into_inner())
    }

    /// Notes an error.
    pub(super) fn error(&self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.note(Severity::Error, span, message.into(), help.into());
    }

    /// Notes a warning.
    pub(super) fn warning(&self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.note(Severity::Warning, span, message.into(), help.into());
    }

    /// Notes that something is missing; not in a torn file, where it may only have been lost.
    pub(super) fn missing(&self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        if self.is_whole() {
            self.error(span, message, help);
        }
    }

    /// Whether all of it is TOML, so that what is not there was not written.
    pub(super) fn is_whole(&self) -> bool {
        self.torn.is_empty()
    }

    fn note(&self, severity: Severity, span: Span, message: String, help: String) {
        if self.problems.borrow().len() >= MOST_TOLD {
            return self.untold.set(self.untold.get() + 1);
        }
        let spot = Spot::of_span(self.text, span.clone());
        if !self.torn.contains(&spot.line) {
            let problem = Problem { spot: Some(spot), ..Problem::of_file(severity, &self.file, message, help) };
            self.problems.borrow_mut().push((span.start, problem));
        }
    }

    /// The line that a place is in, from 1.
    pub(super) fn line(&self, span: &Span) -> usize {
        Spot::of_span(self.text, span.clone()).line
    }

    /// A place for what is said of the file as a whole.
    pub(super) fn end(&self) -> Span {
        let end = self.text.trim_end().len();
        end..end
    }

    /// Everything noted, in the order of the file.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|(start, _)| *start);
        let mut problems: Vec<_> = problems.into_iter().map(|(_, problem)| problem).collect();
        if self.untold.get() > 0 {
            let message = format!("this file has {} more problems", self.untold.get());
            problems.push(Problem::of_file(Severity::Error, &self.file, message, "mend these first"));
        }
        problems
    }
}

/// Conditions that must hold together: keys and their values.
pub(super) type Conditions<'s> = Vec<(Placed<&'s str>, Vec<String>)>;

/// A number, whole or not, or a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Figure<'s> {
    Whole(u64),
    Decimal(f64),
    Text(&'s str),
}

/// A value with its place.
#[derive(Clone, Debug)]
pub(super) struct Placed<T> {
    pub(super) value: T,
    pub(super) span: Span,
}

/// The keys of one table, taken out one by one; what nobody took is unknown.
pub(super) struct Fields<'s, 't> {
    sheet: &'s Sheet<'t>,
    /// What the table is, for messages: `party`, `sensor`.
    what: &'static str,
    /// Where the table begins.
    pub(super) span: Span,
    left: BTreeMap<&'s str, (Span, &'s Spanned<DeValue<'t>>)>,
    asked: Vec<&'static str>,
}

impl<'s, 't> Fields<'s, 't> {
    pub(super) fn new(sheet: &'s Sheet<'t>, what: &'static str, span: Span, table: &'s DeTable<'t>) -> Self {
        let left = table.iter().map(|(key, value)| (key.get_ref().as_ref(), (key.span(), value))).collect();
        Self { sheet, what, span, left, asked: Vec::new() }
    }

    fn take(&mut self, key: &'static str) -> Option<&'s Spanned<DeValue<'t>>> {
        self.asked.push(key);
        self.left.remove(key).map(|(_, value)| value)
    }

    /// Whether the key is there.
    pub(super) fn has(&self, key: &str) -> bool {
        self.left.contains_key(key)
    }

    /// Whether the key is there with a value that is no empty list, be it right or wrong.
    pub(super) fn says(&self, key: &str) -> bool {
        self.left.get(key).is_some_and(|(_, value)| value.get_ref().as_array().is_none_or(|list| !list.is_empty()))
    }

    /// A string.
    pub(super) fn text(&mut self, key: &'static str) -> Option<Placed<&'s str>> {
        let value = self.take(key)?;
        text_of(self.sheet, value, key)
    }

    /// A string that must be there and not be empty.
    pub(super) fn required(&mut self, key: &'static str, example: &str) -> Option<Placed<&'s str>> {
        let there = self.has(key);
        let text = self.text(key);
        if !there {
            self.missing(key, example);
        }
        let text = text?;
        if text.value.trim().is_empty() {
            self.sheet.error(text.span, format!("`{key}` is empty"), format!("write {key} = {example}"));
            return None;
        }
        Some(text)
    }

    /// Notes that a key is not there.
    pub(super) fn missing(&self, key: &str, example: &str) {
        let message = format!("this {} has no `{key}`", self.what);
        self.sheet.missing(self.span.clone(), message, format!("add a line such as {key} = {example}"));
    }

    /// A string that is read as `T`.
    pub(super) fn parsed<T: FromStr<Err: ToString>>(&mut self, key: &'static str, help: &str) -> Option<Placed<T>> {
        let text = self.text(key)?;
        parse(self.sheet, &text, help)
    }

    /// A list of strings; a single string counts as a list of one.
    pub(super) fn texts(&mut self, key: &'static str) -> Vec<Placed<&'s str>> {
        self.values(key).into_iter().filter_map(|value| text_of(self.sheet, value, key)).collect()
    }

    /// A list of strings, each read as `T`.
    pub(super) fn list<T: FromStr<Err: ToString>>(&mut self, key: &'static str, help: &str) -> Vec<Placed<T>> {
        self.texts(key).iter().filter_map(|text| parse(self.sheet, text, help)).collect()
    }

    /// A list of strings or whole numbers, each read as `T` from its text.
    pub(super) fn numbers<T: FromStr<Err: ToString>>(&mut self, key: &'static str, help: &str) -> Vec<Placed<T>> {
        let mut list = Vec::new();
        for value in self.values(key) {
            match value.get_ref() {
                DeValue::Integer(number) if number.radix() == 10 => {
                    list.extend(parse(self.sheet, &Placed { value: number.as_str(), span: value.span() }, help));
                }
                _ => list.extend(text_of(self.sheet, value, key).and_then(|text| parse(self.sheet, &text, help))),
            }
        }
        list
    }

    /// A whole number.
    pub(super) fn number(&mut self, key: &'static str) -> Option<Placed<u64>> {
        let value = self.take(key)?;
        let DeValue::Integer(number) = value.get_ref() else {
            self.wrong_type(key, value, "a whole number");
            return None;
        };
        let read = u64::from_str_radix(number.as_str(), number.radix()).ok();
        if read.is_none() {
            let message = format!("`{key}` is {number}, which is not a whole number of 0 or more");
            self.sheet.error(value.span(), message, "write a whole number, such as 1");
        }
        Some(Placed { value: read?, span: value.span() })
    }

    /// A number, whole or not, or a text.
    pub(super) fn figure(&mut self, key: &'static str) -> Option<Placed<Figure<'s>>> {
        let value = self.take(key)?;
        let figure = match value.get_ref() {
            DeValue::Integer(number) => u64::from_str_radix(number.as_str(), number.radix()).ok().map(Figure::Whole),
            DeValue::Float(number) => number.as_str().parse().ok().map(Figure::Decimal),
            DeValue::String(text) => Some(Figure::Text(text.as_ref())),
            _ => None,
        };
        if figure.is_none() {
            self.wrong_type(key, value, "a number of 0 or more, or a length of time such as \"30s\"");
        }
        Some(Placed { value: figure?, span: value.span() })
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, key: &'static str) -> Option<bool> {
        let value = self.take(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong_type(key, value, "true or false");
        }
        flag
    }

    /// A table in this one.
    pub(super) fn table(&mut self, key: &'static str, what: &'static str) -> Option<Fields<'s, 't>> {
        let value = self.take(key)?;
        match value.get_ref() {
            DeValue::Table(table) => Some(Fields::new(self.sheet, what, value.span(), table)),
            _ => {
                self.wrong_type(key, value, &format!("a table, written [{key}]"));
                None
            }
        }
    }

    /// Tables in a list.
    pub(super) fn tables(&mut self, key: &'static str, what: &'static str) -> Vec<Fields<'s, 't>> {
        let Some(value) = self.take(key) else { return Vec::new() };
        let DeValue::Array(list) = value.get_ref() else {
            self.wrong_type(key, value, &format!("a list of tables, each written [[{key}]]"));
            return Vec::new();
        };
        let mut tables = Vec::new();
        for item in list.iter() {
            match item.get_ref() {
                DeValue::Table(table) => tables.push(Fields::new(self.sheet, what, item.span(), table)),
                _ => self.wrong_type(key, item, &format!("a table, written [[{key}]]")),
            }
        }
        tables
    }

    /// A table of strings under keys of the writer's choice, each key with its place.
    pub(super) fn map(&mut self, key: &'static str) -> Vec<(Placed<&'s str>, Placed<&'s str>)> {
        let Some(value) = self.take(key) else { return Vec::new() };
        let DeValue::Table(table) = value.get_ref() else {
            self.wrong_type(key, value, &format!("a table, such as {key} = {{ en = \"...\" }}"));
            return Vec::new();
        };
        let entry = |(name, value): (&'s Spanned<_>, &'s Spanned<DeValue<'t>>)| {
            let name: &'s Spanned<toml::de::DeString<'t>> = name;
            let text = text_of(self.sheet, value, key)?;
            Some((Placed { value: name.get_ref().as_ref(), span: name.span() }, text))
        };
        table.iter().filter_map(entry).collect()
    }

    /// Tables under names of the writer's choice: each is a table of conditions, or a list of such tables, of which one is
    /// enough. A condition is a key with a value or a list of values, each as its text.
    pub(super) fn selections(&mut self, key: &'static str) -> Vec<(Placed<&'s str>, Vec<Conditions<'s>>)> {
        let Some(value) = self.take(key) else { return Vec::new() };
        let DeValue::Table(table) = value.get_ref() else {
            self.wrong_type(key, value, &format!("tables, each written [rule.{key}.NAME]"));
            return Vec::new();
        };
        let mut selections = Vec::new();
        for (name, value) in table.iter() {
            let tables: Vec<_> = match value.get_ref() {
                DeValue::Array(list) => list.iter().collect(),
                _ => vec![value],
            };
            let conditions = tables.into_iter().filter_map(|one| match one.get_ref() {
                DeValue::Table(table) => Some(self.conditions(table)),
                _ => {
                    self.wrong_type(
                        name.get_ref().as_ref(),
                        one,
                        "a table of conditions, such as { dst_endpoint_port = 23 }",
                    );
                    None
                }
            });
            selections.push((Placed { value: name.get_ref().as_ref(), span: name.span() }, conditions.collect()));
        }
        selections
    }

    fn conditions(&self, table: &'s DeTable<'t>) -> Conditions<'s> {
        let texts = |key: &str, value: &Spanned<DeValue<'t>>| -> Option<String> {
            match value.get_ref() {
                DeValue::String(text) => Some(text.to_string()),
                DeValue::Integer(number) => Some(number.to_string()),
                DeValue::Float(number) => Some(number.to_string()),
                DeValue::Boolean(flag) => Some(flag.to_string()),
                _ => {
                    self.wrong_type(key, value, "a text, a number, true or false");
                    None
                }
            }
        };
        let condition = |(key, value): (&'s Spanned<toml::de::DeString<'t>>, &'s Spanned<DeValue<'t>>)| {
            let name = key.get_ref().as_ref();
            let values = match value.get_ref() {
                DeValue::Array(list) => list.iter().filter_map(|one| texts(name, one)).collect(),
                _ => texts(name, value).into_iter().collect(),
            };
            (Placed { value: name, span: key.span() }, values)
        };
        table.iter().map(condition).collect()
    }

    /// Notes every key that nobody asked for.
    pub(super) fn finish(self) {
        for (key, (span, _)) in &self.left {
            let near = self.asked.iter().find(|known| distance(key, known) <= 2);
            let help = match near {
                Some(known) => format!("did you mean `{known}`?"),
                None => format!("remove it; the keys here are {}", self.asked.join(", ")),
            };
            self.sheet.error(span.clone(), format!("unknown key `{key}` in this {}", self.what), help);
        }
    }

    fn values(&mut self, key: &'static str) -> Vec<&'s Spanned<DeValue<'t>>> {
        match self.take(key) {
            None => Vec::new(),
            Some(value) => match value.get_ref() {
                DeValue::Array(list) => list.iter().collect(),
                DeValue::String(_) | DeValue::Integer(_) => vec![value],
                _ => {
                    self.wrong_type(key, value, "a list, such as [\"...\", \"...\"]");
                    Vec::new()
                }
            },
        }
    }

    fn wrong_type(&self, key: &str, value: &Spanned<DeValue<'t>>, wanted: &str) {
        wrong_type(self.sheet, key, value, wanted);
    }
}

fn text_of<'s>(sheet: &Sheet<'_>, value: &'s Spanned<DeValue<'_>>, key: &str) -> Option<Placed<&'s str>> {
    let text = value.get_ref().as_str();
    if text.is_none() {
        wrong_type(sheet, key, value, "text in quotes");
    }
    Some(Placed { value: text?, span: value.span() })
}

fn wrong_type(sheet: &Sheet<'_>, key: &str, value: &Spanned<DeValue<'_>>, wanted: &str) {
    let found = match value.get_ref() {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    };
    sheet.error(value.span(), format!("`{key}` holds {found} here"), format!("write {wanted}"));
}

/// Reads `text` as `T`. What is wrong is in the error's own words; `help` says what to write.
fn parse<T: FromStr<Err: ToString>>(sheet: &Sheet<'_>, text: &Placed<&str>, help: &str) -> Option<Placed<T>> {
    match text.value.parse() {
        Ok(value) => Some(Placed { value, span: text.span.clone() }),
        Err(error) => {
            // Our parsers say what is wrong and, behind a semicolon, what to write.
            let error = error.to_string();
            let (message, advice) = error.split_once("; ").unwrap_or((&error, help));
            sheet.error(text.span.clone(), message, advice);
            None
        }
    }
}

/// How many letters must change to make one word of the other (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    // Keys longer than this are no slip of a known one.
    for (i, x) in a.chars().take(64).enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let changed = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_near_and_other_words_are_not() {
        assert_eq!(distance("prefxes", "prefixes"), 1);
        assert_eq!(distance("party", "party"), 0);
        assert!(distance("colour", "id") > 2);
        assert_eq!(distance("", "abc"), 3);
    }
}
