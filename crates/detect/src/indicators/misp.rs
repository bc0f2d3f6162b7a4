//! MISP events, as its feeds and its exports have them (draft-dulaunoy-misp-core-format).

use blueline_terms::Moment;
use blueline_terms::finding::Word;
use serde::Deserialize;

use super::gather::Gather;
use super::json::{self, List, Text};
use super::value::{self, Below, Fault, Value};
use super::{At, Detail, Window};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Event {
    /// Lists of events wrap each.
    #[serde(rename = "Event", deserialize_with = "json::objects")]
    events: List<Event>,
    info: Text,
    uuid: Text,
    #[serde(rename = "Attribute", deserialize_with = "json::objects")]
    attributes: List<Attribute>,
    #[serde(rename = "Object", deserialize_with = "json::objects")]
    objects: List<Object>,
    #[serde(rename = "Tag", deserialize_with = "json::objects")]
    tags: List<Tag>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Object {
    #[serde(rename = "Attribute", deserialize_with = "json::objects")]
    attributes: List<Attribute>,
    deleted: Text,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Attribute {
    r#type: Text,
    value: Text,
    to_ids: Text,
    deleted: Text,
    comment: Text,
    first_seen: Text,
    last_seen: Text,
    #[serde(rename = "Tag", deserialize_with = "json::objects")]
    tags: List<Tag>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Tag {
    name: Text,
}

pub(super) fn read(bytes: &[u8], gather: &mut Gather) {
    let mut events = 0;
    let whole = json::each(bytes, &["Event", "response"], &mut |pointer, event: Event| {
        if !event.attributes.0.is_empty() || !event.objects.0.is_empty() || !event.events.0.is_empty() {
            events += 1;
        }
        read_event(&pointer, event, gather);
    });
    if let Err(error) = whole {
        let message = format!("the JSON breaks off at line {}, column {}", error.line(), error.column());
        let help = format!("fetch the list again, or mend it ({error}); what came before is used");
        gather.fault(At::Whole, "", &Fault::new(message, help));
    } else if events == 0 {
        let help = "give the events of the feed, not its manifest.json or hashes.csv: they have an Attribute list";
        gather.fault(At::Whole, "", &Fault::new("no MISP event with attributes is in it", help));
    }
}

fn read_event(pointer: &str, event: Event, gather: &mut Gather) {
    for (_, inner) in event.events.all() {
        read_event(&format!("{pointer}/Event"), inner, gather);
    }
    let said = Said {
        label: if event.info.as_str().is_empty() { event.uuid.as_str() } else { event.info.as_str() }.to_owned(),
        confidence: confidence(&event.tags),
        class: class(&event.tags),
    };
    for (place, attribute) in event.attributes.all() {
        read_attribute(&|| format!("{pointer}/Attribute/{place}"), &attribute, &said, gather);
    }
    for (at, object) in event.objects.all().filter(|(_, object)| !object.deleted.is_true()) {
        for (place, attribute) in object.attributes.all() {
            read_attribute(&|| format!("{pointer}/Object/{at}/Attribute/{place}"), &attribute, &said, gather);
        }
    }
}

/// What an event says of all its attributes.
struct Said {
    label: String,
    confidence: Option<u8>,
    class: Option<Word>,
}

fn read_attribute(pointer: &dyn Fn() -> String, attribute: &Attribute, event: &Said, gather: &mut Gather) {
    if attribute.deleted.is_true() {
        return;
    }
    let (kind, text) = (attribute.r#type.as_str(), attribute.value.as_str());
    let at = || At::Pointer(format!("{}/value", pointer()));
    if !attribute.to_ids.is_true() {
        let fault = Fault::usual("is not marked for detection (to_ids)", "mark it in MISP if it should be looked for");
        return gather.fault(at(), text, &fault);
    }
    let window = window(attribute, &|name| At::Pointer(format!("{}/{name}", pointer())), gather);
    let comment = attribute.comment.as_str();
    let detail = gather.detail(Detail {
        list: 0,
        label: if comment.is_empty() { event.label.as_str() } else { comment }.into(),
        window,
        confidence: confidence(&attribute.tags).or(event.confidence),
        class: class(&attribute.tags).or_else(|| event.class.clone()),
    });
    for value in values(kind, text) {
        match value {
            Ok(value) => gather.add(&at, text, value, detail),
            Err(fault) => gather.fault(at(), text, &fault),
        }
    }
}

/// What an attribute of a type says; composite ones say two things that stand for themselves.
fn values(kind: &str, text: &str) -> Vec<Result<Value, Fault>> {
    // Composites are written with a bar; some tools write colons.
    let pair = || text.split_once('|').or_else(|| text.rsplit_once(':')).unwrap_or((text, ""));
    match kind {
        "ip-src" | "ip-dst" | "ip" => vec![value::address(text)],
        "ip-src|port" | "ip-dst|port" => vec![with_port(pair())],
        "domain" => vec![value::domain(text)],
        "hostname" => vec![host(text)],
        "hostname|port" => vec![host(pair().0)],
        "domain|ip" => vec![value::domain(pair().0), value::address(pair().1)],
        "url" | "uri" | "link" if text.contains("://") || kind == "url" => vec![value::url(text)],
        "ja4-fingerprint" | "ja4" => vec![value::ja4(text)],
        _ => {
            let message = format!("is of the type {:?}, which is not looked for in traffic", short(kind));
            let help =
                "used are ip-src, ip-dst, with or without port, domain, hostname, domain|ip, url and ja4-fingerprint";
            vec![Err(Fault::usual(message, help))]
        }
    }
}

fn short(kind: &str) -> &str {
    &kind[..kind.floor_char_boundary(40)]
}

fn host(text: &str) -> Result<Value, Fault> {
    Ok(Value { below: Below::No, ..value::host(text)? })
}

fn with_port((address, port): (&str, &str)) -> Result<Value, Fault> {
    let wrong = || Fault::new("is not an address and a port", "write it such as 192.0.2.1|443");
    let port = port.trim().parse().map_err(|_| wrong())?;
    Ok(Value { port, ..value::address(address)? })
}

/// When it was seen, which does not say that it was good before or after.
fn window(attribute: &Attribute, at: &dyn Fn(&str) -> At, gather: &mut Gather) -> Window {
    let mut moment = |name: &str, text: &Text, none: Moment| {
        let text = text.as_str();
        if text.is_empty() {
            return none;
        }
        text.parse().unwrap_or_else(|_| {
            let help = "write it such as 2026-03-01T10:00:00Z; the indicator is used without it";
            gather.fault(at(name), text, &Fault::new("is not a time", help));
            none
        })
    };
    Window {
        from: moment("first_seen", &attribute.first_seen, Moment::MIN),
        until: moment("last_seen", &attribute.last_seen, Moment::MAX),
        strict: false,
    }
}

/// The confidence in MISP's own taxonomy.
fn confidence(tags: &List<Tag>) -> Option<u8> {
    tags.iter().find_map(|(_, tag)| {
        let level = tag.name.as_str().strip_prefix("misp:confidence-level=")?.trim_matches('"');
        Some(match level {
            "completely-confident" => 100,
            "usually-confident" => 75,
            "fairly-confident" => 50,
            "rarely-confident" => 25,
            "unconfident" => 0,
            _ => return None,
        })
    })
}

fn class(tags: &List<Tag>) -> Option<Word> {
    tags.iter().find_map(|(_, tag)| rsit(tag.name.as_str()))
}

/// A class of the Reference Incident Taxonomy as a machine tag: `rsit:malicious-code="c2-server"`.
pub(super) fn rsit(tag: &str) -> Option<Word> {
    let (class, kind) = tag.trim().strip_prefix("rsit:")?.split_once('=')?;
    let kind = kind.trim_matches('"');
    let plain = |word: &str| {
        !word.is_empty()
            && word.len() <= 40
            && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-' || b.is_ascii_digit())
    };
    (plain(class) && plain(kind)).then(|| format!("{class}/{kind}").into())
}
