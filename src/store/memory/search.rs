//! Searching in memory: the same index, brought up to date before each search.

use std::sync::PoisonError;

use async_trait::async_trait;

use crate::model::{Article, Match, MatchId};
use crate::store::memory::{Content, MemoryStore};
use crate::store::search::{FindError, IndexError, Mark, SearchIndex, find};
use crate::store::{Hit, Page, PageRequest, Search, SearchQuery, SearchState, StoreError};

impl Content {
    fn with_article(&self, id: MatchId) -> Option<(Match, Article)> {
        let matched = self.matches.get(&id)?;
        Some((matched.clone(), self.articles.get(&matched.article)?.clone()))
    }

    /// Brings the index up to date.
    fn index(&mut self, index: &mut SearchIndex) -> Result<(), IndexError> {
        self.catalog.complete(Mark::default());
        let (changed, mark) = self.catalog.take_unindexed();
        let mut matches = changed.matches;
        for article in changed.articles {
            matches.extend(index.searchable().matches_of(article)?);
        }
        if matches.is_empty() {
            return Ok(());
        }
        for id in matches {
            match self.with_article(id) {
                Some((found, article)) => index.put(&found, &article)?,
                None => index.remove(id),
            }
        }
        index.commit(mark)
    }

    fn find(
        &mut self,
        index: &mut Option<SearchIndex>,
        query: SearchQuery,
        page: &PageRequest,
    ) -> Result<Page<Hit>, FindError> {
        let mut present = if let Some(index) = index.take() {
            index
        } else {
            self.catalog.unindex_all();
            SearchIndex::in_memory()?
        };
        self.index(&mut present)?;
        let searchable = present.searchable();
        *index = Some(present);
        find(&searchable, query, page, |id| Ok(self.with_article(id)))
    }
}

#[async_trait]
impl Search for MemoryStore {
    async fn search(&self, query: SearchQuery, page: PageRequest) -> Result<Page<Hit>, StoreError> {
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        self.with(|content| {
            content.find(&mut index, query, &page).map_err(|error| match error {
                FindError::Store(error) => error,
                FindError::Index(error) => StoreError::Unavailable { reason: error.to_string() },
            })
        })
    }

    fn search_state(&self) -> SearchState {
        SearchState::Complete
    }
}
