//! The words that all faces share: services, changes, places. Equal for all parties.

use blueline_terms::{Network, Picture, Place};

use crate::sides::Sides;
use crate::units;

/// `text` without control characters and without the marks that reorder text around them (UAX #9), each shown as
/// U+FFFD, so that a name can neither drive a terminal nor disguise its neighbours.
pub(crate) fn clean(text: &str) -> String {
    let unsafe_mark =
        |c: char| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if c.is_control() || unsafe_mark(c) { '\u{fffd}' } else { c }).collect()
}

/// `name` cleaned, or `id` where `name` cannot be shown. A name that runs from right to left is isolated (UAX #9, 2.4),
/// so that figures beside it stay where they are.
pub(crate) fn shown(name: &str, id: &str, ascii: bool) -> String {
    let name = clean(name);
    match name.trim() {
        "" => id.to_owned(),
        name if ascii && !name.is_ascii() => id.to_owned(),
        name if name.chars().any(runs_right_to_left) => format!("\u{2068}{name}\u{2069}"),
        name => name.to_owned(),
    }
}

/// `text` with ASCII in place of all else: its quotes and dashes as such, other letters as question marks, marks that
/// only set a direction not at all.
pub(crate) fn ascii(text: &str) -> String {
    let plain = |c| match c {
        c if c.is_ascii() => Some(c),
        '“' | '”' | '«' | '»' | '„' => Some('"'),
        '‘' | '’' => Some('\''),
        '‐'..='―' | '−' => Some('-'),
        '×' => Some('x'),
        '\u{a0}' | '\u{202f}' => Some(' '),
        '\u{2066}'..='\u{2069}' => None,
        _ => Some('?'),
    };
    text.chars().filter_map(plain).collect()
}

/// Whether a letter belongs to a script that runs from right to left (the blocks that Unicode sets aside for them).
pub(crate) const fn runs_right_to_left(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

/// What was addressed, such as `https/tcp 443`, `tcp 8443`, `icmp 0`, `gre`, `arp`.
pub(crate) fn service(network: Network, protocol: u8, port: u16) -> String {
    match network {
        Network::Arp => return "arp".to_owned(),
        Network::Other => return "not IP".to_owned(),
        Network::Ipv4 | Network::Ipv6 => {}
    }
    let transport = match protocol_word(protocol) {
        Some(word) => word.to_owned(),
        None => format!("ip {protocol}"),
    };
    match (protocol, port) {
        (6 | 17 | 132, _) => match port_word(port) {
            Some(word) => format!("{word}/{transport} {port}"),
            None => format!("{transport} {port}"),
        },
        (1 | 58, _) => format!("{transport} {port}"),
        _ => transport,
    }
}

/// The word for an IP protocol number (IANA, assigned internet protocol numbers).
pub(crate) const fn protocol_word(protocol: u8) -> Option<&'static str> {
    Some(match protocol {
        1 => "icmp",
        2 => "igmp",
        4 => "ipip",
        6 => "tcp",
        17 => "udp",
        33 => "dccp",
        41 => "ipv6",
        47 => "gre",
        50 => "esp",
        51 => "ah",
        58 => "icmpv6",
        89 => "ospf",
        103 => "pim",
        112 => "vrrp",
        115 => "l2tp",
        132 => "sctp",
        136 => "udplite",
        _ => return None,
    })
}

/// The common word for a port (IANA service names; usage where it differs, such as `dns` for `domain`).
pub(crate) const fn port_word(port: u16) -> Option<&'static str> {
    Some(match port {
        7 => "echo",
        19 => "chargen",
        20 => "ftp-data",
        21 => "ftp",
        22 => "ssh",
        23 => "telnet",
        25 => "smtp",
        53 => "dns",
        67 | 68 => "dhcp",
        69 => "tftp",
        80 => "http",
        88 => "kerberos",
        102 => "iso-tsap",
        110 => "pop3",
        111 => "sunrpc",
        123 => "ntp",
        135 => "epmap",
        137..=139 => "netbios",
        143 => "imap",
        161 | 162 => "snmp",
        179 => "bgp",
        389 => "ldap",
        443 => "https",
        445 => "smb",
        465 | 587 => "submission",
        500 | 4500 => "ipsec",
        502 => "modbus",
        514 => "syslog",
        546 | 547 => "dhcpv6",
        554 => "rtsp",
        636 => "ldaps",
        853 => "dns-tls",
        873 => "rsync",
        993 => "imaps",
        995 => "pop3s",
        1194 => "openvpn",
        1433 => "mssql",
        1701 => "l2tp",
        1723 => "pptp",
        1883 => "mqtt",
        1900 => "ssdp",
        2049 => "nfs",
        2152 => "gtp-u",
        2404 => "iec-104",
        3306 => "mysql",
        3389 => "rdp",
        3478 => "stun",
        3544 => "teredo",
        4789 => "vxlan",
        5060 | 5061 => "sip",
        5353 => "mdns",
        5432 => "postgresql",
        5900 => "vnc",
        6379 => "redis",
        8080 => "http-alt",
        11211 => "memcached",
        20000 => "dnp3",
        44818 => "ethernet-ip",
        47808 => "bacnet",
        51820 => "wireguard",
        _ => return None,
    })
}

/// How an amount compares with the period before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Change {
    /// There was none before.
    New,
    /// The same to the byte.
    Same,
    /// More, by this share of what it was.
    Up(f64),
    /// Less, by this share of what it was.
    Down(f64),
}

impl Change {
    /// From `before` to `now`.
    pub(crate) fn of(now: u64, before: u64) -> Self {
        match (now, before) {
            (now, before) if now == before => Self::Same,
            (_, 0) => Self::New,
            (now, before) if now > before => Self::Up((now - before) as f64 / before as f64),
            (now, before) => Self::Down((before - now) as f64 / before as f64),
        }
    }

    /// With an arrow, or in ASCII with a sign.
    pub(crate) fn text(self, ascii: bool) -> String {
        let (up, down) = if ascii { ("+", "-") } else { ("▲ ", "▼ ") };
        match self {
            Self::New => "new".to_owned(),
            Self::Same => "same".to_owned(),
            Self::Up(by) if by >= 9.0 => {
                format!("{up}{}{:.0}", if ascii { "x" } else { "×" }, (by + 1.0).min(99_999.0))
            }
            Self::Up(by) => format!("{up}{:.0}%", by * 100.0),
            Self::Down(by) => format!("{down}{:.0}%", by * 100.0),
        }
    }
}

/// What became of records that repeat others; `None` where there are none.
pub(crate) fn copies(picture: &Picture) -> Option<String> {
    let copies = picture.copies().packets;
    let records = units::of(picture.total.packets, "packet record", "packet records");
    (copies > 0).then(|| {
        let were = if copies == 1 { "was a copy" } else { "were copies" };
        format!(
            "{} of {records} {were} and not counted again; all shares are of what was counted",
            units::count(copies)
        )
    })
}

/// Grounds, confidence and alternatives of an attribution, in one sentence.
pub(crate) fn place(sides: &Sides<'_>, place: &Place) -> String {
    let mut text = format!("{}, {} confidence: {}", sides.name(place.side), place.confidence, place.grounds);
    for (number, other) in place.alternatives.iter().enumerate() {
        text.push_str(if number == 0 { "; could also be " } else { ", or " });
        text.push_str(&format!("{} ({}, {})", sides.name(other.side), other.confidence, other.grounds));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_by_name_and_number() {
        assert_eq!(service(Network::Ipv4, 6, 443), "https/tcp 443");
        assert_eq!(service(Network::Ipv4, 17, 40_000), "udp 40000");
        assert_eq!(service(Network::Ipv4, 1, 0), "icmp 0");
        assert_eq!(service(Network::Ipv4, 47, 0), "gre");
        assert_eq!(service(Network::Ipv6, 253, 0), "ip 253");
        assert_eq!(service(Network::Arp, 1, 0), "arp");
    }

    #[test]
    fn changes_read_the_same_up_and_down() {
        let shown = [(10, 0), (10, 10), (15, 10), (5, 10), (200, 10), (0, 10), (0, 0)];
        let shown = shown.map(|(now, before)| Change::of(now, before).text(false));
        assert_eq!(shown, ["new", "same", "▲ 50%", "▼ 50%", "▲ ×20", "▼ 100%", "same"]);
        assert_eq!(Change::of(15, 10).text(true), "+50%");
    }

    #[test]
    fn names_cannot_drive_a_terminal() {
        assert_eq!(clean("a\u{1b}[31mb\u{202e}c\n"), "a\u{fffd}[31mb\u{fffd}c\u{fffd}");
        assert_eq!(clean("شمال 北"), "شمال 北");
    }
}
