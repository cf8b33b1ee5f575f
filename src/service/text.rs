//! Turns what a feed gave into what we judge and keep.

use crate::model::{Article, ArticleId, Entry, Feed, Language, Side, Timestamp};
use crate::understand::{Text, text};

/// Longer titles are cut: the longest real ones have some 300 characters.
const TITLE_CHARACTERS_MAX: usize = 1_000;

/// Longer summaries are cut.
const SUMMARY_CHARACTERS_MAX: usize = 5_000;

/// Longer texts are cut: 50,000 characters are a long magazine article.
const BODY_CHARACTERS_MAX: usize = 50_000;

/// An entry's words without markup.
pub(super) struct Words {
    pub(super) title: String,
    pub(super) summary: String,
    pub(super) body: String,
    /// What the entry or its feed says of its language.
    pub(super) declared: Option<Language>,
}

impl Words {
    /// Bytes of all words.
    pub(super) fn len(&self) -> usize {
        self.title.len() + self.summary.len() + self.body.len()
    }

    /// The words of `entry`. A content that only repeats the summary is left out.
    pub(super) fn of(entry: &Entry) -> Self {
        let summary = plain(&entry.summary, SUMMARY_CHARACTERS_MAX);
        let body = plain(&entry.content, BODY_CHARACTERS_MAX);
        Self {
            title: plain(&entry.title, TITLE_CHARACTERS_MAX),
            body: if body == summary { String::new() } else { body },
            summary,
            declared: entry.language,
        }
    }

    /// The words as the judge reads them; `home` is where the feed says that the outlet is at
    /// home, `link` where it published them.
    pub(super) fn judged<'a>(&'a self, home: Side, link: Option<&'a str>) -> Text<'a> {
        Text {
            title: &self.title,
            summary: &self.summary,
            body: &self.body,
            language: self.declared,
            home,
            link: link.unwrap_or_default(),
        }
    }

    /// The words as an article to keep.
    pub(super) fn into_article(
        self,
        entry: &Entry,
        id: ArticleId,
        feed: &Feed,
        language: Language,
        now: Timestamp,
    ) -> Article {
        Article {
            id,
            feed: feed.id,
            url: entry.link.clone(),
            title: self.title,
            summary: self.summary,
            body: self.body,
            language,
            // A date in the future is a mistake (zone-less times, the year 3000).
            published: entry.published.map_or(now, |published| published.min(now)),
            first_seen: now,
            stated: entry.published,
            page: None,
            text_dropped: None,
            hash: None,
        }
    }
}

/// The words of an article whose text was read from its page.
pub(super) fn judged(article: &Article, declared: Option<Language>, home: Side) -> Text<'_> {
    Text {
        title: &article.title,
        summary: &article.summary,
        body: &article.body,
        language: declared,
        home,
        link: article.url.as_deref().unwrap_or_default(),
    }
}

/// `text` cut to the longest body.
pub(super) fn body(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(BODY_CHARACTERS_MAX) {
        text.truncate(end);
    }
    text
}

fn plain(markup: &str, characters_max: usize) -> String {
    let mut plain = text::plain(markup);
    if let Some((end, _)) = plain.char_indices().nth(characters_max) {
        plain.truncate(end);
    }
    plain
}
