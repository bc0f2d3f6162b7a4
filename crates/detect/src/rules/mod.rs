//! Rules as data: conditions over fields of flows that make simple detectors, in the manner of Sigma
//! (sigmahq.io, specification 2.0).
//!
//! A [`RuleText`] is a rule as it is written; [`Rule::build`] checks it against a mission and makes it ready to be
//! asked.

mod condition;
mod field;
mod nearest;
mod test;
#[cfg(test)]
mod tests;
mod threshold;

use std::fmt;

use blueline_terms::finding::{Effect, Word};
use blueline_terms::{Confidence, Mission};

use condition::Condition;
pub use field::{RuleField, rule_fields};
pub(crate) use field::{Value, View};
use test::Test;
pub(crate) use threshold::{Count, Threshold};

/// A rule as it is written. All texts are as they stand in the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuleText {
    /// 1 to 64 of `a-z 0-9 -`, beginning with a letter or digit.
    pub id: String,
    /// What it finds, in a line, for people.
    pub title: String,
    /// What its findings are called; `rule.ID` where there is none.
    pub kind: Option<String>,
    /// Class and type of the Reference Incident Taxonomy, such as `information-gathering/scanner`.
    pub class: Option<String>,
    /// Letters of C, I and A.
    pub effect: Option<String>,
    /// `low`, `moderate` or `high`; `moderate` where there is none.
    pub confidence: Option<String>,
    /// Named selections, in the order in which they are written.
    pub selections: Vec<SelectionText>,
    /// How the selections are joined. May be left out where there is one.
    pub condition: Option<String>,
    /// `count by FIELD within TIME >= N` or `count-distinct FIELD by FIELD within TIME >= N`. Without it, one match is
    /// enough.
    pub threshold: Option<String>,
}

/// A selection: all conditions of one of its `any` must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SelectionText {
    /// Its name, for the condition.
    pub name: String,
    /// Alternatives, each a list of `field|modifier` with values, of which one must hold (all with `|all`).
    pub any: Vec<Vec<(String, Vec<String>)>>,
}

/// Why a rule was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleError {
    /// Which part: `id`, `condition`, `threshold`, `where.SELECTION`, `where.SELECTION.FIELD|MODIFIER`.
    pub field: String,
    /// What is wrong, with the offending value.
    pub message: String,
    /// What would be right.
    pub help: String,
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.field, self.message, self.help)
    }
}

impl std::error::Error for RuleError {}

/// What is wrong, before it is known in which part.
#[derive(Debug)]
struct Fault {
    message: String,
    help: String,
}

impl Fault {
    fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into() }
    }

    fn of(self, field: impl Into<String>) -> RuleError {
        RuleError { field: field.into(), message: self.message, help: self.help }
    }
}

/// A rule, ready to be asked.
#[derive(Clone, Debug)]
pub struct Rule {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) kind: Word,
    pub(crate) class: (Word, Effect),
    pub(crate) confidence: Confidence,
    pub(crate) threshold: Option<Threshold>,
    selections: Vec<Vec<Vec<Test>>>,
    condition: Condition,
    /// A condition without which it cannot be met, to pass over most of what there is.
    gate: Option<Test>,
    /// Whether it asks for what messages say, and whether it cannot be met without.
    pub(crate) hears: bool,
    needs_saying: bool,
}

/// Selections, alternatives and conditions in them, and values of each, that one rule may have.
const MOST_PARTS: usize = 1000;

impl Rule {
    /// Checks a rule; names of parties, safe areas and sensors are the mission's.
    ///
    /// # Errors
    ///
    /// For the first part that is wrong, with what would be right.
    pub fn build(text: &RuleText, mission: &Mission) -> Result<Self, RuleError> {
        let id = id(&text.id).map_err(|fault| fault.of("id"))?;
        if text.title.trim().is_empty() {
            return Err(Fault::new("there is no title", "say in a line what the rule finds").of("title"));
        }
        let kind = match &text.kind {
            None => format!("rule.{id}"),
            Some(kind) => dotted(kind, '.').map_err(|fault| fault.of("kind"))?,
        };
        let class = match &text.class {
            None => "other/undetermined".to_owned(),
            Some(class) => dotted(class, '/').map_err(|fault| fault.of("class"))?,
        };
        let effect = effect(text.effect.as_deref().unwrap_or_default()).map_err(|fault| fault.of("effect"))?;
        let confidence = confidence(text.confidence.as_deref()).map_err(|fault| fault.of("confidence"))?;
        let selections = selections(&text.selections, mission)?;
        let names: Vec<&str> = text.selections.iter().map(|selection| selection.name.as_str()).collect();
        let condition = Condition::parse(text.condition.as_deref(), &names).map_err(|fault| fault.of("condition"))?;
        let threshold = text.threshold.as_deref().map(Threshold::parse).transpose();
        let threshold = threshold.map_err(|fault| fault.of("threshold"))?;
        let hears =
            selections.iter().flatten().flatten().any(Test::hears) || threshold.as_ref().is_some_and(Threshold::hears);
        let (kind, class) = (kind.into(), (class.into(), effect));
        // Of a selection with one alternative, each condition must hold where the selection must.
        let needed = condition.needed().into_iter().filter_map(|place| selections.get(place));
        let needed: Vec<&Test> = needed.filter(|any| any.len() == 1).flatten().flatten().collect();
        let needs_saying = needed.iter().any(|test| test.needs_saying());
        let gate = needed.into_iter().min_by_key(|test| test.rank()).cloned();
        let title = text.title.clone();
        Ok(Self { id, title, kind, class, confidence, threshold, selections, condition, gate, hears, needs_saying })
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether what is in view meets the rule.
    #[inline]
    pub(crate) fn is_met(&self, view: &View<'_>) -> bool {
        let passed =
            !(self.needs_saying && view.saying.is_none()) && self.gate.as_ref().is_none_or(|gate| gate.holds(view));
        passed && self.is_met_whole(view)
    }

    fn is_met_whole(&self, view: &View<'_>) -> bool {
        self.condition.holds(&|selection| {
            let any = self.selections.get(selection).map(Vec::as_slice).unwrap_or_default();
            any.iter().any(|all| all.iter().all(|test| test.holds(view)))
        })
    }
}

fn selections(texts: &[SelectionText], mission: &Mission) -> Result<Vec<Vec<Vec<Test>>>, RuleError> {
    if texts.is_empty() {
        let help = "add one, such as where.sel = { dst_endpoint_port = 23 }";
        return Err(Fault::new("there is no selection", help).of("where"));
    }
    let parts = texts.iter().flat_map(|text| &text.any).map(Vec::len).sum::<usize>() + texts.len();
    if parts > MOST_PARTS {
        let message = format!("there are {parts} conditions and selections");
        return Err(Fault::new(message, format!("write at most {MOST_PARTS}; make several rules of it")).of("where"));
    }
    let mut names: Vec<&str> = Vec::new();
    let mut selections = Vec::new();
    for text in texts {
        let of = || format!("where.{}", text.name);
        condition::check_name(&text.name).map_err(|fault| fault.of(of()))?;
        if names.contains(&text.name.as_str()) {
            return Err(Fault::new("there are two selections of this name", "rename one").of(of()));
        }
        names.push(&text.name);
        if text.any.is_empty() || text.any.iter().any(Vec::is_empty) {
            let help = "name a field and what it must be, such as dst_endpoint_port = 23";
            return Err(Fault::new("the selection asks for nothing", help).of(of()));
        }
        let test = |(key, values): &(String, Vec<String>)| {
            Test::build(key, values, mission).map_err(|fault| fault.of(format!("{}.{key}", of())))
        };
        let all = |all: &Vec<(String, Vec<String>)>| all.iter().map(test).collect::<Result<Vec<_>, _>>();
        selections.push(text.any.iter().map(all).collect::<Result<Vec<_>, _>>()?);
    }
    Ok(selections)
}

fn is_plain(word: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=64).contains(&word.len()) && word.bytes().all(plain) && !word.starts_with('-')
}

fn id(text: &str) -> Result<String, Fault> {
    if is_plain(text) {
        return Ok(text.to_owned());
    }
    Err(Fault::new(
        format!("{text:?} is not an id"),
        "use 1 to 64 of a-z, 0-9 and '-', beginning with a letter or digit, such as telnet-out",
    ))
}

/// Two words or more with a mark between.
fn dotted(text: &str, mark: char) -> Result<String, Fault> {
    let words = text.split(mark).count();
    let fits = if mark == '/' { words == 2 } else { (2..=4).contains(&words) };
    if fits && text.split(mark).all(is_plain) {
        return Ok(text.to_owned());
    }
    let (what, such) = match mark {
        '/' => ("a class and type of the Reference Incident Taxonomy", "information-gathering/scanner"),
        _ => ("a kind", "rule.telnet-out"),
    };
    Err(Fault::new(format!("{text:?} is not {what}"), format!("write words of a-z, 0-9 and '-', such as {such}")))
}

fn effect(text: &str) -> Result<Effect, Fault> {
    let letter = |effect: Effect, letter: char| match letter.to_ascii_uppercase() {
        'C' => Ok(effect.and(Effect::C)),
        'I' => Ok(effect.and(Effect::I)),
        'A' => Ok(effect.and(Effect::A)),
        ',' | ' ' => Ok(effect),
        _ => Err(Fault::new(
            format!("{letter:?} in {text:?} is no guarantee that can be harmed"),
            "write letters of C (confidentiality), I (integrity) and A (availability), such as \"CI\"",
        )),
    };
    text.chars().try_fold(Effect::NONE, letter)
}

fn confidence(text: Option<&str>) -> Result<Confidence, Fault> {
    let words = [Confidence::Low, Confidence::Moderate, Confidence::High];
    let Some(text) = text else { return Ok(Confidence::Moderate) };
    let found = words.into_iter().find(|word| word.to_string() == text);
    found.ok_or_else(|| Fault::new(format!("{text:?} is not a confidence"), "write low, moderate or high"))
}
