//! Bulk transfers over TCP: an rsync daemon's greeting, then megabytes.

use std::time::Duration;

use super::{Talk, Turn};
use crate::payload::Payload;
use crate::random::Draw;

pub(super) const PORT: u16 = 873;

/// One transfer of half a megabyte to eight.
pub(super) fn transfer(talk: &Talk<'_>, draw: &mut Draw) -> Vec<Turn> {
    let greeting = "@RSYNCD: 31.0 sha512 sha256 sha1 md5 md4\n";
    let mut turns = vec![
        Turn::answer(draw.millis(1, 20), Payload::plain(greeting)),
        Turn::ask(Duration::ZERO, Payload::plain(greeting)),
        Turn::ask(Duration::ZERO, Payload::plain("backup\n")),
        Turn::answer(draw.millis(1, 20), Payload::plain("@RSYNCD: OK\n")),
    ];
    let mut left = talk.bulk(draw.between(1 << 19, 1 << 23));
    while left > 0 {
        let part = left.min(1 << 20);
        turns.push(Turn::ask(draw.millis(0, 30), Payload::noisy([], part, draw)));
        left -= part;
    }
    turns.push(Turn::answer(draw.millis(5, 200), Payload::noisy([], 40, draw)));
    turns
}
