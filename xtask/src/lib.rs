//! The repository's own rules, as functions that can be tested and run.
//!
//! A rule looks at a [`Repo`] and gives back [`Violation`]s: where, what, and what to do about it. `cargo xtask check`
//! prints them, `cargo test -p xtask` fails on them, and each rule has a test with a planted violation.
//!
//! What this crate never does: it changes no file (but for `cargo xtask fmt --write`), and nothing of the product depends
//! on it.
//!
//! Begin with [`RULES`]; a new rule is a file under `rules/` and a line there.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod formatting;
pub mod markdown;
pub mod program;
pub mod rules;
pub mod tree;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::rules::{bans, commands, documents, fuzzing, length, links, manifests, outside, sight, words};
use crate::tree::Tree;

/// Every rule of the repository, in the order in which they are printed.
pub const RULES: &[Rule] = &[
    Rule { name: "sight", says: "a crate sees only the crates that the design lets it see", judge: sight::judge },
    Rule {
        name: "outside",
        says: "pure rooms build on few crates, none with a clock or a socket",
        judge: outside::judge,
    },
    Rule { name: "bans", says: "pure rooms carry the one ban list and do not switch it off", judge: bans::judge },
    Rule {
        name: "manifests",
        says: "every crate inherits version, licence and lints, and says what it is",
        judge: manifests::judge,
    },
    Rule { name: "length", says: "no Rust file is over 800 lines without a stated reason", judge: length::judge },
    Rule { name: "words", says: "no file names a workplace or holds unfinished work", judge: words::judge },
    Rule { name: "documents", says: "the documents are there and name every crate", judge: documents::judge },
    Rule { name: "links", says: "links between documents lead to a file", judge: links::judge },
    Rule { name: "commands", says: "commands in the documents exist", judge: commands::judge },
    Rule {
        name: "fuzzing",
        says: "every fuzz target is declared, and every declared one is there",
        judge: fuzzing::judge,
    },
];

/// One rule of the repository.
pub struct Rule {
    /// One word, for the command line.
    pub name: &'static str,
    /// What holds while the rule is kept.
    pub says: &'static str,
    /// The judgement; empty when the rule is kept. A rule that cannot be judged reports that as a violation.
    pub judge: fn(&Repo) -> Vec<Violation>,
}

/// The repository as it stands on the disk.
pub struct Repo {
    /// The folder of the workspace's `Cargo.toml`.
    pub root: PathBuf,
    /// Its files, read once.
    pub tree: Tree,
}

impl Repo {
    /// Reads the tree under `root`, leaving out what `.gitignore` leaves out.
    ///
    /// # Errors
    /// When a folder or file cannot be read.
    pub fn open(root: &Path) -> io::Result<Self> {
        Ok(Self { root: root.to_owned(), tree: Tree::read(root)? })
    }
}

/// Where a rule is broken, how, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// A file, with its line where one is to blame.
    pub place: String,
    /// A sentence: what is wrong and what to do.
    pub says: String,
}

impl Violation {
    /// A violation at a file as a whole.
    pub fn at(place: impl Into<String>, says: impl Into<String>) -> Self {
        Self { place: place.into(), says: says.into() }
    }

    /// A violation at a line, counted from one.
    pub fn on(file: &str, line: usize, says: impl Into<String>) -> Self {
        Self::at(format!("{file}:{line}"), says)
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.place, self.says)
    }
}

/// The root of this workspace: the folder above this crate. Cargo is asked as this runs, not only as it was built: two
/// clones that share a target folder share this program too.
#[must_use]
pub fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    here.parent().unwrap_or(&here).to_owned()
}
