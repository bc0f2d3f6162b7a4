//! Help, completions, manual pages, colours, log forms.

use std::fs;

use super::desk::Desk;

/// A command by its path of names, and whether it has commands of its own.
struct Listed {
    path: Vec<String>,
    is_group: bool,
}

/// Every command that help lists, to any depth, `help` itself left out.
fn commands(desk: &Desk) -> Vec<Listed> {
    let mut found: Vec<Listed> = Vec::new();
    let mut waiting: Vec<Vec<String>> = vec![Vec::new()];
    while let Some(path) = waiting.pop() {
        let arguments: Vec<&str> = path.iter().map(String::as_str).chain(["-h"]).collect();
        let help = desk.run(&arguments).stdout;
        let list = help.split("Commands:\n").nth(1).and_then(|rest| rest.split("\n\n").next()).unwrap_or_default();
        // A name stands two spaces in; what is deeper goes on with the line before.
        let names =
            list.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).filter(|name| !name.is_empty());
        waiting.extend(names.filter(|name| *name != "help").map(|name| [&path[..], &[name.to_owned()]].concat()));
        if !path.is_empty() {
            found.push(Listed { path, is_group: !list.is_empty() });
        }
    }
    found
}

#[test]
fn every_command_has_help_with_an_example() {
    let desk = Desk::new();
    let commands = commands(&desk);
    assert!(commands.len() >= 4 && commands.iter().any(|command| command.path == ["init"]));
    for Listed { path, is_group } in commands {
        let name = path.join(" ");
        for flag in ["-h", "--help"] {
            let arguments: Vec<&str> = path.iter().map(String::as_str).chain([flag]).collect();
            let told = desk.run(&arguments);
            assert_eq!((told.code, told.stderr.as_str()), (0, ""), "{name}");
            let examples = told.stdout.split("Examples:\n").nth(1).unwrap_or_default();
            // The examples of a group are those of its commands.
            let shown = is_group || examples.contains(&format!("blueline {name}"));
            assert!(shown, "no example in the help of {name}:\n{}", told.stdout);
        }
    }
    assert!(desk.run(&["--help"]).stdout.contains("Exit codes:\n  0 "));
}

#[test]
fn arguments_that_make_no_sense_end_with_code_2() {
    let desk = Desk::new();
    for arguments in [&["nonsense"][..], &["check", "--format", "xml"], &["check", "-v", "--quiet"], &[]] {
        assert_eq!(desk.run(arguments).code, 2, "{arguments:?}");
    }
    assert_eq!(desk.run(&["--version"]).stdout, format!("blueline {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn every_shell_gets_completions() {
    let desk = Desk::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let told = desk.run(&["completions", shell]);
        assert_eq!((told.code, told.stderr.as_str()), (0, ""), "{shell}");
        for name in commands(&desk).iter().filter_map(|command| command.path.last()) {
            assert!(told.stdout.contains(name), "{shell} does not know {name}");
        }
    }
}

#[test]
fn every_command_gets_a_manual_page() {
    let desk = Desk::new();
    assert_eq!(desk.run(&["man", "pages/man1"]).code, 0);
    let all = desk.run(&["man"]).stdout;
    let mut listed = commands(&desk);
    listed.push(Listed { path: Vec::new(), is_group: false });
    for Listed { path, is_group } in &listed {
        let name = [&["blueline".to_owned()], &path[..]].concat().join("-");
        let page = desk.text(&format!("pages/man1/{name}.1"));
        assert!(page.contains(".SH SYNOPSIS") && (*is_group || page.contains("xamples:")), "{name}:\n{page}");
        assert!(all.contains(&page), "{name} is missing on stdout");
    }
    assert_eq!(fs::read_dir(desk.path("pages/man1")).unwrap().count(), listed.len());
}

#[test]
fn a_pipe_gets_no_colours_unless_it_is_asked_for() {
    let desk = Desk::with_mission("x = 1\n");
    let coloured = |arguments: &[&str], environment: &[(&str, &str)]| {
        let told = desk.run_with(arguments, environment);
        (told.stdout + &told.stderr).contains('\x1b')
    };
    assert!(!coloured(&["check", "line"], &[]));
    assert!(coloured(&["check", "line", "--color", "always"], &[]));
    assert!(coloured(&["check", "line"], &[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&["check", "line"], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(!coloured(&["check", "line", "--color", "never"], &[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&["check", "--help"], &[]));
}

#[test]
fn logs_come_in_both_forms_and_only_when_asked_for() {
    let desk = Desk::new();
    assert!(!desk.run(&["init", "a", "--quiet"]).stderr.contains("written"));
    assert!(desk.run(&["init", "b", "-v"]).stderr.contains("INFO mission file written"));
    let told = desk.run(&["init", "c", "-v", "--log-format", "json"]).stderr;
    let line: serde_json::Value = serde_json::from_str(told.lines().next().unwrap()).unwrap();
    assert_eq!((&line["level"], &line["fields"]["file"]), (&"INFO".into(), &"c/mission.toml".into()));
}
