//! How a border picture is shown.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};
use blueline_mission::pipeline::Outcome as Watched;
use blueline_mission::report::html;
use blueline_mission::report::terminal::{self, Look};
use blueline_mission::terms::Mission;
use clap::{Args, ValueEnum};

use crate::audience::found;
use crate::whole_file::write_whole;

/// The form of results on stdout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs: one JSON object a line, its kind under `type`.
    Json,
}

/// Arguments of every command that shows a picture.
#[derive(Debug, Args)]
pub(crate) struct Display {
    /// Form of the result on stdout; json gives a line for each period and pair of sides, and a last line with the summary
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub(crate) format: Format,
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

impl Display {
    /// How it looks on a terminal.
    pub(crate) fn look(&self) -> Look<'_> {
        let terminal = io::stdout().is_terminal().then(terminal_size::terminal_size).flatten();
        let columns = self.width.or(terminal.map(|(width, _)| width.0));
        Look { width: usize::from(columns.unwrap_or(100)), language: &self.language, ascii: self.ascii }
    }

    /// Writes the page, where one is wanted.
    ///
    /// # Errors
    ///
    /// When its file cannot be written.
    pub(crate) fn report(&self, mission: &Mission, watched: &Watched) -> Result<()> {
        let Some(file) = &self.report else { return Ok(()) };
        let (picture, seals, library) = (&watched.picture, &watched.seals, blueline_mission::findings::library());
        let page = match found(watched, &library) {
            None => html::page(mission, picture, seals, &self.language),
            Some(found) => html::page_with(mission, picture, seals, &found, &self.language),
        };
        write_whole(file, page.as_bytes()).with_context(|| format!("cannot write {}", file.display()))?;
        tracing::info!(file = %file.display(), "report written");
        Ok(())
    }

    /// Writes the picture on stdout, for people.
    ///
    /// # Errors
    ///
    /// When stdout takes no more.
    pub(crate) fn draw(&self, mission: &Mission, watched: &Watched) -> io::Result<()> {
        let (picture, seals, library) = (&watched.picture, &watched.seals, blueline_mission::findings::library());
        let text = match found(watched, &library) {
            None => terminal::picture(mission, picture, seals, self.look()),
            Some(found) => terminal::picture_with(mission, picture, seals, &found, self.look()),
        };
        anstream::stdout().lock().write_all(text.as_bytes())
    }
}
