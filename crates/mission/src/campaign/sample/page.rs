//! Writes a scenario's TOML.

use std::fmt::Display;

/// A scenario in the making.
#[derive(Default)]
pub(super) struct Page(pub(super) String);

impl Page {
    /// A table with its keys; values as TOML has them.
    pub(super) fn table(&mut self, name: &str, keys: &[(&str, String)]) {
        if !self.0.is_empty() {
            self.0.push('\n');
        }
        if !name.is_empty() {
            self.0 += &format!("[{name}]\n");
        }
        for (key, value) in keys {
            self.0 += &format!("{key} = {value}\n");
        }
    }
}

/// A text.
pub(super) fn text(value: impl Display) -> String {
    format!("\"{value}\"")
}

/// Texts.
pub(super) fn texts(values: &[&str]) -> String {
    format!("[{}]", values.iter().map(text).collect::<Vec<_>>().join(", "))
}

/// A number with three digits after the point, and never 0 where it was not.
pub(super) fn number(value: f64) -> String {
    format!("{:.3}", if value > 0.0 { value.max(0.001) } else { value })
}

/// A length of time.
pub(super) fn time(seconds: f64) -> String {
    text(format!("{}ms", (seconds * 1000.0).round().max(1.0)))
}
