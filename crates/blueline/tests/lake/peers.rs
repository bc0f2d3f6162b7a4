//! DuckDB and pyarrow read the lake's files as they are, and answer as we do.

use std::process::Command;

use super::{answer, watched};
use crate::field::Field;
use crate::program::{blueline, run};

/// Ten questions in SQL that both speak, over the columns of the files alone.
const QUESTIONS: [&str; 10] = [
    "SELECT count(*), sum(traffic_bytes_out), sum(traffic_bytes_in) FROM rows",
    "SELECT src_party, dst_party, count(*), sum(traffic_packets_out) FROM rows GROUP BY src_party, dst_party ORDER BY 1, 2",
    "SELECT src_endpoint_ipv4, sum(traffic_bytes_out) AS b FROM rows WHERE src_endpoint_ipv4 IS NOT NULL GROUP BY src_endpoint_ipv4 ORDER BY b DESC, src_endpoint_ipv4 LIMIT 10",
    "SELECT connection_info_protocol_num, dst_endpoint_port, count(*) FROM rows GROUP BY connection_info_protocol_num, dst_endpoint_port ORDER BY 3 DESC, 1, 2 LIMIT 20",
    "SELECT app_name, count(*), sum(requests), sum(responses), max(largest_message) FROM rows GROUP BY app_name ORDER BY app_name NULLS LAST",
    "SELECT hostname, ja4, offered, codes, count(*) FROM rows WHERE hostname IS NOT NULL GROUP BY hostname, ja4, offered, codes ORDER BY 5 DESC, 1, 2 NULLS LAST, 3 NULLS LAST, 4 NULLS LAST LIMIT 50",
    "SELECT epoch_us, duration_microseconds, start_nanosecond, duration_nanosecond, ordinal FROM (SELECT US(start_time) AS epoch_us, duration_microseconds, start_nanosecond, duration_nanosecond, ordinal, seal FROM rows) ORDER BY 1, 3, 2, 4, 5 LIMIT 200",
    "SELECT sensor, seal, count(*), min(ordinal), max(ordinal), sum(CASE WHEN opening THEN 1 ELSE 0 END) FROM rows GROUP BY sensor, seal ORDER BY 1, 2",
    "SELECT tunnel_kind, tunnel_src_ip, tunnel_dst_ip, tunnel_id, tunnel_depth, count(*) FROM rows GROUP BY tunnel_kind, tunnel_src_ip, tunnel_dst_ip, tunnel_id, tunnel_depth ORDER BY 6 DESC, 1 NULLS LAST, 2, 3, 4",
    "SELECT end_reason, tcp_flags_out, tcp_flags_in, ttl_lowest_out, ttl_spread_out, ttl_lowest_in, ttl_spread_in, fragments, connection_info_protocol_ver_id, src_grounds, src_confidence, dst_safe_area, count(*) FROM rows GROUP BY end_reason, tcp_flags_out, tcp_flags_in, ttl_lowest_out, ttl_spread_out, ttl_lowest_in, ttl_spread_in, fragments, connection_info_protocol_ver_id, src_grounds, src_confidence, dst_safe_area ORDER BY 13 DESC, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 NULLS LAST LIMIT 200",
];

const DUCKDB: &str = r#"
import duckdb, sys
connection = duckdb.connect()
connection.execute("SET TimeZone = 'UTC'")
connection.execute(f"CREATE VIEW rows AS SELECT * FROM read_parquet('{sys.argv[1]}/data/lake/flows/*/*/*.parquet')")
for row in connection.execute(sys.argv[2].replace("US(", "epoch_us(")).fetchall():
    print(",".join("" if value is None else str(value) for value in row))
"#;

/// Everything that pyarrow reads of the folder: rows, sums of every number, the first and last text of every text.
const PYARROW: &str = r#"
import sys
import pyarrow as pa, pyarrow.compute as pc, pyarrow.dataset as ds
data = ds.dataset(sys.argv[1] + "/data/lake/flows", format="parquet", partitioning="hive").to_table()
print("rows", data.num_rows)
print("days", sorted(set(str(day) for day in data["day"].to_pylist())))
for name in data.column_names:
    column = data[name]
    if name in ("day", "hour"):
        continue
    if pa.types.is_integer(column.type):
        print(name, pc.sum(column).as_py() or 0, column.null_count)
    elif "string" in str(column.type):
        column = column.cast(pa.string())
        print(name, pc.min(column).as_py(), pc.max(column).as_py(), column.null_count)
"#;

fn python(script: &str, field: &Field, more: &[&str]) -> Option<Vec<String>> {
    let Some(python) = std::env::var_os("BLUELINE_PYTHON") else {
        eprintln!("skipped: BLUELINE_PYTHON names no Python with duckdb and pyarrow; scripts/test.sh installs one");
        return None;
    };
    let told = run(Command::new(python).args(["-c", script]).arg(field.path()).args(more)).ends(0);
    Some(told.stdout.lines().map(str::to_owned).collect())
}

fn compacted() -> [Field; 2] {
    let [plain, joined] = [watched().0, watched().0];
    run(blueline().args(["lake", "compact", "--until", "2026-03-01T02:00:00Z", "--mission"]).arg(joined.path()))
        .ends(0);
    [plain, joined]
}

#[test]
fn duckdb_answers_ten_questions_as_we_do() {
    for field in compacted() {
        for question in QUESTIONS {
            let Some(theirs) = python(DUCKDB, &field, &[question]) else { return };
            let sql = question.replace("FROM rows", "FROM flow_rows");
            let sql = sql.replace("US(start_time)", "CAST(start_time AS BIGINT)");
            // Quotes are CSV's own.
            let ours: Vec<String> = answer(&field, &sql).iter().map(|row| row.replace('"', "")).collect();
            assert!(!ours.is_empty(), "{question}");
            assert_eq!(ours, theirs, "{question}");
        }
    }
}

#[test]
fn pyarrow_reads_every_column_as_we_do() {
    for field in compacted() {
        let Some(theirs) = python(PYARROW, &field, &[]) else { return };
        assert_eq!(theirs[0], format!("rows {}", answer(&field, "SELECT count(*) FROM flow_rows")[0]));
        assert_eq!(theirs[1], "days ['2026-03-01']");
        assert!(theirs.len() > 45, "{theirs:?}");
        for line in &theirs[2..] {
            let (name, theirs) = line.split_once(' ').unwrap();
            let figures = match theirs.split(' ').count() {
                2 => format!(
                    "SELECT coalesce(sum(CAST({name} AS BIGINT)), 0) || ' ' || sum(CASE WHEN {name} IS NULL THEN 1 ELSE 0 END) FROM flow_rows"
                ),
                _ => format!(
                    "SELECT coalesce(min({name}), 'None') || ' ' || coalesce(max({name}), 'None') || ' ' || sum(CASE WHEN {name} IS NULL THEN 1 ELSE 0 END) FROM flow_rows"
                ),
            };
            assert_eq!(answer(&field, &figures)[0].trim_matches('"'), theirs, "{name}");
        }
    }
}
