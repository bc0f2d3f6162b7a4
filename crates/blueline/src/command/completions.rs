//! `blueline completions`: scripts that complete commands and options in a shell.

use std::io::Write;

use anyhow::Result;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::arguments::{Arguments, Global};
use crate::outcome::Outcome;

/// Write the completion script for a shell to stdout
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

const EXAMPLES: &str = "\
Examples:
  blueline completions bash > ~/.local/share/bash-completion/completions/blueline
  blueline completions zsh > ~/.zfunc/_blueline
  blueline completions fish > ~/.config/fish/completions/blueline.fish";

impl Completions {
    pub(super) fn run(self, _: &Global) -> Result<Outcome> {
        // To memory first: the generator does not survive a reader that leaves.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::command(), "blueline", &mut script);
        std::io::stdout().lock().write_all(&script)?;
        Ok(Outcome::Clean)
    }
}
