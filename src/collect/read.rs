//! From bytes to entries.

use std::time::Duration;

use url::Url;

use super::draft::Repaired;
use super::{SelectedError, decode, json, parse, repair, salvage, sitemap};
use crate::model::{Entry, Language, QuietTimes, Timestamp, Trouble};

/// Names of elements, prefix included, are short.
const NAME_BYTES_MAX: usize = 64;

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

    /// The same, and it names feeds.
    #[error("a web page instead of a feed; it names {}", listed(urls))]
    PageWithFeeds {
        /// Their addresses.
        urls: Vec<Url>,
    },

    /// A page in which selectors find nothing.
    #[error(transparent)]
    Selected(#[from] SelectedError),

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

impl ReadError {
    /// What kind of trouble it is.
    pub fn trouble(&self) -> Trouble {
        match self {
            Self::NotAFeed => Trouble::NotAFeed,
            Self::WebPage | Self::PageWithFeeds { .. } => Trouble::WebPage,
            Self::Selected(_) => Trouble::Selectors,
            Self::TooManyEntries { .. } => Trouble::TooLong,
            Self::Broken { .. } => Trouble::Unreadable,
        }
    }
}

fn listed(urls: &[Url]) -> String {
    urls.iter().map(Url::as_str).collect::<Vec<_>>().join(", ")
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
    // A sitemap has none of the roots that a feed may have.
    if let Err(ReadError::NotAFeed) = repaired
        && let Ok(document) = sitemap::read(text)
    {
        // Addresses alone are no articles.
        let is_empty = document.entries.is_empty() && document.children.is_empty();
        let is_other = is_empty && has_element(text, &["url", "sitemap"]);
        return if is_other { Err(ReadError::NotAFeed) } else { Ok(document) };
    }
    let is_empty = repaired.as_ref().is_ok_and(|repaired| repaired.entries.n_entries == 0);
    let document = match repaired {
        Err(error @ (ReadError::WebPage | ReadError::TooManyEntries { .. })) => return Err(error),
        Err(error) => Err(error),
        Ok(repaired) => parsed(repaired, base),
    };
    match document {
        Ok(document) if !is_empty => Ok(document),
        other => match (salvage::salvage(text, base), other) {
            (Some(salvaged), _) => Ok(salvaged),
            (None, Ok(_)) if is_cut(text) => {
                Err(ReadError::Broken { reason: "it ends before its first entry does".to_owned() })
            }
            (None, other) => other,
        },
    }
}

/// Whether a document without entries is not one that has none: it began with one, or its end is
/// missing. Taken for empty, its validators would hide what it holds.
fn is_cut(text: &str) -> bool {
    if text.starts_with('{') {
        return false;
    }
    let is_closed = match text.rfind("</") {
        Some(at) => is_named(&text[at + 2..], &["rss", "rdf", "feed", "channel"]),
        None => text.trim_end().ends_with("/>"),
    };
    !is_closed || has_element(text, &["item", "entry"])
}

/// Whether a tag with one of these local names starts anywhere.
fn has_element(text: &str, names: &[&str]) -> bool {
    text.match_indices('<').any(|(at, _)| is_named(&text[at + 1..], names))
}

/// Whether a tag's text begins with one of these local names, behind any prefix.
fn is_named(tag: &str, names: &[&str]) -> bool {
    // Longer names are none of ours.
    let start = &tag[..tag.floor_char_boundary(NAME_BYTES_MAX)];
    let end = start.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/' | '<'));
    let name = &start[..end.unwrap_or(start.len())];
    let local = name.rsplit(':').next().unwrap_or_default();
    names.iter().any(|wanted| local.eq_ignore_ascii_case(wanted))
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
