//! `blueline check`: is this mission folder sound?

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Result;
use blueline_mission::folder::{Folder, Problem};
use blueline_mission::terms::{Mission, Party, Prefix, Side};
use clap::Args;
use serde::Serialize;

use super::tell_problems;
use crate::arguments::Global;
use crate::display::Format;
use crate::outcome::Outcome;
use crate::table;

/// Check a mission folder and tell everything that is wrong with it
///
/// Reads DIR/mission.toml and the tables that it names. Problems go to stderr with file, line and what to do; a summary
/// goes to stdout when there is no error.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Check {
    /// The mission folder
    #[arg(value_name = "DIR", default_value = ".")]
    folder: PathBuf,
    /// Form of the result on stdout; json gives a line for each problem and a last line with the summary
    #[arg(long, value_name = "FORM", default_value = "text")]
    format: Format,
}

const EXAMPLES: &str = "\
Exit codes:
  0  the folder is sound; there may be warnings
  1  there are errors

Examples:
  blueline check line
  blueline check line --format json | jq 'select(.severity == \"error\")'";

impl Check {
    pub(super) fn run(self, global: &Global) -> Result<Outcome> {
        let loaded = Folder::load(&self.folder);
        let (folder, problems) = match &loaded {
            Ok(folder) => (Some(folder), &folder.warnings[..]),
            Err(problems) => (None, problems.list()),
        };
        match self.format {
            Format::Json => write_lines(folder, problems)?,
            Format::Text => {
                let told: Vec<Problem> =
                    problems.iter().filter(|problem| problem.is_error() || !global.quiet).cloned().collect();
                tell_problems(&told);
                match folder {
                    Some(folder) if !global.quiet => write_summary(&mut anstream::stdout().lock(), folder)?,
                    Some(_) => {}
                    None => anstream::eprintln!("{}", verdict(&self.folder.display().to_string(), problems)),
                }
            }
        }
        Ok(if folder.is_some() { Outcome::Clean } else { Outcome::Problems })
    }
}

fn verdict(folder: &str, problems: &[Problem]) -> String {
    let errors = problems.iter().filter(|problem| problem.is_error()).count();
    format!("{folder}: {}, {}", counted(errors, "error"), counted(problems.len() - errors, "warning"))
}

fn counted(count: usize, what: &str) -> String {
    match (count, what.strip_suffix('y')) {
        (1, _) => format!("1 {what}"),
        (_, Some(stem)) => format!("{count} {stem}ies"),
        _ => format!("{count} {what}s"),
    }
}

fn write_summary(out: &mut dyn Write, folder: &Folder) -> io::Result<()> {
    let Mission { title, parties, borders, safe_areas, sensors } = &folder.mission;
    let counts = [
        counted(parties.len(), "party"),
        counted(borders.len(), "border"),
        counted(safe_areas.len(), "safe area"),
        counted(sensors.len(), "sensor"),
        counted(folder.tables.len(), "table"),
        counted(folder.warnings.len(), "warning"),
    ];
    writeln!(out, "{}: {}.", table::clean(title), counts.join(", "))?;
    // In the order of declaration, which numbers parties and ranks none.
    let rows: Vec<_> = parties.iter().map(party_row).collect();
    table::write(out, ["party", "name", "IPv4", "IPv6", "AS numbers", "countries"], &rows)?;
    let rows: Vec<_> = safe_areas
        .iter()
        .map(|area| {
            [
                area.id.to_string(),
                area.class.to_string(),
                folder.mission.word(Side::Party(area.party)).to_owned(),
                joined(&area.prefixes),
            ]
        })
        .collect();
    table::write(out, ["safe area", "class", "party", "addresses"], &rows)?;
    let rows: Vec<_> = sensors
        .iter()
        .map(|sensor| {
            let sampling = if sensor.sampling == 1 { "all".to_owned() } else { format!("1 in {}", sensor.sampling) };
            [
                sensor.id.to_string(),
                sensor.vantage.clone().unwrap_or_else(|| "-".into()),
                sampling,
                joined(&sensor.sees),
            ]
        })
        .collect();
    table::write(out, ["sensor", "vantage", "packets", "sees"], &rows)?;
    let rows: Vec<_> = folder
        .tables
        .iter()
        .map(|table| {
            [
                table.kind.to_owned(),
                table.format.word().to_owned(),
                table.entries.to_string(),
                table.file.display().to_string(),
            ]
        })
        .collect();
    table::write(out, ["table", "form", "entries", "file"], &rows)
}

fn party_row(party: &Party) -> [String; 6] {
    let family = |v4: bool| joined(party.prefixes.iter().filter(|prefix| prefix.is_v4() == v4));
    [
        party.id.to_string(),
        party.name("en").to_owned(),
        family(true),
        family(false),
        joined(&party.asns),
        joined(&party.countries),
    ]
}

/// The first few of a list, and how many more there are.
fn joined<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    const SHOWN: usize = 4;
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    let first = items.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    match items.len() {
        0 => "-".to_owned(),
        count if count > SHOWN => format!("{first} and {} more", count - SHOWN),
        _ => first,
    }
}

/// One line of `--format json`. Fields are only ever added.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line<'p> {
    Problem {
        severity: &'static str,
        file: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        line: Option<usize>,
        #[serde(skip_serializing_if = "Option::is_none")]
        column: Option<usize>,
        message: &'p str,
        help: &'p str,
    },
    Summary {
        sound: bool,
        errors: usize,
        warnings: usize,
        #[serde(skip_serializing_if = "Option::is_none")]
        mission: Option<MissionLine<'p>>,
    },
}

#[derive(Serialize)]
struct MissionLine<'p> {
    title: &'p str,
    parties: Vec<PartyLine<'p>>,
    borders: usize,
    safe_areas: Vec<&'p str>,
    sensors: Vec<&'p str>,
    tables: Vec<TableLine>,
}

#[derive(Serialize)]
struct PartyLine<'p> {
    id: &'p str,
    prefixes: Vec<String>,
}

#[derive(Serialize)]
struct TableLine {
    kind: &'static str,
    format: &'static str,
    entries: usize,
    file: String,
}

fn write_lines(folder: Option<&Folder>, problems: &[Problem]) -> Result<()> {
    let mut out = io::stdout().lock();
    for problem in problems {
        let (line, column) = problem.spot.as_ref().map(|spot| (spot.line, spot.column)).unzip();
        let (severity, file) = (problem.severity.word(), problem.file.display().to_string());
        let line = Line::Problem { severity, file, line, column, message: &problem.message, help: &problem.help };
        writeln!(out, "{}", serde_json::to_string(&line)?)?;
    }
    let errors = problems.iter().filter(|problem| problem.is_error()).count();
    let warnings = problems.len() - errors;
    let line = Line::Summary { sound: folder.is_some(), errors, warnings, mission: folder.map(mission_line) };
    writeln!(out, "{}", serde_json::to_string(&line)?)?;
    Ok(())
}

fn mission_line(folder: &Folder) -> MissionLine<'_> {
    let mission = &folder.mission;
    let party = |party: &'_ Party| party.prefixes.iter().map(Prefix::to_string).collect();
    MissionLine {
        title: &mission.title,
        parties: mission.parties.iter().map(|one| PartyLine { id: one.id.as_str(), prefixes: party(one) }).collect(),
        borders: mission.borders.len(),
        safe_areas: mission.safe_areas.iter().map(|area| area.id.as_str()).collect(),
        sensors: mission.sensors.iter().map(|sensor| sensor.id.as_str()).collect(),
        tables: folder
            .tables
            .iter()
            .map(|table| TableLine {
                kind: table.kind,
                format: table.format.word(),
                entries: table.entries,
                file: table.file.display().to_string(),
            })
            .collect(),
    }
}
