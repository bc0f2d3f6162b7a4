//! The command line itself: help, colours, completions, manual pages, mission folders.

mod check;
mod help;
mod init;
