use blueline_terms::finding::Finding;
use blueline_terms::{Address, Application, Confidence, Moment, Span, Weight};

use super::DETECTOR;
use crate::stage::{Draft, Stage, host, tcp};

const CLIENT: u32 = 0xc000_0201;
const SERVER: u32 = 0x0a00_0007;

fn port(number: u32) -> u16 {
    20_000 + (number % 40_000) as u16
}

/// One guess: alike up to a few bytes.
fn guess(from: u32, to: u32, service: u16, number: u32) -> Draft {
    tcp(host(from), host(to), port(number), service).talks(1500 + u64::from(number % 5), 1700)
}

fn last(stage: Stage) -> Option<Finding> {
    stage.finish().pop()
}

fn found(stage: Stage) -> (String, Confidence) {
    let last = last(stage).unwrap();
    assert_eq!(last.kind, "intrusion.brute-force");
    (last.vector.to_string(), last.confidence)
}

fn addresses(parties: &[blueline_terms::finding::Party]) -> Vec<Address> {
    parties.iter().map(|party| party.address).collect()
}

#[test]
fn fast_guesses_are_found_on_their_port() {
    for (service, vector) in [(22, "ssh"), (21, "ftp"), (23, "telnet"), (2323, "telnet"), (3389, "rdp")] {
        let mut stage = Stage::of(&DETECTOR);
        for number in 0..150 {
            stage.add(guess(CLIENT, SERVER, service, number));
            stage.wait(200);
        }
        assert_eq!(found(stage), (vector.to_owned(), Confidence::High));
    }
}

#[test]
fn short_guesses_over_ipv6_are_found() {
    let mut stage = Stage::of(&DETECTOR);
    let address = |last: u8| Address::v6([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last]);
    for number in 0..40 {
        let flow = tcp(address(1), address(2), port(number), 21);
        stage.add(flow.talks(0, 0).sends(8, 8 * 74 + 36).answered(8, 8 * 74 + 90, 0x1b));
        stage.wait(300);
    }
    assert_eq!(found(stage), ("ftp".to_owned(), Confidence::Moderate));
}

#[test]
fn an_odd_port_is_known_by_what_is_said_there() {
    let mut stage = Stage::of(&DETECTOR);
    for number in 0..60 {
        stage.add(guess(CLIENT, SERVER, 50_022, number).application(Application::Ssh));
        stage.wait(400);
    }
    let last = last(stage).unwrap();
    assert_eq!((&*last.vector, last.confidence, &last.ports[..]), ("ssh", Confidence::Moderate, &[50_022][..]));
    assert_eq!((addresses(&last.actors), addresses(&last.targets)), (vec![host(CLIENT)], vec![host(SERVER)]));
}

#[test]
fn slow_guesses_are_not_lost_between_windows() {
    let mut stage = Stage::of(&DETECTOR);
    for number in 0..120u32 {
        stage.add(guess(CLIENT, SERVER, 22, number));
        stage.wait(10_000 + u64::from(number * 7919 % 40_000));
    }
    assert_eq!(found(stage), ("ssh".to_owned(), Confidence::Moderate));
}

#[test]
fn the_finding_opens_with_the_tenth_guess_and_lasts() {
    let mut stage = Stage::of(&DETECTOR);
    for number in 0..60 {
        stage.add(guess(CLIENT, SERVER, 22, number));
        stage.wait(1000);
    }
    let findings = stage.finish();
    assert!(findings[0].span.duration().as_secs() < 11);
    assert!(findings.iter().all(|finding| finding.id == findings[0].id), "one event");
    assert_eq!(findings.last().unwrap().flow_count, 60);
}

#[test]
fn several_who_guess_at_several_are_one_event() {
    let mut stage = Stage::of(&DETECTOR);
    for number in 0..120 {
        stage.add(guess(CLIENT + number % 3, SERVER + number / 3 % 2, 21, number));
        stage.wait(250);
    }
    let findings = stage.finish();
    assert!(findings.iter().all(|finding| finding.id == findings[0].id), "one event");
    let last = findings.last().unwrap();
    assert_eq!((last.actors.len(), last.targets.len(), last.sources.count), (3, 2, 3));
    assert!(last.confidence >= Confidence::Moderate);
}

#[test]
fn guesses_spread_thin_over_many_clients_are_found_with_doubt() {
    let mut stage = Stage::of(&DETECTOR);
    for number in 0..200 {
        stage.add(guess(CLIENT + number % 100, SERVER, 22, number));
        stage.wait(5000);
    }
    let last = last(stage).unwrap();
    assert_eq!((&*last.vector, last.confidence), ("ssh", Confidence::Low));
    assert!(last.against.iter().any(|reason| reason.word == "few-sessions-each"));
}

#[test]
fn refused_logins_of_http_and_smb_are_found() {
    for (application, service, code) in [(Application::Http, 80, 401), (Application::Smb, 445, 0x0201)] {
        let mut stage = Stage::of(&DETECTOR);
        for number in 0..50 {
            stage.add(guess(CLIENT, SERVER, service, number).refuses(application, code, ""));
            stage.wait(500);
        }
        let last = last(stage).unwrap();
        assert_eq!((&*last.vector, last.confidence), (application.word(), Confidence::Moderate));
        assert!(last.grounds.iter().any(|reason| reason.word == "logins-refused"));
    }
}

#[test]
fn many_guesses_in_one_conversation_are_found() {
    let mut stage = Stage::of(&DETECTOR);
    for second in 0..40 {
        let mut flow = tcp(host(CLIENT), host(SERVER), 40_000, 80).talks(4000, 4000);
        for _ in 0..5 {
            flow = flow.refuses(Application::Http, 401, "");
        }
        stage.add_again(0, if second == 0 { flow.stays_open() } else { flow.goes_on() });
        stage.wait(1000);
    }
    assert_eq!(found(stage), ("http".to_owned(), Confidence::High));
}

#[test]
fn an_unknown_service_is_told_with_doubt_and_across_a_border_only() {
    let run = |from: u32| {
        let mut stage = Stage::of(&DETECTOR);
        for number in 0..200 {
            stage.add(guess(from, SERVER, 5222, number));
            stage.wait(700 + u64::from(number * 13 % 500));
        }
        stage.finish().pop()
    };
    let last = run(CLIENT).unwrap();
    assert_eq!((&*last.vector, last.confidence), ("other", Confidence::Low));
    assert_eq!(run(0x0a00_0099), None);
}

#[test]
fn eight_refusals_are_enough() {
    for (application, service, code) in [
        (Application::Ftp, 2121, 530),
        (Application::Telnet, 40_000, 4),
        (Application::Smb, 445, 0x0201),
        (Application::Http, 8080, 401),
    ] {
        let mut stage = Stage::of(&DETECTOR);
        for number in 0..8 {
            stage.add(guess(CLIENT, SERVER, service, number).refuses(application, code, ""));
            stage.wait(6000 + u64::from(number * 7919 % 4000));
        }
        assert_eq!(found(stage), (application.word().to_owned(), Confidence::Moderate));
    }
}

#[test]
fn refusals_are_enough_though_several_clients_and_servers_have_a_few_each() {
    let mut stage = Stage::of(&DETECTOR);
    for number in 0..30 {
        let flow = guess(CLIENT + number % 3, SERVER + number / 3 % 3, 21, number);
        stage.add(flow.refuses(Application::Ftp, 530, ""));
        stage.wait(4000);
    }
    assert_eq!(found(stage), ("ftp".to_owned(), Confidence::Moderate));
}

#[test]
fn several_who_do_the_very_same_are_more_than_users() {
    let mut stage = Stage::of(&DETECTOR);
    for number in 0..280u32 {
        stage.add(guess(CLIENT + number % 10, SERVER, 22, number).application(Application::Ssh));
        stage.wait(600 + u64::from(number * 7919 % 1200));
    }
    let last = last(stage).unwrap();
    assert!(last.confidence >= Confidence::Moderate);
    assert_eq!(last.sources.count, 10);
}

#[test]
fn an_unknown_service_that_is_tried_in_a_hurry_is_told() {
    let mut stage = Stage::of(&DETECTOR);
    for number in 0..116 {
        stage.add(guess(CLIENT, SERVER, 5222, number));
        stage.wait(600);
    }
    let last = last(stage).unwrap();
    assert_eq!((&*last.vector, last.confidence), ("other", Confidence::Moderate));
    assert!(last.against.iter().any(|reason| reason.word == "service-unknown"));
}

#[test]
fn captures_of_plain_ip_tell_as_much() {
    let mut stage = Stage::of(&DETECTOR);
    for number in 0..40 {
        let flow = tcp(host(CLIENT), host(SERVER), port(number), 21).talks(0, 0);
        stage.add(flow.sends(8, 8 * 40 + 36).answered(8, 8 * 40 + 90, 0x1b));
        stage.wait(2000);
    }
    assert_eq!(found(stage), ("ftp".to_owned(), Confidence::Moderate));
}

#[test]
fn desktops_on_odd_ports_are_known_by_what_is_said_there() {
    let mut stage = Stage::of(&DETECTOR);
    for number in 0..40 {
        stage.add(guess(CLIENT, SERVER, 33_890, number).application(Application::Rdp));
        stage.wait(2000);
    }
    assert_eq!(found(stage), ("rdp".to_owned(), Confidence::Moderate));
}

// What looks alike and is left alone.

#[test]
fn a_page_that_is_refused_all_at_once_is_left_alone() {
    let mut stage = Stage::of(&DETECTOR);
    for _ in 0..3 {
        for number in 0..3 {
            stage.add(guess(CLIENT, SERVER, 443, number).refuses(Application::Http, 403, ""));
        }
        stage.wait(1000);
    }
    assert_eq!(stage.finish(), []);
}

#[test]
fn somebody_who_mistypes_is_left_alone() {
    let mut stage = Stage::of(&DETECTOR);
    for number in 0..6 {
        stage.add(guess(CLIENT, SERVER, 21, number).refuses(Application::Ftp, 530, ""));
        stage.wait(9000);
    }
    assert_eq!(stage.finish(), []);
}

#[test]
fn a_web_server_that_turns_strangers_away_is_left_alone() {
    let mut stage = Stage::of(&DETECTOR);
    for number in 0..300 {
        stage.add(guess(CLIENT + number, SERVER, 80, number).refuses(Application::Http, 403, ""));
        stage.add(guess(CLIENT + 500 + number % 40, SERVER, 80, number).application(Application::Http));
        stage.wait(5000);
    }
    assert!(stage.finish().iter().all(|finding| finding.confidence == Confidence::Low));
}

#[test]
fn files_that_are_fetched_and_denied_are_left_alone() {
    let answers = |count: u16| move |change: &mut blueline_terms::Change| change.messages.responses += count;
    let mut stage = Stage::of(&DETECTOR);
    for number in 0..100 {
        let files = guess(CLIENT, SERVER, 21, number).application(Application::Ftp);
        stage.add(files.with(answers(7)));
        let share = guess(CLIENT, SERVER, 445, number).refuses(Application::Smb, 0x0203, "");
        stage.add(share.with(answers(7)));
        stage.wait(6000 + u64::from(number * 7919 % 4000));
    }
    assert_eq!(stage.finish(), []);
}

#[test]
fn programs_that_report_over_tls_are_left_alone() {
    let mut stage = Stage::of(&DETECTOR);
    for number in 0..300 {
        stage.add(guess(SERVER, CLIENT, 10_443, number).application(Application::Tls));
        stage.wait(500);
    }
    assert_eq!(stage.finish(), []);
}

#[test]
fn web_pages_and_health_checks_are_left_alone() {
    let mut stage = Stage::of(&DETECTOR);
    for number in 0..500 {
        stage.add(guess(CLIENT, SERVER, 80, number).application(Application::Http));
        stage.add(guess(CLIENT, SERVER, 443, number).application(Application::Tls));
        stage.add(guess(CLIENT, SERVER, 8080, number));
        stage.wait(1000);
    }
    assert_eq!(stage.finish(), []);
}

#[test]
fn a_browser_that_is_refused_before_it_is_let_in_is_left_alone() {
    let mut stage = Stage::of(&DETECTOR);
    for number in 0..200 {
        let flow = guess(CLIENT, SERVER, 80, number).refuses(Application::Http, 401, "");
        stage.add(flow.refuses(Application::Http, 401, "").with(|change| change.messages.responses += 1));
        stage.wait(1000);
    }
    assert_eq!(stage.finish(), []);
}

#[test]
fn people_at_work_and_builds_are_left_alone() {
    let mut stage = Stage::of(&DETECTOR);
    for number in 0..100u32 {
        let bytes = 3000 + u64::from(number * 7919 % 97) * 450;
        stage.add(
            tcp(host(CLIENT), host(SERVER), port(number), 22).talks(bytes / 3, bytes).application(Application::Ssh),
        );
        stage.wait(20_000);
    }
    assert_eq!(stage.finish(), []);
}

#[test]
fn monitoring_that_logs_in_by_the_clock_is_left_alone() {
    let mut stage = Stage::of(&DETECTOR);
    for number in 0..300 {
        stage.add(guess(CLIENT, SERVER, 22, number).application(Application::Ssh));
        stage.wait(60_000);
    }
    assert!(stage.finish().iter().all(|finding| finding.confidence == Confidence::Low));
}

#[test]
fn a_file_server_that_many_use_is_left_alone() {
    let mut stage = Stage::of(&DETECTOR);
    for number in 0..600u32 {
        let share = tcp(host(CLIENT + number % 60), host(SERVER), port(number), 445).application(Application::Smb);
        stage.add(share.commands(Application::Smb, 0x0208, Weight::Read).talks(2000, 3000));
        let files = tcp(host(CLIENT + number % 60), host(SERVER), port(number), 21);
        stage.add(files.talks(200 + u64::from(number * 31 % 900), 400 + u64::from(number * 77 % 2000)));
        stage.wait(3000);
    }
    assert!(stage.finish().iter().all(|finding| finding.confidence == Confidence::Low));
}

#[test]
fn connections_without_data_are_no_guesses() {
    let mut stage = Stage::of(&DETECTOR);
    for number in 0..300u32 {
        stage.add(tcp(host(CLIENT), host(SERVER), port(number), 22));
        stage.add(tcp(host(CLIENT), host(SERVER), port(number), 23).flags(0x06).answered(1, 60, 0x12));
        stage.add(tcp(host(CLIENT), host(SERVER), port(number), 3389).answered(1, 60, 0x14));
        stage.wait(100);
    }
    assert_eq!(stage.finish(), []);
}

#[test]
fn a_conversation_that_began_unseen_is_no_guess() {
    let mut stage = Stage::of(&DETECTOR);
    for number in 0..100 {
        stage.add(guess(CLIENT, SERVER, 22, number).flags(0x18));
        stage.wait(1000);
    }
    assert_eq!(stage.finish(), []);
}

#[test]
fn strange_figures_and_times_do_no_harm() {
    let mut stage = Stage::of(&DETECTOR);
    for number in 0..40 {
        let flow = guess(CLIENT, SERVER, 22, number).sends(u32::MAX, u64::MAX).answered(u32::MAX, u64::MAX, 0xff);
        stage.add(flow.with(|change| change.span = Span::at(Moment::default())));
        stage.wait(40_000_000_000);
    }
    assert_eq!(stage.finish(), []);
}

#[test]
fn a_few_small_sessions_faster_than_anybody_types_are_guesses() {
    let confidence = |count: u32, gap: u64, bytes: u64| {
        let mut stage = Stage::of(&DETECTOR);
        for number in 0..count {
            let session = tcp(host(CLIENT), host(SERVER), port(number), 22).talks(bytes / 2, bytes / 2);
            stage.add(session.application(Application::Ssh));
            stage.wait(gap);
        }
        last(stage).map(|finding| finding.confidence)
    };
    assert_eq!(confidence(9, 6000, 4000), Some(Confidence::Moderate));
    // A program that fetches one thing after the other says more in each; a person takes longer.
    assert_eq!(confidence(9, 6000, 12_000), None);
    assert_eq!(confidence(9, 37_000, 4000), None);
}
