//! What holds for every payload.

use blueline_wire::application::{Inspection, PROTOCOLS, inspect};
use proptest::prelude::*;

use crate::samples;

/// Whether a part of a message says nothing that the whole does not say.
fn agrees(part: Inspection<'_>, whole: Inspection<'_>, came: usize, of: usize) -> bool {
    let Inspection::Fact(whole) = whole else { return false };
    let whole = whole.summary();
    match part {
        Inspection::Nothing => true,
        Inspection::Malformed(application, _) => application == whole.application,
        Inspection::Incomplete { application, needed } => {
            application == whole.application && needed > came && needed <= of
        }
        Inspection::Fact(part) => {
            let part = part.summary();
            part.application == whole.application
                && part.role == whole.role
                && (part.code.is_none() || part.code == whole.code)
                && (part.name.is_none() || part.name.map(|n| n.to_string()) == whole.name.map(|n| n.to_string()))
                && (part.ja4.is_none() || part.ja4 == whole.ja4)
                && (part.offered.is_none() || part.offered == whole.offered)
                && part.weight >= whole.weight
        }
    }
}

#[test]
fn every_sample_is_recognised_and_every_protocol_but_one_has_a_sample() {
    let mut seen = Vec::new();
    for (protocol, ports, payload) in samples::all() {
        match inspect(protocol, ports.0, ports.1, &payload) {
            Inspection::Fact(fact) => seen.push(fact.summary().application),
            other => panic!("{protocol} {ports:?}: {other:?}"),
        }
    }
    let missing: Vec<_> =
        PROTOCOLS.iter().filter(|protocol| !seen.contains(&protocol.application)).map(|p| p.title).collect();
    // Any datagram to these two is a question, so that cutting one short does not make another of it.
    assert_eq!(missing, ["Character generator", "Quote of the day"]);
}

#[test]
fn a_message_cut_short_says_nothing_else() {
    for (protocol, ports, payload) in samples::all() {
        let whole = inspect(protocol, ports.0, ports.1, &payload);
        for length in 0..payload.len() {
            let part = inspect(protocol, ports.0, ports.1, &payload[..length]);
            assert!(
                agrees(part, whole, length, payload.len()),
                "{length} bytes: {part:?}\nof {}: {whole:?}",
                payload.len()
            );
        }
    }
}

#[test]
fn noise_is_nothing() {
    // A fixed sequence (Knuth's linear congruential generator), so that the outcome is fixed as well.
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8
    };
    let mut recognised = Vec::new();
    for round in 0..200_000 {
        let payload: [u8; 64] = std::array::from_fn(|_| next());
        let protocol = if round % 2 == 0 { 6 } else { 17 };
        let found = inspect(protocol, 50001, 60001, &payload);
        if found != Inspection::Nothing {
            recognised.push(format!("{found:?}"));
        }
    }
    assert_eq!(recognised, Vec::<String>::new());
}

/// A port that leads somewhere, or any.
fn port() -> impl Strategy<Value = u16> {
    let known: Vec<u16> =
        PROTOCOLS.iter().flat_map(|protocol| protocol.tcp.iter().chain(protocol.udp)).copied().collect();
    prop_oneof![3 => proptest::sample::select(known), 1 => any::<u16>()]
}

/// Asks all there is to ask, so that nothing that panics stays hidden.
fn exhaust(protocol: u8, ports: (u16, u16), payload: &[u8]) {
    match inspect(protocol, ports.0, ports.1, payload) {
        Inspection::Fact(fact) => {
            let summary = fact.summary();
            assert!(summary.count > 0);
            for name in [summary.name, summary.offered].into_iter().flatten() {
                let text = name.text();
                assert!(text.len() <= 255 && text.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{text:?}");
            }
            let _ = fact.function();
        }
        Inspection::Incomplete { needed, .. } => assert!(needed > payload.len()),
        Inspection::Malformed(_, what) => assert!(!what.is_empty()),
        Inspection::Nothing => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_on_any_ports(
        tcp in any::<bool>(), from in port(), to in port(), payload in proptest::collection::vec(any::<u8>(), 0..600),
    ) {
        exhaust(if tcp { 6 } else { 17 }, (from, to), &payload);
    }

    #[test]
    fn messages_with_bytes_changed(
        n in any::<proptest::sample::Index>(),
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<proptest::sample::Index>(), twice in any::<bool>(),
    ) {
        let samples = samples::all();
        let (protocol, ports, mut payload) = n.get(&samples).clone();
        if twice {
            payload.extend_from_within(..);
        }
        for (place, byte) in changes {
            let place = place.index(payload.len());
            payload[place] = byte;
        }
        exhaust(protocol, ports, &payload);
        exhaust(protocol, ports, &payload[..cut.index(payload.len())]);
    }
}
