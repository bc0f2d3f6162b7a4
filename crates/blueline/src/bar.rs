//! How far the watch is, on a terminal's stderr.

use std::io::IsTerminal;
use std::time::Duration;

use blueline_mission::watch::Progress;
use indicatif::{ProgressBar, ProgressStyle};

use crate::arguments::Global;

/// A progress bar with rate and time left where the amount is known, a spinner where packets come when they come.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    pub(crate) fn new(bytes: u64, live: bool, global: &Global) -> Self {
        if global.quiet || !std::io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let (bar, form) = if live {
            (ProgressBar::new_spinner(), "{spinner} {decimal_bytes} read  {decimal_bytes_per_sec}  {msg}")
        } else {
            let form = "{wide_bar:.blue/dim} {decimal_bytes}/{decimal_total_bytes}  {decimal_bytes_per_sec}  {eta} left  {msg}";
            (ProgressBar::new(bytes), form)
        };
        // The forms above are right, and if one were not, the bar's own default would serve.
        bar.set_style(ProgressStyle::with_template(form).unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    /// One that shows nothing.
    pub(crate) fn hidden() -> Self {
        Self(ProgressBar::hidden())
    }

    /// A bar over steps of known number.
    pub(crate) fn steps(what: &str, global: &Global) -> Self {
        if global.quiet || !std::io::stderr().is_terminal() {
            return Self::hidden();
        }
        let form = format!("{{wide_bar:.blue/dim}} {{pos}}/{{len}} {what}  {{eta}} left");
        let bar = ProgressBar::new(0);
        bar.set_style(ProgressStyle::with_template(&form).unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self(bar)
    }

    /// Shows that so many steps of all are done.
    pub(crate) fn step(&self, done: usize, all: usize) {
        self.0.set_length(all as u64);
        self.0.set_position(done as u64);
    }

    pub(crate) fn show(&self, progress: Progress) {
        self.0.set_position(progress.bytes_read);
        let reached = progress.reached.map(|moment| moment.to_string()).unwrap_or_default();
        let reached = reached.split('.').next().unwrap_or_default();
        self.0.set_message(format!("{} packets, {} flows live, {reached}", progress.packets, progress.flows));
    }

    /// Writes to stdout while the bar stands aside.
    pub(crate) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.0.suspend(write)
    }

    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
