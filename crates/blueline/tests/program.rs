//! Runs the built program.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use serde_json::Value;

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// The run, which must have ended with this exit code.
    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stderr: {}", self.stderr);
        self
    }

    /// Its JSON lines.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The JSON lines of one type.
    pub(crate) fn lines_of(&self, kind: &str) -> Vec<Value> {
        self.lines().into_iter().filter(|line| line["type"] == kind).collect()
    }

    /// The last JSON line, which must be the summary.
    #[track_caller]
    pub(crate) fn summary(&self) -> Value {
        let last = self.lines().pop().unwrap_or_default();
        assert_eq!(last["type"], "summary", "stderr: {}", self.stderr);
        last
    }

    /// Says whether it ended by itself and in order: a panic ends with 101 and says so.
    pub(crate) fn is_orderly(&self) -> bool {
        matches!(self.code, Some(0..=2)) && !self.stderr.contains("panicked")
    }
}

/// The program, with nothing of the environment that could change what it writes.
pub(crate) fn blueline() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_blueline"));
    for name in ["RUST_LOG", "CLICOLOR_FORCE", "COLUMNS", "BLUELINE_LOG"] {
        command.env_remove(name);
    }
    command.env("NO_COLOR", "1").stdin(Stdio::null());
    command
}

/// Runs to the end.
pub(crate) fn run(command: &mut Command) -> Run {
    let output = command.output().unwrap();
    Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Runs to the end with these pieces on standard input, each written by a call of its own.
pub(crate) fn run_fed<'a>(command: &mut Command, pieces: impl Iterator<Item = &'a [u8]> + Send) -> Run {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for piece in pieces {
                // A program that has enough closes its end; its exit code says whether that was right.
                if pipe.write_all(piece).is_err() {
                    return;
                }
            }
        });
        let output = child.wait_with_output().unwrap();
        Run {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    })
}

/// A run that is fed by hand and whose lines are read as they come. It is killed when it is dropped.
pub(crate) struct Live {
    pub(crate) child: Child,
    pipe: Option<ChildStdin>,
    /// Read by a thread of its own, so that a run that tells much while it is fed is never in anybody's way.
    lines: Receiver<String>,
}

impl Live {
    pub(crate) fn new(command: &mut Command) -> Self {
        Self::reading_from(command, Stdio::piped())
    }

    /// A run whose standard input is this.
    pub(crate) fn reading_from(command: &mut Command, input: impl Into<Stdio>) -> Self {
        let mut child = command.stdin(input).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let pipe = child.stdin.take();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = sync_channel(1 << 16);
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, pipe, lines }
    }

    /// Writes to its standard input.
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        let pipe = self.pipe.as_mut().unwrap();
        pipe.write_all(bytes).unwrap();
        pipe.flush().unwrap();
    }

    /// Its next line; waits for it, and is nothing at the end or when none comes for a minute.
    pub(crate) fn line(&mut self) -> Option<String> {
        self.lines.recv_timeout(Duration::from_secs(60)).ok()
    }

    /// Closes its standard input and gives the exit code and the rest of its lines.
    pub(crate) fn finish(mut self) -> (Option<i32>, Vec<String>) {
        self.pipe = None;
        let rest = self.lines.iter().collect();
        (self.child.wait().unwrap().code(), rest)
    }

    /// Kills it where it stands, without a word.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The folder of captures that are not part of the repository; says so where there is none.
pub(crate) fn shared_captures() -> Option<PathBuf> {
    let folder = std::env::var_os("BLUELINE_SHARED").map(|shared| PathBuf::from(shared).join("data/captures"));
    if folder.is_none() {
        println!("skipped: BLUELINE_SHARED is not set");
    }
    folder
}

/// Whether a program is installed; says so where it is not.
pub(crate) fn installed(program: &str) -> bool {
    let found = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !found {
        println!("skipped: {program} is not installed");
    }
    found
}

/// Small numbers without a pattern, the same in every run (xorshift, Marsaglia 2003).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}
