//! From bytes to entries.

use std::time::Duration;

use url::Url;

use super::draft::Repaired;
use super::{decode, json, parse, repair, salvage};
use crate::model::{Entry, Language, QuietTimes, Timestamp};

/// What a feed says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FeedDocument {
    /// What it calls itself.
    pub title: Option<String>,
    /// The language it declares.
    pub language: Option<Language>,
    /// Its entries, in its order.
    pub entries: Vec<Entry>,
    /// How long it wants to be left alone: the longest of `ttl` and `sy:update…`, not capped.
    pub hint: Option<Duration>,
    /// When it wants to be left alone; all hours or all days of it are none.
    pub quiet: QuietTimes,
    /// The hub that tells of its changes (`rel=hub`).
    pub hub: Option<Url>,
    /// Its address by its own word (`rel=self`).
    pub own_address: Option<Url>,
    /// Where its older entries are (`rel=prev-archive` of RFC 5005, `next_url` of JSON Feed).
    pub previous: Option<Url>,
    /// Of a sitemap's index: the sitemaps in it.
    pub children: Vec<SitemapChild>,
    /// Whether it is broken so badly that only its items could be picked out.
    pub is_salvaged: bool,
}

/// A sitemap that another one names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SitemapChild {
    /// Where it is.
    pub url: Url,
    /// When it changed last, by the word of the one that names it.
    pub modified: Option<Timestamp>,
}

/// Why a document could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// There is no feed in it.
    #[error("not a feed")]
    NotAFeed,

    /// It is a page for people: an error page, a wall, or the wrong address.
    #[error("a web page instead of a feed")]
    WebPage,

    /// More entries than we take.
    #[error("more than {limit} entries")]
    TooManyEntries {
        /// What we take.
        limit: usize,
    },

    /// A feed, but broken beyond what we repair.
    #[error("broken feed: {reason}")]
    Broken {
        /// The parser's words.
        reason: String,
    },
}

/// Reads a feed's bytes: decodes, repairs and parses them.
///
/// `charset` is what HTTP said, `base` where relative links start. Takes up to a second for
/// the longest bodies, so it belongs into `spawn_blocking`.
///
/// # Errors
/// There is no feed in the bytes, or one that nobody could read.
pub fn read(
    bytes: &[u8],
    charset: Option<&str>,
    base: Option<&Url>,
) -> Result<FeedDocument, ReadError> {
    read_text(&decode(bytes, charset, base), base)
}

/// Reads a feed that is decoded already.
///
/// # Errors
/// As [`read()`].
pub fn read_text(text: &str, base: Option<&Url>) -> Result<FeedDocument, ReadError> {
    let text = text.trim_start_matches(|c: char| c == '\u{feff}' || c.is_whitespace());
    let repaired =
        if text.starts_with('{') { json::repair(text, base) } else { repair::repair(text, base) };
    let is_empty = repaired.as_ref().is_ok_and(|repaired| repaired.entries.n_entries == 0);
    let document = match repaired {
        Err(error @ (ReadError::WebPage | ReadError::TooManyEntries { .. })) => return Err(error),
        Err(error) => Err(error),
        Ok(repaired) => parsed(repaired, base),
    };
    match document {
        Ok(document) if !is_empty => Ok(document),
        other => salvage::salvage(text, base).map_or(other, Ok),
    }
}

fn parsed(repaired: Repaired, base: Option<&Url>) -> Result<FeedDocument, ReadError> {
    let Repaired { head, entries: written, base: own_base } = repaired;
    let mut entries = Vec::with_capacity(written.n_entries);
    for piece in written.pieces {
        entries.extend(parse::parse(&piece, own_base.as_deref(), base, head.language)?);
    }
    Ok(FeedDocument {
        entries,
        hint: head.hint(),
        quiet: head.quiet(),
        title: head.title,
        language: head.language,
        hub: head.hub,
        own_address: head.own_address,
        previous: head.previous,
        ..FeedDocument::default()
    })
}
