//! The languages that findings are told in, and how each writes numbers.

use std::time::Duration;

use blueline_terms::Moment;

use crate::{units, words};

/// A language that the messages are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    Arabic,
    Turkish,
    French,
}

impl Language {
    pub(crate) const ALL: [Self; 4] = [Self::English, Self::Arabic, Self::Turkish, Self::French];

    /// The one that a tag such as `ar-EG` asks for; English where it asks for another.
    pub(crate) fn of(tag: &str) -> Self {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|one| one.tag().eq_ignore_ascii_case(primary)).unwrap_or(Self::English)
    }

    /// Its tag (BCP 47).
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Arabic => "ar",
            Self::Turkish => "tr",
            Self::French => "fr",
        }
    }

    pub(crate) const fn runs_right_to_left(self) -> bool {
        matches!(self, Self::Arabic)
    }

    /// A value among words: kept on one line, and apart from the direction of the words around it (UAX #9, 2.4).
    pub(crate) fn isolated(self, value: &str) -> String {
        let turned = value.chars().any(words::runs_right_to_left);
        if value.starts_with(FSI) || (self == Self::English && !turned) {
            return value.to_owned();
        }
        let value = value.replace(' ', "\u{a0}");
        if self.runs_right_to_left() || turned { format!("{FSI}{value}{PDI}") } else { value }
    }

    /// A whole number in full.
    pub(crate) fn count(self, n: u64) -> String {
        self.isolated(&self.marks(units::grouped(n)))
    }

    /// Any number, with at most two decimals.
    pub(crate) fn number(self, number: f64) -> String {
        if !number.is_finite() {
            return "?".to_owned();
        }
        let text = format!("{:.2}", number.abs());
        let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
        let decimals = decimals.trim_end_matches('0');
        let whole = whole.parse().map_or_else(|_| whole.to_owned(), units::grouped);
        let shown = if decimals.is_empty() { whole } else { format!("{whole}.{decimals}") };
        let sign = if number < 0.0 && shown != "0" { "-" } else { "" };
        self.isolated(&self.marks(format!("{sign}{shown}")))
    }

    /// A share between 0 and 1.
    pub(crate) fn share(self, share: f64) -> String {
        if !share.is_finite() {
            return "?".to_owned();
        }
        let text = self.marks(units::percent(share));
        let text = match self {
            Self::English | Self::Arabic => text,
            Self::French => text.replace('%', "\u{202f}%"),
            // The sign stands before the number, after what says less or more.
            Self::Turkish => {
                let number = text.trim_end_matches('%');
                let at = number.find(|c: char| c.is_ascii_digit()).unwrap_or(0);
                format!("{}%{}", &number[..at], &number[at..])
            }
        };
        self.isolated(&text)
    }

    /// An amount of bytes.
    pub(crate) fn bytes(self, bytes: u64) -> String {
        let text = self.marks(units::bytes(bytes));
        self.isolated(&if self == Self::French { text.replace('B', "o") } else { text })
    }

    /// A length of time.
    pub(crate) fn duration(self, duration: Duration) -> String {
        let text = units::duration(duration);
        let unit = |word: &str| match (self, word) {
            (Self::Turkish, "d") => "gün".to_owned(),
            (Self::Turkish, "h") => "sa".to_owned(),
            (Self::Turkish, "min") => "dk".to_owned(),
            (Self::Turkish, "s") => "sn".to_owned(),
            (Self::French, "d") => "j".to_owned(),
            (Self::Arabic, "d") => "يوم".to_owned(),
            (Self::Arabic, "h") => "س".to_owned(),
            (Self::Arabic, "min") => "د".to_owned(),
            (Self::Arabic, "s") => "ث".to_owned(),
            (Self::Arabic, "ms") => "م.ث".to_owned(),
            (_, word) if word.starts_with(|c: char| c.is_ascii_digit()) => self.marks(word.to_owned()),
            (_, word) => word.to_owned(),
        };
        self.isolated(&text.split(' ').map(unit).collect::<Vec<_>>().join(" "))
    }

    /// A length of time in seconds, of which nobody has checked that it is one.
    pub(crate) fn seconds(self, seconds: f64) -> String {
        let known = Duration::try_from_secs_f64(seconds);
        known.map_or_else(|_| "?".to_owned(), |duration| self.duration(duration))
    }

    /// RFC 3339 in UTC, alike in all languages.
    pub(crate) fn moment(self, moment: Moment) -> String {
        self.isolated(&moment.to_string())
    }

    /// Text from the data.
    pub(crate) fn text(self, text: &str) -> String {
        let clean = words::clean(text);
        match clean.char_indices().nth(LONGEST) {
            Some((end, _)) => self.isolated(&format!("{}...", &clean[..end])),
            None => self.isolated(&clean),
        }
    }

    /// The marks of thousands and decimals; in English notation where Arabic is read with these digits.
    fn marks(self, text: String) -> String {
        let mark = |c| match (self, c) {
            (Self::Turkish, ',') => '.',
            (Self::Turkish | Self::French, '.') => ',',
            (Self::French, ',') => '\u{202f}',
            (_, c) => c,
        };
        text.chars().map(mark).collect()
    }
}

/// First strong isolate, and its end.
const FSI: char = '\u{2068}';
const PDI: char = '\u{2069}';
/// Letters of a text from the data that are shown.
const LONGEST: usize = 255;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_find_their_language() {
        let found = ["en", "ar-EG", "TR", "fr_CA", "zh", "", "arc"].map(|tag| Language::of(tag).tag());
        assert_eq!(found, ["en", "ar", "tr", "fr", "en", "en", "en"]);
    }

    #[test]
    fn numbers_are_written_as_each_language_does() {
        let shown = |language: Language| {
            [
                language.count(1_234_567),
                language.number(1234.5),
                language.number(-0.001),
                language.share(0.375),
                language.share(0.0001),
                language.bytes(45_600_000),
                language.duration(Duration::from_millis(90_500)),
            ]
        };
        assert_eq!(shown(Language::English), ["1,234,567", "1,234.5", "0", "37.5%", "<0.1%", "45.6 MB", "1 min 30 s"]);
        assert_eq!(
            shown(Language::Turkish),
            ["1.234.567", "1.234,5", "0", "%37,5", "<%0,1", "45,6\u{a0}MB", "1\u{a0}dk\u{a0}30\u{a0}sn"]
        );
        assert_eq!(
            shown(Language::French),
            [
                "1\u{202f}234\u{202f}567",
                "1\u{202f}234,5",
                "0",
                "37,5\u{202f}%",
                "<0,1\u{202f}%",
                "45,6\u{a0}Mo",
                "1\u{a0}min\u{a0}30\u{a0}s"
            ]
        );
        assert!(shown(Language::Arabic).iter().all(|text| text.starts_with(FSI) && text.ends_with(PDI)));
    }

    #[test]
    fn what_is_no_number_is_no_number() {
        assert_eq!([f64::NAN, f64::INFINITY].map(|n| Language::English.number(n)), ["?", "?"]);
        assert_eq!([f64::NAN, -1.0].map(|n| Language::English.seconds(n)), ["?", "?"]);
        assert_eq!(Language::English.number(1e30), "1000000000000000019884624838656");
    }

    #[test]
    fn text_from_the_data_can_neither_turn_its_neighbours_nor_flood_the_page() {
        assert_eq!(Language::English.text("a\u{202e}b\u{1b}"), "a\u{fffd}b\u{fffd}");
        assert_eq!(Language::English.text("شمال"), "\u{2068}شمال\u{2069}");
        assert_eq!(Language::English.text(&"x".repeat(1000)).len(), LONGEST + 3);
    }
}
