//! Plain lists: one indicator a line, or the first column of comma-separated values.

use std::borrow::Cow;

use super::gather::Gather;
use super::value::{self, Fault};
use super::{At, Detail};

pub(super) fn read(bytes: &[u8], gather: &mut Gather) {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        let fault = Fault::new("the list is UTF-16", "save it as UTF-8");
        return gather.fault(At::Line(1), "", &fault);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut first = true;
    for (number, line) in (1u64..).zip(bytes.split(|&byte| byte == b'\n')) {
        let line = String::from_utf8_lossy(line);
        let (content, comment) = without_comment(line.trim());
        if content.is_empty() {
            continue;
        }
        let at = || At::Line(number);
        if std::mem::take(&mut first) && is_heading(content) {
            continue;
        }
        read_line(content, comment, &at, gather);
    }
}

fn read_line(content: &str, comment: &str, at: &dyn Fn() -> At, gather: &mut Gather) {
    let cell = first_cell(content);
    let mut words = cell.split_whitespace();
    let (head, rest) =
        (words.next().unwrap_or_default(), cell.split_once(char::is_whitespace).map_or("", |(_, rest)| rest));
    // A hosts file sends names nowhere: the names are what is listed.
    if matches!(head, "0.0.0.0" | "127.0.0.1" | "::" | "::1") && words.clone().next().is_some() {
        let detail = gather.detail(label(comment));
        words.filter(|name| !is_local(name)).for_each(|name| add(name, detail, at, gather));
        return;
    }
    // What stands behind the indicator without a mark is a comment as well.
    let defanged = cell.contains(" . ");
    let (text, beside) = if defanged { (cell.as_ref(), "") } else { (head, rest.trim()) };
    let detail = gather.detail(label(if comment.is_empty() { beside } else { comment }));
    add(text, detail, at, gather);
}

fn add(text: &str, detail: u32, at: &dyn Fn() -> At, gather: &mut Gather) {
    match value::any(text) {
        Ok(value) => gather.add(at, text, value, detail),
        Err(fault) => gather.fault(at(), text, &fault),
    }
}

/// A comment is a label if it has words; many lists count or date their lines there.
fn label(text: &str) -> Detail {
    let text = if text.contains(char::is_alphabetic) { text } else { "" };
    Detail { label: text.into(), ..Detail::default() }
}

fn is_local(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    !name.contains('.') || matches!(last, "localdomain" | "local" | "localhost") || name == "0.0.0.0"
}

/// The line without a comment, and the comment. `#` belongs to a URL unless there is a space before it.
fn without_comment(line: &str) -> (&str, &str) {
    if line.starts_with(['#', ';', '!']) || line.starts_with("//") {
        return ("", "");
    }
    let bytes = line.as_bytes();
    let begins = |&at: &usize| matches!(bytes[at], b'#' | b';') && bytes[at - 1].is_ascii_whitespace();
    match (1..bytes.len()).find(begins) {
        Some(at) => (line[..at].trim(), line[at + 1..].trim()),
        None => (line, ""),
    }
}

/// The first of comma-separated values (RFC 4180), without quotes.
fn first_cell(line: &str) -> Cow<'_, str> {
    if let Some(rest) = line.strip_prefix('"') {
        return Cow::Borrowed(rest.split('"').next().unwrap_or_default().trim());
    }
    Cow::Borrowed(line.split(',').next().unwrap_or_default().trim())
}

/// Whether a line names columns: its first cell is a word, and there are more.
fn is_heading(line: &str) -> bool {
    let cell = first_cell(line);
    let word = |b: u8| b.is_ascii_alphabetic() || matches!(b, b'_' | b' ' | b'-');
    line.contains(',') && !cell.is_empty() && cell.bytes().all(word)
}
