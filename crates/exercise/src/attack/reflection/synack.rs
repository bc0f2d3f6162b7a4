//! TCP handshakes: a server sends its SYN and ACK again when no answer comes, six times in all with the usual five
//! retries. Kührer and others, "Hell of a Handshake" (WOOT 2014); not among the alert's protocols, which are all of UDP.

use super::{Messages, Reflected};

pub(super) const PROTOCOL: Reflected = Reflected { port: 443, answers: 6, messages: Messages::Handshakes };
