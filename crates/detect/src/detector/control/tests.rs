use blueline_terms::finding::Finding;

use super::*;
use crate::stage::{Draft, Stage, host, tcp, udp};

const CLIENT: u32 = 0xc000_0201;
const DEVICE: u32 = 0x0a09_0001;
const OPERATOR: u32 = 0x0a09_0101;
const OFFICE: u32 = 0x0a01_0001;

fn write(from: u32, to: u32) -> Draft {
    let flow = tcp(host(from), host(to), 40_000, 502).answered(3, 300, 0x1a);
    flow.commands(Application::Modbus, 5, Weight::StateChanging)
}

fn poll(from: u32, to: u32) -> Draft {
    let flow = tcp(host(from), host(to), 40_000, 502).answered(3, 300, 0x1a);
    flow.commands(Application::Modbus, 3, Weight::Read)
}

fn ask_identity(from: u32, to: u32) -> Draft {
    let flow = tcp(host(from), host(to), 40_000, 502).answered(3, 300, 0x1b);
    flow.commands(Application::Modbus, 17, Weight::Read).with(|change| {
        change.standing = change.standing.with(Standing::CLOSED);
    })
}

fn words(reasons: &[Reason]) -> Vec<&str> {
    reasons.iter().map(|reason| &*reason.word).collect()
}

fn seen(draft: Draft) -> Vec<Finding> {
    let mut stage = Stage::of(&DETECTOR);
    stage.add(draft);
    stage.wait(2000);
    stage.finish()
}

#[test]
fn a_write_into_a_safe_area_is_found_at_once() {
    for from in [CLIENT, OFFICE, 0x0808_0808] {
        let mut stage = Stage::of(&DETECTOR);
        (0..3).for_each(|_| stage.add(write(from, DEVICE)));
        stage.wait(1000);
        let findings = stage.finish();
        let first = findings.first().unwrap();
        assert_eq!((&*first.kind, &*first.vector, first.confidence), ("ics.command", "modbus", Confidence::High));
        assert_eq!((first.actors[0].address, first.targets[0].address), (host(from), host(DEVICE)));
        assert_eq!(words(&first.grounds), ["ics-into-safe-area", "ics-command-sent", "ics-device-answered"]);
        let sent = &first.grounds[1].values;
        assert_eq!((&sent[0].1, &sent[2].1), (&"write single coil".into(), &3.into()));
        assert_eq!(findings.len(), 2, "opened and ended: one finding an event");
    }
}

#[test]
fn a_write_across_the_border_is_found() {
    let findings = seen(write(OFFICE, 0xc000_0205));
    assert_eq!((findings[0].confidence, &*findings[0].grounds[0].word), (Confidence::High, "ics-across-border"));
}

#[test]
fn a_write_without_answer_is_less_sure() {
    let unanswered =
        tcp(host(CLIENT), host(DEVICE), 40_000, 20_000).commands(Application::Dnp3, 5, Weight::StateChanging);
    let datagram = udp(host(CLIENT), host(DEVICE), 40_000, 20_000).answered(1, 60, 0);
    let datagram = datagram.commands(Application::Dnp3, 13, Weight::StateChanging);
    for draft in [unanswered, datagram] {
        assert_eq!(seen(draft)[0].confidence, Confidence::Moderate);
    }
}

#[test]
fn a_block_that_the_controller_fetches_is_the_programmers_command() {
    let flow = tcp(host(DEVICE), host(CLIENT), 102, 40_000).answered(3, 300, 0x1a);
    let mut stage = Stage::of(&DETECTOR);
    stage.add(flow.clone().commands(Application::S7comm, 0x1b, Weight::StateChanging));
    stage.wait(1000);
    assert_eq!(stage.finish(), [], "the controller's own question");
    let findings = seen(flow.replies(Application::S7comm, 0x1b, Weight::StateChanging, false));
    assert_eq!(findings[0].actors[0].address, host(CLIENT));
}

#[test]
fn operators_reads_and_echoes_are_left_alone() {
    assert_eq!(seen(write(OPERATOR, DEVICE)), [], "inside one safe area");
    assert_eq!(seen(write(OFFICE, 0x0a01_0002)), [], "on one side");
    assert_eq!(seen(write(DEVICE, OFFICE)), [], "out of the safe area to a device of the same party");
    assert_eq!(seen(poll(CLIENT, DEVICE)), []);
    let flow = tcp(host(OPERATOR), host(DEVICE), 40_000, 502).answered(3, 300, 0x1a);
    assert_eq!(seen(flow.replies(Application::Modbus, 5, Weight::StateChanging, false)), []);
    let turned = tcp(host(DEVICE), host(CLIENT), 502, 40_000).answered(3, 300, 0x1a);
    assert_eq!(seen(turned.commands(Application::Modbus, 3, Weight::Read)), []);
}

#[test]
fn what_is_unclear_refused_or_routine_is_less_sure() {
    let flow = || tcp(host(CLIENT), host(DEVICE), 40_000, 502).answered(3, 300, 0x1a);
    let unclear = seen(flow().commands(Application::Modbus, 90, Weight::Unknown));
    assert_eq!(unclear[0].confidence, Confidence::Low);
    let refused = flow().commands(Application::Modbus, 6, Weight::StateChanging);
    let refused = seen(refused.replies(Application::Modbus, 6, Weight::StateChanging, true));
    assert_eq!((refused[0].confidence, words(&refused[0].against)), (Confidence::Moderate, vec!["ics-refused"]));
    let clock = tcp(host(CLIENT), host(DEVICE), 40_000, 2404).answered(3, 300, 0x1a);
    let clock = seen(clock.commands(Application::Iec104, 103, Weight::StateChanging));
    assert_eq!((clock[0].confidence, words(&clock[0].against)), (Confidence::Moderate, vec!["ics-routine"]));
}

#[test]
fn asking_many_devices_what_they_are_is_a_scan() {
    for gap in [20, 90_000] {
        let mut stage = Stage::of(&DETECTOR);
        for n in 0..30 {
            stage.add(ask_identity(CLIENT, DEVICE + n));
            stage.wait(gap);
        }
        let findings = stage.finish();
        let last = findings.last().unwrap();
        assert_eq!((&*last.kind, &*last.vector, last.confidence), ("ics.scan", "modbus", Confidence::High));
        assert_eq!((last.actors[0].address, last.target_count), (host(CLIENT), 30));
        assert!(findings.iter().all(|finding| finding.id == last.id), "one event");
    }
}

#[test]
fn trying_functions_on_one_device_is_a_scan() {
    let mut stage = Stage::of(&DETECTOR);
    for code in 64..90 {
        let flow = tcp(host(CLIENT), host(DEVICE), 40_000, 502).answered(3, 300, 0x1a);
        stage.add(flow.commands(Application::Modbus, code, Weight::Unknown));
        stage.wait(100);
    }
    let findings = stage.finish();
    let scan = findings.iter().find(|finding| finding.kind == "ics.scan").unwrap();
    assert_eq!((scan.confidence, &*scan.measure.as_ref().unwrap().what), (Confidence::Moderate, "functions"));
}

#[test]
fn masters_and_inventories_inside_are_no_scans() {
    let mut stage = Stage::of(&DETECTOR);
    for round in 0..20 {
        for n in 0..30 {
            stage.add(poll(CLIENT, DEVICE + n).goes_on());
            stage.add(ask_identity(OPERATOR, DEVICE + n));
            if round < 3 {
                stage.add(tcp(host(CLIENT), host(DEVICE + n), 40_000, 502));
            }
        }
        stage.wait(1000);
    }
    assert_eq!(stage.finish(), []);
}

#[test]
fn a_first_round_of_polls_is_unsure_at_most() {
    let mut stage = Stage::of(&DETECTOR);
    for _ in 0..20 {
        for n in 0..30 {
            let whole = poll(CLIENT, DEVICE + n);
            stage.add(whole.with(|change| change.standing = change.standing.with(Standing::CLOSED)));
        }
        stage.wait(1000);
    }
    assert!(stage.finish().iter().all(|finding| finding.confidence == Confidence::Low));
}

#[test]
fn what_looks_like_a_command_and_is_never_answered_is_low_where_answers_are_seen() {
    let mut stage = Stage::of(&DETECTOR);
    (0..20).for_each(|n| stage.add(tcp(host(OFFICE + n), host(CLIENT), 40_000, 443).talks(600, 300)));
    let piece = tcp(host(CLIENT), host(OFFICE), 40_000, 502).flags(0x18);
    stage.add(piece.commands(Application::Modbus, 5, Weight::StateChanging));
    stage.wait(2000);
    let findings = stage.finish();
    let against = words(&findings[0].against);
    assert_eq!((findings[0].confidence, against), (Confidence::Low, vec!["ics-not-answered"]));
}
