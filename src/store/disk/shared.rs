//! What the writer and the readers of one open store share.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use crate::model::{FeedId, FeedState, Match, MatchId, Sketch, Timestamp};
use crate::store::catalog::Catalog;
use crate::store::disk::engine::Engine;
use crate::store::disk::open::FolderLock;
use crate::store::outbox::Leases;
use crate::store::ownership::Owner;
use crate::store::paging::Place;
use crate::store::sketchbook::Sketchbook;
use crate::store::{Epoch, StoreError};

/// What the writer and the readers of one open store share.
pub(super) struct Shared {
    /// None once the store is closed.
    opened: RwLock<Option<Opened>>,
    /// States that the writer folds into its next batch.
    finished: Mutex<HashMap<FeedId, FeedState>>,
    sketchbook: Mutex<Sketchbook>,
    catalog: Mutex<Catalog>,
    failure: Mutex<Option<Failure>>,
    owner: Mutex<Option<Owner>>,
    pub(super) leases: Leases,
}

/// In the order in which they are dropped: nobody may come in before the database is closed.
struct Opened {
    engine: Engine,
    _lock: FolderLock,
}

impl Shared {
    pub(super) fn new(
        engine: Engine,
        lock: FolderLock,
        sketchbook: Sketchbook,
        catalog: Catalog,
        owner: Option<Owner>,
    ) -> Self {
        Self {
            opened: RwLock::new(Some(Opened { engine, _lock: lock })),
            finished: Mutex::default(),
            sketchbook: Mutex::new(sketchbook),
            catalog: Mutex::new(catalog),
            failure: Mutex::default(),
            owner: Mutex::new(owner),
            leases: Leases::default(),
        }
    }

    /// Runs `work` on the engine, which stays open meanwhile.
    pub(super) fn with_engine<T>(
        &self,
        work: impl FnOnce(&Engine) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let opened = self.opened.read().unwrap_or_else(PoisonError::into_inner);
        work(&opened.as_ref().ok_or_else(closed)?.engine)
    }

    /// Waits for the readers and lets go of the folder.
    pub(super) fn close(&self) {
        let opened = self.opened.write().unwrap_or_else(PoisonError::into_inner).take();
        drop(opened);
    }

    /// Notes that a feed brought nothing new.
    pub(super) fn finish(&self, state: FeedState) {
        locked(&self.finished).insert(state.feed, state);
    }

    /// States that are not written yet; they win over what is written.
    pub(super) fn finished(&self) -> HashMap<FeedId, FeedState> {
        locked(&self.finished).clone()
    }

    /// The state of `feed` that is not written yet.
    pub(super) fn finished_state(&self, feed: FeedId) -> Option<FeedState> {
        locked(&self.finished).get(&feed).cloned()
    }

    /// Forgets states that are written by now, but none that came later.
    pub(super) fn forget_finished(&self, written: &HashMap<FeedId, FeedState>) {
        locked(&self.finished).retain(|feed, state| written.get(feed) != Some(state));
    }

    /// Forgets the state of a feed for which a newer one was committed.
    pub(super) fn forget_finished_of(&self, feed: FeedId) {
        locked(&self.finished).remove(&feed);
    }

    /// Adds sketches and says which ones fell out.
    pub(super) fn add_sketches(&self, sketches: Vec<Sketch>) -> Vec<Place<MatchId>> {
        let mut sketchbook = locked(&self.sketchbook);
        sketches.into_iter().flat_map(|sketch| sketchbook.add(sketch)).collect()
    }

    pub(super) fn sketches(&self, since: Timestamp) -> Vec<Arc<Sketch>> {
        locked(&self.sketchbook).since(since)
    }

    /// Puts the sketches of these matches into their stories and says which ones moved.
    pub(super) fn regroup_sketches(&self, matches: &[Match]) -> Vec<(Place<MatchId>, Arc<Sketch>)> {
        let mut sketchbook = locked(&self.sketchbook);
        matches.iter().filter_map(|it| sketchbook.regroup(it.id, it.story)).collect()
    }

    /// Takes out the sketch of a match and says where it stood.
    pub(super) fn remove_sketch(&self, id: MatchId) -> Option<Place<MatchId>> {
        locked(&self.sketchbook).remove(id)
    }

    /// Who polls, as it is stored.
    pub(super) fn owner(&self) -> Option<Owner> {
        locked(&self.owner).clone()
    }

    pub(super) fn set_owner(&self, owner: Owner) {
        *locked(&self.owner) = Some(owner);
    }

    /// Refuses what a node brings that does not poll any more.
    pub(super) fn check_epoch(&self, epoch: Option<Epoch>) -> Result<(), StoreError> {
        Owner::check(locked(&self.owner).as_ref(), epoch)
    }

    /// The catalog, for a moment.
    pub(super) fn catalog(&self) -> MutexGuard<'_, Catalog> {
        locked(&self.catalog)
    }

    /// Refuses all further writing and says why: the first failure counts.
    pub(super) fn fail(&self, failure: Failure) -> Failure {
        locked(&self.failure).get_or_insert(failure).clone()
    }

    /// The failure after which nothing is written any more.
    pub(super) fn check_writable(&self) -> Result<(), StoreError> {
        locked(&self.failure).as_ref().map_or(Ok(()), |failure| Err(failure.error()))
    }
}

/// Why nothing is written any more. sled never recovers by itself, and a failed `fsync` may
/// have dropped pages that a second one then calls safe.
#[derive(Clone, Debug)]
pub(super) enum Failure {
    Full,
    Unavailable(String),
    Corrupt(String),
}

impl Failure {
    pub(super) fn error(&self) -> StoreError {
        match self {
            Self::Full => StoreError::Full(io::ErrorKind::StorageFull.into()),
            Self::Unavailable(reason) => StoreError::Unavailable { reason: reason.clone() },
            Self::Corrupt(what) => StoreError::Corrupt { what: what.clone() },
        }
    }
}

impl From<&StoreError> for Failure {
    fn from(error: &StoreError) -> Self {
        match error {
            StoreError::Full(_) => Self::Full,
            StoreError::Corrupt { what } => Self::Corrupt(what.clone()),
            StoreError::Unavailable { reason } => Self::Unavailable(reason.clone()),
            other => Self::Unavailable(other.to_string()),
        }
    }
}

/// The store was closed.
pub(super) fn closed() -> StoreError {
    StoreError::Unavailable { reason: "it is closed".to_owned() }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
