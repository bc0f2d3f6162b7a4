//! Files settle near two hundred lines; at eight hundred, somebody has to say why.

use crate::tree::Tree;
use crate::{Repo, Violation};

/// The most lines that a Rust file may have without a reason.
pub const MOST: usize = 800;
/// How the reason begins, and how far from the top it may stand.
const REASON: &str = "// long: ";
const NEAR_THE_TOP: usize = 40;

/// Judges every Rust file.
#[must_use]
pub fn judge(repo: &Repo) -> Vec<Violation> {
    judge_tree(&repo.tree)
}

fn judge_tree(tree: &Tree) -> Vec<Violation> {
    tree.with_extension("rs").filter_map(|(path, text)| judge_file(path, text)).collect()
}

fn judge_file(path: &str, text: &str) -> Option<Violation> {
    let lines = text.lines().count();
    if lines <= MOST || has_reason(text) {
        return None;
    }
    let says = format!("{lines} lines, over {MOST}: split it, or say why not near its top in a line `{REASON}reason`");
    Some(Violation::at(path, says))
}

fn has_reason(text: &str) -> bool {
    text.lines()
        .take(NEAR_THE_TOP)
        .any(|line| line.strip_prefix(REASON).is_some_and(|reason| !reason.trim().is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_needs_a_reason_and_the_reason_some_words() {
        let lines = "x\n".repeat(800);
        let files = [
            ("fits.rs", lines.clone()),
            ("long.rs", format!("y\n{lines}")),
            ("empty-reason.rs", format!("// long: \n{lines}")),
            ("told.rs", format!("//! Doc.\n// long: one table, read as one thought\n{lines}")),
            ("told-too-late.rs", format!("{lines}// long: said where no one looks\n")),
            ("notes.md", format!("y\n{lines}")),
        ];
        let files: Vec<_> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
        let found: Vec<_> = judge_tree(&Tree::of(&files)).into_iter().map(|violation| violation.place).collect();
        assert_eq!(found, ["empty-reason.rs", "long.rs", "told-too-late.rs"]);
    }
}
