//! The right to poll, taken with the first poll and renewed with later ones.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::model::{Clock, Timestamp};
use crate::store::{Epoch, Ownership, StoreError};

/// The one node of a machine: only one process has its store open.
const NODE: &str = "local";

/// For how long the right is taken; a poll with all its pages ends long before.
const TERM: Duration = Duration::from_mins(15);

/// How old it is when it is renewed: each time is a write to the disk.
const RENEWED_AFTER: Duration = Duration::from_mins(5);

/// The right to poll.
#[derive(Debug, Default)]
pub(super) struct PollingRight {
    taken: Mutex<Option<(Epoch, Timestamp)>>,
}

impl PollingRight {
    /// The epoch under which this process polls now.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when another node polls; the store failed.
    pub(super) async fn epoch(
        &self,
        store: &(impl Ownership + ?Sized),
        clock: &dyn Clock,
    ) -> Result<Epoch, StoreError> {
        let now = clock.now();
        let known = *self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((epoch, at)) = known
            && now.since(at) < RENEWED_AFTER
        {
            return Ok(epoch);
        }
        let epoch = store.own(NODE, now, now.plus(TERM)).await?.ok_or(StoreError::Fenced)?;
        *self.taken.lock().unwrap_or_else(PoisonError::into_inner) = Some((epoch, now));
        Ok(epoch)
    }
}
