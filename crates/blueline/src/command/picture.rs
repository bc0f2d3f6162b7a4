//! `blueline picture`: the border picture of any past time, from the lake.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use anyhow::{Result, bail};
use blueline_mission::findings;
use blueline_mission::lake::{self, Drawn, Stretch};
use blueline_mission::pipeline::{Audience, Outcome as Watched};
use blueline_mission::terms::{Finding, Mission, Moment, Picture as Drawing};
use blueline_mission::watch::Progress;
use clap::Args;

use crate::arguments::Global;
use crate::audience::Lines;
use crate::bar::Bar;
use crate::display::{Display, Format};
use crate::interrupt::stop_at_interrupt;
use crate::outcome::Outcome;
use crate::values::period;

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
    #[command(flatten)]
    display: Display,
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
        let bar = Bar::steps("periods read", global);
        let mut goes_on = |done, all| {
            bar.step(done, all);
            !stop.load(Ordering::Relaxed)
        };
        let mut lines = Lines::new(Bar::hidden());
        let mut nobody = Nobody;
        let audience: &mut dyn Audience = if self.display.format == Format::Json { &mut lines } else { &mut nobody };
        let rows = findings::read(&shelf)?;
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
        // Findings of the stretch, as they were told last; the lines tell each time they were told.
        let told = findings::within(&folder.mission, &rows, picture.span).map_err(|what| anyhow::anyhow!(what))?;
        if self.display.format == Format::Json && self.at.is_none() {
            told.iter().try_for_each(|one| audience_line(&mut lines, &folder.mission, one))?;
        }
        let findings = findings::latest(told);
        let detectors = (!rows.is_empty()).then(|| folder.detectors.running());
        let drawn = Watched { findings, detectors, ..Watched::drawn(picture, seals) };
        self.display.report(&folder.mission, &drawn)?;
        match self.display.format {
            Format::Text => self.display.draw(&folder.mission, &drawn)?,
            Format::Json if self.at.is_some() => {}
            Format::Json => lines.finish(&folder.mission, &drawn)?,
        }
        Ok(Outcome::Clean)
    }
}

/// Who wants no periods.
struct Nobody;

impl Audience for Nobody {
    fn period(&mut self, _: &Mission, _: &Drawing, _: bool) -> std::io::Result<()> {
        Ok(())
    }

    fn finding(&mut self, _: &Mission, _: &Finding, _: &dyn Fn(u32) -> Option<String>) -> std::io::Result<()> {
        Ok(())
    }

    fn progress(&mut self, _: Progress) {}
}

/// A finding as it was told, as a line.
fn audience_line(lines: &mut Lines, mission: &Mission, told: &findings::Told) -> std::io::Result<()> {
    lines.finding(mission, &told.finding, &|batch| told.seal_of(batch))
}
