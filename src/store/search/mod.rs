//! Finds stored matches by their words, in any script.
//!
//! The index holds words and numbers, no text: what is found is read from the store. It
//! follows from the store's records, so whatever happens to it costs the time to make it anew.
//!
//! Invariant: what is found is at least what was durable some seconds ago, or the
//! [`SearchState`] says that it is less.
//! Invariant: how well a text fits follows from the text and the question alone, so that a list
//! in the order of fitness keeps its order while texts come and go.

mod query;
mod pattern;
mod schema;
mod ranking;
mod postings;
mod phrase;
mod segment;
mod index;
mod finding;
mod snippet;

pub use query::{
    Ending, Hit, Phrase, SearchFilter, SearchOrder, SearchQuery, SearchState, SearchWord, Snippet,
    Spelling,
};

pub(super) use finding::{FindError, find};
pub(super) use index::{IndexError, Mark, SearchIndex, Searchable, guarded};

use async_trait::async_trait;

use crate::store::{Page, PageRequest, StoreError};

/// Matches by their words.
#[async_trait]
pub trait Search: Send + Sync {
    /// What is found, in the order that is asked for. A page starts behind a place in that
    /// order: while articles arrive nobody sees one twice, and none that was there is missed.
    ///
    /// # Errors
    /// [`StoreError::Refused`] for a question that is too long, or whose word is too short to
    /// look for; [`StoreError::Unknown`] for a cursor of another list.
    async fn search(&self, query: SearchQuery, page: PageRequest) -> Result<Page<Hit>, StoreError>;

    /// How complete answers are, from memory.
    fn search_state(&self) -> SearchState;
}
