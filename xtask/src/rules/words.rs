//! Nothing in the tree names somebody's machine, and nothing in the code is left half done.

use crate::tree::Tree;
use crate::{Repo, Violation};

struct Forbidden {
    /// In two halves, so that this file does not hold the word.
    word: (&'static str, &'static str),
    /// For words that mean harm in code only.
    in_rust_only: bool,
    why: &'static str,
}

impl Forbidden {
    fn word(&self) -> String {
        [self.word.0, self.word.1].concat()
    }
}

const fn everywhere(head: &'static str, tail: &'static str, why: &'static str) -> Forbidden {
    Forbidden { word: (head, tail), in_rust_only: false, why }
}

const fn in_rust(head: &'static str, tail: &'static str, why: &'static str) -> Forbidden {
    Forbidden { word: (head, tail), in_rust_only: true, why }
}

const A_MACHINE: &str = "a path of one machine; write it relative to the repository, or as $HOME or a temporary folder";
const A_REGISTRY: &str = "the address of a package registry belongs in the reader's own settings";
const UNFINISHED: &str = "finish it, or return an error that says what is missing";

const FORBIDDEN: &[Forbidden] = &[
    everywhere("/wo", "rk/", A_MACHINE),
    everywhere("/ro", "ot/", A_MACHINE),
    everywhere("sparse", "+http", A_REGISTRY),
    everywhere("index", "-url", A_REGISTRY),
    everywhere("arti", "factory", A_REGISTRY),
    in_rust("to", "do!", UNFINISHED),
    in_rust("unimple", "mented!", UNFINISHED),
    in_rust("db", "g!", "take it out; what a reader needs to see goes through `tracing`"),
    in_rust("Under ", "construction", "say what the crate does, what it never does, and where to begin"),
];

/// Judges every text file.
#[must_use]
pub fn judge(repo: &Repo) -> Vec<Violation> {
    judge_tree(&repo.tree)
}

fn judge_tree(tree: &Tree) -> Vec<Violation> {
    tree.texts().flat_map(|(path, text)| judge_file(path, text)).collect()
}

fn judge_file(path: &str, text: &str) -> Vec<Violation> {
    let rust = path.ends_with(".rs");
    let mut violations = Vec::new();
    for forbidden in FORBIDDEN.iter().filter(|forbidden| rust || !forbidden.in_rust_only) {
        let word = forbidden.word();
        if !text.contains(&word) {
            continue;
        }
        let lines = text.lines().enumerate().filter(|(_, line)| holds(line, &word));
        violations.extend(lines.map(|(at, _)| Violation::on(path, at + 1, format!("`{word}`: {}", forbidden.why))));
    }
    violations
}

/// Whether a line holds the word, not as the end of a longer one.
fn holds(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|head| head.chars().next_back());
        !before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_' || letter == '.')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_forbidden_word_is_found_with_its_line() {
        for forbidden in FORBIDDEN {
            let text = format!("fine\nhere {}()\n", forbidden.word());
            let found = judge_tree(&Tree::of(&[("crates/a/src/lib.rs", &text)]));
            assert_eq!(found.len(), 1, "{}", forbidden.word());
            assert_eq!(found[0].place, "crates/a/src/lib.rs:2");
        }
    }

    #[test]
    fn longer_words_urls_and_prose_are_left_alone() {
        let macro_name = ["to", "do!"].concat();
        let rust = format!("not_{macro_name}();\n");
        let prose = format!("Never leave `{macro_name}` behind. See example.org/network/ and crates.io.\n");
        assert_eq!(judge_tree(&Tree::of(&[("a.rs", &rust), ("contributing.md", &prose)])), []);
    }
}
