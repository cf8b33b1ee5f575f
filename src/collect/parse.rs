//! Reads a repaired feed with feed-rs and takes from it what we keep.
//!
//! Invariant: the parser is new for each document: it stays damaged after an error.
//! Invariant: a panic in the parser is the document's error, not ours.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use chrono::{DateTime, Utc};
use feed_rs::model::{Entry as ParsedEntry, Feed as ParsedFeed, Link, Text};
use feed_rs::parser::{Builder, ParseFeedError};
use url::Url;

use super::{FeedDocument, ReadError, dates};
use crate::model::{Entry, Language, Timestamp};

/// Longer ids and addresses are attacks or mistakes; browsers and servers stop at less.
const ADDRESS_BYTES_MAX: usize = 8_000;

/// The feed in `text`, which `repair` or `json::repair` wrote; relative links are based on `base`.
pub(super) fn parse(text: &str, base: Option<&Url>) -> Result<FeedDocument, ReadError> {
    let parsed = catch_unwind(AssertUnwindSafe(|| parse_bare(text, base)));
    match parsed {
        Ok(Ok(feed)) => Ok(document(feed)),
        Ok(Err(error)) => Err(ReadError::Broken { reason: error.to_string() }),
        Err(_) => Err(ReadError::Broken { reason: "the parser gave up".to_owned() }),
    }
}

fn parse_bare(text: &str, base: Option<&Url>) -> Result<ParsedFeed, ParseFeedError> {
    let parser = Builder::new()
        .base_uri(base.map(Url::as_str))
        // Without a sentinel, entries without an id would get a new random one each time.
        .id_generator(|_, _, _| String::new())
        .timestamp_parser(|text| chrono_time(dates::parse(text)?))
        .build();
    parser.parse(text.as_bytes())
}

fn chrono_time(time: Timestamp) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(time.unix_ms())
}

fn document(feed: ParsedFeed) -> FeedDocument {
    let language = feed.language.and_then(|tag| Language::of_tag(tag.trim()).ok());
    FeedDocument {
        title: feed.title.map(|title| title.content.trim().to_owned()),
        language,
        hint: feed.ttl.filter(|ttl| 0 < *ttl).map(|ttl| Duration::from_mins(u64::from(ttl))),
        entries: feed.entries.into_iter().map(|entry| convert(entry, language)).collect(),
        ..FeedDocument::default()
    }
}

fn convert(entry: ParsedEntry, feed_language: Option<Language>) -> Entry {
    let text = |text: Option<Text>| text.map(|text| text.content).unwrap_or_default();
    let guid = Some(entry.id.trim()).filter(|id| !id.is_empty() && id.len() <= ADDRESS_BYTES_MAX);
    let language = entry.language.and_then(|tag| Language::of_tag(tag.trim()).ok());
    Entry {
        link: link(&entry.links).or_else(|| guid.and_then(web_address)),
        guid: guid.map(str::to_owned),
        title: text(entry.title).trim().to_owned(),
        summary: text(entry.summary),
        content: entry.content.and_then(|content| content.body).unwrap_or_default(),
        published: entry.published.or(entry.updated).and_then(our_time),
        language: language.or(feed_language),
    }
}

/// The article among the links: RSS has no relations, Atom's is the alternate.
fn link(links: &[Link]) -> Option<String> {
    let is_article =
        |link: &&Link| link.rel.as_deref().is_none_or(|rel| rel.eq_ignore_ascii_case("alternate"));
    links.iter().filter(is_article).find_map(|link| web_address(&link.href))
}

fn web_address(text: &str) -> Option<String> {
    let text = Some(text.trim()).filter(|text| text.len() <= ADDRESS_BYTES_MAX)?;
    let url = Url::parse(text).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.into())
}

fn our_time(time: DateTime<Utc>) -> Option<Timestamp> {
    Timestamp::from_unix_ms(time.timestamp_millis()).ok()
}
