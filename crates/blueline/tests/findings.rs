//! What detectors found, from the first line that tells it to the packets that it rests on.

use serde_json::Value;

use crate::field::Field;
use crate::program::{blueline, run, shared_captures};
use crate::schema::Judge;

/// The findings of a run, each as it was told last.
fn last_told(lines: &[Value]) -> Vec<Value> {
    let mut last: Vec<Value> = Vec::new();
    for line in lines.iter().filter(|line| line["type"] == "finding") {
        match last.iter_mut().find(|one| one["id"] == line["id"]) {
            Some(one) => *one = line.clone(),
            None => last.push(line.clone()),
        }
    }
    last
}

fn finding(field: &Field, arguments: &[&str]) -> String {
    run(blueline().arg("finding").args(arguments).arg("--mission").arg(field.path())).ends(0).stdout
}

#[test]
fn a_scan_and_a_reflection_are_told_kept_explained_and_marked() {
    let field = Field::new();
    let told = run(field.watch().args(field.sources())).ends(0);
    Judge::new().check("with findings", &told);
    let found = last_told(&told.lines());
    let of =
        |kind: &str| found.iter().find(|one| one["kind"] == kind).unwrap_or_else(|| panic!("no {kind}: {found:?}"));
    let (scan, mirrors) = (of("scan.horizontal"), of("ddos.reflection"));
    assert_eq!((&scan["actor_parties"][0], &scan["state"]), (&"north".into(), &"ended".into()));
    assert_eq!((&mirrors["vector"], mirrors["actors"].as_array().map(Vec::len)), (&"dns".into(), Some(0)));
    assert!(!scan["grounds"].as_array().unwrap().is_empty() && scan["seal"].is_string());

    let listed = run(blueline().args(["finding", "list", "--format", "json", "--mission"]).arg(field.path())).ends(0);
    let mut kept = last_told(&listed.lines());
    kept.sort_by_key(|one| one["id"].to_string());
    let mut live = found.clone();
    live.sort_by_key(|one| one["id"].to_string());
    assert_eq!(kept, live, "what is read back is what was told");

    let id = scan["id"].as_str().unwrap();
    let explained = finding(&field, &["explain", &id[..8], "--language", "fr"]);
    assert!(explained.contains(id) && explained.contains("north"), "{explained}");
    let packets = run(blueline()
        .args(["finding", "explain", id, "--mission"])
        .arg(field.path())
        .arg("--capture")
        .arg(field.file(0)))
    .ends(0)
    .stdout;
    let target = scan["targets"][0].as_str().unwrap();
    assert!(packets.contains("frame ") && packets.contains(target) && packets.contains("tcp syn"), "{packets}");
    // Another capture has other seals.
    let other = run(blueline()
        .args(["finding", "explain", id, "--mission"])
        .arg(field.path())
        .arg("--capture")
        .arg(field.file(1)));
    assert!(other.code == Some(1) && other.stderr.contains("it is another capture"), "{other:?}");

    let marked = finding(&field, &["mark", id, "true", "--reason", "seen on the router, too", "--who", "Aylin"]);
    assert!(marked.contains("is marked true by Aylin"), "{marked}");
    assert!(finding(&field, &["show", id]).contains("true by Aylin: seen on the router, too"));
    assert!(finding(&field, &["precision"]).contains("1.00 (0.21 to 1.00)"));
    let asked = run(blueline()
        .args(["query", "--format", "csv", "--mission"])
        .arg(field.path())
        .arg(format!("SELECT kind, state FROM findings WHERE id = '{id}'")))
    .ends(0);
    assert!(asked.stdout.ends_with("scan.horizontal,ended\n"), "{}", asked.stdout);
}

#[test]
fn the_same_is_found_with_any_number_of_threads_and_again() {
    let field = Field::new();
    let one = run(field.watch().args(["--threads", "1"]).args(field.sources())).ends(0).stdout;
    let four = run(field.watch().args(["--threads", "4"]).args(field.sources())).ends(0).stdout;
    assert!(one.contains("\"type\":\"finding\"") && one == four);
    let rows = run(blueline()
        .args(["query", "--format", "csv", "--mission"])
        .arg(field.path())
        .arg("SELECT count(*), count(DISTINCT id) FROM finding_states"))
    .ends(0);
    let told = one.lines().filter(|line| line.starts_with("{\"type\":\"finding\"")).count();
    assert!(rows.stdout.contains(&format!("\n{told},")), "watched twice, kept once: {}", rows.stdout);
}

#[test]
fn detectors_can_be_set_and_left_out() {
    let field = Field::new();
    let none = run(field.watch().arg("--no-detect").args(field.sources())).ends(0);
    assert!(none.lines_of("finding").is_empty() && none.summary()["findings"].is_null());
    field.write("detectors.toml", b"off = [\"scan\"]\n[[announced]]\nwho = [\"0.0.0.0/0\"]\nkinds = [\"scan\"]\n");
    let without = run(field.watch().arg("--no-custody").args(field.sources())).ends(0);
    assert!(without.lines_of("finding").iter().all(|one| one["kind"] != "scan.horizontal"));
    field.write("detectors.toml", b"[[announced]]\nwho = [\"198.18.0.0/16\"]\nkinds = [\"scan\"]\n");
    let announced = run(field.watch().arg("--no-custody").args(field.sources())).ends(0);
    let scans: Vec<Value> =
        announced.lines_of("finding").into_iter().filter(|one| one["kind"] == "scan.horizontal").collect();
    assert!(!scans.is_empty() && scans.iter().all(|one| one["confidence"] == "low"), "{scans:?}");
    field.write("detectors.toml", b"[scan]\nhostz = 5\n");
    let wrong = run(field.watch().args(field.sources()));
    assert!(wrong.code == Some(1) && wrong.stderr.contains("detectors.toml:2"), "{}", wrong.stderr);
}

#[test]
fn the_page_of_detectors_is_what_the_program_says() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src/detectors.md");
    let made = run(blueline().args(["detector", "document"])).ends(0).stdout;
    if std::env::var_os("BLUELINE_BLESS").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    assert!(
        std::fs::read_to_string(path).unwrap() == made,
        "run the test with BLUELINE_BLESS=1 and look at the change"
    );
    let settings = run(blueline().args(["detector", "settings"])).ends(0).stdout;
    let field = Field::new();
    // What it proposes is what is there already, and can be read.
    let open: String = settings.lines().map(|line| line.strip_prefix("# ").unwrap_or(line).to_owned() + "\n").collect();
    let tables: String = open
        .lines()
        .filter(|line| line.starts_with('[') || line.contains(" = "))
        .map(|l| l.to_owned() + "\n")
        .collect();
    field.write("detectors.toml", tables.as_bytes());
    let checked = run(blueline().arg("check").arg(field.path()));
    assert_eq!(checked.code, Some(0), "{}{}", checked.stdout, checked.stderr);
}

#[test]
fn tables_into_a_pipe_have_no_colours() {
    for what in [&["list"][..], &["show", "flood"]] {
        let told = run(blueline().arg("detector").args(what)).ends(0).stdout;
        assert!(told.contains("flood") && !told.contains('\u{1b}'), "{told}");
    }
}

/// Real captures with known truths, where they are there.
#[test]
fn labelled_captures_are_told_as_they_are() {
    let Some(captures) = shared_captures() else { return };
    for (file, wanted) in [
        ("ddos/stopddos__pkt.TCP.synflood.spoofed.pcap", Some(("ddos.flood", "syn", "10.10.10.10"))),
        ("ddos/stopddos__amp.UDP.snmp.src161.pcapng", Some(("ddos.reflection", "snmp", "10.10.10.10"))),
        ("scan/markofu__portscan.pcap", Some(("scan.vertical", "tcp", "10.100.18.12"))),
        ("scan/markofu__ftp-crack.pcap", Some(("intrusion.brute-force", "ftp", "10.121.70.151"))),
        ("benign/markofu__gnutella.pcap", None),
        ("benign/ntop__teams.pcap", None),
        ("benign/zeek__echo-connections.pcap", None),
    ] {
        let capture = captures.join(file);
        let folder = tempfile::tempdir().unwrap();
        let mission = folder.path().join("mission");
        run(blueline().arg("init").arg(&mission).args(["--party", "alpha=0.0.0.0/1", "--party", "beta=128.0.0.0/1"]))
            .ends(0);
        let told = run(blueline().args(["watch", "--format", "json", "--mission"]).arg(&mission).arg(&capture)).ends(0);
        let sure: Vec<Value> = last_told(&told.lines()).into_iter().filter(|one| one["confidence"] != "low").collect();
        match wanted {
            None => assert!(sure.is_empty(), "{file}: {sure:?}"),
            Some((kind, vector, target)) => {
                let is_it = |one: &&Value| {
                    one["kind"] == kind
                        && one["vector"] == vector
                        && one["targets"].as_array().unwrap().iter().any(|one| one == target)
                };
                assert!(sure.iter().any(|one| is_it(&one)), "{file}: {sure:?}");
            }
        }
    }
}
