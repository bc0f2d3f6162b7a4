//! What stands on the command line before the subcommand has its say.

use clap::{ArgAction, Args, Parser, ValueEnum};

use crate::command::Command;

/// Mission software for cyber peacekeeping: watches the digital border between parties that agreed on restraint.
#[derive(Debug, Parser)]
#[command(name = "blueline", version, max_term_width = 100, after_help = AFTER_HELP, subcommand_required = true)]
#[command(arg_required_else_help = true, disable_help_subcommand = false)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER_HELP: &str = "\
Exit codes:
  0  done, and nothing is wrong
  1  the work failed, or problems were found
  2  the arguments make no sense

Examples:
  blueline init line --party alpha=192.0.2.0/24 --party beta=198.51.100.0/24
  blueline check line
  blueline completions bash > ~/.local/share/bash-completion/completions/blueline";

/// Options of every subcommand.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Global {
    /// Say more on stderr: -v what is done, -vv details, -vvv everything
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "quiet")]
    pub(crate) verbose: u8,
    /// Say nothing on stderr but errors
    #[arg(long, global = true)]
    pub(crate) quiet: bool,
    /// Form of the log lines on stderr
    #[arg(long, global = true, value_name = "FORM", default_value = "text")]
    pub(crate) log_format: LogFormat,
    /// When to use colours; auto looks at the terminal, NO_COLOR, CLICOLOR and CLICOLOR_FORCE
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
}

/// Form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// Where a terminal shows them and nobody objects.
    Auto,
    /// Also into files and pipes.
    Always,
    /// Nowhere.
    Never,
}

impl Color {
    /// Makes everything that is written from now on keep to the choice.
    pub(crate) fn hold_to(self) {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}
