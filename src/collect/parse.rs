//! Reads a repaired feed with feed-rs and takes from it what we keep.
//!
//! Invariant: the parser is new for each document: it stays damaged after an error.
//! Invariant: a panic in the parser is the document's error, not ours.

use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono::{DateTime, Utc};
use feed_rs::model::{Entry as ParsedEntry, Feed as ParsedFeed, Text};
use feed_rs::parser::{Builder, ParseFeedError};
use url::Url;

use super::draft::{ADDRESS_BYTES_MAX, write_attribute};
use super::head::web_address;
use super::{ReadError, dates};
use crate::model::{Entry, Language, Timestamp};

/// The entries in `entries`, which [`super::draft`] wrote; relative links are based on `own_base`,
/// which is based on `base`. Those that do not say their language have that of the feed.
pub(super) fn parse(
    entries: &str,
    own_base: Option<&str>,
    base: Option<&Url>,
    language: Option<Language>,
) -> Result<Vec<Entry>, ReadError> {
    let parsed = catch_unwind(AssertUnwindSafe(|| parse_bare(entries, own_base, base)));
    match parsed {
        Ok(Ok(feed)) => {
            Ok(feed.entries.into_iter().map(|entry| convert(entry, base, language)).collect())
        }
        Ok(Err(error)) => Err(ReadError::Broken { reason: error.to_string() }),
        Err(_) => Err(ReadError::Broken { reason: "the parser gave up".to_owned() }),
    }
}

fn parse_bare(
    entries: &str,
    own_base: Option<&str>,
    base: Option<&Url>,
) -> Result<ParsedFeed, ParseFeedError> {
    let mut root = String::from("<feed xmlns=\"http://www.w3.org/2005/Atom\"");
    write_attribute(&mut root, "xml:base", own_base);
    root.push('>');
    let parser = Builder::new()
        .base_uri(base.map(Url::as_str))
        // Without a sentinel, entries without an id would get a new random one each time.
        .id_generator(|_, _, _| String::new())
        .timestamp_parser(|text| chrono_time(dates::parse(text)?))
        .build();
    parser.parse(root.as_bytes().chain(entries.as_bytes()).chain("</feed>".as_bytes()))
}

fn chrono_time(time: Timestamp) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(time.unix_ms())
}

fn convert(entry: ParsedEntry, base: Option<&Url>, language: Option<Language>) -> Entry {
    let text = |text: Option<Text>| text.map(|text| text.content).unwrap_or_default();
    let guid = Some(entry.id.trim()).filter(|id| !id.is_empty() && id.len() <= ADDRESS_BYTES_MAX);
    let mut languages =
        entry.categories.iter().filter(|it| it.scheme.as_deref() == Some("language"));
    let own_language = languages.next().and_then(|it| Language::of_tag(it.term.trim()).ok());
    let links = entry.links.iter().filter(|link| link.href.len() <= ADDRESS_BYTES_MAX);
    Entry {
        guid: guid.map(str::to_owned),
        link: links.filter_map(|link| web_address(&link.href, base)).map(String::from).next(),
        title: text(entry.title).trim().to_owned(),
        summary: text(entry.summary),
        content: entry.content.and_then(|content| content.body).unwrap_or_default(),
        published: entry.published.or(entry.updated).and_then(our_time),
        language: own_language.or(language),
    }
}

fn our_time(time: DateTime<Utc>) -> Option<Timestamp> {
    Timestamp::from_unix_ms(time.timestamp_millis()).ok()
}
