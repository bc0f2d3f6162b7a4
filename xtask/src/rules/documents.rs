//! The documents that a stranger looks for are there, the map names every crate, and the book has every page it lists.

use std::collections::BTreeSet;

use super::sight::ROOMS;
use crate::tree::Tree;
use crate::{Repo, Violation, markdown};

const AT_THE_ROOT: &[(&str, &str)] = &[
    ("README.md", "what this is, a picture of real output, and the two commands"),
    ("ARCHITECTURE.md", "the map of the crates"),
    ("CHANGELOG.md", "what changed, told to operators"),
    ("LICENSE", "the licence text"),
];
const MAP: &str = "ARCHITECTURE.md";
const BOOK: &str = "docs/src/";
const CONTENTS: &str = "docs/src/SUMMARY.md";

/// Judges the documents.
#[must_use]
pub fn judge(repo: &Repo) -> Vec<Violation> {
    judge_tree(&repo.tree)
}

fn judge_tree(tree: &Tree) -> Vec<Violation> {
    [judge_presence(tree), judge_map(tree), judge_book(tree)].concat()
}

fn judge_presence(tree: &Tree) -> Vec<Violation> {
    let absent = AT_THE_ROOT.iter().filter(|(path, _)| tree.text(path).is_none_or(|text| text.trim().is_empty()));
    absent.map(|(path, what)| Violation::at(*path, format!("is not there; it holds {what}"))).collect()
}

fn judge_map(tree: &Tree) -> Vec<Violation> {
    let Some(map) = tree.text(MAP) else { return Vec::new() };
    let unnamed = ROOMS.iter().filter(|room| !map.contains(&format!("`{}`", room.name)));
    unnamed.map(|room| Violation::at(MAP, format!("does not name the crate `{}`", room.name))).collect()
}

fn judge_book(tree: &Tree) -> Vec<Violation> {
    let Some(contents) = tree.text(CONTENTS) else {
        return vec![Violation::at(CONTENTS, "is not there; it lists the pages of the book")];
    };
    let listed = markdown::links(contents);
    let mut violations = Vec::new();
    for (line, page) in &listed {
        if !tree.has(&format!("{BOOK}{page}")) {
            violations.push(Violation::on(
                CONTENTS,
                *line,
                format!("lists the page `{page}`, which is not written yet"),
            ));
        }
    }
    let listed: BTreeSet<&str> = listed.iter().map(|(_, page)| page.as_str()).collect();
    let pages = tree.with_extension("md").filter_map(|(path, _)| path.strip_prefix(BOOK));
    let lost = pages.filter(|page| *page != "SUMMARY.md" && !listed.contains(page));
    violations.extend(
        lost.map(|page| Violation::at(format!("{BOOK}{page}"), "is not listed in SUMMARY.md, so no reader finds it")),
    );
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map() -> String {
        ROOMS.iter().map(|room| format!("`{}`\n", room.name)).collect()
    }

    fn judged(files: &[(&str, &str)]) -> Vec<String> {
        judge_tree(&Tree::of(files)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_complete_set_passes() {
        let map = map();
        let files = [
            ("README.md", "x"),
            ("ARCHITECTURE.md", map.as_str()),
            ("CHANGELOG.md", "x"),
            ("LICENSE", "x"),
            ("docs/src/SUMMARY.md", "- [A](a.md)\n"),
            ("docs/src/a.md", "x"),
        ];
        assert_eq!(judged(&files), Vec::<String>::new());
    }

    #[test]
    fn what_is_missing_is_named() {
        let map = map().replace("`wire`", "wire");
        let files = [
            ("README.md", " \n"),
            ("ARCHITECTURE.md", map.as_str()),
            ("CHANGELOG.md", "x"),
            ("docs/src/SUMMARY.md", "# Contents\n\n- [A](a.md)\n"),
            ("docs/src/b.md", "x"),
        ];
        let found = judged(&files);
        let starts = [
            "README.md: is not there",
            "LICENSE: is not there",
            "ARCHITECTURE.md: does not name the crate `wire`",
            "docs/src/SUMMARY.md:3: lists the page `a.md`, which is not written yet",
            "docs/src/b.md: is not listed",
        ];
        assert_eq!(found.len(), starts.len(), "{found:?}");
        for (says, start) in found.iter().zip(starts) {
            assert!(says.starts_with(start), "{says}");
        }
        assert!(judged(&[]).iter().any(|says| says.starts_with("docs/src/SUMMARY.md: is not there")));
    }
}
