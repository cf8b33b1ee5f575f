//! Articles that were nearly flagged.

use serde::{Deserialize, Serialize};

use crate::model::{ArticleId, Evidence, FeedId, Language, MatchId, Score, Timestamp};

/// An article that was nearly flagged: kept small, so that a person can look and rescue it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NearMiss {
    /// The match that it would be.
    pub id: MatchId,
    /// The topic's name.
    pub topic: String,
    /// The article that it would become.
    pub article: ArticleId,
    /// The feed that brought it.
    pub feed: FeedId,
    /// Where to read it.
    pub url: Option<String>,
    /// Its title.
    pub title: String,
    /// The start of its summary and text; with the title at most [`NearMiss::TEXT_BYTES_MAX`].
    pub text: String,
    /// Its language.
    pub language: Language,
    /// How sure we are.
    pub score: Score,
    /// What speaks for it, strongest first; at most [`NearMiss::EVIDENCE_MAX`].
    pub evidence: Vec<Evidence>,
    /// Why it was not flagged: one plain sentence.
    pub why_not: String,
    /// When it was published.
    pub published: Timestamp,
    /// When we saw it.
    pub created: Timestamp,
    /// The outcome of a person's look; none so far.
    pub review: Option<crate::model::Review>,
}

impl NearMiss {
    /// Enough to decide by.
    pub const TEXT_BYTES_MAX: usize = 4096;

    /// The strongest reasons are enough.
    pub const EVIDENCE_MAX: usize = 8;
}
