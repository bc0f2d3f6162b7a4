//! Web pages over HTTP/1.1 in the clear (RFC 9112).

use std::time::Duration;

use super::{Talk, Turn};
use crate::payload::Payload;
use crate::random::Draw;

const PATHS: [&str; 6] = ["/", "/index.html", "/news", "/style.css", "/map.png", "/api/status"];
const AGENTS: [&str; 3] = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    "curl/8.7.1",
];

/// One visit of a few requests on one connection.
pub(super) fn page(talk: &Talk<'_>, draw: &mut Draw) -> Vec<Turn> {
    let mut turns = Vec::new();
    let agent = AGENTS[(talk.client % 3) as usize];
    for request in 0..draw.between(1, 5) {
        let think = if request == 0 { Duration::ZERO } else { draw.millis(10, 1500) };
        let (path, host) = (draw.pick(&PATHS), talk.server_name());
        let asked = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {agent}\r\nAccept: */*\r\n\r\n");
        turns.push(Turn::ask(think, Payload::plain(asked)));
        let found = draw.chance(0.95);
        let magnitude = draw.between(0, 6);
        let size = if found { talk.bulk(draw.between(300, 900) << magnitude) } else { 148 };
        let status = if found { "200 OK" } else { "404 Not Found" };
        let head = format!(
            "HTTP/1.1 {status}\r\nServer: nginx\r\nContent-Type: application/octet-stream\r\nContent-Length: {size}\r\n\r\n"
        );
        turns.push(Turn::answer(draw.millis(1, 40), Payload::noisy(head, size, draw)));
    }
    turns
}
