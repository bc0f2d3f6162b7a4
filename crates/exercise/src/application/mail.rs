//! Mail delivery by SMTP (RFC 5321), pipelining not used.

use std::time::Duration;

use super::{Talk, Turn};
use crate::payload::{Filling, Payload};
use crate::random::Draw;

/// One delivery of one message.
pub(super) fn delivery(talk: &Talk<'_>, draw: &mut Draw) -> Vec<Turn> {
    let host = format!("mail{}.{}", talk.server, talk.domain);
    let client = format!("mail{}.{}", talk.client, talk.client_domain);
    let sender = format!("person{}@{}", draw.below(500), talk.client_domain);
    let receiver = format!("person{}@{}", draw.below(500), talk.domain);
    let (id, number) = (draw.bits(), draw.below(1_000_000));
    let size = talk.bulk(draw.between(400, 1500) << draw.between(0, 5));
    let message = Payload {
        head: format!(
            "From: <{sender}>\r\nTo: <{receiver}>\r\nSubject: report {number}\r\nMessage-ID: <{id:016x}@{client}>\r\n\r\n"
        )
        .into_bytes(),
        filler: size,
        filling: Filling::Text,
        offset: draw.bits() as u16,
        tail: b"\r\n.\r\n",
    };
    let mut turns = Vec::new();
    let mut answer = |draw: &mut Draw, text: String| turns.push(Turn::answer(draw.millis(1, 60), Payload::plain(text)));
    answer(draw, format!("220 {host} ESMTP\r\n"));
    let mut exchange = |ask: Payload, reply: String| {
        turns.push(Turn::ask(draw.millis(0, 10), ask));
        turns.push(Turn::answer(draw.millis(1, 60), Payload::plain(reply)));
    };
    exchange(
        Payload::plain(format!("EHLO {client}\r\n")),
        format!("250-{host}\r\n250-SIZE 52428800\r\n250 8BITMIME\r\n"),
    );
    exchange(Payload::plain(format!("MAIL FROM:<{sender}>\r\n")), "250 2.1.0 Ok\r\n".to_owned());
    exchange(Payload::plain(format!("RCPT TO:<{receiver}>\r\n")), "250 2.1.5 Ok\r\n".to_owned());
    exchange(Payload::plain("DATA\r\n"), "354 End data with <CR><LF>.<CR><LF>\r\n".to_owned());
    exchange(message, format!("250 2.0.0 Ok: queued as {:08X}\r\n", id as u32));
    exchange(Payload::plain("QUIT\r\n"), "221 2.0.0 Bye\r\n".to_owned());
    if let Some(first) = turns.first_mut() {
        first.wait = first.wait.max(Duration::from_millis(2));
    }
    turns
}
