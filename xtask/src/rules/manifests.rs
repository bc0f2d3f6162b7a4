//! Every crate takes version, edition, licence and lints from the workspace, and opens by saying what it is.

use toml::{Table, Value};

use crate::tree::Tree;
use crate::{Repo, Violation};

const INHERITED: &[&str] = &["version", "edition", "rust-version", "license", "publish"];
const DEPENDENCY_TABLES: &[&str] = &["dependencies", "dev-dependencies", "build-dependencies"];

/// Judges every member's manifest and first lines.
#[must_use]
pub fn judge(repo: &Repo) -> Vec<Violation> {
    judge_tree(&repo.tree)
}

fn judge_tree(tree: &Tree) -> Vec<Violation> {
    tree.members().flat_map(|folder| [judge_manifest(tree, folder), judge_opening(tree, folder)].concat()).collect()
}

fn judge_manifest(tree: &Tree, folder: &str) -> Vec<Violation> {
    let path = format!("{folder}/Cargo.toml");
    let manifest = match tree.text(&path).unwrap_or_default().parse::<Table>() {
        Ok(manifest) => manifest,
        Err(trouble) => return vec![Violation::at(path, format!("not TOML: {}", trouble.message()))],
    };
    let package = manifest.get("package").and_then(Value::as_table);
    let mut missing: Vec<String> = INHERITED
        .iter()
        .filter(|key| !package.and_then(|package| package.get(**key)).is_some_and(from_workspace))
        .map(|key| format!("`{key}.workspace = true` is missing under [package]: the workspace states it once"))
        .collect();
    if !manifest.get("lints").is_some_and(from_workspace) {
        missing.push("`workspace = true` is missing under [lints]: the lints stand in the root Cargo.toml".to_owned());
    }
    if package.and_then(|package| package.get("description")?.as_str()).is_none_or(str::is_empty) {
        missing.push("`description` is missing under [package]: one line that says what the crate is for".to_owned());
    }
    missing.extend(unpinned(&manifest));
    missing.into_iter().map(|says| Violation::at(path.clone(), says)).collect()
}

fn unpinned(manifest: &Table) -> impl Iterator<Item = String> {
    let tables = DEPENDENCY_TABLES.iter().filter_map(|table| manifest.get(*table)?.as_table());
    tables.flatten().filter(|(_, value)| !from_workspace(value)).map(|(name, _)| {
        format!(
            "`{name}` states its own version: pin it under [workspace.dependencies] and write `{name}.workspace = true`"
        )
    })
}

fn judge_opening(tree: &Tree, folder: &str) -> Vec<Violation> {
    let roots = ["lib.rs", "main.rs"].map(|file| format!("{folder}/src/{file}"));
    let found: Vec<(String, &str)> =
        roots.into_iter().filter_map(|path| Some((path.clone(), tree.text(&path)?))).collect();
    if found.is_empty() {
        return vec![Violation::at(folder, "neither src/lib.rs nor src/main.rs is there")];
    }
    let silent = found.into_iter().filter(|(_, text)| !text.starts_with("//! "));
    silent
        .map(|(path, _)| Violation::on(&path, 1, "opens without a `//!` comment that says what the crate is"))
        .collect()
}

fn from_workspace(value: &Value) -> bool {
    value.get("workspace").and_then(Value::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "\
[package]
name = 'a'
description = 'A room'
version.workspace = true
edition.workspace = true
rust-version.workspace = true
license.workspace = true
publish.workspace = true
[lints]
workspace = true
[dependencies]
jiff.workspace = true
jsonschema = { workspace = true, optional = true }
";

    fn judged(manifest: &str, lib: &str) -> Vec<String> {
        let tree = Tree::of(&[("crates/a/Cargo.toml", manifest), ("crates/a/src/lib.rs", lib)]);
        judge_tree(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_good_crate_passes() {
        assert_eq!(judged(GOOD, "//! A room.\n"), Vec::<String>::new());
    }

    #[test]
    fn each_missing_line_is_named() {
        for line in GOOD.lines().filter(|line| line.ends_with(".workspace = true") && !line.starts_with("jiff")) {
            let found = judged(&GOOD.replace(&format!("\n{line}\n"), "\n"), "//! A room.\n");
            assert_eq!(found.len(), 1, "{line}");
            assert!(found[0].contains(line), "{found:?}");
        }
        assert!(judged(&GOOD.replace("[lints]\nworkspace = true\n", ""), "//! A.\n")[0].contains("[lints]"));
        assert!(judged(&GOOD.replace("'A room'", "''"), "//! A.\n")[0].contains("description"));
    }

    #[test]
    fn a_version_of_its_own_and_a_silent_opening_are_found() {
        let found = judged(&GOOD.replace("jiff.workspace = true", "jiff = '0.2'"), "use jiff;\n");
        assert!(found[0].contains("`jiff` states its own version"), "{found:?}");
        assert!(found[1].starts_with("crates/a/src/lib.rs:1: opens without"), "{found:?}");
        assert_eq!(judged("a = = b", "//! A.\n").len(), 1);
    }
}
