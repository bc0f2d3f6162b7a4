//! `detectors.toml`: how the detectors are set, which do not run, and what has been announced.
//!
//! The file may be missing; then every detector runs with its defaults. Each table is called like its detector:
//!
//! ```toml
//! off = ["exfiltration"]
//!
//! [flood]
//! syn = 500
//!
//! [[announced]]
//! who = ["192.0.2.7"]
//! kinds = ["scan"]
//! from = "2026-03-01T00:00:00Z"
//! until = "2026-03-02T00:00:00Z"
//!
//! [[indicators]]
//! file = "lists/known-bad.txt"
//!
//! [[rule]]
//! id = "telnet-into-plant"
//! title = "Telnet into the plant"
//! [rule.where.telnet]
//! dst_endpoint_port = 23
//! dst_safe_area = "plant"
//! ```

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use blueline_detect::{
    Amount, Announced, CATALOGUE, Format, Indicators, Limits, Listed, Rule, RuleText, Runner, SelectionText, Setting,
    Trouble, Tuning, TuningError,
};
use blueline_terms::{Mission, Moment, Prefix, Span};

use super::problem::{Problem, Severity};
use super::settings::duration;
use super::sheet::{Fields, Figure, Placed, Sheet};

/// The name of the file that sets the detectors.
pub const DETECTORS_FILE: &str = "detectors.toml";

/// The largest list of indicators that is read.
const LARGEST_LIST: u64 = 512 << 20;
/// Rules that a mission may have: each costs a little for every flow and second.
const MOST_RULES: usize = 1000;

/// How findings are made.
#[derive(Clone, Default)]
pub struct Detectors {
    /// Names of detectors that do not run.
    pub off: Vec<String>,
    /// The settings that differ from their defaults, by detector.
    tunings: Vec<(&'static str, Tuning)>,
    /// What has been announced.
    pub announced: Vec<Announced>,
    listed: Arc<Listed>,
    rules: Arc<[Rule]>,
}

impl std::fmt::Debug for Detectors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Detectors").field("off", &self.off).field("tunings", &self.tunings).finish_non_exhaustive()
    }
}

/// Gives a file of the mission folder.
type Open<'o> = &'o dyn Fn(&Path) -> io::Result<Box<dyn Read>>;

impl Detectors {
    /// The detectors at work. `seed` is for hash tables; nobody outside should know it, and nothing found depends on it.
    pub fn runner(&self, seed: u64) -> Runner {
        let running = CATALOGUE.iter().filter(|one| !self.off.iter().any(|off| off == one.name));
        let tuned = running.map(|one| (*one, self.tuning(one.name, one.settings).with_seed(seed)));
        Runner::new(tuned.collect(), self.announced.clone(), Limits::default())
    }

    /// How many run.
    pub fn running(&self) -> usize {
        CATALOGUE.iter().filter(|one| !self.off.iter().any(|off| off == one.name)).count()
    }

    /// How a detector is set.
    pub fn tuning(&self, name: &str, settings: &'static [Setting]) -> Tuning {
        let own = self.tunings.iter().find(|(own, _)| *own == name);
        let tuning = own.map_or_else(|| Tuning::new(settings), |(_, tuning)| tuning.clone());
        tuning.with_listed(Arc::clone(&self.listed)).with_rules(Arc::clone(&self.rules))
    }

    pub(super) fn read(file: &Path, text: &str, mission: &Mission, open: Open<'_>) -> (Self, Vec<Problem>) {
        let (sheet, root) = Sheet::read(file, text);
        let mut fields = Fields::new(&sheet, "file", sheet.end(), &root);
        let mut detectors = Self::default();
        let names: Vec<&str> = CATALOGUE.iter().map(|one| one.name).collect();
        for off in fields.texts("off") {
            match names.contains(&off.value) {
                true => detectors.off.push(off.value.to_owned()),
                false => {
                    let message = format!("there is no detector {:?}", off.value);
                    sheet.error(off.span, message, format!("the detectors are {}", names.join(", ")));
                }
            }
        }
        for one in CATALOGUE {
            let Some(table) = fields.table(one.name, "detector's table") else { continue };
            detectors.tunings.push((one.name, tuning(&sheet, table, one.settings)));
        }
        detectors.announced =
            fields.tables("announced", "announcement").into_iter().map(|fields| announced(&sheet, fields)).collect();
        let mut odd = Vec::new();
        let lists = fields.tables("indicators", "list of indicators");
        let lists = lists.into_iter().filter_map(|fields| indicators(&sheet, fields, file, open, &mut odd)).collect();
        let (listed, troubles) = Listed::new(lists);
        odd.extend(troubles);
        detectors.listed = Arc::new(listed);
        let rules = fields.tables("rule", "rule");
        if rules.len() > MOST_RULES {
            let message = format!("there are {} rules, and {MOST_RULES} are the most", rules.len());
            sheet.error(
                0..0,
                message,
                "join rules that differ in their values alone: a list of values is one condition",
            );
        }
        detectors.rules = rules.into_iter().filter_map(|fields| rule(&sheet, fields, mission)).collect();
        fields.finish();
        let mut problems = sheet.into_problems();
        problems.extend(odd.into_iter().map(|trouble| odd_indicator(file, &trouble)));
        (detectors, problems)
    }
}

/// A list of indicators, read as far as it can be.
fn indicators(
    sheet: &Sheet<'_>,
    mut fields: Fields<'_, '_>,
    file: &Path,
    open: Open<'_>,
    odd: &mut Vec<Trouble>,
) -> Option<Indicators> {
    let named = fields.required("file", "\"lists/known-bad.txt\"");
    let words = || Format::ALL.iter().map(|(_, word)| *word).collect::<Vec<_>>().join(", ");
    let format = fields.text("format").and_then(|text| {
        let known = Format::ALL.iter().find(|(_, word)| *word == text.value).map(|(format, _)| *format);
        if known.is_none() {
            let message = format!("{:?} is no format of a list", text.value);
            sheet.error(text.span, message, format!("write one of {}, or leave it out: then it is guessed", words()));
        }
        known
    });
    let confidence = fields.number("confidence").and_then(|number| {
        let fits = u8::try_from(number.value).ok().filter(|value| *value <= 100);
        if fits.is_none() {
            sheet.error(
                number.span,
                "`confidence` is above 100",
                "write how sure the list is, 0 to 100, as STIX has it",
            );
        }
        fits
    });
    let class = fields.text("class").map(|class| class.value);
    fields.finish();
    let named = named?;
    let path = file.parent().unwrap_or(Path::new("")).join(named.value);
    let mut bytes = Vec::new();
    let read = open(&path).and_then(|list| list.take(LARGEST_LIST + 1).read_to_end(&mut bytes));
    if let Err(error) = read {
        sheet.error(named.span, format!("cannot read {}: {error}", path.display()), "name a file that is there");
        return None;
    }
    if bytes.len() as u64 > LARGEST_LIST {
        let message = format!("{} is larger than {} MiB", path.display(), LARGEST_LIST >> 20);
        sheet.error(named.span, message, "divide it, and keep what is still of use");
        return None;
    }
    let (indicators, troubles) = Indicators::read(format, &bytes, named.value);
    odd.extend(troubles);
    Some(indicators.assuming(confidence, class))
}

/// What is odd in a list is told, and the rest of the list is used.
fn odd_indicator(file: &Path, trouble: &Trouble) -> Problem {
    let times = if trouble.count > 1 { format!(" ({} times)", trouble.count) } else { String::new() };
    let value = if trouble.value.is_empty() { String::new() } else { format!("{:?} ", trouble.value) };
    let message = format!("{}{}: {value}{}{times}", trouble.list, trouble.at, trouble.message);
    Problem::of_file(Severity::Warning, file, message, &trouble.help)
}

fn rule(sheet: &Sheet<'_>, mut fields: Fields<'_, '_>, mission: &Mission) -> Option<Rule> {
    let own = |text: Placed<&str>| text.value.to_owned();
    let span = fields.span.clone();
    let id = fields.required("id", "\"telnet-into-plant\"");
    let title = fields.required("title", "\"Telnet into the plant\"");
    let selections = fields.selections("where");
    let text = RuleText {
        id: id.clone().map(own).unwrap_or_default(),
        title: title.map(own).unwrap_or_default(),
        kind: fields.text("kind").map(own),
        class: fields.text("class").map(own),
        effect: fields.text("effect").map(own),
        confidence: fields.text("confidence").map(own),
        selections: selections
            .iter()
            .map(|(name, any)| SelectionText {
                name: name.value.to_owned(),
                any: any
                    .iter()
                    .map(|conditions| {
                        conditions.iter().map(|(key, values)| (key.value.to_owned(), values.clone())).collect()
                    })
                    .collect(),
            })
            .collect(),
        condition: fields.text("condition").map(own),
        threshold: fields.text("threshold").map(own),
    };
    fields.finish();
    // What is missing has been told.
    id?;
    match Rule::build(&text, mission) {
        Ok(rule) => Some(rule),
        Err(refused) => {
            let inside = selections.iter().flat_map(|(name, any)| {
                let keys =
                    any.iter().flatten().map(|(key, _)| (format!("where.{}.{}", name.value, key.value), &key.span));
                std::iter::once((format!("where.{}", name.value), &name.span)).chain(keys)
            });
            let place = inside.filter(|(field, _)| *field == refused.field).map(|(_, span)| span.clone()).next_back();
            let message = format!("rule {:?}: `{}` {}", text.id, refused.field, refused.message);
            sheet.error(place.unwrap_or(span), message, refused.help);
            None
        }
    }
}

fn tuning(sheet: &Sheet<'_>, mut fields: Fields<'_, '_>, settings: &'static [Setting]) -> Tuning {
    let mut tuning = Tuning::new(settings);
    for setting in settings {
        let Some(figure) = fields.figure(setting.name) else { continue };
        let amount = match figure.value {
            Figure::Whole(count) => Some(Amount::Count(count)),
            Figure::Decimal(number) => Some(Amount::Number(number)),
            Figure::Text(text) => duration(text).map(Amount::Time),
        };
        let Some(refused) =
            amount.map_or(Some(TuningError::Type(setting.default)), |a| tuning.set(setting.name, a).err())
        else {
            continue;
        };
        let (message, help) = match refused {
            TuningError::Range(least, largest) => {
                (format!("`{}` is out of its range", setting.name), format!("write a value from {least} to {largest}"))
            }
            TuningError::Type(Amount::Time(time)) => {
                let message = format!("`{}` is not a length of time", setting.name);
                (message, format!("write it such as \"{}s\" or \"5m\"", time.as_secs_f64()))
            }
            TuningError::Type(default) => {
                (format!("`{}` is not a number", setting.name), format!("write a number, such as {default}"))
            }
            TuningError::Unknown(names) => (format!("there is no `{}`", setting.name), names.join(", ")),
        };
        sheet.error(figure.span, message, help);
    }
    fields.finish();
    tuning
}

fn announced(sheet: &Sheet<'_>, mut fields: Fields<'_, '_>) -> Announced {
    let who = fields.list::<Prefix>("who", "write addresses or prefixes, such as 192.0.2.7 or 192.0.2.0/24");
    let kinds = fields.texts("kinds");
    if who.is_empty() {
        fields.missing("who", "[\"192.0.2.7\"]");
    }
    let known: Vec<&str> = CATALOGUE.iter().flat_map(|one| one.kinds).map(|kind| kind.name).collect();
    for kind in &kinds {
        let begins =
            |known: &&&str| known.strip_prefix(kind.value).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        if !known.iter().any(|known| begins(&known)) {
            let message = format!("no detector finds {:?}", kind.value);
            sheet.error(kind.span.clone(), message, format!("the kinds are {}", known.join(", ")));
        }
    }
    if kinds.is_empty() {
        fields.missing("kinds", "[\"scan\"]");
    }
    let time = "write a time such as 2026-03-01T10:00:00Z";
    let from: Option<Placed<Moment>> = fields.parsed("from", time);
    let until: Option<Placed<Moment>> = fields.parsed("until", time);
    // What it is good for, for people.
    let _ = fields.text("note");
    let window = (from.is_some() || until.is_some()).then(|| Span {
        start: from.as_ref().map_or(Moment::MIN, |moment| moment.value),
        end: until.as_ref().map_or(Moment::MAX, |moment| moment.value),
    });
    if let (Some(window), Some(until)) = (window, until)
        && window.end < window.start
    {
        sheet.error(until.span, "the announcement ends before it begins", "exchange `from` and `until`");
    }
    fields.finish();
    Announced {
        who: who.into_iter().map(|prefix| prefix.value).collect(),
        kinds: kinds.into_iter().map(|kind| kind.value.to_owned()).collect(),
        window,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Detectors, Vec<String>) {
        let list = |file: &Path| -> io::Result<Box<dyn Read>> {
            match file.ends_with("bad.txt") {
                true => Ok(Box::new(&b"81.2.69.160 # known\nlocalhost\n"[..])),
                false => Err(io::ErrorKind::NotFound.into()),
            }
        };
        let (detectors, problems) = Detectors::read(Path::new("detectors.toml"), text, &Mission::default(), &list);
        (detectors, problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn settings_are_read() {
        let (detectors, problems) = read(
            "off = [\"backscatter\"]\n[flood]\nsyn = 500\ntimes-usual = 2.5\n[[announced]]\nwho = [\"192.0.2.7\"]\nkinds = [\"ddos\"]\n",
        );
        assert_eq!(problems, [""; 0]);
        let flood = CATALOGUE.iter().find(|one| one.name == "flood").unwrap();
        let tuning = detectors.tuning("flood", flood.settings);
        assert_eq!((tuning.number("syn"), tuning.number("times-usual"), tuning.number("ack")), (500.0, 2.5, 60.0));
        assert_eq!((detectors.running(), detectors.announced.len()), (CATALOGUE.len() - 1, 1));
    }

    #[test]
    fn lists_and_rules_are_read_and_odd_entries_are_warnings() {
        let (detectors, problems) = read(
            "[[indicators]]\nfile = \"bad.txt\"\nconfidence = 80\n[[rule]]\nid = \"telnet\"\ntitle = \"Telnet\"\n[rule.where.s]\ndst_endpoint_port = [23, 2323]\n",
        );
        assert_eq!((detectors.listed.len(), detectors.rules.len()), (1, 1));
        assert!(
            problems.len() == 1 && problems[0].contains("warning") && problems[0].contains("bad.txt:2"),
            "{problems:?}"
        );
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line_and_what_to_do() {
        for (text, line, wanted) in [
            ("off = [\"floods\"]", 1, "there is no detector"),
            ("[flod]\n", 1, "did you mean `flood`?"),
            ("[flood]\nsin = 5\n", 2, "did you mean `syn`?"),
            ("[flood]\nsyn = \"many\"\n", 2, "not a number"),
            ("[flood]\nsyn = 0\n", 2, "from 1 to"),
            ("[backscatter]\nsilence = 5\n", 2, "not a length of time"),
            ("[[announced]]\nwho = [\"192.0.2.7\"]\nkinds = [\"scans\"]\n", 3, "no detector finds"),
            ("[[indicators]]\nfile = \"good.txt\"\n", 2, "cannot read"),
            ("[[indicators]]\nfile = \"bad.txt\"\nformat = \"csv\"\n", 3, "no format of a list"),
            ("[[rule]]\nid = \"r\"\ntitle = \"t\"\n[rule.where.s]\ndst_port = 23\n", 5, "where.s.dst_port"),
            ("[[rule]]\ntitle = \"t\"\n", 1, "has no `id`"),
        ] {
            let (_, problems) = read(text);
            let problem = problems.first().unwrap();
            assert!(problem.contains(&format!("detectors.toml:{line}:")) && problem.contains(wanted), "{problem}");
        }
    }
}
