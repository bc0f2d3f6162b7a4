//! Ready-made questions. Each is SQL that can be read, copied and changed.

/// A ready-made question.
pub struct Question {
    /// How it is asked for.
    pub name: &'static str,
    /// What it answers.
    pub meaning: &'static str,
    /// What can be given, what it is when nothing is given, and what it means. Without a default it must be given.
    pub parameters: &'static [(&'static str, Option<&'static str>, &'static str)],
    /// The SQL.
    pub sql: &'static str,
}

const FROM: (&str, Option<&str>, &str) = ("from", Some("1678-01-01T00:00:00Z"), "first moment");
const UNTIL: (&str, Option<&str>, &str) = ("until", Some("2262-01-01T00:00:00Z"), "first moment after");
const MOST: (&str, Option<&str>, &str) = ("most", Some("20"), "how many rows");

/// Every ready-made question.
pub const QUESTIONS: &[Question] = &[
    Question {
        name: "top-talkers",
        meaning: "Who sent most, whoever opened the flow",
        parameters: &[FROM, UNTIL, MOST],
        sql: "\
SELECT address, party(address) AS party, packets, bytes
FROM senders($from, $until, $most)
ORDER BY bytes DESC, packets DESC, address",
    },
    Question {
        name: "crossings",
        meaning: "How much went from which side to which, as the picture counts it",
        parameters: &[FROM, UNTIL],
        sql: "\
SELECT sender AS \"from\", receiver AS \"to\", count(*) FILTER (WHERE opens) AS flows, sum(packets) AS packets, sum(bytes) AS bytes
FROM (
    SELECT src_party AS sender, dst_party AS receiver, opening AS opens,
           traffic_packets_out AS packets, traffic_bytes_out AS bytes
    FROM flows WHERE src_party <> dst_party AND start_time >= $from AND start_time < $until
    UNION ALL
    SELECT dst_party, src_party, false, traffic_packets_in, traffic_bytes_in
    FROM flows
    WHERE src_party <> dst_party AND traffic_packets_in > 0 AND start_time >= $from AND start_time < $until
)
GROUP BY sender, receiver
ORDER BY bytes DESC, packets DESC",
    },
    Question {
        name: "timeline",
        meaning: "What one address did, flow by flow",
        parameters: &[("address", None, "the address"), FROM, UNTIL, ("most", Some("1000"), "how many rows")],
        sql: "\
SELECT start_time, end_time, src_endpoint_ip, src_endpoint_port, dst_endpoint_ip, dst_endpoint_port,
       protocol(connection_info_protocol_num) AS protocol, app_name, hostname,
       traffic_packets_out, traffic_bytes_out, traffic_packets_in, traffic_bytes_in,
       src_party, dst_party, sensor, end_reason
FROM flows
WHERE start_time >= $from AND start_time < $until
  AND (src_endpoint_ipv4 = ipv4($address) OR dst_endpoint_ipv4 = ipv4($address)
    OR src_endpoint_ipv6 = ipv6($address) OR dst_endpoint_ipv6 = ipv6($address))
ORDER BY start_time, start_nanosecond, seal, ordinal LIMIT $most",
    },
    Question {
        name: "ports",
        meaning: "Which services were used, by protocol and port that was addressed",
        parameters: &[FROM, UNTIL, MOST],
        sql: "\
SELECT protocol(service / 65536) AS protocol, service % 65536 AS port, flows, packets, bytes
FROM (
    SELECT service, count(*) FILTER (WHERE opening) AS flows, sum(traffic_packets) AS packets, sum(traffic_bytes) AS bytes
    FROM (
        -- One key of both is grouped sooner than two.
        SELECT CAST(connection_info_protocol_num AS BIGINT) * 65536 + dst_endpoint_port AS service,
               opening, traffic_packets, traffic_bytes
        FROM flows
        WHERE connection_info_protocol_ver_id IN (4, 6) AND start_time >= $from AND start_time < $until
    )
    GROUP BY service ORDER BY bytes DESC, packets DESC, service LIMIT $most
)
ORDER BY bytes DESC, packets DESC, service",
    },
    Question {
        name: "protocols",
        meaning: "How much of which IP protocol",
        parameters: &[FROM, UNTIL],
        sql: "\
SELECT protocol(number) AS protocol, flows, packets, bytes
FROM (
    SELECT connection_info_protocol_num AS number, count(*) FILTER (WHERE opening) AS flows,
           sum(traffic_packets) AS packets, sum(traffic_bytes) AS bytes
    FROM flows
    WHERE connection_info_protocol_ver_id IN (4, 6) AND start_time >= $from AND start_time < $until
    GROUP BY connection_info_protocol_num
)
ORDER BY bytes DESC, packets DESC, number",
    },
    Question {
        name: "applications",
        meaning: "How much of which application protocol, where it was recognised",
        parameters: &[FROM, UNTIL, MOST],
        sql: "\
SELECT app_name AS application, count(*) FILTER (WHERE opening) AS flows, sum(traffic_packets) AS packets,
       sum(traffic_bytes) AS bytes, CAST(sum(requests) AS BIGINT) AS requests, CAST(sum(responses) AS BIGINT) AS responses
FROM flows
WHERE app_name IS NOT NULL AND start_time >= $from AND start_time < $until
GROUP BY app_name ORDER BY bytes DESC, packets DESC, application LIMIT $most",
    },
    Question {
        name: "safe-areas",
        meaning: "What touched safe areas from outside, by side",
        parameters: &[FROM, UNTIL],
        sql: "\
SELECT safe_area, side, count(*) FILTER (WHERE comes) AS flows_in, sum(bytes_in) AS bytes_in,
       count(*) FILTER (WHERE goes) AS flows_out, sum(bytes_out) AS bytes_out
FROM (
    SELECT dst_safe_area AS safe_area, src_party AS side, opening AS comes,
           traffic_bytes_out AS bytes_in, false AS goes, traffic_bytes_in AS bytes_out
    FROM flows
    WHERE dst_safe_area IS NOT NULL AND (dst_safe_area IS DISTINCT FROM src_safe_area)
      AND start_time >= $from AND start_time < $until
    UNION ALL
    SELECT src_safe_area, dst_party, false, traffic_bytes_in, opening, traffic_bytes_out
    FROM flows
    WHERE src_safe_area IS NOT NULL AND (dst_safe_area IS DISTINCT FROM src_safe_area)
      AND start_time >= $from AND start_time < $until
)
GROUP BY safe_area, side ORDER BY bytes_in DESC, bytes_out DESC, safe_area, side",
    },
    Question {
        name: "volume",
        meaning: "How much went over time, in steps",
        parameters: &[FROM, UNTIL, ("step", Some("1 minute"), "length of a step, such as '5 minutes'")],
        sql: "\
SELECT date_bin(CAST($step AS INTERVAL), start_time) AS step, count(*) FILTER (WHERE opening) AS flows,
       sum(traffic_packets) AS packets, sum(traffic_bytes) AS bytes
FROM flows WHERE start_time >= $from AND start_time < $until
GROUP BY step ORDER BY step",
    },
    Question {
        name: "names",
        meaning: "Which names were said most: DNS questions, TLS servers, HTTP hosts",
        parameters: &[FROM, UNTIL, MOST],
        sql: "\
SELECT hostname, app_name AS application, count(*) FILTER (WHERE opening) AS flows, sum(traffic_bytes) AS bytes
FROM flows WHERE hostname IS NOT NULL AND start_time >= $from AND start_time < $until
GROUP BY hostname, app_name ORDER BY flows DESC, bytes DESC, hostname LIMIT $most",
    },
    Question {
        name: "commands",
        meaning: "Control-system messages that may change something, by who sent them to whom",
        parameters: &[FROM, UNTIL, MOST],
        sql: "\
SELECT app_name AS application, function_weight, function_code, src_endpoint_ip, src_party, dst_endpoint_ip, dst_party,
       dst_safe_area, sum(requests) AS requests, min(start_time) AS first, max(end_time) AS last
FROM flows
WHERE function_weight <> 'read' AND start_time >= $from AND start_time < $until
GROUP BY app_name, function_weight, function_code, src_endpoint_ip, src_party, dst_endpoint_ip, dst_party, dst_safe_area
ORDER BY requests DESC, first LIMIT $most",
    },
    Question {
        name: "coverage",
        meaning: "How well each sensor watched: periods, gaps, losses",
        parameters: &[FROM, UNTIL],
        sql: "\
SELECT sensor, min(start_time) AS first, max(end_time) AS last, count(*) AS periods, sum(flow_rows) AS flow_rows,
       sum(gaps) AS gaps, sum(gap_milliseconds) AS gap_milliseconds, sum(copies) AS copies, sum(dropped) AS dropped,
       sum(shed) AS shed, sum(oddities) AS oddities
FROM coverage WHERE start_time >= $from AND start_time < $until
GROUP BY sensor ORDER BY first, sensor",
    },
];

impl Question {
    /// The question of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        QUESTIONS.iter().find(|question| question.name == name)
    }
}
