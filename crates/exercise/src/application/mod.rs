//! What conversations are about: one file an application, and a line here.
//!
//! An application is a [`Dialogue`]: message after message, who sends it and how long after the one before. What carries
//! the messages, and in what pieces, is no matter to it.

mod backup;
pub(crate) mod control;
pub(crate) mod dhcp;
mod dnp3;
pub(crate) mod dns;
pub(crate) mod dns_abuse;
mod ethernet_ip;
mod ftp;
mod iec104;
pub(crate) mod login;
mod mail;
mod modbus;
pub(crate) mod ntp;
mod peer;
pub(crate) mod probe;
mod rdp;
pub(crate) mod report;
mod s7comm;
pub(crate) mod smb;
mod ssh;
mod telnet;
pub(crate) mod tls;
mod video;
pub(crate) mod web;

use std::time::Duration;

use blueline_terms::{Address, Moment};

use crate::payload::Payload;
use crate::random::Draw;
use crate::scenario::TrafficKind;

/// One message of a conversation.
#[derive(Clone, Debug)]
pub(crate) struct Turn {
    /// From the opener to the answerer.
    pub(crate) forward: bool,
    /// Time since the message before.
    pub(crate) wait: Duration,
    /// Never empty.
    pub(crate) payload: Payload,
}

impl Turn {
    /// The opener says something.
    pub(crate) fn ask(wait: Duration, payload: Payload) -> Self {
        Self { forward: true, wait, payload }
    }

    /// The answerer says something.
    pub(crate) fn answer(wait: Duration, payload: Payload) -> Self {
        Self { forward: false, wait, payload }
    }
}

/// A conversation, message by message.
pub(crate) trait Dialogue {
    /// The next message; `None` when all is said.
    fn next(&mut self, now: Moment, draw: &mut Draw) -> Option<Turn>;
}

/// A conversation whose messages are all known when it begins.
impl Dialogue for std::vec::IntoIter<Turn> {
    fn next(&mut self, _: Moment, _: &mut Draw) -> Option<Turn> {
        Iterator::next(self)
    }
}

/// What carries the messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carrier {
    Tcp,
    Udp,
}

/// A conversation that is about to begin.
pub(crate) struct Begun {
    pub(crate) carrier: Carrier,
    /// The answerer's port; any unused one where there is none.
    pub(crate) port: Option<u16>,
    pub(crate) dialogue: Box<dyn Dialogue>,
}

impl Begun {
    fn script(carrier: Carrier, port: u16, turns: Vec<Turn>) -> Self {
        Self { carrier, port: Some(port), dialogue: Box::new(turns.into_iter()) }
    }
}

/// Who is talking, as far as it shows in messages.
pub(crate) struct Talk<'a> {
    /// Domain name of the answerer's side.
    pub(crate) domain: &'a str,
    /// Domain name of the opener's side.
    pub(crate) client_domain: &'a str,
    /// Number of the answering host.
    pub(crate) server: u64,
    /// Number of the opening host.
    pub(crate) client: u64,
    /// The answering host's IPv4 and IPv6 address; the one it has twice where it lacks the other.
    pub(crate) server_addresses: [Address; 2],
    /// What the sizes of bulky messages are multiplied with.
    pub(crate) volume: f64,
}

impl Talk<'_> {
    /// Name of the answering host.
    fn server_name(&self) -> String {
        format!("www{}.{}", self.server, self.domain)
    }

    /// A bulky size, at least 1 and at most a gigabyte.
    fn bulk(&self, size: u64) -> usize {
        ((size as f64 * self.volume) as usize).clamp(1, 1 << 30)
    }
}

/// Begins a conversation of this kind.
pub(crate) fn begin(kind: TrafficKind, talk: &Talk<'_>, draw: &mut Draw) -> Begun {
    match kind {
        TrafficKind::Web => Begun::script(Carrier::Tcp, 443, tls::page(talk, draw)),
        TrafficKind::WebPlain => Begun::script(Carrier::Tcp, 80, web::page(talk, draw)),
        TrafficKind::Dns => Begun::script(Carrier::Udp, 53, dns::question_and_answer(talk, draw)),
        TrafficKind::Mail => Begun::script(Carrier::Tcp, 25, mail::delivery(talk, draw)),
        TrafficKind::Ssh => Begun::script(Carrier::Tcp, 22, ssh::session(talk, draw)),
        TrafficKind::Ntp => {
            Begun { carrier: Carrier::Udp, port: Some(123), dialogue: Box::new(ntp::TimeQuestion::new()) }
        }
        TrafficKind::Backup => Begun::script(Carrier::Tcp, backup::PORT, backup::transfer(talk, draw)),
        TrafficKind::PeerToPeer => peer::talk(talk, draw),
        TrafficKind::VideoCall => {
            Begun { carrier: Carrier::Udp, port: None, dialogue: Box::new(video::Call::new(talk, draw)) }
        }
    }
}
