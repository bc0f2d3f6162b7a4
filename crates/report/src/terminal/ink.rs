//! Styled text that knows how many columns it takes.

use anstyle::{Ansi256Color, AnsiColor, Style};
use blueline_terms::Side;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

pub(super) const PLAIN: Style = Style::new();
pub(super) const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();
/// The mission's own colour. No party has it.
pub(super) const ACCENT: Style = Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Blue)));

/// The mission's colour for titles.
pub(super) const TITLE: Style = ACCENT.bold();

/// Party colours by rank: after Okabe and Ito's palette for all kinds of colour vision, near enough in 256 colours.
/// Blue is the mission's and red would accuse, so neither is here. Names stand beside every colour.
const PARTIES: [u8; 6] = [172, 36, 133, 143, 74, 138];

/// The style of a side: parties by rank, the world in plain grey, the unknown dim.
pub(super) fn of_side(rank: Option<usize>, side: Side) -> Style {
    let grey = Style::new().fg_color(Some(Ansi256Color(245).into()));
    match (rank, side) {
        (Some(rank), _) => Style::new().fg_color(Some(Ansi256Color(PARTIES[rank % PARTIES.len()]).into())),
        (None, Side::World) => grey,
        (None, _) => DIM.italic(),
    }
}

/// Columns that `text` takes.
pub(super) fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// A line of text in several styles.
#[derive(Clone, Debug, Default)]
pub(super) struct Text(Vec<(Style, String)>);

impl Text {
    pub(super) fn of(style: Style, text: impl Into<String>) -> Self {
        Self(vec![(style, text.into())])
    }

    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self::of(PLAIN, text)
    }

    pub(super) fn and(mut self, style: Style, text: impl Into<String>) -> Self {
        self.0.push((style, text.into()));
        self
    }

    pub(super) fn join(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    pub(super) fn width(&self) -> usize {
        self.0.iter().map(|(_, text)| width(text)).sum()
    }

    /// Filled with spaces to `columns`, on the left where `right` asks for right alignment; cut where it is longer.
    pub(super) fn fit(self, columns: usize, right: bool, more: &str) -> Self {
        let space = columns.saturating_sub(self.width());
        let cut = if self.width() > columns { self.cut(columns, more) } else { self };
        let fill = Self::plain(" ".repeat(space));
        if right { fill.join(cut) } else { cut.join(fill) }
    }

    /// Cut to `columns`, with `more` in the last of them.
    fn cut(self, columns: usize, more: &str) -> Self {
        let mut room = columns.saturating_sub(width(more));
        let mut kept = Self::default();
        for (style, text) in self.0 {
            let whole = width(&text);
            if whole <= room {
                room -= whole;
                kept.0.push((style, text));
                continue;
            }
            // A name from right to left is isolated, and so it must stay where its end is cut off.
            let (cut, isolated) = (head(&text, room), text.starts_with('\u{2068}'));
            kept.0.push((style, format!("{cut}{}{more}", if isolated { "\u{2069}" } else { "" })));
            break;
        }
        let short = columns.saturating_sub(kept.width());
        kept.and(PLAIN, " ".repeat(short))
    }

    /// In lines of at most `columns`, broken at spaces, each word in its style.
    pub(super) fn wrapped(self, columns: usize) -> Vec<Self> {
        let (mut lines, mut line) = (Vec::new(), Self::default());
        for (style, text) in self.0 {
            for word in wrap(&text, columns).iter().flat_map(|words| words.split(' ')) {
                let full = line.width() + 1 + width(word) > columns;
                if !line.0.is_empty() && full {
                    lines.push(std::mem::take(&mut line));
                } else if !line.0.is_empty() {
                    line = line.and(PLAIN, " ");
                }
                line = line.and(style, word);
            }
        }
        lines.extend((!line.0.is_empty()).then_some(line));
        lines
    }

    pub(super) fn write(&self, out: &mut String) {
        let last = self.0.iter().rposition(|(_, text)| !text.trim_end().is_empty());
        for (place, (style, text)) in self.0.iter().enumerate().take(last.map_or(0, |last| last + 1)) {
            // No spaces at the end of a line.
            let text = if Some(place) == last { text.trim_end() } else { text };
            if *style == PLAIN { out.push_str(text) } else { out.push_str(&format!("{style}{text}{style:#}")) }
        }
    }
}

/// The longest beginning of `text` that takes at most `columns`. Marks stay with the letter that they stand on.
fn head(text: &str, columns: usize) -> &str {
    let mut base = 0;
    for (place, letter) in text.char_indices() {
        let mark = letter.width() == Some(0);
        if !mark {
            base = place;
        }
        if width(&text[..place + letter.len_utf8()]) > columns {
            return &text[..base];
        }
    }
    text
}

/// `text` in lines of at most `columns`, broken at spaces but not at those that hold a value together; a longer word is
/// broken where it must be.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let (mut lines, mut line) = (Vec::new(), String::new());
    let breaks = |c: char| c.is_whitespace() && !matches!(c, '\u{a0}' | '\u{202f}');
    for mut word in text.split(breaks).filter(|word| !word.is_empty()) {
        if !line.is_empty() && width(&line) + 1 + width(word) > columns {
            lines.push(std::mem::take(&mut line));
        }
        while width(word) > columns {
            // At least one letter a line, or it would never end.
            let cut = head(word, columns).len().max(word.chars().next().map_or(0, char::len_utf8));
            lines.push(word[..cut].to_owned());
            word = &word[cut..];
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.extend((!line.is_empty()).then_some(line));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(text: Text) -> String {
        let mut out = String::new();
        text.write(&mut out);
        anstream::adapter::strip_str(&out).to_string()
    }

    #[test]
    fn wide_letters_take_two_columns() {
        assert_eq!(width("北洲"), 4);
        assert_eq!(shown(Text::plain("北洲").fit(6, true, "…")), "  北洲");
        assert_eq!(shown(Text::plain("北洲北洲").fit(6, false, "…").and(PLAIN, "|")), "北洲… |");
        assert_eq!(shown(Text::of(BOLD, "abc").and(DIM, "defg").fit(5, false, "~")), "abcd~");
    }

    #[test]
    fn lines_break_at_spaces() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert!(wrap("   ", 3).is_empty());
    }

    proptest! {
        #[test]
        fn fitted_text_takes_just_its_columns(text in "\\PC{0,30}", columns in 1usize..40, right: bool) {
            let text = crate::words::clean(&text);
            prop_assert_eq!(Text::plain(text).fit(columns, right, "…").width(), columns);
        }

        #[test]
        fn wrapped_lines_keep_every_word(text in "[a-z北 ]{0,60}", columns in 2usize..20) {
            let lines = wrap(&text, columns);
            prop_assert!(lines.iter().all(|line| width(line) <= columns));
            let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
        }
    }
}
