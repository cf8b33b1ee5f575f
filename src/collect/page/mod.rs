//! Finds the article in a web page, or says what stands in its place.
//!
//! Invariant: no page ends the process, and none costs more than the limits of `html` allow.

mod about;
mod claims;
mod phrases;
mod reader;
mod stub;

use std::panic::{AssertUnwindSafe, catch_unwind};

use trafilatura::{Options, extract};
use url::Url;

use self::about::says_some_of;
use self::claims::Claims;
use super::html::Dom;
use crate::model::{Language, Timestamp};
use crate::understand::text::plain;

pub use self::reader::PageReader;
pub use self::stub::Stub;

/// What a web page tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The article's title.
    pub title: String,
    /// Its text without navigation, comments and advertising; empty if there is a stub.
    pub text: String,
    /// The language that the page declares.
    pub language: Option<Language>,
    /// When it was published by its own word; midnight UTC where it names the day only.
    pub published: Option<Timestamp>,
    /// The page's own name for its address, on the same site; never the site's home page or a
    /// section's. Templates can name one address on many pages: alone it proves nothing.
    pub canonical: Option<Url>,
    /// Who publishes it.
    pub outlet: Option<String>,
    /// What stands in place of the article.
    pub stub: Option<Stub>,
}

impl Page {
    /// The text, if it is that of the entry with this title and summary, all without markup.
    ///
    /// # Errors
    /// The page holds something else: a stub, less than the feed itself, or a text without a
    /// word of the title.
    pub fn text_of_entry(&self, title: &str, summary: &str) -> Result<&str, Stub> {
        if let Some(stub) = self.stub {
            return Err(stub);
        }
        let is_more = stub::length(summary) <= stub::length(&self.text);
        let is_same = says_some_of(&format!("{} {}", self.title, self.text), title);
        if is_more && is_same { Ok(&self.text) } else { Err(Stub::NotAnArticle) }
    }
}

/// The article in `html`, which came from `url`.
///
/// May take a second, so it belongs into `spawn_blocking`; [`PageReader`] does that. A page
/// without an article says what it is instead.
pub fn article(html: &str, url: Option<&Url>) -> Page {
    let Ok(dom) = Dom::read(html) else {
        return Page { stub: Some(Stub::Unreadable), ..Page::default() };
    };
    let claims = Claims::of(&dom, url);
    let (title, text, day) = extracted(html, url).unwrap_or_default();
    let stub = stub::of(&dom, &claims, &text, url);
    Page {
        title: if title.is_empty() { claims.title } else { title },
        text: if stub.is_some() { String::new() } else { text },
        language: claims.language,
        published: claims.published.or(day),
        canonical: claims.canonical,
        outlet: claims.outlet,
        stub,
    }
}

/// Title, text and day.
fn extracted(html: &str, url: Option<&Url>) -> Option<(String, String, Option<Timestamp>)> {
    let mut options = Options::default().with_fallback(true);
    options.original_url = url.cloned();
    let found = catch_unwind(AssertUnwindSafe(|| extract(html, &options))).ok()?.ok()?;
    let day = found.metadata.date.and_then(|date| format!("{date}T00:00:00Z").parse().ok());
    let title = found.metadata.title.trim().to_owned();
    // Its markup, because its text has no lines.
    Some((title, plain(&found.content_html), day))
}
