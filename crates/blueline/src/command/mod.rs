//! The subcommands, a file each. A new one is its file and its line in the catalogue.

use std::path::Path;

use anyhow::anyhow;
use blueline_mission::folder::{Folder, Problem};

use crate::arguments::Global;
use crate::outcome::Outcome;

/// Declares each command's module, its place in [`Command`], and the way to it.
macro_rules! catalogue {
    ($($module:ident::$name:ident,)+) => {
        $(mod $module;)+

        /// What to do.
        #[derive(Debug, clap::Subcommand)]
        pub(crate) enum Command {
            $($name($module::$name),)+
        }

        impl Command {
            /// Does it.
            pub(crate) fn run(self, global: &Global) -> anyhow::Result<Outcome> {
                match self {
                    $(Self::$name(command) => command.run(global),)+
                }
            }
        }
    };
}

catalogue! {
    init::Init,
    check::Check,
    watch::Watch,
    finding::Finding,
    detector::Detector,
    query::Query,
    picture::Picture,
    lake::Lake,
    exercise::Exercise,
    schema::Schema,
    completions::Completions,
    man::Man,
}

/// Reads a mission folder for a command that cannot do without; what is wrong with it goes to stderr.
pub(crate) fn open(folder: &Path, global: &Global) -> anyhow::Result<Folder> {
    match Folder::load(folder) {
        Ok(found) => {
            if !global.quiet {
                tell_problems(&found.warnings);
            }
            Ok(found)
        }
        Err(problems) => {
            tell_problems(problems.list());
            Err(anyhow!("the mission folder {} cannot be used; see above", folder.display()))
        }
    }
}

/// Writes problems to stderr, coloured where it shows colours.
pub(crate) fn tell_problems(problems: &[Problem]) {
    for problem in problems {
        anstream::eprintln!("{problem:#}");
    }
}
