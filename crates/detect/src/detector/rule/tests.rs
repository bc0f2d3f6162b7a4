//! What rules find, and what they leave alone.

use blueline_terms::finding::Finding;
use blueline_terms::{Application, Confidence, Mission, Weight};

use super::*;
use crate::rules::{RuleText, SelectionText};
use crate::stage::{Draft, Stage, host, tcp, udp};

/// A rule of selections, each of conditions `field=value,value`.
fn rule(selections: &[(&str, &[&str])], condition: &str, threshold: &str) -> RuleText {
    let selection = |(name, tests): &(&str, &[&str])| SelectionText {
        name: name.to_string(),
        any: vec![
            tests
                .iter()
                .map(|test| {
                    let (key, values) = test.split_once('=').unwrap();
                    (key.to_owned(), values.split(',').map(str::to_owned).collect())
                })
                .collect(),
        ],
    };
    RuleText {
        id: "test".into(),
        title: "a test".into(),
        selections: selections.iter().map(selection).collect(),
        condition: (!condition.is_empty()).then(|| condition.to_owned()),
        threshold: (!threshold.is_empty()).then(|| threshold.to_owned()),
        ..RuleText::default()
    }
}

fn stage(texts: &[RuleText]) -> Stage {
    let rules: Vec<Rule> = texts.iter().map(|text| Rule::build(text, &Mission::default()).unwrap()).collect();
    Stage::given(&DETECTOR, Tuning::new(DETECTOR.settings).with_rules(rules.into()))
}

fn run(text: &RuleText, wait: u64, drafts: impl IntoIterator<Item = Draft>) -> Vec<Finding> {
    let mut stage = stage(std::slice::from_ref(text));
    for draft in drafts {
        stage.add(draft);
        stage.wait(wait);
    }
    let mut findings = stage.finish();
    findings.retain(|finding| finding.state == blueline_terms::FindingState::Ended);
    findings
}

fn telnet(n: u32) -> Draft {
    tcp(host(0x0a00_0001), host(0x0101_0000 + n), 40_000, 23)
}

#[test]
fn a_match_is_a_finding_for_each_two_hosts() {
    let text = RuleText {
        kind: Some("intrusion.telnet".into()),
        class: Some("intrusion-attempts/login-attempts".into()),
        effect: Some("CI".into()),
        confidence: Some("low".into()),
        ..rule(&[("sel", &["dst_endpoint_port=23,2323", "dst_party=world"])], "", "")
    };
    let findings = run(&text, 1000, [telnet(1), telnet(1), telnet(2), tcp(host(1), host(2), 1, 80)]);
    assert_eq!(findings.len(), 2);
    let finding = &findings[0];
    assert_eq!(
        (&*finding.kind, &*finding.vector, &*finding.class),
        ("intrusion.telnet", "test", "intrusion-attempts/login-attempts")
    );
    assert_eq!(
        (finding.flow_count, finding.confidence, finding.effect),
        (2, Confidence::Low, Effect::C.and(Effect::I))
    );
    assert!(finding.actors.is_empty() && &*finding.grounds[0].word == "rule-met");
}

#[test]
fn without_words_of_its_own_a_rule_is_moderate_and_called_by_its_id() {
    let findings = run(&rule(&[("sel", &["dst_endpoint_port=23"])], "", ""), 1000, [telnet(1).talks(50, 50)]);
    assert_eq!((&*findings[0].kind, findings[0].confidence), ("rule.test", Confidence::Moderate));
    assert_eq!((&*findings[0].class, findings[0].actors.len()), ("other/undetermined", 1));
}

#[test]
fn what_a_filter_excludes_is_left_alone() {
    let text = rule(
        &[
            ("sel", &["dst_endpoint_port=23"]),
            ("filter_a", &["dst_endpoint_ip|cidr=1.1.0.0/24"]),
            ("filter_b", &["answered=true"]),
        ],
        "sel and not 1 of filter*",
        "",
    );
    let findings = run(&text, 1000, [telnet(1), telnet(256), telnet(257).talks(9, 9)]);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].targets[0].address, host(0x0101_0100));
}

#[test]
fn names_and_functions_are_held_against_rules() {
    let text = rule(&[("sel", &["hostname|endswith=.evil.example", "app_name=dns"])], "", "");
    let asks = |name| udp(host(0x0a00_0001), host(0x0a00_0035), 5000, 53).asks(Application::Dns, 1, name);
    assert_eq!(run(&text, 1000, [asks("good.example"), asks("evil.example")]), []);
    assert_eq!(run(&text, 1000, [asks("a.EVIL.example")]).len(), 1);
    let text = rule(
        &[("sel", &["function_weight=state-changing", "dst_safe_area|exists=true", "function_code|gte=5"])],
        "",
        "",
    );
    let writes =
        |to: u32, weight| tcp(host(0x0a00_0001), host(to), 40_000, 502).commands(Application::Modbus, 6, weight);
    assert_eq!(
        run(&text, 1000, [writes(0x0a01_0001, Weight::StateChanging), writes(0x0a09_0001, Weight::Unknown)]),
        []
    );
    assert_eq!(run(&text, 1000, [writes(0x0a09_0001, Weight::StateChanging)]).len(), 1);
}

#[test]
fn matches_are_counted_in_their_window_and_by_their_field() {
    let text = rule(&[("sel", &["dst_endpoint_port=23"])], "", "count by src_endpoint_ip within 60s >= 10");
    let findings = run(&text, 1000, (0..30).map(telnet));
    assert_eq!(findings.len(), 1);
    assert_eq!(
        (findings[0].flow_count, findings[0].target_count, findings[0].measure.as_ref().unwrap().value),
        (30, 30, 30.0)
    );
    // Ten in ten minutes are not ten in one.
    assert_eq!(run(&text, 60_000, (0..30).map(telnet)), []);
    // Ten of ten hosts are not ten of one.
    assert_eq!(run(&text, 1000, (0..30).map(|n| tcp(host(0x0a00_0000 + n), host(9), 1, 23))), []);
}

#[test]
fn slow_matches_count_in_a_long_window() {
    let text = rule(&[("sel", &["dst_endpoint_port=23"])], "", "count by src_endpoint_ip within 6h >= 10");
    assert_eq!(run(&text, 600_000, (0..12).map(telnet)).len(), 1);
}

#[test]
fn different_values_are_counted_and_the_same_ones_are_not() {
    let text = rule(
        &[("sel", &["dst_endpoint_port=23", "opening=true"])],
        "",
        "count-distinct dst_endpoint_ip by src_endpoint_ip within 60s >= 10",
    );
    let findings = run(&text, 1000, (0..12).map(telnet));
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].grounds[1].word, "rule-counted-distinct");
    assert_eq!(run(&text, 100, (0..200).map(|n| telnet(n % 9))), []);
    // Values of long ago do not count.
    assert_eq!(run(&text, 10_000, (0..60).map(telnet)), []);
}

#[test]
fn names_can_be_counted_by_server() {
    let text = rule(
        &[("sel", &["hostname|exists=true"])],
        "",
        "count-distinct hostname by src_endpoint_ip, dst_endpoint_port within 10s >= 50",
    );
    let asks = |n: u32| {
        let name = format!("h{n}.example");
        udp(host(0x0a00_0001), host(0x0a00_0035), 5000, 53).asks(Application::Dns, 1, &name)
    };
    let findings = run(&text, 10, (0..80).map(asks));
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].grounds.iter().filter(|reason| reason.word == "rule-by").count(), 2);
    assert_eq!(run(&text, 10, (0..80).map(|n| asks(n % 40))), []);
}

#[test]
fn a_flood_of_groups_and_values_is_bounded_and_the_full_one_stays() {
    let text = rule(
        &[("sel", &["dst_endpoint_port=23"])],
        "",
        "count-distinct dst_endpoint_ip by src_endpoint_ip within 60s >= 20",
    );
    let mut stage = stage(&[text]);
    for n in 0..60_000u32 {
        stage.add(tcp(host(0x0b00_0000 + n), host(0x0101_0000 + n), 1, 23));
        if n % 1000 == 0 {
            stage.add(telnet(n));
            stage.wait(500);
        }
    }
    let findings = stage.finish();
    assert!(!findings.is_empty() && findings.iter().all(|finding| finding.sources.sample == [host(0x0a00_0001)]));
}

#[test]
fn without_rules_nothing_is_found() {
    assert_eq!(stage(&[]).finish(), []);
}
