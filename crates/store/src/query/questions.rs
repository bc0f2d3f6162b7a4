//! Ready-made questions. Each is SQL that can be read, copied and changed.

use arrow::compute::kernels::cast_utils::parse_interval_month_day_nano;
use blueline_terms::{Address, Moment};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::Parameters;

/// A ready-made question.
pub struct Question {
    /// How it is asked for.
    pub name: &'static str,
    /// What it answers.
    pub meaning: &'static str,
    /// What can be given.
    pub parameters: &'static [Parameter],
    /// The SQL.
    pub sql: &'static str,
}

/// What a question can be told.
pub struct Parameter {
    /// How it is called.
    pub name: &'static str,
    /// What it is when nothing is given; `None` where something must be.
    pub default: Option<&'static str>,
    /// What it means.
    pub meaning: &'static str,
    kind: Kind,
}

/// What a parameter may be.
enum Kind {
    Moment,
    Rows,
    Address,
    Length,
}

const FROM: Parameter =
    Parameter { name: "from", default: Some("1678-01-01T00:00:00Z"), meaning: "first moment", kind: Kind::Moment };
const UNTIL: Parameter = Parameter {
    name: "until",
    default: Some("2262-01-01T00:00:00Z"),
    meaning: "first moment after",
    kind: Kind::Moment,
};
const MOST: Parameter = most("20");

const fn most(default: &'static str) -> Parameter {
    Parameter { name: "most", default: Some(default), meaning: "how many rows", kind: Kind::Rows }
}

const ADDRESS: Parameter = Parameter { name: "address", default: None, meaning: "the address", kind: Kind::Address };
const STEP: Parameter = Parameter {
    name: "step",
    default: Some("1 minute"),
    meaning: "length of a step, such as '5 minutes'",
    kind: Kind::Length,
};

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
        parameters: &[ADDRESS, FROM, UNTIL, most("1000")],
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
SELECT protocol(number) AS protocol, port, flows, packets, bytes
FROM (
    SELECT connection_info_protocol_num AS number, dst_endpoint_port AS port,
           count(*) FILTER (WHERE opening) AS flows, sum(traffic_packets) AS packets, sum(traffic_bytes) AS bytes
    FROM flows
    WHERE connection_info_protocol_ver_id IN (4, 6) AND start_time >= $from AND start_time < $until
    GROUP BY number, port ORDER BY bytes DESC, packets DESC, number, port LIMIT $most
)
ORDER BY bytes DESC, packets DESC, number, port",
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
        parameters: &[FROM, UNTIL, STEP],
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

    /// The values as the engine reads them.
    ///
    /// # Errors
    ///
    /// When one is not what it should be; says which and what would be.
    pub fn read(&self, values: Parameters) -> Result<Parameters, String> {
        let read = |(name, value): (String, String)| {
            let known = self.parameters.iter().find(|parameter| parameter.name == name);
            let value = known.map_or_else(|| Ok(value.clone()), |known| known.kind.read(&value));
            value.map_err(|what| format!("{name}: {what}")).map(|value| (name, value))
        };
        values.into_iter().map(read).collect()
    }
}

impl Kind {
    fn read(&self, text: &str) -> Result<String, String> {
        match self {
            Self::Moment => moment(text).map(|moment| moment.to_string()),
            Self::Rows => match text.parse::<u32>() {
                Ok(rows) => Ok(rows.to_string()),
                Err(_) => Err(format!("{text:?} is no number of rows; write a whole number such as 20")),
            },
            Self::Address => match text.parse::<Address>() {
                Ok(address) => Ok(address.to_string()),
                Err(_) => Err(format!("{text:?} is no IPv4 or IPv6 address")),
            },
            Self::Length => match parse_interval_month_day_nano(text) {
                Ok(_) => Ok(text.to_owned()),
                Err(_) => Err(format!("{text:?} is no length of time; write one such as '5 minutes'")),
            },
        }
    }
}

/// A moment, which is UTC's where no offset is said.
fn moment(text: &str) -> Result<Moment, String> {
    if let Ok(moment) = text.parse() {
        return Ok(moment);
    }
    let civil = text.parse::<DateTime>().and_then(|civil| civil.to_zoned(TimeZone::UTC));
    let nanos = civil.ok().and_then(|zoned| i64::try_from(zoned.timestamp().as_nanosecond()).ok());
    nanos.map(Moment::from_nanos).ok_or_else(|| {
        format!("{text:?} is no moment; write one such as 2026-03-01T10:00:00Z, or 2026-03-01 for the day's beginning in UTC")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(question: &str, name: &str, value: &str) -> Result<String, String> {
        let values = vec![(name.to_owned(), value.to_owned())];
        Question::named(question).unwrap().read(values).map(|values| values[0].1.clone())
    }

    #[test]
    fn values_are_read_before_the_engine_meets_them() {
        for text in ["2026-03-01", "2026-03-01 00:00", "2026-03-01T00:00:00", "2026-03-01T02:00:00+02:00"] {
            assert_eq!(read("ports", "from", text), Ok("2026-03-01T00:00:00Z".to_owned()), "{text}");
        }
        assert_eq!(read("timeline", "address", "2001:DB8::1"), Ok("2001:db8::1".to_owned()));
        assert_eq!(read("volume", "step", "5 minutes"), Ok("5 minutes".to_owned()));
        for (question, name, value) in [
            ("ports", "from", "yesterday"),
            ("ports", "until", "2300-01-01"),
            ("top-talkers", "most", "x"),
            ("ports", "most", "-1"),
            ("ports", "most", "1.5"),
            ("timeline", "address", "10.0.0.300"),
            ("volume", "step", "x"),
        ] {
            let what = read(question, name, value).unwrap_err();
            assert!(what.starts_with(name) && what.contains(value), "{what}");
        }
    }

    #[test]
    fn defaults_are_values() {
        for question in QUESTIONS {
            for Parameter { name, default, .. } in question.parameters {
                default.map(|default| read(question.name, name, default).unwrap());
            }
        }
    }
}
