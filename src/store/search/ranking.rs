//! What comes first, and where a page ends.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;

use crate::model::{MatchId, Timestamp};
use crate::store::paging::Place;
use crate::store::{SearchOrder, StoreError, paging};

/// Where a match stands in a list: the highest comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    /// How well it fits; 0 in lists by time.
    pub(super) fitness: u32,
    pub(super) created_ms: i64,
    pub(super) id: MatchId,
}

impl Rank {
    /// The cursor of a page that ends here.
    pub(super) fn cursor(self, order: SearchOrder) -> Result<String, StoreError> {
        let impossible = |error| StoreError::Corrupt { what: format!("search index: {error}") };
        let at = Timestamp::from_unix_ms(self.created_ms).map_err(impossible)?;
        let place = Place { at, id: self.id };
        Ok(match order {
            SearchOrder::Newest => place.to_string(),
            SearchOrder::Best => format!("{}.{place}", self.fitness),
        })
    }

    /// Reads a cursor.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] if it is none of such a list.
    pub(super) fn behind(
        cursor: Option<&str>,
        order: SearchOrder,
    ) -> Result<Option<Self>, StoreError> {
        let Some(text) = cursor else { return Ok(None) };
        let unknown = || StoreError::Unknown { what: format!("page cursor {text:?}") };
        // One of the other order leads to the same place in time.
        let (fitness, place) = text.split_once('.').unwrap_or(("0", text));
        let fitness: u64 = fitness.parse().map_err(|_| unknown())?;
        let fitness = match order {
            SearchOrder::Newest => 0,
            SearchOrder::Best => u32::try_from(fitness).unwrap_or(u32::MAX),
        };
        let place = paging::place_behind::<MatchId>(Some(place)).map_err(|_| unknown())?;
        Ok(place.map(|Place { at, id }| Self { fitness, created_ms: at.unix_ms(), id }))
    }
}

/// The first places of a list behind a place.
#[derive(Debug)]
pub(super) struct Top {
    limit: usize,
    behind: Option<Rank>,
    kept: BinaryHeap<Reverse<Rank>>,
}

impl Top {
    pub(super) fn new(limit: usize, behind: Option<Rank>) -> Self {
        Self { limit, behind, kept: BinaryHeap::new() }
    }

    /// Whether something of this rank has a place so far.
    pub(super) fn takes(&self, rank: Rank) -> bool {
        self.behind.is_none_or(|behind| rank < behind)
            && (self.kept.len() < self.limit || self.kept.peek().is_some_and(|it| it.0 < rank))
    }

    pub(super) fn add(&mut self, rank: Rank) {
        if !self.takes(rank) {
            return;
        }
        if self.kept.len() == self.limit {
            self.kept.pop();
        }
        self.kept.push(Reverse(rank));
    }

    /// The ranks, first place first.
    pub(super) fn into_ranks(self) -> Vec<Rank> {
        self.kept.into_sorted_vec().into_iter().map(|it| it.0).collect()
    }
}

impl fmt::Display for SearchOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Newest => "newest",
            Self::Best => "best",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rank(fitness: u32, created_ms: i64, id: u64) -> Rank {
        Rank { fitness, created_ms, id: MatchId::from_be_bytes(id.to_be_bytes()) }
    }

    /// Goal: a cursor leads back to its place, in the other order too; any other text is refused by
    /// name.
    #[test]
    fn cursors_read_back() {
        let place = rank(1700, 1_795_500_000_000, 255);
        let best = place.cursor(SearchOrder::Best).unwrap();
        assert_eq!(best, "1700.1795500000000-00000000000000ff");
        assert_eq!(Rank::behind(Some(&best), SearchOrder::Best).unwrap(), Some(place));
        let newest = place.cursor(SearchOrder::Newest).unwrap();
        let read = Rank::behind(Some(&newest), SearchOrder::Newest).unwrap();
        assert_eq!(read, Some(Rank { fitness: 0, ..place }));
        assert_eq!(Rank::behind(Some(&newest), SearchOrder::Best).unwrap(), read);
        assert_eq!(Rank::behind(Some(&best), SearchOrder::Newest).unwrap(), read);
        let error = Rank::behind(Some("x.7"), SearchOrder::Best).unwrap_err();
        assert_eq!(error.to_string(), "page cursor \"x.7\" is unknown");
    }

    /// Goal: a page holds the highest ranks behind the page before, in order.
    #[test]
    fn top_is_what_comes_next() {
        let mut top = Top::new(2, Some(rank(5, 0, 0)));
        for it in [rank(1, 3, 1), rank(5, 9, 1), rank(3, 1, 1), rank(1, 4, 1), rank(2, 0, 2)] {
            top.add(it);
        }
        assert_eq!(top.into_ranks(), [rank(3, 1, 1), rank(2, 0, 2)]);
        let mut none = Top::new(0, None);
        none.add(rank(1, 1, 1));
        assert_eq!(none.into_ranks(), []);
    }
}
