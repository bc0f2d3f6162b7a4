//! One indicator as people write it: an address, a prefix, a name, a URL or a JA4 fingerprint, defanged or not.

use std::borrow::Cow;

use blueline_terms::{Address, Prefix, PrefixError};

/// What an indicator is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Thing {
    Addresses(Prefix),
    /// Lower case, without a dot at the end.
    Name(String),
    Ja4(String),
}

/// Whether the names below a listed name are meant as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Below {
    /// This one name.
    No,
    /// A list of domains does not say so, but most mean it.
    Likely,
    /// The list says so, as in `*.example.org`.
    Stated,
}

/// An indicator that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) thing: Thing,
    pub(super) below: Below,
    /// The port at the listed address; 0 for any.
    pub(super) port: u16,
    /// The IP protocol; 0 for any.
    pub(super) protocol: u8,
    /// Only a part of what was listed: the host of a URL whose path cannot be seen.
    pub(super) partial: bool,
}

impl Value {
    pub(super) fn new(thing: Thing) -> Self {
        Self { thing, below: Below::No, port: 0, protocol: 0, partial: false }
    }
}

/// Why a text is no indicator that can be used, without the text itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) message: Cow<'static, str>,
    pub(super) help: Cow<'static, str>,
    /// Whether it is in the nature of lists: told once with a count, not each time.
    pub(super) usual: bool,
}

impl Fault {
    pub(super) fn new(message: impl Into<Cow<'static, str>>, help: impl Into<Cow<'static, str>>) -> Self {
        Self { message: message.into(), help: help.into(), usual: false }
    }

    pub(super) fn usual(message: impl Into<Cow<'static, str>>, help: impl Into<Cow<'static, str>>) -> Self {
        Self { usual: true, ..Self::new(message, help) }
    }
}

const WHAT: &str = "write an address, a prefix, a domain name, a URL or a JA4 fingerprint";

/// Reads an indicator whose type the list does not say.
pub(super) fn any(text: &str) -> Result<Value, Fault> {
    let text = refang(text.trim());
    let text = text.trim();
    if text.is_empty() {
        return Err(Fault::new("is empty", WHAT));
    }
    if is_ja4(text) {
        return ja4(text);
    }
    if text.contains("://") {
        return url(text);
    }
    if is_hash(text) {
        return Err(Fault::usual(
            "is a hash of a file, which is not seen in traffic",
            "leave it to those who scan hosts",
        ));
    }
    if text.contains('@') {
        return Err(Fault::usual(
            "is a mail address, which is not seen in traffic",
            "list the domain name if it is meant",
        ));
    }
    if looks_like_address(text) {
        return with_port(text).map_or_else(|| address(text), Ok);
    }
    if text.contains('/') && !text.starts_with('/') && !text.starts_with("||") {
        return url(text);
    }
    // A question for a name does not tell the port that it is for.
    match text.rsplit_once(':') {
        Some((host, port)) if port.parse::<u16>().is_ok() => domain(host),
        _ => domain(text),
    }
}

/// Reads an address or prefix.
pub(super) fn address(text: &str) -> Result<Value, Fault> {
    let text = refang(text.trim());
    let text = text.trim().trim_start_matches('[').trim_end_matches(']');
    let prefix: Prefix = text.parse().map_err(|error| match error {
        PrefixError::HostBits { address, base, length } => Fault::new(
            "has bits set beyond its length",
            format!("write {base}/{length} for the block, or {address} for the one address"),
        ),
        PrefixError::TooLong { longest, .. } => {
            Fault::new("is longer than its addresses", format!("the longest length here is /{longest}"))
        }
        _ => Fault::new("is not an address or a prefix", "write it such as 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32"),
    })?;
    Ok(Value::new(Thing::Addresses(prefix)))
}

/// Reads a domain name, under which all names are likely meant: surely so as `*.name`, `.name` or `||name^`.
pub(super) fn domain(text: &str) -> Result<Value, Fault> {
    let text = refang(text.trim());
    let text = text.trim();
    let blocked = text.strip_prefix("||").map(|rest| rest.trim_end_matches('^'));
    let bare = blocked.or_else(|| text.strip_prefix("*.")).or_else(|| text.strip_prefix('.'));
    let below = if bare.is_some() { Below::Stated } else { Below::Likely };
    Ok(Value { below, ..host(bare.unwrap_or(text))? })
}

/// Reads the name of one host.
pub(super) fn host(text: &str) -> Result<Value, Fault> {
    let text = refang(text.trim());
    let name = text.trim().trim_end_matches('.').to_ascii_lowercase();
    if !name.is_ascii() {
        return Err(Fault::new("is a name with letters beyond ASCII", "write it as it is asked for, with xn--"));
    }
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    let fits = |label: &str| (1..=63).contains(&label.len()) && label.bytes().all(plain);
    if name.len() > 253 || !name.split('.').all(fits) {
        return Err(Fault::new("is not an address, a name, a URL or a JA4 fingerprint", WHAT));
    }
    let top = name.rsplit('.').next().unwrap_or_default();
    if top.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Fault::new("is neither an address nor a name", "write four numbers up to 255, or a domain name"));
    }
    if top.len() == name.len() {
        return Err(Fault::new("is a name of one label, which would hold far too much", "write the whole domain name"));
    }
    Ok(Value::new(Thing::Name(name)))
}

/// Reads a URL for its host, which is all of it that is seen.
pub(super) fn url(text: &str) -> Result<Value, Fault> {
    let text = refang(text.trim());
    let rest = text.split_once("://").map_or(text.trim(), |(_, rest)| rest);
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let partial = !matches!(path, "" | "/");
    let value = if let Some(value) = with_port(authority) {
        value
    } else if looks_like_address(authority) {
        address(authority)?
    } else {
        let (name, port) = authority.split_once(':').unwrap_or((authority, ""));
        // The port of a named host is written so that the URL works; the name alone tells.
        if !port.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Fault::new("is a URL with an odd port", "write it such as http://name:8080/path"));
        }
        host(name)?
    };
    Ok(Value { partial, ..value })
}

/// Reads a JA4 fingerprint.
pub(super) fn ja4(text: &str) -> Result<Value, Fault> {
    let text = text.trim();
    if !is_ja4(text) {
        let help = "write it such as t13d1516h2_8daaf6152771_02713d6af862";
        return Err(Fault::new("is not a JA4 fingerprint of a TLS client", help));
    }
    // The first part keeps its case: it holds letters of the protocol that was offered.
    let (first, hashes) = text.split_at(10);
    Ok(Value::new(Thing::Ja4(format!("{first}{}", hashes.to_ascii_lowercase()))))
}

/// `192.0.2.1:443` or `[2001:db8::1]:443`.
fn with_port(text: &str) -> Option<Value> {
    let (host, port) = text.rsplit_once(':')?;
    let port = port.parse::<u16>().ok()?;
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    if bare.is_none() && host.contains(':') {
        return None;
    }
    let address: Address = bare.unwrap_or(host).parse().ok()?;
    Some(Value { port, ..Value::new(Thing::Addresses(Prefix::host(address))) })
}

fn looks_like_address(text: &str) -> bool {
    let bare = text.split('/').next().unwrap_or(text);
    let digits = bare.bytes().any(|b| b.is_ascii_digit());
    let v4 = digits && bare.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b':'));
    let v6 = bare.bytes().filter(|&b| b == b':').count() > 1 || bare.starts_with('[');
    v4 || v6
}

/// `t13d1516h2_8daaf6152771_02713d6af862`: transport, version, server name, counts, protocol; two truncated hashes.
fn is_ja4(text: &str) -> bool {
    let bytes = text.as_bytes();
    let hash = |at: std::ops::Range<usize>| bytes.get(at).is_some_and(|part| part.iter().all(u8::is_ascii_hexdigit));
    bytes.len() == 36
        && matches!(bytes[0], b't' | b'q' | b'd')
        && bytes[1..10].iter().all(u8::is_ascii_alphanumeric)
        && matches!(bytes[3], b'd' | b'i')
        && bytes[4..8].iter().all(u8::is_ascii_digit)
        && bytes[10] == b'_'
        && bytes[23] == b'_'
        && hash(11..23)
        && hash(24..36)
}

fn is_hash(text: &str) -> bool {
    matches!(text.len(), 32 | 40 | 64 | 96 | 128) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Takes back what people do to addresses and URLs so that nobody clicks on them.
pub(super) fn refang(text: &str) -> Cow<'_, str> {
    const MARKS: [(&str, &str); 10] = [
        ("[.]", "."),
        ("(.)", "."),
        ("{.}", "."),
        ("[dot]", "."),
        ("(dot)", "."),
        ("[:]", ":"),
        ("[://]", "://"),
        ("[/]", "/"),
        ("\\.", "."),
        (" . ", "."),
    ];
    let mut text = Cow::Borrowed(text);
    if text.contains(['[', '(', '{', '\\', ' ']) {
        for (mark, plain) in MARKS {
            if text.contains(mark) {
                text = Cow::Owned(text.replace(mark, plain));
            }
        }
    }
    let head = text.get(..4).unwrap_or_default();
    if head.eq_ignore_ascii_case("hxxp") || head.eq_ignore_ascii_case("h**p") {
        text = Cow::Owned(format!("http{}", text.get(4..).unwrap_or_default()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        match any(text) {
            Err(fault) => format!("! {}", fault.message),
            Ok(value) => {
                let thing = match value.thing {
                    Thing::Addresses(prefix) => prefix.to_string(),
                    Thing::Name(name) => name,
                    Thing::Ja4(ja4) => ja4,
                };
                let below = ["", " +", " *"][value.below as usize];
                let port = if value.port > 0 { format!(" :{}", value.port) } else { String::new() };
                format!("{thing}{below}{port}{}", if value.partial { " part" } else { "" })
            }
        }
    }

    #[test]
    fn what_people_write_is_read() {
        for (text, wanted) in [
            ("198.51.100.7", "198.51.100.7/32"),
            ("1[.]2[.]3[.]4", "1.2.3.4/32"),
            ("1.2.3.0/24", "1.2.3.0/24"),
            ("1.2.3.4:8080", "1.2.3.4/32 :8080"),
            ("2001:db8::/32", "2001:db8::/32"),
            ("[2001:db8::1]:443", "2001:db8::1/128 :443"),
            ("[2001:db8::1]", "2001:db8::1/128"),
            ("Evil.Example.", "evil.example +"),
            ("evil[.]example", "evil.example +"),
            ("evil(dot)example", "evil.example +"),
            ("*.evil.example", "evil.example *"),
            (".evil.example", "evil.example *"),
            ("||evil.example^", "evil.example *"),
            ("evil.example:8443", "evil.example +"),
            ("hxxps://evil[.]example/a?b#c", "evil.example part"),
            ("hxxp[:]//evil.example/", "evil.example"),
            ("http://user:word@203.0.113.9:81/x", "203.0.113.9/32 :81 part"),
            ("evil.example/path", "evil.example part"),
            ("tcp://192.0.2.4:4444", "192.0.2.4/32 :4444"),
            ("t13d1516h2_8DAAF6152771_02713d6af862", "t13d1516h2_8daaf6152771_02713d6af862"),
        ] {
            assert_eq!(shown(text), wanted, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_told() {
        for (text, wanted) in [
            ("", "! is empty"),
            ("1.2.3.4/24", "! has bits set beyond its length"),
            ("1.2.3.4/33", "! is longer than its addresses"),
            ("1.2.3.999", "! is not an address or a prefix"),
            ("com", "! is a name of one label, which would hold far too much"),
            ("bücher.example", "! is a name with letters beyond ASCII"),
            ("d41d8cd98f00b204e9800998ecf8427e", "! is a hash of a file, which is not seen in traffic"),
            ("a@evil.example", "! is a mail address, which is not seen in traffic"),
            ("evil..example", "! is not an address, a name, a URL or a JA4 fingerprint"),
            ("../../etc", "! is not an address, a name, a URL or a JA4 fingerprint"),
        ] {
            assert_eq!(shown(text), wanted, "{text}");
        }
    }
}
