//! Rules as they are written, and what is said of those that are wrong.

use proptest::prelude::*;

use super::*;

fn mission() -> Mission {
    let party = |id: &str| blueline_terms::Party {
        id: id.parse().unwrap(),
        names: Default::default(),
        prefixes: vec![],
        asns: vec![],
        countries: vec![],
        domains: vec![],
        contacts: vec![],
        keys: vec![],
    };
    Mission { parties: vec![party("alpha"), party("beta")], ..Mission::default() }
}

fn text(conditions: &[(&str, &[&str])]) -> RuleText {
    let condition =
        |(key, values): &(&str, &[&str])| (key.to_string(), values.iter().map(|value| value.to_string()).collect());
    let selection = SelectionText { name: "sel".into(), any: vec![conditions.iter().map(condition).collect()] };
    RuleText { id: "r".into(), title: "t".into(), selections: vec![selection], ..RuleText::default() }
}

fn told(text: &RuleText) -> String {
    Rule::build(text, &mission()).map_or_else(|error| error.to_string(), |_| "fine".to_owned())
}

#[test]
fn conditions_are_checked_with_what_would_be_right() {
    for (key, value, wanted) in [
        ("dst_endpoint_port", "23", "fine"),
        ("dst_endpoint_port|gte", "0x400", "fine"),
        ("src_endpoint_ip|cidr", "192.0.2.0/24", "fine"),
        ("src_party", "alpha", "fine"),
        ("hostname|endswith", ".evil.example", "fine"),
        ("dst_safe_area|exists", "true", "fine"),
        ("app_name", "modbus", "fine"),
        ("opening", "true", "fine"),
        ("function_weight", "state-changing", "fine"),
        (
            "dst_endpoint_prt",
            "23",
            "where.sel.dst_endpoint_prt: there is no field \"dst_endpoint_prt\"; did you mean `dst_endpoint_port`?",
        ),
        ("dst_port", "23", "did you mean one of dst_endpoint_port?"),
        ("dst_endpoint_port", "telnet", "\"telnet\" is not a whole number; write it such as 443"),
        (
            "dst_endpoint_port|startswith",
            "2",
            "startswith does not go with dst_endpoint_port; gt, gte, lt, lte and exists go with",
        ),
        ("hostname|re", "a.*", "regular expressions are not used"),
        ("hostname|contain", "a", "there is no modifier \"contain\"; did you mean `contains`?"),
        ("hostname|startswith|endswith", "a", "there is more than one way to compare"),
        ("src_endpoint_ip", "192.0.2.1/24", "has bits set beyond its length; write 192.0.2.0/24"),
        ("src_party", "alfa", "there is no party \"alfa\"; did you mean `alpha`?"),
        ("dst_safe_area", "clinic", "the mission declares no safe areas; leave the condition out"),
        ("app_name", "modbsu", "there is no application \"modbsu\"; did you mean `modbus`?"),
        ("function_weight", "read", "functions that only read are not told to rules"),
        ("opening", "yes", "\"yes\" is neither true nor false; write true or false"),
        ("hostname", "", "a value is empty; write `exists` with false"),
    ] {
        let told = told(&text(&[(key, &[value])]));
        assert!(told.contains(wanted), "{key}={value}: {told}");
    }
}

#[test]
fn the_rest_of_a_rule_is_checked() {
    let good = text(&[("dst_endpoint_port", &["23"])]);
    let with = |edit: &dyn Fn(&mut RuleText)| {
        let mut text = good.clone();
        edit(&mut text);
        told(&text)
    };
    for (told, wanted) in [
        (with(&|text| text.id = "My Rule".into()), "id: \"My Rule\" is not an id"),
        (with(&|text| text.title.clear()), "title: there is no title"),
        (with(&|text| text.kind = Some("scan".into())), "kind: \"scan\" is not a kind"),
        (with(&|text| text.class = Some("bad".into())), "such as information-gathering/scanner"),
        (with(&|text| text.effect = Some("CX".into())), "effect: 'X' in \"CX\""),
        (with(&|text| text.confidence = Some("certain".into())), "write low, moderate or high"),
        (with(&|text| text.selections.clear()), "where: there is no selection"),
        (with(&|text| text.selections[0].any.clear()), "where.sel: the selection asks for nothing"),
        (with(&|text| text.selections[0].name = "them".into()), "is a word of conditions"),
        (with(&|text| text.selections.push(text.selections[0].clone())), "there are two selections of this name"),
        (
            with(&|text| {
                let other = SelectionText { name: "b".into(), ..text.selections[0].clone() };
                text.selections.push(other);
            }),
            "2 selections and no condition; say how they are joined, such as condition = \"sel and b\"",
        ),
        (with(&|text| text.condition = Some("sle".into())), "condition: there is no selection \"sle\"; use one of sel"),
        (with(&|text| text.selections[0].any[0][0].1.clear()), "there is no value to compare with"),
    ] {
        assert!(told.contains(wanted), "{told}\nwanted {wanted}");
    }
}

#[test]
fn thresholds_are_checked() {
    let told = |threshold: &str| {
        let good = text(&[("dst_endpoint_port", &["23"])]);
        told(&RuleText { threshold: Some(threshold.into()), ..good })
    };
    for (threshold, wanted) in [
        ("count by src_endpoint_ip within 60s >= 10", "fine"),
        ("count within 1d>=1_000", "fine"),
        ("count-distinct dst_endpoint_ip by src_endpoint_ip, dst_endpoint_port within 5m >= 20", "fine"),
        ("", "threshold: the threshold is empty; write count, or"),
        ("sum bytes", "\"sum\" is not a way to count; use one of count, count-distinct"),
        ("count by src_ip within 60s >= 1", "there is no field \"src_ip\"; did you mean one of src_endpoint_ip?"),
        ("count within soon >= 3", "\"soon\" is not a time that can be looked back; write a time from 1s to 1d"),
        ("count within 30d >= 3", "write a time from 1s to 1d"),
        ("count within 60s > 3", "\">\" stands where >= should"),
        ("count within 60s >= 0", "\"0\" is not a number that can be counted to; write 1 to"),
        ("count-distinct hostname within 60s >= 5000", "write 1 to 4096"),
        ("count within 60s >= 3 please", "stands where nothing more should"),
        ("count by sensor, ja4, offered within 60s >= 3", "there are 3 fields behind by; name at most 2"),
    ] {
        let told = told(threshold);
        assert!(told.contains(wanted), "{threshold}: {told}");
    }
}

fn some_of(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(words), 0..12).prop_map(|words| words.join(" "))
}

const COUNTS: &[&str] = &["count", "count-distinct", "by", "within", "é5s", "5s", ">=", "3", "ja4", ","];
const JOINS: &[&str] = &["a", "(", ")", "not", "and", "or", "1", "all", "of", "them", "a*", "|"];
const FIELDS: &[&str] = &["hostname|contains", "src_party", "ja4", "sensor", "dst_endpoint_port", "src_endpoint_ip"];

proptest! {
    #[test]
    fn no_text_makes_a_rule_panic(
        key in "\\PC{0,20}", value in "\\PC{0,20}", name in "[a-z]{1,3}|\\PC{0,5}", odd in "\\PC{0,30}",
        field in proptest::sample::select(FIELDS), joins in some_of(JOINS), counts in some_of(COUNTS)
    ) {
        for (key, condition, threshold) in [(key.as_str(), odd.clone(), odd), (field, joins, counts)] {
            let test = (key.to_owned(), vec![value.clone()]);
            let first = SelectionText { name: name.clone(), any: vec![vec![test]] };
            let second = SelectionText { name: "a".into(), ..first.clone() };
            let text = RuleText {
                id: "r".into(),
                title: "t".into(),
                selections: vec![first, second],
                condition: Some(condition),
                threshold: Some(threshold),
                ..RuleText::default()
            };
            let _ = Rule::build(&text, &mission());
        }
    }
}
