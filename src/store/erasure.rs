//! Erasing an article, and dropping the texts of old ones.

use async_trait::async_trait;

use crate::model::{ArticleId, MatchId, Timestamp, Tombstone};
use crate::store::StoreError;

/// Erasing, which no one undoes.
#[async_trait]
pub trait Erasures: Send + Sync {
    /// Takes everything that an article said out of the store, and returns when it is gone from
    /// the disk, too: its text, the matches and near misses that it was, their sketches, the
    /// bodies of their deliveries, what its stories have from it, and what people could take back
    /// of it. What waits to be delivered of it goes; what was delivered stays without its body.
    /// A story shrinks, or goes if it held nothing else. A [`Tombstone`] is left.
    ///
    /// Nobody is told. A second time is harmless, and finishes a first one that was cut short.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] if there is no such match or near miss; [`StoreError::Refused`] if
    /// the reason is empty or too long. After any other error something of it may still be there:
    /// erase it once more.
    async fn erase(&self, order: Erasure) -> Result<Erased, StoreError>;

    /// The tombstone of a match or near miss; none if it was not erased.
    async fn tombstone(&self, id: MatchId) -> Result<Option<Tombstone>, StoreError>;

    /// For each article, in order, its tombstone; none if it was not erased.
    async fn tombstones(
        &self,
        articles: Vec<ArticleId>,
    ) -> Result<Vec<Option<Tombstone>>, StoreError>;

    /// Drops summary and body of the articles whose matches were created before `before`, and
    /// says of how many. Title, link, evidence and everything else stays; the article knows that
    /// its text was dropped `at` that time. An edit brings no text back.
    async fn drop_texts(&self, before: Timestamp, at: Timestamp) -> Result<u64, StoreError>;
}

/// What shall be erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// A match or near miss of the article.
    pub id: MatchId,
    /// Why, for those who look for it later; at most [`Tombstone::REASON_CHARACTERS_MAX`]
    /// characters.
    pub reason: String,
    /// Who wants it.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// What an erasure came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erased {
    /// What is left of it.
    pub tombstone: Tombstone,
    /// Whether it was there until now; else it was erased before, and the tombstone says when.
    pub is_new: bool,
    /// Files and folders beside the store that may still hold it, because nothing is deleted
    /// there: damaged ones that were kept, and copies of before an upgrade.
    pub kept_copies: Vec<String>,
}
