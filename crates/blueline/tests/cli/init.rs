//! `blueline init`.

use std::fs;

use super::desk::Desk;

#[test]
fn flags_make_a_folder_that_checks_cleanly() {
    let desk = Desk::new();
    let made = desk.run(&[
        "init",
        "line",
        "--title",
        "The \"line\"",
        "--party",
        "alpha=0.0.0.0/1,2001::/16",
        "--party",
        "beta=128.0.0.0/1,fe80::/10",
        "--safe-area",
        "site=power:alpha:10.0.0.0/24,2001:db8::1",
        "--sensor",
        "gate=party:alpha,128.0.0.0/2",
    ]);
    assert_eq!((made.code, made.stdout.as_str()), (0, ""), "{}", made.stderr);
    assert_eq!(made.stderr, "wrote line/mission.toml\nnext: edit it, then run: blueline check line\n");
    let checked = desk.run(&["check", "line"]);
    assert_eq!((checked.code, checked.stderr.as_str()), (0, ""));
    expect_test::expect![[r#"
        The "line": 2 parties, 1 border, 1 safe area, 1 sensor, 0 tables, 0 warnings.

        party  name   IPv4         IPv6       AS numbers  countries
        alpha  alpha  0.0.0.0/1    2001::/16  -           -
        beta   beta   128.0.0.0/1  fe80::/10  -           -

        safe area  class  party  addresses
        site       power  alpha  10.0.0.0/24, 2001:db8::1/128

        sensor  vantage  packets  sees
        gate    -        all      0.0.0.0/1, 128.0.0.0/2, 2001::/16
    "#]]
    .assert_eq(&checked.stdout);
}

#[test]
fn without_flags_or_terminal_it_writes_the_template() {
    let desk = Desk::new();
    assert_eq!(desk.run(&["init", "a/b", "--quiet"]).stderr, "");
    assert_eq!(desk.run(&["check", "a/b", "--quiet"]).code, 0);
    assert!(desk.text("a/b/mission.toml").contains("id = \"clinic\""));
}

#[test]
fn a_mission_is_never_overwritten() {
    let desk = Desk::with_mission("mine");
    let told = desk.run(&["init", "line"]);
    assert_eq!(told.code, 1);
    assert_eq!(told.stderr, "error: line/mission.toml is there already; edit it, or choose another folder\n");
    assert_eq!(desk.text("line/mission.toml"), "mine");
}

#[test]
fn what_does_not_fit_together_is_told_and_nothing_is_written() {
    let desk = Desk::new();
    let told = desk.run(&[
        "init",
        "line",
        "--party",
        "alpha=10.0.0.0/8",
        "--party",
        "beta=10.0.0.0/8",
        "--safe-area",
        "site=power:beta:11.0.0.1",
    ]);
    assert_eq!(told.code, 1);
    assert!(told.stderr.contains("10.0.0.0/8 is claimed by party \"beta\" and by party \"alpha\""), "{}", told.stderr);
    assert!(told.stderr.contains("11.0.0.1/32 is not in the space of party \"beta\""), "{}", told.stderr);
    assert!(told.stderr.ends_with("error: these declarations do not fit together (2 found); nothing was written\n"));
    assert!(!desk.path("line").exists());
}

#[test]
fn slips_in_flags_are_usage_errors_that_say_what_to_write() {
    let desk = Desk::new();
    for (flag, wanted) in [
        (["--party", "alpha=10.0.0.1/8"], "write 10.0.0.0/8, or 10.0.0.1 for the one address"),
        (["--party", "alpha"], "write ID=PREFIX[,PREFIX...]"),
        (["--safe-area", "site=bank:alpha:10.0.0.1"], "use one of hospital, water"),
        (["--sensor", "world=10.0.0.0/8"], "reserved word"),
    ] {
        let told = desk.run(&["init", "line", flag[0], flag[1]]);
        assert_eq!(told.code, 2, "{flag:?}");
        assert!(told.stderr.contains(wanted), "{}", told.stderr);
    }
    assert!(!desk.path("line").exists());
}

#[test]
fn a_folder_that_cannot_be_made_is_told() {
    let desk = Desk::new();
    fs::write(desk.path("file"), "").unwrap();
    let told = desk.run(&["init", "file/line"]);
    assert_eq!(told.code, 1);
    assert!(told.stderr.starts_with("error: cannot write file/line/mission.toml: Not a directory"), "{}", told.stderr);
}
