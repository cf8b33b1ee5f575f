//! What is left of an article that a person erased.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[cfg(doc)]
use crate::model::Article;
use crate::model::{ArticleId, MatchId, StoryId, Timestamp};

/// What is left of an article that a person erased: nothing that it said.
///
/// As long as it stands, the article does not come back, whatever feeds carry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Tombstone {
    /// The article.
    pub article: ArticleId,
    /// The matches and near misses that it was.
    pub matches: Vec<MatchId>,
    /// The stories that it was in.
    pub stories: Vec<StoryId>,
    /// When it was erased.
    pub at: Timestamp,
    /// Who erased it: a token's name, `loopback` or `local`.
    pub by: String,
    /// Hashes of its title and text, by which it is known again at another address
    /// ([`Article::prints`]).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prints: Vec<String>,
    /// Why; at most [`Tombstone::REASON_CHARACTERS_MAX`] characters.
    pub reason: String,
}

impl Tombstone {
    /// A reason is a sentence.
    pub const REASON_CHARACTERS_MAX: usize = 500;

    /// `erased by anna, 2026-11-26T05:12:00Z: a wish of the author`.
    pub fn in_words(&self) -> String {
        format!("erased by {}, {}: {}", self.by, self.at, self.reason)
    }
}
