//! The files of the repository, read once, so that rules are functions of a value and tests can make one up.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

/// Every file that is, or could be, tracked: what `.gitignore` names is left out.
#[derive(Debug, Default)]
pub struct Tree {
    files: BTreeMap<String, File>,
}

#[derive(Debug)]
struct File {
    /// `None` for a file that is not UTF-8.
    text: Option<String>,
    executable: bool,
}

impl Tree {
    /// Reads the tree under `root`. Needs no git, so it works in an unpacked archive as well.
    ///
    /// # Errors
    /// When a folder or file cannot be read.
    pub fn read(root: &Path) -> io::Result<Self> {
        let walk = ignore::WalkBuilder::new(root)
            .hidden(false)
            .parents(false)
            .git_global(false)
            .git_exclude(false)
            .require_git(false)
            .filter_entry(|entry| entry.file_name() != ".git")
            .build();
        let mut files = BTreeMap::new();
        for entry in walk {
            let entry = entry.map_err(io::Error::other)?;
            let Ok(inside) = entry.path().strip_prefix(root) else { continue };
            if entry.file_type().is_some_and(|kind| kind.is_file()) {
                files.insert(slashed(inside), File::read(entry.path())?);
            }
        }
        Ok(Self { files })
    }

    /// A tree made up for a test: paths and texts. Paths under `scripts/` are executable.
    #[must_use]
    pub fn of(files: &[(&str, &str)]) -> Self {
        let file =
            |path: &str, text: &str| File { text: Some(text.to_owned()), executable: path.starts_with("scripts/") };
        Self { files: files.iter().map(|(path, text)| ((*path).to_owned(), file(path, text))).collect() }
    }

    /// The text of a file; `None` when it is not there or not text.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path)?.text.as_deref()
    }

    /// Whether a file or a folder is there. The root is the empty path.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let folder = format!("{path}/");
        path.is_empty()
            || self.files.contains_key(path)
            || self.files.range(folder.clone()..).next().is_some_and(|(next, _)| next.starts_with(&folder))
    }

    /// Whether a file is there and may be run.
    #[must_use]
    pub fn can_run(&self, path: &str) -> bool {
        self.files.get(path).is_some_and(|file| file.executable)
    }

    /// Every text file, ordered by path.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().filter_map(|(path, file)| Some((path.as_str(), file.text.as_deref()?)))
    }

    /// Every text file whose path ends in `.ext`.
    pub fn with_extension(&self, ext: &str) -> impl Iterator<Item = (&str, &str)> {
        self.texts().filter(move |(path, _)| path.rsplit_once('.').is_some_and(|(_, end)| end == ext))
    }

    /// The folders of the workspace's members: `crates/NAME` and `xtask`, as the root manifest lists them.
    pub fn members(&self) -> impl Iterator<Item = &str> {
        self.files.keys().filter_map(|path| path.strip_suffix("/Cargo.toml")).filter(|folder| {
            *folder == "xtask" || folder.strip_prefix("crates/").is_some_and(|name| !name.contains('/'))
        })
    }
}

impl File {
    fn read(path: &Path) -> io::Result<Self> {
        Ok(Self { text: String::from_utf8(fs::read(path)?).ok(), executable: executable(path)? })
    }
}

#[cfg(unix)]
fn executable(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::metadata(path)?.permissions().mode() & 0o111 != 0)
}

/// Elsewhere the disk does not know, so every file passes.
#[cfg(not(unix))]
fn executable(_: &Path) -> io::Result<bool> {
    Ok(true)
}

fn slashed(path: &Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_hidden_files_and_leaves_out_ignored_ones() {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in [(".gitignore", "/target\n"), (".ci/run", "x"), ("target/a.rs", "x"), (".git/config", "x")]
        {
            fs::create_dir_all(dir.path().join(path).parent().unwrap()).unwrap();
            fs::write(dir.path().join(path), text).unwrap();
        }
        fs::write(dir.path().join("picture.bin"), [0xff, 0xfe]).unwrap();
        let tree = Tree::read(dir.path()).unwrap();
        assert_eq!(tree.texts().map(|(path, _)| path).collect::<Vec<_>>(), [".ci/run", ".gitignore"]);
        assert!(tree.has("picture.bin") && tree.has(".ci") && tree.has(".ci/"));
        assert!(!tree.has("target") && !tree.can_run(".ci/run"));
    }

    #[test]
    fn a_folder_is_not_taken_for_a_file_with_a_like_name() {
        let tree = Tree::of(&[("docs-old/a.md", ""), ("docs.md", "")]);
        assert!(!tree.has("docs"));
        assert!(tree.has("docs-old"));
    }
}
