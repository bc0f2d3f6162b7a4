//! A fuzz target that the manifest does not declare is never run; one that it declares and is not there breaks the rest.

use std::collections::BTreeSet;

use toml::{Table, Value};

use crate::tree::Tree;
use crate::{Repo, Violation};

const MANIFEST: &str = "fuzz/Cargo.toml";
const TARGETS: &str = "fuzz/fuzz_targets/";
const SCRIPT: &str = "scripts/fuzz.sh";

/// Judges the fuzz targets against their manifest and the script that runs them.
#[must_use]
pub fn judge(repo: &Repo) -> Vec<Violation> {
    judge_tree(&repo.tree)
}

fn judge_tree(tree: &Tree) -> Vec<Violation> {
    let Some(manifest) = tree.text(MANIFEST) else {
        return vec![Violation::at(MANIFEST, "is not there; it declares a [[bin]] for each fuzz target")];
    };
    let manifest = match manifest.parse::<Table>() {
        Ok(manifest) => manifest,
        Err(trouble) => return vec![Violation::at(MANIFEST, format!("not TOML: {}", trouble.message()))],
    };
    let there: BTreeSet<&str> =
        tree.texts().filter_map(|(path, _)| path.strip_prefix(TARGETS)?.strip_suffix(".rs")).collect();
    let mut declared = BTreeSet::new();
    let mut violations = Vec::new();
    for bin in manifest.get("bin").and_then(Value::as_array).into_iter().flatten() {
        let [name, path] = ["name", "path"].map(|key| bin.get(key).and_then(Value::as_str).unwrap_or_default());
        if path != format!("fuzz_targets/{name}.rs") {
            let says = format!("the target `{name}` has the path `{path}`; it is `fuzz_targets/{name}.rs`");
            violations.push(Violation::at(MANIFEST, says));
        } else if !there.contains(name) {
            violations.push(Violation::at(
                MANIFEST,
                format!("declares the target `{name}`, but {TARGETS}{name}.rs is not there"),
            ));
        }
        declared.insert(name);
    }
    violations.extend(there.difference(&declared).map(|name| {
        Violation::at(
            format!("{TARGETS}{name}.rs"),
            format!("no [[bin]] in {MANIFEST} declares it, so it is never run"),
        )
    }));
    violations.extend(judge_script(tree, &declared));
    violations
}

/// The script finds the targets by itself: one that lists them forgets the next.
fn judge_script(tree: &Tree, declared: &BTreeSet<&str>) -> Vec<Violation> {
    let Some(script) = tree.text(SCRIPT) else {
        return vec![Violation::at(SCRIPT, "is not there; it runs every fuzz target for a bounded time")];
    };
    if script.contains("fuzz/fuzz_targets") {
        return Vec::new();
    }
    let unnamed = declared.iter().filter(|name| !script.contains(**name));
    unnamed.map(|name| Violation::at(SCRIPT, format!("does not run the target `{name}`"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DERIVES: &str = "for file in fuzz/fuzz_targets/*.rs; do run \"$file\"; done\n";

    fn judged(manifest: &str, targets: &[&str], script: &str) -> Vec<String> {
        let paths: Vec<String> = targets.iter().map(|name| format!("{TARGETS}{name}.rs")).collect();
        let mut files: Vec<(&str, &str)> = paths.iter().map(|path| (path.as_str(), "")).collect();
        files.extend([(MANIFEST, manifest), (SCRIPT, script)]);
        judge_tree(&Tree::of(&files)).iter().map(ToString::to_string).collect()
    }

    fn bin(name: &str) -> String {
        format!("[[bin]]\nname = '{name}'\npath = 'fuzz_targets/{name}.rs'\n")
    }

    #[test]
    fn agreeing_targets_pass() {
        assert_eq!(judged(&(bin("frame") + &bin("pcap")), &["frame", "pcap"], DERIVES), Vec::<String>::new());
    }

    #[test]
    fn a_target_on_one_side_only_is_found() {
        assert!(
            judged(&bin("frame"), &["frame", "pcap"], DERIVES)[0].starts_with("fuzz/fuzz_targets/pcap.rs: no [[bin]]")
        );
        assert!(judged(&(bin("frame") + &bin("pcap")), &["frame"], DERIVES)[0].contains("declares the target `pcap`"));
        let astray = bin("frame").replace("fuzz_targets/frame", "fuzz_targets/other");
        assert!(judged(&astray, &["frame"], DERIVES)[0].contains("it is `fuzz_targets/frame.rs`"));
    }

    #[test]
    fn a_script_that_forgets_a_target_and_a_missing_manifest_are_found() {
        let found = judged(&(bin("frame") + &bin("pcap")), &["frame", "pcap"], "cargo fuzz run frame\n");
        assert_eq!(found, ["scripts/fuzz.sh: does not run the target `pcap`"]);
        assert_eq!(judge_tree(&Tree::of(&[])).len(), 1);
    }
}
