//! The store as others see it: rows in, files and answers out.

#![allow(clippy::unwrap_used)]

mod field;
mod lake;
mod s3;
mod shelf;
