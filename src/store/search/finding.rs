//! From a question to what people read.

use crate::model::{Article, Match, MatchId};
use crate::store::search::index::{IndexError, Searchable};
use crate::store::search::pattern::Sought;
use crate::store::search::ranking::Rank;
use crate::store::search::segment::Question;
use crate::store::search::snippet::Marker;
use crate::store::{Hit, Page, PageRequest, SearchQuery, StoreError};

/// Why nothing was found.
#[derive(Debug)]
pub(in crate::store) enum FindError {
    /// The index is not what it should be: it must be made anew.
    Index(IndexError),
    /// The question, or the store.
    Store(StoreError),
}

impl From<StoreError> for FindError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<IndexError> for FindError {
    fn from(error: IndexError) -> Self {
        Self::Index(error)
    }
}

/// Finds a page. `load` answers none for what is gone; what changed since it was put into the
/// index is left out if the filter refuses it now.
pub(in crate::store) fn find(
    searchable: &Searchable,
    query: SearchQuery,
    page: &PageRequest,
    mut load: impl FnMut(MatchId) -> Result<Option<(Match, Article)>, StoreError>,
) -> Result<Page<Hit>, FindError> {
    let sought = Sought::all(&query)?;
    let SearchQuery { filter, order, .. } = query;
    let mut behind = Rank::behind(page.after.as_deref(), order)?;
    let marker = Marker::new(&sought);
    let question = Question { sought, filter, order };
    let mut items: Vec<Hit> = Vec::new();
    let mut last = None;
    loop {
        let n_wanted = page.limit.saturating_sub(items.len()).saturating_add(1);
        let ranks = searchable.ranks(&question, n_wanted, behind)?;
        let is_end = ranks.len() < n_wanted;
        for rank in ranks {
            behind = Some(rank);
            let Some((matched, article)) = load(rank.id)? else { continue };
            let is_here = matched.created.unix_ms() == rank.created_ms;
            if !is_here || !question.filter.accepts(&matched) {
                continue;
            }
            if items.len() == page.limit {
                let next = last.map(|last: Rank| last.cursor(order)).transpose()?;
                return Ok(Page { items, next });
            }
            let snippets = marker.snippets(&article);
            items.push(Hit { matched, article, snippets });
            last = Some(rank);
        }
        if is_end {
            return Ok(Page { items, next: None });
        }
    }
}
