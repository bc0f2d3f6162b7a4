//! A message's facts, and their uniform short form for a flow table.

use blueline_terms::{Application, Weight};

use super::{
    Bacnet, Dhcp, Dnp3, Dns, EthernetIp, Ftp, Function, Http, Iec104, Ike, Ja4, Modbus, Name, Ntp, Quic, Rdp,
    Reflection, S7comm, Sip, Smb, Snmp, Ssh, Telnet, TlsClientHello, TlsRecord, TlsServerHello,
};

/// What one message said.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Fact<'a> {
    /// A domain name message, multicast DNS and LLMNR included.
    Dns(Dns<'a>),
    /// The first message of a TLS or DTLS client.
    TlsClientHello(TlsClientHello<'a>),
    /// A TLS server's answer to it.
    TlsServerHello(TlsServerHello),
    /// Any other TLS or DTLS record.
    TlsRecord(TlsRecord),
    /// A secure shell banner.
    Ssh(Ssh<'a>),
    /// The head of an HTTP/1 request or response.
    Http(Http<'a>),
    /// The header of an SMB message.
    Smb(Smb),
    /// A reply or command of file transfer.
    Ftp(Ftp),
    /// Options of Telnet, or what a server says at a login.
    Telnet(Telnet),
    /// A remote desktop's connection request or confirmation.
    Rdp(Rdp),
    /// A network time message.
    Ntp(Ntp),
    /// A network management message.
    Snmp(Snmp),
    /// A session initiation message.
    Sip(Sip),
    /// A host configuration message.
    Dhcp(Dhcp),
    /// A key exchange header.
    Ike(Ike),
    /// A QUIC long header.
    Quic(Quic),
    /// Modbus over TCP.
    Modbus(Modbus),
    /// Siemens S7 communication.
    S7comm(S7comm),
    /// A DNP3 link frame.
    Dnp3(Dnp3),
    /// IEC 60870-5-104.
    Iec104(Iec104),
    /// EtherNet/IP, with or without a CIP message.
    EthernetIp(EthernetIp),
    /// BACnet/IP.
    Bacnet(Bacnet),
    /// A message of one of the small protocols that attackers reflect floods from.
    Reflection(Reflection),
}

/// Which side of an exchange a message belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Role {
    /// The protocol has no sides, or neither header nor ports tell.
    #[default]
    Unknown,
    /// It asks.
    Request,
    /// It answers.
    Response,
}

/// The uniform short form of a [`Fact`], for a flow table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary<'a> {
    /// Whose message it is.
    pub application: Application,
    /// Whether it asks or answers.
    pub role: Role,
    /// The message's kind in the protocol's own numbers; [`super::Protocol::code`] says which numbers.
    pub code: Option<u16>,
    /// A name: of a DNS question, a TLS server, an HTTP host, an SSH banner.
    pub name: Option<Name<'a>>,
    /// The TLS client's fingerprint.
    pub ja4: Option<Ja4>,
    /// The first protocol that a TLS client offered (ALPN), or the HTTP method.
    pub offered: Option<Name<'a>>,
    /// Bytes of the application message as it states them, or as many as came.
    pub size: u32,
    /// How many messages of this protocol the payload held as far as it was read, 1 or more.
    pub count: u16,
    /// For control systems, what the message can change; [`Weight::Read`] for the others.
    pub weight: Weight,
    /// Whether the message refuses what was asked: a name that does not exist, a login or a request that was turned down.
    pub refused: bool,
}

impl<'a> Summary<'a> {
    /// A summary with neither name nor weight, which refuses nothing.
    pub(super) fn new(application: Application, role: Role, code: Option<u16>, size: u32) -> Self {
        Self {
            application,
            role,
            code,
            name: None,
            ja4: None,
            offered: None,
            size,
            count: 1,
            weight: Weight::Read,
            refused: false,
        }
    }
}

impl<'a> Fact<'a> {
    /// The fact's short form.
    pub fn summary(&self) -> Summary<'a> {
        match self {
            Self::Dns(fact) => fact.summary(),
            Self::TlsClientHello(fact) => fact.summary(),
            Self::TlsServerHello(fact) => fact.summary(),
            Self::TlsRecord(fact) => fact.summary(),
            Self::Ssh(fact) => fact.summary(),
            Self::Http(fact) => fact.summary(),
            Self::Smb(fact) => fact.summary(),
            Self::Ftp(fact) => fact.summary(),
            Self::Telnet(fact) => fact.summary(),
            Self::Rdp(fact) => fact.summary(),
            Self::Ntp(fact) => fact.summary(),
            Self::Snmp(fact) => fact.summary(),
            Self::Sip(fact) => fact.summary(),
            Self::Dhcp(fact) => fact.summary(),
            Self::Ike(fact) => fact.summary(),
            Self::Quic(fact) => fact.summary(),
            Self::Modbus(fact) => fact.summary(),
            Self::S7comm(fact) => fact.summary(),
            Self::Dnp3(fact) => fact.summary(),
            Self::Iec104(fact) => fact.summary(),
            Self::EthernetIp(fact) => fact.summary(),
            Self::Bacnet(fact) => fact.summary(),
            Self::Reflection(fact) => fact.summary(),
        }
    }

    /// For control systems, the function of the message, if its table lists it.
    pub fn function(&self) -> Option<&'static Function> {
        match self {
            Self::EthernetIp(fact) => fact.function(),
            _ => {
                let summary = self.summary();
                Function::of(summary.application, summary.code?)
            }
        }
    }
}
