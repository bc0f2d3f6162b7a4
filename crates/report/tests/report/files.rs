//! Committed files that outputs are compared with; `BLUELINE_BLESS=1` writes them anew.

use std::path::PathBuf;

/// Compares `text` with the file at `path`, from the crate's folder.
#[expect(clippy::disallowed_methods, reason = "the one place in these tests that reads and writes committed files")]
pub(crate) fn compare(path: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("BLUELINE_BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == text, "{} differs; BLUELINE_BLESS=1 writes it anew\n{text}", path.display());
}
