//! STIX 2.1: indicators in a bundle, a TAXII envelope, a list or by themselves.

use blueline_terms::Moment;
use blueline_terms::finding::Word;
use hashbrown::HashMap;
use serde::Deserialize;

use super::gather::Gather;
use super::json::{self, List, Text};
use super::misp::rsit;
use super::value::{self, Fault, Value};
use super::{At, Detail, MOST_INDICATORS, Window, pattern};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Object {
    r#type: Text,
    id: Text,
    modified: Text,
    revoked: Text,
    name: Text,
    pattern: Text,
    pattern_type: Text,
    valid_from: Text,
    valid_until: Text,
    confidence: Text,
    #[serde(deserialize_with = "json::texts")]
    labels: List<String>,
    #[serde(deserialize_with = "json::texts")]
    indicator_types: List<String>,
    relationship_type: Text,
    source_ref: Text,
    target_ref: Text,
    #[serde(deserialize_with = "json::texts")]
    object_refs: List<String>,
    value: Text,
    /// Of a bundle in a list.
    #[serde(deserialize_with = "json::objects")]
    objects: List<Object>,
}

pub(super) fn read(bytes: &[u8], gather: &mut Gather) {
    let mut reader = Reader { gather, versions: HashMap::default(), gone: Vec::new(), observed: Observed::default() };
    let whole = json::each(bytes, &["objects"], &mut |pointer, object| reader.take(&pointer, object));
    if let Err(error) = whole {
        let message = format!("the JSON breaks off at line {}, column {}", error.line(), error.column());
        let help = format!("fetch the list again, or mend it ({error}); what came before is used");
        reader.gather.fault(At::Whole, "", &Fault::new(message, help));
    } else if reader.versions.is_empty() {
        let help = "give a bundle, a TAXII envelope or a list with objects of the type indicator";
        reader.gather.fault(At::Whole, "", &Fault::new("no STIX indicator is in it", help));
    }
    reader.finish();
}

type Table<V> = HashMap<Id, V, foldhash::fast::FixedState>;

/// An object's id, as a hash.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Id([u8; 16]);

impl Id {
    fn of(text: &str) -> Self {
        let hash = blake3::hash(text.as_bytes());
        Self(hash.as_bytes().first_chunk().copied().unwrap_or_default())
    }
}

struct Reader<'g> {
    gather: &'g mut Gather,
    versions: Table<Version>,
    /// Indicators of versions that were replaced, as places from and until.
    gone: Vec<(usize, usize)>,
    observed: Observed,
}

/// The newest version of an indicator.
struct Version {
    modified: Moment,
    places: (usize, usize),
    /// None where it is revoked or not to be used.
    detail: Option<u32>,
}

/// Objects that are indicators only where an indicator is based on them.
#[derive(Default)]
struct Observed {
    values: Table<(String, String)>,
    /// Observations of one object.
    of_one: Table<Id>,
    /// From an indicator to what it rests on, with the place where that is said.
    based_on: Vec<(Id, Id, String)>,
}

impl Reader<'_> {
    fn take(&mut self, pointer: &str, object: Object) {
        match object.r#type.as_str() {
            "bundle" => {
                for (place, inner) in object.objects.all() {
                    // Bundles hold no bundles: what says so is left where it is.
                    if inner.r#type.as_str() != "bundle" {
                        self.take(&format!("{pointer}/objects/{place}"), inner);
                    }
                }
            }
            "indicator" => self.indicator(pointer, &object),
            "ipv4-addr" | "ipv6-addr" | "domain-name" | "url" if self.observed.values.len() < MOST_INDICATORS => {
                let value = (object.r#type.as_str().to_owned(), object.value.as_str().to_owned());
                self.observed.values.insert(Id::of(object.id.as_str()), value);
            }
            "observed-data" if self.observed.of_one.len() < MOST_INDICATORS => {
                // Of several objects, some may be of those who were attacked.
                if let [Some(one)] = object.object_refs.0.as_slice() {
                    self.observed.of_one.insert(Id::of(object.id.as_str()), Id::of(one));
                }
            }
            "relationship"
                if object.relationship_type.as_str() == "based-on"
                    && !object.revoked.is_true()
                    && self.observed.based_on.len() < MOST_INDICATORS =>
            {
                let (from, to) = (Id::of(object.source_ref.as_str()), Id::of(object.target_ref.as_str()));
                self.observed.based_on.push((from, to, pointer.to_owned()));
            }
            _ => {}
        }
    }

    fn indicator(&mut self, pointer: &str, object: &Object) {
        let id = Id::of(if object.id.as_str().is_empty() { pointer } else { object.id.as_str() });
        let modified = self.moment(pointer, "modified", &object.modified).unwrap_or(Moment::MIN);
        if let Some(known) = self.versions.get(&id) {
            if modified <= known.modified {
                return;
            }
            self.gone.push(known.places);
        }
        let start = self.gather.len();
        let detail = if object.revoked.is_true() { None } else { self.used(pointer, object) };
        self.versions.insert(id, Version { modified, places: (start, self.gather.len()), detail });
    }

    /// Takes what the pattern of an indicator asks for; gives the place of its detail unless it is not to be used.
    fn used(&mut self, pointer: &str, object: &Object) -> Option<u32> {
        let at = |field: &str| At::Pointer(format!("{pointer}/{field}"));
        let types: Vec<&str> = object.indicator_types.iter().map(|(_, kind)| kind.as_str()).collect();
        if types.contains(&"benign") {
            let fault = Fault::usual("is an indicator of what is benign, and is not used", "nothing needs to be done");
            self.gather.fault(at("indicator_types"), object.name.as_str(), &fault);
            return None;
        }
        let window = self.window(pointer, object);
        let confidence = self.confidence(pointer, object);
        let label = if object.name.as_str().is_empty() { object.id.as_str() } else { object.name.as_str() };
        let class = class(&types, &object.labels);
        let detail = Detail { list: 0, label: label.into(), window, confidence, class };
        let number = self.gather.detail(detail.clone());
        let language = object.pattern_type.as_str();
        if !matches!(language, "" | "stix") {
            let message = "is the language of a pattern that is not STIX, and is not used";
            self.gather.fault(
                at("pattern_type"),
                language,
                &Fault::usual(message, "give it to the tool that it is for"),
            );
            return Some(number);
        }
        match pattern::read(object.pattern.as_str()) {
            Err((place, message)) => {
                let help = format!("mend the pattern: at byte {place}, {message}");
                self.gather.fault(at("pattern"), object.pattern.as_str(), &Fault::new("is no STIX pattern", help));
            }
            Ok(reading) => {
                for (text, fault) in &reading.unused {
                    self.gather.fault(at("pattern"), text, fault);
                }
                for atom in reading.atoms {
                    let narrowed = atom.between.map(|(from, until)| Window {
                        from: from.max(window.from),
                        until: until.min(window.until),
                        strict: true,
                    });
                    let number =
                        narrowed.map_or(number, |window| self.gather.detail(Detail { window, ..detail.clone() }));
                    self.gather.add(&|| at("pattern"), &atom.text, atom.value, number);
                }
            }
        }
        Some(number)
    }

    fn window(&mut self, pointer: &str, object: &Object) -> Window {
        let from = self.moment(pointer, "valid_from", &object.valid_from).unwrap_or(Moment::MIN);
        let until = self.moment(pointer, "valid_until", &object.valid_until).unwrap_or(Moment::MAX);
        if until < from {
            let at = At::Pointer(format!("{pointer}/valid_until"));
            let fault = Fault::new("is before valid_from, so that the indicator never holds", "mend one of the two");
            self.gather.fault(at, object.valid_until.as_str(), &fault);
        }
        Window { from, until, strict: true }
    }

    fn moment(&mut self, pointer: &str, field: &str, text: &Text) -> Option<Moment> {
        let text = text.0.as_deref()?;
        let moment = text.parse().ok();
        if moment.is_none() {
            let help = "write it such as 2026-03-01T10:00:00Z; the indicator is used without it";
            self.gather.fault(At::Pointer(format!("{pointer}/{field}")), text, &Fault::new("is not a time", help));
        }
        moment
    }

    fn confidence(&mut self, pointer: &str, object: &Object) -> Option<u8> {
        let text = object.confidence.0.as_deref()?;
        let confidence = text.parse::<u8>().ok().filter(|&confidence| confidence <= 100);
        if confidence.is_none() {
            let fault =
                Fault::new("is not a confidence", "write 0 to 100; the indicator is used as if it said nothing");
            self.gather.fault(At::Pointer(format!("{pointer}/confidence")), text, &fault);
        }
        confidence
    }

    /// Adds what indicators rest on, and takes back what later versions replaced.
    fn finish(self) {
        let Self { gather, versions, mut gone, observed } = self;
        let Observed { values, of_one, based_on } = observed;
        for (indicator, target, pointer) in based_on {
            let Some(detail) = versions.get(&indicator).and_then(|version| version.detail) else { continue };
            let target = of_one.get(&target).unwrap_or(&target);
            let Some((kind, text)) = values.get(target) else { continue };
            let at = || At::Pointer(format!("{pointer}/target_ref"));
            match of_kind(kind, text) {
                Ok(value) => gather.add(&at, text, value, detail),
                Err(fault) => gather.fault(at(), text, &fault),
            }
        }
        gone.sort_unstable();
        let mut next = 0;
        gather.withdraw(|place| {
            while gone.get(next).is_some_and(|range| range.1 <= place) {
                next += 1;
            }
            gone.get(next).is_some_and(|range| range.0 <= place)
        });
    }
}

fn of_kind(kind: &str, text: &str) -> Result<Value, Fault> {
    match kind {
        "domain-name" => value::domain(text),
        "url" => value::url(text),
        _ => value::address(text),
    }
}

/// The class that an indicator's types and labels say.
fn class(types: &[&str], labels: &List<String>) -> Option<Word> {
    if let Some(class) = labels.iter().find_map(|(_, label)| rsit(label)) {
        return Some(class);
    }
    let has = |kind: &str| types.contains(&kind);
    match () {
        () if has("malicious-activity") => None,
        () if has("compromised") => Some("intrusions/system-compromise".into()),
        () if has("anonymization") || has("anomalous-activity") => Some("other/undetermined".into()),
        () => None,
    }
}
