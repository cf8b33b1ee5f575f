//! What changed, for whoever follows the store: builders of indexes, copies, other nodes.

use std::collections::VecDeque;
use std::fmt;

use async_trait::async_trait;

use crate::store::StoreError;

/// What changed.
#[async_trait]
pub trait Changes: Send + Sync {
    /// What changed behind `after`, or from the beginning of what is known, in the order in which
    /// it became durable; about `limit` changes, since what was stored together is told together.
    ///
    /// A change says only which record is another one, or gone: readers load it. The same change
    /// may be told twice, and a record that changed twice may be told once.
    ///
    /// # Errors
    /// [`StoreError::Outdated`] if there is no such place, or what followed it is not known any
    /// more: whoever follows reads everything anew, and follows from [`Changes::last_change`] as
    /// it was before.
    async fn changes(
        &self,
        after: Option<ChangeCursor>,
        limit: usize,
    ) -> Result<ChangePage, StoreError>;

    /// The place behind all changes so far.
    async fn last_change(&self) -> Result<ChangeCursor, StoreError>;
}

/// A place among the changes. Opaque.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ChangeCursor(String);

impl ChangeCursor {
    /// A cursor that was written down somewhere.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The cursor as text, to be written down.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What followed it is not known.
    pub(super) fn outdated(&self) -> StoreError {
        StoreError::Outdated { cursor: self.0.clone() }
    }
}

impl fmt::Display for ChangeCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Some changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangePage {
    /// What changed, oldest first.
    pub items: Vec<Changed>,
    /// The place behind the last item, also when there is none.
    pub next: ChangeCursor,
    /// Whether more is known already.
    pub has_more: bool,
}

/// A record that is another one than before, or gone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Changed {
    /// What it is.
    pub kind: ChangeKind,
    /// Its id, or its name.
    pub id: String,
}

/// What a changed record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ChangeKind {
    /// An article.
    Article,
    /// A match.
    Match,
    /// A story.
    Story,
    /// A delivery.
    Delivery,
    /// How a receiver stands.
    Receiver,
    /// A near miss that somebody has looked at.
    NearMiss,
    /// The list of feeds.
    Feed,
    /// A token.
    Token,
    /// The note that an article was erased.
    Tombstone,
    /// What a person said about being quiet.
    Mute,
}

/// More changes than any follower is behind.
const LOG_MAX: usize = 100_000;

/// The changes of a store in memory.
#[derive(Debug, Default)]
pub(super) struct ChangeLog {
    changes: VecDeque<Changed>,
    /// How many came before those.
    n_forgotten: u64,
}

impl ChangeLog {
    pub(super) fn note(&mut self, kind: ChangeKind, id: &impl ToString) {
        self.changes.push_back(Changed { kind, id: id.to_string() });
        if LOG_MAX < self.changes.len() {
            self.changes.pop_front();
            self.n_forgotten += 1;
        }
    }

    pub(super) fn page(
        &self,
        after: Option<&ChangeCursor>,
        limit: usize,
    ) -> Result<ChangePage, StoreError> {
        let start = match after {
            None => 0,
            Some(cursor) => self.index(cursor).ok_or_else(|| cursor.outdated())?,
        };
        let items: Vec<Changed> = self.changes.iter().skip(start).take(limit).cloned().collect();
        let end = start + items.len();
        let next = ChangeCursor((self.n_forgotten + end as u64).to_string());
        Ok(ChangePage { items, next, has_more: end < self.changes.len() })
    }

    pub(super) fn end(&self) -> ChangeCursor {
        ChangeCursor((self.n_forgotten + self.changes.len() as u64).to_string())
    }

    fn index(&self, cursor: &ChangeCursor) -> Option<usize> {
        let place: u64 = cursor.0.parse().ok()?;
        let index = usize::try_from(place.checked_sub(self.n_forgotten)?).ok()?;
        (index <= self.changes.len()).then_some(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a follower that was away for too long is told so, and misses nothing unseen.
    #[test]
    fn forgotten_changes_are_told() {
        let mut log = ChangeLog::default();
        let start = log.page(None, 9).unwrap().next;
        for number in 0..LOG_MAX {
            log.note(ChangeKind::Match, &number);
        }
        let first = log.page(Some(&start), 2).unwrap();
        assert_eq!(first.items[1].id, "1");
        log.note(ChangeKind::Match, &LOG_MAX);
        let error = log.page(Some(&start), 2).unwrap_err();
        assert!(matches!(error, StoreError::Outdated { .. }), "{error}");
        assert_eq!(log.page(Some(&first.next), 1).unwrap().items[0].id, "2");
        for cursor in ["", "x", "-1", "999999999"] {
            assert!(log.page(Some(&ChangeCursor::new(cursor)), 1).is_err(), "{cursor}");
        }
    }
}
