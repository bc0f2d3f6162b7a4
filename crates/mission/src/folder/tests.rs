//! The folder as its caller sees it: files in, mission or problems out.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use blueline_terms::{Asn, PartyIndex, Side};
use tempfile::TempDir;

use super::*;

/// A folder with these files.
fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, content) in files {
        fs::write(folder.path().join(name), content).unwrap();
    }
    folder
}

const TWO: &str = "[mission]\ntitle = 't'\n[[party]]\nid = 'alpha'\nprefixes = ['192.0.2.0/24']\nasns = [100]\n\
                   [[party]]\nid = 'beta'\nprefixes = ['198.51.100.0/24']\ncountries = ['XB']\n";

/// `line:column severity message` of each problem, with the file where it is not the mission file.
fn told(problems: &[Problem]) -> Vec<String> {
    let tell = |problem: &Problem| {
        let file = problem.file.file_name().unwrap().to_string_lossy().into_owned();
        let file = if file == MISSION_FILE { String::new() } else { format!("{file}:") };
        let place = problem.spot.as_ref().map_or(String::new(), |spot| format!("{}:{} ", spot.line, spot.column));
        format!("{file}{place}{} {}", problem.severity.word(), problem.message)
    };
    problems.iter().map(tell).collect()
}

fn load(mission: &str) -> Result<Folder, Vec<String>> {
    load_with(&[(MISSION_FILE, mission.as_bytes())])
}

fn load_with(files: &[(&str, &[u8])]) -> Result<Folder, Vec<String>> {
    Folder::load(folder(files).path()).map_err(|problems| told(problems.list()))
}

#[test]
fn every_key_is_read() {
    let text = r#"
        [mission]
        title = "The line"
        [[party]]
        id = "alpha"
        names = { en = "Alpha", ar = "ألفا" }
        prefixes = ["192.0.2.0/24", "2001:db8::/33"]
        asns = [64500, "AS64501", "1.10"]
        countries = ["XA"]
        domains = ["Example.ORG."]
        [[party.contacts]]
        role = "csirt"
        name = "duty desk"
        email = "csirt@example.org"
        [[party.keys]]
        algorithm = "ed25519"
        base64 = "AAAA"
        [[party]]
        id = "beta"
        prefixes = "198.51.100.7"
        [[border]]
        id = "line"
        between = ["alpha", "beta"]
        [[safe_area]]
        id = "clinic"
        names.en = "Clinic"
        class = "hospital"
        party = "alpha"
        addresses = ["192.0.2.16/28", "2001:db8::1"]
        [[sensor]]
        id = "gate"
        vantage = "at the exchange"
        sees = ["party:beta", "192.0.2.0/24"]
        sampling = 100
        longest_silence = "5m"
        [watch]
        period = "10s"
        memory = "256MiB"
        idle_time = "15s"
        keep_payload = true
    "#;
    let Folder { mission, settings, warnings, .. } = load(text).unwrap();
    assert_eq!(warnings, []);
    let alpha = &mission.parties[0];
    assert_eq!((alpha.name("ar"), alpha.name("tr")), ("ألفا", "Alpha"));
    assert_eq!(alpha.asns, [Asn(64_500), Asn(64_501), Asn(65_546)]);
    assert_eq!(
        (alpha.domains[0].as_str(), alpha.contacts[0].role.as_str(), alpha.keys.len()),
        ("example.org", "csirt", 1)
    );
    assert_eq!(mission.parties[1].prefixes[0].to_string(), "198.51.100.7/32");
    assert_eq!(mission.borders[0].between, [PartyIndex(0), PartyIndex(1)]);
    assert_eq!(mission.safe_areas[0].prefixes[1].to_string(), "2001:db8::1/128");
    let sensor = &mission.sensors[0];
    assert_eq!((sensor.sampling, sensor.longest_silence, sensor.sees.len()), (100, Duration::from_secs(300), 2));
    let (period, idle_time) = (Duration::from_secs(10), Duration::from_secs(15));
    assert_eq!(settings, Settings { period, memory: 256 << 20, idle_time, keep_payload: true, ..Settings::default() });
}

#[test]
fn everything_wrong_is_told_at_once_and_in_order() {
    let text = r#"[mission]
titel = "x"
[[party]]
id = "world"
prefixes = ["10.0.0.1/8", "10.0.0.0/8", 7]
[[party]]
id = "beta"
prefixes = ["10.0.0.0/8", "20.0.0.0/8", "20.0.0.0/8"]
asns = ["x"]
contacts = [{ role = "csirt" }]
[[party]]
id = "beta"
[[border]]
id = "line"
between = ["beta"]
[[safe_area]]
id = "a"
class = "bank"
party = "beta"
addresses = ["30.0.0.0/8"]
[[sensor]]
id = "s"
sampling = 0
[watch]
period = "soon"
memory = "1MiB"
idle_time = 3
"#;
    assert_eq!(
        load(text).unwrap_err(),
        [
            "1:1 error this mission has no `title`",
            "2:1 error unknown key `titel` in this mission",
            "4:6 error \"world\" is a reserved word",
            "5:13 error 10.0.0.1/8 has bits set beyond its length",
            "5:41 error `prefixes` holds a whole number here",
            "8:13 error 10.0.0.0/8 is claimed by party \"beta\" and by the party on line 3, on line 5",
            "8:41 error 20.0.0.0/8 stands here twice; the first is on line 8",
            "9:9 error \"x\" is not an AS number",
            "10:13 error this contact has no `name`",
            "11:1 error party \"beta\" has no address space",
            "12:6 error the id \"beta\" is taken by the party on line 7",
            "15:12 error a border lies between two parties or more",
            "18:9 error \"bank\" is not a class of safe area",
            "20:14 error 30.0.0.0/8 is not in the space of party \"beta\": no declared prefix holds it",
            "21:1 error this sensor sees nothing",
            "23:12 error a sampling of 1 in 0 cannot be",
            "25:10 error \"soon\" is not a length of time",
            "26:10 error 1MiB of memory is too little to watch with",
            "27:13 error `idle_time` holds a whole number here",
        ]
    );
}

#[test]
fn torn_toml_is_told_without_its_consequences() {
    let told = load("[mission]\ntitle = \"x\n[[party]]\nid = 'a'\nprefixes = ['10.0.0.0/8']\nfoo\n").unwrap_err();
    assert_eq!(
        told,
        [
            "2:11 error not valid TOML: invalid basic string, expected `\"`",
            "6:4 error not valid TOML: key with no value, expected `=`",
        ]
    );
}

#[test]
fn a_flood_of_problems_is_counted() {
    let told =
        load(&format!("{TWO}[watch]\n{}", (0..1500).map(|n| format!("x{n} = 1\n")).collect::<String>())).unwrap_err();
    assert_eq!((told.len(), told[1000].as_str()), (1001, "error this file has 500 more problems"));
}

#[test]
fn a_byte_order_mark_and_windows_lines_are_no_fault() {
    assert!(load(&format!("\u{feff}{}", TWO.replace('\n', "\r\n"))).is_ok());
}

#[test]
fn warnings_do_not_stop_a_mission() {
    let one = load("[mission]\ntitle = 't'\n[[party]]\nid = 'a'\nprefixes = ['10.0.0.0/8']\n").unwrap();
    assert_eq!(told(&one.warnings), ["3:1 warning this mission has one party only"]);
    let nested = TWO.replace("'198.51.100.0/24'", "'192.0.2.16/29'")
        + "[[safe_area]]\nid = 's'\nclass = 'other'\nparty = 'alpha'\naddresses = ['192.0.2.16/28']\n";
    let message = "15:14 warning 192.0.2.16/29 in this safe area of party \"alpha\" is space of party \"beta\"";
    assert_eq!(told(&load(&nested).unwrap().warnings), [message]);
    let refused = nested.replace("'192.0.2.16/28'", "'192.0.2.17'");
    let message = "error 192.0.2.17/32 is not in the space of party \"alpha\": 192.0.2.16/29 belongs to party \"beta\"";
    assert_eq!(load(&refused).unwrap_err(), [format!("15:14 {message}")]);
}

#[test]
fn tables_place_what_no_party_declared() {
    let mission = format!("{TWO}[tables]\norigins = 'o'\nregistry = 'r'\n");
    let origins = b"; comment\n20.0.0.0/8\t100\n2600::/32\t100\n21.0.0.0/8\t0\n";
    let registry = b"first,last,country\n30.0.0.0,30.0.0.9,XB\n\"40.0.0.0\",\"40.255.255.255\",\"XC\"\n";
    let files: &[(&str, &[u8])] = &[(MISSION_FILE, mission.as_bytes()), ("o", origins), ("r", registry)];
    let folder = load_with(files).unwrap();
    let side = |address: &str| folder.border.place(folder.border.locate(address.parse().unwrap())).side;
    assert_eq!(["20.1.1.1", "2600::1"].map(side), [Side::Party(PartyIndex(0)); 2]);
    assert_eq!(["30.0.0.9", "30.0.0.10", "21.0.0.0"].map(side), [Side::Party(PartyIndex(1)), Side::World, Side::World]);
    let tables: Vec<_> = folder.tables.iter().map(|table| (table.kind, table.format, table.entries)).collect();
    assert_eq!(tables, [("origins", TableFormat::Prefixes, 2), ("registry", TableFormat::Ranges, 3)]);
}

#[test]
fn a_safe_area_may_lie_where_only_a_table_places_its_party() {
    let area = "[[safe_area]]\nid = 's'\nclass = 'water'\nparty = 'alpha'\naddresses = ['20.0.0.1', '21.0.0.1']\n";
    let mission = format!("{TWO}{area}[tables]\norigins = 'o'\n");
    let told = load_with(&[(MISSION_FILE, mission.as_bytes()), ("o", b"20.0.0.0/8 100\n")]).unwrap_err();
    let message = "21.0.0.1/32 is not in the space of party \"alpha\": it counts as world (claimed by no party)";
    assert_eq!(told, [format!("15:26 error {message}")]);
}

#[test]
fn bad_tables_are_told_with_line_and_value() {
    let mission = format!("{TWO}[tables]\norigins = 'o'\nregistry = 'nowhere'\n");
    let files = |origins: &'static [u8]| load_with(&[(MISSION_FILE, mission.as_bytes()), ("o", origins)]).unwrap_err();
    let missing = "13:12 error cannot read the table \"nowhere\": No such file or directory (os error 2)";
    assert_eq!(
        files(b"10.0.0.0/8 1\n\n10.0.0.1/8 2\n"),
        [
            missing,
            "o:3:1 error 10.0.0.1/8 has bits set beyond its length; write 10.0.0.0/8, or 10.0.0.1 for the one address",
        ]
    );
    assert_eq!(files(b"")[1], "o:error this table has no entry");
    assert_eq!(
        files(b"10.0.0.0,10.0.0.9,many\n")[1],
        "o:1:19 error \"many\" is not an AS number; write 64500 or \"AS64500\""
    );
    assert!(files(b"10.0.0.9,10.0.0.0,1\n")[1].starts_with("o:1:10 error the range from 10.0.0.9 does not end"));
    assert!(files(&[0xff; 100])[1].starts_with("o:1:1 error"));
    let updates = b"\0\0\0\0\0\x10\0\x04\0\0\0\0";
    assert_eq!(files(updates)[1], "o:error this MRT file holds updates, not a table");
}

#[test]
fn a_few_bad_lines_and_a_cut_end_are_warnings() {
    use std::io::Write;
    let mission = format!("{TWO}[tables]\norigins = 'o'\n");
    let mut lines: String = (0..99).map(|n| format!("20.0.{n}.0/24\t{n}\n")).collect();
    lines.push_str("bad line\n");
    let folder = load_with(&[(MISSION_FILE, mission.as_bytes()), ("o", lines.as_bytes())]).unwrap();
    let message = "1 of 100 lines were left out; the first of them: \"bad\" is not an IPv4 or IPv6 address";
    assert_eq!(told(&folder.warnings), [format!("o:100:1 warning {message}")]);

    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    gzip.write_all(lines.replace("bad line\n", "").as_bytes()).unwrap();
    let packed = gzip.finish().unwrap();
    let folder = load_with(&[(MISSION_FILE, mission.as_bytes()), ("o", &packed[..packed.len() / 2])]);
    let told = folder.map(|folder| told(&folder.warnings)).unwrap_or_else(|told| told);
    assert!(told[0].starts_with("o:warning this file cannot be read to its end"), "{told:?}");
}

/// One MRT record: TABLE_DUMP (RFC 6396, 4.2), IPv4, one route to `prefix` with the AS path 64496 `origin`.
fn table_dump(prefix: [u8; 4], length: u8, peer: u8, origin: u16) -> Vec<u8> {
    let [high, low] = origin.to_be_bytes();
    // ORIGIN, AS_PATH of two 16-bit numbers, NEXT_HOP (RFC 4271, 4.3).
    let attributes = [0x40, 1, 1, 0, 0x40, 2, 6, 2, 2, 0xfb, 0xf0, high, low, 0x40, 3, 4, 192, 0, 2, 1];
    let mut body = vec![0, 0, 0, 1];
    body.extend(prefix);
    body.extend([length, 1, 0, 0, 0, 0, 192, 0, 2, peer, 0xfb, 0xf0, 0, attributes.len() as u8]);
    body.extend(attributes);
    let mut record = vec![0, 0, 0, 0, 0, 12, 0, 1, 0, 0, 0, body.len() as u8];
    record.extend(body);
    record
}

#[test]
fn a_routing_table_in_mrt_gives_the_origin_that_most_peers_see() {
    let mission = format!("{TWO}[tables]\norigins = 'rib'\n");
    let mut rib = Vec::new();
    for (peer, origin) in [(1, 300), (2, 100), (3, 100)] {
        rib.extend(table_dump([20, 0, 0, 0], 8, peer, origin));
    }
    let whole = load_with(&[(MISSION_FILE, mission.as_bytes()), ("rib", &rib)]).unwrap();
    assert_eq!((whole.tables[0].format, whole.tables[0].entries, whole.warnings.len()), (TableFormat::Mrt, 2, 0));
    let place = whole.border.place(whole.border.locate("20.1.2.3".parse().unwrap()));
    assert_eq!((place.side, place.origin), (Side::Party(PartyIndex(0)), Some(Asn(100))));

    let cut = load_with(&[(MISSION_FILE, mission.as_bytes()), ("rib", &rib[..rib.len() - 5])]).unwrap();
    assert!(told(&cut.warnings)[0].starts_with("rib:warning 1 records could not be read; 1 prefixes could"));
}

/// The bytes with a few of them changed, left out or doubled, the same for the same `seed`.
fn damaged(bytes: &[u8], seed: u64) -> Vec<u8> {
    // xorshift (Marsaglia 2003); the seed is odd, so never zero.
    let mut state = seed.wrapping_mul(2).wrapping_add(0x9e37_79b9_7f4a_7c15) | 1;
    let mut below = |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % bound as u64) as usize
    };
    let mut bytes = bytes.to_vec();
    for _ in 0..1 + below(4) {
        let at = below(bytes.len());
        match below(4) {
            0 => bytes[at] = below(256) as u8,
            1 => bytes[at] = b"[]{}\"'=,\n.#/:"[below(13)],
            2 => drop(bytes.remove(at)),
            _ => bytes.insert(at, bytes[at]),
        }
    }
    bytes
}

#[test]
fn damage_of_any_kind_is_told_and_never_fatal() {
    let mission = Plan::template().text().replace("# ", "");
    let mut rib = Vec::new();
    for peer in 1..4 {
        rib.extend(table_dump([20, 0, 0, 0], 8, peer, 100));
    }
    let gzip = {
        let mut gzip = flate2::read::GzEncoder::new(rib.as_slice(), flate2::Compression::fast());
        let mut packed = Vec::new();
        gzip.read_to_end(&mut packed).unwrap();
        packed
    };
    let lines = b"20.0.0.0/8 100\n1.0.0.0,1.0.0.9,7,x\n2001:db8::/32\t1.1\n";
    let with_table = format!("{TWO}[tables]\norigins = 'o'\nregistry = 'o'\n");
    let mut refused = 0;
    for seed in 0..400 {
        let texts = [(damaged(mission.as_bytes(), seed), Vec::new())];
        let tables = [&rib[..], &gzip, lines].map(|table| (with_table.clone().into_bytes(), damaged(table, seed)));
        for (text, table) in texts.into_iter().chain(tables) {
            if let Err(problems) = Folder::load(folder(&[(MISSION_FILE, &text), ("o", &table)]).path()) {
                refused += 1;
                assert!(problems.to_string().contains("help: ") && format!("{problems:#}").contains('\x1b'));
            }
        }
    }
    assert!(refused > 400, "{refused}");
}

#[test]
fn what_is_no_mission_file_is_told() {
    let told = load_with(&[]).unwrap_err();
    assert_eq!(told, ["error cannot read the mission file: No such file or directory (os error 2)"]);
    let told = load_with(&[(MISSION_FILE, b"[mission]\ntitle = 'caf\xe9'\n")]).unwrap_err();
    assert_eq!(told, ["2:13 error this file is not UTF-8: the byte 0xe9 has no meaning here"]);
    assert_eq!(
        load("").unwrap_err(),
        ["1:1 error this file has no [mission] table", "1:1 error this mission has no party"]
    );
}

#[test]
fn a_plan_becomes_a_folder_that_loads_without_a_word() {
    let plans = [
        Plan::template(),
        Plan {
            title: "quotes \" and \\ and\nlines".to_owned(),
            parties: vec!["alpha=0.0.0.0/1,2001::/16".parse().unwrap(), "beta=128.0.0.0/1,fe80::/10".parse().unwrap()],
            safe_areas: vec!["site=power:alpha:10.0.0.0/24,2001:db8::1".parse().unwrap()],
            sensors: vec!["gate=party:alpha,128.0.0.0/2".parse().unwrap()],
        },
    ];
    for plan in plans {
        let parent = TempDir::new().unwrap();
        let path = parent.path().join("a/b");
        plan.write(&path).unwrap();
        let Folder { mission, settings, warnings, .. } = Folder::load(&path).unwrap();
        assert_eq!((mission.title, warnings, settings), (plan.title.clone(), vec![], Settings::default()));
        let parties = mission.parties.into_iter().map(|party| PartyPlan { id: party.id, prefixes: party.prefixes });
        assert_eq!(parties.collect::<Vec<_>>(), plan.parties);
        assert_eq!((mission.safe_areas.len(), mission.sensors.len()), (plan.safe_areas.len(), plan.sensors.len()));
        assert!(matches!(plan.write(&path), Err(WriteError::Exists(_))));
        assert_eq!(fs::read_dir(&path).unwrap().count(), 1, "no other file is left behind");
    }
    assert_eq!(
        (Plan::template().parties.len(), Plan::template().safe_areas.len(), Plan::template().sensors.len()),
        (2, 2, 1)
    );
}

#[test]
fn an_unsound_plan_writes_nothing() {
    let plan = Plan {
        parties: vec!["alpha=10.0.0.0/8".parse().unwrap(), "beta=10.0.0.0/8".parse().unwrap()],
        ..Plan::template()
    };
    let parent = TempDir::new().unwrap();
    let path = parent.path().join("new");
    assert!(matches!(plan.write(&path), Err(WriteError::Unsound(_))));
    assert!(!path.exists());
}

#[test]
fn flags_that_cannot_be_read_say_what_to_write() {
    for (text, wanted) in [
        ("alpha", "write ID="),
        ("Alpha=10.0.0.0/8", "is not an id"),
        ("alpha=", "is not an IPv4 or IPv6 address"),
        ("alpha=10.0.0.1/8", "write 10.0.0.0/8"),
    ] {
        assert!(text.parse::<PartyPlan>().unwrap_err().contains(wanted), "{text}");
    }
    assert!("a=power:alpha".parse::<SafeAreaPlan>().unwrap_err().contains("write ID=CLASS"));
    assert!("a=bank:alpha:10.0.0.1".parse::<SafeAreaPlan>().unwrap_err().contains("class"));
    assert!("a=party:World".parse::<SensorPlan>().unwrap_err().contains("id"));
}

/// The shared folder with real data, where the environment names it.
fn shared(name: &str) -> Option<PathBuf> {
    let Some(root) = std::env::var_os("BLUELINE_SHARED") else {
        println!("skipped: set BLUELINE_SHARED to the folder with the shared data");
        return None;
    };
    Some(Path::new(&root).join("data/routing").join(name))
}

#[test]
fn real_routing_tables_are_read() {
    for (name, format, least, warned) in [
        ("ipasn_20140513.dat.gz", TableFormat::Prefixes, 512_000, false),
        ("bview.20020722.2337.gz", TableFormat::Mrt, 10_000, false),
        ("rib.20140523.0600.first1MB.bz2", TableFormat::Mrt, 1_000, true),
    ] {
        let Some(file) = shared(name) else { return };
        let mission = format!("{TWO}[tables]\norigins = {:?}\n", file.to_str().unwrap());
        let Folder { tables, warnings, .. } = load(&mission).unwrap();
        println!("{name}: {} entries, {:?}", tables[0].entries, told(&warnings));
        assert_eq!((tables[0].format, warnings.is_empty()), (format, !warned), "{name}");
        assert!(tables[0].entries >= least, "{name}: {}", tables[0].entries);
    }
}
