//! Lists in, what they match out.

use proptest::prelude::*;

use super::*;

/// What a list matches, and what it is told of.
fn read(text: &str) -> (Listed, Vec<String>) {
    let (list, troubles) = Indicators::read(None, text.as_bytes(), "list");
    let (listed, more) = Listed::new(vec![list]);
    (listed, troubles.iter().chain(&more).map(ToString::to_string).collect())
}

fn at(listed: &Listed, address: &str) -> Vec<String> {
    let address = address.parse().unwrap();
    listed.address(address).into_iter().flatten().map(|hit| listed.value(hit.number)).collect()
}

fn named(listed: &Listed, name: &str) -> Vec<String> {
    listed
        .name(name)
        .map(|(hit, exact)| format!("{}{}", listed.value(hit.number), if exact { "" } else { " above" }))
        .collect()
}

#[test]
fn a_plain_list_is_read_and_what_is_odd_is_told() {
    let (listed, troubles) = read(
        "# made today\n\
         1[.]2[.]3[.]4 # loader\r\n\
         1.2.3.0/24 ; SBL1\n\
         1.2.3.4/24\n\
         \n\
         evil.example,2026-01-01,x\n\
         0.0.0.0 ads.example tracker.example\n\
         hxxp://drop.example/a.exe\n\
         0.0.0.0/0\n\
         127.0.0.1\n\
         10.1.2.3\n\
         nonsense!\n\
         t13d1516h2_8daaf6152771_02713d6af862",
    );
    assert_eq!(at(&listed, "1.2.3.4"), ["1.2.3.4", "1.2.3.0/24"]);
    assert_eq!(at(&listed, "1.2.3.5"), ["1.2.3.0/24"]);
    assert_eq!(at(&listed, "10.1.2.3"), ["10.1.2.3"]);
    assert!(at(&listed, "1.2.4.4").is_empty() && at(&listed, "127.0.0.1").is_empty());
    assert_eq!(named(&listed, "www.evil.example"), ["evil.example above"]);
    assert_eq!(named(&listed, "tracker.example"), ["tracker.example"]);
    assert_eq!(named(&listed, "drop.example."), ["drop.example"]);
    assert!(named(&listed, "www.drop.example").is_empty() && named(&listed, "notevil.example").is_empty());
    assert_eq!(listed.ja4("t13d1516h2_8daaf6152771_02713d6af862").count(), 1);
    assert_eq!(listed.address("1.2.3.4".parse().unwrap()).unwrap().next().unwrap().label, "loader");
    assert_eq!(
        troubles,
        [
            "list:4: \"1.2.3.4/24\" has bits set beyond its length; \
             write 1.2.3.0/24 for the block, or 1.2.3.4 for the one address",
            "list:9: \"0.0.0.0/0\" is too wide to say anything; write blocks of /8 or longer, each of which you mean",
            "list:10: \"127.0.0.1\" is no host's address; \
             remove it: loopback, multicast and reserved addresses are nobody's",
            "list:11: \"10.1.2.3\" lies in space for private use or documentation, whose addresses mean other hosts in \
             other networks; remove it unless it is meant; it is matched because the list names it",
            "list:12: \"nonsense!\" is not an address, a name, a URL or a JA4 fingerprint; \
             write an address, a prefix, a domain name, a URL or a JA4 fingerprint",
        ]
    );
}

#[test]
fn a_wide_block_does_not_mean_the_private_space_in_it() {
    let (listed, troubles) = read("192.0.0.0/8\n198.0.0.0/8\n2000::/8\n192.168.7.0/24");
    assert_eq!(troubles.len(), 1, "{troubles:?}");
    assert_eq!(at(&listed, "192.1.2.3"), ["192.0.0.0/8"]);
    assert_eq!(at(&listed, "192.168.7.1"), ["192.168.7.0/24"]);
    for private in ["192.168.1.1", "192.0.2.1", "198.51.100.1", "198.18.0.1", "2001:db8::1"] {
        assert!(at(&listed, private).is_empty(), "{private}");
    }
}

#[test]
fn many_bad_lines_are_counted() {
    let text: String = (0..100).map(|n| format!("bad {n}\n")).collect();
    let (_, troubles) = Indicators::read(None, text.as_bytes(), "l");
    assert_eq!(troubles.iter().map(|trouble| trouble.count).sum::<u64>(), 100);
    assert_eq!(troubles.len(), 8);
    assert!(troubles[7].to_string().contains("(and 92 more)"), "{}", troubles[7]);
}

const STIX: &str = r#"{"type":"bundle","id":"bundle--1","objects":[
 {"type":"indicator","id":"indicator--a","name":"C2","modified":"2026-01-01T00:00:00Z","pattern_type":"stix",
  "pattern":"[ipv4-addr:value = '1.2.3.4' OR domain-name:value = 'evil.example']","confidence":80,
  "valid_from":"2026-01-01T00:00:00Z","valid_until":"2026-02-01T00:00:00Z",
  "labels":["rsit:malicious-code=\"infected-system\""]},
 {"type":"indicator","id":"indicator--b","modified":"2026-01-01T00:00:00Z","pattern":"[ipv4-addr:value = '1.2.3.5']"},
 {"type":"indicator","id":"indicator--b","modified":"2026-01-02T00:00:00Z","pattern":"[ipv4-addr:value = '1.2.3.6']"},
 {"type":"indicator","id":"indicator--b","modified":"2025-01-02T00:00:00Z","pattern":"[ipv4-addr:value = '1.2.3.7']"},
 {"type":"indicator","id":"indicator--c","modified":"2026-01-01T00:00:00Z","pattern":"[ipv4-addr:value = '1.2.3.8']"},
 {"type":"indicator","id":"indicator--c","modified":"2026-01-03T00:00:00Z","revoked":true,
  "pattern":"[ipv4-addr:value = '1.2.3.8']"},
 {"type":"indicator","id":"indicator--d","pattern":"[file:size = 3]","modified":7},
 {"type":"indicator","id":"indicator--e","pattern":"alert tcp","pattern_type":"snort"},
 {"type":"indicator","id":"indicator--f","pattern":"[ipv4-addr:value = '1.2.3.9'","valid_until":"soon"},
 {"type":"indicator","id":"indicator--g","indicator_types":["benign"],"pattern":"[ipv4-addr:value = '1.2.3.10']"},
 {"type":"ipv4-addr","id":"ipv4-addr--x","value":"1.2.4.1"},
 {"type":"ipv4-addr","id":"ipv4-addr--y","value":"1.2.4.2"},
 {"type":"domain-name","id":"domain-name--z","value":"bad.example"},
 {"type":"observed-data","id":"observed-data--1","object_refs":["domain-name--z"]},
 {"type":"observed-data","id":"observed-data--2","object_refs":["ipv4-addr--y","domain-name--z"]},
 {"type":"relationship","relationship_type":"based-on","source_ref":"indicator--a","target_ref":"ipv4-addr--x"},
 {"type":"relationship","relationship_type":"based-on","source_ref":"indicator--a","target_ref":"observed-data--1"},
 {"type":"relationship","relationship_type":"based-on","source_ref":"indicator--a","target_ref":"observed-data--2"},
 17, {"pattern":[]}
]}"#;

#[test]
fn a_stix_bundle_is_read_with_versions_windows_and_what_it_rests_on() {
    let (listed, troubles) = read(STIX);
    assert_eq!(listed.len(), 5, "{listed:?}");
    let hit = listed.address("1.2.3.4".parse().unwrap()).unwrap().next().unwrap();
    assert_eq!(
        (hit.label, hit.confidence, hit.class.unwrap().as_ref()),
        ("C2", Some(80), "malicious-code/infected-system")
    );
    let day = |text: &str| text.parse().unwrap();
    assert!(hit.can_hold(day("2026-01-15T00:00:00Z")) && !hit.can_hold(day("2026-03-01T00:00:00Z")));
    assert_eq!(at(&listed, "1.2.3.6"), ["1.2.3.6"]);
    assert_eq!(at(&listed, "1.2.4.1"), ["1.2.4.1"]);
    assert_eq!(named(&listed, "bad.example"), ["bad.example"]);
    for gone in ["1.2.3.5", "1.2.3.7", "1.2.3.8", "1.2.3.9", "1.2.3.10", "1.2.4.2"] {
        assert!(at(&listed, gone).is_empty(), "{gone}");
    }
    let said = troubles.join("\n");
    for wanted in [
        "list#/objects/6/modified: \"7\" is not a time",
        "list#/objects/6/pattern: \"file:size = 3\" asks for file:size",
        "list#/objects/7/pattern_type: \"snort\" is the language",
        "list#/objects/8/valid_until: \"soon\" is not a time",
        "is no STIX pattern; mend the pattern: at byte 28, it ends where ] should stand",
        "list#/objects/9/indicator_types: is an indicator of what is benign",
    ] {
        assert!(said.contains(wanted), "{wanted}\n{said}");
    }
    assert_eq!(troubles.len(), 6, "{said}");
}

const MISP: &str = r#"[{"Event":{"info":"Case 7","uuid":"u","Tag":[{"name":"rsit:fraud=\"phishing\""}],"Attribute":[
 {"type":"ip-dst","to_ids":true,"value":"1.2.3.4","first_seen":"2026-01-01T00:00:00+00:00"},
 {"type":"ip-dst|port","to_ids":true,"value":"1.2.3.5|443","comment":"panel"},
 {"type":"domain|ip","to_ids":true,"value":"evil.example|1.2.3.6"},
 {"type":"hostname","to_ids":true,"value":"www.bad.example"},
 {"type":"url","to_ids":true,"value":"http://u.example/x"},
 {"type":"ja4-fingerprint","to_ids":true,"value":"t13d1516h2_8daaf6152771_02713d6af862",
  "Tag":[{"name":"misp:confidence-level=\"usually-confident\""}]},
 {"type":"ip-src","to_ids":false,"value":"1.2.3.7"},
 {"type":"ip-src","to_ids":true,"deleted":true,"value":"1.2.3.8"},
 {"type":"sha256","to_ids":true,"value":"00"},
 {"type":"sha256","to_ids":true,"value":"01"},
 {"type":"ip-src","to_ids":"1","value":"1.2.3.300"}],
 "Object":[{"name":"network","Attribute":[{"type":"ip-src","to_ids":true,"value":"1.2.3.9"}]},
           {"deleted":true,"Attribute":[{"type":"ip-src","to_ids":true,"value":"1.2.3.11"}]}]}}]"#;

#[test]
fn misp_events_are_read() {
    assert_eq!(Format::guess(MISP.as_bytes()), Format::Misp);
    let (listed, troubles) = read(MISP);
    assert_eq!(listed.len(), 8);
    let hit = listed.address("1.2.3.5".parse().unwrap()).unwrap().next().unwrap();
    assert_eq!((hit.label, hit.class.unwrap().as_ref()), ("panel", "fraud/phishing"));
    assert!(hit.fits(6, 443) && !hit.fits(6, 80));
    let hit = listed.address("1.2.3.4".parse().unwrap()).unwrap().next().unwrap();
    let before = "2025-01-01T00:00:00Z".parse().unwrap();
    assert!(hit.label == "Case 7" && hit.can_hold(before) && !hit.window.holds(before));
    assert_eq!(named(&listed, "a.evil.example"), ["evil.example above"]);
    assert!(named(&listed, "a.www.bad.example").is_empty());
    assert_eq!(listed.ja4("t13d1516h2_8daaf6152771_02713d6af862").next().unwrap().confidence, Some(75));
    assert_eq!(at(&listed, "1.2.3.9"), ["1.2.3.9"]);
    for gone in ["1.2.3.7", "1.2.3.8", "1.2.3.11"] {
        assert!(at(&listed, gone).is_empty(), "{gone}");
    }
    assert_eq!(troubles.len(), 3, "{troubles:?}");
    assert!(troubles[0].contains("/0/Event/Attribute/6/value: \"1.2.3.7\" is not marked"), "{}", troubles[0]);
    assert!(troubles[1].contains("\"sha256\"") && troubles[1].contains("(and 1 more)"), "{}", troubles[1]);
    assert!(troubles[2].contains("/0/Event/Attribute/10/value: \"1.2.3.300\""), "{}", troubles[2]);
}

#[test]
fn every_shape_of_misp_is_read() {
    let event = r#"{"info":"i","Attribute":[{"type":"ip-dst","to_ids":true,"value":"1.2.3.4"}]}"#;
    for text in [
        event.to_owned(),
        format!(r#"{{"Event":{event}}}"#),
        format!(r#"{{"response":[{{"Event":{event}}}]}}"#),
        format!(r#"{{"response":{event}}}"#),
        format!("[{event}]"),
    ] {
        let (listed, troubles) = read(&text);
        assert_eq!((listed.len(), troubles.len()), (1, 0), "{text} {troubles:?}");
    }
    let manifest = r#"{"5d": {"Orgc": {"name": "x"}, "info": "i", "timestamp": "1"}}"#;
    let (_, troubles) = read(manifest);
    assert!(troubles[0].contains("not its manifest.json"), "{troubles:?}");
}

#[test]
fn a_list_that_breaks_off_gives_what_it_holds() {
    let whole = STIX.find("\n {\"type\":\"indicator\",\"id\":\"indicator--c\"").unwrap();
    let (listed, troubles) = read(&STIX[..whole]);
    assert_eq!(listed.len(), 3);
    assert!(troubles[0].contains("breaks off at line 8"), "{troubles:?}");
}

#[test]
fn of_several_lists_the_first_comes_first() {
    let list = |text: &str, name: &str| Indicators::read(None, text.as_bytes(), name).0;
    let lists = vec![list("1.2.3.4\nevil.example", "one"), list("1.2.3.4\n1.2.0.0/16\nevil.example", "two")];
    let (listed, _) = Listed::new(lists);
    let hits: Vec<&str> = listed.address("1.2.3.4".parse().unwrap()).unwrap().map(|hit| hit.list).collect();
    assert_eq!(hits, ["one", "two", "two"]);
    assert_eq!(listed.name("evil.example").map(|(hit, _)| hit.list).collect::<Vec<_>>(), ["one", "two"]);
    assert_eq!(listed.lists(), ["one", "two"]);
}

#[test]
fn what_is_assumed_yields_to_what_is_said() {
    let (list, _) = Indicators::read(None, MISP.as_bytes(), "l");
    let (listed, _) = Listed::new(vec![list.assuming(Some(20), Some("other/undetermined"))]);
    let hit = listed.address("1.2.3.4".parse().unwrap()).unwrap().next().unwrap();
    assert_eq!((hit.confidence, hit.class.unwrap().as_ref()), (Some(20), "fraud/phishing"));
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        for format in [None, Some(Format::Plain), Some(Format::Stix), Some(Format::Misp)] {
            let (list, _) = Indicators::read(format, &bytes, "l");
            Listed::new(vec![list]);
        }
    }

    #[test]
    fn no_change_of_a_good_list_makes_a_reader_panic(at in 0usize..3000, byte: u8, cut in 0usize..3000) {
        let plain = "1.2.3.4 # é\nevil[.]example";
        for (format, text) in [(Format::Stix, STIX), (Format::Misp, MISP), (Format::Plain, plain)] {
            let mut bytes = text.as_bytes().to_vec();
            let place = at % bytes.len();
            bytes[place] = byte;
            for piece in [&bytes[..], &bytes[..cut.min(bytes.len())]] {
                let (list, _) = Indicators::read(Some(format), piece, "l");
                Listed::new(vec![list]);
            }
        }
    }

    #[test]
    fn no_pattern_makes_the_reader_panic(
        words in proptest::collection::vec(proptest::sample::select(vec![
            "[", "]", "(", ")", "ipv4-addr:value", "network-traffic:dst_port", "=", "'1.2.3.4'", "'é\\'",
            "AND", "OR", "NOT", "FOLLOWEDBY", "IN", "LIKE", "'%'", "443", "REPEATS", "TIMES", "START", "STOP", "t'x'",
            ":", ".", "*", ",", "/*",
        ]), 0..24)
    ) {
        let _ = pattern::read(&words.join(" "));
    }
}
