//! A command that a document shows can be typed: its files are there, and the program knows its subcommands and options.
//!
//! The README is judged whole. The book's pages are judged for `blueline` and `cargo` only: their paths are the reader's.
//! Paths that a command writes (after `--report`, `-o` and the like), absolute ones and placeholders are left alone.

use std::collections::{BTreeMap, BTreeSet};

use super::sight::{ROOMS, room};
use crate::program::Program;
use crate::tree::Tree;
use crate::{RULES, Repo, Violation, markdown};

/// What the program prints for a subcommand's `--help`; the empty path asks the program itself.
type Ask<'a> = dyn Fn(&[&str]) -> Result<String, String> + 'a;

/// Options whose value is a file that the command makes.
const WRITES: &[&str] = &["-o", "-w", "--out", "--output", "--report"];
/// Words that only introduce the program to run.
const BEFORE_A_PROGRAM: &[&str] = &["sudo", "time", "env", "exec", "nice"];

/// Judges every shell block of the documents.
#[must_use]
pub fn judge(repo: &Repo) -> Vec<Violation> {
    let program = Program::find(&repo.root);
    judge_tree(&repo.tree, &|path| program.help(path))
}

fn judge_tree(tree: &Tree, ask: &Ask<'_>) -> Vec<Violation> {
    let mut judge = Judge { tree, ask, helps: BTreeMap::new() };
    let pages = tree.with_extension("md").filter(|(path, _)| *path == "README.md" || path.starts_with("docs/src/"));
    let mut violations = Vec::new();
    for (page, text) in pages {
        for (line, command) in commands_of(text) {
            let wrong = match command {
                Ok(words) => judge.command(&words, page == "README.md"),
                Err(trouble) => vec![trouble],
            };
            violations.extend(wrong.into_iter().map(|says| Violation::on(page, line, says)));
        }
    }
    violations
}

/// The simple commands of a page's shell blocks, with their lines; pipes and lists are taken apart.
fn commands_of(page: &str) -> Vec<(usize, Result<Vec<String>, String>)> {
    let mut commands = Vec::new();
    for block in markdown::shell_blocks(page) {
        for (line, text) in logical_lines(&block.text) {
            let Some(words) = shlex::split(&text) else {
                commands.push((block.line + line, Err(format!("its quotes do not close: {text}"))));
                continue;
            };
            let simple = words.split(|word| matches!(word.as_str(), "|" | "||" | "&&" | ";" | "&"));
            let simple = simple.filter(|words| !words.is_empty());
            commands.extend(simple.map(|words| (block.line + line, Ok(words.to_vec()))));
        }
    }
    commands
}

/// Lines joined where they end in a backslash, with the place of their first; a prompt is taken off.
fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    let mut goes_on = false;
    for (at, line) in text.lines().enumerate() {
        let body = line.strip_suffix('\\').unwrap_or(line);
        match lines.last_mut() {
            Some((_, before)) if goes_on => before.push_str(body),
            _ => lines.push((at, body.strip_prefix("$ ").unwrap_or(body).to_owned())),
        }
        goes_on = line.ends_with('\\');
    }
    lines.retain(|(_, line)| !line.trim().is_empty());
    lines
}

struct Judge<'a> {
    tree: &'a Tree,
    ask: &'a Ask<'a>,
    helps: BTreeMap<Vec<String>, Result<Help, String>>,
}

impl Judge<'_> {
    fn command(&mut self, words: &[String], paths_too: bool) -> Vec<String> {
        let words: Vec<&str> = words.iter().map(|word| word.trim_end_matches(';')).collect();
        let words: Vec<&str> =
            words.into_iter().skip_while(|word| BEFORE_A_PROGRAM.contains(word) || is_assignment(word)).collect();
        let Some((program, arguments)) = words.split_first() else { return Vec::new() };
        let mut wrong = if paths_too { self.paths(program, arguments) } else { Vec::new() };
        match program.rsplit('/').next() {
            Some("blueline") => wrong.extend(self.blueline(arguments)),
            Some("cargo") => wrong.extend(self.cargo(arguments)),
            _ => {}
        }
        wrong
    }

    fn paths(&self, program: &str, arguments: &[&str]) -> Vec<String> {
        let mut wrong = Vec::new();
        if is_ours(program) {
            let path = plain(program);
            if !self.tree.has(path) {
                wrong.push(format!("runs `{program}`, which is not in the repository"));
            } else if !self.tree.can_run(path) {
                wrong.push(format!("runs `{program}`, which is not executable; `chmod +x {path}`"));
            }
        }
        let mut before = "";
        for word in arguments {
            let written = WRITES.contains(&before) || matches!(before, ">" | ">>" | "2>");
            let value = match word.split_once('=') {
                Some((option, _)) if WRITES.contains(&option) => "",
                Some((_, value)) => value,
                None => word,
            };
            let lost = value.split(',').filter(|path| !written && is_ours(path) && !self.tree.has(plain(path)));
            wrong.extend(lost.map(|path| format!("names `{path}`, which is not in the repository")));
            before = word;
        }
        wrong
    }

    fn cargo(&mut self, arguments: &[&str]) -> Vec<String> {
        let cut = arguments.iter().position(|word| *word == "--");
        let (own, rest) = cut.map_or((arguments, &[][..]), |cut| (&arguments[..cut], &arguments[cut + 1..]));
        let mut wrong: Vec<String> = named_packages(own)
            .filter(|name| room(name.strip_prefix("blueline-").unwrap_or(name)).is_none())
            .map(|name| format!("names the package `{name}`; the workspace has {}", packages()))
            .collect();
        match own.iter().find(|word| !word.starts_with(['-', '+'])) {
            Some(&"run") => match named_packages(own).next() {
                Some("blueline") => wrong.extend(self.blueline(rest)),
                Some(_) => {}
                None => wrong.push("`cargo run` does not know which program; write `cargo run -p blueline`".to_owned()),
            },
            Some(&"xtask") => wrong.extend(xtask_words(own)),
            _ => {}
        }
        wrong
    }

    fn blueline(&mut self, arguments: &[&str]) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut path: Vec<&str> = Vec::new();
        let mut words = arguments.iter().copied().peekable();
        while let Some(word) = words.next() {
            if word == "--" {
                break;
            }
            let help = match self.help(&path) {
                Ok(help) => help,
                Err(trouble) => return vec![trouble],
            };
            if word.starts_with('-') && word != "-" {
                match help.options.get(option_name(word)) {
                    Some(takes_value) if *takes_value && !word.contains('=') => drop(words.next()),
                    Some(_) => {}
                    // Whether the next word is its value cannot be known, so the rest is not judged.
                    None => {
                        wrong.push(format!("`{}` has no option `{}`", spelled(&path), option_name(word)));
                        break;
                    }
                }
            } else if help.subcommands.contains(word) {
                path.push(word);
            } else if !help.subcommands.is_empty() {
                wrong.push(format!("`{}` has no subcommand `{word}`", spelled(&path)));
                break;
            }
        }
        wrong
    }

    fn help(&mut self, path: &[&str]) -> Result<&Help, String> {
        let key = path.iter().map(|word| (*word).to_owned()).collect();
        let ask = self.ask;
        let asked = self.helps.entry(key).or_insert_with(|| {
            let text = ask(path).map_err(|trouble| format!("`{} --help` fails: {trouble}", spelled(path)))?;
            Ok(Help::read(&text))
        });
        asked.as_ref().map_err(Clone::clone)
    }
}

/// What a help text offers.
#[derive(Debug, Default, PartialEq, Eq)]
struct Help {
    subcommands: BTreeSet<String>,
    /// Each option, short and long, and whether it takes a value.
    options: BTreeMap<String, bool>,
}

impl Help {
    /// Reads clap's layout: subcommands two spaces in under `Commands:`, options on lines that begin with a dash.
    fn read(text: &str) -> Self {
        let mut help = Self::default();
        help.options.extend([("-h", false), ("--help", false)].map(|(name, value)| (name.to_owned(), value)));
        let mut among_commands = false;
        for line in text.lines() {
            if !line.starts_with(' ') && !line.is_empty() {
                among_commands = line.trim_end() == "Commands:";
            } else if line.trim_start().starts_with('-') {
                help.options.extend(options_of(line));
            } else if let Some(name) = line.strip_prefix("  ").filter(|_| among_commands) {
                help.subcommands.extend(name.split(' ').next().filter(|name| !name.is_empty()).map(str::to_owned));
            }
        }
        help
    }
}

fn options_of(line: &str) -> Vec<(String, bool)> {
    let named = line.trim_start().split("  ").next().unwrap_or_default();
    let takes_value = named.contains('<') && !named.contains("[<");
    named
        .split(", ")
        .map(|option| option.split([' ', '=', '[', '.']).next().unwrap_or_default())
        .filter(|option| option.starts_with('-') && option.len() > 1)
        .map(|option| (option.to_owned(), takes_value))
        .collect()
}

/// `--format=json` is `--format`; `-vv` is `-v`.
fn option_name(word: &str) -> &str {
    let name = word.split('=').next().unwrap_or(word);
    if name.starts_with("--") { name } else { name.get(..2).unwrap_or(name) }
}

fn spelled(path: &[&str]) -> String {
    ["blueline"].iter().chain(path).copied().collect::<Vec<_>>().join(" ")
}

fn packages() -> String {
    ROOMS.iter().map(|room| room.name).collect::<Vec<_>>().join(", ")
}

fn named_packages<'a>(own: &'a [&'a str]) -> impl Iterator<Item = &'a str> {
    own.windows(2).filter(|pair| matches!(pair[0], "-p" | "--package" | "--bin")).map(|pair| pair[1])
}

fn xtask_words(own: &[&str]) -> Vec<String> {
    let words: Vec<&str> = own.iter().copied().skip_while(|word| *word != "xtask").skip(1).collect();
    match words.as_slice() {
        ["check", rules @ ..] => {
            let unknown = rules.iter().filter(|name| RULES.iter().all(|rule| rule.name != **name));
            unknown.map(|name| format!("`cargo xtask` has no rule `{name}`")).collect()
        }
        ["fmt"] | ["fmt", "--write"] | ["rules"] | ["help"] => Vec::new(),
        other => vec![format!("`cargo xtask {}` does not exist", other.join(" "))],
    }
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty()
            && name.chars().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_')
    })
}

/// Whether a word can only mean a file of the repository.
fn is_ours(word: &str) -> bool {
    let elsewhere = word.starts_with(['/', '~', '-']) || word.starts_with("../") || plain(word).starts_with("target/");
    let placeholder =
        word.contains(['<', '>', '*', '{', '$', '@', ' ']) || word.contains("://") || word.split('/').any(is_capitals);
    word.contains('/') && !elsewhere && !placeholder && !is_prefix(word)
}

fn plain(path: &str) -> &str {
    path.strip_prefix("./").unwrap_or(path)
}

fn is_capitals(part: &str) -> bool {
    !part.is_empty() && part.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_' || letter == '-')
}

/// An address prefix such as `10.0.0.0/8`, alone or at the end of an argument.
fn is_prefix(word: &str) -> bool {
    word.rsplit_once('/')
        .is_some_and(|(_, length)| !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOP: &str = "\
Watches the line.

Usage: blueline [OPTIONS] <COMMAND>

Commands:
  watch     Reads packets and shows what crossed
            the border
  exercise  Makes traffic
  help      Print this message

Options:
  -v, --verbose...      Says more
      --log-format <F>  How
";
    const WATCH: &str = "\
Usage: blueline watch [OPTIONS] <SOURCE>...

Options:
      --mission <DIR>
          The mission folder
      --format <FORMAT>  [possible values: text, json]
  -v, --verbose...
";
    const EXERCISE: &str = "Commands:\n  generate  Makes it\n";

    fn ask(path: &[&str]) -> Result<String, String> {
        match path {
            [] => Ok(TOP.into()),
            ["watch"] => Ok(WATCH.into()),
            ["exercise"] => Ok(EXERCISE.into()),
            ["exercise", "generate"] => Ok("Options:\n  -o, --out <FILE>  Where\n".into()),
            _ => Err("unrecognized subcommand".into()),
        }
    }

    fn judged(page: &str, commands: &str) -> Vec<String> {
        let page_text = format!("# Title\n\n```sh\n{commands}\n```\n");
        let files = [
            (page, page_text.as_str()),
            ("scripts/test.sh", ""),
            ("examples/valley/mission.toml", ""),
            ("plain.sh", ""),
        ];
        judge_tree(&Tree::of(&files), &ask).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn commands_that_exist_pass() {
        let commands = "\
# a comment about blueline wotch
git clone https://example.org/x/y.git && cd y
./scripts/test.sh --no-install
$ RUST_LOG=debug blueline -vv --log-format json watch --mission examples/valley \\
    --format=json examples/valley/ | jq .type > out/lines.json
cargo run --release -p blueline -- exercise generate examples/valley/mission.toml --out new/a.pcap
tcpdump -w - | sudo target/release/blueline watch --mission DIR/x north=examples/valley 10.0.0.0/8,2001:db8::/32 -
cargo +nightly test -p blueline-wire; cargo xtask check length; cargo xtask fmt";
        assert_eq!(judged("README.md", commands), Vec::<String>::new());
    }

    #[test]
    fn each_thing_that_does_not_exist_is_named_with_its_line() {
        let cases = [
            ("blueline wotch", "`blueline` has no subcommand `wotch`"),
            ("blueline watch --missoin x y", "`blueline watch` has no option `--missoin`"),
            ("blueline --mission x watch", "`blueline` has no option `--mission`"),
            ("cargo run -q -p blueline -- exercise genrate", "`blueline exercise` has no subcommand `genrate`"),
            ("cargo run -- watch", "`cargo run` does not know which program"),
            ("cargo test -p blueline-attic", "names the package `blueline-attic`"),
            ("cargo xtask tidy", "`cargo xtask tidy` does not exist"),
            ("cargo xtask check lenght", "no rule `lenght`"),
            ("scripts/tset.sh", "runs `scripts/tset.sh`, which is not in the repository"),
            ("bash scripts/none.sh", "names `scripts/none.sh`"),
            ("blueline watch north=examples/vale", "names `examples/vale`"),
            ("echo 'open", "its quotes do not close"),
        ];
        for (command, says) in cases {
            let found = judged("README.md", command);
            assert_eq!(found.len(), 1, "{command}: {found:?}");
            assert!(found[0].starts_with("README.md:4: ") && found[0].contains(says), "{command}: {found:?}");
        }
        assert_eq!(judged("README.md", "mv a b; ./scripts/none").len(), 1);
    }

    #[test]
    fn the_paths_of_the_book_are_the_readers_own() {
        assert_eq!(
            judged("docs/src/tutorial.md", "blueline watch --mission my/valley captures/today"),
            Vec::<String>::new()
        );
        assert_eq!(judged("docs/src/tutorial.md", "blueline wotch").len(), 1);
        assert_eq!(judged("docs/notes.md", "blueline wotch"), Vec::<String>::new());
    }

    #[test]
    fn a_script_that_cannot_be_run_is_found() {
        let tree = Tree::of(&[("README.md", "```sh\ntools/a.sh\n```\n"), ("tools/a.sh", "")]);
        assert!(judge_tree(&tree, &ask)[0].says.contains("is not executable; `chmod +x tools/a.sh`"));
    }

    #[test]
    fn a_program_that_cannot_be_asked_is_told() {
        let tree = Tree::of(&[("README.md", "```sh\nblueline watch\n```\n")]);
        let found = judge_tree(&tree, &|_| Err("it does not build".into()));
        assert_eq!(found[0].says, "`blueline --help` fails: it does not build");
    }

    #[test]
    fn help_is_read_as_clap_prints_it() {
        let help = Help::read(TOP);
        assert_eq!(help.subcommands.iter().collect::<Vec<_>>(), ["exercise", "help", "watch"]);
        assert_eq!(help.options.get("--log-format"), Some(&true));
        assert_eq!(help.options.get("-v"), Some(&false));
    }
}
