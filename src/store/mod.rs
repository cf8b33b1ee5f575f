//! Keeps everything: what was seen, what matched, what must still be told.
//!
//! The traits speak silkwire's nouns, not bytes, so that any engine can follow: plain
//! values in, owned pages out, conditions as data; no closures, no borrowed iterators.
//! One struct implements them all; callers ask for the trait that they need.
//!
//! Invariant: what [`Articles::commit`] acknowledged survives a kill and a power cut.
//! Invariant: a match is committed with its deliveries or with the reason why there are none.
//! Invariant: a feed's validators are never stored before its entries are.

mod commit;
mod error;
mod config;
mod query;
mod reading_room;
mod correction;
mod paging;
mod sketchbook;
mod catalog;
mod inheritance;
mod reviewing;
mod regrouping;
mod withdrawal;
mod outbox;
mod mutes;
mod erasure;
mod erasing;
mod ownership;
mod changes;
mod opening;
mod journal;
mod search;
mod backup;
mod verify;
mod upkeep;
mod disk;
mod memory;

pub use backup::{Backup, BackupReport};
pub use changes::{ChangeCursor, ChangeKind, ChangePage, Changed, Changes};
pub use commit::{Announcement, Commit, MatchCommit, SeenKey, Sighting, StoryChange};
pub use config::Config;
pub use correction::{
    CORRECTED_MATCHES_MAX, Corrected, Correction, CorrectionOrder, Corrections, Undone,
};
pub use disk::DiskStore;
pub use erasure::{Erased, Erasure, Erasures};
pub use error::StoreError;
pub use journal::{FilePart, LineFile};
pub use memory::MemoryStore;
pub use mutes::Mutes;
pub use opening::Opening;
pub use outbox::{Fence, Leased, QueueState, Replayed};
pub use ownership::{Epoch, Ownership};
pub use query::{
    DeliveryFilter, DeliveryPhase, Judged, MatchFilter, NearMissFilter, Page, PageRequest,
    Settlement, StoryFilter,
};
pub use reading_room::{
    Counts, FeedChange, FeedList, NEAR_MISS_DAYS_MAX, NEAR_MISSES_MAX, NearMisses, ReviewChange,
    Reviews, Tokens,
};
pub use search::{
    Ending, Hit, Phrase, Search, SearchFilter, SearchOrder, SearchQuery, SearchState, SearchWord,
    Snippet, Spelling,
};
pub use upkeep::{Compacted, StoreHealth, StoreSize, Upkeep};
pub use verify::{Finding, VerifyReport};

use std::sync::Arc;

use async_trait::async_trait;

use crate::model::{
    Article, Attempt, Delivery, DeliveryId, FeedId, FeedState, Match, MatchId, ReceiverState,
    Sketch, Story, StoryId, Timestamp,
};

/// How polling every feed stands.
#[async_trait]
pub trait Schedule: Send + Sync {
    /// The states of all feeds that were ever polled, in no order.
    async fn feed_states(&self) -> Result<Vec<FeedState>, StoreError>;

    /// The state of one feed; none if it was never polled.
    async fn feed_state(&self, feed: FeedId) -> Result<Option<FeedState>, StoreError>;

    /// Stores the state of a feed that brought nothing new, under the `epoch` of whoever polled
    /// it ([`Ownership`]); none: nobody else can.
    ///
    /// Returns at once and becomes durable with the next commit or [`Store::close`]: if it
    /// is lost, the feed is merely asked again.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when another node polls by now.
    async fn finish(&self, state: FeedState, epoch: Option<Epoch>) -> Result<(), StoreError>;
}

/// Which entries are known.
#[async_trait]
pub trait Seen: Send + Sync {
    /// For each key, in order, what is known of it.
    async fn sightings(&self, keys: Vec<SeenKey>) -> Result<Vec<Option<Sighting>>, StoreError>;
}

/// Articles, matches and stories.
#[async_trait]
pub trait Articles: Send + Sync {
    /// Stores everything a poll brought, and returns when it is durable.
    ///
    /// Matches, their stories, deliveries and seen keys are stored together; the feed's
    /// state last. Storing the same commit twice changes nothing.
    ///
    /// What people said stays; a new match takes over what they said of its story in the last
    /// 72 h. A near miss that became a match goes, unless a person made it one.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when a story changed in between: nothing is stored, the
    /// story decision must be taken again. The same when an article was erased, which must be left
    /// out then. [`StoreError::Fenced`] when another node polls by now:
    /// nothing is stored, and trying again does not help.
    async fn commit(&self, commit: Commit) -> Result<(), StoreError>;

    /// One article with its text.
    async fn article(&self, id: crate::model::ArticleId) -> Result<Option<Article>, StoreError>;

    /// One match.
    async fn matched(&self, id: MatchId) -> Result<Option<Match>, StoreError>;

    /// Matches, newest `created` first.
    async fn matches(
        &self,
        filter: MatchFilter,
        page: PageRequest,
    ) -> Result<Page<Match>, StoreError>;

    /// One story.
    async fn story(&self, id: StoryId) -> Result<Option<Story>, StoreError>;

    /// Sketches of matches published since then, oldest first; the last 14 days and at most
    /// [`SKETCHES_MAX`] are kept.
    async fn sketches(&self, since: Timestamp) -> Result<Vec<Arc<Sketch>>, StoreError>;
}

/// More matches in 14 days than any topic has; a bound for memory.
pub const SKETCHES_MAX: usize = 10_000;

/// Deliveries on their way.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Up to `limit` pending deliveries of `receiver` that are due at `now`, oldest due first.
    ///
    /// They are leased until `until`: not handed out again before that, unless they are settled
    /// or released. Whoever takes longer may find that somebody else has them by then. On disk
    /// and in memory a lease ends with the process, too: a process that ended works on nothing.
    async fn lease(
        &self,
        receiver: &str,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Leased>, StoreError>;

    /// Gives a leased delivery back untouched. Harmless when somebody else has it by now.
    async fn release(&self, id: DeliveryId, fence: Fence) -> Result<(), StoreError>;

    /// Records an attempt and where the delivery stands after it; durable on return, and the
    /// lease is over then. After any other error than these the delivery stays leased, whatever
    /// its time, so that what was sent can be settled later and is not sent again.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the lease is over, somebody else has it or nobody: nothing is
    /// changed. [`StoreError::Unknown`] when the delivery is gone.
    async fn settle(
        &self,
        id: DeliveryId,
        fence: Fence,
        attempt: Attempt,
        settlement: Settlement,
    ) -> Result<(), StoreError>;

    /// Gives a leased delivery back untried, because a mute holds it until `until`; durable on
    /// return, and the lease is over then.
    ///
    /// # Errors
    /// As [`Outbox::settle`].
    async fn postpone(
        &self,
        id: DeliveryId,
        fence: Fence,
        until: Timestamp,
    ) -> Result<(), StoreError>;

    /// Makes due at `now` what a mute holds, for this receiver or for all: somebody ended a mute.
    /// Says how many that were; durable on return, a few at a time.
    async fn hurry(&self, receiver: Option<&str>, now: Timestamp) -> Result<u64, StoreError>;

    /// Makes due what was delivered or given up, with the same ids and bodies and with what was
    /// tried: the first of `ids` at `due`, each further one a millisecond later, so that they are
    /// sent in this order. Durable on return, a few at a time; doing it again completes what was
    /// cut short.
    async fn replay(&self, ids: Vec<DeliveryId>, due: Timestamp) -> Result<Replayed, StoreError>;

    /// Gives up what waits for `receiver`, but for what somebody works on, and says how many that
    /// were; durable on return, a few at a time.
    async fn bury(&self, receiver: &str, at: Timestamp) -> Result<u64, StoreError>;

    /// What waits for each receiver that something waits for or was given up for, by name. Cheap:
    /// it is kept in memory.
    async fn queues(&self) -> Result<Vec<QueueState>, StoreError>;

    /// When the next delivery of `receiver` can be leased: when it is due, or when the time of
    /// whoever has it is over; none if nothing is pending, or all of that is being settled.
    async fn next_due(&self, receiver: &str) -> Result<Option<Timestamp>, StoreError>;

    /// One delivery.
    async fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>, StoreError>;

    /// Deliveries, newest `created` first.
    async fn deliveries(
        &self,
        filter: DeliveryFilter,
        page: PageRequest,
    ) -> Result<Page<Delivery>, StoreError>;

    /// How a receiver stands; none if nothing is known.
    async fn receiver(&self, name: &str) -> Result<Option<ReceiverState>, StoreError>;

    /// Stores how a receiver stands; durable on return.
    async fn set_receiver(&self, state: ReceiverState) -> Result<(), StoreError>;
}

/// All of it, and the end of it.
#[async_trait]
pub trait Store:
    Schedule
    + Seen
    + Articles
    + Outbox
    + Mutes
    + Reviews
    + Corrections
    + NearMisses
    + FeedList
    + Tokens
    + Upkeep
    + Ownership
    + Erasures
    + Changes
    + Search
{
    /// Answers when whoever writes has come to it, and writes nothing.
    ///
    /// # Errors
    /// The store is closed or takes no writes any more.
    async fn ping(&self) -> Result<(), StoreError>;

    /// Makes everything durable and refuses what comes after. Closing twice is harmless.
    async fn close(&self) -> Result<(), StoreError>;
}
