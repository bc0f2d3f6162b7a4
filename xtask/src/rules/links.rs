//! A link from one document to a file of the repository leads somewhere.

use crate::tree::Tree;
use crate::{Repo, Violation, markdown};

/// Listed pages are the business of [`super::documents`], which says more about them.
const JUDGED_ELSEWHERE: &str = "docs/src/SUMMARY.md";

/// Judges every Markdown page.
#[must_use]
pub fn judge(repo: &Repo) -> Vec<Violation> {
    judge_tree(&repo.tree)
}

fn judge_tree(tree: &Tree) -> Vec<Violation> {
    let pages = tree.with_extension("md").filter(|(path, _)| *path != JUDGED_ELSEWHERE);
    pages.flat_map(|(path, text)| judge_page(tree, path, text)).collect()
}

fn judge_page(tree: &Tree, page: &str, text: &str) -> Vec<Violation> {
    let broken = markdown::links(text).into_iter().filter(|(_, to)| !leads_somewhere(tree, page, to));
    broken
        .map(|(line, to)| Violation::on(page, line, format!("the link `{to}` leads to no file of the repository")))
        .collect()
}

fn leads_somewhere(tree: &Tree, page: &str, to: &str) -> bool {
    let path = to.split(['#', '?']).next().unwrap_or_default();
    path.is_empty() || has_scheme(path) || resolve(page, path).is_some_and(|target| tree.has(&target))
}

/// `https:`, `mailto:` and the like: not ours to follow.
fn has_scheme(path: &str) -> bool {
    path.split_once(':').is_some_and(|(scheme, _)| !scheme.contains('/'))
}

/// The path from the root that a link means; `None` when it leaves the repository.
fn resolve(page: &str, path: &str) -> Option<String> {
    let path = path.replace("%20", " ");
    let mut parts: Vec<&str> = match path.starts_with('/') {
        true => Vec::new(),
        false => page.rsplit_once('/').map_or(Vec::new(), |(folder, _)| folder.split('/').collect()),
    };
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_followed_from_the_page_that_holds_them() {
        let page = "[a](../../README.md#top) [b](b.md) [c](/docs/src/b.md) [d](https://example.org/x) [e](#here) [f](..)\n\
                    [one](../README.md)\n[two](../../../README.md)\n![three](b.png)\n";
        let tree = Tree::of(&[("README.md", "[docs](docs/src/)"), ("docs/src/a.md", page), ("docs/src/b.md", "")]);
        let found: Vec<_> = judge_tree(&tree).iter().map(ToString::to_string).collect();
        let expected = [(2, "../README.md"), (3, "../../../README.md"), (4, "b.png")];
        let expected = expected
            .map(|(line, to)| format!("docs/src/a.md:{line}: the link `{to}` leads to no file of the repository"));
        assert_eq!(found, expected);
    }
}
