use blueline_terms::finding::Finding;

use super::*;
use crate::measure::Chance;
use crate::stage::{Draft, Stage, host, udp};

const CLIENT: u32 = 0x0a01_0001;
const SERVER: u32 = 0x0808_0808;
const A: u16 = 1;
const TXT: u16 = 16;

fn ask(code: u16, name: &str, answer: u64) -> Draft {
    udp(host(CLIENT), host(SERVER), 40_000, 53).asks(Application::Dns, code, name).answered(1, answer, 0)
}

fn in_vain(name: &str) -> Draft {
    udp(host(CLIENT), host(SERVER), 40_000, 53).asks(Application::Dns, A, name).refuses(Application::Dns, A, name)
}

fn letters(chance: &mut Chance, length: usize) -> String {
    (0..length).map(|_| char::from(b'a' + (chance.draw() * 26.0) as u8)).collect()
}

fn run(gap: u64, drafts: impl Iterator<Item = Draft>) -> Vec<Finding> {
    let mut stage = Stage::of(&DETECTOR);
    for draft in drafts {
        stage.add(draft);
        stage.wait(gap);
    }
    stage.finish()
}

fn best(findings: &[Finding]) -> Option<(String, Confidence)> {
    findings.iter().max_by_key(|finding| finding.confidence).map(|best| (best.vector.to_string(), best.confidence))
}

fn found(vector: &str, confidence: Confidence) -> Option<(String, Confidence)> {
    Some((vector.to_owned(), confidence))
}

#[test]
fn generated_names_are_found_fast_and_slow() {
    let mut chance = Chance(1);
    for gap in [100, 1000, 600_000] {
        let findings = run(gap, (0..80).map(|_| in_vain(&format!("{}.com", letters(&mut chance, 14)))));
        assert_eq!(best(&findings), found("dga", Confidence::High), "{gap}");
        let last = findings.last().unwrap();
        assert_eq!((&*last.kind, last.actors[0].address), ("beacon.dns", host(CLIENT)));
        assert!(findings.iter().all(|finding| finding.id == last.id), "one event");
    }
}

#[test]
fn typing_errors_probes_and_suffixes_are_left_alone() {
    let mut chance = Chance(2);
    let typos =
        ["gogle.com", "facebok.com", "yuotube.com", "amazom.de", "wikipeda.org", "lemonde-fr.fr", "hurriyett.com.tr"];
    let typos = typos.iter().map(|name| in_vain(name)).collect::<Vec<_>>();
    assert_eq!(run(1000, typos.into_iter().cycle().take(100)), []);
    let probes: Vec<_> = (0..100).map(|_| in_vain(&letters(&mut chance, 12))).collect();
    assert_eq!(run(1000, probes.into_iter()), [], "single labels");
    for suffix in ["corp.example.com", "office.example.org", "lan", "fritz.box"] {
        let names: Vec<_> = (0..100).map(|_| in_vain(&format!("{}.{suffix}", letters(&mut chance, 12)))).collect();
        assert_eq!(run(1000, names.into_iter()), [], "{suffix}");
    }
    let few: Vec<_> = (0..5).map(|_| in_vain(&format!("{}.com", letters(&mut chance, 12)))).collect();
    assert_eq!(run(1000, few.into_iter()), [], "few");
}

#[test]
fn lists_and_reverse_lookups_are_left_alone() {
    let address = |n: u32| format!("{}.{}.2.192", n % 250, n / 250);
    for zone in ["zen.blocklist.org", "in-addr.arpa"] {
        assert_eq!(run(100, (0..400).map(|n| in_vain(&format!("{}.{zone}", address(n))))), [], "{zone}");
        assert_eq!(run(100, (0..400).map(|n| ask(TXT, &format!("{}.{zone}", address(n)), 200))), [], "{zone}");
    }
    let keys = (0..200).map(|n| ask(TXT, &format!("s{n}._domainkey.mailer.com"), 500));
    assert_eq!(run(100, keys), []);
}

#[test]
fn a_resolver_that_asks_for_many_is_left_alone() {
    let mut chance = Chance(3);
    let mut stage = Stage::of(&DETECTOR);
    for n in 0..4000u32 {
        stage.add(ask(A, &format!("www.site{}.com", n % 700), 150));
        match n % 50 {
            0 => stage.add(in_vain(&format!("{}.com", letters(&mut chance, 14)))),
            1..4 => stage.add(in_vain(&format!("oldcompany{n}shop.com"))),
            4 => stage.add(ask(TXT, "example.org", 300)),
            _ => {}
        }
        stage.wait(20);
    }
    assert_eq!(stage.finish(), []);
}

fn tunnelled(chance: &mut Chance, lengths: &[usize], domain: &str) -> String {
    let mut name: Vec<String> = lengths.iter().map(|&length| letters(chance, length)).collect();
    name.push(domain.to_owned());
    name.join(".")
}

#[test]
fn tunnels_are_found_fast_and_slow() {
    let mut chance = Chance(4);
    for (gap, code) in [(100, TXT), (2000, A), (60_000, 5)] {
        let names: Vec<_> = (0..80).map(|_| ask(code, &tunnelled(&mut chance, &[6, 60, 60], "tun.net"), 400)).collect();
        assert_eq!(best(&run(gap, names.into_iter())), found("tunnel", Confidence::High), "{gap}");
    }
}

#[test]
fn reputation_lookups_are_low_at_most() {
    let mut chance = Chance(5);
    let names: Vec<_> = (0..300).map(|_| ask(A, &tunnelled(&mut chance, &[8, 26], "avqs.scanner.com"), 140)).collect();
    let findings = run(500, names.into_iter());
    assert!(findings.iter().all(|finding| finding.confidence == Confidence::Low), "{findings:?}");
}

#[test]
fn content_networks_are_left_alone() {
    let name = |n: usize| format!("edge-{}-frankfurt-video-delivery-cache.static.streaming.com", n % 40);
    assert_eq!(run(200, (0..400).map(|n| ask(A, &name(n), 200))), []);
}

#[test]
fn text_questions_are_found() {
    for (gap, answer) in [(100, 1100), (1000, 1100)] {
        let findings = run(gap, (0..120).map(|n| ask(TXT, &format!("{n:06}.get.evil.org"), answer)));
        assert_eq!(best(&findings), found("txt", Confidence::High), "{gap}");
    }
    let beacon =
        run(10_000, (0..12).map(|n: u32| ask(TXT, &format!("{:08x}.cdn.evil.org", n.wrapping_mul(0x9e37)), 120)));
    assert_eq!(best(&beacon), found("txt", Confidence::Moderate));
}

#[test]
fn ordinary_text_questions_are_left_alone() {
    let mixed = (0..200).map(|n| ask(if n % 8 == 0 { TXT } else { A }, &format!("www{n}.shop.org"), 150));
    assert_eq!(run(300, mixed), []);
    let domains = (0..200).map(|n| ask(TXT, &format!("firm{n}.org"), 300));
    assert_eq!(run(300, domains), [], "a mail server checks its senders");
    let version = run(3_000_000, (0..30).map(|_| ask(TXT, "current.version.scanner.net", 150)));
    assert!(version.iter().all(|finding| finding.confidence == Confidence::Low));
    let about_itself = (0..200).map(|n: u32| {
        udp(host(CLIENT), host(SERVER + n % 8), 40_000, 53)
            .asks(Application::Dns, TXT, "VERSION.bind")
            .answered(1, 90, 0)
    });
    assert_eq!(run(5000, about_itself), [], "who asks servers for their version scans");
    let flood = (0..2000).map(|n: u32| in_vain(&format!("{:012x}.victim.org", u64::from(n) * 0x9e37_79b9)));
    assert_eq!(run(5, flood), [], "names that no cache has are a flood's");
}

#[test]
fn a_resolver_of_the_world_that_asks_in_here_is_low_at_most() {
    let mut chance = Chance(6);
    let asks = |name: &str| udp(host(0x0909_0909), host(CLIENT), 40_000, 53).asks(Application::Dns, TXT, name);
    let names: Vec<_> = (0..80).map(|_| asks(&tunnelled(&mut chance, &[6, 60, 60], "ours.net"))).collect();
    assert!(run(100, names.into_iter()).iter().all(|finding| finding.confidence == Confidence::Low));
}
