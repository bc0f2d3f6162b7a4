//! Network time: the list of clients that ntpd before 4.2.7 gave to anybody, six to a datagram. US-CERT TA14-017A: factor
//! 556.9, which a server with 366 clients in its list has.

use super::{Messages, Reflected};
use crate::application::ntp;

pub(super) const PROTOCOL: Reflected = Reflected {
    port: ntp::PORT,
    answers: 61,
    messages: Messages::Datagrams { request: |_| ntp::reflecting(), answer: |_, draw| ntp::reflected(draw) },
};
