//! The ban list of the pure rooms is read by clippy from where it lies, and refuses what it says it refuses.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// One use of each kind of thing that a pure room may not do; lines and the path that clippy must name.
const USES: &[(&str, &str)] = &[
    ("pub fn clock() -> std::time::Instant { std::time::Instant::now() }", "std::time::Instant::now"),
    ("pub fn wall() -> std::time::SystemTime { std::time::SystemTime::now() }", "std::time::SystemTime::now"),
    ("pub fn socket(_: std::net::TcpStream) {}", "std::net::TcpStream"),
    ("pub fn names(_: impl std::net::ToSocketAddrs) {}", "std::net::ToSocketAddrs"),
    ("pub fn disk() -> std::io::Result<Vec<u8>> { std::fs::read(\"a\") }", "std::fs::read"),
    ("pub fn file(_: std::fs::File) {}", "std::fs::File"),
    ("pub fn there(path: &std::path::Path) -> bool { path.exists() }", "std::path::Path::exists"),
    ("pub fn thread() { std::thread::spawn(|| ()); }", "std::thread::spawn"),
    ("pub fn setting() -> Option<String> { std::env::var(\"A\").ok() }", "std::env::var"),
    ("pub fn end() { std::process::exit(1) }", "std::process::exit"),
    ("pub fn other() { let _ = std::process::Command::new(\"a\"); }", "std::process::Command"),
    ("pub fn input() -> std::io::Stdin { std::io::stdin() }", "std::io::stdin"),
    ("pub fn say() { println!(\"a\") }", "std::println"),
    ("pub type Table = std::collections::HashMap<u8, u8>;", "std::collections::HashMap"),
    ("pub fn set() -> usize { std::collections::HashSet::<u8>::new().len() }", "std::collections::HashSet"),
    ("pub fn chance(_: std::hash::RandomState) {}", "std::hash::RandomState"),
];

/// What a pure room does all day and clippy must leave alone.
const FINE: &str = "\
pub fn fine(out: &mut dyn std::io::Write) -> std::io::Result<usize> {
    let table = std::collections::BTreeMap::from([(std::net::Ipv4Addr::LOCALHOST, std::time::Duration::ZERO)]);
    writeln!(out, \"{}\", table.len()).map(|()| table.len())
}
";

#[test]
fn a_pure_room_that_breaks_its_promise_is_refused() {
    let Some(said) = clippy_on(USES.iter().map(|(line, _)| format!("{line}\n")).collect::<String>().as_str()) else {
        return;
    };
    for (line, path) in USES {
        assert!(said.contains(&format!("`{path}`")), "clippy lets `{line}` pass; it said:\n{said}");
    }
    assert!(!said.contains("does not refer to"), "a ban names something that is not there:\n{said}");
}

#[test]
fn ordinary_code_of_a_pure_room_passes() {
    let Some(said) = clippy_on(FINE) else { return };
    assert!(!said.contains("disallowed"), "{said}");
}

/// What clippy says of a crate that lies as a pure room does: its own list beside it, the list for all above it.
/// `None` when clippy is not installed.
fn clippy_on(source: &str) -> Option<String> {
    let cargo = |words: &[&str], folder: &Path| {
        let mut cargo = Command::new("cargo");
        cargo.current_dir(folder).args(words).env("CARGO_TARGET_DIR", folder.join("target")).stdin(Stdio::null());
        cargo.env_remove("CLIPPY_CONF_DIR").output().expect("cargo runs, for it runs this test")
    };
    let workspace = tempfile::tempdir().expect("a temporary folder can be made");
    let room = workspace.path().join("crates/room");
    if !cargo(&["clippy", "--version"], workspace.path()).status.success() {
        println!("skipped: clippy is not installed; `rustup component add clippy` installs it");
        return None;
    }
    let write = |path: &Path, text: &str| fs::write(path, text).expect("a temporary file can be written");
    let list = |path: &str| fs::read_to_string(xtask::root().join(path)).expect("the ban list is there");
    fs::create_dir_all(room.join("src")).expect("a temporary folder can be made");
    write(&workspace.path().join("Cargo.toml"), "[workspace]\nresolver = \"3\"\nmembers = [\"crates/*\"]\n");
    write(&workspace.path().join("clippy.toml"), &list("clippy.toml"));
    write(&room.join("Cargo.toml"), "[package]\nname = \"room\"\nedition = \"2024\"\n");
    write(&room.join("clippy.toml"), &list("crates/terms/clippy.toml"));
    write(&room.join("src/lib.rs"), source);
    let output = cargo(&["clippy", "--offline", "--color", "never"], workspace.path());
    Some(String::from_utf8_lossy(&output.stderr).into_owned())
}
