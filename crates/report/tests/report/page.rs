//! The HTML page: escaped, alone, whole.

use blueline_report::{Seal, html};
use blueline_terms::{Contact, Mission, Picture, PublicKey};

use crate::sample;

fn page() -> String {
    html::page(&sample::mission(), &sample::run(), &sample::seals(), "en")
}

/// Every tag that opens closes, in order. Void elements (HTML standard, 13.1.2) aside.
pub(crate) fn assert_balanced(page: &str) {
    let mut open = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        let end = rest[start..].find('>').unwrap() + start;
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        let name = tag.split_whitespace().next().unwrap().trim_start_matches('/');
        match name {
            "!DOCTYPE" | "meta" | "br" => {}
            _ if tag.starts_with('/') => assert_eq!(open.pop(), Some(name.to_owned()), "near {tag}"),
            _ => {
                open.push(name.to_owned());
                if name == "style" || name == "script" {
                    rest = &rest[rest.find("</").unwrap()..];
                }
            }
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn text_from_outside_is_escaped() {
    let hostile =
        "</title></style><script>alert(1)</script><img src=x onerror=alert(2)>\" autofocus onfocus=\"alert(3)";
    let (mut mission, mut run) = (sample::mission(), sample::run());
    mission.title = hostile.to_owned();
    for party in &mut mission.parties {
        party.names.insert("en".to_owned(), hostile.to_owned());
    }
    let party = &mut mission.parties[0];
    party.names.insert(hostile.to_owned(), hostile.to_owned());
    party.domains = vec![hostile.to_owned()];
    let contact = || Some(hostile.to_owned());
    party.contacts =
        vec![Contact { role: hostile.to_owned(), name: hostile.to_owned(), email: contact(), phone: contact() }];
    party.keys = vec![PublicKey { algorithm: hostile.to_owned(), base64: hostile.to_owned() }];
    mission.safe_areas[0].names.insert("en".to_owned(), hostile.to_owned());
    mission.sensors[0].vantage = Some(hostile.to_owned());
    run.oddities[0].source = hostile.to_owned();
    run.oddities[0].first.detail = format!("{hostile}\u{0}\u{1b}");
    let seals = [Seal { sensor: None, head: hostile.to_owned(), batches: 1, named: [(1, hostile.to_owned())].into() }];
    let page = html::page(&mission, &run, &seals, "en");
    assert_eq!(page.matches("<script").count(), 1);
    assert_eq!(page.matches("<img").count() + page.matches("onfocus=\"").count(), 0);
    assert!(page.contains("&lt;script&gt;") && !page.contains(['\u{0}', '\u{1b}']));
    assert_balanced(&page);
}

#[test]
fn the_page_stands_alone() {
    let page = page();
    for reach in ["http://", "https://", "src=", "url(", "@import", "<link", "<iframe", "//cdn"] {
        assert!(!page.contains(reach), "{reach}");
    }
    assert!(page.contains("default-src 'none'"));
    assert_balanced(&page);
}

#[test]
fn every_part_is_there_without_the_script() {
    let page = page();
    for text in [
        "Line monitoring mission",
        "2026-03-01 10:00:00 to 10:09:59 UTC",
        "49.0%",
        "2001:db8:b:0:aa:bb:cc:dd",
        "203.0.113.0/24 registered in XC",
        "St Anne Hospital",
        "modbus/tcp 502",
        "1 packet in 100",
        "coverage unknown",
        "fragment.overlap",
        "the last record wants 1400 bytes, 212 are there",
        "How to verify",
        "Copies",
        "41,000 of 237,667 packet records were copies and not counted again",
        "east-ridge",
        "Nothing was seen to cross.",
        "84.7 MB in 132,501 packets, 4,130 flows",
    ] {
        assert!(page.contains(text), "{text}");
    }
    assert!(page.contains(&"8f3a".repeat(16)));
    for link in page.split("href=\"#").skip(1) {
        let id = link.split('"').next().unwrap();
        assert!(page.contains(&format!("id=\"{id}\"")), "no part is called {id}");
    }
}

/// What a party declared is there, and nothing that it did not declare.
#[test]
fn the_parties_are_there_folded_away() {
    let page = page();
    let start = page.find("<section id=\"parties\">").unwrap();
    let parties = &page[start..start + page[start..].find("</section>").unwrap()];
    assert!(parties.starts_with("<section id=\"parties\"><details><summary>"), "{parties}");
    let cards: Vec<_> = parties.split("<article").skip(1).collect();
    let [arden, boral, corvo] = cards.as_slice() else { panic!("{parties}") };
    for text in [
        "Arden",
        "أردن",
        "阿登",
        "192.0.2.0/24",
        "2001:db8:a::/48",
        "AS64500",
        "arden.example",
        "arden duty desk",
        "csirt@arden.example",
        "+99 555 0100",
        "ed25519",
        "whole key: MCowBQYDK2VwAyEAARDENAAAA",
        "Mill water works",
        "192.0.2.64/28",
    ] {
        assert!(arden.contains(text), "{text}: {arden}");
        assert!(text.contains("555") || text == "ed25519" || !boral.contains(text), "{text}: {boral}");
    }
    assert!(corvo.contains("203.0.113.0/25") && boral.contains("St Anne Hospital"));
    for word in ["Domains", "Contacts", "Keys", "Countries", "Safe areas"] {
        assert!(!corvo.contains(word), "corvo declared none: {word}");
    }
}

/// The id of a conversation's first flow: short to see, whole to copy; none where the batch is not sealed.
#[test]
fn conversations_show_their_flow() {
    let page = page();
    let seal = "5ea1".repeat(16);
    assert!(page.contains(&format!("<code class=\"seal\">{seal}</code> / 17")), "{page}");
    assert!(page.contains(&format!("title=\"flow id: packet 17 (from 0) of the batch with seal {seal}\"")));
    assert!(page.contains("batch not sealed yet"));
}

/// Copies change what is said of copies, and no share.
#[test]
fn shares_are_of_what_was_counted() {
    let of = |run: &Picture| html::page(&sample::mission(), run, &sample::seals(), "en");
    let mut alone = sample::run();
    alone.total = alone.counted();
    let without = of(&alone);
    assert!(!without.contains("records, not counted again"));
    let mut copied = alone.clone();
    copied.total.packets *= 2;
    assert!(of(&copied).contains("records, not counted again"));
    let shares = |page: &str| page.matches('%').count();
    assert_eq!(shares(&without), shares(&of(&sample::run())));
    alone.unattributed.bytes = alone.total.bytes / 4;
    let mut copied = alone.clone();
    copied.total.bytes *= 3;
    copied.total.packets *= 3;
    for run in [alone, copied] {
        assert!(of(&run).contains("<dt>Unattributed</dt><dd>25.0%"), "a quarter of what was counted");
    }
}

#[test]
fn without_declared_borders_nothing_is_said_of_them() {
    let mission = Mission { borders: vec![], ..sample::mission() };
    let page = html::page(&mission, &sample::run(), &sample::seals(), "en");
    assert!(!page.contains("id=\"borders\"") && !page.contains("href=\"#borders\""));
}

#[test]
fn without_a_declared_sensor_the_page_says_so() {
    let mut run = sample::run();
    run.coverage.sensors.clear();
    run.coverage.packets_undeclared = run.coverage.packets;
    let page = html::page(&sample::mission(), &run, &[], "en");
    assert!(page.contains("Coverage unknown: no declared sensor."));
    assert!(!page.contains("in sight: "));
}

#[test]
fn an_empty_picture_is_a_page_too() {
    let page = html::page(&Mission::default(), &sample::empty(), &[], "en");
    assert_balanced(&page);
    assert!(page.contains("No traffic between different sides was seen.") && page.contains("no packet"));
}

/// More of everything than is shown: nothing is left out without a word, and the page stays bounded.
#[test]
fn much_is_cut_with_a_word() {
    let mut run = sample::run();
    run.oddities = run.oddities.iter().cycle().take(5000).cloned().collect();
    run.oddity_total = u64::MAX;
    run.top = run.top.iter().cycle().take(5000).cloned().collect();
    run.new_services = run.new_services.iter().cycle().take(5000).copied().collect();
    let bins = run.timeline.bins.iter().cycle().take(50_000).cloned().collect();
    run.timeline.bins = bins;
    let page = html::page(&sample::mission(), &run, &sample::seals(), "en");
    assert!(page.len() < 1_000_000, "{} bytes", page.len());
    assert!(
        page.contains("and 4950 more") && page.contains("and 4900 more") && page.contains("of other kinds or sources")
    );
}

#[test]
fn many_parties_make_a_bounded_page() {
    let (mission, run) = sample::crowd(40);
    let page = html::page(&mission, &run, &[], "en");
    assert_balanced(&page);
    assert!(page.len() < 1_000_000, "{} bytes", page.len());
    assert!(page.contains("more sides") && page.contains("more directions"));
}
