//! The command line itself: help, colours, completions, manual pages, mission folders.

mod check;
mod desk;
mod help;
mod init;
