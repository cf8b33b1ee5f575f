//! Writes a JSON Feed anew, so that one odd value does not cost the whole feed.
//!
//! Only what we read is kept: a text that is a number becomes a text, one that is anything else
//! is dropped.

use std::fmt;

use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::ReadError;
use super::entities::is_legal;

/// As for XML.
const ITEMS_MAX: usize = 20_000;

/// The version that the parser knows; all others of its kind differ in nothing we read.
const VERSION: &str = "https://jsonfeed.org/version/1.1";

/// The feed in `text`, fit for the parser.
///
/// # Errors
/// It is no JSON, or no feed.
pub(super) fn repair(text: &str) -> Result<String, ReadError> {
    let feed: Feed = serde_json::from_str(text)
        .map_err(|error| ReadError::Broken { reason: error.to_string() })?;
    let version = feed.version.0.as_deref().unwrap_or_default();
    if !version.contains("jsonfeed.org/version/") {
        return Err(ReadError::NotAFeed);
    }
    let feed = Feed {
        version: Text(Some(VERSION.to_owned())),
        title: Text(Some(feed.title.0.unwrap_or_default())),
        ..feed
    };
    serde_json::to_string(&feed).map_err(|error| ReadError::Broken { reason: error.to_string() })
}

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct Feed {
    version: Text,
    title: Text,
    language: Text,
    items: Items,
}

#[derive(Default, Serialize)]
struct Items(Vec<Item>);

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct Item {
    id: Text,
    url: Text,
    external_url: Text,
    title: Text,
    content_html: Text,
    content_text: Text,
    summary: Text,
    date_published: Text,
    date_modified: Text,
}

impl<'de> Deserialize<'de> for Items {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bounded;
        impl<'de> Visitor<'de> for Bounded {
            type Value = Items;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of items")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Items, A::Error> {
                let mut kept = Vec::new();
                while let Some(item) = items.next_element()? {
                    if kept.len() == ITEMS_MAX {
                        return Err(A::Error::custom(format_args!("over {ITEMS_MAX} items")));
                    }
                    kept.push(item);
                }
                Ok(Items(kept))
            }
        }
        deserializer.deserialize_seq(Bounded)
    }
}

/// A text, if it is one.
#[derive(Default, Serialize)]
struct Text(Option<String>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Lenient;
        impl<'de> Visitor<'de> for Lenient {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }

            fn visit_str<E>(self, text: &str) -> Result<Text, E> {
                Ok(Text(Some(text.chars().filter(|it| is_legal(*it)).collect())))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Text, E> {
                Ok(Text(Some(number.to_string())))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Text, E> {
                Ok(Text(Some(number.to_string())))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Text, E> {
                Ok(Text(Some(number.to_string())))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Text, E> {
                Ok(Text(None))
            }

            fn visit_unit<E>(self) -> Result<Text, E> {
                Ok(Text(None))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Text, A::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Text(None))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Text, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Text(None))
            }
        }
        deserializer.deserialize_any(Lenient)
    }
}
