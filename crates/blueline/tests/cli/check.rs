//! `blueline check`: sound missions, and broken ones with the words that their writers read.

use std::fs;

use expect_test::{Expect, expect};
use serde_json::Value;

use super::desk::Desk;

/// What a broken mission is told on stderr.
fn broken(text: impl AsRef<[u8]>, told: &Expect) {
    let result = Desk::with_mission(text).run(&["check", "line"]);
    told.assert_eq(&result.stderr);
    assert_eq!((result.code, result.stdout.as_str()), (1, ""));
}

#[test]
fn broken_1_a_prefix_with_host_bits() {
    broken(
        r#"[mission]
title = "The line"

[[party]]
id = "alpha"
prefixes = ["10.0.0.1/8"]

[[party]]
id = "beta"
prefixes = ["2001:db8::/129"]
"#,
        &expect![[r#"
            error: 10.0.0.1/8 has bits set beyond its length
             --> line/mission.toml:6:13
              |
            6 | prefixes = ["10.0.0.1/8"]
              |             ^^^^^^^^^^^^
              = help: write 10.0.0.0/8, or 10.0.0.1 for the one address

            error: /129 is too long for 2001:db8::
              --> line/mission.toml:10:13
               |
            10 | prefixes = ["2001:db8::/129"]
               |             ^^^^^^^^^^^^^^^^
               = help: the longest is /128

            line: 2 errors, 0 warnings
        "#]],
    );
}

#[test]
fn broken_2_a_prefix_that_two_parties_claim() {
    broken(
        r#"[mission]
title = "The line"

[[party]]
id = "beta"
prefixes = ["10.0.0.0/8", "192.0.2.0/24"]

[[party]]
id = "alpha"
prefixes = ["192.0.2.0/24", "10.1.0.0/16", "10.1.0.0/16"]
"#,
        &expect![[r#"
            error: 192.0.2.0/24 is claimed by party "alpha" and by party "beta", on line 6
              --> line/mission.toml:10:13
               |
            10 | prefixes = ["192.0.2.0/24", "10.1.0.0/16", "10.1.0.0/16"]
               |             ^^^^^^^^^^^^^^
               = help: let the parties agree whose it is, and remove it from the other

            error: 10.1.0.0/16 stands here twice; the first is on line 10
              --> line/mission.toml:10:44
               |
            10 | prefixes = ["192.0.2.0/24", "10.1.0.0/16", "10.1.0.0/16"]
               |                                            ^^^^^^^^^^^^^
               = help: remove one of the two

            line: 2 errors, 0 warnings
        "#]],
    );
}

#[test]
fn broken_3_unknown_keys() {
    broken(
        r#"[mission]
title = "The line"
motto = "peace"

[[party]]
id = "alpha"
prefxes = ["10.0.0.0/8"]
asns = [64500]

[[party]]
id = "beta"
asns = [64501]
"#,
        &expect![[r#"
            error: unknown key `motto` in this mission
             --> line/mission.toml:3:1
              |
            3 | motto = "peace"
              | ^^^^^
              = help: remove it; the keys here are title

            error: unknown key `prefxes` in this party
             --> line/mission.toml:7:1
              |
            7 | prefxes = ["10.0.0.0/8"]
              | ^^^^^^^
              = help: did you mean `prefixes`?

            line: 2 errors, 0 warnings
        "#]],
    );
}

#[test]
fn broken_4_values_of_the_wrong_type() {
    broken(
        r#"mission = "The line"

[[party]]
id = 5
prefixes = ["10.0.0.0/8", 10]

[party_b]
id = "beta"
"#,
        &expect![[r#"
            error: `mission` holds text here
             --> line/mission.toml:1:11
              |
            1 | mission = "The line"
              |           ^^^^^^^^^^
              = help: write a table, written [mission]

            warning: this mission has one party only
             --> line/mission.toml:3:1
              |
            3 | [[party]]
              | ^^^^^^^^^
              = help: a border has two sides: add a [[party]] table for the other one

            error: `id` holds a whole number here
             --> line/mission.toml:4:6
              |
            4 | id = 5
              |      ^
              = help: write text in quotes

            error: `prefixes` holds a whole number here
             --> line/mission.toml:5:27
              |
            5 | prefixes = ["10.0.0.0/8", 10]
              |                           ^^
              = help: write text in quotes

            error: unknown key `party_b` in this file
             --> line/mission.toml:7:2
              |
            7 | [party_b]
              |  ^^^^^^^
              = help: did you mean `party`?

            line: 4 errors, 1 warning
        "#]],
    );
}

#[test]
fn broken_5_torn_toml() {
    broken(
        r#"[mission]
title = "The line

[[party]]
id = "alpha"
prefixes = ["10.0.0.0/8"
"#,
        &expect![[r#"
            error: not valid TOML: invalid basic string, expected `"`
             --> line/mission.toml:2:18
              |
            2 | title = "The line
              |                  ^
              = help: see https://toml.io for how tables, strings and lists are written

            error: not valid TOML: unclosed array, expected `]`
             --> line/mission.toml:6:25
              |
            6 | prefixes = ["10.0.0.0/8"
              |                         ^
              = help: see https://toml.io for how tables, strings and lists are written

            line: 2 errors, 0 warnings
        "#]],
    );
}

#[test]
fn broken_6_safe_areas_outside_their_partys_space() {
    broken(
        r#"[mission]
title = "The line"

[[party]]
id = "alpha"
prefixes = ["10.0.0.0/8"]

[[party]]
id = "beta"
prefixes = ["10.9.0.0/16"]

[[safe_area]]
id = "clinic"
class = "hospital"
party = "alpha"
addresses = ["10.9.1.0/24", "11.0.0.1"]

[[safe_area]]
id = "clinic"
class = "bank"
party = "gamma"
addresses = []
"#,
        &expect![[r#"
            error: 10.9.1.0/24 is not in the space of party "alpha": 10.9.0.0/16 belongs to party "beta"
              --> line/mission.toml:16:14
               |
            16 | addresses = ["10.9.1.0/24", "11.0.0.1"]
               |              ^^^^^^^^^^^^^
               = help: name the party whose space it is, or correct the address

            error: 11.0.0.1/32 is not in the space of party "alpha": no declared prefix holds it
              --> line/mission.toml:16:29
               |
            16 | addresses = ["10.9.1.0/24", "11.0.0.1"]
               |                             ^^^^^^^^^^
               = help: add the prefix to the party's, or correct the address

            error: this safe area has no addresses
              --> line/mission.toml:18:1
               |
            18 | [[safe_area]]
               | ^^^^^^^^^^^^^
               = help: write addresses = ["192.0.2.10", "2001:db8::/64"]

            error: the id "clinic" is taken by the safe area on line 13
              --> line/mission.toml:19:6
               |
            19 | id = "clinic"
               |      ^^^^^^^^
               = help: choose another id

            error: "bank" is not a class of safe area
              --> line/mission.toml:20:9
               |
            20 | class = "bank"
               |         ^^^^^^
               = help: use one of hospital, water, power, election, emergency, csirt, mission, other

            error: there is no party "gamma"
              --> line/mission.toml:21:9
               |
            21 | party = "gamma"
               |         ^^^^^^^
               = help: the parties here are alpha, beta

            line: 6 errors, 0 warnings
        "#]],
    );
}

#[test]
fn broken_7_ids_that_cannot_be() {
    broken(
        r#"[mission]
title = ""

[[party]]
id = "world"
prefixes = ["10.0.0.0/8"]

[[party]]
id = "Beta"
prefixes = ["11.0.0.0/8"]

[[party]]
prefixes = ["12.0.0.0/8"]

[[party]]
id = "delta"
"#,
        &expect![[r#"
            error: `title` is empty
             --> line/mission.toml:2:9
              |
            2 | title = ""
              |         ^^
              = help: write title = "Mission on the northern line"

            error: "world" is a reserved word
             --> line/mission.toml:5:6
              |
            5 | id = "world"
              |      ^^^^^^^
              = help: choose another id

            error: "Beta" is not an id
             --> line/mission.toml:9:6
              |
            9 | id = "Beta"
              |      ^^^^^^
              = help: use 1 to 64 of a-z, 0-9, '-', '_', '.', starting with a letter or digit

            error: this party has no `id`
              --> line/mission.toml:12:1
               |
            12 | [[party]]
               | ^^^^^^^^^
               = help: add a line such as id = "alpha"

            error: party "delta" has no address space
              --> line/mission.toml:15:1
               |
            15 | [[party]]
               | ^^^^^^^^^
               = help: give it prefixes, or asns or countries with a table that places them

            line: 5 errors, 0 warnings
        "#]],
    );
}

#[test]
fn broken_8_sensors_and_borders_that_mean_nobody() {
    broken(
        r#"[mission]
title = "The line"

[[party]]
id = "alpha"
prefixes = ["10.0.0.0/8"]

[[party]]
id = "beta"
asns = [64500]

[[border]]
id = "line"
between = ["alpha", "gamma"]

[[sensor]]
id = "gate"
sees = []

[[sensor]]
id = "post"
sees = ["party:beta", "everything"]
sampling = 0
longest_silence = "a while"
"#,
        &expect![[r#"
            error: there is no party "gamma"
              --> line/mission.toml:14:21
               |
            14 | between = ["alpha", "gamma"]
               |                     ^^^^^^^
               = help: the parties here are alpha, beta

            error: this sensor sees nothing
              --> line/mission.toml:16:1
               |
            16 | [[sensor]]
               | ^^^^^^^^^^
               = help: write sees = ["party:alpha", "192.0.2.0/24"]

            error: party "beta" declares no prefixes, so nobody can say what this sensor sees
              --> line/mission.toml:22:9
               |
            22 | sees = ["party:beta", "everything"]
               |         ^^^^^^^^^^^^
               = help: list the prefixes that the sensor sees

            error: "everything" is not an IPv4 or IPv6 address
              --> line/mission.toml:22:23
               |
            22 | sees = ["party:beta", "everything"]
               |                       ^^^^^^^^^^^^
               = help: write sees = ["party:alpha", "192.0.2.0/24"]

            error: a sampling of 1 in 0 cannot be
              --> line/mission.toml:23:12
               |
            23 | sampling = 0
               |            ^
               = help: write 1 for every packet, 1000 for one in a thousand, at most 1000000

            error: "a while" is not a length of time
              --> line/mission.toml:24:19
               |
            24 | longest_silence = "a while"
               |                   ^^^^^^^^^
               = help: write whole numbers with units, such as "30s", "5m", "1h30m", "1d"

            line: 6 errors, 0 warnings
        "#]],
    );
}

#[test]
fn broken_9_settings_and_tables() {
    let desk = Desk::with_mission(
        r#"[mission]
title = "The line"

[[party]]
id = "alpha"
prefixes = ["10.0.0.0/8"]

[[party]]
id = "beta"
asns = [64500]

[tables]
origins = "origins.txt"
registry = "nowhere.csv"

[watch]
period = "0s"
memory = "lots"
"#,
    );
    fs::write(desk.path("line/origins.txt"), "; prefix AS\n20.0.0.0/8\t64500\n20.0.0.0/33\t64501\n").unwrap();
    let told = desk.run(&["check", "line"]);
    assert_eq!(told.code, 1);
    expect![[r#"
        error: cannot read the table "nowhere.csv": No such file or directory (os error 2)
          --> line/mission.toml:14:12
           |
        14 | registry = "nowhere.csv"
           |            ^^^^^^^^^^^^^
           = help: the path is taken from the folder line; correct it or remove the line

        error: a `period` of 0s is out of bounds
          --> line/mission.toml:17:10
           |
        17 | period = "0s"
           |          ^^^^
           = help: choose from 1s to 31622400s

        error: "lots" is not an amount of memory
          --> line/mission.toml:18:10
           |
        18 | memory = "lots"
           |          ^^^^^^
           = help: write a whole number and a unit, such as "1GiB" or "512MiB"

        error: /33 is too long for 20.0.0.0; the longest is /32
         --> line/origins.txt:3:1
          |
        3 | 20.0.0.0/33 64501
          | ^^^^^^^^^^^
          = help: 1 of 2 lines are bad; write lines of a prefix and a value, or of first,last,value

        line: 4 errors, 0 warnings
    "#]]
    .assert_eq(&told.stderr);
}

#[test]
fn broken_10_not_utf_8() {
    broken(
        b"[mission]\ntitle = \"caf\xe9\"\n",
        &expect![[r#"
        error: this file is not UTF-8: the byte 0xe9 has no meaning here
         --> line/mission.toml:2:13
          |
        2 | title = "caf�"
          |             ^
          = help: save it as UTF-8 in your editor

        line: 1 error, 0 warnings
    "#]],
    );
}

#[test]
fn broken_11_no_mission_file() {
    let desk = Desk::new();
    let told = desk.run(&["check", "line"]);
    assert_eq!(told.code, 1);
    expect![[r#"
        error: cannot read the mission file: No such file or directory (os error 2)
         --> line/mission.toml
          = help: there is no folder line; make one with: blueline init line

        line: 1 error, 0 warnings
    "#]]
    .assert_eq(&told.stderr);
}

#[test]
fn a_warning_is_told_and_stops_nothing() {
    let desk = Desk::with_mission("[mission]\ntitle = 'x'\n[[party]]\nid = 'a'\nprefixes = ['10.0.0.0/8']\n");
    let told = desk.run(&["check", "line"]);
    assert_eq!(told.code, 0);
    expect![[r#"
        warning: this mission has one party only
         --> line/mission.toml:3:1
          |
        3 | [[party]]
          | ^^^^^^^^^
          = help: a border has two sides: add a [[party]] table for the other one

    "#]]
    .assert_eq(&told.stderr);
    assert!(told.stdout.starts_with("x: 1 party, 0 borders, 0 safe areas, 0 sensors, 0 tables, 1 warning.\n"));
    let quiet = desk.run(&["check", "line", "--quiet"]);
    assert_eq!((quiet.code, quiet.stdout + &quiet.stderr), (0, String::new()));
}

#[test]
fn json_has_a_line_for_each_problem_and_ends_with_the_summary() {
    let desk = Desk::with_mission("[mission]\ntitle = 'x'\n[[party]]\nid = 'a'\nprefixes = ['10.0.0.1/8']\n");
    let told = desk.run(&["check", "line", "--format", "json"]);
    assert_eq!((told.code, told.stderr.as_str()), (1, ""));
    let lines: Vec<Value> = told.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<_> = lines.iter().map(|line| (&line["type"], &line["severity"], &line["line"])).collect();
    let (problem, summary) = (Value::from("problem"), Value::from("summary"));
    assert_eq!(
        kinds,
        [
            (&problem, &"warning".into(), &3.into()),
            (&problem, &"error".into(), &5.into()),
            (&summary, &Value::Null, &Value::Null),
        ]
    );
    assert_eq!((&lines[1]["column"], &lines[1]["file"]), (&13.into(), &"line/mission.toml".into()));
    assert_eq!((&lines[2]["sound"], &lines[2]["errors"]), (&false.into(), &1.into()));

    desk.run(&["init", "new", "--template"]);
    let told = desk.run(&["check", "new", "--format", "json"]);
    let summary: Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!((told.code, &summary["mission"]["parties"][1]["id"]), (0, &"beta".into()));
}
