//! Findings on every face: in the picture, in full, on the page, as lines.

use blueline_report::explain::{Findings, Library, Messages, Topic};
use blueline_report::terminal::{self, Look};
use blueline_report::{html, lines};
use blueline_terms::finding::{Reason, Value};
use blueline_terms::{Confidence, Finding, FindingState, Mission, PartyIndex, Side, Spoofed};
use serde_json::{Value as Json, json};

use crate::files::compare;
use crate::page::assert_balanced;
use crate::sample::{self, A, B};
use crate::symmetry::{exchanged, relabelled};

const LANGUAGES: [&str; 4] = ["en", "ar", "tr", "fr"];

fn library() -> Library {
    Library::new(&[])
}

fn found<'a>(library: &'a Library, told: &'a [Finding]) -> Findings<'a> {
    Findings { told, more: 0, shed: 0, detectors: 3, library }
}

fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

fn look(width: usize, language: &str, ascii: bool) -> Look<'_> {
    Look { width, language, ascii }
}

/// The part of the picture that is about findings.
fn section(findings: &Findings<'_>, look: Look<'_>) -> String {
    let text = plain(&terminal::picture_with(&sample::mission(), &sample::run(), &sample::seals(), findings, look));
    let start = text.find("Findings").map(|at| text[..at].rfind('\n').unwrap() + 1).unwrap();
    let end = text.find("Who sends how much to whom").map(|at| text[..at].rfind('\n').unwrap()).unwrap();
    text[start..end].to_owned()
}

fn full(finding: &Finding, look: Look<'_>) -> String {
    plain(&terminal::finding(&sample::mission(), &library(), finding, &sample::seal_of, look))
}

fn line(finding: &Finding) -> Json {
    let line = lines::finding(&sample::mission(), &library(), finding, &sample::seal_of);
    serde_json::from_str(&line.json()).unwrap()
}

fn of_kind(kind: &str) -> Finding {
    sample::findings().into_iter().find(|finding| finding.kind == kind).unwrap()
}

#[test]
fn the_section_at_several_widths() {
    let (library, told) = (library(), sample::findings());
    let findings = found(&library, &told);
    compare("tests/golden/findings-80.txt", &section(&findings, look(80, "en", false)));
    compare("tests/golden/findings-120.txt", &section(&findings, look(120, "en", false)));
    let ascii = section(&findings, look(48, "ar", true));
    assert!(ascii.is_ascii());
    compare("tests/golden/findings-48-ascii.txt", &ascii);
}

#[test]
fn findings_in_full_in_each_language() {
    let all = |look: Look<'_>| sample::findings().iter().map(|one| full(one, look) + "\n").collect::<String>();
    for language in LANGUAGES {
        compare(&format!("tests/golden/finding-80-{language}.txt"), &all(look(80, language, false)));
    }
    let ascii = all(look(48, "fr", true));
    assert!(ascii.is_ascii());
    compare("tests/golden/finding-48-ascii.txt", &ascii);
}

#[test]
fn findings_as_they_come() {
    let all = |look: Look<'_>| {
        let one = |one: &Finding| plain(&terminal::finding_line(&sample::mission(), &library(), one, look));
        sample::findings().iter().map(one).collect::<String>()
    };
    compare("tests/golden/finding-lines-120.txt", &all(look(120, "en", false)));
    let wide = all(look(200, "en", false));
    assert_eq!(wide.lines().count(), sample::findings().len(), "{wide}");
    assert!(all(look(48, "ar", true)).is_ascii());
}

#[test]
fn every_line_fits_and_no_address_is_cut() {
    let (library, told) = (library(), sample::findings());
    for width in (40..=200).step_by(8) {
        for (language, ascii) in
            [("en", false), ("ar", false), ("tr", false), ("fr", false), ("zh", false), ("ar", true)]
        {
            let look = look(width, language, ascii);
            let mut text = section(&found(&library, &told), look);
            for one in &told {
                text += &full(one, look);
                text += &plain(&terminal::finding_line(&sample::mission(), &library, one, look));
            }
            for line in text.lines() {
                let columns = unicode_width::UnicodeWidthStr::width(line);
                assert!(columns <= width, "{columns} > {width}: {line}");
                assert_eq!(line.trim_end(), line);
            }
            assert!(text.contains("2001:db8:b:0:aa:bb:cc:dd"), "{text}");
        }
    }
}

#[test]
fn nothing_found_is_said_plainly() {
    let library = library();
    let nothing = found(&library, &[]);
    let words = "nothing was found: 3 detectors looked, and what they look for was not seen";
    assert!(section(&nothing, Look { width: 120, ..Look::default() }).contains(words));
    let none = Findings { detectors: 0, ..nothing };
    assert!(section(&none, Look::default()).contains("no detector looked, so nothing could be found"));
    let page = html::page_with(&sample::mission(), &sample::run(), &[], &nothing, "en");
    assert!(page.contains("Nothing was found: 3 detectors looked") && !page.contains("<details class=\"why\">"));
    let run = lines::summary_with(&sample::mission(), &sample::run(), 0, &[], &nothing).json();
    let run: Json = serde_json::from_str(&run).unwrap();
    assert_eq!(run["findings"], json!({"opened": 0, "high": 0, "moderate": 0, "low": 0, "shed": 0, "detectors": 3}));
}

/// The surest come first, then what touches safe areas, then the weightiest, whatever order they come in; the rest is
/// counted.
#[test]
fn the_surest_and_weightiest_are_shown_and_the_rest_is_counted() {
    let library = library();
    let mut told: Vec<_> = (0..20)
        .map(|n| {
            let sure = if n % 4 == 0 { Confidence::Moderate } else { Confidence::Low };
            Finding { packets: 1_000 + n, ..sample::claimed(n, "ddos.flood", "icmp", sure) }
        })
        .collect();
    told.push(Finding { packets: 1, ..sample::claimed(77, "ddos.flood", "ack", Confidence::High) });
    let shown =
        section(&Findings { more: 4, shed: 2, ..found(&library, &told) }, Look { width: 160, ..Look::default() });
    let entries: Vec<_> = shown.lines().filter(|line| line.starts_with("   Flood")).collect();
    assert_eq!(entries.len(), 12, "{shown}");
    assert!(entries[0].contains("TCP ACK") && entries[1].contains("1,016 packets"), "{shown}");
    assert!(entries[1..6].iter().all(|entry| entry.contains("moderate")), "{shown}");
    assert!(shown.contains("13 more findings are not shown: 9 of low confidence, 4 no longer kept"), "{shown}");
    assert!(shown.contains("2 events or claims were let go early"), "{shown}");
    told.reverse();
    assert_eq!(
        section(&Findings { more: 4, shed: 2, ..found(&library, &told) }, Look { width: 160, ..Look::default() }),
        shown
    );
}

/// Likely forged sources, servers that answer, and hosts that answer forged packets are never named as those who acted.
#[test]
fn nobody_is_named_who_need_not_have_acted() {
    for finding in sample::findings() {
        let named = finding.sources.spoofed != Spoofed::Likely
            && !["ddos.reflection", "scan.backscatter"].contains(&&*finding.kind);
        let actor = sample::findings().into_iter().find_map(|one| one.actors.first().copied()).unwrap();
        let accused = Finding { actors: vec![actor], ..finding.clone() };
        let json = line(&accused);
        assert_eq!(json["actors"].as_array().unwrap().len(), usize::from(named), "{}", finding.kind);
        assert_eq!(json["actor_parties"].as_array().unwrap().is_empty(), !named);
        for language in LANGUAGES {
            let explanation = library().explain(language, &sample::mission(), &accused, &sample::seal_of);
            let who = explanation.parts.iter().find(|part| part.topic == Topic::Who).unwrap();
            let address = actor.address.to_string();
            assert_eq!(who.says[0].contains(&address), named, "{language} {}: {:?}", finding.kind, who.says);
            assert_eq!(explanation.headline.contains(&address), named, "{language}: {}", explanation.headline);
        }
    }
}

/// A party is never the subject: its networks are where a source is. A side that is not sure says so, the unknown too.
#[test]
fn sources_are_inside_networks_and_sides_say_how_sure_they_are() {
    let says = |finding: &Finding, topic| {
        let explanation = library().explain("en", &sample::mission(), finding, &sample::seal_of);
        explanation.parts.into_iter().find(|part| part.topic == topic).unwrap().says
    };
    let scan = of_kind("scan.horizontal");
    assert_eq!(
        says(&scan, Topic::Who),
        [
            "203.0.113.9, a source that is perhaps inside the networks of Corvo (only low confidence in the side)",
            "an address says whose network it is in; it does not say who acted"
        ]
    );
    assert_eq!(
        says(&scan, Topic::Whom),
        ["198.51.100.1, inside the networks of Boral", "10.1.9.3, an address whose side is unknown", "and 210 more"]
    );
    assert_eq!(says(&scan, Topic::Grounds), ["never-heard-of (hosts: 212, since: 2026-03-01T10:03:00Z)"]);
    assert_eq!(says(&scan, Topic::Instead), ["activity that was announced, such as a test"]);
    let worm = of_kind("worm.spread");
    assert!(says(&worm, Topic::Who)[0].contains("(moderate confidence in the side)"));
    let mut lost = worm;
    lost.actors[0].side = Side::Party(PartyIndex(99));
    assert_eq!(says(&lost, Topic::Who)[0], "198.51.100.9, a source whose side is unknown");
}

#[test]
fn lines_have_the_agreed_keys_in_their_order() {
    let text = lines::finding(&sample::mission(), &library(), &of_kind("ddos.reflection"), &sample::seal_of).json();
    let keys = [
        "type",
        "id",
        "state",
        "kind",
        "vector",
        "class",
        "effect",
        "start",
        "end",
        "targets",
        "target_parties",
        "sources",
        "ports",
        "packets",
        "bytes",
        "confidence",
        "grounds",
        "against",
        "flows",
        "seal",
        "version",
    ];
    let places: Vec<_> = keys.iter().map(|key| text.find(&format!("\"{key}\":")).unwrap()).collect();
    assert!(places.is_sorted(), "{text}");
    let line: Json = serde_json::from_str(&text).unwrap();
    assert_eq!(line["type"], "finding");
    assert_eq!(line["id"], "2222000000000001");
    assert_eq!(line["class"], "availability/ddos");
    assert_eq!(line["effect"], json!(["A"]));
    assert_eq!(line["start"], "2026-03-01T10:03:00Z");
    assert_eq!(line["targets"], json!(["192.0.2.70"]));
    assert_eq!(line["target_parties"], json!(["arden"]));
    assert_eq!(
        line["sources"],
        json!({"count": 4276, "sample": ["203.0.113.7", "203.0.113.8"], "spoofed": "unlikely", "estimated": false})
    );
    assert_eq!(
        line["grounds"][0],
        json!({
            "reason": "answers-not-asked",
            "text": "8,552 answers of 4,276 servers came for which no question was seen",
            "values": {"answers": 8552, "servers": 4276},
        })
    );
    assert_eq!(line["flows"], json!([{"seal": "5ea1".repeat(16), "ordinal": 17}]), "batch 9 is not sealed");
    assert_eq!(line["seal"], "5ea1".repeat(16));
}

#[test]
fn parties_stand_in_the_order_of_the_data() {
    let worm = line(&of_kind("worm.spread"));
    assert_eq!(worm["target_parties"], json!(["arden", "corvo"]));
    let mut turned = of_kind("worm.spread");
    turned.targets.reverse();
    turned.targets.push(turned.targets[0]);
    assert_eq!(line(&turned)["target_parties"], json!(["corvo", "arden"]));
    assert_eq!(worm["actor_places"][0]["confidence"], "moderate");
    assert_eq!(line(&of_kind("scan.horizontal"))["target_parties"], json!(["boral", "unknown"]));
    assert_eq!(line(&of_kind("scan.backscatter"))["sensors"], json!([null]));
}

#[test]
fn lines_survive_values_that_are_none() {
    let mut finding = of_kind("ddos.flood");
    finding.measure.as_mut().unwrap().value = f64::NAN;
    finding.grounds = vec![Reason::new("x").with("a", "\u{1b}\"").with("b", sample::at(1))];
    finding.grounds[0].values.push(("c".into(), Value::Share(f64::INFINITY)));
    finding.flows.clear();
    let line = line(&finding);
    assert_eq!(line["measure"]["value"], json!(null));
    assert_eq!(line["grounds"][0]["values"], json!({"a": "\u{1b}\"", "b": "2026-03-01T10:00:01Z", "c": null}));
    assert_eq!((&line["seal"], &line["flows"]), (&json!(null), &json!([])));
    assert!(full(&finding, Look::default()).contains("no flow is named"));
}

#[test]
fn the_summary_counts_findings() {
    let (library, told) = (library(), sample::findings());
    let findings = Findings { more: 2, shed: 1, ..found(&library, &told) };
    let summary = lines::summary_with(&sample::mission(), &sample::run(), 0, &[], &findings).json();
    let summary: Json = serde_json::from_str(&summary).unwrap();
    assert_eq!(
        summary["findings"],
        json!({"opened": 8, "high": 3, "moderate": 2, "low": 1, "shed": 1, "detectors": 3})
    );
    let bare = lines::summary(&sample::mission(), &sample::run(), 0, &[]).json();
    assert_eq!(serde_json::from_str::<Json>(&bare).unwrap()["findings"], json!(null));
}

#[test]
fn the_page_explains_in_the_language_and_direction_of_its_reader() {
    let (library, told) = (library(), sample::findings());
    let page = |language| {
        html::page_with(&sample::mission(), &sample::run(), &sample::seals(), &found(&library, &told), language)
    };
    let english = page("en");
    assert_eq!(english.matches("<details class=\"why\">").count(), told.len());
    assert!(english.contains("<div lang=\"en\" dir=\"ltr\">") && english.contains("href=\"#findings\""));
    assert!(english.contains("8,552 answers of 4,276 servers came for which no question was seen"));
    assert!(english.contains(&format!("with seal {}", "5ea1".repeat(16))));
    assert_balanced(&english);
    let arabic = page("ar");
    assert_balanced(&arabic);
    assert!(arabic.contains("<div lang=\"ar\" dir=\"rtl\">") && arabic.contains("الخوادم"));
    assert!(page("zh").contains("<div lang=\"en\" dir=\"ltr\">"));
    for reach in ["http://", "https://", "src=", "url(", "@import", "<link"] {
        assert!(!arabic.contains(reach), "{reach}");
    }
    assert!(!html::page(&sample::mission(), &sample::run(), &[], "en").contains("id=\"findings\""));
}

#[test]
fn text_from_outside_is_escaped_and_cannot_drive_the_terminal() {
    let hostile = "</details><script>alert(1)</script>\u{1b}[2J\u{202e}";
    let mut finding = of_kind("ddos.flood");
    finding.kind = hostile.to_owned().into();
    finding.vector = hostile.to_owned().into();
    finding.class = hostile.to_owned().into();
    finding.grounds = vec![Reason::new(hostile.to_owned()).with(hostile.to_owned(), hostile)];
    finding.measure.as_mut().unwrap().what = hostile.to_owned().into();
    let (library, told) = (library(), [finding]);
    let page = html::page_with(&sample::mission(), &sample::run(), &[], &found(&library, &told), "en");
    assert_eq!(page.matches("<script").count(), 1);
    assert!(!page.contains(['\u{1b}', '\u{202e}']));
    for language in LANGUAGES {
        let look = Look { language, ..Look::default() };
        let text = terminal::finding(&sample::mission(), &library, &told[0], &sample::seal_of, look)
            + &terminal::finding_line(&sample::mission(), &library, &told[0], look);
        assert!(!text.contains("\u{1b}[2J") && !text.contains('\u{202e}'), "{text}");
    }
}

/// Each value in Arabic text is isolated, and every isolate ends.
#[test]
fn arabic_isolates_are_balanced() {
    for finding in sample::findings() {
        let explanation = library().explain("ar", &sample::mission(), &finding, &sample::seal_of);
        let says = explanation.parts.iter().flat_map(|part| &part.says).chain([&explanation.headline]);
        for text in says {
            let mut depth = 0_i32;
            for letter in text.chars() {
                depth += i32::from(letter == '\u{2068}') - i32::from(letter == '\u{2069}');
                assert!((0..=2).contains(&depth), "{text}");
                assert!(
                    !letter.is_ascii_digit() || depth > 0 || FIXED.iter().any(|fixed| text.contains(fixed)),
                    "{text}"
                );
            }
            assert_eq!(depth, 0, "{text}");
        }
    }
}

/// Digits that stand in the messages themselves.
const FIXED: [&str; 2] = ["19 حالة من 20", "ابتداءً من 0"];

type Face = fn(&Mission, &[Finding]) -> String;

const FACES: [(&str, Face); 4] = [
    ("terminal", |mission, told| {
        let library = library();
        let look = Look { width: 100, ..Look::default() };
        terminal::picture_with(mission, &sample::empty(), &[], &found(&library, told), look)
    }),
    ("in full", |mission, told| {
        let library = library();
        let full = |language| {
            let look = Look { width: 100, language, ascii: false };
            let one = |one: &Finding| {
                terminal::finding_line(mission, &library, one, look)
                    + &terminal::finding(mission, &library, one, &sample::seal_of, look)
            };
            told.iter().map(one).collect::<String>()
        };
        full("en") + &full("ar") + &full("tr") + &full("fr")
    }),
    ("html", |mission, told| {
        let library = library();
        html::page_with(mission, &sample::empty(), &sample::seals(), &found(&library, told), "ar")
    }),
    ("lines", |mission, told| {
        let library = library();
        told.iter().map(|one| lines::finding(mission, &library, one, &sample::seal_of).json() + "\n").collect()
    }),
];

/// Exchanging two parties' labels changes every face by just that exchange; one that favours a party is caught.
#[test]
fn labels_alone_change() {
    for (name, face) in FACES {
        let straight = face(&sample::mission(), &sample::findings());
        assert!(exchanged(&straight) == face(&relabelled(), &sample::findings()), "{name}");
        let biased = |mission: &Mission| {
            let favoured = mission.parties.iter().position(|party| party.id.as_str() == "boral").unwrap();
            let mut told = sample::findings();
            for party in told.iter_mut().flat_map(|one| &mut one.targets) {
                if party.side == Side::Party(PartyIndex(favoured as u16)) {
                    party.confidence = Confidence::Low;
                }
            }
            face(mission, &told)
        };
        assert!(exchanged(&biased(&sample::mission())) != biased(&relabelled()), "{name}");
    }
}

/// The order in which parties were declared shows nowhere.
#[test]
fn order_of_declaration_does_not_show() {
    let turned = |side: Side| match side {
        side if side == A => B,
        side if side == B => A,
        side => side,
    };
    let mut mission = sample::mission();
    mission.parties.swap(0, 1);
    for area in &mut mission.safe_areas {
        area.party = PartyIndex([1, 0, 2][usize::from(area.party.0)]);
    }
    mission.borders.clear();
    let straight = Mission { borders: vec![], ..sample::mission() };
    let mut told = sample::findings();
    for one in &mut told {
        one.actors.iter_mut().chain(&mut one.targets).for_each(|party| party.side = turned(party.side));
    }
    for (name, face) in FACES {
        assert!(face(&straight, &sample::findings()) == face(&mission, &told), "{name}");
    }
}

/// What a detector brings is used, in each language that it has.
#[test]
fn a_detectors_own_messages_are_used() {
    let own = Messages {
        en: "kind-scan-horizontal = One host tries many\nnever-heard-of = { $hosts } hosts since { $since }\n",
        fr: "never-heard-of = { $hosts } hôtes depuis { $since }\n",
        ..Messages::default()
    };
    let library = Library::new(&[own]);
    assert_eq!(library.faults(), [""; 0]);
    let scan = of_kind("scan.horizontal");
    assert_eq!(library.reason("fr", &scan.grounds[0]), "212 hôtes depuis 2026-03-01T10:03:00Z");
    assert_eq!(library.reason("tr", &scan.grounds[0]), "212 hosts since 2026-03-01T10:03:00Z");
    let headline = library.explain("en", &sample::mission(), &scan, &sample::seal_of).headline;
    assert!(headline.starts_with("One host tries many (TCP). Against: 198.51.100.1"), "{headline}");
}

#[test]
fn states_are_told_apart() {
    for state in [FindingState::Opened, FindingState::Changed, FindingState::Ended] {
        let finding = Finding { state, ..of_kind("ddos.flood") };
        let text = plain(&terminal::finding_line(&sample::mission(), &library(), &finding, Look::default()));
        assert!(text.contains(state.word()), "{text}");
        assert_eq!(line(&finding)["state"], state.word());
    }
}
