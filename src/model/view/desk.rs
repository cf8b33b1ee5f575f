//! What people at the desk see: near misses, tokens, tests of receivers.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::model::view::FeedView;
use crate::model::{
    Evidence, Feed, Language, MatchId, NearMiss, Review, ReviewVerdict, Role, Score, StoryId,
    Timestamp, Token, Tombstone,
};

/// Part of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ListView<T> {
    /// The items.
    pub items: Vec<T>,
    /// What to ask for as `after` to see more; null at the end. Opaque.
    pub next: Option<String>,
}

/// An article that was nearly flagged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NearMissView {
    /// The match that it would be, or is once it was rescued.
    pub id: MatchId,
    /// Where to read it.
    pub url: Option<String>,
    /// Its title.
    pub title: String,
    /// The start of its text.
    pub text: String,
    /// Its language.
    pub language: Language,
    /// When it was published.
    pub published: Timestamp,
    /// When we saw it.
    pub created: Timestamp,
    /// How sure we are.
    pub score: Score,
    /// What speaks for it, strongest first.
    pub evidence: Vec<Evidence>,
    /// Why it was not flagged.
    pub why_not: String,
    /// Who brought it.
    pub feed: FeedView,
    /// What a person said of it; `relevant` means that it was rescued.
    pub verdict: Option<ReviewVerdict>,
    /// Who said so, when; null when nobody ever did.
    pub review: Option<Review>,
}

impl NearMissView {
    /// Puts together what is stored apart. `feed` is none when the feed was removed since.
    pub fn new(near_miss: &NearMiss, feed: Option<&Feed>) -> Self {
        Self {
            id: near_miss.id,
            url: near_miss.url.clone(),
            title: near_miss.title.clone(),
            text: near_miss.text.clone(),
            language: near_miss.language,
            published: near_miss.published,
            created: near_miss.created,
            score: near_miss.score,
            evidence: near_miss.evidence.clone(),
            why_not: near_miss.why_not.clone(),
            feed: FeedView::new(near_miss.feed, feed),
            verdict: near_miss.review.as_ref().and_then(|review| review.verdict),
            review: near_miss.review.clone(),
        }
    }
}

/// What an erasure came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErasedView {
    /// What is left of the article.
    #[serde(flatten)]
    pub tombstone: Tombstone,
    /// Whether it was there until now; else it was erased before.
    pub is_new: bool,
    /// What stands beside the store and may still hold it, because nothing is deleted there:
    /// damaged files that were kept, and copies of before an upgrade.
    pub kept_copies: Vec<String>,
}

/// A token without anything secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TokenView {
    /// Its name, unique.
    pub name: String,
    /// What its bearer may do.
    pub role: Role,
    /// When it was made.
    pub created: Timestamp,
    /// When it was revoked; null: it is good.
    pub revoked: Option<Timestamp>,
}

impl From<&Token> for TokenView {
    fn from(token: &Token) -> Self {
        let Token { name, role, created, revoked, .. } = token;
        Self { name: name.clone(), role: *role, created: *created, revoked: *revoked }
    }
}

/// A token just made: the only time that it is seen.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NewTokenView {
    /// What is kept of it.
    #[serde(flatten)]
    pub kept: TokenView,
    /// The token itself, for `Authorization: Bearer`.
    pub token: String,
}

/// How a test of a receiver went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReceiverTestView {
    /// Its name.
    pub receiver: String,
    /// Whether it took the alert.
    pub ok: bool,
    /// HTTP status, if an answer came.
    pub status: Option<u16>,
    /// How long it took.
    pub took_ms: u64,
    /// What went wrong; null when it was taken.
    pub error: Option<String>,
    /// The first bytes of the answer.
    pub answer: String,
    /// What the receiver can check: where the signature stands and with what it is made. Holds no
    /// secret.
    #[serde(default)]
    pub verification: String,
}

/// A rescued near miss belongs to a story from then on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NearMissReviewView {
    /// The near miss after the review.
    #[serde(flatten)]
    pub near_miss: NearMissView,
    /// The story that its match belongs to; null unless it was just rescued.
    pub story: Option<StoryId>,
}
