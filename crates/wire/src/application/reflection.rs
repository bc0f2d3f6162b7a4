//! Small protocols over UDP of which only one thing matters here: a short question that brings a long answer, so that
//! floods are reflected with them. Each is a line in the catalogue and a function that tells question from answer.

use blueline_terms::Application;

use super::bytes::{Element, be16, be32, contains, le16};
use super::name::walk;
use super::{Fact, Inspection, Payload, Protocol, Role, Summary};

/// A question or an answer of one of these protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reflection {
    /// Which protocol.
    pub application: Application,
    /// Question or answer.
    pub role: Role,
    /// Kind of message, see [`super::Protocol::code`].
    pub code: Option<u16>,
    /// Bytes of the message.
    pub size: u32,
}

impl Reflection {
    pub(super) fn summary<'a>(&self) -> Summary<'a> {
        Summary::new(self.application, self.role, self.code, self.size)
    }
}

/// What a function below found: who speaks, and the kind of message.
type Found = Option<(Role, Option<u16>)>;

/// A protocol that is looked for on its own ports only.
const fn on_ports(
    application: Application,
    udp: &'static [u16],
    texts: [&'static str; 3],
    inspect: Inspect,
) -> Protocol {
    let [title, standard, code] = texts;
    Protocol { application, title, standard, tcp: &[], udp, anywhere: false, code, functions: &[], inspect }
}

/// A protocol that its first bytes give away on any port.
const fn anywhere(
    application: Application,
    udp: &'static [u16],
    texts: [&'static str; 3],
    inspect: Inspect,
) -> Protocol {
    Protocol { anywhere: true, ..on_ports(application, udp, texts, inspect) }
}

type Inspect = for<'a> fn(Payload<'a>) -> Inspection<'a>;

fn told(application: Application, payload: Payload<'_>, found: Found) -> Inspection<'_> {
    match found {
        Some((role, code)) => {
            Inspection::Fact(Fact::Reflection(Reflection { application, role, code, size: payload.size() }))
        }
        None => Inspection::Nothing,
    }
}

pub(super) const SSDP: Protocol = anywhere(
    Application::Ssdp,
    &[1900],
    [
        "Simple Service Discovery Protocol",
        "UPnP Device Architecture 2.0, section 1",
        "1 M-SEARCH, 2 NOTIFY; 200 for responses.",
    ],
    inspect_ssdp,
);

pub(super) fn inspect_ssdp(payload: Payload<'_>) -> Inspection<'_> {
    let bytes = payload.bytes;
    let found = if bytes.starts_with(b"M-SEARCH * HTTP/1.") {
        Some((Role::Request, Some(1)))
    } else if bytes.starts_with(b"NOTIFY * HTTP/1.") {
        Some((Role::Unknown, Some(2)))
    } else if bytes.starts_with(b"HTTP/1.1 200") || bytes.starts_with(b"HTTP/1.0 200") {
        Some((Role::Response, Some(200)))
    } else {
        None
    };
    told(Application::Ssdp, payload, found)
}

pub(super) const CLDAP: Protocol = anywhere(
    Application::Cldap,
    &[389],
    [
        "Connectionless LDAP",
        "RFC 4511, section 4.1.1; RFC 1798",
        "Operation: 3 search request, 4 search entry, 5 search done, 19 reference.",
    ],
    inspect_cldap,
);

pub(super) fn inspect_cldap(payload: Payload<'_>) -> Inspection<'_> {
    let read = || {
        let message = Element::read(payload.bytes).filter(|message| message.tag == 0x30)?;
        let id = Element::read(message.content)?;
        id.unsigned()?;
        let operation = Element::read(id.rest)?;
        // A search over LDAP is an application tag; its answers come several to a datagram.
        let role = match operation.tag {
            0x63 => Role::Request,
            0x64 | 0x65 | 0x73 => Role::Response,
            _ => return None,
        };
        // On other ports a search must begin as one: base name, scope, aliases.
        let base = Element::read(operation.content).filter(|base| matches!(base.tag, 0x04 | 0x0a));
        (payload.expected || message.whole && base.is_some()).then_some((role, Some(u16::from(operation.tag & 0x1f))))
    };
    told(Application::Cldap, payload, read())
}

pub(super) const MEMCACHED: Protocol = on_ports(
    Application::Memcached,
    &[11211],
    [
        "memcached",
        "memcached protocol.txt, UDP protocol",
        "Requests: 1 get, 2 gets, 3 stats, 4 set or another store, 5 version; none otherwise.",
    ],
    inspect_memcached,
);

fn inspect_memcached(payload: Payload<'_>) -> Inspection<'_> {
    let read = || {
        // Request id, sequence number, datagrams, reserved.
        let (sequence, datagrams, reserved) =
            (be16(payload.bytes, 2)?, be16(payload.bytes, 4)?, be16(payload.bytes, 6)?);
        if reserved != 0 || datagrams == 0 || sequence >= datagrams {
            return None;
        }
        let text = payload.bytes.get(8..)?;
        let commands: [(&[u8], u16); 8] = [
            (b"get ", 1),
            (b"gets ", 2),
            (b"stats", 3),
            (b"set ", 4),
            (b"add ", 4),
            (b"replace ", 4),
            (b"append ", 4),
            (b"version", 5),
        ];
        if let Some((_, code)) = commands.iter().find(|(word, _)| text.starts_with(word)) {
            return Some((Role::Request, Some(*code)));
        }
        let answers: [&[u8]; 6] = [b"STAT ", b"VALUE ", b"END", b"VERSION ", b"STORED", b"ERROR"];
        let answer = answers.iter().any(|word| text.starts_with(word)) || sequence > 0;
        (answer && payload.source_port == 11211).then_some((Role::Response, None))
    };
    told(Application::Memcached, payload, read())
}

pub(super) const CHARGEN: Protocol =
    on_ports(Application::Chargen, &[19], ["Character generator", "RFC 864", "None."], inspect_chargen);

fn inspect_chargen(payload: Payload<'_>) -> Inspection<'_> {
    let bytes = payload.bytes;
    // Any datagram asks. The answer is a run of neighbouring characters in lines; other texts have few of these.
    let sample = bytes.get(..74).unwrap_or(bytes);
    let runs = sample.windows(2).filter(|pair| pair[1] == pair[0].wrapping_add(1)).count();
    let found = match (payload.source_port, payload.destination_port) {
        (19, 19) => None,
        (19, _) if sample.len() >= 8 && runs * 10 >= sample.len() * 8 => Some((Role::Response, None)),
        (_, 19) => Some((Role::Request, None)),
        _ => None,
    };
    told(Application::Chargen, payload, found)
}

pub(super) const DVR: Protocol = anywhere(
    Application::Dvr,
    &[37810],
    ["Video recorder discovery (DHDiscover)", "none published; header and method names as devices send them", "None."],
    inspect_dvr,
);

pub(super) fn inspect_dvr(payload: Payload<'_>) -> Inspection<'_> {
    let bytes = payload.bytes;
    // A header of 32 bytes with the letters DHIP, then JSON.
    let found = if !bytes.starts_with(&[0x20, 0, 0, 0, b'D', b'H', b'I', b'P']) {
        None
    } else if contains(bytes, b"DHDiscover.search", 256) {
        Some((Role::Request, None))
    } else if contains(bytes, b"notifyDevInfo", 2048) {
        Some((Role::Response, None))
    } else {
        Some((payload.role(DVR.udp), None))
    };
    told(Application::Dvr, payload, found)
}

pub(super) const QOTD: Protocol =
    on_ports(Application::Qotd, &[17], ["Quote of the day", "RFC 865", "None."], inspect_qotd);

fn inspect_qotd(payload: Payload<'_>) -> Inspection<'_> {
    let text =
        |bytes: &[u8]| bytes.iter().take(64).all(|byte| matches!(byte, b' '..=b'~' | b'\r' | b'\n' | b'\t' | 0x80..));
    let found = match payload.role(QOTD.udp) {
        Role::Response if text(payload.bytes) => Some((Role::Response, None)),
        // Any datagram asks, and the protocol has nothing to say in it.
        Role::Request if payload.bytes.len() <= 512 => Some((Role::Request, None)),
        _ => None,
    };
    told(Application::Qotd, payload, found)
}

pub(super) const TFTP: Protocol = on_ports(
    Application::Tftp,
    &[69],
    ["Trivial File Transfer Protocol", "RFC 1350, section 5", "1 read request, 2 write request, 3 data, 5 error."],
    inspect_tftp,
);

fn inspect_tftp(payload: Payload<'_>) -> Inspection<'_> {
    let read = || {
        let code @ 1..=6 = be16(payload.bytes, 0)? else { return None };
        if code > 2 {
            // Answers leave port 69 only where a server does not change ports.
            return (payload.source_port == 69).then_some((Role::Response, Some(code)));
        }
        // File name, mode; both end in a zero.
        let mut fields = payload.bytes.get(2..)?.split(|&byte| byte == 0);
        let (name, mode) = (fields.next()?, fields.next()?);
        let modes: [&[u8]; 3] = [b"octet", b"netascii", b"mail"];
        (!name.is_empty() && modes.iter().any(|known| mode.eq_ignore_ascii_case(known)))
            .then_some((Role::Request, Some(code)))
    };
    told(Application::Tftp, payload, read())
}

pub(super) const PORTMAP: Protocol = on_ports(
    Application::Portmap,
    &[111],
    [
        "Portmapper",
        "RFC 1833; RFC 5531, section 9",
        "Procedure of a call: 3 get port or address, 4 dump; none for replies.",
    ],
    inspect_portmap,
);

fn inspect_portmap(payload: Payload<'_>) -> Inspection<'_> {
    let word = |n: usize| be32(payload.bytes, 4 * n);
    let read = || match word(1)? {
        // A call: version 2 of remote calls, program 100000, its version and procedure.
        0 => (word(2)? == 2 && word(3)? == 100_000 && word(4)? <= 4)
            .then_some((Role::Request, Some(word(5)?.min(0xffff) as u16))),
        1 => (word(2)? <= 1 && payload.source_port == 111).then_some((Role::Response, None)),
        _ => None,
    };
    told(Application::Portmap, payload, read())
}

pub(super) const NETBIOS_NS: Protocol = on_ports(
    Application::NetbiosNs,
    &[137],
    [
        "NetBIOS name service",
        "RFC 1002, section 4.2",
        "Type of the question or first record: 0x20 name, 0x21 node status.",
    ],
    inspect_netbios_ns,
);

fn inspect_netbios_ns(payload: Payload<'_>) -> Inspection<'_> {
    let read = || {
        let bytes = payload.bytes;
        let flags = be16(bytes, 2)?;
        if be16(bytes, 4)?.checked_add(be16(bytes, 6)?)? == 0 {
            return None;
        }
        // Names are domain names of one label of 32 bytes and a scope (4.1).
        let end = (bytes.get(12) == Some(&32)).then(|| walk(bytes, 12, |_| {}).ok()).flatten()?;
        let role = if flags & 0x8000 != 0 { Role::Response } else { Role::Request };
        Some((role, Some(be16(bytes, end)?)))
    };
    told(Application::NetbiosNs, payload, read())
}

pub(super) const RIP: Protocol = on_ports(
    Application::Rip,
    &[520],
    ["Routing Information Protocol", "RFC 1058, section 3.1; RFC 2453", "Command: 1 request, 2 response."],
    inspect_rip,
);

fn inspect_rip(payload: Payload<'_>) -> Inspection<'_> {
    let found = match *payload.bytes {
        [command @ (1 | 2), 1 | 2, _, _, ref entries @ ..] if !entries.is_empty() && entries.len() % 20 == 0 => {
            Some((if command == 1 { Role::Request } else { Role::Response }, Some(u16::from(command))))
        }
        _ => None,
    };
    told(Application::Rip, payload, found)
}

pub(super) const SLP: Protocol = on_ports(
    Application::Slp,
    &[427],
    [
        "Service Location Protocol",
        "RFC 2608, section 8",
        "Function: 1 service request, 6 attribute request, 9 service type request.",
    ],
    inspect_slp,
);

fn inspect_slp(payload: Payload<'_>) -> Inspection<'_> {
    let found = match *payload.bytes {
        [2, function @ 1..=11, ..] if payload.bytes.len() >= 14 => {
            let role = if matches!(function, 2 | 5 | 7 | 8 | 10 | 11) { Role::Response } else { Role::Request };
            Some((role, Some(u16::from(function))))
        }
        _ => None,
    };
    told(Application::Slp, payload, found)
}

pub(super) const IPMI: Protocol = on_ports(
    Application::Ipmi,
    &[623],
    [
        "Remote management control",
        "IPMI 2.0, section 13.1; ASF 2.0, section 3.2.2",
        "Message class: 6 ASF (presence ping), 7 IPMI.",
    ],
    inspect_ipmi,
);

fn inspect_ipmi(payload: Payload<'_>) -> Inspection<'_> {
    let found = match *payload.bytes {
        // RMCP version 1.0, reserved, sequence, class.
        [6, 0, _, class, ..] if matches!(class & 0x1f, 6 | 7) => {
            Some((payload.role(IPMI.udp), Some(u16::from(class & 0x1f))))
        }
        _ => None,
    };
    told(Application::Ipmi, payload, found)
}

pub(super) const SQL_BROWSER: Protocol = on_ports(
    Application::SqlBrowser,
    &[1434],
    ["SQL Server resolution", "MC-SQLR, section 2.2", "First byte: 2 or 3 all instances, 4 one instance, 5 response."],
    inspect_sql_browser,
);

fn inspect_sql_browser(payload: Payload<'_>) -> Inspection<'_> {
    let bytes = payload.bytes;
    let found = match *bytes {
        [code @ (2 | 3)] => Some((Role::Request, Some(u16::from(code)))),
        // A name that does not end is how the worm of 2003 came; it is a request all the same.
        [4, ..] if payload.destination_port == 1434 => Some((Role::Request, Some(4))),
        [5, ..] if payload.source_port == 1434 && le16(bytes, 1).is_some_and(|length| length > 0) => {
            Some((Role::Response, Some(5)))
        }
        _ => None,
    };
    told(Application::SqlBrowser, payload, found)
}

pub(super) const ARMS: Protocol = on_ports(
    Application::Arms,
    &[3283],
    ["Apple Remote Management", "none published; first bytes as devices send them", "None."],
    inspect_arms,
);

fn inspect_arms(payload: Payload<'_>) -> Inspection<'_> {
    let found = match (payload.role(ARMS.udp), payload.bytes) {
        (Role::Request, [0, 0x14, 0, 1, 3, ..]) => Some((Role::Request, None)),
        (Role::Response, [0, _, ..]) if payload.bytes.len() >= 64 => Some((Role::Response, None)),
        _ => None,
    };
    told(Application::Arms, payload, found)
}

pub(super) const WS_DISCOVERY: Protocol = on_ports(
    Application::WsDiscovery,
    &[3702],
    ["Web Services Dynamic Discovery", "OASIS WS-Discovery 1.1, sections 4 to 6", "None."],
    inspect_ws_discovery,
);

fn inspect_ws_discovery(payload: Payload<'_>) -> Inspection<'_> {
    let bytes = payload.bytes;
    // Devices answer even broken envelopes, with a fault; so any angle bracket will do, and the port tells the rest.
    let found = if bytes.trim_ascii_start().first() != Some(&b'<') {
        None
    } else if contains(bytes, b"ProbeMatches", 2048) || contains(bytes, b"ResolveMatches", 2048) {
        Some((Role::Response, None))
    } else {
        Some((payload.role(WS_DISCOVERY.udp), None))
    };
    told(Application::WsDiscovery, payload, found)
}

pub(super) const COAP: Protocol = on_ports(
    Application::Coap,
    &[5683],
    [
        "Constrained Application Protocol",
        "RFC 7252, section 3",
        "Code: 1 GET to 4 DELETE, 0x45 content; 0 for an empty message.",
    ],
    inspect_coap,
);

fn inspect_coap(payload: Payload<'_>) -> Inspection<'_> {
    let found = match *payload.bytes {
        // Version 1, and a token of at most 8 bytes.
        [first, code, _, _, ref rest @ ..] if first >> 6 == 1 && usize::from(first & 15) <= rest.len().min(8) => {
            match code {
                0 => Some((Role::Unknown, Some(0))),
                1..=7 => Some((Role::Request, Some(u16::from(code)))),
                0x40..=0x5f | 0x80..=0xbf => Some((Role::Response, Some(u16::from(code)))),
                _ => None,
            }
        }
        _ => None,
    };
    told(Application::Coap, payload, found)
}

pub(super) const UBIQUITI: Protocol = on_ports(
    Application::Ubiquiti,
    &[10001],
    ["Ubiquiti discovery", "none published; header as devices send it", "Version of the message, 1 or 2."],
    inspect_ubiquiti,
);

fn inspect_ubiquiti(payload: Payload<'_>) -> Inspection<'_> {
    let found = match *payload.bytes {
        // Version, command, length of what follows.
        [version @ (1 | 2), _, high, low, ref rest @ ..]
            if usize::from(u16::from_be_bytes([high, low])) == rest.len() =>
        {
            let role = if rest.is_empty() { Role::Request } else { Role::Response };
            Some((role, Some(u16::from(version))))
        }
        _ => None,
    };
    told(Application::Ubiquiti, payload, found)
}

pub(super) const SOURCE_QUERY: Protocol = anywhere(
    Application::SourceQuery,
    &[27015],
    [
        "Source engine server query",
        "Valve developer documentation, Server queries",
        "First letter of the message: 0x54 info request, 0x49 info.",
    ],
    inspect_source_query,
);

pub(super) fn inspect_source_query(payload: Payload<'_>) -> Inspection<'_> {
    let found = match *payload.bytes {
        [0xff, 0xff, 0xff, 0xff, 0x54, ref rest @ ..] if rest.starts_with(b"Source Engine Query\0") => {
            Some((Role::Request, Some(0x54)))
        }
        [0xff, 0xff, 0xff, 0xff, code @ (0x55 | 0x56), _, _, _, _] => Some((Role::Request, Some(u16::from(code)))),
        [0xff, 0xff, 0xff, 0xff, code @ (0x41 | 0x44 | 0x45 | 0x49), _, ..] if payload.expected => {
            Some((Role::Response, Some(u16::from(code))))
        }
        _ => None,
    };
    told(Application::SourceQuery, payload, found)
}
