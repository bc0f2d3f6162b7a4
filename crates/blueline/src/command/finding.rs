//! `blueline finding`: what detectors found, read back, explained and marked.

use std::borrow::Cow;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use anyhow::{Context, Result, anyhow, bail};
use blueline_mission::findings::{self, FindingRow, Frame, Mark, MarkWord, Marks, Told};
use blueline_mission::folder::Folder;
use blueline_mission::interval::Interval;
use blueline_mission::lake;
use blueline_mission::report::lines;
use blueline_mission::report::terminal::{self, Look};
use blueline_mission::terms::{FindingId, Moment};
use clap::{Args, Subcommand, ValueEnum};

use crate::arguments::Global;
use crate::clock::now;
use crate::interrupt::stop_at_interrupt;
use crate::outcome::Outcome;
use crate::table;

/// Read back what detectors found: list, show, explain down to the packets, mark
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Finding {
    #[command(subcommand)]
    what: What,
    /// The mission folder
    #[arg(long, value_name = "DIR", default_value = ".", global = true)]
    mission: PathBuf,
}

const EXAMPLES: &str = "\
Exit codes:
  0  done
  1  there is no such finding, or the lake cannot be read
  2  the arguments make no sense

Examples:
  blueline finding list --mission line --least moderate
  blueline finding show 2ca64454c4e872b3 --mission line
  blueline finding explain 2ca64454c4e872b3 --mission line --language ar
  blueline finding explain 2ca64454c4e872b3 --mission line --capture captures/gate.pcap
  blueline finding mark 2ca64454c4e872b3 benign --reason 'yearly test, announced by phone' --mission line
  blueline finding precision --mission line
  blueline query --mission line \"SELECT kind, count(*) FROM findings GROUP BY kind\"";

/// Form of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For people.
    Table,
    /// RFC 4180 with a line of heads.
    Csv,
    /// One JSON object a line, as `blueline watch --format json` writes findings.
    Json,
}

/// The least confidence that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum Least {
    /// All.
    Low,
    /// Moderate and high.
    Moderate,
    /// High alone.
    High,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List findings, each as it was told last, the latest at the end
    #[command(after_help = EXAMPLES)]
    List {
        /// Only of this kind, or of kinds that begin so, such as scan
        #[arg(long, value_name = "KIND")]
        kind: Option<String>,
        /// The least confidence
        #[arg(long, value_name = "CONFIDENCE", default_value = "low")]
        least: Least,
        /// Only those that went on at this moment or later
        #[arg(long, value_name = "TIME")]
        from: Option<Moment>,
        /// Only those that began before this moment
        #[arg(long, value_name = "TIME")]
        until: Option<Moment>,
        /// Each time one was told: as it opened, changed and ended
        #[arg(long)]
        states: bool,
        /// Form of the list
        #[arg(long, value_name = "FORM", default_value = "table")]
        format: Form,
    },
    /// Show a finding, each time it was told, and what analysts said of it
    #[command(after_help = EXAMPLES)]
    Show {
        /// Its id, or the beginning of it
        #[arg(value_name = "ID")]
        id: String,
        /// Language, such as en, ar, tr or fr
        #[arg(long, value_name = "TAG", default_value = "en")]
        language: String,
    },
    /// Explain a finding in plain words, down to its packets where the capture is at hand
    #[command(after_help = EXAMPLES)]
    Explain {
        /// Its id, or the beginning of it
        #[arg(value_name = "ID")]
        id: String,
        /// Language, such as en, ar, tr or fr
        #[arg(long, value_name = "TAG", default_value = "en")]
        language: String,
        /// Captures in which the packets are looked for, by the seals that the finding names
        #[arg(long, value_name = "FILE")]
        capture: Vec<PathBuf>,
    },
    /// Say of a finding that it is true, benign, a duplicate, or needs more; the reason and your name are kept
    #[command(after_help = EXAMPLES)]
    Mark {
        /// Its id, or the beginning of it
        #[arg(value_name = "ID")]
        id: String,
        /// true, benign, duplicate or needs-more
        #[arg(value_name = "MARK")]
        mark: MarkWord,
        /// Why: who reads it later must understand it
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Who says so, in place of the name that you are logged in under
        #[arg(long, value_name = "NAME")]
        who: Option<String>,
        /// For a duplicate: the finding that says the same
        #[arg(long, value_name = "ID")]
        same_as: Option<String>,
    },
    /// Tell how often findings were right, by kind, as analysts marked them
    #[command(after_help = EXAMPLES)]
    Precision,
}

impl Finding {
    pub(super) fn run(self, global: &Global) -> Result<Outcome> {
        let folder = super::open(&self.mission, global)?;
        if let What::Precision = self.what {
            return precision(&folder);
        }
        let rows = findings::read(&lake::shelf(&folder)?)?;
        match self.what {
            What::List { kind, least, from, until, states, format } => {
                let wanted = Wanted { kind, least, from, until };
                let rows = if states { rows } else { latest(rows) };
                list(&folder, &rows.into_iter().filter(|row| wanted.takes(row)).collect::<Vec<_>>(), format)?;
            }
            What::Show { id, language } => show(&folder, &rows, &id, &language)?,
            What::Explain { id, language, capture } => explain(&folder, &rows, &id, &language, &capture)?,
            What::Mark { id, mark, reason, who, same_as } => {
                let row = find(&rows, &id)?;
                let same_as = same_as.map(|id| find(&rows, &id).map(|row| row.id.to_string())).transpose()?;
                if (mark == MarkWord::Duplicate) != same_as.is_some() {
                    bail!("a duplicate needs --same-as ID, and nothing else does");
                }
                let mark = Mark {
                    version: 1,
                    finding: row.id.to_string(),
                    kind: row.kind.clone(),
                    vector: row.vector.clone(),
                    confidence: row.confidence.clone(),
                    mark,
                    reason,
                    who: who.map_or_else(own_name, Ok)?,
                    when: now().to_string(),
                    same_as,
                };
                Marks::new(&folder.data()).add(&mark)?;
                writeln!(std::io::stdout(), "{} is marked {} by {}", mark.finding, mark.mark, table::clean(&mark.who))?;
            }
            What::Precision => {}
        }
        Ok(Outcome::Clean)
    }
}

/// What a list is to show.
struct Wanted {
    kind: Option<String>,
    least: Least,
    from: Option<Moment>,
    until: Option<Moment>,
}

impl Wanted {
    fn takes(&self, row: &FindingRow) -> bool {
        let sure = match row.confidence.as_str() {
            "high" => Least::High,
            "moderate" => Least::Moderate,
            _ => Least::Low,
        };
        self.kind.as_ref().is_none_or(|kind| row.kind.starts_with(kind.as_str()))
            && sure >= self.least
            && self.from.is_none_or(|from| row.end >= from)
            && self.until.is_none_or(|until| row.start < until)
    }
}

/// Each finding as it was told last, in the order in which they began.
fn latest(rows: Vec<FindingRow>) -> Vec<FindingRow> {
    let mut last: Vec<FindingRow> = Vec::new();
    let mut places = std::collections::BTreeMap::new();
    for row in rows {
        let place = *places.entry(row.id).or_insert(last.len());
        match last.get_mut(place) {
            Some(held) => *held = row,
            None => last.push(row),
        }
    }
    last.sort_by_key(|row| (row.start, row.told));
    last
}

/// The finding that is meant, as it was told last.
fn find<'r>(rows: &'r [FindingRow], id: &str) -> Result<&'r FindingRow> {
    let digits = !id.is_empty() && id.len() <= 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !digits {
        bail!("{id:?} is not the id of a finding, which is 16 hexadecimal digits, or the beginning of one");
    }
    let id = id.to_ascii_lowercase();
    let mut ids: Vec<FindingId> =
        rows.iter().map(|row| row.id).filter(|one| one.to_string().starts_with(&id)).collect();
    ids.sort_unstable();
    ids.dedup();
    match ids[..] {
        [] => bail!("the lake holds no finding {id}; `blueline finding list` tells which it holds"),
        // There is a row of each id.
        [one] => rows.iter().rev().find(|row| row.id == one).ok_or_else(|| anyhow!("the lake holds no finding {id}")),
        _ => {
            let ids: Vec<_> = ids.iter().take(8).map(ToString::to_string).collect();
            bail!("{} findings begin with {id}; give more of the id: {}", ids.len(), ids.join(", "))
        }
    }
}

fn told(folder: &Folder, row: &FindingRow) -> Result<Told> {
    findings::told(&folder.mission, &row.finding).map_err(|what| anyhow!("finding {}: {what}", row.id))
}

fn list(folder: &Folder, rows: &[FindingRow], format: Form) -> Result<()> {
    let mut out = anstream::stdout().lock();
    match format {
        Form::Json => {
            let library = findings::library();
            for row in rows {
                let told = told(folder, row)?;
                let line = lines::finding(&folder.mission, &library, &told.finding, &|batch| told.seal_of(batch));
                writeln!(out, "{}", line.json())?;
            }
        }
        Form::Csv => {
            let mut lines = csv::Writer::from_writer(&mut out);
            lines.write_record([
                "id",
                "state",
                "kind",
                "vector",
                "confidence",
                "start",
                "end",
                "targets",
                "target_parties",
                "actors",
                "sources",
                "packets",
                "bytes",
            ])?;
            for row in rows {
                lines.write_record([
                    &row.id.to_string(),
                    &row.state,
                    &row.kind,
                    &row.vector,
                    &row.confidence,
                    &row.start.to_string(),
                    &row.end.to_string(),
                    &row.targets,
                    &row.target_parties,
                    &row.actors,
                    &row.source_count.to_string(),
                    &row.packets.to_string(),
                    &row.bytes.to_string(),
                ])?;
            }
            lines.flush()?;
        }
        Form::Table if rows.is_empty() => {
            writeln!(out, "the lake holds no such finding; `blueline watch` puts there what it finds")?;
        }
        Form::Table => {
            let cells: Vec<[String; 8]> = rows.iter().map(cells).collect();
            table::write(&mut out, ["id", "state", "what", "confidence", "began", "lasted", "from", "to"], &cells)?;
        }
    }
    Ok(())
}

fn cells(row: &FindingRow) -> [String; 8] {
    let first = |list: &str, count: u64| match list.split(',').next().filter(|one| !one.is_empty()) {
        None => "nobody named".to_owned(),
        Some(one) if count > 1 => format!("{one} and {} more", count - 1),
        Some(one) => one.to_owned(),
    };
    let actors = row.actors.split(',').filter(|one| !one.is_empty()).count() as u64;
    let seconds = row.end.since(row.start).as_secs_f64();
    let lasted = if seconds < 10.0 { format!("{seconds:.1} s") } else { format!("{seconds:.0} s") };
    let began = row.start.to_string();
    [
        row.id.to_string(),
        row.state.clone(),
        format!("{}/{}", row.kind, row.vector),
        row.confidence.clone(),
        format!("{}Z", began.get(..19).unwrap_or(&began)),
        lasted,
        first(&row.actors, actors),
        first(&row.targets, row.target_count),
    ]
}

fn look(language: &str) -> Look<'_> {
    let terminal = terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0));
    Look { width: terminal.clamp(40, 240), language, ascii: false }
}

fn show(folder: &Folder, rows: &[FindingRow], id: &str, language: &str) -> Result<()> {
    let row = find(rows, id)?;
    let last = told(folder, row)?;
    let library = findings::library();
    let mut out = anstream::stdout().lock();
    let seal_of = |batch| last.seal_of(batch);
    write!(out, "{}", terminal::finding(&folder.mission, &library, &last.finding, &seal_of, look(language)))?;
    writeln!(out, "\nTold")?;
    for row in rows.iter().filter(|one| one.id == row.id) {
        let (state, sure) = (&row.state, &row.confidence);
        writeln!(out, "   {}  {state:7}  {sure:8}  {} packets, {} sources", row.told, row.packets, row.source_count)?;
    }
    let (marks, damaged) = Marks::new(&folder.data()).read()?;
    tell_damaged(&damaged);
    let own: Vec<&Mark> = marks.iter().filter(|mark| mark.finding == row.id.to_string()).collect();
    if !own.is_empty() {
        writeln!(out, "\nMarked")?;
    }
    for mark in own {
        let same = mark.same_as.as_ref().map_or_else(String::new, |id| format!(" of {id}"));
        let text = format!("{}  {}{same} by {}: {}", mark.when, mark.mark, mark.who, mark.reason);
        writeln!(out, "   {}", table::clean(&text))?;
    }
    Ok(())
}

fn explain(folder: &Folder, rows: &[FindingRow], id: &str, language: &str, captures: &[PathBuf]) -> Result<()> {
    let last = told(folder, find(rows, id)?)?;
    let library = findings::library();
    let mut out = anstream::stdout().lock();
    let seal_of = |batch| last.seal_of(batch);
    write!(out, "{}", terminal::finding(&folder.mission, &library, &last.finding, &seal_of, look(language)))?;
    if captures.is_empty() {
        writeln!(out, "\nGive --capture FILE to follow it down to its packets.")?;
        return Ok(());
    }
    let stop = stop_at_interrupt()?;
    let mut found = 0;
    for capture in captures {
        let traced = findings::trace(capture, &last.flows(), last.finding.span, &stop)?;
        if stop.load(Ordering::Relaxed) {
            bail!("broken off");
        }
        if traced.is_empty() {
            writeln!(out, "\n{}: none of its flows begin here", table::clean(&capture.display().to_string()))?;
            continue;
        }
        found += traced.len();
        writeln!(out, "\nPackets in {}", table::clean(&capture.display().to_string()))?;
        for flow in &traced {
            for frame in &flow.frames {
                writeln!(out, "   {}", line_of(frame))?;
            }
            let more = flow.frame_count - flow.frames.len() as u64;
            if more > 0 {
                writeln!(out, "   ... and {more} more of this flow ({} bytes in all)", flow.bytes)?;
            }
        }
        let numbers: Vec<_> =
            traced.iter().flat_map(|flow| &flow.frames).take(40).map(|f| f.number.to_string()).collect();
        let file = shell_word(capture);
        writeln!(out, "   to see them: tshark -r {file} -Y 'frame.number in {{{}}}'", numbers.join(","))?;
    }
    if found == 0 {
        bail!("no capture that was given holds its packets: they are sealed otherwise, or it is another capture");
    }
    Ok(())
}

/// A file's name as a shell takes it.
fn shell_word(path: &Path) -> String {
    let text = table::clean(&path.display().to_string());
    // What holds a null byte is no file's name.
    shlex::try_quote(&text).map_or_else(|_| text.clone(), Cow::into_owned)
}

fn line_of(frame: &Frame) -> String {
    let end = |(address, port): (blueline_mission::terms::Address, u16)| match frame.protocol {
        6 | 17 | 132 => format!("{address} port {port}"),
        _ => address.to_string(),
    };
    let what = match frame.protocol {
        6 => format!("tcp {}", flags(frame.tcp_flags)),
        17 => "udp".to_owned(),
        1 | 58 => format!("icmp type {}", frame.source.1),
        other => format!("protocol {other}"),
    };
    let (from, to) = (end(frame.source), end(frame.destination));
    format!("frame {:>8}  {}  {from} -> {to}  {what}  {} bytes", frame.number, frame.moment, frame.length)
}

fn flags(flags: u8) -> String {
    let names = ["fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr"];
    let set: Vec<_> =
        names.iter().enumerate().filter(|(bit, _)| flags >> bit & 1 == 1).map(|(_, name)| *name).collect();
    if set.is_empty() { "no flags".to_owned() } else { set.join("+") }
}

fn precision(folder: &Folder) -> Result<Outcome> {
    let (marks, damaged) = Marks::new(&folder.data()).read()?;
    tell_damaged(&damaged);
    let mut out = anstream::stdout().lock();
    if marks.is_empty() {
        writeln!(out, "nothing is marked yet; `blueline finding mark ID true|benign --reason TEXT` marks a finding")?;
        return Ok(Outcome::Clean);
    }
    let rows: Vec<[String; 6]> = findings::precision(&marks)
        .into_iter()
        .map(|one| {
            let [yes, benign, duplicate, more] = one.counts.map(|count| count.to_string());
            let Interval { low, high, .. } = one.share;
            let share = one.share.share().map(|share| format!("{share:.2} ({low:.2} to {high:.2})"));
            let share = share.unwrap_or_else(|| "nothing to tell from".to_owned());
            [one.kind, yes, benign, duplicate, more, share]
        })
        .collect();
    table::write(&mut out, ["kind", "true", "benign", "duplicate", "needs more", "precision (95 %)"], &rows)?;
    Ok(if damaged.is_empty() { Outcome::Clean } else { Outcome::Problems })
}

fn tell_damaged(damaged: &[u64]) {
    for line in damaged {
        tracing::warn!("line {line} of data/finding-marks.jsonl cannot be read; it is passed over");
    }
}

/// The name that the user is logged in under.
fn own_name() -> Result<String> {
    ["USER", "LOGNAME", "USERNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|name| !name.trim().is_empty()))
        .context("nobody is known to be logged in; give --who NAME")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_and_cells_are_written_out() {
        assert_eq!((flags(0x12), flags(0)), ("syn+ack".to_owned(), "no flags".to_owned()));
        assert_eq!(shell_word(Path::new("it's.pcap")), r#""it's.pcap""#);
    }
}
