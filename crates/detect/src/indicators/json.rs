//! JSON as strangers write it: fields of another type than is usual are no reason to lose the rest.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The text of a scalar; nothing where there is null, a list or an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Text(pub(super) Option<String>);

impl Text {
    pub(super) fn as_str(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }

    pub(super) fn is_true(&self) -> bool {
        matches!(self.as_str(), "true" | "1")
    }
}

/// What a list holds of one sort, each in its place; a lone one counts as a list of one.
#[derive(Clone, Debug)]
pub(super) struct List<T>(pub(super) Vec<Option<T>>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> List<T> {
    /// Each with its place.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &T)> {
        self.0.iter().enumerate().filter_map(|(place, one)| Some((place, one.as_ref()?)))
    }

    /// Each with its place, taken out.
    pub(super) fn all(self) -> impl Iterator<Item = (usize, T)> {
        self.0.into_iter().enumerate().filter_map(|(place, one)| Some((place, one?)))
    }
}

/// An object, or nothing where there is something else.
struct Maybe<T>(Option<T>);

macro_rules! scalars {
    ($($visit:ident $type:ty),+) => {
        $(fn $visit<E: Error>(self, value: $type) -> Result<Self::Value, E> { Ok(self.scalar(&value)) })+

        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok(self.nothing())
        }
    };
}

struct TextVisitor;

impl TextVisitor {
    fn scalar(self, value: &dyn fmt::Display) -> Text {
        Text(Some(value.to_string()))
    }

    fn nothing(self) -> Text {
        Text(None)
    }
}

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    scalars!(visit_bool bool, visit_i64 i64, visit_u64 u64, visit_f64 f64, visit_str &str);

    fn visit_string<E: Error>(self, value: String) -> Result<Text, E> {
        Ok(Text(Some(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Text, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Text(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Text, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Text(None))
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct MaybeVisitor<T>(PhantomData<T>);

impl<T> MaybeVisitor<T> {
    fn scalar(self, _: &dyn fmt::Display) -> Maybe<T> {
        Maybe(None)
    }

    fn nothing(self) -> Maybe<T> {
        Maybe(None)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for MaybeVisitor<T> {
    type Value = Maybe<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    scalars!(visit_bool bool, visit_i64 i64, visit_u64 u64, visit_f64 f64, visit_str &str);

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Maybe<T>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Maybe(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Maybe<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(|value| Maybe(Some(value)))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Maybe<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MaybeVisitor(PhantomData))
    }
}

/// Reads a list of `One`, which is [`Text`] or an object.
struct ListVisitor<One, T>(PhantomData<(One, T)>);

/// What an element of a list is read as.
trait Element<T> {
    fn value(self) -> Option<T>;
    fn scalar(value: &dyn fmt::Display) -> Option<T>;
}

impl<T> Element<T> for Maybe<T> {
    fn value(self) -> Option<T> {
        self.0
    }

    fn scalar(_: &dyn fmt::Display) -> Option<T> {
        None
    }
}

impl Element<String> for Text {
    fn value(self) -> Option<String> {
        self.0
    }

    fn scalar(value: &dyn fmt::Display) -> Option<String> {
        Some(value.to_string())
    }
}

impl<One: Element<T>, T> ListVisitor<One, T> {
    fn scalar(self, value: &dyn fmt::Display) -> List<T> {
        List(One::scalar(value).into_iter().map(Some).collect())
    }

    fn nothing(self) -> List<T> {
        List::default()
    }
}

impl<'de, One: Element<T> + Deserialize<'de>, T> Visitor<'de> for ListVisitor<One, T> {
    type Value = List<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    scalars!(visit_bool bool, visit_i64 i64, visit_u64 u64, visit_f64 f64, visit_str &str);

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<List<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(one) = seq.next_element::<One>()? {
            list.push(one.value());
        }
        Ok(List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<List<T>, A::Error> {
        One::deserialize(MapAccessDeserializer::new(map)).map(|one| List(vec![one.value()]))
    }
}

/// A list of objects.
pub(super) fn objects<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<List<T>, D::Error> {
    from.deserialize_any(ListVisitor::<Maybe<T>, T>(PhantomData))
}

/// A list of texts.
pub(super) fn texts<'de, D: Deserializer<'de>>(from: D) -> Result<List<String>, D::Error> {
    from.deserialize_any(ListVisitor::<Text, String>(PhantomData))
}

/// Gives the objects of a text one by one, each with its JSON pointer: those in a list, those in one under one of
/// `within`, or the text as a whole. Where the text breaks off, what came before was given.
pub(super) fn each<T: DeserializeOwned>(
    bytes: &[u8],
    within: &[&str],
    take: &mut dyn FnMut(String, T),
) -> Result<(), serde_json::Error> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut json = serde_json::Deserializer::from_slice(bytes);
    Each { pointer: String::new(), within, take, sort: PhantomData }.deserialize(&mut json)?;
    json.end()
}

struct Each<'a, T> {
    pointer: String,
    within: &'a [&'a str],
    take: &'a mut dyn FnMut(String, T),
    sort: PhantomData<T>,
}

impl<'de, T: DeserializeOwned> DeserializeSeed<'de> for Each<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<T> Each<'_, T> {
    fn scalar(self, _: &dyn fmt::Display) {}

    fn nothing(self) {}
}

impl<'de, T: DeserializeOwned> Visitor<'de> for Each<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    scalars!(visit_bool bool, visit_i64 i64, visit_u64 u64, visit_f64 f64, visit_str &str);

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let mut place = 0u64;
        while let Some(Maybe(one)) = seq.next_element::<Maybe<T>>()? {
            if let Some(one) = one {
                (self.take)(format!("{}/{place}", self.pointer), one);
            }
            place += 1;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { pointer, within, take, .. } = self;
        let mut rest = serde_json::Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if within.contains(&key.as_str()) {
                let pointer = format!("{pointer}/{key}");
                map.next_value_seed(Each { pointer, within, take: &mut *take, sort: PhantomData::<T> })?;
            } else {
                rest.insert(key, map.next_value()?);
            }
        }
        if let Ok(whole) = T::deserialize(serde_json::Value::Object(rest)) {
            take(pointer, whole);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Thing {
        name: Text,
        #[serde(deserialize_with = "texts")]
        labels: List<String>,
    }

    fn names(json: &str) -> (String, bool) {
        let mut found = Vec::new();
        let whole = each(json.as_bytes(), &["objects"], &mut |pointer, thing: Thing| {
            let labels: Vec<String> = thing.labels.all().map(|(_, label)| label).collect();
            found.push(format!("{pointer}={}{}", thing.name.as_str(), labels.concat()));
        });
        (found.join(" "), whole.is_ok())
    }

    #[test]
    fn objects_are_found_in_every_shape() {
        assert_eq!(names(r#"[{"name":"a"},3,{"name":"b"}]"#), ("/0=a /2=b".into(), true));
        assert_eq!(names(r#"{"objects":[{"name":1,"labels":"x"}],"id":2}"#), ("/objects/0=1x =".into(), true));
        assert_eq!(names(r#"{"name":"a","labels":["x",2,null,{}]}"#), ("=ax2".into(), true));
        assert_eq!(names(r#"{"name":["a"]}"#), ("=".into(), true));
        assert_eq!(names("7"), (String::new(), true));
    }

    #[test]
    fn what_came_before_a_break_is_given() {
        assert_eq!(names(r#"[{"name":"a"},{"name":"b"},{"na"#), ("/0=a /1=b".into(), false));
        assert_eq!(names(r#"{"objects":[{"name":"a"}], oops"#), ("/objects/0=a".into(), false));
    }
}
