//! Any payload on any ports: first byte the protocol, next four the ports, then the payload.
#![no_main]

use blueline_wire::application::{Inspection, inspect};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let &[protocol, s1, s0, d1, d0, ref payload @ ..] = bytes else { return };
    // Only TCP and UDP are read, so that other numbers become one of them.
    let protocol = if protocol % 2 == 0 { 6 } else { 17 };
    match inspect(protocol, u16::from_be_bytes([s1, s0]), u16::from_be_bytes([d1, d0]), payload) {
        Inspection::Fact(fact) => {
            let summary = fact.summary();
            for name in [summary.name, summary.offered].into_iter().flatten() {
                assert!(name.text().bytes().all(|byte| (b' '..=b'~').contains(&byte)));
            }
            let _ = fact.function();
        }
        Inspection::Incomplete { needed, .. } => assert!(needed > payload.len()),
        Inspection::Malformed(..) | Inspection::Nothing => {}
    }
});
