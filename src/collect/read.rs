//! From bytes to entries.

use std::time::Duration;

use url::Url;

use super::{decode, json, parse, repair};
use crate::model::{Entry, Language};

/// What a feed says.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedDocument {
    /// What it calls itself.
    pub title: Option<String>,
    /// The language it declares.
    pub language: Option<Language>,
    /// Its entries, in its order.
    pub entries: Vec<Entry>,
    /// How long it wants to be left alone (`ttl`).
    pub hint: Option<Duration>,
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
    let repaired = if text.starts_with('{') { json::repair(text)? } else { repair::repair(text)? };
    parse::parse(&repaired, base)
}
