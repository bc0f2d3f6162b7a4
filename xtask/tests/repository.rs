//! The repository keeps its own rules: one test a rule, so that a broken one is named by the test run.

use xtask::{RULES, Repo};

fn keeps(name: &str) {
    let rule = RULES.iter().find(|rule| rule.name == name).expect("the rule is in the catalogue");
    let repo = Repo::open(&xtask::root()).expect("the repository can be read");
    let violations: Vec<String> = (rule.judge)(&repo).iter().map(ToString::to_string).collect();
    assert!(violations.is_empty(), "broken: {}\n  {}", rule.says, violations.join("\n  "));
}

macro_rules! kept {
    ($($rule:ident)*) => {
        $(#[test] fn $rule() { keeps(stringify!($rule)); })*

        #[test]
        fn every_rule_of_the_catalogue_is_tested_here() {
            assert_eq!(RULES.iter().map(|rule| rule.name).collect::<Vec<_>>(), [$(stringify!($rule)),*]);
        }
    };
}

kept!(sight outside bans manifests length words documents links commands fuzzing);
