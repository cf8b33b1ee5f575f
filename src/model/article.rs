//! An entry as we keep it.

use serde::{Deserialize, Serialize};

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
}
