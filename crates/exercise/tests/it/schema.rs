//! The committed schemas are the ones that the program gives.

use std::path::Path;

use blueline_exercise::schema;

fn committed(name: &str, generated: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas").join(name);
    if std::env::var_os("BLUELINE_WRITE_SCHEMAS").is_some() {
        std::fs::write(&path, generated).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap();
    let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    assert_eq!(
        value(&kept),
        value(generated),
        "schemas/{name} is out of date: run BLUELINE_WRITE_SCHEMAS=1 cargo test -p blueline-exercise schema"
    );
}

#[test]
fn the_scenario_schema_is_up_to_date() {
    committed("scenario.json", &schema::scenario());
}

#[test]
fn the_truth_schema_is_up_to_date() {
    committed("truth.json", &schema::truth());
}

#[test]
fn scenarios_and_truths_fit_their_schemas() {
    let scenario: serde_json::Value = toml::from_str(super::EVERYTHING).unwrap();
    let truth: serde_json::Value = serde_json::from_str(&super::everything().record().1.to_json()).unwrap();
    for (schema, value) in [(schema::scenario(), scenario), (schema::truth(), truth)] {
        let schema = serde_json::from_str(&schema).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
}
