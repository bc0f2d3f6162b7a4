//! STIX patterns (STIX 2.1, part 9), for what they say of traffic.
//!
//! A pattern is read whole, and what is found of it are alternatives each of which suffices. What needs two things at
//! once that are not seen together is not used: half of a condition would match far more than was meant.

mod parts;
#[cfg(test)]
mod tests;
mod tokens;

use std::borrow::Cow;

use blueline_terms::Moment;

use super::value::Fault;

use parts::{Part, alone, compared, inexact, join, narrowed, port_alone, together};
use tokens::{Kind, Token, tokens};

pub(super) use parts::Atom;

/// Parentheses in parentheses.
const DEEPEST: usize = 64;
/// What a pattern comes to.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) atoms: Vec<Atom>,
    /// What of it is not used, and why.
    pub(super) unused: Vec<(String, Fault)>,
}

/// Reads a pattern. Fails where it is no pattern, with the byte where that shows.
pub(super) fn read(text: &str) -> Result<Reading, (usize, String)> {
    let tokens = tokens(text)?;
    let mut parser = Parser { text, tokens: &tokens, at: 0, depth: 0, reading: Reading::default() };
    let part = parser.followed()?;
    if let Some(token) = parser.peek() {
        return Err((token.start, format!("{} stands where nothing more should", token.shown(text))));
    }
    parser.settle(part);
    Ok(parser.reading)
}

struct Parser<'t, 's> {
    text: &'s str,
    tokens: &'t [Token<'s>],
    at: usize,
    depth: usize,
    reading: Reading,
}

type Parsed<T> = Result<T, (usize, String)>;

impl<'t, 's> Parser<'t, 's> {
    fn peek(&self) -> Option<&'t Token<'s>> {
        self.tokens.get(self.at)
    }

    fn is_sign(&self, sign: &str) -> bool {
        self.peek().is_some_and(|token| matches!(token.kind, Kind::Sign(found) if found == sign))
    }

    fn takes_sign(&mut self, sign: &str) -> bool {
        let is = self.is_sign(sign);
        self.at += usize::from(is);
        is
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let is = self
            .peek()
            .is_some_and(|token| token.kind == Kind::Word && token.shown(self.text).eq_ignore_ascii_case(word));
        self.at += usize::from(is);
        is
    }

    fn wants(&mut self, sign: &str) -> Parsed<()> {
        if self.takes_sign(sign) { Ok(()) } else { Err(self.missing(sign)) }
    }

    fn missing(&self, what: &str) -> (usize, String) {
        match self.peek() {
            Some(token) => (token.start, format!("{} stands where {what} should", token.shown(self.text))),
            None => (self.text.len(), format!("it ends where {what} should stand")),
        }
    }

    fn since(&self, start: usize) -> String {
        let from = self.tokens.get(start).map_or(0, |token| token.start);
        let to = self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(from, |token| token.end);
        self.text.get(from..to).unwrap_or_default().to_owned()
    }

    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= DEEPEST {
            return Err((self.peek().map_or(0, |token| token.start), "parentheses nest too deep".to_owned()));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    // Observations: FOLLOWEDBY binds least, then OR, then AND.

    fn followed(&mut self) -> Parsed<Part> {
        let start = self.at;
        let mut part = self.either()?;
        while self.takes_word("FOLLOWEDBY") {
            self.either()?;
            part = Part::Unseen(self.since(start), together("one after another"));
        }
        Ok(part)
    }

    fn either(&mut self) -> Parsed<Part> {
        let mut parts = vec![self.both()?];
        while self.takes_word("OR") {
            parts.push(self.both()?);
        }
        Ok(self.any_of(parts))
    }

    fn both(&mut self) -> Parsed<Part> {
        let start = self.at;
        let mut part = self.observation()?;
        while self.takes_word("AND") {
            self.observation()?;
            part = Part::Unseen(self.since(start), together("at once"));
        }
        Ok(part)
    }

    fn observation(&mut self) -> Parsed<Part> {
        let start = self.at;
        let mut part = if self.takes_sign("(") {
            let part = self.deeper(Self::followed)?;
            self.wants(")")?;
            part
        } else {
            self.wants("[")?;
            let part = self.deeper(Self::or)?;
            self.wants("]")?;
            alone(part, || self.since(start))
        };
        loop {
            if self.takes_word("WITHIN") {
                self.number()?;
                if !self.takes_word("SECONDS") {
                    return Err(self.missing("SECONDS"));
                }
            } else if self.takes_word("REPEATS") {
                let times = self.number()?;
                if !self.takes_word("TIMES") {
                    return Err(self.missing("TIMES"));
                }
                if times != "1" {
                    part = Part::Unseen(self.since(start), together("several times"));
                }
            } else if self.takes_word("START") {
                let from = self.moment()?;
                if !self.takes_word("STOP") {
                    return Err(self.missing("STOP"));
                }
                part = narrowed(part, (from, self.moment()?));
            } else {
                return Ok(part);
            }
        }
    }

    fn number(&mut self) -> Parsed<&'s str> {
        let token = self.peek().filter(|token| token.kind == Kind::Word).ok_or_else(|| self.missing("a number"))?;
        self.at += 1;
        let text = token.shown(self.text);
        // A number with a fraction comes in three tokens.
        if self.takes_sign(".") && self.peek().is_some_and(|token| token.kind == Kind::Word) {
            self.at += 1;
        }
        Ok(text)
    }

    fn moment(&mut self) -> Parsed<Moment> {
        let token = self.peek().ok_or_else(|| self.missing("a time"))?;
        let text = match &token.kind {
            Kind::Marked(b't', text) | Kind::Text(text) => text,
            _ => return Err(self.missing("a time")),
        };
        self.at += 1;
        text.parse().map_err(|error| (token.start, error))
    }

    // Within an observation: OR binds less than AND.

    fn or(&mut self) -> Parsed<Part> {
        let mut parts = vec![self.and()?];
        while self.takes_word("OR") {
            parts.push(self.and()?);
        }
        Ok(self.any_of(parts))
    }

    fn and(&mut self) -> Parsed<Part> {
        let start = self.at;
        let mut part = self.test()?;
        while self.takes_word("AND") {
            let other = self.test()?;
            part = join(part, other, || self.since(start));
        }
        Ok(part)
    }

    fn test(&mut self) -> Parsed<Part> {
        let start = self.at;
        if self.takes_sign("(") {
            let part = self.deeper(Self::or)?;
            self.wants(")")?;
            return Ok(part);
        }
        if self.takes_word("EXISTS") {
            self.path()?;
            return Ok(Part::Unseen(self.since(start), inexact()));
        }
        let mut negated = self.takes_word("NOT");
        let path = self.path()?;
        negated |= self.takes_word("NOT");
        let operator = self.operator()?;
        let values = if operator == "IN" { self.set()? } else { vec![self.literal()?] };
        let whole = || self.since(start);
        let part = compared(&path, operator, &values, whole);
        let exact = !negated && matches!(operator, "=" | "IN" | "ISSUBSET" | "LIKE");
        // What is not seen at all is the better reason.
        Ok(if exact || matches!(part, Part::Unseen(..)) { part } else { Part::Unseen(whole(), inexact()) })
    }

    fn operator(&mut self) -> Parsed<&'static str> {
        for sign in ["==", "=", "!=", "<>", "<=", ">=", "<", ">"] {
            if self.takes_sign(sign) {
                return Ok(if sign == "==" { "=" } else { sign });
            }
        }
        for word in ["IN", "LIKE", "MATCHES", "ISSUBSET", "ISSUPERSET"] {
            if self.takes_word(word) {
                return Ok(word);
            }
        }
        Err(self.missing("a comparison such as = or IN"))
    }

    /// `type:component.component[*].'component'`, without the steps in brackets.
    fn path(&mut self) -> Parsed<String> {
        let mut path = self.component()?;
        self.wants(":")?;
        path.push(':');
        path.push_str(&self.component()?);
        loop {
            if self.takes_sign("[") {
                if !self.takes_sign("*") {
                    self.component()?;
                }
                self.wants("]")?;
            } else if self.takes_sign(".") {
                path.push('.');
                path.push_str(&self.component()?);
            } else {
                return Ok(path);
            }
        }
    }

    fn component(&mut self) -> Parsed<String> {
        let token = self.peek().ok_or_else(|| self.missing("a path"))?;
        let text = match &token.kind {
            Kind::Word => token.shown(self.text).to_owned(),
            Kind::Text(text) => text.clone().into_owned(),
            _ => return Err(self.missing("a path")),
        };
        self.at += 1;
        Ok(text)
    }

    fn set(&mut self) -> Parsed<Vec<Cow<'s, str>>> {
        self.wants("(")?;
        let mut values = Vec::new();
        while !self.takes_sign(")") {
            values.push(self.literal()?);
            if !self.takes_sign(",") && !self.is_sign(")") {
                return Err(self.missing(", or )"));
            }
        }
        Ok(values)
    }

    fn literal(&mut self) -> Parsed<Cow<'s, str>> {
        let token = self.peek().ok_or_else(|| self.missing("a value"))?;
        match &token.kind {
            Kind::Text(text) | Kind::Marked(_, text) => {
                self.at += 1;
                Ok(text.clone())
            }
            Kind::Word => self.number().map(Cow::Borrowed),
            Kind::Sign(_) => Err(self.missing("a value")),
        }
    }

    /// Any of these: what is seen of them, and the rest is told as not used.
    fn any_of(&mut self, mut parts: Vec<Part>) -> Part {
        if parts.len() == 1 {
            return parts.pop().unwrap_or(Part::Nothing);
        }
        let mut atoms = Vec::new();
        let mut ports = Vec::new();
        let mut protocols = Vec::new();
        let mut unseen = Vec::new();
        for part in parts {
            match part {
                Part::Any(more) => atoms.extend(more),
                Part::Ports(end, more) => ports.push((end, more)),
                Part::Protocols(more) => protocols.extend(more),
                Part::Nothing => {}
                Part::Unseen(text, fault) => unseen.push((text, fault)),
            }
        }
        if atoms.is_empty() && unseen.is_empty() {
            let one_end = ports.first().is_some_and(|(end, _)| ports.iter().all(|(other, _)| other == end));
            match (one_end, ports.first(), protocols.is_empty()) {
                (true, Some(&(end, _)), true) => {
                    return Part::Ports(end, ports.into_iter().flat_map(|(_, ports)| ports).collect());
                }
                (_, None, false) => return Part::Protocols(protocols),
                _ => {}
            }
        }
        let bare = !ports.is_empty() || !protocols.is_empty();
        if atoms.is_empty() {
            return unseen.pop().map_or(Part::Nothing, |(text, fault)| {
                self.reading.unused.extend(unseen);
                Part::Unseen(text, fault)
            });
        }
        if bare {
            self.reading.unused.push((String::new(), port_alone()));
        }
        self.reading.unused.extend(unseen);
        Part::Any(atoms)
    }

    fn settle(&mut self, part: Part) {
        match part {
            Part::Any(atoms) => self.reading.atoms = atoms,
            Part::Unseen(text, fault) => self.reading.unused.push((text, fault)),
            _ => self.reading.unused.push((self.text.to_owned(), port_alone())),
        }
    }
}
