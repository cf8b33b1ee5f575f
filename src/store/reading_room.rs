//! What people and programs ask for and change: stories, near misses, reviews, the feed list,
//! tokens.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::model::{
    Feed, FeedId, MatchId, NearMiss, Review, ReviewVerdict, Story, Subject, Timestamp, Token,
};
use crate::store::{NearMissFilter, Page, PageRequest, StoreError, StoryFilter, Undone};

/// Verdicts, and the way back.
#[async_trait]
pub trait Reviews: Send + Sync {
    /// Changes the review of a match or a story; durable on return.
    ///
    /// A story's verdict goes to those of its matches that have no verdict of their own, marked
    /// inherited, and for 72 h to those that join it (`Articles::commit` applies that).
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if `expected` is not the present revision;
    /// [`StoreError::Unknown`] if there is no such match or story.
    async fn review(&self, change: ReviewChange) -> Result<Review, StoreError>;

    /// Takes back the last verdict or correction of `by` that was not taken back yet; repeatable,
    /// at least 50 steps. None if there is none. What somebody else changed since is passed over.
    ///
    /// Verdict, note, name and time are as before, under a new revision. Matches that a
    /// correction moved go back, but for those that somebody moved since.
    async fn undo(&self, by: &str, at: Timestamp) -> Result<Option<Undone>, StoreError>;

    /// Stories, last updated first.
    async fn stories(
        &self,
        filter: StoryFilter,
        page: PageRequest,
    ) -> Result<Page<Story>, StoreError>;

    /// How many stories have which verdict, and how much there is of everything else.
    async fn counts(&self) -> Result<Counts, StoreError>;
}

/// What a person wants to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewChange {
    /// Of what.
    pub subject: Subject,
    /// The verdict from now on; none takes it back. Outer none: it stays.
    pub verdict: Option<Option<ReviewVerdict>>,
    /// The note from now on; none removes it. Outer none: it stays.
    pub note: Option<Option<String>>,
    /// Who says so.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// The revision that this builds on (0: no review yet); none: whatever it is.
    pub expected: Option<u64>,
}

/// How much there is of everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Counts {
    /// Matches.
    pub matches: u64,
    /// Stories.
    pub stories: u64,
    /// Stories without a verdict.
    pub stories_open: u64,
    /// Stories judged relevant.
    pub stories_relevant: u64,
    /// Stories judged not relevant.
    pub stories_not_relevant: u64,
    /// Stories that somebody was unsure of.
    pub stories_unsure: u64,
    /// Near misses.
    pub near_misses: u64,
    /// Near misses that nobody has looked at.
    pub near_misses_open: u64,
    /// Deliveries to be tried.
    pub deliveries_pending: u64,
    /// Deliveries given up.
    pub deliveries_dead: u64,
    /// Bytes on disk; 0 for a store in memory.
    pub disk_bytes: u64,
}

/// Articles that were nearly flagged. At most [`NEAR_MISSES_MAX`] are kept, for
/// [`NEAR_MISS_DAYS_MAX`] days; `Articles::commit` drops the oldest.
#[async_trait]
pub trait NearMisses: Send + Sync {
    /// One near miss.
    async fn near_miss(&self, id: MatchId) -> Result<Option<NearMiss>, StoreError>;

    /// Near misses, newest `created` first.
    async fn near_misses(
        &self,
        filter: NearMissFilter,
        page: PageRequest,
    ) -> Result<Page<NearMiss>, StoreError>;

    /// Changes what a person says of a near miss; none takes it back. Rescued ones (`Relevant`)
    /// become matches by a commit of their own, which may bring the reviewed near miss along
    /// instead: then both happen or none.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] if there is no such near miss.
    async fn review_near_miss(
        &self,
        id: MatchId,
        review: Option<Review>,
    ) -> Result<NearMiss, StoreError>;

    /// Takes back a rescue: the match goes with its sketch and with those of its alerts
    /// (`match.created`) that are pending and not leased; its story shrinks or goes too; nobody has looked at the near
    /// miss. Returns the story as it is left; none if it went.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] if there is no near miss, or no match of it.
    async fn withdraw(&self, id: MatchId) -> Result<Option<Story>, StoreError>;
}

/// More near misses than anybody looks through.
pub const NEAR_MISSES_MAX: usize = 50_000;

/// Older near misses are dropped.
pub const NEAR_MISS_DAYS_MAX: u32 = 90;

/// The feed list beside the configuration: what commands added and hid.
#[async_trait]
pub trait FeedList: Send + Sync {
    /// All changes to the configured list.
    async fn feed_changes(&self) -> Result<Vec<FeedChange>, StoreError>;

    /// Adds or replaces the change of one feed; durable on return.
    async fn change_feed(&self, change: FeedChange) -> Result<(), StoreError>;
}

/// One change to the feed list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedChange {
    /// A feed that no file names.
    Added(Box<Feed>),
    /// A feed of a file that is watched no more.
    Removed(FeedId),
    /// A feed of a file that is listed, but not polled.
    Paused(FeedId),
    /// A feed of a file that is polled, although the file says that it is off.
    Resumed(FeedId),
    /// A feed that was added and is watched no more; a file that names it later is obeyed.
    Dropped(FeedId),
}

impl FeedChange {
    /// Which feed it is about.
    pub fn feed(&self) -> FeedId {
        match self {
            Self::Added(feed) => feed.id,
            Self::Removed(id) | Self::Paused(id) | Self::Resumed(id) | Self::Dropped(id) => *id,
        }
    }
}

/// Who may do what.
#[async_trait]
pub trait Tokens: Send + Sync {
    /// All tokens, revoked ones included, by name.
    async fn tokens(&self) -> Result<Vec<Token>, StoreError>;

    /// Stores a token under its name, in place of what was there; durable on return.
    async fn set_token(&self, token: Token) -> Result<(), StoreError>;
}
