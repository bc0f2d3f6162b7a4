//! The scenario file of an exercise. What is read without a fault can be played: its first packets are, and the captures
//! that they make read back packet by packet.
#![no_main]

use blueline_exercise::{Recorder, Scenario};
use blueline_fuzz::capture::walk;
use blueline_terms::Moment;
use blueline_wire::packet::{LinkType, decode};
use libfuzzer_sys::fuzz_target;

/// So many packets are played.
const PACKETS: usize = 200;

fuzz_target!(|text: &str| {
    match Scenario::parse(text) {
        Ok(scenario) => play(&scenario),
        Err(error) => {
            assert!(!error.problems().is_empty());
            let lines = text.split('\n').count();
            for problem in error.problems() {
                assert!((1..=lines).contains(&problem.line) && problem.column >= 1, "{problem:?}");
                assert!(problem.span.start <= problem.span.end && problem.span.end <= text.len(), "{problem:?}");
                assert!(!problem.message.is_empty());
            }
            assert!(error.problems().is_sorted_by_key(|problem| (problem.line, problem.column)));
        }
    }
});

fn play(scenario: &Scenario) {
    assert!(!scenario.duration.is_zero() && !scenario.period.is_zero() && !scenario.parties.is_empty());
    let mut recorder = Recorder::new(scenario);
    let mut captures = recorder.headers();
    let mut before = scenario.start;
    for _ in 0..PACKETS {
        let Some(moment) = recorder.advance(&mut captures) else { break };
        assert!(before <= moment && moment <= scenario.end(), "{moment} behind {before}");
        before = moment;
    }
    let truth = recorder.truth();
    assert_eq!(truth.sensors.len(), captures.len());
    for (sensor, capture) in truth.sensors.iter().zip(&captures) {
        let read = walk(capture, capture.len(), true);
        assert!(read.odd.is_empty(), "{:?}", read.odd);
        assert_eq!(read.packets.len() as u64, sensor.packets);
        let mut bytes = 0;
        for (record, captured) in &read.packets {
            assert!(record.moment >= floor(scenario.start) && record.moment <= scenario.end());
            assert_eq!(record.original as usize, captured.len(), "whole packets are recorded");
            let packet = decode(LinkType(record.link), captured, record.original);
            assert!(packet.oddities.iter().next().is_none(), "{packet:?}");
            bytes += captured.len() as u64;
        }
        assert_eq!(bytes, sensor.bytes);
    }
    assert!(serde_json::from_str::<serde_json::Value>(&truth.to_json()).is_ok());
}

/// As exact as a capture in microseconds tells it.
fn floor(moment: Moment) -> Moment {
    Moment::from_nanos(moment.nanos().div_euclid(1000) * 1000)
}
