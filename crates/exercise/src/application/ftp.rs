//! File transfer (RFC 959): the control conversation, as far as a wrong password.

use super::Turn;
use crate::payload::Payload;
use crate::random::Draw;

const USERS: [&str; 4] = ["admin", "root", "ftp", "backup"];

pub(super) fn guess(number: u64, draw: &mut Draw) -> Vec<Turn> {
    let user = *draw.pick(&USERS);
    let mut turns = vec![Turn::answer(draw.millis(2, 30), Payload::plain("220 (vsFTPd 3.0.5)\r\n"))];
    for (asked, told, slow) in [
        (format!("USER {user}\r\n"), "331 Please specify the password.\r\n", 30),
        (format!("PASS guess{number:06}\r\n"), "530 Login incorrect.\r\n", 3000),
        ("QUIT\r\n".to_owned(), "221 Goodbye.\r\n", 30),
    ] {
        turns.push(Turn::ask(draw.millis(1, 20), Payload::plain(asked)));
        turns.push(Turn::answer(draw.millis(slow / 30, slow), Payload::plain(told)));
    }
    turns
}
