//! Telnet (RFC 854): options, then names and passwords as they are typed.

use std::time::Duration;

use super::Turn;
use crate::payload::Payload;
use crate::random::Draw;

/// Names and passwords that devices are sold with; all of them made up.
const LOGINS: [(&str, &str); 5] = [
    ("root", "exercise1"),
    ("admin", "exercise2"),
    ("guest", "exercise3"),
    ("root", "exercise4"),
    ("user", "exercise5"),
];

/// So many guesses; the last is taken or refused as the others.
pub(super) fn guesses(count: u64, taken: bool, draw: &mut Draw) -> Vec<Turn> {
    // Will echo, will suppress go-ahead, do terminal type; and the other side's consent (RFC 857, RFC 858, RFC 1091).
    let offer = [255, 251, 1, 255, 251, 3, 255, 253, 24];
    let consent = [255, 253, 1, 255, 253, 3, 255, 252, 24];
    let mut turns = vec![
        Turn::answer(draw.millis(2, 30), Payload::plain(offer)),
        Turn::ask(Duration::ZERO, Payload::plain(consent)),
        Turn::answer(draw.millis(5, 50), Payload::plain("\r\nrecorder login: ")),
    ];
    for number in 1..=count {
        let (name, password) = *draw.pick(&LOGINS);
        turns.push(Turn::ask(draw.millis(2, 200), Payload::plain(format!("{name}\r\n"))));
        turns.push(Turn::answer(draw.millis(2, 40), Payload::plain(format!("{name}\r\nPassword: "))));
        turns.push(Turn::ask(draw.millis(2, 200), Payload::plain(format!("{password}\r\n"))));
        let (wait, told) = match (number == count, taken) {
            (true, true) => (draw.millis(10, 60), "\r\n$ "),
            (true, false) => (draw.millis(200, 3000), "\r\nLogin incorrect\r\n"),
            (false, _) => (draw.millis(200, 3000), "\r\nLogin incorrect\r\nrecorder login: "),
        };
        turns.push(Turn::answer(wait, Payload::plain(told)));
    }
    turns
}
