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
//! ```

use std::path::Path;

use blueline_detect::{Amount, Announced, CATALOGUE, Limits, Runner, Setting, Tuning, TuningError};
use blueline_terms::{Moment, Prefix, Span};

use super::problem::Problem;
use super::settings::duration;
use super::sheet::{Fields, Figure, Placed, Sheet};

/// The name of the file that sets the detectors.
pub const DETECTORS_FILE: &str = "detectors.toml";

/// How findings are made.
#[derive(Clone, Debug, Default)]
pub struct Detectors {
    /// Names of detectors that do not run.
    pub off: Vec<String>,
    /// The settings that differ from their defaults, by detector.
    tunings: Vec<(&'static str, Tuning)>,
    /// What has been announced.
    pub announced: Vec<Announced>,
}

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
        own.map_or_else(|| Tuning::new(settings), |(_, tuning)| tuning.clone())
    }

    pub(super) fn read(file: &Path, text: &str) -> (Self, Vec<Problem>) {
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
        fields.finish();
        (detectors, sheet.into_problems())
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
        let Some(refused) = amount.map_or(Some(TuningError::Type(setting.default)), |a| tuning.set(setting.name, a).err())
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
        let begins = |known: &&&str| known.strip_prefix(kind.value).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
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
        let (detectors, problems) = Detectors::read(Path::new("detectors.toml"), text);
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
        assert_eq!((tuning.number("syn"), tuning.number("times-usual"), tuning.number("ack")), (500.0, 2.5, 200.0));
        assert_eq!((detectors.running(), detectors.announced.len()), (CATALOGUE.len() - 1, 1));
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
        ] {
            let (_, problems) = read(text);
            let problem = problems.first().unwrap();
            assert!(problem.contains(&format!("detectors.toml:{line}:")) && problem.contains(wanted), "{problem}");
        }
    }
}
