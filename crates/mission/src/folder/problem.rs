//! A mistake in a file, told so that it can be put right: where it is, what is wrong, what to do.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthChar;

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The mission cannot be run.
    Error,
    /// It can, but this is probably not what was meant.
    Warning,
}

impl Severity {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One mistake.
///
/// `{}` shows it in plain text, `{:#}` with terminal colours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// The file, as it was named.
    pub file: PathBuf,
    /// Where in the file; `None` where the file as a whole is meant.
    pub spot: Option<Spot>,
    /// What is wrong, with the offending value.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl Problem {
    /// A problem with a file as a whole.
    pub fn of_file(severity: Severity, file: &Path, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { severity, file: file.to_owned(), spot: None, message: message.into(), help: help.into() }
    }

    /// Whether it stops the mission.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// A stretch of one line in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// How many characters, at least 1.
    pub width: usize,
    /// The line itself, without its end.
    pub text: String,
}

impl Spot {
    /// The stretch of bytes `span` of `text`. A stretch over several lines ends with its first.
    pub fn of_span(text: &str, span: Range<usize>) -> Self {
        let start = floor(text, span.start);
        let before = &text[..start];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let rest = &text[line_start..];
        let line = rest.split('\n').next().unwrap_or(rest).trim_end_matches('\r');
        let end = floor(text, span.end).clamp(start, (line_start + line.len()).max(start));
        Self {
            line: before.matches('\n').count() + 1,
            column: text[line_start..start].chars().count() + 1,
            width: text[start..end].chars().count().max(1),
            text: line.to_owned(),
        }
    }
}

/// The last character border at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let paint = Paint::new(f.alternate(), self.severity);
        let (word, file) = (self.severity.word(), clean(&self.file.display().to_string()));
        writeln!(
            f,
            "{}{word}{:#}{}: {}{:#}",
            paint.word,
            paint.word,
            paint.message,
            clean(&self.message),
            paint.message
        )?;
        let gutter = self.spot.as_ref().map_or(1, |spot| spot.line.to_string().len());
        let (frame, mark) = (paint.frame, paint.word);
        match &self.spot {
            None => writeln!(f, "{:gutter$}{frame}-->{frame:#} {file}", "")?,
            Some(spot) => {
                let (line, (shown, pad, carets)) = (spot.line, spot.excerpt());
                writeln!(f, "{:gutter$}{frame}-->{frame:#} {file}:{line}:{}", "", spot.column)?;
                writeln!(f, "{:gutter$} {frame}|{frame:#}", "")?;
                writeln!(f, "{frame}{line} |{frame:#} {shown}")?;
                writeln!(f, "{:gutter$} {frame}|{frame:#} {pad}{mark}{carets}{mark:#}", "")?;
            }
        }
        writeln!(f, "{:gutter$} {frame}={frame:#} help: {}", "", clean(&self.help))
    }
}

/// The text with control characters written out: what a file says must not steer the terminal.
pub(crate) fn clean(text: &str) -> String {
    text.chars().fold(String::new(), |mut cleaned, c| {
        if c.is_control() {
            cleaned.extend(c.escape_default())
        } else {
            cleaned.push(c)
        }
        cleaned
    })
}

impl Spot {
    /// At most this many characters of a line are shown.
    const SHOWN: usize = 160;

    /// The part of the line around the spot, the blank space that leads to it, and the carets beneath it.
    fn excerpt(&self) -> (String, String, String) {
        let before = self.column.saturating_sub(1);
        let skipped = before.saturating_sub(Self::SHOWN / 2);
        let visible = |c: char| if c.is_control() { ' ' } else { c };
        let shown: String = self.text.chars().skip(skipped).take(Self::SHOWN).map(visible).collect();
        let columns = |text: &str| text.chars().map(|c| c.width().unwrap_or(0)).sum::<usize>();
        let lead: String = shown.chars().take(before - skipped).collect();
        let marked: String = shown.chars().skip(before - skipped).take(self.width).collect();
        (shown, " ".repeat(columns(&lead)), "^".repeat(columns(&marked).max(1)))
    }
}

struct Paint {
    word: Style,
    message: Style,
    frame: Style,
}

impl Paint {
    fn new(coloured: bool, severity: Severity) -> Self {
        if !coloured {
            return Self { word: Style::new(), message: Style::new(), frame: Style::new() };
        }
        let word = match severity {
            Severity::Error => AnsiColor::Red,
            Severity::Warning => AnsiColor::Yellow,
        };
        Self {
            word: word.on_default().bold(),
            message: Style::new().bold(),
            frame: AnsiColor::Blue.on_default().bold(),
        }
    }
}

/// Everything that is wrong with a mission folder, in the order of its files and their lines. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// The list, unless there is no error in it.
    pub(super) fn refused(list: Vec<Problem>) -> Result<Vec<Problem>, Self> {
        if list.iter().any(Problem::is_error) { Err(Self(list)) } else { Ok(list) }
    }

    /// Each problem; warnings are among them.
    pub fn list(&self) -> &[Problem] {
        &self.0
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str, span: Range<usize>) -> Problem {
        Problem {
            spot: Some(Spot::of_span(text, span)),
            ..Problem::of_file(Severity::Error, Path::new("m.toml"), "wrong", "right it")
        }
    }

    #[test]
    fn the_caret_stands_under_wide_letters_and_tabs() {
        let text = "a\n\t名 = 'x\u{301}y' # z\r\n";
        let start = text.find('\'').unwrap();
        assert_eq!(
            problem(text, start..start + 6).to_string(),
            "error: wrong\n --> m.toml:2:6\n  |\n2 |  名 = 'x\u{301}y' # z\n  |       ^^^^\n  = help: right it\n"
        );
    }

    #[test]
    fn what_a_file_says_does_not_steer_the_terminal() {
        let shown = Problem::of_file(Severity::Error, Path::new("m\x1b[1m"), "key `\x1b[2J`", "a\nb").to_string();
        assert!(shown.contains("key `\\u{1b}[2J`") && shown.contains("a\\nb"), "{shown}");
        assert!(shown.contains("--> m\\u{1b}[1m\n"), "{shown}");
    }

    #[test]
    fn any_span_of_any_text_can_be_shown() {
        let long = "x".repeat(1000);
        for (text, span) in
            [("", 0..0), ("é", 1..1), ("a\nb", 0..3), ("a\n", 2..2), ("a", 7..9), (long.as_str(), 900..990)]
        {
            assert!(problem(text, span).to_string().contains('^'));
        }
    }
}
