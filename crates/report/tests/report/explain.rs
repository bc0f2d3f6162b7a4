//! Every reason that a detector gives has words: in the common messages or beside the detector.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use blueline_report::explain::Library;

#[expect(clippy::disallowed_methods, reason = "reads the sources of the detectors, which report may not depend on")]
fn sources(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs" || ending == "ftl") {
            found.push((path.clone(), std::fs::read_to_string(&path).unwrap()));
        }
    }
}

/// The words in `Reason::new("word")`, however it is broken over lines, outside of tests.
fn reasons(source: &str) -> Vec<&str> {
    let code = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let after = code.split("Reason::new(").skip(1);
    after.filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next()).collect()
}

/// The English messages that stand in a source: lines that begin with a word and ` = `, up to where another language
/// begins.
fn messages(source: &str) -> Vec<&str> {
    let mut english = true;
    let mut found = Vec::new();
    for line in source.lines().map(str::trim_start) {
        let begins =
            |tag: &str| line.starts_with(&format!("{tag}:")) || line.contains(&format!("const {}", tag.to_uppercase()));
        english = begins("en") || english && !["ar", "tr", "fr"].into_iter().any(begins);
        let line = line.trim_start_matches("en:").trim_start_matches([' ', '"', '\\']);
        let stable = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if let Some((word, _)) = line.split_once(" = ").filter(|_| english && !line.ends_with(';'))
            && word.chars().all(stable)
        {
            found.push(word);
        }
    }
    found
}

/// Whether a file is not one of another language alone.
fn is_english(path: &Path) -> bool {
    path.iter().all(|part| !["ar", "tr", "fr", "ar.ftl", "tr.ftl", "fr.ftl"].iter().any(|tag| part == *tag))
}

#[test]
fn every_reason_of_a_detector_has_english_words() {
    let mut found = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../detect/src"), &mut found);
    let own: Vec<&str> =
        found.iter().filter(|(path, _)| is_english(path)).flat_map(|(_, text)| messages(text)).collect();
    let common = Library::new(&[]);
    let mut given: BTreeMap<&str, &Path> = BTreeMap::new();
    for (path, text) in &found {
        given.extend(reasons(text).into_iter().map(|word| (word, path.as_path())));
    }
    assert!(given.len() >= 20, "the walk finds what detectors say: {given:?}");
    let mute: Vec<_> = given.iter().filter(|(word, _)| !own.contains(word) && !common.has("en", word)).collect();
    assert!(mute.is_empty(), "no English words for {mute:#?}");
}

#[test]
fn the_walk_finds_words_and_messages() {
    let source = "Reason::new(\"one\")\n  .push(Reason::new(\n  \"two-words\",\n))\n Reason::new(word)\n\
                  #[cfg(test)]\nmod tests {\n\
                  Reason::new(\"three\")";
    assert_eq!(reasons(source), ["one", "two-words"]);
    let text = "    en: \"\\\nsome-word = { $a }\n    .instead = b\nkind-a-b = c\nplain = d\n\
                let some_word = 1;\nx = 1;\n\",\n    ar: \"\\\n\
                other-word = e\n\" + 1";
    assert_eq!(messages(text), ["some-word", "kind-a-b", "plain"]);
}
