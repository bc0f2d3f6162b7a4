//! One packet as the wire showed it: addresses, ports, length, flags. No judgement, no payload.

use std::fmt;

use crate::SensorIndex;
use crate::address::Address;
use crate::moment::Moment;

/// What a packet said about itself, in one cache line.
///
/// Addresses and ports are those of the innermost layer that could be read; where tunnels were opened, `tunnel` names
/// the outer one in the segment's table, so that both are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observation {
    /// Sender.
    pub source: Address,
    /// Receiver.
    pub destination: Address,
    /// When it passed the sensor.
    pub moment: Moment,
    /// Bytes of the whole frame on the wire, however many of them were captured.
    pub length: u32,
    /// Place of the packet record in its batch, from 0.
    pub ordinal: u32,
    /// Sender's port. For ICMP and ICMPv6 the type; for the rest 0.
    pub source_port: u16,
    /// Receiver's port. For ICMP and ICMPv6 the type that answers this one, so that a request and its reply meet in one
    /// flow, or the code where nothing answers; for the rest 0.
    pub destination_port: u16,
    /// 0, or one more than the place of the tunnel in the segment's table.
    pub tunnel: u16,
    /// The sensor that saw it; `None` where the source is bound to no declared one.
    pub sensor: Option<SensorIndex>,
    /// Which network layer.
    pub network: Network,
    /// IP protocol number (IANA); 0 where there is none.
    pub protocol: u8,
    /// TCP flags as on the wire, without NS; 0 for other protocols.
    pub tcp_flags: u8,
    /// IPv4 TTL or IPv6 hop limit of the innermost layer.
    pub ttl: u8,
    /// Whether this is a fragment, and which part.
    pub fragment: Fragment,
    /// IPv6 extension headers of the innermost layer that were passed by; a fragment header is none here.
    pub extensions: u8,
}

/// The network layer of an observation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Network {
    /// IPv4 (RFC 791).
    Ipv4,
    /// IPv6 (RFC 8200).
    Ipv6,
    /// ARP (RFC 826): source and destination are the sender's and target's protocol addresses, the protocol field is
    /// the operation.
    Arp,
    /// None that could be read: another protocol, or bytes that make no packet. The addresses are zero.
    Other,
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
            Self::Arp => "arp",
            Self::Other => "other",
        })
    }
}

/// Which part of a fragmented IP packet this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Fragment {
    /// Not fragmented, or an atomic fragment (RFC 6946).
    Whole,
    /// The fragment that begins the packet and carries the transport header.
    First,
    /// A later fragment: its ports were not on the wire.
    Later,
}

/// A tunnel that carried a packet: the outer layer of an [`Observation`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tunnel {
    /// How the inner packet was wrapped.
    pub kind: TunnelKind,
    /// Outermost sender.
    pub source: Address,
    /// Outermost receiver.
    pub destination: Address,
    /// The number that tells tunnels between the same two apart and is the same both ways: VNI, GRE key, ERSPAN
    /// session; 0 where there is none.
    pub id: u32,
    /// How many layers were opened, 1 or more.
    pub depth: u8,
}

/// Ways to carry one packet in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum TunnelKind {
    /// IPv4 or IPv6 in IPv4 (RFC 2003, RFC 4213).
    IpInIp,
    /// IPv4 or IPv6 in IPv6 (RFC 2473).
    IpInIpv6,
    /// GRE (RFC 2784, RFC 2890), transparent Ethernet bridging included.
    Gre,
    /// ERSPAN types I to III.
    Erspan,
    /// VXLAN (RFC 7348), VXLAN-GPE included.
    Vxlan,
    /// Geneve (RFC 8926).
    Geneve,
    /// Teredo (RFC 4380).
    Teredo,
    /// GTP-U (3GPP TS 29.281).
    GtpU,
    /// Segment routing over IPv6 with an inner packet (RFC 8754, RFC 8986).
    Srv6,
    /// L2TP (RFC 2661, RFC 3931).
    L2tp,
    /// Generic UDP encapsulation.
    Gue,
    /// EtherIP (RFC 3378).
    EtherIp,
    /// AYIYA, a retired IPv6 tunnel broker protocol.
    Ayiya,
    /// MPLS in IPv4 or IPv6 (RFC 4023).
    MplsInIp,
}

impl TunnelKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::IpInIp,
        Self::IpInIpv6,
        Self::Gre,
        Self::Erspan,
        Self::Vxlan,
        Self::Geneve,
        Self::Teredo,
        Self::GtpU,
        Self::Srv6,
        Self::L2tp,
        Self::Gue,
        Self::EtherIp,
        Self::Ayiya,
        Self::MplsInIp,
    ];

    /// Its stable word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::IpInIp => "ip-in-ip",
            Self::IpInIpv6 => "ip-in-ipv6",
            Self::Gre => "gre",
            Self::Erspan => "erspan",
            Self::Vxlan => "vxlan",
            Self::Geneve => "geneve",
            Self::Teredo => "teredo",
            Self::GtpU => "gtp-u",
            Self::Srv6 => "srv6",
            Self::L2tp => "l2tp",
            Self::Gue => "gue",
            Self::EtherIp => "etherip",
            Self::Ayiya => "ayiya",
            Self::MplsInIp => "mpls-in-ip",
        }
    }
}

impl fmt::Display for TunnelKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

macro_rules! applications {
    ($($(#[doc = $doc:literal])+ $name:ident = $word:literal,)+) => {
        /// The application protocols of which some facts are kept.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        #[repr(u8)]
        pub enum Application {
            /// None was recognised.
            #[default]
            Unrecognised,
            $($(#[doc = $doc])+ $name,)+
        }

        impl Application {
            /// Every application that can be recognised.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Its stable word; empty where none was recognised.
            pub const fn word(self) -> &'static str {
                match self { Self::Unrecognised => "", $(Self::$name => $word,)+ }
            }
        }
    };
}

applications! {
    /// Domain names (RFC 1035), multicast DNS included.
    Dns = "dns",
    /// Transport Layer Security (RFC 8446), QUIC not included.
    Tls = "tls",
    /// Secure Shell (RFC 4253).
    Ssh = "ssh",
    /// HTTP/1 (RFC 9112).
    Http = "http",
    /// Server Message Block, versions 1 to 3.
    Smb = "smb",
    /// Network Time Protocol (RFC 5905), its control and private modes included.
    Ntp = "ntp",
    /// Simple Network Management Protocol (RFC 3416).
    Snmp = "snmp",
    /// Simple Service Discovery Protocol (UPnP).
    Ssdp = "ssdp",
    /// Connectionless LDAP.
    Cldap = "cldap",
    /// memcached over UDP.
    Memcached = "memcached",
    /// Character generator (RFC 864).
    Chargen = "chargen",
    /// Modbus over TCP.
    Modbus = "modbus",
    /// Siemens S7 communication over ISO-on-TCP (RFC 1006).
    S7comm = "s7comm",
    /// Distributed Network Protocol (IEEE 1815).
    Dnp3 = "dnp3",
    /// IEC 60870-5-104.
    Iec104 = "iec104",
    /// EtherNet/IP with the Common Industrial Protocol.
    EthernetIp = "ethernet-ip",
    /// BACnet/IP (ASHRAE 135).
    Bacnet = "bacnet",
    /// Internet Key Exchange (RFC 7296).
    Ike = "ike",
    /// DHCP (RFC 2131, RFC 8415).
    Dhcp = "dhcp",
    /// Session Initiation Protocol (RFC 3261).
    Sip = "sip",
    /// Digital video recorder discovery (DHDiscover), a known reflector.
    Dvr = "dvr",
    /// QUIC (RFC 9000).
    Quic = "quic",
    /// Quote of the day (RFC 865), a known reflector.
    Qotd = "qotd",
    /// Trivial File Transfer Protocol (RFC 1350), a known reflector.
    Tftp = "tftp",
    /// Portmapper, rpcbind (RFC 1833), a known reflector.
    Portmap = "portmap",
    /// NetBIOS name service (RFC 1002), a known reflector.
    NetbiosNs = "netbios-ns",
    /// Routing Information Protocol (RFC 1058), a known reflector.
    Rip = "rip",
    /// Service Location Protocol (RFC 2608), a known reflector.
    Slp = "slp",
    /// Remote management control (RMCP, IPMI), a known reflector.
    Ipmi = "ipmi",
    /// Microsoft SQL Server resolution (MC-SQLR), a known reflector.
    SqlBrowser = "sql-browser",
    /// Apple Remote Management, a known reflector.
    Arms = "arms",
    /// Web Services Dynamic Discovery, a known reflector.
    WsDiscovery = "ws-discovery",
    /// Constrained Application Protocol (RFC 7252), a known reflector.
    Coap = "coap",
    /// Ubiquiti device discovery, a known reflector.
    Ubiquiti = "ubiquiti",
    /// Source engine server query (A2S), a known reflector.
    SourceQuery = "source-query",
    /// File Transfer Protocol (RFC 959).
    Ftp = "ftp",
    /// Telnet (RFC 854).
    Telnet = "telnet",
    /// Remote Desktop Protocol.
    Rdp = "rdp",
}

impl fmt::Display for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// How much a control-system message can change in the process it speaks to, from least to most weighty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Weight {
    /// It reads, or manages only the conversation itself.
    #[default]
    Read,
    /// Its function is not known, or serves reading and changing alike.
    Unknown,
    /// It changes outputs, set points, programs, clocks or the running state of a device.
    StateChanging,
}

impl Weight {
    /// Its stable word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Unknown => "unknown",
            Self::StateChanging => "state-changing",
        }
    }
}

impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

const _: () = assert!(size_of::<Observation>() == 64, "an observation is one cache line");
