//! What tshark makes of a capture.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::path::Path;
use std::process::{Command, Stdio};

use super::{Field, Flow, Seen};

/// What is asked of tshark, packet by packet.
const FIELDS: [&str; 40] = [
    "frame.protocols",
    "ip.src",
    "ip.dst",
    "ipv6.src",
    "ipv6.dst",
    "tcp.srcport",
    "tcp.dstport",
    "udp.srcport",
    "udp.dstport",
    "sctp.srcport",
    "sctp.dstport",
    "dccp.srcport",
    "dccp.dstport",
    "icmp.type",
    "icmp.code",
    "icmpv6.type",
    "icmpv6.code",
    "arp.src.proto_ipv4",
    "arp.dst.proto_ipv4",
    "dns.qry.name",
    "dns.qry.type",
    "tls.handshake.extensions_server_name",
    "http.host",
    "http.request.method",
    "http.response.code",
    "ssh.protocol",
    "smb.cmd",
    "smb2.cmd",
    "ntp.flags.mode",
    "modbus.func_code",
    "s7comm.param.func",
    "s7comm.param.userdata.funcgroup",
    "s7comm.param.userdata.subfunc",
    "dnp3.al.func",
    "iec60870_asdu.typeid",
    "cip.service",
    "_ws.malformed",
    "http.request.version",
    "smb2.header_len",
    "mbtcp.len",
];

/// One packet's fields, each with all its values from the outermost layer inwards.
struct Packet<'a>(HashMap<&'static str, Vec<&'a str>>);

impl<'a> Packet<'a> {
    fn all(&self, field: &str) -> &[&'a str] {
        self.0.get(field).map_or(&[], Vec::as_slice)
    }

    fn number(&self, field: &str, place: usize) -> Option<u16> {
        number(self.all(field).get(place)?)
    }
}

fn number(text: &str) -> Option<u16> {
    match text.strip_prefix("0x") {
        Some(digits) => u16::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

/// All flows of a capture, with nothing put together from several packets.
pub(super) fn flows(file: &Path) -> Seen {
    let mut command = Command::new("tshark");
    command.arg("-n").arg("-r").arg(file);
    for option in ["ip.defragment:FALSE", "ipv6.defragment:FALSE", "tcp.desegment_tcp_streams:FALSE"] {
        command.args(["-o", option]);
    }
    command.args(["-T", "fields", "-E", "separator=/t", "-E", "occurrence=a", "-E", "aggregator=|"]);
    command.args(FIELDS.iter().flat_map(|field| ["-e", field]));
    let output = command.stderr(Stdio::null()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let mut seen = Seen::default();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let values = line.split('\t').map(|values| values.split('|').filter(|value| !value.is_empty()).collect());
        note(&Packet(FIELDS.into_iter().zip(values).collect()), &mut seen);
    }
    seen
}

fn note(packet: &Packet<'_>, seen: &mut Seen) {
    let mut layers: Vec<&str> = packet.all("frame.protocols").first().unwrap_or(&"").split(':').collect();
    // What an ICMP error quotes is not what its packet carries.
    let quoted = layers.iter().position(|layer| matches!(*layer, "icmp" | "icmpv6"));
    if let Some(place) = quoted {
        layers.truncate(place + 1);
    }
    let flow = innermost(packet, &layers).unwrap_or_else(Flow::unreadable);
    *seen.packets.entry(flow).or_default() += 1;
    if quoted.is_some() {
        return;
    }
    seen.marks.entry(flow).or_default().extend(marks(packet, &layers));
    let facts = seen.facts.entry(flow).or_default();
    for &field in Field::ALL {
        let values = values(packet, field, &layers);
        if !values.is_empty() {
            facts.entry(field).or_default().extend(values);
        }
    }
}

/// What the rules look at.
fn marks(packet: &Packet<'_>, layers: &[&str]) -> Vec<&'static str> {
    let has = |field: &str| !packet.all(field).is_empty();
    /// The longest a Modbus message can be behind its length field (Modbus Messaging on TCP/IP, 3.1.3).
    const LONGEST_MODBUS: u16 = 254;
    let marks = [
        ("malformed", has("_ws.malformed")),
        ("http without version", has("http.request.method") && !has("http.request.version")),
        ("smb2 without header length", packet.number("smb2.header_len", 0) == Some(0)),
        ("modbus too long", packet.number("mbtcp.len", 0).is_some_and(|length| length > LONGEST_MODBUS)),
        ("nbdgm", layers.contains(&"nbdgm")),
    ];
    marks.into_iter().filter_map(|(mark, met)| met.then_some(mark)).collect()
}

/// The innermost layer that has addresses, and its ports.
fn innermost(packet: &Packet<'_>, layers: &[&str]) -> Option<Flow> {
    let last = layers.iter().rposition(|layer| matches!(*layer, "ip" | "ipv6" | "arp"))?;
    let count = |layer: &str, until: usize| layers[..until].iter().filter(|name| **name == layer).count();
    let address =
        |field: &str, place: usize| packet.all(field).get(place)?.parse().ok().map(|a: IpAddr| a.to_canonical());
    let both = |one: &str, other: &str, place: usize| address(one, place).zip(address(other, place));
    let (network, (source, destination)) = match layers[last] {
        "ip" => ("ipv4", both("ip.src", "ip.dst", count("ip", layers.len()).checked_sub(1)?)?),
        "ipv6" => ("ipv6", both("ipv6.src", "ipv6.dst", count("ipv6", layers.len()).checked_sub(1)?)?),
        _ => {
            let place = packet.all("arp.src.proto_ipv4").len().checked_sub(1)?;
            ("arp", both("arp.src.proto_ipv4", "arp.dst.proto_ipv4", place)?)
        }
    };
    let (mut protocol, mut ports) = (0, (0, 0));
    for (place, layer) in layers.iter().enumerate().skip(last + 1) {
        let nth = count(layer, place);
        let port = |end: &str| packet.number(&format!("{layer}.{end}port"), nth).unwrap_or(0);
        protocol = match *layer {
            "tcp" => 6,
            "udp" => 17,
            "sctp" => 132,
            "dccp" => 33,
            "icmp" => 1,
            "icmpv6" => 58,
            _ => continue,
        };
        ports = match *layer {
            "icmp" | "icmpv6" => message(packet, layer),
            _ => (port("src"), port("dst")),
        };
        break;
    }
    let ends = [(source, ports.0), (destination, ports.1)];
    Some(Flow::new(network.to_owned(), ends, if network == "arp" { 0 } else { protocol }))
}

/// An ICMP message's type, and the type that answers it or else its code.
fn message(packet: &Packet<'_>, layer: &str) -> (u16, u16) {
    /// Types that ask, each with the type that answers (IANA, ICMP and ICMPv6 parameters).
    const ASKED_V4: [(u16, u16); 6] = [(8, 0), (10, 9), (13, 14), (15, 16), (17, 18), (42, 43)];
    const ASKED_V6: [(u16, u16); 7] =
        [(128, 129), (130, 131), (133, 134), (135, 136), (139, 140), (144, 145), (160, 161)];
    let asked: &[(u16, u16)] = if layer == "icmp" { &ASKED_V4 } else { &ASKED_V6 };
    let Some(kind) = packet.number(&format!("{layer}.type"), 0) else { return (0, 0) };
    let code = packet.number(&format!("{layer}.code"), 0).unwrap_or(0);
    let other = asked.iter().find_map(|&(ask, answer)| match kind {
        kind if kind == ask => Some(answer),
        kind if kind == answer => Some(ask),
        _ => None,
    });
    (kind, other.unwrap_or(code))
}

fn values(packet: &Packet<'_>, field: Field, layers: &[&str]) -> Vec<String> {
    let lower = |field: &str| packet.all(field).iter().map(|value| value.to_lowercase()).collect();
    let same = |field: &str| packet.all(field).iter().map(|value| (*value).to_owned()).collect();
    let codes = |field: &str, change: fn(u16) -> u16| {
        packet.all(field).iter().filter_map(|value| Some(change(number(value)?).to_string())).collect::<Vec<_>>()
    };
    // The simple service discovery protocol looks like HTTP and is not.
    let http = !layers.contains(&"ssdp");
    match field {
        Field::DnsName => packet.all("dns.qry.name").iter().map(|name| written(name)).collect(),
        Field::DnsType => codes("dns.qry.type", |code| code),
        Field::TlsServerName => lower("tls.handshake.extensions_server_name"),
        Field::HttpHost if http => lower("http.host"),
        Field::HttpMethod if http => same("http.request.method"),
        Field::HttpStatus if http => codes("http.response.code", |code| code),
        Field::HttpHost | Field::HttpMethod | Field::HttpStatus => Vec::new(),
        Field::SshBanner => same("ssh.protocol"),
        Field::SmbCommand => {
            // 0xff is no command: it says that none is chained to this one.
            let commands = packet.all("smb.cmd").iter().filter_map(|value| number(value)).filter(|code| *code != 0xff);
            let commands: Vec<String> = commands.map(|code| (0x100 | code).to_string()).collect();
            [commands, codes("smb2.cmd", |code| 0x200 | code)].concat()
        }
        Field::NtpMode => codes("ntp.flags.mode", |code| code),
        Field::ModbusFunction => codes("modbus.func_code", |code| code),
        Field::S7Function => {
            let group = packet.number("s7comm.param.userdata.funcgroup", 0);
            match group.zip(packet.number("s7comm.param.userdata.subfunc", 0)) {
                Some((group, function)) => vec![(0x8000 | group << 8 | function).to_string()],
                None => codes("s7comm.param.func", |code| code),
            }
        }
        Field::Dnp3Function => codes("dnp3.al.func", |code| code),
        Field::Iec104Type => codes("iec60870_asdu.typeid", |code| code),
        Field::CipService => codes("cip.service", |code| code & 0x7f),
    }
}

/// A domain name as we write it: lower case, what is not plain in decimal escapes (RFC 1035, 5.1), the root as a dot.
fn written(name: &str) -> String {
    if matches!(name, "<Root>" | "<root>" | "") {
        return ".".to_owned();
    }
    let escaped = |c: char| match c {
        ' '..='~' if c != '\\' => c.to_ascii_lowercase().to_string(),
        _ => c.encode_utf8(&mut [0; 4]).bytes().map(|byte| format!("\\{byte:03}")).collect(),
    };
    name.chars().map(escaped).collect()
}

/// No address at all.
pub(super) const NOWHERE: IpAddr = IpAddr::V6(Ipv6Addr::UNSPECIFIED);
