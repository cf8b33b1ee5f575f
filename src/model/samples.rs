//! The least that is an article, and a match of it, for tests that look at something else.

use crate::model::{
    Article, ArticleId, FeedId, Language, Match, MatchId, Score, StoryId, Timestamp,
};

/// Article `number`, seen at `at`.
pub(crate) fn article(number: u8, at: Timestamp) -> Article {
    Article {
        id: ArticleId::from_be_bytes([number; 8]),
        feed: FeedId::of_url(""),
        url: None,
        title: "Title".to_owned(),
        summary: String::new(),
        body: "Text".to_owned(),
        language: Language::UNKNOWN,
        published: at,
        first_seen: at,
        stated: None,
        page: None,
        text_dropped: None,
        hash: None,
    }
}

/// The match of `article`, alone in its story.
pub(crate) fn matched(article: &Article) -> Match {
    let number = article.id.to_be_bytes();
    Match {
        id: MatchId::from_be_bytes(number),
        topic: String::new(),
        article: article.id,
        feed: article.feed,
        home: None,
        story: StoryId::from_be_bytes(number),
        link: None,
        placed: None,
        score: Score::new(0.5).unwrap(),
        language: article.language,
        aspects: Vec::new(),
        figures: Vec::new(),
        evidence: Vec::new(),
        basis: 0,
        created: article.first_seen,
        silence: None,
        review: None,
    }
}
