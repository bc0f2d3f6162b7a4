//! Domain names: everything that is known of a name, in fragments. US-CERT TA14-017A: factor 28 to 54; the answers here
//! are those of a name with large text records, up to a factor of 84.

use super::{Messages, Reflected};
use crate::application::dns;

pub(super) const PROTOCOL: Reflected = Reflected {
    port: dns::PORT,
    answers: 1,
    messages: Messages::Datagrams { request: dns::reflecting, answer: |_, draw| dns::reflected(draw) },
};
