//! What comes while it comes: periods are told while the pipe is still open, also from a live interface.

use std::fs::OpenOptions;
use std::io::Write;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::custody::record_ends;
use crate::field::Field;
use crate::program::{Live, installed, run};

/// Where the last record of a nanosecond capture that was made before this second of the minute ends.
fn before_second(bytes: &[u8], second: u32) -> usize {
    let starts = std::iter::once(24).chain(record_ends(bytes));
    let moment = |at: usize| bytes.get(at..at + 4).map(|seconds| u32::from_le_bytes(seconds.try_into().unwrap()) % 60);
    starts.take_while(|&at| moment(at).is_some_and(|now| now < second)).last().unwrap()
}

/// When the period of a line starts; nothing for a line of another type.
pub(crate) fn start_of(line: &str) -> String {
    let line: Value = serde_json::from_str(line).unwrap();
    line["period"]["start"].as_str().unwrap_or_default().to_owned()
}

/// Reads lines until one of the period that starts at this second comes; the pipe stays open meanwhile.
#[track_caller]
fn wait_for_period(live: &mut Live, second: u32) -> Vec<String> {
    let mut lines = Vec::new();
    while let Some(line) = live.line() {
        lines.push(line);
        if start_of(&lines[lines.len() - 1]) == format!("2026-03-01T00:00:{second:02}Z") {
            return lines;
        }
    }
    panic!("the period of second {second} was not told: {lines:?}");
}

#[test]
fn periods_are_told_while_the_pipe_is_open() {
    let field = Field::new();
    let bytes = &field.captures[0];
    let whole = run(field.watch().arg("--no-custody").arg(field.bound(0, &field.file(0)))).ends(0).stdout;
    for threads in ["1", "2"] {
        let mut live = Live::new(field.watch().args(["--no-custody", "--threads", threads, "crossing=-"]));
        let (mut fed, mut told) = (0, Vec::new());
        // Periods are ten seconds long and wait two more for stragglers. Each is told before the next one's packets come.
        for (until, period) in [(13, 0), (23, 10), (34, 20)] {
            let reached = before_second(bytes, until);
            live.feed(&bytes[fed..reached]);
            fed = reached;
            told.extend(wait_for_period(&mut live, period));
        }
        live.feed(&bytes[fed..]);
        let (code, rest) = live.finish();
        assert_eq!(code, Some(0));
        told.extend(rest);
        assert_eq!(told, whole.lines().collect::<Vec<_>>(), "on {threads} threads");
    }
}

#[test]
fn people_see_periods_too() {
    let field = Field::new();
    let bytes = &field.captures[0];
    let mut live = Live::new(field.watch_in("text").args(["--no-custody", "crossing=-"]));
    live.feed(&bytes[..before_second(bytes, 13)]);
    // The title of the period and its first line.
    let first: Vec<String> = std::iter::from_fn(|| live.line()).take(2).collect();
    assert_eq!(first.len(), 2, "{first:?}");
    live.feed(&bytes[before_second(bytes, 13)..]);
    assert_eq!(live.finish().0, Some(0));
}

#[test]
fn a_fifo_is_a_pipe_with_a_name() {
    if !installed("mkfifo") {
        return;
    }
    let field = Field::new();
    let bytes = &field.captures[0];
    let fifo = field.path().join("tap");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let mut live = Live::new(field.watch().arg("--no-custody").arg(field.bound(0, &fifo)));
    // Opening waits until the program opens the other end.
    let mut tap = OpenOptions::new().write(true).open(&fifo).unwrap();
    let reached = before_second(bytes, 23);
    tap.write_all(&bytes[..reached]).unwrap();
    wait_for_period(&mut live, 10);
    tap.write_all(&bytes[reached..]).unwrap();
    drop(tap);
    let (code, rest) = live.finish();
    assert_eq!(code, Some(0));
    let summary: Value = serde_json::from_str(rest.last().unwrap()).unwrap();
    assert_eq!(summary["packets"], field.truth.sensors[0].packets);
}

/// A network of its own for a test; it goes when this goes.
struct Network(String);

impl Network {
    /// `None` where it cannot be made here.
    fn new() -> Option<Self> {
        let name = format!("blueline-test-{}", std::process::id());
        let made = Command::new("ip").args(["netns", "add", &name]).stderr(Stdio::null()).status();
        if !made.is_ok_and(|status| status.success()) {
            println!("skipped: no network namespace can be made here");
            return None;
        }
        let network = Self(name);
        let steps: [&[&str]; 5] = [
            &["ip", "link", "add", "near", "type", "veth", "peer", "name", "far"],
            &["ip", "link", "set", "far", "up"],
            &["ip", "link", "set", "near", "up"],
            &["ip", "address", "add", "198.18.0.1/15", "dev", "near"],
            &["ip", "neigh", "add", "198.19.0.2", "lladdr", "02:00:00:00:00:02", "dev", "near", "nud", "permanent"],
        ];
        let set_up = steps.iter().all(|step| network.command(step).stderr(Stdio::null()).status().unwrap().success());
        if !set_up {
            println!("skipped: no link can be made in a network namespace here");
        }
        set_up.then_some(network)
    }

    /// A command that runs in it.
    fn command(&self, line: &[&str]) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.0]).args(line);
        command
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // Also on the way out of a failed test; what is left would be in nobody's way.
        let _ = Command::new("ip").args(["netns", "delete", &self.0]).status();
    }
}

/// A process that ends when this goes.
struct Ending(Child);

impl Drop for Ending {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_live_interface_is_told_by_the_second() {
    if !["ip", "tcpdump", "bash"].iter().all(|program| installed(program)) {
        return;
    }
    let Some(network) = Network::new() else { return };
    let field = Field::new();
    let mut tcpdump = network.command(&["tcpdump", "-U", "-n", "-i", "far", "-w", "-", "udp"]);
    let mut tcpdump = Ending(tcpdump.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    let packets = tcpdump.0.stdout.take().unwrap();
    let mut watch = field.watch();
    let mut live = Live::reading_from(watch.args(["--no-custody", "--period", "1s", "crossing=-"]), packets);
    // A bounded number of packets for a bounded time: the clock of the kernel stamps them.
    let send = "for ((i = 0; i < 900000 && SECONDS < 15; i++)); do echo $i > /dev/udp/198.19.0.2/9; done";
    let mut sender = Ending(network.command(&["bash", "-c", send]).stderr(Stdio::null()).spawn().unwrap());
    let mut starts = Vec::new();
    while starts.len() < 2 {
        let line = live.line().expect("a period is told");
        let start = start_of(&line);
        if !start.is_empty() && !starts.contains(&start) {
            starts.push(start);
        }
        assert!(sender.0.try_wait().unwrap().is_none(), "packets still come when a period is told");
    }
    drop(sender);
    drop(tcpdump);
    let (code, rest) = live.finish();
    assert_eq!(code, Some(0));
    let summary: Value = serde_json::from_str(rest.last().unwrap()).unwrap();
    assert!(summary["packets"].as_u64().unwrap() > 10, "{summary}");
}
