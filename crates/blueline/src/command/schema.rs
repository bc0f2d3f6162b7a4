//! `blueline schema`: the JSON Schemas of what the program reads and writes.

use std::io::Write;

use anyhow::Result;
use blueline_mission::report::lines;
use clap::{Args, ValueEnum};

use crate::arguments::Global;
use crate::outcome::Outcome;

/// Write the JSON Schema of an output form to stdout
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Schema {
    /// Which form
    form: Form,
}

/// What has a schema here.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    /// A line of `blueline watch --format json`.
    Watch,
}

const EXAMPLES: &str = "\
Examples:
  blueline schema watch > watch-lines.json";

impl Schema {
    pub(super) fn run(self, _: &Global) -> Result<Outcome> {
        let text = match self.form {
            Form::Watch => lines::schema(),
        };
        std::io::stdout().lock().write_all(text.as_bytes())?;
        Ok(Outcome::Clean)
    }
}
