//! Mistakes in a scenario are told by line, with what to do.

use blueline_exercise::Scenario;

use super::{ATTACKS, EVERYTHING};

/// The problems of the full scenario after one change.
fn after(old: &str, new: &str) -> String {
    assert!(EVERYTHING.contains(old), "{old}");
    Scenario::parse(&EVERYTHING.replacen(old, new, 1)).unwrap_err().to_string()
}

#[test]
fn every_mistake_is_told_with_its_line() {
    for (old, new, line, words) in [
        ("seed = 7", "seed = -7", 2, "seed: -7 is out of range; write a number from 0"),
        ("seed = 7", "seed = 7\nsped = 8", 3, "unknown field `sped`"),
        ("\"2026-03-01T00:00:00Z\"", "\"soon\"", 3, "\"soon\" is not a time such as"),
        ("\"2026-03-01T00:00:00Z\"", "\"1926-03-01T00:00:00Z\"", 3, "captures count from 1970"),
        ("duration = \"2m\"", "duration = \"2x\"", 4, "write numbers with ms, s, m, h or d"),
        ("duration = \"2m\"", "duration = \"367d\"", 4, "longer than 366 days"),
        ("period = \"30s\"", "period = \"0s\"", 5, "write a duration above zero"),
        ("night = 0.3", "night = 1.3", 9, "night: 1.3 is out of range; write a number from 0 to 1"),
        ("\"192.88.99.0/24\"", "\"192.88.99.1/24\"", 12, "write 192.88.99.0/24"),
        ("\"192.88.99.0/24\"", "\"192.175.0.0/16\"", 12, "overlap; write only the larger one"),
        ("hosts = 200", "hosts = 2000", 13, "have room for 508"),
        ("id = \"north\"", "id = \"World\"", 16, "is not an id"),
        ("id = \"south\"", "id = \"north\"", 22, "\"north\" is taken by an entry above"),
        ("\"198.19.0.0/17\"", "\"198.18.0.0/18\"", 23, "overlaps 198.18.0.0/17 of \"north\""),
        ("class = \"hospital\"", "class = \"castle\"", 35, "is not a class of safe area"),
        ("party = \"north\"", "party = \"west\"", 36, "there is no party \"west\""),
        ("\"198.51.100.16/28\"", "\"192.0.2.16/28\"", 37, "lies in no prefix of \"north\""),
        ("[\"north\", \"south\"], ", "[\"north\"], ", 48, "1 names where a pair is due"),
        ("[\"north\", \"south\"], ", "[\"north\", \"west\"], ", 48, "write one of north, south, isles, world"),
        ("vlan = 12", "vlan = 4095", 50, "from 1 to 4094"),
        ("link = \"raw-ip\"", "link = \"raw-ip\"\nvlan = 2", 66, "a raw-ip link has no tags"),
        ("kind = \"web\"", "kind = \"gopher\"", 73, "unknown variant `gopher`"),
        ("to = \"safe-area:hospital\"", "to = \"safe-area:school\"", 82, "there is no safe area \"school\""),
        ("per_minute = 60", "per_minute = -1", 76, "per_minute: -1 is out of range"),
        ("answers_per_second = 50", "", 177, "missing field `answers_per_second`"),
    ] {
        let told = after(old, new);
        let told_line = told.lines().find(|line| line.contains(words));
        let told_line = told_line.unwrap_or_else(|| panic!("{old} -> {new}: {told}"));
        assert!(told_line.starts_with(&format!("line {line}, ")), "{old} -> {new}: {told_line}");
    }
}

/// A table of the scenario of attacks, by its id, with one line of it changed: the problems, each at that line or at the
/// table's id.
fn table_after(id: &str, old: &str, new: &str) -> String {
    let begin = ATTACKS.find(&format!("id = \"{id}\"")).unwrap_or_else(|| panic!("{id}"));
    let end = ATTACKS[begin..].find("\n\n").map_or(ATTACKS.len(), |length| begin + length);
    let table = &ATTACKS[begin..end];
    assert!(table.contains(old), "{id}: {old}");
    let text = [&ATTACKS[..begin], &table.replacen(old, new, 1), &ATTACKS[end..]].concat();
    let told = Scenario::parse(&text).unwrap_err().to_string();
    let line_of = |at: usize| text[..at].matches('\n').count() + 1;
    let lines = line_of(begin)..=line_of(begin + table.len());
    for problem in told.lines() {
        let line: usize = problem["line ".len()..].split(',').next().unwrap().parse().unwrap();
        assert!(lines.contains(&line), "{id}: {old} -> {new}: {problem}");
    }
    told
}

#[test]
fn mistakes_in_attacks_say_what_to_do() {
    for (id, old, new, words) in [
        ("flood-ipv6-extension", "family = \"ipv6\"", "", "IPv4 has no extension headers; write family = \"ipv6\""),
        ("flood-syn", "vector = \"syn\"", "vector = \"sin\"", "unknown variant `sin`"),
        ("flood-syn", "packets_per_second = 50", "packets_per_second = 0", "packets_per_second: 0 is out of range"),
        ("flood-udp", "actor = \"north\"", "actor = \"east\"", "write one of north, south, world"),
        ("flood-http", "sources = 20", "sources = 0", "sources: 0 is out of range; write a number from 1 to"),
        ("reflection-ssdp", "reflectors = 8", "reflectors = 3000000", "reflectors: 3000000 is out of range"),
        (
            "scan-horizontal",
            "shape = ",
            "protocol = \"icmp\"\nshape = ",
            "icmp has no ports to scan; write shape = \"sweep\"",
        ),
        ("scan-sweep", "shape = ", "protocol = \"tcp\"\nshape = ", "a sweep asks by icmp or neighbour"),
        ("scan-arp", "to = \"south\"", "to = \"north\"", "neighbours are asked for on the link of one side"),
        ("scan-udp", "ports = [53, 123, 161, 1900, 7]", "ports = []", "write from 1 to 1000 ports above 0"),
        ("backscatter-reset", "answer = \"reset\"", "answer = \"shrug\"", "unknown variant `shrug`"),
        ("guess-ftp", "actors = 2", "actors = 0", "actors: 0 is out of range; write a number from 1 to 200"),
        (
            "guess-ftp",
            "attempts_per_minute = 240",
            "attempts_per_minute = -1",
            "attempts_per_minute: -1 is out of range",
        ),
        ("guess-ftp", "service = \"ftp\"", "service = \"ftp\"\npassword = \"x\"", "unknown field `password`"),
        ("worm-slammer", "[\"north\", \"south\", \"world\"]", "[]", "a worm that probes nobody does not spread"),
        (
            "worm-slammer",
            "[\"north\", \"south\", \"world\"]",
            "[\"north\", \"north\"]",
            "stands here twice; write it once",
        ),
        ("worm-slammer", "[\"north\", \"south\", \"world\"]", "[\"north\", \"west\"]", "neither a party nor the world"),
        ("worm-slammer", "vulnerable = 40", "vulnerable = 0", "vulnerable: 0 is out of range; write a number from 1"),
        (
            "worm-slammer",
            "vulnerable = 40",
            "vulnerable = 40\nprobes_per_second = 1e6",
            "a smaller space to probe, or a lower speed",
        ),
        ("worm-conficker", "probes_per_second = 40", "probes_per_second = 0", "probes_per_second: 0 is out of range"),
        ("beacon-tls", "every = \"10s\"", "every = \"0s\"", "every: write a duration above zero"),
        ("beacon-http", "jitter = 0.1", "jitter = 1.5", "jitter: 1.5 is out of range; write a number from 0 to 1"),
        (
            "dns-dga",
            "questions_per_second = 10",
            "questions_per_second = 1e9",
            "questions_per_second: 1000000000 is out",
        ),
        ("upload-fast", "megabytes = 3.0", "megabytes = 0", "megabytes: 0 is out of range"),
        (
            "upload-fast",
            "connections = 2",
            "connections = 0",
            "connections: 0 is out of range; write a number from 1 to 10000",
        ),
        ("upload-slow", "start = \"10s\"", "start = \"10h\"", "the scenario has ended by then"),
        ("write-s7-plc-stop", "function = \"s7-plc-stop\"", "function = \"s7-start\"", "unknown variant `s7-start`"),
    ] {
        let told = table_after(id, old, new);
        assert!(told.contains(words), "{id}: {old} -> {new}: {told}");
    }
}

#[test]
fn all_mistakes_are_told_at_once_in_order() {
    let text = EVERYTHING
        .replace("seed = 7", "seed = -1")
        .replace("night = 0.3", "night = 7")
        .replace("vlan = 12", "vlan = 0");
    let error = Scenario::parse(&text).unwrap_err();
    assert_eq!(error.problems().iter().map(|problem| problem.line).collect::<Vec<_>>(), [2, 9, 50]);
}

#[test]
fn what_needs_a_world_or_a_family_says_so() {
    let without = EVERYTHING.split("[world]").next().unwrap().to_owned()
        + "[[party]]\n"
        + EVERYTHING.split_once("[[party]]").unwrap().1;
    assert!(Scenario::parse(&without).unwrap_err().to_string().contains("add a [world] table"));
    let told = after("\"198.19.192.0/20\", \"2001:db8:3000::/36\"", "\"198.19.192.0/20\"");
    assert!(told.contains("\"isles\" has no ipv6 prefix"), "{told}");
}

#[test]
fn no_text_makes_it_panic() {
    let lines: Vec<&str> = EVERYTHING.lines().collect();
    let attacks: Vec<&str> = ATTACKS.lines().collect();
    for leave_out in 0..attacks.len() {
        let text: Vec<_> = attacks.iter().enumerate().filter(|(n, _)| *n != leave_out).map(|(_, line)| *line).collect();
        drop(Scenario::parse(&text.join("\n")));
    }
    for leave_out in 0..lines.len() {
        let text: Vec<_> = lines.iter().enumerate().filter(|(n, _)| *n != leave_out).map(|(_, line)| *line).collect();
        drop(Scenario::parse(&text.join("\n")));
    }
    for end in (0..EVERYTHING.len()).step_by(7) {
        drop(Scenario::parse(&EVERYTHING[..end]));
    }
}
