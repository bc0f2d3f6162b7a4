//! The pieces that a pattern is made of.

use std::borrow::Cow;

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind<'a> {
    /// A word: of a path, an operator, a number.
    Word,
    Text(Cow<'a, str>),
    /// `t'...'`, `h'...'`, `b'...'`.
    Marked(u8, Cow<'a, str>),
    Sign(&'static str),
}

/// A piece of a pattern, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind<'a>,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Token<'_> {
    pub(super) fn shown<'a>(&self, text: &'a str) -> &'a str {
        text.get(self.start..self.end).unwrap_or_default()
    }
}

const SIGNS: [&str; 16] = ["!=", "<>", "<=", ">=", "==", "[", "]", "(", ")", "=", "<", ">", ":", ".", ",", "*"];

/// Takes a pattern apart. Fails with the byte and what is wrong there.
pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, (usize, String)> {
    let bytes = text.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let start = at;
        if byte.is_ascii_whitespace() {
            at += 1;
            continue;
        }
        if let Some(rest) = text[at..].strip_prefix("/*") {
            at += 2 + rest.find("*/").ok_or((at, "a comment does not end".to_owned()))? + 2;
            continue;
        }
        if text[at..].starts_with("//") {
            at += text[at..].find('\n').unwrap_or(text.len() - at);
            continue;
        }
        let marked = matches!(byte, b't' | b'h' | b'b') && bytes.get(at + 1) == Some(&b'\'');
        let kind = if marked || byte == b'\'' {
            let (value, end) =
                quoted(text, at + usize::from(marked)).ok_or((at, "a quoted text does not end".to_owned()))?;
            at = end;
            if marked { Kind::Marked(byte, value) } else { Kind::Text(value) }
        } else if let Some(sign) = SIGNS.iter().find(|sign| text[at..].starts_with(**sign)) {
            at += sign.len();
            Kind::Sign(sign)
        } else if is_word(byte) {
            at += bytes[at..].iter().take_while(|&&byte| is_word(byte)).count();
            Kind::Word
        } else {
            let odd = text[at..].chars().next().unwrap_or_default();
            return Err((at, format!("{odd:?} belongs in no pattern")));
        };
        tokens.push(Token { kind, start, end: at });
    }
    Ok(tokens)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+')
}

/// The text in quotes that begins here, and where it ends.
fn quoted(text: &str, start: usize) -> Option<(Cow<'_, str>, usize)> {
    let inner = text.get(start + 1..)?;
    let mut escaped = false;
    let length = inner.bytes().position(|byte| {
        let ends = byte == b'\'' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })?;
    let value = &inner[..length];
    Some((unescaped(value), start + 1 + length + 1))
}

fn unescaped(value: &str) -> Cow<'_, str> {
    if !value.contains('\\') {
        return Cow::Borrowed(value);
    }
    let mut escaped = false;
    let plain = value.chars().filter(|&letter| {
        escaped = letter == '\\' && !escaped;
        !escaped
    });
    Cow::Owned(plain.collect())
}
