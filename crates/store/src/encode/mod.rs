//! Columns to Parquet pages, quickly.
//!
//! A flood writes a row for every other packet, so a row must cost little. Most columns of flows hold few different
//! values, in long runs; the general writer of the Parquet library hashes every value all the same. Here a column is
//! turned into codes once, runs are found by comparing neighbours, and pages are compressed where a sample says that it
//! pays. Page headers and footers are the library's; what is here is checked against its reader.

mod bits;
mod chunk;
mod delta;
mod number;
mod numbering;

pub(crate) use chunk::{Chunk, Encoder};
pub(crate) use number::Number;

#[cfg(test)]
pub(crate) mod tests;
