//! TLS records and hellos, over TCP and over UDP (DTLS).

use blueline_terms::Application;

use super::bytes::{be16, be24};
use super::ja4::{Ingredients, Values, is_grease};
use super::{Fact, Inspection, Ja4, Name, Payload, Protocol, Role, Summary};

pub(super) const PROTOCOL: Protocol = Protocol {
    application: Application::Tls,
    title: "Transport Layer Security",
    standard: "RFC 8446, RFC 5246; DTLS RFC 9147, RFC 6347; fingerprint: JA4 technical details, FoxIO",
    tcp: &[443],
    udp: &[],
    anywhere: true,
    code: "Version for hellos (0x0304 TLS 1.3; the highest offered, the one chosen), content type for other records.",
    functions: &[],
    inspect,
};

/// Content type of handshake records (RFC 8446, 5.1).
const HANDSHAKE: u8 = 22;
/// Record header of TLS.
const RECORD: usize = 5;
/// Record header of DTLS (RFC 6347, 4.1).
const DATAGRAM_RECORD: usize = 13;
/// Largest record with the room that compression and encryption may add (RFC 5246, 6.2.3).
const LARGEST_RECORD: u16 = (1 << 14) + 2048;
/// Largest hello that is read. Clients with post-quantum keys send some 2 KiB.
const LARGEST_HELLO: usize = 1 << 15;

/// What a TLS client offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TlsClientHello<'a> {
    /// The highest version offered, as on the wire: 0x0303 is TLS 1.2, 0xfefd DTLS 1.2.
    pub version: u16,
    /// The server that the client asks for (RFC 6066, 3).
    pub server_name: Option<Name<'a>>,
    /// The first protocol offered for the connection (ALPN, RFC 7301).
    pub offered: Option<Name<'a>>,
    /// The client's fingerprint; `None` where a list is longer than any client needs.
    pub ja4: Option<Ja4>,
    /// Whether it came over UDP.
    pub datagram: bool,
    /// Bytes of the message.
    pub size: u32,
}

/// What a TLS server chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TlsServerHello {
    /// The version chosen, as on the wire.
    pub version: u16,
    /// The cipher suite chosen (IANA).
    pub cipher: u16,
    /// Whether it came over UDP.
    pub datagram: bool,
    /// Bytes of the message.
    pub size: u32,
}

/// A record that is neither hello.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TlsRecord {
    /// 20 change cipher spec, 21 alert, 22 handshake, 23 application data, 24 heartbeat.
    pub content_type: u8,
    /// The record's version field.
    pub version: u16,
    /// Level and description of an alert that is not encrypted (RFC 8446, 6).
    pub alert: Option<(u8, u8)>,
    /// Bytes of the record as its header states them.
    pub size: u32,
}

impl<'a> TlsClientHello<'a> {
    pub(super) fn summary(&self) -> Summary<'a> {
        let plain = Summary::new(Application::Tls, Role::Request, Some(self.version), self.size);
        Summary { name: self.server_name, ja4: self.ja4, offered: self.offered, ..plain }
    }
}

impl TlsServerHello {
    pub(super) fn summary<'a>(&self) -> Summary<'a> {
        Summary::new(Application::Tls, Role::Response, Some(self.version), self.size)
    }
}

impl TlsRecord {
    pub(super) fn summary<'a>(&self) -> Summary<'a> {
        Summary::new(Application::Tls, Role::Unknown, Some(u16::from(self.content_type)), self.size)
    }
}

pub(super) fn inspect(payload: Payload<'_>) -> Inspection<'_> {
    if payload.datagram { in_datagram(payload) } else { in_stream(payload) }
}

fn in_stream(payload: Payload<'_>) -> Inspection<'_> {
    let bytes = payload.bytes;
    let Some(&[content_type, 3, minor @ 0..=4, high, low]) = bytes.first_chunk::<RECORD>() else {
        // Cutting the first bytes off is a known way past sensors; on the protocol's own port it is worth the wait.
        let cut = payload.expected && bytes.len() < RECORD && [HANDSHAKE, 3].starts_with(&bytes[..bytes.len().min(2)]);
        return if cut { incomplete(RECORD + 4) } else { Inspection::Nothing };
    };
    let length = u16::from_be_bytes([high, low]);
    if !(1..=LARGEST_RECORD).contains(&length) {
        return Inspection::Nothing;
    }
    // After a retry request a client may send its second hello behind this record (RFC 8446, D.4).
    if let [20, _, _, 0, 1, 1, hello @ ..] = bytes
        && hello.first() == Some(&HANDSHAKE)
        && hello.get(RECORD) == Some(&1)
    {
        return match in_stream(Payload { bytes: hello, ..payload }) {
            Inspection::Incomplete { needed, .. } => incomplete(needed + RECORD + 1),
            found => found,
        };
    }
    if content_type == HANDSHAKE {
        match bytes.get(RECORD) {
            // A record of fewer than four bytes splits the message's own header, as no ordinary client does.
            Some(1 | 2) | None => return hello(payload, Stream::new(bytes)),
            Some(_) => {}
        }
    }
    let version = 0x0300 | u16::from(minor);
    record(content_type, version, usize::from(length), bytes.get(RECORD..).unwrap_or(&[]))
}

fn in_datagram(payload: Payload<'_>) -> Inspection<'_> {
    let bytes = payload.bytes;
    let (Some(&[content_type, 0xfe, minor @ (0xfc | 0xfd | 0xff)]), Some(length)) =
        (bytes.first_chunk::<3>(), be16(bytes, 11))
    else {
        return Inspection::Nothing;
    };
    let Some(fragment) = bytes.get(DATAGRAM_RECORD..DATAGRAM_RECORD + usize::from(length)).filter(|f| !f.is_empty())
    else {
        return Inspection::Nothing;
    };
    // Epoch 0 is not encrypted. A hello in several fragments is not put together.
    if content_type == HANDSHAKE && be16(bytes, 3) == Some(0) && matches!(fragment[0], 1 | 2) {
        let (whole, offset, part) = (be24(fragment, 1), be24(fragment, 6), be24(fragment, 9));
        if whole.is_some() && whole == part && offset == Some(0) {
            return hello(payload, Stream::of_datagram(fragment));
        }
    }
    record(content_type, 0xfe00 | u16::from(minor), usize::from(length), fragment)
}

fn record<'a>(content_type: u8, version: u16, length: usize, content: &[u8]) -> Inspection<'a> {
    let alert = match content {
        &[level @ (1 | 2), description] if content_type == 21 && length == 2 => Some((level, description)),
        _ => None,
    };
    let known = match content_type {
        20 => length == 1,
        21..=24 => true,
        _ => false,
    };
    if !known {
        return Inspection::Nothing;
    }
    Inspection::Fact(Fact::TlsRecord(TlsRecord { content_type, version, alert, size: length as u32 }))
}

fn length_of_record(payload: Payload<'_>) -> usize {
    be16(payload.bytes, if payload.datagram { DATAGRAM_RECORD - 2 } else { RECORD - 2 }).map_or(0, usize::from)
}

fn incomplete<'a>(needed: usize) -> Inspection<'a> {
    Inspection::Incomplete { application: Application::Tls, needed }
}

/// Reads a hello from its handshake header on.
fn hello<'a>(payload: Payload<'a>, mut stream: Stream<'a>) -> Inspection<'a> {
    let (Ok(kind), Ok(length)) = (stream.u8(), stream.u24()) else {
        return incomplete(payload.bytes.len() + 4_usize.saturating_sub(stream.read).max(1));
    };
    if length > LARGEST_HELLO {
        // An encrypted message may begin like a hello, but then its length is a random number.
        let &[_, major, minor, ..] = payload.bytes else { return Inspection::Nothing };
        return record(HANDSHAKE, u16::from_be_bytes([major, minor]), length_of_record(payload), &[]);
    }
    if payload.datagram {
        // Message sequence, fragment offset and fragment length (RFC 6347, 4.2.2).
        for _ in 0..8 {
            if stream.u8().is_err() {
                return Inspection::Malformed(Application::Tls, "a DTLS handshake header is cut short");
            }
        }
    }
    stream.limit = stream.read + length;
    let size = length as u32 + 4;
    let found = if kind == 1 {
        client_hello(&mut stream, payload.datagram, size).map(Fact::TlsClientHello)
    } else {
        server_hello(&mut stream, payload.datagram, size).map(Fact::TlsServerHello)
    };
    match found {
        Ok(fact) => Inspection::Fact(fact),
        Err(Fault::Bad(what)) => Inspection::Malformed(Application::Tls, what),
        Err(Fault::OutOfMessage) => Inspection::Malformed(Application::Tls, "a length inside a hello leads out of it"),
        Err(Fault::OutOfBytes) if payload.datagram => {
            Inspection::Malformed(Application::Tls, "a DTLS hello is longer than its record")
        }
        Err(Fault::OutOfBytes) => incomplete(stream.needed(payload.bytes)),
    }
}

fn client_hello<'a>(stream: &mut Stream<'a>, datagram: bool, size: u32) -> Result<TlsClientHello<'a>, Fault> {
    let mut version = stream.u16()?;
    let known = if datagram { version >> 8 == 0xfe } else { version >> 8 == 3 || version == 2 };
    if !known {
        return Err(Fault::Bad("a hello has a version that does not exist"));
    }
    stream.skip(32)?;
    stream.skip_list8()?;
    if datagram {
        stream.skip_list8()?;
    }
    let mut ciphers = Values::new();
    let length = usize::from(stream.u16()?);
    stream.each_u16(length, |cipher| ciphers.push(cipher))?;
    stream.skip_list8()?;
    let mut extensions = Values::new();
    let mut seen = Extensions::new();
    if stream.read < stream.limit {
        let length = usize::from(stream.u16()?);
        let end = stream.inside(length)?;
        while stream.read < end {
            let (kind, length) = (stream.u16()?, usize::from(stream.u16()?));
            extensions.push(kind);
            seen.read(stream, kind, length)?;
        }
    }
    // What follows the extensions says nothing, but the message must be here whole: its end may lie in a later segment.
    stream.skip(stream.limit.saturating_sub(stream.read))?;
    version = seen.version.unwrap_or(version);
    let mut ingredients = Ingredients {
        datagram,
        version,
        server_name: seen.has_server_name,
        offered: seen.offered.and_then(ends),
        ciphers,
        extensions,
        signature_algorithms: seen.signature_algorithms,
    };
    let ja4 = ingredients.fingerprint();
    Ok(TlsClientHello { version, server_name: seen.server_name, offered: seen.offered, ja4, datagram, size })
}

fn server_hello(stream: &mut Stream<'_>, datagram: bool, size: u32) -> Result<TlsServerHello, Fault> {
    let mut version = stream.u16()?;
    if !matches!(version >> 8, 3 | 0xfe | 0x7f) {
        return Err(Fault::Bad("a hello has a version that does not exist"));
    }
    stream.skip(32)?;
    stream.skip_list8()?;
    let cipher = stream.u16()?;
    stream.skip(1)?;
    if stream.read < stream.limit {
        let length = usize::from(stream.u16()?);
        let end = stream.inside(length)?;
        while stream.read < end {
            let (kind, length) = (stream.u16()?, usize::from(stream.u16()?));
            // Supported versions holds the one chosen here (RFC 8446, 4.2.1).
            if kind == 43 && length == 2 {
                version = stream.u16()?;
            } else {
                stream.skip(length)?;
            }
        }
    }
    Ok(TlsServerHello { version, cipher, datagram, size })
}

/// First and last byte of a protocol's name.
fn ends(name: Name<'_>) -> Option<(u8, u8)> {
    match name {
        Name::Text(whole) => whole.first().copied().zip(whole.last().copied()),
        Name::Split(one, two) => one.first().copied().zip(two.last().copied()),
        _ => None,
    }
}

/// The extensions of a client hello that say something.
struct Extensions<'a> {
    has_server_name: bool,
    server_name: Option<Name<'a>>,
    offered: Option<Name<'a>>,
    version: Option<u16>,
    signature_algorithms: Values,
}

impl<'a> Extensions<'a> {
    fn new() -> Self {
        Self {
            has_server_name: false,
            server_name: None,
            offered: None,
            version: None,
            signature_algorithms: Values::new(),
        }
    }

    /// Reads the content of one extension, all `length` bytes of it.
    fn read(&mut self, stream: &mut Stream<'a>, kind: u16, length: usize) -> Result<(), Fault> {
        let end = stream.inside(length)?;
        match kind {
            // Server name (RFC 6066, 3): the first entry, which is a host name.
            0 => {
                self.has_server_name = true;
                if length > 5 {
                    stream.skip(3)?;
                    let length = usize::from(stream.u16()?);
                    self.server_name = Some(stream.name(length, end, Name::Host)?);
                }
            }
            // ALPN (RFC 7301, 3.1): the first entry that is not GREASE.
            16 if length > 3 => {
                stream.skip(2)?;
                while stream.read < end && self.offered.is_none() {
                    let length = usize::from(stream.u8()?);
                    let name = stream.name(length, end, Name::Text)?;
                    let grease = matches!(name, Name::Text(&[a, b]) if is_grease(u16::from_be_bytes([a, b])));
                    self.offered = (!grease).then_some(name);
                }
            }
            // Supported versions (RFC 8446, 4.2.1).
            43 if length > 1 => {
                let length = usize::from(stream.u8()?);
                let highest = &mut self.version;
                // The numbers of DTLS count downwards.
                let rank = |version: u16| if version >> 8 == 0xfe { !version } else { version };
                stream.each_u16(length.min(end - stream.read), |version| {
                    if !is_grease(version) && highest.is_none_or(|best| rank(best) < rank(version)) {
                        *highest = Some(version);
                    }
                })?;
            }
            // Signature algorithms (RFC 8446, 4.2.3).
            13 if length > 2 => {
                let length = usize::from(stream.u16()?);
                let list = &mut self.signature_algorithms;
                stream.each_u16(length.min(end - stream.read), |algorithm| list.push(algorithm))?;
            }
            _ => {}
        }
        stream.skip(end.saturating_sub(stream.read))
    }
}

/// Why a hello cannot be read to its end.
enum Fault {
    /// The captured bytes end; more may come.
    OutOfBytes,
    /// A length inside the message leads out of it.
    OutOfMessage,
    Bad(&'static str),
}

/// The bytes of one handshake message, which may go on in further records (RFC 8446, 5.1).
struct Stream<'a> {
    /// What is left of this record.
    piece: &'a [u8],
    /// What follows this record.
    beyond: &'a [u8],
    /// Bytes of the handshake message read so far.
    read: usize,
    /// How many bytes the handshake message has.
    limit: usize,
}

impl<'a> Stream<'a> {
    fn new(records: &'a [u8]) -> Self {
        Self { piece: &[], beyond: records, read: 0, limit: usize::MAX }
    }

    fn of_datagram(fragment: &'a [u8]) -> Self {
        Self { piece: fragment, beyond: &[], read: 0, limit: usize::MAX }
    }

    fn next_record(&mut self) -> Result<(), Fault> {
        let Some(&[kind, major, _, high, low]) = self.beyond.first_chunk::<RECORD>() else {
            return Err(Fault::OutOfBytes);
        };
        let length = usize::from(u16::from_be_bytes([high, low]));
        if kind != HANDSHAKE || major != 3 || length == 0 {
            return Err(Fault::Bad("a hello is interrupted by another record"));
        }
        let content = &self.beyond[RECORD..];
        (self.piece, self.beyond) = content.split_at_checked(length).unwrap_or((content, &[]));
        Ok(())
    }

    /// Up to `most` bytes from the current record, at least one.
    fn some(&mut self, most: usize) -> Result<&'a [u8], Fault> {
        if self.read + most > self.limit {
            return Err(Fault::OutOfMessage);
        }
        if self.piece.is_empty() {
            self.next_record()?;
        }
        let (taken, piece) = self.piece.split_at(most.min(self.piece.len()));
        if taken.is_empty() && most > 0 {
            return Err(Fault::OutOfBytes);
        }
        self.piece = piece;
        self.read += taken.len();
        Ok(taken)
    }

    fn u8(&mut self) -> Result<u8, Fault> {
        self.some(1)?.first().copied().ok_or(Fault::OutOfBytes)
    }

    fn u16(&mut self) -> Result<u16, Fault> {
        Ok(u16::from_be_bytes([self.u8()?, self.u8()?]))
    }

    fn u24(&mut self) -> Result<usize, Fault> {
        Ok(usize::from(self.u8()?) << 16 | usize::from(self.u16()?))
    }

    fn skip(&mut self, mut count: usize) -> Result<(), Fault> {
        while count > 0 {
            count -= self.some(count)?.len();
        }
        Ok(())
    }

    /// Passes over a list with one byte of length.
    fn skip_list8(&mut self) -> Result<(), Fault> {
        let length = usize::from(self.u8()?);
        self.skip(length)
    }

    /// Where the next `length` bytes end, if they are part of the message.
    fn inside(&self, length: usize) -> Result<usize, Fault> {
        Some(self.read + length).filter(|&end| end <= self.limit).ok_or(Fault::OutOfMessage)
    }

    fn each_u16(&mut self, length: usize, mut each: impl FnMut(u16)) -> Result<(), Fault> {
        self.inside(length)?;
        for _ in 0..length / 2 {
            each(self.u16()?);
        }
        self.skip(length % 2)
    }

    /// The next `length` bytes as a name, which two records may share.
    fn name(&mut self, length: usize, end: usize, whole: fn(&'a [u8]) -> Name<'a>) -> Result<Name<'a>, Fault> {
        if self.read + length > end {
            return Err(Fault::OutOfMessage);
        }
        if length == 0 {
            return Ok(whole(&[]));
        }
        let one = self.some(length)?;
        if one.len() == length {
            return Ok(whole(one));
        }
        let two = self.some(length - one.len())?;
        if one.len() + two.len() == length {
            return Ok(Name::Split(one, two));
        }
        // Either the bytes end here, or a third record begins.
        if self.beyond.is_empty() {
            Err(Fault::OutOfBytes)
        } else {
            Err(Fault::Bad("a name is spread over three records"))
        }
    }

    /// How long the payload must be at least for the message to be read further: to the end of the record that is cut
    /// short if there is one, and to the end of the message.
    fn needed(&self, payload: &[u8]) -> usize {
        let mut at = 0;
        let mut message = 0;
        while let (Some(length), true) = (be16(payload, at + 3), message < self.limit) {
            let length = usize::from(length);
            let record = length.min(self.limit - message);
            message += record;
            at += RECORD + record;
        }
        let missing = self.limit.saturating_sub(message);
        (at + if missing > 0 { RECORD + missing } else { 0 }).max(payload.len() + 1)
    }
}
