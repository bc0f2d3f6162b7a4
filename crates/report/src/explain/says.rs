//! Messages said for one reader: in a language, with the mission's names.

use blueline_terms::finding::Reason;
use blueline_terms::{Finding, Mission, SafeAreaIndex, Side};
use fluent_bundle::types::FluentNumber;
use fluent_bundle::{FluentArgs, FluentValue};

use super::Library;
use super::language::Language;
use super::people::cast;
use crate::words;

/// Says messages for one reader.
#[derive(Clone, Copy)]
pub(crate) struct Voice<'a> {
    library: &'a Library,
    mission: &'a Mission,
    pub(super) language: Language,
    /// The language of names, which the messages need not have.
    names: &'a str,
    ascii: bool,
}

/// A value for a message.
pub(super) enum Said<'v> {
    Text(&'v str),
    Count(u64),
}

impl<'a> Voice<'a> {
    /// For a reader of `language`. In ASCII nothing but English can be written.
    pub(crate) fn new(library: &'a Library, mission: &'a Mission, language: &'a str, ascii: bool) -> Self {
        let spoken = if ascii { Language::English } else { Language::of(language) };
        Self { library, mission, language: spoken, names: language, ascii }
    }

    /// The same reader, in the language of the pictures.
    pub(crate) fn in_english(self) -> Self {
        Self { language: Language::English, ..self }
    }

    /// The first of these messages that there is.
    fn first(&self, words: &[&str], values: &[(&'static str, Said<'_>)]) -> Option<String> {
        let args = |_| {
            let mut args = FluentArgs::with_capacity(values.len());
            for (name, value) in values {
                let value = match value {
                    Said::Text(text) => FluentValue::from((*text).to_owned()),
                    Said::Count(count) => FluentNumber::from(*count).into(),
                };
                args.set(*name, value);
            }
            args
        };
        self.library.say(self.language, words, args).map(|text| self.plain(text))
    }

    /// A message, or its word: one that is missing hides nothing.
    pub(super) fn with(&self, word: &str, values: &[(&'static str, Said<'_>)]) -> String {
        self.first(&[word], values).unwrap_or_else(|| word.to_owned())
    }

    /// The first of these messages, else a word from the data.
    pub(super) fn named(&self, words: &[&str], data: &str) -> String {
        self.first(words, &[]).unwrap_or_else(|| self.plain(self.language.text(data)))
    }

    pub(super) fn word(&self, word: &str) -> String {
        self.with(word, &[])
    }

    pub(super) fn counted(&self, word: &str, count: u64) -> String {
        self.with(word, &[("count", Said::Count(count))])
    }

    pub(crate) fn reason(&self, reason: &Reason) -> String {
        self.plain(self.library.reason_in(self.language, reason))
    }

    pub(super) fn instead(&self, reason: &Reason) -> Option<String> {
        self.library.instead(self.language, reason).map(|text| self.plain(text))
    }

    /// What it is called, in a few words.
    pub(crate) fn title(&self, finding: &Finding) -> String {
        let kind = dashed(&finding.kind);
        let title = self.named(&[&format!("title-{kind}"), &format!("kind-{kind}")], &finding.kind);
        self.with_vector(title, finding)
    }

    /// What it is, as its detector says it; else what it is called.
    pub(super) fn statement(&self, finding: &Finding) -> String {
        let kind = dashed(&finding.kind);
        let said = self.named(&[&format!("kind-{kind}"), &format!("title-{kind}")], &finding.kind);
        self.with_vector(said, finding)
    }

    fn with_vector(&self, kind: String, finding: &Finding) -> String {
        if finding.vector.is_empty() {
            return kind;
        }
        let (own, vector) = (dashed(&finding.kind), dashed(&finding.vector));
        let words = [format!("vector-{own}-{vector}"), format!("vector-{vector}")];
        let vector = self.named(&words.each_ref().map(String::as_str), &finding.vector);
        let vector = self.apart(&vector);
        self.with("kind-of", &[("kind", Said::Text(&kind)), ("vector", Said::Text(&vector))])
    }

    pub(crate) fn state(&self, finding: &Finding) -> String {
        self.word(&format!("state-word-{}", finding.state.word()))
    }

    pub(crate) fn confidence(&self, finding: &Finding) -> String {
        self.word(&format!("confidence-word-{}", finding.confidence))
    }

    /// In place of actors where none is named: who seemed to send, in a few words.
    pub(crate) fn nobody_in_brief(&self, finding: &Finding) -> String {
        match (&*finding.kind, cast(finding).forged, finding.sources.count) {
            ("scan.backscatter", ..) | (_, _, 0) => self.word("brief-nobody"),
            ("ddos.reflection", _, count) => self.counted("brief-ddos-reflection", count),
            (_, true, count) => self.counted("brief-forged", count),
            (_, false, count) => self.counted("brief-sources", count),
        }
    }

    /// The name of a side.
    pub(super) fn side(&self, side: Side) -> String {
        match side {
            Side::Party(index) => match self.mission.party(index) {
                Some(party) => words::shown(party.name(self.names), party.id.as_str(), self.ascii),
                None => self.word("unknown"),
            },
            Side::World => self.word("world"),
            Side::Unknown => self.word("unknown"),
        }
    }

    /// The name and the class of a safe area.
    pub(super) fn safe_area(&self, area: SafeAreaIndex) -> Option<(String, String)> {
        let area = self.mission.safe_area(area)?;
        let name = area.names.get(self.names).or_else(|| area.names.get("en")).map_or("", String::as_str);
        let name = words::shown(name, area.id.as_str(), self.ascii);
        let class = self.named(&[&format!("area-{}", area.class)], &area.class.to_string());
        Some((self.apart(&name), class))
    }

    pub(super) fn mission(&self) -> &'a Mission {
        self.mission
    }

    /// A word of another direction among words, apart from them.
    pub(super) fn apart(&self, text: &str) -> String {
        let other = self.language.runs_right_to_left() && !text.chars().any(words::runs_right_to_left);
        if other { self.language.isolated(text) } else { text.to_owned() }
    }

    /// In ASCII, where only that may be written.
    fn plain(&self, text: String) -> String {
        if self.ascii { words::ascii(&text) } else { text }
    }
}

/// As messages are named: `ddos.flood` is `ddos-flood`.
fn dashed(word: &str) -> String {
    word.replace(['.', '/'], "-")
}

/// The message of a class.
pub(super) fn class_word(class: &str) -> String {
    format!("class-{}", dashed(class))
}
