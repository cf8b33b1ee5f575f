//! What people say of matches and stories.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::model::{MatchId, StoryId, Timestamp};

/// What a person says of a match or a story.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReviewVerdict {
    /// It is about the topic.
    Relevant,
    /// It is not.
    NotRelevant,
    /// Somebody else should look.
    Unsure,
}

impl ReviewVerdict {
    /// The word for outside.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Relevant => "relevant",
            Self::NotRelevant => "not_relevant",
            Self::Unsure => "unsure",
        }
    }
}

impl fmt::Display for ReviewVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ReviewVerdict {
    type Err = ReviewVerdictError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "relevant" => Ok(Self::Relevant),
            "not_relevant" => Ok(Self::NotRelevant),
            "unsure" => Ok(Self::Unsure),
            _ => Err(ReviewVerdictError { text: text.to_owned() }),
        }
    }
}

/// A text that is no verdict.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is none of relevant, not_relevant, unsure")]
pub struct ReviewVerdictError {
    text: String,
}

/// How the review of a match or a story stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Review {
    /// None: taken back, or only a note.
    pub verdict: Option<ReviewVerdict>,
    /// At most [`Review::NOTE_CHARACTERS_MAX`] characters.
    pub note: Option<String>,
    /// Who said so last: a token's name, or `loopback`.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Counts changes from 1, so that two people do not overwrite each other unseen.
    pub revision: u64,
    /// The verdict is the story's, not the match's own.
    #[serde(default)]
    pub is_inherited: bool,
}

impl Review {
    /// A note is a remark, not an article.
    pub const NOTE_CHARACTERS_MAX: usize = 500;
}

/// What is reviewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// One match.
    Match(MatchId),
    /// A story with all its matches.
    Story(StoryId),
}
