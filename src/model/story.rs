//! Matches that report the same event.

use serde::{Deserialize, Serialize};

use crate::model::{Language, MatchId, Review, StoryId, Timestamp};

/// Matches that report the same event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Story {
    /// Named after its first match.
    pub id: StoryId,
    /// The topic's name.
    pub topic: String,
    /// Counts changes from 1; a commit says which one it builds on.
    pub revision: u64,
    /// The match that opened it.
    pub first_match: MatchId,
    /// Title of its first match.
    pub title: String,
    /// How many matches it holds.
    pub size: u32,
    /// Their languages, in order of arrival.
    pub languages: Vec<Language>,
    /// Earliest publication among them.
    pub first_published: Timestamp,
    /// When the last one joined.
    pub updated: Timestamp,
    /// Whether somebody was told; until then the next match tells.
    pub is_announced: bool,
    /// What a person said of it.
    #[serde(default)]
    pub review: Option<Review>,
}
