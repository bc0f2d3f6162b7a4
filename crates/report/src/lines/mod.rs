//! JSON lines: one object a line, `type` first, the last line a `summary`. Same in, same bytes out.
//!
//! ```
//! use blueline_report::{Seal, lines};
//! use blueline_terms::{Mission, Picture};
//!
//! fn print(mission: &Mission, periods: &[Picture], run: &Picture, seals: &[Seal]) -> Vec<String> {
//!     let mut out: Vec<_> = periods.iter().flat_map(|period| lines::crossings(mission, period, false)).collect();
//!     let crossings = out.len() as u64;
//!     out.extend(lines::oddities(mission, run));
//!     out.push(lines::summary(mission, run, crossings, seals));
//!     out.iter().map(lines::Line::json).collect()
//! }
//! ```
//!
//! Shares are rounded to four decimals. Times are RFC 3339 in UTC. Party, safe-area and sensor ids stand for their
//! owners; `world` and `unknown` are sides too. A finding is told whole each time, under the same id; the last line
//! with an id says how it stands. The format's version rises when a key changes its meaning or goes away;
//! readers should pass over types and keys that they do not know.

mod convert;
mod finding;
mod schema;
mod shape;

pub use convert::{crossings, oddities, summary, summary_with};
pub use finding::*;
pub use schema::schema;
pub use shape::*;

/// The version of the line format that is written here.
pub const VERSION: u32 = 1;

impl Line {
    /// The line as JSON, without the line break.
    pub fn json(&self) -> String {
        // Cannot fail: the types below hold no map with keys other than text and write to memory.
        serde_json::to_string(self).expect("a line is plain numbers and text")
    }
}
