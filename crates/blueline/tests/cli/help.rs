//! Help, completions, manual pages, colours, log forms.

use std::fs;

use super::desk::Desk;

/// The subcommands that the program's own help lists, `help` left out.
fn subcommands(desk: &Desk) -> Vec<String> {
    let help = desk.run(&["-h"]).stdout;
    let list = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let names = list.lines().filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next());
    names.filter(|name| *name != "help" && !name.is_empty()).map(str::to_owned).collect()
}

#[test]
fn every_subcommand_has_help_with_an_example() {
    let desk = Desk::new();
    let names = subcommands(&desk);
    assert!(names.len() >= 4 && names.iter().any(|name| name == "init"), "{names:?}");
    for name in names {
        for flag in ["-h", "--help"] {
            let told = desk.run(&[&name, flag]);
            assert_eq!((told.code, told.stderr.as_str()), (0, ""), "{name}");
            let examples = told.stdout.split("Examples:\n").nth(1).unwrap_or_default();
            assert!(
                examples.contains(&format!("blueline {name}")),
                "no example in the help of {name}:\n{}",
                told.stdout
            );
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
        for name in subcommands(&desk) {
            assert!(told.stdout.contains(&name), "{shell} does not know {name}");
        }
    }
}

#[test]
fn every_subcommand_gets_a_manual_page() {
    let desk = Desk::new();
    assert_eq!(desk.run(&["man", "pages/man1"]).code, 0);
    let all = desk.run(&["man"]).stdout;
    for name in subcommands(&desk).iter().map(|name| format!("blueline-{name}")).chain(["blueline".to_owned()]) {
        let page = desk.text(&format!("pages/man1/{name}.1"));
        assert!(page.contains(".SH SYNOPSIS") && page.contains("xamples:"), "{name}:\n{page}");
        assert!(all.contains(&page), "{name} is missing on stdout");
    }
    assert_eq!(fs::read_dir(desk.path("pages/man1")).unwrap().count(), subcommands(&desk).len() + 1);
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
