//! `blueline exercise`: traffic with a known truth, for tests and training.

use std::io::{IsTerminal, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use blueline_mission::campaign;
use blueline_mission::exercise::{self, CaptureKind, Compression, Generated, Progress, schema};
use clap::{Args, Subcommand, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

use super::tell_problems;
use crate::arguments::Global;
use crate::bar::Bar;
use crate::interrupt::{stop_at_interrupt, stop_cleanly_at_interrupt};
use crate::outcome::Outcome;
use crate::table;
use crate::whole_file::write_whole;

/// Make traffic with a known truth, for tests and training
#[derive(Debug, Args)]
pub(crate) struct Exercise {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Generate(Generate),
    Campaign(Campaign),
    Schema(Schema),
}

/// Play a scenario and write what its sensors record
///
/// Writes a capture for each sensor of the scenario, and truth.json: what a perfect observer at each sensor would report.
/// The same scenario gives the same bytes. All files appear at the end, each whole.
#[derive(Debug, Args)]
#[command(after_help = GENERATE_EXAMPLES)]
struct Generate {
    /// The scenario
    #[arg(value_name = "SCENARIO.toml")]
    scenario: PathBuf,
    /// The folder for what is written; made if need be
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
    /// Another seed than the scenario's: other hosts, other moments, the same story
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// One file format for all captures, in place of the scenario's
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// How captures are compressed
    #[arg(long, value_name = "KIND", default_value = "none")]
    compress: Compress,
}

const GENERATE_EXAMPLES: &str = "\
Exit codes:
  0  everything was written
  1  the scenario has mistakes, or the disk refused
  2  the arguments make no sense

Examples:
  blueline exercise generate examples/ceasefire-week/scenario.toml --out week
  blueline exercise generate week.toml --out week --seed 7 --format pcapng --compress zstd";

/// Measure the detectors in generated scenarios, hundreds of them
///
/// Draws scenarios over rates, mixtures and durations, a fifth of them without any attack, plays and watches each, and tells
/// recall, precision and delay by kind with 95 % intervals, beside simple detectors with fixed thresholds. The same seed draws
/// the same scenarios. What is written: tables.txt, attacks.csv, alarms.csv and charts of recall and delay against strength.
#[derive(Debug, Args)]
#[command(after_help = CAMPAIGN_EXAMPLES)]
struct Campaign {
    /// How many scenarios
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    scenarios: u32,
    /// What all of them are drawn from
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Threads, each with a scenario of its own; the result is the same with any number
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    threads: Option<u16>,
    /// The folder for tables and charts; made if need be
    #[arg(long, value_name = "DIR", required_unless_present = "show")]
    out: Option<PathBuf>,
    /// Write scenario number N of the seed to stdout instead, to generate and watch it by hand
    #[arg(long, value_name = "N", conflicts_with_all = ["out", "scenarios", "threads"])]
    show: Option<u32>,
}

const CAMPAIGN_EXAMPLES: &str = "\
Exit codes:
  0  done, whatever the detectors found
  1  the disk refused, or it was broken off
  2  the arguments make no sense

Examples:
  blueline exercise campaign --out campaign
  blueline exercise campaign --scenarios 50 --seed 7 --out quick
  blueline exercise campaign --seed 7 --show 12 > twelve.toml";

/// Write the JSON Schema of a file of exercises to stdout
#[derive(Debug, Args)]
#[command(after_help = SCHEMA_EXAMPLES)]
struct Schema {
    /// Which file
    #[arg(default_value = "scenario")]
    file: File,
}

const SCHEMA_EXAMPLES: &str = "\
Examples:
  blueline exercise schema scenario > scenario.schema.json
  blueline exercise schema truth";

#[derive(Clone, Copy, Debug, ValueEnum)]
enum File {
    /// The scenario, for editors that check TOML.
    Scenario,
    /// The truth.
    Truth,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// The classic format of libpcap.
    Pcap,
    /// pcapng.
    Pcapng,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Compress {
    /// Not at all.
    None,
    /// Zstandard.
    Zstd,
    /// gzip.
    Gzip,
}

impl Exercise {
    pub(super) fn run(self, global: &Global) -> Result<Outcome> {
        match self.what {
            What::Generate(generate) => generate.run(global),
            What::Campaign(campaign) => campaign.run(global),
            What::Schema(schema) => schema.run(),
        }
    }
}

impl Generate {
    fn run(self, global: &Global) -> Result<Outcome> {
        let mut scenario = match exercise::read(&self.scenario) {
            Ok(scenario) => scenario,
            Err(problems) => {
                tell_problems(&problems);
                return Err(anyhow!("the scenario {} cannot be played; see above", self.scenario.display()));
            }
        };
        if let Some(seed) = self.seed {
            scenario = scenario.with_seed(seed);
        }
        if let Some(format) = self.format {
            scenario = scenario.with_capture_kind(match format {
                Format::Pcap => CaptureKind::Pcap,
                Format::Pcapng => CaptureKind::Pcapng,
            });
        }
        let compression = match self.compress {
            Compress::None => Compression::None,
            Compress::Zstd => Compression::Zstd,
            Compress::Gzip => Compression::Gzip,
        };
        let stop = stop_cleanly_at_interrupt()?;
        let bar = bar(global);
        let generated = exercise::generate(&scenario, &self.out, compression, &mut |progress| {
            show(&bar, progress);
            if stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        bar.finish_and_clear();
        match generated? {
            Some(_) if global.quiet => {}
            Some(generated) => tell(&generated)?,
            None => return Err(anyhow!("interrupted; nothing was written")),
        }
        Ok(Outcome::Clean)
    }
}

impl Campaign {
    fn run(self, global: &Global) -> Result<Outcome> {
        let mut out = std::io::stdout().lock();
        if let Some(number) = self.show {
            out.write_all(campaign::sample(self.seed, number).text.as_bytes())?;
            return Ok(Outcome::Clean);
        }
        let threads =
            self.threads.map(usize::from).or_else(|| std::thread::available_parallelism().ok().map(usize::from));
        let plan = campaign::Plan { scenarios: self.scenarios, seed: self.seed, threads: threads.unwrap_or(1) };
        let stop = stop_at_interrupt()?;
        let bar = Bar::steps("scenarios judged", global);
        let report = campaign::run(plan, &mut |progress| {
            bar.step(progress.done as usize, progress.of as usize);
            if stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        bar.finish();
        let report = report.context("interrupted; nothing was written")?;
        // Clap lets nobody come here without it.
        let folder = self.out.unwrap_or_default();
        let refused =
            || format!("cannot write into {}: see that there is room and that it is yours to write", folder.display());
        std::fs::create_dir_all(&folder).with_context(refused)?;
        let mut written = Vec::new();
        for (name, content) in report.files()? {
            let file = folder.join(name);
            write_whole(&file, &content).with_context(refused)?;
            written.push(file.display().to_string());
        }
        out.write_all(report.text().as_bytes())?;
        if !global.quiet {
            writeln!(out, "\nwritten: {}", written.join(", "))?;
        }
        Ok(Outcome::Clean)
    }
}

impl Schema {
    fn run(self) -> Result<Outcome> {
        let text = match self.file {
            File::Scenario => schema::scenario(),
            File::Truth => schema::truth(),
        };
        std::io::stdout().lock().write_all(text.as_bytes())?;
        Ok(Outcome::Clean)
    }
}

/// What has been written, on stdout.
fn tell(generated: &Generated) -> Result<()> {
    let rows: Vec<_> = generated
        .captures
        .iter()
        .map(|capture| {
            let (packets, bytes) = (capture.packets.to_string(), capture.bytes.to_string());
            [capture.sensor.clone(), packets, bytes, capture.file.display().to_string()]
        })
        .collect();
    let out = &mut anstream::stdout().lock();
    table::write(out, ["sensor", "packets", "bytes", "capture"], &rows)?;
    writeln!(out, "truth: {}", generated.truth.display())?;
    Ok(())
}

/// A bar over the scenario's time, on a terminal's stderr.
fn bar(global: &Global) -> ProgressBar {
    if global.quiet || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(THOUSANDTHS);
    // The form is right, and if it were not, the bar's own default would serve.
    let style = ProgressStyle::with_template("{wide_bar:.blue/dim} {percent}%  {eta} left  {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// Length of the bar.
const THOUSANDTHS: u64 = 1000;

fn show(bar: &ProgressBar, progress: Progress) {
    bar.set_position((progress.share * THOUSANDTHS as f64) as u64);
    let moment = progress.moment.to_string();
    let moment = moment.split('.').next().unwrap_or_default();
    let rate = progress.packets as f64 / bar.elapsed().as_secs_f64().max(0.001);
    bar.set_message(format!("{} packets, {rate:.0}/s, {moment}", progress.packets));
}
