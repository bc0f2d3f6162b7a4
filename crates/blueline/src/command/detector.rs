//! `blueline detector`: what is looked for, how, and how it can be set.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Result, bail};
use blueline_mission::detect::{Amount, CATALOGUE, Description};
use blueline_mission::folder::Detectors;
use clap::{Args, Subcommand};

use crate::arguments::Global;
use crate::outcome::Outcome;

/// Look at the detectors: what each finds, how it decides, what it leaves alone, how it can be set
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Detector {
    #[command(subcommand)]
    what: What,
    /// The mission folder whose detectors.toml is looked at
    #[arg(long, value_name = "DIR", global = true)]
    mission: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  blueline detector list
  blueline detector show flood
  blueline detector show flood --mission line
  blueline detector settings > line/detectors.toml";

#[derive(Debug, Subcommand)]
enum What {
    /// Tell which detectors there are and what they find
    #[command(after_help = EXAMPLES)]
    List,
    /// Tell all about one detector
    #[command(after_help = EXAMPLES)]
    Show {
        /// Its name, as `blueline detector list` tells it
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Write a detectors.toml with every setting at its default, as comments to start from
    #[command(after_help = EXAMPLES)]
    Settings,
    /// Write all about every detector as a page in Markdown
    #[command(hide = true)]
    Document,
}

impl Detector {
    pub(super) fn run(self, global: &Global) -> Result<Outcome> {
        let detectors = match &self.mission {
            None => Detectors::default(),
            Some(folder) => super::open(folder, global)?.detectors,
        };
        let mut out = anstream::stdout().lock();
        match self.what {
            What::List => list(&mut out, &detectors)?,
            What::Show { name } => {
                let Some(one) = CATALOGUE.iter().find(|one| one.name == name) else {
                    let names: Vec<_> = CATALOGUE.iter().map(|one| one.name).collect();
                    bail!("there is no detector {name:?}; the detectors are {}", names.join(", "));
                };
                show(&mut out, one, &detectors)?;
            }
            What::Settings => template(&mut out)?,
            What::Document => document(&mut out)?,
        }
        Ok(Outcome::Clean)
    }
}

fn list(out: &mut dyn Write, detectors: &Detectors) -> std::io::Result<()> {
    let kinds = |one: &Description| one.kinds.iter().map(|kind| kind.name).collect::<Vec<_>>().join(", ");
    let off = |one: &Description| if detectors.off.iter().any(|off| off == one.name) { " (off)" } else { "" };
    let rows: Vec<[String; 3]> =
        CATALOGUE.iter().map(|one| [format!("{}{}", one.name, off(one)), kinds(one), one.title.to_owned()]).collect();
    crate::table::write(out, ["detector", "finds", "what that is"], &rows)
}

fn show(out: &mut dyn Write, one: &Description, detectors: &Detectors) -> std::io::Result<()> {
    writeln!(out, "{}: {}", one.name, one.title)?;
    for kind in one.kinds {
        let effect: String = kind.effect.letters().collect();
        let effect = if effect.is_empty() { "none yet".to_owned() } else { effect };
        writeln!(out, "\n{}  ({}; effect {effect})", kind.name, kind.class)?;
        writeln!(out, "  vectors: {}", kind.vectors.join(", "))?;
    }
    for (head, text) in
        [("How it decides", one.method), ("What it leaves alone", one.leaves_alone), ("Bounds", one.bounds)]
    {
        writeln!(out, "\n{head}")?;
        fold(out, text)?;
    }
    if one.settings.is_empty() {
        return Ok(());
    }
    let tuning = detectors.tuning(one.name, one.settings);
    let rows: Vec<[String; 3]> = one
        .settings
        .iter()
        .map(|setting| {
            let set = match setting.default {
                Amount::Time(_) => Amount::Time(tuning.time(setting.name)),
                Amount::Count(_) => Amount::Count(tuning.count(setting.name)),
                Amount::Number(_) => Amount::Number(tuning.number(setting.name)),
            };
            let changed =
                if set == setting.default { String::new() } else { format!(" (default {})", setting.default) };
            [setting.name.to_owned(), format!("{set}{changed}"), setting.meaning.to_owned()]
        })
        .collect();
    crate::table::write(out, ["setting", "value", "meaning"], &rows)
}

/// A paragraph in lines of at most 96 characters, two blanks before each.
fn fold(out: &mut dyn Write, text: &str) -> std::io::Result<()> {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > 96 {
            writeln!(out, "  {line}")?;
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if line.is_empty() { Ok(()) } else { writeln!(out, "  {line}") }
}

fn template(out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "# How findings are made. Everything below is the default: take the # away from what you change.")?;
    writeln!(out, "# off = [\"exfiltration\"]      # detectors that do not run")?;
    for one in CATALOGUE {
        writeln!(out, "\n# {}\n# [{}]", one.title, one.name)?;
        for setting in one.settings {
            let value = match setting.default {
                Amount::Time(_) => format!("\"{}\"", setting.default),
                // A whole number is one of both.
                _ => setting.default.to_string(),
            };
            writeln!(out, "# {} = {value}  # {}", setting.name, setting.meaning)?;
        }
    }
    writeln!(out, "\n# Activity that a party has announced is still found, with low confidence.")?;
    writeln!(out, "# [[announced]]\n# who = [\"192.0.2.7\"]\n# kinds = [\"scan\"]")?;
    writeln!(out, "# from = \"2026-03-01T00:00:00Z\"\n# until = \"2026-03-02T00:00:00Z\"\n# note = \"yearly test\"")
}

fn document(out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "# Detectors\n\n<!-- Made by `blueline detector document`; a test holds it to the program. -->")?;
    for one in CATALOGUE {
        writeln!(out, "\n## {}\n\n{}.\n", one.name, one.title)?;
        writeln!(out, "| finding | vectors | RSIT class | effect |\n|---|---|---|---|")?;
        for kind in one.kinds {
            let effect: Vec<_> = kind.effect.letters().collect();
            let vectors = if kind.vectors.is_empty() { "from the data".to_owned() } else { kind.vectors.join(", ") };
            writeln!(out, "| `{}` | {vectors} | `{}` | {} |", kind.name, kind.class, effect.join(", "))?;
        }
        writeln!(out, "\n**How it decides.** {}\n", one.method)?;
        writeln!(out, "**Left alone.** {}\n", one.leaves_alone)?;
        writeln!(out, "**Bounds.** {}", one.bounds)?;
        if one.settings.is_empty() {
            continue;
        }
        writeln!(out, "\n| setting | default | range | meaning |\n|---|---|---|---|")?;
        for setting in one.settings {
            let (least, most) = setting.range;
            writeln!(out, "| `{}` | {} | {least} to {most} | {} |", setting.name, setting.default, setting.meaning)?;
        }
    }
    Ok(())
}
