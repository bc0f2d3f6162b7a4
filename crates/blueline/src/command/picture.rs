//! `blueline picture`: the border picture of any past time, from the lake.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use anyhow::{Context, Result, bail};
use blueline_mission::lake::{self, Drawn, Stretch};
use blueline_mission::pipeline::{Audience, Outcome as Watched};
use blueline_mission::report::html;
use blueline_mission::report::terminal::{self, Look};
use blueline_mission::terms::{Mission, Moment, Picture as Drawing};
use blueline_mission::watch::Progress;
use clap::Args;

use super::Format;
use super::watch::audience::Lines;
use super::watch::bar::Bar;
use super::watch::{period, stop_at_interrupt, write_whole};
use crate::arguments::Global;
use crate::outcome::Outcome;

/// Draw the border picture of any past time from the lake
///
/// Counts the rows of the lake again, as they were counted when they came: the picture equals the one that was drawn live.
/// Without --at, --from and --until it is of all there is. Addresses are attributed by today's declarations; where that
/// differs from what was recorded, it is said.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Picture {
    /// The mission folder
    #[arg(long, value_name = "DIR", default_value = ".")]
    mission: PathBuf,
    /// The one period that holds this moment, such as 2026-03-01T10:00:00Z
    #[arg(long, value_name = "TIME", conflicts_with_all = ["from", "until"])]
    at: Option<Moment>,
    /// First moment
    #[arg(long, value_name = "TIME")]
    from: Option<Moment>,
    /// First moment after
    #[arg(long, value_name = "TIME")]
    until: Option<Moment>,
    /// Length of a period in place of the mission's: that of the watch, or a multiple
    #[arg(long, value_name = "TIME", value_parser = period)]
    period: Option<std::time::Duration>,
    /// Form of the result on stdout; json gives lines as `blueline watch --format json` does
    #[arg(long, value_name = "FORM", default_value = "text")]
    format: Format,
    /// Also write the picture as one self-contained HTML page
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
    /// Language of names, as a tag such as en, ar, tr or fr
    #[arg(long, value_name = "TAG", default_value = "en")]
    language: String,
    /// Width of the picture in columns, in place of the terminal's
    #[arg(long, value_name = "COLUMNS", value_parser = clap::value_parser!(u16).range(40..=240))]
    width: Option<u16>,
    /// Draw with ASCII alone
    #[arg(long)]
    ascii: bool,
}

const EXAMPLES: &str = "\
Exit codes:
  0  the picture was drawn
  1  there is nothing of that time in the lake, or it cannot be read
  2  the arguments make no sense

Examples:
  blueline picture --mission line
  blueline picture --mission line --at 2026-03-01T00:03:10Z
  blueline picture --mission line --from 2026-03-01T00:00:00Z --until 2026-03-02T00:00:00Z --report day.html";

impl Picture {
    pub(super) fn run(self, global: &Global) -> Result<Outcome> {
        let mut folder = super::open(&self.mission, global)?;
        folder.settings.period = self.period.unwrap_or(folder.settings.period);
        let shelf = Arc::new(lake::shelf(&folder)?);
        let stop = stop_at_interrupt()?;
        let stretch = match (self.at, self.from, self.until) {
            (Some(at), ..) => Stretch::PeriodAt(at),
            (None, None, None) => Stretch::Whole,
            (None, from, until) => Stretch::Between(from.unwrap_or(Moment::MIN), until.unwrap_or(Moment::MAX)),
        };
        let bar = Bar::steps("hours read", global);
        let mut goes_on = |done, all| {
            bar.step(done, all);
            !stop.load(Ordering::Relaxed)
        };
        let mut lines = Lines::new(Bar::hidden());
        let mut nobody = Nobody;
        let audience: &mut dyn Audience = if self.format == Format::Json { &mut lines } else { &mut nobody };
        let drawn = lake::picture(&folder, shelf, stretch, audience, &mut goes_on)?;
        bar.finish();
        let Some(Drawn { picture, seals, attributed_otherwise }) = drawn else {
            bail!(
                "the lake of {} holds nothing of that time; `blueline query coverage --mission {0}` tells what it holds",
                self.mission.display()
            );
        };
        if attributed_otherwise > 0 {
            tracing::warn!(
                "{attributed_otherwise} rows were attributed to other sides when they were written; this picture is drawn by \
                 today's declarations"
            );
        }
        if let Some(file) = &self.report {
            let page = html::page(&folder.mission, &picture, &seals, &self.language);
            write_whole(file, page.as_bytes()).with_context(|| format!("cannot write {}", file.display()))?;
        }
        match self.format {
            Format::Text => {
                let text = terminal::picture(&folder.mission, &picture, &seals, self.look());
                anstream::stdout().lock().write_all(text.as_bytes())?;
            }
            Format::Json if self.at.is_some() => {}
            Format::Json => lines.finish(&folder.mission, &Watched::drawn(picture, seals))?,
        }
        Ok(Outcome::Clean)
    }

    fn look(&self) -> Look<'_> {
        let terminal = std::io::stdout().is_terminal().then(terminal_size::terminal_size).flatten();
        let columns = self.width.or(terminal.map(|(width, _)| width.0));
        Look { width: usize::from(columns.unwrap_or(100)), language: &self.language, ascii: self.ascii }
    }
}

/// Who wants no periods.
struct Nobody;

impl Audience for Nobody {
    fn period(&mut self, _: &Mission, _: &Drawing, _: bool) -> std::io::Result<()> {
        Ok(())
    }

    fn progress(&mut self, _: Progress) {}
}
