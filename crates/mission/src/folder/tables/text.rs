//! Tables as text: a prefix and a value a line, or a range and a value a line.

use std::io::{BufRead, Read};
use std::str::FromStr;

use blueline_border::attribution::blocks;
use blueline_terms::{Address, Prefix};

use super::{Fault, MOST_ENTRIES, Reading, TableFormat, unpack};
use crate::folder::Spot;

/// A line longer than this is bad.
const LONGEST_LINE: u64 = 1 << 16;
/// More bad lines than this share, in percent, and the file is not what it is taken for.
const MOST_BAD_PERCENT: usize = 5;

/// Reads every line. Empty lines and comments (`;` or `#`) are passed over.
pub(super) fn read<T: FromStr<Err = String> + Copy>(mut input: Box<dyn BufRead>) -> Result<Reading<T>, Fault> {
    let mut tally =
        Tally { entries: Vec::new(), lines: 0, good: 0, bad: 0, first_bad: None, format: TableFormat::Prefixes };
    let mut line = Vec::new();
    let mut cut = None;
    loop {
        line.clear();
        match input.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line) {
            Ok(0) => break,
            Ok(_) => tally.line(&String::from_utf8_lossy(&line)),
            Err(error) => {
                cut = Some(unpack::fault(&error, tally.entries.len()));
                break;
            }
        }
        if tally.entries.len() > MOST_ENTRIES {
            let message = format!("this table has more than {MOST_ENTRIES} entries");
            return Err(Fault::new(
                message,
                "merge neighbouring prefixes, or leave out what the mission does not need",
            ));
        }
    }
    tally.finish(cut)
}

struct Tally<T> {
    entries: Vec<(Prefix, T)>,
    lines: usize,
    good: usize,
    bad: usize,
    first_bad: Option<(Spot, String)>,
    format: TableFormat,
}

impl<T: FromStr<Err = String> + Copy> Tally<T> {
    fn line(&mut self, line: &str) {
        self.lines += 1;
        let text = line.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        if text.is_empty() || text.starts_with([';', '#']) {
            return;
        }
        match self.entry(text) {
            Ok(()) => self.good += 1,
            Err(_) if self.good + self.bad == 0 && is_heading(text) => {}
            Err((value, message)) => {
                self.bad += 1;
                if self.first_bad.is_none() {
                    let at = line.find(value).unwrap_or(0);
                    let spot = Spot { line: self.lines, ..Spot::of_span(line, at..at + value.len()) };
                    self.first_bad = Some((spot, message));
                }
            }
        }
    }

    /// One line; where it is bad, the offending value and what is wrong with it.
    fn entry<'l>(&mut self, text: &'l str) -> Result<(), (&'l str, String)> {
        let value_of = |text: &'l str| text.parse::<T>().map_err(|error| (text, error));
        if text.contains(',') {
            let mut fields = text.split(',').map(|field| field.trim().trim_matches('"'));
            let (Some(first), Some(last), Some(value)) = (fields.next(), fields.next(), fields.next()) else {
                return Err((text, format!("{text:?} is not of the form first,last,value")));
            };
            let (start, end) = (address(first)?, address(last)?);
            let value = value_of(value)?;
            if start > end || start.is_v4() != end.is_v4() {
                return Err((
                    last,
                    format!("the range from {first} does not end at {last}: that is before it, or of another family"),
                ));
            }
            self.entries.extend(blocks(start, end).map(|block| (block, value)));
            self.format = TableFormat::Ranges;
        } else {
            let (prefix, value) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
            let block: Prefix =
                prefix.parse().map_err(|error: blueline_terms::PrefixError| (prefix, error.to_string()))?;
            let value = value_of(value.trim())?;
            self.entries.push((block, value));
        }
        Ok(())
    }

    fn finish(self, cut: Option<Fault>) -> Result<Reading<T>, Fault> {
        let Self { entries, good, bad, format, first_bad, .. } = self;
        if let Some((spot, message)) = first_bad {
            let total = good + bad;
            if bad * 100 > total * MOST_BAD_PERCENT {
                let help = format!(
                    "{bad} of {total} lines are bad; write lines of a prefix and a value, or of first,last,value"
                );
                return Err(Fault { spot: Some(spot), message, help });
            }
            let message = format!("{bad} of {total} lines were left out; the first of them: {message}");
            let help = "correct them or fetch the table again";
            return Ok(Reading {
                format,
                entries,
                warning: Some(Fault { spot: Some(spot), message, help: help.into() }),
            });
        }
        if entries.is_empty() {
            return Err(
                cut.unwrap_or_else(|| Fault::new("this table has no entry", "write lines of a prefix and a value"))
            );
        }
        Ok(Reading { format, entries, warning: cut })
    }
}

/// Whether a first line names its columns: no address is without a dot or colon.
fn is_heading(text: &str) -> bool {
    let first = text.split([',', ' ', '\t']).next().unwrap_or(text);
    !first.contains(['.', ':']) && first.contains(char::is_alphabetic)
}

fn address(text: &str) -> Result<Address, (&str, String)> {
    text.parse().map_err(|error: blueline_terms::PrefixError| (text, error.to_string()))
}
