//! One file a rule; the catalogue is [`crate::RULES`].

pub mod bans;
pub mod commands;
pub mod documents;
pub mod fuzzing;
pub mod length;
pub mod links;
pub mod manifests;
pub mod outside;
pub mod sight;
pub mod words;
