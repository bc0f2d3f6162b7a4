//! From one transport payload, the few facts that later detectors need; nothing else of it is kept.
//!
//! [`inspect`] is a pure, total function of a protocol number, two ports and some bytes: it allocates nothing, keeps
//! nothing between calls and takes a few nanoseconds to say [`Inspection::Nothing`] about bulk data. A protocol is one
//! file that describes itself in a [`Protocol`], and one line in [`PROTOCOLS`]; the description holds its ports, its
//! standard, and what [`Summary::code`] means for it.
//!
//! How a payload is recognised: a port that a protocol has registered leads to that protocol, which may then report
//! what is odd ([`Inspection::Malformed`]). Otherwise the first bytes lead to the protocols that can be told with
//! certainty from them, and these check the whole header before they say anything.
//!
//! What it never does: it joins no segments (it says how many bytes it needs, and is asked again), it decrypts nothing,
//! and it reads no header below the payload.
//!
//! Begin with [`inspect`], then [`Fact`] and [`Summary`].

mod bacnet;
mod bytes;
mod dhcp;
mod dnp3;
mod dns;
mod ethernet_ip;
mod fact;
mod ftp;
mod function;
mod http;
mod iec104;
mod ike;
mod ja4;
mod modbus;
mod name;
mod ntp;
mod quic;
mod rdp;
mod reflection;
mod s7comm;
mod sip;
mod smb;
mod snmp;
mod ssh;
mod telnet;
mod tls;

use blueline_terms::Application;

pub use bacnet::Bacnet;
pub use dhcp::Dhcp;
pub use dnp3::Dnp3;
pub use dns::Dns;
pub use ethernet_ip::{Cip, EthernetIp};
pub use fact::{Fact, Role, Summary};
pub use ftp::Ftp;
pub use function::Function;
pub use http::Http;
pub use iec104::{Format, Iec104};
pub use ike::Ike;
pub use ja4::Ja4;
pub use modbus::Modbus;
pub use name::{Name, NameText};
pub use ntp::Ntp;
pub use quic::Quic;
pub use rdp::Rdp;
pub use reflection::Reflection;
pub use s7comm::S7comm;
pub use sip::Sip;
pub use smb::{Smb, Wrapping};
pub use snmp::Snmp;
pub use ssh::Ssh;
pub use telnet::Telnet;
pub use tls::{TlsClientHello, TlsRecord, TlsServerHello};

/// IP protocol number of TCP (IANA).
const TCP: u8 = 6;
/// IP protocol number of UDP (IANA).
const UDP: u8 = 17;

/// What one payload said.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Inspection<'a> {
    /// Nothing that is recognised here.
    Nothing,
    /// A message of a known protocol.
    Fact(Fact<'a>),
    /// A message that contradicts its protocol, and what is odd about it. A packet of which only a part was captured may
    /// look so without being so: the caller, who knows, should then count this as nothing.
    Malformed(Application, &'static str),
    /// A message that goes on in the next TCP segment. The caller may gather up to a bound of its own and ask again.
    Incomplete {
        /// Whose message it is.
        application: Application,
        /// How many bytes from the start of this payload are needed at least to learn more; always more than came.
        needed: usize,
    },
}

/// What [`inspect`] needs to know of a protocol, and what people need to know of its facts.
pub struct Protocol {
    /// Whose facts these are.
    pub application: Application,
    /// Its name for people.
    pub title: &'static str,
    /// Where the message format is written down.
    pub standard: &'static str,
    /// TCP ports on which it is expected.
    pub tcp: &'static [u16],
    /// UDP ports on which it is expected.
    pub udp: &'static [u16],
    /// Whether it is recognised on other ports too.
    pub anywhere: bool,
    /// What [`Summary::code`] means, in a sentence.
    pub code: &'static str,
    /// The functions of a control-system protocol, by code; empty for the others.
    pub functions: &'static [Function],
    inspect: for<'a> fn(Payload<'a>) -> Inspection<'a>,
}

/// Every protocol of which facts are read, the catalogue of this module.
pub static PROTOCOLS: &[Protocol] = &[
    dns::PROTOCOL,
    tls::PROTOCOL,
    ssh::PROTOCOL,
    http::PROTOCOL,
    smb::PROTOCOL,
    ftp::PROTOCOL,
    telnet::PROTOCOL,
    rdp::PROTOCOL,
    ntp::PROTOCOL,
    snmp::PROTOCOL,
    sip::PROTOCOL,
    dhcp::PROTOCOL,
    ike::PROTOCOL,
    quic::PROTOCOL,
    modbus::PROTOCOL,
    s7comm::PROTOCOL,
    dnp3::PROTOCOL,
    iec104::PROTOCOL,
    ethernet_ip::PROTOCOL,
    bacnet::PROTOCOL,
    reflection::SSDP,
    reflection::CLDAP,
    reflection::MEMCACHED,
    reflection::CHARGEN,
    reflection::DVR,
    reflection::QOTD,
    reflection::TFTP,
    reflection::PORTMAP,
    reflection::NETBIOS_NS,
    reflection::RIP,
    reflection::SLP,
    reflection::IPMI,
    reflection::SQL_BROWSER,
    reflection::ARMS,
    reflection::WS_DISCOVERY,
    reflection::COAP,
    reflection::UBIQUITI,
    reflection::SOURCE_QUERY,
];

/// Reads the facts of one TCP or UDP payload; `protocol` is the IP protocol number.
///
/// `payload` is what was captured of the transport's payload, from its first byte. Bytes that a short capture or a
/// fragment left out are treated like bytes that are still to come: the message's header is read, its end is not.
///
/// ```
/// use blueline_wire::application::{Fact, Inspection, inspect};
///
/// let found = inspect(6, 50123, 22, b"SSH-2.0-OpenSSH_9.2\r\n");
/// let Inspection::Fact(fact @ Fact::Ssh(_)) = found else { panic!("{found:?}") };
/// assert_eq!(fact.summary().name.unwrap().text().as_str(), "SSH-2.0-OpenSSH_9.2");
/// ```
pub fn inspect(protocol: u8, source_port: u16, destination_port: u16, payload: &[u8]) -> Inspection<'_> {
    if payload.is_empty() {
        return Inspection::Nothing;
    }
    let payload = Payload { bytes: payload, source_port, destination_port, datagram: protocol == UDP, expected: false };
    match protocol {
        TCP => first(payload, &TCP_PORTS, tcp_by_content),
        UDP => first(payload, &UDP_PORTS, udp_by_content),
        _ => Inspection::Nothing,
    }
}

/// One payload and where it was going.
#[derive(Clone, Copy)]
struct Payload<'a> {
    bytes: &'a [u8],
    source_port: u16,
    destination_port: u16,
    /// UDP rather than TCP.
    datagram: bool,
    /// Whether a port was one that the protocol has registered: then the checks may be looser, and a contradiction is
    /// worth a word.
    expected: bool,
}

impl<'a> Payload<'a> {
    /// Who speaks, as far as the ports tell: requests go to a registered port, responses come from it.
    fn role(&self, ports: &[u16]) -> Role {
        match (ports.contains(&self.source_port), ports.contains(&self.destination_port)) {
            (false, true) => Role::Request,
            (true, false) => Role::Response,
            _ => Role::Unknown,
        }
    }

    /// How many bytes came, for [`Summary::size`].
    fn size(&self) -> u32 {
        u32::try_from(self.bytes.len()).unwrap_or(u32::MAX)
    }

    /// An oddity where the port promised the protocol; elsewhere just nothing that is known.
    fn malformed(&self, application: Application, what: &'static str) -> Inspection<'a> {
        if self.expected { Inspection::Malformed(application, what) } else { Inspection::Nothing }
    }
}

/// Asks the protocols of the registered ports, the destination's first, then those that the content suggests.
#[inline]
fn first<'a>(
    payload: Payload<'a>,
    ports: &PortTable,
    by_content: impl Fn(Payload<'a>) -> Inspection<'a>,
) -> Inspection<'a> {
    let mut odd = None;
    for port in [payload.destination_port, payload.source_port] {
        if let Some(protocol) = ports.find(port) {
            match (protocol.inspect)(Payload { expected: true, ..payload }) {
                Inspection::Nothing => {}
                Inspection::Malformed(application, what) => odd = odd.or(Some((application, what))),
                found => return found,
            }
        }
    }
    let found = by_content(payload);
    match (&found, odd) {
        (Inspection::Nothing, Some((application, what))) => Inspection::Malformed(application, what),
        _ => found,
    }
}

/// The protocols over TCP that their first bytes give away on any port.
fn tcp_by_content(payload: Payload<'_>) -> Inspection<'_> {
    let &[a, b, c, d, ..] = payload.bytes else { return Inspection::Nothing };
    let found = match (a, b) {
        (0x14..=0x18, 3) => tls::inspect(payload),
        (b'S', b'S') => ssh::inspect(payload),
        (b'A'..=b'Z', b'A'..=b'Z') => match http::inspect(payload) {
            Inspection::Nothing => sip::inspect(payload),
            found => found,
        },
        (0x00, _) => smb::inspect(payload),
        (0x03, 0x00) => match s7comm::inspect(payload) {
            Inspection::Nothing => rdp::inspect(payload),
            found => found,
        },
        (b'2' | b'3' | b'5', b'2' | b'3') => ftp::inspect(payload),
        (0xff, 0xfb..=0xfe) | (b'\r', b'\n') | (b'L', b'o') => telnet::inspect(payload),
        (0x05, 0x64) => dnp3::inspect(payload),
        (0x68, _) => iec104::inspect(payload),
        (0x04 | 0x63..=0x70, 0x00) => ethernet_ip::inspect(payload),
        _ => Inspection::Nothing,
    };
    // The transaction id stands first, so only the protocol id that follows gives Modbus away.
    if c == 0 && d == 0 && matches!(found, Inspection::Nothing) {
        return modbus::inspect(payload);
    }
    found
}

/// The protocols over UDP that their first bytes give away on any port.
fn udp_by_content(payload: Payload<'_>) -> Inspection<'_> {
    let &[a, b, ..] = payload.bytes else { return Inspection::Nothing };
    let found = match (a, b) {
        (0x30, _) => match snmp::inspect(payload) {
            Inspection::Nothing => reflection::inspect_cldap(payload),
            found => found,
        },
        (0x14..=0x18, 0xfe) => tls::inspect(payload),
        (0x05, 0x64) => dnp3::inspect(payload),
        (b'A'..=b'Z', b'A'..=b'Z' | b'-') => match reflection::inspect_ssdp(payload) {
            Inspection::Nothing => sip::inspect(payload),
            found => found,
        },
        (0x81, _) => bacnet::inspect(payload),
        (0x20, 0x00) => reflection::inspect_dvr(payload),
        (0xff, 0xff) => reflection::inspect_source_query(payload),
        (0x04 | 0x63..=0x70, 0x00) => ethernet_ip::inspect(payload),
        (0xc0..=0xff, _) => quic::inspect(payload),
        _ => Inspection::Nothing,
    };
    // The id stands first, so only the single question that follows gives a DNS message away.
    if payload.bytes.get(4..6) == Some(&[0, 1]) && matches!(found, Inspection::Nothing) {
        return dns::inspect(payload);
    }
    found
}

/// Port to place in [`PROTOCOLS`], as an open-addressed table built by the compiler from the protocols' own lists.
struct PortTable {
    slots: [(u16, u8); PortTable::SLOTS],
}

static TCP_PORTS: PortTable = PortTable::new(true);
static UDP_PORTS: PortTable = PortTable::new(false);

impl PortTable {
    const SLOTS: usize = 256;
    const EMPTY: u8 = u8::MAX;

    const fn new(tcp: bool) -> Self {
        let mut table = Self { slots: [(0, Self::EMPTY); Self::SLOTS] };
        let mut place = 0;
        while place < PROTOCOLS.len() {
            let ports = if tcp { PROTOCOLS[place].tcp } else { PROTOCOLS[place].udp };
            let mut n = 0;
            while n < ports.len() {
                let mut slot = Self::slot(ports[n]);
                while table.slots[slot].1 != Self::EMPTY {
                    assert!(table.slots[slot].0 != ports[n], "two protocols claim one port");
                    slot = (slot + 1) % Self::SLOTS;
                }
                table.slots[slot] = (ports[n], place as u8);
                n += 1;
            }
            place += 1;
        }
        table
    }

    const fn slot(port: u16) -> usize {
        // Multiplying by an odd number near 2^16 / golden ratio spreads neighbouring ports.
        (port.wrapping_mul(40503) >> 8) as usize
    }

    #[inline(always)]
    fn find(&self, port: u16) -> Option<&'static Protocol> {
        let mut slot = Self::slot(port);
        loop {
            let (held, place) = self.slots[slot];
            // There are far fewer ports than slots, so an empty one ends the search.
            if place == Self::EMPTY || held == port {
                return PROTOCOLS.get(usize::from(place));
            }
            slot = (slot + 1) % Self::SLOTS;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_has_each_application_once() {
        let mut listed: Vec<_> = PROTOCOLS.iter().map(|protocol| protocol.application).collect();
        listed.sort_unstable();
        let mut all = Application::ALL.to_vec();
        all.sort_unstable();
        assert_eq!(listed, all);
    }

    #[test]
    fn a_port_leads_to_its_protocol_and_others_to_none() {
        for (table, tcp) in [(&TCP_PORTS, true), (&UDP_PORTS, false)] {
            let owner = |port: u16| {
                PROTOCOLS.iter().find(|protocol| if tcp { protocol.tcp } else { protocol.udp }.contains(&port))
            };
            for port in 0..=u16::MAX {
                assert_eq!(table.find(port).map(|p| p.application), owner(port).map(|p| p.application), "port {port}");
            }
        }
    }

    #[test]
    fn descriptions_are_sentences_and_answers_stay_small() {
        for protocol in PROTOCOLS {
            assert!(protocol.code.ends_with('.') && !protocol.title.is_empty() && !protocol.standard.is_empty());
        }
        assert!(size_of::<Inspection<'_>>() <= 128, "{}", size_of::<Inspection<'_>>());
    }
}
