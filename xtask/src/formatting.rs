//! rustfmt over every Rust file in the tree: `cargo fmt` follows `mod` lines and passes over files that a macro declares.

use std::io;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::Repo;

/// What to do with a file that is not formatted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Print the difference.
    Check,
    /// Write the formatted text.
    Write,
}

/// Runs rustfmt; `false` when a file is not formatted or does not parse. Its differences go to standard output.
///
/// # Errors
/// When rustfmt cannot be started.
pub fn run(repo: &Repo, mode: Mode) -> io::Result<bool> {
    let files: Vec<PathBuf> = repo.tree.with_extension("rs").map(|(path, _)| repo.root.join(path)).collect();
    if files.is_empty() {
        return Ok(true);
    }
    let mut rustfmt = Command::new("rustfmt");
    rustfmt.current_dir(&repo.root).args(["--edition", "2024"]).stdin(Stdio::null());
    if mode == Mode::Check {
        rustfmt.arg("--check");
    }
    let output = rustfmt.args(files).output()?;
    print!("{}", String::from_utf8_lossy(&output.stdout));
    eprint!("{}", String::from_utf8_lossy(&output.stderr));
    Ok(output.status.success())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_file_that_no_mod_line_declares_is_looked_at() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("lib.rs"), "//! Declares nothing.\n").unwrap();
        fs::write(dir.path().join("loose.rs"), "fn  a( ) { }\n").unwrap();
        let repo = Repo::open(dir.path()).unwrap();
        assert!(!run(&repo, Mode::Check).unwrap());
        assert!(run(&repo, Mode::Write).unwrap());
        assert!(run(&repo, Mode::Check).unwrap());
        assert_eq!(fs::read_to_string(dir.path().join("loose.rs")).unwrap(), "fn a() {}\n");
    }
}
