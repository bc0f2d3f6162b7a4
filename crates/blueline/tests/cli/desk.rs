//! A folder of its own for each test, to run the program in.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A folder to run the program in. It goes when this goes.
pub(super) struct Desk {
    folder: TempDir,
}

/// What came of a run.
pub(super) struct Told {
    /// The exit code.
    pub(super) code: i32,
    /// What went to stdout.
    pub(super) stdout: String,
    /// What went to stderr.
    pub(super) stderr: String,
}

impl Desk {
    /// An empty folder.
    pub(super) fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    /// A folder with a mission folder `line` in it, of this text.
    pub(super) fn with_mission(text: impl AsRef<[u8]>) -> Self {
        let desk = Self::new();
        fs::create_dir(desk.path("line")).unwrap();
        fs::write(desk.path("line/mission.toml"), text).unwrap();
        desk
    }

    /// A path in the folder.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file's text.
    pub(super) fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Runs `blueline` with these arguments, nothing on its stdin, and no word about colours in its environment.
    pub(super) fn run(&self, arguments: &[&str]) -> Told {
        self.run_with(arguments, &[])
    }

    /// The same with more in its environment.
    pub(super) fn run_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Told {
        let mut command = Command::new(env!("CARGO_BIN_EXE_blueline"));
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS"] {
            command.env_remove(name);
        }
        command.args(arguments).envs(environment.iter().copied()).current_dir(self.folder.path()).stdin(Stdio::null());
        let output = command.output().unwrap();
        Told {
            // No signal ends the program in a test.
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}
