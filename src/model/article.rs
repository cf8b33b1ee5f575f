//! An entry as we keep it.

use std::fmt::Write;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::model::{ArticleId, FeedId, Language, Timestamp};

/// An entry as we keep it: plain text, known language, sane dates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Article {
    /// Hash of its identity.
    pub id: ArticleId,
    /// The feed that brought it first.
    pub feed: FeedId,
    /// Address for people to open.
    pub url: Option<String>,
    /// Title without markup.
    pub title: String,
    /// Summary without markup.
    pub summary: String,
    /// Full text without markup; empty when the feed carries none.
    pub body: String,
    /// Language of the text.
    pub language: Language,
    /// Publication by the publisher's word, never later than `first_seen`; else `first_seen`.
    pub published: Timestamp,
    /// When we first saw it.
    pub first_seen: Timestamp,
    /// The publisher's own word on when it was published, even if that cannot be true.
    #[serde(default)]
    pub stated: Option<Timestamp>,
    /// Where its text comes from, if not from the feed.
    #[serde(default)]
    pub page: Option<PageSource>,
    /// When summary and body were dropped because they were old; none: they were not.
    #[serde(default)]
    pub text_dropped: Option<Timestamp>,
    /// What [`Self::text_hash`] was before; none: it follows from the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
}

impl Article {
    /// SHA-256, in hexadecimal, of the text that was judged: that of the page, else title, summary
    /// and body as the feed has them, a line each.
    pub fn text_hash(&self) -> String {
        let page = self.page.as_ref().map(|page| page.hash.clone());
        page.or_else(|| self.hash.clone()).unwrap_or_else(|| {
            PageSource::hash_of(&[self.title.as_str(), &self.summary, &self.body].join("\n"))
        })
    }

    /// Hashes by which the article is known again at another address: of the letters of its title,
    /// and of the text of its page.
    pub fn prints(&self) -> Vec<String> {
        let letters: String = letters(&self.title).collect();
        let title = (!letters.is_empty()).then(|| PageSource::hash_of(&letters));
        title.into_iter().chain(self.page.as_ref().map(|page| page.hash.clone())).collect()
    }

    /// The article without summary and body, which were dropped `at` that time.
    #[must_use]
    pub fn without_text(self, at: Timestamp) -> Self {
        let hash = Some(self.text_hash());
        let text_dropped = self.text_dropped.or(Some(at));
        Self { summary: String::new(), body: String::new(), text_dropped, hash, ..self }
    }
}

/// The letters and digits of a title, small.
pub fn letters(title: &str) -> impl Iterator<Item = char> {
    title.chars().filter(|it| it.is_alphanumeric()).flat_map(char::to_lowercase)
}

/// Where an article's text was taken from, for whoever must show it later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PageSource {
    /// How the text was found in the page.
    pub extraction: Extraction,
    /// The page's address, behind all redirects.
    pub url: String,
    /// The page's own name for its address.
    pub canonical: Option<String>,
    /// Who publishes it by the page's word.
    pub outlet: Option<String>,
    /// When it was fetched.
    pub fetched: Timestamp,
    /// The HTTP status.
    pub status: u16,
    /// SHA-256 of the text in UTF-8, in hexadecimal.
    pub hash: String,
}

impl PageSource {
    /// What [`Self::hash`] is for `text`.
    pub fn hash_of(text: &str) -> String {
        let hex = |mut hex: String, byte: &u8| {
            write!(hex, "{byte:02x}").expect("a String takes everything");
            hex
        };
        Sha256::digest(text).iter().fold(String::new(), hex)
    }
}

/// How a text was found in a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Extraction {
    /// By trafilatura, its fall-backs included.
    Trafilatura,
}
