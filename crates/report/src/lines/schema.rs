//! The JSON Schema of a line, generated from the outward types.

use schemars::generate::SchemaSettings;

use super::Line;

/// The JSON Schema (draft 2020-12) of one line, indented, with a line break at the end.
///
/// It is strict: keys that this version does not write are refused, so that a slip is found. Readers that must live
/// with later versions should rather pass over what they do not know.
pub fn schema() -> String {
    let mut schema = SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<Line>();
    schema.insert("title".to_owned(), "One line of the output of `blueline watch --format json`".into());
    // Cannot fail: a schema is a JSON value, and it is written to memory.
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema is a JSON value");
    text.push('\n');
    text
}
