//! The lake of the built program: filled by watches, asked in SQL, drawn from again.

mod peers;
mod safety;

use std::process::Command;

use serde_json::Value;

use crate::field::Field;
use crate::program::{blueline, run};

/// A question to the mission's lake.
pub(crate) fn query(field: &Field) -> Command {
    let mut command = blueline();
    command.arg("query").arg("--mission").arg(field.path());
    command
}

/// The answer to SQL as CSV, without its heads.
#[track_caller]
pub(crate) fn answer(field: &Field, sql: &str) -> Vec<String> {
    let told = run(query(field).args(["--format", "csv", sql])).ends(0);
    told.stdout.lines().skip(1).map(str::to_owned).collect()
}

/// Every row, as text, in an order of its own.
pub(crate) fn rows(field: &Field) -> Vec<String> {
    answer(field, "SELECT * FROM flows ORDER BY start_time, start_nanosecond, sensor, seal, ordinal, end_time")
}

/// A mission that has been watched, and what the watch told as JSON lines.
fn watched() -> (Field, String) {
    let field = Field::new();
    let told = run(field.watch().args(field.sources())).ends(0).stdout;
    (field, told)
}

fn sum(lines: &[Value], key: &str) -> u64 {
    lines.iter().map(|line| line[key].as_u64().unwrap()).sum()
}

#[test]
fn the_lake_holds_what_the_picture_counts() {
    let (field, told) = watched();
    let lines: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let summary = lines.last().unwrap();
    let counted = answer(&field, "SELECT count(*) FILTER (WHERE opening), sum(traffic_packets) FROM flows");
    let copies: u64 = answer(&field, "SELECT coalesce(sum(copies), 0) FROM coverage")[0].parse().unwrap();
    let (flows, packets) = counted[0].split_once(',').unwrap();
    assert_eq!(flows, summary["flows"].to_string());
    assert_eq!(packets.parse::<u64>().unwrap() + copies, summary["packets"].as_u64().unwrap());
    let crossings: Vec<Value> =
        lines.into_iter().filter(|line| line["type"] == "crossing" && line["from"] != line["to"]).collect();
    let told = run(query(&field).args(["--format", "json", "crossings"])).ends(0).lines();
    for key in ["flows", "packets", "bytes"] {
        assert_eq!(sum(&told, key), sum(&crossings, key), "{key}");
    }
}

/// The lines, findings behind all others but the last: live, they are told between periods, as they happen.
fn in_order(told: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = told.lines().collect();
    let is_finding = |line: &str| line.starts_with("{\"type\":\"finding");
    // Those that were told at one moment stand in any order.
    lines.sort_by_key(|line| {
        (line.starts_with("{\"type\":\"summary"), is_finding(line), if is_finding(line) { *line } else { "" })
    });
    lines
}

/// Drawn from the lake alone, line by line what was told live: each period, the findings, and the summary.
#[test]
fn the_picture_from_the_lake_equals_the_one_drawn_live() {
    let (field, live) = watched();
    let picture = |more: &[&str]| {
        let mut command = blueline();
        command.arg("picture").arg("--mission").arg(field.path()).args(["--format", "json"]).args(more);
        run(&mut command).ends(0).stdout
    };
    assert_eq!(in_order(&picture(&[])), in_order(&live));
    // One period by itself, with what is new in it since the one before.
    for second in ["10", "25", "49"] {
        let at = format!("2026-03-01T00:00:{second}Z");
        let start = format!("2026-03-01T00:00:{}0Z", &second[..1]);
        let of_period: String = live
            .lines()
            .filter(|line| {
                let line: Value = serde_json::from_str(line).unwrap();
                line["type"] != "summary" && line["period"]["start"] == start
            })
            .map(|line| format!("{line}\n"))
            .collect();
        assert!(!of_period.is_empty(), "nothing was told of {start}: {live}");
        assert_eq!(picture(&["--at", &at]), of_period, "{at}");
    }
    let compacted =
        run(blueline().args(["lake", "compact", "--until", "2026-03-01T02:00:00Z", "--mission"]).arg(field.path()))
            .ends(0);
    assert!(compacted.stdout.contains("into 1"), "{}", compacted.stdout);
    assert_eq!(in_order(&picture(&[])), in_order(&live));
}

/// With periods that are made of several, as if it had been watched with those.
#[test]
fn the_picture_of_longer_periods_counts_every_row_once() {
    let (field, _) = watched();
    // Periods of 70 seconds begin before the first row.
    for period in ["20s", "30s", "40s", "70s", "2h"] {
        let live = run(field.watch().args(["--no-lake", "--period", period]).args(field.sources())).ends(0);
        let mut picture = blueline();
        picture.arg("picture").arg("--mission").arg(field.path()).args(["--format", "json", "--period", period]);
        let drawn = run(&mut picture).ends(0);
        // A flow that goes on in the next period of the lake has a row for each, so only sums are the same.
        let counted = |told: &[Value]| {
            let crossings: Vec<Value> = told.iter().filter(|line| line["type"] == "crossing").cloned().collect();
            (crossings.len(), sum(&crossings, "packets"), sum(&crossings, "bytes"))
        };
        assert_eq!(counted(&drawn.lines()), counted(&live.lines()), "{period}");
        let summary = |told: &[Value]| told.last().map(|line| (line["packets"].clone(), line["bytes"].clone()));
        assert_eq!(summary(&drawn.lines()), summary(&live.lines()), "{period}");
    }
}

#[test]
fn watching_again_adds_nothing() {
    let (field, told) = watched();
    let before = rows(&field);
    assert!(before.len() > 100);
    let again = run(field.watch().args(field.sources())).ends(0);
    assert_eq!(again.stdout, told);
    assert_eq!(rows(&field), before);
    // A part of it adds nothing either.
    run(field.watch().args(&field.sources()[..1])).ends(0);
    assert_eq!(rows(&field), before);
}

#[test]
fn sensors_may_be_watched_one_after_another() {
    let (together, _) = watched();
    let apart = Field::new();
    for source in apart.sources() {
        run(apart.watch().arg(source)).ends(0);
    }
    // Why a row ended may differ: alone, a sensor's source ends sooner.
    let rows = |field: &Field| {
        answer(
            field,
            "SELECT * EXCLUDE (end_reason) FROM flows ORDER BY start_time, start_nanosecond, sensor, seal, ordinal",
        )
    };
    assert_eq!(rows(&apart), rows(&together));
}

#[test]
fn no_lake_where_none_is_wanted() {
    let field = Field::new();
    run(field.watch().arg("--no-lake").args(field.sources())).ends(0);
    assert!(!field.path().join("data/lake").exists());
    let told = run(query(&field).arg("top-talkers")).ends(0);
    assert!(told.stderr.contains("the lake is empty"), "{}", told.stderr);
}

#[test]
fn every_question_has_an_answer_in_every_form() {
    let (field, _) = watched();
    let questions = run(query(&field).arg("questions")).ends(0).stdout;
    let names: Vec<&str> = questions.lines().skip(2).map(|line| line.split(' ').next().unwrap()).collect();
    assert!(names.len() >= 10 && names.contains(&"top-talkers"), "{questions}");
    let busy = answer(&field, "SELECT address FROM senders() ORDER BY bytes DESC LIMIT 1").remove(0);
    let out = field.path().join("answer");
    for name in names {
        let asked: &[&str] = if name == "timeline" { &["timeline", &busy] } else { &[name] };
        let csv = run(query(&field).args(["--format", "csv"]).args(asked)).ends(0).stdout;
        let json = run(query(&field).args(["--format", "json"]).args(asked)).ends(0);
        let table = run(query(&field).args(asked)).ends(0).stdout;
        assert_eq!(csv.lines().count(), json.lines().len() + 1, "{name}");
        assert_eq!(csv.lines().count(), table.lines().count(), "{name}: {table}");
        if !matches!(name, "commands") {
            assert!(csv.lines().count() > 1, "{name} has no answer");
        }
        run(query(&field).args(["--format", "parquet", "--output"]).arg(&out).args(asked)).ends(0);
        let bytes = std::fs::read(&out).unwrap();
        assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"), "{name}");
        let shown = run(query(&field).args(["show", name])).ends(0).stdout;
        assert!(shown.contains("SELECT"), "{shown}");
    }
}

/// `senders` is quicker than grouping, and says the same.
#[test]
fn the_quick_way_says_what_the_plain_one_says() {
    let (field, _) = watched();
    let plain = "SELECT address, sum(packets) AS packets, sum(bytes) AS bytes FROM (
            SELECT src_endpoint_ip AS address, CAST(traffic_packets_out AS BIGINT UNSIGNED) AS packets, traffic_bytes_out AS bytes
            FROM flows WHERE traffic_packets_out > 0 AND src_endpoint_ip IS NOT NULL AND start_time >= '2026-03-01T00:00:10Z'
            UNION ALL SELECT dst_endpoint_ip, CAST(traffic_packets_in AS BIGINT UNSIGNED), traffic_bytes_in
            FROM flows WHERE traffic_packets_in > 0 AND dst_endpoint_ip IS NOT NULL AND start_time >= '2026-03-01T00:00:10Z')
        GROUP BY address";
    let quick = "SELECT address, packets, bytes FROM senders('2026-03-01T00:00:10Z', '2026-03-02T00:00:00Z')";
    let sorted = |sql: &str| {
        let mut rows = answer(&field, sql);
        rows.sort();
        rows
    };
    assert_eq!(sorted(quick), sorted(plain));
    let most = answer(&field, "SELECT bytes FROM senders('2026-03-01T00:00:10Z', '2026-03-02T00:00:00Z', 7)");
    let all = answer(&field, &format!("SELECT bytes FROM ({plain}) ORDER BY bytes DESC LIMIT 7"));
    assert_eq!(most, all);
}

#[test]
fn functions_know_addresses_and_whose_they_are() {
    let (field, _) = watched();
    let one = |sql: &str| answer(&field, sql).remove(0);
    let inside = "SELECT count(*) FROM flows WHERE cidr_contains('198.18.0.0/16', src_endpoint_ip)";
    assert_eq!(one(inside), one("SELECT count(*) FROM flows WHERE src_endpoint_ip LIKE '198.18.%'"));
    let inside =
        "SELECT count(*) FROM flows WHERE cidr_contains('2001:db8:1000::/36', dst_endpoint_ipv4, dst_endpoint_ipv6)";
    assert_eq!(one(inside), one("SELECT count(*) FROM flows WHERE dst_endpoint_ip LIKE '2001:db8:1%'"));
    assert_eq!(
        one(
            "SELECT count(*) FROM flows WHERE party(src_endpoint_ip) <> src_party AND tunnel_kind IS NULL AND src_endpoint_ip IS NOT NULL"
        ),
        "0"
    );
    assert_eq!(
        one("SELECT party('198.19.1.1'), safe_area('198.18.40.3'), safe_area('198.18.41.3') IS NULL"),
        "south,clinic,true"
    );
    assert_eq!(
        one("SELECT ip(ipv4('192.0.2.1'), ipv6('192.0.2.1')), ip(ipv4('::1'), ipv6('::1')), protocol(6)"),
        "192.0.2.1,::1,tcp"
    );
    let told = run(query(&field).arg("SELECT cidr_contains('192.0.2.1/24', src_endpoint_ip) FROM flows")).ends(1);
    assert!(told.stderr.contains("192.0.2.1/24 has bits set beyond its length"), "{}", told.stderr);
}

#[test]
fn own_questions_are_kept_with_their_parameters() {
    let (field, _) = watched();
    let sql = "SELECT count(*) AS n FROM flows WHERE traffic_bytes > $bytes AND src_party = $party";
    run(query(&field).args(["save", "big", sql])).ends(0);
    let by_name = run(query(&field).args(["--format", "csv", "big", "party=north", "bytes=100"])).ends(0).stdout;
    let in_order = run(query(&field).args(["--format", "csv", "big", "100", "north"])).ends(0).stdout;
    assert_eq!(by_name, in_order);
    assert!(by_name.starts_with("n\n") && by_name != "n\n0\n", "{by_name}");
    assert!(run(query(&field).arg("questions")).ends(0).stdout.contains("BYTES PARTY"));
    assert_eq!(run(query(&field).args(["show", "big"])).ends(0).stdout, format!("{sql}\n"));
    for (asked, said) in [
        (&["big"][..], "needs \"bytes\""),
        (&["big", "1", "north", "3"], "it has bytes, party"),
        (&["save", "Big", sql], "no name for a question"),
        (&["save", "crossings", sql], "is taken"),
        (&["save", "small", "nonsense"], "is no SQL"),
        (&["nothing"], "blueline query questions"),
        (&["SELECT nothing FROM flows"], "nothing"),
        (&["DROP TABLE flows"], "DDL not supported"),
        (&["COPY flows TO 'x.csv'"], "not supported"),
    ] {
        let told = run(query(&field).args(asked)).ends(1);
        assert!(told.stderr.contains(said), "{asked:?}: {}", told.stderr);
    }
    run(query(&field).args(["remove", "big"])).ends(0);
    run(query(&field).args(["remove", "big"])).ends(1);
}

#[test]
fn bounds_of_time_and_memory_hold() {
    let (field, _) = watched();
    let long = "SELECT count(*) FROM flows a, flows b, flows c, flows d WHERE a.traffic_bytes + b.traffic_bytes + c.traffic_bytes <> d.traffic_bytes";
    let told = run(query(&field).args(["--timeout", "1s", long])).ends(1);
    assert!(told.stderr.contains("no answer within 1s"), "{}", told.stderr);
    // An answer that does not come leaves no file.
    let out = field.path().join("out.csv");
    run(query(&field).args(["--timeout", "1s", "--format", "csv", "--output"]).arg(&out).arg(long)).ends(1);
    assert!(!out.exists());
    let explained = run(query(&field).args(["--explain", "top-talkers"])).ends(0).stdout;
    assert!(explained.contains("SendersExec"), "{explained}");
    let analyzed = run(query(&field).args(["--analyze", "ports"])).ends(0).stdout;
    assert!(analyzed.contains("metrics"), "{analyzed}");
}
