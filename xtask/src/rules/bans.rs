//! Pure rooms carry the ban list that makes clippy refuse a clock, a socket, a disk or a thread. Clippy reads the
//! `clippy.toml` nearest to a crate and no other, so each pure room has a copy; this rule keeps the copies alike.

use std::collections::BTreeSet;

use toml::{Table, Value};

use super::sight::ROOMS;
use crate::tree::Tree;
use crate::{Repo, Violation};

/// The list that holds for every crate without one of its own.
const FOR_ALL: &str = "clippy.toml";
const KEYS: &[&str] = &["disallowed-methods", "disallowed-types", "disallowed-macros"];

/// What a ban list must at least name to deserve the word: one or more for each promise of the pure rooms.
const AT_LEAST: &[(&str, &[&str])] = &[
    ("no clock", &["std::time::SystemTime::now", "std::time::Instant::now"]),
    ("no socket", &["std::net::TcpStream", "std::net::TcpListener", "std::net::UdpSocket", "std::net::ToSocketAddrs"]),
    (
        "no disk",
        &["std::fs::File", "std::fs::OpenOptions", "std::fs::read", "std::fs::write", "std::path::Path::exists"],
    ),
    ("no thread", &["std::thread::spawn", "std::thread::scope", "std::thread::sleep", "std::thread::Builder"]),
    ("no environment", &["std::env::var", "std::env::args", "std::process::Command", "std::process::exit"]),
    ("no terminal", &["std::io::stdin", "std::io::stdout", "std::println"]),
    ("same in, same out", &["std::collections::HashMap", "std::collections::HashSet", "std::hash::RandomState"]),
];

/// Judges the ban lists of the pure rooms, and that no code there switches them off.
#[must_use]
pub fn judge(repo: &Repo) -> Vec<Violation> {
    judge_tree(&repo.tree)
}

fn judge_tree(tree: &Tree) -> Vec<Violation> {
    let rooms: Vec<&str> = ROOMS.iter().filter(|room| room.pure).map(|room| room.name).collect();
    let mut violations = judge_reasons(tree, FOR_ALL);
    let model = list_of(rooms.first().copied().unwrap_or_default());
    match tree.text(&model) {
        Some(text) => violations.extend(judge_model(tree, &model, text)),
        None => violations.push(Violation::at(model.clone(), "is not there; it holds the ban list of the pure rooms")),
    }
    for room in rooms.into_iter().skip(1) {
        if tree.text(&list_of(room)) != tree.text(&model) {
            violations.push(Violation::at(
                list_of(room),
                format!("differs from {model}; the pure rooms share one list: copy it"),
            ));
        }
    }
    violations.extend(judge_switches(tree));
    violations
}

fn list_of(room: &str) -> String {
    format!("crates/{room}/clippy.toml")
}

fn judge_model(tree: &Tree, path: &str, text: &str) -> Vec<Violation> {
    let mut violations = judge_reasons(tree, path);
    let banned = paths_of(text);
    for (promise, names) in AT_LEAST {
        for name in names.iter().filter(|name| !banned.contains(**name)) {
            violations.push(Violation::at(path, format!("does not ban `{name}`, so it does not keep \"{promise}\"")));
        }
    }
    // Clippy does not add lists up: what everyone may not do stands in this copy again.
    for name in paths_of(tree.text(FOR_ALL).unwrap_or_default()).difference(&banned) {
        violations.push(Violation::at(path, format!("does not ban `{name}`, which {FOR_ALL} bans for all crates")));
    }
    violations
}

/// A ban carries its reason.
fn judge_reasons(tree: &Tree, path: &str) -> Vec<Violation> {
    let Some(text) = tree.text(path) else {
        return vec![Violation::at(path, "is not there; it holds the bans for all crates")];
    };
    let table = match text.parse::<Table>() {
        Ok(table) => table,
        Err(trouble) => return vec![Violation::at(path, format!("not TOML: {}", trouble.message()))],
    };
    let bare = bans(&table).filter(|ban| ban.get("reason").and_then(Value::as_str).is_none_or(str::is_empty));
    bare.map(|ban| Violation::at(path, format!("the ban on {ban} carries no `reason`"))).collect()
}

fn paths_of(text: &str) -> BTreeSet<String> {
    let Ok(table) = text.parse::<Table>() else { return BTreeSet::new() };
    bans(&table).filter_map(|ban| Some(ban.get("path")?.as_str()?.to_owned())).collect()
}

fn bans(table: &Table) -> impl Iterator<Item = &Value> {
    KEYS.iter().filter_map(|key| table.get(*key)?.as_array()).flatten()
}

/// In the source of a pure room, an `allow` of the ban may only stand on tests.
fn judge_switches(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for room in ROOMS.iter().filter(|room| room.pure) {
        let source = format!("crates/{}/src/", room.name);
        for (path, text) in tree.with_extension("rs").filter(|(path, _)| path.starts_with(&source)) {
            violations.extend(switches(text).map(|line| {
                let says = "switches the ban list off in a pure room; take the value as an argument, or do it in `watch` or `mission`";
                Violation::on(path, line, says)
            }));
        }
    }
    violations
}

fn switches(text: &str) -> impl Iterator<Item = usize> {
    let mut before = "";
    text.lines().enumerate().filter_map(move |(at, line)| {
        let switch = line.contains("clippy::disallowed_") && (line.contains("allow(") || line.contains("expect("));
        let for_tests = line.contains("cfg_attr(test,") || before.trim() == "#[cfg(test)]";
        before = line;
        (switch && !for_tests).then_some(at + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(paths: &[&str]) -> String {
        let bans = paths.iter().map(|path| format!("{{ path = \"{path}\", reason = \"because\" }},\n"));
        format!("disallowed-methods = [\n{}]\n", bans.collect::<String>())
    }

    fn complete() -> String {
        list(&AT_LEAST.iter().flat_map(|(_, names)| names.iter().copied()).collect::<Vec<_>>())
    }

    fn judged(lists: &[(&str, &str)]) -> Vec<String> {
        let complete = complete();
        let for_all = list(&["std::thread::sleep"]);
        let rooms: Vec<String> = ROOMS.iter().filter(|room| room.pure).map(|room| list_of(room.name)).collect();
        let mut files: Vec<(&str, &str)> = rooms.iter().map(|path| (path.as_str(), complete.as_str())).collect();
        files.push((FOR_ALL, &for_all));
        files.extend(lists);
        judge_tree(&Tree::of(&files)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn equal_and_complete_lists_pass() {
        assert_eq!(judged(&[]), Vec::<String>::new());
    }

    #[test]
    fn a_copy_that_drifts_and_a_ban_without_a_reason_are_found() {
        let drifted = complete().replace("because", "perhaps");
        assert_eq!(judged(&[("crates/wire/clippy.toml", &drifted)]).len(), 1);
        assert!(judged(&[(FOR_ALL, "disallowed-types = [\"std::fs::File\"]")])[0].contains("carries no `reason`"));
    }

    #[test]
    fn a_list_that_lost_its_clock_or_a_ban_of_all_is_found() {
        let no_clock = complete().replace("std::time::Instant::now", "std::time::Duration::ZERO");
        let found = judged(&[("crates/terms/clippy.toml", &no_clock)]);
        assert!(
            found[0].contains("does not ban `std::time::Instant::now`, so it does not keep \"no clock\""),
            "{found:?}"
        );
        let wider = list(&["std::sync::mpsc::channel"]);
        assert!(judged(&[(FOR_ALL, &wider)])[0].contains("which clippy.toml bans for all crates"));
    }

    #[test]
    fn the_ban_may_be_switched_off_for_tests_only() {
        let quiet = "fn a() {}\n#[allow(clippy::disallowed_methods)]\nfn b() {}\n";
        assert!(
            judged(&[("crates/wire/src/a.rs", quiet)])[0]
                .starts_with("crates/wire/src/a.rs:2: switches the ban list off")
        );
        let tests = "#![cfg_attr(test, allow(clippy::disallowed_types))]\n#[cfg(test)]\n#[allow(clippy::disallowed_methods)]\nmod t {}\n";
        assert_eq!(judged(&[("crates/wire/src/a.rs", tests)]), Vec::<String>::new());
        assert_eq!(
            judged(&[("crates/watch/src/a.rs", quiet), ("crates/wire/tests/a.rs", quiet)]),
            Vec::<String>::new()
        );
    }
}
