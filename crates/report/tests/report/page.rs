//! The HTML page: escaped, alone, whole.

use blueline_report::{Seal, html};
use blueline_terms::Mission;

use crate::sample;

fn page() -> String {
    html::page(&sample::mission(), &sample::run(), &sample::seals(), "en")
}

/// Every tag that opens closes, in order. Void elements (HTML standard, 13.1.2) aside.
fn assert_balanced(page: &str) {
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
    mission.safe_areas[0].names.insert("en".to_owned(), hostile.to_owned());
    mission.sensors[0].vantage = Some(hostile.to_owned());
    run.oddities[0].source = hostile.to_owned();
    run.oddities[0].first.detail = format!("{hostile}\u{0}\u{1b}");
    let seals = [Seal { sensor: None, head: hostile.to_owned(), batches: 1 }];
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
    ] {
        assert!(page.contains(text), "{text}");
    }
    assert!(page.contains(&"8f3a".repeat(16)));
    for link in page.split("href=\"#").skip(1) {
        let id = link.split('"').next().unwrap();
        assert!(page.contains(&format!("id=\"{id}\"")), "no part is called {id}");
    }
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
