//! The words of a scenario file: every closed list, each word with its meaning.

use schemars::JsonSchema;
use serde::Deserialize;

macro_rules! words {
    ($($(#[doc = $doc:literal])+ $name:ident {
        $($(#[doc = $what:literal])+ $value:ident = $word:literal,)+
    })+) => { $(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
        pub enum $name { $($(#[doc = $what])+ #[serde(rename = $word)] $value,)+ }

        impl $name {
            /// Every value, in order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$value,)+];

            /// Its word in the file.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$value => $word,)+ }
            }

            /// What it is, in a sentence.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$value => concat!($($what),+).trim_ascii(),)+ }
            }
        }
    )+ };
}

words! {
    /// Kinds of ordinary conversation.
    TrafficKind {
        /// Web pages over TLS 1.3.
        Web = "web",
        /// Web pages over HTTP/1.1 in the clear.
        WebPlain = "web-plain",
        /// Domain name questions over UDP; a few answers are large enough to be fragmented.
        Dns = "dns",
        /// Mail delivery by SMTP.
        Mail = "mail",
        /// Interactive Secure Shell sessions.
        Ssh = "ssh",
        /// Time questions.
        Ntp = "ntp",
        /// Bulk transfers of some megabytes over TCP.
        Backup = "backup",
        /// Voice and picture over UDP, both ways, for up to a minute.
        VideoCall = "video-call",
        /// Pieces of files among peers, TCP and UDP, opened from both sides.
        PeerToPeer = "peer-to-peer",
    }
    /// Kinds of conversation that last.
    PollingKind {
        /// A control system reads registers and coils by Modbus over TCP.
        Modbus = "modbus",
        /// A control system reads variables by S7 communication.
        S7comm = "s7comm",
        /// A control system reads an outstation's points by DNP3.
        Dnp3 = "dnp3",
        /// A control centre interrogates a station by IEC 60870-5-104.
        Iec104 = "iec104",
        /// A control system reads tags by EtherNet/IP.
        EthernetIp = "ethernet-ip",
        /// Monitoring asks a server over HTTP whether it is well, in a conversation each time.
        HealthCheck = "health-check",
        /// ICMP or ICMPv6 echo.
        Ping = "ping",
    }
    /// Protocols that reflect.
    ReflectionVector {
        /// Domain name answers of some thousand bytes, in fragments.
        Dns = "dns",
        /// Answers to the NTP query "monlist".
        Ntp = "ntp",
        /// Values from memcached over UDP.
        Memcached = "memcached",
        /// Answers to SNMP "get bulk" requests.
        Snmp = "snmp",
        /// Descriptions of devices and services by SSDP, several to a request.
        Ssdp = "ssdp",
        /// Directory servers' self-descriptions by CLDAP.
        Cldap = "cldap",
        /// Lines of characters.
        Chargen = "chargen",
        /// Lists of a building controller's properties by BACnet/IP.
        Bacnet = "bacnet",
        /// Video recorders' self-descriptions (DHDiscover).
        Dvr = "dvr",
        /// Security proposals by IKE, sent again and again to a peer that is silent.
        Ike = "ike",
        /// TCP segments with SYN and ACK, sent again by servers whose handshake is not completed.
        SynAck = "synack",
    }
    /// Shapes of scans.
    ScanShape {
        /// A few ports on many hosts.
        Horizontal = "horizontal",
        /// Many ports on one host.
        Vertical = "vertical",
        /// A question to each of many hosts whether it is there.
        Sweep = "sweep",
    }
    /// What a scan sends.
    ScanProtocol {
        /// TCP SYN segments.
        Tcp = "tcp",
        /// UDP datagrams, with the question of the port's usual service where it has one.
        Udp = "udp",
        /// ICMP or ICMPv6 echo requests.
        Icmp = "icmp",
        /// ARP requests, or neighbour solicitations in IPv6; on the link of one side alone.
        Neighbour = "neighbour",
    }
    /// What the victim of a flood elsewhere answers to sources that never asked.
    BackscatterAnswer {
        /// TCP SYN and ACK: a flooded service that is open.
        SynAck = "syn-ack",
        /// TCP reset: a flooded service that is closed.
        Reset = "reset",
        /// ICMP or ICMPv6 port unreachable: a flood of UDP.
        Unreachable = "unreachable",
        /// ICMP or ICMPv6 echo reply: a flood of echo requests.
        EchoReply = "echo-reply",
    }
    /// Services whose passwords are guessed.
    LoginService {
        /// Secure Shell, port 22.
        Ssh = "ssh",
        /// File transfer, port 21.
        Ftp = "ftp",
        /// Remote desktop, port 3389.
        Rdp = "rdp",
        /// Windows file sharing, port 445.
        Smb = "smb",
        /// Telnet, port 23.
        Telnet = "telnet",
        /// A web form, port 80.
        Http = "http",
    }
    /// Shapes of worms, by what is published of them.
    WormShape {
        /// Slammer of 2003: one datagram to UDP port 1434.
        Slammer = "slammer",
        /// Code Red, second version, of 2001: a request to TCP port 80.
        CodeRed = "code-red",
        /// Conficker of 2008: TCP port 445.
        Conficker = "conficker",
        /// Mirai of 2016: Telnet, TCP ports 23 and 2323.
        Mirai = "mirai",
    }
    /// What carries a beacon.
    BeaconCarrier {
        /// TLS, port 443.
        Tls = "tls",
        /// HTTP in the clear, port 80.
        Http = "http",
        /// Domain name questions, port 53.
        Dns = "dns",
    }
    /// How domain names are abused.
    DnsAbuseKind {
        /// Questions for generated names, of which nearly none exists.
        Dga = "dga",
        /// What is carried out in long labels of questions, and in by their answers.
        Tunnel = "tunnel",
        /// What is carried in by text records.
        Txt = "txt",
    }
    /// What a control-system write does.
    ControlFunction {
        /// Modbus function 5.
        WriteSingleCoil = "write-single-coil",
        /// Modbus function 6, "preset single register".
        WriteSingleRegister = "write-single-register",
        /// Modbus function 15.
        WriteMultipleCoils = "write-multiple-coils",
        /// Modbus function 16, "preset multiple registers".
        WriteMultipleRegisters = "write-multiple-registers",
        /// S7 communication, function 0x05.
        S7WriteVariable = "s7-write-variable",
        /// S7 communication, function 0x1a.
        S7RequestDownload = "s7-request-download",
        /// S7 communication, function 0x29.
        S7PlcStop = "s7-plc-stop",
        /// DNP3, function 2: the time of the outstation.
        Dnp3Write = "dnp3-write",
        /// DNP3, function 5, of a relay output block.
        Dnp3DirectOperate = "dnp3-direct-operate",
        /// DNP3, function 13.
        Dnp3ColdRestart = "dnp3-cold-restart",
        /// IEC 60870-5-104, type 45.
        Iec104SingleCommand = "iec104-single-command",
        /// IEC 60870-5-104, type 46.
        Iec104DoubleCommand = "iec104-double-command",
        /// IEC 60870-5-104, type 50.
        Iec104SetPoint = "iec104-set-point",
        /// EtherNet/IP, CIP service 0x4d.
        EthernetIpWriteTag = "ethernet-ip-write-tag",
        /// EtherNet/IP, CIP service 0x10.
        EthernetIpSetAttribute = "ethernet-ip-set-attribute",
        /// EtherNet/IP, CIP service 0x05.
        EthernetIpReset = "ethernet-ip-reset",
    }
    /// What a flood is made of.
    FloodVector {
        /// TCP SYN segments.
        Syn = "syn",
        /// UDP datagrams of 512 bytes.
        Udp = "udp",
        /// ICMP or ICMPv6 echo requests.
        Icmp = "icmp",
        /// TCP ACK segments of no conversation.
        Ack = "ack",
        /// TCP segments with other flags: resets, goodbyes, all flags, none.
        TcpOther = "tcp-other",
        /// First and second fragments of datagrams of which the rest never comes.
        Fragment = "fragment",
        /// IPv6 packets with chains of extension headers.
        Ipv6Extension = "ipv6-extension",
        /// HTTP requests from real hosts, each in a conversation of its own.
        Http = "http",
        /// Questions to a name server for names that do not exist.
        Dns = "dns",
        /// DHCP discoveries, or solicitations in IPv6, as if from relays.
        Dhcp = "dhcp",
    }
    /// Tunnels.
    TunnelWord {
        /// GRE with a key.
        Gre = "gre",
        /// VXLAN.
        Vxlan = "vxlan",
    }
    /// Address families.
    Family {
        /// IPv4.
        V4 = "ipv4",
        /// IPv6.
        V6 = "ipv6",
    }
    /// File formats of captures.
    Format {
        /// The classic format of libpcap.
        Pcap = "pcap",
        /// pcapng.
        Pcapng = "pcapng",
    }
    /// Resolutions of time stamps.
    Resolution {
        /// Microseconds.
        Micro = "us",
        /// Nanoseconds.
        Nano = "ns",
    }
    /// Kinds of link.
    LinkKind {
        /// Ethernet.
        Ethernet = "ethernet",
        /// IP packets without a link header.
        RawIp = "raw-ip",
    }
}

macro_rules! defaults {
    ($($name:ident = $value:ident),+) => { $(
        impl Default for $name {
            fn default() -> Self { Self::$value }
        }
    )+ };
}

defaults!(Family = V4, Format = Pcap, Resolution = Nano, LinkKind = Ethernet);
