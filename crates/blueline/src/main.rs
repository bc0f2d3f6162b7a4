//! Blueline, the program: it reads the arguments, does what one subcommand says, and tells how it went.
//!
//! A subcommand is a file in `command/` and a line in the catalogue of [`command`]. What it does for a mission is in
//! the crate `blueline-mission`; this crate knows arguments, the terminal, and exit codes.

mod arguments;
mod audience;
mod bar;
mod clock;
mod command;
mod display;
mod interrupt;
mod logs;
mod outcome;
mod table;
mod values;
mod whole_file;

use std::process::ExitCode;

use clap::Parser;

use arguments::Arguments;

fn main() -> ExitCode {
    // Ends here with code 2 when the arguments make no sense, and with 0 after --help and --version.
    let Arguments { global, command } = Arguments::parse();
    global.color.hold_to();
    logs::begin(&global);
    outcome::tell(command.run(&global))
}
