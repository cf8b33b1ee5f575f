//! One item as the feed gave it.

use crate::model::{Language, Timestamp};

/// One item as the feed gave it: nothing cleaned but the encoding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The publisher's own id, if there was one.
    pub guid: Option<String>,
    /// Absolute address of the article.
    pub link: Option<String>,
    /// Title; may hold markup.
    pub title: String,
    /// Summary or description; may hold markup.
    pub summary: String,
    /// Full content where the feed carries it; may hold markup.
    pub content: String,
    /// When it was published, or else updated, by its own word.
    pub published: Option<Timestamp>,
    /// The language the entry or its feed declares.
    pub language: Option<Language>,
}
