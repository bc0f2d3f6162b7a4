//! The log: on stderr, for those who run the program. What it is asked to find out goes to stdout.

use anstream::AutoStream;
use tracing::level_filters::LevelFilter;

use crate::arguments::{Global, LogFormat};

/// Begins to log, as loud as was asked for.
pub(crate) fn begin(global: &Global) {
    let loudness = match (global.quiet, global.verbose) {
        (true, _) => LevelFilter::ERROR,
        (false, 0) => LevelFilter::WARN,
        (false, 1) => LevelFilter::INFO,
        (false, 2) => LevelFilter::DEBUG,
        (false, _) => LevelFilter::TRACE,
    };
    let coloured = AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    let log = tracing_subscriber::fmt().with_max_level(loudness).with_writer(std::io::stderr).with_target(false);
    match global.log_format {
        LogFormat::Text => log.with_ansi(coloured).init(),
        LogFormat::Json => log.json().init(),
    }
}
