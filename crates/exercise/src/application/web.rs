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

/// One request of a flood: a page that no cache holds, and an answer that says that there are too many.
pub(crate) fn flooding(bot: u64, host: &str, draw: &mut Draw) -> Vec<Turn> {
    let (path, agent) = (draw.pick(&PATHS), AGENTS[(bot % 3) as usize]);
    let asked = format!(
        "GET {path}?{:08x} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {agent}\r\nAccept: */*\r\n\r\n",
        draw.bits() as u32
    );
    let told = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    vec![Turn::ask(Duration::ZERO, Payload::plain(asked)), Turn::answer(draw.millis(5, 400), Payload::plain(told))]
}

/// One guess at a password in a form.
pub(super) fn guess(number: u64, draw: &mut Draw) -> Vec<Turn> {
    let form = format!("user=admin&password=guess{number:06}");
    let asked = format!(
        "POST /login HTTP/1.1\r\nHost: login.example\r\nUser-Agent: {}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        AGENTS[2],
        form.len()
    );
    let told = "HTTP/1.1 401 Unauthorized\r\nContent-Type: text/plain\r\nContent-Length: 14\r\n\r\nwrong password";
    vec![Turn::ask(Duration::ZERO, Payload::plain(asked)), Turn::answer(draw.millis(20, 300), Payload::plain(told))]
}

/// Monitoring asks whether a server is well.
pub(crate) fn health(draw: &mut Draw) -> Vec<Turn> {
    let asked = "GET /health HTTP/1.1\r\nHost: health.example\r\nUser-Agent: monitor/1.0\r\nAccept: */*\r\n\r\n";
    let told = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nok\n";
    vec![Turn::ask(Duration::ZERO, Payload::plain(asked)), Turn::answer(draw.millis(1, 20), Payload::plain(told))]
}

/// A report to a master that looks like a visit.
pub(super) fn report(name: &str, host: u64, draw: &mut Draw) -> Vec<Turn> {
    let asked = format!(
        "GET /updates?id={host:08x} HTTP/1.1\r\nHost: {name}\r\nUser-Agent: {}\r\nAccept: */*\r\n\r\n",
        AGENTS[1]
    );
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 48\r\n\r\n";
    vec![
        Turn::ask(Duration::ZERO, Payload::plain(asked)),
        Turn::answer(draw.millis(5, 60), Payload::noisy(head, 48, draw)),
    ]
}
