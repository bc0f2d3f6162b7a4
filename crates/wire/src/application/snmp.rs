//! Network management: version and kind of message. The community name, a password, is not kept.

use blueline_terms::Application;

use super::bytes::Element;
use super::{Fact, Inspection, Payload, Protocol, Role, Summary};

pub(super) const PROTOCOL: Protocol = Protocol {
    application: Application::Snmp,
    title: "Simple Network Management Protocol",
    standard: "RFC 1157, RFC 1901, RFC 3412, section 6, RFC 3416, section 3",
    tcp: &[],
    udp: &[161, 162],
    anywhere: true,
    code: "Kind of message: 0 get, 1 get next, 2 response, 3 set, 4 trap of version 1, 5 get bulk, 6 inform, 7 trap, \
           8 report.",
    functions: &[],
    inspect,
};

/// One message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snmp {
    /// 1, 2 (SNMPv2c) or 3.
    pub version: u8,
    /// Kind of message, 0 to 8; `None` where version 3 encrypts it.
    pub pdu: Option<u8>,
    /// How many rows a get bulk asks for; the measure of what comes back.
    pub max_repetitions: Option<u32>,
    /// Bytes of the message.
    pub size: u32,
}

impl Snmp {
    /// Whether it is a get bulk, the request that floods are reflected with.
    pub fn is_get_bulk(&self) -> bool {
        self.pdu == Some(5)
    }

    pub(super) fn summary<'a>(&self) -> Summary<'a> {
        let role = match self.pdu {
            Some(0 | 1 | 3 | 5 | 6) => Role::Request,
            Some(2 | 8) => Role::Response,
            _ => Role::Unknown,
        };
        Summary::new(Application::Snmp, role, self.pdu.map(u16::from), self.size)
    }
}

pub(super) fn inspect(payload: Payload<'_>) -> Inspection<'_> {
    match read(payload.bytes) {
        Some((snmp, exact)) if exact || payload.expected => {
            Inspection::Fact(Fact::Snmp(Snmp { size: payload.size(), ..snmp }))
        }
        Some(_) => Inspection::Nothing,
        None => payload.malformed(Application::Snmp, "the message is not one of SNMP's versions 1 to 3"),
    }
}

/// The message, and whether it fills the payload to the byte.
fn read(bytes: &[u8]) -> Option<(Snmp, bool)> {
    let message = Element::read(bytes).filter(|message| message.tag == 0x30)?;
    let exact = message.whole && message.rest.is_empty();
    let version = Element::read(message.content)?;
    let (version, rest) = (version.unsigned()?, version.rest);
    let plain = Snmp { version: 0, pdu: None, max_repetitions: None, size: 0 };
    let snmp = match version {
        0 | 1 => {
            let community = Element::read(rest).filter(|community| community.tag == 0x04 && community.whole)?;
            with_pdu(Snmp { version: version as u8 + 1, ..plain }, community.rest)?
        }
        3 => {
            let header = Element::read(rest).filter(|header| header.tag == 0x30 && header.whole)?;
            let security = Element::read(header.rest).filter(|security| security.tag == 0x04 && security.whole)?;
            let scoped = Element::read(security.rest)?;
            let plain = Snmp { version: 3, ..plain };
            match scoped.tag {
                // Encrypted (RFC 3412, 6).
                0x04 => plain,
                0x30 => {
                    let engine = Element::read(scoped.content).filter(|engine| engine.tag == 0x04 && engine.whole)?;
                    let context = Element::read(engine.rest).filter(|context| context.tag == 0x04 && context.whole)?;
                    with_pdu(plain, context.rest)?
                }
                _ => return None,
            }
        }
        _ => return None,
    };
    Some((snmp, exact))
}

fn with_pdu(snmp: Snmp, bytes: &[u8]) -> Option<Snmp> {
    let pdu = Element::read(bytes).filter(|pdu| (0xa0..=0xa8).contains(&pdu.tag))?;
    let kind = pdu.tag & 0x0f;
    let max_repetitions = match kind {
        // Request id, non-repeaters, max-repetitions (RFC 3416, 3).
        5 => Element::read(pdu.content)
            .and_then(|id| Element::read(id.rest))
            .and_then(|non_repeaters| Element::read(non_repeaters.rest))
            .and_then(|repetitions| repetitions.unsigned()),
        _ => None,
    };
    Some(Snmp { pdu: Some(kind), max_repetitions, ..snmp })
}
