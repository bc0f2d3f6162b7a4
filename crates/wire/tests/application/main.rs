//! What the application readers say about messages built by hand, protocol by protocol.

#![allow(clippy::unwrap_used)]

mod hello;
mod industry;
mod properties;
mod reflectors;
mod samples;
mod services;

use blueline_wire::application::{Inspection, inspect};

const TCP: u8 = 6;
const UDP: u8 = 17;

/// What one payload said, as a line of words.
fn told(protocol: u8, ports: (u16, u16), payload: &[u8]) -> String {
    match inspect(protocol, ports.0, ports.1, payload) {
        Inspection::Nothing => "nothing".to_owned(),
        Inspection::Malformed(application, what) => format!("malformed {application}: {what}"),
        Inspection::Incomplete { application, needed } => format!("incomplete {application}: {needed} bytes needed"),
        Inspection::Fact(fact) => {
            let summary = fact.summary();
            let mut line = format!("{} {:?}", summary.application, summary.role).to_lowercase();
            if let Some(code) = summary.code {
                line += &format!(" {code:#06x}");
            }
            for (label, value) in [
                ("name", summary.name.map(|name| name.to_string())),
                ("offered", summary.offered.map(|name| name.to_string())),
                ("ja4", summary.ja4.map(|ja4| ja4.to_string())),
                ("function", fact.function().map(|function| function.name.to_owned())),
            ] {
                if let Some(value) = value {
                    line += &format!(" {label}={value}");
                }
            }
            line += &format!(" size={}", summary.size);
            if summary.count > 1 {
                line += &format!(" count={}", summary.count);
            }
            line + &format!(" {}", summary.weight)
        }
    }
}

/// Bytes from hexadecimal digits with blanks between them as one likes.
fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<u32> = digits.chars().filter_map(|digit| digit.to_digit(16)).collect();
    digits.chunks_exact(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect()
}
