//! `blueline lake`: the upkeep of what is kept.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use blueline_mission::custody::Custody;
use blueline_mission::folder::Folder;
use blueline_mission::lake::{self, Checked, Compacted, Retention, Shelf, Upkept};
use blueline_mission::terms::Moment;
use clap::{Args, Subcommand};

use crate::arguments::Global;
use crate::bar::Bar;
use crate::clock::now;
use crate::outcome::Outcome;
use crate::values::{size, time};

/// Look after the lake: what it holds, whether it is whole, compaction, retention
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Lake {
    #[command(subcommand)]
    what: What,
    /// The mission folder
    #[arg(long, value_name = "DIR", default_value = ".", global = true)]
    mission: PathBuf,
}

const EXAMPLES: &str = "\
Examples:
  blueline lake status --mission line
  blueline lake check --mission line
  blueline lake compact --mission line
  blueline lake retain --mission line --keep-for 90d
  blueline lake forget --mission line --from 2026-03-01T10:00:00Z --until 2026-03-01T11:00:00Z";

#[derive(Debug, Subcommand)]
enum What {
    /// Tell what the lake holds
    #[command(after_help = EXAMPLES)]
    Status,
    /// Read every file from end to end and name those that are damaged
    ///
    /// A damaged file is best moved out of the lake; watching its sources again brings back what it held.
    #[command(after_help = EXAMPLES)]
    Check,
    /// Join the small files of hours that are over
    ///
    /// Questions that are being answered go on with the files that they began with. What was joined earlier is deleted when
    /// nobody reads it any more.
    #[command(after_help = EXAMPLES)]
    Compact {
        /// Join the hours that end at this moment or before; all but the latest hour unless said
        #[arg(long, value_name = "TIME")]
        until: Option<Moment>,
    },
    /// Delete what is older, or more, than the mission keeps
    ///
    /// Findings go by age alone: they are small, and are worth more than the flows of their hour.
    #[command(after_help = EXAMPLES)]
    Retain {
        /// How long, before the latest row, in place of the mission's, such as 90d
        #[arg(long, value_name = "TIME", value_parser = time)]
        keep_for: Option<std::time::Duration>,
        /// How many bytes of files, in place of the mission's, such as 500GB; the oldest hours go first
        #[arg(long, value_name = "SIZE", value_parser = size)]
        keep_bytes: Option<u64>,
    },
    /// Take hours out of the lake, so that their sources can be watched again together
    #[command(after_help = EXAMPLES)]
    Forget {
        /// The first hour, or a moment in it
        #[arg(long, value_name = "TIME")]
        from: Moment,
        /// First moment after the last hour
        #[arg(long, value_name = "TIME")]
        until: Moment,
    },
}

impl Lake {
    pub(super) fn run(self, global: &Global) -> Result<Outcome> {
        let folder = super::open(&self.mission, global)?;
        let shelf = lake::shelf(&folder)?;
        match self.what {
            What::Status => status(shelf)?,
            What::Check => return check(&shelf, global),
            What::Compact { until } => {
                let _alone = lock(&folder)?;
                report("deleted", lake::sweep(&shelf)?);
                let bar = Bar::steps("hours joined", global);
                let until = until.unwrap_or(Moment::MAX);
                let Compacted { joined, damaged } =
                    lake::compact(&shelf, until, now(), &mut |done, all| bar.step(done, all))?;
                bar.finish();
                let mut out = std::io::stdout().lock();
                writeln!(out, "joined {} files ({} bytes) into {}", joined.gone, joined.bytes, joined.written)?;
                if !damaged.is_empty() {
                    writeln!(out, "hours with damaged files were left as they are")?;
                }
                return tell_damaged(&mut out, &damaged);
            }
            What::Retain { keep_for, keep_bytes } => {
                let _alone = lock(&folder)?;
                let kept = &folder.settings.lake;
                let kept =
                    Retention { keep_for: keep_for.or(kept.keep_for), keep_bytes: keep_bytes.or(kept.keep_bytes) };
                if kept == Retention::default() {
                    bail!(
                        "nothing says how much is kept; give --keep-for or --keep-bytes, or set them under [lake] in mission.toml"
                    );
                }
                let taken = lake::retain(&shelf, kept, now())?;
                report("taken out", taken);
                report("deleted", lake::sweep(&shelf)?);
            }
            What::Forget { from, until } => {
                let _alone = lock(&folder)?;
                report("taken out", lake::forget(&shelf, from, until)?);
            }
        }
        Ok(Outcome::Clean)
    }
}

/// Holds the lock of the one who writes.
fn lock(folder: &Folder) -> Result<Custody> {
    let opened = Custody::open(&folder.data(), &folder.mission);
    opened.with_context(|| {
        let folder = folder.path.display();
        format!("the lake of {folder} is written by one run at a time, and a live watch looks after it by itself")
    })
}

fn report(what: &str, Upkept { gone, bytes, .. }: Upkept) {
    let _ = writeln!(std::io::stdout(), "{what}: {gone} files, {bytes} bytes");
}

fn status(shelf: Shelf) -> Result<()> {
    let status = lake::status(&shelf)?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{} files, {} bytes, {} rows", status.files, status.bytes, status.rows)?;
    if let Some((from, until)) = status.span {
        writeln!(out, "from {from} until {until}")?;
    }
    writeln!(out, "{} files wait to be deleted ({} bytes)", status.replaced, status.replaced_bytes)?;
    for stranger in &status.strangers {
        writeln!(out, "not of the lake, passed over: {}", crate::table::clean(stranger))?;
    }
    Ok(())
}

fn check(shelf: &Shelf, global: &Global) -> Result<Outcome> {
    let bar = Bar::steps("files read", global);
    let Checked { files, rows, finding_files, finding_rows, damaged } =
        lake::check(shelf, &mut |done, all| bar.step(done, all))?;
    bar.finish();
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{files} files, {rows} rows in those that are whole; {finding_files} files of findings, told {finding_rows} times; \
         {} files damaged",
        damaged.len()
    )?;
    let damaged: Vec<String> = damaged.into_iter().map(|(path, what)| format!("{path}: {what}")).collect();
    tell_damaged(&mut out, &damaged)
}

/// Names damaged files, and what to do about them.
fn tell_damaged(out: &mut impl Write, damaged: &[String]) -> Result<Outcome> {
    if damaged.is_empty() {
        return Ok(Outcome::Clean);
    }
    for what in damaged {
        writeln!(out, "damaged: {}", crate::table::clean(what))?;
    }
    writeln!(out, "move what is damaged out of the lake and watch its sources again: that adds what is missing")?;
    Ok(Outcome::Problems)
}
