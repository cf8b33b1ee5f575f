//! Reads a JSON Feed so that one odd value does not cost the whole feed.
//!
//! A text that is a number becomes a text, one that is anything else is dropped, and a document
//! that is cut off gives the items before the cut.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use url::Url;

use super::ReadError;
use super::draft::{Draft, Repaired, Written, is_web_address};
use super::entities::push_legal;
use super::head::{Head, web_address};
use super::repair::{ENTRIES_MAX, LEAVES_MAX};
use super::vocabulary::Field;

/// The feed in `text`; its relative addresses start at `base` unless it names another one.
///
/// # Errors
/// It is no JSON, or no feed, or holds more entries than we take.
pub(super) fn repair(text: &str, base: Option<&Url>) -> Result<Repaired, ReadError> {
    let mut feed = Feed::default();
    let mut result = read(text, &mut feed);
    // Line ends within texts are not allowed, and usual.
    if result.is_err() && text.bytes().any(|byte| byte.is_ascii_control()) {
        feed = Feed::default();
        result = read(&text.replace(|c: char| c.is_ascii_control(), " "), &mut feed);
    }
    if let Err(error) = result
        && (!error.is_eof() || feed.entries.n_entries == 0)
    {
        return Err(ReadError::Broken { reason: error.to_string() });
    }
    if !feed.is_known {
        return Err(ReadError::NotAFeed);
    }
    if !feed.has_items {
        return Err(ReadError::Broken { reason: "it has no list of items".to_owned() });
    }
    if feed.has_more {
        return Err(ReadError::TooManyEntries { limit: ENTRIES_MAX });
    }
    let mut own = [feed.home_page, feed.own_address.clone()].into_iter().flatten();
    let own = own.find_map(|address| web_address(&address, base));
    feed.head.link("self", feed.own_address.as_deref().unwrap_or_default(), base);
    Ok(Repaired { head: feed.head, entries: feed.entries, base: own.map(String::from) })
}

fn read(text: &str, feed: &mut Feed) -> Result<(), serde_json::Error> {
    Any(feed).deserialize(&mut serde_json::Deserializer::from_str(text))
}

/// What a JSON Feed says, as far as it was read.
#[derive(Default)]
struct Feed {
    is_known: bool,
    has_items: bool,
    has_more: bool,
    home_page: Option<String>,
    own_address: Option<String>,
    head: Head,
    entries: Written,
}

/// Something that takes from JSON what suits it and drops the rest.
trait Takes<'de>: Sized {
    fn text(self, _: String) {}

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

impl<'de> Takes<'de> for &mut Feed {
    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        while let Some(key) = object.next_key::<String>()? {
            let mut text = None;
            match key.as_str() {
                "items" => object.next_value_seed(Any(Items(self)))?,
                "hubs" => object.next_value_seed(Any(Hubs(&mut self.head)))?,
                _ => object.next_value_seed(Any(&mut text))?,
            }
            let Some(text) = text else { continue };
            match key.as_str() {
                "version" => {
                    self.is_known = text.to_ascii_lowercase().contains("jsonfeed.org/version/");
                }
                "title" => self.head.text(Field::Title, &text),
                "language" => self.head.text(Field::Language, &text),
                "home_page_url" => self.home_page = Some(text),
                "feed_url" => self.own_address = Some(text),
                "next_url" => self.head.link("prev-archive", &text, None),
                _ => {}
            }
        }
        Ok(())
    }
}

struct Items<'f>(&'f mut Feed);

impl<'de> Takes<'de> for Items<'_> {
    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let feed = self.0;
        feed.has_items = true;
        let mut item = Item::default();
        while list.next_element_seed(Any(&mut item))?.is_some() {
            if !item.is_one {
                continue;
            }
            if feed.entries.n_entries == ENTRIES_MAX {
                feed.has_more = true;
                while list.next_element::<IgnoredAny>()?.is_some() {}
                break;
            }
            feed.entries.push(&std::mem::take(&mut item).draft);
        }
        Ok(())
    }
}

#[derive(Default)]
struct Item {
    /// Whether it is an object; lists hold other things by mistake.
    is_one: bool,
    draft: Draft<'static>,
}

impl<'de> Takes<'de> for &mut Item {
    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        self.is_one = true;
        while let Some(key) = object.next_key::<String>()? {
            let mut text = None;
            object.next_value_seed(Any(&mut text))?;
            let Some(mut text) = text else { continue };
            let (field, rank) = match key.as_str() {
                "id" => (Field::Id, 3),
                "url" => (Field::Link, 4),
                "external_url" => (Field::Link, 3),
                "title" => (Field::Title, 3),
                "content_html" => (Field::Content, 4),
                "content_text" => (Field::Content, 3),
                "summary" => (Field::Summary, 3),
                "date_published" => (Field::Published, 3),
                "date_modified" => (Field::Updated, 3),
                "language" => (Field::Language, 3),
                _ => continue,
            };
            if key == "content_text" {
                // Plain text where everything else has markup.
                text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            }
            if field == Field::Id && is_web_address(&text) {
                self.draft.take_link(2, text.clone(), None);
            }
            self.draft.take(field, rank, &mut text);
        }
        Ok(())
    }
}

struct Hubs<'h>(&'h mut Head);

impl<'de> Takes<'de> for Hubs<'_> {
    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        for _ in 0..LEAVES_MAX {
            if list.next_element_seed(Any(Hub(&mut *self.0)))?.is_none() {
                return Ok(());
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

struct Hub<'h>(&'h mut Head);

impl<'de> Takes<'de> for Hub<'_> {
    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        while let Some(key) = object.next_key::<String>()? {
            let mut text = None;
            object.next_value_seed(Any(&mut text))?;
            if let Some(text) = text.filter(|_| key == "url") {
                self.0.link("hub", &text, None);
            }
        }
        Ok(())
    }
}

impl Takes<'_> for &mut Option<String> {
    fn text(self, text: String) {
        *self = Some(text);
    }
}

/// Hands whatever comes to somebody who takes it.
struct Any<T>(T);

impl<'de, T: Takes<'de>> DeserializeSeed<'de> for Any<T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(AnyVisitor(self.0))
    }
}

struct AnyVisitor<T>(T);

impl<'de, T: Takes<'de>> Visitor<'de> for AnyVisitor<T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        let mut legal = String::with_capacity(text.len());
        push_legal(&mut legal, text);
        self.0.text(legal);
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.0.text(number.to_string());
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.0.text(number.to_string());
        Ok(())
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.0.text(number.to_string());
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        self.0.list(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<(), A::Error> {
        self.0.object(object)
    }
}
