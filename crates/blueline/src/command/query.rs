//! `blueline query`: the lake, asked in SQL.

mod saved;

use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use blueline_mission::folder::Folder;
use blueline_mission::lake::query::answers::{CsvAnswer, JsonAnswer, ParquetAnswer, Table, TableAnswer};
use blueline_mission::lake::query::questions::{QUESTIONS, Question};
use blueline_mission::lake::query::{
    Answer, FUNCTIONS, Limits, Parameters, QueryError, Session, fill_in, placeholders,
};
use blueline_mission::lake::{self, columns};
use clap::{Args, ValueEnum};

use crate::arguments::Global;
use crate::interrupt::stop_at_interrupt;
use crate::outcome::Outcome;
use crate::table;
use crate::values::{memory, time};
use crate::whole_file::WholeFile;

/// Ask the lake, in SQL or by the name of a question
///
/// QUESTION is SQL, the name of a ready-made or saved question, - for SQL on standard input, or one of the words
/// `questions` (which are there), `columns` (what the table flows holds), `functions` (beside SQL's own),
/// `show NAME` (a question's SQL), `save NAME SQL` and `remove NAME` (your own questions, kept in the mission folder).
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Query {
    /// The mission folder
    #[arg(long, value_name = "DIR", default_value = ".")]
    mission: PathBuf,
    /// What to ask; the words behind it are the question's parameters in their order, or given as NAME=VALUE
    #[arg(value_name = "QUESTION", required = true, num_args = 1..)]
    question: Vec<String>,
    /// Form of the answer
    #[arg(long, value_name = "FORM", default_value = "table")]
    format: Form,
    /// Write the answer into this file, whole or not at all; Parquet needs one
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Show how the question would be answered instead of the answer
    #[arg(long)]
    explain: bool,
    /// Answer the question and show where the time went instead of the answer
    #[arg(long, conflicts_with = "explain")]
    analyze: bool,
    /// Bound of memory for sorting and grouping, such as 2GiB; what does not fit goes to temporary files where it can
    #[arg(long, value_name = "SIZE", value_parser = memory, default_value = "1GiB")]
    memory: u64,
    /// How long the question may take, such as 30s or 10m
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "10m")]
    timeout: Duration,
    /// Threads that work; the answer is the same with any number
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    threads: Option<u16>,
}

const EXAMPLES: &str = "\
Exit codes:
  0  answered
  1  the question makes no sense, or has no answer within its bounds
  2  the arguments make no sense
  130  broken off with Ctrl-C

Examples:
  blueline query --mission line top-talkers
  blueline query --mission line timeline 192.0.2.7
  blueline query --mission line crossings from=2026-03-01T10:00:00Z until=2026-03-01T11:00:00Z --format csv
  blueline query --mission line \"SELECT app_name, sum(traffic_bytes) FROM flows GROUP BY app_name ORDER BY 2 DESC\"
  blueline query --mission line \"SELECT * FROM flows WHERE cidr_contains('198.51.100.0/24', src_endpoint_ip)\" \\
      --format parquet --output subnet.parquet
  blueline query --mission line save big 'SELECT * FROM flows WHERE traffic_bytes > $bytes'
  blueline query --mission line big bytes=1000000";

/// What a question may be told, and what it goes by when it is not told.
type Wanted = Vec<(String, Option<String>)>;

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For people.
    Table,
    /// RFC 4180 with a line of heads.
    Csv,
    /// One JSON object a line.
    Json,
    /// A Parquet file.
    Parquet,
}

impl Query {
    pub(super) fn run(self, global: &Global) -> Result<Outcome> {
        let (word, rest) = self.question.split_first().ok_or_else(|| anyhow!("there is no question"))?;
        match (word.as_str(), rest) {
            ("questions", []) => return self.list_questions(),
            ("columns", []) => return list_columns(),
            ("functions", []) => return list_functions(),
            ("show", [name]) => {
                let sql = self.sql_of(name)?.0;
                writeln!(std::io::stdout().lock(), "{}", sql.trim_end())?;
                return Ok(Outcome::Clean);
            }
            ("save", [name, sql]) => {
                saved::save(&self.mission, name, sql)?;
                return Ok(Outcome::Clean);
            }
            ("remove", [name]) => {
                saved::remove(&self.mission, name)?;
                return Ok(Outcome::Clean);
            }
            ("show" | "remove", _) => bail!("write `{word} NAME`"),
            ("save", _) => bail!("write `save NAME 'SQL'`"),
            _ => {}
        }
        let (sql, wanted) = self.sql_of(word)?;
        let mut parameters = parameters(&wanted, rest, word)?;
        if let Some(question) = Question::named(word) {
            parameters = question.read(parameters).map_err(|what| anyhow!(what))?;
        }
        let sql = fill_in(&sql, &parameters);
        let sql = match (self.explain, self.analyze) {
            (true, _) => format!("EXPLAIN FORMAT TREE {sql}"),
            (_, true) => format!("EXPLAIN ANALYZE {sql}"),
            _ => sql,
        };
        let folder = super::open(&self.mission, global)?;
        self.ask(&folder, &sql)
    }

    /// The SQL that a word stands for, and the parameters that belong to it with what they are when nothing is said.
    fn sql_of(&self, word: &str) -> Result<(String, Wanted)> {
        if let Some(question) = Question::named(word) {
            let own = question.parameters.iter().map(|one| (one.name.to_owned(), one.default.map(str::to_owned)));
            return Ok((question.sql.to_owned(), own.collect()));
        }
        let sql = if word == "-" {
            let mut sql = String::new();
            std::io::stdin().lock().take(1 << 20).read_to_string(&mut sql).context("standard input")?;
            sql
        } else if word.contains(char::is_whitespace) {
            word.to_owned()
        } else {
            saved::read(&self.mission, word)?.ok_or_else(|| {
                anyhow!(
                    "there is no question {word:?}; `blueline query questions` lists those that are there, and SQL is given as one \
                     word: \"SELECT ... FROM flows\""
                )
            })?
        };
        let placeholders = placeholders(&sql).into_iter().map(|name| (name, None)).collect();
        Ok((sql, placeholders))
    }

    fn ask(&self, folder: &Folder, sql: &str) -> Result<Outcome> {
        let threads = self.threads.map(usize::from);
        let limits = Limits {
            memory: self.memory,
            time: self.timeout,
            threads: threads.or_else(|| std::thread::available_parallelism().ok().map(usize::from)).unwrap_or(1),
        };
        let shelf = Arc::new(lake::shelf(folder)?);
        let session = Session::open(&shelf, limits, lake::lookup(folder))?;
        if session.files() == 0 {
            tracing::warn!("the lake is empty; `blueline watch --mission {}` fills it", self.mission.display());
        }
        let stop = stop_at_interrupt()?;
        let stopped = async move {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let explains = self.explain || self.analyze;
        let told = match (&self.output, self.format) {
            (None, Form::Parquet) if !explains => {
                bail!("a Parquet file is nothing for a terminal or a pipe; give --output FILE")
            }
            (None, form) => {
                self.answer(&session, sql, if explains { Form::Table } else { form }, std::io::stdout(), stopped)
            }
            (Some(file), form) => return self.answer_in_file(&session, sql, form, file, stopped),
        };
        outcome(told)
    }

    fn answer_in_file(
        &self,
        session: &Session,
        sql: &str,
        form: Form,
        file: &Path,
        stopped: impl Future<Output = ()>,
    ) -> Result<Outcome> {
        let mut whole = WholeFile::begin(file).with_context(|| format!("cannot write {}", file.display()))?;
        let told = self.answer(session, sql, form, BufWriter::new(whole.file()), stopped);
        if told.is_ok() {
            whole.finish().with_context(|| format!("cannot write {}", file.display()))?;
        }
        outcome(told)
    }

    fn answer(
        &self,
        session: &Session,
        sql: &str,
        form: Form,
        mut out: impl Write + Send,
        stopped: impl Future<Output = ()>,
    ) -> Result<u64, QueryError> {
        let plain = self.explain || self.analyze;
        let mut answer: Box<dyn Answer + '_> = match form {
            Form::Csv => Box::new(CsvAnswer::new(&mut out)),
            Form::Json => Box::new(JsonAnswer::new(&mut out)),
            Form::Parquet => Box::new(ParquetAnswer::new(&mut out)),
            Form::Table => Box::new(TableAnswer::new(|Table { heads, numeric, rows, untold }: &Table| {
                if plain {
                    return rows.iter().filter_map(|row| row.last()).try_for_each(|text| writeln!(out, "{text}"));
                }
                table::write_any(&mut out, heads, rows, numeric)?;
                if *untold > 0 {
                    tracing::warn!("{untold} further rows are not shown; ask with --format csv, or with a LIMIT");
                }
                Ok(())
            })),
        };
        let told = session.ask(sql, &mut *answer, stopped)?;
        drop(answer);
        out.flush()?;
        Ok(told)
    }

    fn list_questions(&self) -> Result<Outcome> {
        let given = |question: &Question| {
            let parameters = question.parameters.iter().map(|one| match one.default {
                Some(_) => format!("[{}]", one.name),
                None => one.name.to_uppercase(),
            });
            parameters.collect::<Vec<_>>().join(" ")
        };
        let mut rows: Vec<[String; 3]> =
            QUESTIONS.iter().map(|one| [one.name.to_owned(), given(one), one.meaning.to_owned()]).collect();
        for (name, sql) in saved::all(&self.mission)? {
            let first = sql.lines().next().unwrap_or_default().to_owned();
            rows.push([name, placeholders(&sql).join(" ").to_uppercase(), first]);
        }
        table::write(&mut anstream::stdout().lock(), ["question", "parameters", "what it answers"], &rows)?;
        Ok(Outcome::Clean)
    }
}

fn outcome(told: Result<u64, QueryError>) -> Result<Outcome> {
    match told {
        Ok(rows) => {
            tracing::info!(rows, "answered");
            Ok(Outcome::Clean)
        }
        Err(QueryError::Stopped) => Ok(Outcome::Interrupted),
        // So that a reader who left early is known as one.
        Err(QueryError::Io(error)) => Err(error.into()),
        Err(error) => Err(error.into()),
    }
}

/// The parameters of a question: by name, or in their order.
fn parameters(wanted: &[(String, Option<String>)], given: &[String], question: &str) -> Result<Parameters> {
    let mut values: Wanted = wanted.to_vec();
    let mut next = 0;
    for text in given {
        let is_name = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let named = text.split_once('=').filter(|(name, _)| is_name(name));
        let (place, value) = match named {
            Some((name, value)) => (values.iter().position(|(known, _)| known == name).unwrap_or(usize::MAX), value),
            None => {
                next += 1;
                (next - 1, text.as_str())
            }
        };
        let Some((_, slot)) = values.get_mut(place) else {
            let names: Vec<&str> = wanted.iter().map(|(name, _)| name.as_str()).collect();
            let known =
                if names.is_empty() { "it has none".to_owned() } else { format!("it has {}", names.join(", ")) };
            bail!("the question does not know the parameter {text:?}; {known}");
        };
        *slot = Some(value.to_owned());
    }
    let missing = values.iter().find(|(_, value)| value.is_none());
    if let Some((name, _)) = missing {
        let shown = if question.contains(char::is_whitespace) { "\"...\"" } else { question };
        bail!("the question needs {name:?}; write `blueline query {shown} {name}=VALUE`");
    }
    Ok(values.into_iter().filter_map(|(name, value)| Some((name, value?))).collect())
}

fn list_columns() -> Result<Outcome> {
    let row = |column: &columns::Column| {
        let null = if column.nullable { "yes" } else { "" };
        let ocsf = if column.ocsf { "OCSF" } else { "" };
        [column.name, column.kind.word(), null, ocsf, column.meaning].map(str::to_owned)
    };
    let mut rows: Vec<_> = columns::COLUMNS.iter().map(row).collect();
    for (name, kind, from, meaning) in [
        ("end_time", "timestamp (µs, UTC)", "OCSF", "Last packet of the row."),
        ("src_endpoint_ip", "text", "OCSF", "The opener's address as text."),
        ("dst_endpoint_ip", "text", "OCSF", "The addressed host's address as text."),
        ("ttl_highest_out", "uint8", "", "Highest TTL or hop limit from the opener."),
        ("ttl_highest_in", "uint8", "", "Highest TTL or hop limit to the opener."),
        ("traffic_packets", "uint64", "OCSF", "Packets both ways."),
        ("traffic_bytes", "uint64", "OCSF", "Bytes both ways."),
    ] {
        rows.push([name, kind, "", from, meaning].map(str::to_owned));
    }
    table::write(&mut anstream::stdout().lock(), ["column", "type", "null", "name", "meaning"], &rows)?;
    Ok(Outcome::Clean)
}

fn list_functions() -> Result<Outcome> {
    let rows: Vec<_> = FUNCTIONS.iter().map(|function| [function.form, function.meaning].map(str::to_owned)).collect();
    table::write(&mut anstream::stdout().lock(), ["function", "what it gives"], &rows)?;
    Ok(Outcome::Clean)
}
