//! `blueline man`: the manual pages.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, Command, CommandFactory};
use clap_mangen::Man as Page;

use crate::arguments::{Arguments, Global};
use crate::outcome::Outcome;

/// Write the manual pages
///
/// With DIR, a page for the program and one for each command, as files; without, all of them to stdout.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Man {
    /// Folder for the pages; made if need be
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  blueline man ~/.local/share/man/man1
  blueline man | man -l -";

impl Man {
    pub(super) fn run(self, _: &Global) -> Result<Outcome> {
        if let Some(folder) = &self.folder {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
        }
        for page in pages() {
            let mut text = Vec::new();
            page.render(&mut text)?;
            match &self.folder {
                None => std::io::stdout().lock().write_all(&text)?,
                Some(folder) => {
                    let file = folder.join(page.get_filename());
                    std::fs::write(&file, &text).with_context(|| format!("cannot write {}", file.display()))?;
                }
            }
        }
        Ok(Outcome::Clean)
    }
}

/// A page for the program and each of its commands, to any depth.
fn pages() -> Vec<Page> {
    let mut program = Arguments::command().disable_help_subcommand(true);
    program.build();
    let mut waiting: Vec<Command> = vec![program];
    let mut pages = Vec::new();
    while let Some(command) = waiting.pop() {
        waiting.extend(command.get_subcommands().filter(|command| !command.is_hide_set()).cloned());
        let name = command.get_bin_name().unwrap_or("blueline").replace(' ', "-");
        pages.push(Page::new(command.display_name(name)));
    }
    pages
}
