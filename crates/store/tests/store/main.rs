//! The store as others see it: rows in, files and answers out.

#![allow(clippy::unwrap_used)]

mod again;
mod damage;
mod field;
mod lake;
mod s3;
mod shelf;
mod tallies;
mod versions;
