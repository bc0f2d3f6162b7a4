//! Asks the built `blueline` for its help, so that documents are judged by the program's own words.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

/// The program, as it can be run here.
#[derive(Debug)]
pub struct Program {
    root: PathBuf,
    built: Option<PathBuf>,
}

impl Program {
    /// Finds the program: `BLUELINE_BIN` when set; the one built beside this, when it is newer than every source; else
    /// `cargo run` builds it at the first question.
    #[must_use]
    pub fn find(root: &Path) -> Self {
        let named = std::env::var_os("BLUELINE_BIN").map(PathBuf::from);
        Self { root: root.to_owned(), built: named.or_else(|| beside_this(root)) }
    }

    /// What `blueline PATH... --help` prints.
    ///
    /// # Errors
    /// With the program's own words when it cannot be built or run, or does not know the subcommand.
    pub fn help(&self, path: &[&str]) -> Result<String, String> {
        let mut command = match &self.built {
            Some(program) => Command::new(program),
            None => {
                let mut cargo = Command::new("cargo");
                cargo.args(["run", "--quiet", "--package", "blueline", "--"]);
                cargo
            }
        };
        let output = command
            .current_dir(&self.root)
            .args(path)
            .arg("--help")
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .output()
            .map_err(|error| error.to_string())?;
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
            false => Err(errors_in(&String::from_utf8_lossy(&output.stderr))),
        }
    }
}

/// The lines of a compiler's or program's complaint that say what is wrong.
fn errors_in(complaint: &str) -> String {
    let errors: Vec<&str> = complaint.lines().filter(|line| line.starts_with("error")).collect();
    if errors.is_empty() { complaint.trim().to_owned() } else { errors.join("; ") }
}

/// Cargo puts test programs in `PROFILE/deps` and others in `PROFILE`; the program stands in `PROFILE`.
fn beside_this(root: &Path) -> Option<PathBuf> {
    let this = std::env::current_exe().ok()?;
    let name = format!("blueline{}", std::env::consts::EXE_SUFFIX);
    let built = this.ancestors().skip(1).take(2).map(|folder| folder.join(&name)).find(|path| path.is_file())?;
    let when = built.metadata().ok()?.modified().ok()?;
    (newest_source(root)? < when).then_some(built)
}

fn newest_source(root: &Path) -> Option<SystemTime> {
    let walk = ignore::WalkBuilder::new(root.join("crates")).build();
    let files = walk.filter_map(Result::ok).filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()));
    files.filter_map(|entry| entry.metadata().ok()?.modified().ok()).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_complaint_is_cut_to_its_errors() {
        assert_eq!(
            errors_in("warning: unused\n --> a.rs\nerror[E1]: no\n --> b.rs\nerror: could not compile\n"),
            "error[E1]: no; error: could not compile"
        );
        assert_eq!(errors_in("no such file\n"), "no such file");
    }

    #[test]
    fn a_program_that_is_not_there_is_an_error_and_not_a_panic() {
        let program = Program { root: std::env::temp_dir(), built: Some("/nonexistent/blueline".into()) };
        assert!(program.help(&["watch"]).is_err());
    }
}
