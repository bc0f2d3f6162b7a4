//! What must be found by lists, and what must be left alone.

use std::sync::Arc;

use blueline_terms::finding::Finding;
use blueline_terms::{Application, Confidence, Standing};

use super::*;
use crate::indicators::Indicators;
use crate::stage::{Draft, Stage, host, icmp, tcp, udp};

const JA4: &str = "t13d1516h2_8daaf6152771_02713d6af862";

/// A host of a party, and listed addresses.
fn inside() -> Address {
    host(0x0a00_0001)
}

fn bad() -> Address {
    host(0x0506_0708)
}

fn stage(list: &str) -> Stage {
    assuming(list, Some(90))
}

fn assuming(list: &str, confidence: Option<u8>) -> Stage {
    let (list, troubles) = Indicators::read(None, list.as_bytes(), "feed");
    assert_eq!(troubles, []);
    let (listed, _) = Listed::new(vec![list.assuming(confidence, None)]);
    Stage::given(&DETECTOR, Tuning::new(DETECTOR.settings).with_listed(Arc::new(listed)))
}

fn run(mut stage: Stage, drafts: impl IntoIterator<Item = Draft>) -> Vec<Finding> {
    for draft in drafts {
        stage.add(draft);
        stage.wait(1000);
    }
    let mut findings = stage.finish();
    findings.retain(|finding| finding.state == blueline_terms::FindingState::Ended);
    findings
}

/// Confidence and the words against, of the only finding.
fn only(findings: &[Finding]) -> (Confidence, Vec<&str>) {
    assert_eq!(findings.len(), 1, "{findings:#?}");
    (findings[0].confidence, findings[0].against.iter().map(|reason| &*reason.word).collect())
}

fn words(finding: &Finding) -> Vec<&str> {
    finding.grounds.iter().map(|reason| &*reason.word).collect()
}

#[test]
fn a_host_that_converses_with_a_listed_address_is_found_once() {
    let drafts = (0..20u16).map(|n| tcp(inside(), bad(), 40_000 + n, 443).talks(2000, 4000));
    let findings = run(stage("5.6.7.0/24 # loader C2"), drafts);
    assert_eq!(only(&findings), (Confidence::High, vec![]));
    let finding = &findings[0];
    assert_eq!(
        (&*finding.kind, &*finding.vector, &*finding.class),
        ("indicator.match", "address", "malicious-code/c2-server")
    );
    assert_eq!((finding.targets[0].address, finding.actors[0].address), (inside(), bad()));
    assert_eq!((finding.flow_count, &finding.ports[..]), (20, &[443][..]));
    assert_eq!(words(finding), ["listed-by", "listed-as", "conversed-with-listed"]);
}

#[test]
fn each_host_and_each_indicator_is_an_event_of_its_own() {
    let pairs = [(1, 0x0506_0708), (2, 0x0506_0708), (1, 0x0506_0709), (1, 0x0506_0708)];
    let drafts = pairs.map(|(n, end)| tcp(host(0x0a00_0000 + n), host(end), 40_000, 443).talks(500, 500));
    assert_eq!(run(stage("5.6.7.8\n5.6.7.9"), drafts).len(), 3);
}

#[test]
fn a_list_that_does_not_say_how_sure_it_is_gives_moderate() {
    let findings = run(assuming("5.6.7.8", None), [tcp(inside(), bad(), 40_000, 443).talks(500, 500)]);
    assert_eq!(only(&findings), (Confidence::Moderate, vec!["list-says-no-confidence"]));
    let findings = run(assuming("5.6.7.8", Some(10)), [tcp(inside(), bad(), 40_000, 443).talks(500, 500)]);
    assert_eq!(only(&findings), (Confidence::Low, vec!["list-unsure"]));
}

#[test]
fn what_is_not_answered_is_low() {
    let findings = run(stage("5.6.7.8"), (0..5).map(|n| tcp(inside(), bad(), 40_000 + n, 443)));
    assert_eq!(only(&findings), (Confidence::Low, vec!["not-answered"]));
    assert!(findings[0].actors.is_empty());
    // Refused is not answered.
    let refused = (0..5).map(|n| tcp(inside(), bad(), 40_000 + n, 443).answered(1, 60, 0x14));
    assert_eq!(only(&run(stage("5.6.7.8"), refused)), (Confidence::Low, vec!["not-answered"]));
}

#[test]
fn a_listed_sender_that_probes_many_is_one_low_event() {
    let drafts = (0..200u32).map(|n| tcp(bad(), host(0x0a00_0000 + n), 40_000, 22));
    let findings = run(stage("5.6.7.8"), drafts);
    assert_eq!(only(&findings), (Confidence::Low, vec!["not-answered"]));
    assert_eq!((findings[0].flow_count, findings[0].targets.len(), findings[0].actors.len()), (200, 32, 0));
}

#[test]
fn a_listed_sender_whom_a_server_answers_is_one_step_less_sure() {
    let findings = run(stage("5.6.7.8"), [tcp(bad(), inside(), 40_000, 22).talks(5000, 5000)]);
    assert_eq!(only(&findings), (Confidence::Moderate, vec!["listed-end-began"]));
}

#[test]
fn single_packets_under_listed_addresses_are_left_alone() {
    // A flood under addresses drawn at random hits a few listed ones.
    let list: String = (0..64u32).map(|n| format!("{}\n", host(0x0506_0000 + n * 1021))).collect();
    let drafts = (0..64u32).map(|n| tcp(host(0x0506_0000 + n * 1021), inside(), 1000, 80));
    assert_eq!(run(stage(&list), drafts), []);
    // The server answers each SYN; nobody completes.
    let drafts = (0..2u32).map(|n| tcp(host(0x0506_0000 + n * 1021), inside(), 1000, 80).answered(1, 60, 0x12));
    assert_eq!(run(stage(&list), drafts), []);
}

#[test]
fn answers_of_a_listed_host_to_forged_packets_are_left_alone() {
    let drafts = (0..50u32).flat_map(|n| {
        let victim = host(0x0a00_0000 + n);
        [tcp(victim, bad(), 40_000, 80).answer_first(2), tcp(bad(), victim, 80, 40_001).flags(0x14)]
    });
    assert_eq!(run(stage("5.6.7.8"), drafts), []);
}

#[test]
fn a_forged_datagram_that_is_answered_proves_nothing() {
    let drafts = (0..5u16).map(|n| udp(bad(), inside(), 4000 + n, 53).answered(1, 3000, 0));
    assert_eq!(only(&run(stage("5.6.7.8"), drafts)), (Confidence::Low, vec!["not-answered"]));
    let drafts = (0..5u16).map(|n| udp(inside(), bad(), 4000 + n, 8000).answered(1, 300, 0));
    assert_eq!(only(&run(stage("5.6.7.8"), drafts)), (Confidence::High, vec![]));
}

#[test]
fn pings_and_neighbours_are_no_conversation() {
    let drafts = (0..5).map(|_| icmp(inside(), bad(), 8, 0).answered(1, 100, 0));
    assert_eq!(only(&run(stage("5.6.7.8"), drafts)), (Confidence::Low, vec!["not-answered"]));
    assert_eq!(
        run(stage("5.6.7.8"), (0..9).map(|n| tcp(inside(), host(0x0506_0709), 40_000 + n, 443).talks(9, 9))),
        []
    );
}

#[test]
fn private_space_in_a_wide_block_is_left_alone() {
    let drafts = (0..9).map(|n| tcp(inside(), host(0xc0a8_0101), 40_000 + n, 443).talks(900, 900));
    assert_eq!(run(stage("192.0.0.0/8"), drafts), []);
}

#[test]
fn where_one_direction_passes_acknowledgements_tell() {
    let drafts = (0..3).map(|n| tcp(inside(), bad(), 40_000 + n, 443).sends(9, 900).flags(0x18));
    assert_eq!(only(&run(stage("5.6.7.8"), drafts)), (Confidence::High, vec![]));
}

#[test]
fn a_listed_port_is_heeded() {
    let list = "5.6.7.8:4444";
    assert_eq!(run(stage(list), (0..9).map(|n| tcp(inside(), bad(), 40_000 + n, 443).talks(900, 900))), []);
    assert_eq!(run(stage(list), [tcp(inside(), bad(), 40_000, 4444).talks(900, 900)]).len(), 1);
}

#[test]
fn questions_for_a_listed_name_are_moderate_and_visits_as_sure_as_the_list() {
    let resolver = host(0x0a00_0035);
    let asks = || udp(inside(), resolver, 5353, 53).asks(Application::Dns, 1, "evil.example").answered(1, 100, 0);
    let findings = run(stage("evil.example"), [asks()]);
    assert_eq!(only(&findings), (Confidence::Moderate, vec!["only-asked"]));
    assert_eq!((&*findings[0].vector, findings[0].targets[0].address, findings[0].actors.len()), ("name", inside(), 0));
    let visits =
        tcp(inside(), host(0x0101_0101), 40_000, 443).talks(900, 900).asks(Application::Tls, 1, "evil.example");
    assert_eq!(only(&run(stage("evil.example"), [asks(), visits])), (Confidence::High, vec![]));
    let visits =
        tcp(inside(), host(0x0101_0101), 40_000, 80).talks(900, 900).asks(Application::Http, 1, "evil.example:8080");
    assert_eq!(only(&run(stage("evil.example"), [visits])), (Confidence::High, vec![]));
}

#[test]
fn names_below_a_listed_one_are_a_step_less_unless_the_list_means_them() {
    let asks = |name| udp(inside(), host(0x0a00_0035), 5353, 53).asks(Application::Dns, 1, name);
    let findings = run(stage("evil.example"), [asks("a.b.evil.example")]);
    assert_eq!(only(&findings), (Confidence::Low, vec!["only-asked", "below-listed-name"]));
    assert_eq!(only(&run(stage("*.evil.example"), [asks("a.b.evil.example")])).0, Confidence::Moderate);
}

#[test]
fn a_resolver_that_asks_for_its_clients_is_low() {
    let (resolver, root) = (host(0x0a00_0035), host(0x0101_0101));
    let client =
        udp(host(0x0a00_0007), resolver, 5000, 53).asks(Application::Dns, 1, "good.example").answered(1, 90, 0);
    let asks = udp(resolver, root, 5000, 53).asks(Application::Dns, 1, "evil.example").answered(1, 90, 0);
    assert_eq!(only(&run(stage("evil.example"), [client, asks])), (Confidence::Low, vec!["asks-for-others"]));
}

#[test]
fn questions_to_block_lists_and_names_alike_are_left_alone() {
    let names =
        ["evil.example.multi.blocks.example", "notevil.example", "example", "evil.example.org", "8.7.6.5.zen.example"];
    let asks = names.map(|name| udp(inside(), host(0x0a00_0035), 5353, 53).asks(Application::Dns, 1, name));
    assert_eq!(run(stage("evil.example\n5.6.7.8"), asks), []);
    // A banner is no name of a host.
    let banner = tcp(inside(), host(0x0101_0101), 40_000, 22).talks(90, 90).asks(Application::Ssh, 0, "evil.example");
    assert_eq!(run(stage("evil.example"), [banner]), []);
}

#[test]
fn the_host_of_a_listed_page_is_low() {
    let visits =
        tcp(inside(), host(0x0101_0101), 40_000, 443).talks(900, 900).asks(Application::Tls, 1, "files.example");
    let findings = run(stage("https://files.example/u/bad.exe"), [visits]);
    assert_eq!(only(&findings), (Confidence::Low, vec!["listed-only-in-part"]));
}

#[test]
fn a_fingerprint_is_moderate_and_one_that_many_have_is_low() {
    let greets =
        |n: u32| tcp(host(0x0a00_0000 + n), host(0x0101_0101), 40_000, 443).talks(900, 900).greets(JA4, "a.example");
    let findings = run(stage(JA4), [greets(1)]);
    assert_eq!(only(&findings), (Confidence::Moderate, vec!["fingerprint-not-unique"]));
    assert_eq!((&*findings[0].vector, words(&findings[0]).contains(&"fingerprint-to")), ("ja4", true));
    let findings = run(stage(JA4), (0..30).flat_map(|n| [greets(n), greets(0)]));
    let last = findings.iter().find(|finding| finding.targets[0].address == host(0x0a00_0000)).unwrap();
    assert_eq!((last.confidence, &*last.against[0].word), (Confidence::Low, "fingerprint-shared"));
    let other =
        tcp(inside(), host(0x0101_0101), 40_000, 443).talks(9, 9).greets("t13d1516h2_8daaf6152771_02713d6af863", "a");
    assert_eq!(run(stage(JA4), [other]), []);
}

#[test]
fn what_holds_at_another_time_is_left_alone_and_what_was_seen_then_is_low() {
    let stix = |until: &str| {
        format!(r#"{{"type":"indicator","id":"i","pattern":"[ipv4-addr:value = '5.6.7.8']","valid_until":"{until}"}}"#)
    };
    let talks = || [tcp(inside(), bad(), 40_000, 443).talks(900, 900)];
    assert_eq!(run(stage(&stix("2020-01-01T00:00:00Z")), talks()), []);
    assert_eq!(run(stage(&stix("2030-01-01T00:00:00Z")), talks()).len(), 1);
    let misp = r#"{"Event":{"info":"x","Attribute":[
        {"type":"ip-dst","value":"5.6.7.8","to_ids":true,"last_seen":"2020-01-01T00:00:00Z"}]}}"#;
    assert_eq!(only(&run(stage(misp), talks())), (Confidence::Low, vec!["listed-until-earlier"]));
}

#[test]
fn a_class_that_the_list_says_is_the_findings() {
    let misp = r#"{"Event":{"info":"x","Tag":[{"name":"rsit:fraud=\"phishing\""}],"Attribute":[
        {"type":"ip-dst","value":"5.6.7.8","to_ids":true}]}}"#;
    let findings = run(stage(misp), [tcp(inside(), bad(), 40_000, 443).talks(900, 900)]);
    assert_eq!(findings[0].class, "fraud/phishing");
}

#[test]
fn without_lists_nothing_is_found() {
    let stage = Stage::of(&DETECTOR);
    assert_eq!(run(stage, [tcp(inside(), bad(), 40_000, 443).talks(900, 900)]), []);
}

#[test]
fn a_server_seen_in_the_midst_of_a_conversation_did_not_begin_it() {
    let midst = tcp(bad(), inside(), 443, 40_000).sends(9, 9000).flags(0x18).answered(9, 900, 0x10);
    let midst = midst.with(|change| change.standing = Standing::OPENING.with(Standing::ANSWERED));
    assert_eq!(only(&run(stage("5.6.7.8"), [midst])), (Confidence::High, vec![]));
}
