//! The keys of `mission.toml`, read one table at a time. Whether the parts fit together is asked in [`super::rules`].

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use blueline_terms::{Asn, Contact, Country, Name, Period, Prefix, PublicKey, SafeAreaClass};
use toml::de::DeTable;

use super::settings::{Lake, Settings, bytes, duration};
use super::sheet::{Fields, Placed, Sheet, Span};

/// What a mission file declares, before its parts have met.
#[derive(Default)]
pub(super) struct Draft<'s> {
    pub(super) title: String,
    pub(super) parties: Vec<PartyDraft>,
    pub(super) borders: Vec<BorderDraft<'s>>,
    pub(super) safe_areas: Vec<SafeAreaDraft<'s>>,
    pub(super) sensors: Vec<SensorDraft<'s>>,
    pub(super) origins: Option<Placed<&'s str>>,
    pub(super) registry: Option<Placed<&'s str>>,
    pub(super) settings: Settings,
}

pub(super) struct PartyDraft {
    pub(super) span: Span,
    pub(super) id: Option<Placed<Name>>,
    pub(super) names: BTreeMap<String, String>,
    /// Whether it claims any space, be it rightly or wrongly written.
    pub(super) claims: bool,
    pub(super) prefixes: Vec<Placed<Prefix>>,
    pub(super) asns: Vec<Placed<Asn>>,
    pub(super) countries: Vec<Placed<Country>>,
    pub(super) domains: Vec<Placed<Domain>>,
    pub(super) contacts: Vec<Contact>,
    pub(super) keys: Vec<PublicKey>,
}

pub(super) struct BorderDraft<'s> {
    pub(super) span: Span,
    pub(super) id: Option<Placed<Name>>,
    pub(super) between: Vec<Placed<&'s str>>,
}

pub(super) struct SafeAreaDraft<'s> {
    pub(super) span: Span,
    pub(super) id: Option<Placed<Name>>,
    pub(super) names: BTreeMap<String, String>,
    pub(super) class: Option<SafeAreaClass>,
    pub(super) party: Option<Placed<&'s str>>,
    /// Whether it names any addresses, be they rightly or wrongly written.
    pub(super) has_addresses: bool,
    pub(super) addresses: Vec<Placed<Prefix>>,
}

pub(super) struct SensorDraft<'s> {
    pub(super) span: Span,
    pub(super) id: Option<Placed<Name>>,
    pub(super) vantage: Option<String>,
    /// Whether it sees anything, be it rightly or wrongly written.
    pub(super) has_sight: bool,
    pub(super) sees: Vec<Placed<&'s str>>,
    pub(super) sampling: u32,
    pub(super) longest_silence: Duration,
}

/// A silence of a sensor that counts as a gap, where the file does not say.
pub(super) const LONGEST_SILENCE: Duration = Duration::from_secs(60);
const SAMPLING: RangeInclusive<u64> = 1..=1_000_000;
const PREFIX_HELP: &str = "write an address and a length, such as 192.0.2.0/24 or 2001:db8::/32, or one address";

/// Reads every table of the file.
pub(super) fn read<'s>(sheet: &'s Sheet<'_>, root: &'s DeTable<'_>) -> Draft<'s> {
    let mut fields = Fields::new(sheet, "file", sheet.end(), root);
    let mut draft = Draft::default();
    let there = fields.has("mission");
    match fields.table("mission", "mission") {
        None if there => {}
        None => sheet.missing(0..0, "this file has no [mission] table", "begin with [mission] and title = \"...\""),
        Some(mut mission) => {
            draft.title = mission.required("title", "\"Mission on the northern line\"").map_or_else(String::new, own);
            mission.finish();
        }
    }
    draft.parties = fields.tables("party", "party").into_iter().map(|fields| party(sheet, fields)).collect();
    draft.borders = fields.tables("border", "border").into_iter().map(border).collect();
    draft.safe_areas = fields.tables("safe_area", "safe area").into_iter().map(|f| safe_area(sheet, f)).collect();
    draft.sensors = fields.tables("sensor", "sensor").into_iter().map(|fields| sensor(sheet, fields)).collect();
    if let Some(mut tables) = fields.table("tables", "[tables]") {
        draft.origins = tables.text("origins");
        draft.registry = tables.text("registry");
        tables.finish();
    }
    if let Some(watch) = fields.table("watch", "[watch]") {
        draft.settings = settings(sheet, watch);
    }
    if let Some(table) = fields.table("lake", "[lake]") {
        draft.settings.lake = lake(sheet, table);
    }
    fields.finish();
    draft
}

fn party(sheet: &Sheet<'_>, mut fields: Fields<'_, '_>) -> PartyDraft {
    let draft = PartyDraft {
        span: fields.span.clone(),
        id: id(&mut fields, "\"alpha\""),
        names: names(sheet, &mut fields),
        claims: ["prefixes", "asns", "countries"].iter().any(|key| fields.says(key)),
        prefixes: fields.list("prefixes", PREFIX_HELP),
        asns: fields.numbers("asns", "write 64500 or \"AS64500\""),
        countries: fields.list("countries", "write two capital letters (ISO 3166-1)"),
        domains: fields.list("domains", "write a domain name, such as \"example.org\""),
        contacts: fields.tables("contacts", "contact").into_iter().filter_map(contact).collect(),
        keys: fields.tables("keys", "key").into_iter().filter_map(|fields| key(sheet, fields)).collect(),
    };
    fields.finish();
    draft
}

fn border<'s>(mut fields: Fields<'s, '_>) -> BorderDraft<'s> {
    let draft =
        BorderDraft { span: fields.span.clone(), id: id(&mut fields, "\"line\""), between: fields.texts("between") };
    fields.finish();
    draft
}

fn safe_area<'s>(sheet: &Sheet<'_>, mut fields: Fields<'s, '_>) -> SafeAreaDraft<'s> {
    let id = id(&mut fields, "\"clinic\"");
    let names = names(sheet, &mut fields);
    let class = fields.required("class", "\"hospital\"").and_then(|text| match text.value.parse() {
        Ok(class) => Some(class),
        Err(error) => {
            let error: String = error;
            let (message, help) = error.split_once("; ").unwrap_or((&error, "use a known class"));
            sheet.error(text.span, message, help);
            None
        }
    });
    let draft = SafeAreaDraft {
        span: fields.span.clone(),
        id,
        names,
        class,
        party: fields.required("party", "\"alpha\""),
        has_addresses: fields.says("addresses"),
        addresses: fields.list("addresses", PREFIX_HELP),
    };
    fields.finish();
    draft
}

fn sensor<'s>(sheet: &Sheet<'_>, mut fields: Fields<'s, '_>) -> SensorDraft<'s> {
    let id = id(&mut fields, "\"north-gateway\"");
    let vantage = fields.text("vantage").map(own);
    let has_sight = fields.says("sees");
    let sees = fields.texts("sees");
    let sampling = fields.number("sampling").map_or(1, |rate| {
        if !SAMPLING.contains(&rate.value) {
            let message = format!("a sampling of 1 in {} cannot be", rate.value);
            sheet.error(rate.span, message, "write 1 for every packet, 1000 for one in a thousand, at most 1000000");
        }
        u32::try_from(rate.value).unwrap_or(u32::MAX)
    });
    let silence = Duration::from_secs(1)..=Duration::from_secs(366 * 86_400);
    let longest_silence = length_of_time(sheet, &mut fields, "longest_silence", LONGEST_SILENCE, silence);
    let draft = SensorDraft { span: fields.span.clone(), id, vantage, has_sight, sees, sampling, longest_silence };
    fields.finish();
    draft
}

fn settings(sheet: &Sheet<'_>, mut fields: Fields<'_, '_>) -> Settings {
    let default = Settings::default();
    let (shortest, longest) = Settings::IDLE_TIME;
    let period = Period::SHORTEST..=Period::LONGEST;
    let settings = Settings {
        period: length_of_time(sheet, &mut fields, "period", default.period, period),
        idle_time: length_of_time(sheet, &mut fields, "idle_time", default.idle_time, shortest..=longest),
        memory: memory(sheet, &mut fields, default.memory),
        keep_payload: fields.flag("keep_payload").unwrap_or(default.keep_payload),
        lake: Lake::default(),
    };
    fields.finish();
    settings
}

fn lake(sheet: &Sheet<'_>, mut fields: Fields<'_, '_>) -> Lake {
    let default = Lake::default();
    let place = fields.text("place").filter(|place| {
        let sound = !place.value.is_empty() && (place.value.starts_with("s3://") || !place.value.contains("://"));
        if !sound {
            let message = format!("{:?} is no place for a lake", place.value);
            sheet.error(place.span.clone(), message, "write a folder, or s3://BUCKET/PREFIX for an S3-type store");
        }
        sound
    });
    let keep_for = fields.says("keep_for").then(|| {
        let hour = Duration::from_secs(3600);
        length_of_time(sheet, &mut fields, "keep_for", hour, hour..=Duration::from_secs(100 * 366 * 86_400))
    });
    let keep_bytes = fields.text("keep_bytes").and_then(|amount| {
        let found = bytes(amount.value);
        if found.is_none() {
            let message = format!("{:?} is no amount of bytes", amount.value);
            sheet.error(amount.span.clone(), message, "write an amount such as 500MB or 2TB");
        }
        found
    });
    let settings = Lake {
        keep: fields.flag("keep").unwrap_or(default.keep),
        place: place.map_or(default.place, |place| place.value.to_owned()),
        keep_for,
        keep_bytes,
    };
    fields.finish();
    settings
}

fn memory(sheet: &Sheet<'_>, fields: &mut Fields<'_, '_>, default: u64) -> u64 {
    let Some(text) = fields.text("memory") else { return default };
    match bytes(text.value) {
        None => {
            let message = format!("{:?} is not an amount of memory", text.value);
            sheet.error(text.span, message, "write a whole number and a unit, such as \"1GiB\" or \"512MiB\"");
            default
        }
        Some(amount) if amount < Settings::LEAST_MEMORY => {
            let message = format!("{} of memory is too little to watch with", text.value);
            sheet.error(text.span, message, "give it 128MiB or more");
            default
        }
        Some(amount) => amount,
    }
}

fn length_of_time(
    sheet: &Sheet<'_>,
    fields: &mut Fields<'_, '_>,
    key: &'static str,
    default: Duration,
    allowed: RangeInclusive<Duration>,
) -> Duration {
    let Some(text) = fields.text(key) else { return default };
    match duration(text.value) {
        None => {
            let message = format!("{:?} is not a length of time", text.value);
            sheet.error(
                text.span,
                message,
                "write whole numbers with units, such as \"30s\", \"5m\", \"1h30m\", \"1d\"",
            );
            default
        }
        Some(length) if !allowed.contains(&length) => {
            let message = format!("a `{key}` of {} is out of bounds", text.value);
            let (least, most) = (allowed.start().as_secs(), allowed.end().as_secs());
            sheet.error(text.span, message, format!("choose from {least}s to {most}s"));
            default
        }
        Some(length) => length,
    }
}

fn id(fields: &mut Fields<'_, '_>, example: &str) -> Option<Placed<Name>> {
    if fields.has("id") {
        return fields.parsed("id", "use 1 to 64 of a-z, 0-9, '-', '_', '.'");
    }
    fields.missing("id", example);
    None
}

fn names(sheet: &Sheet<'_>, fields: &mut Fields<'_, '_>) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for (language, name) in fields.map("names") {
        // The shape of a language tag (RFC 5646, 2.1): subtags of one to eight letters and digits.
        let tag = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
        if !language.value.split('-').all(tag) || !language.value.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let message = format!("{:?} is not a language tag", language.value);
            sheet.error(language.span, message, "use tags such as en, ar, tr, fr or pt-BR (BCP 47)");
        } else if name.value.trim().is_empty() {
            let message = format!("the name in {:?} is empty", language.value);
            sheet.error(name.span, message, "write a name or remove it");
        } else {
            names.insert(language.value.to_owned(), name.value.to_owned());
        }
    }
    names
}

fn contact(mut fields: Fields<'_, '_>) -> Option<Contact> {
    let role = fields.required("role", "\"csirt\"");
    let name = fields.required("name", "\"duty desk\"");
    let (email, phone) = (fields.text("email").map(own), fields.text("phone").map(own));
    fields.finish();
    Some(Contact { role: own(role?), name: own(name?), email, phone })
}

fn key(sheet: &Sheet<'_>, mut fields: Fields<'_, '_>) -> Option<PublicKey> {
    let algorithm = fields.required("algorithm", "\"ed25519\"");
    let base64 = fields.required("base64", "\"MCowBQYDK2VwAyEA...\"");
    fields.finish();
    let (algorithm, base64) = (algorithm?, base64?);
    if !is_base64(base64.value) {
        sheet.error(
            base64.span,
            "this key is not base64",
            "write the public key in base64 with its padding (RFC 4648, section 4)",
        );
        return None;
    }
    Some(PublicKey { algorithm: own(algorithm), base64: own(base64) })
}

fn is_base64(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let letters = |b: u8| b.is_ascii_alphanumeric() || b == b'+' || b == b'/';
    text.len().is_multiple_of(4) && text.len() - body.len() <= 2 && body.bytes().all(letters)
}

fn own(text: Placed<&str>) -> String {
    text.value.to_owned()
}

/// A domain name as people write it, in lower case, Unicode labels allowed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Domain(pub(super) String);

impl std::str::FromStr for Domain {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let name = text.strip_suffix('.').unwrap_or(text).to_lowercase();
        let letters = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
        // RFC 1035, 2.3.4: 63 octets a label, 255 a name with its lengths and end.
        let label = |label: &str| (1..=63).contains(&label.len()) && label.chars().all(letters);
        if name.len() <= 253 && name.split('.').all(label) && name.parse::<std::net::Ipv4Addr>().is_err() {
            Ok(Self(name))
        } else {
            Err(format!(
                "{text:?} is not a domain name; write one such as \"example.org\", without scheme, port or path"
            ))
        }
    }
}
