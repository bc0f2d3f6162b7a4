//! The messages, and how one is found.

use std::borrow::Cow;

use blueline_terms::finding::{Reason, Value};
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::types::FluentNumber;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

use super::language::Language;

/// Messages of one detector in each language (Project Fluent); empty where it has none. English must be there.
#[derive(Clone, Copy, Debug, Default)]
pub struct Messages<'a> {
    /// English.
    pub en: &'a str,
    /// Arabic.
    pub ar: &'a str,
    /// Turkish.
    pub tr: &'a str,
    /// French.
    pub fr: &'a str,
}

/// What every finding is explained with.
const COMMON: Messages<'static> = Messages {
    en: include_str!("../../locales/en/findings.ftl"),
    ar: include_str!("../../locales/ar/findings.ftl"),
    tr: include_str!("../../locales/tr/findings.ftl"),
    fr: include_str!("../../locales/fr/findings.ftl"),
};

impl<'a> Messages<'a> {
    const fn of(&self, language: Language) -> &'a str {
        match language {
            Language::English => self.en,
            Language::Arabic => self.ar,
            Language::Turkish => self.tr,
            Language::French => self.fr,
        }
    }
}

/// All messages in all languages.
pub struct Library {
    /// In the order of [`Language::ALL`].
    shelves: [FluentBundle<FluentResource>; 4],
    faults: Vec<String>,
}

impl Library {
    /// The common messages and these. Of two messages with one id the first stands, the common ones before all.
    pub fn new(texts: &[Messages<'_>]) -> Self {
        let mut faults = Vec::new();
        let shelves = Language::ALL.map(|language| {
            let mut shelf = shelf(language);
            for messages in [COMMON].iter().chain(texts) {
                put(&mut shelf, language, messages.of(language), &mut faults);
            }
            shelf
        });
        Self { shelves, faults }
    }

    /// What is wrong with the messages: what does not parse, and what has the id of another.
    pub fn faults(&self) -> &[String] {
        &self.faults
    }

    /// Whether there is a message for this word in this very language.
    pub fn has(&self, language: &str, word: &str) -> bool {
        self.shelf(Language::of(language)).get_message(word).is_some_and(|message| message.value().is_some())
    }

    /// A reason in words. In English where `language` (BCP 47) has none, and the word with its values where nobody has.
    pub fn reason(&self, language: &str, reason: &Reason) -> String {
        self.reason_in(Language::of(language), reason)
    }

    pub(super) fn reason_in(&self, language: Language, reason: &Reason) -> String {
        let values = |language| values(language, reason);
        self.say(language, &[&reason.word], values).unwrap_or_else(|| bare(language, reason))
    }

    /// What else it could be, where a reason speaks for that.
    pub(super) fn instead(&self, language: Language, reason: &Reason) -> Option<String> {
        self.find(language, |language| self.format(language, &reason.word, Some("instead"), &values(language, reason)))
    }

    /// The first of these messages that there is, in the language or else in English, with values made for the
    /// language.
    pub(super) fn say<'v>(
        &self,
        language: Language,
        words: &[&str],
        values: impl Fn(Language) -> FluentArgs<'v>,
    ) -> Option<String> {
        self.find(language, |language| {
            let values = values(language);
            words.iter().find_map(|word| self.format(language, word, None, &values))
        })
    }

    fn find(&self, language: Language, say: impl Fn(Language) -> Option<String>) -> Option<String> {
        say(language).or_else(|| (language != Language::English).then(|| say(Language::English)).flatten())
    }

    /// `None` where there is no such message, and where one wants a value that is not there: half a sentence misleads.
    fn format(&self, language: Language, word: &str, part: Option<&str>, values: &FluentArgs<'_>) -> Option<String> {
        let shelf = self.shelf(language);
        let message = shelf.get_message(word)?;
        let pattern = match part {
            None => message.value()?,
            Some(part) => message.get_attribute(part)?.value(),
        };
        let mut errors = Vec::new();
        let text = shelf.format_pattern(pattern, Some(values), &mut errors).into_owned();
        errors.is_empty().then_some(text)
    }

    fn shelf(&self, language: Language) -> &FluentBundle<FluentResource> {
        let [english, arabic, turkish, french] = &self.shelves;
        match language {
            Language::English => english,
            Language::Arabic => arabic,
            Language::Turkish => turkish,
            Language::French => french,
        }
    }
}

fn shelf(language: Language) -> FluentBundle<FluentResource> {
    // Cannot fail: the tags are those of `Language`. The root language would choose other plurals and nothing else.
    let mut shelf = FluentBundle::new_concurrent(vec![language.tag().parse().unwrap_or_default()]);
    // Values come ready to be shown, so whatever a message asks for beyond that is left as it is. Cannot fail: it is
    // new.
    let _ = shelf.add_function("NUMBER", |values, _| values.first().cloned().unwrap_or(FluentValue::Error));
    // Values are isolated where that is needed, so that English stays free of marks.
    shelf.set_use_isolating(false);
    shelf.set_formatter(Some(match language {
        Language::English => |value, _| number(Language::English, value),
        Language::Arabic => |value, _| number(Language::Arabic, value),
        Language::Turkish => |value, _| number(Language::Turkish, value),
        Language::French => |value, _| number(Language::French, value),
    }));
    shelf
}

fn number(language: Language, value: &FluentValue<'_>) -> Option<String> {
    match value {
        FluentValue::Number(number) => Some(language.number(number.value)),
        _ => None,
    }
}

fn put(shelf: &mut FluentBundle<FluentResource>, language: Language, text: &str, faults: &mut Vec<String>) {
    let mut fault = |what: String| faults.push(format!("{}: {what}", language.tag()));
    let resource = FluentResource::try_new(text.to_owned()).unwrap_or_else(|(resource, errors)| {
        errors.iter().for_each(|error| fault(error.to_string()));
        resource
    });
    if let Err(errors) = shelf.add_resource(resource) {
        errors.iter().for_each(|error| fault(error.to_string()));
    }
}

/// The values of a reason, ready to be shown.
fn values<'r>(language: Language, reason: &'r Reason) -> FluentArgs<'r> {
    let mut values = FluentArgs::with_capacity(reason.values.len());
    for (name, value) in &reason.values {
        let name: &'r str = name;
        values.set(Cow::Borrowed(name), value_of(language, value));
    }
    values
}

fn value_of(language: Language, value: &Value) -> FluentValue<'static> {
    match value {
        // Numbers stay numbers, so that a message can choose its form by them; the shelf writes them.
        Value::Count(count) => FluentNumber::from(*count).into(),
        Value::Number(number) => FluentNumber::from(*number).into(),
        other => shown(language, other).into(),
    }
}

fn shown(language: Language, value: &Value) -> String {
    match value {
        Value::Count(count) => language.count(*count),
        Value::Number(number) => language.number(*number),
        Value::Share(share) => language.share(*share),
        Value::Seconds(seconds) => language.seconds(*seconds),
        Value::Bytes(bytes) => language.bytes(*bytes),
        Value::Address(address) => language.isolated(&address.to_string()),
        Value::Moment(moment) => language.moment(*moment),
        Value::Text(text) => language.text(text),
    }
}

/// A reason that nobody has words for.
fn bare(language: Language, reason: &Reason) -> String {
    let word = language.text(&reason.word);
    if reason.values.is_empty() {
        return word;
    }
    let values =
        reason.values.iter().map(|(name, value)| format!("{}: {}", language.text(name), shown(language, value)));
    format!("{word} ({})", values.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: Messages<'static> = Messages {
        en: "own = { $hosts ->\n    [one] one host\n   *[other] { $hosts } hosts\n} by { $name }\n\
             \x20   .instead = a friend\n\
             only-english = said once\n",
        ar: "own = { $hosts ->\n    [zero] z\n    [one] o\n    [two] t\n    [few] f { $hosts }\n    \
             \x20   [many] m { $hosts }\n   *[other] x { $hosts }\n} { $name }\n",
        tr: "own = { $gone }\n",
        fr: "own = { $hosts\n",
    };

    fn own(hosts: u64) -> Reason {
        Reason::new("own").with("hosts", hosts).with("name", "a b")
    }

    #[test]
    fn the_common_messages_are_sound() {
        assert_eq!(Library::new(&[]).faults(), [""; 0]);
    }

    #[test]
    fn every_language_has_every_common_message_and_alternative() {
        let library = Library::new(&[]);
        let words = |text: &'static str| {
            let own = |line: &str| line.starts_with(|c: char| c.is_ascii_lowercase());
            text.lines().filter(move |line| own(line)).filter_map(|line| line.split_once(" =")).map(|(word, _)| word)
        };
        for word in words(COMMON.en) {
            for language in Language::ALL {
                assert!(library.has(language.tag(), word), "{}: {word}", language.tag());
                let instead = |language| {
                    let message = library.shelf(language).get_message(word).unwrap();
                    message.get_attribute("instead").is_some()
                };
                assert_eq!(instead(language), instead(Language::English), "{}: {word}", language.tag());
            }
        }
        assert!(Language::ALL.iter().all(|&language| words(COMMON.of(language)).eq(words(COMMON.en))), "one order");
    }

    #[test]
    fn what_a_language_lacks_is_said_in_english() {
        let library = Library::new(&[OWN]);
        assert_eq!(library.reason("en", &own(1)), "one host by a b");
        // Turkish wants a value that nobody gives, French does not parse: half a sentence would mislead.
        for language in ["tr", "fr", "zh", ""] {
            assert_eq!(library.reason(language, &own(2500)).replace('\u{a0}', " "), "2,500 hosts by a b", "{language}");
        }
        assert_eq!(library.reason("ar", &Reason::new("only-english")), "said once");
        assert_eq!(library.instead(Language::Arabic, &own(1)).as_deref(), Some("a friend"));
        assert_eq!(library.faults().len(), 1, "{:?}", library.faults());
    }

    #[test]
    fn what_nobody_has_words_for_is_shown_bare() {
        let library = Library::new(&[]);
        let reason = Reason { values: vec![("share".into(), Value::Share(0.5))], ..Reason::new("never\u{1b}heard") };
        assert_eq!(library.reason("en", &reason), "never\u{fffd}heard (share: 50.0%)");
        assert_eq!(library.reason("en", &Reason::new("rate-over-bound")), "rate-over-bound");
    }

    #[test]
    fn arabic_has_six_forms_and_isolates_each_value() {
        let library = Library::new(&[OWN]);
        let forms = [0, 1, 2, 3, 11, 100].map(|hosts| library.reason("ar", &own(hosts)));
        let name = "\u{2068}a\u{a0}b\u{2069}";
        let right = ["z", "o", "t", "f \u{2068}3\u{2069}", "m \u{2068}11\u{2069}", "x \u{2068}100\u{2069}"];
        assert_eq!(forms, right.map(|form| format!("{form} {name}")));
    }

    #[test]
    fn the_first_of_two_messages_stands() {
        let twice = Messages { en: "announced = mine\n", ..Messages::default() };
        let library = Library::new(&[twice]);
        assert!(library.reason("en", &Reason::new("announced")).contains("beforehand"));
        assert!(library.faults()[0].contains("announced"), "{:?}", library.faults());
    }
}
