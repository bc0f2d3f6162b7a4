//! Asks the built `blueline` for its help, so that documents are judged by the program's own words.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::SystemTime;

/// The program, as it can be run here.
#[derive(Debug)]
pub struct Program {
    root: PathBuf,
    built: OnceLock<Result<PathBuf, String>>,
}

impl Program {
    /// Finds the program: `BLUELINE_BIN` when set; the one built beside this, when it is newer than every source; else
    /// it is built at the first question.
    #[must_use]
    pub fn find(root: &Path) -> Self {
        let built = OnceLock::new();
        let fresh = || beside_this().filter(|built| is_fresh(root, built).unwrap_or(false));
        if let Some(program) = std::env::var_os("BLUELINE_BIN").map(PathBuf::from).or_else(fresh) {
            _ = built.set(Ok(program));
        }
        Self { root: root.to_owned(), built }
    }

    /// What `blueline PATH... --help` prints.
    ///
    /// # Errors
    /// With the program's own words when it cannot be built or run, or does not know the subcommand.
    pub fn help(&self, path: &[&str]) -> Result<String, String> {
        let program = self.built.get_or_init(|| self.build()).as_ref().map_err(Clone::clone)?;
        let mut command = Command::new(program);
        answer(command.current_dir(&self.root).args(path).arg("--help").env("NO_COLOR", "1"))
    }

    /// Builds the program as the tests build it: with other features, its libraries would be built once more.
    fn build(&self) -> Result<PathBuf, String> {
        let mut cargo = Command::new("cargo");
        cargo.current_dir(&self.root).args(["test", "--quiet", "--workspace", "--no-run"]);
        // What cargo tells this program of itself must not reach another build: build scripts that look at it would run
        // again, and with them everything above them.
        let told = std::env::vars_os().map(|(name, _)| name);
        let told = told.filter(|name| name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_")));
        told.for_each(|name| _ = cargo.env_remove(name));
        answer(cargo.env_remove("CARGO_MANIFEST_DIR").env_remove("CARGO_MANIFEST_PATH"))?;
        beside_this().ok_or_else(|| "cargo built no program beside this one; name it in BLUELINE_BIN".to_owned())
    }
}

/// What a command writes, or what it complains of.
fn answer(command: &mut Command) -> Result<String, String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(errors_in(&String::from_utf8_lossy(&output.stderr))),
    }
}

/// The lines of a compiler's or program's complaint that say what is wrong.
fn errors_in(complaint: &str) -> String {
    let errors: Vec<&str> = complaint.lines().filter(|line| line.starts_with("error")).collect();
    if errors.is_empty() { complaint.trim().to_owned() } else { errors.join("; ") }
}

/// Cargo puts test programs in `PROFILE/deps` and others in `PROFILE`; the program stands in `PROFILE`.
fn beside_this() -> Option<PathBuf> {
    let this = std::env::current_exe().ok()?;
    let name = format!("blueline{}", std::env::consts::EXE_SUFFIX);
    this.ancestors().skip(1).take(2).map(|folder| folder.join(&name)).find(|path| path.is_file())
}

fn is_fresh(root: &Path, built: &Path) -> Option<bool> {
    Some(newest_source(root)? < built.metadata().ok()?.modified().ok()?)
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
        let program = Program { root: std::env::temp_dir(), built: OnceLock::from(Ok("/nonexistent/blueline".into())) };
        assert!(program.help(&["watch"]).is_err());
    }
}
