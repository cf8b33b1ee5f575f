//! Reviews, near misses, the feed list and tokens on disk.

use std::sync::Arc;

use async_trait::async_trait;

use crate::model::{MatchId, NearMiss, Review, Story, StoryId, Timestamp, Token};
use crate::store::disk::engine::Engine;
use crate::store::disk::writer::Work;
use crate::store::disk::{DiskStore, ended, layout, lists};
use crate::store::regrouping;
use crate::store::{
    Corrected, CorrectionOrder, Corrections, Counts, FeedChange, FeedList, Hit, NearMissFilter,
    NearMisses, Page, PageRequest, ReviewChange, Reviews, Search, SearchQuery, SearchState,
    StoreError, StoryFilter, Tokens, Undone,
};

#[async_trait]
impl Reviews for DiskStore {
    async fn review(&self, change: ReviewChange) -> Result<Review, StoreError> {
        self.write_and_hear(|tell| Work::Review { change, tell }).await
    }

    async fn undo(&self, by: &str, at: Timestamp) -> Result<Option<Undone>, StoreError> {
        self.write_and_hear(|tell| Work::Undo { by: by.to_owned(), at, tell }).await
    }

    async fn stories(
        &self,
        filter: StoryFilter,
        page: PageRequest,
    ) -> Result<Page<Story>, StoreError> {
        self.read(move |shared, engine| lists::stories(shared, engine, &filter, &page)).await
    }

    async fn counts(&self) -> Result<Counts, StoreError> {
        self.read(|shared, engine| {
            let disk_bytes = engine.disk_bytes()?;
            Ok(shared.catalog().counts(disk_bytes))
        })
        .await
    }
}

#[async_trait]
impl Corrections for DiskStore {
    async fn correct(&self, order: CorrectionOrder) -> Result<Corrected, StoreError> {
        self.write_and_hear(|tell| Work::Correct { order, tell }).await
    }

    async fn current_story(&self, id: StoryId) -> Result<Option<Story>, StoreError> {
        self.read(move |_, engine| regrouping::current_story(engine, id)).await
    }
}

#[async_trait]
impl NearMisses for DiskStore {
    async fn near_miss(&self, id: MatchId) -> Result<Option<NearMiss>, StoreError> {
        self.record(layout::near_miss(id)).await
    }

    async fn near_misses(
        &self,
        filter: NearMissFilter,
        page: PageRequest,
    ) -> Result<Page<NearMiss>, StoreError> {
        self.read(move |shared, engine| lists::near_misses(shared, engine, &filter, &page)).await
    }

    async fn review_near_miss(
        &self,
        id: MatchId,
        review: Option<Review>,
    ) -> Result<NearMiss, StoreError> {
        self.write_and_hear(|tell| Work::ReviewNearMiss { id, review, tell }).await
    }

    async fn withdraw(&self, id: MatchId) -> Result<Option<Story>, StoreError> {
        self.write_and_hear(|tell| Work::Withdraw { id, tell }).await
    }
}

#[async_trait]
impl FeedList for DiskStore {
    async fn feed_changes(&self) -> Result<Vec<FeedChange>, StoreError> {
        self.read(|_, engine| lists::all(engine, layout::FEED_CHANGE).collect()).await
    }

    async fn change_feed(&self, change: FeedChange) -> Result<(), StoreError> {
        self.write(Work::ChangeFeed(change)).await
    }
}

#[async_trait]
impl Tokens for DiskStore {
    async fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        self.read(|_, engine| lists::all(engine, layout::TOKEN).collect()).await
    }

    async fn set_token(&self, token: Token) -> Result<(), StoreError> {
        self.write(Work::SetToken(token)).await
    }
}

impl DiskStore {
    /// Returns when the search index knows whatever was stored until now.
    pub(super) async fn settle_search(&self) -> Result<(), StoreError> {
        let shared = Arc::clone(&self.shared);
        let settling = tokio::task::spawn_blocking(move || shared.indexing.settle());
        settling.await.unwrap_or_else(|error| Err(ended(error)))
    }
}

#[async_trait]
impl Search for DiskStore {
    async fn search(&self, query: SearchQuery, page: PageRequest) -> Result<Page<Hit>, StoreError> {
        let shared = Arc::clone(&self.shared);
        let searching = move || {
            // First: while the index is being opened nobody may keep the database.
            let searchable = shared.indexing.searchable()?;
            let find = |engine: &Engine| shared.indexing.find(&searchable, engine, query, &page);
            shared.with_engine(find)
        };
        tokio::task::spawn_blocking(searching).await.unwrap_or_else(|error| Err(ended(error)))
    }

    fn search_state(&self) -> SearchState {
        self.shared.indexing.state()
    }
}
