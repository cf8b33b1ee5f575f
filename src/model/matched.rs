//! An article that we flag.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::model::{
    ArticleId, Aspect, Evidence, FeedId, Figure, Kinship, Language, MatchId, Review, Score, Side,
    StoryId, Timestamp,
};

/// An article that we flag, under one topic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Match {
    /// Topic and article.
    pub id: MatchId,
    /// The topic's name, `japan-azerbaijan`.
    pub topic: String,
    /// What is flagged.
    pub article: ArticleId,
    /// The feed that brought it.
    pub feed: FeedId,
    /// From where that feed speaks; none in matches that were stored before this was kept.
    #[serde(default)]
    pub home: Option<Side>,
    /// The event it reports.
    pub story: StoryId,
    /// Why it belongs there; none if it opened the story, or a person put it there.
    #[serde(default)]
    pub link: Option<StoryLink>,
    /// Who put it there, if a person did; no machine moves a match.
    #[serde(default)]
    pub placed: Option<Placed>,
    /// How sure we are.
    pub score: Score,
    /// Language of the text.
    pub language: Language,
    /// What it is about.
    pub aspects: Vec<Aspect>,
    /// Amounts in it.
    pub figures: Vec<Figure>,
    /// Why, strongest first.
    pub evidence: Vec<Evidence>,
    /// Hash of lexicon, topic, weights and thresholds that judged it.
    pub basis: u64,
    /// When we flagged it.
    pub created: Timestamp,
    /// Why nobody was told; none when deliveries were made.
    pub silence: Option<Silence>,
    /// What a person said of it.
    #[serde(default)]
    pub review: Option<Review>,
}

/// Why a match belongs to its story.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StoryLink {
    /// The match of the story that is most alike.
    pub nearest: MatchId,
    /// How it relates to that one.
    pub kinship: Kinship,
    /// What they share, for people; at most [`StoryLink::WHY_CHARACTERS_MAX`] characters.
    pub why: String,
}

impl StoryLink {
    /// A reason is a line.
    pub const WHY_CHARACTERS_MAX: usize = 200;
}

/// Who put a match into its story.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Placed {
    /// A token's name, or `loopback`.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

impl Placed {
    /// `anna, 2026-11-26T05:12:00Z`.
    pub fn in_words(&self) -> String {
        format!("{}, {}", self.by, self.at)
    }
}

/// Why a match was committed without a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Silence {
    /// It stood in the first document of a new feed and is old or undated.
    Baseline,
    /// No route leads to a receiver.
    NoRoute,
    /// Its story was announced before.
    StoryKnown,
    /// A person rescued it from the near misses and did not ask for an alert.
    Rescued,
    /// A mute drops what it would have told.
    Muted,
    /// It is told in a digest only.
    Digest,
    /// It is older than its feed's gap that was filled.
    Backfill,
}

impl Silence {
    /// The reason in plain words.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Baseline => "it was old when its feed was first read",
            Self::NoRoute => "no route leads to a receiver",
            Self::Rescued => "a person rescued it from the near misses",
            Self::StoryKnown => "its story was told before",
            Self::Muted => "a mute dropped its alert",
            Self::Digest => "it is told in a digest only",
            Self::Backfill => "it came late, with older entries of its feed",
        }
    }
}
