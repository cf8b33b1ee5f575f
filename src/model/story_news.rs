//! What there is to tell of a story.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What there is to tell of a story.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StoryNews {
    /// It is told for the first time.
    #[default]
    New,
    /// It was told and has changed.
    Updated,
}

impl StoryNews {
    /// Both.
    pub const ALL: [Self; 2] = [Self::New, Self::Updated];

    /// The word for outside.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Updated => "updated",
        }
    }
}

impl fmt::Display for StoryNews {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for StoryNews {
    type Err = StoryNewsError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|it| it.as_str() == text);
        found.ok_or_else(|| StoryNewsError { text: text.to_owned() })
    }
}

/// A text that names nothing to tell.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is neither new nor updated")]
pub struct StoryNewsError {
    text: String,
}
