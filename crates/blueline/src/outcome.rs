//! How a command went, as an exit code.

use std::io::{self, Write};
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};

/// What a command did not fail at, but found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Nothing is wrong.
    Clean,
    /// Problems were found, and have been told.
    Problems,
    /// It was broken off with Ctrl-C, in order.
    Interrupted,
}

/// Tells an error on stderr and gives the exit code: 0 for a clean outcome, 130 for a broken off one, 1 otherwise.
pub(crate) fn tell(result: anyhow::Result<Outcome>) -> ExitCode {
    match result {
        Ok(Outcome::Clean) => ExitCode::SUCCESS,
        Ok(Outcome::Problems) => ExitCode::FAILURE,
        // As a shell would say of a program that SIGINT ended.
        Ok(Outcome::Interrupted) => ExitCode::from(130),
        // Whoever reads our output has enough of it: no fault of ours, and nobody to tell.
        Err(error) if reader_left(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let (mark, plain) = (AnsiColor::Red.on_default().bold(), Style::new());
            // Where stderr is closed, the exit code alone speaks.
            let _ = writeln!(anstream::stderr(), "{mark}error{mark:#}{plain}: {error:#}{plain:#}");
            ExitCode::FAILURE
        }
    }
}

fn reader_left(error: &anyhow::Error) -> bool {
    let cause = error.chain().find_map(|cause| cause.downcast_ref::<io::Error>());
    cause.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
