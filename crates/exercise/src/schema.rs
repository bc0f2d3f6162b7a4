//! JSON Schemas of the outward formats.

use schemars::generate::SchemaSettings;

use crate::scenario::file::ScenarioFile;
use crate::truth::Truth;

/// The schema of scenario files, as text with a newline at its end. For editors that check TOML against JSON Schema.
pub fn scenario() -> String {
    text(SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<ScenarioFile>())
}

/// The schema of truth files, as text with a newline at its end.
pub fn truth() -> String {
    text(SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<Truth>())
}

fn text(schema: schemars::Schema) -> String {
    // A schema is plain JSON: maps with text keys. Alternate formatting indents by two.
    format!("{:#}\n", schema.to_value())
}
