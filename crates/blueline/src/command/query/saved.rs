//! Questions of one's own, kept in the mission folder: a file of SQL each, in `questions/`.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use blueline_mission::lake::query::questions::Question;

/// The largest file that is read as a question.
const LARGEST: u64 = 1 << 20;

fn folder(mission: &Path) -> PathBuf {
    mission.join("questions")
}

fn file(mission: &Path, name: &str) -> Result<PathBuf> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    if name.is_empty() || name.len() > 64 || !name.chars().all(plain) {
        bail!("{name:?} is no name for a question; use 1 to 64 of a-z, 0-9, '-' and '_'");
    }
    Ok(folder(mission).join(format!("{name}.sql")))
}

/// Keeps a question; one of the same name is replaced.
pub(super) fn save(mission: &Path, name: &str, sql: &str) -> Result<()> {
    let file = file(mission, name)?;
    if Question::named(name).is_some()
        || matches!(name, "questions" | "columns" | "functions" | "show" | "save" | "remove")
    {
        bail!("{name:?} is taken; choose another name");
    }
    if !sql.contains(char::is_whitespace) {
        bail!("{sql:?} is no SQL; give the whole question as one word: 'SELECT ... FROM flows'");
    }
    let folder = folder(mission);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut whole = tempfile::NamedTempFile::new_in(&folder)?;
    writeln!(whole, "{}", sql.trim_end())?;
    whole.as_file().sync_all()?;
    #[cfg(unix)]
    fs::set_permissions(whole.path(), std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
    whole.persist(&file).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(())
}

/// Forgets a question.
pub(super) fn remove(mission: &Path, name: &str) -> Result<()> {
    let file = file(mission, name)?;
    fs::remove_file(&file).with_context(|| format!("cannot remove {}", file.display()))
}

/// The SQL of a saved question; `None` where there is none of that name.
pub(super) fn read(mission: &Path, name: &str) -> Result<Option<String>> {
    let Ok(file) = file(mission, name) else { return Ok(None) };
    match fs::metadata(&file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Ok(found) if found.len() > LARGEST => bail!("{} is too large for a question", file.display()),
        _ => {}
    }
    fs::read_to_string(&file).map(Some).with_context(|| format!("cannot read {}", file.display()))
}

/// Every saved question by name.
pub(super) fn all(mission: &Path) -> Result<Vec<(String, String)>> {
    let entries = match fs::read_dir(folder(mission)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", folder(mission).display())),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let name =
            path.file_stem().and_then(|stem| stem.to_str()).filter(|_| path.extension().is_some_and(|e| e == "sql"));
        if let Some(name) = name
            && let Some(sql) = read(mission, name)?
        {
            found.push((name.to_owned(), sql));
        }
    }
    found.sort();
    Ok(found)
}
