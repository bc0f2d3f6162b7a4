//! `cargo xtask check` prints which repository rules hold; `cargo xtask fmt` looks at every Rust file in the tree.

use std::process::ExitCode;

use xtask::{RULES, Repo, formatting};

const USAGE: &str = "\
The repository's own rules. Run from anywhere inside it.

    cargo xtask check           judge every rule, print what is broken; exits 1 when something is
    cargo xtask check RULE...   judge these rules only
    cargo xtask rules           list the rules
    cargo xtask fmt             rustfmt --check over every .rs file in the tree, declared or not
    cargo xtask fmt --write     the same, and write the changes
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["check", names @ ..] => with_repo(|repo| check(repo, names)),
        ["rules"] => list(),
        ["fmt"] => with_repo(|repo| format(repo, formatting::Mode::Check)),
        ["fmt", "--write"] => with_repo(|repo| format(repo, formatting::Mode::Write)),
        ["help" | "-h" | "--help"] => {
            print!("{USAGE}");
            ExitCode::SUCCESS
        }
        _ => {
            eprint!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn with_repo(work: impl FnOnce(&Repo) -> ExitCode) -> ExitCode {
    match Repo::open(&xtask::root()) {
        Ok(repo) => work(&repo),
        Err(trouble) => {
            eprintln!("cannot read the repository: {trouble}");
            ExitCode::from(2)
        }
    }
}

fn check(repo: &Repo, names: &[&str]) -> ExitCode {
    if let Some(unknown) = names.iter().find(|name| RULES.iter().all(|rule| rule.name != **name)) {
        eprintln!("no rule is called `{unknown}`; `cargo xtask rules` lists them");
        return ExitCode::from(2);
    }
    let mut broken = 0;
    for rule in RULES.iter().filter(|rule| names.is_empty() || names.contains(&rule.name)) {
        let violations = (rule.judge)(repo);
        println!("{} {:<10} {}", if violations.is_empty() { "ok    " } else { "BROKEN" }, rule.name, rule.says);
        for violation in &violations {
            println!("       {violation}");
        }
        broken += violations.len();
    }
    match broken {
        0 => ExitCode::SUCCESS,
        _ => {
            println!("{broken} to mend");
            ExitCode::FAILURE
        }
    }
}

fn list() -> ExitCode {
    for rule in RULES {
        println!("{:<10} {}", rule.name, rule.says);
    }
    ExitCode::SUCCESS
}

fn format(repo: &Repo, mode: formatting::Mode) -> ExitCode {
    match formatting::run(repo, mode) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!("not formatted as rustfmt.toml asks; `cargo xtask fmt --write` mends it");
            ExitCode::FAILURE
        }
        Err(trouble) => {
            eprintln!("rustfmt could not be run: {trouble}; `rustup component add rustfmt` installs it");
            ExitCode::from(2)
        }
    }
}
