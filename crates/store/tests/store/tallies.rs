//! Questions that are answered from tallies have the answers that every row of flows gives.

use std::sync::Arc;

use blueline_store::lake::compact::compact;
use blueline_store::shelf::Shelf;
use blueline_terms::Moment;

use crate::field::{Run, ask, each_lake, minute, row, try_ask_on};

/// Questions to `FLOWS`, each ordered or of one row.
const TALLIED: &[&str] = &[
    "SELECT count(*) FROM FLOWS",
    "SELECT count(*) FILTER (WHERE opening), sum(traffic_packets), sum(traffic_bytes), sum(traffic_bytes_in) FROM FLOWS",
    "SELECT connection_info_protocol_num, connection_info_protocol_ver_id, count(*) AS rows, sum(traffic_bytes)
     FROM FLOWS GROUP BY 1, 2 ORDER BY 1, 2",
    "SELECT dst_endpoint_port, src_endpoint_port, sum(traffic_packets_out) FROM FLOWS GROUP BY 1, 2 ORDER BY 1, 2",
    // Keys and amounts that may be null, and a column that is both.
    "SELECT app_name, hostname, sensor, function_code, sum(requests), sum(largest_message), count(1)
     FROM FLOWS GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4",
    "SELECT src_endpoint_port, sum(src_endpoint_port) FROM FLOWS GROUP BY 1 ORDER BY 1",
    // Nothing is counted as 0 and summed up to null.
    "SELECT count(*), sum(traffic_bytes) FROM FLOWS WHERE connection_info_protocol_num = 132",
    "SELECT app_name, count(*) FROM FLOWS WHERE connection_info_protocol_num = 132 GROUP BY app_name",
    "SELECT sensor, count(*) FILTER (WHERE src_endpoint_port < 1100) AS few, sum(traffic_bytes) FILTER (WHERE sensor = 'mast')
     FROM FLOWS GROUP BY sensor ORDER BY sensor",
    // Conditions about columns of few values, of many, of two at once; about time that rows have to be asked for.
    "SELECT sensor, count(*) FROM FLOWS
     WHERE start_time >= '2026-03-01T12:00:30Z' AND start_time < '2026-03-01T12:02:10Z' GROUP BY 1 ORDER BY 1",
    "SELECT count(*), sum(traffic_bytes) FROM FLOWS WHERE src_endpoint_ipv4 = ipv4('192.0.2.5')",
    "SELECT count(*), sum(traffic_bytes) FROM FLOWS WHERE src_endpoint_ipv6 = ipv6('2001:db8::6') AND traffic_packets_in > 0",
    "SELECT src_party, dst_party, count(*) FROM FLOWS WHERE src_party <> dst_party AND hostname IS NOT NULL
     GROUP BY 1, 2 ORDER BY 1, 2",
    "SELECT count(*) FROM FLOWS WHERE src_endpoint_port % 3 = dst_endpoint_port % 3 OR hostname = 'host3.example'",
    // What is computed of keys.
    "SELECT protocol(connection_info_protocol_num) AS protocol, src_endpoint_port / 100 AS hundred, sum(traffic_bytes) AS bytes
     FROM FLOWS GROUP BY 1, 2 HAVING sum(traffic_bytes) > 1000 ORDER BY bytes DESC, protocol, hundred LIMIT 5",
    "SELECT sensor, count(DISTINCT hostname) FROM FLOWS GROUP BY 1 ORDER BY 1",
    "SELECT DISTINCT hostname, src_party FROM FLOWS ORDER BY 1, 2",
    // Counts under one another, and what stands above them.
    "SELECT side, sum(n) FROM (
         SELECT src_party AS side, count(*) AS n FROM FLOWS GROUP BY 1
         UNION ALL SELECT dst_party, count(*) AS n FROM FLOWS GROUP BY 1
     ) GROUP BY side ORDER BY side",
    "SELECT n FROM (SELECT count(*) AS n FROM FLOWS UNION SELECT count(*) AS n FROM coverage) ORDER BY n",
    "SELECT max(n), min(n) FROM (SELECT hostname, count(*) AS n FROM FLOWS GROUP BY hostname)",
    "SELECT sensor, n, rank() OVER (ORDER BY n, sensor) FROM
         (SELECT sensor, count(*) AS n FROM FLOWS GROUP BY sensor) ORDER BY sensor",
    "SELECT sensor, (SELECT count(*) FROM FLOWS) - count(*) FROM FLOWS GROUP BY sensor ORDER BY sensor",
    // Both ways of a flow, one under the other.
    "SELECT sender, receiver, count(*) FILTER (WHERE opens) AS flows, sum(packets), sum(bytes) FROM (
         SELECT src_party AS sender, dst_party AS receiver, opening AS opens, traffic_packets_out AS packets, traffic_bytes_out AS bytes
         FROM FLOWS WHERE src_party <> dst_party
         UNION ALL
         SELECT dst_party, src_party, false, traffic_packets_in, traffic_bytes_in FROM FLOWS WHERE traffic_packets_in > 0
     ) GROUP BY 1, 2 ORDER BY 1, 2",
];

/// Questions that the engine answers by itself.
const LEFT: &[&str] = &[
    "SELECT src_endpoint_ipv4, count(*) FROM FLOWS GROUP BY 1 ORDER BY 1",
    "SELECT sensor, min(start_time), avg(traffic_bytes) FROM FLOWS GROUP BY 1 ORDER BY 1",
    "SELECT sensor, count(hostname) FROM FLOWS GROUP BY 1 ORDER BY 1",
    // A row that lacks one of the two has no sum of both.
    "SELECT sum(requests + traffic_bytes_out), sum(traffic_bytes + responses) FROM FLOWS",
    "SELECT sensor, sum(traffic_bytes - traffic_bytes_in) FROM FLOWS GROUP BY 1 ORDER BY 1",
    "SELECT sensor, sum(DISTINCT traffic_packets_in) FROM FLOWS GROUP BY 1 ORDER BY 1",
    "SELECT count(*) FROM FLOWS WHERE cidr_contains('192.0.2.0/28', src_endpoint_ip)",
    "SELECT count(*) FROM FLOWS WHERE random() < 2",
    "SELECT sensor, app_name, count(*) FROM FLOWS GROUP BY ROLLUP(sensor, app_name) ORDER BY 1, 2, 3",
];

/// Three minutes of two sensors, the second of which sees other ports.
fn fill(shelf: Arc<Shelf>) {
    let mut run = Run::begin(shelf);
    for minutes in 0..3 {
        let batches = [0, 1].map(|sensor| run.open(Some(sensor), minute(minutes)));
        for (sensor, batch) in batches.into_iter().enumerate() {
            run.rows((0..400).map(|n| {
                let mut row = row(
                    n,
                    batch,
                    Some(sensor as u16),
                    minute(minutes).plus(std::time::Duration::from_millis(u64::from(n) * 90)),
                );
                row.opening = n % 11 > 0;
                if sensor == 1 {
                    row.protocol = [6, 17, 1][n as usize % 3];
                    row.destination_port = (n * 163) as u16;
                }
                row
            }));
            run.seal(batch, &format!("{minutes} {sensor}"), minute(minutes + 1));
        }
    }
    run.line(minute(3), true, Vec::new());
    run.finish();
}

/// The same question, put so that the engine has to look at every row.
fn row_by_row(question: &str) -> String {
    question.replace("FLOWS", "(SELECT * FROM flows LIMIT 1000000000)")
}

fn is_tallied(shelf: &Arc<Shelf>, question: &str) -> bool {
    ask(shelf, &format!("EXPLAIN {question}")).contains("TalliesExec")
}

#[test]
fn tallies_answer_as_rows_do() {
    each_lake(|shelf, _| {
        fill(Arc::clone(&shelf));
        for compacted in [false, true] {
            if compacted {
                compact(&shelf, Moment::MAX, Moment::MAX, &mut |_, _| {}).unwrap();
            }
            for question in TALLIED {
                let asked = question.replace("FLOWS", "flows");
                assert!(is_tallied(&shelf, &asked), "{question}");
                assert!(!is_tallied(&shelf, &row_by_row(question)), "{question}");
                assert_eq!(
                    ask(&shelf, &asked),
                    ask(&shelf, &row_by_row(question)),
                    "compacted {compacted}: {question}"
                );
            }
        }
    });
}

#[test]
fn what_tallies_cannot_answer_is_answered_as_ever() {
    let folder = tempfile::tempdir().unwrap();
    let shelf = Arc::new(Shelf::open(&folder.path().join("lake").display().to_string(), folder.path()).unwrap());
    fill(Arc::clone(&shelf));
    for question in LEFT {
        let asked = question.replace("FLOWS", "flows");
        assert!(!is_tallied(&shelf, &asked), "{question}");
        assert_eq!(ask(&shelf, &asked), ask(&shelf, &row_by_row(question)), "{question}");
    }
}

/// Conditions that make no sense of every value there is, but of those that the ones before leave.
#[test]
fn conditions_are_asked_of_what_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let shelf = Arc::new(Shelf::open(&folder.path().join("lake").display().to_string(), folder.path()).unwrap());
    fill(Arc::clone(&shelf));
    for (conditions, rows) in [
        // 393 of the 400 ports of each minute and sensor.
        ("src_endpoint_port <> 1030 AND 65535 / (src_endpoint_port - 1030) > 100", 393 * 6),
        // Of every twenty rows one has this name.
        ("hostname = 'host2.example' AND 10 / (CAST(substr(hostname, 5, 1) AS INT) - 3) = -10", 20 * 6),
    ] {
        let question = format!("SELECT count(*) FROM flows WHERE {conditions}");
        assert!(is_tallied(&shelf, &question), "{question}");
        assert_eq!(ask(&shelf, &question), format!("{rows}\n"), "{question}");
    }
    let error =
        try_ask_on(&shelf, "SELECT count(*) FROM flows WHERE 1 / (src_endpoint_port - 1030) = 1", 2).unwrap_err();
    assert!(error.to_string().contains("Divide by zero"), "{error}");
}

/// A question of which nothing is left after files and row groups were passed by their footers.
#[test]
fn what_lies_outside_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let shelf = Arc::new(Shelf::open(&folder.path().join("lake").display().to_string(), folder.path()).unwrap());
    assert_eq!(ask(&shelf, "SELECT count(*), sum(traffic_bytes) FROM flows"), "0,\n");
    fill(Arc::clone(&shelf));
    for condition in ["start_time < '2020-01-01T00:00:00Z'", "src_endpoint_port = 7", "sensor = 'none'"] {
        let question = format!("SELECT count(*), sum(traffic_bytes) FROM flows WHERE {condition}");
        assert_eq!(ask(&shelf, &question), "0,\n");
        let analysis = ask(&shelf, &format!("EXPLAIN ANALYZE {question}"));
        let told = analysis.lines().find(|line| line.contains("TalliesExec")).unwrap();
        assert!(told.contains("files=0") || told.contains("rows_counted=0"), "{told}");
    }
}

/// However many threads share the row groups of a file, each is counted once.
#[test]
fn every_part_of_a_file_is_counted_once() {
    let folder = tempfile::tempdir().unwrap();
    let shelf = Arc::new(Shelf::open(&folder.path().join("lake").display().to_string(), folder.path()).unwrap());
    let mut run = Run::begin(Arc::clone(&shelf));
    let batch = run.open(Some(0), minute(0));
    let rows = 300_000u32;
    run.rows((0..rows).map(|n| {
        let mut row =
            row(n % 1000, batch, Some(0), minute(0).plus(std::time::Duration::from_micros(u64::from(n) * 100)));
        row.id.ordinal = n;
        // Addresses and ports that nothing compresses, so that the file is large enough to be divided.
        let mixed = n.wrapping_mul(2_654_435_761) ^ n.rotate_left(13);
        row.source = blueline_terms::Address::v4(mixed.to_be_bytes());
        row.destination = blueline_terms::Address::v4(mixed.rotate_left(16).to_be_bytes());
        row.source_port = (mixed.wrapping_mul(0x9e37_79b9) >> 16) as u16;
        row
    }));
    run.seal(batch, "large", minute(1));
    run.line(minute(0), true, Vec::new());
    run.finish();
    assert!(shelf.list("flows").unwrap()[0].size > 3 << 20);
    let question = "SELECT count(*), sum(traffic_packets), sum(src_endpoint_port) FROM flows";
    let right = ask(&shelf, &row_by_row(&question.replace("flows", "FLOWS")));
    assert!(right.starts_with(&rows.to_string()), "{right}");
    for threads in 1..=5 {
        assert_eq!(try_ask_on(&shelf, question, threads).unwrap(), right, "{threads} threads");
        assert_eq!(
            try_ask_on(&shelf, "SELECT count(src_endpoint_ip) FROM flows", threads).unwrap(),
            format!("{rows}\n")
        );
    }
}
